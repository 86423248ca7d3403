"""Shapes of real changes of skin: what blood and melanin do in rosacea, after needling, in sun.

Blood: ``flush`` (uneven redness of the whole), ``blotches``, ``papules``, ``vessels``,
``needle dots`` and ``needle tracks`` (what a microneedling device leaves). Melanin: ``lentigines``,
``freckles``, ``PIH`` (dark dots that inflammation leaves), ``melasma`` (large patches alike on both
sides), ``tan`` (all skin, more on one end). Either: ``blob``, one piece of any size, and
``mottling``, color as fine as texture that is no texture.

Sizes are those of the lesions' usual diameters in mm, drawn log-uniformly.
"""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import FloatArray
from .shapes import Drawer, add_ellipse, smooth_noise, smooth_step

__all__ = ["LESIONS", "Lesion"]

Lesion = Literal[
    "flush",
    "blotches",
    "papules",
    "vessels",
    "needle dots",
    "needle tracks",
    "lentigines",
    "freckles",
    "PIH",
    "melasma",
    "tan",
    "blob",
    "mottling",
]
_BoolArray = npt.NDArray[np.bool_]

FLUSH_MM = (8.0, 25.0)  # σ of the noise that makes it uneven
BLOTCH_MM, BLOTCH_SHARE = (1.2, 9.0), (0.04, 0.5)  # σ of the noise; share of the mask
PAPULES, PAPULE_MM = (2, 50), (1.5, 6.0)
VESSELS, VESSEL_MM, VESSEL_LONG_MM = (4, 40), (0.15, 0.6), (4.0, 25.0)
NEEDLE_PITCH_MM, NEEDLE_MM = (0.7, 2.0), (0.3, 0.7)
TRACK_APART_MM, TRACK_LONG_MM = (3.0, 10.0), (10.0, 40.0)
LENTIGINES, LENTIGO_MM = (2, 50), (2.0, 12.0)
FRECKLES, FRECKLE_MM = (20, 300), (0.8, 3.0)
MARKS, MARK_MM = (2, 40), (1.5, 5.0)
MELASMA_MM, MELASMA_SHARE = (5.0, 14.0), (0.05, 0.4)
BLOB_MM = (5.0, 45.0)
MOTTLING_MM = (0.25, 1.5)  # σ


def _drawn(rng: np.random.Generator, least_most: tuple[float, float]) -> float:
    """Log-uniform between two numbers."""
    low, high = np.log(least_most)
    return float(np.exp(rng.uniform(low, high)))


def _unit_noise(
    mask: _BoolArray, px_per_mm: float, sigma_mm: float, rng: np.random.Generator
) -> FloatArray:
    """Smooth noise of mean 0 and standard deviation 1 over the mask."""
    if sigma_mm * px_per_mm < 4:  # finer than the cells of `smooth_noise` can hold
        white = rng.standard_normal(mask.shape, dtype=np.float32)
        noise = np.asarray(cv2.GaussianBlur(white, (0, 0), max(sigma_mm * px_per_mm, 0.3)))
    else:
        noise = smooth_noise(mask.shape, px_per_mm, sigma_mm, rng)
    inside = noise[mask]
    return np.asarray((noise - inside.mean()) / max(float(inside.std()), 1e-6), np.float32)


def _thresholded(
    noise: FloatArray, mask: _BoolArray, share: float, softness: float = 0.5
) -> FloatArray:
    """1 where noise of unit variance is among the highest share of the mask."""
    level = float(np.quantile(noise[mask], 1 - share))
    return smooth_step(0.5 + (noise - np.float32(level)) / np.float32(softness))


