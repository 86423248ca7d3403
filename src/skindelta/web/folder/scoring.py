"""Many photos at once: what was uploaded, whose it is and from when, and scoring all of it.

Plain functions without Gradio. The same engine as ``skindelta batch`` gives the same rows.
"""

import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ...batch import Entry, Row, failed, score_photos
from ...contract import iso_time
from ...errors import SkinDeltaError
from ...photo import read_taken_at
from ...photo_folder import NO_SUCH_DATE, Named, has_photo_name, read_names
from ...pipeline import Options
from ...plain_words import ended
from ..serving.files import free_bytes
from ..serving.visitors import SPARE_BYTES, Visit
from ..trouble import sentence_of
from .unzip import ZipLimits, unpack

__all__ = [
    "Found",
    "State",
    "Understood",
    "as_typed",
    "corrected",
    "discard",
    "scored",
    "table_of",
    "understand",
]

ONE_PERSON = "person 1"
BY_NAME, BY_CAMERA, MISSING = "file name", "camera", "nowhere"
UNDATED = "has no date, neither in its name nor inside; name it YYYY-MM-DD"  # as the verb says it
HEADS = ("use", "person", "date", "file", "date found in")
LIMITS = ZipLimits()
MOST_PHOTOS = LIMITS.photos
MOST_NAMED = 4  # in a sentence


class Found(NamedTuple):
    """One uploaded photo, as it is kept between two clicks.

    Attributes
    ----------
    name : str
        What it is called, unique.
    path : str
        Where it lies.
    is_upload : bool
        It came by itself, not in a zip.
    subject : str
    when : str
        ISO 8601; empty where it is not known.
    origin : str
        Where the date comes from.
    trouble : str
        Why it has no date.
    """

    name: str
    path: str
    is_upload: bool
    subject: str
    when: str
    origin: str
    trouble: str = ""


