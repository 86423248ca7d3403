"""Verbs parse, call one public function and print; trouble is a sentence and an exit status."""

import inspect
import json
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

import skindelta
from builders import skin
from skindelta import cli, comparison_report_html
from skindelta.arguments import marks_of
from skindelta.color import linear_to_srgb8
from skindelta.contract import ROW_FIELDS, comparison_to_dict
from skindelta.pipeline import Options, compare
from skindelta.terminal import comparison_report, figures, photo_report, signed
from skindelta.types import CardReading, Comparison, PhotoSummary, Quality, Reason, Score

RUN = CliRunner()
CLOSE_UP = ("--close-up", "--px-per-mm", "4")


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two photos of the same patch of skin; the left half of the second is redder."""
    folder = tmp_path_factory.mktemp("pair")
    redder = np.zeros((400, 480), np.float32)
    redder[:, :240] = 0.08
    paths = folder / "before.png", folder / "after.png"
    for path, linear in zip(paths, (skin(), skin(haemoglobin=redder)), strict=True):
        Image.fromarray(linear_to_srgb8(linear)).save(path)
    return paths


def run(*arguments, status=0):
    """Run a verb in this process; stdout, stderr."""
    done = RUN.invoke(cli.app, [str(a) for a in arguments])
    assert done.exit_code == status, done.output + repr(done.exception)
    assert "Traceback" not in done.output
    return done.stdout, done.stderr


def one_sentence(text):
    assert text.count("\n") == 1
    assert "; " in text
    return True


def test_json_is_the_contract_with_the_numbers_of_the_library(pair):
    out, err = run("compare", *pair, *CLOSE_UP, "--json")
    want = comparison_to_dict(compare(*map(str, pair), Options(close_up=True, px_per_mm=4.0)))
    assert json.loads(out) == want
    assert err == ""


def test_table_names_value_interval_limit_and_verdict(pair):
    out, _ = run("compare", *pair, *CLOSE_UP)
    (score,) = (
        s
        for s in compare(*pair, Options(close_up=True, px_per_mm=4.0)).scores
        if (s.attribute, s.basis, s.region) == ("redness", "relative", "skin")
    )
    section = out.partition("Whole close-up, relative to your own skin\n")[2]
    line = section.splitlines()[0]
    assert line.split()[0] == "Redness"
    for number in (score.value, score.low, score.high):
        assert f" {signed(number, 2)} " in line
    assert f" {score.sdc:.2f} " in line
    assert score.verdict in line
    assert re.search(r"photos of \d+ people", out)
    assert "(1) " in out  # why the absolute values are not measurable, once below the table


def test_maps_are_written_whole(pair, tmp_path):
    run("compare", *pair, *CLOSE_UP, "--maps", tmp_path / "deep" / "maps")
    found = {path.name for path in (tmp_path / "deep" / "maps").iterdir()}
    assert {"before-after.png", "regions.png", "redness.png", "hyperpigmentation.png"} <= found
    for name in found:
        with Image.open(tmp_path / "deep" / "maps" / name) as picture:
            picture.load()
            assert picture.mode == "RGB"


def test_maps_where_they_cannot_be_written(pair, tmp_path):
    (tmp_path / "file").touch()
    _, err = run("compare", *pair, *CLOSE_UP, "--maps", tmp_path / "file", status=1)
    assert one_sentence(err)
    assert "cannot be written" in err


def test_the_report_is_the_page_of_the_library_and_takes_the_place_of_an_older_one(pair, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("older")
    out, err = run(
        "compare", *pair, *CLOSE_UP, "--json", "--maps", tmp_path / "maps", "--report", path
    )
    comparison = compare(*map(str, pair), Options(close_up=True, px_per_mm=4.0))
    assert json.loads(out) == comparison_to_dict(comparison)
    assert path.read_text(encoding="utf-8") == comparison_report_html(comparison)
    assert err == ""
    assert {entry.name for entry in tmp_path.iterdir()} == {"maps", "report.html"}


def test_photos_that_cannot_be_compared_get_a_report_too(pair, tmp_path):
    path = tmp_path / "report.HTM"
    run("compare", *pair, "--report", path)
    assert "Not measurable" in path.read_text(encoding="utf-8")


def test_places_where_no_report_can_go_are_wrong_arguments(pair, tmp_path):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "photo.html").write_bytes(pair[1].read_bytes())
    (tmp_path / "link.html").symlink_to(pair[0])
    for name in ("report.docx", "report", "folder.html", "no/report.html", "link.html"):
        out, err = run("compare", *pair, *CLOSE_UP, "--report", tmp_path / name, status=2)
        assert out == ""
        assert one_sentence(err)
    photo = tmp_path / "photo.html"
    _, err = run("compare", pair[0], photo, *CLOSE_UP, "--report", photo, status=2)
    assert one_sentence(err)
    assert "one of the photos" in err
    assert photo.read_bytes() == pair[1].read_bytes()


def test_own_regions_by_corners_and_by_mask(pair, tmp_path):
    mask = np.zeros((400, 480), np.uint8)
    mask[100:300, 50:200] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out, _ = run(
        "compare",
        *pair,
        *CLOSE_UP,
        "--json",
        "--region",
        f"drawn={tmp_path / 'mask.png'}",
        "--region",
        "corners=280,100 430,100 430.5,300 280,300",
    )
    values = {
        s["region"]: s["value"]
        for s in json.loads(out)["scores"]
        if (s["attribute"], s["basis"]) == ("redness", "relative")
    }
    assert set(values) == {"skin", "drawn", "corners"}
    assert values["drawn"] > values["corners"] + 1  # the left half is redder


def test_what_is_transparent_in_a_mask_is_outside(pair, tmp_path):
    painted = np.full((400, 480, 4), 255, np.uint8)
    painted[..., 3] = 0
    painted[100:300, 50:200, 3] = 255
    Image.fromarray(painted).save(tmp_path / "clear.png")
    Image.fromarray(painted[..., 3]).save(tmp_path / "black.png")
    values = []
    for name in ("clear.png", "black.png"):
        own = f"mole={tmp_path / name}"
        out, _ = run("compare", *pair, *CLOSE_UP, "--json", "--region", own)
        values.append([s["value"] for s in json.loads(out)["scores"] if s["region"] == "mole"])
    assert values[0] == values[1]
    assert any(value is not None for value in values[0])


@pytest.mark.parametrize("region", ["mole", "=1,1 2,2 3,3", "mole=1,1 2,2", "mole="])
def test_regions_that_make_no_sense_are_wrong_arguments(pair, region):
    _, err = run("compare", *pair, "--region", region, status=2)
    assert region.partition("=")[0] in err


@pytest.mark.parametrize(
    "corners",
    [
        "500, 800 600, 800 600, 900",
        "500,800;600,800;600,900",
        "(500,800) (600,800) (600,900)",
        "nan,1 2,3 4,5",
        "1e9,1e9 2,3 4,5",
        ".5,1 2,3 4,5",
        "9" * 50 + ",1 2,3 4,5",
        "500,800 500,800 500,800",
        "1,1 2,2 3,3 4,4",
        " ".join(["100,100"] * 99) + " 7",  # longer than a name of a file may be
    ],
)
def test_corners_that_are_no_polygon_are_wrong_arguments(pair, corners, recwarn):
    _, err = run("compare", *pair, *CLOSE_UP, "--region", f"blob={corners}", status=2)
    assert "blob" in err
    assert "does not exist" not in err
    assert not recwarn.list


def test_corners_of_a_bow_are_a_polygon(pair):
    bow = "bow=100,100 200,200 200,100 100,200"
    out, _ = run("compare", *pair, *CLOSE_UP, "--json", "--region", bow)
    assert "bow" in {score["region"] for score in json.loads(out)["scores"]}


def test_a_mask_may_be_named_like_corners(pair, tmp_path, monkeypatch):
    mask = np.zeros((400, 480), np.uint8)
    mask[100:300, 50:200] = 255
    Image.fromarray(mask).save(tmp_path / "1, 2.png")
    monkeypatch.chdir(tmp_path)
    out, _ = run("compare", *pair, *CLOSE_UP, "--json", "--region", "mole=1, 2.png")
    assert "mole" in {score["region"] for score in json.loads(out)["scores"]}


def test_mask_of_another_size_is_a_sentence(pair, tmp_path):
    Image.fromarray(np.eye(90, 100, dtype=np.uint8) * 255).save(tmp_path / "mask.png")
    arguments = ("compare", *pair, *CLOSE_UP, "--region", f"mole={tmp_path / 'mask.png'}")
    _, err = run(*arguments, status=1)
    assert one_sentence(err)
    assert "mole" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--reference", "moon"),
        ("--px-per-mm", "0"),
        ("--px-per-mm", "many"),
        ("--unknown",),
        ("third.jpg",),
    ],
)
def test_wrong_arguments_exit_with_2(pair, arguments):
    run("compare", *pair, *arguments, status=2)
    run("compare", pair[0], status=2)
    run("nonsense", status=2)


def test_unreadable_photos_are_one_sentence_and_status_1(pair, tmp_path):
    (tmp_path / "text.jpg").write_text("dear diary")
    (tmp_path / "empty.jpg").touch()
    for bad in (tmp_path / "text.jpg", tmp_path / "empty.jpg", tmp_path / "no.jpg", tmp_path):
        for arguments in (("compare", pair[0], bad), ("compare", bad, pair[0]), ("assess", bad)):
            out, err = run(*arguments, "--json", status=1)
            assert out == ""
            assert one_sentence(err)
            assert str(bad) in err


def test_check_tells_of_each_photo_and_never_stops(pair, tmp_path):
    out, err = run("check", pair[0], tmp_path / "no.jpg", pair[1], *CLOSE_UP, status=1)
    assert f"{pair[0]}: usable" in out
    assert f"{pair[1]}: usable" in out
    assert one_sentence(err)
    assert "no.jpg does not exist" in err


def test_check_as_json_holds_every_photo_in_order(pair, tmp_path):
    bad = tmp_path / "no.jpg"
    out, err = run("check", pair[0], bad, pair[1], *CLOSE_UP, "--json", status=1)
    written = json.loads(out)
    assert written["schema"] == "skindelta.check/1"
    assert [photo["path"] for photo in written["photos"]] == [str(pair[0]), str(bad), str(pair[1])]
    first, missing, _ = written["photos"]
    assert first["quality"]["usable"]
    assert first["error"] is None
    assert missing["quality"] is None
    assert missing["error"] == err.strip()
    assert set(first) == set(missing)


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", "[::0]", ""])  # noqa: S104
def test_the_page_is_not_served_to_every_address_at_once(host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    out, err = run("app", "--host", host, "--port", free, status=1)
    assert out == ""
    assert one_sentence(err)
    assert "every address" in err


def test_a_port_that_is_taken_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        out, err = run("app", "--port", taken.getsockname()[1], status=1)
    assert out == ""
    assert one_sentence(err)
    assert "choose another --port" in err


def test_photo_without_a_face_is_an_answer(pair):
    out, _ = run("check", pair[0])
    assert "not usable" in out
    out, _ = run("compare", *pair)
    assert "not measurable" in out
    assert not json.loads(run("compare", *pair, "--json")[0])["comparable"]


def test_assess_prints_levels_and_warns_against_subtracting_them(pair):
    out, _ = run("assess", pair[0], *CLOSE_UP)
    assert "Redness" in out
    assert "must not be subtracted" in " ".join(out.split())
    written = json.loads(run("assess", pair[0], *CLOSE_UP, "--json")[0])
    assert written["schema"] == "skindelta.assessment/1"
    assert all(score["verdict"] is None for score in written["scores"])


def test_batch_writes_rows_and_fails_for_one_broken_photo(pair, tmp_path):
    subject = tmp_path / "photos" / "anna"
    subject.mkdir(parents=True)
    for day, path in zip(("2026-01-05", "2026-02-05"), pair, strict=True):
        (subject / f"{day}.png").write_bytes(path.read_bytes())
    arguments = ("batch", tmp_path / "photos", "-o", tmp_path / "scores.csv", *CLOSE_UP)
    out, err = run(*arguments)
    assert "2 photos, 0 could not" in out
    assert err == ""
    _, err = run(*arguments, status=2)
    assert one_sentence(err)
    assert "exists" in err
    (subject / "2026-03-05.jpg").write_text("broken")
    out, err = run(*arguments, "--overwrite", status=1)
    assert "3 photos, 1 could not" in out
    assert one_sentence(err)
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert lines[0] == ",".join(ROW_FIELDS)
    assert sum("2026-03-05.jpg" in line for line in lines) == 1


def test_batch_needs_its_output(tmp_path):
    run("batch", tmp_path, status=2)


def test_folders_and_tables_that_make_no_sense_are_wrong_arguments(tmp_path):
    subject = tmp_path / "photos" / "anna"
    subject.mkdir(parents=True)
    (subject / "2026-01-05.jpg").write_text("broken")
    for folder, table in (
        ("missing", "x.csv"),
        ("photos/anna/2026-01-05.jpg", "x.csv"),
        ("photos", "x.xlsx"),
        ("photos", "photos"),
        ("photos", "missing/x.csv"),
    ):
        _, err = run("batch", tmp_path / folder, "-o", tmp_path / table, status=2)
        assert one_sentence(err)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_batch_says_once_that_the_first_photo_is_not_usable(pair, tmp_path):
    subject = tmp_path / "photos" / "anna"
    subject.mkdir(parents=True)
    small = Image.open(pair[0]).crop((0, 0, 100, 80))
    small.save(subject / "2026-01-05.png")
    for day in ("2026-02-05", "2026-03-05"):
        (subject / f"{day}.png").write_bytes(pair[1].read_bytes())
    out, err = run("batch", tmp_path / "photos", "-o", tmp_path / "scores.csv", *CLOSE_UP)
    assert "3 photos, 0 could not" in out
    assert one_sentence(err)
    assert err.startswith(str(subject / "2026-01-05.png"))
    assert "move it away" in err


def test_models_are_listed_shown_and_verified():
    out, _ = run("models", "list")
    cards = skindelta.list_models()
    assert cards
    assert all(card.name in out for card in cards)
    card = json.loads(run("models", "show", f"{cards[0].name}@{cards[0].version}")[0])
    assert card["sha256"] == dict(cards[0].sha256)
    out, _ = run("models", "verify", cards[0].name)
    assert "as its card says" in out
    for verb in ("show", "verify"):
        for wrong in ("nobody", f"{cards[0].name}@0.0.0"):
            _, err = run("models", verb, wrong, status=2)
            assert one_sentence(err)
            assert wrong in err
            assert all(card.name in err for card in cards)  # what there is


def test_defaults_are_those_of_options():
    options = {field.name: getattr(Options(), field.name) for field in fields(Options)}
    names = {"region": "own_regions", "card_width": "card_width_mm"}
    marks = ("card_corners", "grey")
    for verb in (cli.check, cli.assess, cli.compare, cli.batch):
        for parameter in inspect.signature(verb).parameters.values():
            name = names.get(parameter.name, parameter.name)
            if name in options:
                got = parameter.default
                if isinstance(got, list):
                    got = marks_of(name, got, "4") if name in marks else tuple(got)
                assert got == options.pop(name, got)
    assert options == {}  # every option can be said on the command line


def test_marks_are_read_by_photo():
    corners = "10,10 70,10 70,50.5 10,50"
    read = ((10.0, 10.0), (70.0, 10.0), (70.0, 50.5), (10.0, 50.0))
    assert marks_of("--card-corners", [f"after={corners}"], "4") == (None, read)
    assert marks_of("--card-corners", [corners], "4", single=True) == (read, None)
    both = [" before=5,6 ", "after=7,8"]
    assert marks_of("--grey", both, "1 3+") == (((5.0, 6.0),), ((7.0, 8.0),))


@pytest.mark.parametrize(
    ("texts", "counts", "message"),
    [
        (["10,10 20,20 30,30 40,40"], "4", "is not before="),
        (["middle=10,10"], "1 3+", "is not before="),
        (["before=10,10 20,20 30,10"], "4", "give 4 corners; there are 3"),
        (["before=10,10 20,20"], "1 3+", "a point, or 3 corners and more"),
        (["before=10;10"], "1 3+", "is not x,y x,y ... in pixels"),
        (["before=10,10", "before=20,20"], "1 3+", "the before photo was marked twice"),
    ],
)
def test_marks_that_cannot_be_read_are_told(texts, counts, message):
    with pytest.raises(typer.BadParameter, match=message):
        marks_of("--grey", texts, counts)


def test_marks_are_for_one_photo_at_a_time(pair):
    assert "--grey mark one photo" in run("check", *pair, "--grey", "10,10", status=2)[1]


def test_page_defaults_are_those_of_the_server():
    server = pytest.importorskip("skindelta.web.server")
    parameters = inspect.signature(cli.serve).parameters
    assert (parameters["host"].default, parameters["port"].default) == (server.HOST, server.PORT)


SKINDELTA = Path(sys.executable).with_name("skindelta")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_output_that_cannot_be_written_is_one_sentence(pair, options):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603
            [SKINDELTA, "check", pair[0], *CLOSE_UP, *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert one_sentence(done.stderr)
    assert "cannot be written" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a process there is ended without a signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_told_to_end_leaves_nothing_behind(pair, tmp_path, number):
    subject = tmp_path / "photos" / "anna"
    subject.mkdir(parents=True)
    for day in range(100, 400):
        (subject / f"2{day}-01-05.png").symlink_to(pair[day % 2])
    command = [SKINDELTA, "batch", tmp_path / "photos", "-o", tmp_path / "scores.csv", *CLOSE_UP]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        end = time.monotonic() + 60
        # Once rows are in the file all is imported; Python can lose a signal while it imports.
        while not any(part.stat().st_size for part in tmp_path.glob(".scores.csv.*.part")):
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_batch_ends_even_if_python_dropped_the_signal(monkeypatch):
    """An exception that a handler raises within a destructor is printed and forgotten."""
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    monkeypatch.setattr(cli, "_told_to_end", [])

    class Dropping:
        def __del__(self):
            cli._leave(signal.SIGTERM, None)

    def rows():
        yield {"before": "a.jpg", "after": "b.jpg", "error": ""}
        Dropping()
        yield {"before": "a.jpg", "after": "c.jpg", "error": ""}

    counted = cli._Tally().count(rows())
    next(counted)
    with pytest.raises(SystemExit) as left:
        next(counted)
    assert len(dropped) == 1
    assert left.value.code == 128 + signal.SIGTERM


def test_version_and_help():
    assert run("--version")[0] == f"skindelta {skindelta.__version__}\n"
    assert "compare" in run("--help")[0]


def test_public_names_exist_and_load_only_when_used():
    code = """
