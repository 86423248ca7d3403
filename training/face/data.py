"""Labelled faces for training, cut loose from the wall behind them, and pictures without a face.

Every face is reduced so that the pupils are `PUPILS` pixels apart: twice what the landmark network
sees, so that no augmentation has to invent detail. People of the calibration and test splits are
never opened here.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from skindelta.landmarks import frame_of
from templates import read_template

PUPILS = 100.0  # px between the pupils in a reduced photo
SPLITS = Path(__file__).parents[1] / "splits.csv"
CHECKED = Path(__file__).with_name("checked_points.csv")
FRAMES = Path(__file__).with_name("face_frames.csv")
# Pictures without a face in scikit-image's wheel (the astronaut has one and is left out).
PICTURES = (
    *("brick", "camera", "cell", "chelsea", "clock_motion", "coffee", "coins", "color", "grass"),
    *("gravel", "horse", "ihc", "logo", "moon", "motorcycle_left", "page", "text"),
)


@dataclass(frozen=True, eq=False)
class Face:
    """One labelled photo, reduced.

    Attributes
    ----------
    name : str
        Dataset and person.
    pixels : uint8 array of shape (h, w, 3), RGB
    alpha : uint8 array of shape (h, w)
        255 on the person, 0 on the wall; all 255 where it could not be told.
    points : float32 array of shape (104, 2)
    source : str
        Dataset.
    weight : float
        Of the points in training: 1 hand-placed, less where a network placed them and a person
        looked, 0 where only the place of the face is known.
    """

    name: str
    pixels: np.ndarray
    alpha: np.ndarray
    points: np.ndarray
    source: str
    weight: float = 1.0


def read_splits() -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows of ``splits.csv`` by dataset and person."""
    with SPLITS.open(newline="") as file:
        return {(row["dataset"], row["person"]): row for row in csv.DictReader(file)}


def labelled_faces(photos: Path, split: str = "train") -> list[Face]:
    """Return all faces of a split with hand-placed or hand-checked points."""
    faces = []
    for (dataset, person), row in read_splits().items():
        if row["split"] != split or dataset not in {"london", "canada", "composite"}:
            continue
        stem = f"{person}_neutral" if dataset == "london" else person
        template = photos / dataset / f"{stem}.tem"
        points = read_template(template)
        faces.append(prepare(template.with_suffix(".jpg"), points, dataset))
    if split == "train":
        faces += checked_faces(photos)
        faces += framed_faces(photos, faces[0].points)
    return faces


def checked_faces(photos: Path) -> list[Face]:
    """Return faces whose points a first network placed and a person checked on the picture."""
    if not CHECKED.exists():
        return []
    splits = read_splits()
    faces = []
    with CHECKED.open(newline="") as file:
        for dataset, stem, *numbers in csv.reader(file):
            person = stem.removesuffix("_smiling")
            if splits[dataset, person]["split"] != "train":
                raise ValueError(f"{CHECKED}: {dataset} {person} is not in the split train")
            points = np.array(numbers, dtype=np.float32).reshape(-1, 2)
            faces.append(prepare(photos / dataset / f"{stem}.jpg", points, dataset, weight=0.4))
    return faces


def framed_faces(photos: Path, typical: np.ndarray) -> list[Face]:
    """Return faces of which only center and radius were drawn by hand.

    Their points are those of a typical face put there, with a weight of 0.
    """
    if not FRAMES.exists():
        return []
    center, radius, _ = frame_of(typical)
    faces = []
    with FRAMES.open(newline="") as file:
        for row in csv.DictReader(file):
            place = np.array([row["x"], row["y"]], dtype=np.float64)
            points = (typical - center) / radius * float(row["radius"]) + place
            path = photos / row["dataset"] / f"{row['photo']}.jpg"
            faces.append(prepare(path, points, row["dataset"], weight=0.0))
    return faces


def prepare(path: Path, points: np.ndarray, dataset: str, weight: float = 1.0) -> Face:
    """Read one photo, reduce it and cut the person out of a plain wall."""
    pixels = read_rgb(path)
    scale = PUPILS / float(np.linalg.norm(points[0] - points[1]))
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    exact = np.array(size) / (pixels.shape[1], pixels.shape[0])
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    # Pixel centers are whole numbers: (p + 1/2) scales, not p.
    points = ((points + 0.5) * exact - 0.5).astype(np.float32)
    plain = dataset in {"london", "canada", "composite"}
    alpha = matte(pixels, points) if plain else np.full(pixels.shape[:2], 255, np.uint8)
    return Face(f"{dataset}/{path.stem}", pixels, alpha, points, dataset, weight)


def matte(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return 255 on the person and 0 on the plain wall, soft at the edge.

    The wall is what is connected to the left, right and upper edge and close in color; the face
    itself is always kept.
    """
    smooth = cv2.GaussianBlur(pixels, (0, 0), 1.2)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).astype(np.float32)
    height, width = lab.shape[:2]
    edge = np.concatenate(
        [
            lab[:12].reshape(-1, 3),
            lab[: height // 2, :8].reshape(-1, 3),
            lab[: height // 2, -8:].reshape(-1, 3),
        ]
    )
    wall = np.median(edge, axis=0)
    distance = np.abs(lab - wall) * (0.45, 1.6, 1.6)
    near = (distance.sum(-1) < 16).astype(np.uint8)
    keep = np.zeros_like(near)
    hull = cv2.convexHull(points.astype(np.int32))
    cv2.fillConvexPoly(keep, hull, 1)
    near[keep > 0] = 0
    _, labels = cv2.connectedComponents(near, connectivity=4)
    border = np.unique(
        np.concatenate([labels[0], labels[: height * 2 // 3, 0], labels[: height * 2 // 3, -1]])
    )
    outside = np.isin(labels, border[border > 0])
    alpha = np.where(outside, 0, 255).astype(np.uint8)
    alpha = cv2.erode(alpha, np.ones((3, 3), np.uint8))
    return cv2.GaussianBlur(alpha, (0, 0), 1.0)


def read_rgb(path: Path) -> np.ndarray:
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(pixels[..., ::-1])


def pictures_without_face(photos: Path) -> list[np.ndarray]:
    """Return backgrounds and negatives: pictures of things, color cards, clothes, walls."""
    from skimage import data as skimage_data

    folder = Path(skimage_data.__file__).parent
    found = [read_rgb(folder / f"{name}.png") for name in PICTURES]
    found += [read_rgb(folder / "rocket.jpg"), read_rgb(folder / "retina.jpg")]
    found += [read_rgb(path) for path in sorted((photos / "color_cards").glob("*.[jp][pn]g"))]
    return [reduce(pixels, 420) for pixels in found]


def around_faces(faces: list[Face]) -> list[np.ndarray]:
    """Return what is beside and below the faces of the whole scenes: hair, ears, hands, things."""
    parts = []
    for face in faces:
        if face.source != "synthetic_faces":
            continue
        (left, top), (right, bottom) = face.points.min(axis=0), face.points.max(axis=0)
        radius = frame_of(face.points)[1]
        parts += [
            face.pixels[max(0, int(bottom + 0.2 * radius)) :],
            face.pixels[:, : max(0, int(left - 0.2 * radius))],
            face.pixels[:, max(0, int(right + 0.2 * radius)) :],
            face.pixels[: max(0, int(top - 0.5 * radius))],
        ]
    return [reduce(part, 420) for part in parts if min(part.shape[:2]) >= 60]


def reduce(pixels: np.ndarray, longest: int) -> np.ndarray:
    scale = longest / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
