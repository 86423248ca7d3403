"""What a record is made of: a folder, a database, files, a key.

Files are written before the rows that name them, inside the transaction of the one writer; rows go
before their files do. So after a crash there can be files without a row, never a row without its
file, and the next start sweeps them away.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from ..errors import RecordError
from .database import Database, open_database, sqlite_url
from .files import FileStore
from .keys import has_key, open_key
from .rows import file_names, is_unused, note, own_row, subject_row

__all__ = ["DATABASE", "PHOTOS", "Kept", "default_folder"]

DATABASE = "record.db"
PHOTOS = "photos"


def default_folder() -> Path:
    """Folder of the record that belongs to this user: where the system keeps data of programs."""
    from platformdirs import user_data_path

    return user_data_path("skindelta", appauthor=False) / "record"


class Kept:
    """An open record, without the entries: what all parts of :class:`Record` stand on."""

    def __init__(self, folder: Path, url: str | None = None, passphrase: str | None = None) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{folder} cannot be made: {error.strerror}") from error
        key = None
        if has_key(folder) and passphrase is not None:
            key = open_key(folder, passphrase)
        self._has_opened = key is not None
        self._files = FileStore(folder / PHOTOS, key)
        self._database: Database = open_database(url or sqlite_url(folder / DATABASE))
        try:
            self._sweep()
            self._lost_key = not has_key(folder) and self._files.has_sealed()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_locked(self) -> bool:
        """Whether photos are encrypted and the passphrase was not given."""
        return has_key(self.folder) and not self._has_opened

    def _refuse_locked(self) -> None:
        """Raise RecordError where new photos would not be encrypted like those that are there."""
        if self._has_opened:
            return
        if has_key(self.folder):  # since when, does not matter
            raise RecordError("the photos of this record are encrypted: give its passphrase")
        self._refuse_lost_key()

    def _refuse_lost_key(self) -> None:
        if self._lost_key and not has_key(self.folder):
            raise RecordError(
                f"{self.folder} holds encrypted photos, but key.json is missing: put it back from "
                "a backup of the record; nothing was saved"
            )

    def _delete(self, pseudonym: str, table: type[Any], entry: UUID, what: str) -> None:
        """Delete an entry that has no files."""
        with self._database.writing() as rows:
            subject = subject_row(rows, pseudonym)
            rows.delete(own_row(rows, table, subject, entry, what))
            note(rows, subject.id, f"delete {what}", "")

    def _forget(self, names: Iterable[str]) -> None:
        """Remove the files that no row names any more, while nobody else writes."""
        with self._database.writing() as rows:
            self._files.delete(set(names) - file_names(rows))

    def _sweep(self) -> None:
        """Remove files that no row names, encrypt those that are not yet: what a crash left."""
        with self._database.writing() as rows:
            if is_unused(rows) and self._files.names():
                raise RecordError(
                    f"{self.folder} holds photos of another database: name that one, put its "
                    f"{DATABASE} back, or choose another folder; no photo was touched"
                )
            self._files.sweep(file_names(rows))
            if self._has_opened:
                with suppress(RecordError):  # a damaged photo is told when it is looked at
                    self._files.seal()
