"""Take the pictures of the page that the README shows, or all pages to look at.

::

    uv run --extra dev python docs/screenshots.py             # docs/page-*.png: the astronaut's
    uv run --extra dev python docs/screenshots.py --all DIR   # every page: desk, phone, light, dark

The photo is the portrait of an astronaut that scikit-image ships (NASA, public domain).
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parent
CHROMIUM = os.environ.get("SKINDELTA_CHROMIUM", "/usr/bin/chromium")
SIZES = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
SECONDS = 90
WAIT = 1000 * SECONDS
README_WIDTH = 1000  # px


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="DIR", help="every page, to look at")
    chosen = parser.parse_args()
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        if chosen.all is None:
            for_readme(browser, url)
        else:
            chosen.all.mkdir(parents=True, exist_ok=True)
            for width, scheme in SIZES:
                look_at_all(browser, url, chosen.all, width, scheme)
        browser.close()


@contextmanager
def serving() -> Iterator[str]:
    """Serve the page with an empty record of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("skindelta"))
        command = [program, "app", "--port", str(port)]
        process = subprocess.Popen([*command, "--record", f"{folder}/record"])
        try:
            yield answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(20)


def answering(url: str, process: subprocess.Popen) -> str:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return url
    raise SystemExit("the page did not start")


def opened(browser: Browser, url: str, width: int, scheme: str) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": 850}, color_scheme=scheme
    ).new_page()
    page.set_default_timeout(WAIT)
    page.goto(url)
    page.wait_for_selector("#example")
    return page


def compare_example(page: Page) -> None:
    page.click("#example")
    page.wait_for_selector("#headline sd-viewer .sd-photo")
    page.click("#headline .sd-choice label:has([value=redness])")
    page.wait_for_function(
        "[...document.querySelectorAll('#headline sd-viewer img:not([hidden])')]"
        ".every(one => one.naturalWidth > 0)"
    )


def load_example(page: Page) -> None:
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("#load-example, sd-gallery .sd-session")
    if page.is_visible("#load-example"):
        page.click("#load-example")
    page.wait_for_selector("sd-gallery .sd-session >> nth=4")
    page.wait_for_selector("sd-chart .sd-point >> visible=true")
    page.wait_for_function(
        "[...document.querySelectorAll('sd-gallery img')].every(one => one.naturalWidth > 0)"
    )


def choose_latest(page: Page) -> None:
    page.locator("sd-gallery .sd-session").nth(4).locator(".sd-pick").click()
    page.wait_for_function(
        "[...document.querySelectorAll('#pair .sd-photo')].some(one => one.naturalWidth > 0)"
    )


def for_readme(browser: Browser, url: str) -> None:
    page = opened(browser, url, 1280, "light")
    compare_example(page)
    take(page, DOCS / "page-compare.png", "#headline", "#headline")
    load_example(page)
    take(page, DOCS / "page-timeline.png", "sd-gallery", "sd-chart")


def take(page: Page, path: Path, first: str, last: str) -> None:
    """Take the page from the top of one element to the end of another, small enough to read."""
    top, bottom = (
        page.locator(name).evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.top, b.bottom]"
            ".map(y => y + window.scrollY); }"
        )
        for name in (first, last)
    )
    shot = np.frombuffer(page.screenshot(full_page=True), np.uint8)
    picture = cv2.imdecode(shot, cv2.IMREAD_COLOR)
    picture = picture[max(0, int(top[0]) - 4) : int(bottom[1]) + 12]
    size = (README_WIDTH, round(picture.shape[0] * README_WIDTH / picture.shape[1]))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(path.name)


def look_at_all(browser: Browser, url: str, folder: Path, width: int, scheme: str) -> None:
    page = opened(browser, url, width, scheme)

    def shot(name: str) -> None:
        page.screenshot(path=folder / f"{name}_{width}_{scheme}.png", full_page=True)

    shot("compare-empty")
    compare_example(page)
    shot("compare")
    page.get_by_role("tab", name="Timeline").click()
    page.wait_for_selector("#load-example, sd-gallery .sd-session")
    shot("timeline-empty")
    load_example(page)
    choose_latest(page)
    shot("timeline")
    for name in ("Treatments", "Symptoms", "Person", "Export"):
        page.locator("#entry-tabs").get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(300)
        shot(f"timeline-{name.lower()}")
    for name in ("Folder", "Label", "About"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(1000)
        shot(name.lower())
    page.context.close()


if __name__ == "__main__":
    main()
