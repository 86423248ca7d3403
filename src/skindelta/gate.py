"""What differs between the two photos of a pair, and what that does to the numbers.

Each photo may be fine by itself and the pair still be a poor one: smiling in one, nearer in the
other, lit from another side. Here the differences are measured; what they do is data, in the noise
table (:mod:`skindelta.noise`): each adds to the variance of a score, measured on pairs in which
nothing changed. Differences beyond what was measured make a score not measurable.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .attributes import ATTRIBUTES
from .color import OD_FLOOR, individual_typology_angle, linear_to_lab, unmixing
from .filters import thinned
from .findings import FINDINGS
from .landmarks import GROUPS
from .noise import Differences, Noise, measured_kinds, noise_of
from .signs import Sign, bent_tones
from .types import (
    AlignedPair,
    ChangeMap,
    Finding,
    FloatArray,
    Quality,
    Reason,
    Reference,
    RegionMap,
)

__all__ = ["blocked_maps", "differences", "find_differences", "skin_tone"]

NOSE_DEPTH = 0.35  # of the tip before the eyes, in pupil distances: turns a shift into an angle
SAMPLES = 20_000  # of skin: fix a plane to 0.001
# The same face from nearer has its ears closer together against its pupils: photos of one person
# from 15 to 60 cm, ln units of size for one of ear distance.
SIZE_FOR_WIDTH = 8.5
WITH_CARD = "hold the card flat beside the skin, under the same lamps both times"
LEAST_FACTOR = 1.05  # an interval that grows by less is not worth a word


def differences(
    pair: AlignedPair,
    maps: Sequence[ChangeMap],
    regions: tuple[RegionMap, RegionMap],
    qualities: tuple[Quality, Quality],
) -> Differences:
    """Measure how much two photos differ in what moves scores without any change of skin.

    Parameters
    ----------
    pair : AlignedPair
    maps : sequence of ChangeMap
    regions : tuple of two RegionMap
        Of the photos themselves.
    qualities : tuple of two Quality

    Returns
    -------
    Differences
        Symmetric: the same when the photos are swapped.
    """
    face = not any(seen.is_close_up for seen in regions)
    turned = np.subtract(_turn(regions[1]), _turn(regions[0])) if face else np.zeros(2)
    return Differences(
        light_color=pair.residual_de00 or 0.0,
        light_direction=_shading_tilt(pair),
        expression=_expression(pair),
        turn=float(abs(turned[0])),
        nod=float(abs(turned[1])),
        distance=_distance(regions) if face else 0.0,
        focus=_focus(regions, qualities),
        compression=max(quality.compression or 0.0 for quality in qualities),
        glare=abs((qualities[1].glare or 0.0) - (qualities[0].glare or 0.0)),
        tone_curve=bent_tones(pair, maps),
    )


def _expression(pair: AlignedPair) -> float:
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


def _on_face(regions: RegionMap, group: str) -> npt.NDArray[np.float64]:
    """Points of a group in pupil distances, along and across the line of the pupils."""
    points = regions.landmarks.astype(np.float64)
    right, left = points[:2]
    along = left - right
    unit = float(np.hypot(*along))
    axes = np.stack([along, [-along[1], along[0]]], axis=1) / unit**2
    return np.asarray((points[GROUPS[group]] - (right + left) / 2) @ axes)


def _turn(regions: RegionMap) -> tuple[float, float]:
    """How the head is turned to a side and nods, in degrees, up to a constant of the person."""
    base = _on_face(regions, "nose_base")
    x, y = base[len(base) // 2]
    return float(np.degrees(x / NOSE_DEPTH)), float(np.degrees(y / NOSE_DEPTH))


def _distance(regions: tuple[RegionMap, RegionMap]) -> float:
    """Ln of the ratio of the distances from which both photos were taken.

    By the size of the face where both photos have the same pixels, or else by its perspective.
    """
    if regions[0].labels.shape == regions[1].labels.shape:
        sizes = [float(np.hypot(*(r.landmarks[1] - r.landmarks[0]))) for r in regions]
        return abs(float(np.log(sizes[1]) - np.log(sizes[0])))
    widths = [_on_face(seen, "jaw")[[1, -2], 0] for seen in regions]
    after, before = (float(np.log(abs(width[1] - width[0]))) for width in reversed(widths))
    return SIZE_FOR_WIDTH * abs(after - before)


def _focus(regions: tuple[RegionMap, RegionMap], qualities: tuple[Quality, Quality]) -> float:
    """Blur of one photo against the other, σ in mm."""
    blurs = [
        None if quality.sharpness is None else quality.sharpness / seen.nominal_px_per_mm
        for seen, quality in zip(regions, qualities, strict=True)
    ]
    if blurs[0] is None or blurs[1] is None:
        return 0.0
    return float(np.sqrt(abs(blurs[1] ** 2 - blurs[0] ** 2)))


def _shading_tilt(pair: AlignedPair) -> float:
    """How much the change of shading tilts across the skin, ln units over its half width."""
    before, after, inside = _skin_samples(pair)
    if len(before) < 3:
        return 0.0
    rows, columns = np.nonzero(inside)
    half = max(int(np.ptp(columns)), int(np.ptp(rows)), 1) / 2
    plane = np.stack([columns / half, rows / half, np.ones(len(rows))], axis=1)
    shading = unmixing(_tone_of(before, after)).shading.astype(np.float64)
    change = (before - after) @ shading  # of density: more light is less of it
    slopes = np.linalg.lstsq(plane.T @ plane, plane.T @ change, rcond=None)[0]
    return float(np.hypot(*slopes[:2]))  # one row of skin has no slope


def skin_tone(pair: AlignedPair) -> float:
    """Individual typology angle of the cheeks, or of all skin, halfway between both photos.

    Returns
    -------
    float
        Degrees; as good as the color reference.
    """
    before, after, _ = _skin_samples(pair, ("left_cheek", "right_cheek"))
    if len(before) == 0:
        before, after, _ = _skin_samples(pair)
    return _tone_of(before, after) if len(before) else 0.0


def _tone_of(before: npt.NDArray[np.floating], after: npt.NDArray[np.floating]) -> float:
    """ITA of the median of samples of ln(RGB), shape (n, 3)."""
    middle = np.exp((np.median(before, axis=0) + np.median(after, axis=0)) / 2)
    return float(individual_typology_angle(linear_to_lab(middle.astype(np.float32))))


def _skin_samples(
    pair: AlignedPair, regions: tuple[str, ...] = ()
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """ln(RGB) of both photos at some pixels of trusted skin, and where these are."""
    names, labels = pair.regions.names, pair.regions.labels
    step = max(1, int(np.sqrt(np.count_nonzero(labels) / SAMPLES)))
    labels, trust = thinned(labels, step), thinned(pair.trust, step)
    wanted = [names.index(name) + 1 for name in regions if name in names]
    inside = (np.isin(labels, wanted) if regions else labels > 0) & (trust > 0)
    before, after = (
        np.log(np.maximum(thinned(rgb, step)[inside], OD_FLOOR))
        for rgb in (pair.before, pair.after)
    )
    return before, after, inside


def find_differences(
    pair: AlignedPair,
    measured: Differences,
    tone: str,
    signs: Mapping[str, Sign] = MappingProxyType({}),
    noise: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """Tell which differences touch the numbers, and how.

    Parameters
    ----------
    pair : AlignedPair
    measured : Differences
    tone : {"light", "medium", "dark"}
    signs : mapping of str to Sign
        From :func:`skindelta.signs.signs_of`.
    noise : mapping, optional
        Noise table, if not the formulas'.

    Returns
    -------
    tuple of Finding
        Those that make scores not measurable first, then those that make intervals wider.
    """
    noises = {
        f"{attribute} {basis}": noise_of(
            attribute, basis, pair.reference, pair.regions.whole, tone, measured, table=noise
        )
        for attribute, basis in measured_kinds(pair.reference)
    }
    all_signs = {name: Sign(value) for name, value in measured._asdict().items()} | dict(signs)
    found = [
        finding
        for name in FINDINGS
        if name in all_signs
        for finding in _findings(name, all_signs[name], pair.regions.names, noises, pair.reference)
    ]
    return tuple(sorted(found, key=lambda f: ("blocks", "widens", "informs").index(f.effect)))


def _findings(
    name: str,
    sign: Sign,
    names: tuple[str, ...],
    noises: Mapping[str, Noise],
    reference: Reference,
) -> Iterator[Finding]:
    """Tell what one difference does: it may block in one place and widen elsewhere."""
    kind, value = FINDINGS[name], sign.value
    message = kind.message.format(
        value=value, ratio=float(np.exp(min(value, 9.0))), percent=100 * value, where=sign.where
    )
    advice = WITH_CARD if name == "light_color" and reference == "card" else kind.advice
    told = Finding(name, "informs", message, advice, value, kind.told_from)
    blocks = [
        replace(
            told,
            effect="blocks",
            limit=block.limit,
            attributes=block.attributes,
            bases=block.bases,
            regions=tuple(region for region in block.regions if region in names),
        )
        for block in kind.blocks
        if value > block.limit and (not block.regions or set(block.regions) & set(names))
    ]
    yield from blocks
    factors = {
        of: noise.sigma / noise.without(name).sigma
        for of, noise in noises.items()
        if name in Differences._fields
    }
    factors = {of: factor for of, factor in factors.items() if factor >= LEAST_FACTOR}
    if factors:
        touched = tuple(a.name for a in ATTRIBUTES if any(a.name in of for of in factors))
        yield replace(
            told, effect="widens", limit=None, factors=MappingProxyType(factors), attributes=touched
        )
    elif value > kind.told_from and not blocks:
        yield told


def blocked_maps(
    maps: tuple[ChangeMap, ...], findings: tuple[Finding, ...]
) -> tuple[ChangeMap, ...]:
    """Return the maps, each with the reason why nothing may be read from it."""
    everywhere = [f for f in findings if f.effect == "blocks" and not f.regions and not f.bases]
    return tuple(
        replace(
            m,
            reason=m.reason
            or next((_reason(f) for f in everywhere if m.attribute in f.attributes), None),
        )
        for m in maps
    )


def _reason(finding: Finding) -> Reason:
    return Reason(finding.code, finding.message, finding.advice, finding.value, finding.limit)
