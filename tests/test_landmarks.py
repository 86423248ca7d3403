import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from skindelta.landmarks import GROUPS, MIRROR, POINT_NAMES, box_of, find_face, frame_of
from skindelta.types import Box

ROOT = Path(__file__).parents[1]
# The astronaut's face, read off the photo with a grid on it: brows to chin, jaw to jaw.
ASTRONAUT = Box(181, 88, 268, 178)


def pupils(points):
    return float(np.linalg.norm(points[0] - points[1]))


def overlap(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (areas - width * height)


def off(points, truth):
    """Mean distance, percent of the pupil distance."""
    return 100 * float(np.linalg.norm(points - truth, axis=1).mean()) / pupils(truth)


def read(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@pytest.fixture(scope="module")
def astronaut():
    return data.astronaut()


@pytest.fixture(scope="module")
def found(astronaut):
    return find_face(astronaut)


def test_names_are_unique_and_the_groups_hold_each_point_once():
    assert len(set(POINT_NAMES)) == len(POINT_NAMES) == 104
    members = [k for group in GROUPS.values() for k in range(*group.indices(104))]
    assert members == list(range(104))


def test_mirroring_twice_gives_the_point_itself_and_swaps_left_and_right():
    assert (MIRROR[MIRROR] == np.arange(104)).all()
    for name, twin in zip(POINT_NAMES, MIRROR, strict=True):
        if name.startswith("right_"):
            assert POINT_NAMES[twin].startswith("left_")


@given(
    angle=st.floats(-0.7, 0.7),
    scale=st.floats(0.2, 20),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_the_frame_moves_turns_and_grows_with_the_points(angle, scale, x, y):
    points = np.random.default_rng(1).normal(0, 10, (104, 2))
    center, radius, turn = frame_of(points)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    after_center, after_radius, after_turn = frame_of(scale * points @ turned.T + (x, y))
    assert after_radius == pytest.approx(scale * radius)
    np.testing.assert_allclose(after_center, scale * turned @ center + (x, y), atol=1e-6)
    assert np.sin(after_turn - turn - angle) == pytest.approx(0, abs=1e-6)


def test_the_box_holds_every_point_and_stays_in_the_photo():
    points = np.random.default_rng(2).uniform(-20, 220, (104, 2))
    box = box_of(points, (200, 150))
    assert box.left == 0
    assert box.top == 0
    assert (box.right, box.bottom) == (150, 200)
    inside = box_of(points / 4 + 50, (200, 150))
    low, high = (points / 4 + 50).min(axis=0), (points / 4 + 50).max(axis=0)
    assert inside.left <= low[0] <= high[0] <= inside.right
    assert inside.top <= low[1] <= high[1] <= inside.bottom


def test_the_face_is_where_a_person_sees_it(found):
    assert overlap(found.box, ASTRONAUT) > 0.8
    assert found.confidence > 0.8
    assert found.faces_found == 1


def test_the_right_eye_is_the_persons_own(found):
    points = found.points
    assert points[POINT_NAMES.index("right_pupil"), 0] < points[POINT_NAMES.index("left_pupil"), 0]
    assert points[GROUPS["jaw"]][5, 1] == pytest.approx(points[:, 1].max(), abs=2)


@pytest.mark.parametrize("scale", [0.5, 2.0, 6.0])
def test_a_larger_photo_gives_the_same_points_larger(astronaut, found, scale):
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=way)
    again = find_face(resized)
    assert off((again.points + 0.5) / scale - 0.5, found.points) < 3


def test_turning_the_photo_turns_the_points(astronaut, found):
    matrix = cv2.getRotationMatrix2D((255.5, 255.5), 20, 1.0)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    truth = found.points @ matrix[:, :2].T + matrix[:, 2]
    assert off(find_face(turned).points, truth) < 4


def test_mirroring_the_photo_mirrors_the_points(astronaut, found):
    again = find_face(np.ascontiguousarray(astronaut[:, ::-1]))
    truth = found.points[MIRROR] * (-1, 1) + (511, 0)
    assert off(again.points, truth) < 4


@pytest.mark.parametrize("gain", [(0.4, 0.4, 0.4), (1.0, 0.8, 0.6), (0.6, 0.8, 1.0)])
def test_dim_and_colored_light_move_no_point(astronaut, found, gain):
    lit = (astronaut * np.array(gain)).astype(np.uint8)
    assert off(find_face(lit).points, found.points) < 3


def test_two_faces_of_one_size_are_two_and_a_small_one_does_not_count(astronaut):
    head = astronaut[:280, 90:370]
    assert find_face(np.hstack([head, head])).faces_found == 2
    small = cv2.resize(head, (112, 112), interpolation=cv2.INTER_AREA)
    beside = np.full((280, 112, 3), 90, np.uint8)
    beside[:112] = small
    assert find_face(np.hstack([head, beside])).faces_found == 1


@pytest.mark.parametrize("name", ["brick", "chelsea", "coffee", "grass", "text"])
def test_there_is_no_face_in_a_picture_of_a_thing(name):
    picture = getattr(data, name)()
    pixels = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    assert find_face(np.ascontiguousarray(pixels)) is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (40, 40)])
def test_a_photo_too_small_for_a_face_has_none(shape):
    assert find_face(np.full((*shape, 3), 127, np.uint8)) is None


def test_noise_has_no_face():
    noise = np.random.default_rng(3).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert find_face(noise) is None


def people(dataset, split, tone=None):
    with (ROOT / "training" / "splits.csv").open(newline="") as file:
        return [
            row["person"]
            for row in csv.DictReader(file)
            if (row["dataset"], row["split"]) == (dataset, split)
            and tone in {None, row["tone_group"]}
        ]


def test_no_person_is_in_two_splits_and_every_split_has_every_tone():
    with (ROOT / "training" / "splits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["dataset"], row["person"]) for row in rows}) == len(rows)
    assert len(people("london", "test")) >= 16
    for split in ("train", "calibration", "test"):
        for tone in ("light", "medium", "dark"):
            assert people("london", split, tone), (split, tone)


@pytest.mark.parametrize(("dataset", "ending"), [("london", "_neutral"), ("canada", "")])
def test_points_of_people_never_trained_on_are_within_3_percent(
    photos, monkeypatch, dataset, ending
):
    monkeypatch.syspath_prepend(ROOT / "training")
    from templates import read_template

    errors = []
    for person in people(dataset, "test"):
        path = photos / dataset / f"{person}{ending}.jpg"
        errors.append(off(find_face(read(path)).points, read_template(path.with_suffix(".tem"))))
    assert np.mean(errors) < 3


def test_dark_faces_never_trained_on_are_found_smiling_too(photos):
    for person in people("london", "test", "dark"):
        for mood in ("neutral", "smiling"):
            face = find_face(read(photos / "london" / f"{person}_{mood}.jpg"))
            assert face is not None
            assert face.confidence > 0.8


def test_selfies_in_bad_light_and_from_very_close_are_found(photos):
    for path in sorted([*photos.glob("lisa/*.jpg"), *photos.glob("zoom/*.jpg")]):
        face = find_face(read(path))
        assert face is not None, path.name
        assert face.faces_found == 1, path.name


def test_a_close_up_of_skin_is_no_face(photos):
    pixels = read(photos / "canada" / "045f.jpg")
    face = find_face(pixels)
    x, y = face.points[0].astype(int)
    half = int(0.25 * pupils(face.points))
    cheek = pixels[y + 2 * half : y + 4 * half, x - half : x + half]
    assert find_face(np.ascontiguousarray(cheek)) is None
