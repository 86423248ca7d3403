"""Pairs of photos with known changes: a person in, two JPEG files and the truth out."""

import csv
import os
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from skindelta.color import srgb8_to_linear
from skindelta.photo import read_photo
from skindelta.regions import find_regions
from skindelta.synthesis import (
    Camera,
    Injected,
    Injection,
    Photograph,
    Regime,
    Room,
    inject,
    photograph_pair,
    scenery_of,
)
from skindelta.synthesis.cards import hold_card, render_card
from skindelta.synthesis.fields import field_of
from skindelta.types import OwnRegion

ROOT = Path(__file__).parents[1]
PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", ROOT.parent / "shared" / "photos"))
SPLITS = ROOT / "training" / "splits.csv"
FROZEN = Path(__file__).with_name("injections.toml")
LARGER_REGIONS = ("forehead", "left_cheek", "right_cheek", "nose", "chin")
FILES = {"london": ("{}_neutral.jpg", "{}_smiling.jpg"), "canada": ("{}.jpg", "{}.jpg")}
MARKED_FROM = 0.25  # of the strongest change: the outline of a mark
NULL_MARKS = ("patches", "spots")
GREY_PATCH = 21  # neutral 5


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
    """One kind of change in one regime, to be drawn for every person."""

    name: str
    regime: str
    changes: tuple[dict[str, Any], ...]
    repeat: int
    where: str = ""  # of a detection: the region whose verdict counts
    basis: str = ""


class Benchmark:
    """What ``injections.toml`` holds."""

    def __init__(self) -> None:
        self._frozen = tomllib.loads(FROZEN.read_text())
        self.seed = int(self._frozen["seed"])
        self.regimes = {
            regime["name"]: (Regime(_camera(regime["camera"]), Room(**regime["room"])), regime)
            for regime in self._frozen["regime"]
        }

    def cases(self, fast: bool = False) -> list[Case]:
        """Return every case in every regime; `fast` takes each case in one regime, in turn."""
        names = list(self.regimes)
        return [
            Case(case["name"], regime, tuple(case["changes"]), repeat)
            for number, case in enumerate(self._frozen["case"])
            for regime in ([names[number % len(names)]] if fast else names)
            for repeat in range(1 if fast else case.get("count", 1))
        ]

    def detections(self, fast: bool = False) -> list[Case]:
        """Return changes of one size that shall be found."""
        return [
            Case(d["name"], "controlled", tuple(d["changes"]), repeat, d["where"], d["basis"])
            for d in self._frozen["detection"]
            for repeat in range(1 if fast else d["count"])
        ]


def _camera(numbers: dict[str, Any]) -> Camera:
    return Camera(**{**numbers, "quality": tuple(numbers["quality"])})


class Face:
    """A photo with all that edits and camera need."""

    def __init__(self, path: Path) -> None:
        photo = read_photo(path)
        regions = find_regions(photo)
        self.rgb = srgb8_to_linear(photo.pixels)
        self.scenery = scenery_of(photo.pixels, regions.box)
        self.box = regions.box
        self.px_per_mm = regions.nominal_px_per_mm
        masks = {name: regions.mask(name) for name in regions.names}
        self.masks = {name: mask for name, mask in masks.items() if mask.any()}


class Faces:
    """Both photos of a person, read when they are needed."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @cached_property
    def neutral(self) -> Face:
        """The photo with a neutral face."""
        return Face(self.person.neutral)

    @cached_property
    def smiling(self) -> Face:
        """The photo taken right after it, smiling."""
        return Face(self.person.smiling)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two JPEG files and what changed between them.

    `truth` is by (attribute, basis, region); `changed` names the attributes and `where` the regions
    that were edited; `marks` is what changed, drawn on the before photo; `grey` is where the grey
    patch of a card in the hand is in both photos.
    """

    person: Person
    case: Case
    before: Path
    after: Path
    truth: dict[tuple[str, str, str], float]
    changed: tuple[str, ...]
    where: tuple[str, ...]
    marks: OwnRegion | None
    grey: tuple[tuple[float, float], ...] = ()


def pairs(
    person: Person,
    wanted: list[Case],
    folder: Path,
    benchmark: Benchmark,
    seed: int,
    holding: bool = False,
) -> Iterator[Pair]:
    """Edit a photo of the person and take both versions with the simulated camera.

    `holding` a color card: edits, lights and shots are the same as without.
    """
    faces = Faces(person)
    for case in wanted:
        regime, how = benchmark.regimes[case.regime]
        base = faces.neutral
        face = faces.smiling if how["pair"] == "smile" else base
        words = f"{person.dataset}/{person.name}/{case.regime}/{case.name}/{case.repeat}"
        rng = np.random.default_rng([seed, zlib.crc32(words.encode())])
        injections = [_drawn(change, list(face.masks), rng) for change in case.changes]
        edited = inject(face.rgb, injections, face.masks, face.px_per_mm)
        swapped = bool(rng.random() < 0.5)
        rgbs, sceneries = (base.rgb, edited.rgb), (base.scenery, face.scenery)
        marks: list[tuple[float, float]] = []
        if holding:
            hand = np.random.default_rng([seed, zlib.crc32(f"{words}/card".encode())])
            held = [
                hold_card(rgb, where, box, render_card(float(hand.uniform(0.78, 0.88))), hand)
                for rgb, where, box in zip(rgbs, sceneries, (base.box, face.box), strict=True)
            ]
            rgbs, sceneries = (held[0].rgb, held[1].rgb), (held[0].scenery, held[1].scenery)
            marks = [one.patch(GREY_PATCH) for one in held]
        shots = photograph_pair(rgbs, sceneries, regime, rng)
        places = [shot.seen_at(mark) for shot, mark in zip(shots, marks, strict=False)]
        paths = [folder / f"{person.name}_{when}.jpg" for when in ("before", "after")]
        for path, shot in zip(paths, shots, strict=True):
            path.write_bytes(shot.jpeg())
        before, after = reversed(paths) if swapped else paths
        yield Pair(
            person=person,
            case=case,
            before=before,
            after=after,
            truth=_truth(edited, face.masks, sign=-1 if swapped else 1),
            changed=tuple(sorted({injection.attribute for injection in injections})),
            where=tuple(injection.region for injection in injections),
            marks=_marks(edited, shots[1] if swapped else shots[0]) if case.where else None,
            grey=tuple(reversed(places) if swapped else places),
        )


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


def null_marks(person: Person) -> tuple[OwnRegion, ...]:
    """Draw marks as those of the detections where nothing changed."""
    photo = read_photo(person.neutral)
    regions = find_regions(photo)
    rng = np.random.default_rng(zlib.crc32(f"{person.dataset}/{person.name}/marks".encode()))
    skin, scale = regions.mask("face"), regions.nominal_px_per_mm
    return tuple(
        OwnRegion(kind, mask=field_of(kind, skin, scale, rng) > MARKED_FROM) for kind in NULL_MARKS
    )


def _marks(edited: Injected, before: Photograph) -> OwnRegion | None:
    """Draw what changed on the before photo."""
    field = sum(np.abs(change) for change in edited.fields.values())
    most = float(np.max(field))
    if most == 0:
        return None
    height, width = before.pixels.shape[:2]
    drawn = cv2.warpPerspective(field.astype(np.float32), before.matrix, (width, height))
    return OwnRegion("marks", mask=drawn > MARKED_FROM * most)
