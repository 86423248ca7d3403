"""Find a 24-patch color card anywhere in a photo: small, tilted, half in shadow, upside down.

Patches are evenly colored parallelograms in a dark frame, side by side: a lattice. Of all ways to
lay 6 by 4 patches on a lattice, the colors choose one, or none: a chess board, a window or a shelf
is a lattice too. At last each patch is looked up by its own color, which no neighbor moves.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .color import srgb8_to_linear
from .color_card import CLASSIC, COLUMNS, MIDDLES, OUTLINE, ROWS, ColorCard
from .filters import halved, made_smaller
from .lattice import Lattice, even_pieces, lattices
from .types import ByteArray, FloatArray

__all__ = ["FoundCard", "card_at", "carried", "find_card", "flattened"]

Points = npt.NDArray[np.float64]

# Cards of a tenth of the photo's longer side are found in a third of its decoding time, of half
# that in as long as it takes to decode.
LARGEST_LEVEL_PX, LARGEST_THOROUGH_PX, SMALLEST_LEVEL_PX = 1050, 2100, 48
SMALLER, LARGER = 0.75, 1.05  # of the largest level: what may be taken instead of resizing to it
MIN_FOUND = 9  # patches that are found by themselves: fewer lie on a lattice by chance
MOST_FOUND = 40  # with squares beside the card; walls of tiles have more
RANSAC_SHARE, REFINED_SHARE = 0.15, 0.06  # of the pitch
MAX_MISFIT = 0.40  # ln units; photos of cards have 0.21 to 0.33, other lattices 0.8 and more
MIN_SEEN = 16  # patches inside the photo and not clipped
CONTRAST = (0.5, 3.0)  # of the card's tints over those seen: haze and tone curves
SAMPLE_SHARE = 0.25  # of the pitch to either side of a patch's middle
CLIPPED = 250
DARKEST_SEEN, DARKEST_ON_CARD = 2e-3, 1e-2  # logarithms below are noise

# Ends of the patches, not of their cells, against the middle of the card, (x, y).
MARKED = 1 - 0.175 / np.array([COLUMNS, ROWS])
REFINEMENTS = 2
WORSE = 1.1  # grain moves the misfit by that much
CELL_PX = 30
MIN_EDGE_CODES = 6.0  # from a patch halfway to its frame
MIN_FILLED = 0.4  # of a line through the patch


class FoundCard(NamedTuple):
    """A card in a photo.

    Attributes
    ----------
    homography : float64 array of shape (3, 3)
        From the card, in pitches (middle of dark skin at (0.5, 0.5), of black at (5.5, 3.5)), to
        pixels of the photo.
    misfit : float
        RMS of ln(color seen / color of the card), light and tint of the photo taken away.
    card : ColorCard
    """

    homography: Points
    misfit: float
    card: ColorCard = CLASSIC

    @property
    def corners(self) -> Points:
        """Corners of the block of patches, px, shape (4, 2): from dark skin clockwise."""
        return self.to_photo(OUTLINE)

    @property
    def pitch_px(self) -> float:
        """From patch to patch, px, where the card is seen least foreshortened."""
        right = np.linalg.norm(np.diff(self.to_photo([(0, 2), (6, 2)]), axis=0)) / COLUMNS
        down = np.linalg.norm(np.diff(self.to_photo([(3, 0), (3, 4)]), axis=0)) / ROWS
        return float(max(right, down))

    def to_photo(self, points: npt.ArrayLike) -> Points:
        """Carry points of shape (n, 2) from pitches to pixels."""
        return carried(self.homography, points)


def find_card(
    pixels: ByteArray, thorough: bool = True, half: ByteArray | None = None
) -> FoundCard | None:
    """Find a 24-patch card.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB.
    thorough : bool
        Look for cards down to a twentieth of the photo's longer side, not only a tenth.
    half : uint8 array of shape (h // 2, w // 2, 3), optional
        The photo reduced by :func:`skindelta.filters.halved`, where it is known.

    Returns
    -------
    FoundCard or None
    """
    largest = LARGEST_THOROUGH_PX if thorough else LARGEST_LEVEL_PX
    for level, factor in _pyramid(pixels, largest, half):
        pieces = even_pieces(level)
        cards = [_identified(level, lattice) for lattice in lattices(pieces, MIN_FOUND)]
        found = [card for card in cards if card is not None]
        if found:
            best = min(found, key=lambda card: card.misfit)
            return _refined(pixels, FoundCard(_enlarged(best.homography, factor), best.misfit))
    return None


def card_at(pixels: ByteArray, corners: npt.ArrayLike) -> FoundCard | None:
    """Find the card between four corners that somebody marked, in any order around it.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
    corners : array of shape (4, 2)
        Outer corners of the block of patches, (x, y) px, one after the other around it.

    Returns
    -------
    FoundCard or None
        None where the colors there are not those of a card, or the corners cross.

    Raises
    ------
    ValueError
        These are not four finite points.
    """
    marked = np.asarray(corners, np.float32)
    if marked.shape != (4, 2) or not np.isfinite(marked).all():
        raise ValueError(f"corners: expected 4 finite points (x, y), got {marked.tolist()}")
    if not cv2.isContourConvex(marked) or cv2.contourArea(marked) < 24:
        return None
    turned = [np.roll(marked[::way], start, axis=0) for way in (1, -1) for start in range(4)]
    outline = (MARKED * OUTLINE + (1 - MARKED) * OUTLINE.mean(axis=0)).astype(np.float32)
    laid = [np.asarray(cv2.getPerspectiveTransform(outline, q), np.float64) for q in turned]
    misfit, homography = min(
        ((_misfit(pixels, one), one) for one in laid), key=lambda pair: pair[0]
    )
    return FoundCard(homography, misfit) if misfit <= MAX_MISFIT else None


def carried(homography: Points, points: npt.ArrayLike) -> Points:
    """Carry points of shape (n, 2) by a homography."""
    whole = np.asarray(points, np.float64) @ homography[:, :2].T + homography[:, 2]
    return np.asarray(whole[:, :2] / whole[:, 2:])


def flattened(pixels: ByteArray, homography: Points) -> ByteArray:
    """Cells of a card seen from above.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
    homography : float64 array of shape (3, 3)

    Returns
    -------
    uint8 array of shape (24, CELL_PX, CELL_PX, 3)
        A pitch each, the patch in the middle.
    """
    step = 1 / CELL_PX
    from_cells = homography @ np.array([[step, 0, step / 2], [0, step, step / 2], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (COLUMNS * CELL_PX, ROWS * CELL_PX)
    flat = cv2.warpPerspective(
        pixels, from_cells, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    cells = flat.reshape(ROWS, CELL_PX, COLUMNS, CELL_PX, 3).swapaxes(1, 2)
    return np.asarray(cells.reshape(-1, CELL_PX, CELL_PX, 3), np.uint8)


def _pyramid(
    pixels: ByteArray, largest: int, half: ByteArray | None
) -> list[tuple[ByteArray, float]]:
    """Sizes of the photo to look in and how much smaller each is; the photo itself last."""
    longest = max(pixels.shape[:2])
    factor = 2.0 ** max(0, np.ceil(np.log2(longest / (LARGER * largest))))
    factor = min(factor, max(1.0, longest / (SMALLER * largest)))
    if factor >= 2:
        level = made_smaller(halved(pixels) if half is None else half, factor / 2)
    else:
        level = made_smaller(pixels, factor)
    levels = []
    while min(level.shape[:2]) >= SMALLEST_LEVEL_PX:
        levels.append((level, factor))
        level, factor = halved(level), 2 * factor
    return levels[1:] + levels[:1]


def _enlarged(homography: Points, factor: float) -> Points:
    """From pixels of a level to those of the photo, which are smaller."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]]) @ homography


def _identified(level: ByteArray, lattice: Lattice) -> FoundCard | None:
    """Of all ways to lay the card on a lattice, the one that its colors fit."""
    steps = (lattice.steps - lattice.steps.min(axis=0)).astype(np.float64)
    pitch = np.ptp(lattice.points, axis=0).max() / np.ptp(steps, axis=0).max()
    fitted, mask = cv2.findHomography(steps, lattice.points, cv2.RANSAC, RANSAC_SHARE * pitch)
    if fitted is None or mask.sum() < MIN_FOUND:
        return None
    kept = steps[mask.ravel() > 0]
    if len(kept) > MOST_FOUND:
        return None
    extent = (kept.max(axis=0) - kept.min(axis=0) + 1).astype(int)
    start = np.array([[1, 0, kept[:, 0].min()], [0, 1, kept[:, 1].min()], [0, 0, 1]])
    laid = [fitted @ start @ placement for placement in _placements(extent)]
    scored = [(_misfit(level, homography), homography) for homography in laid]
    misfit, homography = min(scored, key=lambda pair: pair[0], default=(np.inf, fitted))
    return FoundCard(np.asarray(homography), misfit) if misfit <= MAX_MISFIT else None


def _placements(extent: npt.NDArray[np.int64]) -> Iterator[Points]:
    """Ways to lay the card, in pitches, over so many steps of a lattice, which may be mirrored."""
    for mirror in (1, -1):
        for cosine, sine in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            turn = np.array([[cosine, -sine * mirror], [sine, cosine * mirror]], np.float64)
            size = np.abs(turn) @ (COLUMNS, ROWS)
            spare = size.astype(int) - extent  # below 0: other squares lie in line with the card
            for x in range(min(0, spare[0]), max(0, spare[0]) + 1):
                for y in range(min(0, spare[1]), max(0, spare[1]) + 1):
                    shift = (size - 1) / 2 - (x, y) - turn @ (COLUMNS / 2, ROWS / 2)
                    yield np.array([[*turn[0], shift[0]], [*turn[1], shift[1]], [0, 0, 1]])


def _misfit(pixels: ByteArray, homography: Points) -> float:
    """RMS of ln(seen / card), but for one gain a channel, one contrast and a plane of light."""
    nearness = OUTLINE @ homography[2, :2] + homography[2, 2]
    if not (np.isfinite(homography).all() and (nearness > 0).all()):  # across the horizon
        return np.inf
    if np.linalg.det(homography) <= 0:  # seen from behind
        return np.inf
    seen, usable = _sampled(pixels, homography)
    if usable.sum() < MIN_SEEN:
        return np.inf
    seen_log = np.log(np.maximum(seen[usable], DARKEST_SEEN))
    card_log = np.log(np.maximum(CLASSIC.rgb[usable], DARKEST_ON_CARD))
    shade, card_shade = seen_log.mean(axis=1), card_log.mean(axis=1)
    tint, card_tint = (
        log - log.mean(axis=1, keepdims=True) - np.median(log - log.mean(axis=1)[:, None], axis=0)
        for log in (seen_log, card_log)
    )
    contrast = float((tint * card_tint).sum() / max(float((tint * tint).sum()), 1e-9))
    if not CONTRAST[0] < contrast < CONTRAST[1]:
        return np.inf
    terms = np.column_stack([np.ones(len(shade)), MIDDLES[usable], shade])
    off_shade = card_shade - terms @ np.linalg.lstsq(terms, card_shade, rcond=None)[0]
    off_tint = contrast * tint - card_tint
    return float(np.sqrt((off_tint**2).mean() + (off_shade**2).mean() / 4))


def _sampled(pixels: ByteArray, homography: Points) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Median linear color of each patch, and which are inside the photo and not clipped."""
    aside = (-SAMPLE_SHARE, 0.0, SAMPLE_SHARE)
    around = np.array([(x, y) for y in aside for x in aside])
    places = (MIDDLES[:, None] + around).reshape(-1, 2)
    points = np.rint(carried(homography, places)).astype(int).reshape(-1, len(around), 2)
    height, width = pixels.shape[:2]
    inside = ((points >= 0) & (points < (width, height))).all(axis=(1, 2))
    x, y = np.clip(points[..., 0], 0, width - 1), np.clip(points[..., 1], 0, height - 1)
    codes = np.rint(np.median(pixels[y, x], axis=1)).astype(np.uint8)
    return srgb8_to_linear(codes[None])[0], inside & (codes.max(axis=1) < CLIPPED)


def _refined(pixels: ByteArray, card: FoundCard) -> FoundCard:
    """Lay the card anew through the middles of patches that their own color tells apart."""
    homography = card.homography
    for _ in range(REFINEMENTS):
        offsets = [_offset_in_cell(cell) for cell in flattened(pixels, homography)]
        certain = np.array([offset is not None for offset in offsets])
        if certain.sum() < MIN_FOUND:
            break
        moved = np.array([offset for offset in offsets if offset is not None])
        points = carried(homography, MIDDLES[certain] + moved)
        limit = REFINED_SHARE * card.pitch_px
        fitted, mask = cv2.findHomography(MIDDLES[certain], points, cv2.RANSAC, limit)
        if fitted is None or mask.sum() < MIN_FOUND:
            break
        homography = np.asarray(fitted)
    fits_as_well = _misfit(pixels, homography) <= WORSE * _misfit(pixels, card.homography)
    return card._replace(homography=homography) if fits_as_well else card


def _offset_in_cell(cell: ByteArray) -> Points | None:
    """Middle of a patch against that of its cell, (x, y) in pitches; None where it has no edge."""
    third = CELL_PX // 3
    color = np.median(cell[third:-third, third:-third].reshape(-1, 3), axis=0)
    off = np.abs(cell - color).max(axis=2)
    rim = np.concatenate([off[0], off[-1], off[:, 0], off[:, -1]])
    limit = float(np.percentile(rim, 25)) / 2
    if limit < MIN_EDGE_CODES:
        return None
    offset = []
    for axis in (0, 1):
        among = np.flatnonzero((off < limit).mean(axis=axis) > MIN_FILLED)
        if len(among) < CELL_PX // 2 or among[0] == 0 or among[-1] == CELL_PX - 1:
            return None
        offset.append((among[0] + among[-1] + 1) / (2 * CELL_PX) - 0.5)
    return np.array(offset)
