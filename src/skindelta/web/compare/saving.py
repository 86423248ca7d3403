"""A compared pair becomes two sessions of a person: both, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...errors import RecordError, SkinDeltaError
from ...history import Scored, add_session
from ...photo import read_bytes
from ...plain_words import ended, sentence
from ...record import Record, Session, Site, Subject, read_time
from .. import words
from ..entries.session_entries import written
from ..serving.records import Records
from ..serving.visitors import Visit
from ..trouble import sentence_of
from .brought import Asked, Given, options_of
from .measuring import plan_of

__all__ = ["Wanted", "people_of", "save_pair", "typed_time"]

LOCKED = (
    "the photos of this record are encrypted: open the page Timeline, give the passphrase there, "
    "then come back and save"
)
CLOSE_UP_SITE = "close-up"


@dataclass(frozen=True)
class Wanted:
    """What was typed into the form.

    Attributes
    ----------
    person : str
        One of the record, or a new pseudonym.
    site : str
        Body site; empty for the face, or for the close-up.
    before_at, after_at : str
        When the photos were taken, ``2026-03-01`` or with the time.
    note : str
        Goes to both sessions.
    agreed : bool
        A new person agreed that their photos are kept and measured.
    """

    person: str
    site: str = ""
    before_at: str = ""
    after_at: str = ""
    note: str = ""
    agreed: bool = False


def people_of(records: Records, visit: Visit) -> list[str]:
    """Return pseudonyms, without beginning a record; none where it cannot be read."""
    if not records.exists:
        return []
    return [one.pseudonym for one in records.of(visit).subjects()]


def typed_time(given: Given | None) -> str:
    """Return when a photo was taken as one would type it; empty where the file does not say."""
    return "" if given is None or given.taken_at is None else written(given.taken_at)


def save_pair(
    records: Records,
    visit: Visit,
    asked: Asked | None,
    wanted: Wanted,
    tell: Callable[[str], None] = lambda _: None,
) -> str:
    """Save both photos as sessions, and say what was saved and where; HTML.

    Where anything stands against it nothing is saved, and the sentence says what.
    """
    try:
        if asked is None:
            raise RecordError("compare two photos first, then save them")
        return words.notice(_saved(records, visit, asked, wanted, tell), "good")
    except SkinDeltaError as error:
        return words.notice(_without_folders(sentence(str(error)), asked), "bad")
    except OSError as error:
        return words.notice(sentence_of(error), "bad")


def _saved(
    records: Records, visit: Visit, asked: Asked, wanted: Wanted, tell: Callable[[str], None]
) -> str:
    person = " ".join(wanted.person.split())
    if not person:
        raise RecordError("choose a person, or write a pseudonym for a new one")
    times = _times(asked, wanted)
    files = [visit.own(one.path) for one in (asked.before, asked.after)]
    if records.is_locked(visit):
        raise RecordError(LOCKED)
    record = records.of(visit)
    _refuse_photos_of_others(record, person, files)
    with _Undoing(record, person) as undoing:
        site = _site_for(record, undoing, asked, wanted)
        plan = plan_of(record, person, site, asked)
        saved: list[Session] = []
        scored: list[Scored] = []
        for name, file, at in zip(("before", "after"), files, times, strict=True):
            tell(f"Saving the {name} photo")
            session, results = add_session(
                record, person, [file], at, site.name, note=wanted.note, options=plan.options
            )
            undoing.saved.append(session.id)
            saved.append(session)
            scored += results
    return _told(records.folder, person, site.name, saved, scored, plan.sentence)


class _Undoing:
    """Takes back what was saved when what follows fails."""

    def __init__(self, record: Record, person: str) -> None:
        self.record, self.person = record, person
        self.is_new = False
        self.saved: list[UUID] = []

    def __enter__(self) -> "_Undoing":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        try:
            self._take_back()
        except (SkinDeltaError, OSError) as error:
            raise RecordError(
                "only one photo could be saved, and it could not be taken back: delete its session "
                "under Timeline"
            ) from error

    def _take_back(self) -> None:
        for session in self.saved:
            self.record.delete_session(self.person, session)
        if self.is_new and self._is_empty():  # another tab may have added something meanwhile
            self.record.erase_subject(self.person)

    def _is_empty(self) -> bool:
        record, person = self.record, self.person
        kept = (record.sessions, record.treatments, record.symptoms)
        return not any(entries(person) for entries in kept)


def _refuse_photos_of_others(record: Record, person: str, files: Sequence[Path]) -> None:
    for file in files:
        others = [(who, at) for who, at in record.people_with(read_bytes(file)) if who != person]
        if others:
            who, at = others[0]
            raise RecordError(
                f"{file.name} is in the record of {who!r}, in the session of {written(at)}: choose "
                f"{who!r}, or delete that session under Timeline first if it is not theirs"
            )


def _site_for(record: Record, undoing: _Undoing, asked: Asked, wanted: Wanted) -> Site:
    """Return the body site, made where it is new, and with it the person."""
    choice, person = asked.choice, undoing.person
    name = wanted.site.strip() or (CLOSE_UP_SITE if choice.close_up else Site().name)
    scale = options_of(choice).px_per_mm if choice.close_up else None
    site = Site(name, choice.close_up, scale)
    if person not in {one.pseudonym for one in record.subjects()}:
        if not wanted.agreed:
            raise RecordError(
                f"{person!r} is new: tick that the person agreed, or choose one of the record"
            )
        record.add_subject(Subject(person), site)
        undoing.is_new = True
        return site
    known = {one.name: one for one in record.sites(person)}
    if name not in known:
        record.add_site(person, site)
        return site
    if known[name].close_up != site.close_up:
        shows = "close-ups" if known[name].close_up else "the whole face"
        raise RecordError(
            f"the sessions of {name!r} show {shows}, these photos do not: name another body site"
        )
    if site.close_up and known[name].px_per_mm != site.px_per_mm:
        raise RecordError(
            f"{name!r} has {_scale(known[name])}, and these photos were compared with "
            f"{_scale(site)}: name another body site, or compare them with the same"
        )
    return known[name]


def _scale(site: Site) -> str:
    return "no scale" if site.px_per_mm is None else f"{site.px_per_mm:g} pixels per millimeter"


def _times(asked: Asked, wanted: Wanted) -> tuple[datetime, datetime]:
    before = _time("before", wanted.before_at, asked.before)
    after = _time("after", wanted.after_at, asked.after)
    if after < before:
        raise RecordError(
            f"the after photo is dated {written(after)}, before the before photo "
            f"({written(before)}): correct the dates"
        )
    if asked.before.path != asked.after.path and before == after:
        raise RecordError("both photos have the same date: say the hours too, or correct one")
    return before, after


def _time(which: str, text: str, given: Given) -> datetime:
    told = text.strip()
    if not told:
        raise RecordError(f"say when the {which} photo was taken, such as 2026-03-01")
    if told == typed_time(given) and given.taken_at is not None:
        return given.taken_at
    return read_time(told)


def _told(
    folder: Path, person: str, site: str, saved: list[Session], scored: list[Scored], beside: str
) -> str:
    days = " and ".join(written(one.taken_at) for one in saved)
    troubles = dict.fromkeys(one.trouble for one in scored if one.trouble)
    told = "".join(f" {ended(sentence(text))}" for text in (beside, *troubles) if text)
    return (
        f"Saved for {person}, {site}: the sessions of {days}, on this machine in {folder}. "
        f"You see them under Timeline.{told}"
    )


def _without_folders(text: str, asked: Asked | None) -> str:
    for given in () if asked is None else (asked.before, asked.after):
        text = text.replace(given.path, given.name)
    return text
