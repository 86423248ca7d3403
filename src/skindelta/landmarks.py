"""Named points of a face: photo in, :class:`FaceLandmarks` out.

The points are inner points only (eyes, brows, nose, mouth, jaw): they can be told on any head,
whatever its hair. *Left* and *right* are the person's own, so the right eye is on the left of
an unmirrored photo. Within a group the points run from the person's right to left, upper before
lower, so that ``MIRROR`` is a permutation.

Two small networks do it. The finder looks at the whole photo in a square of 192 pixels and gives
center, size and rotation of each face. The landmark network looks at an upright crop of 160
pixels and gives the points; the crop is then cut again around its own answer and looked at a
second time. Reducing the photo costs more than both.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .models import load_model
from .types import Box, ByteArray, FaceLandmarks, FloatArray

__all__ = ["FACE_MODELS", "GROUPS", "MIRROR", "POINT_NAMES", "box_of", "find_face", "frame_of"]

FACE_MODELS = FINDER, LANDMARKS = "face-finder", "face-landmarks"

# (group, number of points): the order of the points in every array of landmarks.
_LAYOUT = (
    ("right_pupil", 1),
    ("left_pupil", 1),
    ("right_iris", 4),  # top, outer, bottom, inner
    ("left_iris", 4),  # top, inner, bottom, outer
    ("right_eye", 8),  # upper lid from the outer to the inner corner (5), lower lid (3)
    ("left_eye", 8),  # upper lid from the inner to the outer corner (5), lower lid (3)
    ("right_brow", 8),  # upper edge from the outer to the inner end (6), lower edge (2)
    ("left_brow", 8),  # upper edge from the inner to the outer end (6), lower edge (2)
    ("nose_bridge", 10),  # right side top down (5), left side top down (5)
    ("nose_base", 15),  # right wing (7), center below the tip, left wing (7)
    ("philtrum", 4),  # right (2), left (2)
    ("upper_lip", 12),  # outer edge with both corners (7), inner edge (5)
    ("lower_lip", 10),  # inner edge (5), outer edge (5)
    ("jaw", 11),  # right ear to left ear, the chin in the middle
)


def _groups() -> dict[str, slice]:
    ends = np.cumsum([count for _, count in _LAYOUT]).tolist()
    return {name: slice(end - count, end) for (name, count), end in zip(_LAYOUT, ends, strict=True)}


GROUPS: dict[str, slice] = _groups()
POINT_NAMES: tuple[str, ...] = tuple(
    f"{name}_{k}" if count > 1 else name for name, count in _LAYOUT for k in range(count)
)


def _mirror() -> npt.NDArray[np.intp]:
    """Return the index of each point's twin on the other side of the face."""
    mirror = np.arange(len(POINT_NAMES))
    swapped = {
        "iris": [0, 3, 2, 1],
        "eye": [4, 3, 2, 1, 0, 7, 6, 5],
        "brow": [5, 4, 3, 2, 1, 0, 7, 6],
    }
    for part, order in {"pupil": [0], **swapped}.items():
        right, left = GROUPS[f"right_{part}"], GROUPS[f"left_{part}"]
        mirror[right] = mirror[left][order]
        mirror[left] = np.arange(right.start, right.stop)[order]
    within = {
        "nose_bridge": [5, 6, 7, 8, 9, 0, 1, 2, 3, 4],
        "nose_base": list(range(14, -1, -1)),
        "philtrum": [2, 3, 0, 1],
        "upper_lip": [6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7],
        "lower_lip": [4, 3, 2, 1, 0, 9, 8, 7, 6, 5],
        "jaw": list(range(10, -1, -1)),
    }
    for part, order in within.items():
        mirror[GROUPS[part]] = np.arange(len(POINT_NAMES))[GROUPS[part]][order]
    return mirror


MIRROR = _mirror()

# A crop is this many radii wide; the points then keep 12 % of its width clear on every side.
CROP_RADII = 4.2
# The middle of the box lies this many radii below the mean of the points, which crowd the eyes.
_DOWN = 0.3

_FINDER_SIZE = 192  # px, side of the square that holds the whole photo
_FINDER_CELL = 8  # px of that square per cell of the finder's map
_CROP_SIZE = 160  # px, side of the crop that the landmark network sees
_SLACK = 1.3  # what is cut is this much wider than the crop, for the second look
_CANDIDATE = 0.2  # score from which a peak of the finder is looked at; below it none can be a face
_CANDIDATES = 4
_SURE = 6.0  # logit of the landmark network above which it is not more of a face
# Bias and weights of `_evidence`, fitted by training/face/confidence.py on train and calibration
# people, things and close-ups of skin.
_CONFIDENCE = (-13.8, 2.32, 2.83)
_FACE = 0.5  # confidence from which the points are a face
_COMPARABLE = 0.5  # faces of at least this share of the largest one's radius count


