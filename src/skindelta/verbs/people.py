"""``skindelta record subject`` and ``skindelta record site``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..arguments import CloseUpOption, JsonOption, OverwriteOption, ScaleOption
from .opening import PersonArgument, begins_record, with_record
from .shell import print_json, print_report, print_table

if TYPE_CHECKING:
    from ..record import Record, Subject

__all__ = ["site", "subject"]

subject = typer.Typer(
    name="subject", help="People, under pseudonyms.", no_args_is_help=True, add_completion=False
)
site = typer.Typer(name="site", help="Parts of the body that are followed.", no_args_is_help=True)

ROMAN = ("I", "II", "III", "IV", "V", "VI")
NewPerson = Annotated[str, typer.Argument(metavar="PERSON", help="A pseudonym, never a real name.")]
BirthYear = Annotated[int | None, typer.Option(metavar="YEAR", help="Year of birth.")]
Fitzpatrick = Annotated[
    int | None, typer.Option(min=1, max=6, metavar="1-6", help="Fitzpatrick skin type I to VI.")
]
Measuring = Annotated[
    bool, typer.Option("--measuring/--no-measuring", help="Agreed to be measured.")
]
Training = Annotated[
    bool, typer.Option("--training/--no-training", help="Agreed that models learn from the photos.")
]
Showing = Annotated[
    bool, typer.Option("--showing/--no-showing", help="Agreed that photos are shown to others.")
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Anything to remember.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@subject.command("add")
@begins_record
def add_subject(
    record: "Record",
    person: NewPerson,
    birth_year: BirthYear = None,
    fitzpatrick: Fitzpatrick = None,
    measuring: Measuring = True,
    training: Training = False,
    showing: Showing = False,
    note: Note = "",
    as_json: JsonOption = False,
) -> None:
    """Add a person, with the face as the first body site."""
    from ..history import subject_to_dict
    from ..record import Consent, Subject

    agreed = Consent(measuring, training, showing)
    added = record.add_subject(Subject(person, birth_year, fitzpatrick, agreed, note))
    if as_json:
        print_json(subject_to_dict(added))
    else:
        typer.echo(f"{person} was added")


@subject.command("change")
@with_record
def change_subject(
    record: "Record",
    person: PersonArgument,
    pseudonym: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another pseudonym.")
    ] = None,
    birth_year: BirthYear = None,
    fitzpatrick: Fitzpatrick = None,
    measuring: Annotated[
        bool | None, typer.Option("--measuring/--no-measuring", help="Agreed to be measured.")
    ] = None,
    training: Annotated[
        bool | None,
        typer.Option("--training/--no-training", help="Agreed that models learn from the photos."),
    ] = None,
    showing: Annotated[
        bool | None,
        typer.Option("--showing/--no-showing", help="Agreed that photos are shown to others."),
    ] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Anything to remember.")] = None,
) -> None:
    """Change what is told of a person; what is not given stays as it is."""
    from dataclasses import replace

    old = record.subject(person)
    agreed = {"measuring": measuring, "training": training, "showing": showing}
    told = {"birth_year": birth_year, "fitzpatrick": fitzpatrick, "note": note}
    consent = replace(old.consent, **_given(agreed))
    new = replace(old, pseudonym=pseudonym or person, consent=consent, **_given(told))
    record.change_subject(person, new)
    typer.echo(f"{pseudonym or person} was changed")


@subject.command("list")
@with_record
def list_subjects(record: "Record", as_json: JsonOption = False) -> None:
    """List all people."""
    from ..history import subject_to_dict

    people = record.subjects()
    if as_json:
        print_json([subject_to_dict(one) for one in people])
        return
    rows = [
        (
            one.pseudonym,
            str(one.birth_year or ""),
            _type(one),
            str(len(record.sessions(one.pseudonym))),
            _agreed(one),
            one.note,
        )
        for one in people
    ]
    heads = ("person", "born", "skin type", "sessions", "agreed to", "note")
    print_table(heads, rows, "there is nobody yet; add somebody: skindelta record subject add NAME")


@subject.command("show")
@with_record
def show_subject(record: "Record", person: PersonArgument, as_json: JsonOption = False) -> None:
    """Show what is known of a person."""
    from ..history import person_to_dict

    if as_json:
        print_json(person_to_dict(record, person))
        return
    one = record.subject(person)
    lines = [
        f"{one.pseudonym}: {_about(one)}",
        f"agreed to: {_agreed(one)}",
        *([f"note: {one.note}"] if one.note else []),
        *(_site_line(record, person, name.name) for name in record.sites(person)),
        f"treatments: {len(record.treatments(person))}, symptoms: {len(record.symptoms(person))}",
    ]
    print_report("\n".join(lines))


@subject.command("export")
@with_record
def export_subject(
    record: "Record",
    person: PersonArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where it goes.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Write all that is kept of a person to a zip: photos without places, tables, JSON, reports."""
    from ..export import export_person

    done = export_person(record, person, file, overwrite)
    typer.echo(f"{file}: {done.photos} photos, {done.sessions} sessions of {person}")
    for sentence in done.missing:
        typer.echo(sentence, err=True)
    if done.missing:
        raise typer.Exit(1)


