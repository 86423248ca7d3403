"""Where a change of skin lies: a mask and a kind in, a field of 0..1 out.

``diffuse`` covers the whole mask, ``half`` one side of it, ``patches`` a fifth of it in blobs of
one to three centimeters, ``spots`` are 1 to 6 mm wide, ``local`` is one ellipse of one to two
centimeters. All edges are smooth and end within the mask.
"""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import FloatArray

__all__ = ["KINDS", "Kind", "field_of"]

Kind = Literal["diffuse", "half", "patches", "spots", "local"]
_BoolArray = npt.NDArray[np.bool_]

RIM_MM = 1.0  # over which a field falls off towards the edge of its mask
PATCH_MM = 5.0  # σ of the smooth noise that patches are the peaks of
PATCH_SHARE = 0.2  # of the mask that they cover by more than half
SPOT_MM = (1.0, 6.0)  # diameter
SPOTS_PER_MM2 = 1 / 80  # they cover about a twelfth of the skin
LOCAL_MM = (10.0, 20.0)  # diameter


def field_of(
    kind: Kind,
    mask: _BoolArray,
    px_per_mm: float,
    rng: np.random.Generator,
    *,
    edge_mm: float = 0.4,
) -> FloatArray:
    """Draw where a change lies.

    Parameters
    ----------
    kind : {"diffuse", "half", "patches", "spots", "local"}
    mask : bool array of shape (H, W)
        Skin that may change.
    px_per_mm : float
    rng : numpy.random.Generator
    edge_mm : float
        σ of the blur that the skin itself lays over the pigment.

    Returns
    -------
    float32 array of shape (H, W)
        0..1, zero outside the mask.

    Raises
    ------
    ValueError
        For an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    field = KINDS[kind](mask, px_per_mm, rng)
    soft = cv2.GaussianBlur(field, (0, 0), max(edge_mm * px_per_mm, 0.3))
    return np.asarray(np.clip(soft, 0, 1) * _rim(mask, px_per_mm), np.float32)


def _rim(mask: _BoolArray, px_per_mm: float) -> FloatArray:
    """1 within the mask, falling to 0 at its edge."""
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return _smooth_step(np.asarray(distance, np.float32) / max(RIM_MM * px_per_mm, 1.0))


def _diffuse(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    return np.ones(mask.shape, np.float32)


def _half(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """One side of the mask, with an edge of 6 mm."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    columns = np.arange(mask.shape[1], dtype=np.float32)
    middle = np.average(columns, weights=mask.sum(axis=0))
    row = _smooth_step(0.5 + side * (columns - middle) / (6 * px_per_mm))
    return np.broadcast_to(row, mask.shape).astype(np.float32)


def _patches(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Peaks of smooth noise, drawn at one cell per millimeter."""
    height, width = mask.shape
    cells = max(int(height / px_per_mm), 8), max(int(width / px_per_mm), 8)
    noise = cv2.GaussianBlur(rng.standard_normal(cells).astype(np.float32), (0, 0), PATCH_MM)
    noise = np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC))
    level = np.quantile(noise[mask], 1 - PATCH_SHARE)
    return _smooth_step(0.5 + 2 * (noise - level) / noise[mask].std())


def _spots(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Round and oval spots, each of its own strength, the largest still within the mask."""
    field = np.zeros(mask.shape, np.float32)
    where = np.flatnonzero(mask)
    count = max(int(len(where) / px_per_mm**2 * SPOTS_PER_MM2), 3)
    for center in rng.choice(where, count):
        row, column = divmod(int(center), mask.shape[1])
        diameter = SPOT_MM[0] * (SPOT_MM[1] / SPOT_MM[0]) ** rng.random()  # many small, few large
        _add_ellipse(field, (column, row), diameter * px_per_mm, rng, rng.uniform(0.6, 1))
    return field


def _local(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """One ellipse around a place that lies well within the mask."""
    field = np.zeros(mask.shape, np.float32)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    inner = np.flatnonzero(distance >= min(5 * px_per_mm, 0.7 * distance.max()))
    row, column = divmod(int(rng.choice(inner)), mask.shape[1])
    _add_ellipse(field, (column, row), rng.uniform(*LOCAL_MM) * px_per_mm, rng, 1.0)
    return field


def _add_ellipse(
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
    np.maximum(window, strength * _smooth_step((1.25 - radius) / 0.5), out=window)


def _smooth_step(t: npt.NDArray[np.floating]) -> FloatArray:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


KINDS: dict[Kind, Callable[[_BoolArray, float, np.random.Generator], FloatArray]] = {
    "diffuse": _diffuse,
    "half": _half,
    "patches": _patches,
    "spots": _spots,
    "local": _local,
}
