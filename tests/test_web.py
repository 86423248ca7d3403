"""The page says what the library says, keeps photos to itself, and answers trouble in sentences."""

import base64
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, get_args

import httpx
import numpy as np
import pytest
from PIL import Image

from skindelta.normalize import ReferenceChoice
from skindelta.pipeline import Options, compare
from skindelta.terminal import figures
from skindelta.types import Comparison, Finding, PhotoSummary, Quality, Reason, Score
from skindelta.web import handlers, words

SCORE = Score("redness", "face", "absolute", 0.31, "a*", -0.72, 1.34, 1.1, None, None, "scene")


def score(value=0.31, half=1.03, verdict="no measurable change", **other):
    """A score around `value`; without one, not measurable."""
    if value is None:
        other = {"low": None, "high": None, "sdc": None, "verdict": "not measurable"} | other
        return replace(SCORE, value=None, **({"reason": "the light differs"} | other))
    return replace(
        SCORE, value=value, low=value - half, high=value + half, verdict=verdict, **other
    )


def comparison(*scores, comparable=True, reasons=(), name="a.jpg"):
    """A comparison of nothing but scores."""
    photo = PhotoSummary(name, "0" * 64, None, None, Quality())
    made_with = {"skindelta": "0"}
    return Comparison(
        photo, photo, comparable, reasons, "scene", 0.6, None, (), tuple(scores), made_with
    )


def rows(table):
    """Cells of each row of the score table, by (attribute, region, basis)."""
    found = re.findall(r'<tr data-score="([^"]+)"[^>]*>(.*?)</tr>', table)
    return {
        tuple(key.split()): re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", cells)
        for key, cells in found
    }


def test_importing_the_page_loads_neither_gradio_nor_torch():
    code = "import sys, skindelta.web; print('gradio' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# ---------------------------------------------------------------------- words


def test_a_change_within_the_noise_is_said_to_be_none():
    assert words.change_sentence(score()) == (
        "no measurable change (+0.31 a*, 95 % from -0.72 to +1.34; 1.10 and more can be detected)"
    )


def test_what_cannot_be_measured_says_why():
    assert words.change_sentence(score(None)) == "not measurable: the light differs"


def test_every_verdict_has_its_word_on_the_card():
    for verdict in ("improved", "worse", "no measurable change"):
        assert f">{verdict}<" in words.verdict_cards(comparison(score(verdict=verdict)))
    assert ">not measurable<" in words.verdict_cards(comparison(score(None)))


def test_only_the_whole_region_carries_the_headline():
    cards = words.verdict_cards(comparison(score(1.0), score(7.0, region="chin")))
    assert "+1.00" in cards
    assert "+7.00" not in cards


def test_the_drawing_puts_the_interval_where_the_numbers_are():
    drawing = words.interval_drawing(score(2.0, half=1.0, verdict="worse"))
    band_start, band_width = map(
        float, re.search(r'x="([\d.]+)".*?width="([\d.]+)"', drawing).groups()
    )
    low, high = map(float, re.search(r'sd-range" x1="([\d.]+)" x2="([\d.]+)"', drawing).groups())
    value = float(re.search(r'cx="([\d.]+)"', drawing)[1])
    per_unit = value - 100  # the middle is 0; the value is 2
    assert band_start == pytest.approx(100 - 1.1 * per_unit / 2, abs=0.2)
    assert band_start + band_width == pytest.approx(100 + 1.1 * per_unit / 2, abs=0.2)
    assert low == pytest.approx(100 + per_unit / 2, abs=0.2)
    assert high == pytest.approx(100 + 3 * per_unit / 2, abs=0.2)
    assert high <= 200


def test_the_table_has_a_row_for_every_score():
    table = rows(words.score_table(comparison(score(), score(-2.0, region="left_cheek"))))
    assert table["redness", "face", "absolute"][:4] == ["face", "+0.31", "-0.72 to +1.34", "1.10"]
    assert table["redness", "left_cheek", "absolute"][0] == "left cheek"


def test_every_head_of_the_table_says_what_it_heads():
    table = words.score_table(comparison(score(), score(None, region="chin")))
    heads = re.findall(r"<th\b([^>]*)>(.*?)</th>", table)
    assert all(text and "scope=" in attributes for attributes, text in heads)
    scopes = [re.search(r'scope="(\w+)"', attributes)[1] for attributes, _ in heads]
    assert scopes == 5 * ["col"] + ["rowgroup", "row", "row"]


def test_headings_follow_each_other_without_a_gap():
    shown = words.verdict_cards(comparison(score()))
    assert re.findall(r"<h(\d)", shown) == ["2", "3"]  # below the title of the page


def test_a_reason_that_repeats_is_printed_once():
    table = words.score_table(comparison(score(None), score(None, region="chin")))
    assert table.count("the light differs") == 1
    assert len(rows(table)) == 2


def test_what_to_know_about_intervals_is_said_once():
    note = "intervals rest on photos"
    shown = words.verdict_cards(
        comparison(score(details={"note": note}), score(details={"note": note}, region="chin"))
    )
    assert shown.lower().count(note) == 1


