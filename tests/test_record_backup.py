"""A record that was backed up comes back whole, from any database into any, or not at all."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy
from sqlalchemy import text

from skindelta.errors import RecordError, SkinDeltaError
from skindelta.record import (
    BackupSummary,
    Consent,
    NewPhoto,
    Record,
    Session,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    Treatment,
    backup_reader,
    restore_backup,
)
from skindelta.record.files import FileStore

DAY = datetime(2026, 3, 1, 9, 30, 1, 250_000, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
DATABASES = ["sqlite", "postgresql"]


@pytest.fixture
def another_postgresql_url(postgresql_url):
    """Address of a second empty database on the same server."""
    name = f"skindelta_{uuid4().hex}"
    engine = sqlalchemy.create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=DATABASES)
def source(request):
    """Address of the database that is backed up; None is SQLite in the folder."""
    return request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None


@pytest.fixture(params=DATABASES)
def target(request):
    """Address of the database that is restored into; None is SQLite in the folder."""
    if request.param == "postgresql":
        return request.getfixturevalue("another_postgresql_url")
    return None


def photo(content, name="IMG_1.jpg", thumbnail=b""):
    return NewPhoto(StoredPhoto("", name, 0, DAY, "camera"), content, thumbnail)


def lived_in(folder, url=None, passphrase=None):
    """Make a record in which every table has rows; return what can be read of it."""
    with Record(folder, url) as record:
        record.add_subject(Subject("änna", 1990, 4, Consent(True, False, True), "a\nnote \u2603"))
        record.add_subject(Subject("ben"))
        record.add_site("änna", Site("arm", close_up=True, px_per_mm=0.1 + 0.2))
        first = [photo(b"one", "1.jpg", b"small"), photo(b"two", "2.jpg", b"small")]
        one = record.add_session("änna", Session(DAY, note="first"), first)
        later = Session(DAY + timedelta(days=28), is_baseline=True)
        two = record.add_session("änna", later, [photo(b"three")])
        record.add_session("ben", Session(DAY), [photo(b"one", thumbnail=b"another")])
        done = Treatment(DAY, "microneedling", "home", "face", "pen", 1.5, 4, "", ("a", "b"))
        record.add_treatment("änna", done)
        record.add_symptom("änna", Symptom(DAY, "itch", 1))
        between = one.photos[0].id, two.photos[0].id
        record.add_comparison("änna", *between, "formula", {"of": [1.25, None, "\udc80", {"a": 1}]})
        record.add_subject(Subject("gone"))
        record.erase_subject("gone")
        if passphrase:
            record.encrypt(passphrase)
        return everything(record)


def everything(record):
    """Return what all methods that read tell, and every file."""
    files = {
        name: record.photo(name)
        for one in record.subjects()
        for session in record.sessions(one.pseudonym)
        for kept in session.photos
        for name in (kept.sha256, kept.thumbnail)
        if name
    }
    reads = ("sites", "sessions", "treatments", "symptoms", "comparisons", "audit")
    of_people = {
        (one.pseudonym, read): getattr(record, read)(one.pseudonym)
        for one in record.subjects()
        for read in reads
    }
    return {"people": record.subjects(), "audit": record.audit(), "files": files, **of_people}


def backed_up(folder, path, url=None, passphrase=None):
    with Record(folder, url, passphrase) as record:
        return record.back_up(path)


def content(folder):
    """Return every file of a folder, but what a reader of SQLite leaves beside it."""
    sides = ("-wal", "-shm")
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(sides)
    }


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "encrypted"])
def test_a_restored_record_is_what_was_backed_up(tmp_path, source, target, passphrase):
    before = lived_in(tmp_path / "record", source, passphrase)
    summary = backed_up(tmp_path / "record", tmp_path / "all.zip", source, passphrase)
    assert summary == BackupSummary(people=2, sessions=3, photos=4)
    assert restore_backup(tmp_path / "all.zip", tmp_path / "new", target) == summary

    with Record(tmp_path / "new", target, passphrase) as record:
        after = everything(record)
        said = [(action, about) for _, action, about in after["audit"][len(before["audit"]) :]]
        assert said[0] == ("back up", "")
        assert [action for action, _ in said[1:]] == ["restore"]
        assert {**after, "audit": before["audit"]} == before
        assert after["audit"][: len(before["audit"])] == before["audit"]
        record.add_session("ben", Session(DAY), [photo(b"new")])  # and life goes on
    if passphrase:
        for path in (tmp_path / "new" / "photos").glob("*/*"):
            assert path.read_bytes().startswith(b"skindelta sealed")
        with pytest.raises(RecordError, match="not the passphrase"):
            Record(tmp_path / "new", target, "wrong horse battery")


def test_a_person_who_is_erased_after_a_restore_leaves_no_byte(tmp_path, target):
    lived_in(tmp_path / "record")
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    restore_backup(tmp_path / "all.zip", tmp_path / "new", target)
    with Record(tmp_path / "new", target) as record:
        gone = {kept.sha256 for one in record.sessions("änna") for kept in one.photos}
        gone -= {kept.sha256 for one in record.sessions("ben") for kept in one.photos}
        record.erase_subject("änna")
    marks = ["änna".encode(), b"a\\nnote", b"three", b"small", *(one.encode() for one in gone)]
    for path, held in content(tmp_path / "new").items():
        assert path.name not in gone
        assert not [mark for mark in marks if mark in held], path


def test_a_backup_is_for_this_user_alone_and_replaces_none_unasked(tmp_path):
    lived_in(tmp_path / "record")
    with Record(tmp_path / "record") as record:
        record.back_up(tmp_path / "all.zip")
        before = (tmp_path / "all.zip").read_bytes()
        said = len(record.audit())
        with pytest.raises(SkinDeltaError, match="exists"):
            record.back_up(tmp_path / "all.zip")
        assert (tmp_path / "all.zip").read_bytes() == before
        with pytest.raises(RecordError, match="in the record itself"):
            record.back_up(tmp_path / "record" / "all.zip")
        assert len(record.audit()) == said
        assert record.back_up(tmp_path / "all.zip", overwrite=True).photos == 4
    if os.name == "posix":
        assert (tmp_path / "all.zip").stat().st_mode & 0o077 == 0


def test_a_large_record_takes_the_memory_of_one_photo(tmp_path):
    size, count = 2**21, 12
    with Record(tmp_path / "record") as record:
        record.add_subject(Subject("anna"))
        photos = [photo(os.urandom(size)) for _ in range(count)]
        record.add_session("anna", Session(DAY), photos)
        del photos
        tracemalloc.start()
        try:
            record.back_up(tmp_path / "all.zip")
            restore_backup(tmp_path / "all.zip", tmp_path / "new")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 5 * size  # one photo as it lies, opened, and in the buffers; half of them all


SAVING = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from skindelta.record import Record, Session, StoredPhoto
with Record(Path(sys.argv[1]), sys.argv[2] or None) as record:
    for number in range(10_000):
        day = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        taken = [(StoredPhoto("", "1.jpg", 0), f"photo {number}".encode() * 1000)]
        session = record.add_session("ben", Session(day), taken)
        if number % 3 == 1:
            record.delete_session("ben", session.id)
        print(number, flush=True)
        time.sleep(0.03)  # SQLite does not queue: who never pauses keeps others out
"""


