"""The record keeps what it was given, whole or not at all, on SQLite and on PostgreSQL."""

import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import inspect, text

from skindelta.errors import RecordError
from skindelta.record import (
    Consent,
    NewPhoto,
    Record,
    Session,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    Treatment,
)
from skindelta.record.database import open_database, sqlite_url
from skindelta.record.files import FileStore
from skindelta.record.keys import change_passphrase, create_key, open_key

DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PASSPHRASE = "correct horse battery"


@pytest.fixture
def record(tmp_path, url):
    with Record(tmp_path / "record", url) as kept:
        yield kept


def photo(content=b"pixels", name="IMG_1.jpg"):
    return StoredPhoto("", name, 0, DAY, "camera"), content


def with_session(record, *contents, day=DAY, person="anna"):
    photos = [photo(content, f"{number}.jpg") for number, content in enumerate(contents)]
    return record.add_session(person, Session(day), photos)


def test_what_was_added_is_found_again(record):
    anna = Subject("anna", 1990, 4, Consent(True, False, True), "left-handed")
    record.add_subject(anna)
    saved = with_session(record, b"one", b"two")
    treatment = Treatment(
        DAY, "microneedling", "home", "face", "pen", 1.5, 4, "cheeks", ("serum", "cream"), "first"
    )
    record.add_treatment("anna", treatment)
    symptom = Symptom(DAY + timedelta(days=1), "itch", 1, "cheek")
    record.add_symptom("anna", symptom)

    assert record.subjects() == (anna,)
    assert record.subject("anna") == anna
    assert record.sessions("anna") == (saved,)
    assert [one.name for one in saved.photos] == ["0.jpg", "1.jpg"]
    assert [record.photo(one.sha256) for one in saved.photos] == [b"one", b"two"]
    assert saved.photos[0].taken_at == DAY
    assert record.treatments("anna") == (treatment,)
    assert record.symptoms("anna") == (symptom,)
    actions = [action for _, action, _ in record.audit("anna")]
    assert actions == ["add subject", "add session", "add treatment", "add symptom"]


def test_a_record_is_there_after_it_was_closed(tmp_path, url):
    with Record(tmp_path / "record", url) as record:
        record.add_subject(Subject("anna"))
        saved = with_session(record, b"one")
    with Record(tmp_path / "record", url) as record:
        assert record.sessions("anna") == (saved,)
        assert record.photo(saved.photos[0].sha256) == b"one"


def test_the_first_session_of_a_site_is_its_baseline_until_another_is_chosen(record):
    record.add_subject(Subject("anna"))
    record.add_site("anna", Site("left forearm", close_up=True, px_per_mm=12.0))
    first = with_session(record, b"one")
    second = with_session(record, b"two", day=DAY + timedelta(days=28))
    arm = record.add_session("anna", Session(DAY, "left forearm"), [photo(b"arm")])
    assert [one.is_baseline for one in record.sessions("anna", "face")] == [True, False]
    record.choose_baseline("anna", second.id)
    assert [one.is_baseline for one in record.sessions("anna", "face")] == [False, True]
    assert record.sessions("anna", "left forearm") == (arm,)
    record.delete_session("anna", second.id)
    assert [one.is_baseline for one in record.sessions("anna", "face")] == [True]
    assert record.sessions("anna", "face")[0].id == first.id


