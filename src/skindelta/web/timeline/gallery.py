"""Every session as a small photo in the order of time, with what was done between them.

The first photo stays at the left while the others move. Pressing a photo shows it side by side; two
smaller buttons below it hold others against it, and open it large.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple
from uuid import UUID

from ...attributes import attribute
from ...history import Point, Series, Timeline, is_before
from ...plain_words import LESS_AND_MORE, VERDICT_CLASS
from ...record import Session, Treatment
from ...report.charts import lettered
from ...report.course_words import day, session_name, shown_series
from ..fresh import fresh

__all__ = ["Small", "days_since_first", "gallery_html", "mark_words"]

SIGNS = {"no measurable change": "=", "not measurable": "?"}
IN_SHORT = {"hyperpigmentation": "Spots"}
HOW = (
    "Press a photo to see it side by side with the first one. “Compare to this” holds the others "
    "against that photo instead."
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
    first = timeline.sessions[0]
    items = [
        _treatment(*one)
        if isinstance(one, tuple)
        else _session(timeline, series, one, photos[one.id], (chosen, against or str(first.id)))
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
    less, more = LESS_AND_MORE[name]
    return ("▼", less) if point.value < 0 else ("▲", more)


def _in_order(timeline: Timeline) -> Iterable[Session | tuple[str, Treatment]]:
    """Return sessions and treatments by time; a photo of the same day comes before."""
    waiting = list(lettered(timeline))
    for session in timeline.sessions:
        while waiting and not is_before(session.taken_at, waiting[0][1].at):
            yield waiting.pop(0)
        yield session
    yield from waiting


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
        f'aria-label="{escape(name)}, {since}: show side by side"><span class="sd-thumb">{shown}'
        f'</span><strong>{escape(name)}</strong><span class="sd-since">{since}</span></button>'
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
        f'aria-label="Compare to the session of {escape(name)}">Compare to this</button>'
        f'<button type="button" class="sd-open" data-session="{one}" '
        f'aria-label="Open the photo of {escape(name)} large">Open</button></div>'
    )