import sys, skindelta
light = set(sys.modules)
assert not light & {"numpy", "cv2", "PIL", "onnxruntime", "torch", "gradio"}, light
for name in skindelta.__all__:
    assert getattr(skindelta, name) is not None, name
assert not set(sys.modules) & {"torch", "gradio"}
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


def test_typed_names_are_the_public_names():
    text = Path(skindelta.__file__).read_text()
    typed = {line.split()[-1] for line in text.splitlines() if line.startswith("    from .")}
    assert typed | {"__version__"} == set(skindelta.__all__)


def test_help_takes_no_longer_than_twice_numpy():
    """Median of five runs, one after the other, of both."""

    def seconds(*command):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)  # noqa: S603
        return time.perf_counter() - start

    verb = "import sys; sys.argv = ['skindelta', '--help']; from skindelta.cli import main; main()"
    runs = [(seconds("-c", verb), seconds("-c", "import numpy")) for _ in range(5)]
    assert np.median([a for a, _ in runs]) <= 2 * np.median([b for _, b in runs])


def test_same_person_smiling_is_no_change_of_the_face(photos):
    london = photos / "london"
    out, _ = run("compare", london / "001_neutral.jpg", london / "001_smiling.jpg", "--json")
    result = json.loads(out)
    assert result["comparable"], result["reasons"]
    verdicts = {s["verdict"] for s in result["scores"] if s["region"] == "face"}
    assert not verdicts & {"improved", "worse"}


