"""What a color card tells of the light in a photo: a 3 x 3 matrix in linear light, or why none.

Each patch is read as the middle of its cell. Light that falls off across the card is a plane of
ln(brightness), found together with the matrix; what the plane cannot explain is a shadow. The
matrix is fitted by weighted least squares, skin-like patches counting most and greys next: over
simulated cameras and lights that leaves less error on skin than equal weights or root polynomials.
A photo with another tone curve than sRGB is first raised to the power that makes the patches fit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from skimage.color import deltaE_ciede2000

from .card_finder import CELL_PX, FoundCard, carried, flattened
from .color import linear_to_lab, srgb8_to_linear
from .color_card import COLUMNS, GREYS, LINEAR_RGB, MIDDLES, PATCH_NAMES, ROWS, SKIN_LIKE
from .types import ByteArray, Reason

__all__ = ["CardFit", "fit_card"]

Colors = npt.NDArray[np.float64]

# Session to session under 11 lights, simulated: 1.07 a* with 4 and 2, 0.90 with 8 and 2, 0.80 with
# 16 and 4, which is more than two patches under a real lens should be trusted with.
SKIN_WEIGHT, GREY_WEIGHT = 8.0, 2.0
POWERS = (0.4, 1.6)
TOLD_POWER = 0.08  # an sRGB photo through a camera's own curve is within this of 1
SAMPLE_SHARE = 0.3  # of the cell to either side of its middle
CEILING, FLOOR = 250, 3  # codes
MIN_WHITE = 0.10  # linear: below, noise and 8-bit steps are 2 % of the grey patches
MAX_CLIPPED = 2  # patches that may be lost, none of them skin-like
MAX_UNEVEN = 1.8  # of the brightest over the darkest end of the card
MAX_SHADOW = 0.10  # ln units that patches are off the plane of light, RMS
MAX_RESIDUAL = 5.0  # mean ΔE00 after the fit
ROUNDS = 4
MIN_USABLE = 12
DARKEST_FOR_LIGHT = 0.2  # sum of linear RGB: of darker patches stray light hides how they are lit


class CardFit(NamedTuple):
    """What a card tells.

    Attributes
    ----------
    matrix : float64 array of shape (3, 3)
        Linear sRGB under D65 is this times the photo's linear RGB to the power.
    power : float
        1 for photos that keep to the curve of sRGB.
    patches : float64 array of shape (24, 3)
        Linear RGB of the patches in the photo to the power, light evened out.
    residual_before, residual_after : float
        Mean ΔE00 of the patches to those of the card, with brightness fitted alone and with the
        matrix; None where too few patches can be read.
    unevenness : float or None
        Brightness of the lighter over the darker end of the card.
    reasons : tuple of Reason
        Why the card cannot be used; empty = usable.
    """

    matrix: Colors
    power: float
    patches: Colors
    residual_before: float | None
    residual_after: float | None
    unevenness: float | None
    reasons: tuple[Reason, ...]


def fit_card(pixels: ByteArray, card: FoundCard) -> CardFit:
    """Read a card and fit the matrix.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB.
    card : FoundCard

    Returns
    -------
    CardFit
    """
    seen, usable = _patches(pixels, card)
    if usable.sum() < MIN_USABLE:
        lost = _clipped(usable)
        return CardFit(np.eye(3), 1.0, seen, None, None, None, (lost,))
    power = minimize_scalar(
        lambda power: _at_power(seen, usable, power).residual,
        bounds=POWERS,
        method="bounded",
        options={"xatol": 0.01},
    ).x
    best = _at_power(seen, usable, float(power) if abs(power - 1) >= TOLD_POWER else 1.0)
    unevenness = float(np.exp(np.ptp(_plane() @ best.light)))
    gain = _scale(seen[usable], LINEAR_RGB[usable])
    before = _residual(seen[usable] * gain, LINEAR_RGB[usable])
    reasons = _reasons(seen, usable, unevenness, best.shadow, best.residual)
    return CardFit(
        best.matrix, best.power, best.even, before, best.residual, unevenness, tuple(reasons)
    )


class _Fit(NamedTuple):
    power: float
    matrix: Colors
    even: Colors
    light: Colors
    shadow: float
    residual: float


def _at_power(seen: Colors, usable: npt.NDArray[np.bool_], power: float) -> _Fit:
    """Fit matrix and plane of light in turns."""
    weights = _weights() * usable
    among = usable & (LINEAR_RGB.sum(axis=1) > DARKEST_FOR_LIGHT)
    plane, light = _plane(), np.zeros(3)
    straight = np.maximum(seen, 1e-5) ** power
    for _ in range(ROUNDS):
        even = straight * np.exp(-plane @ light)[:, None]
        matrix = _matrix(even, weights)
        off = _brightness_off(even, matrix)
        # The matrix holds the level; the slopes alone are the light's.
        light[1:] += np.linalg.lstsq(plane[among], off[among], rcond=None)[0][1:]
    left = off[among] - plane[among] @ np.linalg.lstsq(plane[among], off[among], rcond=None)[0]
    residual = _residual(even[usable] @ matrix.T, LINEAR_RGB[usable])
    return _Fit(power, matrix, even, light, float(np.sqrt(np.mean(left**2))), residual)


def _weights() -> Colors:
    weights = np.ones(len(LINEAR_RGB))
    weights[list(SKIN_LIKE)] = SKIN_WEIGHT
    weights[list(GREYS)] = GREY_WEIGHT
    return weights


def _plane() -> Colors:
    """Level and slopes across the card, each of the size of half of it."""
    half = np.array([COLUMNS, ROWS]) / 2
    return np.column_stack([np.ones(len(MIDDLES)), (MIDDLES - half) / half])


def _patches(pixels: ByteArray, card: FoundCard) -> tuple[Colors, npt.NDArray[np.bool_]]:
    """Mean linear color of each patch, shape (24, 3), and which are inside and not clipped."""
    reach = round(SAMPLE_SHARE * CELL_PX)
    middle = slice(CELL_PX // 2 - reach, CELL_PX // 2 + reach)
    codes = flattened(pixels, card.homography)[:, middle, middle].reshape(24, -1, 3)
    colors = srgb8_to_linear(codes).astype(np.float64).mean(axis=1)
    usable = (codes.max(axis=2) < CEILING).mean(axis=1) > 0.98
    usable &= (codes.max(axis=2) > FLOOR).mean(axis=1) > 0.98
    corners = carried(card.homography, MIDDLES)
    height, width = pixels.shape[:2]
    inside = ((corners > 0) & (corners < (width, height))).all(axis=1)
    return colors, usable & inside


def _matrix(seen: Colors, weights: Colors) -> Colors:
    """Weighted least squares from the colors seen to those of the card."""
    root = np.sqrt(weights)[:, None]
    fitted = np.linalg.lstsq(seen * root, LINEAR_RGB * root, rcond=None)[0]
    return np.asarray(fitted.T)


def _brightness_off(seen: Colors, matrix: Colors) -> Colors:
    """How much brighter each patch is than the card says, ln units."""
    fitted = np.maximum(seen @ matrix.T, 1e-4).sum(axis=1)
    return np.asarray(np.log(fitted / LINEAR_RGB.sum(axis=1)))


def _scale(seen: Colors, wanted: Colors) -> float:
    return float((seen * wanted).sum() / (seen * seen).sum())


def _residual(seen: Colors, wanted: Colors) -> float:
    """Mean ΔE00."""
    first, second = (linear_to_lab(np.maximum(c, 0).astype(np.float32)) for c in (seen, wanted))
    return float(np.mean(deltaE_ciede2000(first, second)))


def _clipped(usable: npt.NDArray[np.bool_]) -> Reason:
    lost = np.flatnonzero(~usable)
    names = ", ".join(PATCH_NAMES[k] for k in lost[:3]) + (" and more" if len(lost) > 3 else "")
    return Reason(
        "card_clipped",
        f"{len(lost)} patches of the color card are too bright, too dark or outside ({names})",
        "expose for the card's white patch and keep the whole card in the photo",
        float(len(lost)),
        float(MAX_CLIPPED),
    )


def _reasons(
    seen: Colors,
    usable: npt.NDArray[np.bool_],
    unevenness: float,
    shadow: float,
    residual: float,
) -> Iterator[Reason]:
    """Why a card cannot be used."""
    if (~usable).sum() > MAX_CLIPPED or not usable[list(SKIN_LIKE)].all():
        yield _clipped(usable)
    white = float(seen[GREYS[0]].mean())
    if white < MIN_WHITE and usable[GREYS[0]]:
        yield Reason(
            "card_dark",
            f"the color card is dark: its white patch has {100 * white:.0f} % of the light that a "
            "photo can hold",
            "use more light",
            white,
            MIN_WHITE,
        )
    if unevenness > MAX_UNEVEN:
        yield Reason(
            "card_uneven",
            f"one end of the color card has {unevenness:.1f} times the light of the other",
            "hold the card beside the face, as far from the lamp as that",
            unevenness,
            MAX_UNEVEN,
        )
    if shadow > MAX_SHADOW:
        yield Reason(
            "card_shadow",
            f"a shadow or shine lies on the color card (patches are {100 * shadow:.0f} % off)",
            "hold the card flat, with nothing between it and the light",
            shadow,
            MAX_SHADOW,
        )
    if residual > MAX_RESIDUAL:
        yield Reason(
            "card_residual",
            f"the patches of the color card stay {residual:.1f} ΔE00 from what they should be",
            "use a clean card of these 24 patches, and photos without a filter",
            residual,
            MAX_RESIDUAL,
        )