def test_a_backup_that_is_made_while_another_saves_is_whole(tmp_path, source):
    lived_in(tmp_path / "record", source)
    process = subprocess.Popen(
        [sys.executable, "-c", SAVING, str(tmp_path / "record"), source or ""],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for number in range(5):
            process.stdout.readline()
            summary = backed_up(tmp_path / "record", tmp_path / f"{number}.zip", source)
            new = tmp_path / f"new{number}"
            assert restore_backup(tmp_path / f"{number}.zip", new) == summary
            with Record(new) as record:
                assert len(everything(record)["files"]) >= 5 + number
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "encrypted"])
@pytest.mark.parametrize("spoil", ["missing", "damaged"])
def test_a_photo_that_is_not_whole_stops_the_backup(tmp_path, spoil, passphrase):
    lived_in(tmp_path / "record", None, passphrase)
    path = max((tmp_path / "record" / "photos").glob("*/*"))
    if spoil == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with Record(tmp_path / "record", None, passphrase) as record:
        said = record.audit()
        with pytest.raises(RecordError, match=path.name):
            record.back_up(tmp_path / "all.zip")
        assert record.audit() == said
    assert {one.name for one in tmp_path.iterdir()} == {"record"}


def test_a_full_disk_leaves_no_half_backup(tmp_path, monkeypatch):
    lived_in(tmp_path / "record")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Record(tmp_path / "record") as record:
        said = record.audit()
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SkinDeltaError, match="No space left"):
            record.back_up(tmp_path / "all.zip")
        assert record.audit() == said
    assert {one.name for one in tmp_path.iterdir()} == {"record"}