def test_two_people_are_not_measurable(photos):
    london = photos / "london"
    out, _ = run("compare", london / "001_neutral.jpg", london / "002_neutral.jpg", "--json")
    result = json.loads(out)
    assert not result["comparable"]
    assert "aligned" in result["reasons"][0]["message"]
    assert all(s["value"] is None for s in result["scores"])


@pytest.mark.parametrize(
    ("value", "text"), [(1.26, "+1.3"), (-0.04, "0.0"), (0.04, "0.0"), (-3.14, "-3.1")]
)
def test_changes_have_their_sign_unless_they_round_to_nothing(value, text):
    assert signed(value) == text


def score_of(value, half, unit="a*", **other):
    """A score with the interval and verdict that skindelta.score gives it."""
    verdict = "no measurable change" if abs(value) <= half else "worse" if value > 0 else "improved"
    given = {"attribute": "redness", "region": "face", "basis": "relative"} | other
    return Score(
        **given,
        value=value,
        unit=unit,
        low=value - half,
        high=value + half,
        sdc=half,
        verdict=verdict,
        reason=None,
        reference="scene",
    )


@pytest.mark.parametrize("unit", ["a*", "L*", "%"])
def test_a_change_beyond_the_noise_never_looks_as_if_it_were_not(unit):
    for value, half in ((-0.404, 0.4), (0.3004, 0.3), (2.1496, 2.149), (-35.04, 35.0), (0.7, 0.3)):
        numbers = figures(score_of(value, half, unit))
        assert float(numbers.low) * float(numbers.high) > 0
        assert abs(float(numbers.change)) > float(numbers.detectable)


