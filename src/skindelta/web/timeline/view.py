"""What the page Timeline shows of one person: read from the record, nothing measured.

Trouble of the record is a sentence in its place; a photo that cannot be opened costs that photo.
"""

from dataclasses import dataclass
from html import escape
from typing import Any
from uuid import UUID

from ...attributes import attribute
from ...errors import RecordError, SkinDeltaError
from ...history import Series, Timeline, timeline
from ...plain_words import BASIS_IN_SHORT, region_words
from ...record import Record, Session
from ...report.course_gaps import OTHER_PERSON, strangers
from ...report.course_words import day, session_name, shown_series
from .. import words
from ..entries.whose import about, owned
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import sentence_of
from .chart import chart_html
from .gallery import Small, gallery_html
from .latest import flags_html, latest_html, next_html
from .sessions_table import sessions_html

__all__ = [
    "Choice",
    "People",
    "Reading",
    "choices_of",
    "measures_of",
    "people_of",
    "read",
    "series_of",
    "status_html",
    "thumbnails",
]

Choice = tuple[str, str]  # label, value

LOCKED = (
    "The photos of this record are encrypted. Numbers can be read without them; give the "
    "passphrase to see photos and to measure new ones, until this tab is closed."
)
NOT_AGREED = (
    "This person did not agree to be measured, or took that back: what was measured before can be "
    "read, and nothing new is measured. Change it below if they agree."
)
HIDDEN = "locked"
NO_SMALL = "no small picture; open it large"


@dataclass(frozen=True)
class People:
    """Who is in the record.

    Attributes
    ----------
    choices : tuple of (label, pseudonym)
    trouble : str
        A sentence, where the record cannot be read; empty otherwise.
    """

    choices: tuple[Choice, ...] = ()
    trouble: str = ""

    def chosen(self, person: str | None) -> str | None:
        """Return who is shown: who was, if still there; the only one where there is one."""
        names = [value for _, value in self.choices]
        if person in names:
            return person
        return names[0] if len(names) == 1 else None


@dataclass(frozen=True)
class Reading:
    """Everything that is shown of one body site of one person.

    Attributes
    ----------
    status, latest, flags, gallery, chart, sessions, next : str
        HTML.
    sites, measures, regions : tuple of (label, value)
    site, measure, region : str
        Which of them are shown.
    is_locked : bool
        Photos cannot be opened by this tab.
    unscored : int
        Shots that were not measured yet.
    has_pair : bool
        The sessions that were asked for side by side are there.
    is_healing : bool
        Something is usual now, or to be done, after the last treatment.
    """

    status: str
    latest: str = ""
    flags: str = ""
    gallery: str = ""
    chart: str = ""
    sessions: str = ""
    next: str = ""
    sites: tuple[Choice, ...] = ()
    measures: tuple[Choice, ...] = ()
    regions: tuple[Choice, ...] = ()
    site: str = "face"
    measure: str = ""
    region: str = ""
    is_locked: bool = False
    unscored: int = 0
    has_pair: bool = True
    is_healing: bool = False

    @property
    def is_there(self) -> bool:
        """Whether the person could be read at all."""
        return bool(self.sites)


def people_of(shared: Shared, visit: Visit) -> People:
    """Return who is in the record; a record that was never begun stays so."""
    if not shared.records.exists:
        return People()
    try:
        counts = shared.records.of(visit).session_counts()
    except SkinDeltaError as error:
        return People(trouble=sentence_of(error))
    return People(tuple((_labelled(name, count), name) for name, count in counts.items()))


def read(
    shared: Shared,
    visit: Visit,
    person: str,
    site: str | None = None,
    measure: str = "",
    region: str = "",
    pair: tuple[str, str] = ("", ""),
) -> Reading:
    """Read one body site of a person for the page.

    Parameters
    ----------
    shared : Shared
    visit : Visit
        Who may fetch the small photos.
    person : str
        Pseudonym.
    site : str, optional
        The first where not given, or where there is none of that name.
    measure, region : str
        Of the chart; those of the headline where they are empty or not there.
    pair : (str, str)
        Ids of the session that is shown side by side, and of what it is held against.

    Returns
    -------
    Reading
        Trouble is a sentence in its status.
    """
    try:
        record = shared.records.of(visit)
        sites = tuple(one.name for one in record.sites(person))
        chosen = site if site in sites else ("face" if "face" in sites else sites[0])
        line = timeline(record, person, chosen, shared.options)
        is_locked = shared.records.is_locked(visit)
        return _shown(record, visit, line, sites, (measure, region), pair, is_locked)
    except SkinDeltaError as error:
        return Reading(owned(words.notice(sentence_of(error), "bad"), person))


