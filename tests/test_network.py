"""What a network says becomes scores: its maps, noise and source, and errors where it is broken.

The networks here are stand-ins whose answer is known; the runtime itself is tested in test_models.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from builders import pair, skin
from skindelta.change import change_maps
from skindelta.errors import ModelError
from skindelta.models import Model
from skindelta.net_input import CHANNELS, CONTEXT, MAPS, PX_PER_MM, net_input
from skindelta.network import CONTRACT, check_network, read_by_network
from skindelta.noise import noise_table
from skindelta.score import score_by_network, score_changes
from skindelta.terminal import figures, network_sentences
from skindelta.types import Comparison, ModelCard, PhotoSummary, Quality

KINDS = ["redness relative scene", "texture absolute scene"]
FACTORS = dict.fromkeys(KINDS, 1.0)
INPUT = {
    "contract": CONTRACT,
    "channels": list(CHANNELS),
    "context": list(CONTEXT),
    "px_per_mm": PX_PER_MM,
}
FORMULA_CHANNELS = [0, 1, CHANNELS.index("mid"), 0, 1]


class StandIn(Model):
    """Answers `times` the formula's maps."""

    times = 1.0

    def run(self, inputs):
        step = (inputs["after"] - inputs["before"])[:, FORMULA_CHANNELS]
        step[:, 2] *= 100
        return {"maps": np.float32(self.times) * step}


def stand_in(folder: Path, times=1.0, **changed):
    card = ModelCard(
        name="net",
        version="1.2.3",
        sha256={"noise.json": ""},
        input=INPUT,
        output={"maps": list(MAPS), "scores": KINDS, "factors": FACTORS},
        data={},
        metrics={},
        limits="",
        licence="",
    )
    (folder / "noise.json").write_text(json.dumps(noise_table()))
    model = StandIn(replace(card, **changed), None, folder)
    object.__setattr__(model, "times", times)
    return model


@pytest.fixture(scope="module")
def seen():
    aligned = pair(skin(), skin(haemoglobin=0.1, relief=1.3))
    maps = change_maps(aligned)
    return aligned, maps, score_changes(aligned, maps)


def value(scores, attribute, basis):
    return next(s for s in scores if (s.attribute, s.basis) == (attribute, basis))


def test_only_the_kinds_that_ship_come_from_the_network(tmp_path, seen):
    aligned, maps, formula = seen
    reading = read_by_network(aligned, maps, stand_in(tmp_path, times=2.0))
    scores = score_by_network(aligned, reading, formula)
    assert {f"{s.attribute} {s.basis} {s.reference}" for s in scores} == set(KINDS)
    assert {s.source for s in scores} == {"model net@1.2.3"}


def test_where_it_gives_no_score_it_does_not_run(tmp_path, seen):
    aligned, maps, _ = seen

    class Refuses(StandIn):
        def run(self, inputs):
            raise AssertionError("asked in vain")

    model = stand_in(tmp_path)
    refuses = Refuses(model.card, None, tmp_path)
    reading = read_by_network(replace(aligned, reference="skin"), maps, refuses)
    assert not reading.maps
    with pytest.raises(ModelError, match="cannot be run: asked in vain"):
        read_by_network(aligned, maps, refuses)


def test_scores_are_the_means_of_the_networks_maps(tmp_path, seen):
    aligned, maps, formula = seen
    reading = read_by_network(aligned, maps, stand_in(tmp_path, times=2.0))
    red = value(score_by_network(aligned, reading, formula), "redness", "relative")
    # Its relative map is twice the formula's whole map here, from which nothing is taken away.
    assert red.value == approx(2 * value(formula, "redness", "absolute").value, rel=0.02)
    assert red.low < red.value < red.high
    rough = value(score_by_network(aligned, reading, formula), "texture", "absolute")
    assert rough.value == approx(200 * np.log(1.3), rel=0.12)


def test_factors_of_the_card_multiply_its_maps(tmp_path, seen):
    aligned, maps, formula = seen
    plain = stand_in(tmp_path)
    factors = FACTORS | {"redness relative scene": 1.25}
    larger = replace(plain.card, output={**plain.card.output, "factors": factors})
    values = [
        value(
            score_by_network(aligned, read_by_network(aligned, maps, model), formula),
            "redness",
            "relative",
        ).value
        for model in (plain, StandIn(larger, None, tmp_path))
    ]
    assert values[1] == approx(1.25 * values[0], rel=1e-5)


