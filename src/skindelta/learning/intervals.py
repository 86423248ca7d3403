"""Noise of the new model: what unchanged skin shows through it, from what the base shows.

The base's noise rests on photos of 60 people that a user does not have. What the head changes about
it can be measured on examples at hand: known changes are read by both models, and what is left of
them is noise of both. So each kind of score keeps the base's table, multiplied by how much more (or
less) of that is left with the head; by the upper limit of it over examples, since what is measured
on a few must not make intervals narrower than they are. If labels of people to stop by lie further
off than raters and this noise together explain, intervals grow by that too.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["excess_of", "noise_with", "widening"]

LEAST, MOST = 0.5, 5.0
RESAMPLES = 1000
UPPER = 0.975
COVERED = 0.95
FEWEST = 15


def excess_of(base: Sequence[float], new: Sequence[float], groups: Sequence[int]) -> float:
    """Return how many times as much noise a new model has: the upper limit over groups.

    Parameters
    ----------
    base, new : sequence of float
        What both are off by on the same known changes.
    groups : sequence of int
        Examples that rows come from; they are drawn anew together.

    Returns
    -------
    float
        1 where there is nothing to tell it from.
    """
    first, second, group = np.asarray(base, float), np.asarray(new, float), np.asarray(groups)
    names = np.unique(group)
    if len(names) < FEWEST:
        return 1.0
    sums = np.array([[(e[group == n] ** 2).sum() for n in names] for e in (second, first)])
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    upper, lower = sums[0][drawn].sum(1), sums[1][drawn].sum(1)
    ratio = np.sqrt(upper / np.maximum(lower, 1e-12))
    return float(np.clip(np.quantile(ratio, UPPER), LEAST, MOST))


def widening(
    off: Sequence[float], half_widths: Sequence[float], rater_sd: Sequence[float]
) -> float:
    """Return how much wider intervals must be to hold labels of people to stop by.

    Split conformal: the 95 % quantile of |error| over the half width that the model's interval and
    the rater's own noise have together, with the finite-sample step of n + 1; at least 1.

    Parameters
    ----------
    off, half_widths, rater_sd : sequence of float
        Of each label, in grades: error, half the 95 % interval, and noise of one rating.
    """
    if len(off) < FEWEST:
        return 1.0
    both = np.hypot(np.asarray(half_widths, float), 1.96 * np.asarray(rater_sd, float))
    scaled: npt.NDArray[np.float64] = np.sort(np.abs(np.asarray(off, float)) / both)
    place = min(int(np.ceil(COVERED * (len(scaled) + 1))), len(scaled)) - 1
    return float(np.clip(scaled[place], 1.0, MOST))


def noise_with(
    tables: Mapping[str, Mapping[str, Any]], excess: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """Return kinds of a noise table, each multiplied.

    Parameters
    ----------
    tables : mapping of str to mapping
        Kinds of the table in use, by name.
    excess : mapping of str to float
        Times, by name; 1 where none is given.
    """
    found = {}
    for name, kind in tables.items():
        times = float(excess.get(name, 1.0))
        told = deepcopy(dict(kind))
        for cell in told["regions"].values():
            cell["base"] = round(cell["base"] * times, 5)
            cell["slopes"] = {k: round(v * times, 5) for k, v in cell["slopes"].items()}
        found[name] = told
    return found
