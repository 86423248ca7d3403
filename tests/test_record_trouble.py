"""Full disks, damage, lost keys: each is told, and leaves the record as it was."""

import errno
import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from skindelta.errors import RecordError
from skindelta.record import (
    NewPhoto,
    Record,
    Session,
    StoredPhoto,
    Subject,
    Symptom,
    Treatment,
    files,
    keys,
)
from skindelta.record.files import FileStore

DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
ANOTHER = "another one entirely"


@pytest.fixture
def folder(tmp_path, url):
    """Folder of a record with one session."""
    with Record(tmp_path / "record", url) as record:
        record.add_subject(Subject("anna"))
        with_session(record, b"one")
    return tmp_path / "record"


def with_session(record, *contents, day=DAY):
    photos = [
        NewPhoto(StoredPhoto("", f"{number}.jpg", 0), data, data[:2])
        for number, data in enumerate(contents)
    ]
    return record.add_session("anna", Session(day), photos)


def state(record):
    """Return what can be read of a record, and every file of it but the database."""
    held = {
        path.relative_to(record.folder): path.read_bytes()
        for path in record.folder.rglob("*")
        if path.is_file() and not path.name.startswith("record.db")
    }
    reads = (record.sessions, record.treatments, record.symptoms, record.audit)
    return record.subjects(), *(read("anna") for read in reads), record.audit(), held


def refused(record, act, message):
    """Assert that something is refused and leaves the record as it was."""
    before = state(record)
    with pytest.raises(RecordError, match=message):
        act()
    assert state(record) == before


WRITES = {
    "person": lambda r: r.add_subject(Subject("ben", note="x" * 4000)),
    "session": lambda r: r.add_session("anna", Session(DAY, note="x" * 4000), [photo()]),
    "treatment": lambda r: r.add_treatment("anna", Treatment(DAY, "laser", note="x" * 4000)),
    "symptom": lambda r: r.add_symptom("anna", Symptom(DAY, "itch", note="x" * 4000)),
}


def photo(data=b"new"):
    return StoredPhoto("", "new.jpg", 0), data


@pytest.mark.parametrize("write", WRITES)
def test_a_full_disk_of_the_database_is_told(tmp_path, write):
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        with_session(record, b"one")
        engine = record._database.engine

        def no_room(connection, _):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(engine, "connect", no_room)
        engine.dispose()
        refused(record, lambda: WRITES[write](record), "the disk is full: make room")
        event.remove(engine, "connect", no_room)
        engine.dispose()
        WRITES[write](record)


@pytest.mark.parametrize("written", [0, 1, 2, 3])
def test_a_full_disk_of_the_photos_is_told(folder, url, monkeypatch, written):
    flush, done = os.fsync, []

    def full(handle):
        done.append(handle)
        if len(done) > 2 * written:  # a file, then its folder
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(handle)

    with Record(folder, url) as record:
        with monkeypatch.context() as short:
            short.setattr(files.os, "fsync", full)
            later = DAY + timedelta(days=1)
            refused(
                record,
                lambda: with_session(record, b"two", b"three", day=later),
                "No space left on device; nothing was saved. Make room",
            )
        assert len(with_session(record, b"two", b"three", day=later).photos) == 2