def series_of(line: Timeline, measure: str, region: str) -> Series:
    """Return the series of a choice; the headline's where it is not one."""
    name, _, basis = measure.partition("/")
    if measure not in {value for _, value in measures_of(line)}:
        headline = shown_series(line)[0].kind
        name, basis = headline.attribute, headline.basis
    return line.series(name, region if region in line.regions else None, basis)


def measures_of(line: Timeline) -> tuple[Choice, ...]:
    """Return what can be followed, as (label, value)."""
    return tuple((_label(one), _value(one)) for one in line.headlines)


def thumbnails(
    record: Record, visit: Visit, line: Timeline, is_locked: bool = False
) -> dict[UUID, Small]:
    """Return the small photo of each session, or why there is none."""
    if is_locked:
        return {one.id: Small("", HIDDEN) for one in line.sessions}
    return {one.id: _small(record, visit, one) for one in line.sessions}


def _shown(
    record: Record,
    visit: Visit,
    line: Timeline,
    sites: tuple[str, ...],
    drawn: tuple[str, str],
    pair: tuple[str, str],
    is_locked: bool,
) -> Reading:
    series = series_of(line, *drawn)
    has_pair = set(pair) - {""} <= {str(one.id) for one in line.sessions}
    pair = pair if has_pair else ("", "")
    photos = thumbnails(record, about(visit, line.subject), line, is_locked)

    def theirs(html: str) -> str:
        return owned(html, line.subject.pseudonym, line.site.name)

    return Reading(
        theirs(status_html(line, is_locked)),
        theirs(latest_html(line)),
        theirs(flags_html(line)),
        theirs(gallery_html(line, photos, *pair)) if line.sessions else "",
        theirs(chart_html(line, series, *pair)),
        theirs(sessions_html(line)),
        theirs(next_html(line)),
        choices_of(sites),
        measures_of(line),
        choices_of(line.regions or (line.whole,)),
        line.site.name,
        _value(series),
        series.kind.region,
        is_locked and bool(line.sessions),
        max(0, line.unscored),
        has_pair,
        bool(line.outlook.expected or line.outlook.aftercare),
    )


def status_html(line: Timeline, is_locked: bool) -> str:
    """Say how much is there, and what stands in the way."""
    sessions = line.sessions
    told = [f"<p class='sd-facts'>{escape(_facts(line))}</p>"] if sessions else []
    if is_locked and sessions:
        told.append(words.notice(LOCKED))
    if not line.subject.consent.measuring:
        told.append(words.notice(NOT_AGREED, "bad"))
    told += [_stranger(session_name(line, one)) for one in strangers(line)]
    if line.unscored > 0:
        are = "shot is" if line.unscored == 1 else "shots are"
        told.append(words.notice(f"{line.unscored} {are} not measured yet, and not in the numbers"))
    if len(line.versions) > 1:
        told.append(
            words.notice(
                f"measured by several versions of skindelta ({', '.join(line.versions)}): numbers "
                "may not go together until all is measured again"
            )
        )
    return "".join(told)


def _stranger(name: str) -> str:
    """Say that a session may be of somebody else, and what to do."""
    return words.notice(
        f"Session of {name}: {OTHER_PERSON}. If it is, delete that session below, at “Change or "
        "delete a session”",
        "bad",
    )


def _facts(line: Timeline) -> str:
    first, last = day(line.sessions[0].taken_at), day(line.sessions[-1].taken_at)
    count = len(line.sessions)
    many = f"{count} session{'' if count == 1 else 's'}"
    when = first if count == 1 else f"{first} to {last}"
    held = f" · held against {day(line.baseline.taken_at)}" if line.baseline and count > 1 else ""
    return f"{many} · {when}{held} · days are UTC"


def _small(record: Record, visit: Visit, session: Session) -> Small:
    name = session.photos[0].thumbnail if session.photos else None
    if name is None:
        return Small("", NO_SMALL)
    try:
        data = record.photo(name)
    except RecordError:
        return Small("", "this photo is damaged or missing: restore it from a backup")
    return Small(visit.keep(data, f"{session.taken_at:%Y-%m-%d}.jpg"))


def choices_of(names: tuple[str, ...]) -> tuple[Choice, ...]:
    """Return names as choices in words."""
    return tuple((region_words(name).capitalize(), name) for name in names)


def _labelled(name: str, count: int) -> str:
    return f"{name} ({'no' if not count else count} session{'' if count == 1 else 's'})"


def _label(series: Series) -> str:
    about, kind = attribute(series.kind.attribute), series.kind
    if kind.unit == "%":
        return about.label
    basis: Any = kind.basis
    return f"{about.label} {BASIS_IN_SHORT[basis]}"


def _value(series: Series) -> str:
    return f"{series.kind.attribute}/{series.kind.basis}"
