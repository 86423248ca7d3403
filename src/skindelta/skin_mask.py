"""Which pixels are bare skin: told from the person's own skin, never from a fixed color.

A seed of certain skin gives a reference: its redness over green, ``ln(R/G)``, its fine contrast
and, by a quadratic surface over the skin, how light falls on it. Everything else is judged by how
it differs from that, so that the same rules serve every skin tone and every lamp:

* *Hair* (scalp, brows, beard, lashes, frames of glasses) is darker than the skin around, less red
  over green, and full of fine lines. Darkness and lines are read from a sum of the three optical
  densities in which blood and melanin nearly cancel [1]_: a papule, melasma or a mole is dark in
  green and blue, but hardly there.
* *Glare* adds the white of the lamp: brighter than the shading explains and less red over green.
* *Foreign* colors (background, clothes) lie far from the skin's in chromaticity.

A small dark island inside skin is a mole, a comedo or a scar: it is what is measured, and stays.

References
----------
.. [1] Tsumura et al. (2003), Image-based skin color and texture analysis/synthesis by
   extracting hemoglobin and melanin information in the skin, ACM Trans. Graph. 22, 770-779.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .color import srgb8_to_linear, weighted
from .types import ByteArray, FloatArray

__all__ = ["find_skin", "share_of_white_light", "typical_pixels"]

Mask = npt.NDArray[np.bool_]

DARK_FLOOR = np.float32(0.002)  # linear light: two 8-bit codes near black, below it is noise
# Sums to 1, so light and shade count in full; of a unit of melanin 0.14 is left, of blood 0.10
# (0.50 and 0.82 in green).
SHADING = np.array([1.6, -0.3, -0.3], dtype=np.float32)
RED_OVER_GREEN = np.array([1, -1, 0], dtype=np.float32)  # of logarithms
GREEN_OVER_BLUE = np.array([0, 1, -1], dtype=np.float32)

# Logistic regression (training/fit_hair_score.py) on 36,000 pixels of hair, above the hand-marked
# hairline and in brows, and 144,000 of skin, plain and with injected redness, spots and papules, of
# 90 people of all tones (no test people): 3.7 % of the hair and 2.3 % of the skin are told wrongly.
# Per unit of ln(R/G), of darkness over the shading and of ln(fine contrast).
HAIR_OFFSET = -4.1
HAIR_PER_REDNESS = -9.2
HAIR_PER_DARKNESS = 1.7
HAIR_PER_CONTRAST = 5.6

COLOR_SMOOTH_MM = 0.3
LIGHT_SMOOTH_MM = 0.5
CONTRAST_MM = (0.24, 1.2)  # hairs and their gaps; pores are finer, wrinkles coarser
CONTRAST_FLOOR = 0.01  # ln units: the noise of a good photo
SCORE_SMOOTH_MM = 0.6
# Contrast alone is no hair: color or darkness must point there too. Injected moles kept on light
# skin: 94 % without this gate, 98 % with it.
GATE_SMOOTH_MM = 1.5
HAIR_GATE = 0.0

# Share of the green light that is not the skin's own; one half also halves the a* of the skin.
GLARE_SHARE = 0.5
GLARE_EXCESS = 0.05  # ln units above the shading
NEUTRAL_SHARE = 0.75  # grey or beyond: no skin, whatever its lightness
# ln units of chromaticity. Strong erythema (a* + 9) moves ln(R/G) by 0.2, a mole ln(G/B) by 0.4.
FOREIGN_RED = 0.8
FOREIGN_BLUE = 0.9
FOREIGN_DARK = 1.3  # ln units below the shading, a quarter of its light: lenses of sunglasses

MIN_OWN_REDNESS = 0.05  # ln(R/G); skin of no color (a gray picture) cannot show glare

FIT_STEP = 8  # px: shading is smooth
MIN_FIT = 30  # pixels of skin for its 6 unknowns
RIDGE = 1e-4  # of a variance of 1: only the photo of a corner of skin needs it

MAX_ISLAND_MM2 = 80.0  # with its rim of contrast: a mole 6 mm across
LESION_REDNESS = 0.06  # ln(R/G) over the skin: blood and melanin, never hair
MIN_SKIN_MM2 = 60.0
SLIVER_MM = 1.2  # narrower strips of skin lie between strands of hair


class _Features(NamedTuple):
    """What is seen at each pixel, relative to the seeds, each of shape (h, w)."""

    redness: FloatArray  # ln(R/G)
    blueness: FloatArray  # ln(G/B)
    darkness: FloatArray  # -ln(luminance)
    contrast: FloatArray  # ln of the RMS of fine structure
    seed_redness: float


def find_skin(
    pixels: ByteArray, seeds: Mask, inside: Mask, anchors: Mask, px_per_mm: float
) -> Mask:
    """Tell bare skin from hair, glare and everything else.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB, reduced to 1 to 3 px/mm.
    seeds : bool array of shape (h, w)
        Pixels that are mostly skin.
    inside : bool array of shape (h, w)
        Where skin is looked for.
    anchors : bool array of shape (h, w)
        Hair grows from here (brows, the edge of the face): dark structure that touches it is no
        mole.
    px_per_mm : float

    Returns
    -------
    bool array of shape (h, w)
    """
    if not (seeds & inside).any():
        return np.zeros(inside.shape, dtype=np.bool_)
    seen = _features(pixels, seeds & inside, px_per_mm)
    seen = _recentered(seen, inside & (_hair_score(seen, inside)[0] < 0))
    score, excess = _hair_score(seen, inside)
    hair = _blurred(score, SCORE_SMOOTH_MM * px_per_mm) > 0
    # The rim of a papule or a mole is full of contrast, but inside it is redder.
    color = HAIR_PER_REDNESS * seen.redness - HAIR_PER_DARKNESS * excess
    hair &= _blurred(color, GATE_SMOOTH_MM * px_per_mm) > HAIR_GATE
    lost = share_of_white_light(seen.redness + seen.seed_redness, seen.seed_redness)
    foreign = (lost > NEUTRAL_SHARE) | (seen.redness > FOREIGN_RED)
    foreign |= (np.abs(seen.blueness) > FOREIGN_BLUE) | (excess < -FOREIGN_DARK)
    barred = (hair | foreign) & inside
    barred &= ~_lesions(barred, anchors | ~inside, seen.redness, px_per_mm)
    glare = (lost > GLARE_SHARE) & (excess > GLARE_EXCESS)
    return _without_slivers(inside & ~_grown(barred | glare), px_per_mm)


def share_of_white_light(redness: FloatArray, own: float) -> FloatArray:
    """Share of the green light that white light must have added to pale the skin so much.

    Parameters
    ----------
    redness : float32 array of shape (...)
        ln(R/G) of pixels.
    own : float
        ln(R/G) of the person's skin.

    Returns
    -------
    float32 array of shape (...)
        0 = skin, 1 = no color left; negative where redder than the skin.
    """
    # (R + w) / (G + w) for R/G = exp(own), solved for w over G + w.
    share = 1 - (np.exp(redness) - 1) / np.expm1(max(own, MIN_OWN_REDNESS))
    return np.asarray(share, dtype=np.float32)


def typical_pixels(pixels: ByteArray, among: Mask) -> Mask:
    """Pixels of the most common chromaticity among some, the seed of a close-up.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
    among : bool array of shape (h, w)

    Returns
    -------
    bool array of shape (h, w)
        Part of `among`.
    """
    log = _log(srgb8_to_linear(pixels) + DARK_FLOOR)
    redness, blueness = weighted(log, RED_OVER_GREEN), weighted(log, GREEN_OVER_BLUE)
    # Skin is redder than green and greener than blue under any lamp that a camera balances.
    candidates = among & (redness > 0.05) & (log.max(axis=-1) < -0.02)
    if not candidates.any():
        candidates = among
    edges = np.arange(-1.5, 2.5, 0.1)
    counts, _, _ = np.histogram2d(redness[candidates], blueness[candidates], bins=(edges, edges))
    counts = cv2.GaussianBlur(counts.astype(np.float32), (0, 0), 1)
    i, j = np.unravel_index(int(np.argmax(counts)), counts.shape)
    center = edges[i] + 0.05, edges[j] + 0.05
    near = np.hypot(redness - center[0], blueness - center[1]) < 0.15
    typical: Mask = candidates & near
    return typical if typical.any() else candidates


def _features(pixels: ByteArray, seeds: Mask, px_per_mm: float) -> _Features:
    linear = srgb8_to_linear(pixels) + DARK_FLOOR
    light = weighted(_log(linear), SHADING)
    log = _log(_blurred(linear, COLOR_SMOOTH_MM * px_per_mm))
    fine, coarse = (_blurred(light, mm * px_per_mm) for mm in CONTRAST_MM)
    power = _blurred(np.square(fine - coarse), CONTRAST_MM[1] * px_per_mm)
    contrast = _log(np.sqrt(np.maximum(power, 0)) + np.float32(CONTRAST_FLOOR))
    redness, blueness = weighted(log, RED_OVER_GREEN), weighted(log, GREEN_OVER_BLUE)
    darkness = -_blurred(light, LIGHT_SMOOTH_MM * px_per_mm)
    middle = [float(np.median(x[seeds])) for x in (redness, blueness, darkness, contrast)]
    return _Features(
        redness - np.float32(middle[0]),
        blueness - np.float32(middle[1]),
        darkness - np.float32(middle[2]),
        contrast - np.float32(middle[3]),
        seed_redness=middle[0],
    )


def _recentered(seen: _Features, skin: Mask) -> _Features:
    """Take all skin as the reference: red cheeks must not make the forehead look pale."""
    redness = seen.redness[::2, ::2][skin[::2, ::2]]
    if len(redness) < MIN_FIT:
        return seen
    shift = float(np.median(redness))
    return seen._replace(
        redness=seen.redness - np.float32(shift), seed_redness=seen.seed_redness + shift
    )


def _hair_score(seen: _Features, inside: Mask) -> tuple[FloatArray, FloatArray]:
    """Score of hair (above 0 = hair), and how much brighter than the shading, ln units.

    Shading is a quadratic surface of position: a head is near enough to an ellipsoid. It is
    fitted to what is skin so far, and skin is judged again by it.
    """
    fixed = HAIR_OFFSET + HAIR_PER_REDNESS * seen.redness + HAIR_PER_CONTRAST * seen.contrast
    sparse = np.s_[::FIT_STEP, ::FIT_STEP]
    terms = _quadratic(inside.shape)
    basis = np.stack([term[sparse] for term in terms], axis=-1)
    darkness = seen.darkness[sparse]
    start, among = fixed[sparse], inside[sparse]
    left, fit = darkness, np.zeros(len(terms), dtype=np.float32)
    for _ in range(3):
        skin = among & (start + HAIR_PER_DARKNESS * left < 0)
        if skin.sum() < MIN_FIT:
            break
        rows = basis[skin]
        ridge = RIDGE * len(rows) * np.eye(len(terms), dtype=np.float32)
        normal = np.einsum("ni,nj->ij", rows, rows)
        fit = np.linalg.solve(normal + ridge, np.einsum("ni,n->i", rows, darkness[skin]))
        left = darkness - np.einsum("...i,i->...", basis, fit)
    residual = seen.darkness - _surface(inside.shape, fit)
    return fixed + HAIR_PER_DARKNESS * residual, -residual


def _surface(shape: tuple[int, ...], fit: FloatArray) -> FloatArray:
    """Quadratic surface with those factors of its terms: in each row a parabola."""
    y, x = _axes(shape)
    level, along, down, along2, both, down2 = fit.astype(np.float32)
    surface = np.outer(along + both * y, x)
    surface += along2 * x * x
    surface += (level + down * y + down2 * y * y)[:, None]
    return surface


def _axes(shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Rows and columns, each from -1 to 1."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return y, x


def _quadratic(shape: tuple[int, ...]) -> list[FloatArray]:
    """Terms of a quadratic surface, each of shape (h, w) without being filled."""
    y, x = _axes(shape)
    column, row = y[:, None], x[None, :]
    products = (np.ones_like(row), row, column, row * row, row * column, column * column)
    return [np.broadcast_to(product, (len(y), len(x))) for product in products]


def _lesions(barred: Mask, anchors: Mask, redness: FloatArray, px_per_mm: float) -> Mask:
    """Parts that touch no anchor and are small, or redder over green than the skin."""
    both = (barred | anchors).astype(np.uint8)
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(both, connectivity=8)
    free = np.bincount(parts[anchors], minlength=count) == 0
    small = statistics[:, cv2.CC_STAT_AREA] <= MAX_ISLAND_MM2 * px_per_mm**2
    total = np.bincount(parts.ravel(), weights=redness.ravel(), minlength=count)
    red = total > LESION_REDNESS * statistics[:, cv2.CC_STAT_AREA]
    lesions: Mask = barred & (free & (small | red))[parts]
    return lesions


def _without_slivers(skin: Mask, px_per_mm: float) -> Mask:
    """Drop strips between strands, then parts too small to measure."""
    kernel = _disk(SLIVER_MM * px_per_mm / 2)
    opened = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    large = statistics[:, cv2.CC_STAT_AREA] >= MIN_SKIN_MM2 * px_per_mm**2
    kept: Mask = (opened > 0) & large[parts]
    return kept


def _grown(mask: Mask) -> Mask:
    """One pixel more on every side: the edge of hair and glare is mixed with skin."""
    grown: Mask = cv2.dilate(mask.astype(np.uint8), _disk(1)) > 0
    return grown


def _disk(radius: float) -> ByteArray:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)


def _log(image: FloatArray) -> FloatArray:
    return np.asarray(cv2.log(image), dtype=np.float32)


def _blurred(image: FloatArray, sigma: float) -> FloatArray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma, 0.2)), dtype=np.float32)
