"""Signs in a pair that its photos were not taken alike, which widen no interval but tell or block.

Each is a number that is the same when the photos are swapped; what it means stands in
:mod:`skindelta.findings`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .color import OD_FLOOR
from .face_shape import face_shape
from .filters import gaussian_over
from .findings import FINDINGS
from .landmarks import GROUPS
from .region_statistics import band_rms
from .types import AlignedPair, ChangeMap, FloatArray, LightReading, Photo, RegionMap

__all__ = ["Sign", "bent_tones", "signs_of"]

NOT_FOUND = {
    "card": "a color card was asked for and was not found in both photos",
    "grey": "a grey object was asked for and is not marked in both photos",
    "scene": "the scene was asked for, and what surrounds the skin does not tell the light here",
}
SAYS_WHY = {"card": ("card_in_one", "card_kinds", "card_unusable"), "grey": ("grey_unusable",)}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
TONE_MM = 1.0  # what is finer is relief and noise
SHARP_AS_BEFORE_MM = 0.3  # blur between the photos that smooths no relief of the mid band
RELIEF_SHARE = 0.5  # of its change that the coarse band shows too: light or relief, and no filter
MOVED_MM = 3.0  # σ: parts of a face, not spots
MOVED_FROM = {"redness": 1.0, "hyperpigmentation": 1.0}  # a*, L* between the parts
APART = 0.8  # of the variance that two parts explain: of a bell 0.64, of an even spread 0.75
BEARDED, BARE = ("chin", "perioral"), ("forehead", "nose", "left_cheek", "right_cheek")
COVERED = ("forehead", "left_cheek", "right_cheek", "chin", "perioral")
PUPIL_PX = 48  # of a face drawn to see how much of it is outside a photo

_Mask = npt.NDArray[np.bool_]


class Sign(NamedTuple):
    """One sign: how much, and where or what, in words."""

    value: float
    where: str = ""


def signs_of(
    pair: AlignedPair,
    maps: Sequence[ChangeMap],
    photos: tuple[Photo, Photo],
    regions: tuple[RegionMap, RegionMap],
    lights: tuple[LightReading, LightReading],
    focus_mm: float,
    asked: str = "auto",
) -> dict[str, Sign]:
    """Look for every sign.

    Parameters
    ----------
    pair : AlignedPair
    maps : sequence of ChangeMap
    photos : tuple of two Photo
    regions : tuple of two RegionMap
        Of the photos themselves.
    lights : tuple of two LightReading
    focus_mm : float
        Blur of one photo against the other.
    asked : str
        Reference that was asked for.

    Returns
    -------
    dict of str to Sign
        By the code of the finding; what could not be looked for is missing.
    """
    by_name = {(m.attribute, m.band): m for m in maps}
    texture = {band: _texture_change(maps, band, pair) for band in ("mid", "coarse")}
    found: dict[str, Sign | None] = {
        **_of_references(lights),
        "smoothing": _smoothing(texture, focus_mm),
        "camera": _camera(photos),
        "stubble": _stubble(by_name["texture", "mid"], pair),
        "crop": _crop(photos, regions),
    }
    crop = found["crop"]
    if crop is not None and crop.value <= FINDINGS["crop"].told_from:  # else the crop took the skin
        found["hair"] = _hair(regions)
    explained = any(code in found for code in SAYS_WHY.get(asked, ()))
    if asked in NOT_FOUND and asked != pair.reference and not explained:
        found["reference_missing"] = Sign(1.0, NOT_FOUND[asked])
    for name in MOVED_FROM:
        found[f"calm_{name}"] = _two_parts(by_name[name, ""], pair, MOVED_FROM[name])
    return {code: sign for code, sign in found.items() if sign is not None}


def _of_references(lights: tuple[LightReading, LightReading]) -> Mapping[str, Sign | None]:
    """Tell of references that do not serve the pair."""
    cards, greys = [light.card for light in lights], [light.grey for light in lights]
    found: dict[str, Sign | None] = {}
    if (cards[0] is None) != (cards[1] is None):
        found["card_in_one"] = Sign(1.0)
    elif cards[0] is not None and cards[1] is not None and cards[0].kind != cards[1].kind:
        found["card_kinds"] = Sign(1.0)
    for code, reasons in (
        ("card_unusable", [card.reasons if card else () for card in cards]),
        ("grey_unusable", [grey.reasons if grey else () for grey in greys]),
    ):
        which = zip(("before", "after"), reasons, strict=True)
        told = [f"{name} photo: {why[0].message}" for name, why in which if why]
        if told:
            found[code] = Sign(1.0, "; ".join(told))
    if (greys[0] is None) != (greys[1] is None):
        found["grey_unusable"] = Sign(1.0, "it is marked in one photo only")
    return found


def _texture_change(maps: Sequence[ChangeMap], name: str, pair: AlignedPair) -> float | None:
    """Ln of the ratio of the RMS of a band over the whole."""
    band = next(m for m in maps if m.band == name)
    energies = None if band.reason else band_rms(band, pair.regions)[0]
    if energies is None or min(energies) <= 0:
        return None
    return float(np.log(energies[1]) - np.log(energies[0]))  # mirrored to the last digit


def bent_tones(pair: AlignedPair, maps: Sequence[ChangeMap]) -> float:
    """Tell how much the tones of one photo are bent against the other.

    Contrasts of the shading of skin, of skin with brows and lips, of color and of relief: light,
    relief and color of skin move one of them each, a bent tone curve moves all by one factor.

    Parameters
    ----------
    pair : AlignedPair
    maps : sequence of ChangeMap

    Returns
    -------
    float
        Ln units; 0 on a close-up, where nothing keeps its contrast when skin changes.
    """
    if pair.regions.is_close_up:
        return 0.0
    coarse = _texture_change(maps, "coarse", pair)
    step = max(1, int(pair.regions.nominal_px_per_mm * TONE_MM))
    size = tuple(max(1, n // step) for n in pair.trust.shape[::-1])
    labels = cv2.resize(pair.regions.labels, size, interpolation=cv2.INTER_NEAREST)
    trust = cv2.resize(pair.trust, size, interpolation=cv2.INTER_NEAREST)
    skin: _Mask = (labels > 0) & (trust > 0)
    points = pair.regions.landmarks / step
    features = np.zeros(labels.shape, np.uint8)
    for name in ("right_brow", "left_brow", "upper_lip", "lower_lip"):
        cv2.fillPoly(features, [np.rint(points[GROUPS[name]]).astype(np.int32)], (1,))
    wide: _Mask = skin | (features > 0)
    if skin.sum() < 100:
        return 0.0
    spreads = [_spreads(rgb, size, skin, wide) for rgb in (pair.before, pair.after)]
    skin_light, anchored, color = (
        float(np.log(after) - np.log(before)) for before, after in zip(*spreads, strict=True)
    )
    others = [skin_light, color] + ([] if coarse is None else [coarse])
    agreed = 0.0
    for sign in (1, -1):
        among = sorted(max(0.0, sign * value) for value in others)
        agreed = max(agreed, min(sign * anchored, among[len(others) - 2]))
    return float(agreed)


def _spreads(
    rgb: FloatArray, size: tuple[int, ...], skin: _Mask, wide: _Mask
) -> tuple[float, float, float]:
    """Return the spread of ln light on skin and on skin with brows and lips, and of ln R/G."""
    small = np.maximum(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), OD_FLOOR)
    light = np.log(small @ LUMINANCE)
    color = np.log(small[..., 0] / small[..., 1])
    values = (light[skin].std(), light[wide].std(), color[skin].std())
    one, two, three = (max(float(value), 1e-3) for value in values)
    return one, two, three


def _smoothing(texture: Mapping[str, float | None], focus_mm: float) -> Sign | None:
    """Relief that one photo lost, while its edges are as sharp and larger forms are still there."""
    mid, coarse = texture["mid"], texture["coarse"]
    if mid is None or focus_mm > SHARP_AS_BEFORE_MM:
        return None
    if coarse is not None and mid * coarse > 0 and abs(coarse) > RELIEF_SHARE * abs(mid):
        return None
    return Sign(abs(mid))


def _camera(photos: tuple[Photo, Photo]) -> Sign | None:
    """Cameras, lenses or modes that are not the same, as the files say."""
    before, after = photos
    if before.camera is None or after.camera is None:
        return None
    pairs = [(before.camera, after.camera)]
    pairs += [(before.lens, after.lens)] if before.lens and after.lens else []
    pairs.append((before.mode or "no special mode", after.mode or "no special mode"))
    for one, other in pairs:
        if one != other:
            return Sign(1.0, f"{one} before, {other} after")
    return None


def _hair(regions: tuple[RegionMap, RegionMap]) -> Sign | None:
    """Ln of the ratio of the bare skin of a region in both photos, the largest of all regions."""
    if any(seen.is_close_up for seen in regions):
        return None
    areas = [_areas(seen) for seen in regions]
    worst = Sign(0.0)
    for name in COVERED:
        before, after = (area[name] for area in areas)
        if max(before, after) > 0:
            ratio = float(np.log(max(after, 1e-3)) - np.log(max(before, 1e-3)))
            if abs(ratio) > worst.value:
                which = "after" if ratio < 0 else "before"
                worst = Sign(abs(ratio), f"{name.replace('_', ' ')}, {which} photo")
    return worst


def _areas(regions: RegionMap) -> dict[str, float]:
    """Bare skin of each region, in squared pupil distances."""
    step = max(1, min(regions.labels.shape) // 400)
    counts = np.bincount(regions.labels[::step, ::step].ravel(), minlength=len(regions.names) + 1)
    unit = np.sum((regions.landmarks[1] - regions.landmarks[0]).astype(np.float64) ** 2)
    return {
        name: float(counts[number] * step**2 / unit)
        for number, name in enumerate(regions.names, start=1)
        if number < len(counts)
    }


def _stubble(mid: ChangeMap, pair: AlignedPair) -> Sign | None:
    """How much rougher the skin around the mouth became than the rest of the face, ln units."""
    names = pair.regions.names
    if mid.reason or not set(BEARDED + BARE) <= set(names):
        return None
    energies = dict(zip(names, band_rms(mid, pair.regions), strict=True))
    changes = {
        name: float(np.log(found[1]) - np.log(found[0]))
        for name, found in energies.items()
        if found is not None and min(found) > 0
    }
    below = [changes[name] for name in BEARDED if name in changes]
    rest = [changes[name] for name in BARE if name in changes]
    if not below or len(rest) < 2:
        return None
    return Sign(abs(float(np.mean(below) - np.median(rest))))


def _crop(photos: tuple[Photo, Photo], regions: tuple[RegionMap, RegionMap]) -> Sign | None:
    """Share of the face outside one photo, of that which shows less of it."""
    if any(seen.is_close_up for seen in regions):
        return None
    return Sign(max(_outside(p.pixels.shape, r) for p, r in zip(photos, regions, strict=True)))


def _outside(shape: tuple[int, ...], regions: RegionMap) -> float:
    """Share of a face that lies beyond the edges of its photo."""
    points = regions.landmarks.astype(np.float64)
    scale = PUPIL_PX / float(np.hypot(*(points[1] - points[0])))
    size = 6 * PUPIL_PX
    shift = size / 2 - scale * points.mean(axis=0)
    drawn = face_shape((scale * points + shift).astype(np.float32), (size, size)).labels > 0
    y, x = np.nonzero(drawn)
    at = (np.stack([x, y], axis=1) - shift) / scale
    inside = ((at >= -0.5) & (at <= (shape[1] - 0.5, shape[0] - 0.5))).all(axis=1)
    return float(1 - inside.mean()) if len(at) else 0.0


def _two_parts(change: ChangeMap, pair: AlignedPair, least: float) -> Sign | None:
    """Share of the smaller of two parts that changed apart from each other; 0 if there are none.

    Of a face alone: of a close-up the user chose how much of it is treated skin.
    """
    if pair.regions.is_close_up:
        return None
    step = max(1, int(pair.regions.nominal_px_per_mm))
    raster = (slice(step // 2, None, step), slice(step // 2, None, step))
    values, labels = change.values[raster], pair.regions.labels[raster]
    valid: _Mask = np.isfinite(values) & (labels > 0)
    if valid.sum() < 100:
        return None
    sigma = MOVED_MM * pair.regions.nominal_px_per_mm / step
    filled = np.where(valid, values, 0).astype(np.float32)
    smooth = np.sort(gaussian_over(filled, valid.astype(np.float32), sigma)[valid].astype(float))
    below = np.arange(1, len(smooth)) / len(smooth)
    sums = np.cumsum(smooth)
    low, high = (
        sums[:-1] / (below * len(smooth)),
        (sums[-1] - sums[:-1]) / ((1 - below) * len(smooth)),
    )
    between = below * (1 - below) * (high - low) ** 2
    best = int(np.argmax(between))
    apart = between[best] > APART * smooth.var() and high[best] - low[best] > least
    return Sign(float(min(below[best], 1 - below[best])) if apart else 0.0)