def test_a_change_within_the_noise_has_the_decimals_of_its_unit():
    assert figures(score_of(-0.2, 0.4)) == ("-0.20", "-0.60", "+0.20", "0.40")
    assert figures(score_of(8.91, 19.0, "%")) == ("+8.9", "-10.1", "+27.9", "19.0")


def wide_comparison():
    """A comparison whose cells are as wide as they get, with a reason that takes two lines."""
    units = {"redness": "a*", "hyperpigmentation": "L*", "texture": "%"}
    bases = [(name, basis) for name in units for basis in ("relative", "absolute")][:-1]
    regions = ("face", "right_periorbital", "a_mole_on_the_left_cheek_that_somebody_drew")
    scores = [
        score_of(-20.5, 30.0, units[name], attribute=name, region=region, basis=basis)
        for name, basis in bases
        for region in regions
    ]
    reason = "the expression differs " * 6 + "; keep a neutral face in both photos"
    nothing = {"value": None, "low": None, "high": None, "sdc": None, "reason": reason}
    scores[-2] = replace(scores[-2], **nothing, verdict="not measurable")
    photo = PhotoSummary("a.jpg", "0" * 64, None, None, Quality())
    return Comparison(photo, photo, True, (), "scene", 0.6, None, (), tuple(scores), {})


