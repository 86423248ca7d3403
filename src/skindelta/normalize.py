"""Color and exposure of a pair: what in the change between two photos is light, not skin.

Each photo's face box (or close-up) is put on the *working grid*: both at the same size of the
face, at most 5 px/mm and 1600 px, never enlarged, in linear light. Then the *color reference*
tells what took the light of one photo to that of the other. Of these rungs the highest that both
photos share:

``card``
    A color card in each photo: a matrix each (:mod:`skindelta.light`).
``grey``
    The same grey or white object in both: the gain between the photos.
``scene``
    Background and clothes that both photos show. Two lights are told apart: the color of the
    light is read on the scene, its strength on the face never is (a wall can be nearer to a lamp
    than the face). Background and clothes are two surfaces with their own mix of light: each is
    read by itself. A wall that looks the same is trusted first; where its color moved, clothes
    count more, since they are where the face is. One surface alone that is not sure is no
    reference.
``skin``
    The skin itself: takes away whatever all skin shares, so only relative values are left.
``none``
    Nothing is changed but the exposure.

What lies between the photos is shared by both, half to each, so that swapping the photos mirrors
every number.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from .both import both
from .color import (
    OD_FLOOR,
    individual_typology_angle,
    linear_to_lab,
    srgb8_to_linear,
    unmixing,
)
from .filters import made_to_fit
from .light import PairLight, card_light, gain_error, grey_light
from .scene import Gain, clipped_pixels, scene_gain, spread_as_delta_e
from .types import (
    Box,
    ByteArray,
    FloatArray,
    LightReading,
    Matrix,
    NormalizedPhoto,
    Photo,
    Reference,
    RegionMap,
    Scale,
)

__all__ = ["LADDER", "ReferenceChoice", "normalize_pair"]

_Int = TypeVar("_Int", bound=np.integer)

ReferenceChoice = Literal["auto", "card", "grey", "scene", "skin", "none"]
LADDER: tuple[Reference, ...] = ("card", "grey", "scene", "skin")

# Known changes of texture at 5 px/mm: r .995, slope 0.84; at 6: .996, 0.88, and 40 % more pixels.
# See docs/decisions/0010-working-grid.md.
MAX_PX_PER_MM = 5.0
MAX_GRID_PX = 1600
MAX_CLOSE_UP_PX = 1200  # no scale is known: enough for the 1 % of the width that a spot takes
PUPIL_DISTANCE_MM = 63.36  # adult mean, Dodgson 2004
KEPT_FROM_SCALE = 0.9  # known changes of texture read with slope 0.91 below, 1.02 above
GRID_MARGIN = 0.06  # of the face box: alignment needs a border to look over
STRIP_PX = 64  # rows of a photo whose light fits the cache

# One surface alone that is less sure than that, ln units (1.9 ΔE00), tells nothing smaller than
# 5 a*: mostly a wall whose color moved, and the light on the face may have moved with it, or not.
MAX_ALONE_ERROR = 0.05

SAMPLES_ACROSS = 150  # of a median color: 10,000 samples of skin fix it to 0.001
MAX_CLIPPED_SHARE = 0.25  # of the photo pixels under one grid pixel

SKIN_STEP = 4  # px between the pixels that the outline of the skin is read from


@dataclass(frozen=True, eq=False)
class _Crop:
    """One photo on the working grid, before any gain."""

    rgb: FloatArray
    regions: RegionMap


def normalize_pair(
    before: Photo,
    before_regions: RegionMap,
    after: Photo,
    after_regions: RegionMap,
    reference: ReferenceChoice = "auto",
    lights: tuple[LightReading, LightReading] = (LightReading(), LightReading()),  # noqa: B008
) -> tuple[NormalizedPhoto, NormalizedPhoto]:
    """Put two photos on working grids of one scale and take the light's change away.

    Parameters
    ----------
    before, after : Photo
    before_regions, after_regions : RegionMap
        From :func:`skindelta.regions.find_regions`; both faces or both close-ups.
    reference : {"auto", "card", "grey", "scene", "skin", "none"}
        ``"auto"`` is the highest rung that both photos share. A rung that was asked for and is not
        common to both falls to the next below: the result says which.
    lights : tuple of two LightReading
        References that were read in the before and the after photo.

    Returns
    -------
    before, after : NormalizedPhoto
    """
    sizes = _face_size_px(before_regions), _face_size_px(after_regions)
    boxes = _crop_boxes(before_regions, after_regions)
    target = _target_size_px(before_regions, after_regions, boxes, sizes)
    crops = both(
        lambda seen: _crop_to_grid(*seen),
        (before, before_regions, boxes[0], _scale(target / sizes[0])),
        (after, after_regions, boxes[1], _scale(target / sizes[1])),
    )
    photos = ((before, before_regions), (after, after_regions))
    light = _shared_light(photos, crops, reference, lights)
    strength = _exposure_gain(crops, light)
    first, second = (
        _apply(crop, photo.sha256, light, which, sign * strength / 2)
        for (photo, _), crop, which, sign in zip(photos, crops, (0, 1), (1, -1), strict=True)
    )
    return first, second


_Seen = tuple[Photo, RegionMap]


def _shared_light(
    photos: tuple[_Seen, _Seen],
    crops: tuple[_Crop, _Crop],
    reference: ReferenceChoice,
    lights: tuple[LightReading, LightReading],
) -> PairLight:
    """Light by the highest rung that both photos share, from the one that was asked for."""
    if reference == "none":
        return _by_gain("none", np.zeros(3), None)
    rungs = LADDER if reference == "auto" else LADDER[LADDER.index(reference) :]
    light = card_light(lights[0].card, lights[1].card) if "card" in rungs else None
    if light is not None:
        return light
    skin = _skin_gain(*crops).log_gain
    scene = scene_gain(*photos[0], *photos[1], skin) if "scene" in rungs else None
    if "grey" in rungs:
        light = grey_light(*lights, scene)
    if light is None and scene is not None and _is_known(scene):
        error = np.hypot(spread_as_delta_e(scene.spread), gain_error(scene.log_gain))
        light = _by_gain("scene", scene.log_gain, float(error))
    return light or _by_gain("skin", skin, None)


def _is_known(scene: Gain) -> bool:
    return scene.surfaces > 1 or scene.spread <= MAX_ALONE_ERROR


def _by_gain(
    reference: Reference, log_gain: npt.NDArray[np.float64], residual: float | None
) -> PairLight:
    """Light by a gain of each channel from the before to the after photo."""
    chroma = log_gain - log_gain.mean()
    halves = np.diag(np.exp(chroma / 2)), np.diag(np.exp(-chroma / 2))
    return PairLight(reference, halves, (1.0, 1.0), residual)


def _face_size_px(regions: RegionMap) -> float:
    """Pupil distance of a face, longer side of a close-up, in px."""
    if regions.is_close_up:
        return float(max(regions.box.width, regions.box.height))
    right, left = regions.landmarks[:2]
    return float(np.hypot(*(left - right)))


def _target_size_px(
    before: RegionMap, after: RegionMap, boxes: tuple[Box, Box], sizes: tuple[float, float]
) -> float:
    """Size that both shall have on the grid: that of the smaller, never more than needed."""
    if before.is_close_up or after.is_close_up:
        return min(*sizes, float(MAX_CLOSE_UP_PX))
    limits = [MAX_PX_PER_MM * PUPIL_DISTANCE_MM]
    for box, size in zip(boxes, sizes, strict=True):
        longest = max(box.width, box.height) * (1 + 2 * GRID_MARGIN)
        limits.append(MAX_GRID_PX * size / longest)
    return min(*sizes, *limits)


def _crop_boxes(before: RegionMap, after: RegionMap) -> tuple[Box, Box]:
    """Find what to cut out of both photos: face and skin, and where one has a drawn region."""
    boxes = _skin_box(before), _skin_box(after)
    if before.is_close_up or after.is_close_up or before.drawn_names == after.drawn_names:
        return boxes
    return (
        _union(boxes[0], _carried(boxes[1], after, before)),
        _union(boxes[1], _carried(boxes[0], before, after)),
    )


def _carried(box: Box, seen: RegionMap, other: RegionMap) -> Box:
    """Bring a box to the same place of the face in the other photo."""
    ratio = _face_size_px(other) / _face_size_px(seen)
    x, y = seen.landmarks[:2].mean(axis=0)
    u, v = other.landmarks[:2].mean(axis=0)
    sides = (u + ratio * (box.left - x), v + ratio * (box.top - y))
    ends = (u + ratio * (box.right - x), v + ratio * (box.bottom - y))
    return Box(*(round(float(value)) for value in (*sides, *ends)))


def _union(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _scale(scale: float) -> float:
    """Leave a photo as it is where it is hardly too large: resizing blurs relief.

    Alignment takes care of the rest, and resamples once either way.
    """
    return scale if scale < KEPT_FROM_SCALE else 1.0


def _crop_to_grid(photo: Photo, regions: RegionMap, box: Box, scale: float) -> _Crop:
    """Cut the box out and reduce it in linear light; clipped pixels lose their label."""
    box = _padded(box, photo.pixels.shape[:2])
    codes = photo.pixels[box.top : box.bottom, box.left : box.right]
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    share = np.array(size) / (box.width, box.height)
    clipped = made_to_fit(clipped_pixels(codes), size)
    lost = clipped > 255 * MAX_CLIPPED_SHARE

    def on_grid(plane: npt.NDArray[_Int]) -> npt.NDArray[_Int]:
        part = plane[box.top : box.bottom, box.left : box.right]
        small = cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
        return np.where(lost, 0, small).astype(plane.dtype, copy=False)

    landmarks = (regions.landmarks - (box.left, box.top) + 0.5) * share - 0.5
    px_per_mm = regions.px_per_mm and Scale(*(v * scale for v in regions.px_per_mm))
    grid = RegionMap(
        labels=on_grid(regions.labels),
        names=regions.names,
        landmarks=landmarks.astype(np.float32),
        confidence=regions.confidence,
        px_per_mm=px_per_mm,
        box=Box(0, 0, *size),
        faces_found=regions.faces_found,
        drawn=None if regions.drawn is None else on_grid(regions.drawn),
        drawn_names=regions.drawn_names,
    )
    return _Crop(_mean_light(codes, size), grid)


def _mean_light(codes: ByteArray, size: tuple[int, int]) -> FloatArray:
    """Linear light of a crop, reduced by area to (columns, rows).

    First along the rows, strip by strip: the light of all pixels at once is twelve bytes each.
    """
    height, width = codes.shape[:2]
    if size == (width, height):
        return srgb8_to_linear(codes)
    lines = np.empty((height, size[0], 3), dtype=np.float32)
    for top in range(0, height, STRIP_PX):
        strip = srgb8_to_linear(codes[top : top + STRIP_PX])
        lines[top : top + STRIP_PX] = cv2.resize(
            strip, (size[0], len(strip)), interpolation=cv2.INTER_AREA
        )
    return np.asarray(cv2.resize(lines, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _skin_box(regions: RegionMap) -> Box:
    """Face box widened to all skin: it ends at the brows, the forehead does not."""
    box = regions.box
    sparse = np.ascontiguousarray(regions.labels[::SKIN_STEP, ::SKIN_STEP])
    if regions.drawn is not None:
        sparse |= (regions.drawn[::SKIN_STEP, ::SKIN_STEP] > 0).astype(np.uint8)
    left, top, width, height = (SKIN_STEP * side for side in cv2.boundingRect(sparse))
    if width == 0:
        return box
    return _union(box, Box(left, top, left + width, top + height))


def _padded(box: Box, shape: tuple[int, ...]) -> Box:
    """Return the box with the grid's margin, inside the photo."""
    x, y = round(box.width * GRID_MARGIN), round(box.height * GRID_MARGIN)
    return Box(
        max(0, box.left - x),
        max(0, box.top - y),
        min(shape[1], box.right + x),
        min(shape[0], box.bottom + y),
    )


