"""Find the printed card by the markers in its corners."""

import cv2
import numpy as np

from .card_finder import FoundCard
from .color_card import PRINTED
from .filters import halved, made_smaller
from .printed_card import MARKER_DICTIONARY, MARKER_NUMBERS, MARKERS
from .types import ByteArray

__all__ = ["find_printed_card"]

# Longer sides of the photo to look at: markers of 14 px are read; blurred ones when made smaller.
LEVELS_PX, THOROUGH_LEVELS_PX = (1050, 525), (2100, 700)
NEARLY = 0.8  # of a side that may be taken instead, where it is a half of the photo
MIN_MARKERS = 3  # a thumb may hide one
MAX_OFF = 0.12  # of the pitch, that a corner may be off: a card bent further reads wrong


def find_printed_card(
    pixels: ByteArray, thorough: bool = True, half: ByteArray | None = None
) -> FoundCard | None:
    """Find the card that ``skindelta card`` draws.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB.
    thorough : bool
        Look for smaller cards too.
    half : uint8 array of shape (h // 2, w // 2, 3), optional
        The photo reduced by :func:`skindelta.filters.halved`, where it is known.

    Returns
    -------
    FoundCard or None
        None where fewer than three of its markers are seen, or they do not lie on a flat card.
    """
    factors = _factors(max(pixels.shape[:2]), thorough)
    level, reached = pixels, 1.0
    if factors[0] >= 2:
        level, reached = halved(pixels) if half is None else half, 2.0
    level = np.asarray(cv2.cvtColor(level, cv2.COLOR_RGB2GRAY), np.uint8)
    for factor in factors:
        level, reached = made_smaller(level, factor / reached), factor
        card = _found_at(level, factor)
        if card is not None:
            return card
    return None


def _factors(longest: int, thorough: bool) -> list[float]:
    """How much smaller a photo is looked at, the largest picture first."""
    factors = []
    for px in THOROUGH_LEVELS_PX if thorough else LEVELS_PX:
        factor = max(1.0, longest / px)
        factors.append(2.0 if 2 * NEARLY <= factor < 2 else factor)
    return list(dict.fromkeys(factors))


def _found_at(level: ByteArray, factor: float) -> FoundCard | None:
    """Look at a photo, grey, that was made smaller by a factor."""
    if min(level.shape[:2]) < 8:
        return None
    found, numbers, _ = _detector().detectMarkers(level)
    numbers = np.asarray([] if numbers is None else numbers, np.int64).ravel()
    seen = {int(number): corners for number, corners in zip(numbers, found, strict=True)}
    known = [k for k, number in enumerate(MARKER_NUMBERS) if number in seen]
    if len(known) < MIN_MARKERS:
        return None
    on_level = np.concatenate([seen[MARKER_NUMBERS[k]].reshape(4, 2) for k in known])
    points = (on_level.astype(np.float64) + 0.5) * factor - 0.5
    places = MARKERS[known].reshape(-1, 2)
    fitted, _ = cv2.findHomography(places, points)
    if fitted is None or np.linalg.det(fitted) <= 0:
        return None
    card = FoundCard(np.asarray(fitted), 0.0, PRINTED)
    off = np.linalg.norm(card.to_photo(places) - points, axis=1).max()
    return card if off <= MAX_OFF * card.pitch_px else None


def _detector() -> cv2.aruco.ArucoDetector:
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, MARKER_DICTIONARY))
    parameters = cv2.aruco.DetectorParameters()
    # Windows of the local threshold: two do what three do in two thirds of the time.
    parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeStep = 7, 16
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(dictionary, parameters)
