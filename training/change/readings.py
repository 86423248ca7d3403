"""What maps on the network's raster say of each region: as the package scores, in one place.

Used to watch the training, and for the ridge regression that the network is held against; what
ships is measured with the package itself.
"""

from typing import NamedTuple

import numpy as np

from skindelta.net_input import CHANNELS, MAPS

TEXTURE_CHANNEL = CHANNELS.index("mid")
MIN_CELLS = 24
CONTROL_ROUNDS, CONTROL_SIGMAS = 5, 2.0
LESION_SIGMAS, LESION_FLOOR = 3.0, 1.5
ATTRIBUTES = ("redness", "hyperpigmentation")
Key = tuple[str, str, int]  # attribute, basis, label; 0 is the whole


class Seen(NamedTuple):
    """One pair on the raster: channels of both photos (6, h, w), weight and labels (h, w)."""

    before: np.ndarray
    after: np.ndarray
    weight: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, planes: np.ndarray, labels: np.ndarray) -> "Seen":
        """From the planes of a record."""
        weight = planes[12] * planes[13] * (labels > 0)
        return cls(planes[:6], planes[6:12], weight, labels)

    def regions(self) -> dict[int, np.ndarray]:
        """Cells of the whole and of each region that is large enough."""
        here = self.weight > 0
        masks = {0: here} | {n: here & (self.labels == n) for n in range(2, 12)}
        return {n: mask for n, mask in masks.items() if mask.sum() >= MIN_CELLS}


def formula_maps(seen: Seen) -> np.ndarray:
    """Return the maps of the formulas, (3, h, w): a*, L*, %."""
    step = seen.after - seen.before
    return np.stack([step[0], step[1], 100 * step[TEXTURE_CHANNEL]])


def readings(maps: np.ndarray, seen: Seen) -> dict[Key, float]:
    """Scores of every region."""
    found: dict[Key, float] = {}
    for number, attribute in enumerate(ATTRIBUTES):
        values = maps[number]
        center = control(values, seen, number)
        for label, mask in seen.regions().items():
            mean = float(np.average(values[mask], weights=seen.weight[mask]))
            found[attribute, "absolute", label] = mean
            found[attribute, "relative", label] = mean - center
    relief = (seen.before[TEXTURE_CHANNEL] != 0) & (seen.after[TEXTURE_CHANNEL] != 0)
    energy = seen.weight * np.exp(seen.before[TEXTURE_CHANNEL] + seen.after[TEXTURE_CHANNEL])
    step = maps[2] / 100
    for label, mask in seen.regions().items():
        mask = mask & relief
        if mask.sum() >= MIN_CELLS:
            up, down = (float((energy * np.exp(s * step))[mask].sum()) for s in (1, -1))
            found["texture", "absolute", label] = 50 * float(np.log(up / down))
    return found


def network_readings(maps: np.ndarray, seen: Seen) -> dict[Key, float]:
    """Scores of every region from the maps of the network, (5, h, w) in the order of `MAPS`."""
    found = readings(maps, seen)
    for attribute in ATTRIBUTES:
        values = maps[MAPS.index(f"{attribute} relative")]
        for label, mask in seen.regions().items():
            mean = float(np.average(values[mask], weights=seen.weight[mask]))
            found[attribute, "relative", label] = mean
    return found


def control(values: np.ndarray, seen: Seen, number: int) -> float:
    """Median change of skin outside lesions and outside what changed."""
    here = seen.weight > 0
    both = np.concatenate([seen.before[number][here], seen.after[number][here]])
    center, sigma = spread(both)
    threshold = center + max(LESION_SIGMAS * sigma, LESION_FLOOR)
    plain = here & (seen.before[number] <= threshold) & (seen.after[number] <= threshold)
    kept = values[plain] if plain.any() else values[here]
    for _ in range(CONTROL_ROUNDS):
        center, sigma = spread(kept)
        kept = kept[np.abs(kept - center) <= CONTROL_SIGMAS * sigma]
    return float(np.median(kept))


def spread(values: np.ndarray) -> tuple[float, float]:
    center = float(np.median(values))
    return center, 1.4826 * float(np.median(np.abs(values - center)))
