"""What is replayed has known truth, is the same each time, and is whole or not there."""

import pickle
from functools import partial

import cv2
import numpy as np
import pytest
import skimage.data
from pytest import approx

from skindelta.color import linear_to_srgb8
from skindelta.errors import PhotoError
from skindelta.learning import replay
from skindelta.learning.examples import Refused, example_of
from skindelta.learning.generated import generated_skin
from skindelta.learning.replay import replayed, replayed_skin, retaken
from skindelta.pipeline import FORMULA, Options
from skindelta.synthesis import Injection, inject

FACE = Options(model=FORMULA)
# Of a small face (1.4 px/mm) before a busy background: studio faces 0.05 a* and 0.08 L* (RMSE)
# relative, 0.12 and 0.30 absolute.
READ = {"relative": 0.4, "absolute": 1.5}
# Of skin beside a grey strip, taken once more: 3 % of white balance, read back from the strip.
SAME_LABEL = {"redness": 0.5, "hyperpigmentation": 0.6, "texture": 6.0}


def written(path, pixels):
    assert cv2.imwrite(str(path), pixels[..., ::-1])
    return path


@pytest.fixture(scope="module")
def portrait(tmp_path_factory):
    """A face of 90 px between the pupils, as a file."""
    pixels = cv2.resize(skimage.data.astronaut()[:360, 45:405], None, fx=2, fy=2)
    return written(tmp_path_factory.mktemp("photos") / "face.png", pixels)


@pytest.fixture(scope="module")
def skin(tmp_path_factory):
    """Two files of skin that reddened, and how to read them."""
    scene = generated_skin(7, 45)
    after = inject(
        scene.rgb, [Injection("redness", 4, "flush", "skin", 2)], scene.masks, scene.px_per_mm
    )
    folder = tmp_path_factory.mktemp("skin")
    paths = [
        written(folder / f"{name}.png", linear_to_srgb8(rgb))
        for name, rgb in (("before", scene.rgb), ("after", after.rgb))
    ]
    options = Options(
        close_up=True,
        px_per_mm=scene.px_per_mm,
        grey=((scene.grey,), (scene.grey,)),
        model=FORMULA,
    )
    return *paths, options


@pytest.fixture(scope="module")
def example(portrait, tmp_path_factory):
    return replayed(portrait, 4, tmp_path_factory.mktemp("kept"), FACE)


def test_a_face_is_changed_by_amounts_that_are_read_again(example):
    assert example.whole == "face"
    assert any(abs(value) > 0.3 for value in example.truth.values())
    assert {region for _, _, region in example.truth} <= set(example.names)
    for key, value in example.read.items():
        attribute, basis, region = key
        if attribute != "texture" and region == "face":
            assert value == approx(example.truth[key], abs=READ[basis])


def test_the_same_photo_and_seed_give_the_same_example(portrait, example, tmp_path):
    again = replayed(portrait, 4, tmp_path, FACE)
    assert again.truth == approx(dict(example.truth), abs=1e-9)
    np.testing.assert_allclose(again.given.after, example.given.after, atol=2e-3)  # kept as float16


def test_other_seeds_and_options_give_others(portrait, example, tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "_replayed", lambda *_: example)
    for seed, reference in ((4, "auto"), (5, "auto"), (4, "skin"), (4, "auto")):
        replayed(portrait, seed, tmp_path, Options(model=FORMULA, reference=reference))
    assert len(list(tmp_path.glob("*.npz"))) == 3


def test_what_was_made_is_not_made_again(portrait, example, tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "_replayed", lambda *_: example)
    replayed(portrait, 4, tmp_path, FACE)
    monkeypatch.setattr(replay, "_replayed", pytest.fail)
    assert replayed(portrait, 4, tmp_path, FACE).truth == example.truth


