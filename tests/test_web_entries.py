"""What is typed on the page is saved as it was meant, or told in a sentence and kept typed."""

import errno
import re
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import get_args

import pytest

from skindelta.demo import make_demo
from skindelta.errors import RecordError, SkinDeltaError
from skindelta.history import scoring
from skindelta.record import (
    Consent,
    Record,
    Session,
    Setting,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    SymptomKind,
    Treatment,
    TreatmentKind,
)
from skindelta.same_skin import different_skin
from skindelta.web.entries import (
    checklists,
    course_entries,
    leaving,
    person_entries,
    session_entries,
)
from skindelta.web.entries.course_entries import TreatmentForm
from skindelta.web.entries.in_place import in_place
from skindelta.web.entries.person_entries import PersonForm
from skindelta.web.serving.visitors import Visitors
from test_report import comparison

DAY = datetime(2026, 1, 12, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Five photos with known changes."""
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def record(tmp_path):
    with Record(tmp_path / "record") as kept:
        kept.add_subject(Subject("anna", 1990, 4))
        yield kept


@pytest.fixture
def visit(tmp_path):
    """One open tab."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    visitors = Visitors(folder)
    assert visitors.claim("somebody", "tab")
    return visitors.visit(SimpleNamespace(session_hash="tab"))


def kept(visit, html):
    """The file behind the link of an answer."""
    (url,) = re.findall(r'href="([^"]+)" download', html)
    return visit.visitors.shelf.found(visit.visitor, url.split("/")[-2]).path


def text_of(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip())


def unchanged(record):
    return record.sessions("anna"), record.treatments("anna"), record.symptoms("anna")


# ---------------------------------------------------------------------- sessions


def test_the_first_session_is_saved_and_called_the_baseline(record, demo):
    told = session_entries.saved_session(
        record, "anna", "face", [demo[0].path], note="by the window"
    )
    (saved,) = record.sessions("anna")
    assert saved.taken_at == demo[0].taken_at
    assert (saved.note, saved.is_baseline) == ("by the window", True)
    assert "Saved for anna: the session of 2026-01-05 09:00, with 1 photo" in text_of(told)
    assert "first of this body site" in told


def test_a_later_session_is_measured_and_the_answer_says_what_rose(record, demo):
    session_entries.saved_session(record, "anna", "face", [demo[0].path])
    done = []
    told = text_of(
        session_entries.saved_session(record, "anna", "face", [demo[2].path], tell=done.append)
    )
    assert demo[2].truth["redness", "absolute"] > 1.0  # what was injected
    assert "Against the baseline of 2026-01-05 09:00" in told
    assert re.search(r"Redness : worse \(\+\d", told)
    assert "Texture : not measurable" in told
    assert [one.is_new for one in done] == [True]
    assert len(record.comparisons("anna")) == 1


def test_the_photo_of_another_person_is_told_once_in_plain_words(record, demo, monkeypatch):
    session_entries.saved_session(record, "anna", "face", [demo[0].path])
    found = comparison(comparable=False, reasons=(different_skin(0.06),))
    monkeypatch.setattr(scoring, "compare", lambda *_: found)
    told = text_of(session_entries.saved_session(record, "anna", "face", [demo[2].path]))
    assert ": This may be another person's photo (" in told
    assert "delete this session if it is" in told
    assert told.count("another person") == told.count("agree by 0.06") == 1
    assert "not measurable" not in told


def test_photos_with_a_typed_date_go_by_it(record, demo):
    session_entries.saved_session(record, "anna", "face", [demo[0].path], "01.02.2026 10:15")
    assert record.sessions("anna")[0].taken_at == datetime(2026, 2, 1, 10, 15, tzinfo=UTC)


def test_a_new_baseline_gets_the_others_measured_against_it(record, demo):
    for one in demo[:2]:
        session_entries.saved_session(record, "anna", "face", [one.path])
    told = session_entries.saved_session(record, "anna", "face", [demo[3].path], is_baseline=True)
    sessions = record.sessions("anna")
    assert [one.is_baseline for one in sessions] == [False, False, True]
    new = sessions[2].photos[0].id
    after = {pair[1] for pair in record.comparisons("anna") if pair[0] == new}
    assert after == {one.photos[0].id for one in sessions[:2]}
    assert "All others are held against it" in told


def not_a_photo(folder):
    path = folder / "IMG_7.jpg"
    path.write_text("this is no photo")
    return path


@pytest.mark.parametrize(
    ("photos", "when", "message"),
    [
        (lambda d, f: [d[0].path, not_a_photo(f)], "", r"nothing was saved: IMG_7\.jpg is not"),
        (lambda d, f: [d[0].path, d[0].path], "", "was given twice"),
        (lambda d, f: [d[1].path], "", "is in the session of 2026-01-12"),
        (lambda d, f: [d[0].path, d[4].path], "", "of different days"),
        (lambda d, f: [d[0].path], "soon", "'soon' is no time"),
        (lambda d, f: [d[0].path], "2126-01-01", "lies in the future"),
        (lambda d, f: [f / "gone.jpg"], "", r"gone\.jpg"),
    ],
)
def test_photos_that_do_not_fit_are_told_by_name_and_nothing_is_saved(
    record, demo, tmp_path, photos, when, message
):
    session_entries.saved_session(record, "anna", "face", [demo[1].path])
    before = unchanged(record)
    with pytest.raises(SkinDeltaError, match=message) as told:
        session_entries.saved_session(record, "anna", "face", photos(demo, tmp_path), when)
    assert str(tmp_path) not in str(told.value)
    assert unchanged(record) == before


def test_a_photo_without_a_date_asks_for_one(record, demo, tmp_path):
    from PIL import Image

    bare = tmp_path / "bare.png"
    Image.open(demo[0].path).save(bare)
    with pytest.raises(SkinDeltaError, match="no photo says when it was taken.*say the date"):
        session_entries.saved_session(record, "anna", "face", [bare])
    session_entries.saved_session(record, "anna", "face", [bare], "2026-01-05")
    assert (
        session_entries.session_choices(record, "anna", "face")[0][0]
        == "2026-01-05, 1 photo, baseline"
    )


def test_photos_are_looked_at_before_they_are_saved(record, demo, tmp_path, visit):
    record.add_subject(Subject("ben"))
    session_entries.saved_session(record, "anna", "face", [demo[1].path])
    session_entries.saved_session(record, "ben", "face", [demo[2].path])
    shown = [demo[0].path, demo[1].path, demo[2].path, not_a_photo(tmp_path)]
    html = session_entries.shots_looked_at(record, "anna", "face", shown, visit)
    cards = [text_of(part) for part in html.split("<figure")[1:]]
    assert "Usable" in cards[0]
    assert "already" not in cards[0]
    assert "It is in the session of 2026-01-12 already" in cards[1]
    assert "the record of 'ben': make sure whom it shows" in cards[2]
    assert "Take it out before you save: IMG_7.jpg is not a photo" in cards[3]
    assert str(tmp_path) not in html


def test_fewer_than_three_shots_are_told_why_three_are_better(record, demo, visit):
    html = session_entries.shots_looked_at(record, "anna", "face", [demo[0].path], visit)
    assert "3 shots are better than 1" in html
    three = [one.path for one in demo[:3]]
    assert "better than" not in session_entries.shots_looked_at(
        record, "anna", "face", three, visit
    )


def test_names_of_files_are_text_and_no_markup(record, demo, tmp_path, visit):
    named = shutil.copy(demo[0].path, tmp_path / "<img src=x onerror=alert(1)>.jpg")
    html = session_entries.shots_looked_at(record, "anna", "face", [type(tmp_path)(named)], visit)
    assert "<img src=x" not in html


def test_a_session_in_the_weeks_of_healing_is_told_so(record, demo):
    record.add_treatment("anna", Treatment(DAY, "microneedling"))
    assert "healing, not a result" in session_entries.saved_session(
        record, "anna", "face", [demo[2].path]
    )


def plain_session(record, at=DAY, content=b"one", person="anna"):
    return record.add_session(person, Session(at), [(StoredPhoto("", "1.jpg", 0), content)])


def test_date_and_note_of_a_session_are_corrected(record):
    one = plain_session(record)
    told = session_entries.changed_session(
        record, "anna", str(one.id), "2026-01-13 08:00", "lamp"
    ).html
    (now,) = record.sessions("anna")
    assert (now.taken_at, now.note) == (datetime(2026, 1, 13, 8, tzinfo=UTC), "lamp")
    assert "2026-01-13 08:00" in told


def test_a_date_that_was_not_touched_stays_to_the_second(record):
    one = plain_session(record, DAY + timedelta(seconds=17))
    session_entries.changed_session(
        record, "anna", str(one.id), session_entries.written(one.taken_at), "lamp"
    )
    assert record.sessions("anna")[0].taken_at == one.taken_at


@pytest.mark.parametrize("when", ["", None, "   ", "31.02.2026", "2126-01-01"])
def test_a_session_keeps_its_date_where_the_new_one_is_none(record, when):
    one = plain_session(record)
    with pytest.raises(SkinDeltaError, match="date|no time|future"):
        session_entries.changed_session(record, "anna", str(one.id), when, "lamp")
    assert record.sessions("anna") == (one,)


def test_a_deleted_baseline_names_the_one_that_follows(record):
    first = plain_session(record)
    plain_session(record, DAY + timedelta(days=28), b"two")
    told = session_entries.deleted_session(record, "anna", str(first.id))
    assert "with 1 photo. Others are held against 2026-02-09 14:00 now" in told
    assert [one.is_baseline for one in record.sessions("anna")] == [True]


def test_another_baseline_is_measured_against(record, demo):
    for one in demo[:2]:
        session_entries.saved_session(record, "anna", "face", [one.path])
    first, second = record.sessions("anna")
    told = session_entries.baseline_chosen(record, "anna", str(second.id))
    assert "of anna are held against 2026-01-12 09:00 now" in told
    pair = second.photos[0].id, first.photos[0].id
    assert pair in {known[:2] for known in record.comparisons("anna")}


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (None, "choose a session first"),
        ("", "choose a session first"),
        ("../etc", "choose a session first"),
        ("8d13238b-e4be-4e91-9b8c-7b3cc3fdd8a6", "deleted meanwhile"),
    ],
)
def test_an_entry_that_is_not_there_is_a_sentence(record, which, message):
    for act in (
        lambda: session_entries.changed_session(record, "anna", which, "2026-01-01", ""),
        lambda: session_entries.baseline_chosen(record, "anna", which),
        lambda: session_entries.deleted_session(record, "anna", which),
    ):
        with pytest.raises(SkinDeltaError, match=message):
            act()