def test_a_share_of_the_card_mixes_a_map_with_the_formulas(tmp_path, seen):
    """The stand-in gives twice what the formula reads: half of that is one and a half times."""
    aligned, maps, formula = seen
    output = {"maps": list(MAPS), "scores": KINDS, "factors": FACTORS}
    half = output | {"shares": {"redness absolute scene": 0.5}}
    values = []
    for told in (output, half):
        model = stand_in(tmp_path, times=2.0, output=told)
        reading = read_by_network(aligned, maps, model, every_kind=True)
        scores = score_by_network(aligned, reading, formula)
        values.append(value(scores, "redness", "absolute").value)
    assert values[1] == approx(0.75 * values[0], rel=1e-5)


def test_swapped_photos_change_the_sign_of_every_score_exactly(tmp_path, seen):
    aligned, maps, formula = seen
    model = stand_in(tmp_path, times=1.7)
    there = score_by_network(
        aligned, read_by_network(aligned, maps, model, every_kind=True), formula
    )
    back_pair = aligned.swapped()
    back_maps = change_maps(back_pair)
    back = score_by_network(
        back_pair,
        read_by_network(back_pair, back_maps, model, every_kind=True),
        score_changes(back_pair, back_maps),
    )
    assert len(there) == len(formula)
    for one, other in zip(there, back, strict=True):
        assert one.value == -other.value
        assert (one.low, one.high) == (-other.high, -other.low)


def test_what_cannot_be_measured_stays_so(tmp_path, seen):
    aligned, maps, formula = seen
    gone = ("redness", "relative", aligned.regions.whole)
    partly = tuple(
        replace(s, value=None, low=None, high=None, sdc=None, verdict="not measurable", reason="x")
        if (s.attribute, s.basis, s.region) == gone
        else s
        for s in formula
    )
    reading = read_by_network(aligned, maps, stand_in(tmp_path))
    scores = {(s.attribute, s.basis, s.region) for s in score_by_network(aligned, reading, partly)}
    assert gone not in scores  # the formula's row stays, with its reason
    assert scores == {
        (s.attribute, s.basis, s.region)
        for s in score_by_network(aligned, reading, formula)
        if (s.attribute, s.basis, s.region) != gone
    }
    assert scores


def test_what_the_formulas_read_is_told_beside_the_network(tmp_path, seen):
    aligned, maps, formula = seen
    model = stand_in(tmp_path, times=2.0)
    own = score_by_network(aligned, read_by_network(aligned, maps, model), formula)
    keys = {(s.attribute, s.basis, s.region) for s in own}
    also = tuple(s for s in formula if (s.attribute, s.basis, s.region) in keys)
    photo = PhotoSummary("photo.jpg", "0" * 64, None, Quality(), None)
    told = Comparison(photo, photo, True, (), "scene", 0.1, None, (), own, {}, also=also)
    (sentence,) = network_sentences(told)
    assert sentence.startswith("Measured by model net@1.2.3; the formulas alone read: ")
    for score in also:
        if score.region == aligned.regions.whole:
            assert f"{figures(score).change} {score.unit}" in sentence
    assert network_sentences(replace(told, scores=formula, also=())) == ()


