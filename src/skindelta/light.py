"""The light of a pair by a reference that somebody put into both photos: a card, a grey object.

A *card* gives each photo its own matrix, to linear sRGB under D65. How far the patches of both
photos disagree after that tells how unlike the two lights were, and so how sure the skin is.

A *grey object* gives the gain of each channel between the photos, half of it to each: over
simulated sessions that leaves as much on skin as a gain in the Bradford space (2.2 a*). One color
cannot tell how unlike two lights are: in one scene, which the surroundings tell, the gain holds for
skin too; between two places it may be wrong by what two kinds of lamps make of skin.
"""

from typing import NamedTuple

import numpy as np
from skimage.color import deltaE_ciede2000

from .color import linear_to_lab
from .color_card import CLASSIC, PRINTED
from .scene import Gain
from .types import CardKind, CardReading, GreyReading, LightReading, Matrix, Reference

__all__ = ["PairLight", "card_light", "gain_error", "grey_light"]

# ΔE00 that skin is off by, 1 σ, in simulated sessions (benchmarks/sessions.py). With a card: a
# share of what its patches disagree by, little less where a printer mixed them of three inks.
CARD_ERROR = 0.15
CARD_ERROR_SHARE: dict[CardKind, float] = {"classic": 0.4, "printed": 0.35}
# With a grey object under one light: a camera balances in the colors of its sensor, so the more it
# had to, the less a gain in sRGB takes it back. Between two kinds of lamp, one color cannot tell.
GREY_ERROR, GREY_ERROR_ELSEWHERE = 0.3, 1.4
GAIN_ERROR_SHARE = 2.3  # per ln unit (norm over the channels)
NEAR_SCENE, GREY_SPREAD = 3.0, 0.01  # σ that both may be apart; ln units of the object's own
NEAREST = 0.06  # ln units: a scene that knows little vouches for nothing
GREY_MIDDLE = slice(1, 4)  # of a card's greys: not clipped and not dark
SPOILS_GREY = ("card_uneven", "card_shadow", "card_dark", "card_tone_curve", "card_residual")


class PairLight(NamedTuple):
    """What takes both photos to one light.

    Attributes
    ----------
    reference : str
    matrices : tuple of two float64 arrays of shape (3, 3)
        Of the before and the after photo.
    powers : tuple of two float
        That the linear RGB is raised to before.
    residual_de00 : float or None
        How far the color of skin may be off, 1 σ; None without a reference.
    """

    reference: Reference
    matrices: tuple[Matrix, Matrix]
    powers: tuple[float, float]
    residual_de00: float | None


def card_light(before: CardReading | None, after: CardReading | None) -> PairLight | None:
    """Light by a card in both photos.

    Parameters
    ----------
    before, after : CardReading or None

    Returns
    -------
    PairLight or None
        None without a usable card of one kind in both.
    """
    if before is None or after is None or before.kind != after.kind:
        return None
    if not (before.usable and after.usable):
        return None
    both = before.readable & after.readable
    labs = [
        linear_to_lab(np.maximum(card.patches[both] @ card.matrix.T, 0).astype(np.float32))
        for card in (before, after)
    ]
    disagreement = float(np.mean(deltaE_ciede2000(*labs)))
    error = float(np.hypot(CARD_ERROR, CARD_ERROR_SHARE[before.kind] * disagreement))
    return PairLight("card", (before.matrix, after.matrix), (before.power, after.power), error)


def grey_light(before: LightReading, after: LightReading, scene: Gain | None) -> PairLight | None:
    """Light by a grey object in both photos, or by the grey patches of cards of one kind.

    Parameters
    ----------
    before, after : LightReading
    scene : Gain or None
        Of the surroundings, where both photos share them.

    Returns
    -------
    PairLight or None
    """
    colors = _grey_objects(before.grey, after.grey) or _grey_patches(before.card, after.card)
    if colors is None:
        return None
    gain = np.log(colors[1]) - np.log(colors[0])
    gain -= gain.mean()
    halves = [np.diag(np.exp(sign * gain / 2)) for sign in (1, -1)]
    least = GREY_ERROR if _agrees(gain, scene) else GREY_ERROR_ELSEWHERE
    return PairLight(
        "grey", (halves[0], halves[1]), (1.0, 1.0), float(np.hypot(least, gain_error(gain)))
    )


def gain_error(log_gain: Matrix) -> float:
    """Return the ΔE00 that skin may be off by for being corrected by gains of sRGB.

    Parameters
    ----------
    log_gain : float64 array of shape (3,)
        ln units.
    """
    return GAIN_ERROR_SHARE * float(np.linalg.norm(log_gain - log_gain.mean()))


def _agrees(log_gain: Matrix, scene: Gain | None) -> bool:
    """Whether the surroundings changed as the object did."""
    if scene is None:
        return False
    apart = log_gain - scene.log_gain
    near = NEAR_SCENE * float(np.hypot(scene.spread, GREY_SPREAD))
    return bool(np.abs(apart).max() <= min(near, NEAREST))


def _grey_objects(
    before: GreyReading | None, after: GreyReading | None
) -> tuple[Matrix, Matrix] | None:
    if before is None or after is None or not (before.usable and after.usable):
        return None
    return np.array(before.rgb), np.array(after.rgb)


def _grey_patches(
    before: CardReading | None, after: CardReading | None
) -> tuple[Matrix, Matrix] | None:
    """Mean color of the middle greys of two cards that cannot be used as cards."""
    if before is None or after is None or before.kind != after.kind:
        return None
    spoiled = {reason.code for card in (before, after) for reason in card.reasons}
    greys = list((PRINTED if before.kind == "printed" else CLASSIC).greys[GREY_MIDDLE])
    readable = before.readable[greys] & after.readable[greys]
    if spoiled & set(SPOILS_GREY) or not readable.all():
        return None
    first, second = (
        np.exp(np.log(np.maximum(card.patches[greys], 1e-4)).mean(axis=0) / card.power)
        for card in (before, after)
    )
    return first, second
