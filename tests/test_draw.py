"""Change maps can be read: by color-blind people, on every tone of skin, at every size."""

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from skindelta.draw import (
    SMALLEST_TEXT,
    _text_size,
    before_after,
    change_layer,
    change_overlay,
    region_color,
    region_layer,
    region_overlay,
    scale_colors,
    scale_limit,
)

# Full color blindness in linear sRGB: Machado, Oliveira and Fernandes (2009), severity 1.
COLOR_BLINDNESS = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
APART = 20.0  # ΔE00; ten times what a careful eye can just tell, so it holds on a poor screen


def lab_as_seen(rgb, blindness):
    """CIELAB of uint8 sRGB as a person with that color blindness sees it."""
    coded = rgb / 255.0
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.asarray(COLOR_BLINDNESS[blindness]).T, 0, 1)
    return rgb2lab(np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055))


def ramp(tone=(150, 110, 90), limit=4.0, noise=0.0):
    """One row of change from -limit to +limit drawn over flat skin of that tone, shape (201, 3)."""
    skin = np.full((8, 201, 3), tone, np.uint8)
    values = np.tile(np.linspace(-limit, limit, 201, dtype=np.float32), (8, 1))
    return change_overlay(skin, values, limit, "a*", noise=noise)[0]


@pytest.mark.parametrize("blindness", COLOR_BLINDNESS)
def test_less_none_and_more_are_three_colors_to_everybody(blindness):
    less, none, more = lab_as_seen(ramp()[[0, 100, 200]], blindness)
    assert deltaE_ciede2000(less, none) >= APART
    assert deltaE_ciede2000(more, none) >= APART
    assert deltaE_ciede2000(less, more) >= APART


@pytest.mark.parametrize("blindness", COLOR_BLINDNESS)
def test_a_larger_change_is_always_lighter_and_farther_from_grey(blindness):
    lab = lab_as_seen(ramp()[::10], blindness)
    far = np.linalg.norm(lab - lab[10], axis=1)
    for side in (slice(10, None), slice(10, None, -1)):
        assert np.all(np.diff(lab[side, 0]) > 0)
        assert np.all(np.diff(far[side]) > 0)


def test_both_directions_weigh_the_same():
    lab = lab_as_seen(ramp(), "none")
    np.testing.assert_allclose(lab[::-1, 0], lab[:, 0], atol=1.5)  # L*; 8-bit rounding


def test_light_and_dark_skin_carry_the_same_colors():
    light, dark = ramp(tone=(235, 200, 180)), ramp(tone=(70, 45, 35))
    assert deltaE_ciede2000(rgb2lab(light), rgb2lab(dark)).max() < 3


def test_no_change_shows_the_photo_in_grey():
    skin = np.random.default_rng(1).integers(60, 200, (40, 60, 3), dtype=np.uint8)
    drawn = change_overlay(skin, np.zeros((40, 60), np.float32), 5, "a*")[:40]
    assert np.ptp(drawn.astype(int), axis=2).max() <= 2
    structure = np.corrcoef(drawn[..., 0].ravel(), rgb2lab(skin)[..., 0].ravel())[0, 1]
    assert structure > 0.99


def test_noise_is_paler_than_the_same_change_without_noise():
    grey = rgb2lab(ramp()[100])
    plain = deltaE_ciede2000(rgb2lab(ramp()[120]), grey)
    assert deltaE_ciede2000(rgb2lab(ramp(noise=1.6)[120]), grey) < 0.6 * plain
    assert np.array_equal(ramp(noise=1.6)[[0, 200]], ramp()[[0, 200]])


def test_the_worse_direction_is_orange_whatever_its_sign():
    skin = np.full((8, 8, 3), 120, np.uint8)
    up = np.full((8, 8), 3, np.float32)
    worse = change_overlay(skin, up, 3, "a*", better=-1)[0, 0]
    better = change_overlay(skin, up, 3, "a*", better=+1)[0, 0]
    assert worse[0] > worse[2]
    assert better[2] > better[0]
    assert np.array_equal(better, change_overlay(skin, -up, 3, "a*", better=-1)[0, 0])


