"""``skindelta record session``: photos of one site at one time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..arguments import CURRENT, JsonOption, ModelOption, OverwriteOption, options_of
from .opening import PersonArgument, entry_of, short, time_of, with_record
from .people import Note, Yes
from .shell import print_json, print_report, print_table

if TYPE_CHECKING:
    from ..history import Scored
    from ..record import Record, Session

__all__ = ["ScoreOption", "SiteOption", "session", "tell_scored"]

session = typer.Typer(
    name="session", help="Photos of one body site taken at one time.", no_args_is_help=True
)

SiteOption = Annotated[str, typer.Option("--site", metavar="NAME", help="Body site.")]
AnySiteOption = Annotated[
    str | None, typer.Option("--site", metavar="NAME", help="One body site; all where not said.")
]
ScoreOption = Annotated[
    bool, typer.Option("--score/--no-score", help="Measure it against the baseline at once.")
]
SessionArgument = Annotated[
    str, typer.Argument(metavar="SESSION", help="Its day, or the beginning of its id.")
]


@session.command("add")
@with_record
def add(
    record: "Record",
    person: PersonArgument,
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTO...", help="One or more shots; three are better.")
    ],
    taken_at: Annotated[
        str | None,
        typer.Option(
            "--taken-at",
            metavar="TIME",
            help="2026-03-01 or 2026-03-01T09:30, in UTC; as the camera says where not given.",
        ),
    ] = None,
    site: SiteOption = "face",
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Hold the other sessions against this one.")
    ] = False,
    note: Note = "",
    score: ScoreOption = True,
    model: ModelOption = CURRENT,
    as_json: JsonOption = False,
) -> None:
    """Keep photos as a session, and measure each shot against the baseline."""
    from ..history import add_session, save_session, session_to_dict

    about = (record, person, photos, time_of("--taken-at", taken_at), site, baseline, note)
    if score:
        saved, scored = add_session(*about, options_of(model=model))
    else:
        saved, scored = save_session(*about), ()
    if as_json:
        print_json(session_to_dict(saved))
    else:
        typer.echo(_saved(saved))
    for one in scored:
        tell_scored(one)
    if any(one.failed for one in scored):
        raise typer.Exit(1)


@session.command("list")
@with_record
def list_sessions(
    record: "Record",
    person: PersonArgument,
    site: AnySiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the sessions of a person, the oldest first."""
    from ..history import session_to_dict

    sessions = record.sessions(person, site)
    if as_json:
        print_json([session_to_dict(one) for one in sessions])
        return
    rows = [
        (
            short(one),
            f"{one.taken_at:%Y-%m-%d %H:%M}",
            one.site,
            str(len(one.photos)),
            "baseline" if one.is_baseline else "",
            one.note,
        )
        for one in sessions
    ]
    heads = ("session", "taken (UTC)", "site", "photos", "", "note")
    print_table(heads, rows, f"there is no session yet: skindelta record session add {person} ...")


@session.command("show")
@with_record
def show_session(
    record: "Record", person: PersonArgument, which: SessionArgument, as_json: JsonOption = False
) -> None:
    """Show a session with its photos."""
    from ..history import session_to_dict

    one = entry_of(record.sessions(person), which, "session")
    if as_json:
        print_json(session_to_dict(one))
        return
    print_report(_saved(one) + (f"\nnote: {one.note}" if one.note else ""))
    rows = [
        (
            photo.name,
            f"{photo.taken_at:%Y-%m-%d %H:%M:%S}" if photo.taken_at else "not known",
            photo.camera or "not known",
            f"{photo.size / 1e6:.1f} MB",
            photo.sha256[:12],
        )
        for photo in one.photos
    ]
    print_table(("photo", "taken (UTC)", "camera", "size", "sha256"), rows, "no photo")


@session.command("export")
@with_record
def export_session(
    record: "Record",
    person: PersonArgument,
    which: SessionArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the photos go.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Write the photos of a session to a folder, without the place they were taken at."""
    from ..export import export_photos

    one = entry_of(record.sessions(person), which, "session")
    for path in export_photos(record, one, folder, overwrite):
        typer.echo(str(path))


@session.command("baseline")
@with_record
def choose_baseline(
    record: "Record",
    person: PersonArgument,
    which: SessionArgument,
    model: ModelOption = CURRENT,
) -> None:
    """Hold the sessions of its site against this one, and measure what is missing."""
    from ..history import is_healing, rescore
    from ..pipeline import with_model

    options = with_model(options_of(model=model))
    one = entry_of(record.sessions(person), which, "session")
    record.choose_baseline(person, one.id)
    typer.echo(f"sessions of the {one.site} are held against {one.taken_at:%Y-%m-%d} now")
    if is_healing(one.taken_at, [t for t in record.treatments(person) if t.site == one.site]):
        typer.echo(
            "it was taken within two weeks of a treatment: what improves from there is healing, "
            "not a result; choose a session before it, or from two weeks after it",
            err=True,
        )
    if any(found.failed for found in rescore(record, person, options, one.site, tell=tell_scored)):
        raise typer.Exit(1)


@session.command("delete")
@with_record
def delete_session(
    record: "Record", person: PersonArgument, which: SessionArgument, yes: Yes = False
) -> None:
    """Delete a session with its photos and what was measured of them."""
    one = entry_of(record.sessions(person), which, "session")
    day = f"{one.taken_at:%Y-%m-%d}"
    if not yes:
        typer.confirm(f"Delete the session of {day} with its photos?", abort=True, err=True)
    record.delete_session(person, one.id)
    typer.echo(f"the session of {day} was deleted, with {len(one.photos)} photos")
    chosen = next((s for s in record.sessions(person, one.site) if s.is_baseline), None)
    if one.is_baseline and chosen is not None:
        typer.echo(
            f"the baseline is that of {chosen.taken_at:%Y-%m-%d} now; "
            f"skindelta record rescore {person} measures against it"
        )


def tell_scored(one: "Scored") -> None:
    """Say on the error stream what was measured, and what could not be."""
    about = f"{one.session.taken_at:%Y-%m-%d} {one.photo.name}"
    if one.trouble:
        typer.echo(f"{about}: {one.trouble}", err=True)
    elif one.is_new:
        typer.echo(f"{about}: measured", err=True)


def _saved(one: "Session") -> str:
    count = len(one.photos)
    photos = f"{count} photo{'' if count == 1 else 's'}"
    baseline = ", the baseline" if one.is_baseline else ""
    return (
        f"session {short(one)} of {one.taken_at:%Y-%m-%d %H:%M} UTC, {one.site}: {photos}{baseline}"
    )
