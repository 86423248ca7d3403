"""What a selfie does to a face, done to a studio photo: shape, expression, light, dirt.

All functions take a random generator and return new arrays; pictures are RGB, uint8 or float32 in
0..1 as they say. Shapes are in the frame of `face.frame`: origin at the center of the face, unit
one radius, x to the left of the person.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from skindelta.landmarks import GROUPS, MIRROR

__all__ = ["background", "degrade", "occlude", "open_mouth", "recolor", "vary_shape", "warp_grid"]

# -ln RGB of more melanin in linear light (Kubelka-Munk skin of brown tone), over 2.2: in sRGB.
MELANIN = np.array([0.375, 0.531, 0.760], dtype=np.float32) / 2.2


def vary_shape(
    rng: np.random.Generator, shape: np.ndarray, others: Sequence[np.ndarray]
) -> tuple[np.ndarray, float]:
    """Return another person's shape with another expression, and how far the mouth is open.

    Parameters
    ----------
    shape : ndarray of shape (104, 2)
        Of the person, in the frame.
    others : sequence of such arrays
        Shapes to mix in.
    """
    a, b, c = (others[i] for i in rng.integers(len(others), size=3))
    out = shape + rng.uniform(0, 0.8) * (a - shape) + rng.normal(0, 0.3) * (b - c)
    opened = 0.0
    if rng.random() < 0.45:
        out, opened = express(rng, out)
    if rng.random() < 0.5:
        out = turn(rng, out)
    return out, opened


def express(rng: np.random.Generator, shape: np.ndarray) -> tuple[np.ndarray, float]:
    """Open or smile the mouth, move the brows and lids."""
    out = shape.copy()
    opened = float(max(0.0, rng.uniform(-0.25, 0.5)))
    smile = float(max(0.0, rng.uniform(-0.15, 0.25)))
    upper, lower, jaw = GROUPS["upper_lip"], GROUPS["lower_lip"], GROUPS["jaw"]
    middle = out[upper].mean(axis=0)
    out[lower, 1] += opened * (1 - 0.6 * (np.abs(out[lower, 0] - middle[0]) / 0.5).clip(0, 1))
    out[jaw, 1] += 0.9 * opened * np.exp(-((out[jaw, 0] / 0.8) ** 2))
    mouth = np.r_[upper, lower]
    side = (out[mouth, 0] - middle[0]) / 0.5
    out[mouth, 0] += smile * side * 0.8 - 0.3 * opened * side
    out[mouth, 1] += 0.3 * opened * np.abs(side) * 0.4 - smile * side**2 * 0.6
    out[GROUPS["nose_base"], 0] *= 1 + 0.4 * smile
    brows = np.r_[GROUPS["right_brow"], GROUPS["left_brow"]]
    out[brows, 1] += rng.normal(0, 0.06)
    for eye in ("right_eye", "left_eye"):
        lids = GROUPS[eye]
        line = out[lids, 1].mean()
        out[lids, 1] = line + (out[lids, 1] - line) * rng.uniform(0.7, 1.2)
    return out, opened


def turn(rng: np.random.Generator, shape: np.ndarray) -> np.ndarray:
    """Turn and nod the head a little, and hold the camera close or far."""
    yaw, nod = rng.normal(0, 0.10, 2)
    close = rng.normal(0, 0.05)
    x, y = shape.T
    depth = np.exp(-((x / 0.9) ** 2)) * np.exp(-(((y + 0.1) / 1.2) ** 2))
    nose = np.zeros(len(shape))
    nose[GROUPS["nose_base"]] = 0.35
    nose[GROUPS["nose_bridge"]] = np.linspace(0.05, 0.3, 5).tolist() * 2
    depth = depth + nose
    swell = 1 + close * (depth - 0.5) * 2
    out = np.stack([x * swell, y * swell], axis=1)
    out[:, 0] += yaw * (depth - 0.5)
    out[:, 0] *= 1 - 0.5 * abs(yaw)
    out[:, 1] += nod * (depth - 0.5)
    return out


def warp_grid(
    source: np.ndarray, target: np.ndarray, matrix: np.ndarray, size: int, cells: int = 18
) -> np.ndarray:
    """Return where each pixel of a crop comes from, float32 of shape (size, size, 2).

    A thin-plate spline takes `target` points (photo pixels) back to `source` points; it is
    evaluated on a coarse grid and interpolated. `matrix` takes photo pixels to the crop.
    """
    inverse = cv2.invertAffineTransform(matrix)
    ticks = np.linspace(-0.5 + size / cells / 2, size - 0.5 - size / cells / 2, cells)
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    grid = grid @ inverse[:, :2].T + inverse[:, 2]
    center = target.mean(axis=0)
    reach = np.abs(target - center).max()
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = center + 2.6 * reach * np.stack([np.cos(around), np.sin(around)], axis=1)
    knots = np.concatenate([target, ring])
    shift = np.concatenate([source - target, np.zeros_like(ring)])
    field = spline(knots / reach, shift, grid / reach)
    where = (grid + field).reshape(cells, cells, 2).astype(np.float32)
    return upsample(where, size)


def spline(knots: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Thin-plate spline through `values` at `knots`, evaluated `at` other places."""

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        square = ((a[:, None] - b[None]) ** 2).sum(-1)
        return square * np.log(square + 1e-9)

    count = len(knots)
    flat = np.hstack([np.ones((count, 1)), knots])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = kernel(knots, knots) + 1e-4 * np.eye(count)
    system[:count, count:] = flat
    system[count:, :count] = flat.T
    weights = np.linalg.solve(system, np.vstack([values, np.zeros((3, 2))]))
    return kernel(at, knots) @ weights[:count] + weights[count] + at @ weights[count + 1 :]