def test_about_half_of_the_pairs_are_swapped(monkeypatch):
    scene, swaps = generated_skin(1, 40), []
    monkeypatch.setattr(replay, "generated_skin", lambda *_: scene)
    monkeypatch.setattr(replay, "taken_of_skin", lambda *_, swapped: swaps.append(swapped))
    for seed in range(60):
        replay._replayed_skin(seed)
    assert 20 < sum(swaps) < 40


def test_generated_skin_is_replayed_whatever_the_way(tmp_path):
    examples = [replayed_skin(seed, tmp_path) for seed in (1, 2)]
    for one in examples:
        assert one.whole == "skin"
        assert set(one.truth) == {key for key in one.truth if key[2] == "skin"}
    assert examples[0].truth != examples[1].truth


def test_a_labelled_pair_taken_anew_shows_the_same_change(skin, tmp_path):
    before, after, options = skin
    known, anew = example_of(before, after, options), retaken(before, after, 3, tmp_path, options)
    assert known.read["redness", "absolute", "skin"] > 2
    assert (anew.reference, anew.truth) == ("grey", {})
    for attribute, tolerance in SAME_LABEL.items():
        key = attribute, "absolute", "skin"
        assert anew.read[key] == approx(known.read[key], abs=tolerance)
        assert anew.read[key] != known.read[key]


def test_a_close_up_is_replayed(skin, tmp_path):
    before, _, options = skin
    one = replayed(before, 1, tmp_path, options)
    assert one.names == ("skin",)
    assert one.truth


def test_marks_and_scale_follow_a_photo_that_is_reduced(tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "MOST_CLOSE_UP_PX", 400.0)
    scene = generated_skin(8, 45)
    photo = written(tmp_path / "skin.png", linear_to_srgb8(scene.rgb))
    options = Options(
        close_up=True,
        px_per_mm=scene.px_per_mm,
        grey=((scene.grey,), (scene.grey,)),
        model=FORMULA,
    )
    one = retaken(photo, photo, 1, tmp_path, options)
    assert one.reference == "grey"  # else the point lies on the skin
    assert one.read["redness", "absolute", "skin"] == approx(0, abs=SAME_LABEL["redness"])


def test_a_photo_without_a_face_is_refused_and_that_is_remembered(tmp_path, monkeypatch):
    wall = written(tmp_path / "wall.png", np.full((400, 400, 3), 150, np.uint8))
    with pytest.raises(Refused, match=r"wall\.png: no face was found"):
        replayed(wall, 1, tmp_path / "kept", FACE)
    monkeypatch.setattr(replay, "_replayed", pytest.fail)
    with pytest.raises(Refused, match="no face was found"):
        replayed(wall, 1, tmp_path / "kept", FACE)
    with pytest.raises(Refused, match="no face was found"):
        retaken(wall, wall, 1, tmp_path / "kept", FACE)


def test_a_file_that_is_gone_is_not_remembered(portrait, tmp_path):
    with pytest.raises(PhotoError, match="does not exist"):
        replayed(tmp_path / "gone.jpg", 1, tmp_path / "kept", FACE)
    assert not (tmp_path / "kept").exists()


def test_a_writer_that_is_killed_leaves_no_half_file(portrait, example, tmp_path, monkeypatch):
    def killed(stream, **arrays):
        stream.write(b"PK half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez_compressed", killed)
        with pytest.raises(KeyboardInterrupt):
            replayed(portrait, 4, tmp_path, FACE)
    assert not list(tmp_path.glob("*.npz"))
    assert replayed(portrait, 4, tmp_path, FACE).truth == approx(dict(example.truth), abs=1e-9)


def test_another_process_can_be_given_the_work(portrait, tmp_path):
    work = [
        partial(replayed, portrait, 1, tmp_path, FACE),
        partial(retaken, portrait, portrait, 1, tmp_path, FACE),
        partial(replayed_skin, 1, tmp_path),
        replay.one_thread,
    ]
    assert [call.func for call in pickle.loads(pickle.dumps(work[:3]))] == [
        replayed,
        retaken,
        replayed_skin,
    ]
    assert pickle.loads(pickle.dumps(work[3])) is replay.one_thread
