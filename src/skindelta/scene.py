"""The scene around a face: what its change of color tells about the light.

Background and clothes are two surfaces, each with its own mix of the room's lights. Each is divided
into cells; where the gains of a surface's cells agree, shadows left out, that is how its light
changed. How near that is to the light on the face is weighed from both.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from skimage.color import deltaE_ciede2000

from .both import both
from .color import OD_FLOOR, linear_to_lab, srgb8_to_linear
from .filters import made_to_fit, thinned
from .types import ByteArray, Photo, RegionMap

__all__ = ["Gain", "clipped_pixels", "scene_gain", "spread_as_delta_e"]

CEILING, FLOOR = 253, 2  # codes at which a channel no longer follows the light
# 255 for highest channels of a pixel that say so.
CLIPPED_CODES = np.uint8(255) * ((np.arange(256) > CEILING) | (np.arange(256) <= FLOOR))
CELLS = 48  # scene cells along the longer side: a wall gives hundreds, a mug a few
MIN_CELLS = 30  # fewer say nothing about a spread
LEAST_READABLE = 0.25  # of a cell: what is not blown out of a white shirt has its color still
MIN_CELL_LIGHT = 0.01  # linear; darker cells are quantization and lens flare
MAX_SHAPE_DIFFERENCE = 0.02  # ln of the ratio of aspect ratios: another crop or orientation
# Same camera and room, person moved: the spread over cells is 0.01 to 0.03 (London pairs);
# another room: 0.15 and more (lisa against zoom). ln units.
MAX_SCENE_SPREAD = 0.06
# Cells within these ln units of the median background are background: a white shirt is 0.4 lighter
# than a grey wall, and a little bluer.
WALL_SHADE, WALL_CAST = 0.25, 0.04
# Shoulders lie under every head. This far below the chin (face heights) they reach at least half a
# face width to each side, and one pixel further for each pixel down.
NECK, SHOULDER_SLOPE = 0.45, 1.0
# How far the light on a surface may be from that on the face, σ of a gain in ln units. A wall has
# it but for a share of what its own light moved (that share by known changes of eight people in
# simulated rooms), or has its own mix of two lamps. Clothes have it but for folds and near-white
# cloth: they were off by 0.005 where their cells agree and 0.015 where they do not (RMS; 58 real
# pairs of one studio, where the wall is exact).
WALL_ERROR, WALL_ERROR_SHARE = (0.002, 0.08), 0.5
CLOTHES_ERROR, CLOTHES_ERROR_SHARE = 0.004, 0.3
# How far a camera's white balance alone moves a wall: of a room that was left as it was, of any.
# A wall that looks the same in both photos was lit the same, and so was the face.
STILL, MOVED = 0.015, 0.06
ODD_CLOTHES, ODD_CLOTHES_SHARE = 3.0, 0.2  # as far off, so often
# Colored cloth and paint answer a light that moved otherwise than skin; σ for each ln unit of their
# color and of the gain. From simulated sessions under one lamp (benchmarks/sessions.py).
COLOR_ERROR = 0.4
ALONE_ERROR = 0.03  # of clothes with no wall beside them to say that they are the same
# A flush of 8 a* moves the skin's own color by 0.15 to 0.17; a gain that asks for more is that of
# another wall or shirt. A wall in a light of its own may ask for more, if the clothes are near it.
MAX_SKIN_CHANGE = 0.18
MAX_WALL_CHANGE, MAX_GAP = 0.28, 0.2
# Cells whose brightness changed unlike that of most: a shadow, a person who came or went. Their
# light has another color too.
SHADE_SPREADS, LEAST_SHADE = 2.5, 0.08


class Gain(NamedTuple):
    """Channel gains from the before to the after photo, ln units, and how sure they are.

    Attributes
    ----------
    log_gain : float64 array of shape (3,)
        ln units.
    spread : float
        Standard deviation of a gain, ln units: of a single surface how far its cells are apart, of
        the whole scene how far the gain may be from that on the face.
    chroma : float
        Of a surface: how far its color is from neutral, ln units (norm over the channels).
    surfaces : int
        How many tell it.
    """

    log_gain: npt.NDArray[np.float64]
    spread: float
    chroma: float = 0.0
    surfaces: int = 1


class _Scene(NamedTuple):
    """What the surroundings of a face show, per cell."""

    color: npt.NDArray[np.float64]
    background: npt.NDArray[np.bool_]
    clothes: npt.NDArray[np.bool_]


def scene_gain(
    before: Photo,
    before_regions: RegionMap,
    after: Photo,
    after_regions: RegionMap,
    skin: npt.NDArray[np.float64],
) -> Gain | None:
    """Read the color of the light's change on what surrounds both faces.

    Parameters
    ----------
    before, after : Photo
    before_regions, after_regions : RegionMap
        Where the faces are.
    skin : float64 array of shape (3,)
        Change of the median skin, ln units.

    Returns
    -------
    Gain or None
        Of color alone: its mean over the channels is 0. None where the scenes differ.
    """
    if before_regions.is_close_up or after_regions.is_close_up:
        return None
    size = _cell_grid(before.pixels.shape, after.pixels.shape)
    if size is None:
        return None
    first, second = both(
        lambda seen: _scene_cells(*seen, size), (before, before_regions), (after, after_regions)
    )
    change = np.log(second.color) - np.log(first.color)
    color = (np.log(first.color) + np.log(second.color)) / 2
    clothes, background = (
        _group_gain(change[cells], color[cells])
        for cells in (first.clothes & second.clothes, first.background & second.background)
    )
    return _combined(background, clothes, skin)


def _cell_grid(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, int] | None:
    """Cells (across, down) for both photos; None where their shapes do not correspond."""
    ratio = (before[0] * after[1]) / (before[1] * after[0])
    if abs(np.log(ratio)) > MAX_SHAPE_DIFFERENCE:
        return None
    height, width = before[0] + after[0], before[1] + after[1]
    longer = max(height, width)
    return round(CELLS * width / longer), round(CELLS * height / longer)


def _scene_cells(photo: Photo, regions: RegionMap, size: tuple[int, int]) -> _Scene:
    """Mean linear color per cell, and which cells are background or clothes."""
    height, width = photo.pixels.shape[:2]
    fine = (8 * size[0], 8 * size[1])
    step = max(1, min(width // fine[0], height // fine[1]) // 2)  # a wall needs not every pixel
    sparse = thinned(photo.pixels, step)
    reduced = made_to_fit(sparse, fine)
    readable = (clipped_pixels(reduced) == 0).astype(np.float32)[..., None]
    share = cv2.resize(readable, size, interpolation=cv2.INTER_AREA)[..., None]
    color = cv2.resize(srgb8_to_linear(reduced) * readable, size, interpolation=cv2.INTER_AREA)
    color = np.asarray(color) / np.maximum(share, 1e-6)
    x = (np.arange(size[0]) + 0.5) * width / size[0]
    y = ((np.arange(size[1]) + 0.5) * height / size[1])[:, None]
    box = regions.box
    # The head reaches above the box by the hair and beside it by the ears; the neck is skin.
    beside = (x < box.left - 0.35 * box.width) | (x > box.right + 0.35 * box.width)
    above = y < box.top - 0.6 * box.height
    under = y - box.bottom - NECK * box.height
    below = under > 0
    shoulders = abs(x - (box.left + box.right) / 2) < box.width / 2 + SHOULDER_SLOPE * under
    near = (x > box.left - 0.7 * box.width) & (x < box.right + 0.7 * box.width)
    usable = (share[..., 0] > LEAST_READABLE) & (color.min(axis=2) > MIN_CELL_LIGHT)
    light = np.maximum(color, OD_FLOOR).astype(np.float64)
    background = usable & (beside | above) & ~(below & near)
    clothes = usable & below & near
    wall = _like_the_wall(np.log(light), background) & clothes & ~shoulders
    return _Scene(light, background | wall, clothes & ~wall)


def _like_the_wall(
    log_color: npt.NDArray[np.float64], background: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Cells of the background's color: a wall that shows beside narrow shoulders is no shirt."""
    if not background.any():
        return background
    off = log_color - np.median(log_color[background], axis=0)
    shade = off.mean(axis=-1)
    cast = np.abs(off - shade[..., None]).max(axis=-1)
    like: npt.NDArray[np.bool_] = (np.abs(shade) < WALL_SHADE) & (cast < WALL_CAST)
    return like


