"""One attribute over the sessions, drawn as in the report, with a button on every session."""

from collections.abc import Iterable
from html import escape

from ...history import Point, Series, Timeline
from ...plain_words import VERDICT_CLASS, change_sentence, region_words, sentence
from ...record import Symptom
from ...report.chart_key import chart_key
from ...report.charts import (
    NARROW,
    WIDE,
    Sheet,
    course_drawing,
    placed_points,
    placed_symptoms,
)
from ...report.course import ONE_SESSION, beside_charts, chart_label
from ...report.course_words import score_of, session_name, since_treatment, trend_words
from ...report.shapes import Drawing, area, label
from ...report.tables import Notes
from ..drawings import svg
from ..fresh import fresh
from .gallery import felt_words

__all__ = ["chart_html", "point_words"]

USUAL = Drawing(
    34.0,
    20.0,
    (
        area("rare", (0, 0), (34, 0), (34, 20), (0, 20)),
        area("usual", (0, 0), (17, 0), (17, 20), (0, 20)),
    ),
    "",
)
ABOUT_USUAL = "redness is usual after microneedling; lighter: the last of it"
FELT = Drawing(34.0, 20.0, (label("felt", (17, 15), "!", "middle"),), "")
ABOUT_FELT = "something was felt or seen that day: a symptom, named between the photos above"
WIDER = (
    "The interval of a trend is a 99 % one, wider than the 95 % of a session: several lines of a "
    "person are looked at, and one of them would seem to go somewhere by chance."
)
HOW = "Point at a session for its numbers, press it to show its photo beside the first."


def chart_html(timeline: Timeline, series: Series, chosen: str = "", against: str = "") -> str:
    """Return the chart of one series, with its key and what is to be known of it.

    Parameters
    ----------
    timeline : Timeline
    series : Series
        One of this timeline.
    chosen, against : str
        Ids of the sessions that are shown side by side; empty where none is.

    Returns
    -------
    str
        HTML with ``<sd-chart>``, which tells ``sd-choose`` with the id of a session.
    """
    if len(timeline.sessions) < 2 or timeline.baseline is None:
        return f'<p class="sd-note">{ONE_SESSION if timeline.sessions else ""}</p>'
    notes = Notes()
    plots = "".join(
        _plot(timeline, series, notes, sheet, name, (chosen, against))
        for sheet, name in ((WIDE, "sd-desk"), (NARROW, "sd-phone"))
    )
    region = series.kind.region
    where = "" if region == timeline.whole else f", {region_words(region)}"
    return fresh(
        f'<figure class="sd-course"><figcaption>{escape(chart_label(series) + where)}</figcaption>'
        f"<sd-chart>{plots}</sd-chart>"
        f'<p class="sd-note sd-screen">{HOW}</p>{_key(timeline, series)}'
        f'<p class="sd-trend">{escape(trend_words(series))}</p>'
        f"{_below(WIDER) if series.trend is not None else ''}"
        f"{''.join(map(_below, beside_charts(timeline)))}{_notes(notes)}</figure>"
    )


def point_words(timeline: Timeline, series: Series, point: Point) -> str:
    """Say one session of a series: day, value, interval, verdict, what else is to be known."""
    told = [_value(series, point)]
    if timeline.is_too_early(point.session):
        told.append("within two weeks of a treatment: too early for a result")
    told.append(since_treatment(timeline, point.session))
    if not point.is_baseline and 0 < point.shots < point.taken:
        told.append(f"{point.shots} of {point.taken} shots")
    if point.session.note:
        told.append(f"note: {point.session.note}")
    name = session_name(timeline, point.session)
    return f"{name}: {' '.join(map(sentence, told))}"


def _value(series: Series, point: Point) -> str:
    if point.is_baseline:
        return "baseline: all others are held against it"
    told = change_sentence(score_of(series, point))
    if point.is_earlier and point.verdict in ("improved", "worse"):  # the verdict runs forward
        told = told.replace(point.verdict, f"{point.verdict} since", 1)
    return told


def _plot(
    timeline: Timeline,
    series: Series,
    notes: Notes,
    sheet: Sheet,
    name: str,
    pair: tuple[str, str],
) -> str:
    """Draw one size of a chart, and lay a button over every session."""
    drawing = course_drawing(timeline, series, notes, sheet, usual=True)
    buttons = "".join(
        _button(timeline, series, point, (100 * x / drawing.width, 100 * y / drawing.height), pair)
        for point, x, y in placed_points(timeline, series, sheet)
    )
    felt = "".join(
        _felt(same, (100 * x / drawing.width, 100 * y / drawing.height))
        for same, x, y in placed_symptoms(timeline, series, sheet)
    )
    return f'<div class="sd-plot {name}">{svg(drawing, "sd-chart-svg")}{felt}{buttons}</div>'


def _felt(same: Iterable[Symptom], place: tuple[float, float]) -> str:
    """Return the mark of symptoms at the upper edge; the pointer over it reads what they are."""
    told = escape("; ".join(map(felt_words, same)))
    return (
        f'<span class="sd-felt-mark" role="img" title="{told}" aria-label="{told}" '
        f'style="left:{place[0]:.2f}%;top:{place[1]:.2f}%">!</span>'
    )


def _button(
    timeline: Timeline,
    series: Series,
    point: Point,
    place: tuple[float, float],
    pair: tuple[str, str],
) -> str:
    session = str(point.session.id)
    pressed = "true" if session in pair else "false"
    return (
        f'<button type="button" class="sd-point sd-{VERDICT_CLASS[point.verdict]}" '
        f'data-session="{session}" aria-pressed="{pressed}" '
        f'style="left:{place[0]:.2f}%;top:{place[1]:.2f}%" '
        f'aria-label="{escape(point_words(timeline, series, point))}"></button>'
    )


def _key(timeline: Timeline, series: Series) -> str:
    items = list(chart_key(timeline, (series,)))
    needled = any(one.kind == "microneedling" for one in timeline.treatments)
    if needled and series.kind.attribute == "redness":
        items.append((USUAL, ABOUT_USUAL))
    if placed_symptoms(timeline, series, WIDE):
        items.append((FELT, ABOUT_FELT))
    signs = "".join(
        f"<li>{svg(sign, 'sd-sign')}{escape(_on_page(words))}</li>" for sign, words in items
    )
    return (
        '<details class="sd-key" open><summary>What the marks mean</summary>'
        f"<ul>{signs}</ul></details>"
    )


def _on_page(words: str) -> str:
    """Say where the page lists what the report has in a table."""
    return words.replace("in the table of treatments", "between the photos above")


def _below(text: str) -> str:
    return f'<p class="sd-note">{escape(text)}</p>'


def _notes(notes: Notes) -> str:
    items = "".join(_note(number, text) for number, text in notes.sentences)
    return f'<p class="sd-note">Not measurable, by number:</p><ol>{items}</ol>' if items else ""


def _note(number: int, text: str) -> str:
    return f'<li value="{number}" class="sd-note">{escape(text)}</li>'
