"""A simulated camera: linear light in, an 8-bit sRGB photo out, and where each point went.

::

    scene ─pose→ ─uneven light, glare→ ─white balance, exposure→ ─blur, noise→ ─tone curve→
          ─contrast, saturation, denoising, sharpening→ JPEG

Everything up to the tone curve acts on linear light, as in a camera; what a phone makes prettier
acts on what it would store. ``CONTROLLED`` is a room and a
phone that stay as they are, ``SAME_ROOM`` a phone that decides for itself in one room, ``CASUAL``
in any room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..types import ByteArray, FloatArray, Matrix

__all__ = [
    "CASUAL",
    "CONTROLLED",
    "SAME_ROOM",
    "Camera",
    "Look",
    "Photograph",
    "Shot",
    "photograph",
]

_LEVELS = 65536  # linear light before the tone curve: a twentieth of an 8-bit code near black
_READ_NOISE = 0.2  # of the noise at white: what remains in the dark
# From balanced sensor values to linear sRGB: mean of the matrices that fit 190 surfaces in daylight
# for 11 cameras with published sensitivities (rawtoaces-data, Apache-2.0).
SENSOR_TO_SRGB = np.array(
    [[1.925, -0.865, -0.060], [-0.153, 1.587, -0.434], [0.059, -0.546, 1.487]]
)


class Look(NamedTuple):
    """What a phone does to a photo so that it looks better; 0 is nothing.

    Attributes
    ----------
    contrast : float
        Of the middle tones, more than 1; negative is flatter.
    saturation : float
        Distance of the colors to grey, more than 1; negative is paler.
    denoise : float
        0..1: differences of so many tenths of white are smoothed away.
    sharpen : float
        Share of the detail that is added once more.
    """

    contrast: float = 0.0
    saturation: float = 0.0
    denoise: float = 0.0
    sharpen: float = 0.0


@dataclass(frozen=True)
class Shot:
    """How one photo was taken; the defaults change nothing but to 8 bit.

    Attributes
    ----------
    white_balance : tuple of three floats
        Gains of R, G, B.
    on_sensor : bool
        The gains are those of the sensor's own colors, as in a camera, and not of sRGB.
    exposure_ev : float
        In stops.
    shift, perspective : tuple of two floats
        (x, y), as a share of the photo's longer side; perspective is what the sides differ by.
    scale, rotation : float
        Size of the scene; degrees.
    shading, shading_angle : float
        Light falls from ``1 + shading`` to ``1 - shading`` across the photo; degrees.
    vignetting : float
        Share of light lost in the corners.
    glare : float
        Stray light over the whole photo, as a share of white.
    gamma : float
        Power of the tone curve on the sRGB codes; above 1 darkens.
    blur_px, noise : float
        σ of the blur; σ of the noise at white, linear light.
    size : float
        Pixels per pixel of the scene.
    quality : int
        Of the JPEG.
    look : Look
        What the phone does to the finished picture.
    """

    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure_ev: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    perspective: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    rotation: float = 0.0
    shading: float = 0.0
    shading_angle: float = 0.0
    vignetting: float = 0.0
    glare: float = 0.0
    gamma: float = 1.0
    blur_px: float = 0.0
    noise: float = 0.0
    size: float = 1.0
    quality: int = 95
    on_sensor: bool = False
    look: Look = Look()


@dataclass(frozen=True)
class Camera:
    """How much the shots of one camera in one room differ: half widths of uniform spreads.

    Attributes
    ----------
    white_balance, exposure_ev, pose, perspective, shading, vignetting, glare, gamma : float
        See :class:`Shot`; `pose` is shift (share), scale (share) and rotation (radians) alike.
    blur_px, noise : float
        Most blur; noise of every shot.
    quality : tuple of two ints
        Lowest and highest JPEG quality.
    on_sensor : bool
        See :class:`Shot`.
    look : Look
        Half widths of contrast and saturation, most denoising and sharpening.
    """

    white_balance: float = 0.0
    exposure_ev: float = 0.0
    pose: float = 0.0
    perspective: float = 0.0
    shading: float = 0.0
    vignetting: float = 0.0
    glare: float = 0.0
    gamma: float = 0.0
    blur_px: float = 0.0
    noise: float = 0.0
    quality: tuple[int, int] = (95, 95)
    on_sensor: bool = False
    look: Look = Look()

    def shot(self, rng: np.random.Generator) -> Shot:
        """Draw how one photo is taken."""

        def around(half_width: float) -> float:
            return float(rng.uniform(-half_width, half_width))

        red, green, blue = (1 + around(self.white_balance) for _ in range(3))
        return Shot(
            white_balance=(red, green, blue),
            exposure_ev=around(self.exposure_ev),
            shift=(around(self.pose), around(self.pose)),
            perspective=(around(self.perspective), around(self.perspective)),
            scale=1 + around(self.pose),
            rotation=float(np.degrees(around(self.pose))),
            shading=around(self.shading),
            shading_angle=float(rng.uniform(0, 180)),
            vignetting=abs(around(self.vignetting)),
            glare=abs(around(self.glare)),
            gamma=1 + around(self.gamma),
            blur_px=abs(around(self.blur_px)),
            noise=self.noise,
            quality=int(rng.integers(self.quality[0], self.quality[1] + 1)),
            on_sensor=self.on_sensor,
            look=self._look(around),
        )

    def _look(self, around: Callable[[float], float]) -> Look:
        """Draw what the phone does; nothing is drawn where it does nothing."""
        if self.look == Look():
            return self.look
        contrast, saturation, denoise, sharpen = (around(width) for width in self.look)
        return Look(contrast, saturation, abs(denoise), abs(sharpen))


CONTROLLED = Camera(
    white_balance=0.01,
    exposure_ev=0.05,
    pose=0.02,
    perspective=0.005,
    noise=0.003,
    quality=(92, 97),
)
SAME_ROOM = Camera(
    white_balance=0.06,
    exposure_ev=0.4,
    pose=0.03,
    perspective=0.01,
    shading=0.05,
    blur_px=0.3,
    noise=0.004,
    quality=(85, 97),
)
CASUAL = Camera(
    white_balance=0.06,
    exposure_ev=0.4,
    pose=0.05,
    perspective=0.02,
    shading=0.2,
    vignetting=0.2,
    glare=0.01,
    gamma=0.1,
    blur_px=0.8,
    noise=0.006,
    quality=(70, 95),
)


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photo that was taken of a scene.

    Attributes
    ----------
    pixels : uint8 array of shape (H, W, 3)
        sRGB, before compression.
    matrix : float64 array of shape (3, 3)
        Homography from (x, y, 1) of the scene to the photo.
    quality : int
        Of the JPEG.
    """

    pixels: ByteArray
    matrix: Matrix
    quality: int

    def seen_at(self, place: tuple[float, float]) -> tuple[float, float]:
        """Where a point of the scene, (x, y), is in the photo."""
        x, y, w = self.matrix @ (*place, 1.0)
        return float(x / w), float(y / w)

    def jpeg(self) -> bytes:
        """Return the photo as a JPEG file."""
        options = [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        written, data = cv2.imencode(".jpg", self.pixels[..., ::-1], options)
        if not written:
            raise ValueError(f"could not encode pixels of shape {self.pixels.shape}")
        return data.tobytes()


def photograph(rgb: FloatArray, shot: Shot, rng: np.random.Generator) -> Photograph:
    """Take a photo of a scene.

    Parameters
    ----------
    rgb : float32 array of shape (H, W, 3)
        Linear sRGB; beyond its edges the scene goes on as its edge.
    shot : Shot
    rng : numpy.random.Generator
        For the noise.

    Returns
    -------
    Photograph
    """
    matrix = _pose(rgb.shape[1], rgb.shape[0], shot)
    light = _posed(rgb, matrix)
    light, matrix = _resized(light, matrix, shot.size)
    light = _lit(light, shot)
    light = _balanced(light, shot)
    if shot.blur_px > 0.2:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), shot.blur_px))
    if shot.noise > 0:
        light += _noise(light, shot.noise, rng)
    codes = _tone_curve(shot.gamma)[_quantized(light)]
    return Photograph(_looking(codes, shot.look), matrix, shot.quality)


