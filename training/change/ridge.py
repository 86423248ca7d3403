"""The ridge regression that the network is held against: numbers of both photos, no pictures.

One linear model for each kind of score and each group of references, of the whole face and of
smaller regions, fitted to the same pairs as the network (``change.fit_ridge``). All features change
sign with the order of the photos, so there is no constant.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np

from change.readings import Key, Seen, control, formula_maps, readings
from skindelta.net_input import CONTEXT

FILE = Path(__file__).with_name("ridge.json")
REFERENCES = ("card", "grey", "scene", "own skin")
LIGHT_ERROR, TONE = CONTEXT.index("light_error"), CONTEXT.index("tone")
QUANTILES = (0.1, 0.5, 0.9)


def features(seen: Seen, context: np.ndarray) -> dict[int, np.ndarray]:
    """Return the numbers of each region, by its label (0 is the whole)."""
    maps = formula_maps(seen)
    scores = readings(maps, seen)
    centers = [control(maps[number], seen, number) for number in (0, 1)]
    step = seen.after - seen.before
    found = {}
    for label, mask in seen.regions().items():
        kinds = [(a, "absolute") for a in ("redness", "hyperpigmentation", "texture")]
        own = [scores.get((*kind, label), 0.0) for kind in kinds]
        whole = [scores.get((*kind, 0), 0.0) for kind in kinds]
        means = [float(np.average(step[k][mask], weights=seen.weight[mask])) for k in range(2, 6)]
        spreads = [
            float(np.log((seen.after[k][mask].std() + 0.05) / (seen.before[k][mask].std() + 0.05)))
            for k in range(3)
        ]
        quantiles = [np.quantile(maps[k][mask], QUANTILES) for k in (0, 1)]
        tails = [float(tail) for low, middle, high in quantiles for tail in (middle, low + high)]
        tilted = [context[where] * own[k] for where in (LIGHT_ERROR, TONE) for k in (0, 1)]
        tilted += [context[TONE] * centers[k] for k in (0, 1)]
        numbers = [*own, *whole, *centers, *means, *spreads, *tails, *tilted]
        found[label] = np.array(numbers)
    return found


def group_of(context: np.ndarray) -> str:
    return REFERENCES[int(np.argmax(context[: len(REFERENCES)]))]


def predicted(seen: Seen, context: np.ndarray) -> dict[Key, float]:
    """Scores of a pair by the ridge regression."""
    table, group = _table(), group_of(context)
    found: dict[Key, float] = {}
    for label, numbers in features(seen, context).items():
        for name, weights in table.items():
            attribute, basis, part, of = name.split("/")
            if of == group and part == ("region" if label else "whole"):
                found[attribute, basis, label] = float(numbers @ np.array(weights))
    return found


@cache
def _table() -> dict[str, list[float]]:
    weights: dict[str, list[float]] = json.loads(FILE.read_text())["weights"]
    return weights
