"""What is made of readings and labels without torch: targets, links, verdicts, intervals."""

import errno
import json
import pickle
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pytest import approx

from skindelta.learning import examples as example_files
from skindelta.learning.card import as_toml
from skindelta.learning.evaluate import (
    NO_GAIN,
    WHOLE,
    Evaluation,
    evaluate,
    evaluate_benchmark,
    links_of,
    read_targets,
)
from skindelta.learning.examples import Example, Refused, kept_example, key_of
from skindelta.learning.intervals import excess_of, noise_with, widening
from skindelta.learning.labels import Label
from skindelta.learning.links import ISOTONIC_FROM, Link, link_from, link_of
from skindelta.learning.readings import maps_of, read_example
from skindelta.learning.result import write_result
from skindelta.learning.result_words import headline, readme_of, sentences_of, told
from skindelta.learning.targets import (
    CHOICE,
    OWN_PHOTO,
    Target,
    map_of,
    targets_of,
    truths_of,
    usual_size,
)
from skindelta.learning.verdicts import FEWEST_PEOPLE, FEWEST_ROWS, Gain, beyond_nothing, gain_of
from skindelta.models import Model
from skindelta.net_input import CHANNELS, CONTEXT, MAPS, NetInput
from skindelta.noise import noise_table
from skindelta.types import ModelCard

# Student (1908): hours of sleep that ten patients gained by two drugs; as in R's `sleep`.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
HAEMOGLOBIN, MELANIN, MID = (CHANNELS.index(name) for name in ("haemoglobin", "melanin", "mid"))
RED, DARK, ROUGH, RELATIVE_RED, _ = range(len(MAPS))
HEIGHT, WIDTH = 32, 48
ZERO = (0.0,) * len(MAPS)


class StandIn(Model):
    """Answers what it is told to, map by map."""

    answer = ZERO

    def run(self, inputs):
        shape = inputs["shared"].shape[2:]
        return {"maps": np.stack([np.full(shape, a, np.float32) for a in self.answer])[None]}


def stand_in(answer=ZERO, scores=(), factors=None, shares=None):
    output = {"scores": list(scores), "factors": factors or dict.fromkeys(scores, 1.0)}
    output |= {} if shares is None else {"shares": shares}
    card = ModelCard("net", "1.0.0", {}, {}, output, {}, {}, "", "")
    model = StandIn(card, None, None)
    object.__setattr__(model, "answer", answer)
    return model


