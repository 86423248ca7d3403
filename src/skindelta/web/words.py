"""Results in words: sentences, verdict cards and the table of scores, as HTML.

A number is printed as the command line prints it, with its interval and the smallest change that
could have been detected; inside the noise the sentence says so. Colors follow the change maps (blue
better, orange worse) and never stand alone: each verdict has its word. All text that comes from
outside, file names above all, is escaped.
"""

from collections.abc import Iterable, Iterator
from html import escape

from .. import plain_words
from ..attributes import ATTRIBUTES
from ..plain_words import (
    ABOUT_MAPS,
    BASIS,
    REFERENCE,
    change_sentence,
    ended,
    on_one_line,
    region_words,
)
from ..terminal import (
    difference_sentences,
    figures,
    network_sentences,
    order_sentence,
    protocol_sentences,
)
from ..types import Comparison, PhotoSummary, Reason, Score
from .cards import interval_drawing, on_page, verdict_cards, verdict_style
from .own_regions import is_own

__all__ = [
    "ABOUT_MAPS",
    "LIMITS_OF_USE",
    "change_sentence",
    "comparison_card",
    "details",
    "download",
    "interval_drawing",
    "notice",
    "order_notice",
    "photo_card",
    "same_file_notice",
    "score_table",
    "verdict_cards",
]

LIMITS_OF_USE = f"<strong>{plain_words.NOT_A_DEVICE}</strong> {plain_words.LIMITS_OF_USE}"
# Rows and reasons look as they did before rows had heads, of which style.css knows nothing.
ROW_HEAD = "font-weight:inherit;white-space:nowrap"
REASON = "color:var(--sd-soft)"

SEVERAL_REGIONS = (
    "With several regions, one of them looks changed by chance now and then. What counts is the "
    "verdict of the whole."
)
SIGNS = "Minus is less red, lighter or smoother; plus is redder, darker or rougher."


