"""A folder of subjects: every photo against the first of its subject, one row per score.

The folder holds one folder per subject, and each of those the photos, named by their day:
``anna/2026-01-05.jpg``. A time may follow (``2026-01-05T0930``), and anything after it. Where the
name has no date, the camera's clock counts; a photo without either cannot be put in order and
becomes a failed row.

The earliest photo is the baseline of its subject; of several at one time, the first by name, in
which 2 comes before 10. If it cannot be read, every other photo of the subject becomes a failed
row that says so; if it is not usable, no other photo is measurable. Taking the next photo for the
baseline would change what all numbers mean without a word. Whoever wants that moves the first away.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from .contract import ROW_FIELDS, comparison_rows, iso_time
from .errors import PhotoError, SkinDeltaError
from .outputs import replacing, spreadsheet_cell
from .photo import read_photo
from .photo_folder import find_photos, taken_when
from .pipeline import Options, compare, with_model
from .types import Photo, PhotoSummary

__all__ = [
    "Entry",
    "Row",
    "check_output",
    "failed",
    "score_folder",
    "score_photos",
    "write_scores",
]

Row = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Entry:
    """A photo file, whose it is, and its place in time.

    Attributes
    ----------
    subject : str
    path : Path
    when : date, datetime or None
        A day where the hour is not known; None is a photo that cannot be put in order.
    name : str
        What rows and sentences call the photo; its path where not given.
    trouble : str
        The sentence why it cannot be scored.
    """

    subject: str
    path: Path
    when: date | datetime | None
    name: str = ""
    trouble: str = ""

    @property
    def called(self) -> str:
        """What the photo is called."""
        return self.name or str(self.path)

    @property
    def order(self) -> tuple[datetime, list[str | int], Path]:
        """Sorting key: the time, a day as its first moment; then the name, numbers as numbers.

        The suffix is no part of the name, or a second photo of a day, ``2026-01-05 (2).jpg``, would
        come before the first.
        """
        when = self.when or date.min
        if not isinstance(when, datetime):
            when = datetime(when.year, when.month, when.day, tzinfo=UTC)
        called = Path(self.called)
        parts = re.split(r"(\d+)", called.stem)  # every second part is a number
        return when, [int(part) if part.isdecimal() else part for part in parts], called

    def told(self, text: str) -> str:
        """Call the photo by its name in a sentence that calls it by its path."""
        return text.replace(str(self.path), self.called)


def _silent(_: str) -> None:
    """Tell nobody."""


def _never() -> bool:
    """Go on."""
    return False


def score_folder(
    folder: str | Path,
    options: Options = Options(),  # noqa: B008
    tell: Tell = _silent,
) -> Iterator[Row]:
    """Score every photo of every subject against the subject's first.

    Parameters
    ----------
    folder : str or Path
        ``SUBJECT/DATE.jpg``, see the module.
    options : Options
    tell : callable
        Gets a sentence about each subject whose baseline is not usable.

    Yields
    ------
    dict
        The fields of ``skindelta.contract.ROW_FIELDS``; a failed photo is one row whose ``error``
        says why. Subjects by name, photos by time.

    Raises
    ------
    SkinDeltaError
        The folder is missing or holds no photo.
    ModelError
        The network that was chosen is missing or cannot be used.
    """
    folder = Path(folder)
    subjects, strays = find_photos(folder)
    if not subjects and not strays:
        raise SkinDeltaError(
            f"{folder} holds no photos of subjects; put them into {folder / 'SUBJECT' / 'DATE.jpg'}"
        )
    return score_photos(_entries(folder, subjects, strays), options, tell)


def score_photos(
    entries: Iterable[Entry],
    options: Options = Options(),  # noqa: B008
    tell: Tell = _silent,
    stop: Callable[[], bool] = _never,
) -> Iterator[Row]:
    """Score photos of several subjects, each against its subject's first.

    Parameters
    ----------
    entries : iterable of Entry
        In any order.
    options : Options
        The model in use is looked up once: all photos are read by one.
    tell : callable
        Gets a sentence about each subject whose baseline is not usable.
    stop : callable
        Asked before each photo; True ends with whole photos.

    Yields
    ------
    dict
        As `score_folder`. Subjects in the order of their first entry, photos by time. No photo is
        read before its rows are asked for.

    Raises
    ------
    ModelError
        The network that was chosen is missing or cannot be used.
    """
    options = with_model(options)
    subjects: dict[str, list[Entry]] = {}
    for entry in entries:
        subjects.setdefault(entry.subject, []).append(entry)
    for photos in subjects.values():
        dated = []
        for photo in photos:
            if photo.when is None or photo.trouble:
                error = photo.trouble or f"{photo.called} has no date; say when it was taken"
                yield _row(photo.subject, None, photo, error=error)
            else:
                dated.append(photo)
        if dated and not stop():
            in_order = sorted(dated, key=lambda photo: photo.order)
            yield from _score_subject(in_order, options, tell, stop)


def check_output(path: str | Path, overwrite: bool = False) -> None:
    """Make sure that a table can go there; raises SkinDeltaError that says why not."""
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise SkinDeltaError(f"{path} is neither .csv nor .jsonl; choose one of these endings")
    if path.is_dir():
        raise SkinDeltaError(f"{path} is a folder; name a file in it")
    if path.exists() and not overwrite:
        raise SkinDeltaError(f"{path} exists; choose another name, or use --overwrite")
    if not path.parent.is_dir():
        raise SkinDeltaError(f"{path} cannot be written, as {path.parent} is no folder; make it")


def write_scores(rows: Iterable[Row], path: str | Path, overwrite: bool = False) -> None:
    """Write rows as CSV, or as one JSON object a line where the name ends in ``.jsonl``.

    Names that a spreadsheet would run as formulas begin with a quote in the CSV.

    The file appears when all rows are written, under a temporary name until then.

    Raises
    ------
    SkinDeltaError
        The file exists and `overwrite` is False, cannot be written, or its ending is unknown.
    """
    path = Path(path)
    check_output(path, overwrite)
    with replacing(path, overwrite=overwrite) as file:
        if path.suffix.lower() == ".csv":
            table = csv.DictWriter(file, ROW_FIELDS, lineterminator="\n")
            table.writeheader()
            table.writerows({k: spreadsheet_cell(v) for k, v in row.items()} for row in rows)
        else:
            file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def failed(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of a photo that could not be read or scored."""
    return bool(row["error"])


