"""In a real browser: the form asks, the password opens, signing out closes."""

import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from serving import free_port
from skindelta.photo import PhotoLimits
from skindelta.web.frame import SIGN_OUT
from skindelta.web.server import protect
from skindelta.web.serving.address import Address
from skindelta.web.serving.passwords import Password
from skindelta.web.serving.visitors import Visitors

pytestmark = pytest.mark.browser

SECRET = "correct horse battery"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Our protection around a page that says hello."""
    app = FastAPI(openapi_url=None)
    port = free_port()
    protect(
        app,
        Visitors(tmp_path_factory.mktemp("uploads")),
        Address("127.0.0.1", port),
        PhotoLimits(),
        Password(SECRET),
    )

    @app.get("/", response_class=HTMLResponse)
    def hello():
        return f"<h1>The page</h1>{SIGN_OUT}"

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def open_at(browser, url, tmp_path_factory):
    """Open the page in a browser of some width and scheme."""
    contexts = []

    def opened(width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


def test_signing_in_and_out_by_keyboard(open_at):
    page = open_at()
    assert page.url.endswith("/skindelta/login")
    assert page.evaluate("document.activeElement.id") == "password"
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('The page')")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("#password")
    page.go_back()
    page.reload()
    page.wait_for_selector("#password")


def test_a_wrong_password_is_told_beside_the_field(open_at):
    page = open_at()
    page.fill("#password", "something else")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("[role=alert]:has-text('That is not the password.')")
    assert page.get_attribute("#password", "aria-describedby") == "trouble"
    page.fill("#password", SECRET)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('The page')")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (360, "light")])
def test_the_form_fits_and_can_be_read(open_at, tmp_path_factory, width, scheme):
    page = open_at(width, scheme)
    shot = tmp_path_factory.mktemp("screenshots") / f"login_{width}_{scheme}.png"
    page.screenshot(path=shot)
    print(f"screenshot: {shot}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = page.get_by_role("button", name="Sign in").bounding_box()
    assert button["height"] >= 44
    assert page.evaluate(CONTRAST) >= 4.5


# The smallest contrast of any text against what lies behind it (WCAG 2.2).
CONTRAST = """() => {
    const light = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map((v) => {
            const s = v / 255;
            return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return color === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : color;
    };
    const texts = [...document.querySelectorAll('h1, p, label, button, input')];
    return Math.min(...texts.map((element) => {
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }));
}"""
