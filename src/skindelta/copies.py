"""Copies of photos that can be handed on: the same pixels, without what else a file tells.

A camera writes into a photo where it was taken, its own serial number and its owner's name, a
thumbnail that shows what was cropped off, and behind the picture a film or a second one. A copy
keeps the pixels, which way is up, when and with what it was taken. It is put together from what it
may hold, so nothing unknown gets through.

JPEG stays as it is compressed: the segments that its pixels need are taken over, in the manner of
``jpegtran -copy none``. Every other kind, and a JPEG that is read differently so, becomes PNG.
"""

import re
import struct
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import simplejpeg
from PIL import Image, TiffTags
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from . import exif
from .channels import quiet
from .errors import PhotoError
from .formats import DAMAGED, open_photo
from .photo import read_photo_bytes
from .types import ByteArray, Photo

__all__ = ["clean_copy", "thumbnail"]

THUMBNAIL_QUALITY = 85

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended and progressive, of Huffman codes
_NEEDED = (*_FRAMES, 0xC4, 0xDB, 0xDD, _SOS)  # and DHT, DQT, DRI
_DROPPED = (*range(0xE0, 0xF0), 0xFE)  # APP0 to APP15, COM
_ALONE = (0x01, *range(0xD0, 0xD8))  # TEM, RST: no length and no content
_MARKER = re.compile(rb"\xff+[^\x00\xff]")
_MARKER_BEHIND_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"  # version 1.1, square pixels, no thumbnail
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_ICC = b"ICC_PROFILE\0"
_ICC_PIECE = 65_519  # what is left of a segment behind its length, _ICC and two counters

# What turns codes into colors, and the two names that a profile must have. Screens add tags of
# their own, such as `mmod` with the serial number.
_ICC_TAGS = frozenset(
    b"desc cprt wtpt bkpt chad chrm cicp rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC "
    b"A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3".split()
)

_ORIENTATION, _MAKE, _MODEL, _EXIF_IFD, _LENS = 0x0112, 0x010F, 0x0110, 0x8769, 0xA434
_MODES = (0xA401, 0xA406)  # CustomRendered, SceneCaptureType
# (time, fractions of a second, offset from UTC): taken, then digitized.
_TAKEN = (0x9003, 0x9291, 0x9011)
_TIMES = (_TAKEN, (0x9004, 0x9292, 0x9012))
_FORMS = (r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", r"\d{1,6}", r"[+-]\d\d:\d\d")
_LONGEST = 200  # characters of a name, so that all fit into one segment
_TIFF = b"II*\0\x08\0\0\0"  # little-endian, its first list of tags right behind

_Tags = dict[int, str | int]


def clean_copy(data: bytes, name: str) -> tuple[bytes, str]:
    """Copy a photo without place, serial numbers, owner, previews, notes and attachments.

    Parameters
    ----------
    data : bytes
        A photo of any kind that can be read.
    name : str
        What messages call it; its ending tells RAW from TIFF.

    Returns
    -------
    copy : bytes
        Reads as the same pixels, time, camera, lens and mode.
    suffix : str
        ``".jpg"``, compressed as the photo was, or ``".png"``.

    Raises
    ------
    PhotoError
        The file cannot be read as a photo, or its copy would be too large for one.
    """
    photo = read_photo_bytes(data, name)
    with quiet():
        tags = open_photo(data, Path(name).suffix).exif()
        facts, orientation = _facts(tags), exif.orientation(tags)
    copy = _without_the_rest(data, _exif_block(facts, orientation))
    if copy is not None and _reads_as(copy, photo):
        return copy, ".jpg"
    copy = _png(photo.pixels, _exif_block(facts, 1))
    read_photo_bytes(copy, name)  # a JPEG of 200 MB may be unreadably large as PNG
    return copy, ".png"


def thumbnail(photo: Photo, longest: int = 320) -> bytes:
    """Make a small JPEG of a photo: upright, sRGB, pixels alone.

    Parameters
    ----------
    photo : Photo
    longest : int
        Pixels of the longer side; smaller photos are not enlarged.
    """
    if longest < 1:
        raise ValueError(f"longest: expected at least 1 pixel, got {longest}")
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), THUMBNAIL_QUALITY)
    return encoded


