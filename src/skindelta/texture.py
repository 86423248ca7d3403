"""Texture: relief under light, band by band, with color taken out.

Log-luminance without melanin and haemoglobin is shading: relief under light. Its bands are
differences of Gaussians over skin only (normalized convolution, so that a brow does not leak in),
and the change of a region is ``100 ln`` of the ratio of their RMS. The map shows the same ratio
within a few millimeters. The sharper photo is blurred to the other first, judged on the brows,
where there is no skin to measure and no expression.
"""

from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .attributes import TEXTURE_BANDS, Band
from .both import both
from .color import Unmixing, optical_density, weighted
from .filters import gaussian, gaussian_over, reduced
from .landmarks import GROUPS
from .types import AlignedPair, ChangeMap, FloatArray, Reason

__all__ = ["Blur", "Tone", "blur_between", "pixel_noise", "texture_maps"]

LUMINANCE = (0.2126729, 0.7151522, 0.0721750)  # Y of linear sRGB
LIGHT_FLOOR = 0.002
CHROMA_BLUR_MM = 0.3  # of the chromophores taken out: JPEG halves their resolution
CHROMA_GAIN = 2.0  # of the row that reads them on light skin: its length
EDGE_WEIGHT = 0.6  # of a window that must be skin for a band to be read there
LOCAL_MM = 3.0  # window of the texture map
# Bands wider than this many px are read from a reduced picture: the same within 0.5 %.
FINE_ENOUGH_PX = 2.0

PIXEL_SIGMA = 0.28  # px: a Gaussian of the noise gain of a single pixel
MIN_RELIEF_SHARE = 0.2  # of a band's energy: noise is an estimate, some relief is always left

# Of neutral against smiling photos (24 people) texture read 5 ± 9 % with the blur judged on brows,
# 17 ± 15 % on eyes, brows and lips together (lids close, teeth appear), 21 ± 22 % unmatched.
BLUR_SIGMAS_PX = (0.5, 1.4)
MIN_BROW_PX = 400
BROW_MARGIN_MM = 2.5
BROW_EDGE_PX = 12  # three times the widest blur
MAX_BLUR_PX = 2.0
MIN_BLUR_PX = 0.15  # less blur changes nothing
BLUR_HALVINGS = 6  # to 0.03 px


class Tone(NamedTuple):
    """The skin's directions of color, and its median color in linear light."""

    chromophores: Unmixing
    median_rgb: FloatArray


class Blur(NamedTuple):
    """By how much one photo of a pair is sharper."""

    sharper: int  # 0 the before photo, 1 the after photo
    sigma: float  # px, that it would have to be blurred by; 0 where it is too little to matter
    brows_px: int  # size of what it was judged on


def texture_maps(
    pair: AlignedPair, skin: FloatArray, tone: Tone, blur: Blur
) -> tuple[ChangeMap, ...]:
    """Measure the change of relief in the mid, fine and coarse band.

    Parameters
    ----------
    pair : AlignedPair
    skin : float32 array of shape (h, w)
        1 where both photos show trusted skin, else 0.
    tone : Tone
    blur : Blur
        From :func:`blur_between`.

    Returns
    -------
    tuple of ChangeMap
        Mid first; each with its reason where it may not be read.
    """
    mm = pair.regions.nominal_px_per_mm
    relief = both(lambda rgb: _relief(rgb, skin, tone, mm), pair.before, pair.after)
    relief = _blur_matched(relief, skin, blur)
    blurred = None if pair.regions.is_close_up else _unknown_sharpness(blur.brows_px)
    maps = []
    for name in ("mid", "fine", "coarse"):
        band = TEXTURE_BANDS[name]
        reason = blurred or _texture_reason(name, band, mm, pair)
        window = _window(skin, band, mm)
        before, after = both(partial(_band, skin=skin, band=band, mm=mm, window=window), *relief)
        values = _local_change(before, after, mm)
        noise = pixel_noise(values)
        maps.append(ChangeMap("texture", "%", values, noise, before, after, name, reason))
    return tuple(maps)


class _Relief(NamedTuple):
    """Shading of one photo, and the noise in it."""

    image: FloatArray  # log-luminance without melanin and haemoglobin, 0 outside the skin
    noise: tuple[tuple[float, float], ...]  # (variance, square of the σ it is blurred by)
    blur: float  # σ in px that the image was blurred by since


def _relief(rgb: FloatArray, skin: FloatArray, tone: Tone, mm: float) -> _Relief:
    """Take melanin and haemoglobin out of log-luminance."""
    rows, density = tone.chromophores, optical_density(rgb)
    share = tone.median_rgb * np.array(LUMINANCE, dtype=np.float32)
    share = share / share.sum()  # d ln Y / d ln (R, G, B) at the color of this skin
    row = (share @ rows.u_mel) * rows.melanin + (share @ rows.u_hb) * rows.haemoglobin
    # The row reads the noise of the channels too, on dark skin three times as much.
    blur = CHROMA_BLUR_MM * mm * max(1.0, float(np.linalg.norm(row)) / CHROMA_GAIN)
    chroma = gaussian_over(weighted(density, row), skin, blur)
    image = np.asarray((chroma - weighted(density, share)) * (skin > 0), dtype=np.float32)
    channels = _channel_noise(density, skin)
    noise = (
        (float(channels @ share**2), 0.0),
        (float(-2 * channels @ (share * row)), blur**2 / 2),
        (float(channels @ row**2), blur**2),
    )
    return _Relief(image, noise, 0.0)