class Understood(NamedTuple):
    """What was made of the uploads.

    Attributes
    ----------
    photos : tuple of Found
    left_out : tuple of str
        Sentences about the rest.
    """

    photos: tuple[Found, ...]
    left_out: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was left out, and what should be looked at before scoring."""
        return (*self.left_out, *_about(self.photos))


class State(NamedTuple):
    """How far a run is.

    Attributes
    ----------
    rows : list of dict
    done, photos, failures : int
    notes : list of str
        What the engine had to say.
    ended : bool
    """

    rows: list[Row]
    done: int
    photos: int
    failures: int
    notes: list[str]
    ended: bool


def understand(visit: Visit, uploads: Iterable[str], limits: ZipLimits = LIMITS) -> Understood:
    """Find the photos among the uploads, whose they are, and when they were taken.

    Parameters
    ----------
    visit : Visit
        Who uploaded them.
    uploads : iterable of str
        Photos and zips of photos.
    limits : ZipLimits

    Returns
    -------
    Understood
        Trouble with one upload costs only that one.
    """
    files: list[tuple[str, Path, bool]] = []
    sentences: list[str] = []
    for upload in uploads:
        try:
            files += _files_of(visit, visit.own(upload), limits, sentences)
        except SkinDeltaError as error:
            sentences.append(sentence_of(error))
    if len(files) > MOST_PHOTOS:
        sentences.append(
            f"These are {len(files)} photos, and this page scores {MOST_PHOTOS} at once: the first "
            f"{MOST_PHOTOS} are listed. skindelta batch scores any number."
        )
        files = files[:MOST_PHOTOS]
    names = _unique([name for name, _, _ in files])
    named = read_names(name for name, _, _ in files)
    photos = tuple(
        _found(unique, path, is_upload, named[name])
        for unique, (name, path, is_upload) in zip(names, files, strict=True)
    )
    if not photos:
        sentences.append("There is no photo among the files: add photos, or a zip of photos.")
    # Those without a date first: they are to be corrected, and a long table hides its end.
    ordered = sorted(photos, key=lambda one: (bool(one.when), one.subject, one.when, one.name))
    return Understood(tuple(ordered), tuple(sentences))


def discard(photos: Iterable[Found]) -> None:
    """Delete what was unpacked for an earlier look; uploads are not ours to delete."""
    for folder in {Path(one.path).parent for one in photos if not one.is_upload}:
        shutil.rmtree(folder, ignore_errors=True)


def table_of(photos: Iterable[Found]) -> list[list[Any]]:
    """Return what was understood as rows under `HEADS`, to be corrected."""
    return [[True, one.subject, _shown(one.when), one.name, one.origin] for one in photos]


def as_typed(photos: Iterable[Found], table: Iterable[Sequence[Any]]) -> tuple[Found, ...]:
    """Return the photos that are ticked, as the table has them now.

    Parameters
    ----------
    photos : iterable of Found
    table : iterable of sequence
        Rows under `HEADS`, in any order, half corrected perhaps.

    Returns
    -------
    tuple of Found
        In the order of the table; a date that cannot be read is no date.
    """
    known = {one.name: one for one in photos}
    typed = []
    for row in table:
        use, subject, when, name = (_cell(row, place) for place in range(4))
        found = known.pop(name, None)
        if found is not None and _is_ticked(use):
            typed.append(found._replace(subject=subject, when=_when_of(found, when)))
    return tuple(typed)


def corrected(
    visit: Visit, photos: Sequence[Found], table: Iterable[Sequence[Any]]
) -> tuple[list[Entry], list[str]]:
    """Read the corrected table.

    Parameters
    ----------
    visit : Visit
    photos : sequence of Found
    table : iterable of sequence
        Rows under `HEADS`, in any order.

    Returns
    -------
    entries : list of Entry
        What is to be scored.
    sentences : list of str
        What is wrong, by row; nothing is to be scored then.
    """
    known = {one.name: one for one in photos}
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, row in enumerate(table, start=1):
        use, subject, when, name = (_cell(row, place) for place in range(4))
        found = known.pop(name, None)
        if found is None:
            wrong.append(f"Row {number}: there is no photo {name!r}; add the photos again.")
        elif _is_ticked(use):
            try:
                entries.append(_entry(visit, found, subject, when))
            except SkinDeltaError as error:
                wrong.append(f"Row {number} ({name}): {error}.")
    if not entries and not wrong:
        wrong.append("No photo is ticked: tick those that are to be scored.")
    entries.sort(key=lambda one: one.subject)
    return entries, wrong


def scored(
    entries: Sequence[Entry], options: Options, stop: Callable[[], bool] = lambda: False
) -> Iterator[State]:
    """Score photos, and tell after each how far it is.

    Parameters
    ----------
    entries : sequence of Entry
    options : Options
    stop : callable
        Asked before each photo.

    Yields
    ------
    State
        The same rows that ``skindelta batch`` writes.
    """
    rows: list[Row] = []
    notes: list[str] = []
    done: set[tuple[str, str]] = set()
    failures = 0
    yield State(rows, 0, len(entries), 0, notes, False)
    for row in score_photos(entries, options, notes.append, stop):
        rows.append(row)
        failures += failed(row)
        before = len(done)
        done |= {(row["subject"], row[which]) for which in ("before", "after") if row[which]}
        if len(done) > before:
            yield State(rows, len(done), len(entries), failures, notes, False)
    yield State(rows, len(done), len(entries), failures, notes, True)


def _files_of(
    visit: Visit, path: Path, limits: ZipLimits, sentences: list[str]
) -> list[tuple[str, Path, bool]]:
    """Return the photos of one upload: itself, or those of a zip."""
    if path.suffix.lower() == ".zip":
        folder = visit.place("photos").path
        folder.mkdir()
        room = max(free_bytes(folder) - SPARE_BYTES, 0)
        try:
            unpacked = unpack(path, folder, replace(limits, bytes=min(limits.bytes, room)))
        except SkinDeltaError as error:  # begins with the name of the file
            shutil.rmtree(folder, ignore_errors=True)
            sentences.append(ended(str(error)))
            return []
        left_out = [f"{kind} ({count})" for kind, count in unpacked.skipped.items()]
        if left_out:
            sentences.append(f"Left out of {path.name}: {', '.join(left_out)}.")
        if not unpacked.photos:
            sentences.append(f"There is no photo in {path.name}.")
        return [(name, where, False) for name, where in unpacked.photos]
    if not has_photo_name(path.name):
        sentences.append(f"{path.name} was left out: it is neither a photo nor a zip of photos.")
        return []
    return [(path.name, path, True)]


def _unique(names: Sequence[str]) -> list[str]:
    """Return names, those that are there again with a number."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return unique