def _places(
    mask: _BoolArray, px_per_mm: float, count: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Places (x, y) within the mask: anywhere, or around a few of them."""
    rows, columns = np.nonzero(mask)
    where = np.stack([columns, rows], axis=1)
    if rng.random() < 0.4:
        return np.asarray(where[rng.integers(len(where), size=count)])
    centers = where[rng.integers(len(where), size=int(rng.integers(1, 4)))]
    near = np.square(where[:, None] - centers).sum(axis=2).min(axis=1)
    weight = np.exp(-near / (2 * (rng.uniform(6, 22) * px_per_mm) ** 2)) + 1e-9
    return np.asarray(where[rng.choice(len(where), count, p=weight / weight.sum())])


def _flush(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    noise = _unit_noise(mask, px_per_mm, _drawn(rng, FLUSH_MM), rng)
    return np.asarray(np.clip(0.7 + rng.uniform(0, 0.3) * noise, 0.1, 1), np.float32)


def _blotches(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    noise = _unit_noise(mask, px_per_mm, _drawn(rng, BLOTCH_MM), rng)
    return _thresholded(noise, mask, rng.uniform(*BLOTCH_SHARE), rng.uniform(0.2, 1.2))


def _dots(counts: tuple[int, int], diameters_mm: tuple[float, float], *, soft: bool) -> Drawer:
    """Make a drawer of dots: soft ones fade from their middle, sharp ones have an edge."""

    def drawer(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
        field = np.zeros(mask.shape, np.float32)
        for x, y in _places(mask, px_per_mm, round(_drawn(rng, counts)), rng):
            diameter = _drawn(rng, diameters_mm) * px_per_mm
            strength = float(rng.uniform(0.5, 1))
            if soft:
                _add_soft(field, (int(x), int(y)), diameter / 2, strength)
            else:
                add_ellipse(field, (int(x), int(y)), diameter, rng, strength)
        return field

    return drawer


def _add_soft(field: FloatArray, center: tuple[int, int], radius: float, strength: float) -> None:
    """Lay a dot that fades over the field where it is stronger; half of it at the radius."""
    x, y = center
    reach = int(2 * radius) + 2
    top, left = max(y - reach, 0), max(x - reach, 0)
    window = field[top : y + reach + 1, left : x + reach + 1]
    down, across = np.mgrid[: window.shape[0], : window.shape[1]]
    square = (down + top - y) ** 2 + (across + left - x) ** 2
    dot = strength * np.exp(-np.log(2) * square / radius**2)
    np.maximum(window, dot.astype(np.float32), out=window)


def _vessels(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Thin lines that wander; less than a pixel wide they are fainter instead."""
    field = np.zeros(mask.shape, np.float32)
    for start in _places(mask, px_per_mm, round(_drawn(rng, VESSELS)), rng):
        steps = max(int(_drawn(rng, VESSEL_LONG_MM)), 3)
        angle = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.35, steps))
        moved = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], axis=1), axis=0) * px_per_mm
        line = np.rint(np.vstack([start, start + moved])).astype(np.int32)
        width = _drawn(rng, VESSEL_MM) * px_per_mm
        drawn = np.zeros(mask.shape, np.uint8)
        cv2.polylines(drawn, [line], False, (255,), max(1, round(width)), cv2.LINE_AA)
        strength = min(width, 1.0) * rng.uniform(0.5, 1) / 255
        np.maximum(field, drawn * np.float32(strength), out=field)
    return field


