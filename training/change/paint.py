"""Changes of any shape, painted on the network's raster.

Shapes of lesions are what the photos of the bank show. A network that sees only those learns that
other shapes are noise; so most pairs get changes here that have no shape at all: clouds of every
size, dots anywhere, regions, slopes, the whole of the skin.
"""

from collections.abc import Callable

import cv2
import numpy as np

__all__ = ["painted"]

COUNTS = (0.5, 0.35, 0.15)  # of changes of a pair: one, two, three
SHARES = (0.3, 0.3, 0.4)  # redness, hyperpigmentation, texture
# Of the changes of each: all over the skin, which photos of lesions hardly show.
WHOLE_SHARES = (0.35, 0.35, 0.5)
COLOR = (0.3, 10.0)  # a*, L*: few small, many large
RELIEF = (5.0, 80.0)  # percent
SOFTEST = 3.0  # cells that an edge is blurred by


def painted(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paint changes over the skin.

    Parameters
    ----------
    labels : uint8 array of shape (h, w)
        Regions; 0 is no skin.
    rng : numpy.random.Generator

    Returns
    -------
    float32 array of shape (4, h, w)
        Redness (a*), hyperpigmentation (L*), and ln of the energy of relief of both photos.
    """
    more = np.zeros((4, *labels.shape), np.float32)
    if not labels.any():
        return more
    shapes = (clouds, dots, blobs, regions, slope)
    for _ in range(1 + int(rng.choice(len(COUNTS), p=COUNTS))):
        attribute = int(rng.choice(3, p=SHARES))
        shape: Callable[[np.ndarray, np.random.Generator], np.ndarray]
        shape = shapes[int(rng.integers(len(shapes)))]
        whole = rng.random() < WHOLE_SHARES[attribute]
        field = (labels > 0).astype(np.float32) if whole else shape(labels, rng)
        sign = 1.0 if rng.random() < 0.5 else -1.0
        if attribute == 2:
            strength = sign * rng.uniform(*RELIEF) / 100
            more[2 + int(rng.integers(2))] += np.float32(2 * strength) * field
        else:
            low, high = COLOR
            more[attribute] += np.float32(sign * (low + (high - low) * rng.random() ** 1.5)) * field
    return more


def clouds(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Find where smooth noise of some size is high."""
    size = float(np.exp(rng.uniform(np.log(0.8), np.log(25))))
    # Noise that is blurred widely is made small and enlarged.
    step = max(1, int(size / 2))
    small = rng.standard_normal([-(-n // step) for n in labels.shape]).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), max(size / step, 0.3))
    noise = cv2.resize(small, labels.shape[::-1], interpolation=cv2.INTER_CUBIC)
    here = noise[labels > 0]
    level, soft = np.quantile(here, rng.uniform(0.2, 0.97)), float(rng.uniform(0.05, 1.0))
    field = 1 / (1 + np.exp(-np.clip((noise - level) / (soft * here.std() + 1e-6), -20, 20)))
    return np.asarray(field, np.float32)


def dots(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw some to many spots anywhere, or within a part of the face."""
    rows, columns = np.nonzero(labels)
    middle = int(rng.integers(len(rows)))
    reach = float(rng.uniform(10, 200))
    near = np.hypot(rows - rows[middle], columns - columns[middle]) < reach
    rows, columns = rows[near], columns[near]
    count = int(np.exp(rng.uniform(np.log(3), np.log(150))))
    radius = float(np.exp(rng.uniform(np.log(0.5), np.log(5))))
    image = np.zeros(labels.shape, np.float32)
    for place in rng.integers(len(rows), size=count):
        own = radius * float(rng.uniform(0.6, 1.5))
        center = (int(columns[place] * 16), int(rows[place] * 16))
        strength = float(rng.uniform(0.4, 1))
        cv2.circle(image, center, max(1, int(own * 16)), strength, -1, cv2.LINE_AA, 4)
    return _softened(image, 1.0, rng)


def blobs(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one to three round patches."""
    rows, columns = np.nonzero(labels)
    y, x = np.ogrid[: labels.shape[0], : labels.shape[1]]
    field = np.zeros(labels.shape, np.float32)
    for place in rng.integers(len(rows), size=int(rng.integers(1, 4))):
        width, height = np.exp(rng.uniform(np.log(3), np.log(30), 2))
        square = ((x - columns[place]) / width) ** 2 + ((y - rows[place]) / height) ** 2
        field = np.maximum(field, np.exp(-square / 2).astype(np.float32))
    return field


def regions(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw some regions of the face, or all of its skin."""
    present = np.unique(labels[labels > 0])
    chosen = present[rng.random(len(present)) < rng.choice([0.25, 0.5, 1.0])]
    return _softened(np.isin(labels, chosen).astype(np.float32), SOFTEST, rng)


def slope(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rise from one side of the skin to the other, slowly or at an edge."""
    y, x = np.ogrid[: labels.shape[0], : labels.shape[1]]
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    here = along[labels > 0]
    low, high = np.quantile(here, [0.02, 0.98])
    place, width = rng.uniform(low, high), (high - low + 1e-3) * rng.uniform(0.02, 0.5)
    return np.asarray(1 / (1 + np.exp(-np.clip((along - place) / width, -20, 20))), np.float32)


def _softened(image: np.ndarray, softest: float, rng: np.random.Generator) -> np.ndarray:
    sigma = float(rng.uniform(0.3, max(softest, 0.4)))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