def test_somebody_erased_meanwhile_is_a_sentence(record, demo):
    record.erase_subject("anna")
    with pytest.raises(RecordError, match="no person 'anna'"):
        course_entries.saved_symptom(record, "anna", None, "itch", 1, "", "")
    with pytest.raises(SkinDeltaError, match="no person 'anna'"):
        session_entries.saved_session(record, "anna", "face", [demo[0].path])


def test_a_locked_record_takes_no_photos_and_says_why(tmp_path, demo):
    with Record(tmp_path / "locked") as record:
        record.add_subject(Subject("anna"))
        record.encrypt("correct horse battery")
    with (
        Record(tmp_path / "locked") as record,
        pytest.raises(SkinDeltaError, match="encrypted: give its passphrase"),
    ):
        session_entries.saved_session(record, "anna", "face", [demo[0].path])


# ---------------------------------------------------------------------- treatments, symptoms

NEEDLED = TreatmentForm(
    *("microneedling", "home", "12.01.2026 14:00", 1.5, 4.0, " pen ", "cheeks"),
    *("serum, , cream ", "first"),
)


def test_a_treatment_is_saved_and_told_what_is_usual(record):
    told = text_of(course_entries.saved_treatment(record, "anna", "face", None, NEEDLED).html)
    (saved,) = record.treatments("anna")
    assert saved == Treatment(
        *(DAY, "microneedling", "home", "face", "pen", 1.5, 4, "cheeks"),
        *(("serum", "cream"), "first", saved.id),
    )
    assert "Usual afterwards" in told
    assert "Redness for two to three days" in told
    assert "Photos can show a result on 2026-02-09" in told


