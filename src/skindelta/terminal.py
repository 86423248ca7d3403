"""Results for the terminal: tables of scores, and what stands behind them as sentences.

Every table is whole at 80 columns: what would make a row longer stands in a heading above it.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .attributes import attribute
from .types import (
    Assessment,
    Basis,
    CardReading,
    Comparison,
    Finding,
    GreyReading,
    PhotoSummary,
    ProtocolStep,
    Reason,
    Score,
)

__all__ = [
    "Figures",
    "assessment_report",
    "comparison_report",
    "decimals",
    "demo_report",
    "difference_sentences",
    "figures",
    "level_sentence",
    "models_report",
    "network_sentences",
    "order_sentence",
    "photo_report",
    "protocol_sentences",
    "signed",
]

_STYLE = {"improved": "cyan", "worse": "bold yellow", "not measurable": "dim"}
_REFERENCE = {
    "card": "by a color card",
    "grey": "by a grey object",
    "scene": "by the surroundings that both photos share",
    "skin": "by the skin itself, so only its spots and patches can be told",
    "none": "by nothing: the colors are as the camera wrote them",
}
_BASIS: dict[Basis, str] = {"relative": "relative to your own skin", "absolute": "absolute"}
_NO_CARD = (
    "one of 24 patches, or printed by skindelta card, is found if it is whole, flat and at "
    "least 120 px and a twentieth of the photo wide; --card-corners marks others"
)
_IN_SHORT = {"relative": "against calm skin", "absolute": "as a whole"}
_WHOLE = {"face": "whole face", "skin": "whole close-up"}

# Half-widths of whole faces start at 0.3 a*, 0.4 L* and 19 %: a second decimal of the first two
# still tells something.
_DECIMALS = {"a*": 2, "L*": 2}
_MOST_DECIMALS = 6

CLOCKS_DIFFER = timedelta(hours=12)

_COLUMNS = 80
_NAME = 17  # right periorbital, Hyperpigmentation
_GAP = 2
_INDENT = 2  # of rows below their heading, where a line has room for it


_Cell = str | Text


class Figures(NamedTuple):
    """The numbers of a score as they are printed; empty where there is none."""

    change: str
    low: str
    high: str
    detectable: str

    @property
    def interval(self) -> str:
        """Both ends, where both are known."""
        return f"{self.low} to {self.high}" if self.low and self.high else ""


class _Section(NamedTuple):
    """Rows of a table under a title, a smaller title, or both."""

    rows: list[tuple[_Cell, ...]]
    title: str = ""
    subtitle: str = ""


def photo_report(summary: PhotoSummary) -> RenderableType:
    """Say whether a photo and its color card are usable, and what stands against it."""
    return Group(_usability(summary), _card(summary.card), *_grey(summary.grey))


def _usability(summary: PhotoSummary) -> RenderableType:
    if summary.quality.usable:
        return Text(f"{summary.path}: usable")
    return Group(Text(f"{summary.path}: not usable"), _reasons(summary.quality.reasons))


def _card(card: CardReading | None) -> RenderableType:
    """Say whether a color card was found, and why it cannot be used."""
    if card is None:
        return Group(Text("  no color card found"), Padding(Text(_NO_CARD), (0, 0, 0, 4)))
    name = "printed color card" if card.kind == "printed" else "color card"
    if not card.usable:
        return Group(Text(f"  {name} found, but it cannot be used:"), _reasons(card.reasons))
    fit = f"patches within {card.residual_after:.1f} ΔE00, {card.residual_before:.1f} before"
    curve = f"; tone curve straightened by the power {card.power:.2f}" if card.power != 1 else ""
    return Text(f"  {name} found: {fit}{curve}")


def _grey(grey: GreyReading | None) -> list[RenderableType]:
    """Say whether a grey object that was marked can be used."""
    if grey is None:
        return []
    if not grey.usable:
        return [Text("  the grey object cannot be used:"), _reasons(grey.reasons)]
    return [Text(f"  grey object: of one color within {grey.spread:.1%}")]


def comparison_report(comparison: Comparison) -> RenderableType:
    """Table of what changed; below it why not, and what to know about the numbers."""
    photos = Text(f"before: {comparison.before.path}\nafter:  {comparison.after.path}")
    swapped = order_sentence(comparison)
    if swapped:
        photos.append(f"\n{swapped}", "bold")
    if not comparison.comparable:
        return Group(photos, Text("not measurable:"), _reasons(comparison.reasons))
    misplaced = comparison.residual_px
    within = "" if misplaced is None else f", aligned within {misplaced:.1f} px"
    matched = Text(f"colors matched {_REFERENCE[comparison.reference]}{within}")
    notes = _Notes()
    sections = [*_headline(comparison.scores, notes), *_smaller_regions(comparison.scores, notes)]
    table = _table(("", "change >", "95 % interval >", "detectable >", "verdict"), sections)
    below = (
        *notes.shown(),
        *_differences(comparison),
        *_smaller_changes(comparison),
        *_known(comparison.scores),
        *map(Text, network_sentences(comparison)),
    )
    return Group(photos, matched, table, Text(), *below)


def order_sentence(comparison: Comparison) -> str:
    """Say that before and after are mixed up, by their dates; empty where they are not.

    Every verdict is the other way round then. Clocks of cameras and time zones are off by hours.
    """
    before, after = comparison.before.taken_at, comparison.after.taken_at
    if before is None or after is None or before - after <= CLOCKS_DIFFER:
        return ""
    days = f"{after:%Y-%m-%d}", f"{before:%Y-%m-%d}"
    if days[0] == days[1]:
        days = f"{after:%Y-%m-%d %H:%M}", f"{before:%Y-%m-%d %H:%M}"
    return (
        f"The after photo ({days[0]}) was taken before the before photo ({days[1]}): swap them, or "
        "what improved is called worse."
    )


def network_sentences(comparison: Comparison) -> tuple[str, ...]:
    """Say which numbers of the whole a network measured, and what the formulas read there.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    tuple of str
        Nothing where every number is a formula's.
    """
    whole = [score for score in comparison.also if score.region == comparison.scores[0].region]
    if not whole:
        return ()
    own = {(s.attribute, s.basis, s.region): s.source for s in comparison.scores}
    source = own[whole[0].attribute, whole[0].basis, whole[0].region]
    named = ", ".join(
        f"{s.attribute} {'' if s.unit == '%' else _IN_SHORT[s.basis] + ' '}"
        f"{figures(s).change} {s.unit}"
        for s in whole
    )
    return (f"Measured by {source}; the formulas alone read: {named}.",)


def assessment_report(assessment: Assessment) -> RenderableType:
    """Table of the levels of one photo, and what they cannot tell."""
    if not assessment.quality.usable:
        return _usability(assessment.photo)
    notes = _Notes()
    sections = [
        _Section([_level_cells(score, notes) for score in scores], _title(_whole(region)))
        for region, scores in groupby(assessment.scores, key=lambda score: score.region)
    ]
    path = Text(assessment.photo.path)
    table = _table(("", "level >", ""), sections)
    return Group(path, table, Text(), *notes.shown(), *_known(assessment.scores))


def demo_report(rows: Iterable[tuple[str, str, Score, float | None]]) -> RenderableType:
    """Table of scores beside the truth: day, what happened, score, true change."""
    notes = _Notes()
    sections = []
    for session, rows_of_day in groupby(rows, key=lambda row: row[:2]):
        title = "  ".join(session)
        # Each basis stands together, in the order of the table of bases.
        in_order = sorted(rows_of_day, key=lambda row: list(_BASIS).index(row[2].basis))
        for basis, same in groupby(in_order, key=lambda row: row[2].basis):
            cells = [_demo_cells(score, truth, notes) for *_, score, truth in same]
            sections.append(_Section(cells, title, _BASIS[basis]))
            title = ""
    table = _table(("", "truth >", "measured >", "95 % interval >", "verdict"), sections)
    return Group(table, Text(), *notes.shown())


def models_report(rows: Iterable[Sequence[str]]) -> RenderableType:
    """Table of models: name, version, whose it is and whether it is in use, licence, limits."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "version", "", "licence", "limits"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def signed(value: float, decimals: int = 1) -> str:
    """Return a change with its sign; what rounds to nothing has no sign."""
    text = f"{value:+.{decimals}f}"
    return text if float(text) else text[1:]