class _Frame(NamedTuple):
    """Where a face is; see `frame_of`."""

    center: npt.NDArray[np.float64]
    radius: float
    angle: float


class _Candidate(NamedTuple):
    frame: _Frame
    logit: float  # of the finder


class _Face(NamedTuple):
    points: npt.NDArray[np.float64]
    frame: _Frame
    logit: float  # of the landmark network


def find_face(pixels: ByteArray) -> FaceLandmarks | None:
    """Find the largest face of a photo and its points.

    Parameters
    ----------
    pixels : uint8 array of shape (H, W, 3)
        sRGB, upright to within some 40 degrees.

    Returns
    -------
    face : FaceLandmarks or None
        None where no face was found: where the confidence of every candidate is below 0.5.
    """
    surest: list[tuple[float, _Face]] = []
    for candidate in _candidates(pixels):
        face = _place(pixels, candidate.frame)
        confidence = _confidence(candidate, face)
        if confidence >= _FACE:
            surest.append((confidence, face))
    faces = _apart(surest)
    if not faces:
        return None
    confidence, largest = max(faces, key=lambda found: found[1].frame.radius)
    limit = _COMPARABLE * largest.frame.radius
    return FaceLandmarks(
        points=largest.points.astype(np.float32),
        confidence=confidence,
        box=box_of(largest.points, pixels.shape[:2]),
        faces_found=sum(face.frame.radius >= limit for _, face in faces),
    )


def box_of(points: npt.NDArray[np.floating], shape: tuple[int, ...]) -> Box:
    """Return the box of a face from brows to chin and jaw to jaw.

    Parameters
    ----------
    points : ndarray of shape (104, 2)
    shape : tuple of int
        Rows and columns of the photo; the box is clipped to it.

    Returns
    -------
    box : Box
        With a margin of 2 % of its longer side.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.02 * float((high - low).max())
    left, top = np.floor(low - margin).clip(0)
    right, bottom = np.minimum(np.ceil(high + margin) + 1, (shape[1], shape[0]))
    return Box(int(left), int(top), max(int(right), int(left)), max(int(bottom), int(top)))


def frame_of(points: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.float64], float, float]:
    """Where a face is, from its points.

    Parameters
    ----------
    points : ndarray of shape (104, 2)
        (x, y) in the order of ``POINT_NAMES``.

    Returns
    -------
    center : float64 array of shape (2,)
    radius : float
        Root mean square distance of the points from their mean; 0.74 of the pupil distance on a
        frontal face.
    angle : float
        Of the line from the right eye to the left, radians; 0 = upright, positive = clockwise
        as seen.
    """
    mean = points.mean(axis=0, dtype=np.float64)
    radius = float(np.sqrt(((points - mean) ** 2).sum(axis=1).mean()))
    eyes = points[GROUPS["left_eye"]].mean(axis=0) - points[GROUPS["right_eye"]].mean(axis=0)
    angle = float(np.arctan2(eyes[1], eyes[0]))
    return mean + _DOWN * radius * np.array([-np.sin(angle), np.cos(angle)]), radius, angle


def _candidates(pixels: ByteArray) -> list[_Candidate]:
    """Return where faces may be, best first, in pixels of the photo."""
    square, scale, corner = _letterbox(pixels)
    maps = load_model(FINDER).run({"photo": _as_input(square)})["maps"][0]
    score = 1 / (1 + np.exp(-maps[0]))
    peak = (score >= cv2.dilate(score, np.ones((3, 3)))) & (score >= _CANDIDATE)
    rows, columns = np.nonzero(peak)
    best = np.argsort(-score[rows, columns], kind="stable")[:_CANDIDATES]
    found = []
    for row, column in zip(rows[best], columns[best], strict=True):
        logit, dx, dy, size, cos, sin = maps[:, row, column].astype(np.float64)
        cell = np.array([column + dx + 0.5, row + dy + 0.5]) * _FINDER_CELL - 0.5
        center = (cell - corner + 0.5) / scale - 0.5
        radius = 2.0**size * _FINDER_CELL / float(scale.mean())
        frame = _Frame(center, float(radius), float(np.arctan2(sin, cos)))
        found.append(_Candidate(frame, float(logit)))
    return found


def _letterbox(
    pixels: ByteArray,
) -> tuple[ByteArray, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fit a photo into a grey square; also scale (x, y) and corner (x, y) of it there."""
    height, width = pixels.shape[:2]
    fit = _FINDER_SIZE / max(height, width)
    size = np.array([max(1, round(width * fit)), max(1, round(height * fit))])
    corner = (_FINDER_SIZE - size) // 2
    square = np.full((_FINDER_SIZE, _FINDER_SIZE, 3), 128, dtype=np.uint8)
    reduced = _reduced(pixels, (int(size[0]), int(size[1])))
    square[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]] = reduced
    return square, size / np.array([width, height]), corner.astype(np.float64)


