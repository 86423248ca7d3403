"""``skindelta record``: what concerns the record as a whole."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..arguments import CURRENT, JsonOption, ModelOption, OverwriteOption, options_of
from ..errors import RecordError
from .opening import (
    DatabaseOption,
    FolderOption,
    PassphraseOption,
    PersonArgument,
    begins_record,
    first_line,
    passphrase_of,
    with_record,
)
from .sessions import AnySiteOption, ScoreOption, SiteOption, tell_scored
from .shell import print_json, print_table, sentences

if TYPE_CHECKING:
    from ..record import Record

__all__ = ["record"]

record = typer.Typer(
    name="record",
    help="People, photos, treatments and symptoms over months, kept on this machine.",
    no_args_is_help=True,
)

NEW_PASSPHRASE = "SKINDELTA_NEW_PASSPHRASE"  # noqa: S105  # the name of a variable
NewPassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file",
        metavar="FILE",
        help=f"First line: the new passphrase; otherwise the variable {NEW_PASSPHRASE} is looked "
        "at, then you are asked.",
    ),
]


@record.command("show")
@with_record
def show_record(record: "Record", as_json: JsonOption = False) -> None:
    """Show where the record lies, what is in it, and whether its photos are encrypted."""
    from ..record import has_key

    people = record.subjects()
    sessions = [one for person in people for one in record.sessions(person.pseudonym)]
    told = {
        "folder": str(record.folder),
        "encrypted": has_key(record.folder),
        "people": len(people),
        "sessions": len(sessions),
        "photos": sum(len(one.photos) for one in sessions),
    }
    if as_json:
        print_json(told)
        return
    photos = "photos encrypted (names, notes and numbers are not)"
    words = {True: f"{photos}: yes", False: f"{photos}: no"}
    for name, value in told.items():
        typer.echo(words[value] if isinstance(value, bool) else f"{name}: {value}")


@record.command("import")
@begins_record
def import_photos(
    record: "Record",
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Photos as PERSON/YYYY-MM-DD.jpg, or see --subject."),
    ],
    subject: Annotated[
        str | None,
        typer.Option(metavar="PERSON", help="All photos are of this person, who is known."),
    ] = None,
    site: SiteOption = "face",
    score: ScoreOption = True,
    model: ModelOption = CURRENT,
) -> None:
    """Keep the photos of a folder as sessions: whose by folder, when by name or camera."""
    from ..history import import_folder, rescore
    from ..pipeline import with_model

    options = options_of(model=model)
    if score:
        options = with_model(options)
    people: dict[str, int] = {}
    failures = 0
    for one in import_folder(record, folder, subject, site):
        if one.trouble:
            failures += 1
            typer.echo(one.trouble, err=True)
        elif one.known:
            typer.echo(f"{one.pseudonym}: {len(one.known)} there already: {', '.join(one.known)}")
        elif one.session is not None:
            people[one.pseudonym] = people.get(one.pseudonym, 0) + 1
    for person, count in people.items():
        typer.echo(f"{person}: {count} session{' was' if count == 1 else 's were'} added")
        if score:
            done = rescore(record, person, options, site, tell=tell_scored)
            failures += sum(scored.failed for scored in done)
    if failures:
        raise typer.Exit(1)


@record.command("rescore")
@with_record
def rescore_history(
    record: "Record",
    person: PersonArgument,
    site: AnySiteOption = None,
    model: ModelOption = CURRENT,
    again: Annotated[
        bool, typer.Option("--again", help="Also what this model has measured before.")
    ] = False,
) -> None:
    """Measure a history under a model, beside what other models said."""
    from ..history import rescore

    done = rescore(record, person, options_of(model=model), site, again, tell_scored)
    new = sum(one.is_new for one in done)
    failed = sum(one.failed for one in done)
    known = sum(not (one.is_new or one.trouble) for one in done)
    typer.echo(
        f"{person}: {new} shots were measured, {known} had been already, {failed} could not be"
    )
    if any(one.failed for one in done):
        raise typer.Exit(1)


@record.command("backup")
@with_record
def back_up(
    record: "Record",
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where it goes.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Write everything to one file; photos that are encrypted stay so."""
    done = record.back_up(file, overwrite)
    typer.echo(f"{file}: {done.people} people, {done.sessions} sessions, {done.photos} photos")


@record.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A backup.")],
    folder: FolderOption = None,
    database: DatabaseOption = None,
) -> None:
    """Bring a backup back into a record that holds nobody."""
    from ..record import default_folder, restore_backup

    with sentences():
        where = folder or default_folder()
        done = restore_backup(file, where, database)
    many = f"{done.people} people, {done.sessions} sessions, {done.photos} photos"
    typer.echo(f"{where}: {many} were restored")


@record.command("encrypt")
@with_record
def encrypt(record: "Record", new_passphrase_file: NewPassphraseOption = None) -> None:
    """Encrypt all photos by a passphrase; whoever loses it loses the photos."""
    from ..record import has_key

    if has_key(record.folder):
        raise RecordError(
            "the photos are encrypted already; change the passphrase by: skindelta record "
            "passphrase"
        )
    photos = record.encrypt(_new_passphrase(new_passphrase_file))
    typer.echo(
        f"{photos} files were encrypted: photos and their thumbnails. Pseudonyms, dates, notes and "
        "numbers are not. Keep the passphrase where you will find it"
    )


@record.command("passphrase")
def change_passphrase(
    new_passphrase_file: NewPassphraseOption = None,
    folder: FolderOption = None,
    database: DatabaseOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Change the passphrase; photos need not be encrypted anew."""
    from ..record import Record, default_folder

    with sentences():
        where = folder or default_folder()
        old = passphrase_of(where, passphrase_file)
        if old is None:
            raise RecordError(
                "there is no passphrase to change, or it was not given; skindelta record encrypt "
                "sets the first one"
            )
        with Record(where, database, old) as record:
            record.change_passphrase(old, _new_passphrase(new_passphrase_file))
    typer.echo("the passphrase was changed; backups made before keep the old one")


@record.command("audit")
@with_record
def show_audit(
    record: "Record",
    person: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="All where not said.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was changed, and when."""
    from ..contract import iso_time

    found = record.audit(person)
    if as_json:
        print_json([{"at": iso_time(at), "action": a, "about": about} for at, a, about in found])
        return
    rows = [(f"{at:%Y-%m-%d %H:%M:%S}", action, about) for at, action, about in found]
    print_table(("when (UTC)", "what", "about"), rows, "nothing was changed yet")


def _new_passphrase(file: Path | None) -> str:
    if file is not None:
        return first_line(file)
    if os.environ.get(NEW_PASSPHRASE):
        return os.environ[NEW_PASSPHRASE]
    return str(
        typer.prompt(
            "New passphrase (8 characters or more)",
            hide_input=True,
            confirmation_prompt=True,
            err=True,
        )
    )
