"""The page Model in a real browser: a training that acts, its curves, use in spite of, back."""

import re
from pathlib import Path

import pytest

from retrained import labels_of, retrained
from serving import serving

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms; machines are busy
HERE = ("data:", "blob:", "about:")
TESTS = Path(__file__).parent
ACTING = f"""
from skindelta.web.model import page, training
page.has_extra = training.has_extra = lambda: True
acted = [sys.executable, {str(TESTS / "retrained.py")!r}]
def command(file, name):
    return [*acted, str(file), name, "worse" if name.startswith("worse") else "better", "0.25"]
training.Trainer.command = staticmethod(command)
"""
REASON = "our camera, our patients"
BASE = "skindelta-base 1.0.0"


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, tmp_path_factory):
    """The page with labels that are enough, at the width of a desk and, in the dark, of a phone."""
    width, scheme = request.param
    folder = tmp_path_factory.mktemp("server")
    file = labels_of(folder / "labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKINDELTA_MODELS", str(folder / "models"))
        with serving(folder, f"labels=Path({str(file)!r})", ACTING) as server:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            page = context.new_page()
            page.set_default_timeout(WAIT)
            page.folder, page.shots = folder, tmp_path_factory.mktemp("screenshots")
            page.troubles, page.asked, page.label = [], [], f"{width}_{scheme}"
            page.on("request", lambda asked: page.asked.append(asked.url))
            page.on("pageerror", lambda error: page.troubles.append(str(error)))
            page.address = f"{server.url}/"
            page.goto(page.address)
            come(page)
            yield page
            context.close()


def come(page):
    """Open the tab, and wait until it says which model is in use."""
    page.wait_for_selector("#pages [role=tab][aria-selected=true]")
    page.wait_for_timeout(300)  # on a phone, tabs move into a menu once they are measured
    tab = page.get_by_role("tab", name="Model", exact=True)
    if tab.is_visible():
        tab.click()
    else:
        page.get_by_label("More tabs").click()
        page.locator(".overflow-dropdown button", has_text="Model").click()
    page.wait_for_selector("#model-used dl")
    page.wait_for_selector("#model-labels .sd-fact-table")


def shoot(page, name):
    shot = page.shots / f"{page.label}_{name}.png"
    page.screenshot(path=shot, full_page=True)
    print(f"screenshot: {shot}")


def said(page, words):
    """Wait until the page says something of the training."""
    page.wait_for_function(
        "words => document.querySelector('#model-said').innerText.includes(words)", arg=words
    )


def used(page, model):
    """Wait until a model is told as the one in use."""
    page.wait_for_function(
        "model => document.querySelector('#model-used dl dd').innerText === model", arg=model
    )


def steps(page):
    """How many steps the training is told to have done."""
    found = re.search(r"(\d+) of 60 ·", page.inner_text("#model-progress"))
    return int(found[1]) if found else 0


def start(page, name):
    page.fill("#model-name :is(input, textarea)", name)
    page.click("#model-start")
    page.wait_for_selector("#model-stop:visible")


def test_a_newcomer_sees_what_is_in_use_and_what_there_is_to_learn_from(page):
    shoot(page, "newcomer")
    assert page.inner_text("#model-used dl dd >> nth=0") == BASE
    assert page.is_disabled("#model-back")
    assert page.is_disabled("#model-use")
    assert page.is_enabled("#model-start")
    assert not page.is_visible("#model-stop")
    assert "48" in page.inner_text("#model-labels")
    assert "Training takes minutes" in page.inner_text("#model-said")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_name_that_none_may_have_is_told_in_its_place(page):
    page.fill("#model-name :is(input, textarea)", "no name")
    page.click("#model-start")
    page.wait_for_selector("#model-told .sd-bad")
    assert "is no name for a model" in page.inner_text("#model-told")


