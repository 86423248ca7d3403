"""What maps on the network's raster say of each region, as the package scores them.

Color is the trusted mean of a map; texture ``100 ln`` of a ratio of energies, so that where there
is more relief a region weighs more (:mod:`skindelta.score`).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..net_input import MAPS
from .net import TEXTURE_CHANNEL

__all__ = ["Batch", "Weights", "means_of", "readings_of", "weights_of"]

REGIONS = 12  # the whole, and as many as labels may name
TEXTURE = MAPS.index("texture absolute")


class Batch(NamedTuple):
    """Pairs as tensors: what the network is given, and the regions.

    Shapes: before, after (N, 6, h, w); shared (N, 2, h, w); context (N, 8); levels (N, 2); labels
    (N, h, w).
    """

    before: Tensor
    after: Tensor
    shared: Tensor
    context: Tensor
    levels: Tensor
    labels: Tensor

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What the network is given."""
        return self[:5]

    def to(self, device: "torch.device | str") -> "Batch":
        """Move to a device."""
        return Batch(*(tensor.to(device) for tensor in self))


class Weights(NamedTuple):
    """What each cell counts for a region: of color, and of relief; shape (N, R, h w)."""

    color: Tensor
    relief: Tensor


def weights_of(batch: Batch) -> Weights:
    """Return what cells count: trust, and of relief its energy too."""
    labels = batch.labels
    each = torch.arange(2, REGIONS + 1, device=labels.device)[None, :, None, None]
    member = torch.cat([(labels > 0)[:, None], labels[:, None] == each], 1).float()
    trusted = member * (batch.shared[:, :1] * batch.shared[:, 1:])
    before, after = (
        x[:, TEXTURE_CHANNEL : TEXTURE_CHANNEL + 1] for x in (batch.before, batch.after)
    )
    energy = ((before != 0) & (after != 0)) * (before + after).exp().clamp(1e-3, 1e3)
    return Weights(trusted.flatten(2), (trusted * energy).flatten(2))


def means_of(planes: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of planes (N, K, h, w) in every region, (N, K, R)."""
    sums = torch.bmm(planes.flatten(2), weights.transpose(1, 2))
    return sums / weights.sum(2).clamp_min(1e-3)[:, None]


def readings_of(maps: Tensor, weights: Weights) -> Tensor:
    """Return what maps (N, 5, h, w) say of every region, (N, 5, R), in a*, L* and %."""
    values = means_of(maps, weights.color)
    step = (maps[:, TEXTURE] / 100).clamp(-3, 3).flatten(1)[:, None]
    up, down = (
        (weights.relief * (sign * step).exp()).sum(2).clamp_min(1e-6).log() for sign in (1.0, -1.0)
    )
    parts = list(values.unbind(1))
    parts[TEXTURE] = 50 * (up - down)
    return torch.stack(parts, 1)
