"""Where the photos are, and what several tests need."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are busy: no test is failed for its time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))

CHROMIUM = Path(os.environ.get("SKINDELTA_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def photos() -> Path:
    """Folder of the photos with open licences; the test skips where it is missing."""
    if not PHOTOS.is_dir():
        pytest.skip(f"photos not found at {PHOTOS}; set SKINDELTA_PHOTOS")
    return PHOTOS


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it or set SKINDELTA_CHROMIUM")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()
