"""The change network: both photos' channels in, a map of each attribute's change out.

::

    before ─encode─┐   difference D ─┬─read(D, M)──┐    even part → gates on the formula's maps
                   ├─                │             ├──
    after  ─encode─┘   mean M ───────┴─read(-D, M)─┘    odd part  → what is added

The encoder is shared. What is read from (D, M) and from (-D, M) is split into an even and an odd
part; the map is the formula's map times an even gain plus the odd part, so that swapping the photos
changes its sign exactly and equal photos give exactly 0. Where the last layers are 0, as they are
in the beginning, the map is the formula's.
"""

import torch
from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation

from skindelta.net_input import CHANNELS, CONTEXT

__all__ = ["ATTRIBUTES", "ChangeNet", "count_parameters"]

ATTRIBUTES = ("redness", "hyperpigmentation", "texture")
# Sizes of a usual difference: a*, L*, ln units.
SCALES = (4.0, 4.0, 0.2, 0.3, 0.3, 0.3)
UNITS = (4.0, 4.0, 30.0)  # of the maps: a*, L*, %
TEXTURE_CHANNEL = CHANNELS.index("mid")


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Module:
    """Convolution, batch normalization, ReLU."""
    return Conv2dNormActivation(inputs, outputs, size, stride, activation_layer=nn.ReLU)


class Residual(nn.Module):
    """Two convolutions around which the input passes unchanged."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = Conv2dNormActivation(channels, channels, 3, activation_layer=None)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Reader(nn.Module):
    """Down to a sixteenth and up again, with the pair's numbers at the bottom."""

    def __init__(self, inputs: int, widths: tuple[int, ...], head: int) -> None:
        super().__init__()
        steps = zip((inputs, *widths[:-1]), widths, strict=True)
        self.down = nn.ModuleList(
            nn.Sequential(conv(a, b, stride=1 if n == 0 else 2), Residual(b))
            for n, (a, b) in enumerate(steps)
        )
        self.side = nn.ModuleList(nn.Conv2d(width, head, 1) for width in widths)
        self.smooth = nn.ModuleList(conv(head, head) for _ in widths[:-1])
        deepest = widths[-1]
        self.whole = nn.Sequential(
            nn.Linear(deepest + len(CONTEXT), 64), nn.ReLU(), nn.Linear(64, head)
        )

    def forward(self, x: Tensor, skin: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return features on the raster of `x`, and one vector of the whole pair."""
        maps = []
        for step in self.down:
            x = step(x)
            maps.append(x)
        weight = nn.functional.adaptive_avg_pool2d(skin, x.shape[2:]) + 1e-3
        pooled = (x * weight).sum((2, 3)) / weight.sum((2, 3))
        whole = self.whole(torch.cat([pooled, context], 1))
        up = self.side[-1](maps[-1]) + whole[..., None, None]
        for side, smooth, below in zip(self.side[-2::-1], self.smooth, maps[-2::-1], strict=True):
            up = nn.functional.interpolate(up, size=below.shape[2:], mode="nearest")
            up = smooth(up + side(below))
        return up, whole


class ChangeNet(nn.Module):
    """before, after (N, 6, h, w), shared (N, 2, h, w), context (N, 8) → maps (N, 3, h, w).

    Maps are in a*, L* and %, after - before; h and w are multiples of 16.
    """

    def __init__(
        self,
        own: int = 20,
        widths: tuple[int, ...] = (28, 44, 64, 96),
        head: int = 28,
    ) -> None:
        super().__init__()
        inputs = len(CHANNELS)
        self.register_buffer("scales", torch.tensor(SCALES)[:, None, None])
        self.register_buffer("units", torch.tensor(UNITS)[:, None, None])
        self.own = nn.Sequential(conv(inputs + 2, own, stride=2), Residual(own))
        self.reader = Reader(2 * own + 2 + len(CONTEXT), widths, head)
        self.fine = nn.Sequential(conv(head + 2 * inputs + 1, 16, size=1), conv(16, 16))
        self.gates = nn.Conv2d(16, 2 * len(ATTRIBUTES), 1)
        self.added = nn.Conv2d(16, len(ATTRIBUTES), 1, bias=False)
        self.offset = nn.Linear(head, len(ATTRIBUTES), bias=False)
        for last in (self.gates, self.added, self.offset):
            nn.init.zeros_(last.weight)
        nn.init.zeros_(self.gates.bias)

    def forward(self, before: Tensor, after: Tensor, shared: Tensor, context: Tensor) -> Tensor:
        """Return the maps."""
        count = before.shape[0]
        photos = torch.cat([before, after]) / self.scales
        own = self.own(torch.cat([photos, shared.repeat(2, 1, 1, 1)], 1))
        difference, mean = own[count:] - own[:count], (own[count:] + own[:count]) / 2
        small = nn.functional.avg_pool2d(shared, 2)
        about = context[..., None, None].expand(-1, -1, *small.shape[2:])
        rest = torch.cat([mean, small, about], 1)
        both = torch.cat([torch.cat([difference, rest], 1), torch.cat([-difference, rest], 1)])
        up, whole = self.reader(both, small[:, :1].repeat(2, 1, 1, 1), context.repeat(2, 1))
        up = nn.functional.interpolate(up, scale_factor=2.0, mode="nearest")
        step, middle = photos[count:] - photos[:count], (photos[count:] + photos[:count]) / 2
        steps, middles = torch.cat([step, -step]), middle.repeat(2, 1, 1, 1)
        fine = self.fine(torch.cat([up, steps, middles, shared[:, :1].repeat(2, 1, 1, 1)], 1))
        gates, added, offset = self.gates(fine), self.added(fine), self.offset(whole)
        even = gates[:count] + gates[count:]
        odd = (added[:count] - added[count:]) + (offset[:count] - offset[count:])[..., None, None]
        formula = torch.cat([step[:, :2], step[:, TEXTURE_CHANNEL : TEXTURE_CHANNEL + 1]], 1)
        # The texture channel counts in units of 0.3 ln, its map in 30 %: one and the same.
        near = nn.functional.avg_pool2d(formula, 5, 1, 2)
        maps = formula + even[:, :3] * formula + even[:, 3:] * near + odd
        return maps * self.units


def count_parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
