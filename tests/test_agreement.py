"""Agreement equals what was published, and its intervals cover what they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from skindelta.learning.agreement import (
    FEWEST,
    Estimate,
    Unknown,
    Z,
    attainable_rmse,
    bias,
    ceiling,
    cohen_kappa,
    icc_2_1,
    icc_2_k,
    icc_from_components,
    limits_of_agreement,
    mean_of_raters,
    share,
    weighted_kappa,
    within_sd,
)

# Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428, Table 2: six targets, four judges.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)

# Bland & Altman (1986), Lancet 327, 307-310, Table I: peak expiratory flow, l/min, two readings by
# each of two meters; printed again at www-users.york.ac.uk/~mb55/meas/repeated.htm.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
WRIGHT_AGAIN = [490, 397, 512, 401, 470, 611, 415, 431, 638, 429, 420, 633, 275, 492, 165, 372, 421]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
MINI_AGAIN = [525, 415, 508, 444, 500, 625, 460, 390, 642, 432, 420, 605, 227, 467, 268, 370, 443]

# Hout, Duncan & Sobel (1987), Sociol. Methodol. 17, 145-184; Agresti (1990): 91 couples, four
# ordered answers. The R package vcd prints kappa 0.1293 (ASE 0.0686), with equal spacing 0.2374
# (ASE 0.0783); its source holds the formula of Fleiss, Cohen & Everitt.
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
# SAS/STAT User's Guide, PROC FREQ, "Agreement Study": two dermatologists, 88 patients' skin from
# terrible to clear.
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
# Gwet, R package irrCAC, cont3x3abstractors: printed 0.796 (0.680 to 0.913), with linear weights
# 0.843 (0.748 to 0.938), with quadratic ones 0.892 (0.822 to 0.962), by Student's t of 99.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# PROC FREQ as printed and quoted in the tests of statsmodels (test_inter_rater.py): linear weights
# 0.4701, ASE 0.1457. It has 19 subjects, one less than what has an interval here.
PRINTED = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
# Penn State, STAT 509, 18.7: two radiologists, 85 mammograms, normal to cancer; 0.57 (0.44 to 0.70)
# with linear weights.
MAMMOGRAMS = [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]

ICC = 0.6
RNG = np.random.default_rng


def pairs_of(table):
    """Answers of two raters, from a table of counts."""
    at = np.argwhere(np.array(table) > 0)
    rows = np.repeat(at, [table[i][j] for i, j in at], axis=0)
    return rows[:, 0].tolist(), rows[:, 1].tolist()


def error_of(x):
    """Large-sample standard error, from the interval."""
    return (x.high - x.low) / 2 / Z


def kappa_by_hand(table, power):
    """Kappa and its standard error once more: disagreement, and the jackknife of its influence."""
    n = np.sum(table)
    v = np.abs(np.subtract.outer(range(len(table)), range(len(table)))) ** power

    def kappa(p):
        return 1 - (v * p).sum() / (v * np.outer(p.sum(1), p.sum(0))).sum()

    p, step, spread = np.array(table) / n, 1e-6, []
    for i, j in np.argwhere(p > 0):
        moved = (1 - step) * p
        moved[i, j] += step
        spread.append((p[i, j], (kappa(moved) - kappa(p)) / step))
    return kappa(p), np.sqrt(sum(w * influence**2 for w, influence in spread) / n)


def graded(rng, targets, raters, biased=0.1):
    """Ratings with an ICC(2,1) of 0.6: biases are a tenth of the variance."""
    t = rng.normal(size=(targets, 1)) * np.sqrt(ICC)
    r = rng.normal(size=(1, raters)) * np.sqrt(biased)
    return t + r + rng.normal(size=(targets, raters)) * np.sqrt(1 - ICC - biased)


def holes(rng, ratings, share):
    """Each rater leaves out a part of the targets, every target keeping two raters or more."""
    gone = rng.random(ratings.shape) < share
    keep = np.argsort(rng.random(ratings.shape), axis=1)[:, :2]
    np.put_along_axis(gone, keep, False, axis=1)
    return np.where(gone, np.nan, ratings)


def anova_icc(x):
    """ICC(2,1) by the formulas of Shrout and Fleiss (1979), Table 1 and page 423."""
    n, k = x.shape
    grand = x.mean()
    bms = k * ((x.mean(1) - grand) ** 2).sum() / (n - 1)
    jms = n * ((x.mean(0) - grand) ** 2).sum() / (k - 1)
    left = x - x.mean(1, keepdims=True) - x.mean(0) + grand
    ems = (left**2).sum() / (n - 1) / (k - 1)
    return (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n), (bms, jms, ems)


# ICC


def test_icc_is_that_of_shrout_and_fleiss():
    found = icc_2_1(JUDGES)
    assert found.value == approx(0.29, abs=0.005)  # their Table 4
    assert found[1:3] == approx((0.019, 0.761), abs=5e-4)  # psych::ICC in R: 0.019 and 0.76
    assert found.n == 6


def test_icc_of_the_mean_of_four_judges_is_that_of_shrout_and_fleiss():
    found = icc_2_k(JUDGES)
    assert found.value == approx(0.62, abs=0.005)  # their Table 4
    assert found[1:3] == approx((0.071, 0.927), abs=5e-4)  # psych::ICC in R: 0.071 and 0.93


def test_mean_squares_are_those_of_shrout_and_fleiss():
    value, squares = anova_icc(JUDGES)
    assert squares == approx((11.24, 32.49, 1.02), abs=0.005)  # their Table 3
    assert icc_2_1(JUDGES).value == approx(value)


@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(2, 5))
@settings(deadline=None, max_examples=40)
def test_components_are_the_analysis_of_variance_where_all_is_there(seed, targets, raters):
    x = RNG(seed).normal(size=(targets, raters)) + RNG(seed + 1).normal(size=(targets, 1))
    assert icc_from_components(x).value == approx(anova_icc(x)[0], abs=1e-9)
    assert icc_from_components(x) == icc_2_1(x)


@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 20))
@settings(deadline=None, max_examples=40)
def test_icc_does_not_ask_who_is_who_nor_for_the_unit(seed, shift, scale):
    rng = RNG(seed)
    x = holes(rng, graded(rng, 15, 4), 0.3)
    expected = icc_from_components(x)
    mixed = x[rng.permutation(15)][:, rng.permutation(4)]
    assert icc_from_components(mixed) == approx(expected, abs=1e-9)
    assert icc_from_components(x * scale + shift) == approx(expected, abs=1e-7)
    assert icc_from_components(np.column_stack([x, np.full(15, np.nan)])) == approx(expected)


def test_targets_of_a_single_rater_say_nothing_of_agreement():
    alone = np.full((5, 4), np.nan)
    alone[:, 2] = 40
    assert icc_from_components(np.vstack([JUDGES, alone])) == icc_2_1(JUDGES)


def test_components_of_an_incomplete_table_are_unbiased():
    rng = RNG(2)
    found = [icc_from_components(holes(rng, graded(rng, 200, 8), 0.5)).value for _ in range(60)]
    # 60 estimates scatter by about 0.05: raters are eight.
    assert np.mean(found) == approx(ICC, abs=0.025)


@pytest.mark.parametrize("left_out", [0.0, 0.5])
def test_intervals_hold_the_truth_in_95_of_100(left_out):
    rng, runs = RNG(5), 400
    tables = [holes(rng, graded(rng, 40, 4), left_out) for _ in range(runs)]
    iccs = [icc_from_components(x) for x in tables]
    misses = [attainable_rmse(x) for x in tables]
    # 400 draws of 95 %: 3.3 standard errors are 3.6 points.
    assert np.mean([x.low <= ICC <= x.high for x in iccs]) == approx(0.95, abs=0.036)
    truth = np.sqrt(1 - ICC)
    assert np.mean([x.low <= truth <= x.high for x in misses]) == approx(0.95, abs=0.036)


def test_missing_ratings_are_for_the_components():
    x = JUDGES.copy()
    x[0, 0] = np.nan
    with pytest.raises(ValueError, match="expected complete ratings, got 1 missing"):
        icc_2_1(x)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1.0], [2.0], [3.0]], "fewer than two targets"),
        ([[1.0, 2.0]], "fewer than two targets"),
        ([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], "never differed on 3"),
        ([[2.0, 2.0], [2.0, 2.0]], "never differed on 2"),
        ([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]], "graded alike"),
        ([[1.0, 2.0, np.nan], [np.nan, 2.0, 3.0]], "too few targets"),
        (np.zeros((0, 3)), "fewer than two targets"),
    ],
)
def test_what_cannot_be_told_says_why(ratings, reason):
    found = icc_from_components(ratings)
    assert isinstance(found, Unknown)
    assert reason in found.reason
    assert ceiling(found, 3) == mean_of_raters(found, 3) == found


# What is left for a model


def test_a_perfect_model_reaches_the_root_of_the_agreement():
    icc = Estimate(0.6, 0.4, 0.75, 50)
    assert ceiling(icc).value == approx(0.77, abs=0.005)
    assert ceiling(icc, 3).value == approx(0.90, abs=0.005)
    assert ceiling(Estimate(-0.1, -0.3, 0.2, 9))[:2] == (0, 0)


def test_a_model_that_knows_the_truth_does_as_foretold():
    rng = RNG(11)
    t = rng.normal(size=(50_000, 1))
    x = t + 0.5 * rng.normal(size=(50_000, 3))  # ICC 0.8
    icc = icc_2_1(x)
    truth, mean = t[:, 0], x.mean(1)
    assert np.corrcoef(truth, x[:, 0])[0, 1] == approx(ceiling(icc).value, abs=0.005)
    assert np.corrcoef(truth, mean)[0, 1] == approx(ceiling(icc, 3).value, abs=0.005)
    assert np.std(truth - mean) == approx(attainable_rmse(x, 3).value, abs=0.005)


def test_the_rmse_that_is_left_is_the_mean_square_within_targets():
    assert attainable_rmse(JUDGES).value ** 2 == approx(6.26, abs=0.005)  # Shrout & Fleiss, Table 3
    assert attainable_rmse(JUDGES, 4).value == approx(attainable_rmse(JUDGES).value / 2)


# Kappa


def test_kappa_is_that_of_vcd():
    found = cohen_kappa(*pairs_of(COUPLES))
    assert (found.value, error_of(found)) == approx((0.1293, 0.0686), abs=5e-5)
    linear = weighted_kappa(*pairs_of(COUPLES), range(4), "linear")
    assert (linear.value, error_of(linear)) == approx((0.23738, 0.07832), abs=5e-6)


def test_kappa_of_two_dermatologists_is_that_of_sas():
    found = cohen_kappa(*pairs_of(SKIN))
    assert (found.value, error_of(found)) == approx((0.3449, 0.0724), abs=5e-5)
    assert found[1:3] == approx((0.2030, 0.4868), abs=5e-5)


def test_weighted_kappas_are_those_of_irrcac():
    first, second = pairs_of(ABSTRACTORS)
    t = 1.98422  # Student's of 99 degrees of freedom, which irrCAC takes
    for found, value, low, high in (
        (cohen_kappa(first, second), 0.796, 0.680, 0.913),
        (weighted_kappa(first, second, range(3), "linear"), 0.843, 0.748, 0.938),
        (weighted_kappa(first, second, range(3)), 0.892, 0.822, 0.962),
    ):
        half = t * error_of(found)
        assert (found.value, found.value - half, found.value + half) == approx(
            (value, low, high), abs=6e-4
        )


def test_weighted_kappa_of_two_radiologists_is_that_of_penn_state():
    found = weighted_kappa(*pairs_of(MAMMOGRAMS), range(4), "linear")
    assert found[:3] == approx((0.57, 0.44, 0.70), abs=0.005)


def test_weighted_kappa_is_that_of_sas():
    first, second = (4 * x for x in pairs_of(PRINTED))  # four times as many, half the error
    found = weighted_kappa(first, second, range(3), "linear")
    assert (found.value, 2 * error_of(found)) == approx((0.4701, 0.1457), abs=6e-5)


@pytest.mark.parametrize("table", [COUPLES, SKIN, MAMMOGRAMS, ABSTRACTORS])
@pytest.mark.parametrize(("weights", "power"), [("linear", 1), ("quadratic", 2)])
def test_the_error_of_kappa_is_that_of_its_influence(table, weights, power):
    found = weighted_kappa(*pairs_of(table), range(len(table)), weights)
    assert (found.value, error_of(found)) == approx(kappa_by_hand(table, power), abs=2e-5)


def test_levels_that_nobody_gave_and_the_unit_do_not_matter():
    first, second = pairs_of(SKIN)
    expected = weighted_kappa(first, second, range(4))
    assert weighted_kappa(first, second, range(-3, 9)) == approx(expected)
    tens = [10 * x for x in first], [10 * x for x in second]
    assert weighted_kappa(*tens, [0, 10, 20, 30]) == approx(expected)
    assert weighted_kappa(second, first, range(4)) == approx(expected)


def test_kappa_without_an_interval_says_why():
    grades = list(range(5)) * 8
    assert "never differed on 40" in weighted_kappa(grades, grades, range(5)).reason
    assert "never differed on 40" in cohen_kappa([1] * 40, [1] * 40).reason
    few = list(range(FEWEST - 1))
    assert f"{FEWEST} are needed" in weighted_kappa(few, few[::-1], few).reason
    assert "0 targets" in weighted_kappa([], [], []).reason
    with pytest.raises(ValueError, match="not in list"):
        weighted_kappa([7] * FEWEST, [1] * FEWEST, [1, 2])


# Shares


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_are_those_of_newcombe(hits, of, low, high):
    """Stat. Med. 17 (1998), 857-872, Table I, method 3."""
    assert share(hits, of)[1:3] == approx((low, high), abs=5e-5)
    assert share(of - hits, of)[1:3] == approx((1 - high, 1 - low), abs=5e-5)


def test_a_share_of_none_is_unknown():
    assert isinstance(share(0, 0), Unknown)


# Differences


def test_limits_of_agreement_are_those_of_bland_and_altman():
    found = limits_of_agreement(WRIGHT, MINI)
    sd = (found.high.value - found.bias.value) / Z
    assert (found.bias.value, sd) == approx((-2.1, 38.8), abs=0.05)
    # They take 2 SD, of rounded numbers.
    ends = found.bias.value - 2 * sd, found.bias.value + 2 * sd
    assert ends == approx((-79.7, 75.5), abs=0.1)
    assert found.bias[1:3] == approx((-22.0, 17.8), abs=0.06)
    wide = 114.3 - 79.7  # of the interval of a limit, -114.3 to -45.1
    assert found.low.high - found.low.value == approx(wide, abs=0.1)
    assert found.high.high - found.high.value == approx(wide, abs=0.1)


def test_bias_is_told_against_the_mean_of_the_others():
    found = bias(np.column_stack([WRIGHT, MINI]))
    assert found[0] == approx(limits_of_agreement(WRIGHT, MINI).bias)
    assert found[1].value == approx(-found[0].value)
    third = bias(JUDGES)[2]
    assert third.value == approx(np.mean(JUDGES[:, 2] - JUDGES[:, [0, 1, 3]].mean(1)))


def test_bias_is_found_where_raters_saw_other_targets():
    rng = RNG(3)
    x = holes(rng, graded(rng, 300, 4, biased=0), 0.4)
    x[:, 1] += 0.5
    found = bias(x)
    assert found[1].low < 0.5 < found[1].high
    assert found[1].low > 0
    lonely = np.column_stack([x, np.full(300, np.nan)])
    assert isinstance(bias(lonely)[4], Unknown)


def test_differences_that_never_vary_have_no_interval():
    assert "no spread" in limits_of_agreement([1, 2, 3], [2, 3, 4]).reason
    assert "no spread" in limits_of_agreement([1], [2]).reason
    assert all(isinstance(x, Unknown) for x in bias([[1, 1], [2, 2]]))


@pytest.mark.parametrize(
    ("first", "again", "printed"), [(WRIGHT, WRIGHT_AGAIN, 21.6), (MINI, MINI_AGAIN, 28.2)]
)
def test_scatter_is_the_repeatability_of_bland_and_altman(first, again, printed):
    """Their coefficients of repeatability are twice 21.6 and 28.2 l/min, differences about 0."""
    found = within_sd(list(zip(first, again, strict=True)))
    assert found.value * np.sqrt(2) == approx(printed, abs=0.05)
    assert found.n == 17


def test_scatter_takes_any_number_of_repeats():
    rng = RNG(9)
    truth, misses = 0.7, 0
    for _ in range(300):
        grades = [truth * rng.normal(size=m) + 5 * rng.normal() for m in (1, 2, 2, 3, 4)]
        found = within_sd(grades)
        assert found.n == 4
        misses += not found.low <= truth <= found.high
    assert misses / 300 == approx(0.05, abs=0.041)  # 3.3 standard errors


def test_scatter_without_repeats_or_without_difference_is_unknown():
    assert "twice" in within_sd([[1], [2]]).reason
    assert "never differed on 2" in within_sd([[1, 1], [2, 2]]).reason
