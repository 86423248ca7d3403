"""Whether two aligned photos show the same skin, and which of them is mirrored.

Pores, freckles and fine lines are a person's own: after alignment they agree, or it is another
skin. The flow that aligned them is smooth over millimeters and cannot make them agree.
"""

from dataclasses import replace

import cv2
import numpy as np

from .both import both
from .filters import reduced, shrunk
from .landmarks import MIRROR
from .midpoint import luminance, structure
from .types import AlignedPair, FloatArray, NormalizedPhoto, Reason, RegionMap

__all__ = [
    "MIN_SIMILARITY",
    "different_skin",
    "is_doubtful",
    "mirrored",
    "not_aligned",
    "one_is_mirrored",
    "skin_similarity",
]

# Pores, freckles, fine lines: 24 people neutral and smiling agree by 0.33 to 0.71, at half the
# resolution by 0.19 to 0.61; different people by 0.12 at most.
MIN_SIMILARITY = 0.15
# Only coarse photos of the same skin agree by less than this. Mirrored photos of one person agree
# by up to 0.19, and by 0.3 and more once one is turned back.
MIRROR_DOUBT, MIRROR_LEAD = 0.35, 0.1
SIMILARITY_MM = (0.4, 1.2)  # σ of the band
SIMILARITY_PX_PER_MM = 2.5


def not_aligned(why: str, value: float | None = None, limit: float | None = None) -> Reason:
    """Return the reason why two photos could not be brought onto one another."""
    return Reason(
        code="not_aligned",
        message=f"the photos could not be aligned: {why}",
        advice="compare photos of the same person and place, from the same side",
        value=value,
        limit=limit,
    )


def different_skin(similarity: float) -> Reason:
    """Return the reason for a similarity below `MIN_SIMILARITY`."""
    why = (
        f"pores, freckles and fine lines agree by {similarity:.2f}, and the same skin by at least "
        f"{MIN_SIMILARITY:.2f}"
    )
    advice = (
        "compare photos of the same person and place; if they are, take them sharper, closer "
        "and in more light"
    )
    return replace(not_aligned(why, similarity, MIN_SIMILARITY), advice=advice)


def skin_similarity(before: FloatArray, after: FloatArray, regions: RegionMap) -> float:
    """Correlate the finest structure of both skins.

    Parameters
    ----------
    before, after : float32 arrays of shape (h, w, 3)
        Linear light, aligned.
    regions : RegionMap
        Of both.

    Returns
    -------
    float
        -1..1; 0 where nothing has any structure.
    """
    mm = regions.nominal_px_per_mm
    factor = max(1, int(mm / SIMILARITY_PX_PER_MM))
    smaller = both(lambda rgb: reduced(rgb, factor), before, after)
    size = (smaller[0].shape[1], smaller[0].shape[0])
    skin = shrunk(regions.labels > 0 if regions.labels.any() else regions.measured, size)
    edge = 2 * int(mm / factor) + 1
    inside = cv2.erode(skin.astype(np.uint8), np.ones((edge, edge), dtype=np.uint8)) > 0
    if not inside.any():
        inside = skin
    if not inside.any():
        return 0.0
    low, high = (sigma * mm / factor for sigma in SIMILARITY_MM)
    fine = both(lambda rgb: np.clip(structure(luminance(rgb), low, high)[inside], -3, 3), *smaller)
    first, second = (image - image.mean() for image in fine)
    scale = float(np.sqrt(np.square(first).sum() * np.square(second).sum()))
    return float((first * second).sum()) / scale if scale > 0 else 0.0


def is_doubtful(found: AlignedPair | Reason) -> bool:
    """Whether two faces agree so little that one of the photos may be mirrored."""
    return _agreement(found) < MIRROR_DOUBT


def one_is_mirrored(found: AlignedPair | Reason, turned: AlignedPair | Reason) -> Reason | None:
    """Tell whether one photo is mirrored.

    Parameters
    ----------
    found : AlignedPair or Reason
        The photos as they are.
    turned : AlignedPair or Reason
        One of them `mirrored`.

    Returns
    -------
    Reason or None
    """
    if _agreement(turned) < max(MIN_SIMILARITY, _agreement(found) + MIRROR_LEAD):
        return None
    return Reason(
        code="mirrored",
        message="the photos could not be aligned: one of them is mirrored left to right",
        advice="front cameras often save photos so; mirror it back, or switch that off",
    )


def _agreement(found: AlignedPair | Reason) -> float:
    """How well the fine structure of both skins agrees, aligned or not."""
    return found.similarity if isinstance(found, AlignedPair) else found.value or 0.0


def mirrored(photo: NormalizedPhoto) -> NormalizedPhoto:
    """Turn a face as a mirror does, to see whether it fits better; its cheeks keep their names."""
    regions = photo.regions
    flipped = np.array([photo.rgb.shape[1] - 1, 0]) + regions.landmarks[MIRROR] * (-1, 1)
    return replace(
        photo,
        rgb=np.ascontiguousarray(photo.rgb[:, ::-1]),
        regions=replace(
            regions,
            labels=np.ascontiguousarray(regions.labels[:, ::-1]),
            landmarks=flipped.astype(np.float32),
            drawn=None,
            names=regions.names[: len(regions.names) - len(regions.drawn_names)],
            drawn_names=(),
        ),
    )
