"""What a color card tells of the light in a photo: a 3 x 3 matrix in linear light, or why none.

Each patch is read as the middle of its cell. Light that falls off across the card is a plane of
ln(brightness); what the plane cannot explain is a shadow. On the classic card the plane is found
together with the matrix, on the printed one, whose colors a printer made, on the bare paper.
What three inks show under another lamp is not what skin shows, so the matrix of a printed card is
held near the gains that its paper asks for.
The matrix is fitted by weighted least squares, skin-like patches counting most and greys next: over
simulated cameras and lights that leaves less error on skin than equal weights or root polynomials.
A photo with another tone curve than sRGB is first raised to the power that makes the patches of a
classic card fit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from skimage.color import deltaE_ciede2000

from .card_finder import CELL_PX, FoundCard, carried, flattened
from .color import linear_to_lab, srgb8_to_linear
from .color_card import COLUMNS, MIDDLES, ROWS, ColorCard
from .types import ByteArray, CardKind, Reason

__all__ = ["CardFit", "fit_card"]

Colors = npt.NDArray[np.float64]

# Session to session, simulated: 0.87 a* with 16 and 2, 1.22 with 4 and 2 (decisions, page 14).
SKIN_WEIGHT: dict[CardKind, float] = {"classic": 16.0, "printed": 2.0}  # two patches, and twelve
GREY_WEIGHT = 2.0
POWERS = (0.4, 1.6)
TOLD_POWER = 0.08  # an sRGB photo through a camera's own curve is within this of 1
SAMPLE_SHARE = 0.3  # of the cell to either side of its middle
CEILING, FLOOR = 250, 3  # codes
MIN_WHITE = 0.11  # of the light on white: below, noise and 8-bit steps are 2 % of the greys
MAX_CLIPPED = 2  # patches that may be lost, none of them skin-like
MAX_UNEVEN = 1.8  # of the brightest over the darkest end of the card
# ln units that patches are off the plane of light, RMS: usable photos of cards 0.05 to 0.07, a soft
# shadow that takes 30 % of the light from a part of the card 0.07 to 0.10.
MAX_SHADOW = 0.075
# Mean ΔE00 after the fit; a printer's own colors are 3 to 9 off.
MAX_RESIDUAL: dict[CardKind, float] = {"classic": 5.0, "printed": 12.0}
ROUNDS = 4
MIN_USABLE = 12
DARKEST_FOR_LIGHT = 0.2  # sum of linear RGB: of darker patches stray light hides how they are lit
MIN_PAPER = 20  # of 35 places where the light is read
# Session to session, simulated: fitted freely 2.0 a* and 4.4 L*, by the paper alone 2.1 and 2.1, so
# 1.4 and 2.0; under one lamp 0.1 and 0.1, 0.5 and 1.6, 0.4 and 1.2.
HELD_TO_PAPER = 10.0  # against the weights of the patches, 42 in all
PAPER_REACH = 0.05  # of the pitch around where four patches meet


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
    readable : bool array of shape (24,)
        Patches inside the photo and not clipped.
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
    readable: npt.NDArray[np.bool_]
    residual_before: float | None
    residual_after: float | None
    unevenness: float | None
    reasons: tuple[Reason, ...]


def fit_card(pixels: ByteArray, found: FoundCard) -> CardFit:
    """Read a card and fit the matrix.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB.
    found : FoundCard

    Returns
    -------
    CardFit
    """
    card = found.card
    seen, usable = _patches(pixels, found)
    if usable.sum() < MIN_USABLE:
        lost = _clipped(card, usable)
        return CardFit(np.eye(3), 1.0, seen, usable, None, None, None, (lost,))
    if card.kind == "printed":
        paper = _paper(pixels, found)
        if paper.places < MIN_PAPER:
            lost = _paper_lost(paper.places)
            return CardFit(np.eye(3), 1.0, seen, usable, None, None, None, (lost,))
        best = _by_paper(card, seen, usable, paper)
    else:
        best = _best_power(card, seen, usable)
    unevenness = float(np.exp(np.ptp(_plane() @ best.light)))
    gain = _scale(seen[usable], card.rgb[usable])
    before = _residual(seen[usable] * gain, card.rgb[usable])
    reasons = tuple(_reasons(card, seen, usable, unevenness, best))
    return CardFit(
        best.matrix, best.power, best.even, usable, before, best.residual, unevenness, reasons
    )


class _Fit(NamedTuple):
    power: float
    matrix: Colors
    even: Colors
    light: Colors
    shadow: float
    residual: float


class _Paper(NamedTuple):
    """What the bare paper of a printed card shows.

    Its color in the middle, slopes of the light, how far places are off that plane (RMS, ln units),
    and how many could be read.
    """

    color: Colors
    light: Colors
    shadow: float
    places: int


def _best_power(card: ColorCard, seen: Colors, usable: npt.NDArray[np.bool_]) -> _Fit:
    power = minimize_scalar(
        lambda power: _at_power(card, seen, usable, power).residual,
        bounds=POWERS,
        method="bounded",
        options={"xatol": 0.01},
    ).x
    return _at_power(card, seen, usable, float(power) if abs(power - 1) >= TOLD_POWER else 1.0)


def _at_power(card: ColorCard, seen: Colors, usable: npt.NDArray[np.bool_], power: float) -> _Fit:
    """Fit matrix and plane of light in turns."""
    weights = _weights(card) * usable
    among = usable & (card.rgb.sum(axis=1) > DARKEST_FOR_LIGHT)
    plane, light = _plane(), np.zeros(3)
    straight = np.maximum(seen, 1e-5) ** power
    for _ in range(ROUNDS):
        even = straight * np.exp(-plane @ light)[:, None]
        matrix = _matrix(card, even, weights)
        off = _brightness_off(card, even, matrix)
        # The matrix holds the level; the slopes alone are the light's.
        light[1:] += np.linalg.lstsq(plane[among], off[among], rcond=None)[0][1:]
    left = off[among] - plane[among] @ np.linalg.lstsq(plane[among], off[among], rcond=None)[0]
    residual = _residual(even[usable] @ matrix.T, card.rgb[usable])
    return _Fit(power, matrix, even, light, float(np.sqrt(np.mean(left**2))), residual)


def _by_paper(card: ColorCard, seen: Colors, usable: npt.NDArray[np.bool_], paper: _Paper) -> _Fit:
    """Fit the matrix near the gains of the paper."""
    even = seen * np.exp(-_plane() @ paper.light)[:, None]
    gains = 1 / paper.color  # printed colors are shares of the paper
    root = np.sqrt(_weights(card) * usable)[:, None]
    near = even * gains * root
    wanted = np.vstack([card.rgb * root - near, np.zeros((3, 3))])
    rows = np.vstack([near, np.sqrt(HELD_TO_PAPER) * np.eye(3)])
    off = np.linalg.lstsq(rows, wanted, rcond=None)[0].T
    matrix = (np.eye(3) + off) @ np.diag(gains)
    residual = _residual(even[usable] @ matrix.T, card.rgb[usable])
    return _Fit(1.0, matrix, even, paper.light, paper.shadow, residual)


def _paper(pixels: ByteArray, found: FoundCard) -> _Paper:
    """Read the paper where four patches meet."""
    nodes = np.array([(x, y) for y in range(ROWS + 1) for x in range(COLUMNS + 1)], np.float64)
    aside = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]) * PAPER_REACH
    places = (nodes[:, None] + aside).reshape(-1, 2)
    points = np.rint(found.to_photo(places)).astype(int)
    height, width = pixels.shape[:2]
    x, y = np.clip(points[:, 0], 0, width - 1), np.clip(points[:, 1], 0, height - 1)
    codes = pixels[y, x].reshape(len(nodes), -1, 3)
    inside = ((points[:, 0] == x) & (points[:, 1] == y)).reshape(len(nodes), -1).all(axis=1)
    read = inside & (np.median(codes, axis=1).max(axis=1) < CEILING)
    if read.sum() < MIN_PAPER:
        return _Paper(np.ones(3), np.zeros(3), 0.0, int(read.sum()))
    nodes = nodes[read]
    light = np.maximum(np.median(srgb8_to_linear(codes[read]), axis=1), 1e-4).astype(np.float64)
    half = np.array([COLUMNS, ROWS]) / 2
    plane = np.column_stack([np.ones(len(nodes)), (nodes - half) / half])
    fitted = np.linalg.lstsq(plane, np.log(light), rcond=None)[0]
    slopes = fitted[1:].mean(axis=1)
    off = (np.log(light) - fitted[0] - plane[:, 1:] @ slopes[:, None]).mean(axis=1)
    shadow = float(np.sqrt(np.mean(off**2)))
    return _Paper(np.exp(fitted[0]), np.array([0.0, *slopes]), shadow, len(nodes))


def _paper_lost(count: int) -> Reason:
    return Reason(
        "card_clipped",
        f"the paper of the printed color card is overexposed or outside the photo: {count} of 35 "
        f"places between its patches can be read, at least {MIN_PAPER} are needed",
        "lower the exposure until the paper is not pure white, and keep the card in the photo",
        float(count),
        float(MIN_PAPER),
    )


def _weights(card: ColorCard) -> Colors:
    weights = np.ones(len(card.rgb))
    weights[list(card.skin_like)] = SKIN_WEIGHT[card.kind]
    weights[list(card.greys)] = GREY_WEIGHT
    return weights


def _plane() -> Colors:
    """Level and slopes across the card, each of the size of half of it."""
    half = np.array([COLUMNS, ROWS]) / 2
    return np.column_stack([np.ones(len(MIDDLES)), (MIDDLES - half) / half])


def _patches(pixels: ByteArray, found: FoundCard) -> tuple[Colors, npt.NDArray[np.bool_]]:
    """Mean linear color of each patch, shape (24, 3), and which are inside and not clipped."""
    reach = round(SAMPLE_SHARE * CELL_PX)
    middle = slice(CELL_PX // 2 - reach, CELL_PX // 2 + reach)
    codes = flattened(pixels, found.homography)[:, middle, middle].reshape(24, -1, 3)
    colors = srgb8_to_linear(codes).astype(np.float64).mean(axis=1)
    usable = (codes.max(axis=2) < CEILING).mean(axis=1) > 0.98
    usable &= (codes.max(axis=2) > FLOOR).mean(axis=1) > 0.98
    corners = carried(found.homography, MIDDLES)
    height, width = pixels.shape[:2]
    inside = ((corners > 0) & (corners < (width, height))).all(axis=1)
    return colors, usable & inside


def _matrix(card: ColorCard, seen: Colors, weights: Colors) -> Colors:
    """Weighted least squares from the colors seen to those of the card."""
    root = np.sqrt(weights)[:, None]
    fitted = np.linalg.lstsq(seen * root, card.rgb * root, rcond=None)[0]
    return np.asarray(fitted.T)


def _brightness_off(card: ColorCard, seen: Colors, matrix: Colors) -> Colors:
    """How much brighter each patch is than the card says, ln units."""
    fitted = np.maximum(seen @ matrix.T, 1e-4).sum(axis=1)
    return np.asarray(np.log(fitted / card.rgb.sum(axis=1)))


def _scale(seen: Colors, wanted: Colors) -> float:
    return float((seen * wanted).sum() / (seen * seen).sum())


def _residual(seen: Colors, wanted: Colors) -> float:
    """Mean ΔE00."""
    first, second = (linear_to_lab(np.maximum(c, 0).astype(np.float32)) for c in (seen, wanted))
    return float(np.mean(deltaE_ciede2000(first, second)))


def _clipped(card: ColorCard, usable: npt.NDArray[np.bool_]) -> Reason:
    lost = np.flatnonzero(~usable)
    names = ", ".join(card.names[k] for k in lost[:3]) + (" and more" if len(lost) > 3 else "")
    return Reason(
        "card_clipped",
        f"{len(lost)} patches of the color card are too bright, too dark or outside ({names})",
        "expose for the card's white patch and keep the whole card in the photo",
        float(len(lost)),
        float(MAX_CLIPPED),
    )


def _reasons(
    card: ColorCard,
    seen: Colors,
    usable: npt.NDArray[np.bool_],
    unevenness: float,
    fit: _Fit,
) -> Iterator[Reason]:
    """Why a card cannot be used."""
    white = card.greys[0]
    light = float(seen[white].mean() / card.rgb[white].mean())
    if (~usable).sum() > MAX_CLIPPED or not usable[list(card.skin_like)].all():
        yield _clipped(card, usable)
    if light < MIN_WHITE and usable[white]:
        yield Reason(
            "card_dark",
            f"the color card is dark: it has {100 * light:.0f} % of the light that a photo can "
            "hold",
            "use more light",
            light,
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
    if fit.shadow > MAX_SHADOW:
        yield Reason(
            "card_shadow",
            f"a shadow or shine lies on the color card (parts are {100 * fit.shadow:.0f} % off)",
            "hold the card flat, with nothing between it and the light",
            fit.shadow,
            MAX_SHADOW,
        )
    if not POWERS[0] + 0.02 < fit.power < POWERS[1] - 0.02:
        yield Reason(
            "card_tone_curve",
            "the tones of the photo are bent further than the color card can straighten",
            "use photos without a filter",
            fit.power,
        )
    if fit.residual > MAX_RESIDUAL[card.kind]:
        yield Reason(
            "card_residual",
            f"the patches of the color card stay {fit.residual:.1f} ΔE00 from what they should be",
            "use a clean card of these 24 patches, and photos without a filter",
            fit.residual,
            MAX_RESIDUAL[card.kind],
        )
