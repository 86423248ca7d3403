"""Where a change of skin lies: a mask and a kind in, a field of 0..1 out.

Kinds are plain shapes (:mod:`.shapes`) or what a dermatologist would name (:mod:`.lesions`). All
edges are smooth and end within the mask.
"""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import FloatArray
from .lesions import LESIONS, Lesion
from .shapes import SHAPES, Drawer, Shape, smooth_step

__all__ = ["KINDS", "Kind", "field_of"]

Kind = Shape | Lesion | Literal["wrinkles", "pores", "scars", "swelling"]
KINDS: dict[str, Drawer] = dict([*SHAPES.items(), *LESIONS.items()])
_BoolArray = npt.NDArray[np.bool_]

RIM_MM = 1.0  # over which a field falls off towards the edge of its mask


def field_of(
    kind: str,
    mask: _BoolArray,
    px_per_mm: float,
    rng: np.random.Generator,
    *,
    edge_mm: float = 0.4,
) -> FloatArray:
    """Draw where a change lies.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    mask : bool array of shape (H, W)
        Skin that may change.
    px_per_mm : float
    rng : numpy.random.Generator
    edge_mm : float
        σ of the blur that the skin itself lays over the pigment.

    Returns
    -------
    float32 array of shape (H, W)
        0..1, zero outside the mask.

    Raises
    ------
    ValueError
        For an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    field = KINDS[kind](mask, px_per_mm, rng)
    soft = cv2.GaussianBlur(field, (0, 0), max(edge_mm * px_per_mm, 0.3))
    return np.asarray(np.clip(soft, 0, 1) * _rim(mask, px_per_mm), np.float32)


def _rim(mask: _BoolArray, px_per_mm: float) -> FloatArray:
    """1 within the mask, falling to 0 at its edge."""
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return smooth_step(np.asarray(distance, np.float32) / max(RIM_MM * px_per_mm, 1.0))