def printed(report, width):
    """Lines of a report in a terminal of that width."""
    console = Console(width=width, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(report)
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_tables_are_whole(width):
    lines = printed(comparison_report(wide_comparison()), width)
    assert "…" not in "".join(lines)
    assert max(map(len, lines)) <= width
    numbers = re.compile(r"-20\.50? \S+ +-50\.50? to \+9\.50? +30\.00?  no measurable change$")
    assert len([row for row in lines if numbers.search(row)]) == len(wide_comparison().scores) - 1
    names = {line[:19].strip() for line in lines}
    assert {"Hyperpigmentation", "right periorbital", "Redness, absolute"} <= names
    assert "drew" in "".join(lines)  # the end of the long name


def test_the_whole_comes_first():
    titles = [line for line in printed(comparison_report(wide_comparison()), 80) if ", " in line]
    assert titles[1:5] == [
        "Whole face, relative to your own skin",
        "Whole face, absolute",
        "Redness, relative to your own skin",
        "Redness, absolute",
    ]


def test_check_tells_of_the_color_card():
    """Found with its fit, found and refused with the reason, or not found."""
    reading = CardReading(
        corners=np.zeros((4, 2), np.float32),
        matrix=np.eye(3),
        power=0.54,
        patches=np.zeros((24, 3)),
        readable=np.ones(24, bool),
        residual_before=10.13,
        residual_after=2.57,
    )
    summary = PhotoSummary("a.jpg", "", None, None, Quality(), reading)
    assert printed(photo_report(summary), 120) == [
        "a.jpg: usable",
        "  color card found: patches within 2.6 ΔE00, 10.1 before; "
        "tone curve straightened by the power 0.54",
    ]
    dark = replace(reading, reasons=(Reason("card_dark", "the color card is dark"),))
    lines = printed(photo_report(replace(summary, card=dark)), 120)
    assert lines[1:] == [
        "  color card found, but it cannot be used:",
        "  - the color card is dark",
    ]


def test_what_wraps_stays_beside_its_mark():
    lines = printed(comparison_report(wide_comparison()), 80)
    first = next(n for n, line in enumerate(lines) if line.startswith("(1) The expression"))
    assert all(line.startswith("    ") and line[4] != " " for line in lines[first + 1 :])
    blurred = Reason("blur", "the photo is blurred " * 6, "hold still")
    summary = PhotoSummary("a.jpg", "", None, None, Quality(reasons=(blurred,)))
    _, first_line, *others = printed(photo_report(summary), 80)
    card = others.index("  no color card found")
    assert others[-1].endswith("marks others")
    assert all(line.startswith("    ") for line in others[card + 1 :])
    others = others[:card]
    assert first_line.startswith("  - the photo")
    assert others
    assert all(line.startswith("    ") and line[4] != " " for line in others)
