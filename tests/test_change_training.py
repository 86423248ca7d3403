"""What the change network learns from, and what holds whatever it learnt."""

import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from change import calibrate, card, draws, paint  # noqa: E402
from skindelta.net_input import CHANNELS, CONTEXT, MAPS  # noqa: E402

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
RED, DARK, BEFORE, AFTER = range(4)


@pytest.fixture
def labels():
    """Two regions of skin in the middle of nothing."""
    found = np.zeros((96, 64), np.uint8)
    found[16:80, 8:56] = 1
    found[16:48, 8:56] = 2
    return found


def test_painted_changes_differ_by_seed_and_come_in_every_attribute(labels):
    pairs = [paint.painted(labels, np.random.default_rng(seed)) for seed in range(60)]
    again = paint.painted(labels, np.random.default_rng(0))
    assert np.array_equal(pairs[0], again)
    assert not np.array_equal(pairs[0], pairs[1])
    for plane in (RED, DARK, BEFORE, AFTER):
        assert any(pair[plane].any() for pair in pairs)
    colors = np.array([pair[:2][:, labels > 0] for pair in pairs])
    assert colors.min() < 0 < colors.max()  # rising and falling


@pytest.mark.parametrize(
    "shape", [paint.clouds, paint.dots, paint.blobs, paint.regions, paint.slope]
)
def test_shapes_are_shares(labels, shape):
    for seed in range(20):
        field = shape(labels, np.random.default_rng(seed))
        assert field.shape == labels.shape
        assert np.isfinite(field).all()
        assert field.min() >= 0
        assert field.max() <= 1 + 1e-5


def test_nothing_is_painted_without_skin():
    assert not paint.painted(np.zeros((32, 32), np.uint8), np.random.default_rng(0)).any()


def test_drawn_changes_are_mostly_local_and_go_both_ways():
    rng = np.random.default_rng(3)
    drawn = [c for _ in range(400) for c in draws.draw_changes(["face", "nose", "chin"], rng)]
    for attribute in ("redness", "hyperpigmentation", "texture"):
        own = [change.amplitude for change in drawn if change.attribute == attribute]
        assert min(own) < 0 < max(own)
    spread = [c for c in drawn if c.kind in draws.EVERYWHERE and c.region == "face"]
    assert len(spread) < 0.5 * len(drawn)


def test_of_the_frozen_benchmarks_kinds_only_whole_regions_are_drawn_for_training():
    """Its patches and dots have cousins in `change.paint`, drawn by code of their own."""
    frozen = tomllib.loads((BENCHMARKS / "injections.toml").read_text())
    kinds = {part["kind"] for case in frozen["case"] for part in case["changes"]}
    rng = np.random.default_rng(0)
    changes = (draws.draw_changes(["face", "nose", "chin"], rng) for _ in range(1000))
    drawn = {change.kind for some in changes for change in some}
    assert drawn == {*draws.BLOOD, *draws.MELANIN, *draws.RELIEF}
    assert drawn & kinds == {"diffuse"}  # all the face, or a region


def known_rows(times, regime="controlled", ridge=1.3):
    """Known changes of redness: the formula reads 1.1 times the truth, the others as told."""
    return [
        {
            "set": f"known change, {regime}",
            "changed": "redness",
            "reference": "scene",
            "person": f"{number % 8}",
            "truth": {f"redness absolute {region}": value for region in times},
            "values": {f"redness absolute {region}": 1.1 * value for region in times},
            "network": {f"redness absolute {r}": value * of for r, of in times.items()},
            "ridge": {f"redness absolute {r}": value * ridge for r in times},
        }
        for number, value in enumerate(np.linspace(-3, 3, 40))
    ]


def test_a_factor_brings_the_slope_of_known_changes_to_one():
    rows = known_rows({"face": 0.8, "forehead": 0.8})
    assert calibrate.factor_of("redness absolute", "scene", rows) == approx(1 / 0.8)


