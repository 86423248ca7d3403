"""A person as told on the page: changed, given another body site, erased."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from ...errors import SkinDeltaError
from ...learning.forgetting import forget_person
from ...record import Consent, Record, Site, Subject
from .session_entries import count_of, said

__all__ = [
    "CONSENTS",
    "SKIN_TYPES",
    "PersonForm",
    "about_erasing",
    "changed_person",
    "erased_person",
    "form_of",
    "saved_site",
]

SKIN_TYPES: tuple[tuple[str, int], ...] = (
    ("not said", 0),
    ("I: always burns, never tans", 1),
    ("II: burns easily, tans a little", 2),
    ("III: burns sometimes, tans", 3),
    ("IV: burns rarely, tans well", 4),
    ("V: brown skin, burns very rarely", 5),
    ("VI: dark brown or black skin, never burns", 6),
)
CONSENTS = (
    ("Photos may be measured", "measuring"),
    ("They may be used to retrain a model on this machine", "training"),
    ("They may be shown to others", "showing"),
)


@dataclass(frozen=True)
class PersonForm:
    """What is told of a person, as the widgets hold it.

    Attributes
    ----------
    pseudonym : str
    birth_year : float or None
    skin_type : int
        0 where it is not said.
    consents : sequence of str
    note : str
    """

    pseudonym: str | None
    birth_year: float | None = None
    skin_type: int | None = 0
    consents: Sequence[str] = ("measuring",)
    note: str | None = ""


def form_of(one: Subject) -> PersonForm:
    """Fill a form with what is told of a person."""
    agreed = tuple(name for _, name in CONSENTS if getattr(one.consent, name))
    return PersonForm(one.pseudonym, one.birth_year, one.fitzpatrick or 0, agreed, one.note)


def changed_person(
    record: Record, person: str, form: PersonForm, expected: Subject | None = None
) -> Subject:
    """Replace what is told of a person, the pseudonym among it.

    `expected` is what the form was filled with; where it is another by now, nothing is changed.
    """
    year = form.birth_year
    if year is not None and year != int(year):
        raise SkinDeltaError(f"the birth year is a whole number, got {year:g}")
    new = replace(
        expected or record.subject(person),
        pseudonym=(form.pseudonym or "").strip(),
        birth_year=None if year is None else int(year),
        fitzpatrick=form.skin_type or None,
        consent=Consent(**{name: name in form.consents for _, name in CONSENTS}),
        note=(form.note or "").strip(),
    )
    return record.change_subject(person, new, expected)


def saved_site(
    record: Record, person: str, name: str | None, close_up: bool, px_per_mm: float | None
) -> str:
    """Add a body site."""
    if px_per_mm is not None and not close_up:
        raise SkinDeltaError(
            "the scale is of close-ups alone: tick the close-up, or leave the scale empty"
        )
    site = record.add_site(person, Site((name or "").strip(), close_up, px_per_mm))
    told = f"saved for {person}: {site.name}; choose it above to add photos of it"
    return said(told, "good")


def about_erasing(record: Record, person: str) -> str:
    """Say exactly what goes when a person is erased, as HTML."""
    sessions = record.sessions(person)
    photos = sum(len(one.photos) for one in sessions)
    counted = (
        (photos, "photo"),
        (len(sessions), "session"),
        (len(record.treatments(person)), "treatment"),
        (len(record.symptoms(person)), "symptom"),
    )
    listed = ", ".join(count_of(number, what) for number, what in counted)
    return (
        '<div class="sd-status sd-bad"><strong>This cannot be taken back.</strong> '
        f"Of {escape(repr(person))} go: {listed}, and everything that was measured. "
        "Backups and exported files stay where they are: delete those yourself.</div>"
    )


def erased_person(record: Record, person: str, typed: str | None) -> str:
    """Erase a person, where the pseudonym was typed to confirm it; say what went."""
    if (typed or "").strip() != person:
        raise SkinDeltaError(
            f"to erase {person!r}, type exactly that pseudonym; nothing was erased"
        )
    photos = record.erase_subject(person)
    labels = forget_person(record.folder, person)
    more = f" and {count_of(labels, 'label')}" if labels else ""
    return (
        f"{person!r} was erased, with {count_of(photos, 'photo')}{more}. What other open pages "
        "still show goes when they are closed, or after an hour."
    )
