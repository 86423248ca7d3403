"""What the change network sees: both photos of a pair on a coarser raster, channel by channel.

Each photo is shown by its haemoglobin and melanin (in a* and L* units, 0 = the median skin of both
photos), its shading, and the strength of its relief in three bands; both share where skin is, how
far the alignment is trusted, and some numbers about the pair (:data:`CONTEXT`). The difference of
the photos' channels is the formula's map, so a network that adds nothing is the formula.

The raster has a fixed scale in mm, so that a face is equally large for the network whatever camera
took it.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .both import both
from .color import individual_typology_angle, linear_to_lab
from .filters import gaussian, reduced
from .region_statistics import control_level
from .types import AlignedPair, ChangeMap, FloatArray, RegionMap

__all__ = ["CHANNELS", "CONTEXT", "MAPS", "NetInput", "beside_skin", "levels_of", "net_input"]

PX_PER_MM = 1.25  # a quarter of the finest working grid
MIN_SHARE = 0.25  # of the working grid: a map must not be coarser
BLOCK = 16  # sides are multiples of it: the network halves its picture four times
CHANNELS = ("haemoglobin", "melanin", "shading", "fine", "mid", "coarse")
CONTEXT = ("card", "grey", "scene", "own skin", "light_error", "tone", "scale", "close_up")
MAPS = (  # what it answers
    "redness absolute",
    "hyperpigmentation absolute",
    "texture absolute",
    "redness relative",
    "hyperpigmentation relative",
)
RELIEF_MM = 1.2  # σ of the window that the strength of a band is read in
LEAST_RELIEF = 1e-4  # ln units
MIN_SKIN = 0.25  # of a cell
LIGHT_FLOOR = 0.002


class NetInput(NamedTuple):
    """What the network is given.

    Attributes
    ----------
    before, after : float32 arrays of shape (6, h, w)
        In the order of `CHANNELS`: a*, L*, and ln units.
    shared : float32 array of shape (2, h, w)
        Share of skin in a cell, and trust, 0..1.
    context : float32 array of shape (8,)
        In the order of `CONTEXT`.
    levels : float32 array of shape (2,)
        Change of control skin by formula, a* and L*.
    box : tuple of four int
        Rows and columns of the raster, without its padding, in cells of the whole grid's raster:
        top, left, height, width.
    size : tuple of two int
        Raster of the whole grid, (rows, columns).
    """

    before: FloatArray
    after: FloatArray
    shared: FloatArray
    context: FloatArray
    levels: FloatArray
    box: tuple[int, int, int, int]
    size: tuple[int, int]


def net_input(pair: AlignedPair, maps: tuple[ChangeMap, ...]) -> NetInput | None:
    """Bring an aligned pair and its formula maps onto the network's raster.

    Parameters
    ----------
    pair : AlignedPair
    maps : tuple of ChangeMap
        By formula (:func:`skindelta.change.change_maps`).

    Returns
    -------
    NetInput or None
        None where no skin is left.
    """
    mm = pair.regions.nominal_px_per_mm
    share = float(np.clip(PX_PER_MM / mm, MIN_SHARE, 1.0))
    rows, columns = (max(BLOCK, round(n * share)) for n in pair.trust.shape)
    by_name = {(m.attribute, m.band): m for m in maps}
    valid = np.isfinite(by_name["redness", ""].values)
    valid &= np.isfinite(by_name["hyperpigmentation", ""].values)
    valid &= ~beside_skin(pair.regions, valid.shape)
    raster = _Raster(valid, (columns, rows))
    box = raster.box()
    if box is None:
        return None
    planes = both(
        lambda which: [
            *(raster.color(by_name[name, ""], which) for name in ("redness", "hyperpigmentation")),
            raster.shading(pair, which),
            *(raster.relief(by_name["texture", band], which, mm) for band in CHANNELS[3:]),
        ],
        0,
        1,
    )
    shared = [raster.skin, raster.mean(pair.trust)]
    before, after, common = (_cut(stack, box) for stack in (*planes, shared))
    for number, channel in enumerate(CHANNELS):
        if channel not in ("haemoglobin", "melanin"):
            _centered(before[number], after[number], common[0])
    context, levels = _context(pair, mm), levels_of(before, after, common[0])
    return NetInput(before, after, common, context, levels, box, (rows, columns))


def beside_skin(regions: RegionMap, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Tell what a user drew beside the skin: it must not count into the skin's own change.

    Parameters
    ----------
    regions : RegionMap
    shape : tuple of two
        Rows and columns of the answer, at most those of the labels.

    Returns
    -------
    bool array of that shape
        Nothing where there is no skin but what was drawn.
    """
    skin = regions.labels > 0
    if regions.drawn is None or not skin.any():
        return np.zeros(shape, bool)
    beside = ((regions.drawn > 0) & ~skin).astype(np.float32)
    small = cv2.resize(beside, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.5)


