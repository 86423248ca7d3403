"""A color card in a picture: rendered, tilted and laid into linear light."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..color_card import CLASSIC, COLUMNS, MIDDLES, OUTLINE, PRINTED, ROWS
from ..printed_card import (
    MARKER_DICTIONARY,
    MARKER_NUMBERS,
    MARKERS,
    ORIGIN_MM,
    PATCH_SHARE,
    PITCH_MM,
    SHEET_MM,
)
from ..types import Box, FloatArray
from .scenery import Scenery

__all__ = [
    "CardPicture",
    "Held",
    "card_corners",
    "hold_card",
    "render_card",
    "render_printed_card",
    "with_card",
]

Points = npt.NDArray[np.float64]

PITCH_PX = 64
DARKEST = 0.003  # linear sRGB cannot hold cyan
FINER = 2  # drawn at twice the size and averaged: patches have soft edges
PAPER, INK = 0.85, 0.03  # reflectance
HELD_SHARE = 0.5  # width of the patches of a card in the hand, of that of the face
HELD_LEVEL = 0.8  # of the light on it: its white is not clipped where the exposure fits the face


class CardPicture(NamedTuple):
    """A card seen from above.

    Attributes
    ----------
    rgb : float32 array of shape (h, w, 3)
        Linear sRGB.
    block : float64 array of shape (4, 2)
        Corners of the block of patches, (x, y) px: at the first patch, then clockwise.
    """

    rgb: FloatArray
    block: Points


def render_card(
    share: float = 0.82,
    frame: float = 0.035,
    margin: float = 0.5,
    colors: npt.ArrayLike = CLASSIC.rgb,
) -> CardPicture:
    """Draw the 24-patch card.

    Parameters
    ----------
    share : float
        Width of a patch, in pitches: 0.86 full size, 0.79 mini.
    frame : float
        Reflectance of what is between and around the patches.
    margin : float
        Width of the frame around them, in pitches.
    colors : array of shape (24, 3)
        Of the patches, linear sRGB.

    Returns
    -------
    CardPicture
    """
    edge = round(margin * PITCH_PX)
    size = (ROWS * PITCH_PX + 2 * edge, COLUMNS * PITCH_PX + 2 * edge, 3)
    picture = np.full(size, frame, np.float32)
    _draw_patches(picture, np.array([edge, edge]), share, np.asarray(colors, np.float64))
    return CardPicture(picture, edge + PITCH_PX * OUTLINE - 0.5)


def render_printed_card(colors: npt.ArrayLike = PRINTED.rgb) -> CardPicture:
    """Draw the sheet of the printed card, without its words.

    Parameters
    ----------
    colors : array of shape (24, 3)
        What the printer made of the patches, linear sRGB, as shares of the paper.

    Returns
    -------
    CardPicture
    """
    per_mm = PITCH_PX / PITCH_MM
    width, height = (round(side * per_mm) for side in SHEET_MM)
    picture = np.full((height, width, 3), PAPER, np.float32)
    origin = np.rint(np.array(ORIGIN_MM) * per_mm).astype(int)
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, MARKER_DICTIONARY))
    for number, corners in zip(MARKER_NUMBERS, MARKERS, strict=True):
        left, top = np.rint(origin + PITCH_PX * corners[0]).astype(int)
        size = round(PITCH_PX * float(corners[1, 0] - corners[0, 0]))
        marker = cv2.aruco.generateImageMarker(dictionary, number, size)
        ink = np.where(marker[..., None] > 0, PAPER, INK)
        picture[top : top + size, left : left + size] = ink
    _draw_patches(picture, origin, PATCH_SHARE, PAPER * np.asarray(colors, np.float64))
    return CardPicture(picture, origin + PITCH_PX * OUTLINE - 0.5)


def _draw_patches(
    picture: FloatArray, origin: npt.NDArray[np.int64], share: float, colors: Points
) -> None:
    half = round(share * PITCH_PX / 2)
    for middle, color in zip(MIDDLES, np.maximum(colors, DARKEST), strict=True):
        x, y = (origin + PITCH_PX * middle).astype(int)
        picture[y - half : y + half, x - half : x + half] = color


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


def with_card(rgb: FloatArray, card: CardPicture, corners: Points) -> FloatArray:
    """Lay a card into a picture.

    Parameters
    ----------
    rgb : float32 array of shape (h, w, 3)
        Linear sRGB.
    card : CardPicture
    corners : array of shape (4, 2)
        Of the block of patches, px.

    Returns
    -------
    float32 array of shape (h, w, 3)
    """
    laid, cover = laid_out(rgb.shape[:2], card, corners)
    return np.asarray(rgb * (1 - cover[..., None]) + laid, np.float32)


class Held(NamedTuple):
    """A scene with a card in the hand.

    Attributes
    ----------
    rgb : float32 array of shape (h, w, 3)
    scenery : Scenery
        The card belongs to the person.
    corners : float64 array of shape (4, 2)
        Of the block of patches, px.
    """

    rgb: FloatArray
    scenery: Scenery
    corners: Points

    def patch(self, number: int) -> tuple[float, float]:
        """Middle of a patch, (x, y) px."""
        lay = cv2.getPerspectiveTransform(
            OUTLINE.astype(np.float32), self.corners.astype(np.float32)
        )
        x, y, w = lay @ (*MIDDLES[number], 1.0)
        return float(x / w), float(y / w)


def hold_card(
    rgb: FloatArray, scenery: Scenery, face: Box, card: CardPicture, rng: np.random.Generator
) -> Held:
    """Let a person hold a card beside the face, in the light of the face.

    Parameters
    ----------
    rgb : float32 array of shape (h, w, 3)
        Linear sRGB.
    scenery : Scenery
        Where wall and shirt are.
    face : Box
    card : CardPicture
    rng : numpy.random.Generator

    Returns
    -------
    Held
    """
    width = HELD_SHARE * face.width
    room = (face.left, rgb.shape[1] - face.right)
    side = 1 if room[1] >= room[0] else -1
    edge = face.right if side > 0 else face.left
    across = edge + side * max(0.5 * max(room), 0.6 * width) + rng.uniform(-0.05, 0.05) * width
    middle = (float(across), face.top + float(rng.uniform(0.4, 0.7)) * face.height)
    tilt, axis, roll = rng.uniform(0, 0.3), rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.15)
    corners = card_corners(middle, width, float(tilt), float(axis), float(roll))
    laid, cover = laid_out(rgb.shape[:2], card, corners)
    held = np.asarray(rgb * (1 - cover[..., None]) + HELD_LEVEL * laid, np.float32)
    bare = Scenery(scenery.wall * (1 - cover), scenery.shirt * (1 - cover))
    return Held(held, bare, corners)


def laid_out(
    shape: tuple[int, ...], card: CardPicture, corners: Points
) -> tuple[FloatArray, FloatArray]:
    """Return a card as it lies in a picture of that shape, and what it covers, 0..1."""
    height, width = shape
    finer = FINER * (np.asarray(corners) + 0.5) - 0.5
    lay = cv2.getPerspectiveTransform(card.block.astype(np.float32), finer.astype(np.float32))
    size = (FINER * width, FINER * height)
    laid, cover = (
        cv2.resize(
            cv2.warpPerspective(image, lay, size), (width, height), interpolation=cv2.INTER_AREA
        )
        for image in (card.rgb, np.ones(card.rgb.shape[:2], np.float32))
    )
    return np.asarray(laid, np.float32), np.asarray(cover, np.float32)
