"""How well values agree with the truth, with intervals over people."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Row = dict[str, Any]
RESAMPLES = 500
MIN_PAIRS = 5


class Estimate(NamedTuple):
    """A figure with its 95 % bootstrap interval over people."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:6.3f} [{self.low:6.3f}, {self.high:6.3f}]"


def correlation(truth: np.ndarray, value: np.ndarray) -> float:
    if truth.std() == 0 or value.std() == 0:
        return float("nan")
    return float(np.corrcoef(truth, value)[0, 1])


def slope(truth: np.ndarray, value: np.ndarray) -> float:
    """Slope of the line of values on truths; 1 = no shrinkage."""
    spread = truth.var()
    return float(np.cov(truth, value, bias=True)[0, 1] / spread) if spread else float("nan")


def rmse(truth: np.ndarray, value: np.ndarray) -> float:
    return float(np.sqrt(np.mean((value - truth) ** 2)))


def mean_error(truth: np.ndarray, value: np.ndarray) -> float:
    return float(np.mean(np.abs(value - truth)))


FIGURES = {"r": correlation, "slope": slope, "rmse": rmse, "mae": mean_error}


def agreement(rows: Sequence[Row], seed: int = 0) -> dict[str, Any] | None:
    """r, slope, RMSE, MAE of the measurable rows; None where there are too few."""
    measured = [row for row in rows if row["value"] is not None]
    if len(measured) < MIN_PAIRS:
        return None
    figures = {name: estimate(measured, figure, seed) for name, figure in FIGURES.items()}
    return {
        "pairs": len(rows),
        "people": len({row["person"] for row in measured}),
        "measured": len(measured),
        **figures,
    }


def estimate(
    rows: Sequence[Row], figure: Callable[[np.ndarray, np.ndarray], float], seed: int = 0
) -> Estimate:
    """Return a figure and its interval: people are drawn with replacement, with all their rows."""
    names = sorted({row["person"] for row in rows})
    index = {name: [] for name in names}
    for k, row in enumerate(rows):
        index[row["person"]].append(k)
    truth = np.array([row["truth"] for row in rows])
    value = np.array([row["value"] for row in rows])
    members = [np.array(index[name]) for name in names]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([members[k] for k in rng.integers(len(names), size=len(names))])
        drawn.append(figure(truth[chosen], value[chosen]))
    finite = np.array(drawn)[np.isfinite(drawn)]
    low, high = np.quantile(finite, [0.025, 0.975]) if len(finite) else (np.nan, np.nan)
    return Estimate(figure(truth, value), float(low), float(high))
