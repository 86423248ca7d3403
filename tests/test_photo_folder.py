"""Names of photos: whose they are and when they were taken, without opening one."""

from datetime import UTC, date, datetime

import pytest

from skindelta.photo_folder import has_photo_name, read_moment, read_names

DAY = date(2026, 1, 5)
TIME = datetime(2026, 1, 5, 10, 15, tzinfo=UTC)


def named(name):
    return read_names([name])[name]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("anna_2026-01-05.jpg", "anna"),
        ("2026-01-05_anna.jpg", "anna"),
        ("anna 2026-01-05 (2).jpg", "anna"),
        ("anna_2026-01-05_2.jpg", "anna"),
        ("001_2026-01-05.jpg", "001"),
        ("anna_maria_2026-01-05.jpg", "anna_maria"),
        ("anna_left_2026-01-05.jpg", "anna_left"),
        ("2026-01-05.jpg", ""),
        ("2026-01-05 (2).jpg", ""),
        ("2026-01-05_left.jpg", ""),
        ("before_2026-01-05.jpg", ""),
    ],
)
def test_a_name_with_a_date_says_whose_photo_it_is(name, subject):
    assert (named(name).subject, named(name).when) == (subject, DAY)


@pytest.mark.parametrize(
    ("name", "subject", "maybe"),
    [
        ("IMG_20260105_101500.jpg", "", TIME),
        ("20260105_101500.jpg", "", TIME),
        ("anna_IMG_20260105_101500.jpg", "anna", TIME),
        ("IMG-20260105-WA0003.jpg", "", DAY),
        ("PXL_20260105_101500123.jpg", "", DAY),
        ("WhatsApp Image 2026-01-05 at 10.15.00.jpg", "", DAY),
        ("Screenshot_20260105-101500.png", "", TIME),
    ],
)
def test_the_camera_counts_before_a_date_that_a_program_wrote(name, subject, maybe):
    found = named(name)
    assert (found.subject, found.when, found.maybe) == (subject, None, maybe)


@pytest.mark.parametrize(
    ("name", "subject"),
    [("anna.jpg", "anna"), ("anna_before.jpg", "anna"), ("IMG_0001.jpg", ""), ("DSC01.jpg", "")],
)
def test_a_name_without_a_date_may_name_a_person(name, subject):
    assert named(name) == (subject, None, None, "")


def test_folders_name_subject_and_session():
    names = ["anna/2026-01-05.jpg", "bert/2026-01-05T1015 x.jpg", "bert/visit 2/IMG_1.jpg"]
    found = read_names([*names, "anna/2026-01-05/IMG_2.jpg"])
    assert [found[name].subject for name in names] == ["anna", "bert", "bert"]
    assert [found[name].when for name in names] == [DAY, TIME, None]
    assert found["anna/2026-01-05/IMG_2.jpg"].when == DAY


def test_a_folder_around_all_subjects_is_nobody():
    names = ["study/anna/a.jpg", "study/bert/b.jpg"]
    assert [one.subject for one in read_names(names).values()] == ["anna", "bert"]


@pytest.mark.parametrize("sessions", [("2026-01-05", "2026-02-05"), ("visit 1", "visit 2")])
def test_the_only_subject_keeps_its_name(sessions):
    names = [f"anna/{session}/a.jpg" for session in sessions]
    assert {one.subject for one in read_names(names).values()} == {"anna"}


def test_a_date_that_does_not_exist_is_told():
    for name in ("anna_2026-02-30.jpg", "anna/2026-02-30.jpg"):
        assert named(name).when is None
        assert "date that does not exist" in named(name).trouble
    with pytest.raises(ValueError, match="day"):
        read_moment("2026-02-30")


def test_photos_are_known_by_their_ending():
    assert has_photo_name("a/B.JPG")
    assert has_photo_name("x.heic")
    assert not has_photo_name("notes.txt")
    assert not has_photo_name("photos.zip")
