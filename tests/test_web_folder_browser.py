"""In a real browser: a zip of ten photos in, corrected, scored, sorted; the verb's table out."""

import csv
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import get_args

import httpx
import pytest

from skindelta.normalize import ReferenceChoice
from skindelta.pipeline import Options

pytestmark = pytest.mark.browser

SECONDS = 60
WAIT = 1000 * SECONDS
PEOPLE = ("001", "002", "003", "004", "006")
PERSON, DATE = 1, 2  # columns
NUMBERS = ("value", "low", "high", "sdc", "verdict")
HERE = ("data:", "blob:", "about:")
IS_CHOSEN = """async cell => {
    while (!cell.contains(document.activeElement)) await new Promise(requestAnimationFrame);
}"""
CHANGES = (
    "() => [...document.querySelectorAll('sd-scores tbody tr:not([hidden])')]"
    ".map(r => r.cells[3].dataset.value)"
)


@pytest.fixture(scope="module")
def study(photos, tmp_path_factory):
    """Five people, neutral and smiling, as a folder of the verb."""
    folder = tmp_path_factory.mktemp("study")
    for who in PEOPLE:
        (folder / who).mkdir()
        for day, face in (("2026-01-05", "neutral"), ("2026-03-05", "smiling")):
            photo = (photos / "london" / f"{who}_{face}.jpg").read_bytes()
            (folder / who / f"{day}.jpg").write_bytes(photo)
    return folder


@pytest.fixture(scope="module")
def packed(study, tmp_path_factory):
    """The same as a zip, as a Mac makes it."""
    path = tmp_path_factory.mktemp("zip") / "study.zip"
    with zipfile.ZipFile(path, "w") as out:
        for photo in sorted(study.rglob("*.jpg")):
            out.write(photo, photo.relative_to(study))
        out.writestr("__MACOSX/001/._2026-01-05.jpg", b"x")
    return path


@pytest.fixture(scope="module")
def verb(study, tmp_path_factory):
    """What `skindelta batch` writes of the folder."""
    table = tmp_path_factory.mktemp("verb") / "scores.csv"
    program = str(Path(sys.executable).with_name("skindelta"))
    subprocess.run([program, "batch", ".", "-o", str(table)], cwd=study, check=True)
    return read(table)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the page, served by a process of its own until the tests end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("record"))
    code = (
        "from pathlib import Path; from skindelta.web import Records, launch; "
        f"launch(Records(Path({folder!r})), port={port})"
    )
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


def opened(browser, address, packed, requests, width, scheme):
    """The page with the zip in it, understood."""
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(address)
    page.get_by_role("tab", name="Folder").click()
    page.set_input_files("#folder-files input[type=file]", str(packed))
    page.wait_for_selector("#folder-found .sd-good", timeout=WAIT)
    page.wait_for_selector("#folder-table [role=gridcell] >> text=006/2026-03-05.jpg", timeout=WAIT)
    return page


@pytest.fixture(scope="module")
def desk(browser, address, packed, requests):
    """The page at the width of a desk, with all ten photos scored."""
    page = opened(browser, address, packed, requests, 1280, "light")
    page.click("#folder-score")
    page.wait_for_selector("#folder-status .sd-status", timeout=2 * WAIT)
    page.wait_for_selector("sd-scores .sd-scores-bar", timeout=WAIT)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def phone(browser, address, packed, requests):
    """The page on a phone in the dark, before anything is scored."""
    page = opened(browser, address, packed, requests, 390, "dark")
    yield page
    page.context.close()


def cell_of(page, row, column):
    return page.locator(f"#folder-table .body-cell[data-row='{row}'][data-col='{column}']")


