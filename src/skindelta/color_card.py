"""The 24-patch card: where its patches lie and what color they are.

The ColorChecker Classic, full size and mini, has six columns and four rows of patches in a dark
frame. Colors are those that X-Rite published for cards made from November 2014 on (xyY, illuminant
C-adapted to D50), adapted to D65 by Bradford and written as linear sRGB; cyan lies outside it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "COLUMNS",
    "GREYS",
    "LINEAR_RGB",
    "MIDDLES",
    "OUTLINE",
    "PATCH_NAMES",
    "ROWS",
    "SKIN_LIKE",
    "Patch",
]

COLUMNS, ROWS = 6, 4
SKIN_LIKE = (0, 1)
GREYS = (18, 19, 20, 21, 22, 23)  # from white to black


class Patch(NamedTuple):
    """One patch: its name and linear sRGB, D65."""

    name: str
    rgb: tuple[float, float, float]


_PATCHES = (
    Patch("dark skin", (0.1737, 0.0788, 0.0529)),
    Patch("light skin", (0.5598, 0.2774, 0.2109)),
    Patch("blue sky", (0.1042, 0.1889, 0.3289)),
    Patch("foliage", (0.1057, 0.1508, 0.0508)),
    Patch("blue flower", (0.2274, 0.2124, 0.4264)),
    Patch("bluish green", (0.1153, 0.5074, 0.4111)),
    Patch("orange", (0.7459, 0.2021, 0.0299)),
    Patch("purplish blue", (0.0587, 0.1012, 0.3877)),
    Patch("moderate red", (0.5601, 0.0802, 0.1146)),
    Patch("purple", (0.1092, 0.0420, 0.1381)),
    Patch("yellow green", (0.3328, 0.4974, 0.0426)),
    Patch("orange yellow", (0.7710, 0.3579, 0.0204)),
    Patch("blue", (0.0210, 0.0475, 0.2841)),
    Patch("green", (0.0461, 0.2920, 0.0615)),
    Patch("red", (0.4462, 0.0364, 0.0406)),
    Patch("yellow", (0.8417, 0.5744, 0.0047)),
    Patch("magenta", (0.5223, 0.0778, 0.2893)),
    Patch("cyan", (-0.0439, 0.2337, 0.3772)),
    Patch("white", (0.8795, 0.8850, 0.8342)),
    Patch("neutral 8", (0.5845, 0.5922, 0.5845)),
    Patch("neutral 6.5", (0.3577, 0.3671, 0.3653)),
    Patch("neutral 5", (0.1901, 0.1909, 0.1898)),
    Patch("neutral 3.5", (0.0859, 0.0887, 0.0898)),
    Patch("black", (0.0314, 0.0315, 0.0323)),
)
PATCH_NAMES = tuple(patch.name for patch in _PATCHES)
LINEAR_RGB: npt.NDArray[np.float64] = np.array([patch.rgb for patch in _PATCHES])

# In pitches from the corner at dark skin.
MIDDLES: npt.NDArray[np.float64] = np.array(
    [(column + 0.5, row + 0.5) for row in range(ROWS) for column in range(COLUMNS)]
)
OUTLINE: npt.NDArray[np.float64] = np.array(
    [(0, 0), (COLUMNS, 0), (COLUMNS, ROWS), (0, ROWS)], np.float64
)
for _constant in (LINEAR_RGB, MIDDLES, OUTLINE):
    _constant.flags.writeable = False