def _reduced(pixels: ByteArray, size: tuple[int, int]) -> ByteArray:
    """Reduce to (columns, rows), by area; very large pictures first by leaving out pixels.

    Every few pixels the middle one is kept as long as each new pixel is still the mean of 3 x 3:
    that takes a tenth of the time of the mean of all (12 megapixels: 28 ms).
    """
    step = min(pixels.shape[1] // (3 * size[0]), pixels.shape[0] // (3 * size[1]))
    if step > 1:
        middle = pixels[step // 2 :, step // 2 :]
        few = (pixels.shape[1] // step, pixels.shape[0] // step)
        pixels = cv2.resize(middle, few, interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _place(pixels: ByteArray, frame: _Frame) -> _Face:
    """Place the points, and look again around them."""
    model = load_model(LANDMARKS)
    part, low, shrink = _cut(pixels, frame)
    center = (frame.center + 0.5 - low) * shrink - 0.5
    inner = _Frame(center, frame.radius * float(shrink.mean()), frame.angle)
    for _ in range(2):
        crop, matrix = _crop(part, inner)
        outputs = model.run({"crop": _as_input(crop)})
        back = cv2.invertAffineTransform(matrix)
        points = outputs["points"][0].astype(np.float64) @ back[:, :2].T + back[:, 2]
        inner = _Frame(*frame_of(points))
        if outputs["face"][0] < 0:
            break  # no face, and a second look would not make it one
    points = (points + 0.5) / shrink - 0.5 + low
    return _Face(points, _Frame(*frame_of(points)), float(outputs["face"][0]))


def _evidence(candidate: _Candidate, face: _Face) -> tuple[float, float]:
    """Say what speaks for a face: the logits of both networks."""
    return candidate.logit, min(face.logit, _SURE)


def _confidence(candidate: _Candidate, face: _Face) -> float:
    bias, *weights = _CONFIDENCE
    logit = bias + float(np.dot(weights, _evidence(candidate, face)))
    return float(1 / (1 + np.exp(-logit)))


def _cut(
    pixels: ByteArray, frame: _Frame
) -> tuple[ByteArray, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Cut and reduce what both passes look at; also its corner (x, y) and scale (x, y)."""
    turned = abs(np.cos(frame.angle)) + abs(np.sin(frame.angle))
    reach = 0.5 * CROP_RADII * frame.radius * turned * _SLACK
    limits = np.array(pixels.shape[1::-1])
    low = np.floor(frame.center - reach).astype(int).clip(0, limits - 1)
    high = np.maximum(np.ceil(frame.center + reach).astype(int).clip(0, limits), low + 1)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    size = high - low
    # A quarter finer than the crop: the warp then neither skips nor repeats pixels.
    scale = min(1.0, 1.25 * _CROP_SIZE / (CROP_RADII * frame.radius))
    small = np.maximum(1, np.round(size * scale)).astype(int)
    if scale < 1:
        part = _reduced(part, (int(small[0]), int(small[1])))
    return np.ascontiguousarray(part), low.astype(np.float64), small / size


def _crop(pixels: ByteArray, frame: _Frame) -> tuple[ByteArray, npt.NDArray[np.float64]]:
    """Warp the upright crop of a face; also the (2, 3) matrix from pixels to crop."""
    scale = _CROP_SIZE / (CROP_RADII * frame.radius)
    cos, sin = np.cos(frame.angle) * scale, np.sin(frame.angle) * scale
    turn = np.array([[cos, sin], [-sin, cos]])
    matrix = np.hstack([turn, ((_CROP_SIZE - 1) / 2 - turn @ frame.center)[:, None]])
    crop = cv2.warpAffine(
        pixels,
        matrix,
        (_CROP_SIZE, _CROP_SIZE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return crop, matrix  # type: ignore[return-value]


def _as_input(pixels: ByteArray) -> FloatArray:
    """uint8 (S, S, 3) → float32 (1, 3, S, S) in 0..1."""
    planes = pixels.transpose(2, 0, 1)[None].astype(np.float32)
    return np.ascontiguousarray(planes / np.float32(255))


def _apart(found: list[tuple[float, _Face]]) -> list[tuple[float, _Face]]:
    """Drop faces that lie on a surer one: two candidates often end on the same face."""
    kept: list[tuple[float, _Face]] = []
    for confidence, face in sorted(found, key=lambda pair: -pair[0]):
        if all(
            np.linalg.norm(face.frame.center - other.frame.center)
            > max(face.frame.radius, other.frame.radius)
            for _, other in kept
        ):
            kept.append((confidence, face))
    return kept
