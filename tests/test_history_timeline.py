"""A timeline is read from what is stored: values, gaps, steps, trend, flags."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from pytest import approx

from skindelta import history
from skindelta.errors import RecordError
from skindelta.history import timeline, timeline_to_dict
from skindelta.pipeline import Options
from skindelta.record import (
    NewPhoto,
    Record,
    Session,
    Site,
    StoredPhoto,
    Subject,
    Symptom,
    Treatment,
)
from test_contract import SCHEMAS, assert_fits

DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
FORMULA = Options(model="formula")
NOW = DAY + timedelta(days=400)
SDC = 0.98  # 1 σ is half of it
KEYS = [
    ("redness", "absolute", "a*"),
    ("redness", "relative", "a*"),
    ("hyperpigmentation", "relative", "L*"),
    ("hyperpigmentation", "absolute", "L*"),
    ("texture", "absolute", "%"),
]


def score(name, basis, unit, value, sdc=SDC, reason="it is too dark", source="formula"):
    whole = {"attribute": name, "region": "face", "basis": basis, "unit": unit, "source": source}
    if value is None:
        return (
            whole
            | {"value": None, "low": None, "high": None, "sdc": None}
            | {
                "verdict": "not measurable",
                "reason": reason,
                "reference": "none",
            }
        )
    ends = {"low": value - sdc, "high": value + sdc, "sdc": sdc}
    return whole | {"value": value, **ends, "verdict": "", "reason": None, "reference": "scene"}


def document(redness=0.0, pigment=0.0, without=(), cheek=None, **about):
    """A comparison; `without` a reference the absolute values are missing, `cheek` is pigment."""
    values = {"redness": redness, "hyperpigmentation": pigment, "texture": 0.0}
    scores = [score(*key, None if key[1] in without else values[key[0]], **about) for key in KEYS]
    if cheek is not None:
        patch = score("hyperpigmentation", "relative", "L*", cheek, **about)
        scores.append(patch | {"region": "left_cheek"})
    made_with = {"skindelta": "0.1.0"}
    return {"comparable": True, "reasons": [], "scores": scores, "made_with": made_with}


class Book:
    """A record whose comparisons are known; sessions by the day since the first."""

    def __init__(self, folder):
        self.record = Record(folder)
        self.record.add_subject(Subject("anna", fitzpatrick=2))
        self.sessions = {}
        self.count = itertools.count()

    def session(self, day, shots=1, **about):
        photos = [
            NewPhoto(StoredPhoto("", f"{n}.jpg", 0), f"photo {next(self.count)}".encode())
            for n in range(shots)
        ]
        saved = self.record.add_session("anna", Session(DAY + timedelta(days=day), **about), photos)
        self.sessions[day] = saved
        return saved

    def measured(self, day, *documents):
        """A session with one shot a document."""
        saved = self.session(day, len(documents))
        before = next(s for s in self.record.sessions("anna", "face") if s.is_baseline)
        for (first, shot), told in zip(
            history.scoring.pairs_of(before, saved), documents, strict=True
        ):
            self.record.add_comparison("anna", first.id, shot.id, "formula", told)
        return saved

    def line(self, **about):
        return timeline(self.record, "anna", options=FORMULA, now=NOW, **about)


@pytest.fixture
def book(tmp_path):
    made = Book(tmp_path / "record")
    yield made
    made.record.close()


def red(book, **about):
    return book.line(**about).series("redness")


def test_a_session_is_the_robust_mean_of_its_shots(book):
    book.session(0, 3)
    book.measured(30, document(2.0), document(2.2), document(9.0))
    base, point = red(book).points
    assert base.is_baseline
    assert base.value == 0
    assert point.value == approx(2.2, abs=0.2)
    assert (point.shots, point.taken) == (2, 3)
    assert point.verdict == "worse"
    assert point.low < point.value < point.high
    assert point.sdc == SDC  # one session tells too little of the spread


def test_each_shot_is_held_against_another_of_the_baseline(book):
    base, later = book.session(0, 2), book.session(30, 3)
    pairs = history.scoring.pairs_of(base, later)
    assert [b.name for b, _ in pairs] == ["0.jpg", "1.jpg", "0.jpg"]
    assert [s.name for _, s in pairs] == ["0.jpg", "1.jpg", "2.jpg"]


def test_spread_of_enough_shots_gives_the_persons_own_limit(book):
    book.session(0, 3)
    for day in (30, 60, 90):
        book.measured(day, document(0.9), document(1.0), document(1.1))
    series = red(book)
    assert series.own.freedom == 6
    assert series.own.sigma == approx(0.1)
    assert series.points[1].sdc < SDC
    assert series.points[1].sdc == approx(series.own.sdc(SDC, 3))
    for day in (120, 150):
        book.measured(day, document(-4.0), document(0.0), document(4.0))
    assert red(book).points[1].sdc > SDC


def test_steps_are_between_sessions_that_were_measured(book):
    book.session(0)
    book.measured(30, document(3.0))
    book.measured(60, document(None))
    book.measured(90, document(1.0))
    steps = red(book).steps
    assert [step.value for step in steps] == [approx(3.0), None, approx(-2.0)]
    assert steps[0].sdc == approx(SDC)
    assert steps[2].sdc == approx(2**0.5 * SDC)
    assert steps[2].against.id == book.sessions[30].id
    assert steps[2].verdict == "improved"
    assert steps[1].verdict == "not measurable"


def test_what_cannot_be_compared_is_a_gap_with_the_reason(book):
    book.session(0)
    book.measured(30, document(None, reason="it is too dark"))
    nothing = {"comparable": False, "reasons": [{"message": "photo is blurred"}], "scores": []}
    book.measured(60, nothing | {"made_with": {}})
    book.session(90)
    assert [p.reason for p in red(book).gaps] == [
        "it is too dark",
        "photo is blurred",
        "not scored against this baseline yet",
    ]
    assert book.line().unscored == 1
    assert all(p.verdict == "not measurable" for p in red(book).gaps)


def test_a_shot_that_cannot_be_measured_does_not_cost_its_session(book):
    book.session(0, 3)
    book.measured(30, document(2.0), document(None), document(2.0))
    point = red(book).points[1]
    assert point.value == approx(2.0)
    assert (point.shots, point.taken) == (2, 3)


def test_shots_measured_by_different_means_are_not_averaged(book):
    book.session(0, 3)
    odd = document(8.0, source="model net@1.0.0")
    book.measured(30, document(2.0), odd, document(2.0))
    assert red(book).points[1].value == approx(2.0)
    assert red(book).points[1].shots == 2


def test_another_baseline_asks_for_new_comparisons(book):
    book.session(0)
    later = book.measured(30, document(3.0))
    book.record.choose_baseline("anna", later.id)
    series = red(book)
    assert [p.value for p in series.points] == [None, 0.0]
    assert series.points[0].reason.startswith("not scored")


def test_a_trend_is_claimed_only_beyond_noise(book):
    book.session(0)
    for number, day in enumerate((30, 60, 90), start=1):
        book.measured(day, document(-1.0 * number, 0.1 * (-1) ** number))
    line = book.line()
    assert line.series("redness").trend.is_beyond_noise
    assert line.series("redness").trend.slope == approx(-28 / 30, rel=0.01)
    assert not line.series("hyperpigmentation").trend.is_beyond_noise


def test_healing_skin_is_no_part_of_a_trend(book):
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=25), "microneedling"))
    book.measured(30, document(6.0))
    for day in (60, 90):
        book.measured(day, document(0.0))
    series = red(book)
    assert series.trend is None
    assert series.left_out == 1
    assert "takes 4 measured sessions, there are 3" in series.no_trend
    book.measured(120, document(0.0))
    assert red(book).trend.slope == approx(0)
    line = book.line()
    assert [line.is_too_early(one) for one in line.sessions] == [False, True, False, False, False]


def test_results_of_another_model_stand_beside_and_not_among(book):
    base, later = book.session(0), book.measured(30, document(1.0))
    pair = base.photos[0].id, later.photos[0].id
    book.record.add_comparison("anna", *pair, "skindelta-base@1.0.0", document(2.0))
    other = timeline(book.record, "anna", now=NOW)
    assert other.model == "skindelta-base@1.0.0"
    assert other.series("redness").points[1].value == 2.0
    assert red(book).points[1].value == 1.0


def test_redness_after_a_treatment_is_expected_first_and_a_flag_later(book):
    book.session(0)
    book.record.add_treatment(
        "anna", Treatment(DAY + timedelta(days=10), "microneedling", depth_mm=1.0)
    )
    book.measured(11, document(3.0))
    assert [(f.level, f.code) for f in book.line().flags] == [("expected", "redness")]
    book.measured(40, document(3.0))
    assert [(f.level, f.code) for f in book.line().flags] == [
        ("contact", "lasting_redness"),
        ("expected", "redness"),
    ]


def test_what_is_told_to_be_of_today_is_flagged_today(book):
    """Whatever the hour: a date alone stands for noon, which may lie ahead."""
    book.session(0)
    morning = DAY.replace(hour=6)
    noon = DAY.replace(hour=12)
    book.record.add_treatment("anna", Treatment(noon, "microneedling", depth_mm=1.5))
    book.record.add_symptom("anna", Symptom(noon, "trouble breathing", 3))
    line = timeline(book.record, "anna", options=FORMULA, now=morning)
    assert [flag.level for flag in line.flags][0] == "emergency"
    assert line.outlook.aftercare
    assert {row.what for row in line.outlook.expected} >= {"redness", "swelling"}


def test_photos_of_the_day_of_a_treatment_count_as_taken_before_it(book):
    """Unless both hours are known."""
    book.session(3 / 24)  # noon: imported without an hour
    book.record.add_treatment("anna", Treatment(DAY + timedelta(hours=5), "microneedling"))
    book.measured(30, document(4.0))
    line = book.line()
    assert not line.is_too_early(line.sessions[0])
    assert [flag.code for flag in line.flags] == ["lasting_redness", "same_day"]
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=40), "microneedling"))
    book.measured(40 + 2 / 24, document(4.0))
    assert book.line().is_too_early(book.line().sessions[2])


def test_what_nothing_can_be_held_against_is_told(book):
    book.record.add_treatment("anna", Treatment(DAY - timedelta(days=25), "microneedling"))
    book.session(0)
    book.measured(30, document(4.0))
    (flag,) = book.line().flags
    assert (flag.level, flag.code) == ("watch", "not_followed")


def test_what_improves_from_a_healing_baseline_is_said_to_be_healing(book):
    book.record.add_treatment("anna", Treatment(DAY - timedelta(days=2), "microneedling"))
    book.session(0)
    book.measured(30, document(-4.0))
    flags = {flag.code: flag for flag in book.line().flags}
    assert "healing, not a result" in flags["healing_baseline"].text


def test_an_alarm_of_months_ago_is_not_of_today(book):
    book.session(0)
    book.record.add_symptom("anna", Symptom(DAY + timedelta(days=1), "trouble breathing", 3))
    (then,) = timeline(book.record, "anna", options=FORMULA, now=DAY + timedelta(days=2)).flags
    assert then.level == "emergency"
    (late,) = book.line().flags
    assert late.level == "contact"
    assert "now" not in late.text.split()
    assert "if it has not passed" in late.text


def test_deep_needles_at_home_and_needlings_close_together_are_told(book):
    for day, depth in ((1, 2.0), (4, 2.0), (60, 0.25), (64, 0.25)):
        at = DAY + timedelta(days=day)
        told = Treatment(at, "microneedling", "home", depth_mm=depth)
        book.record.add_treatment("anna", told)
    codes = sorted(flag.code for flag in book.line().flags)
    assert codes == ["close_together", "deep_at_home", "deep_at_home"]


@pytest.mark.parametrize("kind", ["topical", "other"])
def test_what_only_goes_on_the_skin_hides_nothing(book, kind):
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=1), "microneedling"))
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=2), kind))
    book.measured(31, document(4.0))
    assert [flag.code for flag in book.line().flags] == ["lasting_redness"]
    soon = timeline(book.record, "anna", options=FORMULA, now=DAY + timedelta(days=3))
    assert soon.outlook.treatment.kind == "microneedling"


def test_a_course_of_treatments_is_held_against_the_skin_before_it(book):
    book.session(0)
    for number in range(3):
        at = DAY + timedelta(days=1 + 28 * number)
        book.record.add_treatment("anna", Treatment(at, "microneedling", depth_mm=1.5))
        book.measured(28 * (number + 1), document(0.0, 1.2 * (number + 1)))
    flags = [flag for flag in book.line().flags if flag.code == "darkening"]
    assert [(flag.at - DAY).days for flag in flags] == [84, 56, 28]


def test_a_new_patch_is_seen_where_the_whole_is_not_darker(book):
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=1), "microneedling"))
    book.measured(57, document(0.0, 0.2, cheek=6.0))
    (flag,) = book.line().flags
    assert flag.level == "contact"
    assert "left cheek" in flag.text


def test_redness_of_all_the_skin_is_seen_beside_a_session_without_it(book):
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=1), "microneedling"))
    book.measured(10, document(0.1, without=("absolute",)))
    book.measured(60, document(5.0))
    assert ("contact", "lasting_redness") in [(f.level, f.code) for f in book.line().flags]


def test_a_session_before_the_baseline_is_told_forward_in_time(book):
    later, earlier = book.session(60), book.session(0)
    pair = later.photos[0].id, earlier.photos[0].id
    book.record.add_comparison("anna", *pair, "formula", document(5.0))
    series = red(book)
    assert series.points[0].value == 5.0
    assert series.points[0].is_earlier
    assert series.points[0].verdict == "improved"
    assert series.latest is None
    assert series.steps[0].value == -5.0
    assert series.steps[0].verdict == "improved"


def test_a_line_goes_through_values_of_one_means_alone(book):
    book.session(0)
    for day in (30, 60, 90):
        book.measured(day, document(0.0))
    for day in (100, 110):
        book.measured(day, document(9.0, source="model net@1"))
    assert red(book).trend.sessions == 4
    assert red(book).otherwise == 2
    assert "2 measured by another formula or network" in red(book).left_out_words
    assert not red(book).trend.is_beyond_noise


def test_a_score_within_the_noise_never_flags(book):
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=10), "microneedling"))
    for day in (11, 20, 40, 80):
        book.measured(day, document(0.9 * SDC, 0.9 * SDC))
    assert book.line().flags == ()


def test_scores_are_held_against_the_last_session_before_the_treatment(book):
    book.session(0)
    book.measured(100, document(5.0))
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=101), "microneedling"))
    book.measured(130, document(5.0))
    assert book.line().flags == ()


def test_symptoms_belong_to_the_treatment_before_them(book):
    for day in (10, 50):
        book.record.add_treatment("anna", Treatment(DAY + timedelta(days=day), "microneedling"))
    for day, kind in ((5, "fever"), (51, "swelling"), (70, "pus"), (80, "pain")):
        book.record.add_symptom("anna", Symptom(DAY + timedelta(days=day), kind, 2))
    flags = [(f.level, f.code) for f in book.line().flags]
    assert flags == [("contact", "pus"), ("contact", "fever"), ("expected", "swelling")]


def test_what_to_expect_is_told_until_the_last_results_are_due(book):
    at = DAY + timedelta(days=10)
    book.record.add_treatment("anna", Treatment(at, "microneedling", depth_mm=1.5))
    soon = timeline(book.record, "anna", options=FORMULA, now=at + timedelta(days=1)).outlook
    assert {row.what for row in soon.expected} == {"redness", "swelling", "flaking", "bruises"}
    assert soon.aftercare
    assert [(day - at).days for day in soon.due] == [28, 84, 168]
    late = timeline(book.record, "anna", options=FORMULA, now=at + timedelta(days=100)).outlook
    assert (late.expected, late.aftercare, len(late.due)) == ((), (), 1)
    assert book.line().outlook.treatment is None


def test_treatments_of_another_site_are_not_this_sites(book):
    book.record.add_site("anna", Site("arm", close_up=True))
    book.session(0)
    book.record.add_treatment("anna", Treatment(DAY + timedelta(days=1), "laser", site="arm"))
    assert book.line().treatments == ()
    assert len(book.line(site="arm").treatments) == 1
    assert book.line(site="arm").whole == "skin"


def test_a_person_without_sessions_has_an_empty_timeline(book):
    line = book.line()
    assert line.baseline is None
    assert line.series("texture").no_trend == "there is no session yet"
    assert timeline_to_dict(line)["series"][0]["against_baseline"] == []


def test_what_is_not_there_is_told(book):
    with pytest.raises(RecordError, match="no body site 'arm' .*face"):
        book.line(site="arm")
    with pytest.raises(RecordError, match="no person 'ben'"):
        timeline(book.record, "ben", options=FORMULA)
    with pytest.raises(ValueError, match="expected an attribute"):
        book.line().series("color")
    with pytest.raises(ValueError, match="expected a basis"):
        book.line().series("texture", basis="relative")


def test_json_holds_the_numbers_of_the_timeline(book):
    book.session(0)
    book.measured(30, document(2.0))
    book.record.add_symptom("anna", Symptom(DAY + timedelta(days=31), "pus"))
    line = book.line()
    told = timeline_to_dict(line)
    assert told["schema"] == "skindelta.timeline/1"
    first = told["series"][0]
    assert (first["attribute"], first["basis"], first["region"]) == ("redness", "absolute", "face")
    point = line.series("redness").points[1]
    assert first["against_baseline"][1]["value"] == point.value
    assert first["against_baseline"][1]["low"] == point.low
    assert first["no_trend"]
    assert told["flags"][0]["code"] == "pus"
    assert "diagnosis" in told["note"]
    assert_fits(
        json.loads(json.dumps(told, allow_nan=False)), SCHEMAS["timeline-1.json"], "timeline-1.json"
    )
    person = history.person_to_dict(book.record, "anna")
    assert_fits(
        json.loads(json.dumps(person, allow_nan=False)), SCHEMAS["person-1.json"], "person-1.json"
    )
    rows = history.timeline_rows(line)
    assert len(rows) == 2 * len(KEYS)
    assert rows[1]["value"] == point.value
