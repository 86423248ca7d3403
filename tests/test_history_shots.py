"""Photos become sessions: dated by their cameras, whole or not at all."""

from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from skindelta.errors import PhotoError, RecordError
from skindelta.history import save_session
from skindelta.record import Record, Subject

_TAKEN, _OFFSET, _EXIF_IFD = 0x9003, 0x9011, 0x8769


@pytest.fixture
def record(tmp_path):
    with Record(tmp_path / "record") as kept:
        kept.add_subject(Subject("anna"))
        yield kept


def shot(folder, name, taken=None, seed=0):
    """A JPEG file as a camera writes it."""
    pixels = np.random.default_rng(seed).integers(0, 255, (320, 320, 3), dtype=np.uint8)
    tags = Image.Exif()
    if taken:
        tags.get_ifd(_EXIF_IFD).update({_TAKEN: taken, _OFFSET: "+02:00"})
    Image.fromarray(pixels).save(folder / name, exif=tags, quality=95)
    return folder / name


def test_a_session_is_dated_by_its_earliest_photo_and_keeps_the_files(tmp_path, record):
    files = [
        shot(tmp_path, "b.jpg", "2026:03:01 12:02:00", 1),
        shot(tmp_path, "a.jpg", "2026:03:01 12:00:00", 2),
        shot(tmp_path, "c.jpg", None, 3),
    ]
    saved = save_session(record, "anna", files, note="first")
    assert saved.taken_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert saved.is_baseline
    assert [one.name for one in saved.photos] == ["b.jpg", "a.jpg", "c.jpg"]
    for path, one in zip(files, saved.photos, strict=True):
        assert record.photo(one.sha256) == path.read_bytes()
    assert record.sessions("anna") == (saved,)


def test_a_date_that_is_said_counts(tmp_path, record):
    day = datetime(2025, 12, 24, 18, tzinfo=UTC)
    files = [shot(tmp_path, "a.jpg", "2026:03:01 12:00:00"), shot(tmp_path, "b.jpg", None, 1)]
    assert save_session(record, "anna", files, day).taken_at == day


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([None, None], "no photo says when it was taken .0.jpg, 1.jpg."),
        (
            ["2026:03:01 12:00:00", "2026:03:29 12:00:00"],
            "different days .2026-03-01 to 2026-03-29",
        ),
        (["2099:03:01 12:00:00"], "lies in the future"),
        ([], "there is no photo"),
    ],
)
def test_a_session_without_one_date_is_told_and_not_saved(tmp_path, record, times, message):
    files = [shot(tmp_path, f"{k}.jpg", taken, k) for k, taken in enumerate(times)]
    with pytest.raises(RecordError, match=message):
        save_session(record, "anna", files)
    assert record.sessions("anna") == ()
    assert not list((record.folder / "photos").glob("*/*"))


def test_one_damaged_photo_keeps_the_whole_session_out(tmp_path, record):
    good = shot(tmp_path, "a.jpg", "2026:03:01 12:00:00")
    bad = tmp_path / "b.jpg"
    bad.write_bytes(good.read_bytes()[:2000])
    with pytest.raises(PhotoError, match="b.jpg"):
        save_session(record, "anna", [good, bad])
    assert record.sessions("anna") == ()
    assert not list((record.folder / "photos").glob("*/*"))
