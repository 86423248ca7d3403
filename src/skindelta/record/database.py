"""The database of a record: SQLite in its folder, or PostgreSQL by its address.

Reading and writing are two doors. Only one writer is in at a time, whatever the database: what
lies beside the rows in files is then written, swept and erased without another getting in between.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from ..errors import RecordError
from .migrating import newest, revision_of, upgrade

__all__ = ["Database", "changing_tables", "open_database", "sqlite_url"]

_WAIT_SECONDS = 10  # for another writer
_LOCK = 0x736B696E  # of PostgreSQL, taken by every writer of a record: "skin"


def sqlite_url(file: Path) -> str:
    """Return the address of an SQLite file."""
    return f"sqlite:///{file}"


class Database:
    """A database that has the tables of this version.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one state and changes nothing."""
        with _told(), Session(self.engine) as session:
            yield session
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that is saved as a whole, or not at all; others wait."""
        engine = self.engine.execution_options(writes=True)
        with _told(), Session(engine) as session, session.begin():
            _alone(session.connection())
            yield session

    def scrub(self) -> None:
        """Give what was deleted back to the disk, overwritten, so that no byte of it stays."""
        steps = (
            ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)") if self.is_sqlite else ("VACUUM FULL",)
        )
        options = {"alone": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with _told(), self.engine.execution_options(**options).connect() as connection:
            for step in steps:  # none of them runs in a transaction
                connection.execute(text(step))

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database, made or brought to this version where needed.

    Parameters
    ----------
    url : str
        Such as ``sqlite:///…/record.db`` or ``postgresql://…``.

    Returns
    -------
    Database

    Raises
    ------
    RecordError
        It cannot be reached, is locked, is no record, or is of a newer version; then it is as it
        was.
    """
    with _told():
        engine = _engine(url)
        try:
            if revision_of(engine) != newest():
                with changing_tables(url) as connection:
                    upgrade(connection, newest())
        except BaseException:
            engine.dispose()
            raise
    return Database(engine)


@contextmanager
def changing_tables(url: str) -> Iterator[Connection]:
    """Open a connection that may change the tables of a record, all of it or nothing.

    SQLite changes a table by dropping it, and what points to its rows would go with them: until
    the end rows are not held to each other. Then none may point to one that is not there.

    Raises
    ------
    RecordError
        As :func:`open_database`, or rows point to others that are missing.
    """
    with _told():
        engine = _engine(url, bound=False)
        try:
            revision_of(engine)
            with engine.execution_options(writes=True).begin() as connection:
                _alone(connection)
                yield connection
                _refuse_loose_rows(connection)
        finally:
            engine.dispose()


def _alone(connection: Connection) -> None:
    """Wait until nobody else writes; SQLite waits where a transaction begins."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:of)"), {"of": _LOCK})


def _refuse_loose_rows(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        loose = connection.execute(text("PRAGMA foreign_key_check")).first()
        if loose is not None:
            raise RecordError(
                f"rows of {loose[0]} belong to a {loose[2]} that is not there: restore the record "
                "from another backup; nothing was changed"
            )


def _engine(url: str, bound: bool = True) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _sqlite(address.database or "", bound)
        if address.get_backend_name() != "postgresql":
            raise RecordError(
                f"{address.drivername} is not supported: use a folder, or postgresql://…"
            )
        wait = {"connect_timeout": _WAIT_SECONDS}
        return create_engine(address, connect_args=wait, json_deserializer=_from_json)
    except ModuleNotFoundError as error:
        raise RecordError(
            "PostgreSQL needs the extra: pip install 'skindelta[postgres]'"
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise RecordError(f"that is no address of a database: {error}") from error


def _sqlite(file: str, bound: bool) -> Engine:
    """Return an engine; `bound` says whether rows go with those that they belong to."""
    wait = {"timeout": _WAIT_SECONDS}
    address = sqlite_url(Path(file))
    with suppress(OSError):  # told when it is opened
        os.close(
            os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        )  # not for others to read
    engine = create_engine(address, connect_args=wait, json_deserializer=_from_json)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not where Python thinks
        for pragma in (
            "journal_mode = WAL",  # readers go on beside a writer
            "synchronous = FULL",  # what was said to be saved is on the disk
            f"foreign_keys = {'ON' if bound else 'OFF'}",
            "secure_delete = ON",  # what is deleted is overwritten
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("alone", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    return engine


def _from_json(document: str | bytes) -> Any:
    """Return what a column of JSON holds: orjson reads the comparisons of a year 3x as fast."""
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:  # json writes names that are no Unicode, and NaN
        try:
            return json.loads(document)
        except ValueError as error:
            raise RecordError(
                "something that was measured is damaged in the database: restore the record from a "
                "backup"
            ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Say what a user can do about what a database complains of."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip() or type(error.orig).__name__
        raise RecordError(f"{_advice(reason)} ({reason.splitlines()[0]})") from error
    except SQLAlchemyError as error:
        raise RecordError(f"the record cannot be used: {error}") from error


def _advice(reason: str) -> str:
    """Return what to do, by what the database says."""
    known = {
        "database is locked": "another program is writing to the record: wait, then try again",
        "lock timeout": "another program is writing to the record: wait, then try again",
        "disk is full": "the disk is full: make room, then try again; nothing was saved",
        "No space left": "the disk is full: make room, then try again; nothing was saved",
        "readonly": "the record cannot be written: look at the permissions of its folder",
        "unable to open": "the record cannot be opened: look at its folder and its permissions",
        "malformed": "the record is damaged: restore it from a backup",
        "not a database": "that file is no record: choose another, or restore a backup",
        "connection failed": "the database does not answer: start it, or look at its address",
        "Connection refused": "the database does not answer: start it, or look at its address",
    }
    for sign, advice in known.items():
        if sign in reason:
            return advice
    return "the record cannot be used"
