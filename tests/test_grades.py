"""Scores in grades of labels, and what speaks against a retrained model."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skindelta.grades import Link, graded, link_from
from skindelta.learning.promotion import reasons_against, speaks_against
from skindelta.models import find_card
from skindelta.types import Score

LINE = Link(0.5, (0.0, 2.0, 4.0), (0.0, 0.5, 2.0), 120)
NUMBERS = st.floats(-50, 50)


def score(**changes):
    plain = Score(
        attribute="redness",
        region="face",
        basis="absolute",
        value=-4.0,
        low=-6.0,
        high=-2.0,
        unit="a*",
        sdc=1.0,
        verdict="improved",
        reason=None,
        reference="scene",
        source="model clinic@1.0.0",
    )
    return replace(plain, **changes)


@given(NUMBERS, NUMBERS)
def test_a_link_is_odd_and_never_falls(first, second):
    low, high = sorted((first, second))
    assert LINE(-first) == -LINE(first)
    assert LINE(low) <= LINE(high)
    assert link_from(LINE.to_dict()) == LINE


def test_beyond_its_last_corner_a_link_goes_on_with_its_factor():
    assert LINE(6.0) - LINE(4.0) == pytest.approx(2 * 0.5)


def test_a_score_says_its_grades_with_their_interval():
    told = graded(score(), {"CEA redness": {"factor": 0.25}, "CEA texture": {"factor": 9.0}})
    assert told.details["grades"] == {"CEA": {"value": -1.0, "low": -1.5, "high": -0.5}}
    assert (
        told.details["note"]
        == "change of redness in grades of your labels: CEA -1.0 (-1.5 to -0.5)"
    )
    assert (told.value, told.verdict) == (-4.0, "improved")


def test_what_is_no_grade_says_nothing():
    missing = {"value": None, "low": None, "high": None, "verdict": "not measurable", "sdc": None}
    unknown = score(**missing, reason="too dark")
    links = {"CEA redness": {"factor": 0.25}}
    for plain in (unknown, score(attribute="texture")):
        assert graded(plain, links) is plain
    assert graded(score(), {"a* redness": {"factor": 1.0}}).details == score().details
    assert "note" not in graded(score(region="nose"), links).details


def gain(verdict, gained=0.1):
    base = {"verdict": verdict, "base": 1.0, "new": 1.0 - gained, "rows": 90, "people": 9}
    if verdict == "too few labels":
        return base
    return base | {"gain": gained, "low": gained - 0.05, "high": gained + 0.05}


def card(held_out, benchmark="not distinguishable", **more):
    told = {"held_out": {"all": gain(held_out), **more}, "benchmark": {"all": gain(benchmark)}}
    shipped = find_card("skindelta-base")
    return replace(shipped, name="clinic", data={"base": "skindelta-base@1.0.0"}, metrics=told)


def test_nothing_speaks_against_what_ships_or_is_better():
    assert reasons_against("skindelta-base") == []
    assert list(speaks_against(card("better"))) == []


@pytest.mark.parametrize(
    ("held_out", "benchmark", "words"),
    [
        ("worse", "not distinguishable", "it is worse on held-out people"),
        ("better", "worse", "it is worse on the frozen benchmark"),
        ("not distinguishable", "not distinguishable", "it is not distinguishable"),
        ("too few labels", "not distinguishable", "too few labels of held-out people"),
    ],
)
def test_what_is_worse_or_not_better_is_refused(held_out, benchmark, words):
    reasons = list(speaks_against(card(held_out, benchmark)))
    assert len(reasons) == 1
    assert reasons[0].startswith(words)


def test_one_attribute_that_is_worse_is_named():
    reasons = list(speaks_against(card("better", **{"CEA redness": gain("worse", -0.2)})))
    assert reasons == [
        "CEA redness: it is worse on held-out people (error 1 before, 1.2 now; nearer by -0.2 "
        "[-0.25, -0.15])"
    ]


def test_a_model_that_was_never_judged_is_refused():
    unjudged = replace(card("better"), metrics={})
    assert list(speaks_against(unjudged)) == ["it was never held against the model it came from"]


def test_a_line_through_points_is_a_line():
    assert np.allclose(LINE([0, 1, 2, 3, 4]), [0, 0.25, 0.5, 1.25, 2.0])