def levels_of(before: FloatArray, after: FloatArray, skin: FloatArray) -> FloatArray:
    """Change of control skin by formula.

    Parameters
    ----------
    before, after : float32 arrays of shape (6, h, w)
        In the order of `CHANNELS`.
    skin : float32 array of shape (h, w)
        Share of skin in a cell.

    Returns
    -------
    float32 array of shape (2,)
        a*, L*; swapping the photos changes its sign.
    """
    here = skin > MIN_SKIN
    levels = both(
        lambda n: control_level((after[n] - before[n])[here], before[n][here], after[n][here]), 0, 1
    )
    return np.array(levels, dtype=np.float32)


class _Raster:
    """Means over the valid pixels of each cell."""

    def __init__(self, valid: npt.NDArray[np.bool_], size: tuple[int, int]) -> None:
        self._valid, self._size = valid.view(np.uint8), size
        self.skin = self._small(valid.astype(np.float32))
        self.seen = self.skin > MIN_SKIN

    def _small(self, image: FloatArray) -> FloatArray:
        if min(image.shape[1] - 2 * self._size[0], image.shape[0] - 2 * self._size[1]) >= 0:
            image = reduced(image, 2)  # in exact halves: half the time
        small = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.float32)

    def mean(self, image: FloatArray) -> FloatArray:
        """Mean over the skin of each cell, 0 where there is none."""
        filled = np.asarray(cv2.copyTo(image, self._valid), np.float32)
        mean = self._small(filled) / np.maximum(self.skin, np.float32(1e-6))
        return np.where(self.seen, mean, np.float32(0))

    def color(self, change: ChangeMap, which: int) -> FloatArray:
        """Return one photo's chromophore, half the change from what both photos share."""
        middle = (change.before + change.after) / 2
        return self.mean(middle + np.float32(0.5 if which else -0.5) * change.values)

    def shading(self, pair: AlignedPair, which: int) -> FloatArray:
        """Ln of the light of one photo."""
        rgb = pair.after if which else pair.before
        light = self.mean(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32))
        return np.where(self.seen, np.log(np.maximum(light, LIGHT_FLOOR)), np.float32(0))

    def relief(self, band: ChangeMap, which: int, mm: float) -> FloatArray:
        """Ln of the RMS of one band of one photo; what both cannot show is 0 in both."""
        here = (np.isfinite(band.before) & np.isfinite(band.after)).view(np.uint8) & self._valid
        image = np.asarray(cv2.copyTo(band.after if which else band.before, here), np.float32)
        seen, energy = (self._small(x) for x in (here.astype(np.float32), image * image))
        sigma = RELIEF_MM * mm * self._size[0] / self._valid.shape[1]
        seen, energy = gaussian(seen, sigma), gaussian(energy, sigma)
        mean = np.maximum(energy / np.maximum(seen, np.float32(1e-6)), LEAST_RELIEF**2)
        return np.where((seen > 0.05) & self.seen, np.log(mean) / 2, np.float32(0))

    def box(self) -> tuple[int, int, int, int] | None:
        """Cells that hold all skin: top, left, height, width."""
        left, top, width, height = cv2.boundingRect(self.seen.astype(np.uint8))
        return (top, left, height, width) if width else None


def _cut(planes: list[FloatArray], box: tuple[int, int, int, int]) -> FloatArray:
    """Stack planes within a box, padded with zeros to multiples of BLOCK."""
    top, left, height, width = box
    stack = np.zeros((len(planes), *(-(-n // BLOCK) * BLOCK for n in (height, width))), np.float32)
    for plane, into in zip(planes, stack, strict=True):
        into[:height, :width] = plane[top : top + height, left : left + width]
    return stack


def _centered(before: FloatArray, after: FloatArray, skin: FloatArray) -> None:
    """Take away the median of both photos: exposure, and the skin's own roughness."""
    here = (skin > MIN_SKIN) & (before != 0) & (after != 0)
    if not here.any():
        return
    middle = np.float32(np.median((before[here] + after[here]) / 2))
    for plane in (before, after):
        plane[:] = np.where(here, plane - middle, 0)


def _context(pair: AlignedPair, mm: float) -> FloatArray:
    """Numbers about the pair, each within a few units of 0."""
    step = max(1, pair.trust.shape[0] // 200)
    regions = pair.regions
    skin = (regions.labels > 0 if regions.labels.any() else regions.measured)[::step, ::step]
    colors = np.sqrt(pair.before[::step, ::step][skin] * pair.after[::step, ::step][skin])
    median = np.median(colors, axis=0) if len(colors) else np.full(3, 0.3)
    tone = float(individual_typology_angle(linear_to_lab(median.astype(np.float32))))
    known = [float(pair.reference == name) for name in ("card", "grey", "scene")]
    own = float(pair.reference in ("skin", "none"))
    error = pair.residual_de00 or 0.0
    close_up = float(pair.regions.is_close_up)
    return np.array(
        [*known, own, error / 2, tone / 50, np.log(mm / PX_PER_MM) - 1, close_up], np.float32
    )
