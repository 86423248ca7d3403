"""Types: shapes are checked, arrays cannot be changed, no number travels alone."""

import numpy as np
import pytest

from builders import close_up_regions, pair, skin, with_labels
from skindelta.types import OwnRegion, Photo, Reason, Score


def score(**given):
    fields = {
        "attribute": "redness",
        "region": "face",
        "basis": "relative",
        "value": 1.0,
        "unit": "a*",
        "low": 0.0,
        "high": 2.0,
        "sdc": 1.0,
        "verdict": "no measurable change",
        "reason": None,
        "reference": "skin",
    }
    return Score(**{**fields, **given})


def test_a_photo_of_the_wrong_kind_is_refused_with_expected_and_got():
    with pytest.raises(
        ValueError, match=r"expected uint8 of shape .* got float64 of shape \(4, 5\)"
    ):
        Photo(np.zeros((4, 5)))


def test_pixels_cannot_be_changed():
    photo = Photo(np.zeros((4, 5, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0, 0] = 1


def test_both_sides_of_a_pair_have_one_shape():
    with pytest.raises(ValueError, match=r"AlignedPair.after"):
        pair(skin((40, 40)), skin((40, 41)))


def test_the_whole_holds_every_smaller_region():
    regions = close_up_regions((2, 3))
    labels = np.array([[0, 1, 2], [3, 2, 0]], dtype=np.uint8)
    regions = with_labels(regions, labels, ("face", "nose", "chin"))
    assert regions.mask("face").sum() == 4
    assert regions.mask("nose").tolist() == [[False, False, True], [False, True, False]]
    with pytest.raises(KeyError):
        regions.mask("elbow")


@pytest.mark.parametrize(
    "given",
    [
        {"value": None},
        {"value": None, "low": None, "high": None},
        {"value": float("nan")},
        {"high": float("inf")},
    ],
)
def test_a_score_is_finite_or_has_a_reason(given):
    with pytest.raises(ValueError, match="Score"):
        score(**given)


def test_a_missing_value_with_its_reason_is_a_score():
    missing = score(value=None, low=None, high=None, verdict="not measurable", reason="too dark")
    assert missing.reason == "too dark"


def test_a_region_is_a_mask_or_a_polygon():
    with pytest.raises(ValueError, match="mask or a polygon"):
        OwnRegion("spot")


def test_a_reason_reads_as_one_sentence():
    assert str(Reason("blur", "the photo is blurred", "hold it still")) == (
        "the photo is blurred; hold it still"
    )


def test_swapping_a_pair_twice_changes_nothing():
    both = pair(skin(seed=1), skin(seed=2))
    again = both.swapped().swapped()
    assert np.array_equal(again.before, both.before)
    assert np.array_equal(both.swapped().before, both.after)
