"""Whose photo is whose: uploads and results belong to the browser that brought or asked for them.

Gradio serves every file in its cache to whoever has the address, and answers for a session to
whoever names it. Here each browser is a *visitor*, known by a signed cookie, and each open tab of
it a *session*, known by the name that Gradio gives it. What a visitor uploads, and what is made of
it, is read by that visitor alone, and goes when its tab is closed or after an hour. Nothing that a
page shows goes through Gradio's cache: handlers keep it here, under an address that nobody can
guess and that is of no use to anybody else.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import SkinDeltaError
from .files import DISK_FULL, SPARE_BYTES, Kept, delete_file, delete_strays, free_bytes
from .shelf import KEPT, Shelf
from .visit import GONE, Visit

__all__ = ["DISK_FULL", "GONE", "KEEP_SECONDS", "KEPT", "SPARE_BYTES", "Kept", "Visit", "Visitors"]

KEEP_SECONDS = 3600.0  # no upload and no result gets older
GRACE_SECONDS = 20.0  # a tab that was closed may come back, as by reloading
AWAY_SECONDS = 600.0  # a tab that lost its connection may come back, as after a tunnel
SWEEP_SECONDS = 5.0
MOST_SESSIONS = 64  # open tabs of one browser
MOST_FORGOTTEN = 10_000  # names of tabs that went; so that none begins anew and shows nothing
MOST_BYTES = 4_000_000_000  # uploads of one browser: a folder of 1000 photos of a phone
TOO_MANY = "That is more than this page holds at a time: close its other tabs, or take fewer."

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class _Session:
    """A tab: whose it is, when it was heard of, how many connections tell that it is open."""

    visitor: str
    seen: float
    open: int = 0
    left: float | None = None
    closed: bool = False  # by somebody; else only its connection was lost


@dataclass
class _Upload:
    """A file of one visitor, and the tabs that use it."""

    at: float
    size: int
    sessions: set[str] = field(default_factory=set)
    fresh: bool = True  # came (again), and no tab has used it since


class Visitors:
    """Everybody who has the page open.

    Parameters
    ----------
    uploads : Path
        Folder below which Gradio keeps uploads, for this server alone.
    keep_seconds, grace_seconds, away_seconds : float
        How old a file gets; how long a closed tab, and one that lost its connection, may come back.
    """

    def __init__(
        self,
        uploads: Path,
        keep_seconds: float = KEEP_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
        away_seconds: float = AWAY_SECONDS,
    ) -> None:
        self.uploads = uploads.resolve()
        self.shelf = Shelf(self.uploads / "kept")
        self.keep_seconds, self.grace_seconds = keep_seconds, grace_seconds
        self.away_seconds = away_seconds
        self.on_leave: list[Callable[[str], None]] = []
        self.on_sweep: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._sessions: dict[str, _Session] = {}
        self._forgotten: dict[str, None] = {}  # names, in the order in which they went
        self._uploads: dict[Path, dict[str, _Upload]] = {}
        self._arriving: dict[object, tuple[str, int]] = {}  # uploads under way: whose, bytes

    # -------------------------------------------------------------- tabs

    def claim(self, visitor: str, session: str) -> bool:
        """Tell whether a session is this visitor's; a new one becomes so, a forgotten one never."""
        if not self.is_name(session):
            return False
        with self._lock:
            if session not in self._sessions:
                if session in self._forgotten or not self._makes_room(visitor):
                    return False
                self._sessions[session] = _Session(visitor, time.time())
            return self.owns(visitor, session)

    def owns(self, visitor: str, session: str) -> bool:
        """Tell whether a known session is this visitor's, and note that it was heard of."""
        with self._lock:
            known = self._sessions.get(session)
            if known is None or known.visitor != visitor:
                return False
            known.seen = time.time()
            if known.left is not None:  # an event under way when the tab was closed
                known.left = known.seen
            return True

    def knows(self, session: str) -> bool:
        """Tell whether a session is anybody's."""
        with self._lock:
            return session in self._sessions

    def was_forgotten(self, session: str) -> bool:
        """Tell whether what a session used was deleted."""
        with self._lock:
            return session in self._forgotten

    @staticmethod
    def is_name(session: str) -> bool:
        """Tell whether a tab can be called so."""
        return _SESSION.fullmatch(session) is not None

    @contextmanager
    def being_open(self, session: str) -> Iterator[None]:
        """Count a connection that a tab holds as long as it is open."""
        with self._lock:
            tab = self._sessions.get(session)
            if tab is not None:
                tab.open, tab.left, tab.closed = tab.open + 1, None, False
        try:
            yield
        finally:
            with self._lock:
                if tab is not None:
                    tab.open -= 1
            self.lost(session)

    def leave(self, session: str | None) -> None:
        """Note that a tab was closed: what it used goes soon, unless it comes back."""
        with self._lock:
            tab = self._sessions.get(session or "")
            if tab is not None:
                tab.closed = True
        self.lost(session)

    def lost(self, session: str | None) -> None:
        """Note that a tab may have lost its connection: it has longer to come back."""
        with self._lock:
            tab = self._sessions.get(session or "")
            if tab is not None and tab.open == 0:
                tab.left = time.time()

    def visit(self, request: Any) -> Visit:
        """Return who asks, by the ``gradio.Request`` of a handler.

        Raises
        ------
        SkinDeltaError
            The page is of a server that has ended.
        """
        session = request.session_hash
        with self._lock:
            tab = self._sessions.get(session)
        if tab is None:
            raise SkinDeltaError("this page was opened before the server started: reload it")
        return Visit(self, tab.visitor, session)

    def forget(self, visitor: str) -> None:
        """Delete all that one visitor brought or was shown, at once."""
        with self._lock:
            for session in self._of(visitor):
                self._forget(session)
            self._drop_all(visitor)

    # ------------------------------------------------------------- files

    def room_for(self, visitor: str, size: int) -> str | None:
        """Return why an upload of so many bytes is refused, or None.

        Parameters
        ----------
        visitor : str
        size : int
            Bytes to come.
        """
        with self._lock:
            coming = list(self._arriving.values())
            held = sum(o[visitor].size for o in self._uploads.values() if visitor in o)
        if free_bytes(self.uploads) - sum(more for _, more in coming) - size < SPARE_BYTES:
            return DISK_FULL
        held += sum(more for whose, more in coming if whose == visitor)
        return TOO_MANY if held + size > MOST_BYTES else None

    @contextmanager
    def arriving(self, visitor: str, size: int) -> Iterator[None]:
        """Count an upload under way: half a file is not taken for one that was left behind.

        Parameters
        ----------
        visitor : str
        size : int
            Bytes to come.
        """
        upload = object()
        with self._lock:
            self._arriving[upload] = visitor, size
        try:
            yield
        finally:
            with self._lock:
                del self._arriving[upload]

    def uploaded(self, visitor: str, paths: Iterable[str]) -> bool:
        """Note whose new files are; tell whether they are all there.

        Gradio names a folder after what is in the file, so two visitors with the same photo share
        it, and one may be leaving while the other's arrives.
        """
        with self._lock:
            complete = True
            for one in paths:
                path = Path(one).resolve()
                if not path.is_file() or self.uploads not in path.parents:
                    complete = False
                    continue
                owners = self._uploads.setdefault(path, {})
                known = owners.setdefault(visitor, _Upload(0.0, path.stat().st_size))
                known.at, known.fresh = time.time(), True
            return complete

    def may_read(self, visitor: str, path: str | Path) -> bool:
        """Tell whether a file was uploaded by this visitor."""
        try:
            found = Path(path).resolve()
        except (OSError, ValueError):  # no name that a file can have
            return False
        with self._lock:
            return visitor in self._uploads.get(found, {})

    # ------------------------------------------------------------ the end

    def sweep(self, now: float | None = None) -> None:
        """Delete what belongs to closed tabs, and what is too old."""
        now = time.time() if now is None else now
        with self._lock:
            for session in [s for s, tab in self._sessions.items() if self._is_over(tab, now)]:
                self._forget(session)
            for path, owners in list(self._uploads.items()):
                for visitor, upload in list(owners.items()):
                    if now - upload.at > self.keep_seconds:
                        self._drop(path, visitor)
            self.shelf.sweep(now - self.keep_seconds, self._sessions)
            delete_strays(self.uploads, now, under_way=bool(self._arriving))
        for told in self.on_sweep:
            told()

    def sweeping(self, stopped: threading.Event, every: float = SWEEP_SECONDS) -> None:
        """Sweep again and again, until stopped."""
        while not stopped.wait(min(every, max(self.grace_seconds, 0.1))):
            self.sweep()

    def _is_over(self, tab: _Session, now: float) -> bool:
        if tab.open:
            return False
        grace = self.grace_seconds if tab.closed else self.away_seconds
        if tab.left is not None and now - tab.left > grace:
            return True
        return now - tab.seen > self.keep_seconds

    def _of(self, visitor: str) -> list[str]:
        return [name for name, tab in self._sessions.items() if tab.visitor == visitor]

    def _makes_room(self, visitor: str) -> bool:
        """Tell whether one more tab may be; the one longest unheard of makes room."""
        tabs = self._of(visitor)
        if len(tabs) < MOST_SESSIONS:
            return True
        closed = [name for name in tabs if not self._sessions[name].open]
        if not closed:
            return False
        self._forget(min(closed, key=lambda name: self._sessions[name].seen))
        return True

    def _forget(self, session: str) -> None:
        """Delete what one tab used; with the last tab of a visitor goes all that it brought."""
        visitor = self._sessions.pop(session).visitor
        self._forgotten[session] = None
        if len(self._forgotten) > MOST_FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]
        self._let_go(visitor, session)
        if not self._of(visitor):
            self._drop_all(visitor)
        self.shelf.drop_session(session)
        for told in self.on_leave:
            told(session)

    def _let_go(self, visitor: str, session: str) -> None:
        """Drop the uploads that only this tab of a visitor used."""
        for path, owners in list(self._uploads.items()):
            mine = owners.get(visitor)
            if mine is not None and session in mine.sessions:
                mine.sessions.discard(session)
                if not mine.sessions and not mine.fresh:
                    self._drop(path, visitor)

    def _drop_all(self, visitor: str) -> None:
        for path in [path for path, owners in self._uploads.items() if visitor in owners]:
            self._drop(path, visitor)

    def _drop(self, path: Path, visitor: str) -> None:
        """Take a file from one visitor; the last one's goes."""
        owners = self._uploads[path]
        owners.pop(visitor, None)
        if not owners:
            del self._uploads[path]
            delete_file(path, self.uploads)

    def used(self, visitor: str, session: str, path: Path) -> bool:
        """Tell whether a file is a visitor's upload, and note that a tab of it uses it."""
        with self._lock:
            upload = self._uploads.get(path, {}).get(visitor)
            if upload is None:
                return False
            upload.sessions.add(session)
            upload.fresh = False
            return True
