"""What pages show and hand out: files under addresses nobody can guess, for one visitor each."""

import hashlib
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Container
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from .files import Kept

__all__ = ["KEPT", "Shelf"]

MOST_KEPT = 400  # pictures of one tab; a year of weekly sessions of three shots shows 160
MOST_PLACED = 200  # reports and folders to work in, of one tab
KEPT = "/skindelta/kept"  # address below which results are served


class Shelf:
    """Files that were made for visitors.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._files: dict[str, Kept] = {}  # by token, the oldest first
        self._same: dict[tuple[str, ...], str] = {}  # tokens of pictures, by what is in them

    def found(self, visitor: str, token: str) -> Kept | None:
        """Return a file that was kept for this visitor."""
        with self._lock:
            one = self._files.get(token)
        return one if one is not None and one.visitor == visitor else None

    def place(
        self, visitor: str, session: str, name: str, about: str = "", shown: bool = False
    ) -> Kept:
        """Return where a file is to be written for one visitor.

        Parameters
        ----------
        visitor, session, name : str
            Whose it is, for which tab, and what it is called when it is saved.
        about : str
            Whom it shows.
        shown : bool
            It is a picture.
        """
        token = secrets.token_urlsafe(32)
        folder = self.folder / token
        folder.mkdir(parents=True, mode=0o700)
        url = f"{KEPT}/{token}/{quote(name, safe='')}"
        one = Kept(folder / name, url, visitor, session, time.time(), about, shown)
        with self._lock:
            self._make_room(session, shown)
            self._files[token] = one
        return one

    def keep(self, visitor: str, session: str, data: bytes, name: str, about: str = "") -> Kept:
        """Write a picture for one visitor, or find it where the tab has it already.

        Parameters
        ----------
        visitor, session : str
        data : bytes
        name, about : str
            What it is called when it is saved; whom it shows.
        """
        same = visitor, session, name, about, hashlib.sha256(data).hexdigest()
        with self._lock:
            token = self._same.get(same, "")
            known = self._files.pop(token, None)
            if known is not None:  # again the newest
                self._files[token] = replace(known, at=time.time())
                return self._files[token]
        one = self.place(visitor, session, name, about, shown=True)
        one.path.write_bytes(data)
        with self._lock:
            self._same = {key: token for key, token in self._same.items() if token in self._files}
            self._same[same] = one.path.parent.name
        return one

    def drop_about(self, about: str) -> None:
        """Delete what anybody was shown of one person.

        Parameters
        ----------
        about : str
            What was said when it was kept.
        """
        if about:
            self._drop(lambda one: one.about == about)

    def drop_session(self, session: str) -> None:
        """Delete what one tab was shown."""
        self._drop(lambda one: one.session == session)

    def sweep(self, oldest: float, sessions: Container[str]) -> None:
        """Delete what is older than a time, or of none of these sessions."""
        self._drop(lambda one: one.at < oldest or one.session not in sessions)

    def _drop(self, goes: Callable[[Kept], bool]) -> None:
        with self._lock:
            for token in [token for token, one in self._files.items() if goes(one)]:
                self._remove(token)

    def _remove(self, token: str) -> None:
        shutil.rmtree(self._files.pop(token).path.parent, ignore_errors=True)

    def _make_room(self, session: str, shown: bool) -> None:
        """Delete the oldest pictures, or the oldest other files, of a tab that has too many."""
        own = [key for key, o in self._files.items() if (o.session, o.shown) == (session, shown)]
        most = MOST_KEPT if shown else MOST_PLACED
        for oldest in own[: max(len(own) - most + 1, 0)]:
            self._remove(oldest)
