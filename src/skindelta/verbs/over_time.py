"""``skindelta timeline`` and ``skindelta report``: sessions over time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..arguments import DEFAULT_MODEL, JsonOption, ModelOption, options_of
from ..errors import RecordError
from .opening import PersonArgument, entry_of, with_record
from .sessions import SiteOption
from .shell import print_json, print_report

if TYPE_CHECKING:
    from ..record import Record

__all__ = ["report", "timeline"]

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
    model: ModelOption = DEFAULT_MODEL,
    as_json: JsonOption = False,
) -> None:
    """Show every session against the baseline and the one before, flags, and what to expect."""
    from ..history import timeline as timeline_of
    from ..history import timeline_to_dict
    from .timeline_words import timeline_report

    told = timeline_of(record, person, site, options_of(model=model))
    if (attribute, basis) == ("texture", "relative"):
        raise RecordError("texture is measured as a whole alone: leave --basis out")
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
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Of a PDF.")] = "a4",
    model: ModelOption = DEFAULT_MODEL,
) -> None:
    """Write a report to hand out: the timeline, or two sessions side by side."""
    from ..report import check_report_file, write_report

    if (before is None) != (after is None):
        raise typer.BadParameter("--before and --after go together")
    check_report_file(output)
    options = options_of(model=model)
    if before is not None and after is not None:
        from ..history import compare_sessions

        sessions = record.sessions(person, site)
        first, second = (entry_of(sessions, text, "session").id for text in (before, after))
        write_report(compare_sessions(record, person, first, second, options), output, paper)
    else:
        from ..export import write_person_report
        from ..history import timeline as timeline_of

        told = timeline_of(record, person, site, options)
        if not told.sessions:
            raise RecordError(
                f"there is no session of the {site} of {person} yet: skindelta record session add"
            )
        write_person_report(record, told, output, paper)
    typer.echo(str(output))
