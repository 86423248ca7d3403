"""Sessions as they are entered on the page: photos looked at, saved, scored, corrected, deleted.

Plain functions of a record; what cannot be done is a sentence (:class:`SkinDeltaError`), and then
nothing was saved.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from html import escape
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from ...attributes import attribute
from ...copies import thumbnail
from ...errors import SkinDeltaError
from ...history import Scored, add_session, is_healing, rescore, timeline
from ...photo import read_bytes, read_photo_bytes
from ...pipeline import Options, check
from ...plain_words import change_sentence, ended, sentence
from ...record import Record, Session, read_time
from ...report.course_gaps import gap_reason, may_be_another
from ...report.course_words import score_of, shown_series
from ...types import Photo
from .. import words
from ..serving.visitors import Visit

__all__ = [
    "WHEN",
    "Saved",
    "baseline_chosen",
    "changed_session",
    "count_of",
    "deleted_session",
    "id_of",
    "said",
    "saved_session",
    "session_choices",
    "session_name",
    "session_of",
    "shots_looked_at",
    "time_typed",
    "written",
]

WHEN = "2026-03-01 or 2026-03-01 09:30, in UTC; in 1.3.2026 the day comes first."
NOON = time(12)  # of days whose hour is not known
HEALING = (
    "It was taken within two weeks of a treatment: what it shows is healing, not a result. As a "
    "baseline, choose a session before the treatment, or from two weeks after it."
)
AIM = 3  # shots: what differs between them is chance
Entry = TypeVar("Entry")


class Saved(NamedTuple, Generic[Entry]):
    """What is said of an entry that was saved, as HTML, and the entry as it is now."""

    html: str
    entry: Entry


def shots_looked_at(
    record: Record, person: str, site: str, paths: Sequence[Path], visit: Visit
) -> str:
    """Say of each photo whether it can be used, before anything is saved.

    Parameters
    ----------
    record : Record
    person, site : str
    paths : sequence of Path
    visit : Visit
        Keeps the small pictures.

    Returns
    -------
    str
        HTML.
    """
    close_up = next((one for one in record.sites(person) if one.name == site), None)
    options = Options(
        close_up=close_up is not None and close_up.close_up,
        px_per_mm=None if close_up is None else close_up.px_per_mm,
    )
    cards = "".join(_shot(record, person, path, options, visit) for path in paths)
    few = ""
    if 0 < len(paths) < AIM:
        few = said(
            f"{AIM} shots are better than {len(paths)}: what differs between them is chance, and "
            "knowing it makes smaller changes visible"
        )
    return f'<div class="sd-shots">{cards}</div>{few}' if paths else ""


def saved_session(
    record: Record,
    person: str,
    site: str,
    paths: Sequence[Path],
    when: str = "",
    is_baseline: bool = False,
    note: str = "",
    tell: Callable[[Scored], None] = lambda _: None,
    options: Options = Options(),  # noqa: B008
) -> str:
    """Save photos as a session, measure them, and say what came out, as HTML.

    A session that others shall be held against gets them measured against it; `options` say by
    which model.
    """
    taken_at = time_typed(when)
    try:
        saved, scored = add_session(
            record, person, paths, taken_at, site, is_baseline, note, options, tell
        )
    except SkinDeltaError as error:
        text = _named(str(error), paths)
        begin = "" if "nothing was saved" in text else "nothing was saved: "
        raise SkinDeltaError(begin + text) from error
    others = [one for one in record.sessions(person, site) if one.id != saved.id]
    if is_baseline and others:
        scored += rescore(record, person, options, site, tell=tell)
    said_of_it = _answer(record, person, saved, scored, is_alone=not others)
    healing = said(HEALING) if _shows_healing(record, person, saved) else ""
    return said_of_it + _shown(record, person, saved, options) + healing


def changed_session(
    record: Record,
    person: str,
    which: str | None,
    when: str | None,
    note: str,
    expected: Session | None = None,
) -> Saved[Session]:
    """Correct date and note of a session; `expected` is what the form was filled with."""
    found = session_of(record, person, which)
    old = expected or found
    taken_at = time_typed(when, old.taken_at)
    if taken_at is None:
        raise SkinDeltaError("the session has no date: say when it was, such as 2026-03-01T09:30")
    new = record.change_session(person, old.id, taken_at, note, expected)
    return Saved(
        said(f"saved for {person}: the session is of {session_name(new)} now", "good"), new
    )


def baseline_chosen(
    record: Record,
    person: str,
    which: str | None,
    tell: Callable[[Scored], None] = lambda _: None,
    options: Options = Options(),  # noqa: B008
) -> str:
    """Hold the sessions of a site against another one, and measure what is missing."""
    one = session_of(record, person, which)
    record.choose_baseline(person, one.id)
    scored = rescore(record, person, options, one.site, tell=tell)
    told = f"sessions of the {one.site} of {person} are held against {session_name(one)} now"
    healing = said(HEALING) if _shows_healing(record, person, one) else ""
    return said(told, "good") + _troubles(scored) + healing


def deleted_session(record: Record, person: str, which: str | None) -> str:
    """Delete a session with its photos."""
    one = session_of(record, person, which)
    record.delete_session(person, one.id)
    name = f"the session of {person}, {session_name(one)}"
    told = f"{name}, was deleted, with {count_of(one.photos, 'photo')}"
    chosen = next((s for s in record.sessions(person, one.site) if s.is_baseline), None)
    if one.is_baseline and chosen is not None:
        told += f". Others are held against {session_name(chosen)} now; measure them against it"
    return said(told, "good")


def session_choices(record: Record, person: str, site: str) -> list[tuple[str, str]]:
    """Name the sessions of a site, the latest first, each with its id."""
    return [
        (
            f"{session_name(one)}, {count_of(one.photos, 'photo')}"
            + (", baseline" if one.is_baseline else ""),
            str(one.id),
        )
        for one in reversed(record.sessions(person, site))
    ]


def session_name(one: Session) -> str:
    """Name a session by its time."""
    return written(one.taken_at)


def time_typed(text: str | None, old: datetime | None = None) -> datetime | None:
    """Read what was typed; None where nothing was. What was not touched stays to the second."""
    told = (text or "").strip()
    if not told:
        return None
    if old is not None and told == written(old):
        return old
    return read_time(told)


def said(text: str, kind: str = "plain") -> str:
    """Say one sentence in a box, with a capital at its start."""
    return words.notice(sentence(text), kind)


def written(at: datetime) -> str:
    """Write a time as it is typed: without the hour where that is not known."""
    return f"{at:%Y-%m-%d}" if at.time() == NOON else f"{at:%Y-%m-%d %H:%M}"


def count_of(things: Sequence[Any] | int, what: str) -> str:
    """Count in words: ``1 photo``, ``3 photos``."""
    number = things if isinstance(things, int) else len(things)
    return f"{number} {what}{'' if number == 1 else 's'}"


def id_of(which: object, what: str) -> UUID:
    """Read which entry is meant; raises SkinDeltaError where none is."""
    try:
        return UUID(str(which))
    except ValueError:
        raise SkinDeltaError(f"choose a {what} first") from None


def session_of(record: Record, person: str, which: str | None) -> Session:
    """Return the session that is meant."""
    wanted = id_of(which, "session")
    for one in record.sessions(person):
        if one.id == wanted:
            return one
    raise SkinDeltaError("this session was deleted meanwhile: choose another")


def _shot(record: Record, person: str, path: Path, options: Options, visit: Visit) -> str:
    """One photo: its picture, its name, and whether it can be used."""
    name = escape(path.name)
    try:
        data = read_bytes(path)
        photo = read_photo_bytes(data, path.name)
        card = words.photo_card(check(photo, options)) + _known(record, person, data)
    except SkinDeltaError as error:
        told = said(f"take it out before you save: {_named(str(error), [path])}", "bad")
        return f'<figure class="sd-shot"><figcaption>{name}</figcaption>{told}</figure>'
    picture = f'<img src="{_picture(visit, photo)}" alt="" loading="lazy">'
    return f'<figure class="sd-shot">{picture}<figcaption>{name}</figcaption>{card}</figure>'


def _picture(visit: Visit, photo: Photo) -> str:
    return visit.keep(thumbnail(photo), "shot.jpg")


def _known(record: Record, person: str, data: bytes) -> str:
    """Say where this very photo is already."""
    told = ""
    for other, at in record.people_with(data):
        if other == person:
            told += said(f"it is in the session of {at:%Y-%m-%d} already", "bad")
        else:
            told += said(
                f"the same photo is in the record of {other!r}: make sure whom it shows", "bad"
            )
    return told


def _answer(
    record: Record, person: str, saved: Session, scored: Sequence[Scored], is_alone: bool
) -> str:
    """Say what was saved, and what of it could not be measured."""
    name = f"the session of {session_name(saved)}"
    told = f"saved for {person}: {name}, with {count_of(saved.photos, 'photo')}"
    if is_alone:
        told += ". It is the first of this body site: later ones are held against it"
    elif saved.is_baseline:
        told += ". All others are held against it now"
    return said(told, "good") + _troubles(scored)


def _shown(record: Record, person: str, saved: Session, options: Options) -> str:
    """Say what a session shows against the baseline, one line an attribute."""
    if saved.is_baseline:
        return ""
    line = timeline(record, person, saved.site, options)
    lines = []
    for series in shown_series(line):
        for point in series.points:
            if point.session.id == saved.id and not may_be_another(point.reason):
                many = point.value is not None and point.taken > 1
                shots = f", by {point.shots} of {point.taken} shots" if many else ""
                claim = ended(change_sentence(score_of(series, point)) + shots)
                label = escape(attribute(series.kind.attribute).label)
                lines.append(f"<li><strong>{label}</strong>: {escape(claim)}</li>")
    against = f"Against the baseline of {session_name(line.baseline)}:" if line.baseline else ""
    return f'<div class="sd-status">{against}<ul>{"".join(lines)}</ul></div>' if lines else ""


def _troubles(scored: Sequence[Scored]) -> str:
    """Say which shots could not be measured, or not well, and why."""
    items = "".join(
        f"<li><strong>{escape(one.photo.name)}</strong>, {session_name(one.session)}: "
        f"{escape(ended(sentence(gap_reason(one.trouble))))}</li>"
        for one in scored
        if one.trouble
    )
    return f'<div class="sd-status sd-bad">Look at these:<ul>{items}</ul></div>' if items else ""


def _shows_healing(record: Record, person: str, one: Session) -> bool:
    here = [treatment for treatment in record.treatments(person) if treatment.site == one.site]
    return is_healing(one.taken_at, here)


def _named(text: str, paths: Sequence[Path]) -> str:
    """Call photos by their names instead of where the server keeps them."""
    for path in paths:
        text = text.replace(str(path), path.name)
    return text
