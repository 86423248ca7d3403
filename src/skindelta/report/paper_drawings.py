"""Drawings of the report in a PDF, in inks that also tell apart in black and white."""

from typing import NamedTuple

from reportlab.graphics import shapes as reportlab
from reportlab.lib.colors import Color, HexColor, white

from ..print_style import INK, QUIET
from .paper_text import drawn_text
from .shapes import Drawing, Shape

__all__ = ["BETTER", "WORSE", "drawn"]

BETTER, WORSE = HexColor("#0067a3"), HexColor("#a34f00")  # as in style.css
BAND, LIMIT, GRID = HexColor("#e4e8ec"), HexColor("#a9b3bc"), HexColor("#e3e7eb")
FADED = 0.4  # of ink, as in style.css: sessions that are too early
LETTERS, WORDS = 12.0, 17.0  # height in the units of a chart, and of an interval in a card


class _Paint(NamedTuple):
    """Ink of lines, of areas, width and dashes."""

    stroke: Color | None = None
    fill: Color | None = None
    width: float = 1.0
    dashes: tuple[float, ...] = ()


# By the first word of a kind.
PAINTS = {
    "band": _Paint(fill=BAND),
    "limit": _Paint(LIMIT, width=0.75),
    "grid": _Paint(GRID, width=0.75),
    "axis": _Paint(QUIET),
    "zero": _Paint(QUIET),
    "treatment": _Paint(INK, dashes=(4, 3)),
    "trend": _Paint(INK, width=2.0, dashes=(8, 4)),
    "bar": _Paint(INK, width=1.3),
    "value": _Paint(fill=INK),
    "baseline": _Paint(fill=INK),
    "gap": _Paint(INK, white, 1.3),
    "letter": _Paint(fill=INK),
    "number": _Paint(fill=INK),
    "tick": _Paint(fill=QUIET),
    "soft": _Paint(fill=QUIET),
    "words": _Paint(fill=QUIET),
}
_VERDICTS = {"improved": BETTER, "worse": WORSE}


def drawn(drawing: Drawing, width: float) -> reportlab.Drawing:
    """Return a drawing as it is placed in a PDF.

    Parameters
    ----------
    drawing : Drawing
    width : float
        Points.

    Returns
    -------
    reportlab.graphics.shapes.Drawing
    """
    factor = width / drawing.width
    sheet = reportlab.Drawing(width, factor * drawing.height)
    sheet.scale(factor, factor)
    for shape in drawing.shapes:
        sheet.add(_shape(shape, drawing.height))
    return sheet


def _shape(shape: Shape, height: float) -> reportlab.Shape:
    """Return one shape; reportlab counts from the bottom."""
    points = [(x, height - y) for x, y in shape.points]
    paint = _paint(shape.kind)
    flat = [number for point in points for number in point]
    if shape.tag == "text":
        bold = "-Bold" if shape.kind in ("letter", "number") else ""
        return reportlab.String(
            *points[0],
            drawn_text(shape.text),
            fontName=f"Helvetica{bold}",
            fontSize=WORDS if shape.kind == "words" else LETTERS,
            fillColor=paint.fill,
            textAnchor=shape.anchor,
        )
    about = {"strokeColor": paint.stroke, "strokeWidth": paint.width}
    about["strokeDashArray"] = list(paint.dashes) or None
    if shape.tag == "line":
        return reportlab.PolyLine(flat, **about)
    if shape.tag == "dot":
        return reportlab.Circle(*points[0], shape.radius, fillColor=paint.fill, **about)
    return reportlab.Polygon(flat, fillColor=paint.fill, **about)


def _paint(kind: str) -> _Paint:
    first, *others = kind.split()
    paint = PAINTS[first]
    for word in others:
        if word in _VERDICTS:
            ink = _VERDICTS[word]
            stroke, fill = (ink if color is not None else None for color in paint[:2])
            paint = paint._replace(stroke=stroke, fill=fill)
    if "early" in others:
        stroke, fill = (None if color is None else _faded(color) for color in paint[:2])
        paint = paint._replace(stroke=stroke, fill=fill)
    return paint


def _faded(color: Color) -> Color:
    """Mix a color with the paper."""
    return Color(*(1 - FADED * (1 - part) for part in color.rgb()))
