"""How much noise the new model has: from known changes, and from people to stop by."""

from collections.abc import Sequence

import numpy as np
import torch

from ..models import Model
from ..net_input import MAPS
from ..noise import noise_table, table_with
from .evaluate import links_of
from .features import Features, read_features
from .folder import kinds_of, noise_of_model
from .head import Head
from .intervals import excess_of, widenings
from .prepare import Prepared
from .targets import OWN_PHOTO, Target

__all__ = ["excess_with"]


def excess_with(
    base: Model, own: Sequence[Target], prepared: Prepared, features: Features, head: Head
) -> dict[str, float]:
    """Return how many times the base's noise each kind of score has with the head.

    From known changes in the user's own photos, each map by itself, and widened where labels of
    people to stop by ask for it; under all color references alike, since few of them are seen.
    """
    with torch.no_grad():
        read = read_features(features, head)
    times = {name: _of_known_changes(number, prepared, features, read)
             for number, name in enumerate(MAPS)}  # fmt: skip
    kinds = list(noise_table()["kinds"])
    excess = {kind: times[kind.rpartition(" ")[0]] for kind in kinds}
    scores = kinds_of(head.opened, base)
    table = table_with(noise_of_model(base, scores, excess), scores)
    readings = [float(read[t.example, t.map, t.region]) for t in own]
    wider = widenings(own, readings, prepared.examples, links_of(own, readings), table)
    return {kind: of * wider.get(kind.rpartition(" ")[0], 1.0) for kind, of in excess.items()}


def _of_known_changes(
    number: int, prepared: Prepared, features: Features, read: torch.Tensor
) -> float:
    """Return what is left of known changes in own photos, of one map, over what the base leaves.

    Whatever the factor: what a photo shows of a change is its camera's.
    """
    rows = [t for t in prepared.targets if t.scale == OWN_PHOTO and t.map == number]
    off = []
    for values in (features.start, read):
        got = np.array([float(values[t.example, number, t.region]) for t in rows])
        true = np.array([t.value for t in rows])
        slope = float(got @ true / max(true @ true, 1e-9)) if rows else 1.0
        off.append(list(got - slope * true))
    return excess_of(off[0], off[1], [t.example for t in rows])
