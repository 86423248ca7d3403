"""What the change network sees: both photos, mirrored when they are swapped, at a fixed scale."""

import numpy as np
import pytest
from pytest import approx

from builders import blob, pair, skin
from skindelta.change import change_maps
from skindelta.net_input import BLOCK, CHANNELS, CONTEXT, MAPS, PX_PER_MM, levels_of, net_input

HB, MEL, MID = (CHANNELS.index(name) for name in ("haemoglobin", "melanin", "mid"))


def given_of(before, after, **about):
    aligned = pair(before, after, **about)
    return net_input(aligned, change_maps(aligned))


def inside(given):
    _, _, height, width = given.box
    return given.shared[0, :height, :width] > 0.9


def test_swapping_the_photos_swaps_what_the_network_sees_to_the_last_digit():
    aligned = pair(skin(), skin(haemoglobin=0.1, relief=1.2, seed=1))
    there = net_input(aligned, change_maps(aligned))
    swapped = aligned.swapped()
    back = net_input(swapped, change_maps(swapped))
    np.testing.assert_array_equal(there.before, back.after)
    np.testing.assert_array_equal(there.after, back.before)
    np.testing.assert_array_equal(there.shared, back.shared)
    np.testing.assert_array_equal(there.context, back.context)
    np.testing.assert_array_equal(there.levels, -back.levels)
    assert there.box == back.box


def test_equal_photos_look_equal():
    given = given_of(skin(), skin())
    np.testing.assert_array_equal(given.before, given.after)
    assert not given.levels.any()


def test_the_difference_of_the_channels_is_the_formulas_map():
    aligned = pair(skin(), skin(haemoglobin=0.15))
    maps = {(m.attribute, m.band): m for m in change_maps(aligned)}
    given = net_input(aligned, tuple(maps.values()))
    step = (given.after - given.before)[:, : given.box[2], : given.box[3]][:, inside(given)]
    for channel, name in ((HB, "redness"), (MEL, "hyperpigmentation")):
        wanted = float(np.nanmean(maps[name, ""].values))
        assert float(step[channel].mean()) == approx(wanted, abs=0.05)


def test_relief_is_the_log_of_its_strength():
    given = given_of(skin(), skin(relief=1.5))
    step = (given.after - given.before)[MID, : given.box[2], : given.box[3]][inside(given)]
    assert float(np.median(step)) == approx(np.log(1.5), abs=0.08)


def test_levels_are_those_of_skin_that_did_not_change():
    before = skin()
    spot = blob(before.shape[:2], (200, 240), 60)
    given = given_of(before, skin(melanin=0.3 * spot))
    assert abs(given.levels[1]) < 0.3
    all_over = given_of(before, skin(melanin=0.15))
    assert all_over.levels[1] > 1.5
    np.testing.assert_array_equal(
        all_over.levels, levels_of(all_over.before, all_over.after, all_over.shared[0])
    )


@pytest.mark.parametrize("px_per_mm", [2.5, 4.0])
def test_the_raster_has_a_fixed_scale_and_sides_that_halve(px_per_mm):
    given = given_of(skin(), skin(), px_per_mm=px_per_mm)
    share = max(PX_PER_MM / px_per_mm, 0.25)
    assert given.size == approx((400 * share, 480 * share), abs=1)
    assert given.before.shape[0] == len(CHANNELS)
    assert all(side % BLOCK == 0 for side in given.before.shape[1:])
    assert given.context.shape == (len(CONTEXT),)
    assert given.before.dtype == np.float32


def test_the_reference_is_among_the_numbers():
    named = {}
    for reference in ("card", "grey", "scene", "skin", "none"):
        context = given_of(skin(), skin(), reference=reference).context
        named[reference] = dict(zip(CONTEXT, context, strict=True))
    assert named["scene"]["scene"] == named["card"]["card"] == named["grey"]["grey"] == 1
    assert named["skin"]["own skin"] == named["none"]["own skin"] == 1
    assert all(sum(list(of.values())[:4]) == 1 for of in named.values())


def test_without_skin_there_is_nothing_to_see():
    aligned = pair(skin(), skin())
    maps = change_maps(aligned)
    hidden = [type(m)(**{**m.__dict__, "values": np.full_like(m.values, np.nan)}) for m in maps]
    assert net_input(aligned, tuple(hidden)) is None


def test_every_map_names_its_attribute_and_basis():
    assert all(
        name.split()[0] in ("redness", "hyperpigmentation", "texture")
        and name.split()[1] in ("absolute", "relative")
        for name in MAPS
    )
