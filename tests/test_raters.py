"""What labels say of their raters, whatever order they and their photos come in."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from skindelta.learning.agreement import (
    Estimate,
    Unknown,
    bias,
    ceiling,
    icc_2_1,
    icc_from_components,
    weighted_kappa,
)
from skindelta.learning.labels import Label
from skindelta.learning.raters import (
    Agreement,
    AgreementReport,
    agreement_report,
    band,
    self_agreement,
    told,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATERS = ("Anna", "Ben", "Cem")


def label(pair, rater, value=None, choice="", minute=0, **other):
    """Say something of a pair of photos."""
    given = dict(
        before=f"{pair}-a.jpg",
        after=f"{pair}-b.jpg",
        attribute="redness",
        region="left_cheek",
        scale="change" if value is not None else "choice",
        subject=str(pair),
        labelled_at=NOON + timedelta(minutes=int(minute)),
    )
    return Label(value=value, choice=choice, rater=rater, **(given | other))


def grades(seed, pairs=40, raters=3, left_out=0.0):
    """Grades from -3 to 3 of (pairs, raters), NaN where left out."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(pairs, 1)) * 1.2 + rng.normal(size=(pairs, raters)) * 0.7
    x = np.clip(np.round(x), -3, 3)
    return np.where(rng.random(x.shape) < left_out, np.nan, x)


def labels_of(x):
    """Labels that say what a table says."""
    return [
        label(pair, RATERS[rater], float(x[pair, rater]), minute=pair)
        for pair, rater in np.argwhere(np.isfinite(x))
    ]


def only(labels):
    """The single entry of a report."""
    (entry,) = agreement_report(labels).entries
    return entry


def test_a_report_says_what_the_statistics_say_of_the_table():
    x = grades(1)
    entry = only(labels_of(x))
    assert (entry.attribute, entry.scale, entry.photos) == ("redness", "change", 2)
    assert (entry.targets, entry.shared, entry.per_target) == (40, 40, approx(3))
    assert entry.icc == approx(icc_2_1(x))
    assert [r.bias for r in entry.raters] == [approx(b) for b in bias(x)]
    assert entry.ceiling_one == approx(ceiling(entry.icc))
    assert entry.ceiling_mean == approx(ceiling(entry.icc, 3))
    kappas = [
        weighted_kappa(x[:, a], x[:, b], range(-3, 4)).value for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    assert [pair.kappa.value for pair in entry.pairs] == approx(kappas)
    assert entry.kappa.value == approx(np.mean(kappas))
    assert entry.rmse_floor.low < 0.7 < entry.rmse_floor.high + 0.1  # grades are rounded


def test_raters_need_not_have_seen_every_pair():
    x = grades(2, left_out=0.4)
    entry = only(labels_of(x))
    assert entry.icc == approx(icc_from_components(x))
    assert entry.shared == (np.isfinite(x).sum(1) > 1).sum()
    assert 2 <= entry.per_target <= 3


@given(st.integers(0, 1000), st.permutations(range(60)))
@settings(deadline=None, max_examples=15)
def test_the_order_of_labels_does_not_matter(seed, order):
    labels = labels_of(grades(seed, pairs=20))
    assert agreement_report([labels[i] for i in order]) == agreement_report(labels)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=15)
def test_the_same_pair_in_the_other_order_is_the_same_pair(seed):
    labels = labels_of(grades(seed))
    # One of three raters had a part of the pairs the other way round.
    flips = np.random.default_rng(seed).random(len(labels)) < 0.6
    turned = [
        x.turned() if flip and x.rater == "Ben" else x
        for x, flip in zip(labels, flips, strict=True)
    ]
    assert only(turned) == only(labels)


def test_a_lopsided_scale_turns_about_what_says_no_change():
    x = grades(8, pairs=12) + 4  # GAIS: 4 is no change, lower is better
    labels = [
        label(pair, RATERS[rater], float(min(max(x[pair, rater], 1), 5)), scale="GAIS")
        for pair in range(12)
        for rater in range(3)
    ]
    turned = [one.turned() if one.rater == "Ben" else one for one in labels]
    assert only(turned) == only(labels)
    assert isinstance(only(labels).icc, Estimate)


def test_turning_all_labels_turns_the_bias_and_nothing_else():
    x = grades(3)
    there, back = only(labels_of(x)), only([one.turned() for one in labels_of(x)])
    assert back.icc == approx(there.icc)
    assert back.kappa == approx(there.kappa)
    assert [r.bias.value for r in back.raters] == approx([-r.bias.value for r in there.raters])


def test_between_raters_the_first_answer_counts_and_later_ones_are_repeats():
    x = grades(4)
    again = [label(pair, "Anna", 3.0, minute=500 + pair) for pair in range(5)]
    entry = only([*again, *labels_of(x)])
    assert entry.icc == approx(icc_2_1(x))
    anna, ben = entry.raters[:2]
    assert anna.own.same.value == approx((x[:5, 0] == 3).mean())
    assert anna.own.same.n == 5
    assert anna.own.sd.value == approx(np.sqrt(((x[:5, 0] - 3) ** 2).mean() / 2))
    assert isinstance(ben.own.same, Unknown)
    assert isinstance(ben.own.sd, Unknown)


