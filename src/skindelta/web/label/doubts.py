"""How sure the model in use is of the next pairs, found out beside while a rater looks.

One thread of low priority measures the few pairs that come next, one after the other. What nobody
measured yet counts as middling, so nothing waits for it. No score is ever shown: it would be
repeated by whoever sees it.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ...errors import SkinDeltaError
from ...learning.label_imports import PhotoPair
from ...pipeline import Options, compare
from ...types import Comparison, Photo, Score

__all__ = ["Beside", "Doubts", "doubts_of"]

NO_VERDICT = 1.0
NICE = 10  # of 19: the page comes first
AHEAD = 3  # pairs that are measured ahead; a rater looks longer at one than that takes

Read = Callable[[str], Photo]
_log = logging.getLogger("skindelta.web")


def doubts_of(comparison: Comparison) -> dict[tuple[str, str], float]:
    """Return the doubt about each (attribute, region): 1 is most.

    A change as large as the smallest that can be detected is most doubtful; none at all, and twice
    as much, are sure. Where there is no verdict the model has nothing to say.
    """
    found: dict[tuple[str, str], float] = {}
    for score in sorted(comparison.scores, key=lambda one: one.basis == "absolute"):
        key = score.attribute, score.region
        if score.value is not None or key not in found:  # the absolute one last, where there is
            found[key] = _doubt(score)
    return found


def _doubt(score: Score) -> float:
    if score.value is None or not score.sdc:
        return NO_VERDICT
    return max(0.0, 1.0 - abs(abs(score.value) / score.sdc - 1.0))


class Beside:
    """A thread that does what is wanted last, and drops what was wanted before."""

    def __init__(self) -> None:
        self._wanted: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def want(self, work: Sequence[Callable[[], None]]) -> None:
        """Do this next, in order, instead of what still waits."""
        with self._changed:
            self._wanted = list(work)
            if self._thread is None and work:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        if sys.platform.startswith("linux"):  # there a thread has a priority of its own
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
                work = self._wanted.pop(0)
            try:
                work()
            except SkinDeltaError:  # told when the pair is shown
                continue
            except Exception:
                _log.warning("a pair could not be made ready ahead", exc_info=True)


class Doubts:
    """What is known of pairs, by the model in use.

    Parameters
    ----------
    options : Options
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._doubts: dict[tuple[PhotoPair, str, str], float] = {}
        self._tones: dict[str, str] = {}
        self._done: set[PhotoPair] = set()

    def known(self) -> tuple[Mapping[tuple[PhotoPair, str, str], float], Mapping[str, str]]:
        """Return doubts by pair, attribute and region, and tone groups by person."""
        with self._lock:
            return dict(self._doubts), dict(self._tones)

    def open_among(self, pairs: Sequence[PhotoPair]) -> list[PhotoPair]:
        """Return the first few that were not measured yet."""
        with self._lock:
            return [one for one in dict.fromkeys(pairs) if one not in self._done][:AHEAD]

    def measure(self, pair: PhotoPair, read: Read) -> None:
        """Measure a pair; one that cannot be measured is not tried again."""
        with self._lock:
            if pair in self._done:
                return
            self._done.add(pair)
        options = replace(self._options, close_up=pair.close_up)
        comparison = compare(read(pair.before), read(pair.after), options)
        tone = comparison.made_with.get("noise", {}).get("tone")
        with self._lock:
            for (attribute, region), doubt in doubts_of(comparison).items():
                self._doubts[pair, attribute, region] = doubt
            if isinstance(tone, str):
                self._tones[pair.subject] = tone
