"""Any two sessions beside each other: aligned where they can be measured, else as they are.

What a visitor names comes from a browser, so a session is looked for among those of the person.
"""

from collections.abc import Callable
from html import escape
from typing import NamedTuple

from ...copies import thumbnail
from ...errors import RecordError, SkinDeltaError
from ...history import Timeline, compare_sessions
from ...photo import read_photo_bytes
from ...pipeline import Options
from ...plain_words import change_sentence, sentence
from ...record import Record, Session
from ...report.course_words import score_of, session_name, shown_series
from .. import words
from ..fresh import fresh
from ..serving.visitors import Visit
from ..trouble import sentence_of
from ..viewer import viewer_html

__all__ = ["Pair", "large_html", "pair_of", "session_of", "side_by_side", "trouble_html"]

LARGE_PX = 1800  # longest side: sharp on a dense screen, read and written in 0.5 s
BESIDE_PX = 900  # half the width of a desk
GONE = "that session is no longer here: choose another one"
Tell = Callable[[float, str], None]


class Pair(NamedTuple):
    """Two sessions in the order of time."""

    before: Session
    after: Session


def session_of(timeline: Timeline, id: str) -> Session:
    """Return a session by its id; raises RecordError where this timeline has none of it."""
    for one in timeline.sessions:
        if str(one.id) == id:
            return one
    raise RecordError(GONE)


def pair_of(timeline: Timeline, chosen: str, against: str) -> Pair | None:
    """Return two sessions in the order of time; None where they are the same.

    Raises
    ------
    RecordError
        This timeline has no such session.
    """
    one = session_of(timeline, chosen)
    other = session_of(timeline, against) if against else timeline.sessions[0]
    if one.id == other.id:
        return None
    return Pair(*sorted((one, other), key=timeline.sessions.index))


def side_by_side(
    record: Record,
    visit: Visit,
    timeline: Timeline,
    pair: Pair,
    tell: Tell = lambda share, doing: None,
    options: Options = Options(),  # noqa: B008
) -> str:
    """Measure the first shots of two sessions against each other and show both.

    Parameters
    ----------
    record : Record
    visit : Visit
        Who may fetch the pictures.
    timeline : Timeline
    pair : Pair
        Of this timeline.
    tell : callable
        Gets how much is done (0 to 1), and what is done now.
    options : Options
        Its model measures them.

    Returns
    -------
    str
        HTML; trouble is a sentence in it.
    """
    names = session_name(timeline, pair.before), session_name(timeline, pair.after)
    title = f"{names[0]} and {names[1]}"
    heading = f'<sd-arrived data-said="{title} side by side"></sd-arrived><h2>{title}</h2>'
    person = timeline.subject.pseudonym
    tell(0.1, "Measuring the two photos")
    try:
        comparison = compare_sessions(record, person, pair.before.id, pair.after.id, options)
    except SkinDeltaError as error:
        beside = _beside(record, visit, timeline, pair)
        return fresh(f"{heading}{words.notice(sentence_of(error), 'bad')}{beside}")
    tell(0.7, "Drawing them")
    card = words.comparison_card(comparison)
    viewer = viewer_html(visit, comparison, *names)
    if not comparison.comparable or not viewer:
        return fresh(f"{heading}{card}{_beside(record, visit, timeline, pair)}")
    cards = words.verdict_cards(comparison)
    return fresh(f"{heading}{card}{viewer}{cards}{_of_record(timeline, pair)}")


def large_html(record: Record, visit: Visit, timeline: Timeline, id: str, shot: int = 0) -> str:
    """Return one photo of a session, large, in a dialog.

    Parameters
    ----------
    record : Record
    visit : Visit
    timeline : Timeline
    id : str
        Of a session of this timeline.
    shot : int
        Which of its photos, from 0.

    Returns
    -------
    str
        HTML with ``<sd-large>``; trouble is a sentence in it.
    """
    try:
        session = session_of(timeline, id)
        shot = min(max(shot, 0), len(session.photos) - 1)
        name = session_name(timeline, session)
        shown = _photo(record, visit, session, shot, LARGE_PX, f"Photo of {name}")
    except SkinDeltaError as error:
        return trouble_html(error)
    count = len(session.photos)
    steps = "".join(
        f'<button type="button" data-session="{session.id}" data-shot="{number}" '
        f'aria-pressed="{"true" if number == shot else "false"}">Shot {number + 1}</button>'
        for number in range(count if count > 1 else 0)
    )
    return _dialog(name, shown, steps)


def trouble_html(error: Exception) -> str:
    """Return the dialog that says why a photo cannot be opened."""
    return _dialog("Photo", words.notice(sentence_of(error), "bad"), "")


def _dialog(title: str, inside: str, steps: str) -> str:
    return fresh(
        f'<sd-large><dialog aria-label="{escape(title)}"><div class="sd-large-head">'
        f"<strong>{escape(title)}</strong>{steps}"
        '<button type="button" class="sd-close">Close</button></div>'
        f"{inside}</dialog></sd-large>"
    )


def _beside(record: Record, visit: Visit, timeline: Timeline, pair: Pair) -> str:
    """Return both photos as they are."""
    figures = "".join(_figure(record, visit, timeline, session) for session in pair)
    return f'<div class="sd-beside">{figures}</div>'


def _figure(record: Record, visit: Visit, timeline: Timeline, session: Session) -> str:
    name = session_name(timeline, session)
    try:
        shown = _photo(record, visit, session, 0, BESIDE_PX, f"Photo of {name}")
    except SkinDeltaError as error:
        shown = words.notice(sentence_of(error), "bad")
    return f"<figure>{shown}<figcaption>{name}</figcaption></figure>"


def _photo(
    record: Record, visit: Visit, session: Session, shot: int, longest: int, alt: str
) -> str:
    """Return a photo as an image of at most so many pixels; raises where it cannot be opened."""
    stored = session.photos[shot]
    photo = read_photo_bytes(record.photo(stored.sha256), stored.name)
    url = visit.keep(thumbnail(photo, longest), f"{session.taken_at:%Y-%m-%d}.jpg")
    return f'<img src="{url}" alt="{escape(alt)}">'


def _of_record(timeline: Timeline, pair: Pair) -> str:
    """Say what the record holds of this pair, which may rest on more shots."""
    baseline = timeline.baseline
    ids = {one.id for one in pair}
    several = max(len(one.photos) for one in pair) > 1
    if baseline is None or baseline.id not in ids or not several:
        return ""
    other = next(one for one in pair if one.id != baseline.id)
    told = []
    for series in shown_series(timeline):
        point = next(one for one in series.points if one.session.id == other.id)
        told.append(
            sentence(f"{series.kind.attribute}: {change_sentence(score_of(series, point))}")
        )
    items = "".join(f"<li>{escape(text)}</li>" for text in told)
    return (
        '<p class="sd-note">Above are the first shots of both sessions. The timeline weighs all '
        f'shots:</p><ul class="sd-note">{items}</ul>'
    )