def test_the_intervals_are_those_of_the_networks_noise(tmp_path, seen):
    aligned, maps, formula = seen
    model = stand_in(tmp_path)
    table = json.loads((tmp_path / "noise.json").read_text())
    kind = table["kinds"]["redness relative scene"]
    for cell in kind["regions"].values():
        cell["base"] *= 3
    table["made_from"]["people"]["all"] = 24
    (tmp_path / "noise.json").write_text(json.dumps(table))
    reading = read_by_network(aligned, maps, model)
    own = value(score_by_network(aligned, reading, formula), "redness", "relative")
    assert own.sdc == approx(3 * value(formula, "redness", "relative").sdc, rel=1e-6)
    assert "photos of 24 people" in own.details["note"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"input": {}}, "not a change network"),
        ({"input": {"contract": "skindelta.change/2"}}, "'skindelta.change/2'"),
        ({"input": {"contract": CONTRACT}}, "incomplete"),
        (
            {"input": {"contract": CONTRACT, "channels": ["red"], "context": list(CONTEXT)}},
            "trained on other inputs",
        ),
        ({"output": {"maps": list(MAPS), "scores": KINDS}}, "incomplete"),
        ({"input": INPUT | {"px_per_mm": 0.5}}, "trained at 0.5 cells/mm"),
        ({"input": {k: v for k, v in INPUT.items() if k != "px_per_mm"}}, "incomplete"),
        ({"sha256": {"model.onnx": "0"}}, "no sha256 of noise.json"),
        ({"output": {"maps": list(MAPS), "scores": KINDS, "factors": {}}}, "without a factor"),
        (
            {"output": {"maps": list(MAPS), "scores": KINDS, "factors": FACTORS | {"glow": 1.0}}},
            "factors of no score: .'glow'.",
        ),
        (
            {
                "output": {
                    "maps": list(MAPS),
                    "scores": KINDS,
                    "factors": FACTORS | {KINDS[0]: -1.0},
                }
            },
            "not all above 0",
        ),
        (
            {
                "output": {
                    "maps": list(MAPS),
                    "scores": KINDS,
                    "factors": FACTORS,
                    "shares": {"texture absolute scene": 0.5},
                }
            },
            "its shares are not of absolute color",
        ),
        (
            {
                "output": {
                    "maps": list(MAPS),
                    "scores": KINDS,
                    "factors": FACTORS,
                    "shares": {"redness absolute scene": 0.0},
                }
            },
            "its shares are not of absolute color",
        ),
    ],
)
def test_a_foreign_or_incomplete_card_is_told(tmp_path, changed, message):
    with pytest.raises(ModelError, match=message):
        check_network(stand_in(tmp_path, **changed))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda maps: np.full_like(maps, np.nan), "finite maps"),
        (lambda maps: maps[:, :4], "finite maps"),
        (lambda maps: maps[..., ::2], "finite maps"),
    ],
)
def test_an_answer_that_is_no_map_is_told_and_never_read_as_no_change(
    tmp_path, seen, spoil, message
):
    aligned, maps, _ = seen

    class Broken(StandIn):
        def run(self, inputs):
            return {"maps": spoil(super().run(inputs)["maps"])}

    broken = Broken(stand_in(tmp_path).card, None, tmp_path)
    with pytest.raises(ModelError, match=message):
        read_by_network(aligned, maps, broken)


def drawn_beside(aligned, share):
    """A pair whose upper rows are a wall; the region `mine` is that share skin, the rest wall."""
    labels = aligned.regions.labels.copy()
    labels[:150] = 0
    bare = replace(aligned, regions=replace(aligned.regions, labels=labels))
    mine = np.zeros(labels.shape, np.uint16)
    down = round(150 * share / (1 - share)) if share < 1 else 100
    mine[0 if share < 1 else 150 : 150 + down] = 1
    regions = replace(bare.regions, drawn=mine, names=("skin", "mine"), drawn_names=("mine",))
    return bare, replace(aligned, regions=regions)


def test_what_was_drawn_beside_the_skin_is_nothing_to_the_network(tmp_path, seen):
    bare, drawn = drawn_beside(seen[0], 0.0)
    maps = change_maps(drawn)
    given, wanted = net_input(drawn, maps), net_input(bare, change_maps(bare))
    assert np.isfinite(maps[0].values[:100]).any()  # the formulas do read what was drawn
    assert given.box == wanted.box
    for name in ("context", "levels"):
        np.testing.assert_allclose(getattr(given, name), getattr(wanted, name), atol=0.02)
    for name in ("before", "after", "shared"):  # color and relief are smooth across the border
        inside = (getattr(net, name)[..., 8:, :] for net in (given, wanted))
        np.testing.assert_allclose(*inside, atol=0.02)
    reading = read_by_network(drawn, maps, stand_in(tmp_path))
    assert np.isnan(reading.maps["redness relative"].values[:100]).all()


@pytest.mark.parametrize(
    ("share", "networks"), [(0.0, False), (0.1, False), (0.4, False), (0.6, False), (1.0, True)]
)
def test_a_region_drawn_half_beside_the_skin_is_the_formulas(tmp_path, seen, share, networks):
    _, drawn = drawn_beside(seen[0], share)
    maps = change_maps(drawn)
    reading = read_by_network(drawn, maps, stand_in(tmp_path))
    scores = score_by_network(drawn, reading, score_changes(drawn, maps))
    assert {score.region for score in scores} == ({"skin", "mine"} if networks else {"skin"})


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "incomplete"), ("{}", "incomplete"), ('{"kinds": {}, "from": {}}', "of no score")],
)
def test_a_damaged_noise_table_is_told(tmp_path, text, message):
    model = stand_in(tmp_path)
    (tmp_path / "noise.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        check_network(model)
