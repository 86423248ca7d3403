"""The verb that opens the page on which photos are labelled."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import LabelError, RecordError
from .opening import DatabaseOption, FolderOption, PassphraseOption, passphrase_of
from .shell import sentences

__all__ = ["label"]

RECORD = "SKINDELTA_RECORD"  # may name one for all verbs


def label(
    file: Annotated[
        Path,
        typer.Argument(metavar="LABELS.csv", help="Of the labels; begun where it is missing."),
    ],
    rater: Annotated[
        str,
        typer.Option(metavar="NAME", help="Who labels: a pseudonym. Others may follow."),
    ],
    photos: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Photos as PERSON/2026-01-05.jpg; those of the record where not said, of people "
            "who agreed that they are learnt from.",
        ),
    ] = None,
    attributes: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="redness, hyperpigmentation, texture, or several."),
    ] = "redness",
    scale: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Of how much more: change, CEA, PIH, Goodman-Baron or wrinkle; choice asks for "
            "none.",
        ),
    ] = "change",
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Where on the face to look; skin for close-ups.")
    ] = "face",
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="N", help="Where it listens.")
    ] = 7860,
    record_folder: FolderOption = None,
    database: DatabaseOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Open a page of its own to label pairs of photos, without days and scores."""
    from ..learning.label_book import Book
    from ..record import default_folder
    from ..web import Labelling, Records, launch
    from ..web.label.asked import asked_of
    from ..web.label.sources import pairs_of_folder

    typed = record_folder is not None and str(record_folder) != os.environ.get(RECORD)
    if photos is not None and typed:
        raise typer.BadParameter("give --photos, or a record, and not both")
    with sentences(status=2):
        asked = asked_of(rater, attributes.split(","), scale, region)
        book = Book(file)
        book.check()
        if photos is not None:
            found = pairs_of_folder(photos, file, asked.region == "skin")
            if found.trouble:
                raise LabelError(found.trouble)
            for note in found.notes:
                typer.echo(note, err=True)
        wrong = book.unusable()
        if wrong:
            told = f"{wrong} row is wrong" if wrong == 1 else f"{wrong} rows are wrong"
            typer.echo(f"{file}: {told}; nothing is done with what is wrong", err=True)
    with sentences():
        where = record_folder or default_folder()
        passphrase = None if photos is not None else passphrase_of(where, passphrase_file)
        records = Records(where, database, passphrase)
        if photos is None and not records.exists:
            raise RecordError(
                f"there is no record in {where}: name another folder by --record, or label photos "
                "of a folder by --photos FOLDER"
            )
        given = Labelling(file, photos, asked.rater, asked.attributes, asked.scale, asked.region)
        launch(records, port=port, labelling=given)
