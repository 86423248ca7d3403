"""Pictures of a report: both photos aligned, and the change maps, as JPEG without metadata.

Everything is cut to the skin and reduced to the size at which it is shown before it is drawn, as
drawing costs what a picture has of pixels. Maps are smoothed and fade by the rules of
:mod:`skindelta.pictures`; drawing them here costs two thirds of calling it, which draws more.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from ..attributes import attribute
from ..both import both
from ..color import linear_to_srgb8
from ..draw import change_overlay, scale_limit
from ..pictures import faded_below, smoothed
from ..plain_words import sentence
from ..types import Box, ByteArray, ChangeMap, Comparison, FloatArray, RegionMap, Scale
from .map_words import map_words, outline_caption, outline_words, region_verdicts
from .outlines import Outline, region_outlines

__all__ = ["MapFigure", "Picture", "Pictures", "encoded", "outlined", "report_pictures"]

PHOTO_PX = 800  # longest side: sharp at half the width of a desk, 0.1 MB each
MAP_PX = 480  # longest side: a third of the width of a desk; drawing costs what a map has of pixels
DARK, LIGHT, NUMBER_SCALE = (16, 22, 28), (255, 255, 255), 0.65  # of outlines, as in style.css
STEPS = 65535  # of linear light
MARGIN = 0.06  # around the skin, of its longer side
JPEG_QUALITY = 85
# Thin lines and letters in color keep their edges only with color at full resolution.
PHOTO_COLOR, MAP_COLOR = "420", "444"

SHOWN = {("redness", ""), ("hyperpigmentation", ""), ("texture", "mid")}


class Picture(NamedTuple):
    """One picture and what it shows in words."""

    jpeg: bytes
    width: int
    height: int
    alt: str

    @property
    def src(self) -> str:
        """The picture as a data URI."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


class MapFigure(NamedTuple):
    """One change map and a sentence about it; without a picture, why it may not be read."""

    label: str
    picture: Picture | None
    text: str


class Pictures(NamedTuple):
    """All pictures of a report."""

    before: Picture
    after: Picture
    maps: tuple[MapFigure, ...]
    regions: Picture
    outlines: tuple[Outline, ...]
    outline_caption: str


