"""Change maps by network: the formulas' maps, corrected by what was learnt from known changes.

The network sees both photos on a coarser raster (:mod:`skindelta.net_input`) and gives a map of
each attribute there. Swapping the photos changes the sign of its maps exactly. Which scores it
gives, with which noise, is in its model folder; the formula gives the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .errors import ModelError
from .grades import link_from
from .models import Model
from .net_input import CHANNELS, CONTEXT, MAPS, PX_PER_MM, NetInput, beside_skin, net_input
from .noise import table_with
from .types import AlignedPair, ChangeMap, FloatArray, NetworkReading

__all__ = ["CONTRACT", "check_network", "read_by_network", "read_input"]

CONTRACT = "skindelta.change/1"
MID = CHANNELS.index("mid")
# Maps that may be mixed with the formula's, by the channel whose difference that is.
MIXED = {
    "redness absolute": CHANNELS.index("haemoglobin"),
    "hyperpigmentation absolute": CHANNELS.index("melanin"),
}


def read_by_network(
    pair: AlignedPair, maps: tuple[ChangeMap, ...], model: Model, every_kind: bool = False
) -> NetworkReading | None:
    """Measure a pair by network.

    Parameters
    ----------
    pair : AlignedPair
    maps : tuple of ChangeMap
        By formula.
    model : Model
    every_kind : bool
        Give all scores that the noise table knows, not only those that the model ships for: to
        hold them against the formulas'.

    Returns
    -------
    NetworkReading or None
        None where no skin is left.

    Raises
    ------
    ModelError
        The model is not a change network of this contract.
    """
    _checked(model, every_kind)
    given = net_input(pair, maps)
    return None if given is None else read_input(given, pair, maps, model, every_kind)


def read_input(
    given: NetInput,
    pair: AlignedPair,
    maps: tuple[ChangeMap, ...],
    model: Model,
    every_kind: bool = False,
) -> NetworkReading:
    """Measure a pair that is on the network's raster already.

    Parameters
    ----------
    given : NetInput
        Of this pair and these maps.
    pair, maps, model, every_kind
        As in :func:`read_by_network`.

    Returns
    -------
    NetworkReading
        With the maps of the scores that the network gives under this color reference.

    Raises
    ------
    ModelError
        The model is not a change network of this contract.
    """
    kinds, noise = _checked(model, every_kind)
    source = f"model {model.card.name}@{model.card.version}"
    wanted = [name for name in MAPS if f"{name} {pair.reference}" in kinds]
    planes = dict(zip(MAPS, _answer(given, model), strict=True)) if wanted else {}
    formula = {m.attribute: m for m in maps if m.band in ("", "mid")}
    own = {
        name: _as_map(
            _mixed(planes[name], given, model, name, pair.reference),
            given,
            formula[name.split()[0]],
            source,
            beside_skin(pair.regions, formula[name.split()[0]].values.shape),
        )
        for name in wanted
    }
    return NetworkReading(source, own, kinds, noise)


def _answer(given: NetInput, model: Model) -> FloatArray:
    """Run the network, (5, h, w)."""
    inputs = {
        "before": given.before[None],
        "after": given.after[None],
        "shared": given.shared[None],
        "context": given.context[None],
        "levels": given.levels[None],
    }
    told = f"{model.card.name}@{model.card.version}"
    try:
        maps = np.asarray(model.run(inputs)["maps"][0], np.float32)
    except Exception as error:  # the runtime raises its own types, which differ by version
        raise ModelError(f"{told} cannot be run: {error}; choose another, or 'formula'") from error
    wanted = (len(MAPS), *given.shared.shape[1:])
    if maps.shape != wanted or not np.isfinite(maps).all():
        raise ModelError(
            f"{told} did not answer with finite maps {wanted} (got {maps.shape}); "
            "choose another, or 'formula'"
        )
    return maps


def _as_map(
    plane: FloatArray,
    given: NetInput,
    formula: ChangeMap,
    source: str,
    beside: npt.NDArray[np.bool_],
) -> ChangeMap:
    """Bring one plane of the answer to the grid, as a map like the formula's.

    What was drawn beside the skin the network does not see: there it has no values.
    """
    values = _on_grid(plane, given, formula.values)
    values[beside] = np.nan
    before, after = formula.before, formula.after
    if formula.attribute == "texture":  # the strength of relief: it weighs the mean of the map
        before, after = (
            _on_grid(photo[MID], given, formula.values) for photo in (given.before, given.after)
        )
    return replace(formula, values=values, before=before, after=after, source=source)


def check_network(model: Model) -> None:
    """Make sure that a model is a change network of this version.

    Raises
    ------
    ModelError
        It is another kind of model, was trained on other inputs, or lacks noise of what it gives.
    """
    _checked(model, False)


def _mixed(
    plane: FloatArray, given: NetInput, model: Model, name: str, reference: str
) -> FloatArray:
    """Return what ships of a map: a share of what the network adds to the formula, scaled.

    The share is what was surely not farther from known changes than the formula in any kind of
    photos; the factor makes them read with slope 1.
    """
    output, key = model.card.output, f"{name} {reference}"
    share = float(output.get("shares", {}).get(key, 1.0))
    if share < 1:
        formula = given.after[MIXED[name]] - given.before[MIXED[name]]
        plane = formula + np.float32(share) * (plane - formula)
    return plane * np.float32(output["factors"].get(key, 1.0))


def _on_grid(plane: FloatArray, given: NetInput, like: FloatArray) -> FloatArray:
    """Bring a plane of the network's raster to the midpoint grid, NaN where `like` is."""
    top, left, height, width = given.box
    inside = plane[:height, :width]
    seen = given.shared[0, :height, :width] > 0
    filled = _filled(inside, seen)
    whole = np.zeros(given.size, np.float32)
    whole[top : top + height, left : left + width] = filled
    full = cv2.resize(whole, like.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(np.isfinite(like), np.asarray(full, np.float32), np.float32(np.nan))


def _filled(plane: FloatArray, seen: npt.NDArray[np.bool_]) -> FloatArray:
    """Carry the values at the edge of the skin a cell outwards, for interpolation."""
    weight = seen.astype(np.float32)
    around = cv2.blur(plane * weight, (3, 3)) / np.maximum(cv2.blur(weight, (3, 3)), 1e-6)
    return np.where(seen, plane, np.asarray(around, np.float32))


@lru_cache(maxsize=4)
def _checked(model: Model, every_kind: bool) -> tuple[frozenset[str], Mapping[str, Any]]:
    """Return the kinds of score that a model gives, and the noise table with them."""
    card = model.card
    told = f"{card.name}@{card.version}"
    if card.input.get("contract") != CONTRACT:
        raise ModelError(
            f"{told} is not a change network of the contract {CONTRACT} "
            f"(its card says {card.input.get('contract')!r}); choose another model, or 'formula'"
        )
    try:
        sides = (card.input["channels"], card.input["context"], card.output["maps"])
        if tuple(map(tuple, sides)) != (CHANNELS, CONTEXT, MAPS):
            raise ModelError(f"{told} was trained on other inputs than this version gives")
        if card.input["px_per_mm"] != PX_PER_MM:
            raise ModelError(
                f"{told} was trained at {card.input['px_per_mm']} cells/mm, this version has "
                f"{PX_PER_MM}"
            )
        if "noise.json" not in card.sha256:
            raise ModelError(f"{told}: its card has no sha256 of noise.json")
        factors = {name: float(factor) for name, factor in card.output["factors"].items()}
        own = json.loads((model.folder / "noise.json").read_text(encoding="utf-8"))
        kinds = frozenset(own["kinds"] if every_kind else card.output["scores"])
        known, lacking = set(own["kinds"]), set(card.output["scores"]) - set(factors)
        if lacking or not known.issuperset(factors):
            odd = sorted(lacking | (set(factors) - known))
            raise ModelError(f"{told}: scores without a factor, or factors of no score: {odd}")
        if not all(np.isfinite(factor) and factor > 0 for factor in factors.values()):
            raise ModelError(f"{told}: its factors are not all above 0: {factors}")
        shares = {name: float(share) for name, share in card.output.get("shares", {}).items()}
        mixed = all(name.rpartition(" ")[0] in MIXED for name in shares)
        if not mixed or not all(0 < share <= 1 for share in shares.values()):
            raise ModelError(f"{told}: its shares are not of absolute color, 0 to 1: {shares}")
        for link in card.output.get("links", {}).values():
            link_from(link)
        return kinds, table_with(own, kinds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{told}: its card or noise table is incomplete: {error!r}") from error
