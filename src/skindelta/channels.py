"""Whatever a file holds, split into grey, RGB or CMYK of 8 bits and what of it is transparent."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from .types import ByteArray

__all__ = [
    "Refused",
    "as_bytes",
    "laid_on",
    "quiet",
    "split_channels",
    "split_deep_channels",
    "turned",
]

_MIRROR = {1: None, 2: 1, 3: -1, 4: 0, 5: None, 6: 1, 7: -1, 8: 0}  # cv2.flip, once transposed
_one_at_a_time = threading.RLock()
# What Pillow logs of broken files goes to whoever set up logging, and else not to the screen.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Refused(Exception):
    """A whole file that is no photo to measure; the message ends a sentence about it."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings about odd headers off the screen; one thread at a time."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def split_channels(image: Image.Image) -> tuple[ByteArray, ByteArray | None]:
    """Split 8-bit pixels into grey, RGB or CMYK, and alpha where there is one."""
    if image.mode == "CMYK":
        return np.asarray(image), None
    if image.mode in ("1", "L", "LA", "La"):
        opaque, transparent = "L", "LA"
    elif image.mode in ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "YCbCr"):
        opaque, transparent = "RGB", "RGBA"
    else:
        raise Refused(f"has pixels of the kind {image.mode}; save it as RGB with 8 or 16 bits")
    if not image.has_transparency_data:
        return np.asarray(image.convert(opaque)), None
    layered = image.convert(transparent)
    return np.asarray(layered.convert(opaque)), np.asarray(layered.getchannel("A"))


def split_deep_channels(image: Image.Image, data: bytes) -> tuple[ByteArray, ByteArray | None]:
    """Split 16-bit pixels, rounded to 8 bits."""
    if image.mode.startswith("I;16"):
        return _rounded(np.asarray(image)), None
    pixels = _imdecode_quietly(data)  # BGR or BGRA
    if image.mode not in ("RGB", "RGBA", "RGBX", "LA") or pixels.shape[2:] not in ((3,), (4,)):
        raise Refused(f"has 16 bits of the kind {image.mode}; save it as RGB")
    has_alpha = pixels.shape[2] == 4 and image.mode != "RGBX"
    return _rounded(pixels[..., 2::-1]), _rounded(pixels[..., 3]) if has_alpha else None


def _imdecode_quietly(data: bytes) -> npt.NDArray[Any]:
    """Decode 16-bit pixels with OpenCV, which reports unknown TIFF tags on the screen."""
    with _one_at_a_time:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(0)
        try:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        finally:
            cv2.utils.logging.setLogLevel(level)
    if pixels is None or pixels.dtype != np.uint16:
        raise Refused("has 16 bits in an unusual layout; save it as RGB with 8 bits")
    return pixels


def _rounded(pixels: npt.NDArray[Any]) -> ByteArray:
    """Round 16-bit codes to 8 bits."""
    return as_bytes(cv2.convertScaleAbs(np.ascontiguousarray(pixels), alpha=1 / 257))


def laid_on(background: int, pixels: ByteArray, alpha: ByteArray | None) -> ByteArray:
    """Lay RGB pixels on a gray of that code; white is what a page shows."""
    if alpha is None or alpha.min() == 255:
        return pixels
    share = alpha[..., None].astype(np.float32) / 255
    return np.rint(pixels * share + background * (1 - share)).astype(np.uint8)


def turned(pixels: ByteArray, orientation: int) -> ByteArray:
    """Turn or mirror pixels as the EXIF orientation 1 to 8 says."""
    if orientation in (5, 6, 7, 8):
        pixels = as_bytes(cv2.transpose(pixels))
    mirror = _MIRROR[orientation]
    return pixels if mirror is None else as_bytes(cv2.flip(pixels, mirror))


def as_bytes(pixels: npt.NDArray[Any]) -> ByteArray:
    """Return the same array, known to be uint8."""
    if pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8, got {pixels.dtype}")
    return pixels
