"""The page Label in a real browser: pairs by keyboard and by finger, undo, reload, trouble."""

import os
import shutil
from collections import Counter

import pytest

from serving import serving
from skindelta.demo import make_demo
from skindelta.learning.label_files import read_labels

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms; machines are busy
PAIRS = 14  # of five photos of two people: with the first one, and with the one before
HERE = ("data:", "blob:", "about:")
NEW = """version => {
    const one = document.querySelector("sd-label");
    return one !== null && one.dataset.version !== version && one.isOpen === true;
}"""
BOXES = """all => all.map(i => {
    const { left, top, width } = i.getBoundingClientRect();
    const box = i.parentElement.getBoundingClientRect();
    return [(left - box.left) / box.width, (top - box.top) / box.height, width / box.width];
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two people with five photos each; the second shows the same face."""
    folder = tmp_path_factory.mktemp("label")
    make_demo(folder / "photos")
    shutil.copytree(folder / "photos" / "astronaut", folder / "photos" / "zoe-1987")
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """Address of a page for labelling alone."""
    given = f"Path({str(folder / 'labels.csv')!r}), Path({str(folder / 'photos')!r})"
    more = f"labelling=Labelling({given}, 'dr-k', ('redness',))"
    with serving(folder, more, "from skindelta.web import Labelling") as server:
        yield f"{server.url}/"


