"""Restore a record from a backup, into a folder and a database that hold nobody."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    Uuid,
    column,
    func,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy import types as sql
from sqlalchemy.orm import Session as Rows

from ..errors import RecordError
from .backup import BackupSummary, summary
from .backup_reader import BackupReader, opened_backup
from .database import changing_tables, sqlite_url
from .files import FileStore
from .kept import DATABASE, PHOTOS
from .keys import KEY_FILE, read_key_file, write_key_file
from .migrating import VERSIONS, newest, upgrade
from .rows import file_names, note
from .tables import AuditRow, UtcDateTime

__all__ = ["restore_backup"]

_ROWS_AT_ONCE = 100
_TYPES: dict[str, Any] = {
    "uuid": Uuid(),
    "time": UtcDateTime(),
    "bool": sql.Boolean(),
    "int": sql.Integer(),
    "number": sql.Double(),
    "text": sql.Text(),
    "json": sql.JSON(none_as_null=True),
}


def restore_backup(path: Path, folder: Path, url: str | None = None) -> BackupSummary:
    """Make a record from a backup: all of it, or nothing.

    A backup of an older version is brought to this one. Encrypted photos stay encrypted: open the
    record with the passphrase that it had when it was backed up.

    Parameters
    ----------
    path : Path
        From :meth:`skindelta.record.Record.back_up`.
    folder : Path
        Missing, or of a record that holds nobody.
    url : str, optional
        Of a PostgreSQL database that is empty or holds nobody; SQLite in the folder where not
        given.

    Returns
    -------
    BackupSummary

    Raises
    ------
    RecordError
        The backup is not whole or of a newer version, the folder or database holds somebody, the
        disk is full. Everything is then as it was.
    """
    with opened_backup(path) as backup, _unmade_if_it_fails(folder):
        _make_room(folder, backup.size)
        _refuse_occupied(folder, backup, url)
        with changing_tables(url or sqlite_url(folder / DATABASE)) as connection:
            audit = _emptied(connection)
            _add_rows(connection, backup)
            with Rows(bind=connection) as rows:
                rows.add_all(AuditRow(**told) for told in audit)
                note(rows, None, "restore", f"backup of {backup.manifest.made_at}"[:200])
                rows.flush()
                _add_files(folder, backup, file_names(rows))
                return summary(rows)


def _refuse_occupied(folder: Path, backup: BackupReader, url: str | None) -> None:
    """Raise RecordError where a folder belongs to another database, or to another key.

    What a restore left that was killed is no hindrance: it is in the backup.
    """
    present = read_key_file(folder)
    if present is not None and present != backup.key():
        raise RecordError(f"{folder} has a {KEY_FILE} of its own: name another folder")
    if url is not None and (folder / DATABASE).exists():
        raise RecordError(f"{folder} has a {DATABASE} of its own: name another folder")
    if FileStore(folder / PHOTOS).names() - set(backup.manifest.photos()):
        raise RecordError(f"{folder} holds other photos: name another folder")


def _make_room(folder: Path, size: int) -> None:
    """Make the folder; raises RecordError where its disk has no room for the backup."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise RecordError(f"{folder} cannot be made: {error.strerror}") from error
    if size > free:
        raise RecordError(
            f"the backup needs {size / 1e6:,.0f} MB, the disk of {folder} has {free / 1e6:,.0f}: "
            "make room, or name another folder"
        )


def _emptied(connection: Connection) -> list[dict[str, Any]]:
    """Take away the tables of a record that holds nobody; return what its audit log said."""
    present = MetaData()
    present.reflect(connection)
    said: list[dict[str, Any]] = []
    if "subject" in present.tables:
        if connection.scalar(select(func.count()).select_from(table("subject"))):
            raise RecordError(
                "the record that was named holds people already: name another folder, or an empty "
                "database; nothing was restored"
            )
        audit = table("audit", column("at", UtcDateTime()), column("action"), column("about"))
        wanted = select(audit).order_by(column("id"))
        said = [dict(row) for row in connection.execute(wanted).mappings()]
    present.drop_all(connection)
    return said


def _add_rows(connection: Connection, backup: BackupReader) -> None:
    """Make the tables as they were when the backup was made, fill them, bring them to this day."""
    upgrade(connection, backup.manifest.revision)
    _refuse_other_tables(connection, backup)
    for name, told in backup.manifest.tables.items():
        into = table(name, *(column(c, _TYPES[kind]) for c, kind in told.columns.items()))
        rows = backup.rows(name)
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            connection.execute(insert(into), some)
        _count_on(connection, name)
    upgrade(connection, newest())


def _refuse_other_tables(connection: Connection, backup: BackupReader) -> None:
    """Raise ValueError where the tables of the backup are not those of its revision."""
    look = inspect(connection)
    present = {
        name: {one["name"] for one in look.get_columns(name)}
        for name in look.get_table_names()
        if name != VERSIONS
    }
    if present != {name: set(told.columns) for name, told in backup.manifest.tables.items()}:
        raise ValueError(f"its tables are not those of revision {backup.manifest.revision}")


def _count_on(connection: Connection, name: str) -> None:
    """Let numbers that PostgreSQL gives to new rows begin behind those that were restored."""
    if connection.dialect.name != "postgresql":
        return
    for told in inspect(connection).get_columns(name):
        if told.get("autoincrement"):
            last: Any = func.max(column(told["name"]))
            most = connection.scalar(select(last).select_from(table(name))) or 0
            sequence = func.pg_get_serial_sequence(name, told["name"])
            connection.execute(select(func.setval(sequence, most + 1, False)))


def _add_files(folder: Path, backup: BackupReader, named: set[str]) -> None:
    """Write the files and the key, before the rows are saved."""
    names = backup.manifest.photos()
    if missing := named - set(names):
        raise ValueError(f"photo {min(missing)} is missing")
    files = FileStore(folder / PHOTOS)
    for name in names:
        files.put_raw(name, backup.photo(name))
    wrapped = backup.key()
    if wrapped is not None:
        write_key_file(folder, wrapped)


@contextmanager
def _unmade_if_it_fails(folder: Path) -> Iterator[None]:
    """Remove what was made in a folder, and the folder itself if it is new, after a failure."""
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    database = "record.db*" if not (folder / DATABASE).exists() else ""
    before = _parts(folder, database)
    try:
        yield
    except BaseException:
        for path in sorted(_parts(folder, database) - before, reverse=True):
            _remove(path)
        for path in made:
            _remove(path)
        raise


def _parts(folder: Path, database: str) -> set[Path]:
    """Return what of a record is in a folder; of a database only where a pattern is given."""
    patterns = [f"{KEY_FILE}*", PHOTOS, f"{PHOTOS}/*", f"{PHOTOS}/*/*", *filter(None, [database])]
    return {path for pattern in patterns for path in folder.glob(pattern)}


def _remove(path: Path) -> None:
    with suppress(OSError):  # not empty: somebody else has put something there
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
