"""The noise table: parts of a variance are found again, quantiles cover new people."""

import sys
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from noise import pairs, quantiles, variances  # noqa: E402


def rows(names):
    return [{"person": name} for name in names]


@pytest.mark.parametrize(("base", "slope"), [(0.4, 4.0), (1.0, 0.0), (0.2, 8.0)])
def test_base_and_slope_are_found_again(base, slope):
    rng = np.random.default_rng(0)
    difference = rng.uniform(0, 0.2, 4000)
    values = rng.normal(0, np.hypot(base, slope * difference))
    columns = np.column_stack([np.ones(4000), difference**2])
    found = np.sqrt(variances.variances(values**2, columns, np.ones(4000)))
    assert found[0] == approx(base, rel=0.1)
    assert found[1] == approx(slope, rel=0.15, abs=1.0)


def test_one_outlier_does_not_make_the_base():
    values = np.random.default_rng(1).normal(0, 1, 60)
    ones = np.ones((60, 1))
    calm = variances.variances(values**2, ones, np.ones(60))[0]
    values[0] = 30.0
    assert variances.variances(values**2, ones, np.ones(60))[0] < 1.5 * calm


def test_each_person_has_one_vote():
    ratios = np.array([1.0, 2.0, 3.0, 4.0])
    alone = quantiles.conformal(ratios, rows("abcd"))
    repeated = np.concatenate([ratios, np.full(50, 1.0)])
    assert quantiles.conformal(repeated, rows([*"abcd", *["a"] * 50])) == alone


def test_the_quantile_covers_new_people():
    rng = np.random.default_rng(2)
    names = rows([str(k) for k in range(60)])
    covered = []
    for _ in range(400):
        quantile = quantiles.conformal(np.abs(rng.normal(size=60)), names)
        covered.append(np.mean(np.abs(rng.normal(size=200)) <= quantile))
    assert np.mean(covered) >= 0.95


def test_the_upper_limit_is_not_below_the_quantile():
    ratios, names = np.abs(np.random.default_rng(3).normal(size=60)), rows(map(str, range(60)))
    assert quantiles.upper_limit(ratios, names) >= quantiles.conformal(ratios, names)


def test_a_large_group_that_misses_too_often_gets_its_own_quantile():
    rng = np.random.default_rng(4)
    measured = [
        {"person": str(k), "measured_tone": "light" if k < 30 else "medium"} for k in range(60)
    ]
    ratios = np.abs(rng.normal(size=60)) * np.where(np.arange(60) < 30, 0.2, 1)
    ratios[30:36] = 50.0  # a fifth of the medium group
    ratios[:30] = np.minimum(ratios[:30], 1)
    found = quantiles.by_tone(ratios, measured)
    assert found["medium"][0] >= found["light"][0]
    assert "dark" not in found


def test_nobody_of_the_locked_test_set_is_measured():
    people = pairs.people()
    assert len(people) == 60
    assert {person.split for person in people} == {"train", "calibration"}
