"""Rows of measurements: which pairs they are of, what they show, how their photos differ."""

from collections.abc import Sequence

import numpy as np

from .pairs import Row

DIGITS = 3


def values_of(kind: str, region: str, rows: Sequence[Row]) -> tuple[np.ndarray, list[Row]]:
    key = f"{kind} {region}"
    kept = [row for row in rows if key in row["values"]]
    return np.array([row["values"][key] for row in kept]), kept


def squares(names: Sequence[str], rows: Sequence[Row]) -> np.ndarray:
    """Squares of differences beyond what the base holds, of which each row tells the start."""
    differences = [[row["differences"][name] for name in names] for row in rows]
    starts = [[row["from"][name] for name in names] for row in rows]
    beyond = np.square(np.array(differences, float)) - np.square(np.array(starts, float))
    found: np.ndarray = np.maximum(beyond, 0).reshape(len(rows), len(names))
    return found


def of_sets(rows: Sequence[Row], *sets: str) -> list[Row]:
    return [row for row in rows if row["set"].split(",")[0] in sets]


def in_sets(rows: Sequence[Row], *sets: str) -> list[Row]:
    return [row for row in rows if row["set"] in sets]


def real_pairs(rows: Sequence[Row], reference: str) -> list[Row]:
    return [row for row in rows if row["set"] == "real" and row["reference"] == reference]


def votes_of(rows: Sequence[Row]) -> np.ndarray:
    """One vote a person, shared by their rows."""
    names = [row["person"] for row in rows]
    return np.array([1 / names.count(name) for name in names])


def weighted_quantile(values: np.ndarray, weights: np.ndarray, level: float) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(share, level - 1e-9)), len(values) - 1)])


def rounded(value: float) -> float:
    """Three digits: what the last bits of the arithmetic do not touch."""
    return float(f"{value:.{DIGITS}g}")
