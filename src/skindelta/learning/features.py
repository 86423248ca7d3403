"""Numbers of a pair that the head works on, region by region: what quick runs learn from.

A score is a mean of a map, and what the head adds is linear in its planes. So the means of the
planes are all that it needs, once the base network has answered: a run then takes seconds. Of
texture the score is no mean; its planes are weighed by the energy of relief, which is its first
order.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..net_input import BLOCK
from .examples import Example
from .head import Head, signature, spreads
from .net import ChangeNet
from .reading import TEXTURE, Batch, means_of, readings_of, weights_of

__all__ = ["Features", "batch_of", "features_of", "of_examples", "read_features"]


class Features(NamedTuple):
    """Of N pairs and R regions.

    Attributes
    ----------
    start : float tensor of shape (N, 5, R)
        What the model in use reads, in a*, L* and %.
    color, relief : float tensors of shape (N, K, R)
        Means of the planes, weighed by trust, and by the energy of relief.
    spread : float tensor of shape (N, 3)
        How far the pattern of the skin spreads.
    context : float tensor of shape (N, 8)
    cells : float tensor of shape (N, R)
        How much skin each region has, in cells.
    """

    start: Tensor
    color: Tensor
    relief: Tensor
    spread: Tensor
    context: Tensor
    cells: Tensor


def batch_of(examples: Sequence[Example]) -> Batch:
    """Pad examples with nothing to the size of the largest."""
    sizes = np.array([e.labels.shape for e in examples])
    height, width = (-(-int(n) // BLOCK) * BLOCK for n in sizes.max(axis=0))

    def padded(arrays: list[np.ndarray]) -> Tensor:
        whole = np.zeros((len(arrays), *arrays[0].shape[:-2], height, width), arrays[0].dtype)
        for array, into in zip(arrays, whole, strict=True):
            into[..., : array.shape[-2], : array.shape[-1]] = array
        return torch.from_numpy(whole)

    def stacked(name: str) -> Tensor:
        return torch.from_numpy(np.stack([getattr(e.given, name) for e in examples]))

    before, after, shared = (
        padded([getattr(e.given, name) for e in examples]) for name in ("before", "after", "shared")
    )
    labels = padded([e.labels for e in examples])
    return Batch(before, after, shared, stacked("context"), stacked("levels"), labels)


def features_of(net: ChangeNet, head: Head, batch: Batch) -> Features:
    """Let the base network answer, and read what the head needs of it."""
    with torch.no_grad():
        maps = net(*batch.inputs)
        start = head.start(maps, batch.before, batch.after, batch.context, batch.levels)
        planes = head.planes(start, batch.before, batch.after, batch.shared, batch.levels)
        weights = weights_of(batch)
        return Features(
            readings_of(start, weights),
            means_of(planes, weights.color),
            means_of(planes, weights.relief),
            spreads(batch.before, batch.after, batch.shared),
            batch.context,
            weights.color.sum(2),
        )


def read_features(features: Features, head: Head) -> Tensor:
    """Return what the new model reads of every region, (N, 5, R)."""
    counts, signs = head.counts(features.context, features.spread), signature(features.context)
    color, relief = (
        head.added(planes, signs, counts) for planes in (features.color, features.relief)
    )
    parts = list((features.start + color).unbind(1))
    parts[TEXTURE] = features.start[:, TEXTURE] + relief[:, TEXTURE]
    return torch.stack(parts, 1)


def of_examples(
    net: ChangeNet,
    head: Head,
    examples: Sequence[Example],
    batch: int = 8,
    device: "torch.device | str" = "cpu",
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Features:
    """Return the features of any number of examples; `tell` gets how many are done, of how many."""
    some = []
    for first in range(0, len(examples), batch):
        tell(first, len(examples))
        some.append(features_of(net, head, batch_of(examples[first : first + batch]).to(device)))
    tell(len(examples), len(examples))
    return Features(*(torch.cat(tensors) for tensors in zip(*some, strict=True)))
