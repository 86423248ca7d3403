"""Pairs of photos in which nothing, or something known, changed: what noise is measured on.

- *real*: neutral and smiling photos of one person, minutes apart, as they are;
- *retaken*: the same two photos, each taken anew by the simulated camera;
- *same face*: the neutral photo against itself, both taken anew;
- *one difference*: the same, with one thing that differs more than the rest: light from a side,
  focus, JPEG, shine, tones;
- *known change*: the neutral photo against itself edited by a known amount, both taken anew; in the
  regime *smiling* against the edited smiling photo, in controlled light;
- *known shape*: the same with changes of other shapes and places;
- *close-up*: forehead and cheek cut out of neutral and smiling photos;
- *distance*: one person from 15, 30, 45 and 60 cm.

*Real*, *retaken*, *same face* and *known change* also with a color card in the hand, which is read
as a card or by its grey patch. The simulated camera balances to white in the colors of its sensor.

Nobody of the locked test set is among them.
"""

import csv
import itertools
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import cv2
import numpy as np

import skindelta.normalize
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.photo import read_photo
from skindelta.pipeline import FORMULA, Options, compare
from skindelta.regions import find_regions
from skindelta.synthesis import (
    CONTROLLED,
    REGIMES,
    Injected,
    Injection,
    Kind,
    Photograph,
    Regime,
    Room,
    Scenery,
    inject,
    photograph_pair,
    scenery_of,
)
from skindelta.synthesis.cards import Held, hold_card, render_card
from skindelta.synthesis.fields import field_of
from skindelta.types import Comparison, OwnRegion, Photo, RegionMap

from .kept import keep

ROOT = Path(__file__).parents[2]
PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", ROOT.parent / "shared" / "photos"))
SPLITS = Path(__file__).parents[1] / "splits.csv"

KEEP_IN = "SKINDELTA_KEEP_PAIRS"  # folder
SEED = 20
RETAKEN = {"controlled": 1, "same room": 1, "casual": 1}  # pairs of neutral and smiling
SAME_FACE = {"controlled": 1, "same room": 3, "casual": 3}
STEPS = {  # what a camera does beside what nobody can hold still
    "side light": replace(CONTROLLED, shading=0.3),
    "defocused": replace(CONTROLLED, blur_px=2.5),
    "compressed": replace(CONTROLLED, quality=(25, 60)),
    "shining": CONTROLLED,
    "bent tones": CONTROLLED,
}
STEPS_EACH = 3
BENT = (0.85, 1.2)  # powers of the tone curve of one photo against the other
HELD = {  # times that a pair is taken anew with a card, by what is read, and regime
    "card": {"controlled": 1, "same room": 1, "casual": 2},
    "grey": {"controlled": 1, "same room": 2},
}
HELD_CHANGES = {"card": ("same room", "casual"), "grey": ("same room",)}
GREY_PATCH = 21  # neutral 5
SHINE = (0.02, 0.12)  # light of the surface over patches of the skin, 1 = white
CHANGES = (  # attribute, kind, where, least and most of it where the field is 1
    ("redness", "diffuse", "face", (1.0, 6.0)),
    ("redness", "patches", "face", (2.0, 8.0)),
    ("hyperpigmentation", "diffuse", "face", (1.0, 5.0)),
    ("hyperpigmentation", "patches", "face", (2.0, 8.0)),
    ("hyperpigmentation", "spots", "face", (4.0, 12.0)),
    ("texture", "diffuse", "face", (15.0, 60.0)),
)
SHAPES = (  # the same of other shapes: attribute, kind, where, least and most
    ("redness", "spots", "face", (3.0, 9.0)),
    ("redness", "blotches", "face", (2.0, 8.0)),
    ("redness", "diffuse", "any", (2.0, 8.0)),
    ("hyperpigmentation", "lentigines", "face", (4.0, 12.0)),
    ("hyperpigmentation", "diffuse", "any", (2.0, 7.0)),
    ("hyperpigmentation", "local", "any", (3.0, 9.0)),
    ("texture", "diffuse", "face", (15.0, 60.0)),
    ("texture", "diffuse", "any", (15.0, 60.0)),
)
ANYWHERE = ("forehead", "left_cheek", "right_cheek", "nose", "chin", "perioral")  # larger regions
DISCS_MM = (3.0, 6.0, 12.0, 24.0)  # diameters of regions as a user may draw them
DISCS_EACH = 4
ELSEWHERE_ON_SKIN = "elsewhere"  # what belongs to none of the smaller regions
CLOSE_UPS = ("forehead", "cheek")
SMILING = "smiling"  # as a regime: the after photo is another one

