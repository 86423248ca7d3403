"""What photos of unchanged skin show: the noise table, and the intervals that follow from it.

A score of two photos of unchanged skin is not 0. Its variance is that of two good photos of a
person, and a part for each way in which the photos differ (:class:`Differences`)::

    σ² = base² + Σ slope_k² (difference_k² - from_k²)⁺

The base holds differences up to *from*, which most pairs of good photos have. Base and slopes come
from pairs of real photos of people whose skin did not change and from photos taken anew by the
simulated camera; quantiles of |score| / σ over people, each with one vote, make it an interval
(split conformal, the σ of a person fitted without that person). ``noise.json`` holds them all, with
what they were measured on; ``training/noise`` makes it.

The smallest detectable change (SDC) asks of a change to be larger than all but 5 % of what
unchanged skin shows; of the smaller regions together, so that one of eight is not called changed by
chance. The 95 % interval also holds what a real change is read too large or too small by, in
proportion to it (*gain*).

Tone groups with fewer than 19 people, too few to find 95 % in, take the upper limit of the quantile
of all people.
"""

import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from math import hypot
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .types import Basis, Reference

__all__ = [
    "DRAWN",
    "ELSEWHERE",
    "Differences",
    "Noise",
    "REACH_MM",
    "measured_kinds",
    "noise_of",
    "noise_table",
    "table_with",
    "tone_group",
]

LIGHT_ITA, DARK_ITA = 41.0, 10.0  # degrees: above light, below dark
WHOLES = ("face", "skin")
ELSEWHERE = "elsewhere"  # skin of none of the smaller regions
NORMAL = 1.96  # errors of reading a change that is there have no heavy tail
REACH_MM = 5.0  # noise of places nearer than this to each other is hardly independent
DRAWN = ""  # no region of the table: one that a user drew


class Differences(NamedTuple):
    """How two photos differ, none of it skin; 0 is the same.

    Attributes
    ----------
    light_color : float
        ΔE00 that the color of the light on the skin may be wrong by; of absolute colors only.
    light_direction : float
        Tilt of the change of shading, ln units over half the skin.
    expression : float
        How far the lips moved against eyes and nose, in pupil distances.
    turn, nod : float
        Of the head, degrees.
    distance : float
        Ln of the ratio of the distances of the camera.
    focus : float
        Blur of one photo against the other, σ in mm.
    compression : float
        Share of the skin that the harder compression of both left flat, 0..1.
    glare : float
        Difference of the shares of skin that shine, 0..1.
    tone_curve : float
        By how much the tones of one photo are bent against the other, ln units of contrast.
    """

    light_color: float = 0.0
    light_direction: float = 0.0
    expression: float = 0.0
    turn: float = 0.0
    nod: float = 0.0
    distance: float = 0.0
    focus: float = 0.0
    compression: float = 0.0
    glare: float = 0.0
    tone_curve: float = 0.0


class Noise(NamedTuple):
    """Noise of one score.

    Attributes
    ----------
    base : float
        σ of two photos without any difference.
    parts : dict of str to float
        σ that each difference adds, by its name.
    gain : float
        Relative error (1 σ) of a change that is there.
    sdc_quantile, interval_quantile : float
        σ to the smallest detectable change, and to half the 95 % interval.
    people : int
        That the quantiles come from.
    group : str
        Tone group they hold for, or ``"all"``.
    made_from : int
        People whose photos the whole table rests on.
    """

    base: float
    parts: dict[str, float]
    gain: float
    sdc_quantile: float
    interval_quantile: float
    people: int
    group: str
    made_from: int

    @property
    def sigma(self) -> float:
        """Standard deviation of the score of unchanged skin."""
        return hypot(self.base, *self.parts.values())

    @property
    def sdc(self) -> float:
        """Smallest detectable change."""
        return self.sdc_quantile * self.sigma

    def half_width(self, value: float) -> float:
        """Half of the 95 % interval around a value."""
        return hypot(self.interval_quantile * self.sigma, NORMAL * self.gain * value)

    def without(self, *differences: str) -> "Noise":
        """Return the noise that would be left if the photos did not differ in these ways."""
        kept = {name: part for name, part in self.parts.items() if name not in differences}
        return self._replace(parts=kept)


@cache
def noise_table() -> Mapping[str, Any]:
    """Return the shipped table, as ``noise.json`` holds it."""
    table: Mapping[str, Any] = json.loads(
        files("skindelta").joinpath("noise.json").read_text(encoding="utf-8")
    )
    return table


def tone_group(ita: float) -> str:
    """Name of the tone group of an individual typology angle in degrees."""
    if ita > LIGHT_ITA:
        return "light"
    return "dark" if ita < DARK_ITA else "medium"