def test_what_was_measured_is_kept_by_model(record):
    record.add_subject(Subject("anna"))
    before = with_session(record, b"one").photos[0].id
    after = with_session(record, b"two", day=DAY + timedelta(days=28)).photos[0].id
    record.add_comparison("anna", before, after, "formula", {"scores": [1.5]})
    record.add_comparison("anna", before, after, "net@1", {"scores": [2.5]})
    record.add_comparison("anna", before, after, "formula", {"scores": [1.25]})
    assert record.comparisons("anna", "formula") == {(before, after, "formula"): {"scores": [1.25]}}
    assert len(record.comparisons("anna")) == 2


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda r: r.add_subject(Subject("anna")), "there is a person 'anna' already"),
        (lambda r: r.subject("ben"), "no person 'ben' .*anna"),
        (lambda r: r.add_site("anna", Site("face")), "a body site 'face' already"),
        (lambda r: r.sessions("anna", "arm"), "no body site 'arm' .*face"),
        (lambda r: r.add_session("anna", Session(DAY), []), "at least one photo"),
        (lambda r: with_session(r, b"one"), "is in the session of 2026-03-01"),
        (lambda r: with_session(r, b"new", b"new"), "given twice"),
        (lambda r: r.delete_session("anna", uuid4()), "has no session"),
        (lambda r: r.delete_treatment("anna", uuid4()), "has no treatment"),
        (lambda r: r.choose_baseline("anna", uuid4()), "has no session"),
        (lambda r: r.add_comparison("anna", uuid4(), uuid4(), "formula", {}), "has no photo"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_saved(record, act, message):
    record.add_subject(Subject("anna"))
    with_session(record, b"one")
    before = record.sessions("anna"), record.audit(), stored(record)
    with pytest.raises(RecordError, match=message):
        act(record)
    assert (record.sessions("anna"), record.audit(), stored(record)) == before


def stored(record):
    return sorted(path.name for path in (record.folder / "photos").glob("*/*"))


def test_who_did_not_agree_is_not_measured(record):
    record.add_subject(Subject("anna", consent=Consent(measuring=False)))
    with pytest.raises(RecordError, match="did not agree to be measured"):
        with_session(record, b"one")
    assert stored(record) == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Subject(""), "a pseudonym has 1 to 100"),
        (lambda: Subject(" anna"), "without spaces around"),
        (lambda: Subject("anna", 1850), "birth year: expected 1900"),
        (lambda: Subject("anna", 1990, 7), "Fitzpatrick type: expected 1 to 6"),
        (lambda: Session(None), "the session has no date"),
        (lambda: Session(datetime(2026, 3, 1)), "no time zone"),  # noqa: DTZ001
        (lambda: Session(datetime.now(UTC) + timedelta(days=3)), "lies in the future"),
        (lambda: Session(datetime(1980, 1, 1, tzinfo=UTC)), "is of 1980: set the clock"),
        (lambda: Treatment(DAY, "magic"), "kind of treatment: expected one of microneedling"),
        (lambda: Treatment(None, "laser"), "the treatment has no date"),
        (lambda: Treatment(DAY, "microneedling", depth_mm=12.0), "needle depth: expected 0 to 5"),
        (lambda: Treatment(DAY, "laser", depth_mm=1.0), "a laser has no needle depth"),
        (lambda: Symptom(DAY, "joy"), "symptom: expected one of swelling"),
        (lambda: Symptom(DAY, "itch", 4), "severity: expected 1 to 3"),
        (lambda: Symptom(DAY, "itch", note="x" * 5000), "at most 4000 are kept"),
    ],
)
def test_an_entry_that_cannot_be_right_is_told(make, message):
    with pytest.raises(RecordError, match=message):
        make()


def test_a_session_that_cannot_be_saved_leaves_no_photo_behind(record, monkeypatch):
    record.add_subject(Subject("anna"))
    with_session(record, b"one")
    before = stored(record)
    put = FileStore.put

    def full(self, data):
        if data == b"three":
            raise RecordError("No space left on device")
        return put(self, data)

    monkeypatch.setattr(FileStore, "put", full)
    with pytest.raises(RecordError, match="No space"):
        with_session(record, b"two", b"three", day=DAY + timedelta(days=7))
    assert stored(record) == before
    assert len(record.sessions("anna")) == 1


def test_what_a_crash_left_is_swept_at_the_next_start(tmp_path, url):
    with Record(tmp_path / "record", url) as record:
        record.add_subject(Subject("anna"))
        saved = with_session(record, b"one")
    photos = FileStore(tmp_path / "record" / "photos")
    orphan = photos.put(b"was being saved")
    half = tmp_path / "record" / "photos" / orphan[:2] / f"{'0' * 64}.part"
    half.write_bytes(b"half")
    with Record(tmp_path / "record", url) as record:
        assert stored(record) == [saved.photos[0].sha256]


def test_erased_people_leave_no_byte(tmp_path, url):
    marks = [b"Zanzibar-anna", b"photo of anna", b"note on anna", b"Vilnius-anna", b"small anna"]
    with Record(tmp_path / "record", url) as record:
        record.add_subject(Subject("Zanzibar-anna", note="note on anna"))
        record.add_subject(Subject("ben"))
        taken = [NewPhoto(*photo(b"photo of anna"), b"small anna"), photo(b"both")]
        record.add_session("Zanzibar-anna", Session(DAY), taken)
        with_session(record, b"both", person="ben")
        record.add_treatment("Zanzibar-anna", Treatment(DAY, "laser", device="Vilnius-anna"))
        names = [hashlib.sha256(mark).hexdigest() for mark in (b"photo of anna", b"small anna")]
        assert {*names} < {*stored(record)}
        assert record.erase_subject("Zanzibar-anna") == 2
        with pytest.raises(RecordError, match="no person"):
            record.subject("Zanzibar-anna")
        assert record.photo(record.sessions("ben")[0].photos[0].sha256) == b"both"
        assert len(record.audit()) == 3  # ben, his session, and that somebody was erased
    for path in (tmp_path / "record").rglob("*"):
        assert path.name not in names
        if path.is_dir():
            assert any(path.iterdir())  # a name is the beginning of what was in it
        if path.is_file():
            content = path.read_bytes()
            gone = [*marks, *(name.encode() for name in names)]
            assert not [mark for mark in gone if mark in content], path


