"""How well faces and their points are found, per data set, split and skin tone.

    python benchmarks/landmark_accuracy.py [PHOTOS] [--card]

Prints the tables; ``--card`` also writes them into the cards of both networks. Intervals are 95 %
bootstrap intervals over people. The reference boxes of the synthetic faces were drawn by hand
(`face_boxes.csv`); those of the smiling London photos are the ones of the neutral photo, taken in
the same chair.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from skindelta.landmarks import GROUPS, box_of, find_face
from skindelta.types import FaceLandmarks

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT.parent / "shared" / "photos"
TONES = ("all", "light", "medium", "dark")
EYES, NOSE, MOUTH = "eyes", "nose", "mouth"

# Limits of what must be reached on people never trained on; % of the pupil distance, or a share.
POINTS_LIMIT, SELFIE_LIMIT, BOX_IOU = 3.0, 5.0, 0.5
BOX_LIMITS = {"london smiling": 0.98, "canada": 0.98, "lisa": 1.0, "zoom": 1.0, "synthetic": 0.9}


def _ours(group: str, *members: int) -> list[int]:
    return [GROUPS[group].start + member for member in members]


# Points of our scheme that the selfie templates have too: corners and lids of the eyes, pupils,
# wings and base of the nose, outline and middle of the lips. Found by drawing the numbers of the
# templates onto the photos.
_PUPILS = (*_ours("right_pupil", 0), *_ours("left_pupil", 0))
_LIDS = (*_ours("right_eye", *range(8)), *_ours("left_eye", *range(8)))
_LIPS = (*_ours("upper_lip", *range(7), 9), *_ours("lower_lip", 2, *range(5, 10)))
OURS = {EYES: [*_PUPILS, *_LIDS], NOSE: _ours("nose_base", 2, 7, 12), MOUTH: [*_LIPS]}
SELFIES = {
    "lisa": {
        EYES: [0, 1, 35, 36, 37, 38, 39, 42, 41, 40, 44, 45, 46, 47, 48, 51, 50, 49],
        NOSE: [77, 80, 83],
        MOUTH: [86, 87, 88, 89, 90, 91, 92, 95, 99, 101, 102, 103, 104, 105],
    },
    "zoom": {
        EYES: [63, 81, 44, 4, 56, 51, 79, 25, 11, 58, 61, 67, 38, 34, 40, 47, 17, 41],
        NOSE: [54, 37, 33],
        MOUTH: [29, 0, 3, 26, 72, 42, 45, 82, 14, 10, 39, 12, 2, 75],
    },
}


@dataclass(frozen=True)
class Case:
    """One photo with what is known about it."""

    dataset: str
    person: str
    tone: str
    split: str
    path: Path
    points: np.ndarray | None
    box: tuple[float, float, float, float]


def landmark_tables(photos: Path = PHOTOS) -> dict[str, list[dict[str, Any]]]:
    """Measure everything.

    Returns
    -------
    tables : dict of str to list of dict
        ``points``: mean error over the 104 points, % of the pupil distance; ``groups``: the same
        per group of points, test people only; ``selfies``: error over the points that both
        schemes share, per photo; ``boxes``: share of photos whose box has IoU >= 0.5; ``nothing``:
        share of pictures without a face in which none is found.
    """
    found = [(case, find_face(read_rgb(case.path))) for case in cases(photos)]
    return {
        "points": list(_points_table(found)),
        "groups": list(_groups_table(found)),
        "selfies": list(_selfies_table(photos)),
        "boxes": list(_boxes_table(found)),
        "nothing": list(_nothing_table(photos)),
    }


def cases(photos: Path) -> Iterator[Case]:
    """Every photo that a box is known for."""
    drawn = read_boxes()
    for row in read_splits():
        dataset, person = row["dataset"], row["person"]
        where = (person, row["tone_group"], row["split"])
        if dataset == "london":
            points = read_template(photos / dataset / f"{person}_neutral.tem")
            for mood in ("neutral", "smiling"):
                path = photos / dataset / f"{person}_{mood}.jpg"
                known = points if mood == "neutral" else None
                yield Case(f"london {mood}", *where, path, known, box_around(points))
        elif dataset == "canada":
            path = photos / dataset / f"{person}.jpg"
            points = read_template(path.with_suffix(".tem"))
            yield Case(dataset, *where, path, points, box_around(points))
        elif dataset in SELFIES:
            for path in sorted((photos / dataset).glob("*.jpg")):
                box = box_around(read_points(path.with_suffix(".tem")))
                yield Case(dataset, *where, path, None, box)
        elif (dataset, person) in drawn:
            path = photos / dataset / f"{person}.jpg"
            yield Case("synthetic", *where, path, None, drawn[dataset, person])


def _points_table(found: list[tuple[Case, FaceLandmarks | None]]) -> Iterator[dict[str, Any]]:
    for dataset in ("london neutral", "canada"):
        for split in ("calibration", "test"):
            for tone in TONES:
                errors = [
                    error_of(case, face)
                    for case, face in found
                    if (case.dataset, case.split) == (dataset, split) and tone in {"all", case.tone}
                ]
                if errors:
                    per_person = [float(error.mean()) for error in errors]
                    yield {
                        "dataset": dataset,
                        "split": split,
                        "tone": tone,
                        **_mean_of(per_person),
                        "worst": round(max(per_person), 2),
                        "limit": POINTS_LIMIT,
                    }


def _groups_table(found: list[tuple[Case, FaceLandmarks | None]]) -> Iterator[dict[str, Any]]:
    for dataset in ("london neutral", "canada"):
        errors = [
            error_of(case, face)
            for case, face in found
            if (case.dataset, case.split) == (dataset, "test")
        ]
        for name, group in GROUPS.items():
            per_person = [float(error[group].mean()) for error in errors]
            yield {"dataset": dataset, "split": "test", "group": name, **_mean_of(per_person)}


def error_of(case: Case, face: FaceLandmarks | None) -> np.ndarray:
    """Return the distance of each point from the truth, % of the pupil distance; 100 if no face."""
    assert case.points is not None
    if face is None:
        return np.full(len(case.points), 100.0)
    pupils = np.linalg.norm(case.points[0] - case.points[1])
    return 100 * np.linalg.norm(face.points - case.points, axis=1) / pupils


def _selfies_table(photos: Path) -> Iterator[dict[str, Any]]:
    for dataset, parts in SELFIES.items():
        for path in sorted((photos / dataset).glob("*.jpg")):
            truth, face = read_points(path.with_suffix(".tem")), find_face(read_rgb(path))
            row: dict[str, Any] = {"dataset": dataset, "photo": path.stem, "split": "calibration"}
            pupils = float(np.linalg.norm(truth[parts[EYES][0]] - truth[parts[EYES][1]]))
            everything = []
            for part, theirs in parts.items():
                error = np.full(len(theirs), 100.0)
                if face is not None:
                    distance = np.linalg.norm(face.points[OURS[part]] - truth[theirs], axis=1)
                    error = 100 * distance / pupils
                row[part] = round(float(error.mean()), 2)
                everything.append(error)
            yield {
                **row,
                "mean": round(float(np.concatenate(everything).mean()), 2),
                "limit": SELFIE_LIMIT,
            }


def _boxes_table(found: list[tuple[Case, FaceLandmarks | None]]) -> Iterator[dict[str, Any]]:
    for dataset in ("london neutral", *BOX_LIMITS):
        for split, tone in (*(("all", tone) for tone in TONES), ("test", "all")):
            hits = [
                float(face is not None and overlap(face.box, case.box) >= BOX_IOU)
                for case, face in found
                if case.dataset == dataset
                and tone in {"all", case.tone}
                and split in {"all", case.split}
            ]
            if hits:
                row = {"dataset": dataset, "split": split, "tone": tone, **_mean_of(hits)}
                yield {**row, "right": int(sum(hits)), "limit": BOX_LIMITS.get(dataset)}


def _nothing_table(photos: Path) -> Iterator[dict[str, Any]]:
    """Pictures of things, and close-ups of skin cut from cheeks and foreheads of test people."""
    from skimage import data

    folder = Path(data.__file__).parent
    names = (
        "brick",
        "chelsea",
        "clock_motion",
        "coffee",
        "coins",
        "grass",
        "gravel",
        "horse",
        "ihc",
        "moon",
        "motorcycle_left",
        "page",
        "text",
    )
    things = [read_rgb(folder / f"{name}.png") for name in names]
    things += [read_rgb(path) for path in sorted((photos / "color_cards").glob("*.[jp][pn]g"))]
    for kind, pictures in (("things", things), ("skin close-ups", list(close_ups(photos)))):
        none = [float(find_face(picture) is None) for picture in pictures]
        yield {"kind": kind, **_mean_of(none), "right": int(sum(none))}


def close_ups(photos: Path) -> Iterator[np.ndarray]:
    """Cut both cheeks and the forehead of the London test people."""
    for row in read_splits():
        if (row["dataset"], row["split"]) != ("london", "test"):
            continue
        path = photos / "london" / f"{row['person']}_neutral.jpg"
        points, pixels = read_template(path.with_suffix(".tem")), read_rgb(path)
        pupils = float(np.linalg.norm(points[0] - points[1]))
        half = round(0.28 * pupils)
        forehead = points[:2].mean(axis=0) - (0, 0.85 * pupils)
        for x, y in (points[0] + (0, 0.75 * pupils), points[1] + (0, 0.75 * pupils), forehead):
            yield np.ascontiguousarray(
                pixels[round(y) - half : round(y) + half, round(x) - half : round(x) + half]
            )


def _mean_of(values: list[float], draws: int = 2000) -> dict[str, Any]:
    """Return count, mean and its 95 % bootstrap interval."""
    array = np.array(values)
    rng = np.random.default_rng(0)
    means = array[rng.integers(0, len(array), (draws, len(array)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    numbers = {"mean": array.mean(), "low": low, "high": high}
    return {"n": len(array), **{name: round(float(value), 3) for name, value in numbers.items()}}


def read_splits() -> list[dict[str, str]]:
    with (ROOT / "training" / "splits.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def read_boxes() -> dict[tuple[str, str], tuple[float, float, float, float]]:
    """Return the hand-drawn boxes by dataset and person."""
    sides = ("left", "top", "right", "bottom")
    with Path(__file__).with_name("face_boxes.csv").open(newline="") as file:
        return {
            (row["dataset"], row["person"]): tuple(float(row[side]) for side in sides)
            for row in csv.DictReader(file)
        }


def read_points(template: Path) -> np.ndarray:
    lines = template.read_text().splitlines()
    return np.array([line.split()[:2] for line in lines[1 : int(lines[0]) + 1]], dtype=float)


def read_template(template: Path) -> np.ndarray:
    """Return our named points of a 189-point template."""
    import sys

    sys.path.insert(0, str(ROOT / "training"))
    from templates import read_template as read

    return read(template)


def read_rgb(path: Path) -> np.ndarray:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def box_around(points: np.ndarray) -> tuple[float, float, float, float]:
    return tuple(map(float, box_of(points, (1 << 20, 1 << 20))))


def overlap(a: Iterable[float], b: Iterable[float]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    one, two = np.array(list(a), dtype=float), np.array(list(b), dtype=float)
    size = (np.minimum(one[2:], two[2:]) - np.maximum(one[:2], two[:2])).clip(0)
    shared = float(size.prod())
    return shared / (float((one[2:] - one[:2]).prod() + (two[2:] - two[:2]).prod()) - shared)


def print_tables(tables: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in tables.items():
        print(f"\n{name}")
        columns = list(rows[0])
        cells = [columns] + [[_text(row.get(column)) for column in columns] for row in rows]
        widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
        for row in cells:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def write_cards(tables: dict[str, list[dict[str, Any]]]) -> None:
    """Put the tables under ``[metrics]``, the last table of each card."""
    wanted = {
        "face-finder": ("boxes", "nothing"),
        "face-landmarks": ("points", "groups", "selfies"),
    }
    for name, kept in wanted.items():
        card = ROOT / "models" / name / "1.0.0" / "model.toml"
        head = card.read_text().split("[metrics]")[0]
        lines = [head + "[metrics]"]
        for table in kept:
            lines.append(f"{table} = [")
            for row in tables[table]:
                pairs = ", ".join(
                    f"{key} = {value!r}".replace("'", '"')
                    for key, value in row.items()
                    if value is not None
                )
                lines.append(f"  {{ {pairs} }},")
            lines.append("]")
        card.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, nargs="?", default=PHOTOS)
    parser.add_argument("--card", action="store_true", help="write the tables into the cards")
    options = parser.parse_args()
    measured = landmark_tables(options.photos)
    print_tables(measured)
    if options.card:
        write_cards(measured)
