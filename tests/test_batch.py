"""Folders of subjects: every photo has its rows, nothing hides, nothing is half written."""

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builders import skin
from skindelta import batch
from skindelta.batch import Entry, failed, score_folder, score_photos, write_scores
from skindelta.color import linear_to_srgb8
from skindelta.contract import ROW_FIELDS
from skindelta.errors import SkinDeltaError
from skindelta.pipeline import Options, compare

CLOSE_UP = Options(close_up=True, px_per_mm=4.0)


@pytest.fixture(scope="module")
def shots():
    """Two photos of the same patch of skin: as it was, and redder on one side."""
    redder = np.zeros((400, 480), np.float32)
    redder[:, :240] = 0.08
    return linear_to_srgb8(skin()), linear_to_srgb8(skin(haemoglobin=redder))


def put(path, pixels, taken=None):
    """Write a photo, with the camera's clock where given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[36867] = taken
    Image.fromarray(pixels).save(path, exif=exif.tobytes(), quality=95)
    return path


def rows_of(folder, **options):
    return list(score_folder(folder, CLOSE_UP, **options))


def photos_in(rows):
    """Subject and file name of every photo that has rows, in order."""
    return list(dict.fromkeys((row["subject"], row["after"].rpartition("/")[2]) for row in rows))


def test_every_photo_is_measured_against_the_first(tmp_path, shots):
    first = put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    put(tmp_path / "anna" / "2026-02-05 evening.jpg", shots[1])
    put(tmp_path / "anna" / "2026-01-07T0930.png", shots[0])
    rows = rows_of(tmp_path)
    assert [name for _, name in photos_in(rows)] == [
        "2026-01-07T0930.png",
        "2026-02-05 evening.jpg",
    ]
    assert {row["before"] for row in rows} == {str(first)}
    assert {row["before_taken_at"] for row in rows} == {"2026-01-05"}
    assert {row["after_taken_at"] for row in rows} == {"2026-01-07T09:30:00Z", "2026-02-05"}
    assert not any(failed(row) for row in rows)


def test_numbers_are_those_of_compare(tmp_path, shots):
    first = put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    second = put(tmp_path / "anna" / "2026-02-05.jpg", shots[1])
    want = [
        (s.attribute, s.region, s.basis, s.value, s.low, s.high, s.sdc, s.verdict)
        for s in compare(first, second, CLOSE_UP).scores
    ]
    fields = ("attribute", "region", "basis", "value", "low", "high", "sdc", "verdict")
    assert [tuple(row[f] for f in fields) for row in rows_of(tmp_path)] == want


def test_camera_clock_counts_where_the_name_has_no_date(tmp_path, shots):
    put(tmp_path / "anna" / "b.jpg", shots[0], "2026:01:05 10:00:00")
    put(tmp_path / "anna" / "a.jpg", shots[1], "2026:02:05 10:00:00")
    put(tmp_path / "anna" / "c.jpg", shots[1])
    rows = rows_of(tmp_path)
    undated = [row for row in rows if failed(row)]
    assert [row["after"].rpartition("/")[2] for row in undated] == ["c.jpg"]
    assert "has no date" in undated[0]["error"]
    assert photos_in(rows)[1:] == [("anna", "a.jpg")]
    assert rows[-1]["before_taken_at"] == "2026-01-05T10:00:00Z"


def test_date_that_does_not_exist_is_a_failed_row(tmp_path, shots):
    put(tmp_path / "anna" / "2026-02-30.jpg", shots[0])
    (row,) = rows_of(tmp_path)
    assert "date that does not exist" in row["error"]


def test_broken_photo_is_a_row_and_the_others_go_on(tmp_path, shots):
    put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    (tmp_path / "anna" / "2026-01-06.jpg").write_text("no photo")
    put(tmp_path / "anna" / "2026-01-07.jpg", shots[1])
    rows = rows_of(tmp_path)
    broken, *rest = rows
    assert "2026-01-06.jpg is not a photo" in broken["error"]
    assert broken["value"] is None
    assert not any(failed(row) for row in rest)
    assert photos_in(rest) == [("anna", "2026-01-07.jpg")]


def test_next_photo_never_silently_becomes_the_baseline(tmp_path, shots):
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "2026-01-05.jpg").write_bytes(b"")
    put(tmp_path / "anna" / "2026-01-06.jpg", shots[0])
    put(tmp_path / "anna" / "2026-01-07.jpg", shots[1])
    rows = rows_of(tmp_path)
    assert len(rows) == 3
    assert all(failed(row) for row in rows)
    assert "is empty" in rows[0]["error"]
    assert all("move it away" in row["error"] for row in rows[1:])
    assert all(row["error"].startswith(row["after"]) for row in rows)


@pytest.mark.parametrize("between", [" ", "-", "_", " ("])
def test_photos_of_one_day_are_in_the_order_of_their_names(tmp_path, shots, between):
    close = ")" if "(" in between else ""
    names = ["2026-01-05.jpg", *(f"2026-01-05{between}{n}{close}.jpg" for n in (2, 3, 10))]
    for name in reversed(names):
        put(tmp_path / "anna" / name, shots[0])
    put(tmp_path / "anna" / "2026-01-05T0800.jpg", shots[0])
    rows = rows_of(tmp_path)
    assert {row["before"] for row in rows} == {str(tmp_path / "anna" / names[0])}
    assert [name for _, name in photos_in(rows)] == [*names[1:], "2026-01-05T0800.jpg"]


def test_a_first_photo_that_is_not_usable_is_told_once(tmp_path, shots):
    first = put(tmp_path / "anna" / "2026-01-05.jpg", shots[0][:80, :100])
    put(tmp_path / "anna" / "2026-01-06.jpg", shots[0])
    put(tmp_path / "anna" / "2026-01-07.jpg", shots[1])
    put(tmp_path / "bert" / "2026-01-05.jpg", shots[0])
    put(tmp_path / "bert" / "2026-01-06.jpg", shots[1])
    told = []
    rows = rows_of(tmp_path, tell=told.append)
    assert not any(failed(row) for row in rows)
    (sentence,) = told
    assert sentence.startswith(str(first))
    assert "small" in sentence
    assert "move it away" in sentence


def test_lone_photo_and_empty_subject(tmp_path, shots):
    put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    (tmp_path / "bert").mkdir()
    (row,) = rows_of(tmp_path)
    assert (row["subject"], row["error"]) == ("anna", None)
    assert "only photo" in row["reason"]


def test_what_is_no_photo_is_left_alone_and_pictures_beside_the_subjects_are_told(tmp_path, shots):
    put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    put(tmp_path / "anna" / "2026-02-05.jpg", shots[1])
    put(tmp_path / "2026-03-05.jpg", shots[1])
    for name in (".2026-01-01.jpg", "Thumbs.db", "2026-02-05.xmp", "notes.txt", ".hidden/x.jpg"):
        path = tmp_path / "anna" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    rows = rows_of(tmp_path)
    assert photos_in(rows) == [("", "2026-03-05.jpg"), ("anna", "2026-02-05.jpg")]
    assert "belongs to no subject" in rows[0]["error"]


def test_links_in_a_circle_end(tmp_path, shots):
    put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    (tmp_path / "anna" / "again").symlink_to(tmp_path / "anna", target_is_directory=True)
    (tmp_path / "all").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "anna" / "2026-02-05.jpg").symlink_to(tmp_path / "nowhere.jpg")
    rows = rows_of(tmp_path)
    assert photos_in(rows) == [("anna", "2026-02-05.jpg")]
    assert "does not exist" in rows[0]["error"]


def test_fault_of_ours_costs_one_photo(tmp_path, shots, monkeypatch):
    put(tmp_path / "anna" / "2026-01-05.jpg", shots[0])
    put(tmp_path / "anna" / "2026-01-06.jpg", shots[1])
    put(tmp_path / "anna" / "2026-01-07.jpg", shots[1])

    def stumble(before, after, options):
        if "01-06" in str(after):
            raise ZeroDivisionError("by zero")
        return compare(before, after, options)

    monkeypatch.setattr(batch, "compare", stumble)
    rows = rows_of(tmp_path)
    assert "ZeroDivisionError: by zero" in rows[0]["error"]
    assert Counter(failed(row) for row in rows)[True] == 1
    assert len(rows) > 1


def test_baseline_is_decoded_once(tmp_path, shots, monkeypatch):
    for day in range(5, 9):
        put(tmp_path / "anna" / f"2026-01-0{day}.jpg", shots[0])
    given, read = [], batch.read_photo
    monkeypatch.setattr(batch, "read_photo", lambda path: given.append(path) or read(path))
    rows_of(tmp_path)
    assert [path.name for path in given] == ["2026-01-05.jpg"]


def test_missing_and_empty_folders_are_told(tmp_path):
    with pytest.raises(SkinDeltaError, match="cannot be listed"):
        score_folder(tmp_path / "missing")
    with pytest.raises(SkinDeltaError, match="holds no photos"):
        score_folder(tmp_path)


ROW = dict.fromkeys(ROW_FIELDS) | {"subject": 'änna, "a"', "value": -1.5}


def test_csv_and_json_lines_hold_the_rows(tmp_path):
    write_scores([ROW, ROW], tmp_path / "scores.csv")
    write_scores([ROW, ROW], tmp_path / "scores.jsonl")
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 2
    assert tuple(table[0]) == ROW_FIELDS
    assert (table[0]["subject"], table[0]["value"], table[0]["low"]) == (ROW["subject"], "-1.5", "")
    lines = (tmp_path / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [ROW, ROW]


def test_a_name_is_no_formula_in_a_spreadsheet_and_numbers_stay_numbers(tmp_path):
    write_scores([ROW | {"subject": name, "value": -1.5} for name in "=+-@"], tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["subject"], row["value"]) for row in table] == [(f"'{c}", "-1.5") for c in "=+-@"]


def test_existing_table_is_kept_unless_told(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("mine")
    with pytest.raises(SkinDeltaError, match="exists; .*--overwrite"):
        write_scores([ROW], path)
    assert path.read_text() == "mine"
    write_scores([ROW], path, overwrite=True)
    assert path.read_text() != "mine"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, RuntimeError])
def test_interrupted_run_leaves_no_half_table(tmp_path, stop):
    def rows():
        yield ROW
        raise stop

    with pytest.raises((stop, SkinDeltaError)):
        write_scores(rows(), tmp_path / "scores.csv")
    assert list(tmp_path.iterdir()) == []


def test_table_of_unknown_kind_or_place_is_refused(tmp_path):
    with pytest.raises(SkinDeltaError, match=r"neither \.csv nor \.jsonl"):
        write_scores([ROW], tmp_path / "scores.xlsx")
    with pytest.raises(SkinDeltaError, match="cannot be written"):
        write_scores([ROW], tmp_path / "missing" / "scores.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SkinDeltaError, match="is a folder"):
        write_scores([ROW], tmp_path / "folder.csv")


def test_photos_with_names_of_their_own_give_the_rows_of_a_folder(tmp_path, shots, monkeypatch):
    """Files may lie anywhere: rows and sentences call them as they are called."""
    put(tmp_path / "study" / "anna" / "2026-01-05.jpg", shots[0])
    put(tmp_path / "study" / "anna" / "2026-02-05.jpg", shots[1])
    (tmp_path / "study" / "anna" / "2026-03-05.jpg").write_text("no photo")
    (tmp_path / "study" / "bert").mkdir()
    (tmp_path / "study" / "bert" / "2026-01-05.jpg").write_bytes(b"")
    put(tmp_path / "study" / "bert" / "2026-02-05.jpg", shots[1])
    (tmp_path / "elsewhere").mkdir()
    entries = []
    monkeypatch.chdir(tmp_path / "study")
    for number, path in enumerate(sorted(Path().glob("*/*.jpg"), reverse=True)):
        moved = tmp_path / "elsewhere" / f"{number}.jpg"
        moved.write_bytes(path.read_bytes())
        when = date.fromisoformat(path.stem)
        entries.append(Entry(path.parent.name, moved, when, str(path)))
    entries.sort(key=lambda entry: entry.subject)
    assert list(score_photos(entries, CLOSE_UP)) == list(score_folder(".", CLOSE_UP))


def test_a_photo_with_trouble_or_no_date_is_a_row(tmp_path, shots):
    path = put(tmp_path / "a.jpg", shots[0])
    entries = [Entry("anna", path, None), Entry("anna", path, None, "b.jpg", "b.jpg is lost")]
    rows = list(score_photos(entries, CLOSE_UP))
    assert [row["error"] for row in rows] == [
        f"{path} has no date; say when it was taken",
        "b.jpg is lost",
    ]


def test_a_stop_comes_between_photos(tmp_path, shots):
    days = [date(2026, 1, day) for day in (5, 6, 7, 8)]
    entries = [Entry("anna", put(tmp_path / f"{day}.jpg", shots[0]), day) for day in days]
    whole = list(score_photos(entries, CLOSE_UP))
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 3  # the subject, then two photos

    kept = list(score_photos(entries, CLOSE_UP, stop=stop))
    assert photos_in(kept) == photos_in(whole)[:2]
    assert kept == whole[: len(kept)]
    assert list(score_photos(entries, CLOSE_UP, stop=lambda: True)) == []
