"""Find the printed card by the markers in its corners."""

import cv2
import numpy as np

from .card_finder import FoundCard
from .color_card import PRINTED
from .printed_card import MARKER_DICTIONARY, MARKER_NUMBERS, MARKERS
from .types import ByteArray

__all__ = ["find_printed_card"]

# Longer sides of the photo to look at: markers of 14 px are read; blurred ones when made smaller.
LEVELS_PX, THOROUGH_LEVELS_PX = (1050, 525), (2100, 1050, 525)
MIN_MARKERS = 3  # a thumb may hide one
MAX_OFF = 0.12  # of the pitch, that a corner may be off: a card bent further reads wrong


def find_printed_card(pixels: ByteArray, thorough: bool = True) -> FoundCard | None:
    """Find the card that ``skindelta card`` draws.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w, 3)
        sRGB.
    thorough : bool
        Look for smaller cards too.

    Returns
    -------
    FoundCard or None
        None where fewer than three of its markers are seen, or they do not lie on a flat card.
    """
    longest = max(pixels.shape[:2])
    factors = {
        max(1.0, longest / px): None for px in (THOROUGH_LEVELS_PX if thorough else LEVELS_PX)
    }
    found = (_found_at(pixels, factor) for factor in factors)
    return next((card for card in found if card is not None), None)


def _found_at(pixels: ByteArray, factor: float) -> FoundCard | None:
    """Look at the photo made smaller by a factor."""
    size = tuple(max(1, round(n / factor)) for n in pixels.shape[1::-1])
    if min(size) < 8:
        return None
    level = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor > 1 else pixels
    found, numbers, _ = _detector().detectMarkers(cv2.cvtColor(level, cv2.COLOR_RGB2GRAY))
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
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(dictionary, parameters)