def test_text_from_outside_cannot_become_markup():
    evil = "<img src=x onerror=alert(1)>"
    reason = Reason("x", evil, evil)
    shown = (
        words.notice(evil),
        words.photo_card(PhotoSummary(evil, "", None, evil, Quality(reasons=(reason,)))),
        words.photo_card(PhotoSummary(evil, "", None, evil, Quality())),
        words.comparison_card(comparison(comparable=False, reasons=(reason,), name=evil)),
        words.details(comparison(name=evil)),
        words.score_table(
            comparison(score(region=evil, details={"note": evil}), score(None, reason=evil))
        ),
        words.verdict_cards(comparison(score(details={"note": evil}), score(None, reason=evil))),
        words.download_link({"path": evil}),
    )
    assert all("<img" not in html for html in shown)


def test_the_downloaded_result_is_the_result():
    result = {"schema": "skindelta.comparison/1", "before": {"path": "Zoë <1>.jpg"}}
    data = re.search(r'base64,([^"]+)"', words.download_link(result))[1]
    assert json.loads(base64.b64decode(data)) == result


def test_a_flag_of_the_command_line_is_named_as_the_box_of_the_page():
    reason = Reason("no_face", "no face was found", "turn to the camera, or use --close-up")
    card = words.photo_card(PhotoSummary("a", "", None, None, Quality(reasons=(reason,))))
    assert "--" not in card
    assert "Close-up" in card


def test_reasons_are_listed_with_what_to_do():
    blurred = Reason("blur", "the photo is blurred: 4.1 px, usable up to 2.5", "hold still")
    card = words.photo_card(PhotoSummary("a", "", None, None, Quality(reasons=(blurred,))))
    assert "Not usable" in card
    assert "The photo is blurred: 4.1 px, usable up to 2.5." in card
    assert "Hold still." in card


# ------------------------------------------------------------------- handlers


@pytest.fixture(scope="module")
def shown(photos):
    """What the page shows of the same person, neutral and smiling."""
    pair = [str(photos / "london" / f"001_{name}.jpg") for name in ("neutral", "smiling")]
    return handlers.compare_photos(*pair, Options())


def test_a_usable_photo_is_called_so_and_shown(photos):
    checked = handlers.check_photo(str(photos / "london" / "001_neutral.jpg"), Options())
    assert "Usable" in checked.status
    assert checked.preview.shape == (640, 640, 3)


def test_a_photo_without_a_face_is_told_so_and_still_shown(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(90, 160, (500, 400, 3), dtype=np.uint8)).save(tmp_path / "n.png")
    checked = handlers.check_photo(str(tmp_path / "n.png"), Options())
    assert "No face" in checked.status
    assert checked.preview.shape[:2] == (500, 400)


