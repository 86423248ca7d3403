"""The database of a record: SQLite in its folder, or PostgreSQL by its address.

Reading and writing are two doors. Only one writer is in at a time, whatever the database: what
lies beside the rows in files is then written, swept and erased without another getting in between.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from ..errors import RecordError

__all__ = ["Database", "open_database", "sqlite_url"]

MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_SECONDS = 10  # for another writer
_LOCK = 0x736B696E  # of PostgreSQL, taken by every writer of a record: "skin"
_VERSIONS = "alembic_version"


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
            if not self.is_sqlite:
                session.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"))
                session.execute(text("SELECT pg_advisory_xact_lock(:of)"), {"of": _LOCK})
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
            _migrate(engine)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine)


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _sqlite(address.database or "")
        if address.get_backend_name() != "postgresql":
            raise RecordError(
                f"{address.drivername} is not supported: use a folder, or postgresql://…"
            )
        return create_engine(address, connect_args={"connect_timeout": _WAIT_SECONDS})
    except ModuleNotFoundError as error:
        raise RecordError(
            "PostgreSQL needs the extra: pip install 'skindelta[postgres]'"
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise RecordError(f"that is no address of a database: {error}") from error


def _sqlite(file: str) -> Engine:
    engine = create_engine(sqlite_url(Path(file)), connect_args={"timeout": _WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not where Python thinks
        for pragma in (
            "journal_mode = WAL",  # readers go on beside a writer
            "synchronous = FULL",  # what was said to be saved is on the disk
            "foreign_keys = ON",
            "secure_delete = ON",  # what is deleted is overwritten
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("alone", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    return engine


def _migrate(engine: Engine) -> None:
    """Bring the tables to this version; refuse what is not ours before anything is written."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    if _version(engine, scripts) == head:
        return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name != "sqlite":
            connection.execute(text("SELECT pg_advisory_xact_lock(:of)"), {"of": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")  # nothing, where another process was first


def _version(engine: Engine, scripts: ScriptDirectory) -> str | None:
    """Return the version of the tables, None where there are none; raises for other databases."""
    file = engine.url.database
    if engine.dialect.name == "sqlite":
        path = Path(file or "")
        if not path.exists() or path.stat().st_size == 0:
            return None
        looking = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True),
        )
    else:
        looking = engine
    with looking.connect() as connection:
        tables = inspect(connection).get_table_names()
        version = MigrationContext.configure(connection).get_current_revision()
    if looking is not engine:
        looking.dispose()
    if version is None and tables and tables != [_VERSIONS]:
        raise RecordError(f"{file} holds other tables, not a record: choose another database")
    if version is not None and version not in {s.revision for s in scripts.walk_revisions()}:
        raise RecordError(
            f"{file} was made by a newer version of skindelta: install that; it was left as it is"
        )
    return version


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