def test_a_thumbnail_is_kept_with_its_photo_and_goes_with_it(tmp_path, url):
    folder = tmp_path / "record"
    with Record(folder, url) as record:
        record.add_subject(Subject("anna"))
        taken = [NewPhoto(*photo(b"one"), b"small"), NewPhoto(*photo(b"two"), b"small")]
        first = record.add_session("anna", Session(DAY), taken)
        assert record.sessions("anna") == (first,)
        (small,) = {one.thumbnail for one in first.photos}
        later = NewPhoto(*photo(b"three"), b"small")
        second = record.add_session("anna", Session(DAY + timedelta(days=1)), [later])
        # A photo may be somebody's thumbnail, too.
        third = with_session(record, b"small", day=DAY + timedelta(days=2))
        record.encrypt(PASSPHRASE)
    with Record(folder, url, PASSPHRASE) as record:  # swept, encrypted
        assert len(stored(record)) == 4
        for session in (first, second, third):
            assert record.photo(small) == b"small"
            record.delete_session("anna", session.id)
        assert stored(record) == []


def test_a_session_that_is_refused_leaves_no_thumbnail_behind(record):
    record.add_subject(Subject("anna"))
    with_session(record, b"one")
    before = stored(record)
    taken = [NewPhoto(*photo(b"two"), b"small"), NewPhoto(*photo(b"one"), b"smaller")]
    with pytest.raises(RecordError, match="nothing was saved"):
        record.add_session("anna", Session(DAY), taken)
    assert stored(record) == before


def test_photos_are_encrypted_once_there_is_a_key(tmp_path, url):
    folder = tmp_path / "record"
    with Record(folder, url) as record:
        record.add_subject(Subject("anna"))
        one = with_session(record, b"plain photo").photos[0].sha256
        assert record.encrypt(PASSPHRASE) == 1
        two = with_session(record, b"later photo", day=DAY + timedelta(days=1)).photos[0].sha256
        assert record.photo(one) == b"plain photo"
    for path in (folder / "photos").glob("*/*"):
        assert b"photo" not in path.read_bytes()
    with Record(folder, url) as record:
        assert len(record.sessions("anna")) == 2
        with pytest.raises(RecordError, match="give its passphrase"):
            record.photo(one)
        with pytest.raises(RecordError, match="give its passphrase"):
            with_session(record, b"third", day=DAY + timedelta(days=2))
    with pytest.raises(RecordError, match="not the passphrase"):
        Record(folder, url, "wrong horse battery")
    with Record(folder, url, PASSPHRASE) as record:
        assert [record.photo(name) for name in (one, two)] == [b"plain photo", b"later photo"]
        with pytest.raises(RecordError, match="has a key already"):
            record.encrypt(PASSPHRASE)


def test_who_was_there_before_the_key_writes_nothing_plain_after_it(tmp_path, url):
    folder = tmp_path / "record"
    with Record(folder, url) as early, Record(folder, url) as other:
        early.add_subject(Subject("anna"))
        other.encrypt(PASSPHRASE)
        with pytest.raises(RecordError, match="give its passphrase"):
            with_session(early, b"plain photo")
        assert stored(early) == []


def test_a_new_passphrase_opens_the_same_photos(tmp_path):
    key = create_key(tmp_path, PASSPHRASE)
    change_passphrase(tmp_path, PASSPHRASE, "another one entirely")
    assert open_key(tmp_path, "another one entirely") == key
    with pytest.raises(RecordError, match="not the passphrase"):
        open_key(tmp_path, PASSPHRASE)
    with pytest.raises(RecordError, match="too short"):
        change_passphrase(tmp_path, "another one entirely", "short")
    assert open_key(tmp_path, "another one entirely") == key