def _channel_noise(density: FloatArray, skin: FloatArray) -> npt.NDArray[np.float64]:
    """Variance of a pixel of each channel's log that is noise of the camera, shape (3,).

    Relief dims all channels alike and chromophores are blurred by the skin, so what differs
    between channels from one pixel to the next is noise. It is read on pixels of 2 by 2, which
    resampling does not smooth: second differences along the rows give the variance of each
    difference of channels, those three the variance of each channel.
    """
    lines, inside = reduced(density, 2), reduced(skin, 2) == 1
    inside = inside[:, 2:] & inside[:, 1:-1] & inside[:, :-2]
    if not inside.any():
        return np.zeros(3)
    pairs = [lines[..., one] - lines[..., other] for one, other in ((0, 1), (1, 2), (0, 2))]
    bends = [d[:, 2:] - 2 * d[:, 1:-1] + d[:, :-2] for d in pairs]
    red_green, green_blue, red_blue = (4 / 6 * float(np.var(bend[inside])) for bend in bends)
    twice = np.array(
        [
            red_green + red_blue - green_blue,
            red_green + green_blue - red_blue,
            red_blue + green_blue - red_green,
        ]
    )
    return np.maximum(twice / 2, 0)


def blur_between(pair: AlignedPair) -> Blur:
    """Judge on the brows how much sharper one photo is.

    The energy of a fine band over that of a coarse one falls with blur whatever is in the
    picture, so the blur is searched that makes the ratio of both photos equal.

    Parameters
    ----------
    pair : AlignedPair

    Returns
    -------
    Blur
    """
    brows = _brows(pair)
    size = int(brows.sum())
    if size < MIN_BROW_PX:
        return Blur(0, 0.0, size)
    rows, columns = np.nonzero(brows)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    lights = [_log_luminance(rgb[window]) for rgb in (pair.before, pair.after)]
    ratios = [_fine_to_coarse(light, brows[window]) for light in lights]
    sharper = 0 if ratios[0] > ratios[1] else 1
    sigma = _sigma_between(lights[sharper], ratios[1 - sharper], brows[window])
    return Blur(sharper, sigma, size)


def _blur_matched(
    relief: tuple[_Relief, _Relief], skin: FloatArray, blur: Blur
) -> tuple[_Relief, _Relief]:
    """Blur the sharper photo to the other."""
    if blur.sigma == 0:
        return relief
    blurred = gaussian_over(relief[blur.sharper].image, skin, blur.sigma) * skin
    matched = relief[blur.sharper]._replace(image=blurred, blur=blur.sigma)
    return (relief[0], matched) if blur.sharper else (matched, relief[1])


def _unknown_sharpness(size: int) -> Reason | None:
    """Why texture of a face cannot be told from sharpness, if so; from the brows' size in px."""
    if size >= MIN_BROW_PX:
        return None
    return Reason(
        code="no_brows",
        message=(
            f"the brows, by which the sharpness of both photos is compared, show on {size} pixels "
            f"of both photos, at least {MIN_BROW_PX} are needed"
        ),
        advice="keep the whole face in both pictures, the brows free and sharp",
        value=size,
        limit=MIN_BROW_PX,
    )


def _sigma_between(sharp: FloatArray, ratio: float, where: npt.NDArray[np.bool_]) -> float:
    """Find the blur, σ in px, that brings a photo's fine-to-coarse ratio down to `ratio`."""
    low, high = 0.0, MAX_BLUR_PX
    for _ in range(BLUR_HALVINGS):
        sigma = (low + high) / 2
        if _fine_to_coarse(gaussian(sharp, sigma), where) > ratio:
            low = sigma
        else:
            high = sigma
    return 0.0 if low < MIN_BLUR_PX else (low + high) / 2


def _brows(pair: AlignedPair) -> npt.NDArray[np.bool_]:
    """Brows, with the ends of their hairs, where both photos show them; none on a close-up."""
    brows = np.zeros(pair.trust.shape, dtype=np.uint8)
    if pair.regions.is_close_up:
        return brows > 0
    points = np.rint(pair.regions.landmarks).astype(np.int32)
    for name in ("right_brow", "left_brow"):
        cv2.fillConvexPoly(brows, cv2.convexHull(points[GROUPS[name]]), 1)
    margin = max(3, int(BROW_MARGIN_MM * pair.regions.nominal_px_per_mm))
    widened = cv2.dilate(brows, np.ones((margin, margin), np.uint8))
    if pair.seen is not None:
        reach = np.ones((2 * BROW_EDGE_PX + 1, 2 * BROW_EDGE_PX + 1), np.uint8)
        widened = cv2.bitwise_and(widened, cv2.erode(pair.seen.astype(np.uint8), reach))
    return np.asarray(widened) > 0


