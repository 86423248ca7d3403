"""The sheet of the printed card: what lies where on a page of A6, in millimeters.

Markers in the corners say where the card lies and which way up. Between the patches is bare paper,
by which light that falls off across the card is told from color, whatever the printer made of it.
A ruler shows whether the page was printed at its size.
"""

import numpy as np
import numpy.typing as npt

__all__ = [
    "MARKERS",
    "MARKER_DICTIONARY",
    "MARKER_MM",
    "MARKER_NUMBERS",
    "ORIGIN_MM",
    "PATCH_SHARE",
    "PITCH_MM",
    "RULER_MM",
    "SHEET_MM",
]

SHEET_MM = (148.0, 105.0)
PITCH_MM = 17.0
PATCH_SHARE = 0.8  # of the pitch
ORIGIN_MM = (23.0, 9.0)  # corner of the block of patches, from the top left of the sheet
MARKER_MM = 14.0
RULER_MM = (24.0, 96.0, 100.0)  # left end, base line, length

MARKER_DICTIONARY = "DICT_4X4_50"
MARKER_NUMBERS = (41, 42, 43, 44)  # top left, top right, bottom right, bottom left
_MARKER_CORNERS_MM = ((4.5, 9.0), (129.5, 9.0), (129.5, 63.0), (4.5, 63.0))  # top left of each


def _in_pitches() -> npt.NDArray[np.float64]:
    square = MARKER_MM * np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    corners = np.array(_MARKER_CORNERS_MM)[:, None] + square
    return np.asarray((corners - ORIGIN_MM) / PITCH_MM)


MARKERS: npt.NDArray[np.float64] = _in_pitches()
"""Corners of the markers, clockwise, in pitches from the corner of the patches; shape (4, 4, 2)."""
MARKERS.flags.writeable = False
