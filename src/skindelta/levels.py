"""Levels of one photo: what its skin shows, in the light it was taken in.

Redness is mean a*, hyperpigmentation mean -L* against the person's own median skin with its spots
and patches, texture the RMS of the mid band in percent of the luminance. There is no interval and
no verdict: a level carries the lamp, the camera and the distance with it, so the levels of two
photos must not be subtracted.
"""

from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from .color import linear_to_a
from .region_statistics import RegionReader, band_rms
from .types import AlignedPair, Basis, ChangeMap, Score

__all__ = ["LEVEL_NOTE", "score_levels"]

# A white balance that is off by 2° shifts the a* of light skin by 2.2 (rms over directions), an
# exposure of a third of a stop its L* by 6: simulated skin.
LEVEL_NOTE = (
    "a level carries the light and camera of its photo: a white balance that is 2° off makes the "
    "same skin 2 a* redder or paler, a third of a stop 6 L* lighter or darker, so levels of two "
    "uncalibrated photos must not be subtracted; compare the photos with each other"
)


def score_levels(pair: AlignedPair, maps: tuple[ChangeMap, ...]) -> tuple[Score, ...]:
    """Read the levels of one photo.

    Parameters
    ----------
    pair : AlignedPair
        Both sides the same photo.
    maps : tuple of ChangeMap
        From :func:`skindelta.change.change_maps`.

    Returns
    -------
    tuple of Score
        Three for every region, the whole first.
    """
    by_name = {(m.attribute, m.band): m for m in maps}
    redness = RegionReader(pair, by_name["redness", ""])
    pigment = RegionReader(pair, by_name["hyperpigmentation", ""])
    mid = by_name["texture", "mid"]
    mottled, darker = redness.means(redness.before), pigment.means(pigment.before)
    spots, relief = pigment.spots()[0], band_rms(mid, pair.regions)
    scores: list[Score] = []
    for number, region in enumerate(pair.regions.names):
        seen = redness.covered(region)
        a = _mean_a(pair, region) if seen else None
        contrast = {"against_own_skin": float(mottled[number])}
        pigmented = float(darker[number]) if seen else None
        rough = None if mid.reason else relief[number]
        why = str(mid.reason) if mid.reason else None
        scores += [
            _level("redness", region, "absolute", a, contrast),
            _level(
                "hyperpigmentation", region, "relative", pigmented, {"spots": asdict(spots[number])}
            ),
            _level("texture", region, "absolute", 100 * rough[0] if rough else None, reason=why),
        ]
    return tuple(scores)


def _mean_a(pair: AlignedPair, region: str) -> float:
    inside = pair.regions.mask(region)
    return float(np.mean(linear_to_a(pair.before[inside]), dtype=np.float64))


def _level(
    name: str,
    region: str,
    basis: Basis,
    value: float | None,
    details: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Score:
    unit = {"redness": "a*", "hyperpigmentation": "L*", "texture": "%"}[name]
    too_little = f"too little of the {region.replace('_', ' ')} can be seen"
    return Score(
        attribute=name,
        region=region,
        basis=basis,
        value=value,
        unit=unit,
        low=None,
        high=None,
        sdc=None,
        verdict=None,
        reason=None if value is not None else reason or too_little,
        reference="none",
        details=MappingProxyType({**(details or {}), "note": LEVEL_NOTE}),
    )
