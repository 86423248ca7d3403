"""The tables of a timeline: sessions, treatments, and what a person reported."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ..attributes import attribute
from ..plain_words import BASIS_IN_SHORT, VERDICT_CLASS
from ..terminal import figures
from ..types import Basis
from .charts import lettered
from .course_gaps import gap_reason
from .course_words import day, score_of, session_name
from .tables import Cell, Notes, Row, Table

if TYPE_CHECKING:
    from ..history import Point, Series, Timeline
    from ..record import Session, Symptom, Treatment

__all__ = ["session_tables", "symptom_table", "treatment_table"]

WIDE = "details wide"
SEVERITY = {1: "mild", 2: "moderate", 3: "severe"}


def session_tables(
    timeline: "Timeline", shown: Sequence["Series"], notes: Notes
) -> tuple[Table, ...]:
    """Return every session against the baseline, and against the session before.

    Parameters
    ----------
    timeline : Timeline
    shown : sequence of Series
        The columns.
    notes : Notes

    Returns
    -------
    tuple of Table
        Nothing where there is no session.
    """
    if not timeline.sessions:
        return ()
    heads = tuple(map(_series_head, shown))
    first = Table(
        "sessions",
        "Every session against the baseline",
        ("session", "shots", "treatment", *heads),
        tuple(_session_row(timeline, one, shown, notes) for one in timeline.sessions),
        widths=(2.1, 1.0, 2.6, *(3.6 for _ in shown)),
        layout=WIDE,
    )
    steps = tuple(
        Row(session_name(timeline, one), _cells(timeline, one, shown, notes, steps=True))
        for one in timeline.sessions[1:]
    )
    second = Table(
        "steps",
        "Every session against the one before that could be measured",
        ("session", *heads),
        steps,
        widths=(2.1, *(4.8 for _ in shown)),
        layout=WIDE,
    )
    return (first, second) if steps else (first,)


def treatment_table(timeline: "Timeline") -> Table:
    """Return the treatments with the letters that they have in the charts."""
    heads = ("treatment", "date", "what", "device", "depth", "passes", "area", "on the skin")
    rows = [_treatment_row(name, one, heads) for name, one in lettered(timeline)]
    return Table(
        "treatments",
        "Treatments of this body site",
        heads,
        tuple(rows),
        "No treatment is recorded." if not rows else "",
        (1.6, 2.1, 2.5, 2.8, 1.4, 1.3, 2.0, 4.0),
        WIDE,
    )


def symptom_table(timeline: "Timeline") -> Table:
    """Return what was felt or seen."""
    ordered = sorted(timeline.symptoms, key=lambda one: (one.at, one.kind, str(one.id)))
    heads = ("date", "what", "how severe", "note")
    rows = tuple(_symptom_row(one, heads) for one in ordered)
    reason = "No symptom is recorded." if not rows else ""
    return Table(
        "symptoms", "What was felt or seen", heads, rows, reason, (2.8, 3.0, 2.0, 8.0), WIDE
    )


def _series_head(series: "Series") -> str:
    kind = series.kind
    basis = "" if kind.unit == "%" else f" {BASIS_IN_SHORT[cast(Basis, kind.basis)]}"
    return f"{attribute(kind.attribute).label.lower()}{basis} ({kind.unit})"


def _session_row(
    timeline: "Timeline", session: "Session", shown: Sequence["Series"], notes: Notes
) -> Row:
    last = timeline.last_treatment(session)
    since = ""
    if last is not None:
        name = next(name for name, one in lettered(timeline) if one.id == last.id)
        days = (session.taken_at.date() - last.at.date()).days
        since = f"{name} + {days} day{'' if days == 1 else 's'}"
    early = "too early for a result" if timeline.is_too_early(session) else ""
    cells = (
        Cell("shots", str(len(session.photos))),
        Cell("treatment", since or "none before", more=early),
        *_cells(timeline, session, shown, notes),
    )
    return Row(session_name(timeline, session), cells)


def _cells(
    timeline: "Timeline",
    session: "Session",
    shown: Sequence["Series"],
    notes: Notes,
    steps: bool = False,
) -> tuple[Cell, ...]:
    """Return what each series says of a session, against the baseline or the session before."""
    cells = []
    for series in shown:
        points = series.steps if steps else series.points
        point = next((one for one in points if one.session.id == session.id), None)
        if point is None:
            cells.append(Cell(_series_head(series), ""))
        elif point.is_baseline:
            cells.append(Cell(_series_head(series), "baseline", kind="unchanged"))
        else:
            since = f", since {session_name(timeline, point.against)}" if steps else _few(point)
            cells.append(_number(series, point, notes, since))
    return tuple(cells)


def _few(point: "Point") -> str:
    """Say where a value does not rest on every shot."""
    return "" if point.shots == point.taken else f", {point.shots} of {point.taken} shots"


def _number(series: "Series", point: "Point", notes: Notes, after: str) -> Cell:
    head, kind = _series_head(series), VERDICT_CLASS[point.verdict]
    if point.value is None:
        return Cell(head, "not measurable", notes.mark(gap_reason(point.reason)), kind=kind)
    numbers = figures(score_of(series, point))
    interval = f" ({numbers.interval})" if numbers.interval else ""
    detectable = f", detectable from {numbers.detectable}" if numbers.detectable else ""
    is_turned = point.is_earlier and point.verdict in ("improved", "worse")
    verdict = f"{point.verdict} since" if is_turned else point.verdict
    more = f"{verdict}{detectable}{after}"
    return Cell(head, f"{numbers.change}{interval}", more=more, kind=kind)


def _treatment_row(name: str, one: "Treatment", heads: Sequence[str]) -> Row:
    where = {"clinic": "in a clinic", "home": "at home"}[one.setting]
    depth = f"{one.depth_mm:g} mm" if one.depth_mm is not None else ""
    passes = str(one.passes) if one.passes is not None else ""
    on_skin = Cell(heads[7], ", ".join(one.topicals), more=one.note)
    texts = (day(one.at), one.kind, one.device, depth, passes, one.area)
    cells = [Cell(head, text) for head, text in zip(heads[1:7], texts, strict=True)]
    cells[1] = cells[1]._replace(more=where)
    return Row(name, (*cells, on_skin))


def _symptom_row(one: "Symptom", heads: Sequence[str]) -> Row:
    texts = (one.kind, SEVERITY[one.severity], one.note)
    cells = tuple(Cell(head, text) for head, text in zip(heads[1:], texts, strict=True))
    return Row(f"{one.at:%Y-%m-%d %H:%M}", cells)
