"""Which record a verb works on, and the entries that its arguments name."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..errors import RecordError
from .shell import sentences

if TYPE_CHECKING:
    pass

__all__ = [
    "PersonArgument",
    "begins_record",
    "entry_of",
    "passphrase_of",
    "short",
    "time_of",
    "with_record",
]

PASSPHRASE = "SKINDELTA_PASSPHRASE"  # noqa: S105  # the name of a variable
SHORT = 8  # characters of an id: enough to tell a person's entries apart
FEWEST = 4

Verb = Callable[..., None]
Entry = TypeVar("Entry")

PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="Pseudonym of somebody in the record.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="DIR",
        envvar="SKINDELTA_RECORD",
        help="Folder of the record; one of this user's own where not said.",
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="SKINDELTA_DATABASE",
        help="Of a PostgreSQL database, postgresql://...; a file in the folder where not said.",
    ),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="First line: the passphrase of encrypted photos; otherwise the variable "
        f"{PASSPHRASE} is looked at, then you are asked.",
    ),
]
_OPTIONS = {
    "record_folder": FolderOption,
    "database": DatabaseOption,
    "passphrase_file": PassphraseOption,
}


def with_record(verb: Verb) -> Verb:
    """Give a verb the record as its first argument, and the options that say which.

    There must be one: a folder that was mistyped would look like a record that lost its people.
    Every sentence of trouble inside the verb ends it with status 1.
    """
    return _opening(verb, begins=False)


def begins_record(verb: Verb) -> Verb:
    """Do the same for a verb that may begin a record."""
    return _opening(verb, begins=True)


def _opening(verb: Verb, begins: bool) -> Verb:

    @functools.wraps(verb)
    def opened(
        *arguments: Any,
        record_folder: Path | None = None,
        database: str | None = None,
        passphrase_file: Path | None = None,
        **named: Any,
    ) -> None:
        from ..record import DATABASE, Record, default_folder

        with sentences():
            where = record_folder or default_folder()
            if not begins and database is None and not (where / DATABASE).exists():
                raise RecordError(
                    f"there is no record in {where}: skindelta record subject add NAME begins one, "
                    "and --record or SKINDELTA_RECORD names another folder"
                )
            passphrase = passphrase_of(where, passphrase_file)
            with Record(where, database, passphrase) as record:
                verb(record, *arguments, **named)

    signature = inspect.signature(verb)
    own = list(signature.parameters.values())[1:]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]
    opened.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    kinds = {parameter.name: verb.__annotations__[parameter.name] for parameter in own}
    opened.__annotations__ = {**kinds, **_OPTIONS, "return": None}
    return opened


def passphrase_of(folder: Path, file: Path | None = None, ask: bool = True) -> str | None:
    """Return the passphrase of a record that has one: from a file, the environment, or by asking.

    Raises
    ------
    RecordError
        The file cannot be read.
    """
    from ..record import has_key

    if file is not None:
        return first_line(file)
    if not has_key(folder):
        return None
    if os.environ.get(PASSPHRASE):
        return os.environ[PASSPHRASE]
    if ask and sys.stdin.isatty():
        return str(typer.prompt("Passphrase of the record", hide_input=True, err=True))
    return None


def first_line(file: Path) -> str:
    """Return the first line of a file, which holds a passphrase."""
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError(f"{file} cannot be read ({reason}); name a file with one line") from None


def time_of(option: str, text: str | None) -> datetime | None:
    """Read a time as :func:`skindelta.record.read_time` does; None where none is given."""
    from ..record import read_time

    if text is None:
        return None
    try:
        return read_time(text)
    except RecordError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def short(entry: Any) -> str:
    """Return the beginning of the id of an entry."""
    return str(entry.id)[:SHORT]


def entry_of(entries: Sequence[Entry], text: str, what: str) -> Entry:
    """Find an entry by the beginning of its id, or by its day.

    Raises
    ------
    RecordError
        None is meant, or several.
    """
    wanted = text.strip().lower()

    def is_meant(entry: Any) -> bool:
        at = entry.taken_at if hasattr(entry, "taken_at") else entry.at
        by_id = len(wanted) >= FEWEST and str(entry.id).startswith(wanted)
        return by_id or f"{at:%Y-%m-%d}" == wanted

    found = [entry for entry in entries if is_meant(entry)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise RecordError(
            f"there is no {what} {text!r}: give its day, such as 2026-03-01, or the beginning of "
            "its id, as list prints it"
        )
    ids = ", ".join(short(entry) for entry in found)
    raise RecordError(f"several {what}s are meant by {text!r}: give the id of one ({ids})")
