"""Which runs are under way, by tab: begun by a click, one at a time, stopped or dropped."""

import threading
from dataclasses import dataclass, field

__all__ = ["Run", "Runs"]


@dataclass(eq=False)
class Run:
    """One run.

    Attributes
    ----------
    of : str
        What is scored, and how.
    stopped : threading.Event
        It ends after the photo in hand.
    dropped : bool
        Its results are of no use any more: other photos, dates or options are on the page.
    taken : bool
        Somebody works on it.
    """

    of: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)
    dropped: bool = False
    taken: bool = False


class Runs:
    """The run of each tab."""

    def __init__(self) -> None:
        self._of: dict[str, Run] = {}
        self._lock = threading.Lock()

    def begin(self, session: str, of: str = "") -> bool:
        """Ask for a run; False where the tab has one already."""
        with self._lock:
            if session in self._of:
                return False
            self._of[session] = Run(of)
            return True

    def is_of(self, session: str, of: str) -> bool:
        """Whether the run of a tab is the one that is wanted."""
        with self._lock:
            run = self._of.get(session)
            return run is not None and run.of == of

    def take(self, session: str) -> Run | None:
        """Return the run that was asked for, once; None where there is none left to do."""
        with self._lock:
            run = self._of.get(session)
            if run is None or run.taken:
                return None
            run.taken = True
            return run

    def stop(self, session: str) -> None:
        """End a run after the photo in hand."""
        with self._lock:
            if session in self._of:
                self._of[session].stopped.set()

    def drop(self, session: str) -> bool:
        """End a run of which nothing shall be shown; whether there was one."""
        with self._lock:
            run = self._of.pop(session, None)
            if run is not None:
                run.dropped = True
                run.stopped.set()
            return run is not None

    def leave(self, session: str) -> None:
        """End the run of a tab that was closed."""
        self.drop(session)

    def end(self, session: str, run: Run) -> None:
        """Forget a run that is done, if no other took its place."""
        with self._lock:
            if self._of.get(session) is run:
                del self._of[session]

    def is_idle(self, session: str) -> bool:
        """Whether a tab has no run."""
        with self._lock:
            return session not in self._of
