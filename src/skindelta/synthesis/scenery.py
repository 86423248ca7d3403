"""What surrounds a person in a photo, and how a room's lights fall on it.

::

    photo ─person_mask→ person · shirt · wall ─lit→ the same scene under other lights, or elsewhere

A room has daylight and a lamp. Face and wall get their own mix of both, so when the lamp is dimmed
the color of the wall's light changes by another factor than that of the face's: what a scene tells
about the light on the face is never exact. Clothes hang where the face is, and get nearly its mix.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..color import linear_to_lab, srgb8_to_linear
from ..types import Box, ByteArray, FloatArray, Matrix

__all__ = ["ELSEWHERE", "SAME_WALL", "Lighting", "Room", "Scenery", "lit", "scenery_of"]

_BoolArray = npt.NDArray[np.bool_]

# CIE standard illuminant A (tungsten, 2856 K; XYZ 1.0985, 1, 0.3558) in linear sRGB, green = 1;
# daylight D65 is (1, 1, 1).
TUNGSTEN = np.array([2.23, 1.0, 0.28])
MASK_PX = 320  # longer side that persons are cut out on
WALL_DELTA_E = 6.0  # from the wall's own color: its stains are nearer, a white shirt is further
CLIPPED_GAIN = 4.0  # a wall at a quarter of white is blown out

Wall = Literal["same", "clipped", "replaced"]


@dataclass(frozen=True, eq=False)
class Scenery:
    """Where things are in a photo.

    Attributes
    ----------
    wall, shirt : float32 arrays of shape (H, W)
        0..1, soft at the edges; what is neither is the head.
    """

    wall: FloatArray
    shirt: FloatArray


@dataclass(frozen=True)
class Lighting:
    """How one photo's surroundings are lit, against the face.

    Attributes
    ----------
    face, wall, shirt : tuple of three floats
        Gains of R, G, B.
    state : {"same", "clipped", "replaced"}
        Whether the wall is the one of the scene, blown out, or another wall.
    new_shirt : bool
    seed : int
        Of the other wall and shirt.
    """

    face: tuple[float, float, float] = (1.0, 1.0, 1.0)
    wall: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shirt: tuple[float, float, float] = (1.0, 1.0, 1.0)
    state: Wall = "same"
    new_shirt: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Room:
    """How much the lights of one room differ from photo to photo.

    Attributes
    ----------
    lamp : float
        Largest share of the lamp's light; each photo has its own.
    least_share : float
        Of the lamp's light that reaches the face or the wall; each pair of photos has its own
        two shares, from there to 1.
    wall_error, shirt_error : float
        σ of ln of a gain of wall and shirt beside what the mix explains, one for each channel and
        photo.
    clipped, replaced : float
        Share of photos in which the wall is blown out, or another one.
    elsewhere : bool
        Every photo has another wall and another shirt.
    """

    lamp: float = 0.0
    least_share: float = 0.4
    wall_error: float = 0.0
    shirt_error: float = 0.0
    clipped: float = 0.0
    replaced: float = 0.0
    elsewhere: bool = False

    def pair(self, rng: np.random.Generator) -> tuple[Lighting, Lighting]:
        """Draw how two photos are lit."""
        first, second = self.photos(2, rng)
        return first, second

    def photos(self, count: int, rng: np.random.Generator) -> list[Lighting]:
        """Draw how some photos are lit, all in this room."""
        shares = rng.uniform(self.least_share, 1, 2)
        return [self._lighting(shares, rng) for _ in range(count)]

    def _lighting(self, shares: Matrix, rng: np.random.Generator) -> Lighting:
        power = rng.uniform(0, self.lamp)
        face, wall = (1 + power * share * (TUNGSTEN - 1) for share in shares)
        off = np.exp(rng.normal(0, self.wall_error / np.sqrt(2), 3))  # two photos: √2 of it
        shirt = face * np.exp(rng.normal(0, self.shirt_error / np.sqrt(2), 3))
        neutral = np.sqrt(face * wall)  # the camera takes most of the cast away
        chance, seed = rng.random(), int(rng.integers(2**31))
        state: Wall = "same"
        if self.elsewhere or chance < self.replaced:
            state = "replaced"
        elif chance < self.replaced + self.clipped:
            state = "clipped"
        return Lighting(
            face=_triple(face / neutral),
            wall=_triple(wall * off / neutral),
            shirt=_triple(shirt / neutral),
            state=state,
            new_shirt=self.elsewhere,
            seed=seed,
        )


# Pairs differ by a lamp that is dimmed and by 5 % (σ) that nothing explains; one wall in ten is
# blown out, one in ten another.
SAME_WALL = Room(lamp=0.3, wall_error=0.05, shirt_error=0.01, clipped=0.05, replaced=0.05)
ELSEWHERE = Room(elsewhere=True)


def _triple(gain: Matrix) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in gain)
    return red, green, blue


def scenery_of(pixels: ByteArray, face: Box) -> Scenery:
    """Cut person and shirt out of a photo in front of a plain wall.

    Parameters
    ----------
    pixels : uint8 array of shape (H, W, 3)
        sRGB.
    face : Box
        From brows to chin and jaw to jaw.

    Returns
    -------
    Scenery
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, MASK_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    person = _before_plain_wall(small, [side * scale for side in face])
    chin = np.arange(size[1], dtype=np.float32)[:, None] > face.bottom * scale
    full = cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR)
    shirt = cv2.resize(person * chin, (width, height), interpolation=cv2.INTER_LINEAR)
    return Scenery(np.asarray(1 - full, np.float32), np.asarray(shirt, np.float32))


