"""The table of labels: its columns, how spreadsheets write it, and how labels become its rows.

A file with semicolons or tabs is read too, and then a decimal comma; so is the mark that Excel puts
in front of UTF-8.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from ..contract import iso_time
from ..errors import LabelError
from ..outputs import spreadsheet_cell
from .label_row import Label

__all__ = ["COLUMNS", "OPTIONAL", "Layout", "read_layout", "read_table"]

COLUMNS: tuple[str, ...] = (
    "before",
    "after",
    "attribute",
    "region",
    "value",
    "scale",
    "rater",
    "labelled_at",
    "subject",
)
"""Columns that every file of labels has."""

OPTIONAL: tuple[str, ...] = ("basis",)
"""Columns that it may have; all others are left unread."""

_TEXTS = ("before", "after", "rater", "subject")
_DELIMITERS = ",;\t"
_GUARDED = re.compile(r"'[=+\-@']")  # a quote keeps spreadsheets from running what follows
_SAVE_AS = 'save it as "CSV UTF-8"'


class Layout(NamedTuple):
    """How a file is laid out.

    Attributes
    ----------
    columns : tuple of str
        In their order.
    delimiter : str
    """

    columns: tuple[str, ...] = (*COLUMNS, *OPTIONAL)
    delimiter: str = ","

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 may be one and a half."""
        return self.delimiter != ","

    @property
    def header(self) -> str:
        """The first line."""
        return self._line(self.columns)

    def row(self, label: Label) -> str:
        """Return the line of a label; text that a spreadsheet would run gets a quote."""
        cells = _cells(label, self.decimal_comma)
        return self._line(cells.get(name, "") for name in self.columns)

    def _line(self, cells: Iterable[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="\n").writerow(cells)
        return line.getvalue()


def read_table(path: Path) -> tuple[Layout, list[tuple[int, list[str]]]]:
    """Read layout, and (row, cells) of the rows that are not blank.

    Raises
    ------
    LabelError
        There is no such file, it is no CSV in UTF-8, or its header is not the one of labels.
    """
    text = _text(path)
    layout = read_layout(text.splitlines()[0], path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    try:
        rows = list(enumerate(reader, 1))[1:]
    except csv.Error as error:
        raise LabelError(
            f"{path} is no CSV from line {reader.line_num} on ({error}); mend its quotes, or open "
            f"it in a spreadsheet and {_SAVE_AS}"
        ) from None
    return layout, [(n, plain) for n, cells in rows if any(plain := [*map(_plain, cells)])]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LabelError(
            f"{path} cannot be read ({error.strerror}); name a CSV file of labels"
        ) from None
    if not data.strip():
        raise LabelError(f"{path} is empty; its first row is {','.join(COLUMNS)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise LabelError(f"{path} is no text in UTF-8; open it in a spreadsheet and {_SAVE_AS}")
    return text


def read_layout(line: str, path: Path) -> Layout:
    """Read the header; raises LabelError that says which columns are missing or misspelt."""
    delimiter = max(_DELIMITERS, key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter))
    columns = tuple("_".join(cell.casefold().split()) for cell in cells)
    missing = [name for name in COLUMNS if name not in columns]
    extra = [name for name in columns if name and name not in (*COLUMNS, *OPTIONAL)]
    told = [f"{name} is missing{_perhaps(name, extra)}" for name in missing]
    told += [f"{name} is there twice" for name, n in Counter(columns).items() if name and n > 1]
    told += [f"{name} is unknown{hint}" for name in extra if (hint := _perhaps(name, OPTIONAL))]
    if told:
        raise LabelError(
            f"{path} has not the columns of labels: {'; '.join(told)}. Its first row is "
            f"{','.join(COLUMNS)}"
        )
    return Layout(columns, delimiter)


def _perhaps(name: str, others: Iterable[str]) -> str:
    near = get_close_matches(name, list(others), 1, 0.75)
    return f" (did you mean {near[0]}?)" if near else ""


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _GUARDED.match(cell) else cell


def _cells(label: Label, decimal_comma: bool) -> dict[str, str]:
    cells = {name: getattr(label, name) for name in (*COLUMNS, *OPTIONAL) if name != "value"}
    for name in _TEXTS:
        text = cells[name]
        cells[name] = f"'{text}" if text.startswith("'") else spreadsheet_cell(text)
    cells["labelled_at"] = iso_time(label.labelled_at) or ""
    return cells | {"value": _value(label, decimal_comma)}


def _value(label: Label, decimal_comma: bool) -> str:
    if label.value is None:
        return label.choice
    number = repr(float(label.value) + 0.0).removesuffix(".0")  # -0 is 0
    return number.replace(".", ",") if decimal_comma else number
