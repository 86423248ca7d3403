"""Alignment: known displacements are found, spots survive, other skin is refused."""

import cv2
import numpy as np
import pytest
from pytest import approx

import tolerances as tol
from builders import blob, normalized, skin
from skindelta.align import align_pair, pair_with_itself
from skindelta.types import AlignedPair, Reason

SHAPE = (400, 480)


def turned(rgb, degrees=0.0, zoom=1.0, shift=(0.0, 0.0)):
    """The picture turned and enlarged about its middle, and the matrix that did it."""
    matrix = cv2.getRotationMatrix2D((rgb.shape[1] / 2, rgb.shape[0] / 2), degrees, zoom)
    matrix[:, 2] += shift
    size = rgb.shape[1::-1]
    moved = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.maximum(moved, 0.001), matrix


def aligned(before, after):
    result = align_pair(normalized(before), normalized(after))
    assert isinstance(result, AlignedPair), result
    return result


def peak(image):
    """Where (x, y) the image is greatest, a little smoothed."""
    row, column = np.unravel_index(cv2.GaussianBlur(image, (0, 0), 2).argmax(), image.shape)
    return column, row


def inner(image):
    return image[60:-60, 60:-60]


def test_the_same_pixels_lie_exactly_on_one_another():
    result = aligned(skin(), skin())
    assert np.array_equal(result.before, result.after)
    assert np.abs(result.displacement).max() == 0
    assert result.residual_px == 0
    assert result.similarity == approx(1)


@pytest.mark.parametrize(
    ("degrees", "zoom", "shift"), [(0, 1.0, (7.5, -4.2)), (6, 1.0, (0, 0)), (-4, 1.08, (10, 5))]
)
def test_a_moved_close_up_is_brought_back(degrees, zoom, shift):
    before = skin()
    after, _ = turned(before, degrees, zoom, shift)
    result = aligned(before, after)
    gap = np.abs(np.log(inner(result.after)) - np.log(inner(result.before)))
    unaligned = np.abs(np.log(inner(after)) - np.log(inner(before)))
    # A third: resampling once more takes the finest grain away.
    assert np.median(gap) < np.median(unaligned) / 3
    assert result.residual_px < tol.ALIGNED_PX


def test_light_does_not_pull_skin():
    before = skin()
    shade = np.exp(np.linspace(-0.5, 0.5, SHAPE[1], dtype=np.float32))[None, :, None]
    result = aligned(before, before * shade)
    length = np.linalg.norm(result.displacement, axis=-1)
    assert np.median(inner(length)) < tol.ALIGNED_PX


@pytest.mark.parametrize("radius", [4, 10, 25])
def test_a_new_spot_is_neither_moved_nor_shrunk(radius):
    spot = 0.2 * blob(SHAPE, (240, 200), radius)
    before, after = skin(), skin(melanin=spot)
    result = aligned(before, after)
    made = np.log(before) - np.log(after)
    found = np.log(result.before) - np.log(result.after)
    assert found[..., 2].max() == approx(made[..., 2].max(), rel=0.1)
    around = blob(found.shape[:2], peak(found[..., 2]), 3 * radius) > 0.1
    assert found[around][:, 2].sum() == approx(made[..., 2].sum(), rel=0.1)


def test_other_skin_is_refused_with_the_reason():
    result = align_pair(normalized(skin(seed=1)), normalized(skin(seed=100)))
    assert isinstance(result, Reason)
    assert result.code == "not_aligned"
    assert "could not be aligned" in result.message


def test_skin_without_structure_is_refused_with_the_reason():
    plain = np.full((200, 200, 3), 0.3, dtype=np.float32)
    result = align_pair(normalized(plain), normalized(plain))
    assert isinstance(result, Reason)
    assert "features" in result.message


def test_swapped_photos_lie_on_the_same_grid():
    before = skin()
    after, _ = turned(before, 3, 1.03, (4, -6))
    forward, backward = aligned(before, after), aligned(after, before)
    assert forward.before.shape == backward.before.shape
    gap = np.abs(inner(forward.displacement) + inner(backward.displacement))
    assert gap.max() < 0.05
    assert inner(forward.before) == approx(inner(backward.after), abs=1e-3)


def test_a_photo_with_itself_has_no_displacement():
    alone = pair_with_itself(normalized(skin()))
    assert np.abs(alone.displacement).max() == 0
    assert alone.before is not None
    assert np.array_equal(alone.before, alone.after)
