"""How well raters agree, with intervals, and what that leaves for a model to reach.

A grade is what the target shows plus a rater's bias plus noise, all three random [1]_::

    x_ij = t_i + r_j + e_ij,     ICC(2,1) = s²_t / (s²_t + s²_r + s²_e)

ICC(2,1) is the share of the spread that another rater would see too: bias counts against it. Where
raters did not see every target, Henderson's method 3 gives the mean squares [2]_: B of targets
after raters, J of raters after targets, E of the rest. From N grades of n targets by k raters ::

    B = s²_e + k0 s²_t,  k0 = (N - k) / (n - 1)        J = s²_e + n0 s²_r,  n0 = (N - n) / (k - 1)

and with all of them there k0 = k, n0 = n: the analysis of variance. The interval is Shrout and
Fleiss's, k0 and n0 in place of k and n; unlike one from resampled targets it knows that raters are
few. Targets of one rater are left out. A perfect model knows t: with one rater it correlates by the
root of the ICC. What cannot be told is :class:`Unknown`; agreement without a flaw has no interval.

References
----------
.. [1] Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428; McGraw & Wong (1996), Psychol. Methods
   1, 30-46.
.. [2] Searle, Casella & McCulloch (1992), Variance Components, ch. 5.
.. [3] Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72, 323-327: standard error of kappa.
.. [4] Bland & Altman (1986), Lancet 327, 307-310; (1996), BMJ 313, 744.
.. [5] Newcombe (1998), Stat. Med. 17, 857-872: Wilson's interval is method 3.
.. [6] de Vet et al. (2006), J. Clin. Epidemiol. 59, 1033-1039: standard error of measurement.
.. [7] Graybill & Wang (1980), J. Am. Stat. Assoc. 75, 869-873.
"""

from collections.abc import Callable, Hashable, Sequence
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, fdtri, stdtrit  # scipy.stats takes most of a second to load

__all__ = [
    "Estimate",
    "Limits",
    "Measured",
    "Unknown",
    "attainable_rmse",
    "bias",
    "ceiling",
    "cohen_kappa",
    "icc_2_1",
    "icc_2_k",
    "icc_from_components",
    "limits_of_agreement",
    "mean_of_raters",
    "share",
    "weighted_kappa",
    "within_sd",
]

Z = 1.959964  # two-sided 95 %
ROUNDING = 1e-12  # of the sum of squares
# Targets before kappa has an interval: with 7 grades it covers 81 of 100 at 10, 88 at 20, 92 at 50.
FEWEST = 20

_Floats = NDArray[np.float64]
_Names = Sequence[Hashable]


class Estimate(NamedTuple):
    """A number with its 95 % interval, and how many targets it rests on."""

    value: float
    low: float
    high: float
    n: int


class Unknown(NamedTuple):
    """Why there is no number."""

    reason: str


Measured = Estimate | Unknown


class Limits(NamedTuple):
    """Where two raters' difference lies in 95 of 100 targets: bias - and + 1.96 SD."""

    bias: Estimate
    low: Estimate
    high: Estimate


def icc_2_1(ratings: ArrayLike) -> Measured:
    """Absolute agreement of single raters: ICC(2,1) of complete ratings, else a ValueError [1]_."""
    if missing := int(np.isnan(np.asarray(ratings, float)).sum()):
        raise ValueError(f"expected complete ratings, got {missing} missing")
    return icc_from_components(ratings)


def icc_2_k(ratings: ArrayLike) -> Measured:
    """Agreement of the mean of these raters with that of as many others: ICC(2,k) [1]_."""
    return mean_of_raters(icc_2_1(ratings), np.shape(ratings)[1])


def icc_from_components(ratings: ArrayLike) -> Measured:
    """ICC(2,1) where raters did not see every target, and the same as it where they did [2]_.

    Parameters
    ----------
    ratings : array of shape (targets, raters)
        NaN where a rater did not see the target.
    """
    if isinstance(found := _squares(ratings), Unknown):
        return found
    B, J, E, (b, j, e), k, n, targets = found
    spread = B + (k - 1) * E + k * (J - E) / n
    if spread <= 0 or B <= ROUNDING * spread:
        return Unknown("all targets were graded alike")
    rho = (B - E) / spread
    parts = k * rho / n * J, (1 - rho + k * rho * (n - 1) / n) * E
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / j + parts[1] ** 2 / e)
    rest = k * J + (k * n - k - n) * E
    over, under = float(fdtri(b, freedom, 0.975)), float(fdtri(freedom, b, 0.975))
    low = n * (B - over * E) / (over * rest + n * B)
    high = n * (under * B - E) / (rest + n * under * B)
    return Estimate(rho, max(low, -1.0), min(high, 1.0), targets)


