"""What a backup is: one zip file with everything of a record in it.

::

    rows/<table>.jsonl   a row a line; times and identifiers are text, so that any database takes it
    files/<aa>/<sha256>  photos and thumbnails as they lie in the record, encrypted ones encrypted
    key.json             the wrapped key, where photos are encrypted
    manifest.json        what is in it: tables, columns, the sha256 of every other member

What a table has is told by the backup itself, not by the code that reads it: so that a backup of
an older version is read by a newer one.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any, NamedTuple
from uuid import UUID

from .files import is_name

__all__ = [
    "KEY",
    "KINDS",
    "MANIFEST",
    "SCHEMA",
    "BackupWriter",
    "Manifest",
    "Table",
    "file_member",
    "row_member",
]

SCHEMA = "skindelta.backup/1"
MANIFEST = "manifest.json"
KEY = "key.json"


class Kind(NamedTuple):
    """What a column holds, and how JSON has it."""

    type: type
    as_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _exactly(*types: type) -> Callable[[Any], Any]:
    """Return a function that lets nothing else through; a bool is no number."""

    def check(value: Any) -> Any:
        if type(value) not in types:
            raise ValueError(f"expected {types[0].__name__}, got {value!r:.50}")
        return value

    return check


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"expected a time with its zone, got {text!r:.50}")
    return time


# By the Python type that SQLAlchemy gives for a column.
KINDS = {
    "uuid": Kind(UUID, str, UUID),
    "time": Kind(datetime, datetime.isoformat, _time),
    "bool": Kind(bool, bool, _exactly(bool)),
    "int": Kind(int, int, _exactly(int)),
    "number": Kind(float, float, _exactly(float, int)),
    "text": Kind(str, str, _exactly(str)),
    "json": Kind(object, _same, _same),
}


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and the kind of each of its columns."""

    rows: int
    columns: dict[str, str]

    def line(self, row: dict[str, Any]) -> bytes:
        """Return a row as a line of JSON."""
        told = {
            name: None if row[name] is None else KINDS[kind].as_json(row[name])
            for name, kind in self.columns.items()
        }
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"

    def row(self, line: bytes) -> dict[str, Any]:
        """Return a line as a row; raises ValueError where it is none."""
        told = json.loads(line)
        if not isinstance(told, dict) or told.keys() != self.columns.keys():
            raise ValueError(f"expected a row of {', '.join(self.columns)}, got {line[:50]!r}")
        return {
            name: None if value is None else KINDS[self.columns[name]].from_json(value)
            for name, value in told.items()
        }


@dataclass
class Manifest:
    """What is in a backup.

    Attributes
    ----------
    revision : str
        Of the tables.
    version : str
        Of the skindelta that made it.
    made_at : str
    tables : dict of str to Table
        In an order in which rows come after those that they belong to.
    files : dict of str to str
        Sha256 of each other member.
    schema : str
    """

    revision: str
    version: str
    made_at: str
    tables: dict[str, Table] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    schema: str = SCHEMA

    def to_json(self) -> bytes:
        """Return it as the text of its member."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, told: Any) -> "Manifest":
        """Return what its member says; raises ValueError where it cannot be right."""
        check = _exactly(str)
        tables = {
            name: Table(_exactly(int)(table["rows"]), dict(table["columns"]))
            for name, table in dict(told["tables"]).items()
        }
        if unknown := {k for t in tables.values() for k in t.columns.values()} - KINDS.keys():
            raise ValueError(f"kinds of columns {sorted(unknown)}")
        files = {name: check(sha256) for name, sha256 in dict(told["files"]).items()}
        expected = {row_member(name) for name in tables} | ({KEY} & files.keys())
        photos = files.keys() - expected
        if not expected <= files.keys() or not all(map(_is_file_member, photos)):
            raise ValueError("names of members")
        revision, version, made_at = (check(told[n]) for n in ("revision", "version", "made_at"))
        return cls(revision, version, made_at, tables, files, check(told["schema"]))

    def photos(self) -> list[str]:
        """Return the names of all photos and thumbnails."""
        return [name.rpartition("/")[2] for name in self.files if _is_file_member(name)]


class BackupWriter:
    """Writes a backup, a member at a time, and takes down what it wrote.

    Parameters
    ----------
    file : binary file
    manifest : Manifest
        To which tables and files are added.
    """

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self.manifest = manifest
        self._zip = zipfile.ZipFile(file, "w")

    def __enter__(self) -> "BackupWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._add(MANIFEST, self.manifest.to_json(), zipfile.ZIP_DEFLATED)
        self._zip.close()

    def add_rows(self, name: str, columns: dict[str, str], rows: Iterable[dict[str, Any]]) -> None:
        """Write a table."""
        count, sha256 = 0, hashlib.sha256()
        info = _info(row_member(name), zipfile.ZIP_DEFLATED)
        with self._zip.open(info, "w", force_zip64=True) as member:
            for row in rows:
                line = Table(0, columns).line(row)
                member.write(line)
                sha256.update(line)
                count += 1
        self.manifest.tables[name] = Table(count, columns)
        self.manifest.files[info.filename] = sha256.hexdigest()

    def add_photo(self, name: str, raw: bytes) -> None:
        """Write a photo or thumbnail as it is; it cannot be made smaller."""
        self._add(file_member(name), raw)
        self.manifest.files[file_member(name)] = hashlib.sha256(raw).hexdigest()

    def add_key(self, wrapped: bytes) -> None:
        """Write the wrapped key."""
        self._add(KEY, wrapped)
        self.manifest.files[KEY] = hashlib.sha256(wrapped).hexdigest()

    def _add(self, member: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
        self._zip.writestr(_info(member, how), data)


def row_member(table: str) -> str:
    """Return where the rows of a table are."""
    return f"rows/{table}.jsonl"


def file_member(name: str) -> str:
    """Return where a photo is."""
    return f"files/{name[:2]}/{name}"


def _is_file_member(member: str) -> bool:
    name = member.rpartition("/")[2]
    return is_name(name) and member == file_member(name)


def _info(member: str, how: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(member)  # of 1980: when a photo was saved is nobody's business
    info.compress_type = how
    info.external_attr = 0o600 << 16
    return info