def _pose(width: int, height: int, shot: Shot) -> Matrix:
    """Homography of a shot, about the center of the photo."""
    side = max(width, height)
    center = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    angle = np.radians(shot.rotation)
    cos, sin = shot.scale * np.cos(angle), shot.scale * np.sin(angle)
    shift_x, shift_y = np.multiply(shot.shift, side)
    tilt_x, tilt_y = np.divide(shot.perspective, side)
    move = np.array([[cos, -sin, shift_x], [sin, cos, shift_y], [tilt_x, tilt_y, 1]])
    return np.asarray(center @ move @ np.linalg.inv(center))


def _posed(rgb: FloatArray, matrix: Matrix) -> FloatArray:
    if np.allclose(matrix, np.eye(3), atol=1e-12):
        return np.array(rgb, np.float32)
    size = rgb.shape[1], rgb.shape[0]
    # Lanczos: a bicubic shift of half a pixel would take relief away by itself.
    light = cv2.warpPerspective(
        rgb, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    return np.maximum(light, 0, dtype=np.float32)


def _resized(light: FloatArray, matrix: Matrix, size: float) -> tuple[FloatArray, Matrix]:
    if size == 1:
        return light, matrix
    height, width = (max(round(n * size), 1) for n in light.shape[:2])
    x, y = width / light.shape[1], height / light.shape[0]
    kind = cv2.INTER_AREA if size < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(light, (width, height), interpolation=kind), np.float32)
    # Pixel centers are whole numbers: the corner of the first pixel is at -0.5.
    return resized, np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]]) @ matrix


