"""How well the photos were taken is told as a level, with what would have shown smaller changes."""

import pytest
from pytest import approx

from builders import pair, skin
from skindelta.gate import find_differences
from skindelta.noise import Differences, noise_of
from skindelta.protocol import LEVELS, protocol_of


def protocol(reference="scene", **measured):
    both = pair(skin(), skin(), reference=reference)
    differences = Differences(**measured)
    findings = find_differences(both, differences, "light")
    return protocol_of(both, differences, "light", findings)


def noise_at(reference, **measured):
    kind = ("redness", "absolute", reference, "skin", "light")
    return noise_of(*kind, Differences(**measured)).sdc


def test_a_reference_that_was_turned_down_is_not_advised():
    both = pair(skin(), skin(), reference="skin")
    assert protocol_of(both, Differences(), "light", (), "skin").steps == ()
    steps = protocol_of(both, Differences(), "light", (), "auto").steps
    assert [step.code for step in steps] == ["grey", "card"]  # a close-up has no scene


@pytest.mark.parametrize("reference", LEVELS)
def test_the_level_is_the_rung_of_the_ladder(reference):
    told = protocol(reference)
    assert told.level == LEVELS.index(reference)
    assert told.highest == 4
    assert told.reference == reference


def test_each_step_says_what_could_be_detected_without_it():
    told = protocol(light_color=2.0)
    step = next(step for step in told.steps if step.code == "card")
    now, then = step.sdc["redness absolute"]
    assert now == approx(noise_at("scene", light_color=2.0))
    assert then == approx(noise_at("card", light_color=0.15))
    assert then < now
    assert set(step.sdc) == {"redness absolute", "hyperpigmentation absolute"}
    assert "light_color" not in {step.code for step in told.steps}  # the card says it


def test_what_was_not_measurable_is_told_from_nothing():
    told = protocol("skin", light_direction=0.3)
    steps = {step.code: step for step in told.steps}
    assert steps["card"].sdc["redness absolute"][0] is None
    assert steps["light_direction"].sdc["texture absolute"][0] is None
    assert all(then > 0 for step in told.steps for _, then in step.sdc.values())


def test_what_is_hardly_worth_it_is_not_told():
    assert protocol("card").steps == ()
    assert protocol("card", focus=0.05, light_color=0.16).steps == ()
    assert {step.code for step in protocol("scene", light_color=0.1).steps} <= {"card", "grey"}


def test_steps_never_make_it_worse():
    for reference in LEVELS:
        told = protocol(reference, light_color=1.5, expression=0.2, distance=0.2, focus=0.4)
        for step in told.steps:
            for now, then in step.sdc.values():
                assert now is None or then < now