def decimals(unit: str) -> int:
    """Return how many decimals of a unit tell something."""
    return _DECIMALS.get(unit, 1)


def figures(score: Score) -> Figures:
    """Return the numbers of a score as every report prints them.

    Parameters
    ----------
    score : Score

    Returns
    -------
    Figures
        Two decimals for a* and L*, one for %, and more where a change beyond the noise would
        otherwise look as if it were not.
    """
    if score.value is None:
        return Figures("", "", "", "")
    decimals = _decimals(score)
    low, high = ("" if end is None else signed(end, decimals) for end in (score.low, score.high))
    detectable = "" if score.sdc is None else f"{score.sdc:.{decimals}f}"
    return Figures(signed(score.value, decimals), low, high, detectable)


def _decimals(score: Score) -> int:
    """Decimals that leave what is larger looking larger."""
    value, low, high = (abs(n or 0.0) for n in (score.value, score.low, score.high))
    excludes_zero = (score.low or 0.0) * (score.high or 0.0) > 0
    larger = [(min(low, high), 0.0)] if excludes_zero else []
    if score.sdc is not None and value > score.sdc:
        larger.append((value, score.sdc))
    decimals = _DECIMALS.get(score.unit, 1)
    while decimals < _MOST_DECIMALS and any(
        round(more, decimals) <= round(less, decimals) for more, less in larger
    ):
        decimals += 1
    return decimals


