"""One attribute over the sessions as a drawing, with all that is needed to read it right.

Dates are to scale. Every point has its 95 % interval, and lies over the band in which a change
cannot be told from none; what could not be measured keeps its day, at the lower edge, where no
value is read.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from string import ascii_uppercase
from typing import TYPE_CHECKING, NamedTuple

from ..attributes import attribute
from ..plain_words import LESS_AND_MORE, VERDICT_CLASS
from ..recovery import Treated, redness_of
from .axes import Scale, date_ticks, value_ticks
from .course_gaps import gap_reason
from .shapes import Drawing, Place, Shape, area, diamond, dot, label, line, square
from .tables import Notes

if TYPE_CHECKING:
    from ..history import Point, Series, Timeline
    from ..record import Symptom, Treatment

__all__ = [
    "NARROW",
    "WIDE",
    "Sheet",
    "course_drawing",
    "is_in_drawing",
    "lettered",
    "placed_points",
    "placed_symptoms",
]


class Sheet(NamedTuple):
    """Size of a chart, and how much it names."""

    width: float
    height: float
    dates: int


WIDE = Sheet(700.0, 236.0, 8)  # a desk, and paper at 0.7 of it
NARROW = Sheet(340.0, 250.0, 4)  # a phone
GAPS_ONLY = 128.0  # height where no value has to be read
LEFT, RIGHT, ABOVE, BELOW = 44.0, 12.0, 38.0, 44.0  # around the plot: letters and axes
ROOM = 0.08  # of the height, and of the time, beyond what is drawn
REACH = 0.25  # of the time between the sessions: how far away a treatment is still drawn
LEAST_DAYS = 6.0  # of the axis: sessions of one day lie in its middle
BESIDE = 9.0  # points between sessions of one day
CAP = 3.0
GAP_ABOVE = 7.0  # the axis of dates, for what has no value
HALF_LETTER = 3.5  # points of half a figure, by which a date must not leave the sheet
CROWDED = 11.0  # points between two labels that still stand beside each other
LEAST_USUAL = 2.0  # points: hours of redness are still to be seen among months


def course_drawing(
    timeline: "Timeline", series: "Series", notes: Notes, sheet: Sheet, usual: bool = False
) -> Drawing:
    """Draw one series of a timeline with at least one session.

    Parameters
    ----------
    timeline : Timeline
    series : Series
    notes : Notes
        Gaps are marked with their numbers.
    sheet : Sheet
    usual : bool
        Shade, behind redness, how long it is usual after each microneedling.

    Returns
    -------
    Drawing
    """
    start, end = _span(timeline)
    height, x, y = _scales(timeline, series, sheet)
    placed = _placed(series.points, x)
    shapes = (
        *(_usual(timeline, series, x, y) if usual else ()),
        *_band(placed, x, y),
        *_axes(series, x, y, date_ticks(start, end, sheet.dates)),
        *_treatments(timeline, x, y),
        *_trend(series, x, y),
        *_points(timeline, placed, y),
        *_gaps(placed, _edge(y), notes),
    )
    return Drawing(sheet.width, height, shapes, _words(series))


def placed_points(
    timeline: "Timeline", series: "Series", sheet: Sheet
) -> tuple[tuple["Point", float, float], ...]:
    """Return where :func:`course_drawing` draws each session.

    Parameters
    ----------
    timeline : Timeline
    series : Series
    sheet : Sheet

    Returns
    -------
    tuple of (Point, float, float)
        Points from the left and from the top; what has no value lies at the lower edge.
    """
    _, x, y = _scales(timeline, series, sheet)
    return tuple(
        (point, at, _edge(y) if point.value is None else y(point.value))
        for point, at in _placed(series.points, x)
    )


def placed_symptoms(
    timeline: "Timeline", series: "Series", sheet: Sheet
) -> tuple[tuple[tuple["Symptom", ...], float, float], ...]:
    """Return where at the upper edge symptoms belong, those that would lie on each other as one.

    Parameters
    ----------
    timeline : Timeline
    series : Series
    sheet : Sheet

    Returns
    -------
    tuple of (tuple of Symptom, float, float)
        Points from the left and from the top; what lies outside of the axis is left out.
    """
    _, x, y = _scales(timeline, series, sheet)
    groups: list[tuple[list[Symptom], float]] = []
    for one in sorted(timeline.symptoms, key=lambda one: (one.at, str(one.id))):
        at = x(one.at.timestamp())
        if not x.start <= at <= x.end:
            continue
        if groups and at - groups[-1][1] < CROWDED:
            groups[-1][0].append(one)
        else:
            groups.append(([one], at))
    return tuple((tuple(same), at, y.end) for same, at in groups)


def lettered(timeline: "Timeline") -> tuple[tuple[str, "Treatment"], ...]:
    """Return the treatments, the oldest first, each with the letters it has in every chart."""
    ordered = sorted(timeline.treatments, key=lambda one: (one.at, str(one.id)))
    return tuple((_letters(number), one) for number, one in enumerate(ordered))


def is_in_drawing(timeline: "Timeline", treatment: "Treatment") -> bool:
    """Tell whether a treatment is near enough to the sessions to be drawn to scale."""
    times = [session.taken_at for session in timeline.sessions]
    if not times:
        return False
    reach = max(REACH * (max(times) - min(times)), timedelta(days=1))
    return min(times) - reach <= treatment.at <= max(times) + reach


def _letters(number: int) -> str:
    """Name a treatment: A to Z, then AA and on."""
    many, one = divmod(number, len(ascii_uppercase))
    return (_letters(many - 1) if many else "") + ascii_uppercase[one]


def _scales(timeline: "Timeline", series: "Series", sheet: Sheet) -> tuple[float, Scale, Scale]:
    """Return the height of a drawing, and its axes."""
    height = sheet.height if series.measured else GAPS_ONLY
    start, end = _span(timeline)
    x = Scale(start.timestamp(), end.timestamp(), LEFT, sheet.width - RIGHT)
    return height, x, Scale(*_reach(series), height - BELOW, ABOVE)


def _span(timeline: "Timeline") -> tuple[datetime, datetime]:
    """From when to when the axis goes."""
    times = [session.taken_at for session in timeline.sessions]
    times += [one.at for one in timeline.treatments if is_in_drawing(timeline, one)]
    start, end = min(times), max(times)
    room = max(ROOM / 2 * (end - start), (timedelta(days=LEAST_DAYS) - (end - start)) / 2)
    return (start - room).astimezone(UTC), (end + room).astimezone(UTC)


def _reach(series: "Series") -> tuple[float, float]:
    """From which to which value the axis goes; 0 is always there."""
    ends = [0.0]
    for point in series.measured:
        sdc = point.sdc or 0.0
        ends += [n for n in (point.low, point.high, point.value, -sdc, sdc) if n is not None]
    low, high = min(ends), max(ends)
    if low == high:
        return -1.0, 1.0
    return low - ROOM * (high - low), high + ROOM * (high - low)


def _placed(points: Sequence["Point"], x: Scale) -> list[tuple["Point", float]]:
    """Return each point with its place, those of one day beside each other."""
    placed = []
    for _, of_day in groupby(points, key=lambda point: point.session.taken_at.date()):
        same = list(of_day)
        step = min(BESIDE, 0.8 * (x.end - x.start) / len(same))
        middle = sum(x(point.session.taken_at.timestamp()) for point in same) / len(same)
        first = middle - step * (len(same) - 1) / 2
        first = max(x.start, min(first, x.end - step * (len(same) - 1)))
        placed += [(point, first + step * place) for place, point in enumerate(same)]
    return placed


def _band(placed: Sequence[tuple["Point", float]], x: Scale, y: Scale) -> Iterator[Shape]:
    """Draw what cannot be told from no change, each session's up to the middle of the next."""
    known = [(point.sdc, place) for point, place in placed if point.sdc]
    if not known:
        return
    middles = [(left[1] + right[1]) / 2 for left, right in pairwise(known)]
    edges = [x.start, *middles, x.end]
    steps = [(sdc, *ends) for (sdc, _), ends in zip(known, pairwise(edges), strict=True)]
    upper = [(at, y(sdc)) for sdc, left, right in steps for at in (left, right)]
    lower = [(at, y(-sdc)) for sdc, left, right in steps for at in (left, right)]
    yield area("band", *upper, *reversed(lower))
    yield line("limit", *upper)
    yield line("limit", *lower)


