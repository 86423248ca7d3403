"""Read a backup, and doubt it: it may be cut off, altered, or made to fill memory and disk."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import RecordError
from .backup_format import KEY, MANIFEST, SCHEMA, Manifest, file_member, row_member
from .files import is_sealed
from .migrating import revisions

__all__ = ["BackupReader", "opened_backup"]

_MOST_BYTES = {
    "files": 400 * 2**20,  # larger photos are not read
    "rows": 4 * 2**30,  # of a table, a line at a time
    MANIFEST: 64 * 2**20,  # 0.2 kB a photo
    KEY: 2**20,
}
_MOST_LINE = 16 * 2**20  # a comparison has 0.1 MB
_CHUNK = 2**20


class BackupReader:
    """A backup that was found to be whole.

    Parameters
    ----------
    file : ZipFile
    manifest : Manifest
    """

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip = file
        self.manifest = manifest

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(info.file_size for info in self._zip.infolist())

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Return the rows of a table, one at a time; raises ValueError where one is none."""
        with self._zip.open(row_member(table)) as member:
            while line := member.readline(_MOST_LINE):
                yield self.manifest.tables[table].row(line)

    def photo(self, name: str) -> bytes:
        """Return a photo or thumbnail as it lies in the record."""
        return self._zip.read(file_member(name))

    def key(self) -> bytes | None:
        """Return the wrapped key; None where photos are not encrypted."""
        return self._zip.read(KEY) if KEY in self.manifest.files else None


@contextmanager
def opened_backup(path: Path) -> Iterator[BackupReader]:
    """Open a backup and look through all of it, a member at a time.

    Raises
    ------
    RecordError
        It cannot be read, is no backup, is cut off or altered, or was made by a newer version;
        also where that is found out only inside the block.
    """
    try:
        with zipfile.ZipFile(path) as file:
            manifest = _manifest(path, file)
            _look_through(file, manifest)
            yield BackupReader(file, manifest)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,  # of JSON, text, identifiers and times, too
        TypeError,
        KeyError,
        OverflowError,
        RecursionError,
        RuntimeError,  # zipfile: encrypted
        NotImplementedError,  # zipfile: packed in a way that it does not know
    ) as error:
        raise RecordError(
            f"{path} is no whole backup ({error}): use another; nothing was restored"
        ) from error
    except OSError as error:
        raise RecordError(f"{path} cannot be restored: {error.strerror or error}") from error


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    """Return what the backup says of itself, once its version and its members are known to fit."""
    _check_size(file.getinfo(MANIFEST))
    told = json.loads(file.read(MANIFEST))
    schema = str(told["schema"])
    if schema != SCHEMA and not schema.startswith(SCHEMA.rpartition("/")[0] + "/"):
        raise ValueError(f"schema {schema!r:.50}")
    if schema != SCHEMA or told["revision"] not in revisions():
        raise RecordError(
            f"{path} was made by a newer version of skindelta: install that; nothing was restored"
        )
    manifest = Manifest.from_json(told)
    if sorted(file.namelist()) != sorted([*manifest.files, MANIFEST]):
        raise ValueError("its members are not those of its manifest")
    for info in file.infolist():
        _check_size(info)
    return manifest


def _check_size(info: zipfile.ZipInfo) -> None:
    """Raise ValueError where a member would take more than any real one."""
    most = _MOST_BYTES[info.filename.partition("/")[0]]
    if info.file_size > most:
        raise ValueError(f"{info.filename} would have {info.file_size:,} bytes")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is packed by method {info.compress_type}")


def _look_through(file: zipfile.ZipFile, manifest: Manifest) -> None:
    """Hold every member against its sha256, every table against its count."""
    counts = {row_member(name): table.rows for name, table in manifest.tables.items()}
    for member, expected in manifest.files.items():
        sha256, lines, first = hashlib.sha256(), 0, b""
        with file.open(member) as data:
            while chunk := data.read(_CHUNK):
                first = first or chunk
                sha256.update(chunk)
                lines += chunk.count(b"\n")
        if sha256.hexdigest() != expected:
            raise ValueError(f"{member} is damaged")
        if lines != counts.get(member, lines):
            raise ValueError(f"{member} has {lines} rows of {counts[member]}")
        if member.startswith("files/"):
            _check_photo(member, is_sealed(first), expected, KEY in manifest.files)


def _check_photo(member: str, sealed: bool, sha256: str, has_key: bool) -> None:
    """Hold a photo against its name; what is encrypted is looked into when it is opened."""
    if sealed and not has_key:
        raise ValueError(f"{member} is encrypted, but the key is not in it")
    if not sealed and member != file_member(sha256):
        raise ValueError(f"{member} is another photo")