Row = dict[str, Any]
_Change = tuple[str, Kind, str, tuple[float, float]]


class Person(NamedTuple):
    """One person of the London set."""

    name: str
    tone: str
    split: str

    def photo(self, expression: str) -> Path:
        """Path of the neutral or smiling photo."""
        return PHOTOS / "london" / f"{self.name}_{expression}.jpg"

    def rng(self, what: str) -> np.random.Generator:
        """Randomness that depends on the person and on nothing else."""
        return np.random.default_rng([SEED, zlib.crc32(f"{self.name}/{what}".encode())])


def people() -> list[Person]:
    """Everybody of the London set outside the locked test set."""
    with SPLITS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == "london"]
    return [
        Person(row["person"], row["tone_group"], row["split"])
        for row in rows
        if row["split"] in ("train", "calibration")
    ]


class _Face:
    """One photo with what the simulated camera needs of it."""

    def __init__(self, path: Path) -> None:
        self.photo = read_photo(path)
        self.regions = find_regions(self.photo)
        self.scenery: Scenery = scenery_of(self.photo.pixels, self.regions.box)
        self.rgb = srgb8_to_linear(self.photo.pixels)


def rows_of(person: Person) -> list[Row]:
    """Measure all pairs of one person."""
    neutral, smiling = (_Face(person.photo(name)) for name in ("neutral", "smiling"))
    rows = [*_real(person, neutral, smiling), *_close_ups(person, neutral, smiling)]
    rows += _real_with_card(person, neutral, smiling)
    if person.split == "calibration":
        rows += _taken_anew(person, "retaken", RETAKEN, (neutral, smiling))
        rows += _taken_anew(person, "same face", SAME_FACE, (neutral, neutral))
        rows += _known_changes(person, neutral, smiling)
        rows += _taken_with_card(person, "retaken", (neutral, smiling))
        rows += _taken_with_card(person, "same face", (neutral, neutral))
        rows += _known_with_card(person, neutral)
    return rows


def _real(person: Person, neutral: _Face, smiling: _Face) -> Iterator[Row]:
    """Both photos as they are, under each reference, with regions as a user may draw them."""
    discs = _discs(neutral.regions, person.rng("discs"))
    for reference in ("scene", "skin", "none"):
        options = _plain(reference=reference, own_regions=discs)
        yield _row(person, "real", compare(neutral.photo, smiling.photo, options))


def _discs(regions: RegionMap, rng: np.random.Generator) -> tuple[OwnRegion, ...]:
    """Round regions of four sizes at random places of the skin."""
    ys, xs = np.nonzero(regions.labels > 0)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    discs = []
    for diameter in DISCS_MM:
        for number in range(DISCS_EACH):
            place = int(rng.integers(len(xs)))
            radius = diameter / 2 * regions.nominal_px_per_mm
            outline = np.array([xs[place], ys[place]]) + radius * circle
            corner = np.array([regions.labels.shape[1] - 1, regions.labels.shape[0] - 1])
            polygon = np.clip(outline, 0, corner).astype(np.float32)
            discs.append(OwnRegion(f"{diameter:g} mm {number}", polygon=polygon))
    return tuple(discs)