def example(reference="scene", red=0.0, dark=0.0, rough=0.0, **changed):
    """A pair of even skin, two halves of it named, that changed by formula as told."""
    before = np.zeros((len(CHANNELS), HEIGHT, WIDTH), np.float32)
    before[MID] = 0.5
    after = before.copy()
    after[HAEMOGLOBIN] += red
    after[MELANIN] += dark
    after[MID] += rough / 100
    labels = np.ones((HEIGHT, WIDTH), np.uint8)
    labels[:, : WIDTH // 2], labels[:, WIDTH // 2 :] = 2, 3
    context = np.zeros(len(CONTEXT), np.float32)
    name = {"skin": "own skin", "none": "own skin"}.get(reference, reference)
    context[CONTEXT.index(name)] = 1
    shared, levels = np.ones((2, HEIGHT, WIDTH), np.float32), np.array([0.25, -0.5], np.float32)
    box, names = (0, 0, HEIGHT, WIDTH), ("face", "left_cheek", "right_cheek")
    given = NetInput(before, after, shared, context, levels, box, (HEIGHT, WIDTH))
    one = Example(given, labels, names, "face", reference, "light", {})
    return replace(one, **changed)


def target(value, part="learn", person="anna", scale="change", number=RED, place=0, rater="r1"):
    return Target(place, number, 0, float(value), scale, rater, person, part)


def label(**changed):
    right = Label(
        before="a.jpg",
        after="b.jpg",
        attribute="redness",
        region="left_cheek",
        value=2.0,
        choice="",
        scale="change",
        rater="r1",
        labelled_at=None,
        subject="anna",
    )
    return replace(right, **changed)


# -- links


@given(
    arrays.arrays(float, st.integers(1, 3 * ISOTONIC_FROM), elements=st.floats(-9, 9)),
    st.integers(0, 2**32 - 1),
)
def test_a_link_is_odd_and_never_falls(readings, seed):
    rng = np.random.default_rng(seed)
    link = link_of(readings, rng.choice([-1, 0.2, 1]) * readings + rng.normal(0, 2, len(readings)))
    grid = np.linspace(0, 12, 500)
    assert np.array_equal(link(-grid), -link(grid))
    assert link(grid)[0] == 0
    assert (np.diff(link(grid)) >= 0).all()
    assert link.factor > 0


def test_few_labels_give_one_factor_and_100_a_curve():
    sizes = np.linspace(-4, 4, ISOTONIC_FROM)
    grades = np.sign(sizes) * np.minimum(np.abs(sizes), 2.0)  # raters run out of grades at 2
    few = link_of(sizes[1:], grades[1:])
    assert few.units == ()
    assert few([1.0, 3.0]) == approx(few.factor * np.array([1.0, 3.0]))
    many = link_of(sizes, grades)
    assert many.labels == ISOTONIC_FROM
    spacing = sizes[1] - sizes[0]
    assert many([0.5, 1.5, 3.0, -3.0]) == approx([0.5, 1.5, 2.0, -2.0], abs=spacing)


def test_beyond_what_was_graded_a_curve_goes_on_by_its_factor():
    sizes = np.linspace(-4, 4, 2 * ISOTONIC_FROM)
    link = link_of(sizes, sizes / 2)
    last = link.units[-1]
    assert link(last + 3) - link(last) == approx(3 * link.factor)
    assert link.factor == approx(0.5)


def test_readings_without_noise_give_the_factor_back():
    assert link_of([1, -2, 3], [0.4, -0.8, 1.2]) == Link(approx(0.4), labels=3)


def test_labels_in_units_need_no_link():
    link = link_of([1.0, 2.0], [5.0, 9.0], fixed=True)
    assert link.factor == 1
    assert link([3.0]) == approx([3.0])


def test_raters_who_say_the_opposite_turn_no_model_around():
    link = link_of([1.0, 2.0, -3.0], [-1.0, -2.0, 3.0])
    assert 0 < link([1.0])[0] < 1e-3


@pytest.mark.parametrize("count", [10, 200])
def test_a_link_comes_back_from_a_card(count):
    rng = np.random.default_rng(1)
    sizes = rng.normal(0, 2, count)
    link = link_of(sizes, sizes + rng.normal(0, 1, count))
    card = tomllib.loads(as_toml({"output": {"links": {"change redness": link.to_dict()}}}))
    assert link_from(card["output"]["links"]["change redness"]) == link


def test_a_link_of_nothing_is_a_mistake():
    with pytest.raises(ValueError, match=r"got \(0,\) and \(0,\)"):
        link_of([], [])
    with pytest.raises(ValueError, match=r"got \(2,\) and \(1,\)"):
        link_of([1.0, 2.0], [1.0])


# -- verdicts


def sleep_gain(tries=1):
    """Student's patients as errors: each twice, since 15 rows are needed."""
    steps = np.subtract(SECOND, FIRST)
    return gain_of([*steps, *steps], [0.0] * 20, [str(n) for n in range(10)] * 2, tries)


def test_the_interval_is_the_one_that_student_published():
    """R: t.test(extra ~ group, data = sleep, paired = TRUE) says 0.7001142 to 2.4598858."""
    gain = sleep_gain()
    assert gain.verdict == "better"
    assert (gain.gain, gain.low, gain.high) == approx((1.58, 0.7001142, 2.4598858), abs=1e-6)
    assert (gain.rows, gain.people, gain.more_people) == (20, 10, 0)
    assert gain.base == approx(np.sqrt(np.mean(np.subtract(SECOND, FIRST) ** 2)))
    assert gain.new == 0


def test_several_questions_are_each_asked_more_strictly():
    """Tables of Student's t, 9 degrees of freedom: 2.262 at 0.975 and 3.690 at 0.9975."""
    one, ten = sleep_gain(), sleep_gain(tries=10)
    assert (ten.high - ten.low) / (one.high - one.low) == approx(3.690 / 2.262, rel=1e-3)


def test_a_model_that_reads_farther_is_worse():
    steps = np.subtract(SECOND, FIRST)
    gain = gain_of([0.0] * 20, [*steps, *steps], [str(n) for n in range(10)] * 2)
    assert gain.verdict == "worse"
    assert (gain.low, gain.high) == approx((-2.4598858, -0.7001142), abs=1e-6)


def test_each_person_has_one_vote_however_many_photos():
    people = ["a"] * 40 + list("bcdef") * 3
    base = [5.0] * 40 + [1.0] * 15
    gain = gain_of(base, [0.0] * 55, people)
    assert gain.gain == approx((5 + 5 * 1) / 6)


@pytest.mark.parametrize(
    ("people", "each", "more"),
    [
        (0, 0, FEWEST_ROWS),  # of one row each
        (FEWEST_PEOPLE - 2, 40, 2),
        (FEWEST_PEOPLE - 1, 1, 11),
        (8, 1, FEWEST_ROWS - 8),
        (6, 2, 2),  # 12 rows, two of each person
    ],
)
def test_too_few_people_or_rows_are_said_to_be_too_few(people, each, more):
    who = [str(n) for n in range(people)] * each
    gain = gain_of([1.0] * len(who), [0.0] * len(who), who)
    assert gain.verdict == "too few labels"
    assert (gain.gain, gain.low, gain.high) == (None, None, None)
    assert (gain.rows, gain.people, gain.more_people) == (len(who), people, more)
    if who:
        more_people = [str(n) for n in range(people + more)] * each
        enough = gain_of([1.0] * len(more_people), [0.0] * len(more_people), more_people)
        assert enough.verdict != "too few labels"


def people_with(mean, spread, count):
    """Two rows of each of so many people, whose gains have exactly that mean and spread."""
    steps = np.linspace(-1, 1, count)
    steps = mean + spread * (steps - steps.mean()) / steps.std(ddof=1)
    base = np.full(2 * count, 100.0)
    return gain_of(base, base - np.tile(steps, 2), [str(n) for n in range(count)] * 2)


@pytest.mark.parametrize(("mean", "count"), [(0.3, 10), (-0.3, 12), (0.15, 40), (0.05, 20)])
def test_so_many_more_people_would_tell(mean, count):
    now = people_with(mean, 1.0, count)
    assert now.verdict == "not distinguishable"
    assert now.low < 0 < now.high
    then = people_with(mean, 1.0, count + now.more_people)
    assert then.verdict == ("better" if mean > 0 else "worse")
    assert then.more_people == 0
    fewer = people_with(mean, 1.0, round(0.9 * (count + now.more_people)))
    assert fewer.verdict == "not distinguishable"


def test_no_number_is_told_where_none_would_help():
    same = gain_of([1.0] * 20, [1.0] * 20, [str(n) for n in range(10)] * 2)
    assert (same.verdict, same.gain, same.more_people) == ("not distinguishable", 0, None)
    assert people_with(0.001, 1.0, 20).more_people is None


def test_equal_models_are_rarely_called_better():
    rng = np.random.default_rng(8)
    runs, people = 2000, np.repeat([str(n) for n in range(12)], 5)
    verdicts = []
    for _ in range(runs):
        own = np.repeat(rng.normal(0, 1, 12), 5)  # what both get wrong of a person
        base, new = (own + rng.normal(0, 1, len(people)) for _ in range(2))
        verdicts.append(gain_of(base, new, people).verdict)
    most = scipy.stats.binom.ppf(0.999, runs, 0.025)
    assert verdicts.count("better") <= most
    assert verdicts.count("worse") <= most


# -- intervals


def test_the_same_errors_are_the_same_noise():
    errors = np.random.default_rng(0).normal(0, 1, 200)
    assert excess_of(errors, errors, np.repeat(range(40), 5)) == approx(1)


def test_as_noisy_a_model_gets_no_narrower_intervals():
    rng = np.random.default_rng(1)
    base, new = rng.normal(0, 1, (2, 2000))
    times = excess_of(base, new, np.repeat(range(400), 5))
    assert 1 < times < 1.15  # the upper limit: 2000 errors tell noise to about 3 %


def test_half_the_error_is_about_half_the_noise():
    rng = np.random.default_rng(2)
    base, new = rng.normal(0, 1, 1000), rng.normal(0, 0.55, 1000)
    times = excess_of(base, new, np.repeat(range(200), 5))
    assert 0.55 < times < 0.65


def test_the_upper_limit_is_above_what_is_true():
    rng = np.random.default_rng(3)
    below = 0
    for _ in range(60):
        base, new = rng.normal(0, 1, 100), rng.normal(0, 0.8, 100)
        below += excess_of(base, new, np.repeat(range(20), 5)) < 0.8
    assert below <= scipy.stats.binom.ppf(0.999, 60, 0.1)  # 2.5 %, and what 20 groups cost


@pytest.mark.parametrize(("times", "told"), [(9.0, 5.0), (0.01, 0.5)])
def test_noise_is_changed_by_no_more_than_can_be_believed(times, told):
    errors = np.random.default_rng(4).normal(0, 1, 100)
    assert excess_of(errors, times * errors, range(100)) == told


def test_from_a_few_examples_nothing_is_told():
    assert excess_of([1.0] * 14, [3.0] * 14, range(14)) == 1
    assert excess_of([1.0] * 14, [3.0] * 14, [0] * 14) == 1
    assert excess_of([], [], []) == 1
    assert widening([9.0] * 14, [1.0] * 14, [0.0] * 14) == 1


def test_a_noise_table_is_multiplied_where_it_holds_noise_and_nowhere_else():
    tables = noise_table()["kinds"]
    name, other = "redness absolute scene", "texture absolute scene"
    before = json.dumps(tables, sort_keys=True)
    found = noise_with({name: tables[name], other: tables[other]}, {name: 2.0})
    assert found[other] == tables[other]
    for region, cell in tables[name]["regions"].items():
        own = found[name]["regions"][region]
        assert own["base"] == approx(2 * cell["base"], abs=1e-4)
        assert own["slopes"] == approx({k: 2 * v for k, v in cell["slopes"].items()}, abs=1e-4)
        rest = {"base", "slopes"}
        assert {k: v for k, v in own.items() if k not in rest} == {
            k: v for k, v in cell.items() if k not in rest
        }
    rest = {k: v for k, v in tables[name].items() if k != "regions"}
    assert {k: v for k, v in found[name].items() if k != "regions"} == rest
    assert json.dumps(tables, sort_keys=True) == before  # the table in use stays


def test_widened_intervals_hold_19_of_20_new_labels():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(300):
        off, after = rng.normal(0, 1.8, (2, 60))  # intervals of noise 1 are too narrow
        times = widening(off, [1.96 * 0.8] * 60, [0.6] * 60)  # 0.8 of the model, 0.6 of the rater
        assert times >= 1
        covered.append(np.mean(np.abs(after) <= times * 1.96))
    assert np.mean(covered) == approx(0.95, abs=0.015)  # split conformal: at least 0.95 on average


def test_intervals_that_hold_are_not_widened():
    off = np.random.default_rng(6).normal(0, 0.5, 100)
    assert widening(off, [1.96] * 100, [0.0] * 100) == 1


# -- readings


@pytest.mark.parametrize(("reference", "relative"), [("scene", 3.0 - 0.25), ("skin", 3.0 - 0.25)])
def test_the_formula_is_read_where_a_model_gives_nothing(reference, relative):
    one = example(reference, red=3.0, dark=-2.0, rough=12.0)
    read = read_example(one, stand_in())
    for region in one.names:
        assert read["redness", "absolute", region] == approx(3.0, rel=1e-5)
        assert read["hyperpigmentation", "absolute", region] == approx(-2.0, rel=1e-5)
        assert read["texture", "absolute", region] == approx(12.0, rel=1e-4)
        assert read["redness", "relative", region] == approx(relative, rel=1e-5)
        assert read["hyperpigmentation", "relative", region] == approx(-2.0 + 0.5, rel=1e-5)


def test_factors_and_shares_of_a_card_count():
    kinds = ("redness absolute scene", "texture absolute scene")
    model = stand_in(
        (5.0, 9.0, 40.0, 9.0, 9.0),
        kinds,
        {kinds[0]: 1.1, kinds[1]: 0.5},
        {kinds[0]: 0.75},
    )
    read = read_example(example(red=3.0, dark=1.0), model)
    assert read["redness", "absolute", "face"] == approx(1.1 * (3 + 0.75 * (5 - 3)), rel=1e-5)
    assert read["texture", "absolute", "face"] == approx(0.5 * 40, rel=1e-4)
    assert read["hyperpigmentation", "absolute", "face"] == approx(1.0, rel=1e-5)
    other = read_example(example("skin", red=3.0), model)
    assert other["redness", "absolute", "face"] == approx(3.0, rel=1e-5)


def test_maps_come_in_the_order_of_the_contract():
    maps = maps_of(example(red=3.0, dark=1.0, rough=20.0), stand_in())
    assert maps[:, 0, 0] == approx([3.0, 1.0, 20.0, 2.75, 1.5], rel=1e-4)


def test_what_is_not_trusted_and_what_is_too_small_says_nothing():
    one = example(red=3.0)
    one.given.after[HAEMOGLOBIN, :, WIDTH // 2 :] += 50
    one.given.shared[1, :, WIDTH // 2 :] = 0
    read = read_example(one, stand_in())
    assert read["redness", "absolute", "face"] == approx(3.0, rel=1e-5)
    assert ("redness", "absolute", "left_cheek") in read
    assert ("redness", "absolute", "right_cheek") not in read


def test_texture_is_a_ratio_of_energies():
    """Half of the skin twice as rough, of the same relief: RMS over the mean energy of both."""
    one = example()
    step = np.log(2.0)
    one.given.before[MID, :, : WIDTH // 2] -= step / 2
    one.given.after[MID, :, : WIDTH // 2] += step / 2
    read = read_example(one, stand_in())["texture", "absolute", "face"]
    # Energy, as the mean of both photos in ln: 1 everywhere; it became 2 and 1, and was 1/2 and 1.
    assert read == approx(50 * np.log((2 + 1) / (0.5 + 1)), rel=1e-4)


# -- targets


@pytest.mark.parametrize(
    ("reference", "changed", "wanted"),
    [
        ("scene", {}, "redness absolute"),
        ("grey", {}, "redness absolute"),
        ("skin", {}, "redness relative"),  # the light is not known
        ("none", {"attribute": "hyperpigmentation"}, "hyperpigmentation relative"),
        ("skin", {"attribute": "texture"}, "texture absolute"),
        ("scene", {"basis": "relative"}, "redness relative"),
        ("skin", {"basis": "absolute"}, None),
        ("skin", {"scale": "a*", "basis": "absolute"}, None),
    ],
)
def test_a_label_speaks_of_what_can_be_measured(reference, changed, wanted):
    number = map_of(label(**changed), example(reference))
    assert (None if number is None else MAPS[number]) == wanted


def test_labels_become_targets_and_those_that_say_nothing_are_told():
    dark_corner = example()
    dark_corner.given.shared[1, :, WIDTH // 2 :] = 0
    labels = [
        label(),
        label(region="face", value=-1.0, rater="r2"),
        label(scale=CHOICE, value=None, choice="before"),
        label(region="nose"),
        label(region="right_cheek"),
        label(after="gone.jpg"),
        label(attribute="redness", basis="relative", scale="a*", value=0.5),
    ]
    targets, unused = targets_of(labels, [dark_corner], {("a.jpg", "b.jpg"): 0})
    told = [(t.region, t.value, t.link, t.rater, MAPS[t.map]) for t in targets]
    assert told == [
        (1, 2.0, "change redness", "r1", "redness absolute"),
        (0, -1.0, "change redness", "r2", "redness absolute"),
        (1, -1.0, "choice redness", "r1", "redness absolute"),
        (1, 0.5, "a* redness", "r1", "redness relative"),
    ]
    assert [reason for _, reason in unused] == [
        "the photos show no nose",
        "too little of right_cheek is seen in both photos",
        "its photos could not be compared",
    ]


def test_a_person_stays_in_one_part_however_the_name_is_typed():
    labels = [label(subject=name) for name in ("Anna", "anna ", "ANNA")]
    targets, _ = targets_of(labels, [example()], {("a.jpg", "b.jpg"): 0})
    assert len({(t.person, t.part) for t in targets}) == 1


def test_truth_counts_where_it_can_be_measured_and_is_only_learnt_from():
    truth = {
        ("redness", "absolute", "face"): 1.0,
        ("redness", "relative", "face"): 0.5,
        ("redness", "relative", "nose"): 9.0,  # not in the picture
    }
    one = example("skin").with_truth(truth)
    (only,) = truths_of(one, 7, OWN_PHOTO, "anna")
    assert (only.example, MAPS[only.map], only.value) == (7, "redness relative", 0.5)
    assert (only.part, only.link) == ("learn", f"{OWN_PHOTO} redness")


def test_the_usual_size_of_what_is_written():
    targets = [target(3), target(-4), target(99, scale="a*")]
    assert usual_size(targets, "change redness") == approx(np.sqrt(12.5))
    assert usual_size(targets, "nothing redness") == 1
    assert usual_size([target(0)], "change redness") > 0  # it is divided by


# -- base against new


def clinic(people=8, each=4, part="held out", first=0):
    """Truth of so many people: targets in a*, on a scale in a*."""
    rng = np.random.default_rng(first)
    values = rng.normal(0, 2, people * each)
    return [
        target(value, part, f"{part} {number // each}", "a*") for number, value in enumerate(values)
    ]


def readings_with(targets, noise, seed):
    rng = np.random.default_rng(seed)
    return [t.value + noise * rng.normal() for t in targets]


def evaluated(targets, base, new, benchmark=None):
    links = links_of(targets, base), links_of(targets, new)
    return evaluate(targets, [example()], base, new, links, benchmark or {WHOLE: NO_GAIN})


def test_a_model_that_reads_nearer_is_better():
    targets = clinic(part="learn") + clinic(first=1)
    base, new = readings_with(targets, 1.0, 2), readings_with(targets, 0.3, 3)
    found = evaluated(targets, base, new)
    assert found.verdict == "better"
    assert set(found.held_out) == {WHOLE, "a* redness"}
    assert found.held_out[WHOLE].people == 8
    assert found.tones["light"].verdict == "better"
    assert evaluated(targets, new, base).verdict == "worse"


def test_errors_count_in_the_noise_of_the_link():
    targets = clinic(people=40, each=10, part="learn") + clinic(people=40, each=10, first=1)
    base, new = readings_with(targets, 3.0, 2), readings_with(targets, 1.5, 3)
    gain = evaluated(targets, base, new).held_out[WHOLE]
    assert (gain.base, gain.new) == approx((1.0, 0.5), rel=0.1)  # 400 rows: 5 % each


def test_people_to_learn_from_or_to_stop_by_never_count():
    targets = clinic(part="learn") + clinic(part="stop", first=1) + clinic(first=2)
    base = readings_with(targets, 1.0, 3)
    new = [t.value if t.part != "held out" else r for t, r in zip(targets, base, strict=True)]
    found = evaluated(targets, base, new)
    assert (found.held_out[WHOLE].rows, found.held_out[WHOLE].people) == (32, 8)
    assert found.held_out[WHOLE].gain == 0  # perfect where it learnt, the same where it counts
    assert found.verdict == "not distinguishable"


def test_without_held_out_people_nothing_is_claimed():
    found = evaluated(targets := clinic(part="learn"), *2 * [readings_with(targets, 1.0, 1)])
    assert found.verdict == "too few labels"
    assert found.held_out[WHOLE].rows == 0


@pytest.mark.parametrize("each", [4, 20])  # one factor; a curve
def test_a_model_that_counts_in_other_units_is_not_taken_for_a_better_one(each):
    targets = clinic(each=each, part="learn") + clinic(each=each, first=1)
    targets = [t._replace(scale="change", value=0.5 * t.value) for t in targets]
    base = [2 * reading for reading in readings_with(targets, 0.5, 2)]
    found = evaluated(targets, base, [1.7 * reading for reading in base])
    gain = found.held_out[WHOLE]
    assert found.verdict == "not distinguishable"
    assert gain.gain == approx(0, abs=1e-9)
    assert gain.new == approx(gain.base)


def test_in_units_a_factor_is_an_error():
    targets = clinic(part="learn") + clinic(first=1)
    base = readings_with(targets, 0.1, 2)
    assert evaluated(targets, base, [1.7 * reading for reading in base]).verdict == "worse"


def test_a_choice_is_right_or_wrong():
    targets = [
        target((-1) ** n, "held out", str(n // 4), CHOICE) for n in range(32) if n % 4 or n < 4
    ]
    right = [0.01 * t.value for t in targets]
    found = evaluated(targets, [-r for r in right], right)
    gain = found.held_out["choice redness"]
    assert (gain.base, gain.new, gain.gain) == (1, 0, 1)
    nothing = evaluated(targets, [0.0] * len(targets), right).held_out["choice redness"]
    assert nothing.base == 1  # to read nothing is no right answer
    same = evaluated([t._replace(value=0.0) for t in targets], right, right)
    assert same.held_out[WHOLE].rows == 0  # "the same" calls no model wrong


def test_a_worse_benchmark_makes_the_verdict_worse():
    better, worse = sleep_gain(), replace(sleep_gain(), verdict="worse")
    assert Evaluation({WHOLE: better}, {}, {WHOLE: better}).verdict == "better"
    assert Evaluation({WHOLE: better}, {}, {WHOLE: worse}).verdict == "worse"
    assert Evaluation({WHOLE: NO_GAIN}, {}, {WHOLE: worse}).verdict == "worse"
    assert Evaluation({WHOLE: better}, {}, {WHOLE: NO_GAIN}).verdict == "better"


def scenes(count=16):
    """Known changes of redness that the formula reads 0.5 a* too high."""
    sizes = np.linspace(-3, 3, count)
    return [
        example(red=size + 0.5, read={("redness", "absolute", "face"): 0.0}).with_truth(
            {("redness", "absolute", "face"): size, ("texture", "absolute", "face"): 9.0}
        )
        for size in sizes
    ]


def test_the_benchmark_says_which_model_reads_known_changes_nearer():
    class Knows(StandIn):
        def run(self, inputs):
            step = (inputs["after"] - inputs["before"])[:, [HAEMOGLOBIN] * len(MAPS)]
            return {"maps": step - 0.45}

    knows = Knows(stand_in(scores=("redness absolute scene",)).card, None, None)
    found = evaluate_benchmark(scenes(), stand_in(), knows)
    assert set(found) == {WHOLE, "redness absolute"}  # relief is not measurable of this pair
    gain = found["redness absolute"]
    assert (gain.base, gain.new, gain.people) == (approx(0.5), approx(0.05, abs=1e-4), 16)
    assert found[WHOLE].verdict == "better"
    assert evaluate_benchmark(scenes(), knows, stand_in())[WHOLE].verdict == "worse"
    same = evaluate_benchmark(scenes(), stand_in(), stand_in())[WHOLE]
    assert (same.verdict, same.gain) == ("not distinguishable", 0)


def test_what_a_model_reads_of_each_target():
    pairs = [example(red=1.0, dark=4.0), example(red=2.0)]
    targets = [target(0, place=1), target(0, number=DARK, place=0), target(0, place=0)]
    assert read_targets(targets, pairs, stand_in()) == approx([2.0, 4.0, 1.0], rel=1e-5)


# -- in words


def few(**changed):
    return replace(Gain("too few labels", None, None, None, 1.25, 1.0, 9, 3, 4), **changed)


def test_words_say_the_figures_and_what_would_tell():
    near = people_with(0.3, 1.0, 10)
    assert f"about {near.more_people} people more would tell" in told(near)
    assert "no number of labels would tell" in told(replace(near, more_people=None))
    assert told(sleep_gain()).startswith(
        "better; error 1.96 before, 0 now; nearer by 1.58 [0.7, 2.46]"
    )
    assert "would tell" not in told(sleep_gain())
    assert told(few()) == (
        "too few to tell (9 labels of 3 people; about 4 people more); error 1.25 before, 1 now"
    )
    assert told(NO_GAIN) == "no labels"


@pytest.mark.parametrize("verdict", ["better", "not distinguishable", "worse", "too few labels"])
def test_the_first_sentence_is_the_verdict(verdict):
    gain = few() if verdict == "too few labels" else replace(sleep_gain(), verdict=verdict)
    evaluation = Evaluation({WHOLE: gain}, {}, {WHOLE: NO_GAIN})
    word = {"better": "nearer", "too few labels": "too few"}.get(verdict, verdict)
    assert word in headline(evaluation)
    assert next(sentences_of(evaluation)) == headline(evaluation)


def test_a_map_that_is_worse_on_the_benchmark_is_named():
    worse = replace(sleep_gain(), verdict="worse")
    evaluation = Evaluation(
        {WHOLE: sleep_gain(), "change redness": few()},
        {"dark": few()},
        {WHOLE: sleep_gain(), "texture absolute": worse, "redness absolute": sleep_gain()},
    )
    text = "\n".join(sentences_of(evaluation))
    assert "texture absolute: worse" in text
    assert "redness absolute: " not in text
    assert "change redness: too few to tell" in text
    assert "dark skin: too few to tell" in text


CARD = {
    "name": "clinic",
    "version": "1.0.0",
    "output": {"scores": ["redness absolute scene"]},
    "data": {
        "base": "skindelta-base@1.0.0",
        "parts": {"learn": {"labels": 9, "people": 3}, "held out": {"labels": 2, "people": 1}},
        "raters": 1,
    },
    "metrics": {},
}


def test_a_card_says_verdict_people_and_curve():
    evaluation = Evaluation({WHOLE: few()}, {"light": few()}, {WHOLE: sleep_gain()})
    text = readme_of(CARD, evaluation, [(9, 1.25, 1.0)])
    for words in (
        "# clinic 1.0.0",
        "Retrained from skindelta-base@1.0.0",
        "9 labels of 3 people to learn from, 2 labels of 1 people held out; 1 rater.",
        headline(evaluation),
        "| 9 | 1.25 | 1 |",
        "- redness absolute scene",
        "no faces",
        "Not a medical device.",
    ):
        assert words in text


def test_results_are_written_into_the_card_and_read_back(tmp_path):
    (tmp_path / "model.toml").write_text(as_toml(CARD), encoding="utf-8")
    evaluation = Evaluation({WHOLE: few()}, {"light": few()}, {WHOLE: sleep_gain()})
    links = {"change redness": Link(0.5, (0.0, 1.0), (0.0, 0.6), 120)}
    write_result(tmp_path, evaluation, links, [(9, 1.25, 1.0)], {"seconds": 3.0})
    card = tomllib.loads((tmp_path / "model.toml").read_text(encoding="utf-8"))
    metrics = card["metrics"]
    assert metrics["verdict"] == "too few labels"
    assert metrics["held_out"][WHOLE] == {
        "verdict": "too few labels",
        "base": 1.25,
        "new": 1.0,
        "rows": 9,
        "people": 3,
        "more_people": 4,
    }  # what is not known is left out
    assert (metrics["curve"], metrics["seconds"]) == ([[9, 1.25, 1.0]], 3.0)
    assert link_from(card["output"]["links"]["change redness"]) == links["change redness"]
    assert headline(evaluation) in (tmp_path / "README.md").read_text(encoding="utf-8")


# -- examples as files


def noisy():
    """An example that float16 cannot hold as it is, with all that it may hold."""
    one = example(truth={("redness", "absolute", "face"): 0.1})
    one.given.after[:] += np.random.default_rng(0).normal(0, 1, one.given.after.shape)
    return replace(one, read={("texture", "absolute", "left_cheek"): -3.25})


def assert_same(one, other):
    for name, own in one.given._asdict().items():
        if isinstance(own, np.ndarray):
            assert np.array_equal(own, getattr(other.given, name)), name
            assert own.dtype == getattr(other.given, name).dtype
        else:
            assert own == getattr(other.given, name)
    assert np.array_equal(one.labels, other.labels)
    for name in ("names", "whole", "reference", "tone", "read", "truth"):
        assert getattr(one, name) == getattr(other, name), name


def test_what_is_found_again_is_what_was_returned_at_first(tmp_path):
    made = noisy()
    first = kept_example(tmp_path / "kept", "key", lambda: made)
    again = kept_example(tmp_path / "kept", "key", pytest.fail)
    assert_same(first, again)
    assert first.truth == made.truth
    assert first.read == made.read
    assert first.given.after == approx(made.given.after, abs=4e-3)  # half precision, up to 8


def test_an_example_can_be_sent_to_another_process(tmp_path):
    kept = kept_example(tmp_path, "key", noisy)
    assert_same(kept, pickle.loads(pickle.dumps(kept)))


def test_refused_pairs_are_remembered_and_other_trouble_is_not(tmp_path):
    def refuse():
        raise Refused("no skin is left — größer nicht")

    def lost():
        raise OSError(errno.ENOENT, "gone")

    for make in (refuse, pytest.fail):
        with pytest.raises(Refused, match="no skin is left — größer nicht"):
            kept_example(tmp_path, "no skin", make)
    with pytest.raises(OSError, match="gone"):
        kept_example(tmp_path, "lost", lost)
    assert kept_example(tmp_path, "lost", noisy).names


def test_a_full_disk_leaves_no_example_that_could_be_found(tmp_path, monkeypatch):
    def full(stream, **_):
        stream.write(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez_compressed", full)
        with pytest.raises(OSError, match="No space left"):
            kept_example(tmp_path, "key", noisy)
    assert not list(tmp_path.glob("*.npz"))
    assert kept_example(tmp_path, "key", noisy).truth


def test_two_processes_that_make_the_same_example_do_not_disturb_each_other(tmp_path, monkeypatch):
    save = np.savez_compressed

    def while_another_does(stream, **given):
        monkeypatch.setattr(np, "savez_compressed", save)
        kept_example(tmp_path, "key", noisy)  # the other one is faster
        save(stream, **given)

    monkeypatch.setattr(np, "savez_compressed", while_another_does)
    first = kept_example(tmp_path, "key", noisy)
    assert_same(first, kept_example(tmp_path, "key", pytest.fail))


def test_another_version_or_part_makes_another_key(monkeypatch):
    parts = ("pair", {"model": "base", "seed": 1}, b"file")
    key = key_of(*parts)
    assert key == key_of("pair", {"seed": 1, "model": "base"}, b"file")
    others = {key_of("pair", {"model": "base", "seed": 2}, b"file"), key_of("pair", b"file")}
    others |= {key_of("ab", "c"), key_of("a", "bc"), key_of("abc")}
    monkeypatch.setattr(example_files, "_VERSION", example_files._VERSION + 1)
    others.add(key_of(*parts))
    assert len(others | {key}) == 7


def test_an_example_knows_its_regions():
    one = example()
    assert (one.region("face"), one.region("right_cheek")) == (0, 2)
    with pytest.raises(KeyError, match="nose"):
        one.region("nose")


@pytest.mark.parametrize("means", [True, False])
def test_labels_that_mean_nothing_make_no_model_better(means):
    """A model that learnt to read next to nothing is nearer to them than one that reads skin."""
    rng = np.random.default_rng(4)
    people = np.repeat([f"person {n}" for n in range(12)], 30)
    truth = rng.normal(0, 1.3, len(people))
    labels = (truth if means else rng.permutation(truth)) + rng.normal(0, 1, len(people))
    base, new = 1.5 * truth - labels, (1.0 if means else 0.05) * truth - labels
    gain = gain_of(base, new, people)
    assert gain.verdict == "better"
    judged = beyond_nothing(gain, -labels, new, people)
    assert judged.verdict == ("better" if means else "not distinguishable")
    assert judged.nothing == approx(np.sqrt(np.mean(labels**2)))
