"""Statistics of change maps over regions: what scores and levels both read.

Maps of chromophores hold nothing finer than half a millimeter, so they are read on a coarser
raster. *Lesions* are skin that stands out of the person's own in either photo, by one threshold
for both; what is left is *control skin*.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .filters import gaussian_over
from .types import AlignedPair, ChangeMap, FloatArray, RegionMap

__all__ = [
    "RegionReader",
    "Spots",
    "band_rms",
    "control_level",
    "energy_change",
    "enough_skin",
]

SAMPLES_PER_MM = 2.5  # of a map: the blur of haemoglobin in the skin is 0.3 to 0.5 mm
MIN_COLOR_MM2 = 4.0  # a mark of 2 mm; less is one pore or one hair
MIN_TEXTURE_MM2 = 25.0  # fifty features of the mid band: fix their RMS to 10 %
MIN_REGION_SHARE = 0.3  # of the region's own area that both photos show and trust
LESION_SIGMAS, LESION_FLOOR = 3.0, 1.5  # contrast to the median skin; a*, L* units
CONTROL_ROUNDS, CONTROL_SIGMAS = 5, 2.0
MEDIAN_SAMPLES = 20_000  # fix a median to 1 % of its standard deviation
SPOT_SURROUND_MM = 6.0
MIN_SPOT_MM2 = 0.8  # a freckle of 1 mm
MOST_RELIEF = 0.25  # ln units: more is a hair or the edge of a nostril

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Spots:
    """Spots and patches darker than the skin around them.

    Attributes
    ----------
    count : int
    area_percent : float
        Of the region.
    area_mm2 : float or None
        None without a scale.
    """

    count: int
    area_percent: float
    area_mm2: float | None


def enough_skin(kept: int, inside: int, least: float) -> bool:
    """Whether enough px of a region are seen and trusted to speak of it; `least` in px."""
    return kept >= max(least, MIN_REGION_SHARE * inside)


class RegionReader:
    """One map of a chromophore on a coarser raster.

    Parameters
    ----------
    pair : AlignedPair
    change : ChangeMap
    """

    def __init__(self, pair: AlignedPair, change: ChangeMap) -> None:
        step = max(1, round(pair.regions.nominal_px_per_mm / SAMPLES_PER_MM))
        raster = (slice(step // 2, None, step), slice(step // 2, None, step))
        self.attribute = change.attribute
        self.names = pair.regions.names
        self.per_mm = pair.regions.nominal_px_per_mm / step
        self.has_scale = pair.regions.px_per_mm is not None
        self._valid: _Mask = np.isfinite(change.values[raster])
        everywhere = _Membership.of(pair.regions, raster)
        self._inside = everywhere.at(self._valid)
        self._seen, self._kept = everywhere.sums(), self._inside.sums()
        self._skin = self._inside.labels > 0 if self._inside.labels.any() else np.s_[:]
        self._trust = pair.trust[raster][self._valid].astype(np.float64)
        self._weights = self._inside.sums(self._trust)
        self.values, self.before, self.after = (
            image[raster][self._valid] for image in (change.values, change.before, change.after)
        )

    def covered(self, region: str) -> bool:
        """Whether enough of the region is seen and trusted."""
        number = self.names.index(region)
        least = MIN_COLOR_MM2 * self.per_mm**2
        return enough_skin(int(self._kept[number]), int(self._seen[number]), least)

    def skin_share(self, region: str) -> float:
        """How much of what is measured in a region looks like skin, 0..1; less than 1 if drawn."""
        number = self.names.index(region) - self._inside.label_count
        if number < 0:
            return 1.0
        labels = self._inside.labels[self._inside.drawn[number]]
        return float(np.count_nonzero(labels) / max(labels.size, 1))

    def area_mm2(self, region: str) -> float:
        """Area of what is measured in a region, by the nominal scale."""
        return float(self._kept[self.names.index(region)] / self.per_mm**2)

    def places_mm2(self, region: str, reach_mm: float) -> dict[str, float]:
        """Area that lies within reach of what is measured, by the region that it lies in.

        A region that was drawn lies in several, and where no region is in the first; any other is
        taken as a disc of its area.
        """
        number = self.names.index(region)
        first_drawn = self._inside.label_count
        if number < first_drawn:
            radius = float(np.sqrt(self.area_mm2(region) / np.pi))
            return {region: float(np.pi * (radius + reach_mm) ** 2)}
        picture = np.zeros(self._valid.shape, dtype=np.uint8)
        picture[self._valid] = self._inside.drawn[number - first_drawn]
        size = 2 * round(reach_mm * self.per_mm) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        near = (cv2.dilate(picture, kernel) > 0)[self._valid]
        counts = np.bincount(self._inside.labels[near], minlength=first_drawn + 1)
        counts[1] += counts[0]
        areas = zip(self.names[:first_drawn], counts[1:] / self.per_mm**2, strict=True)
        return {name: float(area) for name, area in areas if area > 0}

    def means(self, values: FloatArray) -> npt.NDArray[np.float64]:
        """Mean of each region, in the order of the names, weighted by trust.

        Parameters
        ----------
        values : float32 array of shape (N,)
            ``values``, ``before`` or ``after`` of this reader.

        Returns
        -------
        float64 array of shape (R,)
        """
        sums = self._inside.sums(values * self._trust)
        return sums / np.maximum(self._weights, 1e-9)

    def control(self) -> float:
        """Median change of control skin (:func:`control_level`)."""
        return control_level(*(x[self._skin] for x in (self.values, self.before, self.after)))

    def spots(self) -> tuple[list[Spots], list[Spots]]:
        """Dark spots and patches of both photos in every region, by one threshold for both."""
        contrasts = [self._against_surround(image) for image in (self.before, self.after)]
        both = _pooled(*(contrast[self._skin] for contrast in contrasts))
        if both.size == 0:
            nothing = [Spots(0, 0.0, 0.0 if self.has_scale else None) for _ in self.names]
            return nothing, nothing
        threshold = max(LESION_SIGMAS * _center_and_spread(both)[1], LESION_FLOOR)
        before, after = (self._counted(contrast > threshold) for contrast in contrasts)
        return before, after

    def _against_surround(self, values: FloatArray) -> FloatArray:
        """Map minus its mean over the skin around, at the valid pixels."""
        sigma = SPOT_SURROUND_MM * self.per_mm
        picture = np.zeros(self._valid.shape, dtype=np.float32)
        picture[self._valid] = values
        around = gaussian_over(picture, self._valid.astype(np.float32), sigma)
        return np.asarray(values - around[self._valid], dtype=np.float32)

    def _counted(self, spots: _Mask) -> list[Spots]:
        """Count and measure spots; one on a border counts where most of it lies."""
        picture = np.zeros(self._valid.shape, dtype=np.uint8)
        picture[self._valid] = spots
        count, components = cv2.connectedComponents(picture)
        own = np.asarray(components, dtype=np.int32)[self._valid]
        sizes = np.bincount(own[spots], minlength=count)
        kept = spots & (sizes >= MIN_SPOT_MM2 * self.per_mm**2)[own]
        areas = self._inside.sums(kept)
        home = self._inside.spots_at_home(own, kept, sizes)
        return [
            Spots(
                count=int(home[number]),
                area_percent=float(100 * areas[number] / max(self._kept[number], 1)),
                area_mm2=float(areas[number] / self.per_mm**2) if self.has_scale else None,
            )
            for number in range(len(self.names))
        ]


def control_level(values: FloatArray, before: FloatArray, after: FloatArray) -> float:
    """Median change of control skin: outside all lesions, and outside what changed.

    Where a third of the face darkened, the plain median of the map lies in the upper tail of the
    noise of the rest; so skin beyond two robust standard deviations is left out until nothing
    more is.

    Parameters
    ----------
    values, before, after : float32 arrays of shape (N,)
        Change, and what each photo shows, at the same places of the skin.

    Returns
    -------
    float
        0 without any skin.
    """
    kept = values[~_lesions(before, after)]
    if kept.size == 0:
        kept = values
    if kept.size == 0:
        return 0.0
    kept = kept[:: max(1, kept.size // MEDIAN_SAMPLES)]
    for _ in range(CONTROL_ROUNDS):
        center, spread = _center_and_spread(kept)
        kept = kept[np.abs(kept - center) <= CONTROL_SIGMAS * spread]
    return float(np.median(kept))


def _lesions(before: FloatArray, after: FloatArray) -> _Mask:
    """Skin that stands out of the person's own in either photo, by one threshold."""
    both = _pooled(before, after)
    if both.size == 0:
        return np.zeros(0, dtype=np.bool_)
    center, sigma = _center_and_spread(both)
    threshold = center + max(LESION_SIGMAS * sigma, LESION_FLOOR)
    lesions: _Mask = (before > threshold) | (after > threshold)
    return lesions