def table_with(own: Mapping[str, Any], kinds: Collection[str]) -> Mapping[str, Any]:
    """Return the shipped table with some kinds of score taken from another.

    Parameters
    ----------
    own : mapping
        Table of a network, of the same form.
    kinds : collection of str
        ``"attribute basis reference"`` of the scores that the network gives.
    """
    formula = noise_table()
    about = {"from": own["from"], "people": own["made_from"]["people"]["all"]}
    taken = {key: {**own["kinds"][key], **about} for key in kinds}
    return {**formula, "kinds": {**formula["kinds"], **taken}}


def measured_kinds(reference: Reference) -> list[tuple[str, Basis]]:
    """Attribute and basis of what can be measured with a color reference."""
    kinds = [key.split() for key in noise_table()["kinds"]]
    return [(attribute, basis) for attribute, basis, of in kinds if of == reference]


def noise_of(
    attribute: str,
    basis: Basis,
    reference: Reference,
    region: str,
    tone: str,
    differences: Differences,
    places: Mapping[str, float] = MappingProxyType({}),
    table: Mapping[str, Any] | None = None,
) -> Noise:
    """Look up the noise of a score.

    Parameters
    ----------
    attribute : str
    basis : {"absolute", "relative"}
    reference : str
        Color reference of the pair.
    region : str
        Any name that the table does not hold is that of a region that a user drew.
    tone : {"light", "medium", "dark"}
    differences : Differences
    places : mapping of str to float
        Area in mm² that lies within `REACH_MM` of what is measured, by the region of the table that
        it lies in. A part is noisier than the whole region; spots all over it are not.
    table : mapping, optional
        Another than the shipped one, from :func:`table_with`.

    Returns
    -------
    Noise
    """
    table = noise_table() if table is None else table
    kind = table["kinds"][f"{attribute} {basis} {reference}"]
    # Absolute color of a close-up was never measured: as a region that was drawn.
    drawn = region not in kind["regions"]
    whole = region in WHOLES and not drawn
    parts = _parts(kind, region, {} if whole or (not drawn and not places) else places)
    beyond = _beyond(differences, kind.get("from") or table["from"])
    sigmas = {name: _slope(parts, name) * size for name, size in beyond.items()}
    close_up = kind["quantiles"]["skin"] if region == "skin" else {}  # empty: never measured
    own = close_up or kind["quantiles"]["whole" if whole else "drawn" if drawn else "regions"]
    group = own.get(tone) or own["all"]
    return Noise(
        base=_base(kind, region, parts),
        parts={name: sigma for name, sigma in sigmas.items() if sigma > 0},
        gain=kind["gain"],
        sdc_quantile=group["sdc"],
        interval_quantile=group["interval"],
        people=group["people"],
        group=tone if tone in own else "all",
        made_from=kind.get("people") or table["made_from"]["people"]["all"],
    )


class _Part(NamedTuple):
    """One place of what is measured: its share, how noisy its size makes it, its cell."""

    share: float
    noisier: float
    cell: Mapping[str, Any]


def _parts(kind: Mapping[str, Any], region: str, places: Mapping[str, float]) -> list[_Part]:
    cells, by_area = kind["regions"], kind["by_area"]
    if not places:
        return [_Part(1.0, 1.0, cells.get(region) or cells[ELSEWHERE])]
    parts, total = [], sum(places.values())
    for name, area in places.items():
        cell = cells.get(name) or cells[ELSEWHERE]
        usual = cell.get("usual_mm2") if region in cells else None
        least = _noisier(by_area, usual) if usual else 1.0
        parts.append(_Part(area / total, max(_noisier(by_area, area) / least, 1.0), cell))
    return parts


def _base(kind: Mapping[str, Any], region: str, parts: list[_Part]) -> float:
    """Return the base of all parts together.

    Skin drawn in many places is not steadier than a whole face.
    """
    base = hypot(*(p.share * p.noisier * p.cell["base"] for p in parts))
    least = 0.0 if region in kind["regions"] else float(kind["regions"]["face"]["base"])
    return max(base, least)


def _slope(parts: list[_Part], name: str) -> float:
    """Return the slope of all parts: a difference acts on all of them at once."""
    noisier = [1.0 if name == "light_color" else part.noisier for part in parts]
    own = [
        part.share * more * part.cell["slopes"][name]
        for part, more in zip(parts, noisier, strict=True)
    ]
    return float(sum(own))


def _beyond(differences: Differences, start: Mapping[str, float]) -> dict[str, float]:
    """Each difference beyond what the base holds."""
    return {
        name: max(size**2 - start[name] ** 2, 0.0) ** 0.5
        for name, size in differences._asdict().items()
    }


def _noisier(by_area: Mapping[str, list[float]], area_mm2: float) -> float:
    """How much noisier a part of that size is than a whole region."""
    known = np.log(by_area["mm2"])
    return float(np.interp(np.log(max(area_mm2, 1e-3)), known, by_area["factor"]))