def _skin_gain(before: _Crop, after: _Crop) -> Gain:
    """Return the gain between the medians of both skins."""
    medians = [np.median(np.log(_skin_light(crop)), axis=0) for crop in (before, after)]
    return Gain(medians[1] - medians[0], 0.0)


def _skin_light(crop: _Crop) -> npt.NDArray[np.float64]:
    """RGB of some pixels of skin, shape (n, 3); of the whole crop where no skin is labelled."""
    step = max(1, min(crop.rgb.shape[:2]) // SAMPLES_ACROSS)
    colors, labels = crop.rgb[::step, ::step], crop.regions.labels[::step, ::step]
    pixels = colors[labels > 0] if (labels > 0).any() else colors.reshape(-1, 3)
    return np.maximum(pixels, OD_FLOOR).astype(np.float64)


def _exposure_gain(crops: tuple[_Crop, _Crop], light: PairLight) -> float:
    """Strength of the light on the face, after over before, chromophores held.

    The shading row of the unmixing sees no melanin and no haemoglobin: skin that reddens or tans
    does not count as a darker light.
    """
    levels = []
    for crop, matrix, power in zip(crops, light.matrices, light.powers, strict=True):
        corrected = _skin_light(crop) ** power @ matrix.T
        levels.append(np.median(np.log(np.maximum(corrected, OD_FLOOR)), axis=0))
    middle = np.exp((levels[0] + levels[1]) / 2).astype(np.float32)
    shading = unmixing(float(individual_typology_angle(linear_to_lab(middle)))).shading
    return float(shading.astype(np.float64) @ (levels[1] - levels[0]))


def _apply(
    crop: _Crop, photo_id: str, light: PairLight, which: int, log_strength: float
) -> NormalizedPhoto:
    """Take one photo to the light of the pair."""
    matrix: Matrix = light.matrices[which] * np.exp(log_strength)
    power = light.powers[which]
    rgb = crop.rgb if power == 1 else cv2.pow(np.maximum(crop.rgb, OD_FLOOR), power)
    return NormalizedPhoto(
        photo_id=photo_id,
        rgb=np.asarray(cv2.transform(rgb, matrix.astype(np.float32)), np.float32),
        regions=crop.regions,
        matrix=matrix,
        reference=light.reference,
        residual_de00=light.residual_de00,
        power=power,
    )
