"""What is done beside serving: the first comparison is made warm, and memory is handed back."""

import ctypes
import gc
import logging
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from ...pipeline import Options, compare

__all__ = ["few_arenas", "give_back_memory", "warm_up"]

WAIT_SECONDS = 2.0  # the first page loads meanwhile; both cores are its own
EVERY_SECONDS = 30.0
ARENAS = 2  # as many as comparisons at once; glibc makes eight for each core
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h

_log = logging.getLogger("skindelta.web")
_last = 0.0


def few_arenas() -> None:
    """Let threads share what they free: what each frees for itself stays with the process."""
    if not sys.platform.startswith("linux"):
        return
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None:  # musl has none
        limit(_ARENA_MAX, ARENAS)


def warm_up(stopped: threading.Event, options: Options = Options()) -> None:  # noqa: B008
    """Load the libraries and networks by one comparison that nobody asked for."""
    if stopped.wait(WAIT_SECONDS):
        return
    found = find_spec("skimage")
    if found is None or found.origin is None:
        return
    portrait = Path(found.origin).parent / "data" / "astronaut.png"
    try:
        compare(portrait, portrait, options)
    except Exception:  # the first visitor then waits a second longer, and is told what is wrong
        _log.warning("the page could not be made warm", exc_info=True)


def give_back_memory(now: float | None = None) -> None:
    """Hand freed memory back to the system; glibc keeps what its threads freed."""
    global _last
    now = time.monotonic() if now is None else now
    if not sys.platform.startswith("linux") or now - _last < EVERY_SECONDS:
        return
    _last = now
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # musl has none
        trim(0)
