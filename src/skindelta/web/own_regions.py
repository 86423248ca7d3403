"""What was drawn by hand: one card with every region and what each attribute did there."""

from collections.abc import Sequence
from html import escape

from ..attributes import attribute
from ..face_shape import FACE_REGIONS
from ..plain_words import BASIS_IN_SHORT, VERDICT_CLASS, amount_in_words, ended
from ..types import Comparison, Score

__all__ = ["is_own", "own_regions_card"]


def is_own(region: str) -> bool:
    """Whether a region was drawn by hand: it is neither one of the face nor all of a close-up."""
    return region not in FACE_REGIONS and region != "skin"


def own_regions_card(comparison: Comparison) -> str:
    """Return one card of all regions that were drawn by hand; nothing where none was."""
    drawn: dict[str, list[Score]] = {}
    for score in comparison.scores:
        if is_own(score.region):
            drawn.setdefault(score.region, []).append(score)
    if not drawn:
        return ""
    parts = "".join(_part(name, scores) for name, scores in drawn.items())
    heading = "Your region" if len(drawn) == 1 else "Your regions"
    return (
        f'<section class="sd-card sd-own"><h3>{heading}</h3>'
        f'<div class="sd-own-parts">{parts}</div></section>'
    )


def _part(name: str, scores: Sequence[Score]) -> str:
    lines = "".join(map(_line, scores))
    return f'<div><h4>{escape(name)}</h4><ul class="sd-own-lines">{lines}</ul></div>'


def _line(score: Score) -> str:
    verdict = score.verdict or "not measurable"
    what = f"{attribute(score.attribute).label}, {BASIS_IN_SHORT[score.basis]}"
    told = amount_in_words(score) or score.reason or ""
    return (
        f'<li class="sd-{VERDICT_CLASS[verdict]}">{escape(what)}: '
        f'<strong class="sd-own-verdict">{verdict}</strong>, {escape(ended(told))}</li>'
    )
