"""Records of older versions are brought to this one with everything that is in them."""

import shutil
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, insert, inspect, select
from sqlalchemy import types as sql

from skindelta.errors import RecordError
from skindelta.record import Record, migrating
from skindelta.record.database import changing_tables, open_database, sqlite_url

DAY = datetime(2026, 3, 1, 9, 30)
# What entries would refuse if it were filled by its type alone.
FITTING = {
    ("subject", "birth_year"): 1990,
    ("treatment", "kind"): "microneedling",
    ("treatment", "setting"): "home",
    ("symptom", "kind"): "itch",
}


@pytest.fixture
def address(tmp_path, url):
    return url or sqlite_url(tmp_path / "record.db")


def filled(column):
    """Return a value that a column takes."""
    kind, length = column.type, getattr(column.type, "length", None)
    if isinstance(kind, sql.Uuid):
        return uuid4()
    if isinstance(kind, sql.CHAR):  # of SQLite, which has no UUID
        return uuid4().hex
    if isinstance(kind, sql.DateTime):
        return DAY.replace(tzinfo=UTC)
    if isinstance(kind, sql.String):
        return uuid4().hex[: length or 32]
    if isinstance(kind, sql.JSON):
        return ["kept"]
    return {sql.Boolean: True, sql.Integer: 1, sql.Float: 1.5}[
        next(t for t in (sql.Boolean, sql.Integer, sql.Float) if isinstance(kind, t))
    ]


def fill(connection, tables):
    """Put one row into every table, each belonging to the one row of the table it points to."""
    keys = {}
    for table in tables:
        row = {}
        for column in table.columns:
            owner = next(iter(column.foreign_keys), None)
            own = filled(column) if owner is None else keys[owner.column.table.name]
            row[column.name] = FITTING.get((table.name, column.name), own)
        connection.execute(insert(table), row)
        keys[table.name] = row["id"]


def made(address, revision):
    """Make a database of a revision with a row in every table; return tables and rows."""
    with changing_tables(address) as connection:
        migrating.upgrade(connection, revision)
        metadata = MetaData()
        metadata.reflect(connection)
        tables = [one for one in metadata.sorted_tables if one.name != migrating.VERSIONS]
        fill(connection, tables)
        return tables, held(connection, tables)


def held(connection, tables):
    return {
        one.name: [dict(row) for row in connection.execute(select(one)).mappings()]
        for one in tables
    }


def held_by(address, tables):
    database = open_database(address)
    try:
        with database.engine.connect() as connection:
            return held(connection, tables)
    finally:
        database.close()


@pytest.mark.parametrize("revision", migrating.revisions()[:-1])
def test_a_record_of_an_older_version_is_opened_with_everything_in_it(
    tmp_path, url, address, revision
):
    tables, before = made(address, revision)
    assert all(len(rows) == 1 for rows in before.values())
    assert {"subject", "site", "session", "photo", "comparison", "audit"} <= before.keys()
    with Record(tmp_path, url) as record:
        (anna,) = record.subjects()
        (session,) = record.sessions(anna.pseudonym)
        assert session.taken_at == DAY.replace(tzinfo=UTC)
        assert [photo.thumbnail for photo in session.photos] == [None]
        for read in (record.sites, record.treatments, record.symptoms, record.comparisons):
            assert len(read(anna.pseudonym)) == 1
        assert len(record.audit()) == 1
    assert held_by(address, tables) == before


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    how = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("subject", recreate=how) as subject:
        subject.add_column(sa.Column("hobby", sa.Text(), nullable=True))
    {then}
"""


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Return a function that adds a migration, as a version to come would."""

    def add(then):
        folder = tmp_path / "migrations"
        shutil.copytree(migrating.MIGRATIONS, folder)
        text = NEXT.format(newest=migrating.newest(), then=then)
        (folder / "versions" / "9000_next.py").write_text(text)
        monkeypatch.setattr(migrating, "MIGRATIONS", folder)

    return add


def test_a_table_that_is_made_anew_keeps_what_belongs_to_its_rows(address, next_version):
    tables, before = made(address, migrating.newest())
    next_version("pass")
    assert held_by(address, tables) == before


def test_a_change_that_fails_leaves_the_tables_as_they_were(address, next_version, monkeypatch):
    tables, before = made(address, migrating.newest())
    next_version("op.execute('SELECT * FROM nowhere')")
    with pytest.raises(RecordError, match="nowhere"):
        open_database(address)
    monkeypatch.undo()
    assert held_by(address, tables) == before
    database = open_database(address)
    assert "hobby" not in {one["name"] for one in inspect(database.engine).get_columns("subject")}
    database.close()
