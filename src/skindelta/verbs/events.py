"""``skindelta record treatment`` and ``skindelta record symptom``."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from ..arguments import JsonOption, OverwriteOption
from ..errors import RecordError
from ..kinds import SEVERITIES, Setting, SymptomKind, TreatmentKind
from .opening import PersonArgument, entry_of, short, time_of, with_record
from .people import Note, Yes
from .sessions import SiteOption
from .shell import print_json, print_report, print_table

if TYPE_CHECKING:
    from ..record import Record, Symptom, Treatment

__all__ = ["symptom", "treatment"]

treatment = typer.Typer(
    name="treatment", help="What was done to the skin, and what to expect.", no_args_is_help=True
)
symptom = typer.Typer(
    name="symptom", help="What a person reports after a treatment.", no_args_is_help=True
)

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="When: 2026-03-01 (noon) or 2026-03-01T09:30, in UTC."
    ),
]
SettingOption = Annotated[Setting, typer.Option(help="Where it is done.")]
TreatmentArgument = Annotated[
    str, typer.Argument(metavar="TREATMENT", help="Its day, or the beginning of its id.")
]
SymptomArgument = Annotated[
    str, typer.Argument(metavar="SYMPTOM", help="Its day, or the beginning of its id.")
]
TableArgument = Annotated[
    Path, typer.Argument(metavar="FILE.csv", help="Where it goes; .csv or .json.")
]


@treatment.command("add")
@with_record
def add_treatment(
    record: "Record",
    person: PersonArgument,
    kind: Annotated[TreatmentKind, typer.Argument(metavar="KIND", help="What was done.")],
    at: AtOption = None,
    setting: SettingOption = "clinic",
    site: SiteOption = "face",
    device: Annotated[str, typer.Option(metavar="TEXT", help="Device and its settings.")] = "",
    depth: Annotated[
        float | None, typer.Option(metavar="MM", help="Needle depth in millimeters.")
    ] = None,
    passes: Annotated[
        int | None, typer.Option(metavar="N", help="How often over the skin.")
    ] = None,
    area: Annotated[str, typer.Option(metavar="TEXT", help="Which part of the site.")] = "",
    topical: Annotated[
        list[str],
        typer.Option(metavar="TEXT", help="What was put on the skin. Can be repeated."),
    ] = [],  # noqa: B006
    note: Note = "",
    as_json: JsonOption = False,
) -> None:
    """Add a treatment, and print what is usual after it."""
    from ..history import treatment_to_dict
    from ..record import Treatment

    when = time_of("--at", at)
    if when is None:
        raise RecordError("the treatment has no date: say when it was, such as --at 2026-03-01")
    added = record.add_treatment(
        person,
        Treatment(
            when,
            *(kind, setting, site, device, depth, passes, area, tuple(topical), note),
        ),
    )
    if as_json:
        print_json(treatment_to_dict(added))
        return
    typer.echo(f"{_words(added)} was added as {short(added)}")
    _tell_course(record, person, added)


@treatment.command("prepare")
@with_record
def prepare(record: "Record", person: PersonArgument, setting: SettingOption = "clinic") -> None:
    """Print what to do, and what to ask a clinician about, before microneedling."""
    from ..recovery import NOT_A_DIAGNOSIS, preparation

    lines = preparation(record.subject(person).fitzpatrick, setting)
    print_report("\n".join(("Before microneedling:", *(f"- {line}" for line in lines))))
    typer.echo(NOT_A_DIAGNOSIS)


@treatment.command("list")
@with_record
def list_treatments(record: "Record", person: PersonArgument, as_json: JsonOption = False) -> None:
    """List the treatments of a person, the oldest first."""
    from ..history import treatment_to_dict

    found = record.treatments(person)
    if as_json:
        print_json([treatment_to_dict(one) for one in found])
        return
    rows = [
        (
            short(one),
            f"{one.at:%Y-%m-%d}",
            one.kind,
            one.setting,
            one.site,
            f"{one.depth_mm:g} mm" if one.depth_mm is not None else "",
            str(one.passes or ""),
            ", ".join(filter(None, (one.device, one.area, *one.topicals, one.note))),
        )
        for one in found
    ]
    heads = ("treatment", "day", "kind", "where", "site", "depth", "passes", "more")
    print_table(heads, rows, "there is no treatment yet")


@treatment.command("show")
@with_record
def show_treatment(
    record: "Record",
    person: PersonArgument,
    which: TreatmentArgument,
    as_json: JsonOption = False,
) -> None:
    """Show a treatment, and what is usual after it."""
    from ..history import treatment_to_dict

    one = entry_of(record.treatments(person), which, "treatment")
    if as_json:
        print_json(treatment_to_dict(one))
        return
    for name, value in treatment_to_dict(one).items():
        if value not in (None, "", []):
            typer.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    _tell_course(record, person, one)


@treatment.command("export")
@with_record
def export_treatments(
    record: "Record",
    person: PersonArgument,
    file: TableArgument,
    overwrite: OverwriteOption = False,
) -> None:
    """Write the treatments of a person to a table."""
    from ..history import treatment_to_dict

    _write(file, [treatment_to_dict(one) for one in record.treatments(person)], overwrite)


@treatment.command("delete")
@with_record
def delete_treatment(
    record: "Record", person: PersonArgument, which: TreatmentArgument, yes: Yes = False
) -> None:
    """Delete a treatment."""
    one = entry_of(record.treatments(person), which, "treatment")
    if not yes:
        typer.confirm(f"Delete {_words(one)}?", abort=True, err=True)
    record.delete_treatment(person, one.id)
    typer.echo(f"{_words(one)} was deleted")


@symptom.command("add")
@with_record
def add_symptom(
    record: "Record",
    person: PersonArgument,
    kind: Annotated[
        list[str],
        typer.Argument(
            metavar="KIND...", help=f"What is felt or seen: {', '.join(get_args(SymptomKind))}."
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When: 2026-03-01 (noon) or 2026-03-01T09:30, in UTC; now where not given.",
        ),
    ] = None,
    severity: Annotated[
        int, typer.Option(min=1, max=3, metavar="1-3", help="Mild, moderate, severe.")
    ] = 2,
    note: Note = "",
    as_json: JsonOption = False,
) -> None:
    """Add what a person reports, and print whether it is usual or needs a clinician."""
    from ..record import Symptom

    when = time_of("--at", at) or datetime.now(UTC).replace(microsecond=0)
    told = Symptom(when, _kind_of(kind), severity, note)
    added = record.add_symptom(person, told)
    if as_json:
        print_json(_symptom(record, person, added))
        return
    typer.echo(f"{added.kind} on {added.at:%Y-%m-%d} was added as {short(added)}")
    _tell_flags(record, person, added)


@symptom.command("list")
@with_record
def list_symptoms(record: "Record", person: PersonArgument, as_json: JsonOption = False) -> None:
    """List what a person reported, the oldest first."""
    from ..history import symptom_to_dict

    found = record.symptoms(person)
    if as_json:
        print_json([symptom_to_dict(one) for one in found])
        return
    rows = [
        (short(one), f"{one.at:%Y-%m-%d %H:%M}", one.kind, SEVERITIES[one.severity - 1], one.note)
        for one in found
    ]
    heads = ("symptom", "when (UTC)", "kind", "severity", "note")
    print_table(heads, rows, "nothing was reported yet")


@symptom.command("show")
@with_record
def show_symptom(
    record: "Record", person: PersonArgument, which: SymptomArgument, as_json: JsonOption = False
) -> None:
    """Show one report."""
    from ..history import symptom_to_dict

    one = entry_of(record.symptoms(person), which, "symptom")
    if as_json:
        print_json(_symptom(record, person, one))
        return
    for name, value in symptom_to_dict(one).items():
        if value != "":
            typer.echo(f"{name}: {value}")
    _tell_flags(record, person, one)


@symptom.command("export")
@with_record
def export_symptoms(
    record: "Record",
    person: PersonArgument,
    file: TableArgument,
    overwrite: OverwriteOption = False,
) -> None:
    """Write what a person reported to a table."""
    from ..history import symptom_to_dict

    _write(file, [symptom_to_dict(one) for one in record.symptoms(person)], overwrite)


@symptom.command("delete")
@with_record
def delete_symptom(
    record: "Record", person: PersonArgument, which: SymptomArgument, yes: Yes = False
) -> None:
    """Delete one report."""
    one = entry_of(record.symptoms(person), which, "symptom")
    if not yes:
        typer.confirm(f"Delete {one.kind} of {one.at:%Y-%m-%d}?", abort=True, err=True)
    record.delete_symptom(person, one.id)
    typer.echo(f"{one.kind} of {one.at:%Y-%m-%d} was deleted")


def _kind_of(words: Sequence[str]) -> SymptomKind:
    """Read what was felt, of one word or several."""
    said = re.sub(r"[\s_-]+", " ", " ".join(words)).strip().lower()
    for known in get_args(SymptomKind):
        if said == known:
            return cast(SymptomKind, known)
    raise RecordError(
        f"{said!r} is not known: say one of {', '.join(get_args(SymptomKind))}. If it is severe or "
        "you cannot breathe well, do not wait for this program: call the emergency number"
    )


def _symptom(record: "Record", person: str, one: "Symptom") -> dict[str, Any]:
    """Return a report with what is to be said of it: no program may miss an emergency."""
    from ..history import flag_to_dict, flags_of_symptom, symptom_to_dict
    from ..recovery import NOT_A_DIAGNOSIS

    flags = [flag_to_dict(flag) for flag in flags_of_symptom(record, person, one)]
    return symptom_to_dict(one) | {"flags": flags, "advice": NOT_A_DIAGNOSIS}


def _tell_flags(record: "Record", person: str, one: "Symptom") -> None:
    from ..history import flags_of_symptom
    from ..recovery import NO_RULE, NOT_A_DIAGNOSIS

    flags = flags_of_symptom(record, person, one)
    for flag in flags:
        typer.echo(f"{flag.level}: {flag.text}")
    if not flags:
        typer.echo(NO_RULE)
    typer.echo(NOT_A_DIAGNOSIS)


def _words(one: "Treatment") -> str:
    depth = f", {one.depth_mm:g} mm" if one.depth_mm is not None else ""
    return f"{one.kind} of {one.at:%Y-%m-%d} ({one.setting}{depth})"


def _tell_course(record: "Record", person: str, one: "Treatment") -> None:
    """Print what is usual after a treatment, the first day's care, and when to take photos."""
    from ..history import aftermath
    from ..recovery import NOT_A_DIAGNOSIS

    told = aftermath(one, record.subject(person))
    if told.not_known:
        typer.echo(told.not_known)
        typer.echo(NOT_A_DIAGNOSIS)
        return
    for flag in told.flags:
        typer.echo(f"{flag.level}: {flag.text}")
    lines = ["Usual afterwards:", *(f"- {text}" for text in told.usual)]
    lines += ["On the first day:", *(f"- {text}" for text in told.care)]
    lines.append(told.photos)
    print_report("\n".join(lines))
    typer.echo(NOT_A_DIAGNOSIS)


def _write(file: Path, rows: Iterable[dict[str, Any]], overwrite: bool) -> None:
    from ..export import write_table

    written: Sequence[dict[str, Any]] = list(rows)
    write_table(file, written, overwrite)
    typer.echo(f"{file}: {len(written)} rows")
