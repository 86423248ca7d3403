"""Statistics of change maps over regions: what scores and levels both read.

Maps of chromophores hold nothing finer than half a millimeter, so they are read on a coarser
raster. *Lesions* are skin that stands out of the person's own in either photo, by one threshold
for both; what is left is *control skin*.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .filters import gaussian_over
from .types import AlignedPair, ChangeMap, FloatArray, RegionMap

__all__ = ["RegionReader", "Spots", "band_rms", "enough_skin"]

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
        labels = pair.regions.labels[raster]
        self._seen = _per_region(labels.ravel(), len(self.names))
        self._labels = labels[self._valid]
        self._kept = _per_region(self._labels, len(self.names))
        self._trust = pair.trust[raster][self._valid]
        self.values, self.before, self.after = (
            image[raster][self._valid] for image in (change.values, change.before, change.after)
        )

    def covered(self, region: str) -> bool:
        """Whether enough of the region is seen and trusted."""
        number = self.names.index(region)
        least = MIN_COLOR_MM2 * self.per_mm**2
        return enough_skin(int(self._kept[number]), int(self._seen[number]), least)

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
        count = len(self.names)
        weights = _per_region(self._labels, count, self._trust)
        sums = _per_region(self._labels, count, values * self._trust.astype(np.float64))
        return sums / np.maximum(weights, 1e-9)

    def control(self) -> float:
        """Median change of control skin: outside all lesions, and outside what changed.

        Where a third of the face darkened, the plain median of the map lies in the upper tail of
        the noise of the rest; so skin beyond two robust standard deviations is left out until
        nothing more is.
        """
        kept = self.values[~self._lesions()]
        if kept.size == 0:
            kept = self.values
        if kept.size == 0:
            return 0.0
        kept = kept[:: max(1, kept.size // MEDIAN_SAMPLES)]
        for _ in range(CONTROL_ROUNDS):
            center, spread = _center_and_spread(kept)
            kept = kept[np.abs(kept - center) <= CONTROL_SIGMAS * spread]
        return float(np.median(kept))

    def _lesions(self) -> _Mask:
        """Skin that stands out of the person's own in either photo, by one threshold."""
        both = _pooled(self.before, self.after)
        if both.size == 0:
            return np.zeros(0, dtype=np.bool_)
        center, sigma = _center_and_spread(both)
        threshold = center + max(LESION_SIGMAS * sigma, LESION_FLOOR)
        lesions: _Mask = (self.before > threshold) | (self.after > threshold)
        return lesions

    def spots(self) -> tuple[list[Spots], list[Spots]]:
        """Dark spots and patches of both photos in every region, by one threshold for both."""
        contrasts = [self._against_surround(image) for image in (self.before, self.after)]
        both = _pooled(*contrasts)
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
        table = np.zeros((count, len(self.names) + 1))  # px of each spot in each label
        np.add.at(table, (own[spots], self._labels[spots]), 1)
        table = table[table.sum(axis=1) >= MIN_SPOT_MM2 * self.per_mm**2]
        home = np.bincount(table.argmax(axis=1), minlength=len(self.names) + 1)
        areas = table.sum(axis=0)
        home[1], areas[1] = home.sum(), areas.sum()  # the whole holds all
        return [
            Spots(
                count=int(home[number + 1]),
                area_percent=float(100 * areas[number + 1] / max(self._kept[number], 1)),
                area_mm2=float(areas[number + 1] / self.per_mm**2) if self.has_scale else None,
            )
            for number in range(len(self.names))
        ]


def _center_and_spread(values: FloatArray) -> tuple[float, float]:
    """Median, and the standard deviation that the median distance to it stands for."""
    center = float(np.median(values))
    return center, 1.4826 * float(np.median(np.abs(values - center)))


def _pooled(before: FloatArray, after: FloatArray) -> FloatArray:
    """Take samples of both photos at the same places."""
    step = max(1, before.size // MEDIAN_SAMPLES)
    return np.concatenate([before[::step], after[::step]])


def _per_region(
    labels: npt.NDArray[np.uint8], count: int, weights: npt.NDArray[np.floating] | None = None
) -> npt.NDArray[np.float64]:
    """Pixels, or the sum of weights, of each of `count` regions; the first holds all others."""
    sums = np.bincount(labels, weights=weights, minlength=count + 1)[1:].astype(np.float64)
    sums[0] = sums.sum()
    return sums


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
    labels = regions.labels[raster].ravel()
    before, after = (image[raster].ravel() for image in (band.before, band.after))
    seen = _per_region(labels, len(regions.names))
    usable = (np.abs(before) < MOST_RELIEF) & (np.abs(after) < MOST_RELIEF)
    labels = labels[usable]
    kept = _per_region(labels, len(regions.names))
    first, second = (
        np.sqrt(
            _per_region(labels, len(regions.names), np.square(image[usable], dtype=np.float64))
            / np.maximum(kept, 1)
        )
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
