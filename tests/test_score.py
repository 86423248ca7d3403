"""Scores: means over regions, what control skin takes away, verdicts that follow from intervals."""

import re

import numpy as np
import pytest
from pytest import approx

import tolerances as tol
from builders import blob, normalized, pair, skin, with_labels
from skindelta.align import pair_with_itself
from skindelta.attributes import ATTRIBUTES, attribute
from skindelta.change import change_maps
from skindelta.color import linear_to_a
from skindelta.gate import find_differences
from skindelta.levels import score_levels
from skindelta.noise import Differences
from skindelta.score import score_changes, verdict_of
from skindelta.types import Finding


def scores_of(both, regions=None):
    if regions is not None:
        object.__setattr__(both, "regions", regions)
    scores = score_changes(both, change_maps(both))
    return {(s.attribute, s.basis, s.region): s for s in scores}


def halves(both):
    """The left half of the picture as a region of its own."""
    labels = np.ones(both.trust.shape, dtype=np.uint8)
    labels[:, : labels.shape[1] // 2] = 2
    return with_labels(both.regions, labels, ("skin", "left_half"))


def test_every_attribute_basis_and_region_has_its_row():
    both = pair(skin(), skin())
    rows = scores_of(both, halves(both))
    for name in ("redness", "hyperpigmentation"):
        for basis in ("relative", "absolute"):
            assert {(name, basis, "skin"), (name, basis, "left_half")} <= set(rows)
    assert ("texture", "absolute", "left_half") in rows


def test_a_change_of_all_skin_is_absolute_and_not_relative():
    before, after = skin(), skin(haemoglobin=0.1)
    rows = scores_of(pair(before, after))
    truth = float(np.mean(linear_to_a(after) - linear_to_a(before)))
    assert rows["redness", "absolute", "skin"].value == approx(truth, rel=tol.UNMIXED)
    assert rows["redness", "relative", "skin"].value == approx(0, abs=tol.A_STAR_NOISE)


def test_a_red_half_is_relative_redness_of_that_half():
    field = np.zeros((400, 480), dtype=np.float32)
    field[:, :160] = 0.3
    before, after = skin(), skin(haemoglobin=field)
    both = pair(before, after)
    rows = scores_of(both, halves(both))
    truth = float(np.mean((linear_to_a(after) - linear_to_a(before))[:, :240]))
    assert rows["redness", "relative", "left_half"].value == approx(truth, rel=0.1)
    assert rows["redness", "relative", "left_half"].verdict == "worse"


def test_new_dark_spots_are_counted_and_measured():
    spots = 0.5 * sum(blob((400, 480), (90 * k, 80 * k), 5) for k in (1, 2, 3, 4))
    details = scores_of(pair(skin(), skin(melanin=spots)))[
        "hyperpigmentation", "relative", "skin"
    ].details["spots"]
    assert details["after"]["count"] - details["before"]["count"] == 4
    assert details["after"]["area_mm2"] > details["before"]["area_mm2"]


@pytest.mark.parametrize("reference", ["skin", "none"])
def test_without_a_color_reference_no_absolute_color_is_told(reference):
    rows = scores_of(pair(skin(), skin(haemoglobin=0.1), reference=reference))
    for name in ("redness", "hyperpigmentation"):
        blind = rows[name, "absolute", "skin"]
        assert blind.value is None
        assert blind.verdict == "not measurable"
        assert "color reference" in blind.reason
        assert rows[name, "relative", "skin"].value is not None


def test_the_verdict_follows_from_the_interval():
    for amount in np.linspace(-0.2, 0.2, 9):
        after = skin(haemoglobin=float(amount), melanin=float(amount), relief=1 + float(amount))
        for s in scores_of(pair(skin(), after)).values():
            assert s.low <= s.value <= s.high
            beyond = abs(s.value) > s.sdc and not s.low <= 0 <= s.high
            assert (s.verdict in ("improved", "worse")) == beyond
            if s.verdict == "worse":
                assert s.value * attribute(s.attribute).direction < 0


def test_swapping_the_photos_changes_every_sign():
    before, after = skin(), skin(haemoglobin=0.05, melanin=0.03, relief=1.2, seed=0)
    forward, backward = scores_of(pair(before, after)), scores_of(pair(after, before))
    for key, s in forward.items():
        assert backward[key].value == approx(-s.value, rel=tol.EXACT)
        assert backward[key].low == approx(-s.high, rel=tol.EXACT)


def test_every_interval_says_what_it_rests_on():
    for s in scores_of(pair(skin(), skin())).values():
        assert s.reason is None
        assert re.search(r"photos of \d+ people", s.details["note"])


@pytest.mark.parametrize("value", np.linspace(-5, 5, 41))
@pytest.mark.parametrize(("half_width", "sdc"), [(1.0, 1.5), (1.5, 1.0), (1.0, 1.0), (2.5, 0.1)])
@pytest.mark.parametrize("direction", [-1, 1])
def test_a_verdict_never_contradicts_its_interval(value, half_width, sdc, direction):
    verdict = verdict_of(value, half_width, sdc, direction)
    excludes_zero = not value - half_width <= 0 <= value + half_width
    assert (verdict != "no measurable change") == (excludes_zero and abs(value) > sdc)
    if verdict == "improved":
        assert value * direction > 0
    if verdict == "worse":
        assert value * direction < 0


def test_a_difference_of_the_photos_widens_the_interval():
    both = pair(skin(), skin(haemoglobin=0.05))
    maps = change_maps(both)
    measured = Differences(light_color=2.0)
    findings = find_differences(both, measured, "light")
    key = ("redness", "absolute", "skin")
    wide, narrow = (
        {(s.attribute, s.basis, s.region): s for s in scores}[key]
        for scores in (
            score_changes(both, maps, measured, "light", findings),
            score_changes(both, maps),
        )
    )
    assert wide.sdc > narrow.sdc
    assert wide.value == narrow.value


def test_a_finding_that_blocks_makes_its_region_not_measurable_and_no_other():
    both = pair(skin(), skin())
    object.__setattr__(both, "regions", halves(both))
    blocks = Finding(
        "expression",
        "blocks",
        "it differs",
        "",
        1.0,
        0.5,
        attributes=("texture",),
        regions=("left_half",),
    )
    rows = {
        (s.attribute, s.region): s
        for s in score_changes(both, change_maps(both), findings=(blocks,))
        if s.attribute == "texture"
    }
    assert rows["texture", "left_half"].value is None
    assert rows["texture", "left_half"].reason == "it differs"
    assert rows["texture", "skin"].value is not None


def test_a_region_that_is_hardly_seen_is_not_measurable():
    both = pair(skin(), skin())
    labels = np.ones(both.trust.shape, dtype=np.uint8)
    labels[:5, :5] = 2
    rows = scores_of(both, with_labels(both.regions, labels, ("skin", "corner")))
    assert rows["redness", "relative", "corner"].verdict == "not measurable"
    assert "too little" in rows["redness", "relative", "corner"].reason


def test_a_blocked_band_gives_a_row_with_its_reason():
    rows = scores_of(pair(skin(), skin(), px_per_mm=2.0))
    blocked = rows["texture", "absolute", "skin"]
    assert blocked.value is None
    assert "pixels per mm" in blocked.reason


def test_levels_have_no_verdict_and_say_that_they_must_not_be_subtracted():
    alone = pair_with_itself(normalized(skin(haemoglobin=0.1), reference="none"))
    levels = score_levels(alone, change_maps(alone))
    assert {s.attribute for s in levels} == {a.name for a in ATTRIBUTES}
    for s in levels:
        assert s.verdict is None
        assert s.value is not None
        assert "subtract" in s.details["note"]
    redness = next(s for s in levels if s.attribute == "redness")
    assert redness.value == approx(float(np.mean(linear_to_a(alone.before))), abs=0.05)