def _reads_as(copy: bytes, photo: Photo) -> bool:
    try:
        return np.array_equal(read_photo_bytes(copy, photo.source).pixels, photo.pixels)
    except PhotoError:
        return False


def _png(pixels: ByteArray, exif_block: bytes) -> bytes:
    says_srgb = PngInfo()
    says_srgb.add(b"sRGB", b"\1")  # relative colorimetric
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=says_srgb, exif=exif_block)
    return file.getvalue()


# -- JPEG -----------------------------------------------------------------------------------------


class _Segment(NamedTuple):
    """Marker, content, and of a scan the coded pixels behind it."""

    marker: int
    content: bytes
    scan: bytes = b""


def _without_the_rest(data: bytes, exif_block: bytes) -> bytes | None:
    """JPEG with one EXIF block and what its pixels need; None where it has to be coded anew."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    try:
        segments = list(_segments(data))
        profile = _profile(segments)
    except (ValueError, struct.error):
        return None
    if any(s.marker not in (*_NEEDED, *_DROPPED) or not _is_plain(s) for s in segments):
        return None
    jfif, adobe = _color_coding(segments)
    pieces = [profile[at : at + _ICC_PIECE] for at in range(0, len(profile), _ICC_PIECE)]
    if len(pieces) > 255:
        return None
    head = [_Segment(_APP0, _JFIF)] if jfif else []
    head.append(_Segment(_APP1, exif_block))
    head += [] if adobe is None else [_Segment(_APP14, adobe)]
    head += [
        _Segment(_APP2, _ICC + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, 1)
    ]
    body = [s for s in segments if s.marker in _NEEDED]
    return b"\xff\xd8" + b"".join(map(_written, head + body)) + b"\xff\xd9"


def _segments(data: bytes) -> Iterator[_Segment]:
    """Segments up to the end of the picture; bytes between them are skipped, as decoders do.

    Raises
    ------
    ValueError
        A segment is cut off, or the picture has no end.
    """
    at = 2
    while found := _MARKER.search(data, at):
        marker, start = found[0][-1], found.end()
        if marker == _EOI:
            return
        if marker in _ALONE:
            at = start
            continue
        length = int.from_bytes(data[start : start + 2], "big")
        at = start + length
        if length < 2 or at > len(data):
            raise ValueError(f"segment {marker:#x} is cut off")
        content, scan = data[start + 2 : at], b""
        if marker == _SOS and (behind := _MARKER_BEHIND_SCAN.search(data, at)):
            scan, at = data[at : behind.start()], behind.start()
        yield _Segment(marker, content, scan)
    raise ValueError("the picture has no end")


def _is_plain(segment: _Segment) -> bool:
    """Whether this is no frame, or one of 8 bits that is gray or in three colors."""
    bits, channels = segment.content[:1], segment.content[5:6]
    return segment.marker not in _FRAMES or (bits == b"\x08" and channels in (b"\1", b"\3"))


def _color_coding(segments: list[_Segment]) -> tuple[bool, bytes | None]:
    """Whether a JFIF header says that colors are YCbCr, and the Adobe one, which may say RGB."""
    jfif, adobe = False, None
    for marker, content, _ in segments:
        if marker == _APP0 and content.startswith(b"JFIF\0") and len(content) >= _JFIF_BYTES:
            jfif = True
        if marker == _APP14 and content.startswith(b"Adobe") and len(content) >= _ADOBE_BYTES:
            adobe = b"Adobe\0\x64\0\0\0\0" + content[_ADOBE_BYTES - 1 : _ADOBE_BYTES]
    return jfif, adobe


def _written(segment: _Segment) -> bytes:
    marker, content, scan = segment
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + scan


def _profile(segments: list[_Segment]) -> bytes:
    """Color profile, put together anew from the tags that matter; empty where there is none."""
    own = [s.content for s in segments if s.marker == _APP2 and s.content.startswith(_ICC)]
    profile = b"".join(content[len(_ICC) + 2 :] for content in sorted(own))
    if profile[36:40] != b"acsp":
        return b""
    (count,) = struct.unpack_from(">I", profile, 128)
    listed = [struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 100))]
    kept = [tag for tag in listed if tag[0] in _ICC_TAGS]
    if any(start + size > len(profile) for _, start, size in kept):
        return b""  # broken: counts as sRGB with it and without
    values, places, begin = b"", dict[tuple[int, int], int](), 132 + 12 * len(kept)
    table = struct.pack(">I", len(kept))
    for signature, start, size in kept:
        if (start, size) not in places:  # red, green and blue often share a curve
            places[start, size] = begin + len(values)
            values += profile[start : start + size] + bytes(-size % 4)
        table += struct.pack(">4sII", signature, places[start, size], size)
    header = struct.pack(">I", begin + len(values)) + profile[4:84] + bytes(44)  # no checksum
    return header + table + values


# -- EXIF -----------------------------------------------------------------------------------------


def _facts(tags: Image.Exif) -> tuple[_Tags, _Tags]:
    """Collect what a copy tells: maker and model; time, lens and mode."""
    try:
        inner = tags.get_ifd(_EXIF_IFD)
    except DAMAGED:
        inner = {}
    camera = {tag: _text(_value(tags, tag)) for tag in (_MAKE, _MODEL)}
    modes = {tag: inner.get(tag) for tag in _MODES}
    picture: _Tags = {
        **_times(inner, exif.taken_at(tags)),
        _LENS: _text(inner.get(_LENS)),
        **{tag: mode for tag, mode in modes.items() if isinstance(mode, int) and mode < 1 << 16},
    }
    return {k: v for k, v in camera.items() if v}, {k: v for k, v in picture.items() if v}


def _value(tags: Image.Exif, tag: int) -> object:
    try:
        return tags.get(tag)
    except DAMAGED:
        return None


def _text(value: object) -> str:
    """Text as `exif` reads it: nothing behind a NUL."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return value.split("\0")[0].strip()[:_LONGEST].strip() if isinstance(value, str) else ""