def disc_places(person: Person) -> dict[str, dict[str, float]]:
    """In which regions the discs of a person lie: share of each disc by region."""
    regions = find_regions(read_photo(person.photo("neutral")))
    names = ("", ELSEWHERE_ON_SKIN, *regions.names[1:])
    places = {}
    for disc in _discs(regions, person.rng("discs")):
        drawn = np.zeros(regions.labels.shape, np.uint8)
        cv2.fillPoly(drawn, [np.rint(disc.polygon).astype(np.int32)], (1,))
        counts = np.bincount(regions.labels[drawn > 0], minlength=len(names))
        counts[1] += counts[0]
        total = max(int(counts[1:].sum()), 1)
        shares = zip(names[1:], counts[1:], strict=True)
        places[disc.name] = {name: float(count / total) for name, count in shares if count}
    return places


def _held(face: _Face, rgb: np.ndarray, rng: np.random.Generator) -> Held:
    card = render_card(float(rng.uniform(0.78, 0.88)))
    return hold_card(rgb, face.scenery, face.regions.box, card, rng)


def _options(reference: str, places: Sequence[tuple[float, float]], **rest: Any) -> Options:
    """Read a card as one, or by its grey patch."""
    if reference == "card":
        return _plain(reference="card", **rest)
    return _plain(reference="grey", grey=tuple((place,) for place in places), **rest)


def _plain(**chosen: Any) -> Options:
    """Options that measure by the formulas alone; what the network says is read beside them."""
    return Options(model=FORMULA, **chosen)


def _real_with_card(person: Person, neutral: _Face, smiling: _Face) -> Iterator[Row]:
    """Lay cards into both photos: their light is that of one studio, minutes apart."""
    discs = _discs(neutral.regions, person.rng("discs"))
    rng = person.rng("held")
    held = [_held(face, face.rgb, rng) for face in (neutral, smiling)]
    photos = [
        replace(face.photo, pixels=linear_to_srgb8(one.rgb), sha256=f"{face.photo.sha256}-card")
        for face, one in zip((neutral, smiling), held, strict=True)
    ]
    for reference in HELD:
        options = _options(reference, [one.patch(GREY_PATCH) for one in held], own_regions=discs)
        yield _row(person, "real", compare(*photos, options), reference)


def _taken_with_card(person: Person, name: str, faces: tuple[_Face, _Face]) -> Iterator[Row]:
    for reference, regimes in HELD.items():
        for regime, count in regimes.items():
            for number in range(count):
                rng = person.rng(f"{name}/{reference}/{regime}/{number}")
                held = [_held(face, face.rgb, rng) for face in faces]
                comparison = _photographed_held(held, regime, reference, rng)
                yield _row(person, f"{name}, {regime}, {reference}", comparison, reference)


def _photographed_held(
    held: Sequence[Held], regime: str, reference: str, rng: np.random.Generator
) -> Comparison:
    first, second = held
    shots = photograph_pair(
        (first.rgb, second.rgb), (first.scenery, second.scenery), _camera(regime), rng
    )
    places = [shot.seen_at(one.patch(GREY_PATCH)) for shot, one in zip(shots, held, strict=True)]
    return compare(*map(_decoded, shots), _options(reference, places))


def _known_with_card(person: Person, neutral: _Face) -> Iterator[Row]:
    for reference, regimes in HELD_CHANGES.items():
        for regime in regimes:
            for number in range(len(CHANGES)):
                rng = person.rng(f"known/{reference}/{number}/{regime}")
                edited, masks, attribute = _edited(neutral, CHANGES[number], rng)
                held = [_held(neutral, rgb, rng) for rgb in (neutral.rgb, edited.rgb)]
                comparison = _photographed_held(held, regime, reference, rng)
                row = _row(person, f"known change, {regime}, {reference}", comparison, reference)
                yield row | {"truth": _truth(edited, masks), "changed": attribute}


