"""Many photos on the page: what a zip may hold, what names say, and the rows of the verb."""

import csv
import io
import re
import stat
import tempfile
import warnings
import zipfile
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from builders import skin
from skindelta.batch import failed, score_folder, write_scores
from skindelta.color import linear_to_srgb8
from skindelta.contract import ROW_FIELDS
from skindelta.errors import SkinDeltaError
from skindelta.photo_folder import read_names
from skindelta.pipeline import Options
from skindelta.web.folder import folder_words
from skindelta.web.folder.runs import Runs
from skindelta.web.folder.scoring import (
    BY_CAMERA,
    BY_NAME,
    MISSING,
    ONE_PERSON,
    Understood,
    as_typed,
    corrected,
    discard,
    scored,
    table_of,
    understand,
)
from skindelta.web.folder.unzip import ZipLimits, unpack
from skindelta.web.serving.visitors import Visitors

CLOSE_UP = Options(close_up=True)


@pytest.fixture(scope="module")
def jpegs():
    """Two photos of the same patch of skin: as it was, and redder on one side."""
    redder = np.zeros((400, 480), np.float32)
    redder[:, :240] = 0.08
    return tuple(encoded(linear_to_srgb8(one)) for one in (skin(), skin(haemoglobin=redder)))


@pytest.fixture
def visit(tmp_path):
    visitors = Visitors(tmp_path / "server")
    visitors.uploads.mkdir()
    assert visitors.claim("anna", "tab")
    return visitors.visit(SimpleNamespace(session_hash="tab"))


def encoded(pixels, taken=None):
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[36867] = taken
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=95, exif=exif.tobytes())
    return data.getvalue()


def brought(visit, name, data, who="anna"):
    """An upload, as Gradio leaves it."""
    folder = visit.visitors.uploads / f"{len(list(visit.visitors.uploads.iterdir())):064}"
    folder.mkdir()
    path = folder / name
    path.write_bytes(data)
    assert visit.visitors.uploaded(who, [str(path)])
    return str(path)


