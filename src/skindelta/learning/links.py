"""From units to grades: how many grades one a*, L* or % is, for the raters at hand.

One factor where labels are few; from 100 of them isotonic regression [1]_, made odd, because a
change and its reverse are the same step up and down. Both models that are compared get a link of
their own from the same labels, so that a better link is not taken for a better model.

References
----------
.. [1] Barlow, Bartholomew, Bremner & Brunk (1972), Statistical Inference under Order Restrictions.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from ..grades import Link, link_from

__all__ = ["ISOTONIC_FROM", "Link", "link_from", "link_of"]

ISOTONIC_FROM = 100  # labels
LEAST = 1e-6
Numbers = npt.NDArray[np.float64]


def link_of(readings: Sequence[float], written: Sequence[float], fixed: bool = False) -> Link:
    """Fit a link.

    Parameters
    ----------
    readings : sequence of float
        In units.
    written : sequence of float
        In grades, of the same pairs.
    fixed : bool
        They are in units: the factor is 1.

    Returns
    -------
    Link

    Raises
    ------
    ValueError
        Nothing to fit to, or not as many of one as of the other.
    """
    x, y = np.asarray(readings, float), np.asarray(written, float)
    if x.shape != y.shape or not x.size:
        raise ValueError(f"expected as many readings as grades, got {x.shape} and {y.shape}")
    if fixed:
        return Link(1.0, labels=len(x))
    factor = max(float(x @ y) / max(float(x @ x), LEAST), LEAST)
    if len(x) < ISOTONIC_FROM:
        return Link(factor, labels=len(x))
    return _isotonic(x, y, factor)


def _isotonic(x: Numbers, y: Numbers, factor: float) -> Link:
    """Pool adjacent violators over the size of the readings, from 0 grades at 0 units."""
    size, grade = np.abs(x), np.sign(x) * y
    order = np.argsort(size, kind="stable")
    size, grade = size[order], grade[order]
    fitted = np.maximum(isotonic_regression(grade).x, 0.0)
    starts = np.flatnonzero(np.diff(fitted, prepend=-1.0) > 0)
    blocks = np.split(np.arange(len(size)), starts[1:] if starts[0] == 0 else starts)
    corners = [(float(size[b].mean()), float(fitted[b[0]])) for b in blocks if len(b)]
    corners = [(0.0, 0.0), *((u, g) for u, g in corners if u > LEAST)]
    units, grades = zip(*corners, strict=True)
    return Link(factor, units, grades, len(x))
