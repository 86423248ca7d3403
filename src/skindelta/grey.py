"""Read a grey or white object that somebody marked in a photo.

Any matte object without a color of its own serves, the same in both photos: a grey card, a sheet of
paper, a mug. What counts is how its color changed from photo to photo, not what it is.
"""

import cv2
import numpy as np
import numpy.typing as npt

from .color import srgb8_to_linear
from .errors import AlignmentError
from .types import ByteArray, Corners, GreyReading, Matrix, Photo, Reason

__all__ = ["read_grey"]

_Places = npt.NDArray[np.intp]

POINT_SHARE = 0.006  # of the photo's longer side: half the side of the square around a point
MIN_PIXELS = 25
MAX_CLIPPED, CEILING = 0.02, 250
MIN_CODE = 40  # darker, noise and steps of 8 bit are 2 %
MAX_SPREAD = 0.04  # ln units; paper in a shaded corner 0.02, a pattern or an edge 0.1
MAX_COLOR = 0.6  # ln of the largest over the smallest channel; white paper in lamp light 0.5
CELLS, CELL_PIXELS = 4, 9  # parts along either side, half as many where they would be smaller


def read_grey(photo: Photo, where: Corners) -> GreyReading:
    """Read the color of an object.

    Parameters
    ----------
    photo : Photo
    where : tuple of (x, y)
        A point on it, or the corners of a polygon within it, px.

    Returns
    -------
    GreyReading

    Raises
    ------
    AlignmentError
        It lies outside the photo or is too small.
    """
    codes, places = _pixels(photo, np.array(where, np.float64))
    light = srgb8_to_linear(codes[None])[0].astype(np.float64)
    mean = light.mean(axis=0)
    spread = _spread(light, places)
    if spread is None:
        raise _too_small(photo, len(codes))
    reasons = tuple(_reasons(codes, mean, spread))
    red, green, blue = (float(value) for value in mean)
    return GreyReading((red, green, blue), spread, reasons)


def _pixels(photo: Photo, where: Matrix) -> tuple[ByteArray, _Places]:
    """Codes of the pixels of the object, shape (n, 3), and where they are, (n, 2)."""
    height, width = photo.pixels.shape[:2]
    name = photo.source or "the photo"
    if not ((where >= -0.5) & (where <= (width - 0.5, height - 0.5))).all():
        raise AlignmentError(
            f"the grey object lies outside {name}, which is {width} x {height} px; mark it in its "
            "pixels"
        )
    if len(where) == 1:
        reach = max(4, round(POINT_SHARE * max(height, width)))
        x, y = np.rint(where[0]).astype(int)
        where = np.array(
            [
                (x - reach, y - reach),
                (x + reach, y - reach),
                (x + reach, y + reach),
                (x - reach, y + reach),
            ]
        )
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.rint(where).astype(np.int32)], (1,))
    rows, columns = np.nonzero(inside)
    if len(rows) < MIN_PIXELS:
        raise _too_small(photo, len(rows))
    return photo.pixels[rows, columns], np.stack([columns, rows], axis=1)


def _too_small(photo: Photo, pixels: int) -> AlignmentError:
    return AlignmentError(
        f"the grey object marked in {photo.source or 'the photo'} is too small or too thin: it has "
        f"{pixels} pixels, and at least {MIN_PIXELS} side by side are needed; mark more of it"
    )


def _spread(light: Matrix, places: _Places) -> float | None:
    """Return how far parts of the object differ in ln of their color, brightness aside (1 σ).

    None where it has too few parts of some pixels to tell.
    """
    side = CELLS if len(light) >= CELLS**2 * CELL_PIXELS else CELLS // 2
    low, high = places.min(axis=0), places.max(axis=0) + 1
    cells = (side * (places - low)) // (high - low)
    number = cells[:, 1] * side + cells[:, 0]
    counts = np.bincount(number, minlength=side * side)
    kept = counts >= min(4, CELL_PIXELS)
    if kept.sum() < 2:
        return None
    means = np.stack([np.bincount(number, light[:, k], side * side)[kept] for k in range(3)], 1)
    logs = np.log(np.maximum(means / counts[kept, None], 1e-4))
    tints = logs - logs.mean(axis=1, keepdims=True)
    return float(tints.std(axis=0).max())


def _reasons(codes: ByteArray, mean: Matrix, spread: float) -> list[Reason]:
    """Why an object cannot be used."""
    clipped = float((codes.max(axis=1) >= CEILING).mean())
    darkest = float(np.median(codes, axis=0).min())
    color = float(np.ptp(np.log(np.maximum(mean, 1e-4))))
    reasons = []
    if clipped > MAX_CLIPPED:
        message = f"{clipped:.0%} of the grey object is overexposed"
        advice = "use a darker object, or lower the exposure"
        reasons.append(Reason("grey_clipped", message, advice, clipped, MAX_CLIPPED))
    if darkest < MIN_CODE:
        message = f"the grey object is dark: it stands at {darkest:.0f} of 255"
        advice = "use a lighter object, or more light"
        reasons.append(Reason("grey_dark", message, advice, darkest, MIN_CODE))
    if spread > MAX_SPREAD:
        message = f"the grey object is not of one color: its parts are {spread:.0%} apart"
        advice = "mark a part of it without edges, shadow and pattern"
        reasons.append(Reason("grey_uneven", message, advice, spread, MAX_SPREAD))
    if color > MAX_COLOR:
        advice = "mark a grey or white object"
        message = "what was marked as grey has a color of its own"
        reasons.append(Reason("grey_colored", message, advice, color, MAX_COLOR))
    return reasons