def score_table(comparison: Comparison) -> str:
    """All scores, grouped by attribute and basis; what was drawn by hand comes first."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in comparison.scores:
        groups.setdefault((score.attribute, score.basis), []).append(score)
    labels = {a.name: a.label for a in ATTRIBUTES}
    captions = ("region", "change", "95 % interval", "detectable from", "verdict")
    head = "".join(f'<th scope="col">{name}</th>' for name in captions)
    bodies = "".join(
        '<tbody><tr class="sd-group"><th colspan="5" scope="rowgroup">'
        f"{escape(labels.get(name, name))}: {BASIS[scores[0].basis]} ({escape(scores[0].unit)})"
        f"</th></tr>{''.join(_rows(_own_first(scores)))}</tbody>"
        for (name, _), scores in groups.items()
    )
    told = f'<p class="sd-note">{SEVERAL_REGIONS} {SIGNS}</p>'
    return f'{told}<table class="sd-table"><thead><tr>{head}</tr></thead>{bodies}</table>'


def _own_first(scores: Iterable[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: not is_own(score.region))


def _rows(scores: Iterable[Score]) -> Iterator[str]:
    """One line a score; a reason that repeats is printed once."""
    above = None
    for score in scores:
        reason = "as above" if score.reason == above else score.reason or ""
        above = score.reason
        cells = _number_cells(score) if score.value is not None else _reason_cell(reason)
        yield (
            f'<tr data-score="{escape(score.attribute)} {escape(score.region)} {score.basis}" '
            f'class="sd-{verdict_style(score)}"><th scope="row" style="{ROW_HEAD}">'
            f"{escape(region_words(score.region))}</th>{cells}</tr>"
        )


def _number_cells(score: Score) -> str:
    """Change, interval, smallest detectable change and verdict of a score that has a value."""
    numbers = figures(score)
    cells = (numbers.change, numbers.interval, numbers.detectable, score.verdict or "")
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _reason_cell(reason: str) -> str:
    """Why there is no value, across all columns."""
    return f'<td colspan="4" style="{REASON}">not measurable: {escape(reason)}</td>'


def photo_card(summary: PhotoSummary) -> str:
    """Whether one photo is usable, and why not."""
    about = [summary.camera or "", f"{summary.taken_at:%Y-%m-%d %H:%M}" if summary.taken_at else ""]
    meta = escape(" · ".join(part for part in about if part))
    small = f'<p class="sd-note">{meta}</p>' if meta else ""
    if summary.quality.usable:
        return f'<div class="sd-status sd-good"><strong>Usable</strong>{small}</div>'
    return (
        f'<div class="sd-status sd-bad"><strong>Not usable as it is</strong>'
        f"{_reason_list(summary.quality.reasons)}{small}</div>"
    )


def comparison_card(comparison: Comparison) -> str:
    """Whether two photos could be measured against each other, and by what or why not."""
    if comparison.comparable:
        colors = f"colors matched by {REFERENCE[comparison.reference]}"
        rest = "" if comparison.residual_px is None else f", within {comparison.residual_px:.1f} px"
        return (
            '<div class="sd-status sd-good"><strong>Measured.</strong> '
            f"{on_page(f'the photos lie on each other{rest}; {colors}')} "
            f"{_level(comparison)}{_differences(comparison)}{_smaller_changes(comparison)}</div>"
        )
    return (
        '<div class="sd-status sd-bad"><strong>Not measurable</strong>'
        f"{_reason_list(comparison.reasons)}</div>"
    )


def order_notice(comparison: Comparison) -> str:
    """Say in a box that before and after are mixed up; nothing where they are not."""
    told = order_sentence(comparison)
    return notice(told, "bad") if told else ""


def _level(comparison: Comparison) -> str:
    """Say on which rung of the light ladder the photos stand."""
    protocol = comparison.protocol
    return f"Protocol level {protocol.level} of {protocol.highest}." if protocol else ""


def same_file_notice(comparison: Comparison) -> str:
    """Say in a box that both photos are one file; nothing where they are two."""
    if comparison.before.sha256 != comparison.after.sha256:
        return ""
    told = "Both photos are the same file: nothing can have changed. Choose another after photo"
    return notice(told, "bad")


def _differences(comparison: Comparison) -> str:
    """Say how the photos differ beside the skin, if they do, and what that does to the numbers."""
    told = difference_sentences(comparison)
    matters = any(finding.effect != "informs" for finding in comparison.findings)
    return _more("How the photos differ beside the skin", told, is_open=matters)


def _smaller_changes(comparison: Comparison) -> str:
    """Say what would have shown smaller changes."""
    return _more("What would show smaller changes", protocol_sentences(comparison))


def _more(heading: str, told: Iterable[str], *, is_open: bool = False) -> str:
    """List that opens on demand; nothing where there is nothing to list."""
    items = [f"<li>{escape(on_page(text))}</li>" for text in told]
    if not items:
        return ""
    summary = f"<summary>{heading} ({len(items)})</summary>"
    opening = '<details class="sd-more" open>' if is_open else '<details class="sd-more">'
    return f"{opening}{summary}<ul>{''.join(items)}</ul></details>"


def _reason_list(reasons: Iterable[Reason]) -> str:
    """One line a reason: what was found, then what to do."""
    items = (
        f"<li>{escape(on_page(r.message))}"
        + (f" <em>{escape(on_page(r.advice))}</em>" if r.advice else "")
        + "</li>"
        for r in reasons
    )
    return f"<ul>{''.join(items)}</ul>"


def notice(text: str, kind: str = "plain") -> str:
    """One sentence in a box: ``plain``, ``good`` or ``bad``."""
    return f'<div class="sd-status sd-{kind}">{escape(ended(text))}</div>'


def details(comparison: Comparison) -> str:
    """List what the numbers rest on: color reference, alignment, versions."""
    rows = []
    if comparison.comparable:
        rows.append(("Colors matched by", REFERENCE[comparison.reference]))
    if comparison.residual_px is not None:
        rows.append(("Misplacement that remains", f"{comparison.residual_px:.2f} px"))
    rows += [("Measured by", text) for text in network_sentences(comparison)]
    rows += [("Before", comparison.before.path), ("After", comparison.after.path)]
    rows += [(f"Made with {k}", on_one_line(v)) for k, v in comparison.made_with.items()]
    cells = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return f'<dl class="sd-details">{cells}</dl>'


def download(url: str, label: str) -> str:
    """Link that saves a file."""
    return f'<a class="sd-download" href="{escape(url)}" download>{escape(label)}</a>'