def mean_of_raters(icc: Measured, raters: float) -> Measured:
    """Agreement of the mean of several raters from that of one (Spearman and Brown 1910)."""
    return _through(icc, lambda x: max(raters * x / max(1 + (raters - 1) * x, ROUNDING), -1.0))


def ceiling(icc: Measured, raters: float = 1) -> Measured:
    """Correlation of a perfect model with the mean of raters (if uneven: the harmonic mean)."""
    return _through(mean_of_raters(_through(icc, lambda x: max(x, 0.0)), raters), sqrt)


def attainable_rmse(ratings: ArrayLike, raters: float = 1) -> Measured:
    """By how much a perfect model differs from the mean of so many raters, root mean square.

    ``SEM² = s²_r + s²_e`` [6]_, of complete ratings the mean square within targets.
    """
    if isinstance(found := _squares(ratings), Unknown):
        return found
    parts = found.J / found.n / raters, (1 - 1 / found.n) * found.E / raters
    return _deviation(parts, found.freedom[1:], found.targets)


def weighted_kappa(
    first: Sequence[float],
    second: Sequence[float],
    levels: Sequence[float],
    weights: Literal["quadratic", "linear"] = "quadratic",
) -> Measured:
    """Agreement of two raters on the same targets beyond chance [3]_, near misses counting less.

    Parameters
    ----------
    first, second : sequence of float
        Grades, each among the levels (else a ValueError).
    levels : sequence of float
        Of the scale; a disagreement weighs by their distance (linear) or its square.
    """
    apart = np.abs(np.subtract.outer(levels, levels)) ** (2 if weights == "quadratic" else 1)
    return _kappa(first, second, levels, 1 - apart / max(apart.max(initial=0), ROUNDING))


def cohen_kappa(first: _Names, second: _Names) -> Measured:
    """Agreement of two raters on names beyond chance, interval as in :func:`weighted_kappa`."""
    names = list(dict.fromkeys([*first, *second]))
    return _kappa(first, second, names, np.eye(len(names)))


def share(hits: int, of: int) -> Measured:
    """Share with Wilson's interval [5]_."""
    if not of:
        return Unknown("there are none to count")
    center, half = 2 * hits + Z**2, Z * sqrt(Z**2 + 4 * hits * (1 - hits / of))
    low, high = ((center + side) / (2 * (of + Z**2)) for side in (-half, half))
    return Estimate(hits / of, max(low, 0.0), min(high, 1.0), of)


def bias(ratings: ArrayLike) -> tuple[Measured, ...]:
    """By how much each rater is above the mean of the others; ratings (targets, raters), or NaN."""
    x = np.asarray(ratings, float)
    seen = np.isfinite(x)
    sums, counts = np.where(seen, x, 0.0).sum(1), seen.sum(1)
    shared = (seen & (counts > 1)[:, None]).T
    return tuple(
        _mean(own[at] - (sums[at] - own[at]) / (counts[at] - 1))
        for own, at in zip(x.T, shared, strict=True)
    )


def limits_of_agreement(first: Sequence[float], second: Sequence[float]) -> Limits | Unknown:
    """Where the difference of two raters lies, first less second; a limit's SE² is 3 s²/n [4]_."""
    d = np.subtract(first, second, dtype=float)
    if isinstance(center := _mean(d), Unknown):
        return center
    half, off = Z * float(d.std(ddof=1)), sqrt(3) * (center.high - center.value)
    ends = (center.value - half, center.value + half)
    return Limits(center, *(Estimate(end, end - off, end + off, center.n) for end in ends))