def _times(inner: dict[int, Any], taken_at: datetime | None) -> _Tags:
    """Time by the camera's clock, as it wrote it; in UTC where it wrote it in an odd form."""
    if taken_at is None:
        return {}
    for names in _TIMES:
        found = [
            re.match(form, _text(inner.get(name)), re.ASCII)
            for form, name in zip(_FORMS, names, strict=True)
        ]
        told: _Tags = {tag: text[0] for tag, text in zip(_TAKEN, found, strict=True) if text}
        again = Image.Exif()
        again.get_ifd(_EXIF_IFD).update(told)
        if exif.taken_at(again) == taken_at:
            return told
    time = f"{taken_at.year:04}:{taken_at:%m:%d %H:%M:%S}"
    return dict(zip(_TAKEN, (time, f"{taken_at.microsecond:06}", "+00:00"), strict=True))


def _exif_block(facts: tuple[_Tags, _Tags], orientation: int) -> bytes:
    """EXIF of the facts and the orientation, its second list of tags behind the first."""
    first = _directory({**facts[0], _ORIENTATION: orientation, _EXIF_IFD: 0})
    place = len(_TIFF) + len(first.tobytes(len(_TIFF)))
    first[_EXIF_IFD] = place
    second = _directory(facts[1]).tobytes(place)
    return b"Exif\0\0" + _TIFF + first.tobytes(len(_TIFF)) + second


def _directory(tags: _Tags) -> ImageFileDirectory_v2:
    """List of tags; letters beyond ASCII stay the bytes that Pillow read them from."""
    directory = ImageFileDirectory_v2(_TIFF)
    directory.tagtype[_EXIF_IFD] = TiffTags.LONG
    for tag, value in tags.items():
        if isinstance(value, str):
            directory.tagtype[tag] = TiffTags.ASCII
        directory[tag] = value.encode("latin-1") if isinstance(value, str) else value
    return directory