class _Notes:
    """Reasons that repeat: a number in the table, the sentence once below it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str | None) -> str:
        if not reason:
            return ""
        return f"({self._numbers.setdefault(reason, len(self._numbers) + 1)})"

    def shown(self) -> list[Table]:
        notes = [(f"({n})", _sentence(reason)) for reason, n in self._numbers.items()]
        return [_hanging(notes)] if notes else []


def _headline(scores: Sequence[Score], notes: _Notes) -> Iterable[_Section]:
    """Scores of the whole, one section per basis."""
    whole = [score for score in scores if score.region == scores[0].region]
    for basis, name in _BASIS.items():
        of_basis = [score for score in whole if score.basis == basis]
        if of_basis:
            rows = [_cells(attribute(s.attribute).label, s, notes) for s in of_basis]
            yield _Section(rows, f"{_title(_whole(whole[0].region))}, {name}")


def _smaller_regions(scores: Sequence[Score], notes: _Notes) -> Iterable[_Section]:
    """Scores of all other regions, one section per attribute and basis."""
    rest = (score for score in scores if score.region != scores[0].region)
    for (name, basis), same in groupby(rest, key=lambda score: (score.attribute, score.basis)):
        rows = [_cells(_words(score.region), score, notes) for score in same]
        yield _Section(rows, f"{attribute(name).label}, {_BASIS[basis]}")


def _cells(name: str, score: Score, notes: _Notes) -> tuple[_Cell, ...]:
    numbers = figures(score)
    change = f"{numbers.change} {score.unit}" if numbers.change else ""
    return name, change, numbers.interval, numbers.detectable, _verdict(score, notes)


def _demo_cells(score: Score, truth: float | None, notes: _Notes) -> tuple[_Cell, ...]:
    name, change, interval, _, verdict = _cells(attribute(score.attribute).label, score, notes)
    true = "" if truth is None else signed(truth, _DECIMALS.get(score.unit, 1))
    return name, true, change, interval, verdict


def _level_cells(score: Score, notes: _Notes) -> tuple[_Cell, ...]:
    name = f"{attribute(score.attribute).label}, {score.basis}"
    if score.value is None:
        return name, "", Text(f"not measurable {notes.mark(score.reason)}", "dim")
    return name, f"{score.value:.1f} {score.unit}", ""


def _verdict(score: Score, notes: _Notes) -> Text:
    """Verdict in its color, with the number of the note that says why there is none."""
    verdict = score.verdict or ""
    mark = notes.mark(score.reason) if score.value is None else ""
    return Text(f"{verdict} {mark}".rstrip(), _STYLE.get(verdict, ""))


def _table(captions: Sequence[str], sections: Sequence[_Section]) -> RenderableType:
    """Sections below each other, in columns that they share.

    A caption that ends in > stands to the right. A name that is too long for a whole line of 80
    characters is folded; nothing is ever cut off.
    """
    names = [caption.removesuffix(" >") for caption in captions]
    rows = [tuple(names), *(row for section in sections for row in section.rows)]
    widths = [max(cell_len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    rest = sum(_GAP + width for width in widths[1:])
    widths[0] = min(widths[0], max(_COLUMNS - _INDENT - rest, _NAME))
    indent = max(0, min(_INDENT, _COLUMNS - rest - widths[0]))

    def grid(rows: Iterable[tuple[_Cell, ...]], style: str = "") -> RenderableType:
        table = Table.grid(padding=(0, _GAP, 0, 0))
        for caption, width in zip(captions, widths, strict=True):
            side: Literal["left", "right"] = "right" if caption.endswith(" >") else "left"
            table.add_column(width=width, justify=side, overflow="fold", style=style)
        for row in rows:
            table.add_row(*row)
        return Padding(table, (0, 0, 0, indent), expand=False)

    parts = [Text(), grid([tuple(names)], "dim")]
    for section in sections:
        parts += [Text(), Text(section.title, "bold")] if section.title else []
        parts += [Text(section.subtitle, "dim")] if section.subtitle else []
        parts.append(grid(section.rows))
    return Group(*parts)


def _hanging(items: Iterable[tuple[str, str]]) -> Table:
    """Set each text beside its mark, in lines that begin below one another."""
    table = Table.grid(padding=(0, 1, 0, 0))
    for mark, text in items:
        table.add_row(mark, Text(text))
    return table


def _reasons(reasons: Iterable[Reason]) -> Table:
    return _hanging(("  -", str(reason)) for reason in reasons)


def _differences(comparison: Comparison) -> Iterable[RenderableType]:
    """Say how the photos differ beside the skin, and what that does to the numbers."""
    if not comparison.findings:
        return
    yield Text("\nThe photos differ beside the skin:")
    yield _hanging(("  -", _sentence(text)) for text in difference_sentences(comparison))
    yield Text()


def difference_sentences(comparison: Comparison) -> list[str]:
    """Say each difference of the photos once: what it does to the numbers, and what to do."""
    by_code: dict[str, list[Finding]] = {}
    for finding in comparison.findings:
        by_code.setdefault(finding.code, []).append(finding)
    return [
        "; ".join([found[0].message, *filter(None, map(_effect, found)), found[0].advice])
        for found in by_code.values()
    ]


def _smaller_changes(comparison: Comparison) -> Iterable[RenderableType]:
    """Say what would have shown smaller changes."""
    told = protocol_sentences(comparison)
    if comparison.protocol is not None:
        would = " Smaller changes would show:" if told else ""
        yield Text(f"{level_sentence(comparison)}{would}")
        yield _hanging(("  -", text) for text in told)
        yield Text()


def level_sentence(comparison: Comparison) -> str:
    """Say on which rung of the light ladder the photos stand."""
    protocol = comparison.protocol
    if protocol is None:
        return ""
    told = _REFERENCE[protocol.reference]
    return f"Protocol level {protocol.level} of {protocol.highest}: colors matched {told}."


def protocol_sentences(comparison: Comparison) -> tuple[str, ...]:
    """Say what would have shown smaller changes, one sentence for each thing to do.

    ``Hold a color card beside the skin: redness as a whole from 1.10 a* instead of 1.40.``
    """
    steps = comparison.protocol.steps if comparison.protocol else ()
    return tuple(_step_sentence(step) for step in steps)


def _step_sentence(step: ProtocolStep) -> str:
    told = []
    for kind, (now, then) in step.sdc.items():
        name, _, basis = kind.partition(" ")
        about = attribute(name)
        what = about.label.lower() + ("" if about.unit == "%" else f" {_IN_SHORT[basis]}")
        decimals = _DECIMALS.get(about.unit, 0)
        instead = "not at all" if now is None else f"{now:.{decimals}f}"
        told.append(f"{what} from {then:.{decimals}f} {about.unit} instead of {instead}")
    return _sentence(f"{step.advice}: {', '.join(told)}")


def _effect(finding: Finding) -> str:
    if finding.effect == "blocks":
        where = f" of {', '.join(map(_words, finding.regions))}" if finding.regions else ""
        bases = f" ({_IN_SHORT[finding.bases[0]]})" if len(finding.bases) == 1 else ""
        return f"no {', '.join(finding.attributes)}{bases}{where}"
    if not finding.factors:
        return ""
    kind, factor = max(finding.factors.items(), key=lambda item: item[1])
    return f"intervals up to {factor:.1f} times as wide ({_words(kind)})"


def _known(scores: Iterable[Score]) -> list[Text]:
    """Say what is to be known about the numbers, each sentence once."""
    told = [score.details.get(key) for key in ("about_region", "note") for score in scores]
    notes = dict.fromkeys(told)
    return [Text(_sentence(note)) for note in notes if note]


def _sentence(text: str) -> str:
    """Capital at the start, full stop at the end."""
    return _title(text).removesuffix(".") + "."


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _whole(region: str) -> str:
    return _WHOLE.get(region) or _words(region)


def _words(name: str) -> str:
    return name.replace("_", " ")
