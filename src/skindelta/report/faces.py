"""Photos of a course as they are shown: cut to the face, reduced, and without what files tell."""

import cv2
import numpy as np

from ..landmarks import find_face
from ..types import Box, ByteArray, Photo
from .images import Picture, encoded

__all__ = ["face_picture"]

LONGEST_PX = 900
SEARCH_PX = 1600  # a face that can be measured is found in this, at a tenth of the time
ABOVE, BELOW = 0.55, 0.2  # of the height of the face, from brows to chin: forehead and neck
SHAPE = 4 / 5  # width to height, so that two photos stand level beside each other


def face_picture(photo: Photo, alt: str, whole: bool = False) -> Picture:
    """Return a photo as it is shown.

    Parameters
    ----------
    photo : Photo
    alt : str
        What it shows in words.
    whole : bool
        Do not look for a face, as on a close-up.

    Returns
    -------
    Picture
        Never enlarged.
    """
    pixels = _reduced(photo.pixels, SEARCH_PX)
    face = None if whole else find_face(pixels)
    if face is not None:
        box = _around(face.box, pixels.shape[1], pixels.shape[0])
        # What is cut out comes from the photo itself, which may have more pixels there.
        factor = photo.pixels.shape[0] / pixels.shape[0]
        left, top, right, bottom = (round(factor * edge) for edge in box)
        pixels = photo.pixels[top:bottom, left:right]
    return encoded(_reduced(pixels, LONGEST_PX), alt)


def _reduced(pixels: ByteArray, longest: int) -> ByteArray:
    height, width = pixels.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _around(face: Box, width: int, height: int) -> Box:
    """Return the face with forehead and neck, in one shape wherever the photo has room."""
    top, bottom = face.top - ABOVE * face.height, face.bottom + BELOW * face.height
    tall = max(bottom - top, 1.2 * face.width / SHAPE)
    middle_x, middle_y = (face.left + face.right) / 2, (top + bottom) / 2
    tall = min(tall, height, width / SHAPE)
    left = min(max(0.0, middle_x - tall * SHAPE / 2), width - tall * SHAPE)
    upper = min(max(0.0, middle_y - tall / 2), height - tall)
    return Box(*(int(edge) for edge in (left, upper, left + tall * SHAPE, upper + tall)))
