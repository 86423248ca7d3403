"""Color cards: where their patches lie and what color they are.

Both kinds have six columns and four rows of patches.

*classic*
    The ColorChecker Classic, in a dark frame, of any size. Colors are those that X-Rite published
    for cards made from November 2014 on (xyY, illuminant C-adapted to D50), adapted to D65 by
    Bradford and written as linear sRGB; cyan lies outside it.
*printed*
    The card that ``skindelta card`` draws: skin of six tones, calm and reddened (the closed form of
    a two-layer Kubelka-Munk skin, see :mod:`skindelta.synthesis.skin`), six muted colors, greys.
    Shares of the paper; what a printer makes of them is not known: the same print tells how the
    light changed from photo to photo, and nothing absolute.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .types import CardKind

__all__ = ["CLASSIC", "COLUMNS", "MIDDLES", "OUTLINE", "PRINTED", "ROWS", "ColorCard"]

COLUMNS, ROWS = 6, 4


class ColorCard(NamedTuple):
    """The patches of one kind of card, row by row.

    Attributes
    ----------
    kind : {"classic", "printed"}
    names : tuple of str
    rgb : float64 array of shape (24, 3)
        Linear sRGB, D65.
    skin_like, greys : tuple of int
        Numbers of these patches; greys from light to dark.
    """

    kind: CardKind
    names: tuple[str, ...]
    rgb: npt.NDArray[np.float64]
    skin_like: tuple[int, ...]
    greys: tuple[int, ...]


def _card(
    kind: CardKind,
    patches: tuple[tuple[str, tuple[float, float, float]], ...],
    skin_like: tuple[int, ...],
    greys: tuple[int, ...],
) -> ColorCard:
    names, colors = zip(*patches, strict=True)
    rgb = np.array(colors)
    rgb.flags.writeable = False
    return ColorCard(kind, names, rgb, skin_like, greys)


CLASSIC = _card(
    "classic",
    (
        ("dark skin", (0.1737, 0.0788, 0.0529)),
        ("light skin", (0.5598, 0.2774, 0.2109)),
        ("blue sky", (0.1042, 0.1889, 0.3289)),
        ("foliage", (0.1057, 0.1508, 0.0508)),
        ("blue flower", (0.2274, 0.2124, 0.4264)),
        ("bluish green", (0.1153, 0.5074, 0.4111)),
        ("orange", (0.7459, 0.2021, 0.0299)),
        ("purplish blue", (0.0587, 0.1012, 0.3877)),
        ("moderate red", (0.5601, 0.0802, 0.1146)),
        ("purple", (0.1092, 0.0420, 0.1381)),
        ("yellow green", (0.3328, 0.4974, 0.0426)),
        ("orange yellow", (0.7710, 0.3579, 0.0204)),
        ("blue", (0.0210, 0.0475, 0.2841)),
        ("green", (0.0461, 0.2920, 0.0615)),
        ("red", (0.4462, 0.0364, 0.0406)),
        ("yellow", (0.8417, 0.5744, 0.0047)),
        ("magenta", (0.5223, 0.0778, 0.2893)),
        ("cyan", (-0.0439, 0.2337, 0.3772)),
        ("white", (0.8795, 0.8850, 0.8342)),
        ("neutral 8", (0.5845, 0.5922, 0.5845)),
        ("neutral 6.5", (0.3577, 0.3671, 0.3653)),
        ("neutral 5", (0.1901, 0.1909, 0.1898)),
        ("neutral 3.5", (0.0859, 0.0887, 0.0898)),
        ("black", (0.0314, 0.0315, 0.0323)),
    ),
    skin_like=(0, 1),
    greys=(18, 19, 20, 21, 22, 23),
)
PRINTED = _card(
    "printed",
    (
        ("very light skin, calm", (0.4509, 0.3425, 0.2833)),
        ("light skin, calm", (0.4162, 0.3034, 0.2332)),
        ("intermediate skin, calm", (0.3810, 0.2658, 0.1889)),
        ("tan skin, calm", (0.3340, 0.2188, 0.1394)),
        ("brown skin, calm", (0.2425, 0.1377, 0.0704)),
        ("dark skin, calm", (0.1442, 0.0669, 0.0279)),
        ("very light skin, reddened", (0.3931, 0.2425, 0.2271)),
        ("light skin, reddened", (0.3642, 0.2169, 0.1901)),
        ("intermediate skin, reddened", (0.3345, 0.1917, 0.1566)),
        ("tan skin, reddened", (0.2945, 0.1598, 0.1182)),
        ("brown skin, reddened", (0.2156, 0.1033, 0.0625)),
        ("dark skin, reddened", (0.1297, 0.0522, 0.0264)),
        ("red", (0.4000, 0.1000, 0.0900)),
        ("yellow", (0.6200, 0.4500, 0.1000)),
        ("green", (0.1300, 0.3200, 0.1200)),
        ("cyan", (0.1200, 0.3600, 0.4200)),
        ("blue", (0.0900, 0.1300, 0.3600)),
        ("magenta", (0.3800, 0.1200, 0.2800)),
        ("light grey", (0.7000, 0.7000, 0.7000)),
        ("grey 2", (0.4800, 0.4800, 0.4800)),
        ("grey 3", (0.3000, 0.3000, 0.3000)),
        ("grey 4", (0.1800, 0.1800, 0.1800)),
        ("grey 5", (0.0900, 0.0900, 0.0900)),
        ("dark grey", (0.0450, 0.0450, 0.0450)),
    ),
    skin_like=tuple(range(12)),
    greys=(18, 19, 20, 21, 22, 23),
)

# In pitches from the corner at the first patch.
MIDDLES: npt.NDArray[np.float64] = np.array(
    [(column + 0.5, row + 0.5) for row in range(ROWS) for column in range(COLUMNS)]
)
OUTLINE: npt.NDArray[np.float64] = np.array(
    [(0, 0), (COLUMNS, 0), (COLUMNS, ROWS), (0, ROWS)], np.float64
)
for _constant in (MIDDLES, OUTLINE):
    _constant.flags.writeable = False