def _camera(regime: str) -> Regime:
    """Regime with a camera that balances on its sensor."""
    camera, room = REGIMES[regime]
    return Regime(replace(camera, on_sensor=True), room)


def _close_ups(person: Person, neutral: _Face, smiling: _Face) -> Iterator[Row]:
    """Cut the same skin out of both photos, without the face around it."""
    for place in CLOSE_UPS:
        patches = [_patch(face, place) for face in (neutral, smiling)]
        comparison = compare(*patches, _plain(close_up=True))
        yield _row(person, f"close-up {place}", comparison)


def _patch(face: _Face, place: str) -> Photo:
    """Cut out a patch: 0.7 by 1 pupil distance on the cheek, 1.2 by 0.44 on the forehead."""
    right, left = face.regions.landmarks[:2].astype(np.float64)
    along = left - right
    down = np.array([-along[1], along[0]])
    center, half = {
        "forehead": ((right + left) / 2 - 0.75 * down, (0.6, 0.22)),
        "cheek": (right + 0.05 * along + 0.75 * down, (0.35, 0.5)),
    }[place]
    unit = float(np.hypot(*along))
    low = np.maximum(np.rint(center - np.multiply(half, unit)), 0).astype(int)
    high = np.rint(center + np.multiply(half, unit)).astype(int)
    pixels = np.ascontiguousarray(face.photo.pixels[low[1] : high[1], low[0] : high[0]])
    return Photo(pixels, sha256=f"{face.photo.sha256}-{place}", source=place)


def _taken_anew(
    person: Person, name: str, regimes: dict[str, int], faces: tuple[_Face, _Face]
) -> Iterator[Row]:
    for regime, count in regimes.items():
        for number in range(count):
            rng = person.rng(f"{name}/{regime}/{number}")
            shots = photograph_pair(
                (faces[0].rgb, faces[1].rgb),
                (faces[0].scenery, faces[1].scenery),
                _camera(regime),
                rng,
            )
            yield _row(person, f"{name}, {regime}", compare(*map(_decoded, shots), _plain()))


def steps_of(person: Person) -> list[Row]:
    """Measure pairs of one person in which one thing differs more than the rest."""
    face = _Face(person.photo("neutral"))
    rows = []
    for name, camera in STEPS.items():
        for number in range(STEPS_EACH):
            rng = person.rng(f"step/{name}/{number}")
            other = _shining(face, rng) if name == "shining" else face.rgb
            regime = Regime(replace(camera, on_sensor=True), Room())
            shots = photograph_pair((face.rgb, other), (face.scenery,) * 2, regime, rng)
            if name == "bent tones":
                shots = shots[0], _bent(shots[1], float(rng.uniform(*BENT)))
            rows.append(
                _row(person, f"one difference, {name}", compare(*map(_decoded, shots), _plain()))
            )
    return rows


def _shining(face: _Face, rng: np.random.Generator) -> np.ndarray:
    """Lay white light over patches of the skin, as sweat and oil do."""
    mask, mm = face.regions.mask("face"), face.regions.nominal_px_per_mm
    where = field_of("patches", mask, mm, rng) * np.float32(rng.uniform(*SHINE))
    return face.rgb + where[..., None]


def _bent(shot: Photograph, power: float) -> Photograph:
    """Raise the tones of a photo to a power."""
    table = np.rint(255 * (np.arange(256) / 255) ** power).astype(np.uint8)
    return replace(shot, pixels=table[shot.pixels])


def shapes_of(person: Person) -> list[Row]:
    """Measure known changes of other shapes and places of one person."""
    neutral, smiling = (_Face(person.photo(name)) for name in ("neutral", "smiling"))
    return list(_changed(person, "known shape", "shape", SHAPES, neutral, smiling))


def _known_changes(person: Person, neutral: _Face, smiling: _Face) -> Iterator[Row]:
    yield from _changed(person, "known change", "known", CHANGES, neutral, smiling)


