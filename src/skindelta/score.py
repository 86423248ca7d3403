"""Scores: what the maps say of a region, its interval, smallest detectable change and verdict.

Value of a region: the mean of the map (texture: ``100 ln`` of the ratio of the RMS of the band).
*Relative* values are that minus the map's median over control skin: trusted skin of the whole
outside the lesions of either photo. So a mottled light, a tan or a flush of the whole face
cancels, and what one spot or one cheek did against the rest stays.

Interval, smallest detectable change (SDC) and verdict come from the noise table
(:mod:`skindelta.noise`): what photos of unchanged skin show, given how these two differ.

A network gives the values of those attributes, bases and references that it reads better than the
formula (:func:`score_by_network`): the means of its own maps, one for each basis, with noise of
their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .attributes import attribute
from .both import both
from .noise import DRAWN, ELSEWHERE, REACH_MM, Differences, Noise, noise_of
from .region_statistics import RegionReader, Spots, band_rms, energy_change
from .types import (
    AlignedPair,
    Basis,
    ChangeMap,
    Finding,
    NetworkReading,
    Reason,
    Reference,
    Score,
    Verdict,
)

__all__ = [
    "KINDS",
    "score_by_network",
    "score_changes",
    "score_nothing",
    "values_by_network",
    "verdict_of",
]

KINDS: tuple[tuple[str, Basis], ...] = (
    ("redness", "relative"),
    ("redness", "absolute"),
    ("hyperpigmentation", "relative"),
    ("hyperpigmentation", "absolute"),
    ("texture", "absolute"),
)
"""Attribute and basis of every row of a region."""

WITHOUT_FACE = "hold a color card or a grey object beside the skin in both photos"
WITH_FACE = (
    "keep the same wall and clothes in view, neither blown out nor dark, under the same lamps, or "
    "hold a color card or a grey object beside the face"
)
MOSTLY_SKIN = 0.8  # of a drawn region: with less, the network would read another region than drawn
MIN_SKIN_SHARE = 0.5  # of a drawn region: with less, what is measured is mostly something else


class _Context(NamedTuple):
    """What all scores of a pair share."""

    pair: AlignedPair
    measured: Differences
    tone: str
    findings: tuple[Finding, ...]
    areas_mm2: Mapping[str, float]
    places_mm2: Mapping[str, Mapping[str, float]]
    table: Mapping[str, Any] | None = None  # of the noise, if not the formulas'

    @classmethod
    def of(
        cls,
        reader: RegionReader,
        pair: AlignedPair,
        measured: Differences,
        tone: str,
        findings: tuple[Finding, ...] = (),
        table: Mapping[str, Any] | None = None,
    ) -> "_Context":
        """Read areas and places from one map."""
        names = pair.regions.names
        areas = {region: reader.area_mm2(region) for region in names}
        places = {region: reader.places_mm2(region, REACH_MM) for region in names}
        return cls(pair, measured, tone, findings, areas, places, table)

    def noise(self, name: str, basis: Basis, region: str) -> Noise:
        """Noise of one score."""
        reference = self.pair.reference
        places = {
            ELSEWHERE if place == "face" else place: area
            for place, area in self.places_mm2[region].items()
        }
        known = region if region not in self.pair.regions.drawn_names else DRAWN
        about = (name, basis, reference, known, self.tone, self.measured, places)
        return noise_of(*about, table=self.table)

    def blocked(self, name: str, basis: Basis, region: str) -> Finding | None:
        """Return what makes a score not measurable, if anything does."""
        for finding in self.findings:
            here = not finding.regions or region in finding.regions
            so = not finding.bases or basis in finding.bases
            if finding.effect == "blocks" and name in finding.attributes and here and so:
                return finding
        return None


def score_changes(
    pair: AlignedPair,
    maps: tuple[ChangeMap, ...],
    measured: Differences = Differences(),  # noqa: B008
    tone: str = "light",
    findings: tuple[Finding, ...] = (),
) -> tuple[Score, ...]:
    """Score every attribute, basis and region of an aligned pair.

    Parameters
    ----------
    pair : AlignedPair
    maps : tuple of ChangeMap
        From :func:`skindelta.change.change_maps`.
    measured : Differences
        How the photos differ.
    tone : {"light", "medium", "dark"}
    findings : tuple of Finding
        What the differences do.

    Returns
    -------
    tuple of Score
        The whole first; every region and basis has its row, measurable or not.
    """
    by_name = {(m.attribute, m.band): m for m in maps}
    redness, hyperpigmentation = both(
        lambda name: RegionReader(pair, by_name[name, ""]), "redness", "hyperpigmentation"
    )
    context = _Context.of(redness, pair, measured, tone, findings)
    of_color = both(lambda reader: _of_color(context, reader), redness, hyperpigmentation)
    scores = [score for one in of_color for score in one]
    changes = {
        band: [
            _log_ratio(energies) for energies in band_rms(by_name["texture", band], pair.regions)
        ]
        for band in ("mid", "fine", "coarse")
    }
    for number, region in enumerate(pair.regions.names):
        bands = {band: values[number] for band, values in changes.items()}
        scores.append(_texture_score(context, by_name, region, bands))
    return tuple(scores)


def score_by_network(
    pair: AlignedPair,
    network: NetworkReading,
    formula: tuple[Score, ...],
    measured: Differences = Differences(),  # noqa: B008
    tone: str = "light",
) -> tuple[Score, ...]:
    """Score what the network reads instead of the formula.

    Parameters
    ----------
    pair : AlignedPair
    network : NetworkReading
    formula : tuple of Score
        From :func:`score_changes`: what cannot be measured is known by then.
    measured : Differences
    tone : {"light", "medium", "dark"}

    Returns
    -------
    tuple of Score
        In the formula's order; what cannot be measured, or was drawn beside the skin, is left to
        the formula's row.
    """
    own = [s for s in formula if network.gives(s.attribute, s.basis, pair.reference)]
    if not own:
        return ()
    reader = RegionReader(pair, network.maps[f"{own[0].attribute} {own[0].basis}"])
    context = _Context.of(reader, pair, measured, tone, table=network.noise)
    names = list(dict.fromkeys(f"{s.attribute} {s.basis}" for s in own))
    values = values_by_network(pair, network, names)
    scores = []
    for score in own:
        value = values[f"{score.attribute} {score.basis}"][score.region]
        if value is None or score.value is None:
            continue
        if _share_of_skin(pair, score.region) < MOSTLY_SKIN:  # the network sees skin alone
            continue
        about = (score.attribute, score.region, score.basis)
        read = _scored(context, *about, value, score.details)
        scores.append(replace(read, source=network.source))
    return tuple(scores)


def _share_of_skin(pair: AlignedPair, region: str) -> float:
    """How much of a region is skin, 0..1; less than 1 where it was drawn beside it."""
    inside = pair.regions.mask(region)
    return float((pair.regions.labels[inside] > 0).mean()) if inside.any() else 0.0


def values_by_network(
    pair: AlignedPair, network: NetworkReading, names: Sequence[str] = ()
) -> dict[str, dict[str, float | None]]:
    """Read the change of every region from maps of the network.

    Parameters
    ----------
    pair : AlignedPair
    network : NetworkReading
    names : sequence of str
        ``"attribute basis"`` of maps; none means all of them.

    Returns
    -------
    dict of str to dict
        By map and region; None where too little skin is seen.
    """
    names = names or tuple(network.maps)
    halves = both(lambda some: _of_maps(network, some, pair), names[::2], names[1::2])
    return halves[0] | halves[1]


def _of_maps(
    network: NetworkReading, names: Sequence[str], pair: AlignedPair
) -> dict[str, dict[str, float | None]]:
    found: dict[str, dict[str, float | None]] = {}
    for name in names:
        if name.startswith("texture"):
            changes = energy_change(network.maps[name], pair)
        else:
            reader = RegionReader(pair, network.maps[name])
            changes = [float(mean) for mean in reader.means(reader.values)]
        found[name] = dict(zip(pair.regions.names, changes, strict=True))
    return found


def score_nothing(regions: tuple[str, ...], reason: Reason) -> tuple[Score, ...]:
    """Return the rows of a pair that could not be compared: not measurable, with the reason.

    Parameters
    ----------
    regions : tuple of str
    reason : Reason

    Returns
    -------
    tuple of Score
    """
    return tuple(
        _not_measurable(name, region, basis, reason, "none")
        for name, basis in KINDS
        for region in regions
    )


def _of_color(context: _Context, reader: RegionReader) -> list[Score]:
    """Scores of one chromophore, both bases."""
    bases: tuple[Basis, ...] = ("relative", "absolute")
    return [score for basis in bases for score in _color_scores(context, reader, basis)]


def _color_scores(context: _Context, reader: RegionReader, basis: Basis) -> Iterator[Score]:
    """Scores of one chromophore and basis for every region."""
    name, pair = reader.attribute, context.pair
    no_reference = _no_color_reference(pair) if basis == "absolute" else None
    changes = reader.means(reader.values) - (reader.control() if basis == "relative" else 0.0)
    count_spots = name == "hyperpigmentation" and basis == "relative"
    spots = reader.spots() if count_spots else None
    for number, region in enumerate(reader.names):
        covered = None if reader.covered(region) else _too_little_skin(region)
        reason = no_reference or context.blocked(name, basis, region) or covered
        if reason is not None:
            yield _not_measurable(name, region, basis, reason, pair.reference)
            continue
        share = reader.skin_share(region)
        details: dict[str, Any] = {"area_mm2": context.areas_mm2[region]}
        if spots:
            details |= _spot_details(spots[0][number], spots[1][number])
        if share < MIN_SKIN_SHARE:
            details |= {"skin_share": share, "about_region": _drawn_note(region, share)}
        yield _scored(context, name, region, basis, float(changes[number]), details)


def _drawn_note(region: str, share: float) -> str:
    return f"only {share:.0%} of {region!r} looks like skin; it is measured as it was drawn"


def _spot_details(before: Spots, after: Spots) -> dict[str, Any]:
    return {"spots": {"before": asdict(before), "after": asdict(after)}}


def _no_color_reference(pair: AlignedPair) -> Reason | None:
    """Why no absolute value can be told, if so."""
    if pair.reference in ("card", "grey", "scene"):
        return None
    return Reason(
        code="no_color_reference",
        message=(
            "without a color reference in both photos a change of the whole skin cannot be told "
            "from a change of the light"
        ),
        advice=WITHOUT_FACE if pair.regions.is_close_up else WITH_FACE,
    )


def _too_little_skin(region: str) -> Reason:
    return Reason(
        code="too_little_skin",
        message=f"too little of the {region.replace('_', ' ')} can be trusted in both photos",
        advice="keep hair and hands away and face the camera",
    )


def _scored(
    context: _Context,
    name: str,
    region: str,
    basis: Basis,
    value: float,
    details: Mapping[str, Any],
) -> Score:
    noise = context.noise(name, basis, region)
    half = noise.half_width(value)
    return Score(
        attribute=name,
        region=region,
        basis=basis,
        value=value,
        unit=attribute(name).unit,
        low=value - half,
        high=value + half,
        sdc=noise.sdc,
        verdict=verdict_of(value, half, noise.sdc, attribute(name).direction),
        reason=None,
        reference=context.pair.reference,
        details=MappingProxyType({**details, "note": _note(noise, context.tone)}),
    )


def verdict_of(value: float, half_width: float, sdc: float, direction: int) -> Verdict:
    """Improved or worse where a value is beyond the SDC and its interval excludes 0.

    Parameters
    ----------
    value, half_width, sdc : float
        In one unit.
    direction : int
        The sign that is better.

    Returns
    -------
    str
    """
    if abs(value) <= max(sdc, half_width):
        return "no measurable change"
    return "improved" if value * direction > 0 else "worse"


def _note(noise: Noise, tone: str) -> str:
    """Say what the interval rests on."""
    rest = f"intervals rest on photos of {noise.made_from} people whose skin did not change"
    if noise.group != "all":
        return rest
    return (
        f"{rest}; too few of them look as {tone} as this skin does in these photos, so the upper "
        "limit of all people is taken"
    )


def _not_measurable(
    name: str, region: str, basis: Basis, reason: Reason | Finding, reference: Reference
) -> Score:
    return Score(
        attribute=name,
        region=region,
        basis=basis,
        value=None,
        unit=attribute(name).unit,
        low=None,
        high=None,
        sdc=None,
        verdict="not measurable",
        reason=str(reason),
        reference=reference,
    )


def _texture_score(
    context: _Context,
    maps: Mapping[tuple[str, str], ChangeMap],
    region: str,
    changes: Mapping[str, float | None],
) -> Score:
    """Change of the mid band in one region; the other bands are details."""
    blocked = context.blocked("texture", "absolute", region)
    reason = maps["texture", "mid"].reason or blocked
    value = None if reason else changes["mid"]
    if value is None:
        why = reason or _too_little_skin(region)
        return _not_measurable("texture", region, "absolute", why, context.pair.reference)
    bands: dict[str, dict[str, float | str | None]] = {}
    for name in ("fine", "coarse"):
        unread = maps["texture", name].reason
        change = None if unread else changes[name]
        why_not = unread or (None if change is not None else _too_little_skin(region))
        bands[name] = {"value": change, "reason": str(why_not) if why_not else None}
    return _scored(context, "texture", region, "absolute", value, {"bands": bands})


def _log_ratio(energies: tuple[float, float] | None) -> float | None:
    """100 ln of after over before, or None where either is missing."""
    if energies is None or min(energies) <= 0:
        return None
    return 100 * float(np.log(energies[1] / energies[0]))
