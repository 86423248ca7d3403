"""Plain shapes of a change, those of the frozen benchmark: a mask in, a field of 0..1 out.

``diffuse`` covers the whole mask, ``half`` one side of it, ``patches`` a fifth of it in blobs of
one to three centimeters, ``spots`` are 1 to 6 mm wide, ``local`` is one ellipse of one to two
centimeters. :mod:`.fields` smooths their edges and ends them within the mask.
"""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import FloatArray

__all__ = ["SHAPES", "Drawer", "Shape", "add_ellipse", "smooth_noise", "smooth_step"]

Shape = Literal["diffuse", "half", "patches", "spots", "local"]
_BoolArray = npt.NDArray[np.bool_]
Drawer = Callable[[_BoolArray, float, np.random.Generator], FloatArray]

PATCH_MM = 5.0  # σ of the smooth noise that patches are the peaks of
PATCH_SHARE = 0.2  # of the mask that they cover by more than half
SPOT_MM = (1.0, 6.0)  # diameter
SPOTS_PER_MM2 = 1 / 80  # they cover about a twelfth of the skin
LOCAL_MM = (10.0, 20.0)  # diameter


def _diffuse(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    return np.ones(mask.shape, np.float32)


def _half(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """One side of the mask, with an edge of 6 mm."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    columns = np.arange(mask.shape[1], dtype=np.float32)
    middle = np.average(columns, weights=mask.sum(axis=0))
    row = smooth_step(0.5 + side * (columns - middle) / (6 * px_per_mm))
    return np.broadcast_to(row, mask.shape).astype(np.float32)


def _patches(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Peaks of smooth noise, drawn at one cell per millimeter."""
    noise = smooth_noise(mask.shape, px_per_mm, PATCH_MM, rng)
    level = np.quantile(noise[mask], 1 - PATCH_SHARE)
    return smooth_step(0.5 + 2 * (noise - level) / noise[mask].std())


def smooth_noise(
    shape: tuple[int, ...], px_per_mm: float, sigma_mm: float, rng: np.random.Generator
) -> FloatArray:
    """Gaussian noise that varies over millimeters, drawn at one cell per millimeter."""
    height, width = shape
    cells = max(int(height / px_per_mm), 8), max(int(width / px_per_mm), 8)
    noise = cv2.GaussianBlur(rng.standard_normal(cells).astype(np.float32), (0, 0), sigma_mm)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC))


def _spots(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Round and oval spots, each of its own strength, the largest still within the mask."""
    field = np.zeros(mask.shape, np.float32)
    where = np.flatnonzero(mask)
    count = max(int(len(where) / px_per_mm**2 * SPOTS_PER_MM2), 3)
    for center in rng.choice(where, count):
        row, column = divmod(int(center), mask.shape[1])
        diameter = SPOT_MM[0] * (SPOT_MM[1] / SPOT_MM[0]) ** rng.random()  # many small, few large
        add_ellipse(field, (column, row), diameter * px_per_mm, rng, rng.uniform(0.6, 1))
    return field


def _local(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """One ellipse around a place that lies well within the mask."""
    field = np.zeros(mask.shape, np.float32)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    inner = np.flatnonzero(distance >= min(5 * px_per_mm, 0.7 * distance.max()))
    row, column = divmod(int(rng.choice(inner)), mask.shape[1])
    add_ellipse(field, (column, row), rng.uniform(*LOCAL_MM) * px_per_mm, rng, 1.0)
    return field


def add_ellipse(
    field: FloatArray,
    center: tuple[int, int],
    diameter: float,
    rng: np.random.Generator,
    strength: float,
) -> None:
    """Lay a soft ellipse over the field where it is stronger than what is there."""
    aspect, angle = rng.uniform(0.7, 1.0), rng.uniform(0, np.pi)
    reach = int(np.ceil(0.75 * diameter)) + 2
    top, left = max(center[1] - reach, 0), max(center[0] - reach, 0)
    window = field[top : center[1] + reach + 1, left : center[0] + reach + 1]
    y, x = np.mgrid[: window.shape[0], : window.shape[1]]
    x, y = x + left - center[0], y + top - center[1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = (y * np.cos(angle) - x * np.sin(angle)) / aspect
    radius = np.hypot(along, across) / (diameter / 2)
    np.maximum(window, strength * smooth_step((1.25 - radius) / 0.5), out=window)


def smooth_step(t: npt.NDArray[np.floating]) -> FloatArray:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


SHAPES: dict[Shape, Drawer] = {
    "diffuse": _diffuse,
    "half": _half,
    "patches": _patches,
    "spots": _spots,
    "local": _local,
}