def test_progress_and_curves_come_by_themselves_and_stop_works(page):
    start(page, "worse-one")
    page.wait_for_selector("#model-progress progress")
    said(page, "learning from the labels")
    page.wait_for_selector("#model-progress .curve.stop:visible")
    first = steps(page)
    page.wait_for_function(
        "first => Number(/(\\d+) of 60/.exec("
        "document.querySelector('#model-progress').innerText)?.[1]) > first",
        arg=first,
    )
    shoot(page, "training")
    assert page.is_disabled("#model-start")
    page.click("#model-stop")
    said(page, "was stopped")
    page.wait_for_selector("#model-stop", state="hidden")
    assert page.is_enabled("#model-start")
    assert page.locator("#model-list input").count() == 1


def test_nothing_is_asked_when_nothing_runs_or_nobody_looks(page):
    before = len(page.asked)
    page.wait_for_timeout(3000)
    assert [url for url in page.asked[before:] if "queue/join" in url] == []


def test_it_goes_on_while_the_page_is_closed_and_is_there_again(page):
    start(page, "worse-one")
    said(page, "learning from the labels")
    page.goto("about:blank")
    page.goto(page.address)
    come(page)
    said(page, "worse-one 1.0.0 is trained")
    page.wait_for_selector("#model-list input >> nth=1")
    shoot(page, "trained")
    assert page.inner_text("#model-used dl dd >> nth=0") == BASE


def test_a_worse_model_is_used_with_words_alone(page):
    page.get_by_label("worse-one 1.0.0").check()
    page.wait_for_selector("#model-against .sd-bad")
    page.wait_for_selector("#model-reason:visible")
    assert "worse than the model that it came from" in page.inner_text("#model-card")
    shoot(page, "worse")
    page.click("#model-use")
    page.wait_for_selector("#model-answer .sd-bad")
    assert "say why" in page.inner_text("#model-answer")
    page.fill("#model-reason :is(input, textarea)", REASON)
    page.click("#model-use")
    used(page, "worse-one 1.0.0")
    assert REASON in page.inner_text("#model-used")
    assert page.is_disabled("#model-use")
    card = page.folder / "models" / "worse-one" / "1.0.0" / "README.md"
    assert REASON in card.read_text(encoding="utf-8")


def test_one_step_back_leads_to_the_one_before(page):
    assert BASE in page.inner_text("#model-back")
    page.click("#model-back")
    used(page, BASE)
    page.wait_for_selector("#model-answer .sd-good")
    assert page.is_disabled("#model-back")


def test_a_better_model_appears_by_itself_and_is_used_without_a_word(page):
    start(page, "clinic")
    said(page, "clinic 1.0.0 is trained")
    page.wait_for_function(
        "document.querySelector('#model-card dl dd')?.innerText === 'clinic 1.0.0'"
    )
    page.wait_for_selector("#model-reason", state="hidden")
    shoot(page, "better")
    page.click("#model-use")
    used(page, "clinic 1.0.0")
    page.click("#model-back")
    used(page, BASE)


def test_a_model_that_is_gone_is_told(page):
    retrained(page.folder / "models", "odd", "1.0.0")
    (page.folder / "models" / "odd" / "1.0.0" / "model.toml").write_text("x = 1", encoding="utf-8")
    page.reload()
    come(page)
    assert "odd" in page.inner_text("#model-used")


def test_every_control_is_named_and_no_text_is_wider_than_the_page(page):
    unnamed = page.eval_on_selector_all(
        "#model-page :is(button, input, textarea, progress, svg[role=img])",
        """all => all.filter(one => one.checkVisibility() && !(one.ariaLabel || one.innerText
            || one.labels?.length || one.closest("label"))).map(one => one.outerHTML)""",
    )
    assert unnamed == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_the_smallest_phone_the_page_is_found_in_the_menu(page):
    page.reload()
    come(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_page_asks_nobody_else_and_no_script_failed(page):
    assert [url for url in page.asked if not url.startswith((page.address, *HERE))] == []
    assert page.troubles == []
