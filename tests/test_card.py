"""A color card is found wherever it lies, and nothing else is taken for one; its light is read."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from skindelta.card import read_card
from skindelta.card_finder import card_at, find_card
from skindelta.card_fit import fit_card
from skindelta.color import linear_to_srgb8
from skindelta.color_card import COLUMNS, LINEAR_RGB, MIDDLES, PATCH_NAMES, ROWS
from skindelta.photo import read_photo
from skindelta.synthesis.cards import card_corners, render_card, with_card
from skindelta.types import Photo
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


def test_the_patches_are_a_card():
    assert len(PATCH_NAMES) == len(LINEAR_RGB) == len(MIDDLES) == COLUMNS * ROWS
    greys = LINEAR_RGB[18:]
    assert (np.diff(greys.sum(axis=1)) < 0).all()
    assert np.ptp(greys / greys.mean(axis=1, keepdims=True), axis=1).max() < 0.07


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
    card = render_card(margin=0.5)
    for row in range(ROWS):
        for column in range(COLUMNS):
            top, left = 32 + 64 * row + 6, 32 + 64 * column + 6
            card[top : top + 52, left : left + 52] = colors[row, column]
    return card


def wrong_boards():
    rng = np.random.default_rng(4)
    chess = np.where((np.indices((ROWS, COLUMNS)).sum(axis=0) % 2)[..., None] > 0, 0.8, 0.05)
    window = rng.uniform(0.3, 0.9, (ROWS, COLUMNS, 1)) * np.ones(3)
    paints = rng.uniform(0.03, 0.8, (ROWS, COLUMNS, 3))
    mirrored = LINEAR_RGB.reshape(ROWS, COLUMNS, 3)[:, ::-1].clip(0.003)
    shuffled = rng.permutation(LINEAR_RGB.clip(0.003)).reshape(ROWS, COLUMNS, 3)
    return {
        "chess board": chess,
        "window": window,
        "paints": paints,
        "mirrored card": mirrored,
        "shuffled card": shuffled,
    }


@pytest.mark.parametrize("name", wrong_boards())
def test_other_squares_are_no_card(name):
    photo, corners = shown(card=board(wrong_boards()[name]).astype(np.float32))
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


def test_marked_corners_may_start_anywhere_and_go_either_way():
    photo, corners = shown(tilt=0.3, axis=0.5, roll=0.2)
    for marked in (
        corners,
        np.roll(corners, 2, axis=0),
        corners[::-1],
        np.roll(corners[::-1], 1, 0),
    ):
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
    assert "card_dark" in codes_of(read_card(shown(light=(0.08, 0.08, 0.08))[0]))
    assert "card_clipped" in codes_of(read_card(shown(light=(1.35, 1.35, 1.35))[0]))
    assert "card_uneven" in codes_of(read_card(shown(light=(0.6, 0.6, 0.6), plane=0.8)[0]))
    photo, _ = shown(light=(0.8, 0.8, 0.8))
    shaded = photo.pixels.copy()
    shaded[:, 400:] //= 2
    assert "card_shadow" in codes_of(read_card(Photo(shaded)))


def test_a_faded_card_is_refused():
    faded = 0.05 + 0.95 * LINEAR_RGB.clip(0.003) ** np.array([0.9, 1.25, 0.75])
    card = board(faded.reshape(ROWS, COLUMNS, 3)).astype(np.float32)
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
