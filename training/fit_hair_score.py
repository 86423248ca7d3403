"""Fit the hair score of ``skindelta.skin_mask`` to hand-marked hairlines and brows.

Hair is what lies above the hand-marked hairline of London and Canada, and the middle of the brows;
skin is the forehead inside the hairline, the cheeks, and on women the whole lower face. The skin is
seen plain and with injected redness, spots and papules, which must not look like hair. People of
the locked test set are left out; so are fringes and shaved heads, where the marks mean neither.

Run: ``python training/fit_hair_score.py`` (10 s). Prints the four numbers of the module and
what they tell wrongly.
"""

import csv
import os
from pathlib import Path

import cv2
import numpy as np

from skindelta import skin_mask
from skindelta.color import linear_to_srgb8, srgb8_to_linear
from skindelta.face_shape import face_shape
from skindelta.landmarks import GROUPS
from templates import read_template

ROOT = Path(__file__).parents[1]
PHOTOS = Path(os.environ.get("SKINDELTA_PHOTOS", ROOT.parent / "shared" / "photos"))
FRINGE = {"143", "031", "101", "081", "136", "100", "120", "092"}
SHAVED = {"172", "105", "042", "068"}
HAIRLINE = slice(134, 145)  # of the 189 points of a template
PUPIL_PX, PUPIL_MM = 160, 63.36
BLOOD, MELANIN = np.array([0.31, 0.82, 0.48]), np.array([0.35, 0.52, 0.78])
PER_PART = 400  # pixels
WEIGHT = {"hair": 1.0, "skin": 0.5, "changed": 0.17}


def people() -> list[tuple[Path, str, bool]]:
    """Photo, person, and whether no beard is to be expected."""
    genders = {
        row["person"]: row["gender"]
        for row in csv.DictReader((PHOTOS / "london" / "people.csv").open())
    }
    found = []
    for row in csv.DictReader((ROOT / "training" / "splits.csv").open()):
        person, dataset = row["person"], row["dataset"]
        name = f"{person}_neutral.jpg" if dataset == "london" else f"{person}.jpg"
        path = PHOTOS / dataset / name
        if row["split"] != "test" and path.with_suffix(".tem").exists():
            if dataset in ("london", "canada"):
                woman = person.endswith("f") or genders.get(person) == "female"
                found.append((path, person, woman))
    return found


def crop(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return reduced face, named points and hairline in its pixels."""
    pixels = cv2.imread(str(path))[..., ::-1]
    points = read_template(path.with_suffix(".tem")).astype(np.float64)
    lines = path.with_suffix(".tem").read_text().splitlines()
    line = np.array([s.split()[:2] for s in lines[1:190]], dtype=np.float64)[HAIRLINE]
    middle, apart = points[:2].mean(axis=0), float(np.hypot(*(points[1] - points[0])))
    low = np.maximum(middle - np.array([1.3, 1.5]) * apart, 0).astype(int)
    high = (middle + np.array([1.3, 2.1]) * apart).astype(int)
    scale = PUPIL_PX / apart
    part = pixels[low[1] : high[1], low[0] : high[0]]
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small, *((p - low + 0.5) * scale - 0.5 for p in (points, line))


def filled(corners: list, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(np.array(corners)).astype(np.int32)], 1)
    return mask > 0


def areas(points: np.ndarray, line: np.ndarray, shape: tuple, person: str, woman: bool):
    """Return masks of certain hair and certain skin."""
    part = {name: points[where] for name, where in GROUPS.items()}
    center = points[:2].mean(axis=0) - (0, 0.3 * PUPIL_PX)
    hair = np.zeros(shape[:2], dtype=bool)
    if person not in SHAVED:
        ring = [center + (line - center) * r for r in (1.1, 1.3)]
        hair |= filled([*ring[0], *ring[1][::-1]], shape)
    for side in ("right", "left"):
        brow = part[f"{side}_brow"]
        inside = filled([*brow[:6], *brow[[7, 6]]], shape).astype(np.uint8)
        hair |= cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0
    whole = face_shape(points.astype(np.float32), shape[:2])
    skin = whole.seeds.copy()
    if person not in FRINGE:
        inner = center + (line[1:-1] - center) * 0.88
        brows = [*part["left_brow"][4::-1], *part["right_brow"][5:0:-1]]
        skin |= filled([*inner, *(p - (0, 14) for p in brows)], shape)
    if woman:
        lower = np.arange(shape[0])[:, None] > points[:2, 1].mean() + 0.15 * PUPIL_PX
        skin |= (whole.labels > 0) & lower
    return hair & ~skin, skin & ~whole.features, whole


def changed(pixels: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Redness, pigment or papules and moles all over."""
    shape = pixels.shape[:2]
    if kind == "papules":
        field = np.zeros(shape, dtype=np.float32)
        for _ in range(60):
            at = int(rng.integers(shape[1])), int(rng.integers(shape[0]))
            cv2.circle(field, at, int(rng.integers(2, 8)), float(rng.uniform(0.5, 1.2)), -1)
        field = cv2.GaussianBlur(field, (0, 0), 0.7)
        direction = 0.6 * BLOOD if rng.random() < 0.5 else rng.uniform(0.5, 1.3) * MELANIN
    else:
        noise = rng.standard_normal(shape).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), float(rng.choice([2, 4, 12])))
        field = np.clip((noise / noise.std() - 0.3) * 1.5, 0, 1)
        direction = 0.35 * BLOOD if kind == "redness" else rng.uniform(0.5, 1.3) * MELANIN
    density = field[..., None] * direction.astype(np.float32)
    return linear_to_srgb8(srgb8_to_linear(pixels) * np.exp(-density))


