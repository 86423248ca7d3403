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
    VERDICT_CLASS,
    change_sentence,
    detectable_sentence,
    ended,
    headline_scores,
    notes,
    on_one_line,
    region_words,
    sentence,
    verdict_claim,
)
from ..terminal import (
    decimals,
    difference_sentences,
    figures,
    level_sentence,
    network_sentences,
    protocol_sentences,
)
from ..types import Comparison, PhotoSummary, Reason, Score

__all__ = [
    "ABOUT_MAPS",
    "LIMITS_OF_USE",
    "URGENCY",
    "change_sentence",
    "comparison_card",
    "details",
    "download",
    "interval_drawing",
    "notice",
    "photo_card",
    "score_table",
    "verdict_cards",
]

# How much a flag presses.
URGENCY = {
    "emergency": "Emergency",
    "contact": "Contact your clinician",
    "watch": "Keep an eye on it",
    "expected": "Usual",
}
LIMITS_OF_USE = f"<strong>{plain_words.NOT_A_DEVICE}</strong> {plain_words.LIMITS_OF_USE}"
# Rows and reasons look as they did before rows had heads, of which style.css knows nothing.
ROW_HEAD = "font-weight:inherit;white-space:nowrap"
REASON = "color:var(--sd-soft)"


# What the command line calls a flag is a box on the page.
BOXES = {
    "use --close-up": 'tick "Close-up" in the options',
    "leave --close-up out": 'untick "Close-up" in the options',
}


def verdict_cards(comparison: Comparison) -> str:
    """One card per attribute: what the whole region says, in words and as a drawing."""
    cards = []
    for attribute in ATTRIBUTES:
        lines = [
            _card_line(s, _narrower(comparison, s))
            for s in headline_scores(comparison)
            if s.attribute == attribute.name
        ]
        if lines:
            heading = f"<h3>{escape(attribute.label)}</h3>"
            cards.append(f'<section class="sd-card">{heading}{"".join(lines)}</section>')
    return (
        f'<h2>What changed</h2><div class="sd-cards">{"".join(cards)}</div>{_footnotes(comparison)}'
    )


def _card_line(score: Score, narrower: str) -> str:
    """Verdict, change with its interval, drawing, and from where on a change would show."""
    claim, amount = verdict_claim(score)
    size = f'<p class="sd-amount">{escape(amount)}</p>' if amount else ""
    told = " ".join(part for part in (detectable_sentence(score), narrower) if part)
    return (
        f'<div class="sd-line sd-{_kind(score)}">'
        f'<p class="sd-basis">{BASIS[score.basis]}</p>'
        f'<p class="sd-verdict">{escape(claim)}</p>{size}{interval_drawing(score)}'
        f'<p class="sd-numbers">{escape(told)}</p></div>'
    )


def _narrower(comparison: Comparison, score: Score) -> str:
    """Say which one thing done otherwise would have helped this score most."""
    steps = comparison.protocol.steps if comparison.protocol else ()
    kind = f"{score.attribute} {score.basis}"
    helping = [step for step in steps if kind in step.sdc]
    if not helping:
        return ""
    best = min(helping, key=lambda step: step.sdc[kind][1])
    smallest = f"{best.sdc[kind][1]:.{decimals(score.unit)}f} {score.unit}"
    return f"{sentence(best.advice)[:-1]}: then from {smallest}."


def interval_drawing(score: Score) -> str:
    """Draw value and interval as SVG over the band that cannot be told from no change."""
    if score.value is None or score.low is None or score.high is None:
        return ""
    band = score.sdc or 0.0
    reach = 1.15 * max(abs(score.low), abs(score.high), abs(score.value), band, 1e-9)

    def x(value: float) -> str:
        return f"{100 + 98 * value / reach:.1f}"

    return (
        f'<svg class="sd-interval" viewBox="0 0 200 26" role="img" '
        f'aria-label="{escape(change_sentence(score))}">'
        f'<rect class="sd-band" x="{x(-band)}" y="3" width="{196 * band / reach:.1f}" '
        f'height="20" rx="3"/><line class="sd-zero" x1="100" x2="100" y1="0" y2="26"/>'
        f'<line class="sd-range" x1="{x(score.low)}" x2="{x(score.high)}" y1="13" y2="13"/>'
        f'<circle class="sd-value" cx="{x(score.value)}" cy="13" r="5"/></svg>'
    )