def test_a_treatment_fills_the_form_and_comes_back_the_same(record):
    course_entries.saved_treatment(record, "anna", "face", None, NEEDLED)
    (saved,) = record.treatments("anna")
    form = TreatmentForm.of(saved)
    course_entries.saved_treatment(record, "anna", "face", str(saved.id), form)
    assert record.treatments("anna") == (saved,)


def test_a_treatment_is_corrected_at_its_own_site(record):
    record.add_site("anna", Site("left forearm"))
    course_entries.saved_treatment(record, "anna", "left forearm", None, NEEDLED)
    (old,) = record.treatments("anna")
    form = replace(NEEDLED, kind="peel", depth_mm=None, when="2026-01-20")
    told = course_entries.saved_treatment(record, "anna", "face", str(old.id), form).html
    (new,) = record.treatments("anna")
    assert (new.id, new.kind, new.site) == (old.id, "peel", "left forearm")
    assert "not known here" in told
    assert course_entries.treatment_choices(record, "anna", "face") == []
    assert course_entries.treatment_choices(record, "anna", "left forearm") == [
        ("2026-01-20: peel, at home", str(old.id))
    ]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (replace(NEEDLED, when=""), "no date: say when"),
        (replace(NEEDLED, when="tomorrow"), "is no time"),
        (replace(NEEDLED, when="2126-01-01"), "in the future"),
        (replace(NEEDLED, kind="laser"), "a laser has no needle depth: leave it out"),
        (replace(NEEDLED, kind=None), "choose a kind"),
        (replace(NEEDLED, setting=None), "say where it was done: in a clinic or at home"),
        (replace(NEEDLED, depth_mm=15.0), "needle depth: expected 0 to 5 mm, got 15"),
        (replace(NEEDLED, passes=2.5), "whole number, got 2.5"),
        (replace(NEEDLED, passes=0.0), "number of passes"),
        (replace(NEEDLED, note="x" * 5000), "5000 characters"),
    ],
)
def test_a_treatment_that_does_not_fit_is_a_sentence_and_nothing_changes(record, form, message):
    old = record.add_treatment("anna", Treatment(DAY, "laser"))
    for which in (None, str(old.id)):
        with pytest.raises(SkinDeltaError, match=message):
            course_entries.saved_treatment(record, "anna", "face", which, form)
    assert record.treatments("anna") == (old,)


