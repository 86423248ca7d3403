"""Outlines of the regions as polygons: sharp at every size, and named beside the picture."""

from typing import NamedTuple

import cv2
import numpy as np

from ..plain_words import region_words
from ..types import ByteArray, RegionMap

__all__ = ["Outline", "region_outlines"]

TOLERANCE = 0.7  # px of the grid: what the eye does not miss


Corners = tuple[tuple[int, int], ...]


class Outline(NamedTuple):
    """One region: name, polygons and a point well inside; without any where it is not seen.

    The whole by itself needs no number and has 0.
    """

    number: int
    name: str
    polygons: tuple[Corners, ...]
    x: int
    y: int

    @property
    def path(self) -> str:
        """All polygons as SVG writes them."""
        return "".join("M" + "L".join(f"{x} {y}" for x, y in one) + "Z" for one in self.polygons)


def region_outlines(regions: RegionMap) -> tuple[Outline, ...]:
    """Outline each smaller region, or the whole where there is none; px of the regions' grid."""
    return tuple(
        _outline(number, name, regions.mask(name).astype(np.uint8))
        for number, name in enumerate(regions.names)
        if number > 0 or len(regions.names) == 1
    )


def _outline(number: int, name: str, mask: ByteArray) -> Outline:
    contours = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
    corners = [cv2.approxPolyDP(contour, TOLERANCE, True).reshape(-1, 2) for contour in contours]
    polygons = tuple(
        tuple((int(x), int(y)) for x, y in points) for points in corners if len(points) > 2
    )
    return Outline(number, region_words(name), polygons, *_inner_point(mask))


def _inner_point(mask: ByteArray) -> tuple[int, int]:
    """Return (x, y) of the pixel farthest from the outline."""
    left, top, width, height = cv2.boundingRect(mask)
    part = np.pad(mask[top : top + height, left : left + width], 1)
    distance = cv2.distanceTransform(part, cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(np.argmax(distance)), part.shape)
    return max(0, left + int(x) - 1), max(0, top + int(y) - 1)
