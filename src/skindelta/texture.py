"""Texture: relief under light, band by band, with color taken out.

Log-luminance without melanin and haemoglobin is shading: relief under light. Its bands are
differences of Gaussians over skin only (normalized convolution, so that a brow does not leak in),
and the change of a region is ``100 ln`` of the ratio of their RMS. The map shows the same ratio
within a few millimeters. The sharper photo is blurred to the other first, judged where there is
no skin: on lashes, brows and lips.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .attributes import TEXTURE_BANDS, Band
from .color import Unmixing, optical_density
from .filters import gaussian, gaussian_over, reduced
from .types import AlignedPair, ChangeMap, FloatArray, Reason

__all__ = ["Tone", "pixel_noise", "texture_maps"]

LUMINANCE = (0.2126729, 0.7151522, 0.0721750)  # Y of linear sRGB
LIGHT_FLOOR = 0.002
CHROMA_BLUR_MM = 0.3  # of the chromophores taken out: JPEG halves their resolution
EDGE_WEIGHT = 0.6  # of a window that must be skin for a band to be read there
LOCAL_MM = 3.0  # window of the texture map
# Bands wider than this many px are read from a reduced picture: the same within 0.5 %.
FINE_ENOUGH_PX = 2.0

# Light from another side: how much the shading tilts across the face between the photos, ln
# units over its half width. 5° of slant change texture by 20 % and tilt a cheek by about 0.1.
MAX_SHADING_TILT = 0.15

BLUR_SIGMAS_PX = (0.7, 2.8)
MIN_FEATURE_PX = 400
JAW_FREE = slice(0, 93)  # eyes, brows, nose and lips: what lies inside them is no hair
MAX_BLUR_PX = 2.0
MIN_BLUR_PX = 0.15  # less blur changes nothing
BLUR_HALVINGS = 6  # to 0.03 px


class Tone(NamedTuple):
    """The skin's directions of color, and its median color in linear light."""

    chromophores: Unmixing
    median_rgb: FloatArray


def texture_maps(
    pair: AlignedPair, skin: FloatArray, tone: Tone, shading_tilt: float
) -> tuple[ChangeMap, ...]:
    """Measure the change of relief in the mid, fine and coarse band.

    Parameters
    ----------
    pair : AlignedPair
    skin : float32 array of shape (h, w)
        1 where both photos show trusted skin, else 0.
    tone : Tone
    shading_tilt : float
        How much the change of shading tilts across the skin, ln units over its half width.

    Returns
    -------
    tuple of ChangeMap
        Mid first; each with its reason where it may not be read.
    """
    mm = pair.regions.nominal_px_per_mm
    chroma_blur = CHROMA_BLUR_MM * mm
    relief = [_shading(rgb, skin, tone, chroma_blur) for rgb in (pair.before, pair.after)]
    relief = _blur_matched(relief, skin, pair)
    maps = []
    for name in ("mid", "fine", "coarse"):
        band = TEXTURE_BANDS[name]
        reason = _texture_reason(name, band, mm, shading_tilt, pair)
        before, after = (_band(image, skin, band, mm) for image in relief)
        values = _local_change(before, after, mm)
        noise = pixel_noise(values)
        maps.append(ChangeMap("texture", "%", values, noise, before, after, name, reason))
    return tuple(maps)


def _shading(rgb: FloatArray, skin: FloatArray, tone: Tone, chroma_blur: float) -> FloatArray:
    """Log-luminance with melanin and haemoglobin taken out, 0 outside the skin."""
    rows, density = tone.chromophores, optical_density(rgb)
    share = tone.median_rgb * np.array(LUMINANCE, dtype=np.float32)
    share = share / share.sum()  # d ln Y / d ln (R, G, B) at the color of this skin
    chroma_row = (share @ rows.u_mel) * rows.melanin + (share @ rows.u_hb) * rows.haemoglobin
    chroma = gaussian_over((density @ chroma_row), skin, chroma_blur)
    relief: FloatArray = (chroma - density @ share) * (skin > 0)
    return relief.astype(np.float32)


def _blur_matched(
    relief: list[FloatArray], skin: FloatArray, pair: AlignedPair
) -> list[FloatArray]:
    """Blur the sharper photo to the other, judged beside the skin.

    The energy of a fine band over that of a coarse one falls with blur whatever is in the
    picture, so the blur is searched that makes the ratio of both photos equal.
    """
    beside = _features_beside_skin(pair)
    if beside.sum() < MIN_FEATURE_PX:
        return relief
    rows, columns = np.nonzero(beside)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    lights = [_log_luminance(rgb[window]) for rgb in (pair.before, pair.after)]
    ratios = [_fine_to_coarse(light, beside[window]) for light in lights]
    sharper = 0 if ratios[0] > ratios[1] else 1
    sigma = _blur_between(lights[sharper], ratios[1 - sharper], beside[window])
    if sigma == 0:
        return relief
    matched = list(relief)
    matched[sharper] = gaussian_over(relief[sharper], skin, sigma) * skin
    return matched


