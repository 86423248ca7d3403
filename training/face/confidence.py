"""Fit how sure `find_face` is: logistic regression on what both networks say of a candidate.

    python -m face.confidence ../../shared/photos

Faces are those of train and calibration people, as they are, dimmed and small; candidates that
ended elsewhere on those photos, pictures of things and close-ups of calibration people's skin are
not.
Prints the constants of `skindelta.landmarks`. No test person is looked at.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from face.data import PICTURES, Face, labelled_faces, pictures_without_face, read_rgb, read_splits
from face.frame import frame_of
from skindelta.landmarks import _candidates, _evidence, _place
from templates import read_template


def main(photos: Path) -> None:
    features, labels = [], []
    for pixels, center, radius in [*with_face(photos), *without_face(photos)]:
        for candidate in _candidates(pixels):
            face = _place(pixels, candidate.frame)
            off = np.inf if center is None else np.linalg.norm(face.frame.center - center) / radius
            if 0.4 < off < 1.5:
                continue  # half right: neither
            features.append(_evidence(candidate, face))
            labels.append(off <= 0.4)
    x, y = np.array(features), np.array(labels, dtype=float)
    weights = fit(x, y)
    print(f"{int(y.sum())} faces, {int((1 - y).sum())} others")
    print("bias and weights:", np.round(weights, 2).tolist())
    p = 1 / (1 + np.exp(-(weights[0] + x @ weights[1:])))
    for limit in (0.3, 0.5, 0.7, 0.9):
        print(
            limit,
            "faces kept",
            (p[y == 1] >= limit).mean().round(4),
            "others kept",
            (p[y == 0] >= limit).mean().round(4),
        )


def with_face(photos: Path) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Photos with one face: pixels, center and radius."""
    faces = [f for f in labelled_faces(photos) if f.name.count("composite") == 0]
    for face in faces + selfies(photos) + labelled_faces(photos, "calibration"):
        center, radius, _ = frame_of(face.points)
        yield face.pixels, center, radius
        dim = (face.pixels * np.array([0.35, 0.3, 0.25])).astype(np.uint8)
        yield dim, center, radius
        far = cv2.copyMakeBorder(
            face.pixels, *[face.pixels.shape[1] // 2] * 4, cv2.BORDER_REPLICATE
        )
        yield far, center + face.pixels.shape[1] // 2, radius


def selfies(photos: Path) -> list[Face]:
    """Return the calibration selfies; center and radius are what their templates tell."""
    found = []
    for path in sorted([*photos.glob("lisa/*.jpg"), *photos.glob("zoom/*.jpg")]):
        lines = path.with_suffix(".tem").read_text().splitlines()
        points = np.array([line.split()[:2] for line in lines[1 : int(lines[0]) + 1]], dtype=float)
        low, high = points.min(axis=0), points.max(axis=0)
        center, radius = (low + high) / 2, float((high - low).mean()) / 2.95
        turn = np.linspace(0, 2 * np.pi, 104, endpoint=False)
        ring = center + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        found.append(Face(path.stem, read_rgb(path), np.zeros((1, 1)), ring, "selfie"))
    return found


def without_face(photos: Path) -> Iterator[tuple[np.ndarray, None, float]]:
    """Pictures of things turned four ways, and close-ups of skin."""
    for picture in pictures_without_face(photos)[: len(PICTURES) + 2]:
        for turns in range(4):
            yield np.ascontiguousarray(np.rot90(picture, turns)), None, 1.0
    for path in sorted((photos / "color_cards").glob("*.[jp][pn]g")):
        yield read_rgb(path), None, 1.0
    for (dataset, person), row in read_splits().items():
        if (dataset, row["split"]) != ("london", "calibration"):
            continue
        path = photos / dataset / f"{person}_neutral.jpg"
        points, pixels = read_template(path.with_suffix(".tem")), read_rgb(path)
        pupils = float(np.linalg.norm(points[0] - points[1]))
        for across, down, half in (
            (0, 0.75, 0.28),
            (1, 0.75, 0.4),
            (0.5, -0.85, 0.3),
            (0.5, 1.3, 0.35),
            (0, 0.9, 0.2),
        ):
            x, y = points[0] + across * (points[1] - points[0]) + (0, down * pupils)
            reach = int(half * pupils)
            rows, columns = (slice(int(v) - reach, int(v) + reach) for v in (y, x))
            yield np.ascontiguousarray(pixels[rows, columns]), None, 1.0


def fit(x: np.ndarray, y: np.ndarray, ridge: float = 0.5, rounds: int = 50) -> np.ndarray:
    """Return bias and weights of a logistic regression; both classes weigh the same."""
    design = np.hstack([np.ones((len(x), 1)), x])
    share = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y).mean())
    penalty = ridge * np.diag([0.0] + [1.0] * x.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (share * (p - y)) + penalty @ weights
        curvature = (design * (share * p * (1 - p))[:, None]).T @ design + penalty
        weights = weights - np.linalg.solve(curvature + 1e-6 * np.eye(len(weights)), gradient)
    return weights


if __name__ == "__main__":
    main(Path(sys.argv[1]))