def test_every_kind_that_the_record_knows_can_be_chosen():
    assert {value for _, value in course_entries.SYMPTOMS} == set(get_args(SymptomKind))
    assert {value for _, value in course_entries.KINDS} == set(get_args(TreatmentKind))
    assert {value for _, value in course_entries.SETTINGS} == set(get_args(Setting))


def saved(record, kind, severity, when="2026-01-13 09:00", which=None):
    return course_entries.saved_symptom(record, "anna", which, kind, severity, when, "cheek").html


def test_an_emergency_stands_first_and_is_announced(record):
    html = saved(record, "trouble breathing", 1, "")
    assert html.startswith('<div class="sd-flag sd-emergency" role="alert">')
    assert "call the emergency number now" in html
    (kept,) = record.symptoms("anna")
    assert abs(kept.at - datetime.now(UTC)) < timedelta(minutes=5)


def test_what_is_usual_after_a_treatment_is_called_so_and_pus_is_not(record):
    record.add_treatment("anna", Treatment(DAY, "microneedling", depth_mm=1.0))
    assert "sd-expected" in saved(record, "swelling", 1)
    assert "sd-contact" in saved(record, "pus", 1)
    assert "there is no rule for this" in saved(record, "itch", 1, "2025-01-01").lower()


def test_a_symptom_is_corrected_and_judged_anew(record):
    record.add_treatment("anna", Treatment(DAY, "microneedling", depth_mm=1.0))
    saved(record, "pain", 1)
    (old,) = record.symptoms("anna")
    assert "sd-contact" in saved(record, "rash", 2, "2026-01-14 09:00", str(old.id))
    (new,) = record.symptoms("anna")
    assert (new.id, new.kind, new.at.day) == (old.id, "rash", 14)
    assert course_entries.symptom_choices(record, "anna") == [
        ("2026-01-14 09:00: rash or hives, moderate", str(old.id))
    ]
    course_entries.deleted_symptom(record, "anna", str(old.id))
    assert record.symptoms("anna") == ()


