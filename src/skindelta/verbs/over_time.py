"""``skindelta timeline`` and ``skindelta report``: sessions over time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..arguments import CURRENT, JsonOption, ModelOption, options_of
from ..errors import RecordError
from .opening import PersonArgument, entry_of, with_record
from .sessions import SiteOption
from .shell import print_json, print_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..pipeline import Options
    from ..record import Record, Session, Treatment

__all__ = ["report", "timeline"]

Paper = Literal["a4", "letter"]
AttributeOption = Annotated[
    Literal["redness", "hyperpigmentation", "texture"] | None,
    typer.Option(help="One attribute; all where not said."),
]
BasisOption = Annotated[
    Literal["absolute", "relative"] | None,
    typer.Option(help="As a whole or against calm skin; both where not said."),
]


@with_record
def timeline(
    record: "Record",
    person: PersonArgument,
    site: SiteOption = "face",
    attribute: AttributeOption = None,
    basis: BasisOption = None,
    region: Annotated[
        str | None, typer.Option(metavar="NAME", help="A smaller region, such as left_cheek.")
    ] = None,
    model: ModelOption = CURRENT,
    as_json: JsonOption = False,
) -> None:
    """Show every session against the baseline and the one before, flags, and what to expect."""
    from ..history import timeline as timeline_of
    from ..history import timeline_to_dict
    from .timeline_words import timeline_report

    told = timeline_of(record, person, site, options_of(model=model))
    if (attribute, basis) == ("texture", "relative"):
        raise RecordError("texture is measured as a whole alone: leave --basis out")
    region = region.strip().replace(" ", "_") if region else None
    if region is not None and told.comparisons and region not in told.regions:
        raise RecordError(f"there is no region {region!r}; there are: {', '.join(told.regions)}")
    if not as_json:
        print_report(timeline_report(told, attribute, basis, region))
        return
    document = timeline_to_dict(told)
    asked = {"attribute": attribute, "basis": basis, "region": region}
    document["series"] = [
        one
        for one in document["series"]
        if all(value in (None, one[name]) for name, value in asked.items())
    ]
    print_json(document)


@with_record
def report(
    record: "Record",
    person: PersonArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where it goes; ends in .html or .pdf. An older one is replaced.",
        ),
    ],
    site: SiteOption = "face",
    before: Annotated[
        str | None,
        typer.Option(metavar="SESSION", help="With --after: compare two sessions instead."),
    ] = None,
    after: Annotated[str | None, typer.Option(metavar="SESSION", help="The later one.")] = None,
    paper: Annotated[Paper, typer.Option(help="Of a PDF.")] = "a4",
    model: ModelOption = CURRENT,
) -> None:
    """Write a report to hand out: the timeline, or two sessions side by side."""
    from ..report import check_report_file

    if (before is None) != (after is None):
        raise typer.BadParameter("--before and --after go together")
    check_report_file(output)
    options = options_of(model=model)
    if before is not None and after is not None:
        sessions = record.sessions(person, site)
        first, second = (entry_of(sessions, text, "session") for text in (before, after))
        _report_two(record, person, first, second, output, paper, options)
    else:
        _report_all(record, person, site, output, paper, options)
    typer.echo(str(output))


def _report_two(
    record: "Record",
    person: str,
    first: "Session",
    second: "Session",
    output: Path,
    paper: Paper,
    options: "Options",
) -> None:
    from ..history import compare_sessions
    from ..report import write_report

    if second.taken_at < first.taken_at:
        raise RecordError("--before is the later session: swap --before and --after")
    comparison = compare_sessions(record, person, first.id, second.id, options)
    beside = _beside(person, first, second, record.treatments(person))
    write_report(comparison, output, paper, beside)


def _report_all(
    record: "Record", person: str, site: str, output: Path, paper: Paper, options: "Options"
) -> None:
    from ..export import write_person_report
    from ..history import timeline as timeline_of

    told = timeline_of(record, person, site, options)
    if not told.sessions:
        raise RecordError(
            f"there is no session of the {site} of {person} yet: skindelta record session add"
        )
    write_person_report(record, told, output, paper)
    if record.is_locked:
        why = "they are encrypted, and no passphrase was given"
        typer.echo(f"the photos are not in it: {why}", err=True)


def _beside(
    person: str, first: "Session", second: "Session", treatments: "Sequence[Treatment]"
) -> tuple[str, ...]:
    """Say whose sessions a report shows, what of them, and which of them show healing."""
    from ..history import is_healing

    days = f"{first.taken_at:%Y-%m-%d} and {second.taken_at:%Y-%m-%d}"
    told = [f"{person}, {first.site}: the sessions of {days}."]
    if len(first.photos) > 1 or len(second.photos) > 1:
        told.append(
            f"The first of {len(first.photos)} and of {len(second.photos)} shots are held against "
            "each other here; the timeline takes all of them, and counts."
        )
    here = [one for one in treatments if one.site == first.site]
    told += [
        f"The session of {one.taken_at:%Y-%m-%d} is within two weeks of a treatment: it shows "
        "healing, not a result."
        for one in (first, second)
        if is_healing(one.taken_at, here)
    ]
    return tuple(told)