def _usual(timeline: "Timeline", series: "Series", x: Scale, y: Scale) -> Iterator[Shape]:
    """Shade how long redness is usual after needles, and how long at most."""
    if series.kind.attribute != "redness":
        return
    for one in timeline.treatments:
        if one.kind != "microneedling" or not is_in_drawing(timeline, one):
            continue
        expected = redness_of(Treated(one.at, one.kind, one.depth_mm))
        left = x(one.at.timestamp())
        for kind, until in (("rare", expected.at_most), ("usual", expected.usual)):
            right = min(x.end, max(x((one.at + until).timestamp()), left + LEAST_USUAL))
            yield area(kind, (left, y.end), (right, y.end), (right, y.start), (left, y.start))


def _axes(
    series: "Series", x: Scale, y: Scale, dates: Sequence[tuple[datetime, str]]
) -> Iterator[Shape]:
    """Draw lines and their names, and say which way is better."""
    about = attribute(series.kind.attribute)
    less, more = LESS_AND_MORE[about.name]
    words = ("worse", "better") if about.direction < 0 else ("better", "worse")
    ticks = value_ticks(y.low, y.high) if series.measured else ((0.0, "0"),)
    for number, text in ticks:
        yield line("zero" if number == 0 else "grid", (x.start, y(number)), (x.end, y(number)))
        yield label("tick", (x.start - 6, y(number) + 4), text, "end")
    yield line("axis", (x.start, y.start), (x.end, y.start))
    for date, text in dates:
        place = x(date.timestamp())
        yield line("axis", (place, y.start), (place, y.start + 4))
        if place + HALF_LETTER * len(text) < x.end + RIGHT:
            yield label("tick", (place, y.start + 17), text, "middle")
    yield label("soft", (0, 12), f"↑ {more}: {words[0]}")
    yield label("soft", (0, y.start + BELOW - 5), f"↓ {less}: {words[1]}")


