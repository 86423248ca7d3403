"""The tables of a database, by revision: which they are, and how they are brought to another."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from ..errors import RecordError

__all__ = ["VERSIONS", "newest", "revision_of", "revisions", "upgrade"]

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = "alembic_version"  # table in which Alembic keeps the revision


def revisions() -> tuple[str, ...]:
    """Return all revisions that this version knows, the oldest first."""
    known = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return tuple(script.revision for script in known)[::-1]


def newest() -> str:
    """Return the revision of this version."""
    return revisions()[-1]


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables to a revision, inside the transaction of a connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)  # nothing, where another process was first


def revision_of(engine: Engine) -> str | None:
    """Return the revision of the tables, None where there are none; nothing is written.

    Raises
    ------
    RecordError
        The database holds other tables, or those of a newer version.
    """
    file = engine.url.database
    looking = _looking(engine)
    if looking is None:
        return None
    with looking.connect() as connection:
        tables = inspect(connection).get_table_names()
        revision = MigrationContext.configure(connection).get_current_revision()
    if looking is not engine:
        looking.dispose()
    if revision is None and tables and tables != [VERSIONS]:
        raise RecordError(f"{file} holds other tables, not a record: choose another database")
    if revision is not None and revision not in revisions():
        raise RecordError(
            f"{file} was made by a newer version of skindelta: install that; it was left as it is"
        )
    return revision


def _looking(engine: Engine) -> Engine | None:
    """Return an engine that writes nothing; None where there is no file yet."""
    if engine.dialect.name != "sqlite":
        return engine
    path = Path(engine.url.database or "")
    if not path.exists() or path.stat().st_size == 0:
        return None
    address = f"file:{quote(str(path))}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
