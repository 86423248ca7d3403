"""Verdict cards: what the whole region says of each attribute, in words and as a drawing."""

from collections import Counter
from html import escape

from ..attributes import ATTRIBUTES
from ..plain_words import (
    BASIS,
    LESS_AND_MORE,
    VERDICT_CLASS,
    amount_in_words,
    change_sentence,
    detectable_sentence,
    headline_scores,
    notes,
    sentence,
    verdict_claim,
)
from ..report.facts import ABOUT_BASES
from ..terminal import decimals
from ..types import Comparison, ProtocolStep, Score
from .own_regions import own_regions_card

__all__ = ["interval_drawing", "on_page", "verdict_cards", "verdict_style"]

HOW_TO_READ = (
    "Point and line: value and 95 % interval. Gray band: cannot be told from no change. It is "
    "called changed only where the interval leaves out 0 and the value is beyond what we can "
    "detect."
)
# What the command line calls a flag is a box on the page.
BOXES = {
    "use --close-up": 'tick "Close-up" in the options',
    "leave --close-up out": 'untick "Close-up" in the options',
}


def verdict_cards(comparison: Comparison) -> str:
    """One card per attribute: what the whole region says, in words and as a drawing.

    What was drawn by hand has a card of its own below them.
    """
    shared = _shared_advice(comparison)
    cards = []
    for attribute in ATTRIBUTES:
        lines = [
            _card_line(s, _narrower(comparison, s, shared))
            for s in headline_scores(comparison)
            if s.attribute == attribute.name
        ]
        if lines:
            heading = f"<h3>{escape(attribute.label)}</h3>"
            cards.append(f'<section class="sd-card">{heading}{"".join(lines)}</section>')
    return (
        f'<h2>What changed</h2><div class="sd-cards">{"".join(cards)}'
        f"{own_regions_card(comparison)}</div>{_how_to_read(comparison)}{_footnotes(comparison)}"
    )


def _card_line(score: Score, narrower: str) -> str:
    """Verdict, change with its interval, drawing, and from where on a change would show."""
    claim, amount = verdict_claim(score)
    if score.verdict not in ("improved", "worse"):  # then no word of the claim says which way
        amount = amount_in_words(score)
    size = f'<p class="sd-amount">{escape(amount)}</p>' if amount else ""
    told = " ".join(part for part in (detectable_sentence(score), narrower) if part)
    return (
        f'<div class="sd-line sd-{verdict_style(score)}">'
        f'<p class="sd-basis">{BASIS[score.basis]}</p>'
        f'<p class="sd-verdict">{escape(claim)}</p>{size}{interval_drawing(score)}'
        f'{_ends(score)}<p class="sd-numbers">{escape(told)}</p></div>'
    )


def _ends(score: Score) -> str:
    """Say under the drawing which way is which."""
    if score.value is None or score.low is None or score.high is None:
        return ""
    less, more = LESS_AND_MORE[score.attribute]
    return (
        f'<p class="sd-ends" aria-hidden="true"><span>← {less}</span><span>0</span>'
        f"<span>{more} →</span></p>"
    )


def _how_to_read(comparison: Comparison) -> str:
    """Say what the drawings show, and what the two kinds of a score are."""
    scores = headline_scores(comparison)
    if all(score.value is None for score in scores):
        return ""
    known = {"absolute": "As a whole", "relative": "Against calm skin"}
    there = {known[score.basis] for score in scores}
    bases = " ".join(
        f"<strong>{name}</strong> {escape(text)}" for name, text in ABOUT_BASES if name in there
    )
    return f'<p class="sd-note">{HOW_TO_READ}</p><p class="sd-note">{bases}</p>'


def _best_step(comparison: Comparison, score: Score) -> ProtocolStep | None:
    """Return the one thing done otherwise that would have helped this score most."""
    steps = comparison.protocol.steps if comparison.protocol else ()
    kind = f"{score.attribute} {score.basis}"
    helping = [step for step in steps if kind in step.sdc]
    return min(helping, key=lambda step: step.sdc[kind][1]) if helping else None


def _shared_advice(comparison: Comparison) -> tuple[str, ...]:
    """Advice that helps several scores most: the status says it once, with all their numbers."""
    best = (_best_step(comparison, score) for score in headline_scores(comparison))
    times = Counter(step.advice for step in best if step is not None)
    return tuple(advice for advice, count in times.items() if count > 1)


def _narrower(comparison: Comparison, score: Score, shared: tuple[str, ...]) -> str:
    """Say what would have helped this score most, where that helps it alone."""
    best = _best_step(comparison, score)
    if best is None or best.advice in shared:
        return ""
    kind = f"{score.attribute} {score.basis}"
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
    return "".join(f'<p class="sd-note">{escape(on_page(text))}</p>' for text in notes(comparison))


def on_page(text: str) -> str:
    """Capital at the start, full stop at the end; what the command line calls a flag is a box."""
    for flag, box in BOXES.items():
        text = text.replace(flag, box)
    return sentence(text)


def verdict_style(score: Score) -> str:
    """Style of a score's verdict."""
    return VERDICT_CLASS[score.verdict or "not measurable"]
