"""A record: what was photographed, done and measured, of whom and when.

A folder holds the photos, the key and, unless another database is named, the database::

    record.db    SQLite, or any PostgreSQL by its address
    photos/      each file as it came, and its thumbnail, under their sha256
    key.json     where photos are encrypted
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from .backup import BackupSummary, back_up
from .course import Course
from .files import FileStore
from .kept import PHOTOS
from .keys import change_passphrase, create_key, unless_it_fails
from .measured import Measured
from .people import People
from .rows import note, subject_row
from .sittings import Sittings
from .tables import AuditRow

__all__ = ["Record"]


class Record(People, Sittings, Course, Measured):
    """Everything that is kept.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    url : str, optional
        Of a PostgreSQL database; SQLite in the folder where not given.
    passphrase : str, optional
        Needed to open photos that are encrypted.

    Raises
    ------
    RecordError
        The folder or database cannot be used, or the passphrase is wrong.
    """

    def encrypt(self, passphrase: str) -> int:
        """Set up a key and encrypt every file; return how many were.

        Raises
        ------
        RecordError
            There is a key already, one is missing, or the passphrase is too short.
        """
        self._refuse_lost_key()
        key = create_key(self.folder, passphrase)
        self._files, self._has_opened = FileStore(self.folder / PHOTOS, key), True
        with self._database.writing() as rows:
            note(rows, None, "encrypt", "all photos")
            return self._files.seal()

    def change_passphrase(self, old: str, new: str) -> None:
        """Wrap the key by another passphrase; no photo is encrypted anew.

        Backups that were made before open by the old one.

        Raises
        ------
        RecordError
            The photos are not encrypted, the old passphrase is wrong, or the new one too short;
            then the old one still opens them.
        """
        self._refuse_lost_key()
        with unless_it_fails(self.folder), self._database.writing() as rows:
            note(rows, None, "change passphrase", "")
            change_passphrase(self.folder, old, new)

    def back_up(self, path: Path, overwrite: bool = False) -> BackupSummary:
        """Write everything into one file; see :func:`skindelta.record.backup.back_up`."""
        return back_up(self, path, overwrite)

    def audit(self, pseudonym: str | None = None) -> tuple[tuple[datetime, str, str], ...]:
        """Return (time, action, about) of what was changed, of one person where named."""
        with self._database.reading() as rows:
            wanted = select(AuditRow).order_by(AuditRow.at, AuditRow.id)
            if pseudonym is not None:
                wanted = wanted.where(AuditRow.subject_id == subject_row(rows, pseudonym).id)
            return tuple((row.at, row.action, row.about) for row in rows.scalars(wanted))
