"""Where a face is: center, radius and rotation, from its points and back to a crop.

The same three numbers are what the finder predicts, what a crop is cut by and what the second
pass is centered on, so they are one formula of the points (`skindelta.landmarks.frame_of`).
"""

import numpy as np

from skindelta.landmarks import CROP_RADII, frame_of

__all__ = ["CROP_RADII", "crop_matrix", "frame_of", "move"]


def crop_matrix(center: np.ndarray, radius: float, angle: float, size: int) -> np.ndarray:
    """Return the (2, 3) matrix from photo pixels to pixels of a square crop, face upright."""
    scale = size / (CROP_RADII * radius)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    rotation = np.array([[cos, sin], [-sin, cos]])
    shift = (size - 1) / 2 - rotation @ np.asarray(center, dtype=np.float64)
    return np.hstack([rotation, shift[:, None]])


def move(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a (2, 3) matrix to points of shape (N, 2)."""
    return points @ matrix[:, :2].T + matrix[:, 2]
