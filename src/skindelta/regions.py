"""Regions of skin: photo in, :class:`RegionMap` out.

Three cases. On a *face* the landmarks say where the regions are and the person's own skin says
what of them is skin. A *close-up* has no face: its most common skin-like color is the seed, and
whatever is like it is ``skin``. A region that the *user drew* is kept as drawn, with or without a
face.

All is found on a reduced picture, 2.5 pixels per mm of a face, and enlarged to the photo by
nearest neighbor.

References
----------
.. [1] Dodgson (2004), Variation and extrema of human interpupillary distance, Proc. SPIE 5291,
   36-46: 63.36 mm on average over 3976 adults, standard deviation 3.83 mm.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from .errors import AlignmentError
from .face_shape import FACE_REGIONS, face_shape
from .filters import made_smaller
from .landmarks import find_face
from .skin_mask import find_skin, typical_pixels
from .types import Box, ByteArray, FaceLandmarks, FloatArray, OwnRegion, Photo, RegionMap, Scale

__all__ = ["find_regions", "scale_from_pupils"]

Mask = npt.NDArray[np.bool_]

PUPIL_DISTANCE_MM = 63.36
PUPIL_DISTANCE_SD_MM = 3.83
MAX_SCALE_ERROR = 1.5  # a child's pupils may be 45 mm apart
WORK_PUPIL_PX = 160  # 2.5 px/mm: twice as many move no region by more than a pixel
WORK_CLOSE_UP_PX = 480  # longer side
# Reach of a face from the middle between the pupils, in pupil distances.
REACH = (1.3, 1.45, 2.3)  # beside, above, below
MOST_DRAWN = 16  # bits of RegionMap.drawn
FAR = 10  # times the longer side of a photo: beyond, no corner says anything about it

SKIN_ONLY: tuple[str, ...] = ("skin",)


def find_regions(
    photo: Photo,
    *,
    close_up: bool = False,
    own: tuple[OwnRegion, ...] = (),
    px_per_mm: Scale | None = None,
) -> RegionMap:
    """Find the regions of skin of one photo.

    Parameters
    ----------
    photo : Photo
    close_up : bool
        The photo shows skin without a face; one that is found all the same is counted, no more.
    own : tuple of OwnRegion
        Regions that the user drew, at most 16; they take nothing from the others.
    px_per_mm : Scale or None
        Of the photo, where it is known; otherwise a face is measured by its pupil distance.

    Returns
    -------
    RegionMap
        Without labels and with confidence 0 where there is neither a face nor a region drawn.

    Raises
    ------
    AlignmentError
        A drawn region does not fit: its size, its name, or nothing inside. Or the scale that was
        given does not fit the face.
    """
    masks = _own_masks(own, photo.pixels.shape[:2])
    found = find_face(photo.pixels)
    face = None if close_up else found
    if face is not None:
        if px_per_mm is not None:
            _check_scale(px_per_mm, scale_from_pupils(face.points))
        names = FACE_REGIONS
        labels = _face_labels(photo.pixels, face)
    elif close_up or own:
        among = np.any(list(masks.values()), axis=0) if masks else None
        names = SKIN_ONLY
        labels = _close_up_labels(photo.pixels, among)
    else:
        names = FACE_REGIONS
        labels = np.zeros(photo.pixels.shape[:2], dtype=np.uint8)
    drawn = np.zeros(labels.shape, dtype=np.uint16)
    for bit, mask in enumerate(masks.values()):
        drawn[mask] |= np.uint16(1 << bit)
    height, width = labels.shape
    return RegionMap(
        labels=labels,
        names=names + tuple(masks),
        landmarks=face.points if face is not None else np.zeros((0, 2), dtype=np.float32),
        confidence=face.confidence if face is not None else float(close_up or bool(own)),
        px_per_mm=px_per_mm or (scale_from_pupils(face.points) if face is not None else None),
        box=face.box if face is not None else Box(0, 0, width, height),
        faces_found=found.faces_found if found is not None else 0,
        drawn=drawn if masks else None,
        drawn_names=tuple(masks),
    )


def scale_from_pupils(points: FloatArray) -> Scale:
    """Pixels per mm of a face whose own pupil distance is not known.

    Parameters
    ----------
    points : float32 array of shape (N, 2)
        Landmarks; the first two are the pupils.

    Returns
    -------
    Scale
        With the 95 % interval of adults [1]_.
    """
    distance = float(np.hypot(*(points[1] - points[0])))
    spread = 1.96 * PUPIL_DISTANCE_SD_MM
    mm = PUPIL_DISTANCE_MM
    return Scale(distance / mm, distance / (mm + spread), distance / (mm - spread))


def _check_scale(given: Scale, pupils: Scale) -> None:
    """Raise AlignmentError where a scale cannot be that of a face with such pupils."""
    if 1 / MAX_SCALE_ERROR <= given.value / pupils.value <= MAX_SCALE_ERROR:
        return
    raise AlignmentError(
        f"{given.value:g} pixels per mm do not fit the face, whose pupils say {pupils.low:.1f} to "
        f"{pupils.high:.1f}; give the scale of this photo, or leave it out"
    )


def _face_labels(pixels: ByteArray, face: FaceLandmarks) -> ByteArray:
    """Labels of the regions of a face, of the photo's size."""
    pupils = face.points[:2].astype(np.float64)
    distance = float(np.hypot(*(pupils[1] - pupils[0])))
    box = _head_box(pupils, distance, pixels.shape)
    part = pixels[box.top : box.bottom, box.left : box.right]
    labels = np.zeros(pixels.shape[:2], dtype=np.uint8)
    if part.size == 0:
        return labels
    small = np.ascontiguousarray(
        made_smaller(part, max(1.0, distance / WORK_PUPIL_PX), by_area=True)
    )
    share = np.array([small.shape[1] / box.width, small.shape[0] / box.height])
    points = (face.points - (box.left, box.top) + 0.5) * share - 0.5
    shape = face_shape(points.astype(np.float32), (small.shape[0], small.shape[1]))
    anchors = shape.features
    px_per_mm = distance * float(share.mean()) / PUPIL_DISTANCE_MM
    skin = find_skin(small, shape.seeds, shape.labels > 0, anchors, px_per_mm)
    found = np.where(skin, shape.labels, 0).astype(np.uint8)
    size = (box.width, box.height)
    labels[box.top : box.bottom, box.left : box.right] = cv2.resize(
        found, size, interpolation=cv2.INTER_NEAREST
    )
    return labels


