"""Skin made from its own formula: shading, melanin, haemoglobin and relief that tests know."""

from dataclasses import replace

import cv2
import numpy as np

from skindelta.color import linear_to_srgb8, unmixing
from skindelta.types import AlignedPair, Box, NormalizedPhoto, Photo, RegionMap, Scale

LIGHT_SKIN = np.array([0.45, 0.28, 0.21], dtype=np.float32)  # linear; L* 63, ITA about 40
LIGHT_ITA = 40.0
PX_PER_MM = 4.0


def mottling(shape, sigma, seed):
    """Smooth random field, mean 0 and standard deviation 1."""
    noise = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), sigma)
    return (field - field.mean()) / field.std()


def blob(shape, center, sigma):
    """Gaussian bump of height 1 at (x, y)."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return np.exp(-((x - center[0]) ** 2 + (y - center[1]) ** 2) / (2 * sigma**2))


def skin(shape=(400, 480), melanin=0.0, haemoglobin=0.0, relief=1.0, seed=0):
    """Linear light of light skin with freckles, vessels and relief; arguments add to it.

    melanin and haemoglobin are numbers or fields of optical density along the chromophores'
    directions; relief multiplies the fine structure of the shading.
    """
    rows = unmixing(LIGHT_ITA)
    m = 0.04 * mottling(shape, 5, seed + 1) + melanin
    h = 0.03 * mottling(shape, 7, seed + 2) + haemoglobin
    fine = 0.02 * mottling(shape, 1.0, seed + 3) + 0.02 * mottling(shape, 2.5, seed + 4)
    s = 0.1 * mottling(shape, 80, seed + 5) + relief * fine
    density = s[..., None] + m[..., None] * rows.u_mel + h[..., None] * rows.u_hb
    return (LIGHT_SKIN * np.exp(-density)).astype(np.float32)


def close_up_regions(shape, names=("skin",), px_per_mm=PX_PER_MM):
    """All of a picture as skin."""
    scale = None if px_per_mm is None else Scale(px_per_mm, px_per_mm, px_per_mm)
    return RegionMap(
        labels=np.ones(shape, dtype=np.uint8),
        names=names,
        landmarks=np.zeros((0, 2), dtype=np.float32),
        confidence=1.0,
        px_per_mm=scale,
        box=Box(0, 0, shape[1], shape[0]),
        faces_found=0,
    )


def normalized(rgb, reference="scene", **regions):
    """A close-up on its working grid."""
    return NormalizedPhoto(
        photo_id="",
        rgb=rgb,
        regions=close_up_regions(rgb.shape[:2], **regions),
        matrix=np.eye(3),
        reference=reference,
    )


def pair(before, after, reference="scene", **regions):
    """Two pictures of the same skin that already lie on one another."""
    shape = before.shape[:2]
    return AlignedPair(
        before=before,
        after=after,
        displacement=np.zeros((*shape, 2), dtype=np.float32),
        trust=np.ones(shape, dtype=np.float32),
        residual_px=0.0,
        regions=close_up_regions(shape, **regions),
        reference=reference,
    )


def photo(rgb, source="skin.png"):
    """A photo of linear light."""
    return Photo(linear_to_srgb8(rgb), source=source)


def with_labels(regions, labels, names):
    """The same region map with other labels."""
    return replace(regions, labels=labels, names=names)
