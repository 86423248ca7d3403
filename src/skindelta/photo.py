"""Read a photo: upright sRGB pixels, when and with what it was taken, and a fingerprint.

The header is read first and held against the limits, so that a small file that unpacks to
gigabytes is refused before it does. Everything that is wrong with a file becomes one sentence
that names it and says what to do.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import exif
from .channels import Refused, quiet
from .errors import PhotoError
from .formats import DAMAGED, Opened, open_photo
from .types import Photo

__all__ = [
    "PhotoLimits",
    "read_bytes",
    "read_mask",
    "read_photo",
    "read_photo_bytes",
    "read_taken_at",
]

WHITE, BLACK = 255, 0
MARKED = 128  # code from which a pixel of a mask is white, and opaque
_COPY_AGAIN = "copy it again from the camera or phone"


@dataclass(frozen=True)
class PhotoLimits:
    """What is still taken for a photo.

    Attributes
    ----------
    bytes : int
        Largest file.
    pixels : int
        Most pixels; phones with 108 megapixels pass.
    side : int
        Fewest pixels of the shorter side.
    """

    bytes: int = 200_000_000
    pixels: int = 120_000_000
    side: int = 32


_MASK_LIMITS = PhotoLimits(side=1)


def read_photo(path: str | Path, limits: PhotoLimits = PhotoLimits()) -> Photo:
    """Read one photo.

    Parameters
    ----------
    path : str or Path
        JPEG, PNG, WebP, AVIF, TIFF, HEIC; RAW with the extra ``raw``. The content counts, not
        the name.
    limits : PhotoLimits
        Checked before anything is decoded.

    Returns
    -------
    Photo
        Pixels upright and in sRGB.

    Raises
    ------
    PhotoError
        One sentence that names the file and says what to do.
    """
    name = str(path)
    return read_photo_bytes(read_bytes(path, limits), name, limits)


def read_photo_bytes(data: bytes, name: str, limits: PhotoLimits = PhotoLimits()) -> Photo:
    """Read one photo whose file is already in memory.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What messages call it, and ``source`` of the photo; its ending tells RAW from TIFF.
    limits : PhotoLimits
        Checked before anything is decoded.

    Returns
    -------
    Photo
        Pixels upright and in sRGB.

    Raises
    ------
    PhotoError
        As `read_photo`.
    """
    _check_length(data, name, limits)
    with _sentences(name):
        opened = _open(data, name, limits)
        pixels = opened.pixels(WHITE)
        with quiet():
            tags = opened.exif()
            told = exif.taken_at(tags), exif.camera(tags), exif.lens(tags), exif.mode(tags)
    return Photo(pixels, hashlib.sha256(data).hexdigest(), name, *told)


def read_taken_at(path: str | Path, limits: PhotoLimits = PhotoLimits()) -> datetime | None:
    """Read when a photo was taken (UTC), without its pixels; None where the camera did not say.

    Raises
    ------
    PhotoError
        As `read_photo`.
    """
    name = str(path)
    data = read_bytes(path, limits)
    with _sentences(name):
        opened = _open(data, name, limits)
        with quiet():
            return exif.taken_at(opened.exif())


def read_mask(path: str | Path) -> npt.NDArray[np.bool_]:
    """Read which pixels of a photo someone painted: light ones that are not transparent.

    Parameters
    ----------
    path : str or Path
        A picture of the photo's size, of any format that photos have.

    Returns
    -------
    bool array of shape (H, W)
        Where any channel is 128 or more, on black where the picture is transparent.

    Raises
    ------
    PhotoError
        As `read_photo`, and where all of it is painted.
    """
    name = str(path)
    data = read_bytes(path, _MASK_LIMITS)
    with _sentences(name):
        pixels = _open(data, name, _MASK_LIMITS).pixels(BLACK)
    painted: npt.NDArray[np.bool_] = pixels.max(axis=2) >= MARKED
    if painted.all():
        raise PhotoError(
            f"{name} is white all over; paint white what belongs to the region, and leave the rest "
            "black or transparent"
        )
    return painted


def _open(data: bytes, name: str, limits: PhotoLimits) -> Opened:
    with quiet():
        opened = open_photo(data, Path(name).suffix)
    _check(opened, limits)
    return opened


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Turn what decoders raise into one sentence about the file."""
    try:
        yield
    except Refused as refused:
        raise PhotoError(f"{name} {refused}") from None
    except MemoryError:
        raise PhotoError(f"{name} does not fit into memory; export a smaller version") from None
    except DAMAGED as error:
        raise PhotoError(f"{name} is damaged or cut off; {_COPY_AGAIN}") from error


def read_bytes(path: str | Path, limits: PhotoLimits = PhotoLimits()) -> bytes:
    """Read the file of a photo as it is.

    Raises
    ------
    PhotoError
        It cannot be read, is empty or too large.
    """
    name, path = str(path), Path(path)
    try:
        if path.is_dir():
            raise PhotoError(f"{name} is a folder; name a photo, or use batch or record import")
        if path.exists() and not path.is_file():
            raise PhotoError(f"{name} is no ordinary file; name a photo")
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)
    except FileNotFoundError:
        raise PhotoError(f"{name} does not exist; check the name") from None
    except PermissionError:
        raise PhotoError(f"{name} may not be read; change its permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"{name} cannot be read ({reason}); check the name and disk") from None
    _check_length(data, name, limits)
    return data


def _check_length(data: bytes, name: str, limits: PhotoLimits) -> None:
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes); {_COPY_AGAIN}")
    if len(data) > limits.bytes:
        limit = limits.bytes / 1e6
        raise PhotoError(f"{name} is larger than {limit:.0f} MB; export a smaller version")


def _check(opened: Opened, limits: PhotoLimits) -> None:
    """Raise Refused where the header is beyond the limits."""
    size = f"{opened.width} x {opened.height} pixels"
    if opened.frames > 1:
        raise Refused(
            f"holds {opened.frames} pictures (an animation, burst or pages); export the one to use"
        )
    if opened.width * opened.height > limits.pixels:
        most = limits.pixels / 1e6
        raise Refused(f"has {size}, more than {most:.0f} million; export a smaller version")
    if min(opened.width, opened.height) < limits.side:
        raise Refused(f"has {size}, fewer than {limits.side} on a side; use the original photo")
