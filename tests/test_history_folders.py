"""A folder becomes people and sessions; what is wrong with it is told before anything is saved."""

from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from skindelta import photo_folder
from skindelta.errors import RecordError, SkinDeltaError
from skindelta.history import import_folder
from skindelta.record import Record, Subject

_TAKEN, _OFFSET, _EXIF_IFD = 0x9003, 0x9011, 0x8769


@pytest.fixture
def record(tmp_path):
    with Record(tmp_path / "record") as kept:
        yield kept


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "photos"
    made.mkdir()
    return made


def shot(path, taken=None, seed=None):
    """A JPEG file as a camera writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = abs(hash(str(path))) % 2**32 if seed is None else seed
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    tags = Image.Exif()
    if taken:
        tags.get_ifd(_EXIF_IFD).update({_TAKEN: taken, _OFFSET: "+00:00"})
    Image.fromarray(pixels).save(path, exif=tags, quality=95)
    return path


def times(record, person):
    return [(f"{s.taken_at:%m-%d %H:%M}", len(s.photos)) for s in record.sessions(person)]


def test_people_are_folders_and_sessions_are_days(record, folder):
    shot(folder / "anna" / "2026-01-05.jpg")
    shot(folder / "anna" / "2026-01-05 (2).jpg")
    shot(folder / "anna" / "2026-02-01T1830.jpg")
    shot(folder / "ben" / "2026-03-01" / "a.jpg")
    shot(folder / "ben" / "2026-03-01" / "b.jpg")
    done = list(import_folder(record, folder))
    assert [(one.pseudonym, one.trouble) for one in done] == [("anna", "")] * 2 + [("ben", "")]
    assert times(record, "anna") == [("01-05 12:00", 2), ("02-01 18:30", 1)]
    assert times(record, "ben") == [("03-01 12:00", 2)]
    assert record.sessions("anna")[0].is_baseline


def test_the_camera_says_the_hour_where_it_agrees_on_the_day(record, folder):
    shot(folder / "anna" / "2026-01-05.jpg", "2026:01:05 07:15:00")
    shot(folder / "anna" / "2026-01-06.jpg", "2025:12:24 18:00:00")
    shot(folder / "anna" / "IMG_7.jpg", "2026:01:07 08:00:00")
    list(import_folder(record, folder))
    assert times(record, "anna") == [("01-05 07:15", 1), ("01-06 12:00", 1), ("01-07 08:00", 1)]


def test_shots_within_three_hours_are_one_session(record, folder):
    for number, clock in enumerate(("08:00:00", "08:01:00", "10:30:00", "19:00:00")):
        shot(folder / "anna" / f"{number}.jpg", f"2026:01:05 {clock}")
    list(import_folder(record, folder))
    assert times(record, "anna") == [("01-05 08:00", 3), ("01-05 19:00", 1)]


def test_an_import_can_be_repeated(record, folder):
    shot(folder / "anna" / "2026-01-05.jpg")
    list(import_folder(record, folder))
    shot(folder / "anna" / "2026-02-05.jpg")
    done = list(import_folder(record, folder))
    assert [one.known for one in done] == [("2026-01-05.jpg",), ()]
    assert len(record.sessions("anna")) == 2


def test_the_same_photo_twice_in_a_folder_is_kept_once(record, folder):
    shot(folder / "anna" / "2026-01-05.jpg", seed=1)
    shot(folder / "anna" / "2026-02-05.jpg", seed=1)
    known = [one.known for one in import_folder(record, folder)]
    assert known == [("2026-02-05.jpg",), ()]
    assert times(record, "anna") == [("01-05 12:00", 1)]


def test_one_person_may_lie_in_one_folder(record, folder):
    record.add_subject(Subject("anna"))
    shot(folder / "2026-01-05.jpg")
    shot(folder / "2026-02-05" / "a.jpg")
    list(import_folder(record, folder, "anna"))
    assert len(record.sessions("anna")) == 2


def test_a_bad_photo_does_not_keep_the_others_out(record, folder):
    good = shot(folder / "anna" / "2026-01-05.jpg")
    (folder / "anna" / "2026-01-05 b.jpg").write_bytes(good.read_bytes()[:900])
    shot(folder / "anna" / "undated.jpg")
    shot(folder / "anna" / "2026-02-30.jpg")
    shot(folder / "anna" / "2099-01-01.jpg")
    troubles = [one.trouble for one in import_folder(record, folder) if one.trouble]
    assert len(troubles) == 4
    text = "\n".join(sorted(troubles))
    for part in ("2026-01-05 b.jpg", "does not exist", "no date", "lies in the future"):
        assert part in text
    assert times(record, "anna") == [("01-05 12:00", 1)]


@pytest.mark.parametrize(
    ("files", "person", "message"),
    [
        (["2026-01-05.jpg"], None, "2026-01-05.jpg belongs to nobody: put photos into .*PERSON"),
        ([], None, "holds no photos"),
        ([], "anna", "holds no photos"),
        (["anna/a.jpg", "ben/b.jpg"], "anna", "folders anna, ben: of several people"),
        (["anna/2026-01-05.jpg", "anna/ben_2.jpg", "ben/2026-01-05.jpg"], None, "carries the name"),
        (["ben 2026-01-05.jpg"], "anna", "put the photos of two people into two folders"),
        (["anna/2026-01-14_ben.jpg"], None, "carries the name of ben"),
        (["anna/Ben/2026-02-09.jpg"], None, "carries the name of Ben"),
        (["2026-01-05.jpg", "ben/2026-01-12.jpg"], "anna", "carries the name of ben"),
        (["p01/p02_2026-01-12.jpg", "p02/2026-01-12.jpg"], None, "carries the name of p02"),
        ([f"{'x' * 101}/2026-01-05.jpg"], None, "1 to 100 printable characters"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told_and_nothing_is_saved(
    record, folder, files, person, message
):
    record.add_subject(Subject("anna"))
    record.add_subject(Subject("ben"))
    for name in files:
        shot(folder / name)
    with pytest.raises(RecordError, match=message):
        list(import_folder(record, folder, person))
    assert record.sessions("anna") == record.sessions("ben") == ()
    assert len(record.subjects()) == 2


def test_a_folder_that_cannot_be_listed_is_told(record, folder, monkeypatch):
    shot(folder / "anna" / "2026-01-05.jpg")
    with pytest.raises(SkinDeltaError, match="cannot be listed"):
        import_folder(record, folder / "missing")

    def refuse(path, onerror=None):
        onerror(PermissionError(13, "Permission denied", str(path)))
        return iter(())

    monkeypatch.setattr(photo_folder.os, "walk", refuse)
    with pytest.raises(SkinDeltaError, match=r"anna cannot be listed \(Permission denied\)"):
        import_folder(record, folder)


def test_a_name_within_a_word_is_nobodys(record, folder):
    record.add_subject(Subject("ann"))
    shot(folder / "anna" / "2026-01-05_annex.jpg")
    list(import_folder(record, folder))
    assert len(record.sessions("anna")) == 1


def test_one_photo_is_not_of_two_people(record, folder):
    shot(folder / "anna" / "2026-01-05.jpg", seed=1)
    shot(folder / "ben" / "2026-01-05.jpg", seed=1)
    done = list(import_folder(record, folder))
    assert "is a photo of anna too: whose is it?" in done[-1].trouble
    assert [one.pseudonym for one in record.subjects()] == ["anna"]  # nobody without a photo


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("IMG_20260406_101500.jpg", "04-06 10:15"),
        ("IMG-20260209-WA0001.jpg", "02-09 12:00"),
        ("WhatsApp Image 2026-03-01 at 10.jpeg", "03-01 12:00"),
        ("Photo 20261345.jpg", None),
        ("DSC_120260406.jpg", None),
    ],
)
def test_names_as_phones_write_them_are_dates(record, folder, name, when):
    shot(folder / "anna" / name)
    done = list(import_folder(record, folder))
    if when is None:
        assert "no date" in done[0].trouble
    else:
        assert times(record, "anna") == [(when, 1)]


def test_an_unknown_person_is_told(record, folder):
    shot(folder / "2026-01-05.jpg")
    with pytest.raises(RecordError, match="no person 'carl'"):
        import_folder(record, folder, "carl")


def test_dates_are_in_utc(record, folder):
    shot(folder / "anna" / "2026-01-05T0930.jpg")
    list(import_folder(record, folder))
    assert record.sessions("anna")[0].taken_at == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
