"""Scores on the scale of a user's labels: how many grades one a*, L* or % is.

A retrained model carries *links*, fitted to the labels it learnt from (``learning/links.py``): one
factor, or a monotone line through the points of an isotonic regression. Both are odd: a change and
its reverse are the same step up and down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .types import Score

__all__ = ["UNITS", "Link", "graded", "link_from"]

UNITS = ("a*", "L*", "%")  # scales that are no grades
WHOLES = ("face", "skin")
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """A monotone, odd function.

    Attributes
    ----------
    factor : float
        Grades per unit; above 0.
    units, grades : tuple of float
        Corners of the line from 0 up, where it is no straight one; empty otherwise.
    labels : int
        That it was fitted to.
    """

    factor: float
    units: tuple[float, ...] = ()
    grades: tuple[float, ...] = ()
    labels: int = 0

    def __call__(self, readings: npt.ArrayLike) -> Numbers:
        """Return grades of readings in units."""
        x = np.asarray(readings, float)
        if not self.units:
            return self.factor * x
        size = np.interp(np.abs(x), self.units, self.grades)
        beyond = np.maximum(np.abs(x) - self.units[-1], 0)
        return np.asarray(np.sign(x) * (size + self.factor * beyond))

    def to_dict(self) -> dict[str, Any]:
        """Return it as a card holds it."""
        told: dict[str, Any] = {"factor": self.factor, "labels": self.labels}
        return told | ({"units": self.units, "grades": self.grades} if self.units else {})


def link_from(told: Mapping[str, Any]) -> Link:
    """Return a link from what a card holds; raises KeyError, TypeError or ValueError otherwise."""
    return Link(
        float(told["factor"]),
        tuple(map(float, told.get("units", ()))),
        tuple(map(float, told.get("grades", ()))),
        int(told.get("labels", 0)),
    )


def graded(score: Score, links: Mapping[str, Any]) -> Score:
    """Return a score that tells its value in grades too.

    Parameters
    ----------
    score : Score
        Of a retrained model.
    links : mapping
        From the ``output`` of its card, by scale and attribute.

    Returns
    -------
    Score
        With ``grades`` in its details: value and interval by scale, more of the attribute above 0;
        that of the whole says it in a note. As it was where there is nothing to tell.
    """
    if score.value is None or score.low is None or score.high is None:
        return score
    told = {}
    for name, link in links.items():
        scale, _, attribute = name.rpartition(" ")
        if attribute == score.attribute and scale not in UNITS:
            numbers = link_from(link)([score.value, score.low, score.high])
            told[scale] = dict(zip(("value", "low", "high"), map(float, numbers), strict=True))
    if not told:
        return score
    details = dict(score.details) | {"grades": told}
    if score.region in WHOLES:
        said = [
            f"{scale} {n['value']:+.1f} ({n['low']:+.1f} to {n['high']:+.1f})"
            for scale, n in told.items()
        ]
        note = f"change of {score.attribute} in grades of your labels: {', '.join(said)}"
        details["note"] = "; ".join(filter(None, (score.details.get("note"), note)))
    return replace(score, details=MappingProxyType(details))