def upsample(coarse: np.ndarray, size: int) -> np.ndarray:
    """Interpolate a map of cell centers to pixels, extrapolating the border linearly."""
    cells = len(coarse)
    padded = np.pad(coarse, ((1, 1), (1, 1), (0, 0)), mode="reflect", reflect_type="odd")
    at = (np.arange(size, dtype=np.float32) + 0.5) * cells / size + 0.5
    x, y = np.meshgrid(at, at)
    return cv2.remap(padded, x, y, cv2.INTER_LINEAR)


def open_mouth(rng: np.random.Generator, crop: np.ndarray, points: np.ndarray) -> None:
    """Paint what is behind opened lips onto a uint8 crop, in place."""
    upper = points[GROUPS["upper_lip"]]
    lower = points[GROUPS["lower_lip"]]
    inner = np.concatenate([upper[7:12], lower[4::-1]])
    outline = (inner * 16).round().astype(np.int32)
    dark = rng.integers(10, 60) * np.array([1.0, 0.6, 0.6]) * rng.uniform(0.4, 1.0)
    cv2.fillPoly(crop, [outline], dark.tolist(), cv2.LINE_AA, shift=4)
    if rng.random() < 0.7:
        share = rng.uniform(0.3, 0.9)
        teeth = np.concatenate([inner[:5], inner[4::-1] * (1 - share) + inner[5:] * share])
        tone = rng.uniform(110, 240) * np.array([1.0, 0.97, rng.uniform(0.8, 0.95)])
        cv2.fillPoly(crop, [(teeth * 16).round().astype(np.int32)], tone.tolist(), cv2.LINE_AA, 4)


def mirrored(points: np.ndarray, width: int) -> np.ndarray:
    """Points of the mirrored picture."""
    return points[MIRROR] * np.array([-1, 1]) + np.array([width - 1, 0])