def zipped(files, kind=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", kind) as out:
        for name, content in files:
            out.writestr(name, content)
    return data.getvalue()


def unpacked(tmp_path, data, **limits):
    path, folder = tmp_path / "a.zip", tmp_path / "out"
    path.write_bytes(data)
    folder.mkdir()
    return unpack(path, folder, ZipLimits(**limits)), folder


def ended(states):
    *_, last = states
    assert last.ended
    return last


# ------------------------------------------------------------------ zips


def test_only_photos_leave_a_zip_and_never_under_their_names(tmp_path):
    link = zipfile.ZipInfo("anna/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files = [
        ("anna/2026-01-05.jpg", b"photo"),
        ("../evil.jpg", b"x"),
        ("/etc/evil.jpg", b"x"),
        ("C:/evil.jpg", b"x"),
        ("a\\..\\evil.jpg", b"x"),
        (link, b"/etc/passwd"),
        ("__MACOSX/anna/._2026-01-05.jpg", b"x"),
        ("anna/.hidden.jpg", b"x"),
        ("anna/notes.txt", b"x"),
    ]
    found, folder = unpacked(tmp_path, zipped(files))
    assert [name for name, _ in found.photos] == ["anna/2026-01-05.jpg"]
    assert [path.read_bytes() for path in folder.iterdir()] == [b"photo"]
    assert {path.name for path in folder.iterdir()} == {"1.jpg"}
    assert sorted(found.skipped.values()) == [1, 2, 5]
    assert not (tmp_path / "evil.jpg").exists()


def test_a_name_that_names_nothing_is_left_out_and_the_rest_goes_on(tmp_path):
    files = [(".", b"x"), ("./", b""), ("..", b"x"), ("anna/2026-01-05.jpg", b"photo")]
    found, _ = unpacked(tmp_path, zipped(files))
    assert [name for name, _ in found.photos] == ["anna/2026-01-05.jpg"]
    assert sum(found.skipped.values()) == 2


odd = st.text(alphabet="./\\:~a 2026-K\n\u202e", max_size=12)


@given(st.lists(st.one_of(odd, odd.map("{}.jpg".format), st.text(max_size=10)), max_size=6))
def test_no_name_in_a_zip_leads_out_of_it_or_breaks_the_upload(names):
    files = [(name.partition("\0")[0] or "x", b"photo") for name in names]
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as place:
        warnings.simplefilter("ignore")  # of names that are there twice
        found, folder = unpacked(Path(place), zipped(files))
        assert all(path.parent == folder and path.is_file() for _, path in found.photos)
        assert set(Path(place).iterdir()) == {Path(place) / "a.zip", folder}
    read_names(name for name, _ in found.photos)


@pytest.mark.parametrize(
    ("files", "limits", "says"),
    [
        ([(f"{n}.jpg", b"") for n in range(10_000)], {}, "holds 10000 files"),
        ([(f"{n}.jpg", b"") for n in range(6)], {"photos": 5}, "holds 6 photos"),
        ([("1.jpg", bytes(2000)), ("2.jpg", bytes(2000))], {"bytes": 3000}, "unpacks to more"),
    ],
)
def test_a_zip_that_is_too_large_is_refused_before_it_is_unpacked(tmp_path, files, limits, says):
    with pytest.raises(SkinDeltaError, match=says):
        unpacked(tmp_path, zipped(files, zipfile.ZIP_DEFLATED), **limits)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_zip_that_lies_about_its_size_fills_no_disk(tmp_path):
    data = bytearray(zipped([("1.jpg", bytes(5_000_000))], zipfile.ZIP_DEFLATED))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")  # size, in the directory
    found, folder = unpacked(tmp_path, bytes(data))
    assert found.photos == ()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 10


def test_a_zip_that_is_damaged_or_encrypted_is_told(tmp_path, visit):
    whole = bytearray(zipped([("1.jpg", b"photo")]))
    for place in (whole.index(b"PK\x03\x04") + 6, whole.rindex(b"PK\x01\x02") + 8):
        whole[place] |= 1  # the flag of encryption
    uploads = [
        brought(visit, "secret.zip", bytes(whole)),
        brought(visit, "half.zip", zipped([("1.jpg", b"photo")])[:40]),
        brought(visit, "empty.zip", zipped([])),
        brought(visit, "anna_2026-01-05.jpg", encoded(np.zeros((40, 40, 3), np.uint8))),
    ]
    found = understand(visit, uploads)
    assert [one.name for one in found.photos] == ["anna_2026-01-05.jpg"]
    told = " ".join(found.sentences)
    assert "secret.zip is encrypted" in told
    assert "half.zip is damaged" in told
    assert "no photo in empty.zip" in told


def test_one_damaged_photo_costs_the_others_nothing(tmp_path):
    data = zipped([("1.jpg", b"first"), ("2.jpg", b"second")]).replace(b"second", b"sicond")
    found, folder = unpacked(tmp_path, data)
    assert [name for name, _ in found.photos] == ["1.jpg"]
    assert [path.name for path in folder.iterdir()] == ["1.jpg"]
    assert list(found.skipped) == ["photos that are damaged in the zip"]


# ------------------------------------------------------------- what was understood


def test_subject_and_date_come_from_name_then_camera(visit, jpegs):
    by_camera = encoded(np.zeros((40, 40, 3), np.uint8), "2026:02:03 10:00:00")
    uploads = [
        brought(visit, "anna_2026-01-05.jpg", jpegs[0]),
        brought(visit, "anna.jpg", by_camera),
        brought(visit, "IMG_20260406_101500.jpg", jpegs[0]),
        brought(visit, "IMG_1.jpg", jpegs[0]),
    ]
    found = {one.name: one for one in understand(visit, uploads).photos}
    assert {name: (one.subject, one.when, one.origin) for name, one in found.items()} == {
        "anna_2026-01-05.jpg": ("anna", "2026-01-05", BY_NAME),
        "anna.jpg": ("anna", "2026-02-03T10:00:00Z", BY_CAMERA),
        "IMG_20260406_101500.jpg": (ONE_PERSON, "2026-04-06T10:15:00Z", BY_NAME),
        "IMG_1.jpg": (ONE_PERSON, "", MISSING),
    }


def test_what_is_no_photo_is_told_and_the_rest_goes_on(visit, jpegs):
    uploads = [brought(visit, "notes.txt", b"x"), brought(visit, "anna_2026-01-05.jpg", jpegs[0])]
    found = understand(visit, uploads)
    assert len(found.photos) == 1
    assert "notes.txt was left out" in found.sentences[0]
    nothing = understand(visit, uploads[:1])
    assert nothing.photos == ()
    assert "no photo among the files" in nothing.sentences[-1]


def test_photos_of_others_are_not_found(visit, jpegs):
    theirs = brought(visit, "ben_2026-01-05.jpg", jpegs[0], who="ben")
    found = understand(visit, [theirs, "/etc/passwd"])
    assert found.photos == ()
    assert all("no longer here" in text for text in found.sentences[:2])


def test_two_photos_of_one_time_and_one_name_are_told_apart(visit, jpegs):
    uploads = [brought(visit, "anna_2026-01-05.jpg", jpegs[n]) for n in (0, 1)]
    found = understand(visit, uploads)
    assert [one.name for one in found.photos] == ["anna_2026-01-05.jpg", "anna_2026-01-05.jpg #2"]
    assert any("2 photos of anna have the same time" in text for text in found.sentences)


def test_a_subject_with_a_single_photo_is_told_before_anything_is_scored(visit, jpegs):
    names = ("anna_2026-01-05.jpg", "anna_2026-02-05.jpg", "anna_week4_2026-03-05.jpg")
    found = understand(visit, [brought(visit, name, jpegs[0]) for name in names])
    (told,) = found.sentences
    assert told.startswith("Only one photo of anna_week4: nothing to compare it with.")


def test_what_was_unpacked_before_goes_and_uploads_stay(visit, jpegs):
    photo = brought(visit, "anna_2026-01-05.jpg", jpegs[0])
    uploads = [photo, brought(visit, "a.zip", zipped([("b/2026-01-05.jpg", jpegs[0])]))]
    photos = understand(visit, uploads).photos
    discard(photos)
    left = {one.name: Path(one.path).exists() for one in photos}
    assert left == {"anna_2026-01-05.jpg": True, "b/2026-01-05.jpg": False}


# ------------------------------------------------------------------ corrections


@pytest.fixture
def two(visit, jpegs):
    uploads = [
        brought(visit, f"anna_{day}.jpg", data)
        for day, data in zip(("2026-01-05", "2026-02-05"), jpegs, strict=True)
    ]
    return understand(visit, uploads).photos


def test_corrections_are_taken_in_any_order_of_rows(visit, two):
    table = [[True, " bert ", "2026-03-01 09:30", two[1].name, ""], [False, *table_of(two)[0][1:]]]
    entries, wrong = corrected(visit, two, table)
    assert wrong == []
    (entry,) = entries
    assert (entry.subject, entry.name, entry.when.isoformat()) == (
        "bert",
        "anna_2026-02-05.jpg",
        "2026-03-01T09:30:00+00:00",
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({2: "2026-13-01"}, "'2026-13-01' is no date; write"),
        ({2: "tomorrow"}, "'tomorrow' is no date"),
        ({1: "  "}, "say whose photo it is"),
        ({3: "../x.jpg"}, "there is no photo '../x.jpg'"),
    ],
)
def test_a_wrong_correction_names_its_row(visit, two, change, says):
    table = table_of(two)
    for place, value in change.items():
        table[1][place] = value
    _, (sentence,) = corrected(visit, two, table)
    assert sentence.startswith("Row 2")
    assert says in sentence