def test_changes_of_other_shapes_count_in_a_factor_and_those_after_a_smile_do_not():
    rows = known_rows({"face": 0.8})
    rows += [row | {"set": "known shape, same room"} for row in known_rows({"face": 1.2})]
    rows += known_rows({"face": 0.5}, "smiling")
    assert calibrate.factor_of("redness absolute", "scene", rows) == approx(1)


def test_as_much_of_the_network_ships_as_is_surely_not_farther(monkeypatch):
    """In controlled light the formula is right and all of the network not."""
    kind = "redness absolute"
    monkeypatch.setattr(calibrate, "KINDS", ((kind, ("scene",)),))
    monkeypatch.setattr(calibrate, "noise_table", lambda rows: {"rows": len(rows)})
    signs = [1, -1, 1, -1, 1]  # of its errors, which change nothing of the slope
    rows = known_rows({"face": 1.0})
    for number, row in enumerate(rows):
        truth = row["truth"][f"{kind} face"]
        sign = signs[number % 5]
        row["values"][f"{kind} face"] = truth - 0.10 * sign
        row["network"][f"{kind} face"] = truth + 0.15 * sign
    found = calibrate.calibrated(rows)
    assert found["shares"] == {f"{kind} scene": 0.75}


@pytest.mark.torch
def test_a_slope_is_pushed_to_one_however_noisy_what_is_read():
    """The gradient is 0 where the expected slope is 1, not where the error is least."""
    torch = pytest.importorskip("torch", reason="needs the extra train")
    pytest.importorskip("torchvision", reason="needs the extra train")
    from change.loss import Slopes, _Read

    slopes, pushes = Slopes(), []
    generator = torch.Generator().manual_seed(1)
    gain = torch.ones((), requires_grad=True)
    for _ in range(400):
        truth = torch.randn(8, 3, generator=generator)
        value = gain * (truth + torch.randn(8, 3, generator=generator))
        read = _Read(value, truth, torch.full((8, 3), 100.0))
        cost = slopes.cost("map", read, torch.zeros(8, dtype=torch.long))
        pushes.append(torch.autograd.grad(cost, gain)[0].item())
    assert float(cost.detach()) < 0.01
    assert abs(np.mean(pushes[100:])) < 0.05


@pytest.mark.parametrize(
    ("face", "forehead", "smiling", "ships"),
    [
        (1.05, 1.05, 1.05, True),
        (0.8, 1.05, 1.05, False),  # the face is farther
        (1.05, 0.8, 1.05, False),  # a region is farther
        (1.05, 1.05, 1.2, False),  # farther after a smile
        (1.1, 1.1, 1.1, False),  # as near as the formula
    ],
)
def test_the_network_ships_where_it_is_nearer_and_nowhere_farther(face, forehead, smiling, ships):
    rows = known_rows({"face": face, "forehead": forehead})
    rows += known_rows({"face": smiling}, "smiling")
    assert calibrate.ships("redness absolute", "scene", rows) == ships


def test_what_was_refused_stays_with_the_formula(monkeypatch, capsys):
    kind = "hyperpigmentation relative"
    monkeypatch.setattr(calibrate, "KINDS", ((kind, ("scene", "skin", "none")),))
    monkeypatch.setattr(calibrate, "ships", lambda *_: True)
    monkeypatch.setattr(calibrate, "factor_of", lambda *_: 1.1)
    factors, _, scores = calibrate._what_ships([], (f"{kind} skin",))
    assert scores == [f"{kind} scene"]
    assert factors == {f"{kind} {reference}": 1.1 for reference in ("scene", "skin", "none")}
    assert f"{kind} skin: refused" in capsys.readouterr().out
    assert calibrate._what_ships([])[2] == [f"{kind} {name}" for name in ("scene", "skin", "none")]


