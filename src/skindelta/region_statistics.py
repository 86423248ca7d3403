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
MIN_REGION_MM2 = 25.0  # less is one pore or one hair
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


def enough_skin(kept: int, inside: int, px_per_mm: float) -> bool:
    """Whether enough of a region is seen and trusted to speak of it."""
    return kept >= max(MIN_REGION_MM2 * px_per_mm**2, MIN_REGION_SHARE * inside)


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
        self.labels = pair.regions.labels[raster]
        self.values, self.before, self.after = (
            image[raster] for image in (change.values, change.before, change.after)
        )
        self.trust = pair.trust[raster]
        self.valid: _Mask = np.isfinite(self.values)
        self.lesions = self._lesions(self.before, self.after)

    def pixels(self, region: str) -> _Mask:
        """Pixels of the region that carry a value."""
        pixels: _Mask = self._inside(region) & self.valid
        return pixels

    def covered(self, region: str) -> bool:
        """Whether enough of the region is seen and trusted."""
        kept = int(self.pixels(region).sum())
        return enough_skin(kept, int(self._inside(region).sum()), self.per_mm)

    def _inside(self, region: str) -> _Mask:
        number = self.names.index(region) + 1
        inside: _Mask = self.labels > 0 if number == 1 else self.labels == number
        return inside

    def mean(self, image: FloatArray, region: str) -> float:
        """Mean over a region, weighted by trust."""
        inside = self.pixels(region)
        return float(np.average(image[inside], weights=self.trust[inside].astype(np.float64)))

    def control(self) -> float:
        """Median change of control skin: outside all lesions, and outside what changed.

        Where a third of the face darkened, the plain median of the map lies in the upper tail of
        the noise of the rest; so skin beyond two robust standard deviations is left out until
        nothing more is.
        """
        kept = self.values[self.valid & ~self.lesions]
        if kept.size == 0:
            kept = self.values[self.valid]
        if kept.size == 0:
            return 0.0
        kept = kept[:: max(1, kept.size // MEDIAN_SAMPLES)]
        for _ in range(CONTROL_ROUNDS):
            center = float(np.median(kept))
            spread = 1.4826 * float(np.median(np.abs(kept - center)))
            kept = kept[np.abs(kept - center) <= CONTROL_SIGMAS * spread]
        return float(np.median(kept))

    def _lesions(self, before: FloatArray, after: FloatArray) -> _Mask:
        """Skin that stands out of the person's own in either photo, by one threshold."""
        both = np.concatenate([before[self.valid], after[self.valid]])
        if both.size == 0:
            return np.zeros(self.valid.shape, dtype=np.bool_)
        center = float(np.median(both))
        sigma = 1.4826 * float(np.median(np.abs(both - center)))
        threshold = center + max(LESION_SIGMAS * sigma, LESION_FLOOR)
        lesions: _Mask = self.valid & ((before > threshold) | (after > threshold))
        return lesions

    def spots(self) -> tuple[_Mask, _Mask]:
        """Dark spots and patches of both photos, by one threshold on the contrast of both."""
        contrasts = [self._against_surround(image) for image in (self.before, self.after)]
        both = np.concatenate([contrast[self.valid] for contrast in contrasts])
        if both.size == 0:
            return self.valid, self.valid
        sigma = 1.4826 * float(np.median(np.abs(both - np.median(both))))
        threshold = max(LESION_SIGMAS * sigma, LESION_FLOOR)
        before, after = (self.valid & (contrast > threshold) for contrast in contrasts)
        return before, after

    def _against_surround(self, image: FloatArray) -> FloatArray:
        """Map minus its mean over the skin around."""
        sigma = SPOT_SURROUND_MM * self.per_mm
        filled = np.where(self.valid, image, np.float32(0))
        around = gaussian_over(filled, self.valid.astype(np.float32), sigma)
        return np.asarray(filled - around, dtype=np.float32)

    def count_spots(self, spots: _Mask, region: str) -> Spots:
        """Count and measure the spots inside a region."""
        inside = self.pixels(region)
        here = (spots & inside).astype(np.uint8)
        areas = cv2.connectedComponentsWithStats(here)[2][1:, cv2.CC_STAT_AREA]
        areas = areas[areas >= MIN_SPOT_MM2 * self.per_mm**2]
        total = float(areas.sum())
        return Spots(
            count=len(areas),
            area_percent=100 * total / max(int(inside.sum()), 1),
            area_mm2=total / self.per_mm**2 if self.has_scale else None,
        )


def band_rms(band: ChangeMap, regions: RegionMap, region: str) -> tuple[float, float] | None:
    """RMS of a band of relief before and after, or None where too little skin is seen.

    Parameters
    ----------
    band : ChangeMap
    regions : RegionMap
    region : str

    Returns
    -------
    tuple of float or None
        ln units of luminance.
    """
    step = max(1, int(regions.nominal_px_per_mm / SAMPLES_PER_MM))
    raster = (slice(None, None, step), slice(None, None, step))
    inside = regions.mask(region)[raster]
    before, after = band.before[raster], band.after[raster]
    usable = inside & (np.abs(before) < MOST_RELIEF) & (np.abs(after) < MOST_RELIEF)
    px_per_mm = regions.nominal_px_per_mm / step
    if not enough_skin(int(usable.sum()), int(inside.sum()), px_per_mm):
        return None
    first, second = (
        float(np.sqrt(np.mean(np.square(image[usable], dtype=np.float64))))
        for image in (before, after)
    )
    return first, second
