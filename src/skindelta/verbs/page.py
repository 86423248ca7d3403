"""The verb that opens the web page."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..arguments import CURRENT, ModelOption, options_of
from .opening import DatabaseOption, FolderOption, PassphraseOption, first_line, passphrase_of
from .shell import sentences

__all__ = ["serve"]

PASSWORD = "SKINDELTA_PASSWORD"  # noqa: S105  # the name of a variable


def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address of this machine to listen on and answer to; any but this one lets the "
            "network in, and needs a password.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="N", help="Where it listens.")
    ] = 7860,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name under which a server with TLS on this machine passes requests on to this "
            "one, such as skin.example.org; needs a password.",
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="First line: the password of the page, of at least 12 characters, or its argon2 "
            f"hash; otherwise the variable {PASSWORD} is looked at.",
        ),
    ] = None,
    record_folder: FolderOption = None,
    database: DatabaseOption = None,
    passphrase_file: PassphraseOption = None,
    model: ModelOption = CURRENT,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="LABELS.csv",
            help="Labels that the page Model learns from, and the page Label writes; labels.csv in "
            "the folder of the record where not said.",
        ),
    ] = None,
) -> None:
    """Open the web page on this machine."""
    from ..pipeline import model_of
    from ..record import default_folder
    from ..web import Records, launch

    options = options_of(model=model)
    with sentences(status=2):
        if model != CURRENT:  # which may be mended, or another, by the time somebody compares
            model_of(options)
    with sentences():
        where = record_folder or default_folder()
        passphrase = passphrase_of(where, passphrase_file, ask=False)
        records = Records(where, database, passphrase)
        secret = _password(password_file)
        launch(records, host, port, password=secret, name=name, options=options, labels=labels)


def _password(file: Path | None) -> str | None:
    if file is not None:
        return first_line(file)
    return os.environ.get(PASSWORD) or None