def test_a_folder_of_photos_that_cannot_be_written_is_told(folder, url, monkeypatch):
    def forbidden(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    with Record(folder, url) as record:
        monkeypatch.setattr(files.os, "open", forbidden)
        refused(record, lambda: with_session(record, b"two"), "Permission denied; nothing was")


@pytest.mark.parametrize("write", WRITES)
def test_a_database_that_cannot_be_written_is_told(tmp_path, write):
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        engine = record._database.engine
        event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA query_only = ON"))
        engine.dispose()
        refused(record, lambda: WRITES[write](record), "cannot be written: look at the perm")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_is_told(folder, url):
    (folder / "photos").chmod(0o500)
    try:
        with Record(folder, url) as record:
            refused(record, lambda: with_session(record, b"two"), "cannot be written")
    finally:
        (folder / "photos").chmod(0o700)


@pytest.mark.parametrize("spoil", ["garbage", "cut", "overwritten"])
def test_a_damaged_database_is_told_and_left(tmp_path, spoil):
    folder = tmp_path / "record"
    with Record(folder) as record:
        record.add_subject(Subject("anna"))
        with_session(record, b"one")
    file = folder / "record.db"
    whole = file.read_bytes()
    page = 4096
    spoiled = {
        "garbage": b"no database at all " * 1000,
        "cut": whole[: 2 * page],
        "overwritten": whole[:page] + b"\xa5" * (len(whole) - page),
    }[spoil]
    file.write_bytes(spoiled)
    with pytest.raises(RecordError, match="damaged: restore it|no record|cannot be used"):
        Record(folder)
    assert file.read_bytes() == spoiled
    assert len([*(folder / "photos").glob("*/*")]) == 2
    file.write_bytes(whole)
    with Record(folder) as record:
        assert len(record.sessions("anna")) == 1


def test_photos_of_another_database_are_not_swept_away(folder, url, postgresql_url):
    """Whoever forgets the address of the database, or loses it, keeps the photos."""
    photos = sorted(folder.glob("photos/*/*"))
    another = postgresql_url if url is None else None
    with pytest.raises(RecordError, match="holds photos of another database: name that one"):
        Record(folder, another)
    assert sorted(folder.glob("photos/*/*")) == photos
    with Record(folder, url) as record:
        assert record.photo(record.sessions("anna")[0].photos[0].sha256) == b"one"


def test_a_damaged_measurement_is_told(tmp_path):
    """PostgreSQL lets nothing in that is no JSON."""
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        (one,) = with_session(record, b"one").photos
        record.add_comparison("anna", one.id, one.id, "formula", {"scores": [1.5]})
        with record._database.writing() as rows:
            rows.execute(text("UPDATE comparison SET document = '[1.'"))
        with pytest.raises(RecordError, match="damaged in the database: restore"):
            record.comparisons("anna")


def test_a_key_that_was_lost_is_told_and_no_other_is_made(folder, url):
    with Record(folder, url) as record:
        record.encrypt(PASSPHRASE)
    (folder / "key.json").rename(folder.parent / "key.json")
    with Record(folder, url, PASSPHRASE) as record:
        (session,) = record.sessions("anna")
        lost = "key.json is missing: put it back from a backup"
        refused(record, lambda: with_session(record, b"two"), lost)
        refused(record, lambda: record.encrypt(ANOTHER), lost)
        refused(record, lambda: record.change_passphrase(PASSPHRASE, ANOTHER), lost)
        refused(record, lambda: record.photo(session.photos[0].sha256), "where its key.json is")
    (folder.parent / "key.json").rename(folder / "key.json")
    with Record(folder, url, PASSPHRASE) as record:
        assert record.photo(session.photos[0].sha256) == b"one"


def test_a_wrong_passphrase_changes_nothing(folder, url):
    with Record(folder, url) as record:
        record.encrypt(PASSPHRASE)
        before = state(record)
    with pytest.raises(RecordError, match="not the passphrase"):
        Record(folder, url, ANOTHER)
    with Record(folder, url, PASSPHRASE) as record:
        assert state(record) == before


def test_a_new_passphrase_opens_the_record_and_the_old_one_does_not(folder, url):
    with Record(folder, url) as record:
        refused(record, lambda: record.change_passphrase(PASSPHRASE, ANOTHER), "not encrypted")
        record.encrypt(PASSPHRASE)
        refused(record, lambda: record.change_passphrase(ANOTHER, ANOTHER), "not the passphrase")
        refused(record, lambda: record.change_passphrase(PASSPHRASE, "short"), "too short")
        record.change_passphrase(PASSPHRASE, ANOTHER)
        assert record.audit()[-1][1] == "change passphrase"
        with_session(record, b"two", day=DAY + timedelta(days=1))
    with pytest.raises(RecordError, match="not the passphrase"):
        Record(folder, url, PASSPHRASE)
    with Record(folder, url, ANOTHER) as record:
        kept = [one for session in record.sessions("anna") for one in session.photos]
        assert [record.photo(one.sha256) for one in kept] == [b"one", b"two"]


def test_a_passphrase_that_could_not_be_noted_is_not_changed(folder, url, monkeypatch):
    with Record(folder, url) as record:
        record.encrypt(PASSPHRASE)
        engine = record._database.engine

        def failing(_):
            raise RecordError("the disk is full")

        event.listen(engine, "commit", failing)
        refused(record, lambda: record.change_passphrase(PASSPHRASE, ANOTHER), "disk is full")
        event.remove(engine, "commit", failing)
    assert keys.open_key(folder, PASSPHRASE)


def test_encrypting_that_was_broken_off_goes_on_at_the_next_start(folder, url, monkeypatch):
    with Record(folder, url) as record:
        with_session(record, b"two", b"three", day=DAY + timedelta(days=1))
        before = record.sessions("anna")
        write, written = FileStore._write, []

        def full(self, name, raw):
            if len(written) == 2:
                raise RecordError("No space left on device")
            written.append(name)
            write(self, name, raw)

        with monkeypatch.context() as short:
            short.setattr(FileStore, "_write", full)
            with pytest.raises(RecordError, match="No space left"):
                record.encrypt(PASSPHRASE)
    sealed = [p.read_bytes().startswith(b"skindelta sealed") for p in folder.glob("photos/*/*")]
    assert sorted(set(sealed)) == [False, True]
    with Record(folder, url, PASSPHRASE) as record:
        for path in folder.glob("photos/*/*"):
            assert path.read_bytes().startswith(b"skindelta sealed")
        assert record.sessions("anna") == before
        for session in before:
            for one in session.photos:
                assert record.photo(one.sha256)[:2] == record.photo(one.thumbnail)


@pytest.mark.parametrize("note", ["a\0b", "a\udc80b"])
def test_a_note_that_no_database_can_keep_is_told(note):
    with pytest.raises(RecordError, match="signs that are no text"):
        Session(DAY, note=note)


def test_whatever_a_file_or_camera_is_called_it_is_kept(folder, url):
    new = StoredPhoto("", "IMG\udcff" + "x" * 300, 0, DAY, "camera\0" + "y" * 300)
    with Record(folder, url) as record:
        later = Session(DAY + timedelta(days=1))
        (kept,) = record.add_session("anna", later, [(new, b"two")]).photos
        assert record.sessions("anna")[1].photos == (kept,)
        assert (len(kept.name), len(kept.camera)) == (255, 200)


def test_a_database_that_was_lost_leaves_the_photos(tmp_path):
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        kept = with_session(record, b"one").photos[0]
    database = tmp_path / "record" / "record.db"
    database.rename(tmp_path / "record.db")
    with pytest.raises(RecordError, match="put its record.db back"):
        Record(tmp_path / "record")
    (tmp_path / "record.db").replace(database)
    with Record(tmp_path / "record") as record:
        assert record.photo(kept.sha256) == b"one"