def _log_luminance(rgb: FloatArray) -> FloatArray:
    light = np.maximum(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), LIGHT_FLOOR)
    return np.asarray(cv2.log(light), dtype=np.float32)


def _fine_to_coarse(light: FloatArray, where: npt.NDArray[np.bool_]) -> float:
    """Log-ratio of the energies of a fine and a coarse band of log-luminance."""
    energies = [
        float(np.mean((gaussian(light, sigma) - gaussian(light, 2 * sigma))[where] ** 2))
        for sigma in BLUR_SIGMAS_PX
    ]
    return float(np.log(max(energies[0], 1e-12) / max(energies[1], 1e-12)))


class _Window(NamedTuple):
    """Where a band is read, and on what raster: the same for both photos."""

    factor: int  # px of the grid for one of the raster
    skin: FloatArray
    low: tuple[float, FloatArray]  # σ of the Gaussian, and the skin that it sees at each point
    high: tuple[float, FloatArray]
    inside: npt.NDArray[np.bool_]


def _window(skin: FloatArray, band: Band, mm: float) -> _Window:
    """Prepare the normalized convolution of a band."""
    factor = max(1, int(band.sigmas_mm[0] * mm / FINE_ENOUGH_PX))
    if factor > 1:
        skin = (reduced(skin, factor) > EDGE_WEIGHT).astype(np.float32)
    low, high = (sigma * mm / factor for sigma in band.sigmas_mm)
    seen = both(lambda sigma: np.maximum(gaussian(skin, sigma), np.float32(1e-6)), low, high)
    inside = (skin > 0) & (seen[1] > EDGE_WEIGHT)
    return _Window(factor, skin, (low, seen[0]), (high, seen[1]), inside)


def _band(relief: _Relief, skin: FloatArray, band: Band, mm: float, window: _Window) -> FloatArray:
    """One band of relief with the energy of the noise taken off, NaN where it is not skin."""
    image = relief.image
    if window.factor > 1:
        share = np.maximum(reduced(skin, window.factor), np.float32(1e-6))
        image = np.asarray(reduced(image, window.factor) / share * window.skin, np.float32)
    fine, coarse = (gaussian(image, sigma) / seen for sigma, seen in (window.low, window.high))
    difference = np.asarray(fine - coarse, dtype=np.float32)
    difference *= _without_noise(_mean_square(difference, window.inside), relief, band, mm)
    values = np.where(window.inside, difference, np.float32(np.nan))
    return values if window.factor == 1 else _enlarged(values, skin.shape)


def _mean_square(image: FloatArray, where: npt.NDArray[np.bool_]) -> float:
    squares = cv2.norm(image, cv2.NORM_L2SQR, where.view(np.uint8))
    return squares / max(int(np.count_nonzero(where)), 1)


def _without_noise(energy: float, relief: _Relief, band: Band, mm: float) -> float:
    """Factor that brings the energy of a band, its mean square, down to what is not noise."""
    low, high = ((sigma * mm) ** 2 + relief.blur**2 for sigma in band.sigmas_mm)
    noise = sum(
        variance * _white_noise_gain(low + square, high + square)
        for variance, square in relief.noise
    )
    if energy <= 0:
        return 1.0
    return float(np.sqrt(np.clip(1 - noise / energy, MIN_RELIEF_SHARE, 1)))


def _white_noise_gain(low: float, high: float) -> float:
    """Energy that G(low) - G(high) leaves of white noise of variance 1; squares of σ in px."""
    low, high = max(low, PIXEL_SIGMA**2), max(high, PIXEL_SIGMA**2)
    return (1 / low + 1 / high - 4 / (low + high)) / (4 * np.pi)


def _enlarged(image: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), dtype=np.float32)


def _local_change(before: FloatArray, after: FloatArray, mm: float) -> FloatArray:
    """100 ln of the ratio of the local RMS of a band."""
    factor = max(1, int(mm))

    def energy(band: FloatArray) -> FloatArray:
        squared = cv2.patchNaNs(band * band, 0)
        return gaussian(reduced(squared, factor), LOCAL_MM * mm / factor)

    energies = both(energy, before, after)
    first, second = (cv2.log(np.maximum(one, np.float32(1e-12))) for one in energies)
    size = (before.shape[1], before.shape[0])
    values = cv2.resize(50 * (second - first), size, interpolation=cv2.INTER_LINEAR)
    seen = np.isfinite(before) & np.isfinite(after)
    return np.where(seen, np.asarray(values, np.float32), np.float32(np.nan))


def _texture_reason(name: str, band: Band, mm: float, pair: AlignedPair) -> Reason | None:
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