def _lit(light: FloatArray, shot: Shot) -> FloatArray:
    """Uneven light, loss towards the corners, stray light."""
    if shot.shading or shot.vignetting:
        height, width = light.shape[:2]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        x = np.linspace(-1, 1, width, dtype=np.float32)
        angle = np.radians(shot.shading_angle)
        slope = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
        falloff = (1 + shot.shading * slope / np.sqrt(2)) * (
            1 - shot.vignetting * (x**2 + y**2) / 2
        )
        light = light * falloff[..., None]
    return np.asarray(light + np.float32(shot.glare), np.float32)


def _balanced(light: FloatArray, shot: Shot) -> FloatArray:
    """Exposure and white balance."""
    gains = 2**shot.exposure_ev * np.array(shot.white_balance)
    if not shot.on_sensor:
        return light * gains.astype(np.float32)
    matrix = SENSOR_TO_SRGB @ np.diag(gains) @ np.linalg.inv(SENSOR_TO_SRGB)
    return np.asarray(cv2.transform(light, matrix.astype(np.float32)), np.float32)


def _noise(light: FloatArray, sigma: float, rng: np.random.Generator) -> FloatArray:
    """Photon noise that grows with the root of the light, and a floor."""
    normal = rng.standard_normal(light.shape, dtype=np.float32)
    return normal * np.float32(sigma) * np.sqrt(np.maximum(light, 0) + np.float32(_READ_NOISE**2))


def _quantized(light: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    scaled = np.clip(light, 0, 1) * np.float32(_LEVELS - 1) + np.float32(0.5)
    return scaled.astype(np.uint16)


def _tone_curve(gamma: float) -> ByteArray:
    """Table from linear light to sRGB codes."""
    c = np.arange(_LEVELS) / (_LEVELS - 1)
    code = np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * code**gamma), np.uint8)


def _looking(codes: ByteArray, look: Look) -> ByteArray:
    """Finish a photo as a phone does."""
    if look == Look():
        return codes
    t = np.arange(256) / 255
    table = np.rint(255 * (t + look.contrast * (t * t * (3 - 2 * t) - t))).clip(0, 255)
    codes = np.asarray(cv2.LUT(codes, table.astype(np.uint8)), np.uint8)
    if look.denoise > 0:
        codes = np.asarray(cv2.bilateralFilter(codes, 5, 25.5 * look.denoise, 2.0), np.uint8)
    image = codes.astype(np.float32)
    if look.saturation:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        image = grey + np.float32(1 + look.saturation) * (image - grey)
    if look.sharpen > 0:
        image += np.float32(look.sharpen) * (image - cv2.GaussianBlur(image, (0, 0), 1.2))
    return np.asarray(np.rint(np.clip(image, 0, 255)), np.uint8)
