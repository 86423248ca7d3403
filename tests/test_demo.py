"""The demo's scores stand beside the truth and agree with it."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from skindelta.demo import COURSE, SUBJECT, make_demo, run_demo
from skindelta.errors import SkinDeltaError
from skindelta.photo import read_photo
from skindelta.terminal import demo_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def rows(folder):
    return run_demo(folder)


def test_history_is_a_folder_of_dated_photos(rows, folder):
    photos = sorted((folder / SUBJECT).iterdir())
    assert [path.name for path in photos] == [f"{day}.jpg" for day, *_ in COURSE]
    days = [read_photo(path).taken_at.date().isoformat() for path in photos]
    assert days == [day for day, *_ in COURSE]


def test_truth_lies_in_the_interval_of_every_score(rows):
    compared = [row for row in rows if row.truth is not None]
    assert len(compared) == 3 * (len(COURSE) - 1)
    for row in compared:
        assert row.score.low <= row.truth <= row.score.high, row


def test_nothing_changed_is_called_so_and_fading_redness_is_found(rows):
    verdicts = {
        (row.session.path.stem, row.score.attribute, row.score.basis): row.score.verdict
        for row in rows
    }
    unchanged, last = COURSE[1][0], COURSE[-1][0]
    for attribute, basis in (("redness", "absolute"), ("hyperpigmentation", "relative")):
        assert verdicts[unchanged, attribute, basis] == "no measurable change"
    assert verdicts[last, "redness", "absolute"] == "improved"


def test_scores_follow_the_course(rows):
    for key in (("redness", "absolute"), ("hyperpigmentation", "relative")):
        pairs = [
            (row.truth, row.score.value)
            for row in rows
            if (row.score.attribute, row.score.basis) == key
        ]
        truth, value = np.array(pairs).T
        assert np.corrcoef(truth, value)[0, 1] > 0.9


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SkinDeltaError, match="cannot be written"):
        make_demo(tmp_path / "file")


def test_texture_of_a_small_face_is_not_measurable(rows):
    texture = [row for row in rows if row.score.attribute == "texture"]
    assert texture
    assert all(row.score.verdict == "not measurable" and row.score.reason for row in texture)


def test_demo_repeats_to_the_byte(rows, folder, tmp_path):
    for session in make_demo(tmp_path):
        again = folder / SUBJECT / session.path.name
        assert session.path.read_bytes() == again.read_bytes()


def test_the_table_is_whole_at_80_columns(rows):
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(
            demo_report(
                (row.session.path.stem, row.session.story, row.score, row.truth) for row in rows
            )
        )
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert "…" not in "".join(lines)
    assert all(f"{day}  {story}" in lines for day, _, _, story in COURSE[1:])
    assert sum(line.startswith("  Redness  ") for line in lines) == 2 * (len(COURSE) - 1)
    for row in rows:
        if row.truth is not None:
            numbers = f"{row.truth:+.2f}  {row.score.value:+.2f} {row.score.unit}"
            found = [line for line in lines if numbers in line.replace(" 0.00", "+0.00")]
            assert found, numbers
            assert row.score.verdict in found[0]