def test_encrypted_photos_are_backed_up_without_the_passphrase(tmp_path):
    before = lived_in(tmp_path / "record", None, PASSPHRASE)
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    for info in zipfile.ZipFile(tmp_path / "all.zip").infolist():
        assert info.date_time[0] == 1980
    restore_backup(tmp_path / "all.zip", tmp_path / "new")
    with Record(tmp_path / "new", None, PASSPHRASE) as record:
        assert everything(record)["files"] == before["files"]


def test_nothing_is_restored_over_people(tmp_path, source):
    lived_in(tmp_path / "record", source)
    backed_up(tmp_path / "record", tmp_path / "all.zip", source)
    before = content(tmp_path / "record")
    with pytest.raises(RecordError, match="holds people already: name another folder"):
        restore_backup(tmp_path / "all.zip", tmp_path / "record", source)
    assert content(tmp_path / "record") == before
    if source:  # another folder, the same database
        with pytest.raises(RecordError, match="holds people already"):
            restore_backup(tmp_path / "all.zip", tmp_path / "new", source)
        assert not (tmp_path / "new").exists()


def test_an_empty_record_is_filled_and_its_log_goes_on(tmp_path, target):
    before = lived_in(tmp_path / "record")
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    with Record(tmp_path / "new", target) as record:
        record.add_subject(Subject("early"))
        record.erase_subject("early")
        early = record.audit()
    restore_backup(tmp_path / "all.zip", tmp_path / "new", target)
    with Record(tmp_path / "new", target) as record:
        assert record.subjects() == before["people"]
        assert set(record.audit()) > set(early) | set(before["audit"])


def test_a_record_with_a_key_of_its_own_is_left_alone(tmp_path):
    lived_in(tmp_path / "record")
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    with Record(tmp_path / "new") as record:
        record.encrypt(PASSPHRASE)
    before = content(tmp_path / "new")
    with pytest.raises(RecordError, match="key.json of its own"):
        restore_backup(tmp_path / "all.zip", tmp_path / "new")
    assert content(tmp_path / "new") == before


def test_a_folder_of_another_database_is_left_alone(tmp_path, source, target):
    lived_in(tmp_path / "record")
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    with Record(tmp_path / "other", source) as record:
        record.add_subject(Subject("ben"))
        record.add_session("ben", Session(DAY), [photo(b"of another record")])
    before = content(tmp_path / "other")
    with pytest.raises(RecordError, match="holds|of its own"):
        restore_backup(tmp_path / "all.zip", tmp_path / "other", target)
    assert content(tmp_path / "other") == before


# Backups that are not what was written. A change gets the members and the manifest; the sha256 of
# the manifest are made anew, as somebody who alters a backup would.


def altered(path, change):
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    manifest["files"] = {
        name: hashlib.sha256(data).hexdigest() for name, data in members.items() if data
    }
    write_zip(path, members, manifest)


def write_zip(path, members, manifest):
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", json.dumps(manifest))


def rows_changed(table, **values):
    """Return a change that sets columns in the last row of a table."""

    def change(members, _):
        *lines, last = members[f"rows/{table}.jsonl"].splitlines()
        last = json.dumps(json.loads(last) | values).encode()
        members[f"rows/{table}.jsonl"] = b"\n".join([*lines, last, b""])

    return change


