"""Pairs of photos with known changes: a person in, two JPEG files and the truth out."""

import csv
import os
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from skindelta.color import srgb8_to_linear
from skindelta.photo import read_photo
from skindelta.regions import find_regions
from skindelta.synthesis import CONTROLLED, Camera, Injected, Injection, inject, photograph

ROOT = Path(__file__).parents[1]
PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", ROOT.parent / "shared" / "photos"))
SPLITS = ROOT / "training" / "splits.csv"
CASES = Path(__file__).with_name("injections.toml")
LARGER_REGIONS = ("forehead", "left_cheek", "right_cheek", "nose", "chin")
FILES = {"london": ("{}_neutral.jpg", "{}_smiling.jpg"), "canada": ("{}.jpg", "{}.jpg")}


class Person(NamedTuple):
    """One person of the splits."""

    dataset: str
    name: str
    tone: str
    ita: float

    @property
    def neutral(self) -> Path:
        """Photo with a neutral face."""
        return PHOTOS / self.dataset / FILES[self.dataset][0].format(self.name)

    @property
    def smiling(self) -> Path:
        """Photo taken right after it, smiling."""
        return PHOTOS / self.dataset / FILES[self.dataset][1].format(self.name)


def people(split: str, dataset: str = "london", count: int | None = None) -> list[Person]:
    """People of a split by skin tone; fewer are spread over the whole range of tones."""
    with SPLITS.open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if (r["dataset"], r["split"]) == (dataset, split)]
    known = [Person(dataset, r["person"], r["tone_group"], float(r["ita"])) for r in rows]
    known.sort(key=lambda person: person.ita)
    if count is None or count >= len(known):
        return known
    return [known[round(k)] for k in np.linspace(0, len(known) - 1, count)]


@dataclass(frozen=True)
class Case:
    """One kind of change, to be drawn for every person."""

    name: str
    changes: tuple[dict[str, Any], ...]
    repeat: int


def cases(once: bool = False) -> list[Case]:
    """Read ``injections.toml``; with `once` every case a single time."""
    listed = tomllib.loads(CASES.read_text())["case"]
    return [
        Case(case["name"], tuple(case["changes"]), repeat)
        for case in listed
        for repeat in range(1 if once else case.get("count", 1))
    ]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two JPEG files and what changed between them.

    `truth` is by (attribute, basis, region); `changed` names the attributes and `where` the regions
    that were edited.
    """

    person: Person
    case: str
    before: Path
    after: Path
    truth: dict[tuple[str, str, str], float]
    changed: tuple[str, ...]
    where: tuple[str, ...]


def pairs(
    person: Person, wanted: list[Case], folder: Path, seed: int, camera: Camera = CONTROLLED
) -> Iterator[Pair]:
    """Edit the person's neutral photo and take both versions with the simulated camera."""
    photo = read_photo(person.neutral)
    regions = find_regions(photo)
    rgb = srgb8_to_linear(photo.pixels)
    masks = {name: regions.mask(name) for name in regions.names}
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    for case in wanted:
        key = zlib.crc32(f"{person.dataset}/{person.name}/{case.name}/{case.repeat}".encode())
        rng = np.random.default_rng([seed, key])
        injections = [_drawn(change, list(masks), rng) for change in case.changes]
        edited = inject(rgb, injections, masks, regions.nominal_px_per_mm)
        swapped = bool(rng.random() < 0.5)
        paths = []
        for when, scene in zip(("before", "after"), (rgb, edited.rgb), strict=True):
            path = folder / f"{person.dataset}_{person.name}_{key}_{when}.jpg"
            path.write_bytes(photograph(scene, camera.shot(rng), rng).jpeg())
            paths.append(path)
        truth = _truth(edited, masks, sign=-1 if swapped else 1)
        before, after = reversed(paths) if swapped else paths
        changed = tuple(sorted({injection.attribute for injection in injections}))
        where = tuple(injection.region for injection in injections)
        yield Pair(person, case.name, before, after, truth, changed, where)
        before.unlink()
        after.unlink()


def _drawn(change: dict[str, Any], regions: list[str], rng: np.random.Generator) -> Injection:
    region = change["region"]
    if region == "any":
        region = str(rng.choice([name for name in regions if name in LARGER_REGIONS]))
    amplitude = float(rng.uniform(*change["amplitude"]))
    return Injection(
        change["attribute"], amplitude, change["kind"], region, int(rng.integers(2**31))
    )


def _truth(
    edited: Injected, masks: dict[str, np.ndarray], sign: int
) -> dict[tuple[str, str, str], float]:
    """Return what a perfect measurement would read in every region."""
    whole = next(iter(masks.values()))
    truth = {}
    for region, mask in masks.items():
        for attribute in ("redness", "hyperpigmentation"):
            truth[attribute, "absolute", region] = sign * edited.truth(attribute, mask)
            truth[attribute, "relative", region] = sign * edited.truth(attribute, mask, whole)
        truth["texture", "absolute", region] = sign * edited.truth("texture", mask)
    return truth
