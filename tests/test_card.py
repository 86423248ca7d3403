"""A color card is found wherever it lies, and nothing else is taken for one; its light is read."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from skindelta.card import both_scales, card_scale, read_card
from skindelta.card_finder import card_at, carried, find_card
from skindelta.card_fit import fit_card
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.color_card import CLASSIC, COLUMNS, MIDDLES, OUTLINE, PRINTED, ROWS
from skindelta.errors import AlignmentError
from skindelta.grey import read_grey
from skindelta.light import card_light, grey_light
from skindelta.marker_finder import find_printed_card
from skindelta.photo import read_photo
from skindelta.scene import Gain
from skindelta.synthesis.cards import card_corners, render_card, render_printed_card, with_card
from skindelta.types import LightReading, Photo, Scale
from tolerances import CARD_CORNER, CARD_LIGHT, CARD_MATRIX

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from card_scenes import FOUND_WITHIN, off, scene

GONE = {"detect_color_card.png", "find_color_card.jpg"}  # patches painted over
UNUSABLE = {  # found; markers drawn over the patches, a shine, or patches outside the photo
    "multiple_color_card.jpg",
    "tilted_color_card.jpg",
    "colorchecker-classic-mini.jpg",
    "source2_img.png",
}


def shown(light=(1, 1, 1), width=420, power=1.0, plane=0.0, card=None, wall=0.4, **pose):
    """Photo of a card on a wall, and the corners of its patches."""
    rgb = np.full((600, 800, 3), wall, np.float32)
    corners = card_corners((400, 300), width, **pose)
    rgb = with_card(rgb, render_card() if card is None else card, corners)
    fall = np.exp(plane * np.linspace(-1, 1, 800, dtype=np.float32))
    rgb = (rgb * fall[None, :, None] * np.asarray(light, np.float32)) ** power
    return Photo(linear_to_srgb8(np.clip(rgb, 0, 1))), corners


def codes_of(reading):
    return {reason.code for reason in reading.reasons}


@pytest.mark.parametrize("card", [CLASSIC, PRINTED], ids=lambda card: card.kind)
def test_the_patches_are_a_card(card):
    assert len(card.names) == len(set(card.names)) == len(card.rgb) == len(MIDDLES)
    assert len(MIDDLES) == COLUMNS * ROWS
    greys = card.rgb[list(card.greys)]
    assert (np.diff(greys.sum(axis=1)) < 0).all()
    assert np.ptp(greys / greys.mean(axis=1, keepdims=True), axis=1).max() < 0.07
    tones = card.rgb[list(card.skin_like)]
    assert (tones[:, 0] > tones[:, 1]).all()
    assert (tones[:, 1] > tones[:, 2]).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_card_is_found_in_a_cluttered_room(seed):
    made = scene(seed)
    assert off(find_card(made.pixels), made) < FOUND_WITHIN


@pytest.mark.parametrize("roll", [0.0, 1.2, np.pi / 2, np.pi, 4.0])
def test_dark_skin_comes_first_however_the_card_is_turned(roll):
    photo, corners = shown(roll=roll)
    found = find_card(photo.pixels)
    assert np.abs(found.corners - corners).max() < CARD_CORNER * 420


def test_a_quick_look_finds_what_is_not_small():
    photo, corners = shown(tilt=0.5, axis=1.0)
    found = find_card(photo.pixels, thorough=False)
    assert np.abs(found.corners - corners).max() < CARD_CORNER * 420


@pytest.mark.parametrize("longer", [2300, 3140, 4210, 4420])
def test_a_twentieth_of_the_photo_is_enough_at_any_size(longer):
    width = longer / 20
    corners = card_corners((0.6 * longer, 0.3 * longer), width, tilt=0.3, roll=0.3)
    wall = np.full((longer * 3 // 4, longer, 3), 0.4, np.float32)
    found = find_card(linear_to_srgb8(with_card(wall, render_card(), corners)))
    assert np.abs(found.corners - corners).max() < 2 * CARD_CORNER * width


def board(colors):
    """Squares of those colors, shape (4, 6, 3), laid like a card."""
    return render_card(colors=np.broadcast_to(colors, (ROWS, COLUMNS, 3)).reshape(24, 3))


def wrong_boards():
    rng = np.random.default_rng(4)
    chess = np.where((np.indices((ROWS, COLUMNS)).sum(axis=0) % 2)[..., None] > 0, 0.8, 0.05)
    window = rng.uniform(0.3, 0.9, (ROWS, COLUMNS, 1)) * np.ones(3)
    paints = rng.uniform(0.03, 0.8, (ROWS, COLUMNS, 3))
    mirrored = CLASSIC.rgb.reshape(ROWS, COLUMNS, 3)[:, ::-1].clip(0.003)
    shuffled = rng.permutation(CLASSIC.rgb.clip(0.003)).reshape(ROWS, COLUMNS, 3)
    return {
        "chess board": chess,
        "window": window,
        "paints": paints,
        "mirrored card": mirrored,
        "shuffled card": shuffled,
    }


@pytest.mark.parametrize("name", wrong_boards())
def test_other_squares_are_no_card(name):
    photo, corners = shown(card=board(wrong_boards()[name]))
    assert find_card(photo.pixels) is None
    assert card_at(photo.pixels, corners) is None


def test_a_wall_of_tiles_costs_little_and_hides_no_card():
    """Thousands of squares are one large group, which is looked at last and not for long."""
    colors = np.random.default_rng(0).uniform(0.3, 0.8, (60, 80, 3)).astype(np.float32)
    tiles = np.full((1200, 1600, 3), 0.03, np.float32)
    for row in range(60):
        for column in range(80):
            tiles[20 * row + 2 : 20 * row + 18, 20 * column + 2 : 20 * column + 18] = colors[
                row, column
            ]
    assert find_card(linear_to_srgb8(tiles)) is None
    corners = card_corners((800, 600), 500, tilt=0.3, roll=0.4)
    found = find_card(linear_to_srgb8(with_card(tiles, render_card(), corners)))
    assert np.abs(found.corners - corners).max() < CARD_CORNER * 500


def test_nothing_and_tiny_photos_have_no_card():
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 3), (40, 3000, 3), (300, 400, 3)):
        assert find_card(rng.integers(0, 256, shape, dtype=np.uint8)) is None


def test_faces_have_no_card(photos):
    names = sorted((photos / "london").glob("*_neutral.jpg"))[::16]
    names += sorted((photos / "canada").glob("*.jpg"))[::16]
    names += sorted((photos / "synthetic_faces").glob("*.jpg"))[::32]
    assert len(names) > 10
    assert [path.name for path in names if read_card(read_photo(path)) is not None] == []


def test_photographed_cards_are_found_and_those_that_can_be_used_fit(photos):
    readings = {
        path.name: read_card(read_photo(path))
        for path in (photos / "color_cards").iterdir()
        if path.suffix in {".jpg", ".png"}
    }
    assert {name for name, reading in readings.items() if reading is None} == GONE
    found = {name: reading for name, reading in readings.items() if reading is not None}
    assert {name for name, reading in found.items() if not reading.usable} == UNUSABLE
    usable = [reading for reading in found.values() if reading.usable]
    assert max(reading.residual_after for reading in usable) < 3.5
    assert min(reading.residual_before for reading in usable) > 5


def ends_of_patches(corners):
    """Outer corners of the patches: half a gap of 0.18 of a pitch within those of their cells."""
    lay = cv2.getPerspectiveTransform(OUTLINE.astype(np.float32), corners.astype(np.float32))
    inner = np.array([(0.09, 0.09), (5.91, 0.09), (5.91, 3.91), (0.09, 3.91)])
    return carried(lay.astype(np.float64), inner)


def test_marked_corners_may_start_anywhere_and_go_either_way():
    photo, corners = shown(tilt=0.3, axis=0.5, roll=0.2)
    ends = ends_of_patches(corners)
    for marked in (ends, np.roll(ends, 2, axis=0), ends[::-1], np.roll(ends[::-1], 1, 0)):
        found = card_at(photo.pixels, marked + 1.5)
        assert np.abs(found.corners - corners).max() < 4
    assert card_at(photo.pixels, corners + (120, 90)) is None


def test_the_matrix_takes_the_light_away():
    light = np.array([1.15, 0.9, 0.7])
    photo, _ = shown(light=0.8 * light)
    reading = read_card(photo)
    assert reading.usable
    assert reading.power == 1
    assert np.abs(reading.matrix @ np.diag(0.8 * light) - np.eye(3)).max() < CARD_MATRIX
    assert reading.residual_after < 0.5 < 5 < reading.residual_before


def test_light_that_falls_off_is_told_from_color():
    photo, _ = shown(light=(0.8, 0.7, 0.6), plane=0.2)
    reading = read_card(photo)
    assert reading.usable
    # The card is 420 of 800 px wide, with patches' middles over 350: 0.2 * 2 * 350 / 800 = 0.175.
    assert reading.unevenness == pytest.approx(np.exp(0.175), abs=CARD_LIGHT)
    assert np.abs(reading.matrix @ np.diag([0.8, 0.7, 0.6]) - np.eye(3)).max() < CARD_MATRIX


def test_another_tone_curve_is_straightened():
    photo, _ = shown(light=(0.8, 0.8, 0.8), power=1.4)
    reading = read_card(photo)
    assert reading.usable
    assert reading.power == pytest.approx(1 / 1.4, abs=0.03)
    assert reading.residual_after < 1.5


def test_light_is_told_apart_from_a_tone_curve():
    for power in (0.7, 1.0, 1.4):
        reading = read_card(shown(light=(0.7, 0.7, 0.7), plane=0.3, power=power)[0])
        assert reading.unevenness == pytest.approx(np.exp(0.3 * 2 * 350 / 800), abs=CARD_LIGHT)


def test_marked_corners_that_make_no_card_are_told():
    photo, corners = shown()
    with pytest.raises(ValueError, match="4 finite points"):
        card_at(photo.pixels, corners[:3])
    with pytest.raises(ValueError, match="4 finite points"):
        card_at(photo.pixels, np.where(np.eye(4, 2) > 0, np.nan, corners))
    crossing = corners[[0, 2, 1, 3]]
    assert card_at(photo.pixels, crossing) is None
    concave = np.array([[100, 100], [500, 100], [200, 150], [100, 400]])
    assert card_at(photo.pixels, concave) is None
    assert card_at(photo.pixels, corners + 1e6) is None


def test_a_card_that_cannot_be_used_says_why():
    assert codes_of(read_card(shown(light=(0.08, 0.08, 0.08))[0])) == {"card_dark"}
    assert codes_of(read_card(shown(light=(1.35, 1.35, 1.35))[0])) == {"card_clipped"}
    assert codes_of(read_card(shown(light=(0.6, 0.6, 0.6), plane=0.8)[0])) == {"card_uneven"}
    assert codes_of(read_card(shown(light=(0.8, 0.8, 0.8), power=0.6)[0])) >= {"card_tone_curve"}


@pytest.mark.parametrize("make", [render_card, render_printed_card])
@pytest.mark.parametrize("edge", [300, 400, 500])
def test_a_shadow_on_the_card_is_told_from_light_that_falls_off(make, edge):
    photo, _ = shown(light=(0.8, 0.8, 0.8), card=make())
    light = srgb8_to_linear(photo.pixels)
    light[:, edge:] *= 0.68
    assert "card_shadow" in codes_of(read_card(Photo(linear_to_srgb8(light))))


def test_a_faded_card_is_refused():
    faded = 0.05 + 0.95 * CLASSIC.rgb.clip(0.003) ** np.array([0.9, 1.25, 0.75])
    card = board(faded.reshape(ROWS, COLUMNS, 3))
    photo, corners = shown(card=card, light=(0.8, 0.8, 0.8))
    assert "card_residual" in codes_of(read_card(photo))
    assert "card_residual" in codes_of(fit_card(photo.pixels, card_at(photo.pixels, corners)))


def test_grain_does_not_move_the_colors():
    photo, _ = shown(light=(0.8, 0.7, 0.6))
    grain = np.random.default_rng(1).normal(0, 3, photo.pixels.shape)
    noisy = Photo(np.clip(photo.pixels + grain, 0, 255).astype(np.uint8))
    clean, grainy = read_card(photo), read_card(noisy)
    assert np.abs(clean.matrix - grainy.matrix).max() < CARD_MATRIX


def test_the_same_card_enlarged_reads_the_same():
    photo, corners = shown(light=(0.8, 0.7, 0.6), tilt=0.4)
    large = Photo(cv2.resize(photo.pixels, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    reading = read_card(large)
    assert np.abs((reading.corners + 0.5) / 3 - 0.5 - corners).max() < CARD_CORNER * 420


def test_overexposed_paper_is_told():
    """The paper is lighter than every patch: its light is lost first."""
    bright = shown(light=(1.25, 1.25, 1.25), card=render_printed_card())[0]
    assert codes_of(read_card(bright)) == {"card_clipped"}


@pytest.mark.parametrize("blur", [0, 3, 6])
def test_a_close_look_finds_what_a_quick_one_finds(blur):
    photo, corners = shown(card=render_printed_card())
    large = cv2.resize(photo.pixels, None, fx=3, fy=3)
    blurred = cv2.GaussianBlur(large, (0, 0), blur) if blur else large
    for thorough in (True, False):
        found = find_printed_card(blurred, thorough)
        assert np.abs((found.corners + 0.5) / 3 - 0.5 - corners).max() < 2 * CARD_CORNER * 420


def test_the_printed_card_is_found_by_its_markers():
    for pose in ({}, {"roll": np.pi}, {"tilt": 0.6, "axis": 1.0, "roll": 0.7}, {"width": 190}):
        photo, corners = shown(card=render_printed_card(), **pose)
        found = find_printed_card(photo.pixels)
        assert np.abs(found.corners - corners).max() < CARD_CORNER * 420
        reading = read_card(photo)
        assert reading.kind == "printed"
        assert reading.usable


def test_a_thumb_may_hide_one_marker_of_the_printed_card_and_not_two():
    photo, corners = shown(card=render_printed_card())
    hidden = photo.pixels.copy()
    first, second = np.rint(corners[0]).astype(int), np.rint(corners[1]).astype(int)
    hidden[: first[1] + 60, : first[0] - 5] = 200
    found = find_printed_card(hidden)
    assert np.abs(found.corners - corners).max() < 2 * CARD_CORNER * 420
    hidden[: second[1] + 60, second[0] + 5 :] = 200
    assert find_printed_card(hidden) is None


def test_a_printer_may_change_the_colors_of_the_printed_card():
    """Light that falls off is read on the paper; the same print takes two lights to one."""
    off = np.array([1.1, 0.92, 0.85])
    print_ = render_printed_card(PRINTED.rgb ** np.array([1.1, 0.9, 1.15]) * off)
    lights = ((0.8, 0.7, 0.6), (0.6, 0.7, 0.75))
    readings = [read_card(shown(light=light, card=print_, plane=0.2)[0]) for light in lights]
    assert all(reading.usable for reading in readings)
    light = card_light(*readings)
    gray = [m @ np.array(light) for m, light in zip(light.matrices, lights, strict=True)]
    assert gray[0] == pytest.approx(gray[1], rel=CARD_MATRIX)


def test_cards_of_two_kinds_or_one_alone_tell_nothing_together():
    bought, printed = read_card(shown()[0]), read_card(shown(card=render_printed_card())[0])
    assert card_light(bought, printed) is None
    assert card_light(bought, None) is None
    assert card_light(bought, bought).residual_de00 < 0.2
    assert card_light(printed, printed).reference == "card"


def test_two_lights_are_taken_to_one_by_a_card():
    lights = ((0.8, 0.7, 0.6), (0.5, 0.7, 0.8))
    light = card_light(*(read_card(shown(light=one, tilt=0.2)[0]) for one in lights))
    for matrix, one in zip(light.matrices, lights, strict=True):
        assert np.abs(matrix @ np.diag(one) - np.eye(3)).max() < CARD_MATRIX


def test_corners_that_make_no_card_are_told_in_a_sentence():
    photo, corners = shown()
    given = [tuple(point) for point in corners]
    assert read_card(photo, tuple(given)).usable
    with pytest.raises(AlignmentError, match="lies outside the photo, which is 800 x 600 px"):
        read_card(photo, ((-20, 0), *given[1:]))
    with pytest.raises(AlignmentError, match="cross or lie on a line"):
        read_card(photo, (given[0], given[2], given[1], given[3]))
    with pytest.raises(AlignmentError, match="cross or lie on a line"):
        read_card(photo, ((10, 10), (20, 20), (30, 30), (40, 40)))
    with pytest.raises(AlignmentError, match="there is no color card of 24 patches"):
        read_card(photo, ((10, 10), (70, 10), (70, 50), (10, 50)))


def test_the_scale_is_that_of_the_card_where_its_size_is_known():
    printed, bought = read_card(shown(card=render_printed_card())[0]), read_card(shown()[0])
    assert card_scale(bought) is None
    # Patches of 0.82 of a pitch: from end to end 5.82 of the 6 pitches, which are 420 px.
    assert card_scale(bought, width_mm=240).value == pytest.approx(420 * 5.82 / 6 / 240, rel=0.01)
    assert card_scale(printed).value == pytest.approx(420 / (6 * 17), rel=0.01)


def test_card_and_pupils_share_what_they_say_of_the_scale():
    face = Scale(4.0, 3.6, 4.5)
    both = both_scales(Scale(4.2, 3.8, 4.6), face)
    assert 4.0 < both.value < 4.2
    assert both.high - both.low < 0.8
    assert both_scales(Scale(8.0, 7.2, 8.8), face) == face  # held nearer than the face
    assert both_scales(Scale(8.0, 7.2, 8.8), None) == Scale(8.0, 7.2, 8.8)


def grey(light=(0.5, 0.45, 0.4), patch=0.3):
    rgb = np.full((300, 400, 3), 0.2, np.float32)
    rgb[100:200, 100:250] = patch
    return Photo(linear_to_srgb8(np.clip(rgb * np.asarray(light, np.float32) * 2, 0, 1)))


def test_a_grey_object_tells_the_gain_between_two_photos():
    lights = ((0.5, 0.45, 0.4), (0.4, 0.45, 0.5))
    readings = [
        LightReading(grey=read_grey(grey(light), where))
        for light, where in zip(
            lights, (((150, 150),), ((120, 120), (220, 120), (180, 180))), strict=True
        )
    ]
    light = grey_light(*readings, None)
    gray = [m @ np.array(one) for m, one in zip(light.matrices, lights, strict=True)]
    tint = [np.log(color) - np.log(color).mean() for color in gray]
    assert tint[0] == pytest.approx(tint[1], abs=0.01)
    assert grey_light(readings[0], LightReading(), None) is None


def test_a_grey_object_is_surer_where_the_surroundings_changed_as_it_did():
    first, second = (
        LightReading(grey=read_grey(grey(light), ((150, 150),)))
        for light in ((0.5, 0.45, 0.4), (0.5, 0.46, 0.41))
    )
    gain = np.log([1, 0.46 / 0.45, 0.41 / 0.4])
    same = grey_light(first, second, Gain(gain - gain.mean(), 0.01))
    other = grey_light(first, second, Gain(np.array([0.2, -0.1, -0.1]), 0.01))
    assert same.residual_de00 < other.residual_de00 / 2
    assert grey_light(first, second, None).residual_de00 == other.residual_de00


def test_a_grey_object_that_cannot_be_used_says_why():
    inside = ((150.0, 150.0),)
    assert codes_of(read_grey(grey((1, 1, 1), 0.6), inside)) == {"grey_clipped"}
    assert codes_of(read_grey(grey((0.02, 0.02, 0.02)), inside)) == {"grey_dark"}
    assert codes_of(read_grey(grey((0.5, 0.2, 0.2)), inside)) == {"grey_colored"}
    two = grey().pixels.copy()
    two[100:200, 100:150, 2] = 0.85 * two[100:200, 100:150, 2]
    assert codes_of(read_grey(Photo(two), ((150.0, 150.0),))) == {"grey_uneven"}
    thin = ((104.4, 112.7), (105.9, 107.3), (105.7, 102.1), (104.0, 105.6))
    assert np.isfinite(read_grey(grey(), thin).spread)
    whole = ((105.0, 105.0), (245.0, 105.0), (245.0, 195.0), (105.0, 195.0))
    assert "grey_uneven" in codes_of(read_grey(Photo(two), whole))
    with pytest.raises(AlignmentError, match="outside the photo"):
        read_grey(grey(), ((500.0, 150.0),))
    with pytest.raises(AlignmentError, match="at least 25 side by side are needed"):
        read_grey(grey(), ((150.0, 150.0), (151.0, 150.0), (151.0, 151.0)))


def test_the_greys_of_a_card_that_cannot_be_used_still_tell_the_gain():
    skin = np.array(CLASSIC.rgb)
    skin[1] = (2.0, 1.5, 1.2)  # light skin is lost to shine
    readings = [
        LightReading(card=read_card(shown(light=light, card=render_card(colors=skin))[0]))
        for light in ((0.8, 0.7, 0.6), (0.6, 0.7, 0.7))
    ]
    assert codes_of(readings[0].card) >= {"card_clipped"}
    assert card_light(readings[0].card, readings[1].card) is None
    light = grey_light(*readings, None)
    gray = [
        m @ np.array(one)
        for m, one in zip(light.matrices, ((0.8, 0.7, 0.6), (0.6, 0.7, 0.7)), strict=True)
    ]
    tint = [np.log(color) - np.log(color).mean() for color in gray]
    assert tint[0] == pytest.approx(tint[1], abs=0.01)
