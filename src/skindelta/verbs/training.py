"""The verbs of retraining: learn from labels, and hold models against each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..arguments import CURRENT, ModelOption
from .opening import DatabaseOption, FolderOption, PassphraseOption, passphrase_of
from .shell import print_json, sentences

if TYPE_CHECKING:
    from ..learning.label_row import Find
    from ..learning.train import Event

__all__ = ["evaluate", "train"]

LabelsArgument = Annotated[
    Path, typer.Argument(metavar="LABELS.csv", help="Labels; docs/labels.md says of what form.")
]
_STAGES = {
    "photos": "photos and known changes",
    "features": "the base network answers",
    "learning": "learning",
    "writing": "writing the model",
    "checking": "checking it on held-out people",
}


def train(
    labels: LabelsArgument,
    name: Annotated[
        str, typer.Option("--output", "-o", metavar="NAME", help="Name of the new model.")
    ],
    model: Annotated[
        str,
        typer.Option(metavar="NAME[@VERSION]", help="What it starts from: the base that ships."),
    ] = "skindelta-base@1.0.0",
    steps: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="At most.")] = 600,
    retakes: Annotated[
        int,
        typer.Option(min=0, max=10, metavar="N", help="Times each labelled pair is taken anew."),
    ] = 1,
    own_photos: Annotated[
        int,
        typer.Option(min=0, max=1000, metavar="N", help="Known changes in your own photos."),
    ] = 40,
    generated: Annotated[
        int, typer.Option(min=0, max=1000, metavar="N", help="Known changes in generated skin.")
    ] = 60,
    seed: Annotated[int, typer.Option(min=0, metavar="N")] = 1,
    record_folder: FolderOption = None,
    database: DatabaseOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Retrain the base network on labelled photos, and say whether that made it better."""
    with _extra():
        from ..learning.fit import Settings
        from ..learning.prepare import Amounts
        from ..learning.runs import Stopped, run_folder, working
        from ..learning.train import train as train_on
    from ..learning.label_files import read_labels
    from ..learning.result_words import sentences_of
    from ..learning.twins import twins
    from ..pipeline import Options

    settings, amounts = Settings(steps=steps, seed=seed), Amounts(retakes, own_photos, generated)
    with sentences(), _photos(labels, record_folder, database, passphrase_file) as find:
        found = read_labels(labels, find)
        found.check()
        warnings = (
            *found.warnings,
            *map(str, twins(found.photos, found.folder, find, leave_out_unreadable=True)),
        )
        for warning in warnings:
            typer.echo(warning, err=True)
        run, base = run_folder(name), Options(model=model)
        try:
            with working(run, name, str(labels.absolute()), warnings) as work, _bar() as show:

                def tell(event: "Event") -> None:
                    show(event)
                    work.tell(event.stage, event.done, event.of)

                trained = train_on(found, name, run, base, settings, amounts, find, tell)
                work.end("done", model=f"{trained.name}@{trained.version}")
        except Stopped:
            typer.echo("stopped; the same command goes on where it was", err=True)
            raise typer.Exit(1) from None
    told = f"{trained.name}@{trained.version}"
    if as_json:
        print_json(
            {"model": told, "folder": str(trained.folder), "seconds": round(trained.seconds, 1)}
            | {"base_steps": round(trained.base_steps, 1), "curve": trained.curve}
            | {"unused": [[label.row, reason] for label, reason in trained.unused]}
            | trained.evaluation.to_dict()
        )
        return
    for label, reason in trained.unused:
        typer.echo(f"row {label.row} was not used: {reason}", err=True)
    for line in sentences_of(trained.evaluation):
        typer.echo(line)
    typer.echo(
        f"{told} took {trained.seconds:.0f} s, as long as {trained.base_steps:.0f} steps of the "
        f"base's own training here. It is not in use: skindelta models use {told}"
    )


def evaluate(
    labels: LabelsArgument,
    model: ModelOption = CURRENT,
    against: Annotated[
        str, typer.Option(metavar="NAME[@VERSION]", help="What it is held against.")
    ] = "skindelta-base@1.0.0",
    photos: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Photos of faces, in which known changes are made and read by both models.",
        ),
    ] = None,
    record_folder: FolderOption = None,
    database: DatabaseOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Hold a model against another, on held-out people and on the frozen benchmark."""
    from ..learning.compare_models import compare_models
    from ..learning.label_files import read_labels
    from ..learning.result_words import sentences_of, told

    with sentences(), _photos(labels, record_folder, database, passphrase_file) as find:
        found = read_labels(labels, find)
        found.check()
        evaluation, on_photos = compare_models(found, model, against, photos, find)
    if as_json:
        print_json(evaluation.to_dict())
        return
    for line in sentences_of(evaluation):
        typer.echo(line)
    if on_photos is not None:
        typer.echo(f"Known changes in the photos of {photos}: {told(on_photos, 'photos')}")


@contextmanager
def _extra() -> Iterator[None]:
    """Say which extra is missing."""
    try:
        yield
    except ImportError as error:
        typer.echo(
            f"training needs the extra train ({error.name or error} is missing): "
            "pip install 'skindelta[train]'",
            err=True,
        )
        raise typer.Exit(2) from None


@contextmanager
def _photos(
    labels: Path, folder: Path | None, database: str | None, passphrase_file: Path | None
) -> "Iterator[Find | None]":
    """Open the record where labels name photos of one: of people who agreed to be learnt from."""
    if b"sha256:" not in (labels.read_bytes() if labels.is_file() else b""):
        yield None
        return
    from ..learning.label_imports import photos_to_learn_from
    from ..record import Record, default_folder

    where = folder or default_folder()
    with Record(where, database, passphrase_of(where, passphrase_file)) as record:
        yield photos_to_learn_from(record)


@contextmanager
def _bar() -> Iterator[Any]:
    """Show how far it is, on a terminal as a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=False) as bar:
        tasks: dict[str, Any] = {}

        def show(event: "Event") -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bar.add_task(_STAGES[event.stage], total=event.of)
            text = _STAGES[event.stage]
            if event.progress is not None:
                stop = event.progress.stop
                text += f", loss {event.progress.learn:.3f}"
                text += "" if stop is None else f", people to stop by {stop:.3f}"
            bar.update(tasks[event.stage], completed=event.done, total=event.of, description=text)

        yield show
