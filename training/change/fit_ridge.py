"""Fit the ridge regression to the pairs of the bank; writes ``ridge.json``.

    python -m change.fit_ridge --run ../runs/change

Run from the folder `training`. The penalty is chosen by leaving people out.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from change.data import Bank
from change.readings import Key, Seen
from change.ridge import FILE, features, group_of

PENALTIES = (1.0, 10.0, 100.0, 1000.0, 10000.0)
FOLDS = 6


def true_readings(planes: np.ndarray, seen: Seen) -> dict[Key, float]:
    """Return what a perfect measurement reads of each region, from the truth of a record."""
    redness, melanin, unchanged, changed = planes[14:18]
    found: dict[Key, float] = {}
    skin = seen.labels > 0  # all of it, whatever is trusted
    for attribute, field in (("redness", redness), ("hyperpigmentation", melanin)):
        center = float(np.median(field[skin]))
        for label in seen.regions():
            mean = float(field[seen.labels == label if label else skin].mean())
            found[attribute, "absolute", label] = mean
            found[attribute, "relative", label] = mean - center
    relief = (seen.before[4] != 0) & (seen.after[4] != 0)
    energy = seen.weight * np.exp(seen.before[4] + seen.after[4] - (unchanged + changed) / 2)
    for label, mask in seen.regions().items():
        mask = mask & relief
        if mask.sum() >= 24:
            last, first = ((energy * np.exp(e))[mask].sum() for e in (changed, unchanged))
            found["texture", "absolute", label] = 50 * float(np.log(last / first))
    return found


def gathered(bank: Bank) -> dict[str, list[tuple[np.ndarray, float, str]]]:
    """Features, truth and person of every region of every pair, by the name of the model."""
    rows: dict[str, list[tuple[np.ndarray, float, str]]] = defaultdict(list)
    for index, about in enumerate(bank.abouts):
        planes, labels, context, real, _ = bank[index]
        seen = Seen.of(planes, labels)
        if not (seen.weight > 0).any():
            continue
        truth, group = true_readings(planes, seen), group_of(context)
        for label, numbers in features(seen, context).items():
            for (attribute, basis, of), value in truth.items():
                known = group != "own skin" or basis == "relative" or attribute == "texture"
                if of == label and known and (real or attribute != "texture"):
                    part = "region" if label else "whole"
                    rows[f"{attribute}/{basis}/{part}/{group}"].append(
                        (numbers, value, about["person"])
                    )
    return rows


def fitted(rows: list[tuple[np.ndarray, float, str]]) -> tuple[np.ndarray, float]:
    """Weights with the penalty that predicts people left out best."""
    x, y = np.stack([row[0] for row in rows]), np.array([row[1] for row in rows])
    scale = np.sqrt((x**2).mean(axis=0)) + 1e-9
    people = sorted({row[2] for row in rows})
    fold = np.array([people.index(row[2]) % FOLDS for row in rows])
    errors = []
    for penalty in PENALTIES:
        missed = 0.0
        for out in range(FOLDS):
            weights = _solved(x[fold != out] / scale, y[fold != out], penalty)
            missed += float(np.abs(x[fold == out] / scale @ weights - y[fold == out]).sum())
        errors.append(missed)
    best = PENALTIES[int(np.argmin(errors))]
    return _solved(x / scale, y, best) / scale, best


def _solved(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    gram = x.T @ x + penalty * np.eye(x.shape[1])
    solution: np.ndarray = np.linalg.solve(gram, x.T @ y)
    return solution


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    options = parser.parse_args()
    weights: dict[str, Any] = {}
    for name, rows in sorted(gathered(Bank(options.run / "bank", 0, augment=False)).items()):
        found, penalty = fitted(rows)
        weights[name] = [float(f"{value:.6g}") for value in found]
        print(f"{name:45} {len(rows):6} rows, penalty {penalty:g}")
    FILE.write_text(json.dumps({"weights": weights}, indent=1) + "\n")


if __name__ == "__main__":
    main()