def _group_gain(change: npt.NDArray[np.float64], color: npt.NDArray[np.float64]) -> Gain | None:
    """Median gain of one kind of surface; None where it has too few cells.

    In: change and color of its cells, ln units, shape (n, 3).

    Twice: of all cells, then without those in new shadows or with something new before them.
    """
    if len(change) < MIN_CELLS:
        return None
    shade = change.mean(axis=1)
    off = np.abs(shade - np.median(shade))
    lit_alike = off <= max(SHADE_SPREADS * 1.4826 * float(np.median(off)), LEAST_SHADE)
    kept = change[lit_alike]
    if len(kept) < MIN_CELLS:
        kept = change
    log_gain = np.median(kept, axis=0)
    chroma = kept - kept.mean(axis=1, keepdims=True)
    center = np.median(chroma, axis=0)
    spread = 1.4826 * float(np.median(np.abs(chroma - center), axis=0).max())
    own = np.median(color, axis=0)
    return Gain(log_gain - log_gain.mean(), spread, float(np.linalg.norm(own - own.mean())))


def _combined(
    background: Gain | None, clothes: Gain | None, skin: npt.NDArray[np.float64]
) -> Gain | None:
    """One color gain from both surfaces; None where the wall is another one.

    Clothes are changed more often than walls: those that do not fit are left out. Those that fit
    speak for a wall that is lit otherwise.
    """
    if clothes and not _is_light(clothes, skin, MAX_SKIN_CHANGE):
        clothes = None
    near = clothes is not None and background is not None and _gap(background, clothes) <= MAX_GAP
    if background and not _is_light(background, skin, MAX_WALL_CHANGE if near else MAX_SKIN_CHANGE):
        return None
    if background and clothes:
        return _weighed(background, clothes)
    if background:
        variance = float(
            np.average(_wall_errors(background) ** 2, weights=_wall_chances(background))
        )
        return Gain(background.log_gain, float(np.sqrt(variance + background.spread**2)))
    return clothes and Gain(clothes.log_gain, float(np.hypot(_clothes_error(clothes), ALONE_ERROR)))


