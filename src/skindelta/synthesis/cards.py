"""A color card in a picture: rendered, tilted and laid into linear light."""

import cv2
import numpy as np
import numpy.typing as npt

from ..color_card import COLUMNS, LINEAR_RGB, ROWS
from ..types import FloatArray

__all__ = ["card_corners", "render_card", "with_card"]

Points = npt.NDArray[np.float64]

PITCH_PX = 64
DARKEST = 0.003  # linear sRGB cannot hold cyan
FINER = 2  # drawn at twice the size and averaged: patches have soft edges


def render_card(share: float = 0.82, frame: float = 0.035, margin: float = 0.5) -> FloatArray:
    """Draw the 24-patch card from above, in linear sRGB.

    Parameters
    ----------
    share : float
        Width of a patch, in pitches: 0.86 full size, 0.79 mini.
    frame : float
        Reflectance of what is between and around the patches.
    margin : float
        Width of the frame around them, in pitches.

    Returns
    -------
    float32 array of shape (h, w, 3)
    """
    edge, gap = round(margin * PITCH_PX), round((1 - share) / 2 * PITCH_PX)
    size = (ROWS * PITCH_PX + 2 * edge, COLUMNS * PITCH_PX + 2 * edge, 3)
    card = np.full(size, frame, np.float32)
    for number, color in enumerate(np.maximum(LINEAR_RGB, DARKEST)):
        row, column = divmod(number, COLUMNS)
        top, left = edge + row * PITCH_PX + gap, edge + column * PITCH_PX + gap
        card[top : top + PITCH_PX - 2 * gap, left : left + PITCH_PX - 2 * gap] = color
    return card


def card_corners(
    middle: tuple[float, float], width: float, tilt: float = 0, axis: float = 0, roll: float = 0
) -> Points:
    """Where the corners of the block of patches come to lie.

    Parameters
    ----------
    middle : tuple of two float
        (x, y) px.
    width : float
        Of the block, px.
    tilt, axis, roll : float
        Out of the picture's plane, around an axis in it, and within the plane; radians.

    Returns
    -------
    float64 array of shape (4, 2)
        From dark skin clockwise on the card, seen by a camera 8 widths away.
    """
    half = np.array([COLUMNS, ROWS]) * width / COLUMNS / 2
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    around = np.array([np.cos(axis), np.sin(axis), 0.0]) * tilt
    turn = cv2.Rodrigues(around)[0] @ cv2.Rodrigues(np.array([0.0, 0.0, roll]))[0]
    points = np.column_stack([flat, np.zeros(4)]) @ turn.T
    near = 1 + points[:, 2] / (8 * width)
    return np.asarray(points[:, :2] / near[:, None] + middle)


def with_card(
    rgb: FloatArray, card: FloatArray, corners: Points, margin: float = 0.5
) -> FloatArray:
    """Lay a card into a picture.

    Parameters
    ----------
    rgb : float32 array of shape (h, w, 3)
        Linear sRGB.
    card : float32 array of shape (h, w, 3)
        From :func:`render_card` with the same `margin`.
    corners : array of shape (4, 2)
        Of the block of patches, px.
    margin : float

    Returns
    -------
    float32 array of shape (h, w, 3)
    """
    height, width = rgb.shape[:2]
    edge = round(margin * PITCH_PX)
    right, bottom = card.shape[1] - edge, card.shape[0] - edge
    block = np.array([(edge, edge), (right, edge), (right, bottom), (edge, bottom)]) - 0.5
    finer = FINER * (np.asarray(corners) + 0.5) - 0.5
    lay = cv2.getPerspectiveTransform(block.astype(np.float32), finer.astype(np.float32))
    size = (FINER * width, FINER * height)
    laid, cover = (
        cv2.resize(
            cv2.warpPerspective(image, lay, size), (width, height), interpolation=cv2.INTER_AREA
        )
        for image in (card, np.ones(card.shape[:2], np.float32))
    )
    return np.asarray(rgb * (1 - cover[..., None]) + laid, np.float32)
