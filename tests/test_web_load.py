"""Several visitors at once: each gets its own numbers, and all of them go."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving import eventually, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import app_load  # noqa: E402
from app_client import Tab  # noqa: E402

pytestmark = pytest.mark.slow
VISITORS = 4


def test_visitors_at_once_get_the_numbers_of_the_library_each_of_its_own_photos(
    photos, tmp_path_factory
):
    chosen = app_load.pairs(VISITORS)
    with serving(tmp_path_factory.mktemp("server"), "grace_seconds=1.0") as server:

        def visit(pair):
            with Tab(server.url) as tab:
                return app_load.compared(tab, pair)

        with ThreadPoolExecutor(VISITORS) as pool:
            found = list(pool.map(visit, chosen))
        assert found == [app_load.expected_of(pair) for pair in chosen]
        assert len({str(scores) for scores in found}) == VISITORS

        def left():
            return [p for p in server.uploads.rglob("*.*") if "example" not in p.parts]

        eventually(lambda: not left())
