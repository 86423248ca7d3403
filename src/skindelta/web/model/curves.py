"""Curves of a training, and how a model gets better with more labels, drawn as shapes.

A curve has its own way of being drawn beside its color, and every drawing says in words what it
shows: how it began, where it is, and what was best.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any, NamedTuple

from ...report.axes import Scale, value_ticks
from ...report.charts import NARROW, WIDE, Sheet
from ...report.shapes import Drawing, Place, Shape, dot, label, line
from ..drawings import svg

__all__ = ["Curve", "curves_drawing", "learning_curve_html", "training_curves_html"]

LEFT, RIGHT, ABOVE, BELOW = 44.0, 14.0, 12.0, 40.0  # around the plot: axes
ROOM = 0.06  # of the height, beyond what is drawn
LEAST_ROOM = 1e-3
SIGN = (34.0, 20.0)
OF_TRAINING = {  # what a check says: its kind of line, and what it is
    "learn": ("learn", "people learnt from"),
    "stop": ("stop", "people to stop by"),
    "replay": ("replay", "known changes"),
}
ABOUT_CURVES = (
    "How far readings are off, at each check; lower is better. What counts is the line of the "
    "people to stop by, from whom nothing is learnt: when it no longer falls, training ends, and "
    "the model of its lowest point is kept."
)
ABOUT_LEARNING = (
    "If the line of the new model still falls at its right end, more labels are likely to help."
)


class Curve(NamedTuple):
    """One curve.

    Attributes
    ----------
    kind : str
        How it is drawn.
    name : str
    points : tuple of (float, float)
    best : bool
        Mark its lowest point.
    """

    kind: str
    name: str
    points: tuple[Place, ...]
    best: bool = False

    @property
    def lowest(self) -> Place:
        """Its lowest point, the first of several."""
        return min(self.points, key=lambda point: point[1])


def training_curves_html(checks: Sequence[Mapping[str, Any]]) -> str:
    """Draw the checks of a training; nothing before there are two.

    Parameters
    ----------
    checks : sequence of mapping
        As ``learning.runs.curve_of`` reads them.
    """
    curves = tuple(
        Curve(kind, name, points, key == "stop")
        for key, (kind, name) in OF_TRAINING.items()
        if len(points := tuple(_points(checks, key))) > 1
    )
    if not curves:
        return ""
    steps = max((_number(one.get("steps")) or 0.0 for one in checks), default=0.0)
    end = max(steps, *(curve.points[-1][0] for curve in curves))
    return _figure("Learning, step by step", curves, (0.0, end), "step", ABOUT_CURVES)


def learning_curve_html(curve: Sequence[Any]) -> str:
    """Draw how far models are off that learnt from fewer labels; nothing without two of them.

    Parameters
    ----------
    curve : sequence of (labels, error before, error now)
        As a card holds it.
    """
    rows = [
        tuple(map(float, row))
        for row in curve
        if isinstance(row, Sequence) and len(row) == 3 and all(map(_is_number, row))
    ]
    rows = sorted(row for row in rows if all(map(isfinite, row)))
    if len({row[0] for row in rows}) < 2:
        return ""
    curves = (
        Curve("before", "before retraining", tuple((row[0], row[1]) for row in rows)),
        Curve("stop", "new model", tuple((row[0], row[2]) for row in rows)),
    )
    span = (0.0, rows[-1][0])
    return _figure("With fewer labels", curves, span, "labels learnt from", ABOUT_LEARNING)


def curves_drawing(
    curves: Sequence[Curve], span: tuple[float, float], axis: str, sheet: Sheet
) -> Drawing:
    """Draw curves over one axis.

    Parameters
    ----------
    curves : sequence of Curve
        With two points at least.
    span : (float, float)
        Of the axis.
    axis : str
        What it counts.
    sheet : Sheet
    """
    values = [y for curve in curves for _, y in curve.points]
    low, high = min(values), max(values)
    room = max((high - low) * ROOM, LEAST_ROOM)
    x = Scale(*span, LEFT, sheet.width - RIGHT)
    y = Scale(max(0.0, low - room), high + room, sheet.height - BELOW, ABOVE)
    shapes = [*_axes(x, y, axis, sheet)]
    for curve in curves:
        placed = [(x(a), y(b)) for a, b in curve.points]
        shapes.append(line(f"curve {curve.kind}", *placed))
        if curve.kind in ("before", "stop") and len(placed) < 8:
            shapes += [dot(f"mark {curve.kind}", at, 3.5) for at in placed]
        elif curve.best:
            a, b = curve.lowest
            shapes.append(dot(f"mark {curve.kind}", (x(a), y(b)), 4.5))
    return Drawing(sheet.width, sheet.height, tuple(shapes), _words(curves, axis))


def _points(checks: Iterable[Mapping[str, Any]], key: str) -> Iterable[Place]:
    for one in checks:
        step, value = _number(one.get("step")), _number(one.get(key))
        if step is not None and value is not None:
            yield step, value


def _number(told: Any) -> float | None:
    return float(told) if _is_number(told) and isfinite(told) else None


def _is_number(told: Any) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool)


def _axes(x: Scale, y: Scale, axis: str, sheet: Sheet) -> Iterable[Shape]:
    left, right, floor = x.start, x.end, y.start
    for value, text in value_ticks(y.low, y.high, 4):
        yield line("grid", (left, y(value)), (right, y(value)))
        yield label("tick", (left - 6, y(value) + 4), _plain(text), "end")
    yield line("zero", (left, floor), (right, floor))
    for value, text in value_ticks(x.low, x.high, sheet.dates - 1):
        yield line("zero", (x(value), floor), (x(value), floor + 4))
        yield label("tick", (x(value), floor + 17), _plain(text), "middle")
    yield label("words", ((left + right) / 2, floor + 34), axis, "middle")


def _plain(text: str) -> str:
    """Take the plus away: these numbers are no changes."""
    return text.removeprefix("+")


def _words(curves: Sequence[Curve], axis: str) -> str:
    """Say what a drawing shows."""
    return ". ".join(_told(curve, axis) for curve in curves) + "."


def _told(curve: Curve, axis: str) -> str:
    (first, began), (last, now) = curve.points[0], curve.points[-1]
    at = f"at {axis}" if axis == "step" else f"with {axis}:"
    told = f"{curve.name}: {began:.2f} {at} {first:g}, {now:.2f} {at} {last:g}"
    if curve.best:
        a, b = curve.lowest
        told += f", lowest {b:.2f} {at} {a:g}"
    return told[:1].upper() + told[1:]


def _figure(
    title: str, curves: Sequence[Curve], span: tuple[float, float], axis: str, about: str
) -> str:
    plots = "".join(
        f'<div class="sd-plot {name}">'
        f"{svg(curves_drawing(curves, span, axis, sheet), 'sd-chart-svg')}</div>"
        for sheet, name in ((WIDE, "sd-desk"), (NARROW, "sd-phone"))
    )
    keys = "".join(f"<li>{svg(_sign(curve), 'sd-sign')}{_now(curve)}</li>" for curve in curves)
    return (
        f'<figure class="sd-course sd-curves"><figcaption>{escape(title)}</figcaption>{plots}'
        f'<div class="sd-key"><ul>{keys}</ul></div><p class="sd-note">{escape(about)}</p></figure>'
    )


def _now(curve: Curve) -> str:
    best = ""
    if curve.best:
        a, b = curve.lowest
        best = f"; lowest {b:.2f}, at step {a:g}"
    return f"<span>{escape(curve.name)}: <b>{curve.points[-1][1]:.2f}</b>{best}</span>"


def _sign(curve: Curve) -> Drawing:
    width, height = SIGN
    shapes = [line(f"curve {curve.kind}", (2, height / 2), (width - 2, height / 2))]
    if curve.best or curve.kind == "before":
        shapes.append(dot(f"mark {curve.kind}", (width / 2, height / 2), 4.0))
    return Drawing(width, height, tuple(shapes), "")
