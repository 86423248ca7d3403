"""The headline of a report: what the whole region says of each attribute, in words and drawn."""

from typing import NamedTuple

from ..attributes import ATTRIBUTES
from ..plain_words import (
    BASIS_IN_SHORT,
    LESS_AND_MORE,
    VERDICT_CLASS,
    detectable_sentence,
    headline_scores,
    verdict_claim,
)
from ..types import Basis, Comparison, Score

__all__ = ["WIDTH", "Card", "Interval", "Line", "card_line", "verdict_cards"]

FIRST_BASIS: dict[str, Basis] = {"hyperpigmentation": "relative"}  # of the others: as a whole

# The drawing, in its own units: zero in the middle.
WIDTH = 320
MIDDLE = WIDTH / 2
REACH = 150.0
ROOM = 1.12  # beyond the farthest end


class Interval(NamedTuple):
    """Where the parts of one drawing lie, 0 to `WIDTH` from left to right."""

    band: tuple[float, float]
    low: float
    high: float
    value: float
    less: str
    more: str


class Line(NamedTuple):
    """One score of the whole in a card."""

    basis: str
    kind: str
    claim: str
    amount: str
    text: str
    interval: Interval | None


class Card(NamedTuple):
    """What is said of one attribute; the first line is the headline."""

    name: str
    label: str
    lines: tuple[Line, ...]


def verdict_cards(comparison: Comparison) -> tuple[Card, ...]:
    """One card an attribute; what was measured comes before what could not be."""
    whole = headline_scores(comparison)
    cards = []
    for about in ATTRIBUTES:
        first = FIRST_BASIS.get(about.name, "absolute")
        scores = [score for score in whole if score.attribute == about.name]
        scores.sort(key=lambda score: (score.value is None, score.basis != first))
        if scores:
            cards.append(Card(about.name, about.label, tuple(card_line(score) for score in scores)))
    return tuple(cards)


def card_line(score: Score) -> Line:
    """Say one score of the whole, with its drawing."""
    kind = VERDICT_CLASS[score.verdict or "not measurable"]
    basis, text = BASIS_IN_SHORT[score.basis], detectable_sentence(score)
    return Line(basis, kind, *verdict_claim(score), text, _interval(score))


def _interval(score: Score) -> Interval | None:
    """Value and interval over the band that cannot be told from no change."""
    if score.value is None or score.low is None or score.high is None:
        return None
    band = score.sdc or 0.0
    reach = ROOM * max(abs(score.low), abs(score.high), abs(score.value), band, 1e-9)

    def x(value: float) -> float:
        return round(MIDDLE + REACH * value / reach, 1)

    ends = x(score.low), x(score.high), x(score.value)
    return Interval((x(-band), x(band)), *ends, *LESS_AND_MORE[score.attribute])