def test_the_preview_is_upright_as_the_photo_is_measured(tmp_path):
    picture = Image.new("RGB", (200, 100), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned: to be shown as 100 wide and 200 high
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert handlers.check_photo(str(tmp_path / "turned.jpg"), Options()).preview.shape == (
        200,
        100,
        3,
    )


def test_no_photo_is_no_trouble():
    assert handlers.check_photo(None, Options()).status == ""
    assert "Add both photos first." in handlers.compare_photos(None, None, Options()).status
    assert "Add the other photo first." in handlers.compare_photos("x", None, Options()).status


def test_a_file_that_is_no_photo_is_a_sentence_without_the_servers_folder(tmp_path):
    path = tmp_path / "letter.jpg"
    path.write_text("dear diary")
    for status in (
        handlers.check_photo(str(path), Options()).status,
        handlers.compare_photos(str(path), str(path), Options()).status,
    ):
        assert "letter.jpg" in status
        assert str(tmp_path) not in status
        assert "Traceback" not in status


def test_the_table_prints_the_numbers_of_the_library(shown, photos):
    pair = [photos / "london" / f"001_{name}.jpg" for name in ("neutral", "smiling")]
    scores = compare(*pair, Options()).scores
    table = rows(shown.table)
    assert set(table) == {(s.attribute, s.region, s.basis) for s in scores}
    for s in scores:
        printed = table[s.attribute, s.region, s.basis][1]
        if s.value is None:
            assert printed.startswith("not measurable")
        else:
            assert printed == figures(s).change


def test_both_photos_of_the_slider_have_one_size(shown):
    before, after = shown.pair
    assert before.shape == after.shape
    assert max(before.shape) <= 1200
    assert not np.array_equal(before, after)


def test_there_is_a_map_for_each_attribute_and_one_of_the_regions(shown):
    assert [caption for _, caption in shown.pictures] == [
        "Redness",
        "Hyperpigmentation",
        "Texture",
        "Regions",
    ]
    assert all(picture.dtype == np.uint8 for picture, _ in shown.pictures)


def test_two_people_are_not_measurable_and_the_page_says_why(photos):
    pair = [str(photos / "london" / f"{who}_neutral.jpg") for who in ("001", "002")]
    result = handlers.compare_photos(*pair, Options())
    assert "Not measurable" in result.status
    assert "aligned" in result.status
    assert result.pair is None
    assert result.pictures == ()
    assert result.table == ""


# --------------------------------------------------------------------- server


# Writes down every address that the server looks up or connects to.
SERVER = """
import socket, sys
called = open(sys.argv[2], "a", buffering=1)
look_up, connect = socket.getaddrinfo, socket.socket.connect
def noting_look_up(host, *args, **kwargs):
    print(host, file=called)
    return look_up(host, *args, **kwargs)
def noting_connect(self, address):
    print(address[0] if isinstance(address, tuple) else "local", file=called)
    return connect(self, address)
socket.getaddrinfo, socket.socket.connect = noting_look_up, noting_connect
from skindelta.photo import PhotoLimits
from skindelta.web import launch
launch(port=int(sys.argv[1]), limits=PhotoLimits(bytes=50_000))
"""


class Server(NamedTuple):
    """A running page: its client, its temporary folder and the addresses it called."""

    client: httpx.Client
    folder: Path
    called: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The page in a process of its own, as a user starts it; its folder must be gone at the end."""
    folder = tmp_path_factory.mktemp("server")
    called = folder / "called.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), str(called)],
        env={**os.environ, "TMPDIR": str(folder)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_for(client, process)
            yield Server(client, folder, called)
    finally:
        process.terminate()
        process.wait(20)
    assert not list(folder.glob("skindelta-web-*")), "the uploads outlived the server"


def wait_for(client, process, seconds=60):
    """Return once the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            client.get("/")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the page did not start within {seconds} s")


@pytest.fixture(scope="module")
def client(server):
    return server.client


@pytest.fixture(scope="module")
def components(client):
    """Each component of the page: (kind, its properties)."""
    return [(c["type"], c["props"]) for c in client.get("/config").json()["components"]]


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/nowhere"])
def test_every_answer_forbids_framing_sniffing_and_other_origins(client, path):
    headers = client.get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy


def test_a_page_elsewhere_cannot_reach_the_server_under_its_own_name(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_there_are_no_pages_about_the_api(client, path):
    assert client.get(path).status_code == 404


def test_nothing_can_be_called_by_name(client):
    info = client.get("/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


def test_monitoring_and_the_browsers_memory_of_runs_are_off(client):
    assert client.get("/monitoring").status_code in (403, 404)
    config = client.get("/config").json()
    assert not config.get("run_history")
    assert not config.get("analytics_enabled")
    assert config.get("footer_links") == []


def test_the_server_calls_nobody(server):
    server.client.get("/config")
    here = {"127.0.0.1", "localhost", "::1", "local", "None"}
    assert set(server.called.read_text().split()) <= here


def test_a_file_over_the_limit_is_refused(client):
    small = client.post("/gradio_api/upload", files={"files": ("a.jpg", b"x" * 40_000)})
    large = client.post("/gradio_api/upload", files={"files": ("b.jpg", b"x" * 60_000)})
    assert small.status_code == 200
    assert large.status_code == 413


def test_uploads_are_kept_where_only_this_user_can_read(server):
    answer = server.client.post("/gradio_api/upload", files={"files": ("c.jpg", b"x" * 100)})
    folder = Path(answer.json()[0]).parents[1]
    assert folder.parent == server.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("path", ["/etc/passwd", str(Path(__file__).resolve())])
def test_no_file_of_the_machine_is_served(client, path):
    assert client.get(f"/gradio_api/file={path}").status_code == 403


def test_the_widgets_start_with_the_default_options(components):
    values = {props.get("elem_id"): props.get("value") for _, props in components}
    assert values["reference"] == Options().reference
    assert values["close-up"] == Options().close_up


def test_every_reference_can_be_chosen(components):
    choices = next(p["choices"] for _, p in components if p.get("elem_id") == "reference")
    assert {value for _, value in choices} == set(get_args(ReferenceChoice))


def test_pictures_are_described(components):
    pictures = [p for kind, p in components if kind == "image" and p.get("elem_id")]
    assert len(pictures) == 2
    assert all(p["alt_text"] for p in pictures)
    assert set(handlers.ALT_TEXTS) == set(handlers.PICTURES.values())


def test_the_slider_has_a_largest_height_and_no_height(components):
    sliders = [props for kind, props in components if kind == "imageslider"]
    assert len(sliders) == 1
    assert sliders[0].get("height") is None
    assert sliders[0]["max_height"] > 0


def test_pictures_travel_without_loss(components):
    pictures = [props for kind, props in components if kind in ("image", "imageslider")]
    assert pictures
    assert all(props["format"] == "png" for props in pictures)


def test_how_the_photos_differ_is_said_once_with_what_it_does():
    findings = (
        Finding(
            "expression",
            "blocks",
            "the expression differs",
            "keep a neutral face",
            0.1,
            attributes=("texture",),
            regions=("perioral",),
        ),
        Finding(
            "expression",
            "widens",
            "the expression differs",
            "keep a neutral face",
            0.1,
            factors={"redness absolute": 1.6},
            attributes=("redness",),
        ),
    )
    shown = words.comparison_card(replace(comparison(score()), findings=findings))
    assert shown.count("expression differs") == 1
    assert "no texture of perioral" in shown
    assert "1.6 times as wide" in shown
