"""Folders of photos: which files are photos, whose they are, and when they were taken.

A folder holds one folder per subject, and each of those the photos, named by their day:
``anna/2026-01-05.jpg``. A time may follow (``2026-01-05T0930``), and anything after it. Where the
name has no date, the camera's clock counts; without it a date within the name, as phones write it
(``IMG_20260406_101500.jpg``).

Photos that come without folders have all of it in their names: ``anna_2026-01-05.jpg`` and
``2026-01-05_anna.jpg`` are read as ``anna/2026-01-05.jpg``.
"""

import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path, PurePosixPath
from typing import NamedTuple, NoReturn

from .errors import PhotoError, SkinDeltaError
from .formats import PHOTO_SUFFIXES
from .photo import read_taken_at

__all__ = [
    "Named",
    "find_photos",
    "has_photo_name",
    "photos_below",
    "read_moment",
    "read_names",
    "taken_when",
]

# Pictures that cannot be read still get their row; notes, movies and lists beside photos do not.
_SUFFIXES = PHOTO_SUFFIXES | {".gif", ".bmp", ".jp2", ".jxl", ".psd"}
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T_ ](?P<h>\d{2})[-:.]?(?P<m>\d{2})(?:[-:.]?(?P<s>\d{2}))?)?"
)
_PHONE = re.compile(
    r"(?<!\d)(?P<y>20\d\d)-?(?P<mo>\d\d)-?(?P<d>\d\d)"
    r"(?:[_-](?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d))?(?!\d)"
)
NO_SUCH_DATE = "is named by a date that does not exist; name it YYYY-MM-DD"
_GAPS = " _-.,()[]"
# What cameras, phones and messengers put beside a number.
_BY_PROGRAM = re.compile(
    r"(IMG|IMAGE|DSC\w?|DSCN|PXL|MVIMG|PICT|PHOTO|FOTO|SCAN|WA\d*|WHATSAPP|SIGNAL|SCREENSHOT|CAM|"
    r"DCIM|BURST|SELFIE|COPY|AT)$",
    re.IGNORECASE,
)
# What people call a view or a moment: nobody by itself, but a part of the name behind a person.
_VIEW = re.compile(
    r"(FACE|FRONT|LEFT|RIGHT|BEFORE|AFTER|BASELINE|SESSION|VISIT|DAY|WEEK|MONTH|NEUTRAL|SMILING|"
    r"T\d+)$",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"(session|visit|week|day|month|baseline|before|after|follow|t\d)", re.IGNORECASE
)


class Named(NamedTuple):
    """What the name of a photo says.

    Attributes
    ----------
    subject : str
        Whose it is; empty where the name does not say so.
    when : date, datetime or None
        The deliberate date: its name, or the folder of its session, begins with it.
    maybe : date, datetime or None
        A date within the name, as phones write it: the camera's clock counts before it.
    trouble : str
        The name begins with a date that does not exist.
    """

    subject: str
    when: date | datetime | None = None
    maybe: date | datetime | None = None
    trouble: str = ""


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
    try:
        named = read_moment(path.name)
    except ValueError:
        raise PhotoError(f"{path} {NO_SUCH_DATE}") from None
    if named is not None:
        return named
    taken_at = read_taken_at(path) or _by_phone(path.stem)
    if taken_at is None:
        raise PhotoError(f"{path} has no date, neither in its name nor inside; name it YYYY-MM-DD")
    return taken_at


def read_moment(text: str) -> date | datetime | None:
    """Read the day, or the time (UTC), that a name begins with; None where it does not.

    Raises
    ------
    ValueError
        There is no such date.
    """
    named = _DATE.match(text)
    if named is None:
        return None
    day = date.fromisoformat(named["day"])
    if named["h"] is None:
        return day
    clock = time(int(named["h"]), int(named["m"]), int(named["s"] or 0), tzinfo=UTC)
    return datetime.combine(day, clock)


def read_names(names: Iterable[str]) -> dict[str, Named]:
    """Read whose photos are and when they were taken, from their names alone.

    Parameters
    ----------
    names : iterable of str
        With their folders, ``/`` between: ``SUBJECT/DATE.jpg``, ``SUBJECT/SESSION/ANY.jpg``, or
        ``SUBJECT_DATE.jpg`` without folders. A folder around all subjects is left out.

    Returns
    -------
    dict of str to Named
        By name.
    """
    paths = {name: PurePosixPath(name) for name in names}
    around = _has_folder_around([path for path in paths.values() if len(path.parts) > 1])
    found = {}
    for name, path in paths.items():
        parts = path.parts[1:] if around and len(path.parts) > 1 else path.parts
        found[name] = _in_folders(parts) if len(parts) > 1 else _without_folder(parts[0])
    return found


def has_photo_name(name: str) -> bool:
    """Whether a file is called as photos are."""
    return PurePosixPath(name).suffix.lower() in _SUFFIXES


def _has_folder_around(paths: list[PurePosixPath]) -> bool:
    """Whether all photos lie in folders of one folder, which then is nobody's name.

    One subject with its sessions looks alike, so the inner folders must not be named as sessions.
    """
    if len({path.parts[0] for path in paths}) != 1 or any(len(path.parts) < 3 for path in paths):
        return False
    inner = {path.parts[1] for path in paths}
    return not any(_DATE.match(name) or _SESSION.match(name) for name in inner)


def _in_folders(parts: tuple[str, ...]) -> Named:
    """Read SUBJECT/DATE.jpg, and SUBJECT/SESSION/ANY.jpg."""
    subject, *sessions, name = parts
    maybe = _by_phone(PurePosixPath(name).stem)
    for text in (name, *reversed(sessions)):
        try:
            when = read_moment(text)
        except ValueError:
            return Named(subject, None, maybe, NO_SUCH_DATE)
        if when is not None:
            return Named(subject, when, maybe)
    return Named(subject, None, maybe)


def _without_folder(name: str) -> Named:
    """Read SUBJECT_DATE.jpg as SUBJECT/DATE.jpg; a counter behind the date is nobody."""
    stem = PurePosixPath(name).stem
    dated = _DATE.search(stem)
    found = dated or _PHONE.search(stem)
    if found is None:
        first = next((word for word in _words(stem.replace("-", " ")) if word), "")
        return Named(_person([first] if first.isalpha() else []))
    before, behind = _words(stem[: found.start()]), _words(stem[found.end() :])
    person = _person(before) or _person([] if all(map(str.isdecimal, behind)) else behind)
    maybe = _by_phone(stem)
    if dated is None or any(map(_BY_PROGRAM.match, before + behind)):
        return Named(person, None, maybe)
    try:
        return Named(person, read_moment(found[0]), maybe)
    except ValueError:
        return Named(person, None, maybe, NO_SUCH_DATE)


def _words(text: str) -> list[str]:
    return [word for part in re.split(r"[ _]+", text) if (word := part.strip(_GAPS))]


def _person(words: list[str]) -> str:
    """Return the name of a person among words, or nothing."""
    if any(map(_BY_PROGRAM.match, words)):
        words = [w for w in words if not _BY_PROGRAM.match(w) and not re.fullmatch(r"[\d.]+", w)]
    return "" if all(map(_VIEW.match, words)) else "_".join(words)


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
