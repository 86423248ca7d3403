"""In a real browser: the example comes, its photos lie side by side, its chart can be walked."""

import re

import pytest

from serving import serving

pytestmark = pytest.mark.browser

WAIT = 60_000  # ms; machines are busy
ON_TOP = """() => {
    const pick = document.querySelector(".sd-first .sd-pick");
    pick.scrollIntoView({ block: "center", inline: "nearest" });
    const { x, y, width } = pick.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + 20).closest(".sd-first") ? 1 : 0;
}"""
SHOWN = "[...document.querySelectorAll('{}')].filter(e => e.getClientRects().length)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address of the page, served by a process of its own until the tests end."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield f"{server.url}/"


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request, browser, address):
    """The page with the example, at the width of a desk and, in the dark, of a phone."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.goto(address)
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("#load-example, sd-gallery .sd-session", timeout=WAIT)
    if page.is_visible("#load-example"):  # the second width finds it in the record
        page.click("#load-example")
    page.wait_for_selector("sd-gallery .sd-session", timeout=WAIT)
    page.wait_for_function(
        "() => [...document.querySelectorAll('sd-gallery img')].some(i => i.naturalWidth > 0)",
        timeout=WAIT,
    )
    yield page
    context.close()


def shown(page, selector):
    """How many of these elements can be seen."""
    return page.evaluate(f"{SHOWN.format(selector)}.length")


def chosen(page, session):
    """Wait until a session lies side by side with another."""
    page.wait_for_function(
        "name => document.querySelector('#pair h2')?.textContent.includes(name)"
        " && document.querySelector('#pair sd-viewer img')?.naturalWidth > 0",
        arg=session,
        timeout=WAIT,
    )


def test_the_gallery_has_five_sessions_and_the_treatment_between_them(page):
    assert shown(page, "sd-gallery .sd-session") == 5
    assert shown(page, "sd-gallery .sd-treated") == 1
    kinds = page.eval_on_selector_all(
        "sd-gallery .sd-strip > li", "all => all.map(li => li.className.split(' ')[0])"
    )
    assert kinds.index("sd-treated") == 2  # after the photo of that day


def test_the_chart_has_five_points_and_the_mark_of_the_treatment(page):
    assert shown(page, "sd-chart .sd-point") == 5
    assert shown(page, "sd-chart svg.sd-chart-svg") == 1  # one size of it
    plot = page.locator("sd-chart .sd-plot >> visible=true")
    assert plot.locator("polyline.treatment").count() == 1
    assert plot.locator("text.letter").text_content() == "A"


def test_pressing_the_third_photo_shows_it_side_by_side_with_the_first(page):
    third = page.locator("sd-gallery .sd-session").nth(2)
    third.locator(".sd-pick").click()
    chosen(page, "2026-01-14")
    assert page.inner_text("#pair h2") == "2026-01-05 and 2026-01-14"
    assert third.locator(".sd-pick").get_attribute("aria-pressed") == "true"
    assert "redness rose" in page.inner_text("#pair")
    said = page.text_content("#sd-heard[role=status]")
    assert said == "2026-01-05 and 2026-01-14 side by side"


def test_the_first_photo_stays_while_the_strip_scrolls(page):
    strip = page.locator(".sd-strip")
    width = page.viewport_size["width"]
    for share in (0, 0.5, 1):
        strip.evaluate("(s, share) => { s.scrollLeft = share * s.scrollWidth }", share)
        first = page.locator(".sd-first").bounding_box()
        assert 0 <= first["x"]
        assert first["x"] + first["width"] <= width
        assert page.evaluate(ON_TOP) == 1  # nothing lies over it


def test_arrow_keys_go_through_the_photos_and_enter_chooses(page):
    page.locator("sd-gallery .sd-session").nth(2).locator(".sd-pick").focus()
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused).startswith("2026-02-09")
    page.keyboard.press("Enter")
    chosen(page, "2026-02-09")
    page.locator("sd-gallery .sd-session").nth(3).locator(".sd-pick").focus()
    page.keyboard.press("End")
    assert page.evaluate(focused).startswith("2026-04-06")
    page.keyboard.press("Home")
    assert page.evaluate(focused).startswith("2026-01-05")


def test_another_photo_to_compare_to_is_one_press_away(page):
    page.locator("sd-gallery .sd-session").nth(3).locator(".sd-pick").click()
    chosen(page, "2026-02-09")
    page.locator("sd-gallery .sd-session").nth(2).locator(".sd-against").click()
    chosen(page, "2026-01-14")
    assert page.inner_text("#pair h2") == "2026-01-14 and 2026-02-09"
    page.locator("sd-gallery .sd-session").nth(0).locator(".sd-against").click()
    chosen(page, "2026-01-05")


def test_a_point_of_the_chart_says_its_numbers_and_chooses_its_session(page):
    points = page.locator("sd-chart .sd-plot >> visible=true").locator(".sd-point")
    points.nth(4).focus()
    page.keyboard.press("ArrowLeft")
    tip = page.locator(".sd-tip >> visible=true")
    assert re.match(r"2026-02-09\s+Improved \(-\d\.\d\d a\*, 95 % from", tip.inner_text())
    page.keyboard.press("End")
    assert tip.inner_text().startswith("2026-04-06")
    box = points.nth(4).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chosen(page, "2026-04-06")
    assert points.nth(4).get_attribute("aria-pressed") == "true"


def test_another_measure_redraws_the_chart(page):
    page.click("#chart-what input")
    page.get_by_role("option", name="Hyperpigmentation against calm skin").click()
    caption = "document.querySelector('.sd-course figcaption').textContent"
    page.wait_for_function(f"{caption}.startsWith('Hyperpigmentation')", timeout=WAIT)
    assert shown(page, "sd-chart .sd-point") == 5
    assert shown(page, "sd-chart .sd-point[aria-pressed=true]") == 2


def test_a_photo_opens_large_and_closes_again(page):
    button = page.locator("sd-gallery .sd-session").nth(4).locator(".sd-open")
    button.click()
    page.wait_for_function(
        "() => document.querySelector('sd-large img')?.naturalWidth > 600", timeout=WAIT
    )
    page.keyboard.press("Escape")
    assert not page.is_visible("sd-large dialog")
    button.click()
    page.wait_for_selector("sd-large dialog[open]", timeout=WAIT)
    page.click("sd-large .sd-close")
    assert not page.is_visible("sd-large dialog")


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_button_has_a_name_and_nothing_went_wrong(page):
    names = page.eval_on_selector_all(
        "#reading sd-gallery button, #reading sd-chart button",
        "all => all.map(b => b.getAttribute('aria-label') || b.textContent)",
    )
    assert len(names) >= 25
    assert all(name.strip() for name in names)
    assert page.troubles == []
