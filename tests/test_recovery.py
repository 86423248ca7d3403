"""What is said after a treatment: usual things are called usual, dangerous ones come first."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from skindelta import recovery
from skindelta.record import SymptomKind
from skindelta.recovery import (
    Reading,
    Treated,
    course,
    flags_of_pigment,
    flags_of_redness,
    flags_of_symptoms,
    in_order,
)

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
NOW = AT + timedelta(days=200)


def after(days):
    return AT + timedelta(days=days)


def red(days, value, verdict="worse", sdc=1.0):
    return Reading(after(days), "redness", value, sdc, verdict)


def dark(days, value, verdict="worse"):
    return Reading(after(days), "hyperpigmentation", value, 0.5, verdict)


def flags_of(treated, readings, symptoms, overall=None, begun=AT):
    """All flags of one treatment, which is a course by itself unless another is given."""
    overall = readings if overall is None else overall
    of_red = [[r for r in some if r.attribute == "redness"] for some in (readings, overall)]
    return in_order(
        (
            *flags_of_symptoms(treated, symptoms),
            *flags_of_redness(treated, *of_red, begun),
            *flags_of_pigment(treated, [r for r in overall if r not in of_red[1]], begun),
        )
    )


def told(readings=(), symptoms=(), overall=None, begun=AT, **treated):
    symptoms = [(after(days), kind, severity) for days, kind, severity in symptoms]
    flags = flags_of(Treated(AT, **treated), readings, symptoms, overall, begun)
    return [(flag.level, flag.code) for flag in flags]


def test_every_row_names_sources_that_are_listed():
    rows = [*course.COURSE, *course.BEFORE, *course.AFTERCARE]
    rows += recovery.expected_after(Treated(AT, depth_mm=1.5))
    named = set(itertools.chain.from_iterable(row.sources for row in rows))
    assert named <= set(recovery.SOURCES)
    assert all(row.sources for row in rows)


def test_every_flag_names_sources_that_are_listed():
    kinds = get_args(SymptomKind)
    symptoms = [(after(d), k, s) for d, k, s in itertools.product((0.2, 5, 20), kinds, (1, 2, 3))]
    readings = [red(d, v) for d in (1, 3.5, 6, 9, 20) for v in (1.5, 5.0)]
    readings += [dark(d, v) for d in (15, 60) for v in (0.6, 2.0)]
    found = flags_of(Treated(AT, depth_mm=1.0), readings, symptoms)
    assert {flag.level for flag in found} == set(get_args(recovery.Level))
    assert set(itertools.chain.from_iterable(f.sources for f in found)) <= set(recovery.SOURCES)
    assert "diagnosis" in recovery.NOT_A_DIAGNOSIS


@pytest.mark.parametrize(
    ("depth_mm", "most_days"), [(0.25, 1), (0.5, 3), (1.0, 3), (1.5, 5), (2.5, 5), (None, 5)]
)
def test_deeper_needles_may_redden_longer(depth_mm, most_days):
    expected = recovery.expected_after(Treated(AT, depth_mm=depth_mm))
    redness = next(one for one in expected if one.what == "redness")
    assert redness.until == timedelta(days=most_days)
    assert list(expected) == sorted(expected, key=lambda one: one.until)


def test_of_other_treatments_nothing_is_promised():
    assert recovery.expected_after(Treated(AT, "laser")) == ()
    assert recovery.aftercare_on(Treated(AT, "peel"), after(1)) == ()
    assert told([red(9, 3.0)], kind="laser") == []
    assert told(symptoms=[(2, "pus", 1)], kind="laser") == [("contact", "pus")]


@pytest.mark.parametrize(
    ("days", "value", "depth_mm", "flags"),
    [
        (1, 4.0, 1.0, [("expected", "redness")]),
        (5, 1.5, 1.0, [("watch", "slow_redness")]),
        (5, 1.5, 2.0, [("expected", "redness")]),
        (5, 2.5, 2.0, [("watch", "slow_redness")]),
        (9, 1.5, 1.0, [("watch", "long_redness")]),
        (20, 1.5, 1.0, [("contact", "lasting_redness")]),
    ],
)
def test_redness_is_judged_by_time_and_depth(days, value, depth_mm, flags):
    assert told([red(days, value)], depth_mm=depth_mm) == flags


@pytest.mark.parametrize("days", [1, 5, 9, 20])
def test_a_score_inside_its_noise_never_flags(days):
    readings = [red(days, 9.0, verdict) for verdict in ("no measurable change", "not measurable")]
    readings += [dark(days + 10, 9.0, "no measurable change")]
    assert told(readings, depth_mm=1.0) == []
    assert told([red(days, -3.0, "improved")], depth_mm=1.0) == []


def test_redness_that_rises_again_is_told():
    falling = [red(1, 5.0), red(2.5, 3.0), red(3, 1.5)]
    assert ("contact", "rising_redness") not in told(falling, depth_mm=1.5)
    rising = [red(1, 5.0), red(2.5, 1.5), red(3.5, 4.0)]
    assert ("contact", "rising_redness") in told(rising, depth_mm=1.5)
    within = [red(1, 5.0), red(2.5, 2.5), red(3.5, 3.0)]  # by less than can be detected
    assert ("contact", "rising_redness") not in told(within, depth_mm=1.5)


@pytest.mark.parametrize(
    ("days", "value", "fitzpatrick", "flags"),
    [
        (10, 2.0, 2, []),
        (28, 0.7, 2, [("watch", "darkening")]),
        (28, 1.2, 2, [("contact", "darkening")]),
        (28, 0.7, 5, [("contact", "darkening")]),
        (120, 2.0, 5, []),
    ],
)
def test_darkening_is_watched_from_week_2_to_14(days, value, fitzpatrick, flags):
    assert told([dark(days, value)], fitzpatrick=fitzpatrick) == flags


@pytest.mark.parametrize(
    ("days", "kind", "severity", "flag"),
    [
        (0.1, "trouble breathing", 1, ("emergency", "trouble_breathing")),
        (0.5, "swelling", 3, ("emergency", "severe_swelling")),
        (1.5, "swelling", 2, ("expected", "swelling")),
        (6, "swelling", 2, ("watch", "late_swelling")),
        (0.2, "bleeding", 1, ("expected", "bleeding")),
        (3, "bleeding", 1, ("contact", "late_bleeding")),
        (0.5, "pain", 3, ("watch", "severe_pain")),
        (3, "pain", 2, ("contact", "late_pain")),
        (1, "fever", 1, ("contact", "fever")),
        (2, "blisters", 1, ("contact", "blisters")),
        (5, "itch", 2, ("contact", "late_itch")),
        (60, "nodules", 1, ("contact", "nodules")),
    ],
)
def test_symptoms_are_judged_by_when_they_come(days, kind, severity, flag):
    assert told(symptoms=[(days, kind, severity)]) == [flag]


def test_a_rash_with_severe_swelling_is_an_emergency_on_any_day():
    assert told(symptoms=[(3, "swelling", 3), (3, "rash", 2)])[0][0] == "emergency"


@pytest.mark.parametrize("days", [20, 200])
def test_what_is_usual_at_first_says_nothing_long_after(days):
    assert told(symptoms=[(days, "swelling", 2), (days, "pain", 2)]) == []


def untreated(*signs):
    found = flags_of_symptoms(None, [(after(days), kind, level) for days, kind, level in signs])
    return [(flag.level, flag.code) for flag in in_order(found)]


def test_signs_that_always_count_need_no_treatment():
    assert untreated((-3, "pus", 1), (-2, "swelling", 2), (-1, "eye trouble", 1)) == [
        ("contact", "eye_trouble"),
        ("contact", "pus"),
    ]
    assert ("contact", "fever") in told(symptoms=[(30, "fever", 2)])


@pytest.mark.parametrize("days", [-5, 0, 0.2, 1.5, 3, 6, 20, 200])
@pytest.mark.parametrize("kind", get_args(SymptomKind))
def test_nothing_severe_is_called_usual_or_passed_over(days, kind):
    told_of = untreated if days < 0 else lambda sign: told(symptoms=[sign])
    levels = {level for level, _ in told_of((days, kind, 3))}
    assert levels
    assert "expected" not in levels
    if kind in ("swelling", "trouble breathing"):
        assert levels == {"emergency"}


def test_hives_within_a_day_are_an_emergency():
    assert told(symptoms=[(0.05, "rash", 3)]) == [("emergency", "severe_rash")]
    assert told(symptoms=[(5, "rash", 3)]) == [("contact", "severe_rash")]


def test_what_was_felt_on_the_day_counts_as_felt_after_it():
    assert told(symptoms=[(-0.2, "swelling", 1)]) == [("expected", "swelling")]


def test_redness_long_after_a_treatment_is_not_the_treatments():
    assert ("contact", "lasting_redness") in told([red(80, 3.0)])
    assert told([red(120, 3.0)]) == []


def test_the_next_treatment_of_a_course_does_not_hide_what_the_first_did():
    """Every four weeks; each session is as red as before the treatment it follows."""
    begun = AT - timedelta(days=28)
    assert told([red(20, 0.1, "no measurable change")], overall=[red(20, 3.0)], begun=begun) == [
        ("contact", "lasting_redness")
    ]
    assert told([], overall=[dark(20, 1.8)], begun=begun) == [("contact", "darkening")]
    weekly = told([red(6, 0.1)], overall=[red(6, 3.0)], begun=begun, depth_mm=0.25)
    assert ("contact", "lasting_redness") in weekly
    assert told([red(2, 3.0)], overall=[red(2, 3.0)], begun=begun, depth_mm=1.5) == [
        ("expected", "redness")
    ]


def test_redness_that_only_wavers_is_not_called_rising():
    """Constant at two smallest detectable changes, a photo a day; noise as the verdicts know it."""
    rng, alarms = random.Random(1), 0
    for _ in range(1000):
        values = [2.0 + rng.gauss(0, 0.36) for _ in range(13)]
        readings = [red(day + 1, value) for day, value in enumerate(values)]
        alarms += any(code == "rising_redness" for _, code in told(readings, depth_mm=1.0))
    assert alarms < 50
    assert ("contact", "rising_redness") in told([red(1, 3.0), red(2.5, 1.2), red(5, 4.5)])


def test_redness_that_does_not_fall_is_watched():
    assert ("watch", "not_falling") in told([red(1, 3.0), red(2.5, 3.1)], depth_mm=1.0)
    assert ("watch", "not_falling") not in told([red(1, 3.0), red(2.5, 2.0)], depth_mm=1.0)


def test_a_patch_is_named():
    patch = Reading(after(60), "hyperpigmentation", 3.0, 1.0, "worse", "left cheek", "relative")
    (flag,) = flags_of_pigment(Treated(AT), [patch], AT)
    assert "left cheek" in flag.text
    assert flag.level == "contact"


def test_needles_that_heat_are_told_of():
    heated = Treated(AT, device="Brand RF needling")
    assert any("burns" in row.text for row in recovery.expected_after(heated))
    assert not any("burns" in row.text for row in recovery.expected_after(Treated(AT)))
    assert ("contact", "burn") in told(symptoms=[(2, "burn", 1)])


def test_emergencies_come_first_then_what_is_latest():
    symptoms = [(0.1, "bleeding", 1), (2, "pus", 1), (3, "fever", 1), (0.2, "trouble breathing", 2)]
    levels = told([red(1, 3.0)], symptoms, depth_mm=1.0)
    assert [code for _, code in levels] == [
        "trouble_breathing",
        "fever",
        "pus",
        "redness",
        "bleeding",
    ]


def test_photos_within_two_weeks_show_no_result():
    assert recovery.is_too_early(after(13), [AT])
    assert not recovery.is_too_early(after(14), [AT])
    assert not recovery.is_too_early(after(-1), [AT])
    assert [(day - AT).days for day in recovery.results_due(AT)] == [28, 84, 168]


def test_aftercare_goes_by_the_day_and_the_place():
    clinic, home = Treated(AT), Treated(AT, setting="home")
    first, second = (
        recovery.aftercare_on(clinic, after(0.5)),
        recovery.aftercare_on(clinic, after(3)),
    )
    assert any("make-up" in line for line in first)
    assert not any("make-up" in line for line in second)
    assert any("sunscreen" in line for line in second)
    assert any("sterile needles" in line for line in recovery.aftercare_on(home, after(0.5)))
    assert not any("sterile needles" in line for line in first)
    assert (
        recovery.aftercare_on(clinic, after(-1)) == recovery.aftercare_on(clinic, after(20)) == ()
    )


def test_preparation_asks_more_of_those_at_risk():
    light, dark_skin = recovery.preparation(2), recovery.preparation(5)
    assert set(light) < set(dark_skin)
    text = " ".join(light)
    for word in ("two weeks", "SPF 30", "retinoids", "isotretinoin", "keloids", "melasma"):
        assert word in text
    assert set(light) < set(recovery.preparation(2, "home"))
