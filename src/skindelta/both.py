"""Work on two cores: the same on both photos, or two things that need no result of each other."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

__all__ = ["both", "side_by_side"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_Other = TypeVar("_Other")


def both(work: Callable[[_In], _Out], before: _In, after: _In) -> tuple[_Out, _Out]:
    """Do `work` on the before and the after photo side by side.

    OpenCV, NumPy and ONNX Runtime let go of the interpreter while they compute.

    Parameters
    ----------
    work : callable
        Of one photo, without side effects.
    before, after : object
        Its arguments.

    Returns
    -------
    tuple of two results
        What `work` raises on the before photo comes first.

    Raises
    ------
    RuntimeError
        `work` calls :func:`both` itself: with one core it would wait for itself forever.
    """
    if getattr(_here, "is_working", False):
        raise RuntimeError("both was called by the work of another both")
    later = _threads(os.getpid()).submit(_marked, work, after)
    return _marked(work, before), later.result()


def side_by_side(first: Callable[[], _Out], second: Callable[[], _Other]) -> tuple[_Out, _Other]:
    """Do two things at once, neither of which changes anything.

    Parameters
    ----------
    first, second : callable
        What `first` raises comes first.

    Returns
    -------
    tuple of both results

    Raises
    ------
    RuntimeError
        One of them calls :func:`both` or this.
    """
    found: tuple[object, object] = both(lambda work: work(), first, second)
    return found  # type: ignore[return-value]


_here = threading.local()


def _marked(work: Callable[[_In], _Out], given: _In) -> _Out:
    """Work in a thread that knows of it."""
    _here.is_working = True
    try:
        return work(given)
    finally:
        _here.is_working = False


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Threads of one process: a forked one has none of its parent's."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="skindelta")