def _entries(
    folder: Path, subjects: Mapping[str, list[Path]], strays: list[Path]
) -> Iterator[Entry]:
    """Date the photos of a folder."""
    for path in strays:
        where = f"move it to {folder / 'SUBJECT' / path.name}"
        yield Entry("", path, None, trouble=f"{path} belongs to no subject; {where}")
    for subject, paths in subjects.items():
        for path in paths:
            try:
                yield Entry(subject, path, taken_when(path))
            except PhotoError as error:
                yield Entry(subject, path, None, trouble=str(error))


def _score_subject(
    photos: list[Entry], options: Options, tell: Tell, stop: Callable[[], bool]
) -> Iterator[Row]:
    """Rows of one subject, photos by time; its baseline is decoded once."""
    first, *later = photos
    subject = first.subject
    try:
        baseline = replace(read_photo(first.path), source=first.called)
    except PhotoError as error:
        sentence = first.told(str(error))
        yield _row(subject, after=first, error=sentence)
        why = f"as the first photo cannot be read ({sentence})"
        advice = "mend that one, or move it away to start with the next"
        for photo in later:
            error_of_photo = f"{photo.called} cannot be compared, {why}; {advice}"
            yield _row(subject, first, photo, error=error_of_photo)
        return
    if not later:
        yield _row(subject, first, first, reason="the only photo so far: nothing to compare")
    usable = True
    for photo in later:
        if stop():
            return
        found = _compared(subject, baseline, photo, options)
        if isinstance(found, str):
            yield _row(subject, first, photo, error=found)
            continue
        before, rows = found
        if usable and not before.quality.usable:
            tell(_unusable(subject, before))
            usable = False
        about = {"before_taken_at": iso_time(first.when), "after_taken_at": iso_time(photo.when)}
        yield from (row | about | {"after": photo.called} for row in rows)


def _compared(
    subject: str, baseline: Photo, photo: Entry, options: Options
) -> tuple[PhotoSummary, list[Row]] | str:
    """Return baseline and rows of one photo, or a sentence: no other photo pays for its trouble."""
    try:
        comparison = compare(baseline, photo.path, options)
        return comparison.before, comparison_rows(comparison, subject)
    except SkinDeltaError as error:
        return photo.told(str(error))
    except Exception as error:  # a mistake of ours must not cost the other photos of a long run
        fault = f"{photo.called} met a fault of skindelta ({type(error).__name__}: {error})"
        return f"{fault}; please report it with this sentence"


def _unusable(subject: str, first: PhotoSummary) -> str:
    """Say why nothing of a subject can be measured."""
    return (
        f"{first.path}, the first photo of {subject}, is not usable "
        f"({first.quality.reasons[0].message}), so no other is measurable; move it away to start "
        "with the next"
    )


def _row(
    subject: str, before: Entry | None = None, after: Entry | None = None, **fields: str
) -> Row:
    """Row without a score."""
    row: Row = dict.fromkeys(ROW_FIELDS) | {"subject": subject} | fields
    for name, photo in (("before", before), ("after", after)):
        if photo is not None:
            row |= {name: photo.called, f"{name}_taken_at": iso_time(photo.when)}
    return row
