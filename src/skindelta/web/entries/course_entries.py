"""Treatments and symptoms as they are entered on the page, and what is said of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any, TypeVar, cast

from ...errors import SkinDeltaError
from ...history import aftermath, flags_of_symptom
from ...kinds import SEVERITIES
from ...plain_words import ended, sentence
from ...record import Record, Setting, Symptom, SymptomKind, Treatment, TreatmentKind
from ...recovery import NO_RULE, NOT_A_DIAGNOSIS, Flag, in_order
from ...report.course_words import URGENCY
from .session_entries import Saved, id_of, said, time_typed, written

__all__ = [
    "KINDS",
    "SETTINGS",
    "SEVERITY",
    "SYMPTOMS",
    "TreatmentForm",
    "deleted_symptom",
    "deleted_treatment",
    "flag_boxes",
    "saved_symptom",
    "saved_treatment",
    "symptom_choices",
    "symptom_of",
    "treatment_choices",
    "treatment_of",
]

KINDS: tuple[tuple[str, TreatmentKind], ...] = (
    ("Microneedling", "microneedling"),
    ("Laser", "laser"),
    ("Peel", "peel"),
    ("Cream or serum", "topical"),
    ("Other", "other"),
)
SETTINGS: tuple[tuple[str, Setting], ...] = (("In a clinic", "clinic"), ("At home", "home"))
SEVERITY = tuple((name.capitalize(), number) for number, name in enumerate(SEVERITIES, start=1))
# The most urgent first: who has it must not search.
SYMPTOMS: tuple[tuple[str, SymptomKind], ...] = (
    ("Trouble breathing", "trouble breathing"),
    ("Swelling", "swelling"),
    ("Something wrong with an eye or with sight", "eye trouble"),
    ("Fever", "fever"),
    ("Redness that spreads", "spreading redness"),
    ("Pus or yellow fluid", "pus"),
    ("Blisters", "blisters"),
    ("Burn", "burn"),
    ("Rash or hives", "rash"),
    ("Pain", "pain"),
    ("Itch", "itch"),
    ("Bleeding", "bleeding"),
    ("Dark or yellow crust", "crust"),
    ("Numb skin", "numbness"),
    ("A patch darker than the skin around", "dark patch"),
    ("A patch paler than the skin around", "pale patch"),
    ("Lines or streaks that stay", "streaks"),
    ("A scar that grows or is raised", "raised scar"),
    ("Firm bumps under the skin", "nodules"),
)
Entry = TypeVar("Entry", Treatment, Symptom)


@dataclass(frozen=True)
class TreatmentForm:
    """A treatment as it was typed.

    Attributes
    ----------
    kind, setting : str
    when : str
    depth_mm, passes : float or None
    device, area, topicals, note : str
        Topicals with commas between them.
    """

    kind: str | None
    setting: str | None = "clinic"
    when: str | None = ""
    depth_mm: float | None = None
    passes: float | None = None
    device: str | None = ""
    area: str | None = ""
    topicals: str | None = ""
    note: str | None = ""

    @classmethod
    def of(cls, one: Treatment) -> "TreatmentForm":
        """Fill a form with a treatment."""
        return cls(
            one.kind,
            one.setting,
            written(one.at),
            one.depth_mm,
            one.passes,
            one.device,
            one.area,
            ", ".join(one.topicals),
            one.note,
        )


def saved_treatment(
    record: Record,
    person: str,
    site: str,
    which: str | None,
    form: TreatmentForm,
    expected: Treatment | None = None,
) -> Saved[Treatment]:
    """Add a treatment, or correct one, and say what is usual after it, as HTML.

    Parameters
    ----------
    record : Record
    person, site : str
    which : str or None
        Id of one that is corrected; it stays at its body site.
    form : TreatmentForm
    expected : Treatment, optional
        What the form was filled with; where it is another by now, nothing is changed.
    """
    if not form.kind:
        raise SkinDeltaError("say what was done: choose a kind of treatment")
    if not form.setting:
        raise SkinDeltaError("say where it was done: in a clinic or at home")
    found = treatment_of(record, person, which) if which else None
    old = expected or found
    at = time_typed(form.when, None if old is None else old.at)
    if at is None:
        raise SkinDeltaError("the treatment has no date: say when it was, such as 2026-03-01T09:30")
    told: Any = {
        "at": at,
        "kind": cast(TreatmentKind, form.kind),
        "setting": cast(Setting, form.setting),
        "site": site if old is None else old.site,
        "device": (form.device or "").strip(),
        "depth_mm": form.depth_mm,
        "passes": _whole(form.passes),
        "area": (form.area or "").strip(),
        "topicals": tuple(filter(None, map(str.strip, (form.topicals or "").split(",")))),
        "note": (form.note or "").strip(),
    }
    if old is None:
        saved = record.add_treatment(person, Treatment(**told))
    else:
        saved = record.change_treatment(person, Treatment(**told, id=old.id), expected)
    name = f"{_name_of(saved.kind, KINDS).lower()} of {written(saved.at)}"
    html = said(f"saved for {person}: {name}", "good") + _afterwards(record, person, saved)
    return Saved(html, saved)


def deleted_treatment(record: Record, person: str, which: str | None) -> str:
    """Delete a treatment."""
    one = treatment_of(record, person, which)
    record.delete_treatment(person, one.id)
    return said(f"the {one.kind} of {person}, {written(one.at)}, was deleted", "good")


def treatment_of(record: Record, person: str, which: str | None) -> Treatment:
    """Return the treatment that is meant."""
    return _meant(record.treatments(person), which, "treatment")


def treatment_choices(record: Record, person: str, site: str) -> list[tuple[str, str]]:
    """Name the treatments of a site, the latest first, each with its id."""
    return [
        (
            f"{written(one.at)}: {_name_of(one.kind, KINDS).lower()}, "
            + ("at home" if one.setting == "home" else "in a clinic")
            + (f", {one.depth_mm:g} mm" if one.depth_mm is not None else ""),
            str(one.id),
        )
        for one in reversed(record.treatments(person))
        if one.site == site
    ]


def saved_symptom(
    record: Record,
    person: str,
    which: str | None,
    kind: str | None,
    severity: int | None,
    when: str | None,
    note: str | None,
    expected: Symptom | None = None,
) -> Saved[Symptom]:
    """Add a symptom, or correct one, and say whether it is usual or needs a clinician, as HTML.

    Without a time it is of now. `expected` is what the form was filled with; where it is another by
    now, nothing is changed.
    """
    found = symptom_of(record, person, which) if which else None
    old = expected or found
    at = time_typed(when, None if old is None else old.at) or datetime.now(UTC).replace(
        microsecond=0
    )
    if not kind:
        raise SkinDeltaError("say what is felt or seen: choose it from the list")
    if severity not in (1, 2, 3):
        raise SkinDeltaError("say how severe it is: mild, moderate or severe")
    told = Symptom(at, cast(SymptomKind, kind), severity, (note or "").strip())
    if old is None:
        saved = record.add_symptom(person, told)
    else:
        saved = record.change_symptom(person, replace(told, id=old.id), expected)
    flags = flags_of_symptom(record, person, saved)
    answer = flag_boxes(flags) if flags else said(NO_RULE)
    name = f"{SEVERITIES[saved.severity - 1]} {saved.kind} on {written(saved.at)}"
    html = answer + said(f"saved for {person}: {name}", "good") + _note(NOT_A_DIAGNOSIS)
    return Saved(html, saved)


def deleted_symptom(record: Record, person: str, which: str | None) -> str:
    """Delete a symptom."""
    one = symptom_of(record, person, which)
    record.delete_symptom(person, one.id)
    return said(f"{one.kind} of {person}, {written(one.at)}, was deleted", "good")


def symptom_of(record: Record, person: str, which: str | None) -> Symptom:
    """Return the symptom that is meant."""
    return _meant(record.symptoms(person), which, "symptom")


def symptom_choices(record: Record, person: str) -> list[tuple[str, str]]:
    """Name what was reported, the latest first, each with its id."""
    return [
        (
            f"{written(one.at)}: {_name_of(one.kind, SYMPTOMS).lower()}, "
            f"{SEVERITIES[one.severity - 1]}",
            str(one.id),
        )
        for one in reversed(record.symptoms(person))
    ]


def flag_boxes(flags: Iterable[Flag]) -> str:
    """Show what rules noticed, the most urgent first; each says how urgent it is in words."""
    return "".join(
        f'<div class="sd-flag sd-{flag.level}"{_alert(flag)}><strong>{URGENCY[flag.level]}</strong>'
        f"<p>{escape(ended(sentence(flag.text)))}</p></div>"
        for flag in in_order(flags)
    )


def _alert(flag: Flag) -> str:
    return ' role="alert"' if flag.level == "emergency" else ""


def _afterwards(record: Record, person: str, saved: Treatment) -> str:
    told = aftermath(saved, record.subject(person))
    if told.not_known:
        return said(told.not_known) + _note(NOT_A_DIAGNOSIS)
    return (
        flag_boxes(told.flags)
        + f'<div class="sd-status"><strong>Usual afterwards</strong>{_listed(told.usual)}'
        f"<strong>On the first day</strong>{_listed(told.care)}</div>"
        + _note(f"{told.photos} {NOT_A_DIAGNOSIS}")
    )


def _listed(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(ended(sentence(text)))}</li>" for text in texts)
    return f"<ul>{items}</ul>"


def _note(text: str) -> str:
    return f'<p class="sd-note">{escape(text)}</p>'


def _whole(number: float | None) -> int | None:
    if number is None:
        return None
    if number != int(number):
        raise SkinDeltaError(f"the number of passes is a whole number, got {number:g}")
    return int(number)


def _meant(entries: Sequence[Entry], which: str | None, what: str) -> Entry:
    wanted = id_of(which, what)
    for one in entries:
        if one.id == wanted:
            return one
    raise SkinDeltaError(f"this {what} was deleted meanwhile: choose another")


def _name_of(kind: str, known: Sequence[tuple[str, str]]) -> str:
    return next((name for name, value in known if value == kind), kind)