def _gap(one: Gain, other: Gain) -> float:
    return float(np.abs(one.log_gain - other.log_gain).max())


def _is_light(gain: Gain, skin: npt.NDArray[np.float64], most: float) -> bool:
    """Whether cells agree on a gain that no impossible change of the skin would need."""
    apart = np.abs(gain.log_gain - (skin - skin.mean())).max()
    return gain.spread <= MAX_SCENE_SPREAD and bool(apart <= most)


def _wall_chances(wall: Gain) -> tuple[float, float]:
    """How likely the light on the wall is that on the face, and how likely it is not."""
    square = float(wall.log_gain @ wall.log_gain)

    def density(sigma: float) -> float:  # of two dimensions: a gain's mean is 0
        return float(np.exp(-square / (2 * sigma**2)) / sigma**2)

    near = (density(STILL) + density(MOVED)) / 2
    far = density(float(np.hypot(MOVED, WALL_ERROR[1])))
    return near / (near + far), far / (near + far)


def _wall_errors(wall: Gain) -> npt.NDArray[np.float64]:
    """Both errors that a wall may have; σ, ln units."""
    same, other = WALL_ERROR
    same = float(np.hypot(same, WALL_ERROR_SHARE * np.linalg.norm(wall.log_gain)))
    return np.hypot((same, other), _color_error(wall))


def _clothes_error(clothes: Gain) -> float:
    even = CLOTHES_ERROR + CLOTHES_ERROR_SHARE * clothes.spread
    return float(np.hypot(even, _color_error(clothes)))


def _color_error(surface: Gain) -> float:
    """Return what a surface errs by for a color of its own, which answers light unlike skin."""
    return COLOR_ERROR * surface.chroma * float(np.linalg.norm(surface.log_gain))


def _weighed(wall: Gain, clothes: Gain) -> Gain:
    """Mean of both surfaces, each weighed by how near it is likely to be to the light on the face.

    Either surface has a small or a large error. How far the two are apart tells which is likely,
    and how far the wall's own color moved.
    """
    gap = clothes.log_gain - wall.log_gain
    far, chance_far = ODD_CLOTHES * _clothes_error(clothes), ODD_CLOTHES_SHARE
    cases = [
        (wall_error**2, clothes_error**2, wall_chance * chance)
        for wall_error, wall_chance in zip(_wall_errors(wall), _wall_chances(wall), strict=True)
        for clothes_error, chance in ((far / ODD_CLOTHES, 1 - chance_far), (far, chance_far))
    ]
    of_wall, of_clothes, prior = (np.array(column) for column in zip(*cases, strict=True))
    both = of_wall + of_clothes
    chance = prior / both * np.exp(-gap @ gap / (2 * both))
    chance = chance / chance.sum()
    weights = of_wall / both  # of the clothes
    weight = float(chance @ weights)
    variance = chance @ (of_wall * of_clothes / both)
    undecided = chance @ np.square(weights - weight) * float(gap @ gap) / 2
    return Gain(wall.log_gain + weight * gap, float(np.sqrt(variance + undecided)), surfaces=2)


def spread_as_delta_e(spread: float) -> float:
    """Return the ΔE00 that a gain wrong by `spread` in the red channel makes of light skin.

    Parameters
    ----------
    spread : float
        ln units.
    """
    skin = np.array([0.45, 0.28, 0.21], dtype=np.float32)
    off = skin * np.exp([spread, -spread / 2, -spread / 2]).astype(np.float32)
    difference = deltaE_ciede2000(linear_to_lab(skin), linear_to_lab(off))
    return float(difference)


def clipped_pixels(codes: ByteArray) -> ByteArray:
    """Find pixels that no longer follow the light.

    Parameters
    ----------
    codes : uint8 array of shape (h, w, 3)

    Returns
    -------
    uint8 array of shape (h, w)
        255 where any channel stands at its ceiling or all stand at the floor.
    """
    red, green, blue = cv2.split(codes)
    highest = cv2.max(cv2.max(red, green), blue)
    return np.asarray(cv2.LUT(highest, CLIPPED_CODES), dtype=np.uint8)
