"""Where the photos are, and what several tests need."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy
from hypothesis import settings

# Machines are busy: no test is failed for its time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))

# Nobody's own models are seen or changed: a test that makes some names a folder of its own.
os.environ["SKINDELTA_MODELS"] = str(Path(__file__).parent / "no-models")

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


@pytest.fixture
def postgresql_url():
    """Address of a new, empty PostgreSQL database; skips where no server is named."""
    server = os.environ.get("SKINDELTA_POSTGRES")
    if not server:
        pytest.skip(
            "SKINDELTA_POSTGRES names no PostgreSQL server, postgresql://USER@HOST/postgres"
        )
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    name = f"skindelta_{uuid4().hex}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """Address of an empty database; None is SQLite in the folder of the record."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgresql_url")


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
