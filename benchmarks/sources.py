"""One pair read by formulas, network and ridge regression: what ``training/change`` knows of it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "training"))

from change.ways import SOURCES, read_all_ways  # noqa: E402

__all__ = ["SOURCES", "read_all_ways"]
