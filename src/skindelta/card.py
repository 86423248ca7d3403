"""Read the color card of a photo: where it lies, and what it tells of the light.

A card that is found and cannot be used says why. The search costs as long as decoding the photo.
"""

import cv2
import numpy as np

from .card_finder import card_at, carried, find_card
from .card_fit import fit_card
from .color_card import COLUMNS, OUTLINE, ROWS
from .errors import AlignmentError
from .filters import halved
from .marker_finder import find_printed_card
from .printed_card import ORIGIN_MM, PITCH_MM, SHEET_MM
from .types import CardReading, Corners, FloatArray, Matrix, Photo, Scale

__all__ = ["both_scales", "card_outline", "card_scale", "read_card"]

FRAME = 0.8  # pitches that the frame of a bought card is wide
# From the left end of the first patch to the right end of the sixth: patches of 0.79 (mini) to 0.86
# (full size) of a pitch.
WIDTH_PITCHES = COLUMNS - 1 + 0.825
# A card is held up to 4 cm before or behind the skin, 40 cm from the camera.
SCALE_ERROR = 0.1


def read_card(
    photo: Photo, corners: Corners | None = None, thorough: bool = True
) -> CardReading | None:
    """Find a card of 24 patches, bought or printed, and fit its colors.

    Parameters
    ----------
    photo : Photo
    corners : tuple of four (x, y), optional
        Where the outer corners of the classic card's patches are, px, one after the other around
        it; then it is not searched for.
    thorough : bool
        Look for small cards too.

    Returns
    -------
    CardReading or None
        None where no card was found.

    Raises
    ------
    AlignmentError
        The corners lie outside the photo, cross, or there is no card between them.
    """
    if corners is not None:
        found = card_at(photo.pixels, _fitting(photo, corners))
        if found is None:
            raise AlignmentError(
                f"there is no color card of 24 patches between the corners given for "
                f"{photo.source or 'the photo'}; give the outer corners of the patches at the four "
                "ends, one after the other around the card, or leave them out"
            )
    else:
        half = halved(photo.pixels)
        printed = find_printed_card(photo.pixels, thorough, half)
        found = printed or find_card(photo.pixels, thorough, half)
    if found is None:
        return None
    fit = fit_card(photo.pixels, found)
    return CardReading(
        corners=found.corners.astype(np.float32),
        matrix=fit.matrix,
        power=fit.power,
        patches=fit.patches,
        readable=fit.readable,
        residual_before=fit.residual_before,
        residual_after=fit.residual_after,
        unevenness=fit.unevenness,
        reasons=fit.reasons,
        kind=found.card.kind,
        pitch_px=found.pitch_px,
    )


def card_outline(card: CardReading) -> FloatArray:
    """Corners of the whole card, frame or paper and all, shape (4, 2), (x, y) px of the photo."""
    to_photo = cv2.getPerspectiveTransform(OUTLINE.astype(np.float32), card.corners)
    if card.kind == "printed":
        left, top = (-side / PITCH_MM for side in ORIGIN_MM)
        right, bottom = left + SHEET_MM[0] / PITCH_MM, top + SHEET_MM[1] / PITCH_MM
    else:
        left, top, right, bottom = -FRAME, -FRAME, COLUMNS + FRAME, ROWS + FRAME
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return carried(np.asarray(to_photo, np.float64), corners).astype(np.float32)


def card_scale(card: CardReading, width_mm: float | None = None) -> Scale | None:
    """Pixels per millimeter beside the card.

    Parameters
    ----------
    card : CardReading
    width_mm : float, optional
        From the left end of the first patch to the right end of the sixth. Not needed for the
        printed card; other cards come in many sizes.

    Returns
    -------
    Scale or None
        None where the size of the card is not known.
    """
    pitch_mm = PITCH_MM if card.kind == "printed" else width_mm and width_mm / WIDTH_PITCHES
    if not pitch_mm:
        return None
    scale = card.pitch_px / pitch_mm
    return Scale(scale, scale * (1 - SCALE_ERROR), scale * (1 + SCALE_ERROR))


def both_scales(card: Scale, face: Scale | None) -> Scale:
    """Scale of a photo by its card and by the pupils of its face.

    Parameters
    ----------
    card : Scale
    face : Scale or None
        None on a close-up.

    Returns
    -------
    Scale
        Their weighted mean; that of the face alone where the two contradict each other: the card is
        then nearer or further than the skin, or not of the size that was given.
    """
    if face is None:
        return card
    if card.low > face.high or face.low > card.high:
        return face
    logs = np.log([card, face])
    weights = 1 / (logs[:, 2] - logs[:, 1]) ** 2
    middle = float(weights @ logs[:, 0] / weights.sum())
    half = float(1 / np.sqrt(weights.sum()) / 2)
    value, low, high = (float(n) for n in np.exp([middle, middle - half, middle + half]))
    return Scale(value, low, high)


def _fitting(photo: Photo, corners: Corners) -> Matrix:
    """Return the corners as an array; raise AlignmentError where they cannot be those of a card."""
    marked = np.array(corners, np.float64)
    height, width = photo.pixels.shape[:2]
    name = photo.source or "the photo"
    if not ((marked >= -0.5) & (marked <= (width - 0.5, height - 0.5))).all():
        raise AlignmentError(
            f"a corner of the color card lies outside {name}, which is {width} x {height} px; give "
            "all four in its pixels"
        )
    sides = np.roll(marked, -1, axis=0) - marked
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    if not ((turns > 0).all() or (turns < 0).all()):
        raise AlignmentError(
            f"the corners of the color card given for {name} cross or lie on a line; give them one "
            "after the other around the card"
        )
    return marked