def recolor(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Another light, camera, tone and taste; uint8 in, float32 0..1 out."""
    out = pixels.astype(np.float32) / 255
    if rng.random() < 0.5:
        out *= np.exp(-rng.uniform(0, 3.2) * MELANIN)
    if rng.random() < 0.7:
        out *= side_light(rng, out.shape[:2])
    gain = np.exp(rng.normal(0, 0.16, 3) + rng.normal(0, 0.25)).astype(np.float32)
    if rng.random() < 0.25:
        gain = gain * np.exp(rng.normal(0, 0.3, 3)).astype(np.float32)
    if rng.random() < 0.2:
        gain = gain * np.float32(rng.uniform(0.2, 0.6))
    out *= gain
    grey = out.mean(axis=-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.06 else rng.uniform(0.3, 1.5)
    out = grey + np.float32(saturation) * (out - grey)
    np.clip(out, 0, 1.2, out=out)
    if rng.random() < 0.6:
        out **= np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.3:
        out = np.float32(rng.uniform(0, 0.15)) + out * np.float32(rng.uniform(0.6, 1.0))
    level = float(out.mean())
    if level < 0.08:  # darker than this nobody would send in a photo
        out *= 0.08 / max(level, 1e-3)
    return np.clip(out, 0, 1, out=out)


def side_light(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Smooth gain, float32 of shape (h, w, 1) or (h, w, 3) for two lamps of unlike color."""
    height, width = shape
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    turn = rng.uniform(0, 2 * np.pi)
    along = np.cos(turn) * x + np.sin(turn) * y + rng.normal(0, 0.4)
    edge = 1 / (1 + np.exp(-along * rng.uniform(0.8, 5)))
    dark = np.exp(-rng.exponential(0.7, 3 if rng.random() < 0.3 else 1))
    return (dark + (1 - dark) * edge[..., None]).astype(np.float32)


def occlude(rng: np.random.Generator, crop: np.ndarray, points: np.ndarray) -> None:
    """Hair, hat, glasses, a hand or a thing in front of a uint8 crop, in place."""
    size = crop.shape[1]
    if rng.random() < 0.35:
        hair(rng, crop, points)
    if rng.random() < 0.2:
        glasses(rng, crop, points)
    if rng.random() < 0.15:
        hat(rng, crop, points)
    if rng.random() < 0.3:
        blot(rng, crop, size)


def hair(rng: np.random.Generator, crop: np.ndarray, points: np.ndarray) -> None:
    """Strands that hang from above over forehead, brows and cheeks."""
    top = points[GROUPS["right_brow"]].mean(axis=0), points[GROUPS["left_brow"]].mean(axis=0)
    span = float(np.linalg.norm(top[1] - top[0]))
    root = points.mean(axis=0) + np.array([rng.normal(0, 0.9), -1.6]) * span
    color = rng.uniform(5, 130) * np.array([1.0, rng.uniform(0.5, 1.0), rng.uniform(0.4, 1.1)])
    end = (
        points.mean(axis=0)
        + np.array([rng.choice([-1, 1]) * rng.uniform(0.3, 1.1), rng.uniform(-0.9, 1.2)]) * span
    )
    for _ in range(int(rng.integers(3, 40))):
        a, b = root + rng.normal(0, 0.25, 2) * span, end + rng.normal(0, 0.13, 2) * span
        bend = (a + b) / 2 + rng.normal(0, 0.12, 2) * span
        t = np.linspace(0, 1, 9)[:, None]
        line = (1 - t) ** 2 * a + 2 * t * (1 - t) * bend + t**2 * b
        tone = (color * rng.uniform(0.5, 1.5)).clip(0, 255).tolist()
        thick = int(rng.integers(1, 4))
        cv2.polylines(crop, [(line * 16).astype(np.int32)], False, tone, thick, cv2.LINE_AA, 4)


def glasses(rng: np.random.Generator, crop: np.ndarray, points: np.ndarray) -> None:
    """Frames, sometimes dark."""
    eyes = [points[GROUPS[name]].mean(axis=0) for name in ("right_eye", "left_eye")]
    span = float(np.linalg.norm(eyes[1] - eyes[0]))
    turn = float(np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1])))
    axes = (int(span * rng.uniform(0.32, 0.44) * 16), int(span * rng.uniform(0.24, 0.42) * 16))
    tone = (rng.uniform(0, 200) * rng.uniform(0.5, 1, 3)).tolist()
    thick = int(rng.integers(1, 4))
    sun = rng.random() < 0.25
    for eye in eyes:
        middle = tuple(((eye + np.array([0, 0.06 * span])) * 16).astype(int).tolist())
        if sun:
            cv2.ellipse(
                crop,
                middle,
                axes,
                turn,
                0,
                360,
                (rng.uniform(0, 60, 3)).tolist(),
                -1,
                cv2.LINE_AA,
                4,
            )
        cv2.ellipse(crop, middle, axes, turn, 0, 360, tone, thick, cv2.LINE_AA, 4)
    along = (eyes[1] - eyes[0]) * 0.33
    ends = np.stack([eyes[0] + along, eyes[1] - along])
    cv2.polylines(crop, [(ends * 16).astype(np.int32)], False, tone, thick, cv2.LINE_AA, 4)