def read(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_options_of_the_page_are_those_of_everywhere(desk):
    desk.click("#folder-options > button")
    references = "#folder-reference input"
    desk.wait_for_selector(references, timeout=WAIT)
    offered = desk.eval_on_selector_all(references, "all => all.map(i => [i.value, i.checked])")
    assert {value for value, _ in offered} == set(get_args(ReferenceChoice))
    assert [value for value, chosen in offered if chosen] == [Options().reference]
    assert desk.is_checked("#folder-close-up input") == Options().close_up


def test_the_download_is_the_table_of_the_verb(desk, verb):
    with desk.expect_download() as started:
        desk.click("text=Scores (CSV)")
    assert read(started.value.path()) == verb
    assert len({row["after"] for row in verb}) == len(PEOPLE)


def test_the_table_shows_the_numbers_of_the_verb(desk, verb):
    shown = desk.eval_on_selector_all(
        "sd-scores tbody tr",
        "rows => rows.map(r => [r.cells[0].dataset.value, r.dataset.attribute.toLowerCase(), "
        "r.cells[3].dataset.value])",
    )
    assert len(shown) == 3 * len(PEOPLE)
    told = {
        (row["subject"], row["attribute"], float(row["value"]))
        for row in verb
        if row["region"] == "face" and row["value"]
    }
    assert {(who, what, float(value)) for who, what, value in shown if value} <= told


def test_numbers_are_sorted_as_numbers_by_keyboard(desk):
    desk.focus("sd-scores th:nth-child(4) button")
    for way, backwards in (("ascending", False), ("descending", True)):
        desk.keyboard.press("Enter")
        assert desk.get_attribute("sd-scores th:nth-child(4)", "aria-sort") == way
        values = desk.evaluate(CHANGES)
        known = [float(value) for value in values if value]
        assert known == sorted(known, reverse=backwards)
        assert "" not in values[: len(known)]  # what is missing comes last


def test_a_filter_leaves_what_was_asked_for(desk):
    desk.get_by_role("combobox", name="Attribute", exact=True).select_option("Redness")
    desk.get_by_role("searchbox", name="Search").fill("003/")
    assert desk.inner_text("sd-scores [role=status]") == f"1 of {3 * len(PEOPLE)} scores shown"
    desk.get_by_role("combobox", name="Attribute", exact=True).select_option("")
    desk.get_by_role("searchbox", name="Search").fill("")
    assert len(desk.evaluate(CHANGES)) == 3 * len(PEOPLE)


def test_every_region_is_shown_when_asked_for(desk, verb):
    desk.get_by_label("Show every region").check()
    desk.wait_for_function(
        "many => document.querySelectorAll('sd-scores tbody tr').length === many",
        arg=len(verb),
        timeout=WAIT,
    )


def test_the_tools_of_the_table_stay_however_often_it_is_made(browser, address, packed, requests):
    page = opened(browser, address, packed, requests, 1280, "light")
    few = 3 * len(PEOPLE)

    def has_tools(many):
        page.wait_for_function(
            "many => document.querySelectorAll('sd-scores tbody tr').length > many", arg=many
        )
        page.get_by_role("searchbox", name="Search").fill("003/")
        page.get_by_role("combobox", name="Attribute", exact=True).select_option("Redness")
        total = page.locator("sd-scores tbody tr").count()
        shown = page.locator("sd-scores tbody tr:not([hidden])").count()
        assert 0 < shown < total
        told = page.inner_text("sd-scores [role=status]")
        assert told == f"{shown} of {total} scores shown"
        page.get_by_role("button", name="change").click()
        assert page.get_attribute("sd-scores th:nth-child(4)", "aria-sort") == "ascending"
        assert page.locator(".sd-scores-bar").count() == 1

    for _ in range(2):
        page.click("#folder-score")
        page.wait_for_selector("#folder-results", state="hidden", timeout=WAIT)
        page.wait_for_selector("sd-scores .sd-scores-bar", timeout=2 * WAIT)
        has_tools(0)
        page.get_by_label("Show every region").check()
        has_tools(few)
        page.get_by_label("Show every region").uncheck()
        page.wait_for_function(
            "few => document.querySelectorAll('sd-scores tbody tr').length === few", arg=few
        )
        has_tools(0)
    page.context.close()


def test_typing_on_a_cell_replaces_it_and_what_is_said_follows(browser, address, packed, requests):
    page = opened(browser, address, packed, requests, 1280, "light")
    assert "10 photos of 5 people" in page.inner_text("#folder-found")
    for column, text in ((PERSON, "Zoe"), (DATE, "2027-01-02")):
        cell = cell_of(page, 0, column)
        cell.click()
        cell.evaluate(IS_CHOSEN)  # and from here on as fast as can be: nothing may be lost
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        cell.locator(f"text={text}").wait_for(timeout=WAIT)
        assert cell.locator("span").first.inner_text() == text
    page.wait_for_selector("#folder-found >> text=10 photos of 6 people", timeout=WAIT)
    page.wait_for_selector("#folder-found >> text=Only one photo of Zoe, 001", timeout=WAIT)
    cell = cell_of(page, 0, DATE)
    cell.dblclick()  # what is there stays, to be changed
    page.keyboard.type(" 09:30")
    page.keyboard.press("Enter")
    cell.locator("text=2027-01-02 09:30").wait_for(timeout=WAIT)
    cell = cell_of(page, 0, PERSON)
    cell.dblclick()
    page.keyboard.press("Backspace")  # before it is open
    cell.locator("textarea:focus").wait_for(timeout=WAIT)
    page.keyboard.type("ë")  # comes without a key
    page.keyboard.press("Enter")
    page.wait_for_selector("#folder-found >> text=Only one photo of Zoë, 001", timeout=WAIT)
    page.context.close()


def test_person_and_date_are_in_sight_on_a_phone(phone):
    for column in (PERSON, DATE):
        cell = cell_of(phone, 0, column)
        cell.scroll_into_view_if_needed()
        box = cell.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_the_report_is_one_file_with_a_section_a_subject(desk, tmp_path):
    with desk.expect_download() as started:
        desk.click("text=Report (HTML)")
    text = Path(started.value.path()).read_text(encoding="utf-8")
    assert text.count('<section class="subject"') == len(PEOPLE)
    assert "://" not in text


def test_a_wrong_correction_names_its_row_and_scores_nothing(phone):
    cell = cell_of(phone, 0, DATE)
    cell.scroll_into_view_if_needed()
    cell.dblclick()
    phone.keyboard.press("Control+a")
    phone.keyboard.type("tomorrow")
    phone.keyboard.press("Enter")
    phone.click("#folder-score")
    phone.wait_for_selector("#folder-status .sd-bad", timeout=WAIT)
    told = phone.inner_text("#folder-status")
    assert "Row 1 (001/2026-01-05.jpg): 'tomorrow' is no date" in told
    assert phone.is_hidden("#folder-results")


def test_a_run_can_be_stopped_and_keeps_what_is_done(phone, packed):
    phone.reload()
    phone.get_by_role("tab", name="Folder").click()
    phone.set_input_files("#folder-files input[type=file]", str(packed))
    phone.wait_for_selector(
        "#folder-table [role=gridcell] >> text=006/2026-03-05.jpg", timeout=WAIT
    )
    phone.click("#folder-score")
    phone.click("#folder-stop")
    phone.wait_for_selector("#folder-status .sd-status", timeout=WAIT)
    assert "Stopped:" in phone.inner_text("#folder-status")
    assert phone.is_enabled("#folder-score")
    assert phone.is_hidden("#folder-stop")


def test_results_go_when_an_option_or_the_table_is_changed(browser, address, packed, requests):
    page = opened(browser, address, packed, requests, 1280, "light")
    page.click("#folder-options > button")
    for change in (
        lambda: page.locator("#folder-reference input").last.check(),
        lambda: page.locator("#folder-table [role=gridcell] input[type=checkbox]").first.click(),
    ):
        page.click("#folder-score")
        page.wait_for_selector("sd-scores .sd-scores-bar", timeout=2 * WAIT)
        change()
        page.wait_for_selector("#folder-results", state="hidden", timeout=WAIT)
        assert "press Score again" in page.inner_text("#folder-status")
    page.context.close()


def test_a_run_of_photos_that_were_taken_away_shows_nothing(browser, address, packed, requests):
    page = opened(browser, address, packed, requests, 1280, "light")
    page.click("#folder-score")
    page.wait_for_selector("#folder-progress progress", timeout=WAIT)
    page.locator("#folder-files button[aria-label=Clear]").first.click()
    page.wait_for_selector("#folder-work", state="hidden", timeout=WAIT)
    page.set_input_files("#folder-files input[type=file]", str(packed))
    page.wait_for_selector("#folder-found .sd-good", timeout=WAIT)
    page.click("#folder-score")
    page.wait_for_selector("#folder-progress progress", timeout=WAIT)
    assert page.inner_text("#folder-status") == ""
    assert page.is_hidden("#folder-results")
    assert page.is_visible("#folder-stop")  # the old run did not end the new one
    page.click("#folder-stop")
    page.wait_for_selector("#folder-status .sd-status", timeout=WAIT)
    page.context.close()


def test_two_quick_clicks_score_once(browser, address, packed, requests):
    page = opened(browser, address, packed, requests, 1280, "light")
    page.dblclick("#folder-score")
    page.wait_for_selector("#folder-status .sd-good", timeout=2 * WAIT)
    assert page.is_enabled("#folder-score")
    assert page.is_hidden("#folder-stop")
    page.context.close()


def test_nothing_is_wider_than_the_window(desk, phone):
    for page in (desk, phone):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_page_about_tells_all_and_backs_up(desk, phone):
    for page in (desk, phone):
        page.get_by_role("tab", name="About").click()
        page.wait_for_selector("#about-measures table", timeout=WAIT)
        page.click("#about-back-up")
        page.wait_for_selector("#about-backed-up >> text=nothing to back up", timeout=WAIT)
        page.click("#about-model-skindelta-base > button")
        page.click("#about-model-skindelta-base >> text=The whole card")
        page.wait_for_selector("#about-model-skindelta-base .sd-readme table", timeout=WAIT)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_request_leaves_the_machine(desk, phone, address, requests):
    assert requests
    assert [url for url in requests if not url.startswith((address, *HERE))] == []
