"""What a model reads of an example, region by region, without its photos and without torch.

As :mod:`skindelta.score` does on the working grid, here on the network's raster: 1 to 2 % of the
spread of the scores apart (96 pairs of photos of faces), and the same for each model that is held
against another.
"""

from collections.abc import Mapping

import numpy as np

from ..models import Model
from ..net_input import CHANNELS, MAPS
from ..types import FloatArray
from .examples import Example, Key

__all__ = ["MIN_CELLS", "maps_of", "read_example"]

MIN_CELLS = 24.0  # of a region, as in training the base: fewer are not read
MID = CHANNELS.index("mid")
FORMULAS = {"redness": (0, 1.0), "hyperpigmentation": (1, 1.0), "texture": (MID, 100.0)}
_LEVELS = ("redness", "hyperpigmentation")


def maps_of(example: Example, model: Model) -> FloatArray:
    """Return the maps that a model gives of an example, (5, h, w), in the order of `MAPS`.

    The formula's where the model leaves a score to it.
    """
    given, output = example.given, model.card.output
    inputs = {name: getattr(given, name)[None] for name in given._fields[:5]}
    answers = model.run(inputs)["maps"][0]
    planes = []
    for number, name in enumerate(MAPS):
        attribute, basis = name.split()
        kind = f"{name} {example.reference}"
        plain = _formula(example, attribute, basis)
        if kind not in output["scores"]:
            planes.append(plain)
            continue
        share = float(output.get("shares", {}).get(kind, 1.0))
        mixed = plain + np.float32(share) * (answers[number] - plain)
        planes.append(mixed * np.float32(output["factors"].get(kind, 1.0)))
    return np.stack(planes).astype(np.float32)


def read_example(example: Example, model: Model) -> Mapping[Key, float]:
    """Return every score that a model gives of an example, in a*, L* and %."""
    maps, given = maps_of(example, model), example.given
    trusted = given.shared[0] * given.shared[1]
    here = (given.before[MID] != 0) & (given.after[MID] != 0)
    energy = here * np.clip(np.exp(given.before[MID] + given.after[MID]), 1e-3, 1e3)
    found: dict[Key, float] = {}
    for place, region in enumerate(example.names):
        inside = example.labels > 0 if place == 0 else example.labels == place + 1
        weight = trusted * inside
        if weight.sum() <= MIN_CELLS:
            continue
        for name, plane in zip(MAPS, maps, strict=True):
            attribute, basis = name.split()
            value = (
                _relief(plane, weight * energy) if attribute == "texture" else _mean(plane, weight)
            )
            found[attribute, basis, region] = value  # type: ignore[index]
    return found


def _mean(plane: FloatArray, weight: FloatArray) -> float:
    return float((plane * weight).sum(dtype=np.float64) / weight.sum(dtype=np.float64))


def _relief(plane: FloatArray, energy: FloatArray) -> float:
    """100 ln of the ratio of the RMS after to that before, from a map of its change."""
    step = np.clip(plane / 100, -3, 3)
    up, down = (float((energy * np.exp(sign * step)).sum(dtype=np.float64)) for sign in (1, -1))
    return 50 * float(np.log(max(up, 1e-6) / max(down, 1e-6)))


def _formula(example: Example, attribute: str, basis: str) -> FloatArray:
    channel, times = FORMULAS[attribute]
    plane = (example.given.after[channel] - example.given.before[channel]) * np.float32(times)
    if basis == "relative":
        plane = plane - example.given.levels[_LEVELS.index(attribute)]
    return np.asarray(plane, np.float32)
