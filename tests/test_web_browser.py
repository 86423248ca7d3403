"""In a real browser: two photos in, the numbers of the command line out, and nothing leaves."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.browser

PAIR = ("001_neutral.jpg", "001_smiling.jpg")
SECONDS = 60
HERE = ("data:", "blob:", "about:")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the page, served by a process of its own until the tests end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from skindelta.web import launch; launch(port={port})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("server"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield answering(f"http://127.0.0.1:{port}/", process)
    finally:
        process.terminate()
        process.wait(20)


def answering(url, process):
    """Return the address once it answers."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return url
    pytest.fail(f"the page did not start within {SECONDS} s")


@pytest.fixture(scope="module")
def requests():
    """Every address a page asked for."""
    return []


LIVE = "#status [role=status][aria-live=polite]"


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, address, photos, requests, tmp_path_factory):
    """The page after a comparison, at the width of a desk and, in the dark, of a phone."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(address)
    for name, file in zip(("before", "after"), PAIR, strict=True):
        page.set_input_files(f"#{name}-file input[type=file]", str(photos / "london" / file))
        page.wait_for_selector(f"#{name}-check .sd-status", timeout=1000 * SECONDS)
        page.wait_for_function(  # it moves what lies below: a click meanwhile would miss
            "id => [...document.querySelectorAll(`#${id} img`)].some(i => i.naturalWidth > 0)",
            arg=f"{name}-preview",
            timeout=1000 * SECONDS,
        )
    page.wait_for_selector(LIVE, state="attached", timeout=1000 * SECONDS)
    page.eval_on_selector(LIVE, "place => { window.livePlace = place }")
    compared(page)
    page.wait_for_function(  # on a phone pictures lie far below: they load when they come near
        """() => {
            const images = [...document.querySelectorAll('#results img')];
            const missing = images.filter(i => !(i.complete && i.naturalWidth));
            missing.slice(0, 1).forEach(i => i.scrollIntoView());
            return images.length >= 6 && missing.length === 0;
        }""",
        timeout=1000 * SECONDS,
    )
    page.evaluate("window.scrollTo(0, 0)")
    shot = tmp_path_factory.mktemp("screenshots") / f"{width}_{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    print(f"screenshot: {shot}")
    yield page
    context.close()


def compared(page):
    """Click once nothing moves any more, and wait for the answer."""
    places = [None]
    while len(places) < 4 or len({str(place) for place in places[-3:]}) > 1:
        page.wait_for_timeout(200)
        places.append(page.locator("#compare").bounding_box())
    page.click("#compare")
    end = time.monotonic() + 2 * SECONDS
    while not page.is_visible("#status .sd-status"):
        if time.monotonic() > end:
            pytest.fail(f"no answer; the page says: {page.inner_text('body')[:2000]}")
        page.wait_for_timeout(200)


@pytest.fixture(scope="module")
def verb(photos):
    """What `skindelta compare --json` prints of the same pair."""
    pair = [str(photos / "london" / file) for file in PAIR]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("skindelta")), "compare", *pair, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def printed(score, value):
    """A number of this score as people read it: sign, decimals of its unit, plain 0."""
    text = f"{value:+.1f}" if score["unit"] == "%" else f"{value:+.2f}"
    return text.removeprefix("+").removeprefix("-") if float(text) == 0 else text


def test_the_page_prints_the_numbers_of_the_verb(page, verb):
    cells = page.eval_on_selector_all(
        "[data-score]",
        "rows => rows.map(r => [r.dataset.score, [...r.cells].map(c => c.textContent)])",
    )
    shown = {tuple(key.split()): texts[1:] for key, texts in cells}
    assert len(shown) == len(verb["scores"]) > 9
    for score in verb["scores"]:
        texts = shown[score["attribute"], score["region"], score["basis"]]
        if score["value"] is None:
            assert texts[0].startswith("not measurable")
        else:
            change, low, high = (printed(score, score[key]) for key in ("value", "low", "high"))
            sdc = printed(score, score["sdc"]).removeprefix("+")
            assert texts == [change, f"{low} to {high}", sdc, score["verdict"]]


def test_the_status_comes_into_a_place_that_screen_readers_watch(page):
    assert page.eval_on_selector(LIVE, "place => place === window.livePlace")
    assert "Measured" in page.inner_text(LIVE)


def test_every_picture_but_those_of_the_slider_is_described(page):
    alts = page.eval_on_selector_all(
        "img", "all => all.filter(i => !i.closest('#slider')).map(i => i.alt)"
    )
    assert len(alts) >= 6
    assert all(alts)


def test_headings_follow_each_other_without_a_gap(page):
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


def test_the_download_is_the_result_of_the_verb(page, verb):
    page.click("#about button")
    with page.expect_download() as started:
        page.click(".sd-download")
    result = json.loads(Path(started.value.path()).read_text(encoding="utf-8"))
    assert result["scores"] == verb["scores"]
    assert result["schema"] == verb["schema"]
    assert "/" not in result["before"]["path"]


def test_both_photos_of_the_slider_lie_on_each_other(page):
    boxes = page.eval_on_selector_all(
        "#slider img",
        "all => all.map(i => { const b = i.getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height, i.naturalWidth, i.naturalHeight,"
        " getComputedStyle(i).objectFit, getComputedStyle(i).objectPosition]; })",
    )
    assert len(boxes) == 2
    assert boxes[0] == boxes[1]
    assert min(boxes[0][2:4]) > 100


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_request_leaves_the_machine(page, address, requests):
    assert requests
    assert [url for url in requests if not url.startswith((address, *HERE))] == []


def test_results_go_when_a_photo_is_taken_away(page):
    page.click("#after-file button[aria-label='Clear']")
    page.wait_for_selector("#results", state="hidden", timeout=1000 * SECONDS)
    page.wait_for_selector("#after-preview", state="hidden", timeout=1000 * SECONDS)
