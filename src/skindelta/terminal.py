"""Results for the terminal: tables of scores, and what stands behind them as sentences."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .attributes import attribute
from .types import Assessment, Comparison, PhotoSummary, Reason, Score

__all__ = [
    "assessment_report",
    "comparison_report",
    "demo_report",
    "models_report",
    "photo_report",
    "signed",
]

_STYLE = {"improved": "cyan", "worse": "bold yellow", "not measurable": "dim"}
_REFERENCE = {
    "card": "by a color card",
    "grey": "by a grey patch",
    "scene": "by the surroundings that both photos share",
    "skin": "by the skin itself, so only its spots and patches can be told",
    "none": "by nothing: the colors are as the camera wrote them",
}


def photo_report(summary: PhotoSummary) -> RenderableType:
    """Say whether a photo is usable, and what stands against it."""
    if summary.quality.usable:
        return Text(f"{summary.path}: usable")
    lines = "\n".join(_item(str(reason)) for reason in summary.quality.reasons)
    return Text(f"{summary.path}: not usable\n{lines}")


def comparison_report(comparison: Comparison) -> RenderableType:
    """Table of what changed; below it why not, and what to know about the numbers."""
    parts: list[RenderableType] = [
        Text(f"before: {comparison.before.path}\nafter:  {comparison.after.path}")
    ]
    if not comparison.comparable:
        return Group(*parts, Text("not measurable:"), _reasons(comparison.reasons))
    misplaced = comparison.residual_px
    within = "" if misplaced is None else f", aligned within {misplaced:.1f} px"
    parts.append(Text(f"colors matched {_REFERENCE[comparison.reference]}{within}"))
    notes = _Notes()
    table = _table("attribute", "basis", "region", "change >", "95 % interval >", "detectable >")
    table.add_column("verdict", no_wrap=True)
    whole = comparison.scores[0].region if comparison.scores else ""
    headline_first = sorted(comparison.scores, key=lambda score: score.region != whole)
    for above, score in _with_previous(headline_first):
        if above and (above.attribute, above.region == whole) != (
            score.attribute,
            score.region == whole,
        ):
            table.add_section()
        verdict = score.verdict or ""
        mark = notes.mark(score.reason) if score.value is None else ""
        table.add_row(
            attribute(score.attribute).label,
            score.basis,
            _words(score.region),
            *_numbers(score),
            Text(f"{verdict} {mark}".rstrip(), _STYLE.get(verdict, "")),
        )
    known = (score.details.get("note") for score in comparison.scores)
    return Group(*parts, table, *notes.texts(), *_sentences(known))


def assessment_report(assessment: Assessment) -> RenderableType:
    """Table of the levels of one photo, and what they cannot tell."""
    if not assessment.quality.usable:
        return photo_report(assessment.photo)
    notes = _Notes()
    table = _table("attribute", "basis", "region", "level >", "unit")
    table.add_column("")
    for above, score in _with_previous(assessment.scores):
        if above and above.region != score.region:
            table.add_section()
        level = "" if score.value is None else f"{score.value:.1f}"
        mark = f"not measurable {notes.mark(score.reason)}" if score.value is None else ""
        table.add_row(
            attribute(score.attribute).label,
            score.basis,
            _words(score.region),
            level,
            score.unit,
            Text(mark, "dim"),
        )
    known = (score.details.get("note") for score in assessment.scores)
    return Group(Text(assessment.photo.path), table, *notes.texts(), *_sentences(known))


def demo_report(rows: Iterable[tuple[str, str, Score, float | None]]) -> RenderableType:
    """Table of scores beside the truth: day, what happened, score, true change."""
    notes = _Notes()
    table = _table("day", "what happened", "attribute", "basis", "truth >", "measured >")
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    day_above = ""
    for day, story, score, truth in rows:
        if day_above and day != day_above:
            table.add_section()
        change, interval, _ = _numbers(score)
        mark = notes.mark(score.reason) if score.value is None else ""
        table.add_row(
            day if day != day_above else "",
            story if day != day_above else "",
            attribute(score.attribute).label,
            score.basis,
            "" if truth is None else signed(truth),
            change,
            interval,
            Text(f"{score.verdict} {mark}".rstrip(), _STYLE.get(score.verdict or "", "")),
        )
        day_above = day
    return Group(table, *notes.texts())


def models_report(rows: Iterable[Sequence[str]]) -> RenderableType:
    """Table of models: name, version, licence, limits."""
    table = _table("name", "version", "licence", "limits")
    for row in rows:
        table.add_row(*row)
    return table


def signed(value: float) -> str:
    """Return a change with its sign and one decimal; what rounds to nothing has no sign."""
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


class _Notes:
    """Reasons that repeat: a number in the table, the sentence once below it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str | None) -> str:
        if not reason:
            return ""
        return f"({self._numbers.setdefault(reason, len(self._numbers) + 1)})"

    def texts(self) -> list[Text]:
        return [Text(f"({n}) {_sentence(reason)}") for reason, n in self._numbers.items()]


def _table(*columns: str) -> Table:
    """Table of the house; a name that ends in > stands to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name.removesuffix(" >"), justify="right" if ">" in name else "left")
    return table


def _numbers(score: Score) -> tuple[str, str, str]:
    """Change, interval and smallest detectable change."""
    change = "" if score.value is None else f"{signed(score.value)} {score.unit}"
    has_interval = score.low is not None and score.high is not None
    interval = f"{signed(score.low or 0)} to {signed(score.high or 0)}" if has_interval else ""
    return change, interval, "" if score.sdc is None else f"{score.sdc:.1f}"


def _with_previous(scores: Sequence[Score]) -> Iterable[tuple[Score | None, Score]]:
    return zip((None, *scores[:-1]), scores, strict=True)


def _reasons(reasons: Iterable[Reason]) -> Text:
    return Text("\n".join(_item(str(reason)) for reason in reasons))


def _sentences(reasons: Iterable[str | None]) -> list[Text]:
    """Each sentence once."""
    return [Text(_sentence(reason)) for reason in dict.fromkeys(reasons) if reason]


def _sentence(text: str) -> str:
    """Capital at the start, full stop at the end."""
    return text[:1].upper() + text[1:].removesuffix(".") + "."


def _item(text: str) -> str:
    return f"  - {text}"


def _words(name: str) -> str:
    return name.replace("_", " ")
