"""One pair read three ways: by the formulas, by the network, and by a ridge regression.

The package gives each score from the source that ships. Here every score is read by all of them,
from the same aligned photos, so that they can be held against each other pair by pair.
"""

from collections.abc import Mapping

import numpy as np

from change.readings import Seen
from change.records import on_raster
from change.ridge import predicted
from skindelta.change import change_maps
from skindelta.models import Model
from skindelta.net_input import NetInput, net_input
from skindelta.network import read_by_network
from skindelta.noise import Differences
from skindelta.score import score_by_network, score_changes
from skindelta.types import Comparison, RegionMap, Score

__all__ = ["SOURCES", "by_ridge", "read_all_ways"]

SOURCES = ("formula", "network", "ridge")
Key = tuple[str, str, str]  # attribute, basis, region


def read_all_ways(
    comparison: Comparison, networks: Mapping[str, Model]
) -> dict[Key, dict[str, float]]:
    """Return the value of every score that can be measured, by source.

    Parameters
    ----------
    comparison : Comparison
    networks : mapping of str to Model
        By the name of the source; every score is read, whatever they ship for.
    """
    pair = comparison.aligned
    if pair is None:
        return {}
    measurable = {_key(s) for s in comparison.scores if s.value is not None}
    maps = change_maps(pair)
    about = comparison.made_with["noise"]
    measured, tone = Differences(**about["differences"]), about["tone"]
    formula = score_changes(pair, maps, measured, tone)
    found = {_key(s): {"formula": s.value} for s in formula if _key(s) in measurable}
    for source, model in networks.items():
        reading = read_by_network(pair, maps, model, every_kind=True)
        if reading is not None:
            for score in score_by_network(pair, reading, formula, measured, tone):
                if _key(score) in found:
                    found[_key(score)][source] = score.value
    given = net_input(pair, maps)
    for key, value in ({} if given is None else by_ridge(given, pair.regions)).items():
        if key in found:
            found[key]["ridge"] = value
    return found


def _key(score: Score) -> Key:
    return score.attribute, score.basis, score.region


def by_ridge(given: NetInput, regions: RegionMap) -> dict[Key, float]:
    """Read every score that a ridge regression was fitted for, from what the network sees."""
    planes = np.concatenate([given.before, given.after, given.shared])
    seen = Seen.of(planes, on_raster(regions.labels, given))
    names = {number: name for number, name in enumerate(regions.names, 1)}
    names[0] = regions.whole
    return {
        (attribute, basis, names[label]): value
        for (attribute, basis, label), value in predicted(seen, given.context).items()
        if label in names
    }