def first_photo(members):
    return min(name for name in members if name.startswith("files/"))


def renamed(name):
    def change(members, _):
        members[name] = members.pop(first_photo(members))

    return change


def set_photo(data):
    return lambda members, _: members.update({first_photo(members): data})


def columns_changed(members, manifest):
    manifest["tables"]["subject"]["columns"]["hobby"] = "text"
    lines = members["rows/subject.jsonl"].splitlines()
    told = [json.dumps(json.loads(line) | {"hobby": ""}) for line in lines]
    members["rows/subject.jsonl"] = ("\n".join(told) + "\n").encode()


def named_alike(members, manifest):
    lines = members["rows/subject.jsonl"].splitlines()
    told = [json.dumps(json.loads(line) | {"pseudonym": "same"}) for line in lines]
    members["rows/subject.jsonl"] = ("\n".join(told) + "\n").encode()


# Found out before anything is written.
BROKEN = {
    "other schema": (lambda m, t: t.update(schema="birds/1"), "no whole backup"),
    "newer schema": (lambda m, t: t.update(schema="skindelta.backup/2"), "newer version"),
    "newer tables": (lambda m, t: t.update(revision="9999"), "newer version"),
    "no manifest to speak of": (lambda m, t: t.clear(), "no whole backup"),
    "no tables": (lambda m, t: t.update(tables=[]), "no whole backup"),
    "fewer rows": (lambda m, t: t["tables"]["photo"].update(rows=9), "has 4 rows of 9"),
    "unknown kind": (
        lambda m, t: t["tables"]["photo"]["columns"].update(size="length"),
        "kinds of columns",
    ),
    "rows gone": (lambda m, t: m.pop("rows/photo.jsonl"), "names of members"),
    "out of the folder": (renamed("files/../../evil"), "names of members"),
    "absolute": (renamed("/tmp/evil"), "names of members"),
    "short name": (renamed("files/ab/abcd"), "names of members"),
    "another folder": (renamed("files/zz/" + "a" * 64), "names of members"),
    "another photo": (set_photo(b"another"), "is another photo"),
    "sealed without key": (set_photo(b"skindelta sealed 1\nand so on"), "key is not in it"),
    "not in the manifest": (set_photo(b""), "members are not those"),
}

# Found out by the database, or by what is in it.
UNFIT = {
    "another column": (columns_changed, "not those of revision"),
    "a table less": (
        lambda m, t: (m.pop("rows/audit.jsonl"), t["tables"].pop("audit")),
        "not those of revision",
    ),
    "photo gone": (lambda m, t: m.pop(first_photo(m)), "photo .* is missing"),
    "no row": (lambda m, t: m.update({"rows/audit.jsonl": b"{\n" * 9}), "no whole backup"),
    "row that is text": (rows_changed("photo", size="big"), "expected int"),
    "size without end": (rows_changed("photo", size=10**30), "no whole backup|cannot be used"),
    "time without zone": (rows_changed("photo", taken_at="2026-03-01"), "with its zone"),
    "column missing": (
        lambda m, t: t["tables"]["photo"]["columns"].pop("name"),
        "expected a row of|not those of revision",
    ),
    "photo of another sha": (rows_changed("photo", sha256="0" * 64), "photo .* is missing"),
    "of nobody": (rows_changed("symptom", subject_id=str(uuid4())), "belong|foreign key"),
    "the same person twice": (named_alike, "cannot be used"),
    "nothing where something must be": (rows_changed("subject", note=None), "cannot be used"),
}


