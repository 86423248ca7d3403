"""Which point of the hand-placed 189-point templates is which of ``POINT_NAMES``."""

from pathlib import Path

import numpy as np

from skindelta.landmarks import POINT_NAMES

# In the order of POINT_NAMES: group by group, the person's right to left.
TEMPLATE_POINTS = np.array(
    [
        0,
        1,
        *(2, 4, 6, 8),
        *(10, 12, 14, 16),
        *(18, 19, 20, 21, 22, 28, 29, 30),
        *(23, 24, 25, 26, 27, 31, 32, 33),
        *(71, 72, 73, 74, 75, 76, 83, 84),
        *(77, 78, 79, 80, 81, 82, 85, 86),
        *(50, 51, 52, 53, 54, 56, 57, 58, 59, 60),
        *(61, 62, 63, 64, 65, 179, 180, 55, 181, 182, 70, 69, 68, 67, 66),
        *(170, 171, 172, 173),
        *range(87, 99),
        *range(99, 109),
        *(111, *range(125, 134), 114),
    ]
)


def read_template(path: Path) -> np.ndarray:
    """Return the named points of a template, float32 of shape (N, 2), (x, y) in pixels."""
    lines = path.read_text().splitlines()
    count = int(lines[0])
    points = np.array([line.split()[:2] for line in lines[1 : count + 1]], dtype=np.float32)
    if count != 189:
        raise ValueError(f"{path}: expected a template of 189 points, got {count}")
    named = points[TEMPLATE_POINTS]
    if len(named) != len(POINT_NAMES):
        raise ValueError(f"expected {len(POINT_NAMES)} named points, got {len(named)}")
    return named