class _Membership(NamedTuple):
    """Which regions some pixels belong to: one of the labels, any of the drawn ones."""

    labels: npt.NDArray[np.uint8]  # (N,)
    label_count: int  # the first holds all others
    drawn: tuple[_Mask, ...]  # each (N,)

    @classmethod
    def of(cls, regions: RegionMap, raster: tuple[slice, slice]) -> "_Membership":
        """Of every pixel of a raster, shape (h, w)."""
        drawn = tuple(regions.mask(name)[raster] for name in regions.drawn_names)
        return cls(regions.labels[raster], len(regions.names) - len(drawn), drawn)

    def at(self, where: _Mask) -> "_Membership":
        """Of some of the pixels."""
        drawn = tuple(mask[where] for mask in self.drawn)
        return _Membership(self.labels[where], self.label_count, drawn)

    def sums(
        self, weights: npt.NDArray[np.floating] | _Mask | None = None
    ) -> npt.NDArray[np.float64]:
        """Pixels, or the sum of weights, of each region in the order of the names."""
        flat = None if weights is None else np.ravel(weights)
        sums = np.bincount(self.labels.ravel(), weights=flat, minlength=self.label_count + 1)[1:]
        inside = [mask.sum() if weights is None else weights[mask].sum() for mask in self.drawn]
        return np.array([sums.sum(), *sums[1:], *inside], dtype=np.float64)

    def spots_at_home(
        self, spot: npt.NDArray[np.int32], kept: _Mask, sizes: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.int64]:
        """Count the spots of which most lies in each region; the whole has all on skin."""
        table = np.zeros((len(sizes), self.label_count + 1))  # px of each spot in each label
        np.add.at(table, (spot[kept], self.labels[kept]), 1)
        on_skin = table[:, 1:].sum(axis=1) > 0
        home = np.bincount(table[on_skin].argmax(axis=1), minlength=self.label_count + 1)
        home[1] = on_skin.sum()
        inside = [
            int((2 * np.bincount(spot[kept & mask], minlength=len(sizes)) > sizes).sum())
            for mask in self.drawn
        ]
        return np.array([*home[1:], *inside], dtype=np.int64)