def test_of_several_tries_each_has_less_chance_to_err():
    rng = np.random.default_rng(0)
    names = np.repeat([f"{n}" for n in range(20)], 4)
    truth = rng.normal(0, 2, 80)
    wrong = [truth + rng.normal(0, sd, 80) for sd in (1.0, 0.8, 1.0)]
    pairs = calibrate.Known(names, truth, *wrong)
    once, often = calibrate.gain_of(pairs), calibrate.gain_of(pairs, tries=9)
    assert once[0] == often[0]
    assert often[1] < once[1] < once[2] < often[2]


def test_what_a_ridge_regression_reads_does_not_decide():
    """It gives no score: without the network the formula would."""
    rows = known_rows({"face": 1.05, "forehead": 1.05})
    rows += known_rows({"face": 1.05}, "smiling", ridge=1.01)
    assert calibrate.ships("redness absolute", "scene", rows)


def test_a_factor_goes_as_far_as_no_kind_of_photos_is_read_farther(monkeypatch):
    kind = "redness absolute"
    monkeypatch.setattr(calibrate, "KINDS", ((kind, ("scene",)),))
    monkeypatch.setattr(calibrate, "noise_table", lambda rows: {"rows": len(rows)})
    # Slope 0.95 where light is controlled, and after a smile already 1.07: the formula reads 1.1.
    rows = known_rows({"face": 0.95}) + known_rows({"face": 1.07}, "smiling")
    found = calibrate.calibrated(rows)
    assert found["scores"] == ["redness absolute scene"]
    assert 1 < found["factors"]["redness absolute scene"] < 1 / 0.95
    assert found["table"] == {"rows": len(rows)}


def real_rows(who, times):
    """Unchanged skin: the formula shows 1, the network as told."""
    region = "redness absolute face"
    return [
        {
            "set": "real",
            "reference": "scene",
            "person": f"{who}{number}",
            "values": {region: 1.0},
            "network": {region: times},
        }
        for number in range(9)
    ]


@pytest.mark.parametrize(("learnt", "more"), [(0.5, 1.6), (0.8, 1.0), (1.0, 1.0)])
def test_people_it_was_trained_on_count_by_how_much_more_the_others_show(learnt, more):
    rows = real_rows("learnt", learnt) + real_rows("other", 0.8)
    trained = frozenset(f"learnt{number}" for number in range(9))
    assert calibrate.excess_of("redness absolute", "scene", rows, trained) == approx(more)


def test_noise_of_people_it_was_not_trained_on_counts_as_it_is(monkeypatch):
    """Also that of somebody who belongs to no split of the London set."""
    kind = "redness absolute"
    known = [person.name for person in calibrate.people("train", ("london",))]
    rows = real_rows("other", 0.8) + [row | {"person": "zoom"} for row in real_rows("", 0.8)[:1]]
    rows += [row | {"person": name} for row, name in zip(real_rows("", 0.5), known, strict=False)]
    rows += [{"set": "real", "person": "lost", "reasons": ["too dark"]}]
    monkeypatch.setattr(calibrate, "KINDS", ((kind, ("scene",)),))
    monkeypatch.setattr(calibrate, "noise_table", lambda rows: {"rows": rows})
    monkeypatch.setattr(calibrate, "factor_of", lambda *_: 1.0)
    found = calibrate.calibrated(rows)
    assert found["excess"] == {f"{kind} scene": approx(1.6)}
    told = {row["person"]: row["values"][f"{kind} face"] for row in found["table"]["rows"][1:]}
    assert told["zoom"] == told["other0"] == 0.8
    assert told[known[0]] == approx(0.5 * 1.6)
    assert found["table"]["rows"][0]["person"] == "lost"


def test_a_card_reads_back_as_it_was_written():
    told = {
        "name": "net",
        "schema": 1,
        "output": {
            "factors": {"redness absolute scene": 0.97},
            "scores": ["redness absolute scene"],
        },
        "metrics": {"rows": [{"row": "a: b", "r": 0.99}, {"row": "c, d", "r": 1.0}]},
    }
    assert tomllib.loads(card.as_toml(told)) == told


