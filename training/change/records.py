"""Photos of one person with known changes: each pair as the network sees it, and the truth.

A set is a few shots of one person: of the neutral or the smiling photo, each with changes of its
own, all taken in one place. Every two of them are a pair: the change between them is the
difference of what was made in each. Photos go through the whole road, JPEG files included.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple
from unittest.mock import patch

import cv2
import numpy as np

import skindelta.align
from change.draws import Taking, draw_changes, draw_taking
from change.people import Person
from skindelta.align import align_pair
from skindelta.card import read_card
from skindelta.change import change_maps
from skindelta.color import srgb8_to_linear
from skindelta.grey import read_grey
from skindelta.midpoint import Frame
from skindelta.net_input import PX_PER_MM, RELIEF_MM, NetInput, net_input
from skindelta.normalize import ReferenceChoice, normalize_pair
from skindelta.photo import read_photo
from skindelta.regions import find_regions
from skindelta.synthesis import Photograph, Room, inject, lit, photograph, scenery_of
from skindelta.synthesis.cards import hold_card, render_card
from skindelta.types import AlignedPair, FloatArray, LightReading, Photo, Reason, RegionMap

SHOTS = 5  # of a set: ten pairs
SMILING_SHARE = 0.35  # of the shots of a person with both photos
HELD_SHARE = 0.2  # of the sets: a card in the hand, read as one or by its grey patch
OWN_SKIN_SHARE = 0.12  # of the pairs: as if nothing else were in the picture
GREY_PATCH = 21
CELL_SIGMA_MM = 0.3 / PX_PER_MM  # truth is a mean over a cell
TRUTH = ("redness", "hyperpigmentation", "relief_before", "relief_after")


class Record(NamedTuple):
    """One pair.

    `truth` is redness (a*), hyperpigmentation (L*) and the ln of the energy of relief as it is in
    the before photo, and as it is in the after photo, each against the same skin unchanged, on the
    raster of the input; `labels` are the regions there.
    """

    given: NetInput
    truth: FloatArray
    labels: np.ndarray
    about: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Face:
    """A photo with all that edits and camera need."""

    rgb: FloatArray
    regions: RegionMap
    masks: dict[str, np.ndarray]
    scenery: Any

    @classmethod
    def of(cls, path: Any) -> "Face":
        """Read a photo."""
        photo = read_photo(path)
        regions = find_regions(photo)
        masks = {name: regions.mask(name) for name in regions.names}
        masks = {name: mask for name, mask in masks.items() if mask.any()}
        scenery = scenery_of(photo.pixels, regions.box)
        return cls(srgb8_to_linear(photo.pixels), regions, masks, scenery)


@dataclass(frozen=True, eq=False)
class Taken:
    """A photo that was taken of a changed face, and what was changed."""

    photo: Photo
    regions: RegionMap
    light: LightReading
    matrix: np.ndarray  # from the scene to the photo
    truth: FloatArray  # (H, W, 4), on the scene, as smooth as the raster
    base: str


def records_of(person: Person, number: int, seed: int) -> Iterator[Record]:
    """Every pair of one set of photos of a person."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{person.key}/{number}".encode())])
    taking = draw_taking(rng)
    if not person.has_wall:  # nothing is known of what lies behind a generated face
        taking = taking._replace(regime=taking.regime._replace(room=Room()))
    held = ""
    if person.has_wall and rng.random() < HELD_SHARE:
        held = str(rng.choice(["card", "grey"]))
    faces = {name: Face.of(path) for name, path in person.photos.items()}
    faces = {name: face for name, face in faces.items() if face.masks}
    if "neutral" not in faces:  # a generated face that was not found
        return
    shots = []
    for light in taking.regime.room.photos(SHOTS, rng):
        smiles = "smiling" in faces and rng.random() < SMILING_SHARE
        name = "smiling" if smiles else "neutral"
        shots.append(_taken(faces[name], name, taking, light, held, rng))
    for first, second in combinations(shots, 2):
        reference: ReferenceChoice = "skin" if rng.random() < OWN_SKIN_SHARE else "auto"
        if held and reference == "auto":
            reference = "card" if held == "card" else "grey"
        record = record_of(first, second, reference)
        if record is not None:
            record.about.update(
                person=person.name, dataset=person.dataset, tone=person.tone, scene=taking.scene
            )
            yield record


def _taken(
    face: Face, name: str, taking: Taking, light: Any, held: str, rng: np.random.Generator
) -> Taken:
    mm = face.regions.nominal_px_per_mm
    edited = inject(face.rgb, draw_changes(list(face.masks), rng), face.masks, mm)
    rgb, scenery, mark = edited.rgb, face.scenery, None
    if held:
        card = render_card(float(rng.uniform(0.78, 0.88)))
        holding = hold_card(rgb, scenery, face.regions.box, card, rng)
        rgb, scenery, mark = holding.rgb, holding.scenery, holding.patch(GREY_PATCH)
    shot = replace(taking.regime.camera.shot(rng), size=taking.size)
    taken = photograph(lit(rgb, scenery, light), shot, rng)
    photo = decoded(taken)
    regions = find_regions(photo)
    reading = LightReading()
    if held == "card":
        reading = LightReading(read_card(photo), None)
    elif held and mark is not None:
        reading = LightReading(None, read_grey(photo, (taken.seen_at(mark),)))
    truth = truth_of(edited, face)
    return Taken(photo, regions, reading, taken.matrix, truth, name)