def _center_and_spread(values: FloatArray) -> tuple[float, float]:
    """Median, and the standard deviation that the median distance to it stands for."""
    center = float(np.median(values))
    return center, 1.4826 * float(np.median(np.abs(values - center)))


def _pooled(before: FloatArray, after: FloatArray) -> FloatArray:
    """Take samples of both photos at the same places."""
    step = max(1, before.size // MEDIAN_SAMPLES)
    return np.concatenate([before[::step], after[::step]])


def band_rms(band: ChangeMap, regions: RegionMap) -> list[tuple[float, float] | None]:
    """RMS of a band of relief before and after in every region.

    Parameters
    ----------
    band : ChangeMap
    regions : RegionMap

    Returns
    -------
    list of tuple of float, or None
        In the order of the names, ln units of luminance; None where too little skin is seen.
    """
    step = max(1, int(regions.nominal_px_per_mm / SAMPLES_PER_MM))
    raster = (slice(None, None, step), slice(None, None, step))
    before, after = band.before[raster], band.after[raster]
    everywhere = _Membership.of(regions, raster)
    usable = (np.abs(before) < MOST_RELIEF) & (np.abs(after) < MOST_RELIEF)
    inside = everywhere.at(usable)
    seen, kept = everywhere.sums(), inside.sums()
    first, second = (
        np.sqrt(inside.sums(np.square(image[usable], dtype=np.float64)) / np.maximum(kept, 1))
        for image in (before, after)
    )
    enough = [
        enough_skin(int(some), int(all_), MIN_TEXTURE_MM2 * (regions.nominal_px_per_mm / step) ** 2)
        for some, all_ in zip(kept, seen, strict=True)
    ]
    return [
        (float(one), float(other)) if fine else None
        for one, other, fine in zip(first, second, enough, strict=True)
    ]


def energy_change(texture: ChangeMap, pair: AlignedPair) -> list[float | None]:
    """Change of the RMS of relief in every region, from a map of its local change.

    Where there is more relief and the alignment is better trusted, a place weighs more::

        100 ln(RMS after / RMS before) = 50 ln(Σ w E exp(v / 100) / Σ w E exp(-v / 100))

    Parameters
    ----------
    texture : ChangeMap
        Values in %; ``before`` and ``after`` are ln of the local RMS, of which E is the product.
    pair : AlignedPair

    Returns
    -------
    list of float, or None
        In the order of the names; None where too little skin is seen.
    """
    step = max(1, round(pair.regions.nominal_px_per_mm / SAMPLES_PER_MM))
    raster = (slice(step // 2, None, step), slice(step // 2, None, step))
    values, before, after = (x[raster] for x in (texture.values, texture.before, texture.after))
    valid = np.isfinite(values) & np.isfinite(before) & np.isfinite(after)
    inside = _Membership.of(pair.regions, raster).at(valid)
    weight = pair.trust[raster][valid] * np.exp(before[valid] + after[valid])
    change = (values[valid] / 100).astype(np.float64)
    up, down = (inside.sums(weight * np.exp(sign * change)) for sign in (1, -1))
    return [
        50 * float(np.log(more) - np.log(less)) if more > 0 and less > 0 else None
        for more, less in zip(up, down, strict=True)
    ]
