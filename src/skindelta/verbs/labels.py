"""``skindelta labels``: look through files of labels, and make one of graded folders."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import LabelError
from .shell import print_table, sentences

if TYPE_CHECKING:
    from ..learning.labels import Labels

__all__ = ["labels"]

labels = typer.Typer(
    name="labels",
    help="Files of labels: what is wrong in them, how well raters agree; from graded folders.",
    no_args_is_help=True,
)

FileArgument = Annotated[
    Path, typer.Argument(metavar="LABELS.csv", help="docs/labels.md says of what form.")
]
_PARTS = {"learn": "to learn from", "stop": "to stop by", "held out": "held out"}


@labels.command()
def check(file: FileArgument) -> None:
    """Say what is in a file of labels, and every row that cannot be used."""
    from ..learning.label_files import read_labels

    with sentences():
        found = read_labels(file, _somewhere)
    for problem in found.problems:
        typer.echo(str(problem), err=True)
    _print_counts(found)
    for warning in found.warnings:
        typer.echo(warning)
    for aside, number in Counter(one.reason for one in found.set_aside).items():
        typer.echo(f"{number} set aside: {aside}")
    if found.problems:
        typer.echo(
            f"{len(found.problems)} problems; nothing is learnt until they are mended", err=True
        )
        raise typer.Exit(1)


@labels.command()
def agreement(file: FileArgument) -> None:
    """Say how well raters agree, with others and with themselves, and what a model could reach."""
    from ..learning.label_files import read_labels
    from ..learning.raters import agreement_report, told

    with sentences():
        found = read_labels(file, _somewhere)
        lines = told(agreement_report(found.labels))
        if not lines:
            raise LabelError("nothing can be said of raters: no region was graded twice")
    for line in lines:
        typer.echo(line)


@labels.command("import")
def import_folders(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Of GRADE/PERSON_*.jpg, or GRADE/PERSON/*.jpg."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="LABELS.csv", help="Where the labels go.")
    ],
    attribute: Annotated[
        str, typer.Option(metavar="NAME", help="redness, hyperpigmentation or texture.")
    ],
    scale: Annotated[str, typer.Option(metavar="NAME", help="Of one photo, such as CEA.")],
    region: Annotated[str, typer.Option(metavar="NAME", help="That was graded.")] = "face",
    rater: Annotated[str, typer.Option(metavar="NAME", help="Who graded.")] = "import",
    grades: Annotated[
        str,
        typer.Option(
            metavar="NAME=N,...", help="Grades of folders that are words: mild=1,severe=3."
        ),
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace LABELS.csv.")] = False,
) -> None:
    """Make labels of folders of graded photos: differences within a person can be learnt from."""
    from ..learning.label_files import write_labels
    from ..learning.label_imports import labels_from_folders

    with sentences(status=2):
        named = _grades(grades)
        if output.exists() and not overwrite:
            raise LabelError(f"{output} exists; choose another name, or use --overwrite")
    with sentences():
        found = labels_from_folders(folder, attribute, scale, region, rater, named)
        here = output.absolute().parent
        rows = [
            replace(one, before=os.path.relpath(found.folder / one.before, here))
            for one in found.rows
        ]
        write_labels(output, rows)
    typer.echo(
        f"{len(found.rows)} photos, differences within a person: {len(found.pairs)}; {output}"
    )


def _grades(text: str) -> dict[str, float] | None:
    """Read NAME=N,...; None where nothing is given."""
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = part.rpartition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise LabelError(f"--grades: {part!r} is not NAME=NUMBER") from None
    return found or None


def _somewhere(sha256: str) -> bytes:
    """Take photos of a record for there: whether they are is asked when they are learnt from."""
    return sha256.encode()


def _print_counts(found: "Labels") -> None:
    from ..learning.split import PARTS, part_of, person

    rows = []
    for part in PARTS:
        own = [label for label in found.pairs if part_of(label.subject) == part]
        people = {person(label.subject) for label in own}
        rows.append((_PARTS[part], str(len(own)), str(len(people))))
    print_table(("", "labels", "people"), rows, "")
    by_scale = Counter((one.attribute, one.scale) for one in found.pairs)
    told = [(attribute, scale, str(number)) for (attribute, scale), number in by_scale.items()]
    print_table(("attribute", "scale", "labels"), sorted(told), "there is no label in it")