def decoded(shot: Photograph) -> Photo:
    pixels = cv2.imdecode(np.frombuffer(shot.jpeg(), np.uint8), cv2.IMREAD_COLOR_RGB)
    return Photo(
        np.ascontiguousarray(pixels), sha256=str(zlib.crc32(pixels[::7].tobytes())), source=""
    )


def truth_of(edited: Any, face: Face) -> FloatArray:
    """Return all four planes of truth of one photo, against itself unchanged."""
    shape = face.rgb.shape[:2]
    relief = [np.zeros(shape, np.float32), np.zeros(shape, np.float32)]
    if edited.relief is not None:
        relief = [np.square(band) for band in edited.relief]
    mm = face.regions.nominal_px_per_mm
    colors = [
        cv2.GaussianBlur(edited.fields[name], (0, 0), max(CELL_SIGMA_MM * mm, 0.3))
        for name in ("redness", "hyperpigmentation")
    ]
    energies = [cv2.GaussianBlur(energy, (0, 0), RELIEF_MM * mm) for energy in relief]
    return np.stack([*colors, *energies], axis=-1).astype(np.float32)


def record_of(first: Taken, second: Taken, reference: ReferenceChoice) -> Record | None:
    """Bring two shots through the whole road; None where that ends early."""
    normalized = normalize_pair(
        first.photo,
        first.regions,
        second.photo,
        second.regions,
        reference,
        (first.light, second.light),
    )
    seen: dict[str, Any] = {}

    def spied(frame: Frame, field: FloatArray, flow: Any) -> AlignedPair | Reason:
        seen.update(frame=frame, field=field)
        return resampled(frame, field, flow)

    resampled = skindelta.align._resampled
    with patch("skindelta.align._resampled", spied):
        pair = align_pair(*normalized)
    if isinstance(pair, Reason):
        return None
    given = net_input(pair, change_maps(pair))
    if given is None:
        return None
    frame = seen["frame"]
    if frame.photos[1] is not normalized[1]:
        return None  # mirrored on second thought
    both = [
        carried(taken, photo, frame, which, seen["field"], given)
        for which, (taken, photo) in enumerate(zip((first, second), normalized, strict=True))
    ]
    about = {"reference": pair.reference, "same_base": first.base == second.base}
    return Record(given, _difference(*both), on_raster(pair.regions.labels, given), about)


def _difference(before: FloatArray, after: FloatArray) -> FloatArray:
    """Truth of a pair, (4, h, w): redness, melanin, ln energies of relief against no change."""
    energies = []
    for truth in (before, after):
        unchanged, changed = np.maximum(truth[..., 2], 0), np.maximum(truth[..., 3], 0)
        here = unchanged > 1e-9
        ratio = np.where(here, changed / np.maximum(unchanged, 1e-9), 1.0)
        energies.append(np.log(np.clip(ratio, 1e-3, 1e3)))
    colors = after[..., :2] - before[..., :2]
    return np.stack([colors[..., 0], colors[..., 1], *energies]).astype(np.float32)


def carried(
    taken: Taken, photo: Any, frame: Frame, which: int, field: FloatArray, given: NetInput
) -> FloatArray:
    """Bring the truth of one photo onto the network's raster, (h, w, 4)."""
    rows, columns = given.size
    full = cv2.resize(field, frame.size)
    x, y = frame.maps(which, np.asarray(full, np.float32))
    x, y = (cv2.resize(m, (columns, rows), interpolation=cv2.INTER_AREA) for m in (x, y))
    # From the crop on its grid to the photo: landmarks tell where the crop lies.
    scale, shift = _axes(photo.regions.landmarks, taken.regions.landmarks)
    places = np.stack([x, y], axis=-1) * scale + shift
    flat = np.concatenate([places.reshape(-1, 2), np.ones((rows * columns, 1))], axis=1)
    scene = flat @ np.linalg.inv(taken.matrix).T
    scene = (scene[:, :2] / scene[:, 2:]).reshape(rows, columns, 2).astype(np.float32)
    warped = cv2.remap(taken.truth, scene[..., 0], scene[..., 1], cv2.INTER_LINEAR, borderValue=0)
    return _padded(np.asarray(warped, np.float32), given)


def _axes(crop: np.ndarray, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of each axis from the crop to the photo."""
    low, high = crop.min(axis=0), crop.max(axis=0)
    first, last = photo.min(axis=0), photo.max(axis=0)
    scale = (last - first) / (high - low)
    return scale, first - scale * low


def _padded(image: np.ndarray, given: NetInput) -> np.ndarray:
    """Cut the box of the input out of a picture on the whole raster, padded as the input is."""
    top, left, height, width = given.box
    padded = np.zeros((*given.before.shape[1:], *image.shape[2:]), image.dtype)
    padded[:height, :width] = image[top : top + height, left : left + width]
    return padded


def on_raster(labels: np.ndarray, given: NetInput) -> np.ndarray:
    small = cv2.resize(labels, given.size[::-1], interpolation=cv2.INTER_NEAREST)
    return _padded(np.asarray(small, np.uint8), given)
