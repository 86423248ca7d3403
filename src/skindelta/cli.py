"""The command line: each verb parses, calls one public function and prints.

Exit status: 0 done (*not measurable* is an answer), 1 some photo could not be read or scored, 2
wrong arguments. Trouble is one sentence on the error stream. The rows below load inside the verbs,
so that ``skindelta --help`` answers at once; the defaults written here are those of
``skindelta.pipeline.Options``, which a test compares.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from .arguments import (
    CURRENT,
    CardOption,
    CardWidthOption,
    CloseUpOption,
    GreyOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    Paper,
    PhotoArgument,
    ReferenceOption,
    RegionOption,
    ScaleOption,
    marks_of,
    options_of,
    own_regions_of,
)
from .errors import SkinDeltaError
from .verbs import evaluate, label, labels, models, record, report, serve, timeline, train
from .verbs.shell import print_json, print_report, sentences

if TYPE_CHECKING:
    from .batch import Row
    from .types import Comparison, PhotoSummary

__all__ = ["app", "main"]

app = typer.Typer(
    name="skindelta",
    help="Did the skin really change? Redness, hyperpigmentation and texture between two photos.",
    epilog="Not a medical device: it measures what photos show and does not diagnose.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich would double the time of --help
)
app.add_typer(models)
app.add_typer(labels)
app.add_typer(record)


def main() -> None:
    """Run the command line, and leave in order when told to end or when nobody takes the output."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        try:
            app()
        finally:
            print(end="", flush=True)
    except OSError as error:
        if error.filename is not None:  # not the output, but a file that somebody forgot to guard
            raise
        _drop_output()
        if not isinstance(error, BrokenPipeError):  # whoever closes a pipe has read enough
            with suppress(OSError):
                reason = f"cannot be written ({error.strerror or error})"
                typer.echo(f"the output {reason}; make room, or send it elsewhere", err=True)
        raise SystemExit(1) from None


_told_to_end: list[int] = []


def _leave(number: int, _: object) -> NoReturn:
    """End in order: files that are half written go."""
    _told_to_end.append(number)
    raise SystemExit(128 + number)


def _leave_if_told() -> None:
    """End where Python dropped the first try, as it does within destructors and callbacks."""
    if _told_to_end:
        raise SystemExit(128 + _told_to_end[0])


def _drop_output() -> None:
    """Forget what could not be written, or Python would try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):  # a stream that is no file
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _show_version(wanted: bool) -> None:
    if wanted:
        from . import __version__

        typer.echo(f"skindelta {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Hold the options that stand before a verb."""


@app.command()
def demo(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where the photos of the demo stay.")
    ] = None,
) -> None:
    """Make a small history of photos with known changes, score it, print both side by side."""
    from .demo import run_demo
    from .terminal import demo_report

    with sentences():
        rows = [
            (f"{row.session.taken_at:%Y-%m-%d}", row.session.story, row.score, row.truth)
            for row in run_demo(directory)
        ]
    print_report(demo_report(rows))
    if directory is not None:
        typer.echo(f"the photos are in {directory}")


@app.command()
def check(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="One or more photos.")],
    close_up: CloseUpOption = False,
    px_per_mm: ScaleOption = None,
    card_corners: CardOption = [],  # noqa: B006
    card_width: CardWidthOption = None,
    grey: GreyOption = [],  # noqa: B006
    as_json: JsonOption = False,
) -> None:
    """Tell which photos are usable, why the others are not, and which show a color card."""
    from .contract import check_to_dict
    from .pipeline import check as check_photo
    from .terminal import photo_report

    if len(photos) > 1 and (card_corners or grey):
        raise typer.BadParameter("--card-corners and --grey mark one photo; give one PHOTO")
    options = options_of(
        close_up=close_up,
        px_per_mm=px_per_mm,
        card_corners=marks_of("--card-corners", card_corners, "4", single=True),
        card_width_mm=card_width,
        grey=marks_of("--grey", grey, "1 3+", single=True),
    )
    checked: list[tuple[str, PhotoSummary | str]] = []
    for photo in photos:
        _leave_if_told()
        try:
            found = check_photo(photo, options)
            checked.append((str(photo), found))
            if not as_json:
                print_report(photo_report(found))
        except SkinDeltaError as error:
            checked.append((str(photo), str(error)))
            typer.echo(str(error), err=True)
    if as_json:
        print_json(check_to_dict(checked))
    if any(isinstance(found, str) for _, found in checked):
        raise typer.Exit(1)


