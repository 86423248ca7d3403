"""Is one model better than another? Paired, over people, with an interval.

Of each person the mean |error| of both models is taken, in the noise of a row; people, not photos,
are drawn anew by chance, so each has one vote [1]_. The gain is the mean of the differences, its
interval Student's. Better and worse leave 0 out; of several attributes each is asked at the level
that all of them together are wrong in 5 of 100 (Bonferroni).

How many people would tell: as many as make the interval of such a gain leave 0 out.

References
----------
.. [1] Student (1908), The probable error of a mean, Biometrika 6, 1-25.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import stdtrit

__all__ = ["FEWEST_PEOPLE", "FEWEST_ROWS", "Gain", "Verdict", "beyond_nothing", "gain_of"]

Verdict = Literal["better", "not distinguishable", "worse", "too few labels"]
FEWEST_PEOPLE = 5  # Student's factor is 2.8 there, and 4.3 with three
FEWEST_ROWS = 15
MOST_PEOPLE = 10_000  # beyond it there is no use in a number


@dataclass(frozen=True)
class Gain:
    """What one model reads nearer than another.

    Attributes
    ----------
    verdict : {"better", "not distinguishable", "worse", "too few labels"}
    gain, low, high : float or None
        By how much the mean |error| is smaller, and its interval; None without enough people.
    base, new : float or None
        Root mean square errors, in the same unit.
    rows, people : int
        That it comes from.
    more_people : int or None
        That would be needed beside these to tell such a gain; None where no number helps.
    nothing : float or None
        Root mean square error of saying "no change" of everybody; None where it was not asked.
    """

    verdict: Verdict
    gain: float | None
    low: float | None
    high: float | None
    base: float | None
    new: float | None
    rows: int
    people: int
    more_people: int | None
    nothing: float | None = None


def gain_of(
    base: Sequence[float], new: Sequence[float], people: Sequence[str], tries: int = 1
) -> Gain:
    """Hold the errors of two models against each other.

    Parameters
    ----------
    base, new : sequence of float
        Errors of both, row by row.
    people : sequence of str
        Whose row it is.
    tries : int
        How many such questions are asked together.

    Returns
    -------
    Gain
    """
    first, second = np.abs(np.asarray(base, float)), np.abs(np.asarray(new, float))
    who = np.asarray(people)
    names = np.unique(who)
    steps = np.array([(first[who == n] - second[who == n]).mean() for n in names])
    of_base, of_new = (float(np.sqrt(np.mean(e**2))) if e.size else None for e in (first, second))
    count = len(names)
    if count < FEWEST_PEOPLE or len(first) < FEWEST_ROWS:
        rows_each = len(first) / max(count, 1)
        lacking = (FEWEST_ROWS - len(first)) / max(rows_each, 1.0)
        more = max(FEWEST_PEOPLE - count, int(np.ceil(lacking)), 1)
        few: Verdict = "too few labels"
        return Gain(few, None, None, None, of_base, of_new, len(first), count, more)
    mean, spread = float(steps.mean()), float(steps.std(ddof=1))
    half = _student(count, tries) * spread / np.sqrt(count)
    low, high = mean - half, mean + half
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "not distinguishable"
    more_people = 0 if verdict != "not distinguishable" else _more(mean, spread, count, tries)
    return Gain(verdict, mean, low, high, of_base, of_new, len(first), count, more_people)


def beyond_nothing(
    gain: Gain, nothing: Sequence[float], new: Sequence[float], people: Sequence[str]
) -> Gain:
    """Return a gain that is *better* only where the new model also beats saying "no change".

    Labels that mean nothing are best answered by nothing, and a model that learnt from them reads
    next to nothing: nearer to such labels than one that reads what is there. It is no better for
    that. Asked of squared errors, which noise of labels adds the same to on both sides.

    Parameters
    ----------
    gain : Gain
        Of the new model over the base.
    nothing, new : sequence of float
        Errors of saying "no change", and of the new model, row by row.
    people : sequence of str
        Whose row it is: everybody whom the model did not learn from.
    """
    errors, who = np.asarray(nothing, float), np.asarray(people)
    if not errors.size:
        return gain
    gained = errors**2 - np.asarray(new, float) ** 2
    steps = np.array([gained[who == name].mean() for name in np.unique(who)])
    told = replace(gain, nothing=float(np.sqrt(np.mean(errors**2))))
    if gain.verdict != "better":
        return told
    half = _student(len(steps), 1) * float(steps.std(ddof=1)) / np.sqrt(len(steps))
    if steps.mean() > half:
        return told
    return replace(told, verdict="not distinguishable", more_people=None)


def _student(people: int, tries: int) -> float:
    return float(stdtrit(people - 1, 1 - 0.025 / tries))


def _more(mean: float, spread: float, count: int, tries: int) -> int | None:
    """How many people more would tell a gain of that size."""
    if abs(mean) * np.sqrt(MOST_PEOPLE) < 2 * spread:
        return None
    people = count
    while people < MOST_PEOPLE and _student(people, tries) * spread / np.sqrt(people) >= abs(mean):
        people += max(1, people // 20)
    return people - count if people < MOST_PEOPLE else None
