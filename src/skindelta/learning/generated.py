"""Generated skin: skin that nobody has, beside a grey strip, from pigments, relief and light.

::

    melanin, blood ─skin_rgb→ color ┐
    lines, pores, bumps ─slope→ relief × curvature + surface glare → linear light

Pigments vary slowly, in blotches and finely, with freckles, moles and small vessels; how much of
each, the seed decides as people differ. Sizes are those of cheeks and forearms. It holds what the
formulas and the change network read, color and relief in millimeters, and nothing else.

Limits: no hair, no face and so no expression, no swelling, one flat surface under one lamp.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..color import individual_typology_angle, linear_to_lab
from ..synthesis import MAX_BLOOD, MAX_MEL, MIN_BLOOD, MIN_MEL, Kind, skin_rgb
from ..synthesis.fields import field_of
from ..synthesis.relief import Relief, relief_of
from ..types import FloatArray

__all__ = ["FIRST_FROZEN_SEED", "Scene", "generated_skin"]

FIRST_FROZEN_SEED = 1_000_000  # from here on seeds are the frozen benchmark's: never learnt from

PX_PER_MM = 5.0  # the working grid of a face
PHOTO_MM = (100.0, 86.0)  # height, width
MARGIN_MM = 14.0  # around it: a casual camera moves by less, so no photo shows where skin ends
STRIP_MM = 14.0  # of the photo's height: a grey frame all around is taken for a face, 2 in 48
GREY_SHARE = 0.68  # of the strip's height: its middle lies where every photo of one room shows it
GREY = (0.18, 0.3)  # reflectance of the strip
# Cameras expose dark skin longer: the darkest people of the studio set stand at L* 48, not at 30.
LONGER, LONGER_FROM, LONGEST_AT = 0.6, 30.0, -40.0  # share; degrees of ITA
BLOOD = (0.005, 0.011)  # volume fraction: pale to rosy; a* of light skin 6 to 10
# σ of the noise in mm, and its strength (1 σ) in ln units of the pigment: a* spreads by 1.0 to 1.5
# on light skin, as on cheeks and foreheads of a studio set (0.8 to 2.5).
MELANIN_MOTTLING = ((12.0, 0.12), (3.0, 0.08), (0.6, 0.05))
EVENER = 0.05  # volume fraction: medium skin
BLOOD_MOTTLING = ((10.0, 0.22), (2.5, 0.17), (0.8, 0.1))
DEPTH_MM = 0.4  # σ of the blur over blood
FRECKLED, MOLED, VEINED = 0.5, 0.6, 0.5  # share of people
PALEST_FOR_FRECKLES = 25.0  # degrees of ITA: darker skin has few that show
# RMS of ln light: in all 0.015 to 0.04 of features from 0.3 to 1 mm, more the wider they are, as
# on the cheeks of that studio set (0.014 to 0.041).
LINES, PORES, BUMPS, HOLLOWS = (0.013, 0.04), (0.013, 0.04), (0.018, 0.042), (0.01, 0.026)
BUMP_MM, HOLLOW_MM = 0.45, 1.5  # σ
LINE_MM, LINE_LONG_MM = 0.18, 0.9  # σ across and along
LINE_SHARPNESS = 0.6  # of the noise whose zeros are the lines
DARKER_IN_DEPTH = 0.3  # of the relief that is shade, not slope
TILTED, BENT = 0.22, 0.35  # ln units of light from the middle to an edge, at most
# Of the strip, ln units (1 σ) of each channel; σ. On a strip of one color a JPEG rounds all of it
# alike, by up to half a code, which is 0.6 a* of skin.
GRAIN, GRAIN_MM = 0.03, 0.4
LENS_PX = 0.4  # σ of the blur: soft edges
GLARE, SHEEN, SPARKLE = (0.003, 0.01), (0.002, 0.012), 8.0  # of white; per ln unit of relief

_Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Scene:
    """Skin that can be changed and photographed.

    Attributes
    ----------
    rgb : float32 array of shape (H, W, 3)
        Linear sRGB.
    masks : dict of str to bool array of shape (H, W)
        Skin: ``"skin"``.
    px_per_mm : float
    grey : tuple of two floats
        A place (x, y) on the neutral strip, px; 15 mm to both sides of it and 2 mm above and below
        are grey too.
    margin : int
        Pixels on each side that a photo is cut by.
    """

    rgb: FloatArray
    masks: dict[str, npt.NDArray[np.bool_]]
    px_per_mm: float
    grey: tuple[float, float]
    margin: int


def generated_skin(seed: int, tone: float) -> Scene:
    """Make a patch of skin of 9 by 9 cm beside a grey strip, and more around.

    Parameters
    ----------
    seed : int
        Decides everything but the tone.
    tone : float
        Individual typology angle of its color under even light, degrees, 62 (very light) to -48
        (dark); dark skin is exposed longer, so its photos show more.

    Returns
    -------
    Scene
    """
    rng = np.random.default_rng([seed, 20])
    height, width = (round((mm + 2 * MARGIN_MM) * PX_PER_MM) for mm in PHOTO_MM)
    strip = round((MARGIN_MM + STRIP_MM) * PX_PER_MM)
    inside = np.ones((height, width), bool)
    inside[:strip] = False
    relief, shade = _relief(inside, rng), _curved(inside.shape, rng)
    rgb = _pigmented(inside, tone, rng) * np.exp(relief + shade)[..., None]
    rgb += _glare(relief, rng)[..., None]
    rgb[:strip] = _strip(shade[:strip], rng)
    rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), LENS_PX), np.float32) * _exposure(tone)
    grey = (width - 1) / 2, (MARGIN_MM + GREY_SHARE * STRIP_MM) * PX_PER_MM
    return Scene(rgb, {"skin": inside}, PX_PER_MM, grey, round(MARGIN_MM * PX_PER_MM))


def _strip(shade: FloatArray, rng: _Rng) -> FloatArray:
    """Neutral surface with grains of all colors."""
    grains = [_noise(shade.shape, GRAIN_MM, rng) for _ in range(3)]
    light = np.exp(shade[..., None] + np.float32(GRAIN) * np.stack(grains, axis=-1))
    return np.float32(rng.uniform(*GREY)) * light


def _exposure(tone: float) -> np.float32:
    return np.float32(1 + LONGER * np.clip((LONGER_FROM - tone) / (LONGER_FROM - LONGEST_AT), 0, 1))


def _pigmented(inside: npt.NDArray[np.bool_], tone: float, rng: _Rng) -> FloatArray:
    """Color of the skin under even light."""
    f_blood = float(rng.uniform(*BLOOD))
    f_mel = _melanin_of(tone, f_blood)
    # As much darker and lighter whatever the tone: of much melanin a share shows more.
    log_mel = _mottled(inside.shape, MELANIN_MOTTLING, rng) * min(1.0, (EVENER / f_mel) ** 0.5)
    log_blood = _mottled(inside.shape, BLOOD_MOTTLING, rng)
    if rng.random() < FRECKLED and tone > PALEST_FOR_FRECKLES:
        log_mel += np.float32(rng.uniform(0.3, 0.8)) * _places("freckles", inside, rng)
    if rng.random() < MOLED:
        log_mel += np.float32(rng.uniform(0.4, 0.8)) * _places("spots", inside, rng, few=True)
    if rng.random() < VEINED:
        log_blood += np.float32(rng.uniform(0.4, 1.0)) * _places("vessels", inside, rng)
    log_blood = np.asarray(cv2.GaussianBlur(log_blood, (0, 0), DEPTH_MM * PX_PER_MM), np.float32)
    mel = np.clip(f_mel * np.exp(log_mel), MIN_MEL, MAX_MEL)
    blood = np.clip(f_blood * np.exp(log_blood), MIN_BLOOD, MAX_BLOOD)
    return skin_rgb(mel, blood).astype(np.float32)


def _melanin_of(tone: float, f_blood: float) -> float:
    """Volume fraction of melanosomes that gives a tone."""
    fractions = np.geomspace(MIN_MEL, MAX_MEL, 200)
    colors = skin_rgb(fractions, np.full_like(fractions, f_blood)).astype(np.float32)
    angles = individual_typology_angle(linear_to_lab(colors))
    return float(np.exp(np.interp(-tone, -angles, np.log(fractions))))


def _mottled(
    shape: tuple[int, ...], parts: tuple[tuple[float, float], ...], rng: _Rng
) -> FloatArray:
    """Sum of noises of several sizes, each somewhat stronger or weaker than usual."""
    total = np.zeros(shape, np.float32)
    for sigma_mm, strength in parts:
        total += np.float32(strength * rng.uniform(0.5, 1.5)) * _noise(shape, sigma_mm, rng)
    return total


def _noise(shape: tuple[int, ...], sigma_mm: float, rng: _Rng) -> FloatArray:
    """Smooth noise of mean 0 and standard deviation 1; wide one on a reduced picture."""
    sigma = sigma_mm * PX_PER_MM
    step = max(1, int(sigma / 3))
    margin = int(np.ceil(3 * sigma / step))
    small = [-(-n // step) + 2 * margin for n in shape]
    white = rng.standard_normal(small, dtype=np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), sigma / step)[margin:-margin, margin:-margin]
    noise = noise * np.float32(2 * np.sqrt(np.pi) * sigma / step)  # of white noise that blur leaves
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _places(kind: Kind, inside: npt.NDArray[np.bool_], rng: _Rng, few: bool = False) -> FloatArray:
    """Draw freckles, moles or vessels, 0..1."""
    where = inside
    if few:  # spots lie everywhere: keep those of one corner
        where = np.zeros_like(inside)
        side = int(16 * PX_PER_MM)
        top, left = (int(rng.integers(0, n - side)) for n in inside.shape)
        where[top : top + side, left : left + side] = True
    return field_of(kind, where, PX_PER_MM, rng, edge_mm=0.15)


def _relief(inside: npt.NDArray[np.bool_], rng: _Rng) -> FloatArray:
    """Ln of what fine lines, pores, bumps and hollows do to the light."""
    parts = [
        (_lines(inside.shape, rng), LINES),
        (_toward_light("pores", inside, rng), PORES),
        (_noise(inside.shape, BUMP_MM, rng), BUMPS),
        (_noise(inside.shape, HOLLOW_MM, rng), HOLLOWS),
    ]
    total = np.zeros(inside.shape, np.float32)
    for image, strengths in parts:
        stronger = np.exp(np.float32(0.25) * _noise(inside.shape, 15.0, rng))
        total += np.float32(rng.uniform(*strengths)) * image * stronger
    return total


def _toward_light(kind: Relief, inside: npt.NDArray[np.bool_], rng: _Rng) -> FloatArray:
    return relief_of(kind, inside, PX_PER_MM, rng)


def _lines(shape: tuple[int, ...], rng: _Rng) -> FloatArray:
    """Fine furrows in two directions that cross, as skin has between its plateaus; unit RMS."""
    course, light = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
    height = np.zeros(shape, np.float32)
    for angle in (course, course + rng.uniform(0.9, 1.4)):
        streaks = cv2.filter2D(
            rng.standard_normal(shape, dtype=np.float32), -1, _streak(float(angle))
        )
        height -= np.exp(-np.square(streaks / np.float32(LINE_SHARPNESS * streaks.std())))
    slope = np.cos(light) * cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.25)
    slope = np.asarray(slope + np.sin(light) * cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.25))
    shaded = slope / slope.std() + DARKER_IN_DEPTH * (height - height.mean()) / height.std()
    return np.asarray(shaded / shaded.std(), np.float32)


def _streak(angle: float) -> FloatArray:
    """Elongated Gaussian."""
    reach = int(np.ceil(3 * LINE_LONG_MM * PX_PER_MM))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    square = (along / LINE_LONG_MM) ** 2 + (across / LINE_MM) ** 2
    return np.asarray(np.exp(-square / (2 * PX_PER_MM**2)), np.float32)


def _curved(shape: tuple[int, ...], rng: _Rng) -> FloatArray:
    """Ln of how the light falls on a surface that bends away from it."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    y = y[:, None]
    tilt_x, tilt_y = rng.uniform(-TILTED, TILTED, 2)
    bend_x, bend_y = rng.uniform(0, BENT, 2)
    return np.asarray(tilt_x * x + tilt_y * y - bend_x * x**2 - bend_y * y**2, np.float32)


def _glare(relief: FloatArray, rng: _Rng) -> FloatArray:
    """White light from the surface: everywhere, and a broad shine that relief breaks up."""
    height, width = relief.shape
    y, x = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)
    down, across = rng.uniform(0.1, 0.9, 2)
    broad = np.exp(-((y - down) ** 2 + (x - across) ** 2) / (2 * rng.uniform(0.15, 0.35) ** 2))
    shine = rng.uniform(*SHEEN) * broad * np.exp(np.clip(SPARKLE * relief, -2, 1))
    return np.asarray(rng.uniform(*GLARE) + shine, np.float32)