@pytest.mark.parametrize(
    ("kind", "severity", "when", "message"),
    [
        (None, 2, "", "choose it from the list"),
        ("itch", None, "", "mild, moderate or severe"),
        ("itch", 9, "", "mild, moderate or severe"),
        ("itch", 2, "2126-01-01", "in the future"),
        ("itch", 2, "13/01/2026", "is no time"),
        ("sadness", 2, "", "expected one of"),
    ],
)
def test_a_symptom_that_does_not_fit_is_a_sentence(record, kind, severity, when, message):
    with pytest.raises(SkinDeltaError, match=message):
        saved(record, kind, severity, when)
    assert record.symptoms("anna") == ()


def test_notes_are_text_and_no_markup(record):
    record.add_treatment("anna", Treatment(DAY, "other"))
    html = course_entries.saved_treatment(
        record, "anna", "face", None, replace(NEEDLED, device="<script>alert(1)</script>")
    ).html
    assert "<script" not in html


# ---------------------------------------------------------------------- checklists


def test_after_needles_the_list_of_today_is_open(record):
    assert "There is no microneedling" in checklists.after_treatment(record, "anna", "face")
    record.add_treatment("anna", Treatment(DAY, "microneedling", depth_mm=1.0))
    html = checklists.after_treatment(record, "anna", "face", DAY + timedelta(days=3, hours=1))
    (open_part,) = re.findall(r"<details open>.*?</details>", html)
    assert "<summary>Day 2 to 6 (now)</summary>" in open_part
    assert "sunscreen" in open_part
    assert "sauna" not in open_part
    assert "sauna" in html
    assert html.count('type="checkbox"') > 8
    later = checklists.after_treatment(record, "anna", "face", DAY + timedelta(days=30))
    assert "<details open>" not in later
    assert "nothing is left to do" in later


def test_who_may_darken_is_told_before_a_treatment(record):
    record.add_subject(Subject("ben", fitzpatrick=1))
    assert "types IV to VI may darken" in checklists.before_treatment(record, "anna")
    assert "may darken" not in checklists.before_treatment(record, "ben")
    assert "home devices" in checklists.before_treatment(record, "ben", "home").lower()


# ---------------------------------------------------------------------- person, leaving


def test_a_person_fills_the_form_and_is_changed(record):
    form = person_entries.form_of(record.subject("anna"))
    assert form == PersonForm("anna", 1990, 4, ("measuring",), "")
    plain_session(record)
    new = PersonForm(" P-017 ", 1985.0, 0, ("training", "showing"), "moved")
    person_entries.changed_person(record, "anna", new)
    one = record.subject("P-017")
    assert (one.birth_year, one.fitzpatrick, one.note) == (1985, None, "moved")
    assert one.consent == Consent(measuring=False, training=True, showing=True)
    assert len(record.sessions("P-017")) == 1


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (PersonForm(""), "a pseudonym has"),
        (PersonForm("Ben"), "there is a person 'ben' already"),
        (PersonForm("anna", 1850.0), "birth year"),
        (PersonForm("anna", 1990.5), "whole number"),
        (PersonForm("anna", skin_type=9), "Fitzpatrick"),
    ],
)
def test_a_person_that_does_not_fit_stays_as_it_was(record, form, message):
    record.add_subject(Subject("ben"))
    before = record.subject("anna")
    with pytest.raises(SkinDeltaError, match=message):
        person_entries.changed_person(record, "anna", form)
    assert record.subject("anna") == before


