"""What cameras and files do to a picture: blur of edges, and blocks of compression.

*Blur* is the σ of the Gaussian that would have blurred a sharp edge as much: an edge is blurred
again, by 0.7 and by 1.4 px, and the ratio of both slopes tells how wide it was before [1]_. It is
read at the crests of the strongest edges. An edge that is wide in pixels is read on a reduced
picture, where it is narrow.

*Compression* in blocks of 8 x 8 pixels (JPEG, and WebP alike) leaves blocks without structure, and
their edges on a grid.

References
----------
.. [1] Zhuo & Sim (2011), Defocus map estimation from a single image, Pattern Recognition 44,
   1852-1858.
"""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .types import ByteArray, FloatArray

__all__ = ["edge_blur", "flattened_share"]

EDGE_SIGMAS = (0.7, 1.4)
SLOPE_VARIANCE = 1 / 3  # px², of the difference between a pixel's two neighbors
EDGE_SHARE = 0.5  # of the slope of the 0.2 % steepest pixels
MIN_SLOPE = 2.0  # codes per pixel: steeper than noise
MIN_EDGES = 20
REDUCTION_SIGMA = 0.3  # px of the reduced picture: what the mean over a square pixel adds
SHARP = 1.0  # px; at this width the picture of twice the size is worth a look
READABLE = 2.2  # px; of a wider edge the ratio of slopes is lost in noise
BLOCK = 8  # px


def edge_blur(
    patches_at: Callable[[int], Sequence[ByteArray]], halvings: int, has_sharp_edges: bool
) -> float | None:
    """σ of the blur of the strongest edges.

    Parameters
    ----------
    patches_at : callable
        From a number of halvings to gray patches, uint8 of shape (h, w), of the picture reduced by
        area so often.
    halvings : int
        At most so many.
    has_sharp_edges : bool
        The scene surely has sharp edges (eyes, brows): then the smallest picture that shows blur
        tells it. Otherwise (bare skin) the largest in which anything sharp is found.

    Returns
    -------
    float or None
        px; None where nothing is steeper than noise.
    """
    levels = range(halvings + 1)
    found: tuple[int, float] | None = None
    for level in reversed(levels) if has_sharp_edges else levels:
        sigma = _edge_sigma([patch.astype(np.float32) for patch in patches_at(level)])
        if sigma is None:
            continue
        found = level, sigma
        if sigma > SHARP if has_sharp_edges else sigma <= READABLE:
            break
    if found is None:
        return None
    level, sigma = found
    own = max(sigma**2 - (REDUCTION_SIGMA**2 if level else 0.0), 0.0)
    return float(np.sqrt(own) * 2**level)


def flattened_share(light: ByteArray, skin: npt.NDArray[np.bool_]) -> float:
    """Share of the 8 x 8 blocks of skin that compression left flat.

    Smooth skin has flat blocks anywhere; those of a compressed file lie on its grid. So the share
    off the grid is taken as what the skin itself has. A photo that was reduced or enlarged after
    it had been compressed has no such grid, and counts as not compressed.

    Parameters
    ----------
    light : uint8 array of shape (h, w)
        Gray, at full size.
    skin : bool array of shape (h, w)

    Returns
    -------
    float
        0..1.
    """
    if min(light.shape) < 4 * BLOCK:
        return 0.0
    row, column = _grid_phase(light.T), _grid_phase(light)
    on_grid = _flat_share(light[row:, column:], skin[row:, column:])
    row, column = ((n + BLOCK // 2) % BLOCK for n in (row, column))
    off_grid = _flat_share(light[row:, column:], skin[row:, column:])
    return max(0.0, on_grid - off_grid) / max(1 - off_grid, 0.2)


def _edge_sigma(images: Sequence[FloatArray]) -> float | None:
    """Blur of the strongest edges, px, or None where nothing is steeper than noise."""
    slopes = [_crests(image) for image in images]
    if not slopes:
        return None
    fine = np.concatenate([crest.ravel() for crest, _ in slopes])
    steep = max(EDGE_SHARE * float(np.percentile(fine, 99.8)), MIN_SLOPE)
    ratios = np.concatenate(
        [crest[crest > steep] / coarse[crest > steep] for crest, coarse in slopes]
    )
    if len(ratios) < MIN_EDGES:
        return None
    a, b = (sigma**2 + SLOPE_VARIANCE for sigma in EDGE_SIGMAS)
    squared = float(np.clip(np.median(ratios), 1.001, np.sqrt(b / a))) ** 2
    return float(np.sqrt(max((b - squared * a) / (squared - 1), 0.0)))


def _crests(image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slopes at both scales; the finer one 0 beside the crest of an edge."""
    (x, y), coarse = (_gradient(image, sigma) for sigma in EDGE_SIGMAS)
    fine = np.hypot(x, y)
    across = cv2.dilate(fine, np.ones((1, 3), np.uint8))
    along = cv2.dilate(fine, np.ones((3, 1), np.uint8))
    crest = np.where(np.abs(x) > np.abs(y), fine >= across, fine >= along)
    return np.where(crest, fine, 0).astype(np.float32), np.maximum(np.hypot(*coarse), 1e-6)


def _gradient(image: FloatArray, sigma: float) -> tuple[FloatArray, FloatArray]:
    """Slope of a blurred picture, codes per px, along x and y."""
    smooth = cv2.GaussianBlur(image, (0, 0), sigma)
    x, y = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=1, scale=0.5) for order in ((1, 0), (0, 1)))
    return np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)


def _grid_phase(light: ByteArray) -> int:
    """Column at which blocks begin: where steps exceed their neighbors most."""
    step = np.abs(np.diff(light[::2].astype(np.float32), axis=1))
    excess = np.maximum(step[:, 1:-1] - (step[:, :-2] + step[:, 2:]) / 2, 0).mean(axis=0)
    phases = [float(excess[k::BLOCK].mean()) for k in range(BLOCK)]
    return (int(np.argmax(phases)) + 2) % BLOCK  # excess[0] is the step from column 1 to 2


def _flat_share(light: ByteArray, skin: npt.NDArray[np.bool_]) -> float:
    """Share of the blocks of skin whose codes differ by at most 1."""
    rows, columns = (n // BLOCK for n in light.shape)
    if not rows or not columns:
        return 0.0
    whole = np.s_[: rows * BLOCK, : columns * BLOCK]
    inside = _per_block(skin[whole], np.logical_and)
    if not inside.any():
        return 0.0
    span = _per_block(light[whole], np.maximum) - _per_block(light[whole], np.minimum)
    return float((span[inside] <= 1).mean())


def _per_block(image: npt.NDArray[Any], combine: np.ufunc) -> npt.NDArray[Any]:
    """Combine all pixels of each block."""
    rows, columns = (n // BLOCK for n in image.shape)
    lines = combine.reduce(image.reshape(rows, BLOCK, -1), axis=1)
    blocks: npt.NDArray[Any] = combine.reduce(lines.reshape(rows, columns, BLOCK), axis=2)
    return blocks
