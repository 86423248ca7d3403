"""Change maps by formula: what haemoglobin, melanin and relief changed, pixel by pixel.

Color. In optical density the difference of two aligned photos is shading, melanin and
haemoglobin, ``ΔOD = Δs (1, 1, 1) + Δm u_mel + Δh u_hb`` (:mod:`skindelta.color`). Redness is what
Δh alone does to a*, hyperpigmentation what Δm alone does to -L*, both on the color M halfway
between the photos::

    redness           = a*(M e^(-Δh u_hb / 2)) - a*(M e^(+Δh u_hb / 2))
    hyperpigmentation = L*(M e^(+Δm u_mel / 2)) - L*(M e^(-Δm u_mel / 2))

For a change of haemoglobin alone this equals a*(after) - a*(before) exactly, and swapping the
photos changes its sign exactly.

Texture. Log-luminance without melanin and haemoglobin is shading: relief under light. Its bands
are differences of Gaussians over skin only (normalized convolution, so that a brow does not leak
in), and the change of a region is ``100 ln`` of the ratio of their RMS. The map shows the same
ratio within a few millimeters. The sharper photo is blurred to the other first, judged where
there is no skin: on lashes, brows and lips.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .attributes import TEXTURE_BANDS, Band
from .color import (
    Unmixing,
    individual_typology_angle,
    linear_to_a,
    linear_to_lab,
    linear_to_lightness,
    optical_density,
    unmixing,
)
from .types import AlignedPair, ChangeMap, FloatArray, Reason

__all__ = ["change_maps"]

COLOR_PX_PER_MM = 2.5  # finer is below the blur of haemoglobin in the skin, 0.3 to 0.5 mm
COLOR_BLUR_MM = 0.4
CHROMA_BLUR_MM = 0.3  # of the chromophores taken out of texture: JPEG halves their resolution
LOCAL_MM = 3.0  # window of the texture map
MIN_TRUST = 0.3
EDGE_WEIGHT = 0.6  # of a window that must be skin for a band to be read there
MIN_SKIN = 0.5  # of a window: less, and what is read there is its edge

# Light from another side: how much the shading tilts across the face between the photos, ln
# units over its half width. 5° of slant change texture by 20 % and tilt a cheek by about 0.1.
MAX_SHADING_TILT = 0.15
LUMINANCE = (0.2126729, 0.7151522, 0.0721750)  # Y of linear sRGB
LIGHT_FLOOR = 0.002
BLUR_SIGMAS_PX = (0.7, 2.8)
MIN_FEATURE_PX = 400
JAW_FREE = slice(0, 93)  # eyes, brows, nose and lips: what lies inside them is no hair
MIN_BLUR_PX = 0.3  # smaller differences of blur do not change the mid band by 1 %
MAX_BLUR_PX = 3.0


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
    skin = ((pair.regions.labels > 0) & (pair.trust >= MIN_TRUST)).astype(np.float32)
    color = _reduced(pair, skin, mm)
    return (
        *_color_maps(color, skin),
        *_texture_maps(pair, skin, color, mm),
    )


@dataclass(frozen=True, eq=False)
class _Color:
    """Optical densities of both photos, reduced and blurred over skin only."""

    before: FloatArray
    after: FloatArray
    valid: npt.NDArray[np.bool_]
    chromophores: Unmixing
    median_rgb: FloatArray


def _reduced(pair: AlignedPair, skin: FloatArray, mm: float) -> _Color:
    """Reduce both photos to the resolution of chromophores."""
    factor = min(1.0, COLOR_PX_PER_MM / mm)
    size = tuple(max(1, round(n * factor)) for n in skin.shape[::-1])
    sigma = COLOR_BLUR_MM * mm * size[0] / skin.shape[1]
    weight = _blur(_resize(skin, size), sigma)
    densities = []
    for rgb in (pair.before, pair.after):
        light = _blur(_resize(rgb * skin[..., None], size), sigma)
        color: FloatArray = (light / np.maximum(weight, 1e-6)[..., None]).astype(np.float32)
        densities.append(optical_density(color))
    valid = weight > MIN_SKIN
    if not valid.any():
        valid = weight > 0
    middle = np.exp(-(densities[0] + densities[1]) / 2)
    median = np.median(middle[valid], axis=0) if valid.any() else np.full(3, 0.3)
    median = median.astype(np.float32)
    tone = float(individual_typology_angle(linear_to_lab(median)))
    return _Color(densities[0], densities[1], valid, unmixing(tone), median)


def _resize(image: FloatArray, size: tuple[int, ...]) -> FloatArray:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _blur(image: FloatArray, sigma: float) -> FloatArray:
    if sigma < 0.3:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.float32)


def _color_maps(color: _Color, skin: FloatArray) -> tuple[ChangeMap, ChangeMap]:
    """Redness and hyperpigmentation on the full grid."""
    rows = color.chromophores
    middle: FloatArray = np.exp(-(color.before + color.after) / 2)
    difference = color.after - color.before

    def effect(row: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
        half: FloatArray = (difference @ row)[..., None] * (direction / 2)
        return middle * np.exp(-half), middle * np.exp(half)  # after, before

    after, before = effect(rows.haemoglobin, rows.u_hb)
    redness = linear_to_a(after) - linear_to_a(before)
    after, before = effect(rows.melanin, rows.u_mel)
    pigment = linear_to_lightness(before) - linear_to_lightness(after)
    return (
        _color_map("redness", "a*", redness, color, (rows.haemoglobin, rows.u_hb), skin),
        _color_map("hyperpigmentation", "L*", pigment, color, (rows.melanin, rows.u_mel), skin),
    )


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
        amount = density @ row
        contrasts.append(slope * (amount - np.float32(_median(amount[color.valid]))))
    values, before, after = (_to_grid(image, color.valid, skin) for image in (values, *contrasts))
    return ChangeMap(attribute, unit, values, _pixel_noise(values), before, after)


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
    return np.where(here & (skin > 0), full, np.float32(np.nan)).astype(np.float32)


def _pixel_noise(values: FloatArray) -> float:
    """Robust standard deviation between neighbours four pixels apart, for one value."""
    steps = values[::4, 4::4] - values[::4, :-4:4]
    steps = steps[np.isfinite(steps)]
    return float(1.4826 * np.median(np.abs(steps)) / np.sqrt(2)) if steps.size else 0.0


def _texture_maps(
    pair: AlignedPair, skin: FloatArray, color: _Color, mm: float
) -> tuple[ChangeMap, ...]:
    """Change of relief in the mid, fine and coarse band."""
    relief = [_shading(rgb, skin, color, mm) for rgb in (pair.before, pair.after)]
    relief = _blur_matched(relief, pair)
    tilt = _shading_tilt(color)
    maps = []
    for name in ("mid", "fine", "coarse"):
        band = TEXTURE_BANDS[name]
        before, after = (_band(image, skin, band, mm) for image in relief)
        reason = _texture_reason(name, band, mm, tilt, pair)
        values = _local_change(before, after, mm)
        maps.append(
            ChangeMap("texture", "%", values, _pixel_noise(values), before, after, name, reason)
        )
    return tuple(maps)


def _shading(rgb: FloatArray, skin: FloatArray, color: _Color, mm: float) -> FloatArray:
    """Log-luminance with melanin and haemoglobin taken out, 0 outside the skin."""
    rows, density = color.chromophores, optical_density(rgb)
    share = color.median_rgb * np.array(LUMINANCE, dtype=np.float32)
    share = share / share.sum()  # d ln Y / d ln (R, G, B) at the color of this skin
    chroma_row = (share @ rows.u_mel) * rows.melanin + (share @ rows.u_hb) * rows.haemoglobin
    chroma = _blur_over((density @ chroma_row), skin, CHROMA_BLUR_MM * mm)
    relief: FloatArray = (chroma - density @ share) * (skin > 0)
    return relief.astype(np.float32)


def _blur_over(image: FloatArray, skin: FloatArray, sigma: float) -> FloatArray:
    """Gaussian blur that looks at skin only."""
    weight = np.maximum(_blur(skin, sigma), 1e-6)
    return np.asarray(_blur(image * skin, sigma) / weight, dtype=np.float32)


def _blur_matched(relief: list[FloatArray], pair: AlignedPair) -> list[FloatArray]:
    """Blur the sharper photo to the other, judged beside the skin.

    A Gaussian blur of variance s² lowers the energy of a band at angular frequency w by
    exp(-s² w²). G(σ) - G(2σ) peaks at w² = 0.924 / σ², so the ratio of a fine to a coarse band
    tells s² whatever is in the picture.
    """
    beside = _features_beside_skin(pair)
    if beside.sum() < MIN_FEATURE_PX:
        return relief
    ratios = [_fine_to_coarse(rgb, beside) for rgb in (pair.before, pair.after)]
    gap = ratios[1] - ratios[0]
    fine, coarse = BLUR_SIGMAS_PX
    variance = abs(gap) / (0.924 * (1 / fine**2 - 1 / coarse**2))
    sigma = min(float(np.sqrt(variance)), MAX_BLUR_PX)
    if sigma < MIN_BLUR_PX:
        return relief
    sharper = 0 if gap < 0 else 1
    skin = (pair.regions.labels > 0).astype(np.float32)
    matched = list(relief)
    matched[sharper] = _blur_over(relief[sharper], skin, sigma) * skin
    return matched


def _features_beside_skin(pair: AlignedPair) -> npt.NDArray[np.bool_]:
    """Eyes, brows and lips: inside the outline of the landmarks, but not skin."""
    if pair.regions.is_close_up:
        return np.zeros(pair.trust.shape, dtype=np.bool_)
    hull = np.zeros(pair.trust.shape, dtype=np.uint8)
    outline = cv2.convexHull(np.rint(pair.regions.landmarks[JAW_FREE]).astype(np.int32))
    cv2.fillConvexPoly(hull, outline, 1)
    features: npt.NDArray[np.bool_] = (hull > 0) & (pair.regions.labels == 0)
    return features


def _fine_to_coarse(rgb: FloatArray, where: npt.NDArray[np.bool_]) -> float:
    """Log-ratio of the energies of a fine and a coarse band of log-luminance."""
    light = np.log(np.maximum(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), LIGHT_FLOOR))
    energies = [
        float(np.mean((_blur(light, sigma) - _blur(light, 2 * sigma))[where] ** 2))
        for sigma in BLUR_SIGMAS_PX
    ]
    return float(np.log(max(energies[0], 1e-12) / max(energies[1], 1e-12)))


def _band(relief: FloatArray, skin: FloatArray, band: Band, mm: float) -> FloatArray:
    """One band of relief, NaN where the window is not skin."""
    low, high = (sigma * mm for sigma in band.sigmas_mm)
    fine = _blur_over(relief, skin, low) if low >= 0.3 else relief
    weight = _blur(skin, high)
    coarse = _blur(relief * skin, high) / np.maximum(weight, 1e-6)
    inside = (skin > 0) & (weight > EDGE_WEIGHT)
    return np.where(inside, fine - coarse, np.float32(np.nan)).astype(np.float32)


def _local_change(before: FloatArray, after: FloatArray, mm: float) -> FloatArray:
    """100 ln of the ratio of the local RMS of a band."""
    skin = np.isfinite(before) & np.isfinite(after)
    weight = skin.astype(np.float32)
    sigma = LOCAL_MM * mm
    energies = [
        _blur(np.where(skin, image * image, np.float32(0)), sigma) for image in (before, after)
    ]
    ratio = np.log(np.maximum(energies[1], 1e-12)) - np.log(np.maximum(energies[0], 1e-12))
    values = np.where(skin & (weight > 0), 50 * ratio, np.float32(np.nan))
    return values.astype(np.float32)


def _shading_tilt(color: _Color) -> float:
    """How much the change of shading tilts across the skin, ln units over its half width."""
    rows, columns = np.nonzero(color.valid)
    if len(rows) < 3:
        return 0.0
    change = (color.after - color.before)[color.valid] @ color.chromophores.shading
    half = max(int(np.ptp(columns)), int(np.ptp(rows)), 1) / 2
    plane = np.stack([columns / half, rows / half, np.ones(len(rows))], axis=1)
    slopes = np.linalg.lstsq(plane, change.astype(np.float64), rcond=None)[0]
    return float(np.hypot(*slopes[:2]))


def _texture_reason(
    name: str, band: Band, mm: float, tilt: float, pair: AlignedPair
) -> Reason | None:
    """Why a band of texture cannot be measured, if so."""
    if pair.regions.px_per_mm is not None:
        if mm < band.min_px_per_mm:
            return Reason(
                code="resolution",
                message=(
                    f"the {name} texture needs {band.min_px_per_mm:.1f} pixels per mm, "
                    f"these photos share {mm:.1f}"
                ),
                advice="come closer or use the main camera",
                value=mm,
                limit=band.min_px_per_mm,
            )
    if tilt > MAX_SHADING_TILT:
        return Reason(
            code="light_direction",
            message=(
                f"the light comes from another side (shading tilts by {tilt:.2f}, at most "
                f"{MAX_SHADING_TILT:.2f}), and texture depends on it"
            ),
            advice="take both photos with the lamp or window in the same place",
            value=tilt,
            limit=MAX_SHADING_TILT,
        )
    return None
