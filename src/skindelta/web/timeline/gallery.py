"""Every session as a small photo in the order of time, with what was done between them.

The first photo stays at the left while the others move. Pressing a photo shows it side by side; two
smaller buttons below it hold others against it, and enlarge it.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple
from uuid import UUID

from ...attributes import attribute
from ...history import Point, Series, Timeline, is_before
from ...kinds import SEVERITIES
from ...plain_words import LESS_AND_MORE, VERDICT_CLASS
from ...record import Session, Symptom, Treatment
from ...report.charts import lettered
from ...report.course_words import day, session_name, shown_series
from ..fresh import fresh

__all__ = ["Small", "days_since_first", "felt_words", "gallery_html", "mark_words"]

Event = tuple[str, Treatment | Symptom]  # its letter or sign in the chart

SIGNS = {"no measurable change": "=", "not measurable": "?"}
IN_SHORT = {"hyperpigmentation": "Spots"}
HOW = (
    "Press a photo to show it beside the first one. “Hold others against this” puts that photo in "
    "the place of the first. “Enlarge” shows one photo, large."
)


class Small(NamedTuple):
    """A small photo: where the browser finds it, or why there is none."""

    url: str
    trouble: str = ""


def gallery_html(
    timeline: Timeline, photos: Mapping[UUID, Small], chosen: str = "", against: str = ""
) -> str:
    """Return the gallery of a timeline with at least one session.

    Parameters
    ----------
    timeline : Timeline
    photos : mapping of UUID to Small
        Of each session, its first photo.
    chosen, against : str
        Ids of the sessions that are shown side by side; empty where none is.

    Returns
    -------
    str
        HTML with ``<sd-gallery>``, which tells ``sd-choose``, ``sd-against`` and ``sd-open`` with
        the id of a session.
    """
    series = shown_series(timeline)
    pair = chosen, against or str(timeline.sessions[0].id)
    items = [
        _session(timeline, series, one, photos[one.id], pair)
        if isinstance(one, Session)
        else _event(one)
        for one in _in_order(timeline)
    ]
    return fresh(
        f'<h2 id="photos-title">Photos</h2><p class="sd-note sd-screen">{HOW}</p>'
        f'<sd-gallery><ol class="sd-strip" aria-labelledby="photos-title">{"".join(items)}</ol>'
        "</sd-gallery>"
    )


def days_since_first(timeline: Timeline, session: Session) -> str:
    """Say how many days after the first session another was taken."""
    days = (session.taken_at.date() - timeline.sessions[0].taken_at.date()).days
    if session.id == timeline.sessions[0].id:
        return "first photo"
    return "same day as the first" if days == 0 else f"day {days}"


def mark_words(point: Point, name: str) -> tuple[str, str]:
    """Return the sign and the words for what a session shows of one attribute.

    Parameters
    ----------
    point : Point
    name : str
        Of the attribute.

    Returns
    -------
    sign, words : str
        The sign alone tells the direction too, without color.
    """
    if point.is_baseline:
        return "◆", "baseline"
    if point.verdict in SIGNS or point.value is None:
        words = "no change" if point.verdict == "no measurable change" else point.verdict
        return SIGNS.get(point.verdict, "?"), words
    sign = "▼" if point.value < 0 else "▲"
    if point.is_earlier:  # the verdict runs forward, the value back from the baseline
        return sign, f"{point.verdict} since"
    less, more = LESS_AND_MORE[name]
    return sign, less if point.value < 0 else more


def felt_words(one: Symptom) -> str:
    """Say one symptom: what, how severe, when, and what was noted."""
    note = f": {one.note}" if one.note else ""
    return f"{one.kind}, {SEVERITIES[one.severity - 1]}, {day(one.at)}{note}"


def _in_order(timeline: Timeline) -> Iterator[Session | Event]:
    """Return sessions, treatments and symptoms by time; a photo of the same day comes before."""
    events: list[Event] = [*lettered(timeline), *(("!", one) for one in timeline.symptoms)]
    events.sort(key=lambda event: event[1].at)
    for session in timeline.sessions:
        while events and not is_before(session.taken_at, events[0][1].at):
            yield events.pop(0)
        yield session
    yield from events


def _event(event: Event) -> str:
    sign, one = event
    return _symptom(sign, one) if isinstance(one, Symptom) else _treatment(sign, one)


def _symptom(sign: str, one: Symptom) -> str:
    return (
        f'<li class="sd-treated sd-felt" title="{escape(felt_words(one))}">'
        f'<span class="sd-letter" aria-hidden="true">{sign}</span>'
        f"<strong>{escape(one.kind)}</strong><span>{day(one.at)}</span>"
        f"<span>{SEVERITIES[one.severity - 1]}</span></li>"
    )


def _treatment(letter: str, one: Treatment) -> str:
    about = f"{one.depth_mm:g} mm" if one.depth_mm is not None else one.device
    more = f"<span>{escape(about)}</span>" if about else ""
    return (
        f'<li class="sd-treated"><span class="sd-letter" aria-hidden="true">{letter}</span>'
        f"<strong>{escape(one.kind)}</strong><span>{day(one.at)}</span>{more}</li>"
    )


def _session(
    timeline: Timeline,
    series: Sequence[Series],
    session: Session,
    photo: Small,
    pair: tuple[str, str],
) -> str:
    name, since = session_name(timeline, session), days_since_first(timeline, session)
    first = " sd-first" if session.id == timeline.sessions[0].id else ""
    marks = "".join(_mark(one, session) for one in series)
    note = f'<p class="sd-about">{escape(session.note)}</p>' if session.note else ""
    early = (
        '<p class="sd-about">too early for a result</p>' if timeline.is_too_early(session) else ""
    )
    return (
        f'<li class="sd-session{first}">{_photo(name, since, session, photo, pair[0])}'
        f'<ul class="sd-verdicts">{marks}</ul>{early}{note}{_buttons(name, session, pair[1])}</li>'
    )


def _photo(name: str, since: str, session: Session, photo: Small, chosen: str) -> str:
    """Return the button that shows a session side by side."""
    one = str(session.id)
    pressed = "true" if one == chosen else "false"
    shown = (
        f'<img src="{escape(photo.url)}" alt="" loading="lazy" draggable="false">'
        if photo.url
        else f'<span class="sd-missing">{escape(photo.trouble)}</span>'
    )
    return (
        f'<button type="button" class="sd-pick" data-session="{one}" aria-pressed="{pressed}" '
        f'aria-label="{escape(name)}, {since}: show beside the first photo">'
        f'<span class="sd-thumb">{shown}</span><strong>{escape(name)}</strong>'
        f'<span class="sd-since">{since}</span></button>'
    )


def _mark(series: Series, session: Session) -> str:
    """Return what a session shows of one attribute: a sign, a word, and a color beside them."""
    point = next(one for one in series.points if one.session.id == session.id)
    about = attribute(series.kind.attribute)
    sign, words = mark_words(point, about.name)
    kind = "unchanged" if point.is_baseline else VERDICT_CLASS[point.verdict]
    return (
        f'<li class="sd-says sd-{kind}"><span>{IN_SHORT.get(about.name, about.label)}</span> '
        f'<b><span aria-hidden="true">{sign}</span> {escape(words)}</b></li>'
    )


def _buttons(name: str, session: Session, against: str) -> str:
    one = str(session.id)
    pressed = "true" if one == against else "false"
    return (
        '<div class="sd-acts"><button type="button" class="sd-against" '
        f'data-session="{one}" aria-pressed="{pressed}" '
        f'aria-label="Hold others against this, of {escape(name)}">'
        "Hold others against this</button>"
        f'<button type="button" class="sd-open" data-session="{one}" '
        f'aria-label="Enlarge the photo of {escape(name)}">Enlarge</button></div>'
    )
