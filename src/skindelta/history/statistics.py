"""How several shots become one value, how noisy they are by themselves, and whether values drift.

The noise of a single comparison is known from photos of people whose skin did not change, taken on
other days and in other rooms: its SDC is ``1.96 σ``. Several shots of one session repeat all but
what differs between sessions. So averaging n of them takes away ``(1 - 1/n) s²`` of ``σ²``, where
s² is their variance within a session [1]_; the rest stays however many there are.

References
----------
.. [1] de Vet et al. (2006), J. Clin. Epidemiol. 59, 1033-1039: agreement, and means of repeated
   measurements.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, stdtrit  # scipy.stats takes most of a second to load

__all__ = [
    "ENOUGH",
    "OwnNoise",
    "Trend",
    "agreeing",
    "own_noise",
    "robust_mean",
    "trend_of",
    "variance_within",
]

Z = 1.959964  # two-sided 95 %
CLAIM = 2.575829  # two-sided 99 %
ENOUGH = 6  # degrees of freedom: three later sessions of three shots
BOUND = 0.95  # of the own variance, each way
RESTLESS = 0.05  # chance that shots of ordinary people scatter as much
MOST_TAKEN = 0.5  # of σ²: what differs between sessions is never taken for small
TUNING = 1.5  # of Huber's estimator: 96 % efficient where nothing is wrong
FAR = 6.0  # σ from the median: of people whose shots scatter by 2.5 σ in 3 of 100 sessions
ALIKE = 2.0  # σ between the farthest of those that are kept
NEAR_ENOUGH = 1e-5  # of the scale: where the steps end
LEAST_SCALE = 0.25  # of σ: three shots can agree by chance
FEWEST = 4  # sessions, the baseline among them, before a trend is looked for
WEEKS = 28.0  # days: trends are told per four weeks


class OwnNoise(NamedTuple):
    """How the shots of one person repeat within a session.

    Attributes
    ----------
    sigma : float
        Standard deviation of one comparison within a session, pooled over sessions.
    low, high : float
        One-sided 95 % bounds of it.
    freedom : int
        Degrees of freedom: shots beyond the first of each session.
    """

    sigma: float
    low: float
    high: float
    freedom: int

    @property
    def is_enough(self) -> bool:
        """Whether it can narrow what is detectable; less can only widen it."""
        return self.freedom >= ENOUGH

    def sdc(self, sdc: float, shots: float) -> float:
        """Smallest detectable change of the mean of several shots.

        Parameters
        ----------
        sdc : float
            Of one comparison, from other people.
        shots : float
            How many are averaged.

        Returns
        -------
        float
            Smaller by what averaging surely takes away, larger where these shots repeat worse. Of
            few shots only the latter, and only where they scatter more than chance explains.
        """
        one = (sdc / Z) ** 2
        if not self.is_enough:
            scatters = self.freedom * self.sigma**2 / one > float(chdtri(self.freedom, RESTLESS))
            quantile = float(stdtrit(self.freedom, 0.975))
            return max(sdc, quantile * self.sigma / sqrt(shots)) if scatters else sdc
        taken = (1 - 1 / shots) * min(self.low**2, MOST_TAKEN * one)
        return Z * sqrt(max(one - taken, self.high**2 / shots))


class Trend(NamedTuple):
    """A straight line through the values of several sessions.

    Attributes
    ----------
    slope, low, high : float
        Change in four weeks with its 99 % interval: several series of a person are looked at.
    sessions : int
        How many it rests on, the baseline among them.
    scatter : float
        Reduced χ²: above 1 the values scatter more than their noise, which widens the interval.
    ends : tuple of two (day, value)
        Of the line, at the first and the last session.
    """

    slope: float
    low: float
    high: float
    sessions: int
    scatter: float
    ends: tuple[tuple[float, float], tuple[float, float]]

    @property
    def is_beyond_noise(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def robust_mean(values: Sequence[float], sigma: float) -> float:
    """Return the mean of shots, one that went wrong weighing little (Huber 1964).

    Parameters
    ----------
    values : sequence of float
        At least one; of two it is their mean.
    sigma : float
        Noise of one of them, which bounds how finely they may be told apart.

    Returns
    -------
    float
    """
    if len(values) < 3:
        return fmean(values)
    center = median(values)
    scale = max(1.4826 * median(abs(x - center) for x in values), LEAST_SCALE * sigma)
    mean = fmean(values)
    if all(abs(x - mean) <= TUNING * scale for x in values):
        return mean  # all weigh the same: where the steps below would end
    for _ in range(50):
        weights = [min(1.0, TUNING * scale / max(abs(x - center), 1e-12)) for x in values]
        moved = fmean(values, weights)
        if abs(moved - center) < NEAR_ENOUGH * scale:
            return moved
        center = moved
    return center


def agreeing(values: Sequence[float], sigma: float) -> list[bool]:
    """Tell which shots of a session belong together: not one that is far from others that agree.

    Parameters
    ----------
    values : sequence of float
    sigma : float
        Noise of one of them.

    Returns
    -------
    list of bool
        All, unless what is left without those far off agrees, of two shots at least.
    """
    middle = median(values)
    near = [abs(x - middle) <= FAR * sigma for x in values]
    left = [x for x, is_near in zip(values, near, strict=True) if is_near]
    agree = len(left) >= 2 and max(left) - min(left) <= ALIKE * sigma
    return near if agree else [True] * len(values)


def variance_within(values: Sequence[float]) -> tuple[float, int]:
    """Return the sum of squares about the mean, and its degrees of freedom."""
    middle = fmean(values) if values else 0.0
    return sum((x - middle) ** 2 for x in values), max(0, len(values) - 1)


def own_noise(sessions: Sequence[Sequence[float]]) -> OwnNoise | None:
    """Pool the spread of shots over sessions.

    Parameters
    ----------
    sessions : sequence of sequence of float
        Values of the shots of each session.

    Returns
    -------
    OwnNoise or None
        None where no session has several shots.
    """
    parts = [variance_within(values) for values in sessions]
    total, freedom = sum(part[0] for part in parts), sum(part[1] for part in parts)
    if freedom == 0:
        return None
    low, high = (total / float(chdtri(freedom, tail)) for tail in (1 - BOUND, BOUND))
    return OwnNoise(sqrt(total / freedom), sqrt(low), sqrt(high), freedom)


def trend_of(
    days: Sequence[float], values: Sequence[float], sigmas: Sequence[float]
) -> Trend | None:
    """Fit a line by least squares, each session weighted by its interval.

    All values are differences from one baseline, whose own error moves them together; with the
    height of the line left free it drops out. The noise of a whole comparison is then taken for
    that of each session, which is more than its share, and scatter about the line that is larger
    still widens the interval (Birge 1932), with the quantile of Student.

    Parameters
    ----------
    days, values : sequence of float
        When, and how much; the baseline is one of them, with value 0.
    sigmas : sequence of float
        1 σ of each.

    Returns
    -------
    Trend or None
        None with fewer than four sessions, or all on one day.
    """
    t, y, sigma = (np.asarray(numbers, np.float64) for numbers in (days, values, sigmas))
    if len(t) < FEWEST or np.ptp(t) < 1:
        return None
    weights = 1 / sigma**2
    middle_t, middle_y = weights @ t / weights.sum(), weights @ y / weights.sum()
    leverage = float(weights @ (t - middle_t) ** 2)
    slope = float(weights @ ((t - middle_t) * (y - middle_y))) / leverage
    residuals = y - middle_y - slope * (t - middle_t)
    freedom = len(t) - 2
    scatter = float(weights @ residuals**2) / freedom
    wider = sqrt(scatter) * float(stdtrit(freedom, 0.995)) if scatter > 1 else 0.0
    half = max(CLAIM, wider) / sqrt(leverage)
    low, high = WEEKS * (slope - half), WEEKS * (slope + half)
    first, last = (
        (float(day), float(middle_y + slope * (day - middle_t))) for day in (t.min(), t.max())
    )
    return Trend(WEEKS * slope, low, high, len(t), scatter, (first, last))
