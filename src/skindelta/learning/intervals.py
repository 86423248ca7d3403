"""Noise of the new model: what unchanged skin shows through it, from what the base shows.

The base's noise rests on photos of 60 people that a user does not have. What the head changes about
it can be measured on examples at hand: known changes are read by both models, and what is left of
them is noise of both. So each kind of score keeps the base's table, multiplied by how much more (or
less) of that is left with the head; by the upper limit of it over examples, since what is measured
on a few must not make intervals narrower than they are. If labels of people to stop by lie further
off than raters and this noise together explain, intervals grow by that too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from ..grades import Link
from ..net_input import MAPS
from ..noise import Differences, noise_of
from .examples import Example
from .targets import CHOICE, Target

__all__ = ["excess_of", "noise_with", "rater_noise", "widening", "widenings"]

LEAST, MOST = 0.5, 5.0
RESAMPLES = 1000
UPPER = 0.975
COVERED = 0.95
FEWEST = 19  # of which 95 % can be found


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


def rater_noise(targets: Sequence[Target]) -> dict[str, float]:
    """Return the standard deviation of one rating, by link: of regions that several raters graded.

    A link that no two raters graded alike has none: then what a rater is off by cannot be told from
    what the model is.
    """
    groups: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    for target in targets:
        groups[target.link, target.example, target.region].append(target.value)
    found: dict[str, tuple[float, int]] = {}
    for (link, *_), values in groups.items():
        if len(values) > 1:
            square, count = found.get(link, (0.0, 0))
            found[link] = square + float(np.var(values) * len(values)), count + len(values) - 1
    return {link: float(np.sqrt(s / n)) for link, (s, n) in found.items() if n >= FEWEST}


def widenings(
    targets: Sequence[Target],
    readings: Sequence[float],
    examples: Sequence[Example],
    links: Mapping[str, Link],
    table: Mapping[str, Any],
) -> dict[str, float]:
    """Return how much wider intervals of each map must be, by people to stop by.

    Parameters
    ----------
    targets : sequence of Target
        Of labels.
    readings : sequence of float
        Of the new model, in units.
    examples : sequence of Example
    links : mapping of str to Link
    table : mapping
        Noise of the new model as it is (:func:`skindelta.noise.table_with`).

    Returns
    -------
    dict of str to float
        By name of the map; those that can be judged.
    """
    noise = rater_noise(targets)
    rows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for target, reading in zip(targets, readings, strict=True):
        usable = target.part == "stop" and target.scale != CHOICE
        if not usable or target.link not in noise or target.link not in links:
            continue
        example, link = examples[target.example], links[target.link]
        attribute, basis = MAPS[target.map].split()
        half = noise_of(
            attribute,
            basis,  # type: ignore[arg-type]
            example.reference,  # type: ignore[arg-type]
            example.names[target.region],
            example.tone,
            Differences(**example.differences),
            table=table,
        ).half_width(reading)
        off = float(link(reading)) - target.value
        rows[MAPS[target.map]].append((off, abs(float(link(half))), noise[target.link]))
    return {name: widening(*zip(*of, strict=True)) for name, of in rows.items()}