@app.command()
def assess(
    photo: PhotoArgument,
    region: RegionOption = [],  # noqa: B006  # Typer copies it
    close_up: CloseUpOption = False,
    px_per_mm: ScaleOption = None,
    card_corners: CardOption = [],  # noqa: B006
    card_width: CardWidthOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the levels of one photo; levels of two photos must not be subtracted."""
    from .contract import assessment_to_dict
    from .pipeline import assess as assess_photo
    from .terminal import assessment_report

    with sentences():
        options = options_of(
            close_up=close_up,
            px_per_mm=px_per_mm,
            own_regions=own_regions_of(region),
            card_corners=marks_of("--card-corners", card_corners, "4", single=True),
            card_width_mm=card_width,
        )
        assessment = assess_photo(photo, options)
    if as_json:
        print_json(assessment_to_dict(assessment))
    else:
        print_report(assessment_report(assessment))


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The earlier photo.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The later photo.")],
    reference: ReferenceOption = "auto",
    region: RegionOption = [],  # noqa: B006
    close_up: CloseUpOption = False,
    px_per_mm: ScaleOption = None,
    card_corners: CardOption = [],  # noqa: B006
    card_width: CardWidthOption = None,
    grey: GreyOption = [],  # noqa: B006
    model: ModelOption = CURRENT,
    maps: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the change maps there as PNG.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a report with all of it there, to read, print or hand on; ends in .html or "
            ".pdf. An older one is replaced.",
        ),
    ] = None,
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Of a report as PDF.")] = "a4",
    as_json: JsonOption = False,
) -> None:
    """Measure what changed between two photos."""
    from .contract import comparison_to_dict
    from .pipeline import compare as compare_photos
    from .pipeline import with_model
    from .terminal import comparison_report

    if report is not None:
        from .report import check_report_file

        with sentences(status=2):
            check_report_file(report, (before, after))
    with sentences():
        options = options_of(
            reference=reference,
            close_up=close_up,
            px_per_mm=px_per_mm,
            own_regions=own_regions_of(region),
            card_corners=marks_of("--card-corners", card_corners, "4"),
            card_width_mm=card_width,
            grey=marks_of("--grey", grey, "1 3+"),
            model=model,
        )
    with sentences(status=2):
        options = with_model(options)
    with sentences():
        comparison = compare_photos(before, after, options)
    if as_json:
        print_json(comparison_to_dict(comparison))
    else:
        print_report(comparison_report(comparison))
    with sentences():
        if maps is not None:
            _write_maps(comparison, maps)
        if report is not None:
            from .report import write_report

            write_report(comparison, report, paper)


@app.command()
def batch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Photos as SUBJECT/YYYY-MM-DD.jpg.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where the rows go; ends in .csv or .jsonl."
        ),
    ],
    reference: ReferenceOption = "auto",
    close_up: CloseUpOption = False,
    px_per_mm: ScaleOption = None,
    model: ModelOption = CURRENT,
    overwrite: OverwriteOption = False,
) -> None:
    """Score every photo of every subject against the subject's first."""
    from .batch import check_output, score_folder, write_scores
    from .pipeline import with_model

    options = options_of(reference=reference, close_up=close_up, px_per_mm=px_per_mm, model=model)
    tally = _Tally()
    with sentences(status=2):
        options = with_model(options)
        check_output(output, overwrite)
        rows = score_folder(folder, options, tell=lambda text: typer.echo(text, err=True))
    with sentences():
        write_scores(tally.count(rows), output, overwrite)
    many = f"{len(tally.photos)} photo{'' if len(tally.photos) == 1 else 's'}"
    typer.echo(f"{output}: {many}, {tally.failures} could not be read or scored")
    if tally.failures:
        raise typer.Exit(1)


app.command()(timeline)
app.command()(train)
app.command()(evaluate)
app.command()(report)


@app.command()
def card(
    file: Annotated[Path, typer.Argument(metavar="[FILE.pdf]", help="Where it goes.")] = Path(
        "skindelta-card.pdf"
    ),
    paper: Annotated[
        Paper, typer.Option(help="Paper in the printer; a6 is the card alone.")
    ] = "a4",
    overwrite: OverwriteOption = False,
) -> None:
    """Draw a color card to print: the same print in both photos tells light from skin."""
    from .sheets import card_pdf

    _write_pdf(file, card_pdf(paper), overwrite, "print it at 100 %, not fitted to the page")


@app.command()
def guide(
    file: Annotated[Path, typer.Argument(metavar="[FILE.pdf]", help="Where it goes.")] = Path(
        "skindelta-guide.pdf"
    ),
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Paper in the printer.")] = "a4",
    overwrite: OverwriteOption = False,
) -> None:
    """Draw a page to print: how to take photos that can be compared."""
    from .sheets import guide_pdf

    _write_pdf(file, guide_pdf(paper), overwrite, "one page, with lines for your notes")


app.command(name="app")(serve)
app.command()(label)


def _write_maps(comparison: "Comparison", folder: Path) -> None:
    from .outputs import make_folder, replacing
    from .pictures import comparison_pictures, png

    pictures = comparison_pictures(comparison)
    if not pictures:
        typer.echo("no maps were written: the photos could not be compared", err=True)
        return
    make_folder(folder)
    for name, picture in pictures.items():
        with replacing(folder / f"{name}.png", binary=True) as file:
            file.write(png(picture))


def _write_pdf(file: Path, pdf: bytes, overwrite: bool, note: str) -> None:
    from .outputs import replacing

    with sentences(status=2):
        if file.suffix.lower() != ".pdf":
            raise SkinDeltaError(f"{file} must end in .pdf")
    with sentences(), replacing(file, overwrite, binary=True) as sheet:
        sheet.write(pdf)
    typer.echo(f"{file}: {note}")


class _Tally:
    """Count photos and failures as rows pass by, and tell of them on the error stream."""

    def __init__(self) -> None:
        self.photos: set[str] = set()
        self.failures = 0

    def count(self, rows: "Iterator[Row]") -> "Iterator[Row]":
        for row in rows:
            _leave_if_told()
            if row["after"] not in self.photos and sys.stderr.isatty() and not row["error"]:
                typer.echo(row["after"], err=True)
            self.photos |= {path for path in (row["before"], row["after"]) if path}
            if row["error"]:
                self.failures += 1
                typer.echo(row["error"], err=True)
            yield row
