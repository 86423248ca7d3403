"""What a visitor marks in a photo: an own region, a color card, a grey object.

A mark comes from the browser as fractions of the picture that was shown there, and is held against
what can be meant before it is believed. It becomes pixels of the upright photo when it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal, get_args

import numpy as np

from ...errors import SkinDeltaError
from ...face_shape import FACE_REGIONS
from ...plain_words import region_words
from ...regions import MOST_DRAWN
from ...types import Corners, OwnRegion

__all__ = ["KIND_WORDS", "Mark", "MarkKind", "Which", "mark_of", "marked", "turned", "with_mark"]

Which = Literal["before", "after"]
MarkKind = Literal["region", "card", "grey"]
KIND_WORDS: dict[MarkKind, str] = {
    "region": "Own region",
    "card": "Color card",
    "grey": "Grey object",
}
MOST_POINTS = 200
MOST_NAME = 60
SMALLEST = 1e-5  # of the picture's area: 5 x 5 px of a small photo


@dataclass(frozen=True)
class Mark:
    """Something marked in one photo.

    Attributes
    ----------
    which : {"before", "after"}
    kind : {"region", "card", "grey"}
    points : tuple of (x, y)
        Fractions of width and height, 0..1, from the upper left.
    name : str
        Of a region.
    trouble : str
        Why it cannot be used; empty otherwise.
    """

    which: Which
    kind: MarkKind
    points: tuple[tuple[float, float], ...]
    name: str = ""
    trouble: str = ""

    @property
    def label(self) -> str:
        """What it is, in words."""
        what = KIND_WORDS[self.kind]
        return f"{what} “{self.name}”" if self.kind == "region" else f"{what}, {self.which} photo"


def mark_of(told: Any, marks: tuple[Mark, ...]) -> Mark:
    """Believe what a browser tells, if it can be meant.

    Parameters
    ----------
    told : object
        What came; anything at all.
    marks : tuple of Mark
        What is marked already.

    Raises
    ------
    SkinDeltaError
        It cannot be meant.
    """
    if not isinstance(told, Mapping):
        raise SkinDeltaError("nothing was marked; try again")
    which: Which | None = _among(told.get("which"), get_args(Which))
    kind: MarkKind | None = _among(told.get("kind"), get_args(MarkKind))
    if which is None or kind is None:
        raise SkinDeltaError("nothing was marked; try again")
    mark = Mark(which, kind, _points(told.get("points")), _name(told.get("name"), kind))
    _check_shape(mark)
    if kind == "region":
        _check_region(mark, marks)
    return mark


def with_mark(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    """Add a mark; a photo has one card and one grey object, and so the last one counts."""
    if mark.kind == "region":
        return (*marks, mark)
    kept = (one for one in marks if (one.which, one.kind) != (mark.which, mark.kind))
    return (*kept, mark)


def turned(marks: tuple[Mark, ...]) -> tuple[tuple[Mark, ...], bool]:
    """Return the marks of photos that changed places, and whether regions were lost.

    Regions are drawn on the before photo, which is another one now.
    """
    other: dict[Which, Which] = {"before": "after", "after": "before"}
    kept = tuple(replace(m, which=other[m.which]) for m in marks if m.kind != "region")
    return kept, len(kept) < len(marks)


def marked(
    marks: tuple[Mark, ...], before: tuple[int, int] | None, after: tuple[int, int] | None
) -> dict[str, Any]:
    """Return the options that the marks stand for, in pixels of the photos.

    Parameters
    ----------
    marks : tuple of Mark
    before, after : tuple of int or None
        Width and height of the photos.
    """
    sizes = {"before": before, "after": after}
    regions: list[OwnRegion] = []
    corners: dict[tuple[str, str], Corners] = {}
    for mark in marks:
        size = sizes[mark.which]
        if size is None:
            continue
        pixels = _pixels(mark, size)
        if mark.kind == "region":
            regions.append(OwnRegion(mark.name, polygon=np.array(pixels, np.float32)))
        else:
            corners[mark.kind, mark.which] = pixels
    return {
        "own_regions": tuple(regions),
        "card_corners": (corners.get(("card", "before")), corners.get(("card", "after"))),
        "grey": (corners.get(("grey", "before")), corners.get(("grey", "after"))),
    }


def _pixels(mark: Mark, size: tuple[int, int]) -> Corners:
    """Fractions as pixels, whose centers are at whole numbers."""
    return tuple((x * size[0] - 0.5, y * size[1] - 0.5) for x, y in mark.points)


def _among(told: Any, known: tuple[Any, ...]) -> Any:
    """Return one of what is known, None where something else came."""
    return next((one for one in known if one == told), None)


def _points(told: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(told, list) or not told:
        raise SkinDeltaError("no point was set; click into the photo")
    if len(told) > MOST_POINTS:
        raise SkinDeltaError(f"{len(told)} points are too many; set at most {MOST_POINTS}")
    points = []
    for point in told:
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
            raise SkinDeltaError("a point has no place; clear the points and set them again")
        if not all(0 <= number <= 1 for number in point):
            raise SkinDeltaError("a point lies outside the photo; set it inside")
        points.append((float(point[0]), float(point[1])))
    return tuple(points)


def _is_number(told: Any) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and isfinite(told)


def _name(told: Any, kind: MarkKind) -> str:
    if kind != "region":
        return ""
    name = " ".join(told.split()) if isinstance(told, str) else ""
    if not name:
        raise SkinDeltaError("the region has no name; write one, such as scar")
    if len(name) > MOST_NAME:
        raise SkinDeltaError(f"the name is too long; use at most {MOST_NAME} letters")
    return name


def _check_shape(mark: Mark) -> None:
    """Refuse a shape with too few points, or with nothing in it."""
    count = len(mark.points)
    if mark.kind == "card" and count != 4:
        raise SkinDeltaError(f"a color card has 4 corners, and {count} were set; set all of them")
    if mark.kind == "region" and count < 3:
        raise SkinDeltaError(f"a region needs 3 points or more, and {count} were set; set more")
    if mark.kind == "grey" and count == 2:
        raise SkinDeltaError("a grey object is marked by 1 point on it, or by 3 or more around it")
    if count > 2 and _area(mark.points) < SMALLEST:
        raise SkinDeltaError("the points enclose nothing; set them apart")


def _area(points: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(points).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _check_region(mark: Mark, marks: tuple[Mark, ...]) -> None:
    if mark.which != "before":
        raise SkinDeltaError("regions are drawn on the before photo; the after photo follows it")
    drawn = [one.name for one in marks if one.kind == "region"]
    if mark.name in drawn:
        raise SkinDeltaError(f"there is a region {mark.name!r} already; choose another name")
    if mark.name in (*FACE_REGIONS, *map(region_words, FACE_REGIONS), "skin"):
        raise SkinDeltaError(f"{mark.name!r} is the name of a region of the face; choose another")
    if len(drawn) >= MOST_DRAWN:
        raise SkinDeltaError(f"at most {MOST_DRAWN} regions can be drawn; remove one first")
