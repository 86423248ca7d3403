"""Where the photos are, and what several tests need."""

import os
from pathlib import Path

import pytest

PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))


@pytest.fixture(scope="session")
def photos() -> Path:
    """Folder of the photos with open licences; the test skips where it is missing."""
    if not PHOTOS.is_dir():
        pytest.skip(f"photos not found at {PHOTOS}; set SKINDELTA_PHOTOS")
    return PHOTOS
