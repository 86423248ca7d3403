"""What the record holds, as values: people, body sites, sessions, photos, treatments, symptoms.

Every entry checks itself when it is made, so that nothing half-right is ever saved.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

from ..errors import RecordError
from ..kinds import Setting, SymptomKind, TreatmentKind

__all__ = [
    "Consent",
    "Session",
    "Setting",
    "Site",
    "StoredPhoto",
    "Subject",
    "Symptom",
    "SymptomKind",
    "Treatment",
    "TreatmentKind",
]

FITZPATRICK = range(1, 7)
BIRTH_YEARS = range(1900, 2101)
MOST_DEPTH_MM = 5.0  # deeper needles do not exist; 1.5 is usual (Harris 2015)
MOST_PASSES = 50
MOST_TEXT = 4000
FIRST_YEAR = 1990  # no digital photo is older
AHEAD = timedelta(days=1)  # clocks of cameras are in other time zones


@dataclass(frozen=True)
class Consent:
    """What a person agreed to.

    Attributes
    ----------
    measuring, training, showing : bool
        Their photos may be measured, learnt from, shown to others.
    """

    measuring: bool = True
    training: bool = False
    showing: bool = False


@dataclass(frozen=True)
class Subject:
    """A person, under a pseudonym.

    Attributes
    ----------
    pseudonym : str
        Unique; never a real name.
    birth_year : int or None
    fitzpatrick : int or None
        Skin type I to VI as 1 to 6.
    consent : Consent
    note : str
    id : UUID
    """

    pseudonym: str
    birth_year: int | None = None
    fitzpatrick: int | None = None
    consent: Consent = Consent()
    note: str = ""
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        _named("a pseudonym", self.pseudonym)
        _among("birth year", self.birth_year, BIRTH_YEARS)
        _among("Fitzpatrick type", self.fitzpatrick, FITZPATRICK)
        _short("note", self.note)


@dataclass(frozen=True)
class Site:
    """A part of the body that is followed.

    Attributes
    ----------
    name : str
        Such as ``face`` or ``left forearm``.
    close_up : bool
        Its photos show skin without a face.
    px_per_mm : float or None
        Of close-ups whose scale is known.
    id : UUID
    """

    name: str = "face"
    close_up: bool = False
    px_per_mm: float | None = None
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        _named("a body site", self.name)
        _between("scale", self.px_per_mm, 0.1, 1000.0, "px/mm")


@dataclass(frozen=True)
class StoredPhoto:
    """One photo of a session; its file is kept as it came.

    Attributes
    ----------
    sha256 : str
        Of the file.
    name : str
        What the file was called.
    size : int
        Bytes.
    taken_at : datetime or None
        UTC.
    camera : str or None
    thumbnail : str or None
        Sha256 of a small picture of it, kept beside it.
    id : UUID
    """

    sha256: str
    name: str
    size: int
    taken_at: datetime | None = None
    camera: str | None = None
    thumbnail: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Session:
    """Photos of one body site taken at one time.

    Attributes
    ----------
    taken_at : datetime
        UTC.
    site : str
        Name of the body site.
    photos : tuple of StoredPhoto
        Three are recommended.
    is_baseline : bool
        Later sessions of the site are held against it.
    note : str
    id : UUID
    """

    taken_at: datetime
    site: str = "face"
    photos: tuple[StoredPhoto, ...] = ()
    is_baseline: bool = False
    note: str = ""
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        object.__setattr__(self, "taken_at", _time("session", self.taken_at))
        _short("note", self.note)


@dataclass(frozen=True)
class Treatment:
    """What was done to the skin.

    Attributes
    ----------
    at : datetime
        UTC.
    kind : {"microneedling", "laser", "peel", "topical", "other"}
    setting : {"clinic", "home"}
    site : str
        Name of the body site.
    device : str
    depth_mm : float or None
        Needle depth; of microneedling alone.
    passes : int or None
    area : str
        Which part of the site.
    topicals : tuple of str
        What was put on the skin.
    note : str
    id : UUID
    """

    at: datetime
    kind: TreatmentKind
    setting: Setting = "clinic"
    site: str = "face"
    device: str = ""
    depth_mm: float | None = None
    passes: int | None = None
    area: str = ""
    topicals: tuple[str, ...] = ()
    note: str = ""
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _time("treatment", self.at))
        _one_of("kind of treatment", self.kind, get_args(TreatmentKind))
        _one_of("place of treatment", self.setting, get_args(Setting))
        _between("needle depth", self.depth_mm, 0.0, MOST_DEPTH_MM, "mm")
        if self.depth_mm is not None and self.kind != "microneedling":
            raise RecordError(f"a {self.kind} has no needle depth: leave it out")
        _among("number of passes", self.passes, range(1, MOST_PASSES + 1))
        for name in ("device", "area", "note"):
            _short(name, getattr(self, name))
        for topical in self.topicals:
            _short("topical", topical)


@dataclass(frozen=True)
class Symptom:
    """What a person reports.

    Attributes
    ----------
    at : datetime
        UTC.
    kind : str
        One of :data:`SymptomKind`.
    severity : {1, 2, 3}
        Mild, moderate, severe.
    note : str
    id : UUID
    """

    at: datetime
    kind: SymptomKind
    severity: int = 2
    note: str = ""
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _time("symptom", self.at))
        _one_of("symptom", self.kind, get_args(SymptomKind))
        _among("severity", self.severity, range(1, 4))
        _short("note", self.note)


def _time(what: str, time: datetime | None) -> datetime:
    """Return a time in UTC; raises RecordError where it is missing, or cannot be right."""
    if time is None:
        raise RecordError(f"the {what} has no date: say when it was, such as 2026-03-01T09:30")
    if time.tzinfo is None:
        raise RecordError(f"the time of the {what} has no time zone: {time.isoformat()}")
    if time > datetime.now(UTC) + AHEAD:
        raise RecordError(f"the {what} lies in the future ({time.isoformat()}): correct its date")
    if time.year < FIRST_YEAR:
        raise RecordError(
            f"the {what} is of {time.year}: set the clock of the camera right, or say the date"
        )
    return time.astimezone(UTC)


def _named(what: str, name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > 100 or not name.isprintable():
        raise RecordError(
            f"{what} has 1 to 100 printable characters without spaces around, got {name!r}"
        )


def _short(what: str, text: str) -> None:
    if len(text) > MOST_TEXT:
        raise RecordError(f"the {what} has {len(text)} characters, at most {MOST_TEXT} are kept")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise RecordError(f"the {what} holds signs that are no text: type it anew")


def _among(what: str, number: int | None, known: range) -> None:
    if number is not None and number not in known:
        raise RecordError(f"{what}: expected {known.start} to {known.stop - 1}, got {number}")


def _between(what: str, number: float | None, low: float, high: float, unit: str) -> None:
    if number is not None and not low <= number <= high:
        raise RecordError(f"{what}: expected {low:g} to {high:g} {unit}, got {number:g}")


def _one_of(what: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise RecordError(f"{what}: expected one of {', '.join(known)}, got {value!r}")
