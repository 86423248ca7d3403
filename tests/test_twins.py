"""The same photo under two names is found; two people in one studio are not taken for one."""

import hashlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from builders import mottling
from skindelta.errors import LabelError, PhotoError
from skindelta.learning.twins import TWIN_DISTANCE, twins
from skindelta.photo import read_photo

LONDON = 16  # people; all 80 take half a minute and are in the comment beside the constant


def jpeg(pixels, quality=90):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def scene(seed, size=320):
    """Shapes of every size, the large ones stronger, as in photos."""
    widths = size / 8 / 2 ** np.arange(6)
    fields = [
        width**0.5 * mottling((size, size), width, seed * 10 + n) for n, width in enumerate(widths)
    ]
    grey = 128 + 10 * np.sum(fields, axis=0)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def cropped(pixels, share=0.02):
    height, width = (round(share / 2 * side) for side in pixels.shape[:2])
    return pixels[height:-height, width:-width]


def half(pixels):
    return np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] // 2, pixels.shape[0] // 2)))


COPIES = {
    "resaved": lambda pixels: jpeg(pixels, 60),
    "half the size": lambda pixels: jpeg(half(pixels)),
    "cropped by 2 %": lambda pixels: jpeg(cropped(pixels)),
    "all of it": lambda pixels: jpeg(half(cropped(pixels)), 60),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_under_another_name_is_found(tmp_path, copy):
    (tmp_path / "a.jpg").write_bytes(jpeg(scene(1)))
    (tmp_path / "b.jpg").write_bytes(copy(scene(1)))
    (tmp_path / "c.jpg").write_bytes(jpeg(scene(2)))
    photos = {"a.jpg": "anna", "b.jpg": "bea", "c.jpg": "carl"}
    (twin,) = twins(photos, tmp_path)
    assert twin[:3] == ("a.jpg", "b.jpg", ("anna", "bea"))
    assert twin.distance < TWIN_DISTANCE
    assert "one person one name" in str(twin)


def test_photos_of_one_person_are_no_twins_however_the_name_is_typed(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(jpeg(scene(1)))
    assert twins({"a.jpg": "Anna", "b.jpg": "anna "}, tmp_path) == []
    assert twins({"a.jpg": "anna", "b.jpg": "bea"}, tmp_path)[0].distance == 0
    assert twins({}, tmp_path) == []


def test_pictures_without_content_are_no_twins_unless_they_are_one_file(tmp_path):
    flat = np.full((64, 64, 3), 120, dtype=np.uint8)
    for name, pixels in {"a.jpg": flat, "b.jpg": flat, "c.jpg": flat + 40}.items():
        (tmp_path / name).write_bytes(jpeg(pixels))
    (twin,) = twins({"a.jpg": "anna", "b.jpg": "bea", "c.jpg": "carl"}, tmp_path)
    assert (twin.first, twin.second) == ("a.jpg", "b.jpg")


def test_photos_of_a_record_are_compared_with_files(tmp_path):
    data = jpeg(scene(1))
    (tmp_path / "a.jpg").write_bytes(jpeg(scene(1), 60))
    sha = hashlib.sha256(data).hexdigest()
    photos = {"a.jpg": "anna", f"sha256:{sha}": "bea"}
    (twin,) = twins(photos, tmp_path, find={sha: data}.get)
    assert twin.subjects == ("anna", "bea")
    with pytest.raises(LabelError, match=f"{sha} is missing"):
        twins(photos, tmp_path)


def test_a_file_that_is_no_photo_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no photo")
    with pytest.raises(PhotoError, match=r"a\.jpg"):
        twins({"a.jpg": "anna"}, tmp_path)


def test_people_in_one_studio_are_not_taken_for_one_and_copies_of_their_photos_are(
    photos, tmp_path
):
    paths = sorted((photos / "london").glob("*_neutral.jpg"))[:LONDON]
    named = {str(path): path.stem for path in paths}
    assert twins(named) == []
    copies = {}
    for path in paths[:4]:
        for name, copy in COPIES.items():
            made = tmp_path / f"{path.stem} {name}.jpg"
            made.write_bytes(copy(read_photo(path).pixels))
            copies[str(made)] = f"copy of {path.stem}"
    found = {(twin.first, twin.second) for twin in twins(named | copies)}
    for copy in copies:
        assert any(copy in pair and not set(pair) <= set(copies) for pair in found)
    for twin in twins(named | copies):
        assert len({subject.removeprefix("copy of ") for subject in twin.subjects}) == 1
