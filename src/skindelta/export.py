"""What leaves the record: one person as a zip, photos of a session, tables, reports.

Photos that leave carry no place, no owner and no serial number (:mod:`skindelta.copies`); the
originals stay as they are.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from .contract import iso_time
from .copies import clean_copy
from .errors import RecordError, SkinDeltaError
from .history import (
    Timeline,
    person_to_dict,
    symptom_to_dict,
    timeline,
    timeline_rows,
    treatment_to_dict,
)
from .outputs import make_folder, replacing, spreadsheet_cell
from .photo import read_photo_bytes
from .pipeline import Options
from .record import Record, Session
from .report import timeline_report_html, timeline_report_pdf, write_timeline_report
from .types import Photo

__all__ = ["Exported", "export_person", "export_photos", "write_person_report", "write_table"]

Row = Mapping[str, Any]
ABOUT = """What skindelta keeps of {person}.

person.json    everything: sessions, treatments, symptoms, each comparison as it was measured, and
               what was changed when
photos/        copies of the photos, named by time (UTC), site and shot, without the place they were
               taken at; the pixels are those of the originals, whose sha256 stands in person.json
scores.csv     a row per session, attribute and region, against the baseline
sessions.csv, treatments.csv, symptoms.csv
report-*       a page for the browser and one to print, for each body site

skindelta is not a medical device. If your skin worries you, contact your clinician.
"""


class Exported(NamedTuple):
    """How much was written, and a sentence about each photo that could not be."""

    sessions: int
    photos: int
    missing: tuple[str, ...] = ()


def export_person(
    record: Record,
    pseudonym: str,
    path: str | Path,
    overwrite: bool = False,
    options: Options = Options(),  # noqa: B008
) -> Exported:
    """Write all that is kept of one person to a zip, whole or not at all.

    Parameters
    ----------
    record : Record
    pseudonym : str
    path : str or Path
        Ends in ``.zip``.
    overwrite : bool
        False: an existing file is refused.
    options : Options
        Its model says whose results the tables and reports show; ``person.json`` has all.

    Returns
    -------
    Exported

    Raises
    ------
    RecordError
        There is nobody of that pseudonym, or photos cannot be opened.
    SkinDeltaError
        The file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".zip":
        raise SkinDeltaError(f"{path} does not end in .zip; name the file so")
    if record.is_locked:
        raise RecordError("the photos of this record are encrypted: give its passphrase")
    told = person_to_dict(record, pseudonym)
    sessions = record.sessions(pseudonym)
    missing: list[str] = []
    lines = [timeline(record, pseudonym, one.name, options) for one in record.sites(pseudonym)]
    with (
        replacing(path, overwrite, binary=True, private=True) as file,
        ZipFile(file, "w", ZIP_DEFLATED) as out,
    ):
        out.writestr("README.txt", ABOUT.format(person=pseudonym))
        out.writestr("person.json", json.dumps(told, indent=1, allow_nan=False))
        for name, rows in _tables(record, pseudonym, lines).items():
            out.writestr(name, _csv(rows))
        for session in sessions:
            for name, data in _copies(record, session, missing.append):
                out.writestr(f"photos/{name}", data, ZIP_STORED)
        for number, one in enumerate(lines, start=1):
            if one.sessions:
                pictures = first_and_latest(record, one)
                name = f"report-{number}-{_plain(one.site.name)}"
                out.writestr(f"{name}.html", timeline_report_html(one, *pictures))
                out.writestr(f"{name}.pdf", timeline_report_pdf(one, *pictures))
        if missing:
            out.writestr("missing.txt", "\n".join(missing) + "\n")
    photos = sum(len(one.photos) for one in sessions) - len(missing)
    return Exported(len(sessions), photos, tuple(missing))


def export_photos(
    record: Record, session: Session, folder: Path, overwrite: bool = False
) -> Iterator[Path]:
    """Write copies of the photos of a session to a folder, and name each as it is written.

    Raises
    ------
    RecordError
        A photo cannot be opened.
    SkinDeltaError
        A file exists and `overwrite` is False, or it cannot be written.
    """
    if record.is_locked:
        raise RecordError("the photos of this record are encrypted: give its passphrase")
    make_folder(folder)
    for name, data in _copies(record, session, _raise):
        path = folder / name
        with replacing(path, overwrite, binary=True) as file:
            file.write(data)
        yield path


def write_table(path: Path, rows: Sequence[Row], overwrite: bool = False) -> None:
    """Write rows as CSV or JSON, as the ending says.

    Raises
    ------
    SkinDeltaError
        The ending is another one, the file exists, or it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json"):
        raise SkinDeltaError(f"{path} is neither .csv nor .json; choose one of these endings")
    text = _csv(rows) if suffix == ".csv" else json.dumps(list(rows), indent=1, allow_nan=False)
    with replacing(path, overwrite) as file:
        file.write(text)


def write_person_report(
    record: Record, line: Timeline, path: Path, paper: Literal["a4", "letter"] = "a4"
) -> None:
    """Write the report of a timeline with its first and its latest photo.

    Raises
    ------
    RecordError
        A photo cannot be opened.
    SkinDeltaError
        The file cannot be written.
    """
    write_timeline_report(line, *first_and_latest(record, line), path, paper)


def first_and_latest(record: Record, line: Timeline) -> tuple[Photo | None, Photo | None]:
    """Open the first shot of the baseline and of the latest session.

    None where there is none, or where it cannot be opened: the rest can still be read.
    """
    if line.baseline is None:
        return None, None
    first, latest = line.baseline, line.sessions[-1]
    shown = [_opened(record, first)]
    shown.append(_opened(record, latest) if latest.id != first.id else None)
    return shown[0], shown[1]


def _opened(record: Record, session: Session) -> Photo | None:
    photo = session.photos[0]
    try:
        return read_photo_bytes(record.photo(photo.sha256), photo.name)
    except SkinDeltaError:
        return None


def _copies(
    record: Record, session: Session, miss: Callable[[str], None]
) -> Iterator[tuple[str, bytes]]:
    """Copy the photos of a session; names hold the beginning of its id, as days may be alike."""
    stem = f"{session.taken_at:%Y-%m-%dT%H%M%S}_{_plain(session.site)}_{str(session.id)[:8]}"
    for number, photo in enumerate(session.photos, start=1):
        try:
            data, suffix = clean_copy(record.photo(photo.sha256), photo.name)
        except SkinDeltaError as error:
            miss(f"{stem}_{number}: {error}")
            continue
        yield f"{stem}_{number}{suffix}", data


def _raise(sentence: str) -> None:
    raise RecordError(sentence)


def _plain(name: str) -> str:
    """Return a name that every system takes for a file."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _tables(record: Record, pseudonym: str, lines: Sequence[Timeline]) -> dict[str, Sequence[Row]]:
    sessions = [
        {
            "id": str(one.id),
            "taken_at": iso_time(one.taken_at),
            "site": one.site,
            "photos": len(one.photos),
            "is_baseline": one.is_baseline,
            "note": one.note,
        }
        for one in record.sessions(pseudonym)
    ]
    return {
        "scores.csv": [row for line in lines for row in timeline_rows(line)],
        "sessions.csv": sessions,
        "treatments.csv": [treatment_to_dict(one) for one in record.treatments(pseudonym)],
        "symptoms.csv": [symptom_to_dict(one) for one in record.symptoms(pseudonym)],
    }


def _csv(rows: Sequence[Row]) -> str:
    """Return a table; a cell that a spreadsheet would run as a formula is text."""
    if not rows:
        return ""
    text = StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return spreadsheet_cell(value)
