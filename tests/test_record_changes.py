"""What was entered can be corrected, and nothing that hangs on it is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest

from skindelta.errors import RecordError
from skindelta.record import (
    ChangedMeanwhile,
    Consent,
    Record,
    Session,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    Treatment,
    read_time,
)

DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LATER = DAY + timedelta(days=28)


@pytest.fixture
def record(tmp_path, url):
    with Record(tmp_path / "record", url) as kept:
        kept.add_subject(Subject("anna"))
        kept.add_subject(Subject("ben"))
        yield kept


def session(record, content, day=DAY, person="anna"):
    return record.add_session(
        person, Session(day, note="by the window"), [(StoredPhoto("", "1.jpg", 0), content)]
    )


def actions(record):
    return [(action, about) for _, action, about in record.audit("anna")]


def test_a_session_gets_another_date_and_keeps_what_was_measured(record):
    first, second = session(record, b"one"), session(record, b"two", LATER)
    pair = first.photos[0].id, second.photos[0].id
    record.add_comparison("anna", *pair, "formula", {"scores": [1.5]})
    moved = record.change_session("anna", second.id, taken_at=LATER + timedelta(days=2))
    assert moved == replace(second, taken_at=LATER + timedelta(days=2))
    assert record.sessions("anna") == (first, moved)
    assert record.comparisons("anna") == {(*pair, "formula"): {"scores": [1.5]}}
    assert actions(record)[-1] == ("change session", "2026-03-29 to 2026-03-31")


def test_a_date_moves_a_session_before_another_and_the_baseline_stays(record):
    first, second = session(record, b"one"), session(record, b"two", LATER)
    record.change_session("anna", second.id, taken_at=DAY - timedelta(days=1))
    found = record.sessions("anna")
    assert [one.id for one in found] == [second.id, first.id]
    assert [one.is_baseline for one in found] == [False, True]


def test_the_note_of_a_session_changes_alone_and_can_be_emptied(record):
    one = session(record, b"one")
    assert record.change_session("anna", one.id, note="lamp") == replace(one, note="lamp")
    assert record.change_session("anna", one.id, note="").note == ""
    assert record.sessions("anna")[0].taken_at == DAY
    assert actions(record)[-1] == ("change session", "2026-03-01")


def test_a_time_with_another_offset_is_kept_in_utc(record):
    one = session(record, b"one")
    there = datetime(2026, 3, 1, 11, 30, tzinfo=timezone(timedelta(hours=5)))
    record.change_session("anna", one.id, taken_at=there)
    assert record.sessions("anna")[0].taken_at == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def test_a_treatment_is_replaced_under_its_id(record):
    record.add_site("anna", Site("left forearm"))
    old = record.add_treatment("anna", Treatment(DAY, "microneedling", depth_mm=1.5, note="old"))
    new = Treatment(
        *(LATER, "peel", "home", "left forearm", "pen", None, 2, "wrist", ("acid",), "new"),
        id=old.id,
    )
    assert record.change_treatment("anna", new) == new
    assert record.treatments("anna") == (new,)
    assert actions(record)[-1] == ("change treatment", "2026-03-29, peel")


def test_a_symptom_is_replaced_under_its_id(record):
    old = record.add_symptom("anna", Symptom(DAY, "itch", 1, "cheek"))
    new = Symptom(LATER, "swelling", 3, "eye", old.id)
    assert record.change_symptom("anna", new) == new
    assert record.symptoms("anna") == (new,)
    assert actions(record)[-1] == ("change symptom", "2026-03-29, swelling")


FUTURE = datetime.now(UTC) + timedelta(days=3)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda r, s, t, y: r.change_session("anna", uuid4()), "has no session"),
        (lambda r, s, t, y: r.change_session("ben", s.id, note="mine"), "has no session"),
        (lambda r, s, t, y: r.change_session("carl", s.id), "no person 'carl'"),
        (lambda r, s, t, y: r.change_session("anna", s.id, FUTURE), "lies in the future"),
        (
            lambda r, s, t, y: r.change_session("anna", s.id, DAY.replace(tzinfo=None)),
            "no time zone",
        ),
        (lambda r, s, t, y: r.change_session("anna", s.id, DAY.replace(year=1980)), "of 1980"),
        (lambda r, s, t, y: r.change_session("anna", s.id, note="x" * 4001), "4001 characters"),
        (lambda r, s, t, y: r.change_treatment("anna", replace(t, id=uuid4())), "has no treatment"),
        (lambda r, s, t, y: r.change_treatment("ben", t), "has no treatment"),
        (lambda r, s, t, y: r.change_treatment("anna", replace(t, site="arm")), "no body site"),
        (lambda r, s, t, y: r.change_symptom("anna", replace(y, id=uuid4())), "has no symptom"),
        (lambda r, s, t, y: r.change_symptom("ben", y), "has no symptom"),
    ],
)
def test_a_change_that_does_not_fit_is_told_and_changes_nothing(record, act, message):
    entries = (
        session(record, b"one"),
        record.add_treatment("anna", Treatment(DAY, "laser")),
        record.add_symptom("anna", Symptom(DAY, "itch")),
    )
    before = held(record)
    with pytest.raises(RecordError, match=message):
        act(record, *entries)
    assert held(record) == before


def held(record):
    return (
        record.sessions("anna"),
        record.treatments("anna"),
        record.symptoms("anna"),
        record.audit(),
    )


def test_the_same_photo_is_found_with_everybody_who_has_it(record):
    session(record, b"one")
    session(record, b"one", LATER, "ben")
    session(record, b"two", LATER)
    assert record.people_with(b"one") == (("anna", DAY), ("ben", LATER))
    assert record.people_with(b"three") == ()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (" 2026-03-01T09:30 ", DAY),
        ("2026-03-01 09:30", DAY),
        ("2026-03-01T11:30+02:00", DAY),
        ("12.01.2026", datetime(2026, 1, 12, 12, tzinfo=UTC)),
        ("1.3.2026 09:30", DAY),
        ("01.03.2026T09:30", DAY),
    ],
)
def test_times_are_read_as_people_write_them(text, time):
    assert read_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-02-30", "31.02.2026", "03/01/2026", "1.3.26", "2026-03-01 25:00"],
)
def test_what_is_no_time_is_told_with_an_example(text):
    with pytest.raises(RecordError, match="is no time: write 2026-03-01"):
        read_time(text)


@pytest.mark.parametrize("what", ["session", "treatment", "symptom", "person"])
def test_who_did_not_see_another_change_cannot_revert_it(record, what):
    one = session(record, b"one")
    cure = record.add_treatment("anna", Treatment(DAY, "laser", note="old"))
    itch = record.add_symptom("anna", Symptom(DAY, "itch", note="old"))
    anna = record.subject("anna")
    taken_back = replace(anna, consent=Consent(measuring=False))
    read, first, second = {
        "session": (
            one,
            lambda seen: record.change_session("anna", one.id, LATER, expected=seen),
            lambda seen: record.change_session("anna", one.id, DAY, "new", seen),
        ),
        "treatment": (
            cure,
            lambda seen: record.change_treatment("anna", replace(cure, at=LATER), seen),
            lambda seen: record.change_treatment("anna", replace(cure, note="new"), seen),
        ),
        "symptom": (
            itch,
            lambda seen: record.change_symptom("anna", replace(itch, at=LATER), seen),
            lambda seen: record.change_symptom("anna", replace(itch, note="new"), seen),
        ),
        "person": (
            anna,
            lambda seen: record.change_subject("anna", taken_back, seen),
            lambda seen: record.change_subject("anna", replace(anna, note="new"), seen),
        ),
    }[what]
    now = first(read)
    before = *held(record), record.subjects()
    with pytest.raises(ChangedMeanwhile, match=f"this {what} was changed meanwhile"):
        second(read)
    assert (*held(record), record.subjects()) == before
    assert second(now) != now  # who has seen it can


def test_another_baseline_does_not_hinder_a_note(record):
    first, second = session(record, b"one"), session(record, b"two", LATER)
    record.choose_baseline("anna", second.id)
    assert record.change_session("anna", first.id, note="new", expected=first).note == "new"
