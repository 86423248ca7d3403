"""The room around a face: who stands before the wall, and how lights fall on both."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from skindelta.color import srgb8_to_linear
from skindelta.photo import read_photo
from skindelta.regions import find_regions
from skindelta.synthesis import (
    ELSEWHERE,
    REGIMES,
    SAME_WALL,
    Lighting,
    Room,
    Scenery,
    lit,
    photograph_pair,
    scenery_of,
    shapes,
)

FROZEN = Path(__file__).parents[1] / "benchmarks" / "injections.toml"
SHAPE = (40, 60)


@pytest.fixture
def scene():
    """A wall on the left, a head in the middle, a shirt on the right."""
    wall, shirt = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    wall[:, :20], shirt[:, 40:] = 1, 1
    return np.full((*SHAPE, 3), 0.2, np.float32), Scenery(wall, shirt)


def test_plain_light_changes_nothing(scene):
    rgb, where = scene
    assert lit(rgb, where, Lighting()) is rgb


def test_each_part_gets_its_own_light(scene):
    rgb, where = scene
    light = Lighting(face=(1.1, 1, 1), wall=(1, 1.2, 1), shirt=(1, 1, 1.3))
    seen = lit(rgb, where, light)
    assert seen[0, 30] == approx([0.22, 0.2, 0.2])
    assert seen[0, 0] == approx([0.2, 0.24, 0.2])
    assert seen[0, 59] == approx([0.2, 0.2, 0.26])


def test_a_blown_out_wall_is_white_and_the_face_is_not(scene):
    seen = lit(np.full((*SHAPE, 3), 0.5, np.float32), scene[1], Lighting(state="clipped"))
    assert (seen[:, :20] >= 1).all()
    assert seen[0, 30] == approx(0.5)


def test_another_wall_and_shirt_leave_the_head_alone(scene):
    rgb, where = scene
    seen = lit(rgb, where, Lighting(state="replaced", new_shirt=True, seed=3))
    assert (seen[:, 20:40] == rgb[:, 20:40]).all()
    assert not np.allclose(seen[:, :20], rgb[:, :20], atol=0.01)
    assert not np.allclose(seen[:, 40:], rgb[:, 40:], atol=0.01)


def test_in_one_room_the_wall_errs_and_the_shirt_hardly():
    errors = {"wall": [], "shirt": []}
    for seed in range(400):
        first, second = SAME_WALL.pair(np.random.default_rng(seed))
        face = np.log(np.divide(second.face, first.face))
        for part, found in errors.items():
            found.append(np.log(np.divide(getattr(second, part), getattr(first, part))) - face)
    assert np.std(errors["shirt"]) == approx(SAME_WALL.shirt_error, rel=0.15)
    assert np.std(errors["wall"]) > SAME_WALL.wall_error  # the lamp adds to it


def test_some_walls_are_blown_out_or_others_and_elsewhere_all_are():
    lights = [light for s in range(500) for light in SAME_WALL.pair(np.random.default_rng(s))]
    states = [light.state for light in lights]
    assert 0.03 < states.count("clipped") / len(states) < 0.07
    assert 0.03 < states.count("replaced") / len(states) < 0.07
    assert not any(light.new_shirt for light in lights)
    there = [light for s in range(20) for light in ELSEWHERE.pair(np.random.default_rng(s))]
    assert all(light.state == "replaced" and light.new_shirt for light in there)


def test_a_room_without_a_lamp_is_plain_light():
    for light in Room().pair(np.random.default_rng(0)):
        assert (light.face, light.wall, light.shirt, light.state) == (
            (1.0,) * 3,
            (1.0,) * 3,
            (1.0,) * 3,
            "same",
        )


@pytest.mark.parametrize("name", ["001", "061", "022", "036"])
def test_people_of_a_studio_are_cut_out(photos, name):
    photo = read_photo(photos / f"london/{name}_neutral.jpg")
    regions = find_regions(photo)
    where = scenery_of(photo.pixels, regions.box)
    face = regions.mask("face")
    assert where.wall[face].max() < 0.5
    assert where.wall[face].mean() < 0.01
    assert where.wall[:200, :200].min() > 0.9
    assert where.shirt[-50:, 600:750].min() > 0.9
    assert where.shirt[face].mean() < 0.02


def test_the_same_seed_takes_the_same_photos(photos):
    photo = read_photo(photos / "london/001_neutral.jpg")
    where = scenery_of(photo.pixels, find_regions(photo).box)
    rgb = srgb8_to_linear(photo.pixels)
    for regime in REGIMES.values():
        once, again = (
            photograph_pair((rgb, rgb), (where, where), regime, np.random.default_rng(4))
            for _ in range(2)
        )
        assert [p.jpeg() for p in once] == [p.jpeg() for p in again]


def test_the_frozen_benchmark_is_what_the_synthesis_does():
    frozen = tomllib.loads(FROZEN.read_text())
    areas = frozen["areas"]
    assert areas["patch_share"] == shapes.PATCH_SHARE
    assert areas["patch_mm"] == shapes.PATCH_MM
    assert tuple(areas["spot_mm"]) == shapes.SPOT_MM
    assert areas["spots_per_mm2"] == shapes.SPOTS_PER_MM2
    assert tuple(areas["local_mm"]) == shapes.LOCAL_MM
    for regime in frozen["regime"]:
        same = REGIMES["controlled" if regime["name"] == "smiling" else regime["name"]]
        camera = asdict(same.camera)
        assert {
            **camera,
            **regime["camera"],
            "quality": tuple(regime["camera"]["quality"]),
        } == camera
        assert Room(**regime["room"]) == same.room
