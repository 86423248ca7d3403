"""Measured pairs, kept as a network needs them: any number of candidates reads the same ones.

Photos take most of the time, and what they show does not depend on the network. So ``noise.measure
--keep`` writes each pair once, without its photos, and ``noise.read`` lets a network read it.
"""

import hashlib
import pickle
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from change.ways import by_ridge
from skindelta.models import Model
from skindelta.net_input import NetInput, net_input
from skindelta.network import read_input
from skindelta.score import values_by_network
from skindelta.types import AlignedPair, ChangeMap, Comparison, RegionMap

__all__ = ["keep", "read"]

FAST = 1  # level of compression


class _Kept(NamedTuple):
    """What is left of a pair: where skin is and is trusted, and the network's input."""

    given: NetInput
    regions: RegionMap
    trust: np.ndarray
    reference: Any
    maps: list[tuple[str, str, str, np.ndarray]]  # attribute, unit, band, bits of where it is valid


def keep(comparison: Comparison, folder: Path) -> str:
    """Write what a network needs of a pair; the name of its file, empty where no skin is left.

    Parameters
    ----------
    comparison : Comparison
        By the formulas alone.
    folder : Path
        Is made where it is missing.

    Returns
    -------
    str
    """
    pair = comparison.aligned
    given = None if pair is None else net_input(pair, comparison.maps)
    if pair is None or given is None:
        return ""
    maps = [
        (m.attribute, m.unit, m.band, np.packbits(np.isfinite(m.values)))
        for m in comparison.maps
        if m.band in ("", "mid")
    ]
    kept = _Kept(given, pair.regions, pair.trust, pair.reference, maps)
    data = zlib.compress(pickle.dumps(tuple(kept)), FAST)
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(data).hexdigest()[:20]
    (folder / name).write_bytes(data)
    return name


def read(file: Path, model: Model) -> dict[str, dict[str, float]]:
    """Read every score of a pair by a network, whatever it ships for, and by ridge regression.

    Parameters
    ----------
    file : Path
        Written by :func:`keep` on this machine: it is a pickle.
    model : Model

    Returns
    -------
    dict of str to dict
        ``"network"`` and ``"ridge"``, each by ``"attribute basis region"``.
    """
    kept = _Kept(*pickle.loads(zlib.decompress(file.read_bytes())))  # noqa: S301 - our own file
    shape = kept.trust.shape
    nothing = np.broadcast_to(np.float32(0), (*shape, 3))
    pair = AlignedPair(
        before=nothing,
        after=nothing,
        displacement=nothing[..., :2],
        trust=kept.trust,
        residual_px=0.0,
        regions=kept.regions,
        reference=kept.reference,
    )
    maps = tuple(_map(*one, shape) for one in kept.maps)
    reading = read_input(kept.given, pair, maps, model, every_kind=True)
    network = {
        f"{name} {region}": value
        for name, values in values_by_network(pair, reading).items()
        for region, value in values.items()
        if value is not None
    }
    ridge = {" ".join(key): value for key, value in by_ridge(kept.given, kept.regions).items()}
    return {"network": network, "ridge": ridge}


def _map(
    attribute: str, unit: str, band: str, bits: np.ndarray, shape: tuple[int, ...]
) -> ChangeMap:
    """Return a map that is 0 where it was valid: the network puts its own values there."""
    valid = np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape)
    values = np.where(valid, np.float32(0), np.float32(np.nan))
    return ChangeMap(attribute, unit, values, 0.0, values, values, band)
