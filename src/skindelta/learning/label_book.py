"""The file of labels while several write it: one row at a time, and rows taken back.

Within this server a lock lets one write at a time; another program that runs this code is kept out
by a lock on the folder, where the system has one. What others wrote stays byte for byte: a row is
taken back by leaving its bytes out.
"""

import csv
import io
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..errors import LabelError, SkinDeltaError
from ..outputs import replacing
from .label_checks import parse_label
from .label_files import COLUMNS, append_label
from .label_row import Label
from .label_table import read_table
from .split import person

__all__ = ["Book"]

WAIT_SECONDS = 5.0  # until another program has written its row; that takes milliseconds
BOM = b"\xef\xbb\xbf"


class _Row(NamedTuple):
    """A row: its number, as the reader of the table counts, and its label."""

    number: int
    label: Label
    is_right: bool


class Book:
    """A file of labels.

    Parameters
    ----------
    file : Path
        It may be missing still; its folder may not.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.RLock()
        self._seen: tuple[int, ...] | None = None
        self._rows: list[_Row] = []

    def labels(self) -> tuple[Label, ...]:
        """Return the labels of all raters, in the order of the file; rows that are wrong are not.

        Photos are not looked for.

        Raises
        ------
        LabelError
            It cannot be read, or is no file of labels.
        """
        with self._lock:
            return tuple(row.label for row in self._read() if row.is_right)

    def unusable(self) -> int:
        """Count the rows that are wrong; they stay as they are."""
        with self._lock:
            return sum(not row.is_right for row in self._read())

    def check(self) -> None:
        """Raise LabelError where labels cannot be read, or a row could not be written."""
        self.labels()
        folder = self.file.parent
        if not folder.is_dir():
            raise LabelError(f"{folder} is no folder; make it, or name another file of labels")
        there = self.file if self.file.exists() else folder
        if not os.access(there, os.W_OK):
            raise LabelError(f"{self.file} cannot be written; choose another place for the labels")

    def add(self, label: Label) -> None:
        """Add a row, and return when it is on the disk.

        Raises
        ------
        LabelError
            It cannot be written; then the row is not in it.
        """
        with self._writing():
            rows = self._read()
            append_label(self.file, label)
            self._rows, self._seen = [*rows, _Row(-1, label, True)], self._look()

    def take_back(self, labels: Iterable[Label]) -> None:
        """Leave out the last row that says each of these; all others keep their bytes.

        Raises
        ------
        LabelError
            It cannot be written, or such a row is no longer there; then all are as they were.
        """
        with self._writing():
            self._seen = None
            rows = self._read()
            gone: set[int] = set()
            for label in labels:
                found = [row.number for row in rows if row.label == label]
                last = next((one for one in reversed(found) if one not in gone), None)
                if last is None:
                    raise LabelError(
                        f"the label is no longer in {self.file.name}: somebody changed the file"
                    )
                gone.add(last)
            self._leave_out(gone)
            self._seen = None

    def forget(self, subject: str) -> int:
        """Leave out every row about a person, wrong ones too; how many there were.

        Raises
        ------
        LabelError
            It cannot be read or written; then all are as they were.
        """
        if not self.file.exists():
            return 0
        with self._writing():
            self._seen = None
            gone = {r.number for r in self._read() if person(r.label.subject) == person(subject)}
            if gone:
                self._leave_out(gone)
            self._seen = None
        return len(gone)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, _alone_in(self.file.parent, self.file.name):
            yield

    def _look(self) -> tuple[int, ...]:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise LabelError(f"{self.file} cannot be read ({error.strerror})") from None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> list[_Row]:
        """Read the file, unless it is as it was."""
        now = self._look()
        if now != self._seen:
            self._rows = _rows_of(self.file) if now and now[1] else []
            self._seen = now
        return self._rows

    def _leave_out(self, numbers: set[int]) -> None:
        try:
            data = self.file.read_bytes()
        except OSError as error:
            raise LabelError(f"{self.file} cannot be read ({error.strerror})") from None
        mark, text = (BOM, data[len(BOM) :]) if data.startswith(BOM) else (b"", data)
        kept = [
            line
            for number, line in enumerate(_lines(text.decode(), read_table(self.file)[0].delimiter))
            if number + 1 not in numbers
        ]
        try:
            with replacing(self.file.resolve(), binary=True) as file:
                file.write(mark + "".join(kept).encode())
                file.flush()
                os.fsync(file.fileno())
        except SkinDeltaError as error:
            raise LabelError(f"{error}; the label is still in it") from None


def _rows_of(file: Path) -> list[_Row]:
    layout, rows = read_table(file)
    found = []
    for number, cells in rows:
        named = dict.fromkeys(COLUMNS, "") | dict(zip(layout.columns, cells, strict=False))
        label, problems = parse_label(named, number, layout.decimal_comma)
        found.append(_Row(number, label, not problems))
    return found


def _lines(text: str, delimiter: str) -> Iterator[str]:
    """Yield each row of a table as it is written: some have several lines."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for _ in csv.reader(lines(), delimiter=delimiter, strict=True):
        yield "".join(taken)
        taken.clear()


@contextmanager
def _alone_in(folder: Path, name: str) -> Iterator[None]:
    """Keep other programs out that write labels into this folder, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows: one program at a time, as docs/labels.md says
        yield
        return
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        reason = f"{folder} cannot be opened ({error.strerror}); mend it, then try again"
        raise LabelError(reason) from None
    try:
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise LabelError(
                        f"another program is writing {name}: wait for it, or end it, then try again"
                    ) from None
                time.sleep(0.01)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(held)
