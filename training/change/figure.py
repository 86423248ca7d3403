"""Draw what formula and network see of known changes, beside the truth, on composite faces.

    python -m change.figure --model skindelta-base --out ../docs/change-maps.jpg

Run from the folder `training`. Composites are averages of many faces: nobody is shown.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from change.people import people
from change.records import Face, Record, Taken, decoded, record_of, truth_of
from skindelta.change import change_maps
from skindelta.color import linear_to_srgb8
from skindelta.draw import change_overlay
from skindelta.models import Model
from skindelta.network import read_by_network
from skindelta.pipeline import Options, compare, model_of
from skindelta.regions import find_regions
from skindelta.synthesis import Camera, Injection, inject, photograph
from skindelta.types import ByteArray, FloatArray, LightReading

WIDTH = 216  # px of a panel
GAP = 4
JPEG_QUALITY = 88
WHITE = (255, 255, 255)
CAMERA = Camera(white_balance=0.03, exposure_ev=0.1, pose=0.02, noise=0.004, quality=(90, 95))
HEADS = ("before", "after", "what was changed", "formula", "network")


class Row(NamedTuple):
    """One composite face and what is changed on it: kind, amplitude, region."""

    name: str
    attribute: str
    changes: tuple[tuple[str, float, str], ...]
    limit: float  # of the colors


RED = (("papules", 9.0, "left_cheek"), ("flush", 3.0, "nose"), ("needle dots", 5.0, "forehead"))
DARK = (("PIH", 9.0, "right_cheek"), ("melasma", 5.0, "forehead"), ("lentigines", 8.0, "chin"))
ROUGH = (("blob", -60.0, "left_cheek"), ("blob", 60.0, "forehead"))
ROWS = (
    Row("f_white", "redness", RED, 6.0),
    Row("m_african", "redness", RED, 6.0),
    Row("f_easian", "hyperpigmentation", DARK, 6.0),
    Row("m_wasian", "texture", ROUGH, 60.0),
)


def drawn(row: Row, model: Model) -> ByteArray:
    """Change a composite face, take both photos, and draw every map of the pair."""
    person = next(p for p in people("train", ("composite",)) if p.name == row.name)
    face, rng = Face.of(person.photos["neutral"]), np.random.default_rng(7)
    changes = [
        Injection(row.attribute, amplitude, kind, region, int(rng.integers(1000)))  # type: ignore[arg-type]
        for kind, amplitude, region in row.changes
    ]
    first, second = taken_of(face, [], rng), taken_of(face, changes, rng)
    pair = compare(first.photo, second.photo, Options(model=str(model.folder), reference="skin"))
    record = record_of(first, second, "skin")
    if pair.aligned is None or record is None:
        raise SystemExit(f"{row.name}: not comparable: {pair.reasons}")
    maps = change_maps(pair.aligned)
    reading = read_by_network(pair.aligned, maps, model, every_kind=True)
    assert reading is not None  # there is skin
    formula = next(m for m in maps if m.attribute == row.attribute and m.band in ("", "mid"))
    truth = truth_on_grid(record, row.attribute, formula.values)
    if row.attribute == "texture":
        shown = [truth, formula.values, reading.maps["texture absolute"].values]
    else:  # relative: against control skin
        relative = reading.maps[f"{row.attribute} relative"].values
        shown = [truth, formula.values - np.nanmedian(formula.values), relative]
    window = window_of(np.isfinite(formula.values))
    photos = [linear_to_srgb8(rgb[window]) for rgb in (pair.aligned.before, pair.aligned.after)]
    overlays = [
        change_overlay(photos[1], np.ascontiguousarray(values[window]), row.limit, formula.unit)
        for values in shown
    ]
    return side_by_side([*photos, *overlays], WIDTH / photos[0].shape[1])


def taken_of(face: Face, changes: list[Injection], rng: np.random.Generator) -> Taken:
    """Take one photo in ordinary light."""
    edited = inject(face.rgb, changes, face.masks, face.regions.nominal_px_per_mm)
    taken = photograph(edited.rgb, CAMERA.shot(rng), rng)
    photo = decoded(taken)
    truth = truth_of(edited, face)
    return Taken(photo, find_regions(photo), LightReading(), taken.matrix, truth, "neutral")


def truth_on_grid(record: Record, attribute: str, like: FloatArray) -> FloatArray:
    """Bring what was changed from the network's raster to the grid of a map."""
    redness, melanin, before, after = record.truth
    planes = {
        "redness": redness,
        "hyperpigmentation": melanin,
        "texture": 50 * (after - before),  # energies to percent of relief
    }
    top, left, height, width = record.given.box
    whole = np.zeros(record.given.size, np.float32)
    whole[top : top + height, left : left + width] = planes[attribute][:height, :width]
    full = np.asarray(cv2.resize(whole, like.shape[::-1]), np.float32)
    return np.where(np.isfinite(like), full, np.float32(np.nan))


def window_of(skin: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that hold all skin."""
    left, top, width, height = cv2.boundingRect(skin.astype(np.uint8))
    return slice(top, top + height), slice(left, left + width)


def side_by_side(pictures: list[ByteArray], factor: float) -> ByteArray:
    """Reduce pictures alike and put them in a row."""
    sizes = [(WIDTH, round(picture.shape[0] * factor)) for picture in pictures]
    small = [
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for picture, size in zip(pictures, sizes, strict=True)
    ]
    tallest = max(picture.shape[0] for picture in small)
    padded = [
        cv2.copyMakeBorder(
            p, GAP, GAP + tallest - p.shape[0], GAP, GAP, cv2.BORDER_CONSTANT, value=WHITE
        )
        for p in small
    ]
    return np.asarray(np.hstack(padded), np.uint8)


def figure(model: Model) -> ByteArray:
    """Draw all rows below each other, with heads."""
    rows = [drawn(row, model) for row in ROWS]
    head = np.full((28, rows[0].shape[1], 3), WHITE, np.uint8)
    for number, text in enumerate(HEADS):
        at = (GAP + number * rows[0].shape[1] // len(HEADS), 19)
        cv2.putText(head, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return np.asarray(np.vstack([head, *rows]), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="name, or folder")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    model = model_of(Options(model=options.model))
    if model is None:
        raise SystemExit("choose a network")
    picture = figure(model)[..., ::-1]
    cv2.imwrite(str(options.out), picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


if __name__ == "__main__":
    main()