@pytest.fixture(scope="module")
def whole_backup(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    lived_in(folder / "record")
    backed_up(folder / "record", folder / "all.zip")
    return (folder / "all.zip").read_bytes()


@pytest.fixture
def backup(tmp_path, whole_backup):
    path = tmp_path / "all.zip"
    path.write_bytes(whole_backup)
    return path


def refused(backup, target, message):
    """Assert that a backup is refused, by a new folder and by an empty record, untouched."""
    new = backup.parent / "far" / "new"
    with pytest.raises(RecordError, match=message):
        restore_backup(backup, new, target)
    assert {path.name for path in backup.parent.iterdir()} <= {"all.zip", "empty"}
    empty = backup.parent / "empty"
    Record(empty, target).close()
    before = content(empty)
    with pytest.raises(RecordError, match=message):
        restore_backup(backup, empty, target)
    assert {path.name for path in empty.iterdir()} <= {"record.db", "photos"}
    assert [*(empty / "photos").iterdir()] == []
    if target is None:
        assert content(empty).keys() == before.keys()
    with Record(empty, target) as record:
        assert record.subjects() == ()
        assert record.audit() == ()


@pytest.mark.parametrize("case", BROKEN)
def test_an_altered_backup_is_refused(backup, case):
    change, message = BROKEN[case]
    altered(backup, change)
    refused(backup, None, message)


@pytest.mark.parametrize("case", UNFIT)
def test_rows_that_do_not_fit_are_refused_and_nothing_stays(backup, target, case):
    change, message = UNFIT[case]
    altered(backup, change)
    refused(backup, target, message)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda whole: b"", "no whole backup"),
        (lambda whole: b"no zip at all" * 100, "no whole backup"),
        (lambda whole: whole[: len(whole) // 2], "no whole backup"),
        (lambda whole: whole[:-1], "no whole backup"),
        (lambda whole: whole.replace(b"three", b"threw"), "no whole backup"),
        (lambda whole: whole.replace(b"rows/", b"rowz/"), "no whole backup"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_stays(backup, spoil, message):
    backup.write_bytes(spoil(backup.read_bytes()))
    refused(backup, None, message)


def test_a_backup_with_any_byte_changed_is_refused_or_the_same(tmp_path, whole_backup):
    path = tmp_path / "all.zip"
    restored = 0
    for place in range(0, len(whole_backup), max(1, len(whole_backup) // 60)):
        spoiled = bytearray(whole_backup)
        spoiled[place] ^= 0x55
        path.write_bytes(spoiled)
        folder = tmp_path / f"new{place}"
        try:  # times and permissions of members do not matter
            assert restore_backup(path, folder).photos == 4
            restored += 1
        except RecordError:
            assert not folder.exists()
    assert restored < 30


def test_a_backup_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RecordError, match="No such file"):
        restore_backup(tmp_path / "all.zip", tmp_path / "new")
    with pytest.raises(RecordError, match="cannot be restored"):
        restore_backup(tmp_path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_would_fill_memory_or_disk_is_refused(backup, monkeypatch):
    with monkeypatch.context() as small:
        small.setitem(backup_reader._MOST_BYTES, "files", 3)
        refused(backup, None, "would have 5 bytes")
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10))
    refused(backup, None, "make room")


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_backup_that_is_packed_otherwise_is_refused(backup, how):
    with zipfile.ZipFile(backup) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(backup, "w", how) as file:
        for name, data in members.items():
            file.writestr(name, data)
    refused(backup, None, "is packed by method")


def test_a_line_that_would_fill_memory_is_refused(backup, monkeypatch):
    monkeypatch.setattr(backup_reader, "_MOST_LINE", 50)
    refused(backup, None, "no whole backup")


def test_a_disk_that_is_full_while_restoring_leaves_nothing(backup, target, monkeypatch):
    write = FileStore.put_raw
    written = []

    def full(self, name, raw):
        if len(written) % 3 == 2:
            written.append(name)
            raise RecordError("No space left on device")
        written.append(name)
        write(self, name, raw)

    monkeypatch.setattr(FileStore, "put_raw", full)
    refused(backup, target, "No space left")


KILLED = """
import os, sys
from pathlib import Path
from skindelta.record import restore, restore_backup
def killed(*_):
    os._exit(9)
setattr(restore, sys.argv[4], killed)
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None)
"""


@pytest.mark.parametrize("where", ["write_key_file", "summary"])
def test_a_restore_that_was_killed_can_be_done_again(tmp_path, target, where):
    before = lived_in(tmp_path / "record", None, PASSPHRASE)
    backed_up(tmp_path / "record", tmp_path / "all.zip")
    arguments = [str(tmp_path / "all.zip"), str(tmp_path / "new"), target or "", where]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert done.returncode == 9
    restore_backup(tmp_path / "all.zip", tmp_path / "new", target)
    with Record(tmp_path / "new", target, PASSPHRASE) as record:
        assert everything(record)["files"] == before["files"]


# A backup of an older version, built by hand as that version would have.

ANNA, FACE, SESSION, PHOTO, OTHER = (f"{n:08}-0000-4000-8000-000000000000" for n in range(5))
NOON = "2026-03-01T12:00:00+01:00"
SHA256 = hashlib.sha256(b"pixels").hexdigest()
OLD = {
    "subject": (
        "id:uuid pseudonym:text birth_year:int fitzpatrick:int may_measure:bool may_train:bool "
        "may_show:bool note:text added_at:time",
        [ANNA, "anna", None, 2, True, False, False, "", NOON],
    ),
    "audit": (
        "id:int at:time subject_id:uuid action:text about:text",
        [7, NOON, ANNA, "add subject", ""],
    ),
    "site": (
        "id:uuid subject_id:uuid name:text close_up:bool px_per_mm:number",
        [FACE, ANNA, "face", False, None],
    ),
    "symptom": (
        "id:uuid subject_id:uuid at:time kind:text severity:int note:text",
        [OTHER, ANNA, NOON, "itch", 2, ""],
    ),
    "session": (
        "id:uuid subject_id:uuid site_id:uuid taken_at:time is_baseline:bool note:text",
        [SESSION, ANNA, FACE, NOON, True, "old"],
    ),
    "treatment": (
        "id:uuid subject_id:uuid site_id:uuid at:time kind:text setting:text device:text "
        "depth_mm:number passes:int area:text topicals:json note:text",
        [OTHER, ANNA, FACE, NOON, "microneedling", "home", "", 1, None, "", ["serum"], ""],
    ),
    "photo": (
        "id:uuid subject_id:uuid session_id:uuid position:int sha256:text name:text size:int "
        "taken_at:time camera:text",
        [PHOTO, ANNA, SESSION, 0, SHA256, "1.jpg", 6, None, None],
    ),
    "comparison": (
        "id:uuid subject_id:uuid before_id:uuid after_id:uuid model:text made_at:time "
        "document:json",
        [OTHER, ANNA, PHOTO, PHOTO, "formula", NOON, {"scores": []}],
    ),
}


def test_a_backup_of_the_first_version_is_brought_to_this_one(tmp_path, target):
    members, tables = {f"files/{SHA256[:2]}/{SHA256}": b"pixels"}, {}
    for name, (told, row) in OLD.items():
        columns = dict(one.split(":") for one in told.split())
        tables[name] = {"rows": 1, "columns": columns}
        line = json.dumps(dict(zip(columns, row, strict=True)))
        members[f"rows/{name}.jsonl"] = f"{line}\n".encode()
    manifest = {
        "schema": "skindelta.backup/1",
        "revision": "0001",
        "version": "0.1.0",
        "made_at": "2026-04-01T00:00:00+00:00",
        "tables": tables,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    write_zip(tmp_path / "old.zip", members, manifest)
    restored = restore_backup(tmp_path / "old.zip", tmp_path / "new", target)
    assert restored == BackupSummary(people=1, sessions=1, photos=1)
    with Record(tmp_path / "new", target) as record:
        (session,) = record.sessions("anna")
        (kept,) = session.photos
        assert (kept.name, kept.thumbnail, record.photo(kept.sha256)) == ("1.jpg", None, b"pixels")
        assert record.treatments("anna")[0].topicals == ("serum",)
        assert record.treatments("anna")[0].depth_mm == 1.0
        assert [*record.comparisons("anna").values()] == [{"scores": []}]
        assert record.audit("anna")[0][0] == datetime(2026, 3, 1, 11, tzinfo=UTC)
        with record._database.reading() as rows:
            assert rows.scalar(text("SELECT version_num FROM alembic_version")) != "0001"
        record.add_symptom("anna", Symptom(DAY, "itch"))
        assert [action for _, action, _ in record.audit("anna")] == ["add subject", "add symptom"]