def _blur_between(sharp: FloatArray, ratio: float, where: npt.NDArray[np.bool_]) -> float:
    """Find the blur, σ in px, that brings a photo's fine-to-coarse ratio down to `ratio`."""
    low, high = 0.0, MAX_BLUR_PX
    for _ in range(BLUR_HALVINGS):
        sigma = (low + high) / 2
        if _fine_to_coarse(gaussian(sharp, sigma), where) > ratio:
            low = sigma
        else:
            high = sigma
    return low if low < MIN_BLUR_PX else (low + high) / 2


def _features_beside_skin(pair: AlignedPair) -> npt.NDArray[np.bool_]:
    """Eyes, brows and lips: inside the outline of the landmarks, but not skin."""
    if pair.regions.is_close_up:
        return np.zeros(pair.trust.shape, dtype=np.bool_)
    hull = np.zeros(pair.trust.shape, dtype=np.uint8)
    outline = cv2.convexHull(np.rint(pair.regions.landmarks[JAW_FREE]).astype(np.int32))
    cv2.fillConvexPoly(hull, outline, 1)
    features: npt.NDArray[np.bool_] = (hull > 0) & (pair.regions.labels == 0)
    return features


def _log_luminance(rgb: FloatArray) -> FloatArray:
    light = np.maximum(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), LIGHT_FLOOR)
    return np.asarray(np.log(light), dtype=np.float32)


def _fine_to_coarse(light: FloatArray, where: npt.NDArray[np.bool_]) -> float:
    """Log-ratio of the energies of a fine and a coarse band of log-luminance."""
    energies = [
        float(np.mean((gaussian(light, sigma) - gaussian(light, 2 * sigma))[where] ** 2))
        for sigma in BLUR_SIGMAS_PX
    ]
    return float(np.log(max(energies[0], 1e-12) / max(energies[1], 1e-12)))


def _band(relief: FloatArray, skin: FloatArray, band: Band, mm: float) -> FloatArray:
    """One band of relief, NaN where the window is not skin."""
    shape = skin.shape
    factor = max(1, int(band.sigmas_mm[0] * mm / FINE_ENOUGH_PX))
    if factor > 1:
        weight = np.maximum(reduced(skin, factor), np.float32(1e-6))
        relief = np.asarray(reduced(relief * skin, factor) / weight, dtype=np.float32)
        skin = (weight > EDGE_WEIGHT).astype(np.float32)
    low, high = (sigma * mm / factor for sigma in band.sigmas_mm)
    weight = np.maximum(gaussian(skin, high), np.float32(1e-6))
    difference = gaussian_over(relief, skin, low) - gaussian(relief * skin, high) / weight
    inside = (skin > 0) & (weight > EDGE_WEIGHT)
    values = np.where(inside, difference, np.float32(np.nan)).astype(np.float32)
    return values if factor == 1 else _enlarged(values, shape)


def _enlarged(image: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), dtype=np.float32)


def _local_change(before: FloatArray, after: FloatArray, mm: float) -> FloatArray:
    """100 ln of the ratio of the local RMS of a band."""
    factor = max(1, int(mm))
    energies = [
        gaussian(reduced(np.nan_to_num(image * image), factor), LOCAL_MM * mm / factor)
        for image in (before, after)
    ]
    ratio = np.log(np.maximum(energies[1], 1e-12)) - np.log(np.maximum(energies[0], 1e-12))
    size = (before.shape[1], before.shape[0])
    values = cv2.resize((50 * ratio).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    seen = np.isfinite(before) & np.isfinite(after)
    return np.where(seen, values, np.float32(np.nan)).astype(np.float32)


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


def pixel_noise(values: FloatArray) -> float:
    """Estimate the noise of one value of a map from neighbours four pixels apart.

    Parameters
    ----------
    values : float32 array of shape (h, w)
        NaN where not valid.

    Returns
    -------
    float
        Robust standard deviation, in the unit of the map.
    """
    steps = values[::4, 4::4] - values[::4, :-4:4]
    steps = steps[np.isfinite(steps)]
    return float(1.4826 * np.median(np.abs(steps)) / np.sqrt(2)) if steps.size else 0.0
