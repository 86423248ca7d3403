"""Regions of a face as polygons, from its landmarks alone.

Lengths are in pupil distances, ``(u, v)``: u from the middle between the pupils to the person's
left, v from there to the chin. What the landmarks do not mark (temples, hairline) is the mean of
the 90 hand-marked London and Canada faces that are not locked for tests, widened or narrowed on
each side with the jaw. It is meant to be too large at the hairline, where the skin itself decides.

The upper lids are left out: they show or hide with every blink, and often wear make-up.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .landmarks import GROUPS
from .types import ByteArray, FloatArray

__all__ = ["FACE_REGIONS", "FaceShape", "face_shape"]

FACE_REGIONS: tuple[str, ...] = (
    "face",
    "forehead",
    "left_cheek",
    "right_cheek",
    "nose",
    "chin",
    "perioral",
    "left_periorbital",
    "right_periorbital",
)

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]

# (u, v) of the person's left from the ear to the middle of the hairline; standard deviation 0.07
# across, 0.09 along the face.
TEMPLE = np.array(
    [
        (1.11, 0.445),
        (1.115, 0.085),
        (1.06, -0.29),
        (0.97, -0.62),
        (0.87, -0.93),
        (0.65, -1.12),
        (0.35, -1.20),
        (0.0, -1.20),
    ]
)
JAW_WIDTH = 1.047  # |u| of the first and last point of the jaw, same faces
INSET = 0.05  # landmarks err by 0.03, and skin seen at a grazing angle mirrors the room
BROW_MARGIN = 0.06
LASH_MARGIN = 0.07
LIP_MARGIN = 0.04
NOSTRIL_MARGIN = 0.03
PERIORBITAL_RADII = (0.50, 0.33)  # around 0.03 below the pupil: 22 mm down, to the orbit's rim
PERIORAL_BESIDE = 0.20
PERIORAL_BELOW = 0.15
SEED_RADIUS = 0.14


class FaceShape(NamedTuple):
    """Where the regions of a face are, hair or not.

    Attributes
    ----------
    labels : uint8 array of shape (h, w)
        k = ``FACE_REGIONS[k - 1]``, 0 = outside, eyes, brows, lips, nostrils.
    features : bool array of shape (h, w)
        Eyes, brows, lips, nostrils.
    seeds : bool array of shape (h, w)
        The cheeks below the eyes: skin on nearly every face.
    """

    labels: ByteArray
    features: Mask
    seeds: Mask


class _Frame:
    """Face coordinates (u, v) of one face."""

    def __init__(self, points: FloatArray) -> None:
        right, left = points[:2].astype(np.float64)
        self.origin = (right + left) / 2
        self.unit = float(np.hypot(*(left - right)))
        across = (left - right) / self.unit
        self.axes = np.stack([across, (-across[1], across[0])])

    def to_face(self, points: FloatArray) -> Points:
        """(x, y) px → (u, v)."""
        face: Points = (points - self.origin) @ self.axes.T / self.unit
        return face

    def to_photo(self, face: Points) -> Points:
        """(u, v) → (x, y) px."""
        photo: Points = self.origin + self.unit * face @ self.axes
        return photo


class _Canvas:
    """Fills polygons that are given in face coordinates."""

    def __init__(self, frame: _Frame, shape: tuple[int, int]) -> None:
        self.frame = frame
        self.shape = shape

    def fill(self, image: ByteArray, corners: Points, value: int) -> None:
        """Fill one polygon, to a sixteenth of a pixel."""
        fixed = np.rint(self.frame.to_photo(corners) * 16).astype(np.int32)
        cv2.fillPoly(image, [fixed], (value,), shift=4)

    def mask(self, *polygons: Points) -> Mask:
        """Pixels of any of the polygons."""
        image = np.zeros(self.shape, dtype=np.uint8)
        for corners in polygons:
            self.fill(image, corners, 1)
        inside: Mask = image > 0
        return inside


def face_shape(points: FloatArray, shape: tuple[int, int]) -> FaceShape:
    """Draw the regions of a face.

    Parameters
    ----------
    points : float32 array of shape (N, 2)
        Landmarks, (x, y) px, in the order of ``skindelta.landmarks.POINT_NAMES``.
    shape : tuple of int
        Rows and columns to draw on.

    Returns
    -------
    FaceShape
    """
    frame = _Frame(points)
    parts = {name: frame.to_face(points[where]) for name, where in GROUPS.items()}
    canvas = _Canvas(frame, shape)
    outline = canvas.mask(_outline(parts))
    features = canvas.mask(*_features(parts))
    labels = outline.astype(np.uint8)
    for name, corners in _regions(parts):  # later ones lie over earlier ones
        canvas.fill(labels, corners, FACE_REGIONS.index(name) + 1)
    labels[~outline | features] = 0
    return FaceShape(labels, features, canvas.mask(*_seeds(parts)) & (labels > 0))


def _outline(parts: dict[str, Points]) -> Points:
    """Jaw, temples and hairline, inset by a margin."""
    jaw = parts["jaw"]
    right, left = (abs(float(end[0])) / JAW_WIDTH for end in (jaw[0], jaw[-1]))
    temple = [TEMPLE * (left, 1), (TEMPLE * (-right, 1))[::-1]]
    outline = np.concatenate([jaw, *temple])
    toward = parts["nose_bridge"][[3, 8]].mean(axis=0) - outline
    inset: Points = outline + INSET * toward / np.linalg.norm(toward, axis=1, keepdims=True)
    return inset


def _features(parts: dict[str, Points]) -> list[Points]:
    """Eye with lid and brow on both sides, nostrils, lips."""
    orbits = [
        _hull(
            _around(parts[f"{side}_brow"], BROW_MARGIN), _around(parts[f"{side}_eye"], LASH_MARGIN)
        )
        for side in ("right", "left")
    ]
    nostrils = _hull(_around(parts["nose_base"][3:12], NOSTRIL_MARGIN))
    lips = _hull(_around(np.concatenate([parts["upper_lip"], parts["lower_lip"]]), LIP_MARGIN))
    return [*orbits, nostrils, lips]


def _regions(parts: dict[str, Points]) -> list[tuple[str, Points]]:
    """Names and corners, in the order of drawing."""
    mouth = parts["upper_lip"][0], parts["upper_lip"][6]
    jaw, nose = parts["jaw"], parts["nose_bridge"]
    middle = np.stack([nose[[1, 6]].mean(axis=0), parts["lower_lip"][7], jaw[5]])
    sides = ("right", jaw[:4], -1), ("left", jaw[:6:-1], 1)
    regions = [("forehead", _forehead(parts))]
    for side, edge, sign in sides:
        lateral = (edge[0][0] + 0.2 * sign, nose[[1, 6], 1].mean())
        regions.append((f"{side}_cheek", np.concatenate([[lateral], edge, middle[::-1]])))
    down = np.array([0, 0.2])
    beside = np.array([0.05, 0])
    chin = [mouth[0] + down - beside, *jaw[3:8], mouth[1] + down + beside]
    regions.append(("chin", np.array(chin)))
    regions.append(("perioral", _perioral(parts)))
    for side, _, _ in sides:
        regions.append((f"{side}_periorbital", _periorbital(parts[f"{side}_eye"])))
    regions.append(("nose", _nose(parts)))
    return regions


def _forehead(parts: dict[str, Points]) -> Points:
    """Between the outer ends of the brows, up to wherever hair begins."""
    right, left = parts["right_brow"][:6], parts["left_brow"][:6]
    top = -1.6
    ends = np.array([(left[-1][0], top), (right[0][0], top)])
    return np.concatenate([right, left, ends])


def _perioral(parts: dict[str, Points]) -> Points:
    """Around the lips, from the base of the nose to the fold above the chin."""
    base, upper, lower = parts["nose_base"], parts["upper_lip"], parts["lower_lip"]
    beside = np.array([PERIORAL_BESIDE, 0])
    below = lower[5:] + (0, PERIORAL_BELOW)
    return _hull(base[[2, 12]], (upper[0] - beside)[None], (upper[6] + beside)[None], below)


def _periorbital(eye: Points) -> Points:
    """Ellipse around the eye; the eye and brow are taken out later."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * PERIORBITAL_RADII
    middle = eye.mean(axis=0)
    ellipse: Points = middle + (0, 0.03) + around
    ellipse[:, 1] = np.maximum(ellipse[:, 1], middle[1] - 0.1)  # no skin between brow and nose
    return ellipse


