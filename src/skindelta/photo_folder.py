"""Folders of photos: which files are photos, whose they are, and when they were taken.

A folder holds one folder per subject, and each of those the photos, named by their day:
``anna/2026-01-05.jpg``. A time may follow (``2026-01-05T0930``), and anything after it. Where the
name has no date, the camera's clock counts; without it a date within the name, as phones write it
(``IMG_20260406_101500.jpg``).
"""

import os
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NoReturn

from .errors import PhotoError, SkinDeltaError
from .formats import PHOTO_SUFFIXES
from .photo import read_taken_at

__all__ = ["find_photos", "photos_below", "taken_when"]

# Pictures that cannot be read still get their row; notes, movies and lists beside photos do not.
_SUFFIXES = PHOTO_SUFFIXES | {".gif", ".bmp", ".jp2", ".jxl", ".psd"}
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T_ ](?P<h>\d{2})[-:.]?(?P<m>\d{2})(?:[-:.]?(?P<s>\d{2}))?)?"
)
_PHONE = re.compile(
    r"(?<!\d)(?P<y>20\d\d)-?(?P<mo>\d\d)-?(?P<d>\d\d)"
    r"(?:[_-](?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d))?(?!\d)"
)


def find_photos(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Find the photos of each subject, and photos that lie beside the subjects' folders.

    Parameters
    ----------
    folder : Path
        Of folders, one a subject.

    Returns
    -------
    subjects : dict of str to list of Path
        By the names of their folders; hidden ones are left out.
    strays : list of Path

    Raises
    ------
    SkinDeltaError
        The folder cannot be listed.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        _cannot_be_listed(error)
    subjects: dict[str, list[Path]] = {}
    for entry in entries:
        # A link to the folder itself or above it would make every subject a subject of itself.
        if entry.is_dir() and not folder.resolve().is_relative_to(entry.resolve()):
            photos = [] if entry.name.startswith(".") else photos_below(entry)
            if photos:
                subjects[entry.name] = photos
    return subjects, [entry for entry in entries if _is_photo(entry)]


def photos_below(folder: Path) -> list[Path]:
    """Find photos in a folder, in folders of folders too; linked folders are not entered."""
    found = []
    for root, folders, files in os.walk(folder, onerror=_cannot_be_listed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [path for name in files if _is_photo(path := Path(root, name))]
    return sorted(found)


def taken_when(path: Path) -> date | datetime:
    """When a photo was taken: from its name, else from its camera.

    Raises
    ------
    PhotoError
        Neither says so, or the file cannot be read.
    """
    named = _DATE.match(path.name)
    if named:
        try:
            day = date.fromisoformat(named["day"])
            if named["h"] is None:
                return day
            clock = time(int(named["h"]), int(named["m"]), int(named["s"] or 0), tzinfo=UTC)
            return datetime.combine(day, clock)
        except ValueError:
            raise PhotoError(
                f"{path} is named by a date that does not exist; name it YYYY-MM-DD"
            ) from None
    taken_at = read_taken_at(path) or _by_phone(path.stem)
    if taken_at is None:
        raise PhotoError(f"{path} has no date, neither in its name nor inside; name it YYYY-MM-DD")
    return taken_at


def _by_phone(name: str) -> date | datetime | None:
    """Read ``IMG_20260406_101500`` and the like, as phones and messengers name photos."""
    found = _PHONE.search(name)
    if found is None:
        return None
    try:
        day = date(int(found["y"]), int(found["mo"]), int(found["d"]))
        if found["h"] is None:
            return day
        clock = time(int(found["h"]), int(found["m"]), int(found["s"]), tzinfo=UTC)
        return datetime.combine(day, clock)
    except ValueError:
        return None


def _cannot_be_listed(error: OSError) -> NoReturn:
    raise SkinDeltaError(
        f"{error.filename} cannot be listed ({error.strerror}); name a folder of subjects that may "
        "be read"
    ) from None


def _is_photo(path: Path) -> bool:
    is_named_so = path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    return is_named_so and not path.is_dir()