def test_a_body_site_is_added_once(record):
    person_entries.saved_site(record, "anna", " left forearm ", True, 12.5)
    assert record.sites("anna")[1].name == "left forearm"
    assert record.sites("anna")[1].px_per_mm == 12.5
    for name, close_up, scale in (
        ("left forearm", True, None),
        ("", True, None),
        ("right cheek", False, 12.5),
    ):
        with pytest.raises(SkinDeltaError):
            person_entries.saved_site(record, "anna", name, close_up, scale)
    assert len(record.sites("anna")) == 2


def test_erasing_says_what_goes_and_asks_for_the_pseudonym(record):
    plain_session(record)
    plain_session(record, DAY + timedelta(days=1), b"two")
    record.add_symptom("anna", Symptom(DAY, "itch"))
    told = text_of(person_entries.about_erasing(record, "anna"))
    assert "2 photos, 2 sessions, 0 treatments, 1 symptom" in told
    for typed in ("", None, "Anna", "ann"):
        with pytest.raises(SkinDeltaError, match="nothing was erased"):
            person_entries.erased_person(record, "anna", typed)
    assert len(record.sessions("anna")) == 2
    assert "with 2 photos" in person_entries.erased_person(record, "anna", " anna ")
    assert record.subjects() == ()
    assert list((record.folder / "photos").glob("*/*")) == []


@pytest.fixture(scope="module")
def measured(tmp_path_factory, demo):
    """A record with two sessions of anna."""
    with Record(tmp_path_factory.mktemp("measured")) as kept:
        kept.add_subject(Subject("anna/x"))
        for one in demo[:2]:
            session_entries.saved_session(kept, "anna/x", "face", [one.path])
        yield kept


@pytest.mark.parametrize(
    ("what", "begins"),
    [
        ("pdf-a4", b"%pdf"),
        ("pdf-letter", b"%pdf"),
        ("html", b"<!doctype html>"),
        ("csv", b"subject,"),
        ("zip", b"pk"),
    ],
)
def test_what_leaves_is_a_file_behind_a_link(measured, visit, what, begins):
    html = leaving.exported(measured, "anna/x", "face", what, visit)
    path = kept(visit, html)
    assert path.name.startswith("skindelta_anna-x_")
    assert path.read_bytes().lower().startswith(begins)
    if what == "zip":
        with zipfile.ZipFile(path) as unpacked:
            assert sum(one.startswith("photos/") for one in unpacked.namelist()) == 2
    assert ("not to be shown to others" in html) == (what != "csv")


def test_a4_and_letter_are_papers_of_their_own(measured, visit):
    widths = []
    for what in ("pdf-a4", "pdf-letter"):
        made = kept(visit, leaving.exported(measured, "anna/x", "face", what, visit))
        box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", made.read_bytes())
        widths.append(round(float(box[1])))
    assert widths == [595, 612]


@pytest.mark.parametrize("what", [None, "", "exe"])
def test_what_cannot_be_made_is_a_sentence(measured, visit, what):
    with pytest.raises(SkinDeltaError, match="choose what to make"):
        leaving.exported(measured, "anna/x", "face", what, visit)


def test_an_empty_timeline_asks_for_a_session(record, visit):
    with pytest.raises(SkinDeltaError, match="no session of the face of anna yet"):
        leaving.exported(record, "anna", "face", "pdf-a4", visit)


# ---------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RecordError("another program is writing: wait, then try again"), "Another program"),
        (OSError(errno.ENOSPC, "No space left on device"), "is full: make room"),
        (ZeroDivisionError("secret detail"), "our fault, not yours"),
    ],
)
def test_trouble_is_a_sentence_in_its_place_and_the_form_stays(error, sentence, caplog):
    def fails():
        raise error

    answer, *others = in_place(fails, 3)()
    assert answer.startswith('<div class="sd-status sd-bad">')
    assert sentence in answer
    assert "secret" not in answer
    assert others == [{"__type__": "update"}] * 3
