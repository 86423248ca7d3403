"""Smoothing: Gaussian blur at the resolution it needs, and blur that looks at skin only."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .types import ByteArray, FloatArray

__all__ = [
    "gaussian",
    "gaussian_over",
    "halved",
    "made_smaller",
    "made_to_fit",
    "reduced",
    "shrunk",
    "thinned",
]

NOTHING_PX = 0.1  # a blur that small moves less than a code
# A Gaussian of 8 px or more is run on a picture reduced until it is 4 px wide: the same within
# 1 % of the contrast, five times faster at 12 px.
WIDE_PX, KEPT_PX = 8.0, 4.0
NO_WEIGHT = 1e-6


def gaussian(image: npt.NDArray[Any], sigma: float) -> FloatArray:
    """Blur by a Gaussian.

    Parameters
    ----------
    image : float32 array of shape (h, w) or (h, w, c)
    sigma : float
        Standard deviation in px.

    Returns
    -------
    float32 array of the same shape
    """
    if sigma < NOTHING_PX:
        return np.asarray(image, dtype=np.float32)
    if sigma < WIDE_PX or min(image.shape[:2]) < 4 * sigma:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.float32)
    factor = int(sigma / KEPT_PX)
    small = cv2.GaussianBlur(reduced(image, factor), (0, 0), sigma / factor)
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def halved(pixels: ByteArray) -> ByteArray:
    """Mean of each 2 by 2 pixels; an odd last row or column is left out.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w) or (h, w, 3)

    Returns
    -------
    uint8 array of shape (h // 2, w // 2) or (h // 2, w // 2, 3)
    """
    height, width = (n // 2 for n in pixels.shape[:2])
    even = pixels[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def made_smaller(pixels: ByteArray, factor: float, by_area: bool = False) -> ByteArray:
    """Reduce a photo by a factor, as :func:`made_to_fit`.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w) or (h, w, 3)
    factor : float
        At least 1.
    by_area : bool

    Returns
    -------
    uint8 array of shape (h / factor, w / factor) or (h / factor, w / factor, 3)
    """
    columns, rows = (max(1, round(n / factor)) for n in pixels.shape[1::-1])
    return made_to_fit(pixels, (columns, rows), by_area)


def made_to_fit(pixels: ByteArray, size: tuple[int, int], by_area: bool = False) -> ByteArray:
    """Reduce a photo: by area in exact halves, what is left by interpolation.

    An area of pixels that is not a whole number of them takes ten times as long; below a factor of
    two, interpolation leaves out no pixel either, but weighs them unevenly. Odd last rows and
    columns are left out (the last new ones repeat their neighbors in part), the others stay where
    they are: (x + 1/2) / columns is kept.

    Parameters
    ----------
    pixels : uint8 array of shape (h, w) or (h, w, 3)
    size : tuple of int
        (columns, rows), at most those of the photo.
    by_area : bool
        A photo that is not halved once too, where every pixel has to count alike.

    Returns
    -------
    uint8 array of shape (rows, columns) or (rows, columns, 3)
    """
    across, down = (whole / part for whole, part in zip(pixels.shape[1::-1], size, strict=True))
    by_area &= max(across, down) < 2
    all_seen = True
    while min(pixels.shape[1] // 2 - size[0], pixels.shape[0] // 2 - size[1]) >= 0:
        all_seen &= pixels.shape[0] % 2 == pixels.shape[1] % 2 == 0
        pixels, across, down = halved(pixels), across / 2, down / 2
    if all_seen and size == pixels.shape[1::-1]:
        return pixels
    if all_seen:
        way = cv2.INTER_AREA if by_area else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
    turned = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fit = cv2.warpAffine(pixels, turned, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fit, np.uint8)


def gaussian_over(image: FloatArray, weight: FloatArray, sigma: float) -> FloatArray:
    """Blur by a Gaussian that sees only where the weight is: normalized convolution.

    Parameters
    ----------
    image, weight : float32 arrays of shape (h, w)
        Weight 0..1.
    sigma : float
        Standard deviation in px.

    Returns
    -------
    float32 array of shape (h, w)
    """
    seen = np.maximum(gaussian(weight, sigma), NO_WEIGHT)
    return np.asarray(gaussian(image * weight, sigma) / seen, dtype=np.float32)


def thinned(image: npt.NDArray[Any], step: int) -> npt.NDArray[Any]:
    """Keep every `step`-th pixel of rows and columns.

    Parameters
    ----------
    image : array of shape (h, w) or (h, w, c)
    step : int

    Returns
    -------
    array of shape (h // step, w // step) or with channels, of the same type; at least 1 by 1
        As ``image[::step, ::step]``, in a third of the time, for OpenCV; a remainder at the end
        is left out. Of an image smaller than that, its first pixel on that axis.
    """
    step_y, step_x = (min(step, n) for n in image.shape[:2])
    rows, columns = image.shape[0] // step_y, image.shape[1] // step_x
    if step == 1:
        return image
    whole = image[: rows * step_y, : columns * step_x]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_NEAREST))


def reduced(image: npt.NDArray[Any], factor: int) -> FloatArray:
    """Average `factor` by `factor` px into one.

    Parameters
    ----------
    image : float32 array of shape (h, w) or (h, w, c)
    factor : int

    Returns
    -------
    float32 array of shape (h // factor, w // factor) or with channels
    """
    size = (max(1, image.shape[1] // factor), max(1, image.shape[0] // factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def shrunk(mask: npt.NDArray[np.bool_], size: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Reduce a mask by leaving out pixels.

    Parameters
    ----------
    mask : bool array of shape (h, w)
    size : tuple of int
        (columns, rows).
    """
    small = cv2.resize(mask.view(np.uint8), (size[0], size[1]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(small) > 0