@subject.command("delete")
@with_record
def delete_subject(record: "Record", person: PersonArgument, yes: Yes = False) -> None:
    """Erase a person so that nothing is left: photos, numbers, everything."""
    record.subject(person)
    if not yes:
        typer.confirm(f"Erase {person} with all photos for good?", abort=True, err=True)
    from ..learning.forgetting import forget_person

    photos = record.erase_subject(person)
    labels = forget_person(record.folder, person)
    typer.echo(
        f"{person} was erased, with {photos} files{f' and {labels} labels' if labels else ''}; "
        "copies in backups, and labels in files of your own, are yours to delete"
    )


@site.command("add")
@with_record
def add_site(
    record: "Record",
    person: PersonArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as 'left forearm'.")],
    close_up: CloseUpOption = False,
    px_per_mm: ScaleOption = None,
) -> None:
    """Add a body site of a person."""
    from ..record import Site

    record.add_site(person, Site(name, close_up, px_per_mm))
    typer.echo(f"{name} of {person} was added")


@site.command("list")
@with_record
def list_sites(record: "Record", person: PersonArgument, as_json: JsonOption = False) -> None:
    """List the body sites of a person."""
    from ..history import site_to_dict

    sites = record.sites(person)
    if as_json:
        print_json([site_to_dict(one) for one in sites])
        return
    rows = [
        (
            one.name,
            "close-up" if one.close_up else "face",
            f"{one.px_per_mm:g} px/mm" if one.px_per_mm else "",
            str(len(record.sessions(person, one.name))),
        )
        for one in sites
    ]
    print_table(("site", "photos show", "scale", "sessions"), rows, "there is no site")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, and not left as it is."""
    return {name: value for name, value in values.items() if value is not None}


def _type(one: "Subject") -> str:
    return ROMAN[one.fitzpatrick - 1] if one.fitzpatrick else ""


def _about(one: "Subject") -> str:
    told = [f"born {one.birth_year}"] if one.birth_year else []
    told += [f"Fitzpatrick type {_type(one)}"] if one.fitzpatrick else []
    return ", ".join(told) or "nothing more is told"


def _agreed(one: "Subject") -> str:
    names = ("measuring", "training", "showing")
    return ", ".join(name for name in names if getattr(one.consent, name)) or "nothing"


def _site_line(record: "Record", person: str, name: str) -> str:
    sessions = record.sessions(person, name)
    if not sessions:
        return f"{name}: no session yet"
    first, last = (f"{one.taken_at:%Y-%m-%d}" for one in (sessions[0], sessions[-1]))
    photos = sum(len(one.photos) for one in sessions)
    return f"{name}: {len(sessions)} sessions, {photos} photos, {first} to {last}"
