"""The scene around a face: what its change of color tells about the light.

Background and clothes are two surfaces, each with its own mix of the room's lights. Each is divided
into cells; where the gain of all cells of a surface agrees, it is the light's.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from skimage.color import deltaE_ciede2000

from .color import OD_FLOOR, linear_to_lab, srgb8_to_linear
from .filters import thinned
from .types import ByteArray, Photo, RegionMap

__all__ = ["Gain", "clipped_pixels", "scene_gain", "spread_as_delta_e"]

CEILING, FLOOR = 253, 2  # codes at which a channel no longer follows the light
CELLS = 48  # scene cells along the longer side: a wall gives hundreds, a mug a few
MIN_CELLS = 30  # fewer say nothing about a spread
MIN_CELL_LIGHT = 0.01  # linear; darker cells are quantization and lens flare
MAX_SHAPE_DIFFERENCE = 0.02  # ln of the ratio of aspect ratios: another crop or orientation
# Same camera and room, person moved: the spread over cells is 0.01 to 0.03 (London pairs);
# another room: 0.15 and more (lisa against zoom). ln units.
MAX_SCENE_SPREAD = 0.06
MAX_GROUP_GAP = 0.08  # ln units; more between background and clothes is no mix of two lamps
CLOTHES_WEIGHT = 2 / 3  # they stand where the face stands, in its mix of light


class Gain(NamedTuple):
    """Channel gains from the before to the after photo, ln units, and how sure they are.

    Attributes
    ----------
    log_gain : float64 array of shape (3,)
        ln units.
    spread : float
        Standard deviation of a gain, ln units.
    """

    log_gain: npt.NDArray[np.float64]
    spread: float


class _Scene(NamedTuple):
    """What the surroundings of a face show, per cell."""

    color: npt.NDArray[np.float64]
    background: npt.NDArray[np.bool_]
    clothes: npt.NDArray[np.bool_]


def scene_gain(
    before: Photo, before_regions: RegionMap, after: Photo, after_regions: RegionMap
) -> Gain | None:
    """Read the color of the light's change on what surrounds both faces.

    Parameters
    ----------
    before, after : Photo
    before_regions, after_regions : RegionMap
        Where the faces are.

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
    first, second = (
        _scene_cells(photo, regions, size)
        for photo, regions in ((before, before_regions), (after, after_regions))
    )
    change = np.log(second.color) - np.log(first.color)
    clothes = _group_gain(change[first.clothes & second.clothes])
    background = _group_gain(change[first.background & second.background])
    return _combined(background, clothes)


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
    reduced = np.asarray(cv2.resize(sparse, fine, interpolation=cv2.INTER_AREA), np.uint8)
    color = cv2.resize(srgb8_to_linear(reduced), size, interpolation=cv2.INTER_AREA)
    clipped = cv2.resize(clipped_pixels(reduced), size, interpolation=cv2.INTER_AREA)
    x = (np.arange(size[0]) + 0.5) * width / size[0]
    y = ((np.arange(size[1]) + 0.5) * height / size[1])[:, None]
    box = regions.box
    # The head reaches above the box by the hair and beside it by the ears; the neck is skin.
    beside = (x < box.left - 0.35 * box.width) | (x > box.right + 0.35 * box.width)
    above = y < box.top - 0.6 * box.height
    below = y > box.bottom + 0.45 * box.height
    near = (x > box.left - 0.7 * box.width) & (x < box.right + 0.7 * box.width)
    usable = (np.asarray(clipped) < 64) & (np.asarray(color).min(axis=2) > MIN_CELL_LIGHT)
    return _Scene(
        color=np.maximum(color, OD_FLOOR).astype(np.float64),
        background=usable & (beside | above) & ~(below & near),
        clothes=usable & below & near,
    )


def _group_gain(change: npt.NDArray[np.float64]) -> Gain | None:
    """Median gain of one kind of surface, shape (n, 3) in; None where its cells disagree."""
    if len(change) < MIN_CELLS:
        return None
    log_gain = np.median(change, axis=0)
    chroma = change - change.mean(axis=1, keepdims=True)
    center = np.median(chroma, axis=0)
    spread = 1.4826 * float(np.median(np.abs(chroma - center), axis=0).max())
    if spread > MAX_SCENE_SPREAD:
        return None
    return Gain(log_gain - log_gain.mean(), spread)


def _combined(background: Gain | None, clothes: Gain | None) -> Gain | None:
    """One color gain from both surfaces; what they disagree on is uncertainty."""
    if background is None or clothes is None:
        return background or clothes
    gap = float(np.abs(background.log_gain - clothes.log_gain).max())
    if gap > MAX_GROUP_GAP:  # other clothes, or lit by another lamp than the wall
        return Gain(background.log_gain, background.spread + MAX_GROUP_GAP / 2)
    weight = CLOTHES_WEIGHT
    log_gain = weight * clothes.log_gain + (1 - weight) * background.log_gain
    return Gain(log_gain, max(background.spread, clothes.spread, gap / 2))


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
    inside = cv2.inRange(codes, np.array([0, 0, 0]), np.array([CEILING] * 3))
    dark = cv2.inRange(codes, np.array([0, 0, 0]), np.array([FLOOR] * 3))
    return np.asarray(cv2.bitwise_or(cv2.bitwise_not(inside), dark), dtype=np.uint8)
