"""A folder of subjects: every photo against the first of its subject, one row per score.

The folder holds one folder per subject, and each of those the photos, named by their day:
``anna/2026-01-05.jpg``. A time may follow (``2026-01-05T0930``), and anything after it. Where the
name has no date, the camera's clock counts; a photo without either cannot be put in order and
becomes a failed row.

The earliest photo is the baseline of its subject. If it cannot be read, every other photo of the
subject becomes a failed row that says so: taking the next photo for the baseline would change what
all numbers mean without a word. Whoever wants that moves the broken file away.
"""

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from .contract import ROW_FIELDS, comparison_rows, iso_time
from .errors import PhotoError, SkinDeltaError
from .formats import PHOTO_SUFFIXES
from .outputs import replacing
from .photo import read_photo, read_taken_at
from .pipeline import Options, compare
from .types import Photo

__all__ = ["Row", "failed", "score_folder", "write_scores"]

Row = dict[str, Any]

# Pictures that cannot be read still get their row; notes, movies and lists beside photos do not.
_SUFFIXES = PHOTO_SUFFIXES | {".gif", ".bmp", ".jp2", ".jxl", ".psd"}
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T_ ](?P<h>\d{2})[-:.]?(?P<m>\d{2})(?:[-:.]?(?P<s>\d{2}))?)?"
)


@dataclass(frozen=True)
class _Dated:
    """A photo file and its place in time; `when` is a day where the hour is not known."""

    path: Path
    when: date | datetime

    @property
    def order(self) -> tuple[datetime, str]:
        """Sorting key; a day counts as its first moment."""
        when = self.when
        if not isinstance(when, datetime):
            when = datetime(when.year, when.month, when.day, tzinfo=UTC)
        return when, self.path.name


def score_folder(folder: str | Path, options: Options = Options()) -> Iterator[Row]:  # noqa: B008
    """Score every photo of every subject against the subject's first.

    Parameters
    ----------
    folder : str or Path
        ``SUBJECT/DATE.jpg``, see the module.
    options : Options

    Yields
    ------
    dict
        The fields of ``skindelta.contract.ROW_FIELDS``; a failed photo is one row whose ``error``
        says why. Subjects by name, photos by time.

    Raises
    ------
    SkinDeltaError
        The folder is missing or holds no photo.
    """
    folder = Path(folder)
    subjects, strays = _find(folder)
    if not subjects and not strays:
        raise SkinDeltaError(
            f"{folder} holds no photos of subjects; put them into {folder / 'SUBJECT' / 'DATE.jpg'}"
        )
    return _score_all(folder, subjects, strays, options)


def write_scores(rows: Iterable[Row], path: str | Path, overwrite: bool = False) -> None:
    """Write rows as CSV, or as one JSON object a line where the name ends in ``.jsonl``.

    The file appears when all rows are written, under a temporary name until then.

    Raises
    ------
    SkinDeltaError
        The file exists and `overwrite` is False, cannot be written, or its ending is unknown.
    """
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise SkinDeltaError(f"{path} is neither .csv nor .jsonl; choose one of these endings")
    with replacing(path, overwrite=overwrite) as file:
        if path.suffix.lower() == ".csv":
            table = csv.DictWriter(file, ROW_FIELDS, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        else:
            file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def failed(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of a photo that could not be read or scored."""
    return bool(row["error"])


def _find(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Photos of each subject, and photos that lie beside the subjects' folders."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SkinDeltaError(
            f"{folder} cannot be listed ({error.strerror}); name a folder of subjects"
        ) from None
    subjects: dict[str, list[Path]] = {}
    for entry in entries:
        # A link to the folder itself or above it would make every subject a subject of itself.
        if entry.is_dir() and not folder.resolve().is_relative_to(entry.resolve()):
            photos = [] if entry.name.startswith(".") else _photos(entry)
            if photos:
                subjects[entry.name] = photos
    return subjects, [entry for entry in entries if _is_photo(entry)]


def _photos(subject: Path) -> list[Path]:
    """Photos of one subject, in folders of folders too; linked folders are not entered."""
    found = []
    for root, folders, files in os.walk(subject):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [path for name in files if _is_photo(path := Path(root, name))]
    return sorted(found)


def _is_photo(path: Path) -> bool:
    is_named_so = path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    return is_named_so and not path.is_dir()


def _score_all(
    folder: Path, subjects: Mapping[str, list[Path]], strays: list[Path], options: Options
) -> Iterator[Row]:
    for path in strays:
        where = f"move it to {folder / 'SUBJECT' / path.name}"
        yield _row("", after=path, error=f"{path} belongs to no subject; {where}")
    for subject, paths in subjects.items():
        yield from _score_subject(subject, paths, options)


def _score_subject(subject: str, paths: list[Path], options: Options) -> Iterator[Row]:
    """Rows of one subject; its baseline is decoded once."""
    dated = []
    for path in paths:
        try:
            dated.append(_Dated(path, _when(path)))
        except PhotoError as error:
            yield _row(subject, after=path, error=str(error))
    if not dated:
        return
    first, *later = sorted(dated, key=lambda photo: photo.order)
    try:
        baseline = read_photo(first.path)
    except PhotoError as error:
        yield _row(subject, after=first, error=str(error))
        why = f"the first photo cannot be read ({error}), or move it away to start with the next"
        for photo in later:
            yield _row(subject, first, photo, error=why)
        return
    if not later:
        yield _row(subject, first, first, reason="the only photo so far: nothing to compare")
    for photo in later:
        yield from _score_photo(subject, baseline, first, photo, options)


def _score_photo(
    subject: str, baseline: Photo, first: _Dated, photo: _Dated, options: Options
) -> Iterator[Row]:
    """Rows of one photo; whatever goes wrong with it is its own row and nobody else's."""
    times = {"before_taken_at": iso_time(first.when), "after_taken_at": iso_time(photo.when)}
    try:
        rows = comparison_rows(compare(baseline, photo.path, options), subject)
    except SkinDeltaError as error:
        yield _row(subject, first, photo, error=str(error))
    except Exception as error:  # a mistake of ours must not cost the other photos of a long run
        fault = f"{photo.path} met a fault of skindelta ({type(error).__name__}: {error})"
        yield _row(subject, first, photo, error=f"{fault}; please report it with this sentence")
    else:
        yield from (row | times for row in rows)


def _row(
    subject: str,
    before: _Dated | None = None,
    after: _Dated | Path | None = None,
    **fields: str,
) -> Row:
    """Row without a score."""
    row: Row = dict.fromkeys(ROW_FIELDS) | {"subject": subject} | fields
    for name, photo in (("before", before), ("after", after)):
        if isinstance(photo, _Dated):
            row |= {name: str(photo.path), f"{name}_taken_at": iso_time(photo.when)}
        elif photo is not None:
            row[name] = str(photo)
    return row


def _when(path: Path) -> date | datetime:
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
    taken_at = read_taken_at(path)
    if taken_at is None:
        raise PhotoError(f"{path} has no date, neither in its name nor inside; name it YYYY-MM-DD")
    return taken_at
