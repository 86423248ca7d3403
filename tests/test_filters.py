"""Smoothing and thinning do what they say, at the edges of sizes too."""

import numpy as np
import pytest

from skindelta.filters import made_to_fit, thinned


@pytest.mark.parametrize("shape", [(40, 60), (41, 59, 3), (3, 50, 3), (1, 1)])
@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_every_few_pixels_are_kept(shape, step):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kept = thinned(image, step)
    rows, columns = (max(n // step, 1) for n in shape[:2])
    np.testing.assert_array_equal(kept, image[::step, ::step][:rows, :columns])
    assert kept.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize("by_area", [False, True])
@pytest.mark.parametrize("size", [(90, 60), (61, 40), (33, 22), (11, 7)])
def test_a_photo_made_to_fit_keeps_its_light_where_it_is(size, by_area):
    columns, rows = np.meshgrid(np.linspace(40, 200, 90), np.linspace(0, 40, 60))
    image = np.repeat(np.rint(columns + rows)[..., None], 3, axis=2).astype(np.uint8)
    small = made_to_fit(image, size, by_area)
    assert small.shape == (size[1], size[0], 3)
    x = (np.arange(size[0]) + 0.5) * 90 / size[0] - 0.5
    y = (np.arange(size[1]) + 0.5) * 60 / size[1] - 0.5
    expected = 40 + 160 * x / 89 + (40 * y / 59)[:, None]
    off = np.abs(small[..., 0] - expected)
    assert off[:-1, :-1].max() < 1.6  # codes are rounded
    assert off.max() < 160 / size[0] / 2 + 1  # at the edge an odd row or column was left out
