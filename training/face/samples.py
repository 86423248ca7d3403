"""Endless training samples for both networks, from labelled faces and pictures without one."""

from collections.abc import Sequence

import cv2
import numpy as np

from face import augment
from face.data import Face
from face.frame import crop_matrix, frame_of, move

FINE_SIZE = 160  # px, side of the crop that the landmark network sees
COARSE_SIZE = 192  # px, side of the letterboxed photo that the finder sees
STRIDE = 8  # px of one cell of the finder's map


def in_frame(points: np.ndarray) -> np.ndarray:
    """Points relative to their own center, radius and rotation."""
    center, radius, angle = frame_of(points)
    cos, sin = np.cos(angle), np.sin(angle)
    return (points - center) @ np.array([[cos, -sin], [sin, cos]]) / radius


class Samples:
    """Draws samples; one instance per worker.

    Parameters
    ----------
    faces : sequence of Face
    pictures : sequence of uint8 arrays
        Without a face.
    seed : int
    """

    def __init__(self, faces: Sequence[Face], pictures: Sequence[np.ndarray], seed: int) -> None:
        self.faces, self.pictures = faces, pictures
        self.rng = np.random.default_rng(seed)
        self.shapes = [in_frame(face.points) for face in faces]
        self.mixed = [s for s, f in zip(self.shapes, faces, strict=True) if f.weight > 0]
        # Hand-placed points are drawn as often as all others together, half as many though they be.
        by_hand = np.array([face.weight == 1.0 for face in faces])
        share = np.where(by_hand, 0.55 / by_hand.sum(), 0.45 / max(1, (~by_hand).sum()))
        self.share = share / share.sum()

    def draw_face(self) -> tuple[Face, np.ndarray, float]:
        """Return a face, target points in its photo after a change of shape, mouth opening."""
        rng = self.rng
        index = int(rng.choice(len(self.faces), p=self.share))
        face, shape = self.faces[index], self.shapes[index]
        center, radius, angle = frame_of(face.points)
        target, opened = shape, 0.0
        if face.weight > 0 and rng.random() < 0.85:
            target, opened = augment.vary_shape(rng, shape, self.mixed)
        stretch = np.exp(rng.normal(0, 0.04))
        target = target * np.array([stretch, 1 / stretch])
        cos, sin = np.cos(angle), np.sin(angle)
        return face, target @ np.array([[cos, sin], [-sin, cos]]) * radius + center, opened

    def picture_of(
        self, face: Face, target: np.ndarray, opened: float, matrix: np.ndarray, size: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return crop (uint8) and alpha (float32) of a warped face."""
        where = augment.warp_grid(face.points, target, matrix, size)
        crop = cv2.remap(
            face.pixels, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        alpha = cv2.remap(face.alpha, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        if opened > 0.12:
            augment.open_mouth(self.rng, crop, move(matrix, target))
        return crop, alpha.astype(np.float32)[..., None] / 255

    def fine(self) -> tuple[np.ndarray, np.ndarray, float, float]:
        """Return crop (uint8), points (104, 2) in it, their weight, 1 for a face or 0 for none."""
        rng = self.rng
        is_face = rng.random() > 0.22
        face, target, opened = self.draw_face()
        center, radius, angle = frame_of(target)
        if is_face:
            wide = 1.0 if rng.random() < 0.5 else 0.35
            shift = rng.normal(0, 0.22 * wide, 2).clip(-0.45, 0.45)
            zoom = np.exp(np.clip(rng.normal(0, 0.11 * wide), -0.25, 0.25))
            turn = rng.normal(0, 0.16 * wide)
        else:
            shift, zoom = self.beside_the_face()
            turn = rng.uniform(-3, 3)
        matrix = crop_matrix(center + shift * radius, radius * zoom, angle + turn, FINE_SIZE)
        crop, alpha = self.picture_of(face, target, opened, matrix, FINE_SIZE)
        points = move(matrix, target)
        if not is_face and rng.random() < 0.5:
            crop = augment.background(rng, FINE_SIZE, self.pictures).copy()
        elif face.source != "synthetic_faces" and rng.random() < 0.8:
            behind = augment.background(rng, FINE_SIZE, self.pictures)
            crop = (crop * alpha + behind * (1 - alpha)).astype(np.uint8)
        if rng.random() < 0.5:
            crop = np.ascontiguousarray(crop[:, ::-1])
            points = augment.mirrored(points, FINE_SIZE)
        if is_face:
            augment.occlude(rng, crop, points)
        crop = augment.degrade(rng, augment.recolor(rng, crop))
        return crop, points.astype(np.float32), face.weight * is_face, float(is_face)

    def beside_the_face(self) -> tuple[np.ndarray, float]:
        """Return shift and zoom of a crop that is no face: beside it, skin up close, or far off."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.4:
            way = rng.uniform(0, 2 * np.pi)
            return rng.uniform(1.5, 3.0) * np.array([np.cos(way), np.sin(way)]), 1.0
        if kind < 0.85:
            return rng.uniform(-1.3, 1.3, 2), float(np.exp(-rng.uniform(0.9, 2.4)))
        return np.zeros(2), float(np.exp(rng.uniform(0.9, 1.8)))

    def scene(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a whole photo with its one face, cut tighter or looser."""
        rng, size = self.rng, COARSE_SIZE
        face = self.faces[int(rng.integers(len(self.faces)))]
        if face.source != "synthetic_faces":  # they are the scenes: others stand before a wall
            face = self.faces[int(rng.integers(len(self.faces)))]
        center, radius, angle = frame_of(face.points)
        fit = size / max(face.pixels.shape[:2])
        scale = min(fit * np.exp(rng.uniform(-0.25, 1.1)), size / 2.9 / radius)
        lean = rng.normal(0, 0.12)
        middle = (np.array(face.pixels.shape[1::-1]) - 1) / 2
        reach = 1.4 * radius * scale
        place = (size - 1) / 2 + (center - middle) * scale + rng.normal(0, 8, 2)
        place = place.clip(min(reach, size / 2), max(size - reach, size / 2))
        matrix = photo_matrix(center, place, scale, lean)
        behind = (128, 128, 128) if rng.random() < 0.7 else rng.integers(0, 256, 3).tolist()
        pixels = shrunk(face, radius * scale).pixels
        canvas = cv2.warpAffine(pixels, matrix, (size, size), borderValue=behind)
        placed = move(matrix, face.points)
        if radius * scale > 12 and rng.random() < 0.5:
            augment.occlude(rng, canvas, placed)
        where, r, turn = frame_of(placed)
        found = np.zeros((3, 4), np.float32)
        found[0] = (*where, r, turn)
        return canvas, found

    def collage(self) -> tuple[np.ndarray, np.ndarray]:
        """Return up to three faces put before something else."""
        rng, size = self.rng, COARSE_SIZE
        canvas = augment.background(rng, size, self.pictures).copy()
        found = np.zeros((3, 4), np.float32)
        many = int(rng.choice(4, p=[0.15, 0.67, 0.12, 0.06]))
        taken: list[tuple[np.ndarray, float]] = []
        for k in range(many):
            face, target, opened = self.draw_face()
            while face.source == "synthetic_faces":  # not cut out
                face, target, opened = self.draw_face()
            center, radius, angle = frame_of(target)
            # Width of the face 8 to 95 % of the photo; 2.9 radii are one face width.
            width = size * np.exp(rng.uniform(np.log(0.08), np.log(0.95 if many == 1 else 0.3)))
            scaled = width / 2.9
            low, high = min(1.3 * scaled, size / 2), max(size - 1.3 * scaled, size / 2)
            place = rng.uniform(low, high, 2)
            if any(np.abs(place - p).max() < 1.9 * (scaled + r) for p, r in taken):
                continue
            lean = rng.normal(0, 0.2) if rng.random() < 0.7 else rng.uniform(-0.7, 0.7)
            matrix = photo_matrix(center, place, scaled / radius, lean - angle)
            crop, alpha = self.picture_of(shrunk(face, scaled), target, opened, matrix, size)
            if many == 1 and rng.random() < 0.1:
                whole = np.full(face.alpha.shape, 255, np.uint8)
                inside = cv2.warpAffine(whole, matrix, (size, size))
                alpha = inside.astype(np.float32)[..., None] / 255
            canvas = (crop * alpha + canvas * (1 - alpha)).astype(np.uint8)
            placed = move(matrix, target)
            if scaled > 12:
                augment.occlude(rng, canvas, placed)
            where, r, turn = frame_of(placed)
            found[k] = (*where, r, turn)
            taken.append((place, scaled))
        return canvas, found

    def coarse(self) -> tuple[np.ndarray, np.ndarray]:
        """Return picture (uint8) and faces, float32 of shape (3, 4): x, y, radius, angle; or 0."""
        rng, size = self.rng, COARSE_SIZE
        if rng.random() < 0.4:
            canvas, found = self.scene()
        else:
            canvas, found = self.collage()
        if rng.random() < 0.5:
            canvas = np.ascontiguousarray(canvas[:, ::-1])
            there = found[:, 2] > 0
            found[there, 0] = size - 1 - found[there, 0]
            found[there, 3] *= -1
        canvas = augment.degrade(rng, augment.recolor(rng, canvas))
        return letterbox(rng, canvas, found)


def letterbox(
    rng: np.random.Generator, canvas: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Grey out both sides or top and bottom, as for photos that are not square."""
    if rng.random() < 0.7:
        size = canvas.shape[0]
        bar = int(rng.uniform(0, 0.25) * size)
        inside = (found[:, 2] == 0) | (
            (found[:, 0] > bar + found[:, 2]) & (found[:, 0] < size - bar - found[:, 2])
        )
        if inside.all():
            canvas[:, :bar] = canvas[:, size - bar :] = 128
        else:
            inside = (found[:, 2] == 0) | (
                (found[:, 1] > bar + found[:, 2]) & (found[:, 1] < size - bar - found[:, 2])
            )
            if inside.all():
                canvas[:bar] = canvas[size - bar :] = 128
    return canvas, found


def photo_matrix(center: np.ndarray, place: np.ndarray, scale: float, turn: float) -> np.ndarray:
    """Return the (2, 3) matrix that turns, scales and puts `center` at `place`."""
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    rotation = np.array([[cos, -sin], [sin, cos]])
    return np.hstack([rotation, (place - rotation @ center)[:, None]])


def shrunk(face: Face, radius: float) -> Face:
    """Return the face blurred as reducing it to a radius would: remapping must not alias."""
    _, own, _ = frame_of(face.points)
    ratio = own / radius
    if ratio < 1.8:
        return face
    key = (face.name, round(np.log2(ratio) * 2))
    if key not in _SHRUNK:
        sigma = 0.4 * ratio
        _SHRUNK[key] = Face(
            face.name,
            cv2.GaussianBlur(face.pixels, (0, 0), sigma),
            cv2.GaussianBlur(face.alpha, (0, 0), sigma),
            face.points,
            face.source,
            face.weight,
        )
    return _SHRUNK[key]


_SHRUNK: dict[tuple[str, int], Face] = {}