def _head_box(pupils: npt.NDArray[np.float64], distance: float, shape: Sequence[int]) -> Box:
    """Part of the photo that holds all regions of a face, turned as it may be."""
    across = (pupils[1] - pupils[0]) / distance
    along = np.array([-across[1], across[0]])
    beside, above, below = (reach * distance for reach in REACH)
    corners = [
        pupils.mean(axis=0) + u * across + v * along
        for u in (-beside, beside)
        for v in (-above, below)
    ]
    left, top = np.floor(np.min(corners, axis=0)).clip(0)
    right, bottom = np.minimum(np.ceil(np.max(corners, axis=0)), (shape[1], shape[0]))
    return Box(int(left), int(top), max(int(left), int(right)), max(int(top), int(bottom)))


def _close_up_labels(pixels: ByteArray, among: Mask | None) -> ByteArray:
    """1 = skin, of the photo's size; seeded from the middle or from a drawn region."""
    height, width = pixels.shape[:2]
    small = made_smaller(pixels, max(1.0, max(height, width) / WORK_CLOSE_UP_PX), by_area=True)
    rows, columns = small.shape[:2]
    if among is None:
        seeds = np.zeros((rows, columns), dtype=np.bool_)
        seeds[rows // 5 : rows - rows // 5, columns // 5 : columns - columns // 5] = True
    else:
        # As shares: what is smaller than a reduced pixel must leave a seed too.
        share = cv2.resize(among.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        seeds = share > 0
    everywhere = np.ones((rows, columns), dtype=np.bool_)
    px_per_mm = max(rows, columns) / WORK_CLOSE_UP_PX * WORK_PUPIL_PX / PUPIL_DISTANCE_MM
    skin = find_skin(small, typical_pixels(small, seeds), everywhere, ~everywhere, px_per_mm)
    return np.asarray(
        cv2.resize(skin.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST),
        dtype=np.uint8,
    )


def _own_masks(own: tuple[OwnRegion, ...], shape: tuple[int, ...]) -> dict[str, Mask]:
    """Names and pixels of the drawn regions, checked."""
    if len(own) > MOST_DRAWN:
        raise AlignmentError(f"{len(own)} regions were drawn; draw at most {MOST_DRAWN}")
    masks: dict[str, Mask] = {}
    for region in own:
        if region.name in FACE_REGIONS + SKIN_ONLY:
            raise AlignmentError(
                f"region {region.name!r} has the name of a built-in region; choose another name"
            )
        if not region.name.strip():
            raise AlignmentError("a region has no name; give it one")
        if region.name in masks:
            raise AlignmentError(f"two regions are called {region.name!r}; give each its own name")
        masks[region.name] = _own_mask(region, shape)
    return masks


def _own_mask(region: OwnRegion, shape: tuple[int, ...]) -> Mask:
    if region.mask is not None:
        if region.mask.shape != shape:
            height, width = region.mask.shape
            raise AlignmentError(
                f"the mask of region {region.name!r} has {width} x {height} pixels, the upright "
                f"photo has {shape[1]} x {shape[0]}; draw it on the photo itself"
            )
        mask: Mask = region.mask
    else:
        polygon = np.zeros((0, 2)) if region.polygon is None else region.polygon
        if len(polygon) < 3:
            raise AlignmentError(
                f"region {region.name!r} has {len(polygon)} corners; a polygon needs at least 3"
            )
        if np.isnan(polygon).any():
            raise AlignmentError(
                f"a corner of region {region.name!r} is no number; give x and y in pixels"
            )
        image = np.zeros(shape, dtype=np.uint8)
        within = np.clip(polygon, -FAR * max(shape), FAR * max(shape))  # as integers they overflow
        cv2.fillPoly(image, [np.rint(within * 16).astype(np.int32)], (1,), shift=4)
        mask = image > 0
    if not mask.any():
        raise AlignmentError(
            f"region {region.name!r} holds no pixel of the photo; draw it inside, in pixels from "
            f"the upper left corner of the upright photo ({shape[1]} x {shape[0]})"
        )
    return mask
