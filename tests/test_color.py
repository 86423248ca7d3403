"""Color: against the definitions, scikit-image and published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from skimage import color as oracle

from skindelta.color import (
    DARKEST_ITA,
    individual_typology_angle,
    linear_to_a,
    linear_to_lab,
    linear_to_lightness,
    linear_to_srgb8,
    optical_density,
    srgb8_to_linear,
    unmixing,
)


def all_codes():
    codes = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    codes[0, :8] = [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]] + 3 * [
        [1, 2, 3]
    ]
    return codes


def test_every_code_survives_the_round_trip_through_linear_light():
    codes = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.array_equal(linear_to_srgb8(srgb8_to_linear(codes)), codes)


def test_lab_is_that_of_scikit_image():
    codes = all_codes()
    lab = linear_to_lab(srgb8_to_linear(codes))
    assert lab == approx(oracle.rgb2lab(codes), abs=0.01)  # its white differs in the 5th digit


def test_single_channels_are_those_of_lab():
    linear = srgb8_to_linear(all_codes())
    lab = linear_to_lab(linear)
    assert linear_to_lightness(linear) == approx(lab[..., 0], abs=1e-4)
    assert linear_to_a(linear) == approx(lab[..., 1], abs=1e-4)


@pytest.mark.parametrize(("lab", "ita"), [((70, 8, 20), 45.0), ((50, 8, 20), 0.0), ((50, 8, 0), 0)])
def test_individual_typology_angle(lab, ita):
    assert individual_typology_angle(np.array(lab, dtype=float)) == approx(ita)


def test_optical_density_is_finite_on_black_and_zero_on_white():
    density = optical_density(np.array([[0, 0, 0], [1, 1, 1]], dtype=np.float32))
    assert np.isfinite(density).all()
    assert density[1] == approx(0)


@given(
    ita=st.floats(-90, 90),
    s=st.floats(-1, 1),
    m=st.floats(-1, 1),
    h=st.floats(-1, 1),
)
def test_unmixing_reads_back_what_was_mixed(ita, s, m, h):
    rows = unmixing(ita)
    density = s * np.ones(3) + m * rows.u_mel + h * rows.u_hb
    assert rows.shading @ density == approx(s, abs=1e-4)
    assert rows.melanin @ density == approx(m, abs=1e-4)
    assert rows.haemoglobin @ density == approx(h, abs=1e-4)


@pytest.mark.parametrize("ita", [-45, -10, 0, 19, 35, 48, 60])
def test_rows_do_not_see_exposure(ita):
    rows = unmixing(ita)
    assert rows.melanin.sum() == approx(0, abs=1e-5)
    assert rows.haemoglobin.sum() == approx(0, abs=1e-5)


def test_directions_are_held_beyond_the_table():
    assert unmixing(89).u_hb == approx(unmixing(60).u_hb)
    assert unmixing(-89).u_mel == approx(unmixing(DARKEST_ITA).u_mel)
