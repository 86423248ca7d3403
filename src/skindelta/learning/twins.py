"""Photos that are nearly the same, yet are said to show different people.

One person under two names would be learnt from and held out at once, and a model that knows its
people would look like one that knows skin. The same photo, resaved, made smaller or cropped a
little, is found by a perceptual hash: the signs of the lower frequencies of its brightness. Another
photo of the same person is not found.

References
----------
.. [1] Zauner (2010), Implementation and benchmarking of perceptual image hash functions.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import LabelError, PhotoError
from ..photo import read_bytes, read_photo_bytes
from ..types import ByteArray
from .label_row import Find, find_photo
from .split import person

__all__ = ["TWIN_DISTANCE", "Twin", "twins"]

SIDE = 32  # pixels of the picture that is hashed
FREQUENCIES = 24  # of 32 each way, so 575 bits; 8 (64 bits) call two studio portraits twins
# Share of bits that differ. Faces (80 London, 40 Canada) and their own copies: JPEG of quality 60
# at most 0.031, half the size 0.021, 2 % cropped around 0.170, all three 0.170. Different people in
# one studio: at least 0.240 (London, 12 640 pairs of photos) and 0.334 (Canada, 780); 0.212 with
# averaged faces, smooth and alike. Close-ups of the 80 London cheeks: copies 0.094, 0.066, 0.209
# (median 0.097), 0.240 (0.143); other cheeks at least 0.296. Mostly missed: a crop of 2 % on one
# side alone (median 0.228) or of 5 % (0.238), and copies of photos that are so blurred that only
# noise is left of the higher frequencies.
TWIN_DISTANCE = 0.20
FLAT = 2.0  # 8-bit codes between darkest and brightest: its signs are chance
_BLOCK = 512  # rows held against all at once

Bits = npt.NDArray[np.bool_]


class Twin(NamedTuple):
    """Two photos that are nearly the same, of people with different names.

    Attributes
    ----------
    first, second : str
        The photos, as labels name them.
    subjects : tuple of str
        Whose they are said to be.
    distance : float
        Share of bits that differ; 0 is the same picture.
    """

    first: str
    second: str
    subjects: tuple[str, str]
    distance: float

    def __str__(self) -> str:
        return (
            f"{self.first} of {self.subjects[0]} and {self.second} of {self.subjects[1]} are nearly"
            " the same photo; give one person one name, or take out the wrong photo"
        )


def twins(
    photos: Mapping[str, str],
    folder: str | Path = ".",
    find: Find | None = None,
    leave_out_unreadable: bool = False,
) -> list[Twin]:
    """Find photos that are nearly the same across different people.

    Parameters
    ----------
    photos : mapping of str to str
        Whose each photo is, by how labels name it: a path, or ``sha256:`` of a record.
    folder : str or Path
        That paths are relative to.
    find : callable, optional
        Gives a photo of a record by its sha256.
    leave_out_unreadable : bool
        Look at the others only, instead of raising.

    Returns
    -------
    list of Twin
        The nearest first.

    Raises
    ------
    PhotoError, LabelError
        A photo is missing or cannot be read.
    """
    names, seen = [], []
    for name in photos:
        try:
            seen.append(_seen(_data(name, Path(folder), find), name))
            names.append(name)
        except (PhotoError, LabelError):
            if not leave_out_unreadable:
                raise
    found = [
        Twin(names[i], names[j], (photos[names[i]], photos[names[j]]), distance)
        for i, j, distance in _near(seen)
        if person(photos[names[i]]) != person(photos[names[j]])
    ]
    return sorted(found, key=lambda twin: (twin.distance, twin.first, twin.second))


class _Seen(NamedTuple):
    """Hashes of the bytes and of the picture; bits are all False where it is flat."""

    sha256: bytes
    bits: Bits
    is_flat: bool


def _data(name: str, folder: Path, find: Find | None) -> bytes:
    found = find_photo(name, folder, find)
    if found is None:
        raise LabelError(f"the photo {name} is missing; correct its name, or name its record")
    return found if isinstance(found, bytes) else read_bytes(found)


def _seen(data: bytes, name: str) -> _Seen:
    grey = _small(read_photo_bytes(data, name).pixels)
    is_flat = bool(np.ptp(grey) < FLAT)
    return _Seen(hashlib.sha256(data).digest(), _bits(grey), is_flat)


def _small(pixels: ByteArray) -> npt.NDArray[np.float32]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def _bits(grey: npt.NDArray[np.float32]) -> Bits:
    """Whether each of the lower frequencies, without the mean, is above their median."""
    low = cv2.dct(grey)[:FREQUENCIES, :FREQUENCIES].ravel()[1:]
    return np.asarray(low > np.median(low))


def _near(seen: list[_Seen]) -> Iterator[tuple[int, int, float]]:
    """Pairs of places that are near, each once."""
    if not seen:
        return
    signs = np.where([one.bits for one in seen], 1, -1).astype(np.float32)
    for start in range(0, len(seen), _BLOCK):
        agreed = signs[start : start + _BLOCK] @ signs.T
        distances = (1 - agreed / signs.shape[1]) / 2
        for row, j in zip(*np.nonzero(distances < TWIN_DISTANCE), strict=True):
            i = start + int(row)
            if i < j and _tells(seen[i], seen[j]):
                yield i, int(j), float(distances[row, j])


def _tells(first: _Seen, second: _Seen) -> bool:
    """Whether a small distance means anything: pictures without content agree by chance."""
    return first.sha256 == second.sha256 or not (first.is_flat or second.is_flat)