def _before_plain_wall(pixels: ByteArray, face: list[float]) -> FloatArray:
    """1 where the color is not that of the wall, whose light changes smoothly over the photo."""
    lab = linear_to_lab(srgb8_to_linear(np.asarray(cv2.medianBlur(pixels, 3), np.uint8)))
    left, top, right, bottom = face
    height, width = lab.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    beside = (abs(x - (left + right) / 2) > 0.9 * (right - left)) & (y < bottom)
    sure = beside | (y < top - 1.3 * (bottom - top))
    x, y = x / width, y / height
    surface = np.stack([np.ones_like(x), x, y, x**2], axis=-1)
    fit = np.linalg.lstsq(surface[sure], lab[sure].astype(np.float64), rcond=None)[0]
    off = np.linalg.norm((lab - surface @ fit) * (1, 2, 2), axis=-1)  # color rather than shade
    person = (off > WALL_DELTA_E).astype(np.uint8)
    for step, reach in ((cv2.MORPH_OPEN, 3), (cv2.MORPH_CLOSE, round((right - left) / 3))):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        person = cv2.morphologyEx(person, step, kernel)
    outline, _ = cv2.findContours(person, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    alone = np.zeros((height, width), np.uint8)
    if outline:  # the largest thing before the wall, without holes
        cv2.drawContours(alone, [max(outline, key=cv2.contourArea)], -1, (1,), cv2.FILLED)
    # A white shirt in the shade has the color of a grey wall: shoulders lie under every head.
    rows, columns = np.mgrid[:height, :width]
    under = rows - bottom - 0.35 * (bottom - top)
    beside_chin = abs(columns - (left + right) / 2)
    alone[(under > 0) & (beside_chin < 0.5 * (right - left) + 2 * under)] = 1
    return np.asarray(cv2.GaussianBlur(alone.astype(np.float32), (0, 0), 0.7), np.float32)


def lit(rgb: FloatArray, scenery: Scenery, lighting: Lighting) -> FloatArray:
    """Put a scene under its lights, in front of its wall.

    Parameters
    ----------
    rgb : float32 array of shape (H, W, 3)
        Linear sRGB.
    scenery : Scenery
        Of the same photo.
    lighting : Lighting

    Returns
    -------
    float32 array of shape (H, W, 3)
    """
    if lighting == Lighting(seed=lighting.seed):
        return rgb
    rng = np.random.default_rng(lighting.seed)
    shape = rgb.shape[:2]
    wall, shirt = scenery.wall[..., None], scenery.shirt[..., None]
    behind = _other_wall(shape, rng) if lighting.state == "replaced" else rgb
    behind = behind * _gain(lighting.wall, CLIPPED_GAIN if lighting.state == "clipped" else 1.0)
    cloth = rgb * _gain(np.exp(rng.uniform(-1.2, 0, 3))) if lighting.new_shirt else rgb
    person = (1 - shirt) * (rgb * _gain(lighting.face)) + shirt * (cloth * _gain(lighting.shirt))
    return np.asarray(wall * behind + (1 - wall) * person, np.float32)


def _gain(gains: npt.ArrayLike, factor: float = 1.0) -> FloatArray:
    return np.asarray(np.asarray(gains) * factor, np.float32)


def _other_wall(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Another wall: its color, uneven light, and large soft patterns on it."""
    color = 0.5 * np.exp(rng.uniform(-1.2, 0.3, 3))
    cells = rng.normal(0, rng.uniform(0.02, 0.3), (8, 8, 3)).astype(np.float32)
    pattern = cv2.resize(cells, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(color.astype(np.float32) * np.exp(pattern), np.float32)