def _found(name: str, path: Path, is_upload: bool, named: Named) -> Found:
    """Date one photo as ``skindelta batch`` does: its name, then its camera."""
    subject = named.subject or ONE_PERSON
    told: date | datetime | None = named.when
    origin, trouble = BY_NAME, ""
    if named.trouble:
        origin, trouble = MISSING, f"{name} {NO_SUCH_DATE}"
    elif told is None:
        try:
            told = read_taken_at(path)
            origin = BY_CAMERA
        except SkinDeltaError as error:
            trouble = str(error).replace(str(path), name)
        if told is None and not trouble:
            told, origin = named.maybe, BY_NAME
        if told is None:
            origin, trouble = MISSING, trouble or f"{name} {UNDATED}"
    return Found(name, str(path), is_upload, subject, iso_time(told) or "", origin, trouble)


def _about(photos: Sequence[Found]) -> Iterator[str]:
    """Say what should be looked at before scoring."""
    per_subject = Counter(one.subject for one in photos)
    nobody = [one.name for one in photos if not one.subject]
    if nobody:
        yield f"Nobody is named for {_listed(nobody)}: type the person into the table."
    single = [subject for subject, count in per_subject.items() if subject and count == 1]
    if single:
        yield (
            f"Only one photo of {_listed(single)}: nothing to compare it with. Correct the person "
            "if it belongs to another."
        )
    undated = [one.name for one in photos if not one.when]
    if undated:
        yield f"No date is known of {_listed(undated)}: type it into the table, as 2026-03-01."
    alone = [one for one in photos if one.subject == ONE_PERSON]
    if alone:
        yield (
            f"The names of {len(alone)} of {len(photos)} photos do not say whose they are: they "
            f"are listed as one person, {ONE_PERSON!r}. Correct that if they are several."
        )
    moments = Counter((one.subject, one.when) for one in photos if one.when)
    for (subject, when), count in moments.items():
        if count > 1:
            yield (
                f"{count} photos of {subject} have the same time, {_shown(when)}: they are taken "
                "in the order of their names, and the first of them is the earlier one."
            )


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _cell(row: Sequence[Any], place: int) -> str:
    """Return the text of a cell, whatever the browser made of it."""
    value = row[place] if place < len(row) else None
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value).strip()


def _is_ticked(use: str) -> bool:
    return use.lower() in ("true", "1", "yes")


def _when_of(found: Found, text: str) -> str:
    """Return a typed date as ISO 8601; nothing where there is none that can be read."""
    if text == _shown(found.when):
        return found.when
    try:
        return iso_time(_read_time(text)) or ""
    except SkinDeltaError:
        return ""


def _entry(visit: Visit, found: Found, subject: str, when: str) -> Entry:
    if not subject:
        raise SkinDeltaError("say whose photo it is, or take the tick away")
    path = visit.own(found.path) if found.is_upload else Path(found.path)
    if when == _shown(found.when):
        when = found.when
    told = _read_time(when) if when else None
    trouble = "" if told is not None else found.trouble or f"{found.name} {UNDATED}"
    return Entry(subject, path, told, found.name, trouble)


def _read_time(text: str) -> date | datetime:
    """Read a day, or a time (UTC where no offset is said)."""
    try:
        if len(text) <= len("2026-03-01"):
            return date.fromisoformat(text)
        told = datetime.fromisoformat(text)
    except ValueError:
        raise SkinDeltaError(
            f"{text!r} is no date; write 2026-03-01, or 2026-03-01 09:30"
        ) from None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


def _shown(when: str) -> str:
    """Return a time as it stands in the table."""
    day, _, clock = when.removesuffix("Z").partition("T")
    return f"{day} {clock[:5]}" if clock else day
