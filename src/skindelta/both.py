"""The same work on both photos at once, on two cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

__all__ = ["both"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def both(work: Callable[[_In], _Out], before: _In, after: _In) -> tuple[_Out, _Out]:
    """Do `work` on the before and the after photo side by side.

    OpenCV, NumPy and ONNX Runtime let go of the interpreter while they compute.

    Parameters
    ----------
    work : callable
        Of one photo, without side effects; must not call :func:`both` itself.
    before, after : object
        Its arguments.

    Returns
    -------
    tuple of two results
        What `work` raises on the before photo comes first.
    """
    later = _threads(os.getpid()).submit(work, after)
    return work(before), later.result()


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Threads of one process: a forked one has none of its parent's."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="skindelta")