def within_sd(repeats: Sequence[Sequence[float]]) -> Measured:
    """How a rater's grades of a target scatter: SD; for two, of their differences / √2 [4]_."""
    groups = [np.asarray(g, float) for g in repeats if len(g) > 1]
    freedom = sum(len(g) - 1 for g in groups)
    if not freedom:
        return Unknown("no target was graded twice")
    squares = sum(float(((g - g.mean()) ** 2).sum()) for g in groups)
    return _deviation((squares / freedom,), (freedom,), len(groups))


class _Squares(NamedTuple):
    """Mean squares of targets, raters and residual, their degrees of freedom, k0 and n0."""

    B: float
    J: float
    E: float
    freedom: tuple[int, int, int]
    k: float
    n: float
    targets: int


def _squares(ratings: ArrayLike) -> _Squares | Unknown:
    """Mean squares by Henderson's method 3, on the targets that two or more raters graded."""
    x = np.asarray(ratings, float)
    x = x[np.isfinite(x).sum(1) > 1]
    i, j = np.nonzero(np.isfinite(x))
    y = x[i, j]
    if len(x) < 2:
        return Unknown("fewer than two targets were graded by two raters")
    rater = (j[:, None] == np.unique(j)).astype(float)
    within, design = _centered(y, i), _centered(rater, i)
    factor, _, rank, _ = np.linalg.lstsq(design, within, rcond=None)
    J, E = (float(v @ v) for v in (design @ factor, within - design @ factor))
    B = float((_centered(y, j) ** 2).sum()) - E
    size, n, k = len(y), len(x), rater.shape[1]
    b, j_, e = n - k + int(rank), int(rank), size - n - int(rank)
    if e < 1 or b < 1:
        return Unknown("too few targets were graded by two raters")
    if J + E <= ROUNDING * float(y @ y):
        return Unknown(f"raters never differed on {n} targets")
    return _Squares(B / b, J / j_, E / e, (b, j_, e), (size - k) / b, (size - n) / j_, n)


def _centered(values: _Floats, group: NDArray[np.intp]) -> _Floats:
    """Values less the mean of their group."""
    _, at, counts = np.unique(group, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), *values.shape[1:]))
    np.add.at(sums, at, values)
    centered: _Floats = values - (sums.T / counts).T[at]
    return centered


def _kappa(first: _Names, second: _Names, names: _Names, w: _Floats) -> Measured:
    """Kappa with weights of agreement, in the symbols of Fleiss, Cohen and Everitt."""
    n = len(first)
    if n < FEWEST:
        return Unknown(f"{n} targets graded by both, {FEWEST} are needed")
    p = np.zeros(w.shape)
    np.add.at(p, tuple([[*names].index(x) for x in one] for one in (first, second)), 1 / n)
    rows, columns = p.sum(1), p.sum(0)
    po, pc = float((w * p).sum()), float(rows @ w @ columns)
    if 1 - po < ROUNDING:
        return Unknown(f"they never differed on {n} targets")
    kappa = (po - pc) / (1 - pc)
    off = w - np.add.outer(w @ columns, rows @ w) * (1 - kappa)
    variance = (float((p * off**2).sum()) - (kappa - pc * (1 - kappa)) ** 2) / n / (1 - pc) ** 2
    half = Z * sqrt(max(variance, 0.0))
    return Estimate(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0), n)


def _mean(d: _Floats) -> Measured:
    """Mean of differences with Student's interval."""
    n = len(d)
    if n < 2 or np.ptp(d) <= ROUNDING:
        return Unknown(f"no spread of differences on {n} targets")
    mean, half = float(d.mean()), float(stdtrit(n - 1, 0.975) * d.std(ddof=1)) / sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def _deviation(parts: Sequence[float], freedom: Sequence[int], targets: int) -> Measured:
    """Root of a sum of mean squares, with its interval by Graybill and Wang [7]_."""
    if (total := sum(parts)) <= ROUNDING:
        return Unknown(f"grades never differed on {targets} targets")
    f, x = np.array(freedom), np.array(parts)
    below, above = (float(np.linalg.norm(x * (f / chdtri(f, p) - 1))) for p in (0.025, 0.975))
    return Estimate(sqrt(total), sqrt(total - below), sqrt(total + above), targets)


def _through(measured: Measured, f: Callable[[float], float]) -> Measured:
    """Apply what grows with its argument."""
    if isinstance(measured, Unknown):
        return measured
    return Estimate(f(measured.value), f(measured.low), f(measured.high), measured.n)
