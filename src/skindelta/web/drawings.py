"""Drawings of the report as SVG on the page; the style sheet says what each kind looks like."""

from html import escape

from ..report.shapes import Drawing, Shape

__all__ = ["svg"]


def svg(drawing: Drawing, classes: str) -> str:
    """Return a drawing as SVG.

    Parameters
    ----------
    drawing : Drawing
        Without words of its own it is hidden from screen readers.
    classes : str
        Of the element.

    Returns
    -------
    str
        HTML.
    """
    named = (
        f'role="img" aria-label="{escape(drawing.alt)}"' if drawing.alt else 'aria-hidden="true"'
    )
    shapes = "".join(map(_shape, drawing.shapes))
    return (
        f'<svg class="sd-drawing {classes}" viewBox="0 0 {drawing.width:g} {drawing.height:g}" '
        f"{named}>{shapes}</svg>"
    )


def _shape(shape: Shape) -> str:
    kind = f'class="{escape(shape.kind)}"'
    if shape.tag == "line":
        return f'<polyline {kind} points="{shape.path}"/>'
    if shape.tag == "area":
        return f'<polygon {kind} points="{shape.path}"/>'
    x, y = shape.points[0]
    if shape.tag == "dot":
        return f'<circle {kind} cx="{x:g}" cy="{y:g}" r="{shape.radius:g}"/>'
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    return f'<text {kind} x="{x:g}" y="{y:g}"{anchor}>{escape(shape.text)}</text>'