def samples() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (n, 3), hair or not, weights."""
    rng = np.random.default_rng(0)
    features, is_hair, weights = [], [], []
    for path, person, woman in people():
        pixels, points, line = crop(path)
        pixels = np.ascontiguousarray(pixels)
        hair, skin, shape = areas(points, line, pixels.shape, person, woman)
        for kind in ("plain", "redness", "pigment", "papules"):
            seen = pixels if kind == "plain" else changed(pixels, kind, rng)
            found = skin_mask._features(seen, shape.seeds, PUPIL_PX / PUPIL_MM)
            inside = shape.labels > 0
            start, _ = skin_mask._hair_score(found, inside)
            found = skin_mask._recentered(found, inside & (start < 0))
            _, excess = skin_mask._hair_score(found, inside)
            stack = np.stack([found.redness, -excess, found.contrast], axis=-1)
            for mask, name in ((hair, "hair"), (skin, "skin")):
                if name == "hair" and kind != "plain":
                    continue
                at = rng.choice(np.flatnonzero(mask), PER_PART)
                features.append(stack.reshape(-1, 3)[at])
                is_hair.append(np.full(PER_PART, name == "hair"))
                weight = name if kind == "plain" else "changed"
                weights.append(np.full(PER_PART, WEIGHT[weight]))
    return np.concatenate(features), np.concatenate(is_hair), np.concatenate(weights)


def fit(features: np.ndarray, is_hair: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logistic regression by Newton's method: offset, then one factor per feature."""
    rows = np.column_stack([np.ones(len(features)), features]).astype(np.float64)
    factors = np.zeros(rows.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-rows @ factors))
        gradient = rows.T @ (weights * (is_hair - p))
        curvature = (rows * (weights * p * (1 - p))[:, None]).T @ rows
        factors += np.linalg.solve(curvature + 1e-3 * np.eye(len(factors)), gradient)
    return factors


def main() -> None:
    features, is_hair, weights = samples()
    factors = fit(features, is_hair, weights)
    score = factors[0] + features @ factors[1:]
    print("offset, redness, darkness, contrast:", factors.round(2))
    print(f"{is_hair.sum()} pixels of hair, {(score[is_hair] <= 0).mean():.1%} taken for skin")
    print(f"{(~is_hair).sum()} pixels of skin, {(score[~is_hair] > 0).mean():.1%} taken for hair")


if __name__ == "__main__":
    main()
