"""All that a report says of a timeline, gathered once for the page and for the PDF."""

from typing import TYPE_CHECKING, NamedTuple

from ..attributes import attribute
from ..plain_words import BASIS_IN_SHORT, on_one_line, sentence
from ..types import Photo
from . import course_tables, course_words
from .chart_key import chart_key
from .charts import NARROW, WIDE, course_drawing, is_in_drawing, lettered
from .course_words import FlagWords, Headline, day
from .faces import face_picture
from .facts import CANNOT_TELL
from .images import Picture
from .shapes import Drawing
from .tables import Notes, Table

if TYPE_CHECKING:
    from ..history import Series, Timeline
    from ..record import Session

__all__ = [
    "ONE_SESSION",
    "TITLE",
    "Chart",
    "Course",
    "Shown",
    "about_course",
    "beside_charts",
    "chart_label",
    "no_flag_words",
]

TITLE = "Skin over time"
NO_SESSION = "There is no session yet. The first becomes the baseline."
ONE_SESSION = "There is no session after the baseline yet. The next one is held against it."
NOT_FOR_OTHERS = (
    "This person did not agree that photos are shown to others: this report is for them, and for "
    "those who treat them."
)
NO_FLAG = "Nothing was noticed of what is looked for: redness, dark spots, and what was reported."
NOT_TREATED = (
    "Redness and dark spots are judged by the time since a treatment, and none is recorded. "
    "Nothing that was reported needs attention."
)
NOT_MEASURED = (
    "Redness and dark spots cannot be judged: no session after a treatment could be measured. "
    "Nothing that was reported needs attention."
)


class Shown(NamedTuple):
    """A photo of the course; without a picture, why there is none."""

    title: str
    about: str
    picture: Picture | None


class Chart(NamedTuple):
    """One attribute over time, for a desk and for a phone."""

    name: str
    label: str
    wide: Drawing
    narrow: Drawing


class Course(NamedTuple):
    """What the report of a timeline shows, in its order."""

    pseudonym: str
    site: str
    facts: tuple[tuple[str, str], ...]
    flags_title: str
    flags: tuple[FlagWords, ...]
    no_flag: str
    photos: tuple[Shown, ...]
    headlines: tuple[Headline, ...]
    nothing_yet: str
    charts: tuple[Chart, ...]
    key: tuple[tuple[Drawing, str], ...]
    beside: tuple[str, ...]
    notes: tuple[tuple[int, str], ...]
    sessions: tuple[Table, ...]
    treatments: Table
    symptoms: Table
    now: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    made_with: tuple[tuple[str, str], ...]

    @property
    def has_intervals(self) -> bool:
        """Whether a headline has a drawing that has to be explained."""
        return any(one.line.interval is not None for one in self.headlines)


def about_course(timeline: "Timeline", first: Photo | None, latest: Photo | None) -> Course:
    """Say all of a timeline.

    Parameters
    ----------
    timeline : Timeline
    first, latest : Photo or None
        Of the baseline and of the latest session, where they can be opened.

    Returns
    -------
    Course
    """
    shown, notes = course_words.shown_series(timeline), Notes()
    several = len(timeline.sessions) > 1 and timeline.baseline is not None
    charts = tuple(_chart(timeline, series, notes) for series in shown) if several else ()
    found = (course_words.headline(timeline, series) for series in shown)
    sessions = course_tables.session_tables(timeline, shown, notes)
    now, lists = course_words.next_words(timeline)
    flags = course_words.flag_words(timeline)
    return Course(
        timeline.subject.pseudonym,
        timeline.site.name,
        _facts(timeline),
        course_words.flags_title(flags),
        flags,
        no_flag_words(timeline),
        _photos(timeline, first, latest),
        tuple(one for one in found if one is not None),
        ONE_SESSION if timeline.sessions else NO_SESSION,
        charts,
        chart_key(timeline, shown) if charts else (),
        beside_charts(timeline) if charts else (),
        notes.sentences,
        sessions,
        course_tables.treatment_table(timeline),
        course_tables.symptom_table(timeline),
        now,
        lists,
        tuple(course_words.method(timeline, shown)),
        (*CANNOT_TELL, *(() if timeline.subject.consent.showing else (NOT_FOR_OTHERS,))),
        course_words.cited(timeline),
        _made_with(timeline),
    )


