"""Pairs from the bank, as tensors: crops and mirror images of them, padded to one size."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from change.paint import painted
from change.people import REAL
from skindelta.net_input import BLOCK, CHANNELS, CONTEXT, levels_of

OWN = len(CHANNELS)
CROP_SHARE = 0.15  # of the pairs: a window of skin without the face around it
CROP_CELLS = (64, 144)
COLOR_TIMES, RELIEF_TIMES = (0.7, 2.5), (0.7, 1.5)  # that changes are multiplied by
BORROWED_SHARE, BORROWED_TIMES = 0.3, (0.5, 3.0)  # changes of another pair laid over a pair
PAINTED_SHARE = 0.6
SHADE = (-0.013, -0.04)  # ln of the light that a* of blood and -L* of melanin take away
OWN_SKIN, CLOSE_UP = CONTEXT.index("own skin"), CONTEXT.index("close_up")


TAKEN = ("studio", "room", "elsewhere", "smile")  # the last wherever one of both smiles


class Pairs(NamedTuple):
    """A batch.

    Shapes: before, after (N, 6, h, w); shared (N, 2, h, w); context (N, 8); levels (N, 2); truth
    (N, 4, h, w); labels (N, h, w); `has_texture` and `taken` (N,): how both photos were taken, as
    a place in :data:`TAKEN`. The network is given the first five.
    """

    before: Tensor
    after: Tensor
    shared: Tensor
    context: Tensor
    levels: Tensor
    truth: Tensor
    labels: Tensor
    has_texture: Tensor
    taken: Tensor

    def to(self, device: torch.device) -> "Pairs":
        """Move to a device."""
        return Pairs(*(tensor.to(device) for tensor in self))


class Bank(Dataset):
    """All pairs of a folder."""

    def __init__(self, folder: Path, seed: int, augment: bool = True) -> None:
        self.seed, self.augment, self.epoch = seed, augment, 0
        self.pairs: list[tuple[Path, int]] = []
        self.abouts: list[dict[str, Any]] = []
        for file in sorted(folder.glob("*.npz")):
            with np.load(file) as arrays:
                abouts = json.loads(str(arrays["about"]))
            self.pairs += [(file, number) for number in range(len(abouts))]
            self.abouts += abouts

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, key: int | tuple[int, int]) -> tuple[np.ndarray, ...]:
        index, epoch = key if isinstance(key, tuple) else (key, 0)
        file, number = self.pairs[index]
        with np.load(file) as arrays:
            planes = arrays[f"planes{number}"].astype(np.float32)
            labels = arrays[f"labels{number}"]
            context = arrays[f"context{number}"].copy()
        real = float(self.abouts[index]["dataset"] in REAL)
        if not real:  # nothing is known of the light on a generated face
            context[: OWN_SKIN + 2] = 0
            context[OWN_SKIN] = 1
        if self.augment:
            rng = np.random.default_rng([self.seed, index, epoch])
            planes = scaled(planes, rng)
            if rng.random() < BORROWED_SHARE:
                planes = with_change(planes, self._some_change(rng), rng)
            if rng.random() < PAINTED_SHARE:
                planes = _changed(planes, painted(labels, rng))
            planes, labels, context = augmented(planes, labels, context, rng)
        return planes, labels, context, np.float32(real), np.int64(self._taken(index))

    def _taken(self, index: int) -> int:
        about = self.abouts[index]
        return TAKEN.index(about["scene"] if about["same_base"] else "smile")

    def _some_change(self, rng: np.random.Generator) -> np.ndarray:
        """Truth of any other pair, (4, h, w)."""
        file, number = self.pairs[int(rng.integers(len(self.pairs)))]
        with np.load(file) as arrays:
            truth: np.ndarray = arrays[f"planes{number}"][2 * OWN + 2 :].astype(np.float32)
        return truth


def augmented(
    planes: np.ndarray, labels: np.ndarray, context: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mirror a pair, or cut a window out of it."""
    if rng.random() < 0.5:
        planes, labels = planes[..., ::-1], labels[..., ::-1]
    if rng.random() >= CROP_SHARE:
        return planes, labels, context
    size = rng.integers(*CROP_CELLS, 2) // BLOCK * BLOCK
    rows, columns = np.nonzero(labels)
    place = int(rng.integers(len(rows))) if len(rows) else 0
    middle = (rows[place], columns[place]) if len(rows) else (0, 0)
    corner = [
        int(np.clip(m - s // 2, 0, max(n - s, 0)))
        for m, s, n in zip(middle, size, labels.shape, strict=True)
    ]
    window = np.s_[..., corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]]
    context = context.copy()
    context[: OWN_SKIN + 2] = 0
    context[OWN_SKIN], context[CLOSE_UP] = 1, 1
    return planes[window], labels[window], context


def scaled(planes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Multiply what changed: what was learnt must not depend on how large changes mostly are."""
    times = [_times(rng, COLOR_TIMES), _times(rng, COLOR_TIMES), _times(rng, RELIEF_TIMES)]
    factors = np.array([*times, times[2]], np.float32)[:, None, None] - 1
    return _changed(planes, factors * planes[2 * OWN + 2 :])


def with_change(planes: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay the change of another pair over this one: a few faces see many changes."""
    sides = tuple(min(a, b) for a, b in zip(planes.shape[1:], truth.shape[1:], strict=True))
    more = np.zeros((4, *planes.shape[1:]), np.float32)
    more[:, : sides[0], : sides[1]] = truth[:, : sides[0], : sides[1]]
    signs = rng.choice([-1.0, 1.0], 2)
    times = [sign * _times(rng, BORROWED_TIMES) for sign in signs]
    more *= np.array([*times, 1, 1], np.float32)[:, None, None]
    if rng.random() < 0.5:
        more[2:] = more[:1:-1]  # what came goes
    return _changed(planes, more)


def _times(rng: np.random.Generator, least_most: tuple[float, float]) -> float:
    low, high = np.log(least_most)
    return float(np.exp(rng.uniform(low, high)))


def _changed(planes: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Change both photos of a pair by (4, h, w): a*, L*, ln of the energy of relief of each."""
    planes = planes.copy()
    more = more * (planes[2 * OWN] > 0)
    for photo, sign in ((0, -0.5), (OWN, 0.5)):
        for number in range(2):
            planes[photo + number] += sign * more[number]
            planes[photo + 2] += sign * SHADE[number] * more[number]
        relief = planes[photo + 3 : photo + OWN]
        relief += 0.5 * more[3 if photo else 2] * (relief != 0)
    planes[2 * OWN + 2 :] += more
    return planes


def batched(samples: list[tuple[np.ndarray, ...]]) -> Pairs:
    """Pad samples with nothing to the size of the largest."""
    sizes = np.array([sample[1].shape for sample in samples])
    height, width = (-(-int(n) // BLOCK) * BLOCK for n in sizes.max(axis=0))
    planes = np.zeros((len(samples), samples[0][0].shape[0], height, width), np.float32)
    labels = np.zeros((len(samples), height, width), np.uint8)
    for number, (own, where, *_) in enumerate(samples):
        planes[number, :, : own.shape[1], : own.shape[2]] = own
        labels[number, : own.shape[1], : own.shape[2]] = where
    tensor = torch.from_numpy(planes)
    levels = [levels_of(p[:OWN], p[OWN : 2 * OWN], p[2 * OWN]) for p in planes]
    return Pairs(
        tensor[:, :OWN],
        tensor[:, OWN : 2 * OWN],
        tensor[:, 2 * OWN : 2 * OWN + 2],
        torch.from_numpy(np.stack([sample[2] for sample in samples])),
        torch.from_numpy(np.stack(levels)),
        tensor[:, 2 * OWN + 2 :],
        torch.from_numpy(labels),
        torch.from_numpy(np.array([sample[3] for sample in samples])),
        torch.from_numpy(np.array([sample[4] for sample in samples])),
    )


class Order:
    """Batches of indices without end, decided by the seed and the step alone: runs can resume."""

    def __init__(self, count: int, batch: int, seed: int, first_step: int = 0) -> None:
        self.count, self.batch, self.seed, self.step = count, batch, seed, first_step

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        per_epoch = max(self.count // self.batch, 1)
        while True:
            epoch, place = divmod(self.step, per_epoch)
            order = np.random.default_rng([self.seed, epoch]).permutation(self.count)
            chosen = order[place * self.batch : (place + 1) * self.batch]
            self.step += 1
            yield [(int(index), epoch) for index in chosen]
