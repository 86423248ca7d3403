"""``skindelta labels``: what is in a file of labels, how raters agree, labels of graded folders."""

import csv

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from skindelta.cli import app
from skindelta.learning.label_files import read_labels

HEAD = [
    "before",
    "after",
    "attribute",
    "region",
    "value",
    "scale",
    "rater",
    "labelled_at",
    "subject",
]


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def photos(tmp_path):
    for number, name in enumerate(("a1", "a2", "b1", "b2")):
        shade = np.full((32, 32, 3), 60 + 40 * number, np.uint8)
        Image.fromarray(shade).save(tmp_path / f"{name}.jpg")
    return tmp_path


def written(folder, *rows):
    file = folder / "labels.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEAD, *rows])
    return file


def row(before="a1.jpg", after="a2.jpg", value="1", scale="change", rater="ann", who="anna"):
    return [before, after, "redness", "face", value, scale, rater, "", who]


def test_check_counts_what_can_be_learnt_from(photos):
    done = run(
        "labels",
        "check",
        written(photos, row(), row(rater="bob"), row("b1.jpg", "b2.jpg", "-2", who="bea")),
    )
    assert done.exit_code == 0
    told = " ".join(done.output.split())
    assert "redness change 3" in told


def test_check_names_every_row_that_is_wrong(photos):
    done = run("labels", "check", written(photos, row(), row(value="9"), row("gone.jpg")))
    assert done.exit_code == 1
    assert "row 3" in done.output
    assert "row 4" in done.output
    assert "2 problems" in done.output


def test_agreement_says_when_nothing_can_be_said(photos):
    done = run("labels", "agreement", written(photos, row()))
    assert done.exit_code == 0
    assert "cannot be told: fewer than two targets were graded by two raters" in done.output


def test_graded_folders_become_labels_beside_wherever_they_are_written(photos):
    files = iter(sorted(photos.glob("*.jpg")))
    for grade, name in (
        ("mild", "anna_1"),
        ("severe", "anna_2"),
        ("mild", "bea_1"),
        ("severe", "bea_2"),
    ):
        (photos / "graded" / grade).mkdir(parents=True, exist_ok=True)
        (photos / "graded" / grade / f"{name}.jpg").write_bytes(next(files).read_bytes())
    (photos / "out").mkdir()
    file = photos / "out" / "labels.csv"
    told = ("--attribute", "redness", "--scale", "CEA", "--grades", "mild=1,severe=3")
    done = run("labels", "import", photos / "graded", "-o", file, *told)
    assert done.exit_code == 0, done.output
    pairs = read_labels(file).pairs
    assert sorted(abs(label.signed) for label in pairs) == [2.0, 2.0]
    again = run("labels", "import", photos / "graded", "-o", file, *told)
    assert again.exit_code == 2
    assert "exists" in again.output


def test_grades_that_are_no_numbers_are_refused(photos):
    done = run("labels", "import", photos, "-o", photos / "l.csv", "--attribute", "redness",
               "--scale", "CEA", "--grades", "mild=one")  # fmt: skip
    assert done.exit_code == 2
    assert "'mild=one' is not NAME=NUMBER" in done.output
