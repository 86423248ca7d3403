"""Files of labels: one CSV, read whole with every problem by row and column, written whole.

``docs/labels.md`` describes the columns.
"""

import errno
import filecmp
import os
import posixpath
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import LabelError, SkinDeltaError
from ..outputs import replacing
from .label_checks import conflicts, parse_label, troubles
from .label_row import BY_SHA256, Find, Label, find_photo
from .label_table import COLUMNS, OPTIONAL, Layout, read_layout, read_table
from .labels import LabelProblem, Labels, pairs_of_levels

__all__ = ["COLUMNS", "OPTIONAL", "append_label", "read_labels", "write_labels"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_labels(file: str | Path, find: Find | None = None) -> Labels:
    """Read a file of labels: all rows, and every problem.

    Parameters
    ----------
    file : str or Path
        CSV; paths of photos are relative to its folder.
    find : callable, optional
        Gives a photo of a record by its sha256, such as ``record.photo``.

    Returns
    -------
    Labels
        Call its ``check()`` before learning: a row with a problem does not raise here.

    Raises
    ------
    LabelError
        There is no such file, it is no CSV in UTF-8, or its header is not the one of labels.
    """
    path = Path(file)
    layout, rows = read_table(path)
    photos = _Photos(path.parent, find)
    right: list[Label] = []
    problems: list[LabelProblem] = []
    for number, cells in rows:
        label, wrong = _read_row(number, cells, layout, photos)
        problems += wrong
        right += [] if wrong else [label]
    problems += conflicts(right)
    bad = {problem.row for problem in problems}
    good = [label for label in right if label.row not in bad]
    aside = pairs_of_levels(good)[1]
    silent = {one.label.row for one in aside}
    return Labels(
        tuple(label for label in good if label.row not in silent),
        aside,
        tuple(sorted(problems, key=lambda problem: problem.row)),
        path.parent,
        str(file),
    )


def write_labels(file: str | Path, labels: Iterable[Label]) -> None:
    """Write a file of labels: all of it, or the old file stays as it was.

    Raises
    ------
    LabelError
        It cannot be written.
    """
    layout = Layout()
    try:
        with replacing(Path(file)) as table:
            table.write(layout.header)
            table.writelines(map(layout.row, labels))
    except SkinDeltaError as error:
        raise LabelError(f"{error}; labels that were there before are untouched") from None


def append_label(file: str | Path, label: Label) -> None:
    """Add one row, and return when it is on the disk; a new file gets its header.

    Rows that are there stay as they are. One program at a time may write.

    Parameters
    ----------
    file : str or Path
        A file with its own order of columns keeps it.
    label : Label

    Raises
    ------
    LabelError
        The file has another header, or cannot be written; then the row is not in it.
    ValueError
        The label is not right.
    """
    wrong = next(troubles(label), None)
    if wrong is not None:
        raise ValueError(f"expected a label that can be read again, got {': '.join(wrong)}")
    path = Path(file)
    try:
        _append(path, label)
    except OSError as error:
        raise LabelError(
            f"{path} cannot be written ({error.strerror}); the label is not in it: make room or "
            "choose another place, and label again"
        ) from None


# -- reading --------------------------------------------------------------------------------------


class _Photos:
    """Photos that labels name, each looked for once."""

    def __init__(self, folder: Path, find: Find | None) -> None:
        self._folder, self._find = folder, find
        self._seen: dict[str, tuple[str, str]] = {}

    def look(self, text: str) -> tuple[str, str]:
        """Return the one name that a photo goes by, and what is wrong with it."""
        if text not in self._seen:
            by_hash = text.casefold().startswith(BY_SHA256)
            self._seen[text] = self._kept(text) if by_hash else self._file(text)
        return self._seen[text]

    def are_one(self, before: str, after: str) -> bool:
        """Whether two files hold the same bytes."""
        paths = [find_photo(name, self._folder, None) for name in (before, after)]
        try:
            first, second = (path for path in paths if isinstance(path, Path))
            return filecmp.cmp(first, second, shallow=False)
        except (OSError, ValueError):  # one is of a record, or cannot be read: told elsewhere
            return False

    def _kept(self, text: str) -> tuple[str, str]:
        name = text.casefold()
        if not _SHA256.fullmatch(name.removeprefix(BY_SHA256)):
            return name, f"{text} is no sha256; 64 hexadecimal digits follow the colon"
        if self._find is None:
            return name, "is a photo of a record; say which record, or write a path"
        try:
            found = find_photo(name, self._folder, self._find)
        except SkinDeltaError as error:
            return name, str(error)
        return name, "" if found is not None else "is in no record; correct it, or write a path"

    def _file(self, text: str) -> tuple[str, str]:
        for written in (text, text.replace("\\", "/")):  # as Windows writes folders
            name = posixpath.normpath(written)
            if find_photo(name, self._folder) is not None:
                return name, ""
        return text, f"{text} is no file in {self._folder}, the folder of the labels; correct it"


def _read_row(
    number: int, cells: list[str], layout: Layout, photos: _Photos
) -> tuple[Label, list[LabelProblem]]:
    named = dict.fromkeys(COLUMNS, "") | dict(zip(layout.columns, cells, strict=False))
    label, problems = parse_label(named, number, layout.decimal_comma)
    if any(cells[len(layout.columns) :]):
        columns, got = len(layout.columns), len(cells)
        message = f"has {got} cells, the header {columns}; put cells with commas into quotes"
        return label, [LabelProblem(number, "the row", message)]
    for column in ("before", "after"):
        if text := named[column]:
            named[column], wrong = photos.look(text)
            problems += [LabelProblem(number, column, wrong)] if wrong else []
    label = replace(label, before=named["before"], after=named["after"])
    if not problems and label.is_pair and photos.are_one(label.before, label.after):
        problems.append(LabelProblem(number, "after", "is the photo of before; name another one"))
    return label, problems


# -- writing --------------------------------------------------------------------------------------


def _append(path: Path, label: Label) -> None:
    layout, start = Layout(), Layout().header
    if path.exists() and path.stat().st_size:
        with path.open("rb") as old:
            first = old.readline().decode("utf-8-sig", "replace")
            old.seek(-1, os.SEEK_END)
            start = "" if old.read() == b"\n" else "\n"
        layout = read_layout(first.rstrip("\r\n"), path)
        if label.basis and "basis" not in layout.columns:
            raise LabelError(f"{path} has no column basis; add it, and label again")
    row = (start + layout.row(label)).encode()
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            if file.write(row) != len(row):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):  # then half a row stays, and is told of when it is read
                file.truncate(size)
            raise
