"""Relief that comes and goes: wrinkles, pores, scars, swelling, as light on a bumpy surface.

A height map is drawn, and light from one side makes of it brighter and darker slopes: the change
of ln light is the slope towards the light. Only its own strength matters, so it is given with unit
root mean square where it lies.
"""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import FloatArray

__all__ = ["RELIEFS", "Relief", "relief_of"]

Relief = Literal["wrinkles", "pores", "scars", "swelling"]
_BoolArray = npt.NDArray[np.bool_]
_Heights = Callable[[tuple[int, int], float, np.random.Generator], FloatArray]

WRINKLES_PER_CM2, WRINKLE_MM, WRINKLE_LONG_MM = (0.1, 1.0), (0.15, 0.8), (5.0, 40.0)
PORES_PER_MM2, PORE_MM = (0.1, 0.8), (0.2, 0.6)  # σ
SCARS_PER_CM2, SCAR_MM = (0.2, 3.0), (0.4, 1.6)  # σ
SWELLINGS_PER_CM2, SWELLING_MM = (0.05, 0.3), (2.0, 8.0)  # σ


def relief_of(
    kind: str, mask: _BoolArray, px_per_mm: float, rng: np.random.Generator
) -> FloatArray:
    """Draw what relief does to the light.

    Parameters
    ----------
    kind : {"wrinkles", "pores", "scars", "swelling"}
    mask : bool array of shape (H, W)
    px_per_mm : float
    rng : numpy.random.Generator

    Returns
    -------
    float32 array of shape (H, W)
        Change of ln light: mean 0, root mean square 1 over the mask.
    """
    height = RELIEFS[kind]((mask.shape[0], mask.shape[1]), px_per_mm, rng)
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * cv2.Sobel(height, cv2.CV_32F, 1, 0)
    slope = np.asarray(slope + np.sin(angle) * cv2.Sobel(height, cv2.CV_32F, 0, 1), np.float32)
    inside = slope[mask]
    return np.asarray((slope - inside.mean()) / max(float(inside.std()), 1e-9), np.float32)


def _log_uniform(rng: np.random.Generator, least_most: tuple[float, float]) -> float:
    low, high = np.log(least_most)
    return float(np.exp(rng.uniform(low, high)))


def _count(shape: tuple[int, int], px_per_mm: float, per_mm2: float) -> int:
    return max(3, round(per_mm2 * shape[0] * shape[1] / px_per_mm**2))


def _wrinkles(shape: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Furrows that run about one way."""
    height = np.zeros(shape, np.float32)
    course = rng.uniform(0, np.pi)
    per_mm2 = _log_uniform(rng, WRINKLES_PER_CM2) / 100
    for _ in range(min(_count(shape, px_per_mm, per_mm2), 150)):
        start = rng.uniform((0, 0), (shape[1], shape[0]))
        steps = max(int(_log_uniform(rng, WRINKLE_LONG_MM) / 2), 2)
        angle = course + rng.normal(0, 0.2) + np.cumsum(rng.normal(0, 0.1, steps))
        moved = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1), axis=0) * 2 * px_per_mm
        line = np.rint(np.vstack([start, start + moved])).astype(np.int32)
        cv2.polylines(height, [line], False, (-float(rng.uniform(0.3, 1)),), 1, cv2.LINE_8)
    sigma = _log_uniform(rng, WRINKLE_MM) * px_per_mm / 2
    return np.asarray(cv2.GaussianBlur(height, (0, 0), max(sigma, 0.5)), np.float32)


def _pits(
    shape: tuple[int, int],
    px_per_mm: float,
    rng: np.random.Generator,
    per_mm2: float,
    sigmas_mm: tuple[float, float],
) -> FloatArray:
    """Pits of three sizes."""
    total = np.zeros(shape, np.float32)
    for _ in range(3):
        height = np.zeros(shape, np.float32)
        count = _count(shape, px_per_mm, per_mm2 / 3)
        where = rng.integers(0, height.size, count)
        np.add.at(height.reshape(-1), where, -rng.uniform(0.3, 1, count).astype(np.float32))
        sigma = max(_log_uniform(rng, sigmas_mm) * px_per_mm, 0.5)
        total += np.asarray(cv2.GaussianBlur(height, (0, 0), sigma)) * np.float32(sigma**2)
    return total


def _pores(shape: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    return _pits(shape, px_per_mm, rng, _log_uniform(rng, PORES_PER_MM2), PORE_MM)


def _scars(shape: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    return _pits(shape, px_per_mm, rng, _log_uniform(rng, SCARS_PER_CM2) / 100, SCAR_MM)


def _swelling(shape: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    return _pits(shape, px_per_mm, rng, _log_uniform(rng, SWELLINGS_PER_CM2) / 100, SWELLING_MM)


RELIEFS: dict[str, _Heights] = {
    "wrinkles": _wrinkles,
    "pores": _pores,
    "scars": _scars,
    "swelling": _swelling,
}