@pytest.mark.parametrize("spoiled", ["", "{}", '{"version": 2}', '{"version": 1, "n": 1e99}'])
def test_a_damaged_key_file_is_told(tmp_path, spoiled):
    create_key(tmp_path, PASSPHRASE)
    (tmp_path / "key.json").write_text(spoiled)
    with pytest.raises(RecordError, match="backup|newest skindelta"):
        open_key(tmp_path, PASSPHRASE)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_damaged_or_exchanged_photo_is_told(tmp_path, sealed):
    files = FileStore(tmp_path, os.urandom(32) if sealed else None)
    one, two = files.put(b"one photo"), files.put(b"two photos")
    path = tmp_path / one[:2] / one
    whole = path.read_bytes()
    path.write_bytes((tmp_path / two[:2] / two).read_bytes())
    with pytest.raises(RecordError, match="backup"):
        files.get(one)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(RecordError, match="backup"):
        files.get(one)
    path.unlink()
    with pytest.raises(RecordError, match="cannot be read"):
        files.get(one)
    with pytest.raises(ValueError, match="64 hexadecimal"):
        files.get("../../etc/passwd")


def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path, url):
    address = url or sqlite_url(tmp_path / "record.db")
    database = open_database(address)
    with database.writing() as rows:
        rows.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    file = tmp_path / "record.db"
    before = file.read_bytes() if url is None else None
    with pytest.raises(RecordError, match="newer version of skindelta"):
        open_database(address)
    if url is None:
        assert file.read_bytes() == before
        sides = {"record.db-wal", "record.db-shm"}  # of whoever reads
        assert {path.name for path in tmp_path.iterdir()} <= {"record.db", *sides}


def test_another_database_is_refused_untouched(tmp_path):
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE birds (name TEXT)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(RecordError, match="holds other tables, not a record"):
        open_database(sqlite_url(file))
    assert file.read_bytes() == before
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at " * 20)
    with pytest.raises(RecordError, match="not a database|no record"):
        open_database(sqlite_url(tmp_path / "text.db"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://somewhere/record", "not supported"),
        ("nonsense", "no address of a database"),
        ("postgresql://127.0.0.1:1/record", "does not answer"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address, message):
    if address.startswith("postgresql"):
        pytest.importorskip("psycopg", reason="needs the extra postgres")
    with pytest.raises(RecordError, match=message):
        open_database(address)


def test_the_tables_are_those_of_the_code(url, tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from skindelta.record.tables import Base

    database = open_database(url or sqlite_url(tmp_path / "record.db"))
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert len(inspect(connection).get_table_names()) == len(Base.metadata.tables) + 1
    database.close()


def test_another_writer_is_waited_for_then_told(tmp_path, monkeypatch):
    from skindelta.record import database as module

    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.2)
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        other = sqlite3.connect(tmp_path / "record" / "record.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(RecordError, match="another program is writing"):
                with_session(record, b"one")
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert len(with_session(record, b"one").photos) == 1


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="cannot be made"):
        Record(tmp_path / "file" / "record")


KILLED = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from skindelta.record import Record, Session, StoredPhoto
with Record(Path(sys.argv[1]), sys.argv[2] or None) as record:
    print("ready", flush=True)
    for number in range(10_000):
        day = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        name = f"{sys.argv[3]}-{number}"
        data = [(name + f"-{k}").encode() * 5000 for k in range(3)]
        photos = [(StoredPhoto("", f"{k}.jpg", 0), one) for k, one in enumerate(data)]
        record.add_session("anna", Session(day, note=name), photos)
        print(name, flush=True)
"""


def test_kills_while_saving_lose_at_most_what_was_being_saved(tmp_path, url):
    count = int(os.environ.get("SKINDELTA_KILLS", "20"))
    folder = tmp_path / "record"
    with Record(folder, url) as record:
        record.add_subject(Subject("anna"))
    rng, said = random.Random(1), []
    for number in range(count):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder), url or "", str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n"
        for _ in range(rng.randrange(1, 4)):
            said.append(process.stdout.readline().strip())
        time.sleep(rng.uniform(0, 0.02))
        process.kill()
        said += process.stdout.read().split()
        process.stdout.close()
        process.wait()
        with Record(folder, url) as record:
            sessions = record.sessions("anna")
            notes = [session.note for session in sessions]
            assert set(said) <= set(notes)  # what was said to be saved is
            assert len(notes) <= len(said) + number + 1
            named = {one.sha256 for session in sessions for one in session.photos}
            assert sorted(named) == stored(record)
    assert all(len(session.photos) == 3 for session in sessions)
    assert hashlib.sha256(record.photo(min(named))).hexdigest() == min(named)
