"""The key of the charts: each mark that they hold, small, with what it means."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .charts import is_in_drawing
from .shapes import Drawing, Shape, area, diamond, dot, label, line, square

if TYPE_CHECKING:
    from ..history import Series, Timeline

__all__ = ["chart_key"]

WIDTH, HEIGHT = 34.0, 20.0
X, Y = WIDTH / 2, HEIGHT / 2


def _value(kind: str, x: float, radius: float) -> tuple[Shape, ...]:
    return line(f"bar {kind}", (x, 2), (x, HEIGHT - 2)), dot(f"value {kind}", (x, Y), radius)


_SIGNS: Mapping[str, tuple[tuple[Shape, ...], str]] = {
    "baseline": ((diamond("baseline", (X, Y), 6.0),), "baseline: all others are held against it"),
    "unchanged": (_value("unchanged", X, 3.2), "a session with its 95 % interval"),
    "changed": (
        (*_value("improved", 9, 4.4), *_value("worse", 25, 4.4)),
        "measurable change: blue is better, orange is worse",
    ),
    "early": (
        (*_value("unchanged early", 9, 3.2), *_value("worse early", 25, 4.4)),
        "within two weeks of a treatment: too early for a result",
    ),
    "band": (
        (
            area("band", (0, 3), (WIDTH, 3), (WIDTH, HEIGHT - 3), (0, HEIGHT - 3)),
            line("limit", (0, 3), (WIDTH, 3)),
            line("limit", (0, HEIGHT - 3), (WIDTH, HEIGHT - 3)),
        ),
        "too small to tell from no change",
    ),
    "gap": (
        (square("gap", (X - 5, Y), 3.6), label("number", (X + 5, Y + 4), "1", "middle")),
        "not measurable, for the reason of that number below",
    ),
    "treatment": (
        (
            line("treatment", (X - 5, 0), (X - 5, HEIGHT)),
            label("letter", (X + 5, Y + 4), "A", "middle"),
        ),
        "treatment, by its letter in the table of treatments",
    ),
    "trend": ((line("trend", (0, HEIGHT - 5), (WIDTH, 5)),), "trend beyond the noise"),
}


def chart_key(timeline: "Timeline", shown: Sequence["Series"]) -> tuple[tuple[Drawing, str], ...]:
    """Return the marks that the charts of these series hold, and what they mean."""
    measured = [point for series in shown for point in series.measured]
    settled = [point for point in measured if not timeline.is_too_early(point.session)]
    trends = [series.trend for series in shown if series.trend is not None]
    is_there = {
        "baseline": True,
        "unchanged": bool(measured),
        "changed": any(point.verdict != "no measurable change" for point in settled),
        "early": len(settled) < len(measured),
        "band": bool(measured),
        "gap": any(series.gaps for series in shown),
        "treatment": any(is_in_drawing(timeline, one) for one in timeline.treatments),
        "trend": any(trend.is_beyond_noise for trend in trends),
    }
    return tuple(
        (Drawing(WIDTH, HEIGHT, shapes, ""), words)
        for kind, (shapes, words) in _SIGNS.items()
        if is_there[kind]
    )