@pytest.fixture
def net():
    torch = pytest.importorskip("torch", reason="needs the extra train")
    pytest.importorskip("torchvision", reason="needs the extra train")
    from skindelta.learning.net import ChangeNet

    torch.manual_seed(0)
    return ChangeNet(8, (8, 12, 16, 24), 8).eval()


def inputs(seed=0):
    import torch

    made = torch.Generator().manual_seed(seed)
    before, after = torch.randn(2, 1, len(CHANNELS), 48, 32, generator=made)
    shared = torch.rand(1, 2, 48, 32, generator=made)
    context = torch.randn(1, len(CONTEXT), generator=made)
    return before, after, shared, context, torch.randn(1, 2, generator=made)


@pytest.mark.torch
def test_an_untrained_network_reads_what_the_formulas_read(net):
    import torch

    before, after, shared, context, levels = inputs()
    with torch.no_grad():
        maps = net(before, after, shared, context, levels)[0]
    assert maps.shape == (len(MAPS), 48, 32)
    formula = (after - before)[0, [0, 1, CHANNELS.index("mid")]]
    formula[2] *= 100
    assert torch.allclose(maps[:3], formula, atol=1e-4)


@pytest.mark.torch
def test_swapped_photos_change_the_sign_whatever_was_learnt(net):
    import torch

    for last in (net.gain, net.tilt, net.control, net.leaks, net.contrast):
        torch.nn.init.normal_(last.weight, 0, 0.5)
    before, after, shared, context, levels = inputs()
    with torch.no_grad():
        there = net(before, after, shared, context, levels)
        back = net(after, before, shared, context, -levels)
        same = net(before, before, shared, context, 0 * levels)
    assert there.abs().max() > 1
    assert torch.allclose(there, -back, atol=1e-4)
    assert same.abs().max() < 1e-4


@pytest.mark.torch
def test_what_a_camera_of_more_contrast_makes_of_the_skins_pattern_is_taken_off(net):
    import torch

    torch.nn.init.constant_(net.contrast.weight, 0.1)
    before, _, shared, context, levels = inputs()
    deeper = before.clone()
    deeper[:, CHANNELS.index("shading")] *= 1.5
    with torch.no_grad():
        there = net(before, deeper, shared, context, 0 * levels)[0, 0]
        plain = net(before, before, shared, context, 0 * levels)[0, 0]
    assert plain.abs().max() < 1e-4
    pattern = torch.corrcoef(torch.stack([there.flatten(), before[0, 0].flatten()]))[0, 1]
    known = 1 + context.sum()  # weights are all alike
    assert pattern * known.sign() < -0.99


@pytest.mark.torch
@pytest.mark.parametrize(("number", "channels"), [(0, [0]), (1, [1]), (2, [3, 4, 5])])
def test_nothing_that_is_added_knows_what_the_map_itself_shows(net, number, channels):
    """So a true change is read in proportion, however large, with the same coefficients."""
    import torch

    for last in (net.tilt, net.leaks):
        torch.nn.init.normal_(last.weight, 0, 0.5)
    before, after, shared, context, levels = inputs()
    shared[:] = 1
    steps = []
    with torch.no_grad():
        # The same coefficients: what the convolutions say of the pair is another matter.
        found = net.learnt(*learnt_inputs())
        net.learnt = lambda *_: found
        for amount in (0.0, 0.5, 1.0):
            changed, level = after.clone(), levels.clone()
            for channel in channels:
                changed[:, channel] += amount
            if number < 2:
                level[:, number] += amount
            steps.append(net(before, changed, shared, context, level)[0, number])
    first, second = steps[1] - steps[0], steps[2] - steps[1]
    assert torch.allclose(first, second, atol=1e-3)
    unit = 100 if number == 2 else 1
    assert first.mean() == approx(0.5 * unit, rel=1e-3)


