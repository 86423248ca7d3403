"""Smoothing and thinning do what they say, at the edges of sizes too."""

import numpy as np
import pytest

from skindelta.filters import thinned


@pytest.mark.parametrize("shape", [(40, 60), (41, 59, 3), (3, 50, 3), (1, 1)])
@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_every_few_pixels_are_kept(shape, step):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kept = thinned(image, step)
    rows, columns = (max(n // step, 1) for n in shape[:2])
    np.testing.assert_array_equal(kept, image[::step, ::step][:rows, :columns])
    assert kept.flags["C_CONTIGUOUS"]
