"""Write files whole or not at all.

A file is written under a temporary name beside its place and renamed when it is complete: whoever
looks finds the old file or the new one, never half of one, also when the disk is full or the user
stops the program.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .errors import SkinDeltaError

__all__ = ["make_folder", "replacing", "spreadsheet_cell"]

# Permissions that new files of this user do not have; it can only be read by setting it, which
# other threads would see, so it is read once.
_UMASK = os.umask(0o077)
os.umask(_UMASK)


@contextmanager
def replacing(
    path: Path, overwrite: bool = True, binary: bool = False, private: bool = False
) -> Iterator[IO[Any]]:
    """Open a temporary file that takes the place of `path` when the block ends well.

    Parameters
    ----------
    path : Path
    overwrite : bool
        False: an existing file is refused.
    binary : bool
        False: UTF-8 text, with line ends as they are written.
    private : bool
        Other users of the machine may not read it.

    Raises
    ------
    SkinDeltaError
        The file exists, or its folder cannot be written.
    """
    if path.is_dir():
        raise SkinDeltaError(f"{path} is a folder; name a file in it")
    if not overwrite and path.exists():
        raise SkinDeltaError(f"{path} exists; choose another name, or use --overwrite")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _not_written(path, error) from None
    temporary = Path(name)
    try:
        with _open(handle, binary) as file:
            yield file
        temporary.chmod(0o600 if private else 0o666 & ~_UMASK)
        temporary.replace(path)
    except OSError as error:
        raise _not_written(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _open(handle: int, binary: bool) -> IO[Any]:
    if binary:
        return os.fdopen(handle, "wb")
    # Names of files may hold bytes that are no UTF-8; they must not stop a table.
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")


def make_folder(path: Path) -> Path:
    """Make a folder where it is missing; raises SkinDeltaError where it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(path, error) from None
    return path


def _not_written(path: Path, error: OSError) -> SkinDeltaError:
    return SkinDeltaError(f"{path} cannot be written ({error.strerror}); choose another place")


def spreadsheet_cell(value: Any) -> Any:
    """Return a cell of a table; text that a spreadsheet would run as a formula gets a quote."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
