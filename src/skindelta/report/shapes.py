"""What a drawing of the report consists of; the page writes it as SVG, the PDF draws it.

Lengths are points from the top left. A shape has a kind instead of colors: the style sheet of the
page and `PAINTS` of the PDF say what each looks like.
"""

from typing import Literal, NamedTuple

from ..plain_words import VERDICT_CLASS
from .verdicts import WIDTH, Interval

__all__ = [
    "Drawing",
    "Place",
    "Shape",
    "area",
    "diamond",
    "dot",
    "interval_drawing",
    "interval_key",
    "label",
    "line",
    "square",
]

Place = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

INTERVAL_HEIGHT = 54
INTERVAL_Y = 19.0
CAP = 6.0  # half the height of the ends of an interval


class Shape(NamedTuple):
    """One shape of a kind.

    Attributes
    ----------
    tag : {"line", "area", "dot", "text"}
    kind : str
        Words, the first of which alone says the paint where the others do not.
    points : tuple of (float, float)
        Corners; one point of a dot and of a text, whose base line it is on.
    text : str
    anchor : {"start", "middle", "end"}
        Which part of the text is at the point.
    radius : float
    """

    tag: Literal["line", "area", "dot", "text"]
    kind: str
    points: tuple[Place, ...]
    text: str = ""
    anchor: Anchor = "start"
    radius: float = 0.0

    @property
    def path(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


class Drawing(NamedTuple):
    """Shapes on a sheet, the lowest first, and what they show in words."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    alt: str


def line(kind: str, *points: Place) -> Shape:
    """Return a line through points."""
    return Shape("line", kind, _rounded(points))


def area(kind: str, *points: Place) -> Shape:
    """Return a closed area."""
    return Shape("area", kind, _rounded(points))


def dot(kind: str, at: Place, radius: float) -> Shape:
    """Return a dot."""
    return Shape("dot", kind, _rounded([at]), radius=radius)


def label(kind: str, at: Place, text: str, anchor: Anchor = "start") -> Shape:
    """Return words."""
    return Shape("text", kind, _rounded([at]), text, anchor)


def square(kind: str, at: Place, half: float) -> Shape:
    """Return a square around a point."""
    x, y = at
    corners = (x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)
    return area(kind, *corners)


def diamond(kind: str, at: Place, half: float) -> Shape:
    """Return a square on its corner around a point."""
    x, y = at
    return area(kind, (x, y - half), (x + half, y), (x, y + half), (x - half, y))


def interval_key() -> tuple[Drawing, Drawing]:
    """Draw the signs of an interval and of the band for their key."""
    y = INTERVAL_Y / 2
    ends = tuple(line("bar", (x, y - CAP), (x, y + CAP)) for x in (3, 31))
    signs = (line("bar", (3, y), (31, y)), *ends, dot("value", (17, y), 5.0))
    band = area("band", (0, 2), (34, 2), (34, 17), (0, 17))
    return Drawing(34, INTERVAL_Y, signs, ""), Drawing(34, INTERVAL_Y, (band,), "")


def interval_drawing(interval: Interval, kind: str) -> Drawing:
    """Draw the interval of a card as the page does.

    Parameters
    ----------
    interval : Interval
    kind : str
        One of the values of ``VERDICT_CLASS``.

    Returns
    -------
    Drawing
    """
    if kind not in VERDICT_CLASS.values():
        raise ValueError(f"expected one of {', '.join(VERDICT_CLASS.values())}, got {kind!r}")
    y, (left, right) = INTERVAL_Y, interval.band
    ends = (interval.low, interval.high)
    words = INTERVAL_HEIGHT - 3.0
    shapes = (
        area("band", (left, 4), (right, 4), (right, 34), (left, 34)),
        line("zero", (WIDTH / 2, 0), (WIDTH / 2, 38)),
        line(f"bar {kind}", *((x, y) for x in ends)),
        *(line(f"bar {kind}", (x, y - CAP), (x, y + CAP)) for x in ends),
        dot(f"value {kind}", (interval.value, y), 6.0),
        label("words", (10, words), f"← {interval.less}"),
        label("words", (WIDTH / 2, words), "0", "middle"),
        label("words", (WIDTH - 10, words), f"{interval.more} →", "end"),
    )
    return Drawing(WIDTH, INTERVAL_HEIGHT, shapes, "")


def _rounded(points: "tuple[Place, ...] | list[Place]") -> tuple[Place, ...]:
    """Round to a tenth of a point: finer than any eye, and the same on every machine."""
    return tuple((round(x, 1), round(y, 1)) for x, y in points)