def test_a_photo_without_a_date_comes_first_and_is_named(visit, jpegs):
    names = ("anna_2026-01-05.jpg", "anna_2026-02-05.jpg", "zoe.jpg")
    found = understand(visit, [brought(visit, name, jpegs[0]) for name in names])
    first, *_ = found.photos
    assert (first.name, first.origin) == ("zoe.jpg", MISSING)
    told = folder_words.found_html(found)
    assert "3 photos of 2 people." in told
    assert "No date is known of zoe.jpg" in told
    assert "subject" not in told


def test_what_is_said_of_the_photos_follows_the_table(visit, jpegs):
    names = ("anna_2026-01-05.jpg", "anna_2026-02-05.jpg", "zoe.jpg", "notes.txt")
    found = understand(visit, [brought(visit, name, jpegs[0]) for name in names])
    table = table_of(found.photos)

    def told():
        return folder_words.found_html(Understood(as_typed(found.photos, table), found.left_out))

    assert told() == folder_words.found_html(found)
    table[0][2] = "tomorrow"
    assert "No date is known of zoe.jpg" in told()
    table[0][2] = "2026-03-05 09:30"
    assert "No date" not in told()
    assert "Only one photo of zoe" in told()
    table[0][1] = ""
    assert "Nobody is named for zoe.jpg" in told()
    table[0][1] = "anna"
    assert "3 photos of 1 person." in told()
    assert "Only one photo" not in told()
    assert "notes.txt was left out" in told()
    table[0][0] = False
    assert "2 photos of 1 person." in told()