def _needle_dots(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Draw a grid of pinpoints, shaken, over a part of the skin."""
    pitch = _drawn(rng, NEEDLE_PITCH_MM) * px_per_mm
    side = max(mask.shape) * 1.5
    ticks = np.arange(-side / 2, side / 2, pitch)
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    dots = _pinpoints(_turned(grid, rng.uniform(0, np.pi)), pitch / 4, mask, px_per_mm, rng)
    part = _unit_noise(mask, px_per_mm, rng.uniform(6, 15), rng)
    return dots * _thresholded(part, mask, rng.uniform(0.1, 1.0))


def _needle_tracks(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Parallel rows of pinpoints, as a roller leaves them."""
    apart = _drawn(rng, TRACK_APART_MM) * px_per_mm
    pitch = _drawn(rng, NEEDLE_PITCH_MM) * px_per_mm
    along = np.arange(0, _drawn(rng, TRACK_LONG_MM) * px_per_mm, pitch)
    rows = np.arange(int(rng.integers(2, 8))) * apart
    grid = np.stack(np.meshgrid(along - along.mean(), rows - rows.mean()), axis=-1).reshape(-1, 2)
    ys, xs = np.nonzero(mask)
    place = int(rng.integers(len(xs)))
    shift = np.array([xs[place] - mask.shape[1] / 2, ys[place] - mask.shape[0] / 2])
    points = _turned(grid, rng.uniform(0, np.pi)) + shift
    return _pinpoints(points, pitch / 6, mask, px_per_mm, rng)


def _turned(points: npt.NDArray[np.float64], angle: float) -> npt.NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _pinpoints(
    points: npt.NDArray[np.float64],
    shake: float,
    mask: _BoolArray,
    px_per_mm: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Dots finer than a pixel may be: light is what they cover of it. Points from the middle."""
    height, width = mask.shape
    points = points + rng.normal(0, shake, points.shape) + (width / 2, height / 2)
    x, y = np.rint(points).astype(int).T
    here = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    field = np.zeros(mask.shape, np.float32)
    size = _drawn(rng, NEEDLE_MM) * px_per_mm
    np.add.at(field, (y[here], x[here]), np.float32(np.pi / 4 * size**2))
    sigma = max(size / 2.5, 0.4)
    return np.asarray(np.clip(cv2.GaussianBlur(field, (0, 0), sigma), 0, 1), np.float32)


def _melasma(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """Large patches with ragged edges, alike on both sides of the mask."""
    noise = _unit_noise(mask, px_per_mm, _drawn(rng, MELASMA_MM), rng)
    ragged = _unit_noise(mask, px_per_mm, 1.5, rng)
    columns = np.flatnonzero(mask.any(axis=0))
    middle = int(columns[0] + columns[-1])
    mirrored = noise[:, np.clip(middle - np.arange(mask.shape[1]), 0, mask.shape[1] - 1)]
    both = noise + np.float32(rng.uniform(0.3, 1)) * mirrored + np.float32(0.3) * ragged
    return _thresholded(
        both / max(float(both[mask].std()), 1e-6), mask, rng.uniform(*MELASMA_SHARE)
    )


def _tan(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """All skin, more of it towards one end."""
    y, x = np.mgrid[-1 : 1 : mask.shape[0] * 1j, -1 : 1 : mask.shape[1] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.4) * (np.cos(angle) * x + np.sin(angle) * y)
    return np.asarray(np.clip(0.8 + slope, 0, 1), np.float32)


def _blob(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    """One piece of any size and a ragged outline."""
    rows, columns = np.nonzero(mask)
    place = int(rng.integers(len(rows)))
    radius = _drawn(rng, BLOB_MM) / 2 * px_per_mm
    y, x = np.ogrid[: mask.shape[0], : mask.shape[1]]
    distance = np.hypot(y - rows[place], x - columns[place]) / radius
    ragged = _unit_noise(mask, px_per_mm, max(radius / px_per_mm / 3, 1.0), rng)
    return smooth_step((1 - distance + 0.2 * ragged) / rng.uniform(0.2, 1.0))


def _mottling(mask: _BoolArray, px_per_mm: float, rng: np.random.Generator) -> FloatArray:
    noise = _unit_noise(mask, px_per_mm, _drawn(rng, MOTTLING_MM), rng)
    return np.asarray(np.clip(0.4 + 0.3 * noise, 0, 1), np.float32)


LESIONS: dict[Lesion, Drawer] = {
    "flush": _flush,
    "blotches": _blotches,
    "papules": _dots(PAPULES, PAPULE_MM, soft=True),
    "vessels": _vessels,
    "needle dots": _needle_dots,
    "needle tracks": _needle_tracks,
    "lentigines": _dots(LENTIGINES, LENTIGO_MM, soft=False),
    "freckles": _dots(FRECKLES, FRECKLE_MM, soft=False),
    "PIH": _dots(MARKS, MARK_MM, soft=True),
    "melasma": _melasma,
    "tan": _tan,
    "blob": _blob,
    "mottling": _mottling,
}
