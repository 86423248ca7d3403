"""What the camera wrote beside the pixels: which way is up, when, with what and how.

A camera's clock knows no time zone unless it writes ``OffsetTimeOriginal``; a time without it
counts as UTC, so that two photos of one camera keep their distance. The time of the last edit
(``DateTime``) is not the time of the photo and is not used. Nothing else is read, no place above
all.
"""

import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import Image

__all__ = ["camera", "lens", "mode", "orientation", "taken_at"]

_ORIENTATION, _MAKE, _MODEL, _EXIF_IFD = 0x0112, 0x010F, 0x0110, 0x8769
# (time, fractions of a second, offset from UTC): taken, then digitized.
_TIMES = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012))
_LENS, _RENDERED, _SCENE = 0xA434, 0xA401, 0xA406
# How the picture was made: CustomRendered as Apple writes it (ExifTool's table of tags), and
# SceneCaptureType of the standard, 0 = as usual.
_RENDERINGS = {2: "HDR", 3: "HDR", 6: "panorama", 7: "portrait mode", 8: "portrait mode"}
_SCENES = {1: "landscape scene", 2: "portrait scene", 3: "night scene"}
# What Pillow raises on directories that are cut off or made up.
_BROKEN = (ValueError, TypeError, KeyError, SyntaxError, OSError, struct.error, OverflowError)


def orientation(exif: Image.Exif) -> int:
    """Orientation 1 to 8; 1 (upright) where it is missing or makes no sense."""
    value = _tag(exif, _ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def camera(exif: Image.Exif) -> str | None:
    """Maker and model, such as ``"Apple iPhone 15"``; None where missing."""
    maker, model = (_text(_tag(exif, tag)) for tag in (_MAKE, _MODEL))
    if model.lower().startswith(maker.lower()):
        return model or None
    return f"{maker} {model}".strip()


def lens(exif: Image.Exif) -> str | None:
    """Lens, such as ``"iPhone 15 back camera 5.96mm f/1.6"``; None where missing."""
    return _text(_inner(exif).get(_LENS)) or None


def mode(exif: Image.Exif) -> str | None:
    """Mode other than the usual, such as ``"HDR"``; None where the file tells of none."""
    tags = _inner(exif)
    known = (_RENDERINGS.get(_number(tags, _RENDERED)), _SCENES.get(_number(tags, _SCENE)))
    return ", ".join(filter(None, known)) or None


def _inner(exif: Image.Exif) -> dict[int, Any]:
    try:
        return exif.get_ifd(_EXIF_IFD)
    except _BROKEN:
        return {}


def _number(tags: dict[int, Any], tag: int) -> int:
    value = tags.get(tag)
    return value if isinstance(value, int) else 0


def taken_at(exif: Image.Exif) -> datetime | None:
    """When the photo was taken, in UTC; None where the camera did not say."""
    tags = _inner(exif)
    for time, fraction, offset in _TIMES:
        found = _time(_text(tags.get(time)), _text(tags.get(fraction)), _text(tags.get(offset)))
        if found is not None:
            return found
    return None


def _tag(exif: Image.Exif, tag: int) -> Any:
    try:
        return exif.get(tag)
    except _BROKEN:
        return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return value.split("\0")[0].strip() if isinstance(value, str) else ""


def _time(time: str, fraction: str, offset: str) -> datetime | None:
    """Put ``"2026:03:01 09:30:00"``, ``"250"`` and ``"+02:00"`` together."""
    try:
        local = datetime.strptime(time, "%Y:%m:%d %H:%M:%S")
        if fraction.isascii() and fraction.isdigit():
            local += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
        return local.replace(tzinfo=_zone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(offset: str) -> timezone:
    try:
        parsed = datetime.strptime(offset, "%z").utcoffset()
    except ValueError:
        parsed = None
    return UTC if parsed is None else timezone(parsed)
