"""Scores: what the maps say of a region, its interval, smallest detectable change and verdict.

Value of a region: the mean of the map (texture: ``100 ln`` of the ratio of the RMS of the band).
*Relative* values are that minus the map's median over control skin: trusted skin of the whole
outside the lesions of either photo. So a mottled light, a tan or a flush of the whole face
cancels, and what one spot or one cheek did against the rest stays.

Intervals here are *provisional*: half-widths come from real no-change pairs of a few people
(the same person neutral and smiling), not yet by tone group and not calibrated over regions
together. Every score says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from .attributes import attribute
from .both import both
from .landmarks import GROUPS
from .region_statistics import RegionReader, Spots, band_rms
from .types import AlignedPair, Basis, ChangeMap, Reason, Score, Verdict

__all__ = ["PROVISIONAL_NOTE", "score_changes", "score_nothing"]

PROVISIONAL_NOTE = "the interval is provisional: it rests on a few no-change pairs"

# Half-width of the 95 % interval: 95th percentile of |change| between a neutral and a smiling photo
# of the same day, rounded up, 42 people outside the locked test set, grid of 5 px/mm or the photo's
# own; of smaller regions, of the largest of all eight. (whole, smaller region)
PROVISIONAL_HALF_WIDTH: Mapping[tuple[str, Basis], tuple[float, float]] = MappingProxyType(
    {
        ("redness", "relative"): (0.3, 2.1),
        ("redness", "absolute"): (1.5, 2.7),
        ("hyperpigmentation", "relative"): (0.4, 2.7),
        ("hyperpigmentation", "absolute"): (1.5, 3.5),
        ("texture", "absolute"): (19.0, 35.0),
    }
)
UNKNOWN_BAND_FACTOR = 1.5  # close-ups have no eyes or lips to match blur on

MIN_SKIN_SHARE = 0.5  # of a drawn region: with less, what is measured is mostly something else
MAX_EXPRESSION = 0.045  # of the pupil distance: lips against eyes and nose
EXPRESSIVE_REGIONS = ("perioral", "left_periorbital", "right_periorbital")


def score_changes(pair: AlignedPair, maps: tuple[ChangeMap, ...]) -> tuple[Score, ...]:
    """Score every attribute, basis and region of an aligned pair.

    Parameters
    ----------
    pair : AlignedPair
    maps : tuple of ChangeMap
        From :func:`skindelta.change.change_maps`.

    Returns
    -------
    tuple of Score
        The whole first; every region and basis has its row, measurable or not.
    """
    by_name = {(m.attribute, m.band): m for m in maps}
    expression = _expression_change(pair)

    def of_color(name: str) -> list[Score]:
        reader = RegionReader(pair, by_name[name, ""])
        return [
            score
            for basis in ("relative", "absolute")
            for score in _color_scores(pair, reader, basis)
        ]

    redness, hyperpigmentation = both(of_color, "redness", "hyperpigmentation")
    scores = [*redness, *hyperpigmentation]
    changes = {
        band: [
            _log_ratio(energies) for energies in band_rms(by_name["texture", band], pair.regions)
        ]
        for band in ("mid", "fine", "coarse")
    }
    for number, region in enumerate(pair.regions.names):
        bands = {band: values[number] for band, values in changes.items()}
        scores.append(_texture_score(pair, by_name, region, expression, bands))
    return tuple(scores)


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
        for name, basis in PROVISIONAL_HALF_WIDTH
        for region in regions
    )


def _color_scores(pair: AlignedPair, reader: RegionReader, basis: Basis) -> Iterator[Score]:
    """Scores of one chromophore for every region."""
    name = reader.attribute
    blocked = _no_color_reference(pair) if basis == "absolute" else None
    changes = reader.means(reader.values) - (reader.control() if basis == "relative" else 0.0)
    count_spots = name == "hyperpigmentation" and basis == "relative"
    spots = reader.spots() if count_spots else None
    for number, region in enumerate(reader.names):
        reason = blocked or (None if reader.covered(region) else _too_little_skin(region))
        if reason is not None:
            yield _not_measurable(name, region, basis, reason, pair.reference)
            continue
        share = reader.skin_share(region)
        extra = 1.96 * (pair.residual_de00 or 0.0) if basis == "absolute" else 0.0
        half = _half_width(name, basis, number == 0, extra)
        details = _spot_details(spots[0][number], spots[1][number]) if spots else {}
        if share < MIN_SKIN_SHARE:
            details |= {"skin_share": share, "about_region": _drawn_note(region, share)}
        yield _scored(name, region, basis, float(changes[number]), half, pair.reference, details)


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
        advice="keep the same background in view, or add a color card or grey patch",
    )


def _too_little_skin(region: str) -> Reason:
    return Reason(
        code="too_little_skin",
        message=f"too little of the {region.replace('_', ' ')} can be trusted in both photos",
        advice="keep hair and hands away and face the camera",
    )


def _half_width(attribute_name: str, basis: Basis, whole: bool, extra: float = 0.0) -> float:
    widths = PROVISIONAL_HALF_WIDTH[attribute_name, basis]
    return float(np.hypot(widths[0 if whole else 1], extra))


def _scored(
    name: str,
    region: str,
    basis: Basis,
    value: float,
    half_width: float,
    reference: Any,
    details: Mapping[str, Any],
) -> Score:
    return Score(
        attribute=name,
        region=region,
        basis=basis,
        value=value,
        unit=attribute(name).unit,
        low=value - half_width,
        high=value + half_width,
        sdc=half_width,
        verdict=_verdict(value, half_width, attribute(name).direction),
        reason=None,
        reference=reference,
        details=MappingProxyType({**details, "note": PROVISIONAL_NOTE}),
    )


def _verdict(value: float, half_width: float, direction: int) -> Verdict:
    """Improved or worse only where the change is beyond what can be detected."""
    if abs(value) <= half_width:
        return "no measurable change"
    return "improved" if value * direction > 0 else "worse"


def _not_measurable(name: str, region: str, basis: Basis, reason: Reason, reference: Any) -> Score:
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


def _expression_change(pair: AlignedPair) -> float:
    """How far the lips moved against eyes and nose, in pupil distances."""
    if pair.regions.is_close_up:
        return 0.0
    points = np.rint(pair.regions.landmarks).astype(int)
    height, width = pair.trust.shape
    x, y = np.clip(points[:, 0], 0, width - 1), np.clip(points[:, 1], 0, height - 1)
    moved = pair.displacement[y, x].astype(np.float64)
    fixed = np.r_[GROUPS["right_eye"], GROUPS["left_eye"], GROUPS["nose_bridge"]]
    lips = np.r_[GROUPS["upper_lip"], GROUPS["lower_lip"]]
    plane = np.column_stack([points, np.ones(len(points))])
    held = plane[fixed]
    affine = np.linalg.solve(held.T @ held, held.T @ moved[fixed])
    rest = (moved - plane @ affine)[lips]
    unit = np.hypot(*(pair.regions.landmarks[1] - pair.regions.landmarks[0]))
    return float(np.sqrt((rest**2).sum(axis=1).mean()) / unit)


def _texture_score(
    pair: AlignedPair,
    maps: Mapping[tuple[str, str], ChangeMap],
    region: str,
    expression: float,
    changes: Mapping[str, float | None],
) -> Score:
    """Change of the mid band in one region; the other bands are details."""
    reason = maps["texture", "mid"].reason or _expression_reason(region, expression)
    value = None if reason else changes["mid"]
    if value is None:
        why = reason or _too_little_skin(region)
        return _not_measurable("texture", region, "absolute", why, pair.reference)
    bands: dict[str, dict[str, float | str | None]] = {}
    for name in ("fine", "coarse"):
        blocked = maps["texture", name].reason
        change = None if blocked else changes[name]
        why_not = blocked or (None if change is not None else _too_little_skin(region))
        bands[name] = {"value": change, "reason": str(why_not) if why_not else None}
    half = _half_width("texture", "absolute", region == pair.regions.whole)
    half *= UNKNOWN_BAND_FACTOR if pair.regions.is_close_up else 1.0
    return _scored("texture", region, "absolute", value, half, pair.reference, {"bands": bands})


def _expression_reason(region: str, expression: float) -> Reason | None:
    if region not in EXPRESSIVE_REGIONS or expression <= MAX_EXPRESSION:
        return None
    return Reason(
        code="expression",
        message=(
            f"the expression differs (the lips moved by {100 * expression:.0f} % of the distance "
            f"of the pupils, at most {100 * MAX_EXPRESSION:.0f} %), which folds the skin there"
        ),
        advice="keep a neutral face in both photos",
        value=expression,
        limit=MAX_EXPRESSION,
    )


def _log_ratio(energies: tuple[float, float] | None) -> float | None:
    """100 ln of after over before, or None where either is missing."""
    if energies is None or min(energies) <= 0:
        return None
    return 100 * float(np.log(energies[1] / energies[0]))
