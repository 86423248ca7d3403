"""What verbs share: sentences of trouble, tables, JSON."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from ..errors import SkinDeltaError

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["print_json", "print_report", "print_table", "sentences"]


@contextmanager
def sentences(status: int = 1) -> Iterator[None]:
    """Print what the user can mend as one sentence, and exit with `status`."""
    try:
        yield
    except SkinDeltaError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(status) from None


def print_report(report: "RenderableType") -> None:
    """Print for people; what is not a terminal gets lines of 120 characters."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    # A narrow terminal breaks the lines of a table by itself, and then every number stays whole.
    console.width = max(console.width, 80) if sys.stdout.isatty() else 120
    console.print(report)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Print rows under heads, or a sentence where there are none."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False, header_style="")
    for row in rows:
        table.add_row(*map(Text, row))
    print_report(table if table.row_count else empty)


def print_json(result: Any) -> None:
    """Print a result as JSON; NaN never gets here."""
    typer.echo(json.dumps(result, indent=2, allow_nan=False))
