"""The same work on both photos at once, on two cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        Of one photo, without side effects.
    before, after : object
        Its arguments.

    Returns
    -------
    tuple of two results
        What `work` raises on the before photo comes first.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        later = pool.submit(work, after)
        return work(before), later.result()
