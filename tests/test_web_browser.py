"""The page Compare in a real browser: two photos in, the numbers of the command line out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from serving import serving
from skindelta.demo import make_demo

pytestmark = pytest.mark.browser

PAIR = ("001_neutral.jpg", "001_smiling.jpg")
WAIT = 60_000  # ms; machines are busy
HERE = ("data:", "blob:", "about:")
LIVE = "#status [role=status][aria-live=polite]"
VIEWER = "#headline sd-viewer"
# Middles of the points in the marker, as fractions of its photo.
MIDDLES = """all => all.flatMap(dot => {
    const own = dot.getBoundingClientRect();
    const box = dot.closest(".sd-mark-box").getBoundingClientRect();
    const x = own.x + own.width / 2, y = own.y + own.height / 2;
    return [(x - box.x) / box.width, (y - box.y) / box.height];
})"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the page, served by a process of its own until the tests end."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield f"{server.url}/"


@pytest.fixture(scope="module")
def requests():
    """Every address a page asked for."""
    return []


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, address, photos, requests, tmp_path_factory):
    """The page after a comparison, at the width of a desk and, in the dark, of a phone."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(address)
    own = tmp_path_factory.mktemp("photos")
    for name, file in zip(("before", "after"), PAIR, strict=True):
        # One photo is of one person: the same pixels in a file of its own, for each width.
        data = (photos / "london" / file).read_bytes()
        (own / file).write_bytes(data + str(width).encode())
        bring(page, name, own / file)
    page.wait_for_selector(LIVE, state="attached")
    page.eval_on_selector(LIVE, "place => { window.livePlace = place }")
    compared(page)
    shot = tmp_path_factory.mktemp("screenshots") / f"{width}_{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    print(f"screenshot: {shot}")
    yield page
    context.close()


def bring(page, name, photo):
    """Add one photo, and wait for what the check says of it."""
    page.set_input_files(f"#{name}-file input[type=file]", str(photo))
    page.wait_for_selector(f"#{name}-check .sd-status")


def compared(page):
    """Compare, and wait until both photos of the answer are there."""
    page.click("#compare")
    page.wait_for_function(
        "viewer => document.querySelector(viewer) || document.querySelector('#status .sd-status')",
        arg=VIEWER,
    )
    if not page.locator(VIEWER).count():
        pytest.fail(f"no answer; the page says: {page.inner_text('#status')}")
    page.wait_for_function(
        "viewer => [...document.querySelectorAll(`${viewer} .sd-photo`)]"
        ".every(one => one.complete && one.naturalWidth > 0)",
        arg=VIEWER,
    )


def opened(page, accordion):
    """Open an accordion, if it is closed."""
    button = page.locator(f"#{accordion} > button")
    if "open" not in (button.get_attribute("class") or ""):
        button.click()


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


def table(page):
    """Cells of each row of the table."""
    opened(page, "scores")
    page.wait_for_selector("[data-score]")
    cells = page.eval_on_selector_all(
        "[data-score]",
        "rows => rows.map(r => [r.dataset.score, [...r.cells].map(c => c.textContent)])",
    )
    return {tuple(key.split()): texts[1:] for key, texts in cells}


# -------------------------------------------------- of one comparison, twice


def test_the_page_prints_the_numbers_of_the_verb(page, verb):
    shown = table(page)
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


def test_every_picture_is_described(page):
    alts = page.eval_on_selector_all("#compare-page img", "all => all.map(i => i.alt)")
    assert len(alts) >= 8
    assert all(alts)


def test_headings_follow_each_other_without_a_gap(page):
    levels = page.eval_on_selector_all(
        "#title h1, #compare-page :is(h2, h3, h4)", "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


def test_photos_and_layers_lie_on_each_other(page):
    boxes = page.eval_on_selector_all(
        f"{VIEWER} .sd-frame img:not([hidden])",
        "all => all.map(i => { const b = i.getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height, i.naturalWidth, i.naturalHeight,"
        " getComputedStyle(i).objectFit, getComputedStyle(i).objectPosition]; })",
    )
    assert len(boxes) == 2
    assert boxes[0] == boxes[1]
    _, _, width, height, natural_width, natural_height, *_ = boxes[0]
    assert width > 100
    assert width / height == pytest.approx(natural_width / natural_height, rel=0.01)


def test_the_line_moves_by_arrow_keys_and_by_dragging(page):
    def at():
        return page.eval_on_selector(
            f"{VIEWER} .sd-over", "over => getComputedStyle(over).clipPath"
        )

    assert "50%" in at()
    slider = page.locator(f"{VIEWER} .sd-position")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert "51%" in at()
    frame = page.locator(f"{VIEWER} .sd-frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 60)
    page.mouse.up()
    assert float(slider.input_value()) == pytest.approx(25, abs=1)
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60)  # let go: it stays
    assert float(slider.input_value()) == pytest.approx(25, abs=1)


def test_a_layer_is_fetched_when_it_is_chosen_and_fades(page):
    layer = page.locator(f"{VIEWER} [data-layer=redness].sd-layer")
    assert layer.get_attribute("src") is None
    page.click(f"{VIEWER} .sd-choice label:has([value=redness])")
    page.wait_for_function(
        "layer => layer.naturalWidth > 0 && !layer.hidden", arg=layer.element_handle()
    )
    assert "less red" in page.inner_text(f"{VIEWER} .sd-legend:not([hidden])").lower()
    page.locator(f"{VIEWER} .sd-opacity input").fill("30")
    assert layer.evaluate("layer => getComputedStyle(layer).opacity") == "0.3"
    page.click(f"{VIEWER} .sd-choice label:has([value=regions])")
    assert not layer.is_visible()
    page.click(f"{VIEWER} .sd-choice label:has([value=''])")
    assert page.locator(f"{VIEWER} .sd-layer:not([hidden])").count() == 0


def test_the_photo_can_be_enlarged_and_made_whole_again(page):
    def wide():
        return page.locator(f"{VIEWER} .sd-frame").bounding_box()["width"]

    before = wide()
    page.click(f"{VIEWER} .sd-zoom")
    assert wide() == pytest.approx(2 * before, rel=0.05)
    page.click(f"{VIEWER} .sd-zoom")
    assert wide() == pytest.approx(before, rel=0.05)


def test_both_photos_can_be_seen_whole_next_to_each_other(page):
    def boxes():
        return page.eval_on_selector_all(
            f"{VIEWER} .sd-photo",
            "all => all.map(i => { const b = i.getBoundingClientRect();"
            " return [b.left, b.top, b.right, b.bottom]; })",
        )

    def pressed():
        return page.eval_on_selector_all(
            f"{VIEWER} .sd-arranged button", "all => all.map(b => b.ariaPressed)"
        )

    assert pressed() == ["true", "false"]
    page.focus(f"{VIEWER} .sd-arranged [data-beside=yes]")
    page.keyboard.press("Enter")
    assert pressed() == ["false", "true"]
    before, after = boxes()
    assert after[0] == pytest.approx(before[2], abs=0.5)
    assert (after[1], after[3]) == (before[1], before[3])
    assert page.eval_on_selector(
        f"{VIEWER} .sd-over", "over => getComputedStyle(over).clipPath"
    ) in ("none", "inset(0px)")
    assert page.is_hidden(f"{VIEWER} .sd-position")
    page.click(f"{VIEWER} .sd-choice label:has([value=redness])")
    assert page.eval_on_selector(
        f"{VIEWER} [data-layer=redness].sd-layer", "i => i.getBoundingClientRect().left"
    ) == pytest.approx(after[0], abs=0.5)
    page.click(f"{VIEWER} .sd-choice label:has([value=''])")
    page.click(f"{VIEWER} .sd-arranged [data-beside='']")
    before, after = boxes()
    assert before == after
    assert page.is_visible(f"{VIEWER} .sd-position")


def test_each_place_for_a_photo_has_a_name_of_its_own(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(address)
    for name in ("Before photo", "After photo"):
        page.get_by_role("button", name=name).first.wait_for()
    context.close()


def test_the_download_is_the_result_of_the_verb(page, verb):
    opened(page, "files")
    with page.expect_download() as started:
        page.click("#downloads a:has-text('JSON')")
    result = json.loads(Path(started.value.path()).read_text(encoding="utf-8"))
    assert result["scores"] == verb["scores"]
    assert result["schema"] == verb["schema"]
    assert "/" not in result["before"]["path"]


def test_the_report_is_made_when_asked_for_and_downloads(page):
    opened(page, "files")
    page.click("#report")
    page.wait_for_selector("#reports a")
    with page.expect_download() as started:
        page.click("#reports a:has-text('PDF')")
    assert Path(started.value.path()).read_bytes().startswith(b"%PDF")


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_request_leaves_the_machine(page, address, requests):
    assert requests
    assert [url for url in requests if not url.startswith((address, *HERE))] == []


def test_the_pair_is_saved_as_sessions_and_nothing_typed_is_lost(page):
    width = page.viewport_size["width"]
    opened(page, "saving")
    page.fill("#save-person input", f"P-{width}")
    page.keyboard.press("Enter")
    page.click("#save")
    page.wait_for_selector("#saved .sd-bad")
    assert "when the before photo was taken" in page.inner_text("#saved").lower()
    for name, day in (("before", "2026-01-05"), ("after", "2026-02-05")):
        page.fill(f"#save-{name}-at :is(input, textarea)", day)
    page.check("#save-agreed input")
    page.click("#save")
    page.wait_for_selector("#saved .sd-good")
    assert f"P-{width}, face" in page.inner_text("#saved")


def test_a_region_drawn_by_clicks_gets_its_row(page):
    opened(page, "marking")
    box = page.locator("sd-marker .sd-mark-box")
    box.scroll_into_view_if_needed()
    size = box.bounding_box()
    for x, y in ((0.40, 0.55), (0.46, 0.55), (0.46, 0.61), (0.40, 0.61)):
        box.click(position={"x": x * size["width"], "y": y * size["height"]})
    assert "4 points set. Not kept yet" in page.inner_text("sd-marker .sd-mark-said")
    compared(page)
    page.wait_for_selector("#status .sd-bad:has-text('not kept yet and was not measured')")
    page.click("sd-marker [data-times='4']")
    assert box.bounding_box()["width"] == pytest.approx(4 * size["width"], rel=0.01)
    large = page.eval_on_selector_all("sd-marker .sd-mark-points span", MIDDLES)
    assert large == pytest.approx([0.40, 0.55, 0.46, 0.55, 0.46, 0.61, 0.40, 0.61], abs=0.01)
    page.click("sd-marker [data-times='1']")
    page.fill(".sd-mark-name input", "my spot")
    page.press(".sd-mark-name input", "Enter")
    page.wait_for_selector(".sd-marks li:has-text('my spot')")
    page.wait_for_selector("#results", state="hidden")  # it was measured without the region
    compared(page)
    assert "not kept yet" not in page.inner_text("#status")
    assert page.is_visible("#scores [data-score='redness my spot relative']")
    assert "my spot" in page.inner_text("#headline .sd-own")
    assert ("redness", "my", "spot", "relative") in table(page)
    page.click(".sd-unmark")
    page.wait_for_selector(".sd-marks", state="detached")
    page.wait_for_selector("#results", state="hidden")


def test_corners_by_keyboard_reach_the_server_and_wrong_ones_come_back_as_a_sentence(page):
    opened(page, "marking")
    page.click("sd-marker label:has([value=card])")
    page.locator("sd-marker .sd-mark-box").focus()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp"):
        for _ in range(4):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    assert "4 points set" in page.inner_text("sd-marker .sd-mark-said")
    page.click(".sd-mark-done")
    page.wait_for_selector("sd-marker .sd-mark-trouble")
    assert "no color card" in page.inner_text("sd-marker .sd-mark-trouble")
    assert page.locator("sd-marker .sd-mark-points span").count() == 4  # to be corrected


def test_results_go_when_a_photo_is_taken_away(page):
    compared(page)
    page.click("#after-another")
    page.wait_for_selector("#results", state="hidden")
    page.wait_for_selector("#after-check img", state="detached")
    page.wait_for_selector("#after-file")


def test_a_file_that_is_no_photo_is_a_sentence_and_the_other_photo_stays(page, tmp_path):
    (tmp_path / "letter.jpg").write_text("dear diary")
    bring(page, "after", tmp_path / "letter.jpg")
    assert "letter.jpg is not a photo" in page.inner_text("#after-check")
    page.click("#compare")
    page.wait_for_selector("#status .sd-status:has-text('Add both photos')")
    assert page.is_visible("#before-check img")


# ------------------------------------------------------------------ by itself


def test_an_upload_that_is_dropped_takes_the_stream_of_answers_along(browser, address):
    """Gradio drops the newest of its connections; the server waits until the stream is dropped."""
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    with page.expect_request("**/gradio_api/heartbeat/*") as beat:
        page.goto(address)
    session = beat.value.url.rpartition("/")[2]
    page.click("#compare")  # an event, so that the server knows the tab
    page.wait_for_selector("#status :text('photo')")
    ended = page.evaluate(
        """async (session) => {
            const stream = await fetch(`/gradio_api/queue/data?session_hash=${session}`);
            const upload = new AbortController();
            const asked = fetch("/gradio_api/upload_progress?upload_id=none",
                {signal: upload.signal}).catch(() => {});
            const ends = stream.body.getReader().read();
            const open = await Promise.race([ends, new Promise(go => setTimeout(go, 300, "open"))]);
            upload.abort();
            await asked;
            return [open, (await ends).done];
        }""",
        session,
    )
    assert ended == ["open", True]
    page.close()


def test_the_example_is_one_click(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT)
    called = []
    page.on("request", lambda asked: called.append(asked) if "queue/join" in asked.url else None)
    page.goto(address)
    page.wait_for_selector("#example")
    called.clear()
    page.dblclick("#example")  # as people do
    page.wait_for_selector(VIEWER)
    clicks = [asked.post_data_json["fn_index"] for asked in called]
    assert clicks.count(clicks[0]) == 1
    assert "Improved: redness fell by" in page.inner_text("#headline")
    assert page.is_visible("#before-check img")
    context.close()


@pytest.fixture
def demo(browser, address, tmp_path):
    """A new page, and the first and the last photo of the demo."""
    sessions = make_demo(tmp_path / "demo")
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(address)
    page.wait_for_selector("#before-file input[type=file]", state="attached")
    yield page, sessions[0].path, sessions[-1].path
    context.close()


def test_photos_that_are_mixed_up_are_swapped_by_one_click(demo):
    page, early, late = demo
    bring(page, "before", late)
    bring(page, "after", early)
    compared(page)
    assert "was taken before the before photo (2026-04-06)" in page.inner_text("#status")
    assert "Worse: redness rose by" in page.inner_text("#headline")
    page.click("#swap")
    page.wait_for_selector("#headline .sd-verdict:has-text('Improved: redness fell by')")
    page.wait_for_selector("#swap", state="hidden")
    assert "2026-01-05" in page.inner_text("#before-check")


def test_what_was_typed_for_one_pair_is_gone_with_the_next(demo):
    page, early, late = demo
    bring(page, "before", early)
    bring(page, "after", late)
    compared(page)
    opened(page, "saving")
    page.fill("#save-person input", "P-old")
    page.check("#save-agreed input")
    page.fill("#save-note :is(input, textarea)", "of the old pair")
    assert page.is_checked("#save-agreed input")
    page.fill("#save-person input", "P-other")
    page.keyboard.press("Tab")
    page.wait_for_selector("#save-agreed input:not(:checked)")
    page.check("#save-agreed input")
    page.click("#after-another")
    page.wait_for_selector("#results", state="hidden")
    bring(page, "after", early)
    compared(page)
    opened(page, "saving")
    page.wait_for_selector("#save-agreed input:not(:checked)")
    for field in ("person", "note"):
        assert page.input_value(f"#save-{field} :is(input, textarea)") == ""


def test_a_comparison_that_was_called_off_says_so_and_goes_on_by_a_click(demo):
    page, early, late = demo
    bring(page, "before", early)
    bring(page, "after", late)
    opened(page, "options")
    page.wait_for_selector("#reference input")
    told = page.locator("#status .sd-status:has-text('Called off: press Compare again')")
    for turn in range(6):  # an answer that was there before the click was not called off
        page.click("#compare")
        page.wait_for_selector("#status :is(.progress-text, .progress-level, .meta-text)")
        page.locator("#reference input").nth(1 + turn % 2).click()
        page.wait_for_selector("#results", state="hidden")
        page.wait_for_function("() => !document.querySelector('.generating, .pending')")
        if told.count():
            break
    assert told.is_visible()
    assert page.is_hidden("#results")
    page.locator("#reference input").first.click()
    page.wait_for_function("() => !document.querySelector('.generating, .pending')")
    assert told.is_visible()  # another change calls nothing off, and takes nothing back
    page.click("#compare")
    page.wait_for_selector(VIEWER)