def no_flag_words(timeline: "Timeline") -> str:
    """Say what it means that there is no flag: nothing is called fine that nobody looked at."""
    if not timeline.treatments:
        return NOT_TREATED
    color = [one for one in timeline.headlines if one.kind.attribute != "texture"]
    measured = {point.session.id for one in color for point in one.measured}
    judged = (
        session
        for session in timeline.sessions
        if session.id in measured and timeline.last_treatment(session) is not None
    )
    return NO_FLAG if any(judged) else NOT_MEASURED


def _facts(timeline: "Timeline") -> tuple[tuple[str, str], ...]:
    sessions, baseline = timeline.sessions, timeline.baseline
    count = f"{len(sessions)}" if sessions else "none yet"
    rows = [("Sessions", count)]
    if sessions:
        rows[0] = (
            "Sessions",
            f"{count}, from {day(sessions[0].taken_at)} to {day(sessions[-1].taken_at)}",
        )
    rows += [("Baseline", day(baseline.taken_at))] if baseline else []
    rows += [("As of", f"{day(timeline.now)} (dates are UTC)")]
    if timeline.unscored > 0:
        are = "shot is" if timeline.unscored == 1 else "shots are"
        rows.append(("Not in here", f"{timeline.unscored} {are} not scored by this model yet"))
    return tuple(rows)


def _photos(timeline: "Timeline", first: Photo | None, latest: Photo | None) -> tuple[Shown, ...]:
    """Return the baseline and the latest session; one photo where they are the same session."""
    baseline = timeline.baseline
    if baseline is None:
        return ()
    last = timeline.sessions[-1]
    shown = [_photo(timeline, "Baseline", baseline, first)]
    shown += [_photo(timeline, "Latest", last, latest)] if last.id != baseline.id else []
    return tuple(shown)


def _photo(timeline: "Timeline", title: str, session: "Session", photo: Photo | None) -> Shown:
    name = course_words.session_name(timeline, session)
    since = course_words.since_treatment(timeline, session)
    if photo is None:
        return Shown(title, f"{name}, {since}. {course_words.NO_PHOTO}", None)
    alt = f"{title} photo of the {timeline.site.name}, taken on {name}, {since}."
    picture = face_picture(photo, alt, whole=timeline.site.close_up)
    return Shown(title, sentence(f"{name}, {since}"), picture)


def _chart(timeline: "Timeline", series: "Series", notes: Notes) -> Chart:
    drawings = (course_drawing(timeline, series, notes, sheet) for sheet in (WIDE, NARROW))
    return Chart(series.kind.attribute, chart_label(series), *drawings)


def chart_label(series: "Series") -> str:
    """Name what a chart shows, with its unit."""
    about, kind = attribute(series.kind.attribute), series.kind
    basis = next((f" {words}" for key, words in BASIS_IN_SHORT.items() if key == kind.basis), "")
    return f"{about.label}{'' if kind.unit == '%' else basis}, change in {kind.unit}"


def beside_charts(timeline: "Timeline") -> tuple[str, ...]:
    """Say what cannot be seen in the charts."""
    away = [
        f"{name} ({day(one.at)})"
        for name, one in lettered(timeline)
        if not is_in_drawing(timeline, one)
    ]
    told = [f"Too far away to be drawn: treatment {', '.join(away)}."] if away else []
    days = [session.taken_at.date() for session in timeline.sessions]
    if len(set(days)) < len(days):
        told.append("Sessions of one day stand beside each other, in their order.")
    return tuple(told)


def _made_with(timeline: "Timeline") -> tuple[tuple[str, str], ...]:
    baseline = day(timeline.baseline.taken_at) if timeline.baseline else "none"
    first = (("model", timeline.model), ("baseline", baseline))
    rest = ((name, on_one_line(value)) for name, value in timeline.made_with.items())
    return (*first, *(row for row in rest if row[0] != "model"))