def _changed(
    person: Person,
    kind: str,
    drawn: str,
    changes: Sequence[_Change],
    neutral: _Face,
    smiling: _Face,
) -> Iterator[Row]:
    """Take a face against itself changed, in every regime."""
    for number, change in enumerate(changes):
        for regime in (*REGIMES, SMILING):
            rng = person.rng(f"{drawn}/{number}/{regime}")
            face = smiling if regime == SMILING else neutral
            edited, masks, attribute = _edited(face, change, rng)
            shots = photograph_pair(
                (neutral.rgb, edited.rgb),
                (neutral.scenery, face.scenery),
                _camera("controlled" if regime == SMILING else regime),
                rng,
            )
            row = _row(person, f"{kind}, {regime}", compare(*map(_decoded, shots), _plain()))
            yield row | {"truth": _truth(edited, masks), "changed": attribute}


def _edited(
    face: _Face, change: _Change, rng: np.random.Generator
) -> tuple[Injected, dict[str, np.ndarray], str]:
    """Edit a photo by one of the changes; with the masks of its regions and the attribute."""
    masks = {name: face.regions.mask(name) for name in face.regions.names}
    attribute, kind, where, between = change
    amplitude = float(rng.uniform(*between)) * rng.choice([-1, 1])
    seed = int(rng.integers(2**31))
    if where == "any":
        where = str(rng.choice([name for name in ANYWHERE if masks[name].any()]))
    injection = Injection(attribute, amplitude, kind, where, seed)
    return inject(face.rgb, [injection], masks, face.regions.nominal_px_per_mm), masks, attribute


def _truth(edited: Injected, masks: dict[str, np.ndarray]) -> dict[str, float]:
    """Return what a perfect measurement would read of the face and of each region."""
    face, truth = masks["face"], {}
    for region, mask in masks.items():
        if mask.any():
            truth[f"texture absolute {region}"] = edited.truth("texture", mask)
            for name in ("redness", "hyperpigmentation"):
                truth[f"{name} absolute {region}"] = edited.truth(name, mask)
                truth[f"{name} relative {region}"] = edited.truth(name, mask, face)
    return truth


def _decoded(shot: Photograph) -> Photo:
    """Read a photo back from its JPEG file."""
    data = shot.jpeg()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return Photo(np.ascontiguousarray(pixels), sha256=f"{zlib.crc32(data):08x}", source="shot")


def distance_rows() -> Iterator[Row]:
    """One person from four distances, all pairs.

    Nothing but the wall tells her light, and that poorly. It is taken all the same: what it leaves
    counts as distance.
    """
    folder = sorted((PHOTOS / "zoom").glob("*.jpg"))
    person = Person("zoom", "light", "calibration")
    with patch.object(skindelta.normalize, "MAX_ALONE_ERROR", np.inf):
        for one, other in itertools.combinations(folder, 2):
            yield _row(person, "distance", compare(one, other, _plain()))


def _row(person: Person, kind: str, comparison: Comparison, wanted: str = "") -> Row:
    """Values of all scores of a pair, and how its photos differ."""
    about: Row = {"person": person.name, "tone": person.tone, "set": kind}
    if wanted and comparison.reference != wanted:
        return about | {"reasons": [f"no {wanted}"]}
    if not comparison.comparable:
        return about | {"reasons": [reason.code for reason in comparison.reasons]}
    noise = comparison.made_with["noise"]
    if folder := os.environ.get(KEEP_IN):
        about["kept"] = keep(comparison, Path(folder))
    return about | {
        "reference": comparison.reference,
        "measured_tone": noise["tone"],
        "differences": dict(noise["differences"]),
        "areas": {
            s.region: s.details["area_mm2"] for s in comparison.scores if "area_mm2" in s.details
        },
        "values": {
            f"{s.attribute} {s.basis} {s.region}": s.value
            for s in comparison.scores
            if s.value is not None
        },
    }
