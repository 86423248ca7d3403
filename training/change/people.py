"""Who the network learns from: people of the splits, and generated faces for the range of tones."""

import csv
import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", ROOT.parent / "shared" / "photos"))
SPLITS = Path(__file__).parents[1] / "splits.csv"
FILES = {
    "london": {"neutral": "{}_neutral.jpg", "smiling": "{}_smiling.jpg"},
    "canada": {"neutral": "{}.jpg"},
    "composite": {"neutral": "{}.jpg"},
    "synthetic_faces": {"neutral": "{}.jpg"},
}
REAL = ("london", "canada")  # their texture is that of skin


class Person(NamedTuple):
    """One person, or one generated face."""

    dataset: str
    name: str
    tone: str
    split: str

    @property
    def key(self) -> str:
        """Name that is unique over all sets."""
        return f"{self.dataset}/{self.name}"

    @property
    def photos(self) -> dict[str, Path]:
        """Paths by expression."""
        files = FILES[self.dataset]
        return {
            name: PHOTOS / self.dataset / file.format(self.name) for name, file in files.items()
        }

    @property
    def has_wall(self) -> bool:
        """Whether the background can be told from the person."""
        return self.dataset in REAL


def people(split: str, datasets: tuple[str, ...] = tuple(FILES)) -> list[Person]:
    """Everybody of a split."""
    with SPLITS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Person(row["dataset"], row["person"], row["tone_group"], row["split"])
        for row in rows
        if row["split"] == split and row["dataset"] in datasets
    ]
