"""The midpoint grid: where it lies in both photos, and what they look like on it.

A point p of the grid, as a complex number x + iy, displaced by D from the before to the after
photo, lies at ``(p + origin - D / 2) / half + center`` in the before photo and at
``(p + origin + D / 2) * half + center`` in the after photo, where *half* is the square root of the
similarity (scale and turn) between the two. Swapping the photos inverts *half* and the sign of D
and nothing else.

Structure images show the skin without its light: log-luminance between two scales, over its own
local contrast.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from .both import both
from .filters import gaussian, reduced
from .types import ByteArray, FloatArray, NormalizedPhoto

__all__ = [
    "Frame",
    "Sampled",
    "luminance",
    "midpoint_frame",
    "scales",
    "structure",
    "structure_codes",
]

_Int = TypeVar("_Int", bound=np.integer)
Complex = npt.NDArray[np.complex128]

EDGE_PX = 4  # reach of the Lanczos interpolation
LIGHT_STEP = 2  # px of the photo's grid for one of the picture that structure is made of
GRID_STEP = 16  # px: sizes of the grid are multiples of it, so that coarser fields fit
MIN_GRID_PX = 64
EXACT_PX = 0.01  # less is rounding of the estimators: the photos are taken as in place
# Cubic interpolation dims features of two pixels, which are texture on coarse grids; Lanczos keeps
# them and takes three times as long.
SHARPEST_BELOW_PX_PER_MM = 5.0
FINE_SHARE, SLOW_SHARE = 0.006, 0.045  # of the pupil distance: 0.4 mm and 2.8 mm
LIGHT_FLOOR = 0.004  # linear: below it is sensor noise, which must not become structure
MIN_SIGMA = 0.6  # px: finer is the sensor's noise and the JPEG's
CONTRAST_WINDOW = 1.5  # times the slow scale
CONTRAST_FLOOR = 0.02  # ln units: smooth skin has 0.02 to 0.05, noise below


class Sampled(NamedTuple):
    """One photo on the grid; 0 beyond its edge."""

    light: FloatArray  # (h, w, 3)
    labels: ByteArray
    drawn: npt.NDArray[np.uint16] | None
    inside: npt.NDArray[np.bool_]  # of the photo


@dataclass(frozen=True, eq=False)
class Frame:
    """The midpoint grid of two photos.

    Attributes
    ----------
    photos : tuple of two NormalizedPhoto
        Before and after.
    lights : tuple of two float32 arrays
        Their luminance, reduced by LIGHT_STEP: what structure images are made of.
    half : complex
        Square root of the similarity from before to after.
    centers : tuple of two complex
        Points of both photos that lie on one another.
    origin : complex
        Of the grid, counted from that point.
    size : tuple of int
        (width, height), multiples of GRID_STEP.
    unit : float
        Pupil distance in px of the grid; the longer side of a close-up.
    """

    photos: tuple[NormalizedPhoto, NormalizedPhoto]
    lights: tuple[FloatArray, FloatArray]
    half: complex
    centers: tuple[complex, complex]
    origin: complex
    size: tuple[int, int]
    unit: float

    def nodes(self, step: int) -> Complex:
        """Points of the grid every `step` px, in the middle of their cells, shape (h, w)."""
        x, y = ((np.arange(n // step) + 0.5) * step - 0.5 for n in self.size)
        return np.asarray(x + 1j * y[:, None], dtype=np.complex128)

    def zero_field(self, step: int) -> FloatArray:
        """Displacement of nothing, one value for `step` by `step` px, (h, w, 2)."""
        return np.zeros((self.size[1] // step, self.size[0] // step, 2), dtype=np.float32)

    def refined(self, field: FloatArray, step: int) -> FloatArray:
        """Bring a displacement field to another step, (h, w, 2)."""
        size = (self.size[0] // step, self.size[1] // step)
        if field.shape[1] == size[0]:
            return field
        return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def is_identity(self) -> bool:
        """Whether both photos already lie on one another."""
        shift = self.centers[1] - self.centers[0]
        return abs(self.half - 1) * max(self.size) < EXACT_PX and abs(shift) < EXACT_PX

    def carried(self, points: Complex, which: int) -> Complex:
        """Points of one photo (0 = before, 1 = after) in the midpoint frame, undisplaced."""
        turn = 1 / self.half if which else self.half
        return np.asarray((points - self.centers[which]) * turn - self.origin)

    def maps(self, which: int, field: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where each point of a displacement field lies in one photo, columns and rows, px."""
        exact = self.is_identity()
        half = 1 + 0j if exact else (self.half if which else 1 / self.half)
        center = self.centers[0 if exact else which] + half * self.origin
        step = self.size[0] // field.shape[1]
        x, y = ((np.arange(n // step) + 0.5) * step - 0.5 for n in self.size)
        # Rows and columns carried over in double precision, their sum in single: within 1e-4 px.
        along_x, along_y = half * x, 1j * half * y + center
        map_x, map_y = (
            np.add.outer(down.astype(np.float32), across.astype(np.float32))
            for down, across in ((along_y.real, along_x.real), (along_y.imag, along_x.imag))
        )
        turned = (half if which else -half) / 2
        across, down = field[..., 0], field[..., 1]
        map_x += np.float32(turned.real) * across - np.float32(turned.imag) * down
        map_y += np.float32(turned.imag) * across + np.float32(turned.real) * down
        return map_x, map_y

    def sample(self, which: int, field: FloatArray) -> Sampled:
        """Light and regions of one photo on a field; 0 beyond its edge."""
        photo, where = self.photos[which], self.maps(which, field)
        coarse = photo.regions.nominal_px_per_mm < SHARPEST_BELOW_PX_PER_MM
        light = cv2.remap(
            photo.rgb, *where, cv2.INTER_LANCZOS4 if coarse else cv2.INTER_CUBIC, borderValue=0
        )

        def moved(plane: npt.NDArray[_Int]) -> npt.NDArray[_Int]:
            carried = cv2.remap(_inner(plane), *where, cv2.INTER_NEAREST, borderValue=0)
            return np.asarray(carried, dtype=plane.dtype)

        regions = photo.regions
        labels = moved(regions.labels + np.uint8(1))  # 0 beyond the edge
        return Sampled(
            # Both interpolations swing below black beside a sharp edge.
            np.maximum(light, 0, out=light, dtype=np.float32),
            labels - (labels > 0),
            None if regions.drawn is None else moved(regions.drawn),
            labels > 0,
        )

    def structures(self, field: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Structure images of both photos at the size of a displacement field."""
        return both(partial(self._structure, field=field), 0, 1)

    def _structure(self, which: int, field: FloatArray) -> FloatArray:
        map_x, map_y = self.maps(which, field)
        columns, rows = ((one + 0.5) / LIGHT_STEP - 0.5 for one in (map_x, map_y))
        # Beyond the edge of the photo its light continues, so that no edge appears there.
        light = cv2.remap(
            self.lights[which], columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        unit = self.unit * field.shape[1] / self.size[0]
        return structure(np.asarray(light, dtype=np.float32), *scales(unit))


def _inner(plane: npt.NDArray[_Int]) -> npt.NDArray[_Int]:
    """Regions without the edge of the photo, where interpolation mixes in what lies beyond."""
    inner = np.zeros_like(plane)
    kept = np.s_[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    inner[kept] = plane[kept]
    return inner


def midpoint_frame(
    before: NormalizedPhoto, after: NormalizedPhoto, points: tuple[Complex, Complex]
) -> Frame | None:
    """Find the midpoint grid from points that lie on one another.

    Parameters
    ----------
    before, after : NormalizedPhoto
    points : tuple of two complex arrays of shape (N,)
        The same places of the skin in both photos, x + iy in px.

    Returns
    -------
    Frame or None
        None where the photos hardly overlap. The grid covers what both show.
    """
    centers = complex(points[0].mean()), complex(points[1].mean())
    a, b = points[0] - centers[0], points[1] - centers[1]
    scale = np.sqrt((np.abs(b) ** 2).sum() / (np.abs(a) ** 2).sum())
    half = complex(np.sqrt(scale) * np.exp(0.5j * np.angle((np.conj(a) * b).sum())))
    corners = [
        _extent(before.rgb.shape, centers[0], half),
        _extent(after.rgb.shape, centers[1], 1 / half),
    ]
    left, top = (max(both) for both in zip(*(low for low, _ in corners), strict=True))
    right, bottom = (min(both) for both in zip(*(high for _, high in corners), strict=True))
    width, height = (int(n) // GRID_STEP * GRID_STEP for n in (right - left, bottom - top))
    if min(width, height) < MIN_GRID_PX:
        return None
    origin = complex(round(left), round(top))
    lights = both(_light, before, after)
    unit = _unit(before, after)
    return Frame((before, after), lights, half, centers, origin, (width, height), unit)


def _light(photo: NormalizedPhoto) -> FloatArray:
    return luminance(reduced(photo.rgb, LIGHT_STEP))


def _extent(
    shape: tuple[int, ...], center: complex, turn: complex
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Least and greatest (x, y) of a photo's grid in the midpoint frame."""
    width, height = shape[1] - 1, shape[0] - 1
    corners = (np.array([0, width, 1j * height, width + 1j * height]) - center) * turn
    x, y = corners.real, corners.imag
    return (float(x.min()), float(y.min())), (float(x.max()), float(y.max()))


def _unit(before: NormalizedPhoto, after: NormalizedPhoto) -> float:
    if before.regions.is_close_up or after.regions.is_close_up:
        return float(max(before.rgb.shape[:2] + after.rgb.shape[:2]))
    spans = [np.hypot(*(p.regions.landmarks[1] - p.regions.landmarks[0])) for p in (before, after)]
    return float(sum(spans) / 2)


def scales(unit: float) -> tuple[float, float]:
    """Return the band of :func:`structure` that alignment looks at, σ in px.

    Parameters
    ----------
    unit : float
        Pupil distance in px.
    """
    return FINE_SHARE * unit, SLOW_SHARE * unit


def luminance(rgb: FloatArray) -> FloatArray:
    """Weighted sum of the channels, (h, w)."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def structure(light: FloatArray, fine: float, slow: float) -> FloatArray:
    """Structure of skin: log-luminance between two scales over its local contrast.

    Parameters
    ----------
    light : float32 array of shape (h, w)
        Luminance, linear.
    fine, slow : float
        σ of the band in px.

    Returns
    -------
    float32 array of shape (h, w)
        In local standard deviations.
    """
    density = np.asarray(cv2.log(light + np.float32(LIGHT_FLOOR)), dtype=np.float32)
    band = gaussian(density, max(MIN_SIGMA, fine)) - gaussian(density, slow)
    contrast = np.sqrt(gaussian(band * band, CONTRAST_WINDOW * slow)) + np.float32(CONTRAST_FLOOR)
    return np.asarray(band / contrast, dtype=np.float32)


def structure_codes(image: FloatArray) -> ByteArray:
    """Structure as 8 bit for feature detectors: ±4 local contrasts around the middle grey."""
    codes: ByteArray = np.rint(np.clip(32 * image + 128, 0, 255)).astype(np.uint8)
    return codes
