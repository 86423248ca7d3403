"""Change maps: known chromophores in, known a*, L* and percent out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

import tolerances as tol
from builders import LIGHT_SKIN, blob, pair, skin
from skindelta.change import change_maps
from skindelta.color import linear_to_a, linear_to_lightness, unmixing


def maps_of(before, after, **given):
    return {(m.attribute, m.band): m for m in change_maps(pair(before, after, **given))}


def mean(change):
    return float(np.nanmean(change.values))


def rms_change(change):
    before, after = (np.nanmean(image**2) for image in (change.before, change.after))
    return 50 * np.log(after / before)


def test_the_same_pixels_change_by_exactly_nothing():
    maps = change_maps(pair(skin(), skin()))
    assert {m.attribute for m in maps} == {"redness", "hyperpigmentation", "texture"}
    for m in maps:
        assert np.nanmax(np.abs(m.values)) == 0


def test_haemoglobin_is_redness_and_not_pigment():
    before, after = skin(), skin(haemoglobin=0.15)
    maps = maps_of(before, after)
    truth = float(np.mean(linear_to_a(after) - linear_to_a(before)))
    assert truth > 2
    assert mean(maps["redness", ""]) == approx(truth, rel=tol.UNMIXED)
    assert mean(maps["hyperpigmentation", ""]) == approx(0, abs=tol.LEAK * truth)


def test_melanin_is_pigment_and_not_redness():
    before, after = skin(), skin(melanin=0.15)
    maps = maps_of(before, after)
    truth = float(np.mean(linear_to_lightness(before) - linear_to_lightness(after)))
    assert truth > 1.5
    assert mean(maps["hyperpigmentation", ""]) == approx(truth, rel=tol.UNMIXED)
    assert mean(maps["redness", ""]) == approx(0, abs=tol.LEAK * truth)


@settings(max_examples=15, deadline=None)
@given(exposure=st.floats(0.5, 1.5), tilt=st.floats(-0.3, 0.3))
def test_exposure_and_shading_are_no_change_of_color(exposure, tilt):
    before = skin()
    shade = exposure * np.exp(tilt * np.linspace(-1, 1, before.shape[1], dtype=np.float32))
    maps = maps_of(before, before * shade[None, :, None].astype(np.float32))
    # A shade that falls off within a blurred pixel moves its weight, not its color.
    assert np.nanmax(np.abs(maps["redness", ""].values)) < tol.A_STAR_NOISE
    assert np.nanmax(np.abs(maps["hyperpigmentation", ""].values)) < tol.L_STAR_NOISE


def test_a_red_spot_is_found_where_it_is():
    spot = blob((400, 480), (300, 120), 20)
    maps = maps_of(skin(), skin(haemoglobin=0.1 * spot))
    values = maps["redness", ""].values
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    assert abs(column - 300) < 8
    assert abs(row - 120) < 8
    assert values[380, 40] == approx(0, abs=tol.A_STAR_NOISE)


def test_swapping_the_photos_changes_every_sign():
    before, after = skin(), skin(haemoglobin=0.05, melanin=-0.04, relief=1.3, seed=0)
    forward, backward = (change_maps(pair(*both)) for both in ((before, after), (after, before)))
    for one, other in zip(forward, backward, strict=True):
        assert np.array_equal(one.values, -other.values, equal_nan=True)
        assert np.array_equal(one.before, other.after, equal_nan=True)


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_deeper_relief_is_more_texture_in_percent(factor):
    maps = maps_of(skin(), skin(relief=factor))
    truth = 100 * np.log(factor)
    assert rms_change(maps["texture", "mid"]) == approx(truth, abs=tol.TEXTURE_PERCENT)
    assert np.nanmedian(maps["texture", "mid"].values) == approx(truth, abs=tol.TEXTURE_PERCENT)


def test_redder_or_darker_spots_are_no_texture():
    mottled = 0.1 * sum(blob((400, 480), (60 * k, 50 * k), 12) for k in range(1, 8))
    maps = maps_of(skin(), skin(haemoglobin=mottled, melanin=mottled))
    assert rms_change(maps["texture", "mid"]) == approx(0, abs=tol.TEXTURE_PERCENT)


@pytest.mark.parametrize(
    ("px_per_mm", "codes"), [(6.0, []), (3.0, ["fine"]), (2.0, ["mid", "fine"])]
)
def test_a_band_needs_its_resolution(px_per_mm, codes):
    maps = maps_of(skin(), skin(), px_per_mm=px_per_mm)
    blocked = [band for (name, band), m in maps.items() if name == "texture" and m.reason]
    assert blocked == codes


def test_directions_that_are_tested_are_those_of_light_skin():
    a, lightness = linear_to_a(LIGHT_SKIN), linear_to_lightness(LIGHT_SKIN)
    redder = LIGHT_SKIN * np.exp(-0.05 * unmixing(40).u_hb)
    darker = LIGHT_SKIN * np.exp(-0.05 * unmixing(40).u_mel)
    assert linear_to_a(redder) > a
    assert linear_to_lightness(darker) < lightness