def test_a_repeat_shown_the_other_way_round_is_a_repeat():
    first = [label(pair, "Anna", 2.0) for pair in range(6)]
    second = [label(pair, "Anna", 2.0, minute=60).turned() for pair in range(6)]
    own = only(first + second).raters[0].own
    assert own.same.value == 1
    assert own.same.low == approx(6 / (6 + 1.96**2), abs=1e-3)
    assert "never differed" in own.sd.reason


def test_other_regions_and_attributes_are_other_targets():
    labels = labels_of(grades(5, pairs=10))
    other = [label(0, "Anna", 1.0, region="chin"), label(0, "Anna", 1.0, attribute="texture")]
    redness, texture = agreement_report([*labels, *other]).entries
    assert (redness.attribute, redness.targets) == ("redness", 11)
    assert (texture.attribute, texture.targets) == ("texture", 1)
    assert all(isinstance(r.own.same, Unknown) for r in redness.raters)


def test_levels_of_single_photos_are_apart_from_changes_on_the_same_scale():
    levels = [
        label(i, rater, value, after="", scale="CEA", minute=i)
        for rater, given in zip(RATERS, ([0, 1, 2, 3, 4, 2], [1, 1, 2, 3, 4, 1]), strict=False)
        for i, value in enumerate(map(float, given))
    ]
    changes = [label(i, rater, 0.0, scale="CEA") for i in range(3) for rater in RATERS]
    report = agreement_report(levels + changes)
    assert [entry.photos for entry in report.entries] == [1, 2]
    assert report.entries[0].icc == icc_2_1([[0, 1], [1, 1], [2, 2], [3, 3], [4, 4], [2, 1]])
    assert "never differed" in report.entries[1].icc.reason


def test_choices_are_compared_and_cannot_judge_is_no_choice():
    words = ["before", "after", "same", "after"] * 10
    said = [label(i, "Anna", choice=word) for i, word in enumerate(words)]
    said += [label(i, "Ben", choice=word) for i, word in enumerate(words[:30] + words[1:9])]
    said += [label(i, "Ben", choice="cannot judge") for i in (38, 39)]
    turned = [x.turned() if i % 3 else x for i, x in enumerate(said)]
    for entry in only(said), only(turned):
        (pair,) = entry.pairs
        alike = sum(a == b for a, b in zip(words, words[:30] + words[1:9], strict=False))
        assert (pair.choices.value, pair.choices.n) == (approx(alike / 38), 38)
        assert pair.choice_kappa.low < pair.choice_kappa.value < pair.choices.value
        assert isinstance(entry.icc, Unknown)
        assert isinstance(pair.kappa, Unknown)
        (sentence,) = told(AgreementReport((entry,)))
        assert sentence.startswith("Anna and Ben chose alike on redness (choice) in ")


def test_one_rater_says_nothing_of_agreement():
    entry = only([label(i, "Anna", float(i % 3)) for i in range(30)])
    assert entry.pairs == ()
    for found in (entry.icc, entry.kappa, entry.ceiling_one, entry.rmse_floor):
        assert isinstance(found, Unknown)
    assert told(AgreementReport((entry,))) == [
        "How far raters agree on redness (change) cannot be told: "
        "fewer than two targets were graded by two raters."
    ]


def test_no_labels_make_an_empty_report():
    assert agreement_report([]) == AgreementReport(())
    assert agreement_report([label(1, "Anna", choice="cannot judge")]).entries == ()


def test_repeats_of_choices_have_a_share_and_no_scatter():
    own = self_agreement([["after", "after"], ["same", "before"], ["after"]])
    assert (own.same.value, own.same.n) == (0.5, 2)
    assert isinstance(own.sd, Unknown)
    assert isinstance(own.icc, Unknown)


def test_repeats_have_the_icc_of_their_occasions():
    twice = [[1.0, 2.0], [3.0, 3.0], [5.0, 4.0], [2.0, 2.0]]
    assert self_agreement([*twice, [9.0]]).icc == icc_2_1(twice)
    assert isinstance(self_agreement([]).icc, Unknown)


@pytest.mark.parametrize(
    ("low", "name"),
    [(0.95, "excellent"), (0.9, "excellent"), (0.8, "good"), (0.5, "moderate"), (0.49, "poor")],
)
def test_an_icc_has_its_name_from_the_lower_limit(low, name):
    """Koo & Li (2016), J. Chiropr. Med. 15, 155-163."""
    assert band(Estimate(0.96, low, 0.99, 40)) == name


def test_the_report_is_told_in_sentences_each_number_with_its_interval():
    x = grades(6)
    x[:, 2] = np.clip(x[:, 2] + 1, -3, 3)
    again = [label(pair, "Ben", float(x[pair, 1]), minute=900) for pair in range(8)]
    sentences = told(agreement_report(labels_of(x) + again))
    assert sentences[0].startswith("Three raters agree on redness (change) with ICC 0.")
    assert "over 40 targets: " in sentences[0]
    assert any(s.startswith("Their weighted kappa is 0.") for s in sentences)
    assert (
        "On redness (change), Ben, asked again about 8 targets, said the same in 100% (68% to"
        in (" ".join(sentences))
    )
    (cem,) = [s for s in sentences if "Cem is" in s]
    assert "Cem is +" in cem
    assert "chance" not in cem
    assert all("(" in s and " to " in s for s in sentences)


def test_the_parts_of_a_report_do_not_change():
    assert Agreement.__dataclass_params__.frozen
    assert AgreementReport.__dataclass_params__.frozen