def _nose(parts: dict[str, Points]) -> Points:
    """Bridge, side walls, tip and wings."""
    bridge, base = parts["nose_bridge"], parts["nose_base"]
    walls = [
        (3 * bridge[row] + parts[f"{side}_eye"][corner]) / 4
        for row, side, corner in ((1, "right", 4), (6, "left", 0))
    ]
    top = [walls[0], bridge[0], bridge[5], walls[1]]
    return np.array([*top, *base[::-1]])


def _seeds(parts: dict[str, Points]) -> list[Points]:
    """Two disks on the cheeks, between eye, wing of the nose and jaw."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    disk = SEED_RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    triples = ("right_eye", 0, 0), ("left_eye", 14, -1)
    return [
        (0.45 * parts[eye].mean(axis=0) + 0.4 * parts["nose_base"][wing] + 0.15 * parts["jaw"][end])
        + disk
        for eye, wing, end in triples
    ]


def _around(points: Points, margin: float) -> Points:
    """Points a margin away in eight directions: their hull is that of the points, widened."""
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = margin * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    widened: Points = (points[:, None] + ring).reshape(-1, 2)
    return widened


def _hull(*points: Points) -> Points:
    corners = np.concatenate(points).astype(np.float32)
    return np.asarray(cv2.convexHull(corners)[:, 0], dtype=np.float64)
