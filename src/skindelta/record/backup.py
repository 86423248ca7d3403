"""Back up a record into one file, and restore it from there, whole or not at all."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.orm import Session as Rows

from ..errors import RecordError
from ..outputs import replacing
from .backup_format import KINDS, BackupWriter, Manifest
from .kept import Kept
from .keys import read_key_file
from .migrating import newest
from .rows import file_names, note
from .tables import Base, PhotoRow, SessionRow, SubjectRow

__all__ = ["BackupSummary", "back_up", "summary"]

_ROWS_AT_ONCE = 100  # comparisons are the largest: 0.1 MB each


@dataclass(frozen=True)
class BackupSummary:
    """What a backup holds.

    Attributes
    ----------
    people, sessions, photos : int
        How many there are.
    """

    people: int
    sessions: int
    photos: int


def back_up(kept: Kept, path: Path, overwrite: bool = False) -> BackupSummary:
    """Write everything of a record into one file, while nobody else writes.

    Encrypted photos stay encrypted, the rest is plain: keep the file where the record could be.
    What is erased later stays in it.

    Parameters
    ----------
    kept : Record
    path : Path
        Outside of the folder of the record, best on another disk.
    overwrite : bool
        False: an existing file is refused.

    Returns
    -------
    BackupSummary

    Raises
    ------
    RecordError
        A photo is missing or damaged (encrypted ones are looked into only with the key), or the
        path lies in the record.
    SkinDeltaError
        The file exists, or cannot be written.
    """
    if path.resolve().is_relative_to(kept.folder.resolve()):
        raise RecordError(f"{path} lies in the record itself: choose a place outside of it")
    with kept._database.writing() as rows:
        note(rows, None, "back up", "")
        rows.flush()
        found = summary(rows)
        with replacing(path, overwrite, binary=True, private=True) as file:
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            with BackupWriter(file, Manifest(newest(), version("skindelta"), made_at)) as writer:
                _write(kept, rows, writer)
            file.flush()
            os.fsync(file.fileno())
    return found


def summary(rows: Rows) -> BackupSummary:
    """Count what a record holds."""
    tables = (SubjectRow, SessionRow, PhotoRow)
    counts = (rows.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    return BackupSummary(*counts)


def _write(kept: Kept, rows: Rows, writer: BackupWriter) -> None:
    """Write rows, key and files, a photo at a time."""
    for table in Base.metadata.sorted_tables:
        writer.add_rows(table.name, _columns(table), _read(rows.connection(), table))
    wrapped = read_key_file(kept.folder)
    if wrapped is not None:
        writer.add_key(wrapped)
    for name in sorted(file_names(rows)):
        writer.add_photo(name, kept._files.get_raw(name))


def _columns(table: Table) -> dict[str, str]:
    kinds = {kind.type: name for name, kind in KINDS.items()}
    kinds[dict] = "json"  # what JSON is called differs between versions of SQLAlchemy
    return {column.name: kinds[column.type.python_type] for column in table.columns}


def _read(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Return the rows of a table, some at a time."""
    wanted = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS_AT_ONCE)
    for row in connection.execute(wanted).mappings():
        yield dict(row)
