"""Several shots become one value, and neither their noise nor chance is called a change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from skindelta.history.statistics import (
    ENOUGH,
    OwnNoise,
    Z,
    agreeing,
    own_noise,
    robust_mean,
    trend_of,
)

SHOTS = st.lists(st.floats(-20, 20), min_size=1, max_size=7)
RNG = np.random.default_rng


@given(SHOTS, st.floats(0.01, 5))
def test_the_mean_lies_among_its_shots_and_turns_with_their_sign(values, sigma):
    mean = robust_mean(values, sigma)
    assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
    assert robust_mean([-v for v in values], sigma) == approx(-mean, abs=1e-6)


@given(SHOTS, st.floats(-50, 50), st.floats(0.1, 3))
def test_the_mean_moves_with_its_shots(values, shift, sigma):
    moved = robust_mean([v + shift for v in values], sigma)
    assert moved == approx(robust_mean(values, sigma) + shift, abs=1e-5)


def test_one_shot_that_went_wrong_weighs_little():
    assert robust_mean([1.0, 1.1, 9.0], sigma=0.5) == approx(1.15, abs=0.15)
    assert robust_mean([1.0, 1.2, 1.4], sigma=0.5) == approx(1.2)
    assert robust_mean([1.0, 3.0], sigma=0.5) == 2.0


def test_the_mean_of_good_shots_is_nearly_as_sharp_as_the_plain_one():
    values = RNG(1).normal(0, 1, (4000, 3))
    robust = np.std([robust_mean(row, 3.0) for row in values])
    assert robust < 1.08 * values.mean(axis=1).std()


def test_little_spread_is_no_own_noise():
    assert own_noise([[1.0]] * 40) is None
    few, enough = own_noise([[1.0, 1.1, 0.9]] * 2), own_noise([[1.0, 1.1, 0.9]] * 3)
    assert (few.is_enough, enough.is_enough, enough.freedom) == (False, True, ENOUGH)
    assert few.sdc(Z, 3) == Z
    assert enough.sdc(Z, 3) < Z


def test_own_noise_and_its_bounds_are_those_of_chi_square():
    rng = RNG(2)
    known = 0.7
    found = [own_noise(rng.normal(0, known, (4, 3)).tolist()) for _ in range(2000)]
    assert np.mean([one.sigma**2 for one in found]) == approx(known**2, rel=0.05)
    assert np.mean([one.low <= known for one in found]) == approx(0.95, abs=0.015)
    assert np.mean([one.high >= known for one in found]) == approx(0.95, abs=0.015)
    one = found[0]
    assert one.low**2 == approx(8 * one.sigma**2 / stats.chi2.ppf(0.95, 8))


@pytest.mark.parametrize("within", [0.1, 0.4, 0.7, 0.95, 1.5, 2.5])
@pytest.mark.parametrize("shots", [2, 3, 5])
def test_unchanged_skin_is_called_changed_in_one_of_twenty_at_most(within, shots):
    """1 is the σ of one comparison; who repeats worse than others is not called changed more."""
    rng = RNG(round(100 * within) + shots)
    between = max(0.0, 1.0 - within**2) ** 0.5
    alarms, people, sessions = 0, 3000, 6
    for _ in range(people):
        values = rng.normal(0, within, (sessions, shots)) + rng.normal(0, between, (sessions, 1))
        own = own_noise(values.tolist())
        limit = Z if own is None else own.sdc(Z, shots)
        alarms += abs(values[0].mean()) > limit
    assert alarms / people < 0.05 + 3 * (0.05 * 0.95 / people) ** 0.5


@pytest.mark.parametrize(
    ("within", "shots", "most"),
    [
        (0.4, 3, 0.05),
        (1.0, 3, 0.05),
        (1.5, 3, 0.05),
        (2.5, 3, 0.08),
        (2.5, 5, 0.05),
        (2.5, 2, 0.17),
    ],
)
def test_few_shots_that_scatter_widen_what_is_detectable(within, shots, most):
    """One later session: of two shots little is known, of three enough not to be fooled often."""
    rng = RNG(shots)
    between = max(0.0, 1.0 - within**2) ** 0.5
    alarms, people = 0, 3000
    for _ in range(people):
        values = rng.normal(0, within, shots) + rng.normal(0, between)
        alarms += abs(values.mean()) > own_noise([values.tolist()]).sdc(Z, shots)
    assert alarms / people < most


def test_a_shot_far_from_others_that_agree_is_left_out():
    assert agreeing([2.0, 2.2, 9.0], 0.5) == [True, True, False]
    assert agreeing([-3.0, 1.5, 6.0], 0.5) == [True] * 3  # nothing agrees: all of it is noise
    assert agreeing([2.0, 9.0], 0.5) == [True, True]
    assert agreeing([1.0], 0.5) == [True]


def test_more_shots_that_repeat_well_narrow_and_bad_ones_widen():
    calm, restless = OwnNoise(0.6, 0.5, 0.8, 12), OwnNoise(2.0, 1.5, 3.0, 12)
    assert calm.sdc(Z, 3) < Z
    assert calm.sdc(Z, 5) < calm.sdc(Z, 3)
    assert calm.sdc(Z, 1000) > 0.7 * Z  # what differs between sessions stays
    assert restless.sdc(Z, 3) > Z


def test_a_slope_is_found_again():
    days = np.arange(0, 180, 20.0)
    found = trend_of(days, -0.5 * days / 28, np.full(9, 0.3))
    assert found.slope == approx(-0.5)
    assert found.low < -0.5 < found.high < 0
    assert found.is_beyond_noise
    assert found.sessions == 9
    assert found.scatter == approx(0, abs=1e-9)
    assert found.ends == ((0, approx(0, abs=1e-9)), (160, approx(-0.5 * 160 / 28)))


def test_a_session_with_a_wide_interval_counts_little():
    days, values = [0, 30, 60, 90, 120.0], [0, 0, 0, 0, 8.0]
    sharp = trend_of(days, values, [0.5] * 5)
    vague = trend_of(days, values, [0.5] * 4 + [50.0])
    assert abs(vague.slope) < 0.01 * sharp.slope


def test_few_sessions_or_one_day_give_no_trend():
    assert trend_of([0, 10, 20], [0, 1, 2], [1, 1, 1]) is None
    assert trend_of([5, 5, 5, 5.2], [0, 1, 2, 3], [1, 1, 1, 1]) is None


@pytest.mark.parametrize("count", [4, 6, 12, 40])
@pytest.mark.parametrize("more", [1.0, 2**0.5, 2.0])
def test_noise_alone_hardly_ever_gives_a_trend(count, more):
    """All share the error of the baseline. At 1 differences are as noisy as their intervals say,
    at the root of 2 each session is by itself, at 2 sessions scatter more than they should.
    """
    rng = RNG(count)
    days = np.sort(rng.uniform(0, 300, count))
    days[0] = 0
    alarms, trials = 0, 3000
    for _ in range(trials):
        skin = rng.normal(0, more / 2**0.5, count)  # of each session; a difference has two of them
        alarms += trend_of(days, skin - skin[0], np.ones(count)).is_beyond_noise
    allowed = 0.01 if more < 2 else 0.05  # of four sessions twice as noisy not every one is found
    assert alarms / trials < allowed + 3 * (allowed * (1 - allowed) / trials) ** 0.5


def test_scatter_beyond_the_noise_widens_the_interval():
    days, jumps = np.arange(8) * 14.0, np.array([0, 2, -2, 2, -2, 2, -2, 2.0])
    small, large = (trend_of(days, jumps, np.full(8, sigma)) for sigma in (0.2, 4.0))
    assert small.scatter > 1 > large.scatter
    assert not small.is_beyond_noise
