"""The record behind the page: opened when asked for, and for each tab by its own passphrase."""

import threading
from pathlib import Path

from ...errors import RecordError
from ...record import DATABASE, Record, has_key
from .visitors import Visit

__all__ = ["Records"]


class Records:
    """One record, for all visitors.

    Where photos are encrypted, each tab opens them by the passphrase, and they are closed for it
    when the tab is.

    Parameters
    ----------
    folder : Path
    url : str, optional
        Of a PostgreSQL database.
    passphrase : str, optional
        Opens the photos for everybody who reaches the page.
    """

    def __init__(self, folder: Path, url: str | None = None, passphrase: str | None = None) -> None:
        self.folder, self.url, self._passphrase = folder, url, passphrase
        self._lock = threading.RLock()
        self._shared: Record | None = None
        self._of_session: dict[str, Record] = {}

    @property
    def exists(self) -> bool:
        """Whether anything was ever saved."""
        return self.url is not None or (self.folder / DATABASE).exists()

    @property
    def passphrase(self) -> str | None:
        """What opens the photos for everybody; None where each tab gives it, or none is needed."""
        return self._passphrase

    def is_locked(self, visit: Visit) -> bool:
        """Whether photos are encrypted, and this tab has not given the passphrase."""
        if not has_key(self.folder) or self._passphrase is not None:
            return False
        with self._lock:
            return visit.session not in self._of_session

    def of(self, visit: Visit) -> Record:
        """Return the record, begun where there is none.

        What is not a photo can be read in a locked one too.

        Raises
        ------
        RecordError
            It cannot be opened.
        """
        with self._lock:
            own = self._of_session.get(visit.session)
            if own is not None:
                return own
            if self._shared is None:
                self._shared = Record(self.folder, self.url, self._passphrase)
            return self._shared

    def unlock(self, visit: Visit, passphrase: str) -> None:
        """Open the photos for one tab.

        Raises
        ------
        RecordError
            The passphrase is wrong, or nothing is encrypted.
        """
        if not has_key(self.folder):
            raise RecordError(
                "the photos of this record are not encrypted: no passphrase is needed"
            )
        record = Record(self.folder, self.url, passphrase)
        with self._lock:
            before = self._of_session.pop(visit.session, None)
            self._of_session[visit.session] = record
        if before is not None:
            before.close()

    def forget(self, session: str) -> None:
        """Close what one tab had opened."""
        with self._lock:
            record = self._of_session.pop(session, None)
        if record is not None:
            record.close()

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            records = [*self._of_session.values(), *([self._shared] if self._shared else [])]
            self._of_session.clear()
            self._shared = None
        for record in records:
            record.close()