def _treatments(timeline: "Timeline", x: Scale, y: Scale) -> Iterator[Shape]:
    """Draw a line for each treatment; letters that would lie on each other become one label."""
    shown = [(name, one) for name, one in lettered(timeline) if is_in_drawing(timeline, one)]
    groups: list[list[tuple[str, float]]] = []
    for name, one in shown:
        place = x(one.at.timestamp())
        yield line("treatment", (place, ABOVE - 6), (place, y.start))
        if groups and place - groups[-1][-1][1] < CROWDED:
            groups[-1].append((name, place))
        else:
            groups.append([(name, place)])
    for group in groups:
        text = group[0][0] if len(group) == 1 else f"{group[0][0]}–{group[-1][0]}"
        middle = (group[0][1] + group[-1][1]) / 2
        yield label("letter", (middle, ABOVE - 10), text, "middle")


def _trend(series: "Series", x: Scale, y: Scale) -> Iterator[Shape]:
    """Draw the line of a trend that is beyond the noise, over the sessions it rests on."""
    trend = series.trend
    if trend is None or not trend.is_beyond_noise:
        return
    ends = ((day * timedelta(days=1).total_seconds(), value) for day, value in trend.ends)
    yield line("trend", *((x(at), y(value)) for at, value in ends))


def _points(
    timeline: "Timeline", placed: Sequence[tuple["Point", float]], y: Scale
) -> Iterator[Shape]:
    """Draw values over their intervals, the baseline as its own mark."""
    for point, place in placed:
        if point.is_baseline:
            yield diamond("baseline", (place, y(0)), 6.0)
        elif point.value is not None:
            early = " early" if timeline.is_too_early(point.session) else ""
            yield from _value(point, place, y, f"{VERDICT_CLASS[point.verdict]}{early}")


def _value(point: "Point", x: float, y: Scale, kind: str) -> Iterator[Shape]:
    value = point.value or 0.0
    low, high = (value if end is None else end for end in (point.low, point.high))
    yield line(f"bar {kind}", (x, y(low)), (x, y(high)))
    for end in (low, high):
        yield line(f"bar {kind}", (x - CAP, y(end)), (x + CAP, y(end)))
    yield dot(f"value {kind}", (x, y(value)), 3.2 if kind.startswith("unchanged") else 4.4)


def _edge(y: Scale) -> float:
    """Return the height of what has no value: near the axis of dates, away from 0."""
    return y.start - GAP_ABOVE


def _gaps(placed: Sequence[tuple["Point", float]], edge: float, notes: Notes) -> Iterator[Shape]:
    """Draw what could not be measured; a number that would lie on its like is not repeated."""
    last: Place = (-CROWDED, 0.0)
    for point, place in placed:
        if point.value is not None:
            continue
        number = notes.mark(gap_reason(point.reason)) or 0
        yield square("gap", (place, edge), 3.6)
        crowded = place - last[0] < CROWDED
        if crowded and number == last[1]:
            continue
        yield label("number", (place, edge - (18 if crowded else 8)), str(number), "middle")
        last = place, number


def _words(series: "Series") -> str:
    """Say what a chart shows; the numbers themselves stand in the table."""
    about = attribute(series.kind.attribute)
    points = [point for point in series.points if not point.is_baseline]
    first, last = (series.points[end].session.taken_at for end in (0, -1))
    counts = [
        (sum(point.verdict == verdict for point in points), verdict) for verdict in VERDICT_CLASS
    ]
    told = ", ".join(f"{count} {verdict}" for count, verdict in counts if count)
    return (
        f"Chart of {about.label.lower()} in {about.unit} against the baseline, from "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}. Sessions besides the baseline: {told or 'none'}. "
        "The table of sessions holds every number."
    )
