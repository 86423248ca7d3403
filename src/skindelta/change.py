"""Change maps by formula: what haemoglobin, melanin and relief changed, pixel by pixel.

Color. In optical density the difference of two aligned photos is shading, melanin and
haemoglobin, ``ΔOD = Δs (1, 1, 1) + Δm u_mel + Δh u_hb`` (:mod:`skindelta.color`). Redness is what
Δh alone does to a*, hyperpigmentation what Δm alone does to -L*, both on the color M halfway
between the photos::

    redness           = a*(M e^(-Δh u_hb / 2)) - a*(M e^(+Δh u_hb / 2))
    hyperpigmentation = L*(M e^(+Δm u_mel / 2)) - L*(M e^(-Δm u_mel / 2))

For a change of haemoglobin alone this equals a*(after) - a*(before) exactly, and swapping the
photos changes its sign exactly.

Texture is read from what is left, the shading (:mod:`skindelta.texture`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .both import both, side_by_side
from .color import (
    Unmixing,
    individual_typology_angle,
    linear_to_a,
    linear_to_lab,
    linear_to_lightness,
    optical_density,
    unmixing,
    weighted,
)
from .filters import gaussian
from .texture import Tone, blur_between, pixel_noise, texture_maps
from .types import AlignedPair, ChangeMap, FloatArray

__all__ = ["change_maps"]

COLOR_PX_PER_MM = 2.5  # finer is below the blur of haemoglobin in the skin, 0.3 to 0.5 mm
COLOR_BLUR_MM = 0.4
MIN_TRUST = 0.3
MIN_SKIN = 0.5  # of a window: less, and what is read there is its edge


def change_maps(pair: AlignedPair) -> tuple[ChangeMap, ...]:
    """Measure the change of every attribute by formula.

    Parameters
    ----------
    pair : AlignedPair

    Returns
    -------
    tuple of ChangeMap
        Redness (a*), hyperpigmentation (L*), and texture (%) in three bands, mid first.
    """
    mm = pair.regions.nominal_px_per_mm
    skin = (pair.regions.measured & (pair.trust >= MIN_TRUST)).astype(np.float32)
    color, blur = side_by_side(lambda: _reduced(pair, skin, mm), lambda: blur_between(pair))
    return (
        *_color_maps(color, skin),
        *texture_maps(pair, skin, Tone(color.chromophores, color.median_rgb), blur),
    )


@dataclass(frozen=True, eq=False)
class _Color:
    """Optical densities of both photos, reduced and blurred over skin only."""

    before: FloatArray
    after: FloatArray
    valid: npt.NDArray[np.bool_]
    skin: npt.NDArray[np.bool_]  # valid, and not only drawn
    chromophores: Unmixing
    median_rgb: FloatArray


def _reduced(pair: AlignedPair, skin: FloatArray, mm: float) -> _Color:
    """Reduce both photos to the resolution of chromophores."""
    factor = min(1.0, COLOR_PX_PER_MM / mm)
    size = tuple(max(1, round(n * factor)) for n in skin.shape[::-1])
    sigma = COLOR_BLUR_MM * mm * size[0] / skin.shape[1]
    weight = np.maximum(gaussian(_resize(skin, size), sigma), np.float32(1e-6))
    here = (skin > 0).view(np.uint8)

    def density(rgb: FloatArray) -> FloatArray:
        light = gaussian(_resize(np.asarray(cv2.copyTo(rgb, here)), size), sigma)
        return optical_density(np.asarray(light / weight[..., None], dtype=np.float32))

    densities = density(pair.before), density(pair.after)
    valid = weight > MIN_SKIN
    if not valid.any():
        valid = weight > 1e-6
    own = valid
    if pair.regions.drawn is not None:  # a wall that was drawn says nothing about the skin's tone
        own = valid & (_resize((pair.regions.labels > 0).astype(np.float32), size) > MIN_SKIN)
        own = own if own.any() else valid
    middle = np.exp(-(densities[0] + densities[1]) / 2)
    median = np.median(middle[own], axis=0) if own.any() else np.full(3, 0.3)
    median = median.astype(np.float32)
    tone = float(individual_typology_angle(linear_to_lab(median)))
    return _Color(densities[0], densities[1], valid, own, unmixing(tone), median)


def _resize(image: FloatArray, size: tuple[int, ...]) -> FloatArray:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _color_maps(color: _Color, skin: FloatArray) -> tuple[ChangeMap, ChangeMap]:
    """Redness and hyperpigmentation on the full grid."""
    rows = color.chromophores
    middle = np.asarray(np.exp(-(color.before + color.after) / 2), dtype=np.float32)
    difference = color.after - color.before

    def effect(row: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
        half = weighted(difference, row)[..., None] * (direction / 2)
        return middle * np.exp(-half), middle * np.exp(half)  # after, before

    def redness() -> ChangeMap:
        after, before = effect(rows.haemoglobin, rows.u_hb)
        values = linear_to_a(after) - linear_to_a(before)
        return _color_map("redness", "a*", values, color, (rows.haemoglobin, rows.u_hb), skin)

    def hyperpigmentation() -> ChangeMap:
        after, before = effect(rows.melanin, rows.u_mel)
        values = linear_to_lightness(before) - linear_to_lightness(after)
        direction = (rows.melanin, rows.u_mel)
        return _color_map("hyperpigmentation", "L*", values, color, direction, skin)

    return both(lambda measured: measured(), redness, hyperpigmentation)


def _color_map(
    attribute: str,
    unit: str,
    values: FloatArray,
    color: _Color,
    direction: tuple[FloatArray, FloatArray],
    skin: FloatArray,
) -> ChangeMap:
    """One chromophore's change, and each photo's own contrast to its median skin."""
    row, vector = direction
    slope = _slope(attribute, color.median_rgb, vector)
    contrasts = []
    for density in (color.before, color.after):
        amount = weighted(density, row)
        contrasts.append(slope * (amount - np.float32(_median(amount[color.skin]))))
    values, before, after = (_to_grid(image, color.valid, skin) for image in (values, *contrasts))
    return ChangeMap(attribute, unit, values, pixel_noise(values), before, after)


def _slope(attribute: str, rgb: FloatArray, direction: FloatArray) -> float:
    """Return the derivative of a* or -L* by the amount of a chromophore, at a color."""
    step = np.float32(0.02)
    more, less = rgb * np.exp(-step * direction), rgb * np.exp(step * direction)
    if attribute == "redness":
        return float((linear_to_a(more) - linear_to_a(less)) / (2 * step))
    return float((linear_to_lightness(less) - linear_to_lightness(more)) / (2 * step))


def _median(values: npt.NDArray[np.floating]) -> float:
    return float(np.median(values)) if values.size else 0.0


def _to_grid(image: FloatArray, valid: npt.NDArray[np.bool_], skin: FloatArray) -> FloatArray:
    """Bring a reduced map back to the grid, NaN outside the skin."""
    filled = np.where(valid, image, np.float32(_median(image[valid])))
    size = (skin.shape[1], skin.shape[0])
    full = cv2.resize(filled.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    here = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.where(here & (skin > 0), np.asarray(full, np.float32), np.float32(np.nan))
