"""Unpack the photos of an uploaded zip, and trust nothing that the zip says.

Nothing is written under a name of the zip: photos get numbers, and their names are only shown. What
is no photo, leads out of the zip, or is a link stays packed and is counted. A zip that would fill
the disk is refused before it does, by what it declares and by what really comes out.
"""

import stat
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from ...errors import SkinDeltaError
from ...photo import PhotoLimits
from ...photo_folder import has_photo_name

__all__ = ["ZipLimits", "Unpacked", "unpack"]

BROKEN = (BadZipFile, zlib.error, EOFError)
PIECE = 1 << 20  # bytes read at once
ENCRYPTED = 0x1  # flag of an entry
HIDDEN = "hidden files"
NO_PHOTO = "files that are no photos"
UNSAFE = "links, and names that lead out of the zip"
TOO_LARGE = "photos that are too large"
DAMAGED = "photos that are damaged in the zip"


@dataclass(frozen=True)
class ZipLimits:
    """What is still unpacked.

    Attributes
    ----------
    entries : int
        Most files and folders in it.
    photos : int
        Most photos.
    bytes : int
        Of all photos together, unpacked: photos hardly pack, so this is far beyond any upload.
    photo_bytes : int
        Of one photo.
    """

    entries: int = 5000
    photos: int = 1000
    bytes: int = 1_000_000_000
    photo_bytes: int = PhotoLimits().bytes


class Unpacked(NamedTuple):
    """What came out of a zip.

    Attributes
    ----------
    photos : tuple of (str, Path)
        Name in the zip, ``/`` between folders, and where it lies now.
    skipped : dict of str to int
        How many of each kind stayed packed.
    """

    photos: tuple[tuple[str, Path], ...]
    skipped: dict[str, int]


def unpack(path: Path, folder: Path, limits: ZipLimits = ZipLimits()) -> Unpacked:
    """Unpack the photos of a zip.

    Parameters
    ----------
    path : Path
        The zip.
    folder : Path
        Empty; the photos are written there, by number.
    limits : ZipLimits

    Returns
    -------
    Unpacked

    Raises
    ------
    SkinDeltaError
        The zip is damaged, encrypted, or larger than the limits.
    """
    name = path.name
    try:
        with ZipFile(path) as zipped:
            wanted, skipped = _wanted(zipped.infolist(), name, limits)
            left = limits.bytes
            photos = []
            for number, (called, entry) in enumerate(wanted, start=1):
                target = folder / f"{number}{PurePosixPath(called).suffix.lower()}"
                try:
                    left -= _copy(zipped, entry, target, left, name)
                except BROKEN:  # the others may be whole
                    target.unlink(missing_ok=True)
                    skipped[DAMAGED] += 1
                else:
                    photos.append((called, target))
    except (*BROKEN, ValueError, OverflowError) as error:
        raise SkinDeltaError(f"{name} is damaged ({error}); pack the photos again") from None
    except (NotImplementedError, RuntimeError) as error:
        raise SkinDeltaError(
            f"{name} is packed in a way that cannot be opened ({error}); pack it as a plain zip"
        ) from None
    return Unpacked(tuple(photos), dict(skipped))


def _wanted(
    entries: list[ZipInfo], name: str, limits: ZipLimits
) -> tuple[list[tuple[str, ZipInfo]], Counter[str]]:
    """Choose the photos, and count what stays packed; by what the zip declares."""
    if len(entries) > limits.entries:
        raise SkinDeltaError(
            f"{name} holds {len(entries)} files, more than {limits.entries}; make several zips"
        )
    skipped: Counter[str] = Counter()
    wanted = []
    for entry in entries:
        if entry.is_dir():
            continue
        why = _why_not(entry, limits)
        if why:
            skipped[why] += 1
        else:
            wanted.append((str(PurePosixPath(entry.filename)), entry))
    if any(entry.flag_bits & ENCRYPTED for _, entry in wanted):
        raise SkinDeltaError(f"{name} is encrypted; make a zip without a password")
    if len(wanted) > limits.photos:
        raise SkinDeltaError(
            f"{name} holds {len(wanted)} photos, more than {limits.photos}; make several zips, or "
            "score the folder by skindelta batch"
        )
    total = sum(entry.file_size for _, entry in wanted)
    if total > limits.bytes:
        raise _too_much(name)
    return wanted, skipped


def _why_not(entry: ZipInfo, limits: ZipLimits) -> str:
    """Say why an entry stays packed, or nothing."""
    name = PurePosixPath(entry.filename)
    if any(part == "__MACOSX" or part.startswith(".") and part != ".." for part in name.parts):
        return HIDDEN
    is_out = name.is_absolute() or ".." in name.parts or "\\" in entry.filename
    is_drive = not name.parts or ":" in name.parts[0]  # "." names no file at all
    if is_out or is_drive or stat.S_ISLNK(entry.external_attr >> 16):
        return UNSAFE
    if not has_photo_name(entry.filename):
        return NO_PHOTO
    return TOO_LARGE if entry.file_size > limits.photo_bytes else ""


def _copy(zipped: ZipFile, entry: ZipInfo, target: Path, most: int, name: str) -> int:
    """Unpack one photo; return its size, whatever the zip declared."""
    size = 0
    with zipped.open(entry) as packed, target.open("wb") as file:
        while piece := packed.read(PIECE):
            size += len(piece)
            if size > most:
                raise _too_much(name)
            file.write(piece)
    return size


def _too_much(name: str) -> SkinDeltaError:
    return SkinDeltaError(
        f"{name} unpacks to more than this page takes, or the disk has room for; make several "
        "zips, or score the folder by skindelta batch"
    )