def test_what_is_not_measured_is_grey_and_hatched():
    skin = np.full((80, 160, 3), (200, 150, 130), np.uint8)
    values = np.full((80, 160), 5, np.float32)
    values[:, 80:] = np.nan
    drawn = change_overlay(skin, values, 5, "a*")[:80].astype(int)
    assert np.ptp(drawn[:, 80:], axis=2).max() <= 2
    assert len(np.unique(drawn[:, 80:, 0])) == 2
    assert np.ptp(drawn[:, :80], axis=2).min() > 60


def over(layer, grey):
    """What is seen of a layer over an even grey."""
    opacity = layer[..., 3:] / 255
    return layer[..., :3] * opacity + grey * (1 - opacity)


@pytest.mark.parametrize("better", [-1, 1])
@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_layer_over_grey_has_the_colors_of_the_overlay(better, noise):
    values = np.linspace(-6, 6, 400, dtype=np.float32)[None].repeat(400, 0)
    # An even photo has no light and shade of its own: it becomes the middle grey.
    whole = change_overlay(
        np.full((400, 400, 3), 120, np.uint8), values, 5.0, "a*", better=better, noise=noise
    )[:400]
    grey = whole[:, 200].astype(float).mean(axis=0)
    seen = over(change_layer(values, 5.0, better, noise), grey)
    ends = np.abs(values[0]) > 5
    hues = [rgb2lab(np.asarray(p) / 255)[..., 1:] for p in (seen[0][ends], whole[0][ends] / 1.0)]
    angles = [np.arctan2(h[..., 1], h[..., 0]) for h in hues]
    np.testing.assert_allclose(angles[0], angles[1], atol=0.05)  # rad; 3° is no other color


def test_a_layer_hides_nothing_where_nothing_changed_and_all_at_the_end_of_the_scale():
    values = np.array([[0, 2.5, 5, -5, 9]], np.float32)
    opacity = change_layer(values, 5.0)[0, :, 3]
    assert opacity.tolist() == [0, 128, 255, 255, 255]
    faded = change_layer(values, 5.0, noise=2.0)[0, :, 3]
    assert faded[1] < opacity[1]


def test_a_layer_is_orange_where_it_is_worse_whatever_the_sign():
    values = np.array([[-5, 5]], np.float32)
    blue, _, orange = scale_colors()
    assert change_layer(values, 5.0, better=-1)[0, :, :3].tolist() == [[*blue], [*orange]]
    assert change_layer(values, 5.0, better=1)[0, :, :3].tolist() == [[*orange], [*blue]]


def test_a_layer_is_hatched_where_nothing_was_measured():
    layer = change_layer(np.full((200, 200), np.nan, np.float32), 1.0)
    hatched = layer[..., 3] > 0
    assert 0.05 < hatched.mean() < 0.5
    assert not layer[hatched][:, :3].any()


def test_outlines_as_a_layer_leave_the_skin_free_and_darken_the_rest():
    labels = np.zeros((1200, 1200), np.uint8)
    labels[200:1000, 200:1000] = 1
    layer = region_layer(labels, ("scar",))
    assert layer[5, 5].tolist() == [0, 0, 0, 128]
    assert layer[300, 300, 3] == 0
    edge = layer[190:210, 600]
    assert (edge[:, 3] == 255).any()
    assert region_color(1) in {tuple(int(n) for n in pixel[:3]) for pixel in edge}


@pytest.mark.parametrize("width", [160, 390, 850, 1600])
def test_the_scale_stands_below_the_photo_and_its_text_is_legible(width):
    skin = np.full((50, width, 3), 128, np.uint8)
    values = np.zeros((50, width), np.float32)
    drawn = change_overlay(skin, values, 5, "a*", "Redness: what changed", noise=0.5)
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] == width
    ink = (drawn[50:].min(axis=2) > 140).astype(np.uint8)
    heights = cv2.connectedComponentsWithStats(ink)[2][1:, cv2.CC_STAT_HEIGHT]
    size = _text_size(width)
    assert size >= SMALLEST_TEXT
    assert size * 390 / max(width, 390) >= SMALLEST_TEXT  # also when shown on a phone
    assert np.percentile(heights, 90) >= 0.6 * size  # capitals stand 0.7 of the size high