@pytest.fixture(scope="module")
def requests():
    """Every address a page asked for."""
    return []


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, address, requests, tmp_path_factory):
    """The page with the first question, at the width of a desk and, in the dark, of a phone."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 850}, color_scheme=scheme, has_touch=width < 500
    )
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.rater = f"rater-{width}"
    page.troubles = []
    page.on("request", lambda asked: requests.append(asked.url))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.goto(address)
    began(page, page.rater)
    shot = tmp_path_factory.mktemp("screenshots") / f"{width}_{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    print(f"screenshot: {shot}")
    yield page
    context.close()


def began(page, rater):
    """Say who labels, and wait for the first question."""
    page.wait_for_selector("#label-begin:visible")
    page.fill("#label-rater :is(input, textarea)", rater)
    page.click("#label-begin")
    page.wait_for_function(NEW, arg="")


def after(page, act):
    """Do something, and wait until the page has answered and shows both photos."""
    version = page.get_attribute("sd-label", "data-version")
    act()
    page.wait_for_function(NEW, arg=version)


def press(page, key):
    after(page, lambda: page.keyboard.press(key))


def progress(page):
    words = page.inner_text(".sd-label-progress").split()
    return int(words[words.index("labelled") - 1]), int(words[words.index("to") - 1])


def rows(folder, page):
    """Labels of this rater."""
    found = read_labels(folder / "labels.csv")
    assert not found.problems
    return [one for one in found.rows if one.rater == page.rater]


def test_the_page_shows_nothing_but_labelling(page):
    assert [tab.inner_text() for tab in page.get_by_role("tab").all()] == ["Label", "About"]
    assert page.inner_text(".sd-label-question") == "Which photo shows more redness?"
    done, left = progress(page)
    assert done == 0
    assert PAIRS <= left <= PAIRS + 2  # and the repeats


def test_nothing_is_wider_than_the_window_and_the_answers_are_in_sight(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for choice in ("left", "right", "same", "cannot judge"):
        box = page.locator(f"[data-choice='{choice}']").bounding_box()
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 850


def test_the_photos_are_beside_each_other_and_equally_large(page):
    left, right = (page.locator(f"[data-side={side}]").bounding_box() for side in ("left", "right"))
    assert left["y"] == right["y"]
    assert left["width"] == pytest.approx(right["width"], abs=1)
    assert left["x"] + left["width"] <= right["x"]


def test_both_photos_are_enlarged_and_moved_together(page):
    images = page.locator(".sd-label-window img")
    assert (
        images.evaluate_all(BOXES)
        == [[pytest.approx(0, abs=0.05)] * 2 + [pytest.approx(1, abs=0.05)]] * 2
    )
    page.keyboard.press("+")
    page.click("[data-zoom=in]")
    large = images.evaluate_all(BOXES)
    assert large[0] == pytest.approx(large[1])
    assert large[0][2] == pytest.approx(2.25, rel=0.05)
    box = page.locator("[data-side=right]").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 100)
    page.mouse.up()
    moved = images.evaluate_all(BOXES)
    assert moved[0] == pytest.approx(moved[1])
    assert (moved[0][0] - large[0][0]) * box["width"] == pytest.approx(40, rel=0.1)
    page.keyboard.press("0")
    assert images.evaluate_all(BOXES)[0][2] == pytest.approx(1, abs=0.05)
    assert progress(page)[0] == 0


def test_ten_pairs_are_labelled_by_keyboard(page, folder):
    _, left = progress(page)
    for number in range(8):
        press(page, "ArrowLeft" if number % 2 else "ArrowRight")
        side = "left" if number % 2 else "right"
        assert page.get_attribute("sd-label", "data-chosen") == side
        assert page.inner_text(".sd-label-question").startswith(side.capitalize())
        press(page, str(1 + number % 3))
    press(page, "ArrowDown")
    press(page, "x")
    assert progress(page) == (10, left - 10)
    counted = Counter(one.scale for one in rows(folder, page))
    assert counted == {"choice": 10, "change": 9}
    sizes = [abs(one.value) for one in rows(folder, page) if one.scale == "change"]
    assert sizes == [1, 2, 3, 1, 2, 3, 1, 2, 0]


def test_undo_takes_the_last_answer_back(page, folder):
    done, left = progress(page)
    before = rows(folder, page)
    sources = page.locator(".sd-label-window img").evaluate_all("all => all.map(i => i.src)")
    press(page, "ArrowLeft")
    press(page, "Control+z")  # the side alone
    assert page.get_attribute("sd-label", "data-stage") == "choice"
    again = page.locator(".sd-label-window img").evaluate_all("all => all.map(i => i.src)")
    assert again == sources
    assert rows(folder, page) == before
    press(page, "z")
    assert progress(page) == (done - 1, left + 1)
    assert rows(folder, page) == before[:-1]  # it could not be judged: one row
    press(page, "x")
    assert len(rows(folder, page)) == len(before)


def test_a_size_that_is_pressed_right_after_the_side_counts(page, folder):
    done, _ = progress(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    page.wait_for_function(
        "done => document.querySelector('.sd-label-progress').textContent.includes(done)",
        arg=f"{done + 1} labelled",
    )
    page.wait_for_function("() => document.querySelector('sd-label').isOpen")
    assert abs(rows(folder, page)[-1].value) == 3


def test_answers_are_given_by_a_finger_too(page):
    done, _ = progress(page)
    tap = "tap" if page.viewport_size["width"] < 500 else "click"
    after(page, getattr(page.locator("[data-choice=left]"), tap))
    after(page, getattr(page.locator("[data-size='1']"), tap))
    assert progress(page)[0] == done + 1
    after(page, getattr(page.locator("[data-do=undo]"), tap))
    assert progress(page)[0] == done


def test_keys_that_are_typed_elsewhere_are_no_answers(page, folder):
    before = rows(folder, page)
    page.evaluate(
        "() => { const typed = document.createElement('input'); typed.id = 'typed';"
        " document.body.append(typed); typed.focus(); }"
    )
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    page.evaluate("document.querySelector('#typed').remove()")
    page.get_by_role("tab", name="About").click()
    page.wait_for_selector("#about-head:visible")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    page.get_by_role("tab", name="Label").click()
    page.wait_for_selector("sd-label:visible")
    page.wait_for_function("() => document.querySelector('sd-label').isOpen")
    assert rows(folder, page) == before


def test_a_reload_goes_on_where_it_was(page):
    press(page, "ArrowLeft")
    now = progress(page)
    page.reload()
    page.wait_for_function(NEW, arg="")
    assert page.rater in page.inner_text(".sd-label-progress")
    assert progress(page) == now
    assert page.get_attribute("sd-label", "data-chosen") == "left"
    press(page, "2")


def test_what_cannot_be_saved_stays_and_is_sent_again(page, folder):
    """Somebody holds the folder; then the file is away; each answer is there still."""
    fcntl = pytest.importorskip("fcntl", reason="this system has no locks of folders")
    done, _ = progress(page)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    press(page, "ArrowDown")
    assert "another program is writing labels.csv" in page.inner_text(".sd-label-told").lower()
    assert progress(page)[0] == done
    os.close(held)
    after(page, page.locator("[data-do=again]").click)
    assert progress(page)[0] == done + 1
    assert page.inner_text(".sd-label-told") == ""

    away = (folder / "labels.csv").rename(folder / "away.csv")
    (folder / "labels.csv").mkdir()  # so that it cannot even be read
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#label-answer .sd-bad")
    (folder / "labels.csv").rmdir()
    away.rename(folder / "labels.csv")
    page.wait_for_function("() => document.querySelector('sd-label').isOpen")
    press(page, "ArrowDown")
    assert progress(page)[0] == done + 2
    page.wait_for_selector("#label-answer .sd-bad", state="detached")


def test_how_raters_agree_is_shown_when_asked_for(page):
    after(page, page.locator("[data-do=agree]").click)
    assert page.inner_text(".sd-label-agreement .sd-status")
    press(page, "x")
    assert not page.locator(".sd-label-agreement .sd-status").count()


def test_all_is_labelled_at_last_and_the_last_one_can_be_taken_back(page, folder):
    while page.get_attribute("sd-label", "data-stage") != "done":
        press(page, "ArrowDown")
    assert "All is labelled" in page.inner_text(".sd-label-question")
    asked = Counter((one.before, one.after) for one in rows(folder, page) if one.scale == "choice")
    assert len(asked) == PAIRS
    assert 1 <= sum(times == 2 for times in asked.values()) <= 2
    press(page, "z")
    press(page, "ArrowDown")
    assert page.get_attribute("sd-label", "data-stage") == "done"


def test_another_rater_begins_anew(page):
    page.locator("[data-do=leave]").click()
    page.wait_for_selector("sd-label", state="detached")
    began(page, f"{page.rater}-b")
    assert progress(page)[0] == 0


def test_nothing_that_reaches_the_browser_tells_days_or_people(page, requests, address):
    assert [url for url in requests if not url.startswith((address, *HERE))] == []
    text = page.content() + "".join(requests)
    for secret in ("2026-0", "astronaut", "zoe", "photos/"):
        assert secret not in text
    assert page.troubles == []