def test_a_half_empty_table_has_no_photos(visit, two):
    for row in ([], [True], [True, None, float("nan"), {}], [True, 5, [], ()]):
        assert as_typed(two, [row]) == ()


def test_nothing_ticked_and_hostile_cells_are_told(visit, two):
    table = [[False, *row[1:]] for row in table_of(two)]
    assert "No photo is ticked" in corrected(visit, two, table)[1][0]
    for row in ([], [True], [True, None, float("nan"), {}], [True, 5, [], ()]):
        assert "Row 1" in corrected(visit, two, [row])[1][0]


# ------------------------------------------------------------------ scoring


@pytest.fixture
def folder(tmp_path, jpegs, monkeypatch):
    """A folder as the verb takes it, with trouble in it; and the same as a zip."""
    files = {
        "anna/2026-01-05.jpg": jpegs[0],
        "anna/2026-02-05.jpg": jpegs[1],
        "anna/2026-02-06.jpg": b"no photo",
        "anna/undated.jpg": jpegs[0],
        "bert/2026-01-05.jpg": jpegs[0],
        "carl/2026-01-05.jpg": b"",
        "carl/2026-01-06.jpg": jpegs[0],
    }
    monkeypatch.chdir(tmp_path)
    for name, data in files.items():
        path = tmp_path / "study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.chdir(tmp_path / "study")
    return zipped(files.items())


def test_the_page_gives_the_rows_of_the_verb(visit, folder):
    photos = understand(visit, [brought(visit, "study.zip", folder)]).photos
    entries, wrong = corrected(visit, photos, table_of(photos))
    assert wrong == []
    state = ended(scored(entries, CLOSE_UP))
    assert state.rows == list(score_folder(".", CLOSE_UP))
    assert sum(map(failed, state.rows)) == state.failures == 4
    assert (state.done, state.photos) == (7, 7)


def test_a_run_that_is_stopped_keeps_whole_photos(visit, jpegs):
    uploads = [brought(visit, f"anna_2026-0{n}-05.jpg", jpegs[n % 2]) for n in range(1, 6)]
    photos = understand(visit, uploads).photos
    entries, _ = corrected(visit, photos, table_of(photos))
    whole = ended(scored(entries, CLOSE_UP)).rows
    states = []
    for state in scored(entries, CLOSE_UP, lambda: bool(states) and states[-1] >= 3):
        states.append(state.done)
    assert states == [0, 2, 3, 3]
    assert state.rows == [
        row for row in whole if row["after"] in ("anna_2026-02-05.jpg", "anna_2026-03-05.jpg")
    ]
    assert "Stopped: 3 of 5 photos done" in folder_words.status_html(state, 3.0)


def test_progress_says_how_fast_and_how_long(visit, two):
    entries, _ = corrected(visit, two, table_of(two))
    first, *_ = scored(entries, CLOSE_UP)
    told = folder_words.status_html(first._replace(done=1), 0.5)
    assert "1 of 2 photos" in told
    assert "2.0 photos a second" in told
    assert 'value="1" max="2"' in told


def test_two_quick_clicks_start_one_run():
    runs = Runs()
    assert [runs.begin("tab"), runs.begin("tab")] == [True, False]
    taken = [runs.take("tab"), runs.take("tab")]
    assert taken[0] is not None
    assert taken[1] is None
    runs.end("tab", taken[0])
    assert runs.begin("tab")


def test_a_run_is_known_by_what_it_scores():
    runs = Runs()
    assert not runs.is_of("tab", "table")
    runs.begin("tab", "table")
    assert runs.is_of("tab", "table")
    assert not runs.is_of("tab", "another table")
    assert not runs.is_of("other tab", "table")
    runs.drop("tab")
    assert not runs.is_of("tab", "table")