def test_ticks_and_words_change_with_what_is_drawn():
    skin, values = np.full((50, 400, 3), 128, np.uint8), np.zeros((50, 400), np.float32)
    panels = [
        change_overlay(skin, values, limit, unit, title)[50:]
        for limit, unit, title in [(5, "a*", "x"), (2, "a*", "x"), (5, "L*", "x"), (5, "a*", "y")]
    ]
    assert all(not np.array_equal(panels[0], other) for other in panels[1:])


@pytest.mark.parametrize(
    ("largest", "noise", "limit"),
    [(4.1, 0.0, 5), (0.9, 0.0, 1), (13.0, 0.5, 20), (0.1, 0.9, 5), (2.0, 0.0, 2), (0.0, 0.0, 1)],
)
def test_the_scale_ends_at_a_round_number_that_holds_the_change(largest, noise, limit):
    values = np.full((20, 20), largest, np.float32)
    values[0] = np.nan
    assert scale_limit(values, noise) == pytest.approx(limit)
    assert scale_limit(-values, noise) == scale_limit(values, noise)


def test_one_wild_pixel_does_not_set_the_scale():
    values = np.full((50, 50), 1.5, np.float32)
    values[3, 3] = 400
    assert scale_limit(values) == 2


def test_nothing_measured_still_has_a_scale():
    assert scale_limit(np.full((5, 5), np.nan, np.float32)) == 1


def test_regions_are_outlined_and_the_inside_keeps_its_color():
    skin = np.full((200, 400, 3), (200, 150, 130), np.uint8)
    labels = np.zeros((200, 400), np.uint8)
    labels[40:160, 40:180], labels[40:160, 220:360] = 1, 2
    drawn = region_overlay(skin, labels, ("left_cheek", "right_cheek"))
    assert drawn.shape[0] > 200
    assert np.array_equal(drawn[60, 60], skin[60, 60])
    assert not np.array_equal(drawn[100, 40], drawn[100, 220])
    assert np.all(drawn[10, 10] < skin[10, 10])


def test_a_region_that_is_not_in_the_photo_is_only_in_the_legend():
    skin, labels = np.full((50, 400, 3), 128, np.uint8), np.ones((50, 400), np.uint8)
    one = region_overlay(skin, labels, ("face",))
    two = region_overlay(skin, labels, ("face", "chin"))
    assert np.array_equal(one[:50], two[:50])
    assert not np.array_equal(one[50:], two[50:])


def test_before_and_after_stand_side_by_side_at_one_size():
    before = np.full((300, 200, 3), 90, np.uint8)
    after = np.full((600, 400, 3), 200, np.uint8)
    strip = before_after(before, after)
    rows = strip[-300:]
    assert np.all(rows[:, :200] == 90)
    assert np.all(rows[:, -200:] == 200)
    assert 400 < strip.shape[1] < 420


@pytest.mark.parametrize(
    "call",
    [
        lambda rgb: change_overlay(rgb, np.zeros((4, 5), np.float32), 1, "a*"),
        lambda rgb: change_overlay(rgb, np.zeros((9, 9), np.float32), 0, "a*"),
        lambda rgb: change_overlay(rgb[..., 0], np.zeros((9, 9), np.float32), 1, "a*"),
        lambda rgb: region_overlay(rgb, np.zeros((4, 5), np.uint8), ("face",)),
        lambda rgb: before_after(rgb, rgb.astype(np.float32)),
    ],
)
def test_a_callers_mistake_is_a_value_error(call):
    with pytest.raises(ValueError, match="expected"):
        call(np.zeros((9, 9, 3), np.uint8))
