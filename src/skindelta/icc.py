"""Color profiles (ICC) to sRGB.

Phones write Display-P3, cameras Adobe RGB, scanners anything: the same code means another color in
each. Taking Display-P3 codes for sRGB makes skin (220, 150, 130) appear as if a* were several
units lower. Little CMS converts, relative colorimetric with black-point compensation.

A profile that is broken, or that describes another kind of pixels than the file holds, is ignored:
the codes then count as sRGB, as in every browser.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, ImageCms

from .types import ByteArray

__all__ = ["to_srgb"]

# Shipping sRGB profiles differ from the standard by rounding, at most 2 codes; a gamma of 2.2
# instead of the sRGB curve differs by 6 codes, Display-P3 by 30.
_SAME = 2
_CHANNELS = {1: ("L", "GRAY"), 3: ("RGB", "RGB"), 4: ("CMYK", "CMYK")}
# 12 megapixels of Display-P3 take one thread 0.24 s; strips let two share it.
_STRIPS = 2


def to_srgb(pixels: ByteArray, profile: bytes | None) -> ByteArray:
    """Convert pixels to sRGB.

    Parameters
    ----------
    pixels : uint8 array
        (H, W) grey, (H, W, 3) RGB or (H, W, 4) CMYK (255 = full ink).
    profile : bytes or None
        The ICC profile of the file.

    Returns
    -------
    uint8 array of shape (H, W, 3)
        sRGB. RGB pixels that are sRGB already come back as they are.
    """
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    transform = _transform(profile, channels) if profile else None
    if channels == 3:
        return pixels if transform is None else _apply_in_strips(pixels, transform)
    if channels == 1:
        if transform is None:  # grey pixels often come with the RGB profile of their color photo
            return to_srgb(np.repeat(pixels[..., None], 3, axis=2), profile)
        ramp: ByteArray = _apply(np.arange(256, dtype=np.uint8)[None], transform)[0]
        return np.take(ramp, pixels, axis=0)
    if transform is None:
        return np.asarray(_image(pixels).convert("RGB"))
    return _apply_in_strips(pixels, transform)


@lru_cache(maxsize=16)
def _transform(profile: bytes, channels: int) -> ImageCms.ImageCmsTransform | None:
    """Transform to sRGB; None where the profile is sRGB, broken or for other pixels."""
    mode, space = _CHANNELS[channels]
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "L":
        flags |= ImageCms.Flags.NOOPTIMIZE  # within 0.5 code in the shadows instead of 1.5
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != space:
            return None
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=flags,
        )
    except (OSError, ImageCms.PyCMSError):
        return None
    return None if mode == "RGB" and _changes_nothing(transform) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a 9 x 9 x 9 cube of colors comes back as it was, within `_SAME` codes."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(81, 9, 3)
    return bool(cv2.absdiff(_apply(cube, transform), cube).max() <= _SAME)


def _apply_in_strips(pixels: ByteArray, transform: ImageCms.ImageCmsTransform) -> ByteArray:
    strips = np.array_split(pixels, _STRIPS)
    with ThreadPoolExecutor(_STRIPS) as pool:
        return np.concatenate(list(pool.map(lambda strip: _apply(strip, transform), strips)))


def _apply(pixels: ByteArray, transform: ImageCms.ImageCmsTransform) -> ByteArray:
    converted = ImageCms.applyTransform(_image(pixels), transform)
    if converted is None:
        raise ValueError("ImageCms.applyTransform returned nothing")
    return np.asarray(converted)


def _image(pixels: ByteArray) -> Image.Image:
    """Pillow image of the pixels; four channels are CMYK."""
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        height, width = pixels.shape[:2]
        return Image.frombytes("CMYK", (width, height), pixels.tobytes())
    return Image.fromarray(pixels)
