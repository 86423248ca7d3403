"""Photos as a rater sees them: without names, days and anything else of the file but its picture.

Where both show a face they are cut to it, so that faces are equally large beside each other, and
one point of the window is about the same skin in both.
"""

import threading
from collections import OrderedDict, deque
from typing import NamedTuple

import numpy as np

from ...landmarks import find_face
from ...learning.label_imports import PhotoPair
from ...pictures import png
from ...types import Box, ByteArray, Photo
from ..serving.files import Kept
from ..serving.visitors import Visit
from ..viewer import shrink

__all__ = ["Cache", "Shown", "blinded", "put_out"]

LONGEST_PX = 1400  # a face then fills half a desk at 2x; 2 MB as PNG, written in 0.1 s
AROUND = 0.28  # of the face's box to each side: hairline, jaw and neck; 0.1 cuts the forehead
KEPT_PAIRS = 6  # of a tab: what an undo or two shows again; older files go
CACHED_PAIRS = 3
NAME = "photo.png"  # the same for all: a name tells nothing


class Shown(NamedTuple):
    """Addresses of the pictures of a pair, for one tab."""

    before: str
    after: str


def blinded(before: Photo, after: Photo, close_up: bool = False) -> tuple[bytes, bytes]:
    """Return both photos as PNG without anything but the picture.

    Parameters
    ----------
    before, after : Photo
    close_up : bool
        They show skin without a face, and stay whole.
    """
    pixels = before.pixels, after.pixels
    faces = [None if close_up else find_face(one) for one in pixels]
    if all(face is not None for face in faces):
        cut = [_cut(one, face.box) for one, face in zip(pixels, faces, strict=True) if face]
        pixels = cut[0], cut[1]
    first, second = (png(shrink(one, LONGEST_PX)) for one in pixels)
    return first, second


def _cut(pixels: ByteArray, box: Box) -> ByteArray:
    """Cut a photo to its face and what is around it."""
    height, width = pixels.shape[:2]
    across, down = AROUND * (box.right - box.left), AROUND * (box.bottom - box.top)
    top, bottom = max(0, round(box.top - down)), min(height, round(box.bottom + down))
    left, right = max(0, round(box.left - across)), min(width, round(box.right + across))
    return np.ascontiguousarray(pixels[top:bottom, left:right])


class Cache:
    """Pictures of a few pairs that were made ahead."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[PhotoPair, tuple[bytes, bytes]] = OrderedDict()

    def __contains__(self, pair: PhotoPair) -> bool:
        with self._lock:
            return pair in self._made

    def put(self, pair: PhotoPair, made: tuple[bytes, bytes]) -> None:
        """Keep the pictures of a pair; the oldest go."""
        with self._lock:
            self._made[pair] = made
            while len(self._made) > CACHED_PAIRS:
                self._made.popitem(last=False)

    def take(self, pair: PhotoPair) -> tuple[bytes, bytes] | None:
        """Return the pictures of a pair, once; None where there are none."""
        with self._lock:
            return self._made.pop(pair, None)


class Shelved:
    """What one tab was shown, the newest last."""

    def __init__(self) -> None:
        self.pairs: deque[tuple[str, Shown, tuple[Kept, Kept]]] = deque()


def put_out(
    visit: Visit, shelved: Shelved, key: str, made: tuple[bytes, bytes], about: str
) -> Shown:
    """Put the pictures of a pair where this visitor alone can fetch them.

    Their addresses are new for every pair: a photo that comes again cannot be known by its own.

    Parameters
    ----------
    visit : Visit
    shelved : Shelved
        Of the tab.
    key : str
        Of this showing.
    made : tuple of bytes
        Of the before and the after photo.
    about : str
        Whom they show.

    Raises
    ------
    SkinDeltaError
        The disk is nearly full.
    """
    both = visit.place(NAME, about), visit.place(NAME, about)
    for kept, data in zip(both, made, strict=True):
        kept.path.write_bytes(data)
    shown = Shown(both[0].url, both[1].url)
    shelved.pairs.append((key, shown, both))
    while len(shelved.pairs) > KEPT_PAIRS:
        for old in shelved.pairs.popleft()[2]:
            old.path.unlink(missing_ok=True)
    return shown