def hat(rng: np.random.Generator, crop: np.ndarray, points: np.ndarray) -> None:
    """Put a brim above the brows with something textured over it."""
    right, left = points[GROUPS["right_brow"]], points[GROUPS["left_brow"]]
    across = left.mean(axis=0) - right.mean(axis=0)
    up = np.array([across[1], -across[0]])
    middle = (left.mean(axis=0) + right.mean(axis=0)) / 2 + up * rng.uniform(0.15, 0.7)
    wide = rng.uniform(1.2, 2.4)
    t = np.linspace(-1, 1, 15)[:, None]
    brim = middle + t * across * wide - up * (rng.uniform(-0.2, 0.3) * t**2)
    top = brim[::-1] * 1.0 + up * 2.5
    mask = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.concatenate([brim, top]).astype(np.int32)], 255, cv2.LINE_AA)
    crop[mask > 127] = noise(rng, crop.shape[:2])[mask > 127]


def blot(rng: np.random.Generator, crop: np.ndarray, size: int) -> None:
    """Put an ellipse, plain or textured, up to a third of the crop."""
    mask = np.zeros(crop.shape[:2], np.uint8)
    at = rng.uniform(0, size, 2).astype(int).tolist()
    axes = (size * rng.uniform(0.03, 0.17, 2)).astype(int).tolist()
    cv2.ellipse(mask, at, axes, rng.uniform(0, 360), 0, 360, 255, -1)
    patch = noise(rng, crop.shape[:2]) if rng.random() < 0.5 else rng.integers(0, 256, 3)
    crop[:] = np.where(mask[..., None] > 0, patch, crop)


def noise(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Colored clouds, uint8 of shape (h, w, 3)."""
    cells = int(rng.integers(2, 24))
    coarse = rng.normal(rng.uniform(40, 210, 3), rng.uniform(5, 60), (cells, cells, 3))
    out = cv2.resize(coarse.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return out.clip(0, 255).astype(np.uint8)


def background(rng: np.random.Generator, size: int, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Something that stands behind a face, uint8 of shape (size, size, 3)."""
    kind = rng.random()
    if kind < 0.6:
        picture = pictures[rng.integers(len(pictures))]
        side = int(min(picture.shape[:2]) * rng.uniform(0.25, 1.0))
        y, x = (int(rng.integers(0, n - side + 1)) for n in picture.shape[:2])
        patch = picture[y : y + side, x : x + side]
        patch = cv2.resize(patch, (size, size), interpolation=cv2.INTER_AREA)
        return patch[:, ::-1] if rng.random() < 0.5 else patch
    if kind < 0.8:
        return noise(rng, (size, size))
    wall = np.empty((size, size, 3), np.float32)
    wall[:] = rng.uniform(0, 255, 3) * 0.4 + rng.uniform(0, 150)
    wall *= side_light(rng, (size, size))
    out = wall.clip(0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(0, 8))):
        tone = rng.uniform(0, 255, 3).tolist()
        a, b = rng.uniform(-0.2, 1.2, (2, 2)) * size
        if rng.random() < 0.5:
            cv2.line(
                out,
                a.astype(int).tolist(),
                b.astype(int).tolist(),
                tone,
                int(rng.integers(1, size // 6)),
                cv2.LINE_AA,
            )
        else:
            cv2.ellipse(
                out,
                a.astype(int).tolist(),
                (b.astype(int).clip(1) // 3).tolist(),
                rng.uniform(0, 360),
                0,
                360,
                tone,
                -1,
                cv2.LINE_AA,
            )
    return out


def degrade(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Lens, sensor and file: float32 0..1 in, uint8 out."""
    size = pixels.shape[0]
    if rng.random() < 0.3:
        small = max(24, int(size * rng.uniform(0.25, 0.9)))
        pixels = cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_LINEAR)
    elif rng.random() < 0.3:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 2.2))
    if rng.random() < 0.08:
        length = int(rng.integers(3, 10))
        kernel = np.zeros((length, length), np.float32)
        a, b = rng.integers(0, length, 2).tolist()
        cv2.line(kernel, (0, a), (length - 1, b), 1.0, 1)
        pixels = cv2.filter2D(pixels, -1, kernel / kernel.sum())
    if rng.random() < 0.4:
        sigma = rng.exponential(0.4) * min(0.06, 0.4 * float(pixels.mean()))
        pixels = pixels + rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(sigma)
    out = (pixels * 255).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(15, 95))
        _, file = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = cv2.imdecode(file, cv2.IMREAD_COLOR)
    return out