def report_pictures(comparison: Comparison) -> Pictures | None:
    """Draw what the report shows of a comparison; None where the photos were not aligned."""
    pair = comparison.aligned
    if pair is None:
        return None
    box = _skin_box(pair.regions)
    large, small = _View.of(box, PHOTO_PX), _View.of(box, MAP_PX)
    before, after = both(lambda rgb: _codes(large.averaged(rgb)), pair.before, pair.after)
    under, regions = small.resized(after, cv2.INTER_AREA), _regions_in(pair.regions, small)
    maps = [change for change in comparison.maps if (change.attribute, change.band) in SHOWN]

    def drawn(some: list[ChangeMap]) -> list[MapFigure]:
        return [_map_figure(comparison, change, small, under, regions) for change in some]

    first, rest = both(drawn, maps[: len(maps) // 2], maps[len(maps) // 2 :])
    return Pictures(
        encoded(before, "The photo from before, lying as the one from after."),
        encoded(after, "The photo from after, lying as the one from before."),
        (*first, *rest),
        encoded(under, outline_words(regions)),
        region_outlines(regions),
        outline_caption(regions),
    )


def outlined(picture: Picture, outlines: Sequence[Outline]) -> Picture:
    """Draw outlines and their numbers into a picture, for where they cannot lie over it."""
    pixels = simplejpeg.decode_jpeg(picture.jpeg, "RGB")
    for color, width in ((DARK, 3), (LIGHT, 1)):
        for one in outlines:
            corners = [np.array(points, np.int32) for points in one.polygons]
            cv2.polylines(pixels, corners, True, color, width, cv2.LINE_AA)
        for one in outlines:
            if one.polygons and one.number:
                about = (cv2.FONT_HERSHEY_SIMPLEX, NUMBER_SCALE, color, 2 * width, cv2.LINE_AA)
                cv2.putText(pixels, str(one.number), (one.x - 7, one.y + 7), *about)
    return encoded(pixels, picture.alt, MAP_COLOR)


class _View(NamedTuple):
    """A part of the grid and the size at which it is shown."""

    box: Box
    width: int
    height: int

    @classmethod
    def of(cls, box: Box, longest: int) -> "_View":
        """Reduce that part to a longest side; never enlarge it."""
        factor = min(1.0, longest / max(box.width, box.height))
        return cls(box, max(1, round(box.width * factor)), max(1, round(box.height * factor)))

    def cut(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return array[self.box.top : self.box.bottom, self.box.left : self.box.right]

    def averaged(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self.resized(self.cut(array), cv2.INTER_AREA)

    def picked(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self.resized(self.cut(array), cv2.INTER_NEAREST)

    def averaged_where_known(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Average what is not NaN; NaN where less than half is known.

        Of a map, which holds nothing finer than a few pixels, some of its points will do.
        """
        part = self.cut(values)
        step = max(1, min(part.shape[0] // self.height, part.shape[1] // self.width))
        part = part[::step, ::step]
        known = np.isfinite(part)
        share = self.resized(known.astype(np.float32), cv2.INTER_AREA)
        total = self.resized(np.where(known, part, np.float32(0)), cv2.INTER_AREA)
        return np.where(share >= 0.5, total / np.maximum(share, 0.5), np.float32(np.nan))

    def resized(self, array: npt.NDArray[Any], how: int) -> npt.NDArray[Any]:
        return cv2.resize(np.ascontiguousarray(array), (self.width, self.height), interpolation=how)


def _codes(rgb: FloatArray) -> ByteArray:
    """Convert linear light to sRGB for the eye: one code off in a thousand, five times as fast."""
    steps = np.clip(rgb, 0, 1) * np.float32(STEPS)
    codes: ByteArray = np.take(_code_of_step(), np.rint(steps, out=steps).astype(np.uint16))
    return codes


@cache
def _code_of_step() -> ByteArray:
    return linear_to_srgb8(np.arange(STEPS + 1, dtype=np.float32) / np.float32(STEPS))


def _skin_box(regions: RegionMap) -> Box:
    """Find what is measured, with a margin around it; everything where nothing is."""
    height, width = regions.labels.shape
    measured = regions.measured
    rows, columns = (np.flatnonzero(measured.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return Box(0, 0, width, height)
    margin = round(MARGIN * max(np.ptp(rows), np.ptp(columns)))
    return Box(
        left=max(0, int(columns[0]) - margin),
        top=max(0, int(rows[0]) - margin),
        right=min(width, int(columns[-1]) + margin + 1),
        bottom=min(height, int(rows[-1]) + margin + 1),
    )


def _regions_in(regions: RegionMap, view: _View) -> RegionMap:
    factor = view.width / view.box.width
    scale = regions.px_per_mm
    return replace(
        regions,
        labels=view.picked(regions.labels),
        drawn=None if regions.drawn is None else view.picked(regions.drawn),
        landmarks=((regions.landmarks - view.box[:2]) * factor).astype(np.float32),
        px_per_mm=None if scale is None else Scale(*(factor * number for number in scale)),
        box=Box(0, 0, view.width, view.height),
    )


def _map_figure(
    comparison: Comparison, change: ChangeMap, view: _View, under: ByteArray, regions: RegionMap
) -> MapFigure:
    about = attribute(change.attribute)
    values = view.averaged_where_known(change.values)
    if change.reason is not None or not np.isfinite(values).any():
        why = str(change.reason) if change.reason else "no point of it can be trusted"
        return MapFigure(about.label, None, sentence(f"there is no map: {why}"))
    shown = replace(
        change, values=values, before=view.picked(change.before), after=view.picked(change.after)
    )
    picture = _drawn(shown, faded_below(comparison, change), under, regions)
    verdicts = region_verdicts(comparison.scores, change.attribute)
    alt = f"{map_words(shown, regions)} {verdicts}".strip()
    return MapFigure(about.label, encoded(picture, alt, MAP_COLOR), verdicts)


def _drawn(change: ChangeMap, noise: float, under: ByteArray, regions: RegionMap) -> ByteArray:
    """Draw a map as every other way out draws it."""
    values = smoothed(change, regions.nominal_px_per_mm)
    limit, better = scale_limit(values, noise), attribute(change.attribute).direction
    return change_overlay(under, values, limit, change.unit, better=better, noise=noise)


def encoded(picture: ByteArray, alt: str, color: str = PHOTO_COLOR) -> Picture:
    """Encode pixels with what they show in words."""
    pixels = np.ascontiguousarray(picture)
    data = simplejpeg.encode_jpeg(pixels, JPEG_QUALITY, "RGB", color)
    return Picture(data, picture.shape[1], picture.shape[0], alt)