def test_a_run_that_was_dropped_cannot_stop_or_end_the_next():
    runs = Runs()
    runs.begin("tab")
    old = runs.take("tab")
    assert runs.drop("tab")
    assert old.dropped
    assert old.stopped.is_set()
    runs.begin("tab")
    new = runs.take("tab")
    assert not new.stopped.is_set()
    runs.end("tab", old)
    assert not runs.is_idle("tab")
    runs.stop("tab")
    assert new.stopped.is_set()
    assert not new.dropped


# ------------------------------------------------------------------ results


@pytest.fixture
def rows(visit, folder):
    photos = understand(visit, [brought(visit, "study.zip", folder)]).photos
    return ended(scored(corrected(visit, photos, table_of(photos))[0], CLOSE_UP)).rows


def test_the_summary_counts_verdicts_and_failures(rows):
    told = folder_words.summary_html(rows)
    heads = [row for row in rows if row["region"] == "skin" and row["attribute"] == "texture"]
    assert len(heads) == 1
    assert told.count('<th scope="row">') == 3
    assert "Only one photo so far, nothing to compare: bert." in told
    assert "type its date into the table" in told
    assert "anna/2026-02-06.jpg" in told


def test_the_table_shows_the_whole_and_on_request_every_region(rows):
    short = folder_words.table_html(rows)
    every = folder_words.table_html(rows, every_region=True)
    assert short.count("<tr data") + short.count("<tr class") == 3
    assert every.count("<tr class") == sum(row["attribute"] is not None for row in rows)
    values = {row["value"] for row in rows if row["value"] is not None}
    shown = re.findall(r'data-head="change" data-value="([^"]+)"', every)
    assert {float(value) for value in shown} == values


def test_names_are_shown_and_never_run(rows):
    evil = [row | {"subject": "<img src=x onerror=alert(1)>"} for row in rows]
    for html in (folder_words.table_html(evil), folder_words.summary_html(evil)):
        assert "<img" not in html


def test_the_page_speaks_of_people(rows):
    for html in (folder_words.table_html(rows), folder_words.summary_html(rows)):
        assert "subject" not in html
        assert "person" in html


def link_to(html, text):
    return re.search(rf'href="([^"]+)" download>{re.escape(text)}', html)[1]


def saved(visit, url):
    return visit.visitors.shelf.found("anna", url.split("/")[-2]).path


def test_the_downloads_are_the_table_of_the_verb_and_a_report(visit, rows, tmp_path):
    links = folder_words.downloads(visit, rows, CLOSE_UP)
    write_scores(rows, tmp_path / "verb.csv")
    table = saved(visit, link_to(links, "Scores (CSV)"))
    assert table.read_bytes() == (tmp_path / "verb.csv").read_bytes()
    assert "<!DOCTYPE html>" in saved(visit, link_to(links, "Report (HTML)")).read_text()
    assert visit.visitors.shelf.found("ben", link_to(links, "Scores (CSV)").split("/")[-2]) is None


def test_a_name_is_no_formula_in_a_spreadsheet(visit, rows):
    evil = [row | {"subject": "=1+1"} for row in rows]
    links = folder_words.downloads(visit, evil, CLOSE_UP)
    with saved(visit, link_to(links, "Scores (CSV)")).open(newline="") as file:
        assert {row["subject"] for row in csv.DictReader(file)} == {"'=1+1"}


def test_without_pyarrow_the_page_says_how_to_get_parquet(visit, rows, monkeypatch):
    monkeypatch.setattr(folder_words, "find_spec", lambda _: None)
    told = folder_words.downloads(visit, rows, CLOSE_UP)
    assert "Parquet needs the extra" in told
    assert "pip" not in told


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs the extra parquet")
def test_parquet_holds_the_same_numbers(visit, rows):
    import pandas as pd

    table = pd.read_parquet(
        saved(visit, link_to(folder_words.downloads(visit, rows, CLOSE_UP), "Scores (Parquet)"))
    )
    assert tuple(table.columns) == ROW_FIELDS
    values = [row["value"] for row in rows]
    assert table["value"].astype(object).where(table["value"].notna(), None).tolist() == values


def test_rows_that_were_deleted_leave_an_empty_table(visit, rows):
    path = folder_words.save_rows(visit, rows)
    assert folder_words.read_rows(path) == rows
    visit.visitors.forget("anna")
    assert folder_words.read_rows(path) == []
    assert folder_words.table_html([]) == ""