def learnt_inputs():
    import torch

    made = torch.Generator().manual_seed(3)
    photos = [torch.randn(1, len(CHANNELS), 48, 32, generator=made) for _ in range(2)]
    shared, context = torch.ones(1, 2, 48, 32), torch.zeros(1, len(CONTEXT))
    return *photos, shared, context, torch.randn(1, 2, 48, 32, generator=made)


@pytest.mark.torch
def test_what_leaks_into_chromophores_erases_no_spot(net):
    """It is the same all over a centimeter: a spot stands out of its surroundings as before."""
    import torch

    before, after, shared, context, levels = inputs()
    dark = after.clone()
    dark[..., 22:25, 14:17] += 5
    shared[:] = 1
    with torch.no_grad():
        plain = net(before, dark, shared, context, levels)[0, 1]
        torch.nn.init.constant_(net.leaks.bias, 1.0)
        added = net(before, dark, shared, context, levels)[0, 1] - plain
    assert added.abs().max() > 0.1
    steps = torch.stack([added.diff(dim=n).abs().max() for n in (0, 1)])
    assert steps.max() < 0.2 * (added.max() - added.min())


@pytest.mark.torch
def test_a_uniform_change_of_the_light_leaves_relative_maps_alone(net):
    import torch

    before, after, shared, context, levels = inputs()
    brighter = after.clone()
    brighter[:, :2] += 3
    with torch.no_grad():
        plain = net(before, after, shared, context, levels)[:, 3:]
        moved = net(before, brighter, shared, context, levels + 3)[:, 3:]
    assert torch.allclose(plain, moved, atol=1e-3)


def pairs_in(folder, count):
    """Write a bank of small pairs in which something changed."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(str(folder.name)))
    arrays, about = {}, []
    for number in range(count):
        planes = rng.normal(0, 1, (2 * len(CHANNELS) + 6, 32, 32)).astype(np.float16)
        planes[12:14] = 1
        labels = np.ones((32, 32), np.uint8)
        labels[:16] = 2
        context = np.zeros(len(CONTEXT), np.float32)
        context[CONTEXT.index("scene")] = 1
        arrays |= {f"planes{number}": planes, f"labels{number}": labels}
        arrays[f"context{number}"] = context
        about.append({"dataset": "london", "scene": "room", "same_base": True})
    np.savez(folder / "person.npz", about=json.dumps(about), **arrays)


@pytest.mark.torch
def test_a_run_that_is_killed_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch", reason="needs the extra train")
    for name in ("torchvision", "tensorboard"):
        pytest.importorskip(name, reason="needs the extra train")
    from change import train

    config = {"seed": 1, "batch": 2, "steps": 6, "rate": 1e-3, "weight_decay": 0.01}
    config |= {"average": 0.9, "own": 8, "widths": [8, 12, 16, 24], "head": 8}
    monkeypatch.setattr(train, "CHECK_EVERY", 2)
    for run in ("whole", "killed"):
        pairs_in(tmp_path / run / "bank", 6)
        pairs_in(tmp_path / run / "watched", 2)
    train.train(tmp_path / "whole", config, workers=0)

    step = train._State.step

    def step_until_killed(state, pairs, rate):
        if len(taken) == 3:  # after a step that is saved and one that is not
            raise KeyboardInterrupt
        taken.append(rate)
        return step(state, pairs, rate)

    taken = []
    monkeypatch.setattr(train._State, "step", step_until_killed)
    with pytest.raises(KeyboardInterrupt):
        train.train(tmp_path / "killed", config, workers=0)
    monkeypatch.setattr(train._State, "step", step)
    train.train(tmp_path / "killed", config, workers=0)

    whole, killed = (
        torch.load(tmp_path / run / "last.pt", weights_only=True) for run in ("whole", "killed")
    )
    assert whole["step"] == killed["step"] == 6
    for name, weights in whole["mean"].items():
        assert torch.equal(weights, killed["mean"][name]), name
    assert (tmp_path / "killed" / "log.jsonl").read_text().count("\n") == 3