def _footnotes(comparison: Comparison) -> str:
    """Say once what is to be known about the intervals of the scores that were measured."""
    return "".join(
        f'<p class="sd-note">{escape(_sentence(text))}</p>' for text in notes(comparison)
    )


def score_table(comparison: Comparison) -> str:
    """All scores, grouped by attribute and basis."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in comparison.scores:
        groups.setdefault((score.attribute, score.basis), []).append(score)
    labels = {a.name: a.label for a in ATTRIBUTES}
    captions = ("region", "change", "95 % interval", "detectable from", "verdict")
    head = "".join(f'<th scope="col">{name}</th>' for name in captions)
    bodies = "".join(
        '<tbody><tr class="sd-group"><th colspan="5" scope="rowgroup">'
        f"{escape(labels.get(name, name))}: {BASIS[scores[0].basis]} ({escape(scores[0].unit)})"
        f"</th></tr>{''.join(_rows(scores))}</tbody>"
        for (name, _), scores in groups.items()
    )
    return f'<table class="sd-table"><thead><tr>{head}</tr></thead>{bodies}</table>'


def _rows(scores: Iterable[Score]) -> Iterator[str]:
    """One line a score; a reason that repeats is printed once."""
    above = None
    for score in scores:
        reason = "as above" if score.reason == above else score.reason or ""
        above = score.reason
        cells = _number_cells(score) if score.value is not None else _reason_cell(reason)
        yield (
            f'<tr data-score="{escape(score.attribute)} {escape(score.region)} {score.basis}" '
            f'class="sd-{_kind(score)}"><th scope="row" style="{ROW_HEAD}">'
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


def _kind(score: Score) -> str:
    """Style of a score's verdict."""
    return VERDICT_CLASS[score.verdict or "not measurable"]


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
            f"{_sentence(f'the photos lie on each other{rest}; {colors}')} "
            f"{escape(level_sentence(comparison))}{_differences(comparison)}{_smaller_changes(comparison)}</div>"
        )
    return (
        '<div class="sd-status sd-bad"><strong>Not measurable</strong>'
        f"{_reason_list(comparison.reasons)}</div>"
    )


def _differences(comparison: Comparison) -> str:
    """Say how the photos differ beside the skin, if they do, and what that does to the numbers."""
    return _more("How the photos differ beside the skin", difference_sentences(comparison))


def _smaller_changes(comparison: Comparison) -> str:
    """Say what would have shown smaller changes."""
    return _more("What would show smaller changes", protocol_sentences(comparison))


def _more(heading: str, told: Iterable[str]) -> str:
    """List that opens on demand; nothing where there is nothing to list."""
    items = [f"<li>{escape(_sentence(text))}</li>" for text in told]
    if not items:
        return ""
    summary = f"<summary>{heading} ({len(items)})</summary>"
    return f'<details class="sd-more">{summary}<ul>{"".join(items)}</ul></details>'


def _reason_list(reasons: Iterable[Reason]) -> str:
    """One line a reason: what was found, then what to do."""
    items = (
        f"<li>{escape(_sentence(r.message))}"
        + (f" <em>{escape(_sentence(r.advice))}</em>" if r.advice else "")
        + "</li>"
        for r in reasons
    )
    return f"<ul>{''.join(items)}</ul>"


def _sentence(text: str) -> str:
    """Capital at the start, full stop at the end; what the command line calls a flag is a box."""
    for flag, box in BOXES.items():
        text = text.replace(flag, box)
    return sentence(text)


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
