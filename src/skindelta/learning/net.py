"""The change network: both photos' channels in, a map of each attribute's change out.

::

    before ─encode─┐   difference D ─┬─read(D, M)──┐        gains of the formula's maps,
                   ├─                │             ├─ sum → where control skin is,
    after  ─encode─┘   mean M ───────┴─read(-D, M)─┘        what leaks from channel to channel

The encoder is shared. What is read from (D, M) and from (-D, M) is added up: swapping the photos
does not change it, and it only ever multiplies measured differences. So swapping changes the sign
of every map exactly, and equal photos give exactly 0. The chromophores' maps come twice: *relative*
is the formula's minus its mean over control skin, which the network finds, times a gain of the
pair; *absolute* has gains for the whole pair and one for what control skin did. What a camera of
other contrast makes of the skin's pattern is taken off. To all maps is added, evenly over a
centimeter and more, what other channels did there, times what the convolutions say of the place; to
absolute ones and texture also an offset, linear in what other channels did on average. How unlike
the photos are tells how much of all that counts and how far control skin may be from its median,
and adds to the gains: a smile or the light does such things. (What is added from cell to cell takes
small true spots for noise.)

What is added comes from channels that do not show the map's own change (:data:`SEES`), and so does
how unlike photos are: whatever was free to shrink true changes did, since most are small beside the
noise, and then large ones are misread. For the same reason a slope other than 1 costs in training
(`change.loss.Slopes`). Coefficients are read from all channels. Where the last layers are 0
absolute maps and texture are the formula's.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation

from ..net_input import CHANNELS, CONTEXT

__all__ = ["TEXTURE_CHANNEL", "ChangeNet", "count_parameters", "spread_of"]

# Sizes of a usual difference: a*, L*, ln units; of a map: a*, L*, %.
SCALES = (4.0, 4.0, 0.2, 0.3, 0.3, 0.3)
UNITS = (4.0, 4.0, 30.0)
TEXTURE_CHANNEL = CHANNELS.index("mid")
SHADING = CHANNELS.index("shading")
FORMULAS = (0, 1, TEXTURE_CHANNEL)  # channels whose difference is the formula's map
NEAR = 4  # cells around one, of which the mean change tells control skin
# How far control skin may be from its median, in units of the map, to begin with: half a unit of
# a* and L*, up to twice that where photos are unlike.
WIDTHS, WIDER = (0.12, 0.14), (0.7, 0.7)
# Channels that what is added to a map may come from: not those that show the same change.
SEES = (
    (0, 1, 1, 1, 1, 1),  # a*: all but haemoglobin
    (1, 0, 1, 1, 1, 1),  # L*: all but melanin
    (1, 1, 1, 0, 0, 0),  # texture: color and shading
)
FOR_COLOR, FOR_TEXTURE = slice(2, None), slice(None, 3)  # channels that tell how unlike photos are
# Gains: of a*, L* and relief, of what control skin did, and of relative a* and L*: how much more or
# less than 1. Most of what control skin did may be light.
MOST_GAIN = (0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4)
MOST_LOSS = (0.15, 0.15, 0.15, 0.4, 0.4, 0.15, 0.15)
GAINS = len(MOST_GAIN)
# Gains that are told from how unlike photos are but for color, and but for relief: all but that of
# relief, and that.
GAINS_OF_COLOR, GAINS_OF_RELIEF = GAINS - 1, 1
UNLIKE = -0.3  # how far what is added counts to begin with, before FASTER
LEAKS = len(FORMULAS) * len(CHANNELS)
CONTROL = 2  # what is read, one after the other: of control skin, gains, leaks
GAIN = CONTROL + GAINS
# Times that what is linear in a few numbers counts, and so is learnt faster: a*, L*, texture; what
# a camera's contrast does.
STEEP, STEEP_CONTRAST = (1.0, 1.0, 5.0), 5.0
CLEARER = 4.0  # times that differences are multiplied by: they are smaller than what photos share
FASTER = 4.0  # times that the last layers count, and so are learnt faster
EVEN = 8  # cells of half the raster, 13 mm: what leaks is no finer
ROUGH = 4  # cells over which the difference of the photos is averaged to tell how unlike they are


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    """Convolution, batch normalization, ReLU."""
    return Conv2dNormActivation(inputs, outputs, 3, stride, activation_layer=nn.ReLU)


class Residual(nn.Module):
    """Two convolutions around which the input passes unchanged."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = Conv2dNormActivation(channels, channels, 3, activation_layer=None)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Reader(nn.Module):
    """Down to an eighth and up again, with the pair's numbers at the bottom."""

    def __init__(self, inputs: int, widths: tuple[int, ...], head: int) -> None:
        super().__init__()
        first = conv(inputs, widths[0])
        self.down = nn.ModuleList(
            [first]
            + [
                nn.Sequential(conv(a, b, stride=2), Residual(b))
                for a, b in zip(widths[:-1], widths[1:], strict=True)
            ]
        )
        self.side = nn.ModuleList(nn.Conv2d(width, head, 1) for width in widths)
        self.blend = nn.ModuleList(conv(head, head) for _ in widths[:-1])
        # Pooled numbers differ little from pair to pair: without normalization nothing is learnt.
        self.pooled = nn.BatchNorm1d(widths[-1])
        self.whole = nn.Sequential(
            nn.Linear(widths[-1] + len(CONTEXT), 64), nn.ReLU(), nn.Linear(64, head)
        )

    def forward(self, x: Tensor, skin: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return features on the raster of `x`, and one vector of the whole pair."""
        maps = []
        for step in self.down:
            x = step(x)
            maps.append(x)
        weight = nn.functional.avg_pool2d(skin, 2 ** (len(maps) - 1)) + 1e-3
        pooled = (x * weight).sum((2, 3)) / weight.sum((2, 3))
        whole = self.whole(torch.cat([self.pooled(pooled), context], 1))
        up = self.side[-1](maps[-1]) + whole[..., None, None]
        for side, blend, below in zip(self.side[-2::-1], self.blend, maps[-2::-1], strict=True):
            up = nn.functional.interpolate(up, scale_factor=2.0, mode="nearest")
            up = blend(up + side(below))
        return up, whole


class _Learnt(NamedTuple):
    """What the convolutions say of a pair."""

    control: Tensor  # how like control skin each place is, 0..1, (N, 2, h / 2, w / 2)
    turn: Tensor  # how far gains are from 1, before tanh, (N, 7)
    leaks: Tensor  # of what each channel did nearby into each map, (N, 3, 6, h / 16, w / 16)


class ChangeNet(nn.Module):
    """Both photos, what they share, the pair's numbers → maps (N, 5, h, w).

    Maps are in the order of `skindelta.net_input.MAPS`. before, after (N, 6, h, w), shared
    (N, 2, h, w), context (N, 8), levels (N, 2); h and w are
    multiples of 16. Maps are in a*, L* and %, after - before.
    """

    def __init__(
        self,
        own: int,
        widths: tuple[int, ...],
        head: int,
    ) -> None:
        super().__init__()
        self.register_buffer("scales", torch.tensor(SCALES)[:, None, None])
        self.register_buffer("units", torch.tensor(UNITS)[:, None, None])
        self.register_buffer("steep", torch.tensor(STEEP))
        self.register_buffer("most", torch.tensor([MOST_GAIN, MOST_LOSS]))
        self.own = nn.Sequential(conv(len(CHANNELS) + 2, own, stride=2), Residual(own))
        self.reader = Reader(2 * own + 4 + len(CONTEXT), widths, head)
        self.control = nn.Conv2d(head, 2, 1)
        self.width = nn.Parameter(torch.tensor(WIDTHS).log())
        self.wider = nn.Parameter(torch.tensor(WIDER))
        self.gain = nn.Linear(head, GAINS)
        turning = 2 * len(CHANNELS) + len(FORMULAS) - 1
        known = 1 + len(CONTEXT)
        self.tilt = nn.Linear(turning * known, len(FORMULAS), bias=False)
        sees = torch.tensor(SEES, dtype=torch.float32)
        self.register_buffer("sees", sees)
        turns = torch.cat([sees, sees, sees[:, :2]], 1)  # means, spreads, what control skin did
        self.register_buffer("turns", turns.repeat_interleave(known, 1))
        self.contrast = nn.Linear(known, len(FORMULAS) - 1, bias=False)
        self.leaks = nn.Conv2d(head, LEAKS, 1)
        self.unlike = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * channels + known, 16), nn.ReLU(), nn.Linear(16, told))
            for channels, told in (
                (len(CHANNELS) - 2, 2 + GAINS_OF_COLOR),
                (3, 1 + GAINS_OF_RELIEF),
            )
        )
        for told, gates in zip(self.unlike, (2, 1), strict=True):
            nn.init.zeros_(told[-1].weight[gates:])
            nn.init.zeros_(told[-1].bias)
            nn.init.constant_(told[-1].bias[:gates], UNLIKE)
        biased = (self.gain, self.control, self.leaks)
        for last in (*biased, self.tilt, self.contrast):
            nn.init.zeros_(last.weight)
        for last in biased:
            nn.init.zeros_(last.bias)

    def forward(
        self, before: Tensor, after: Tensor, shared: Tensor, context: Tensor, levels: Tensor
    ) -> Tensor:
        """Return the maps."""
        before, after = before / self.scales, after / self.scales
        skin = shared[:, :1] * shared[:, 1:]
        # The texture channel counts in units of 0.3 ln, its map in 30 %: one and the same.
        formula = torch.cat([(after - before)[:, n : n + 1] for n in FORMULAS], 1)
        level = levels[..., None, None] / self.units[:2]
        learnt = self.learnt(before, after, shared, context, (formula[:, :2] - level) * skin)

        apart = torch.cat([formula[:, :2] - level, (after - before)[:, 2:]], 1)  # but for the light
        counts, turn = self.unlikeness(apart, skin, context)
        gain = self.gains(learnt.turn + turn * FASTER)

        spread = spread_of(after, skin).log() - spread_of(before, skin).log()
        known = torch.cat([torch.ones_like(context[:, :1]), context], 1)
        turned = torch.cat([_mean(after - before, skin), spread, level[..., 0, 0]], 1)
        turned = (turned[:, :, None] * known[:, None]).flatten(1)
        tilted = nn.functional.linear(turned, self.tilt.weight * self.turns) * self.steep
        offset = (tilted * counts)[..., None, None]
        deeper = self.contrast(known) * spread[:, SHADING : SHADING + 1] * STEEP_CONTRAST
        shown = (before + after)[:, : len(FORMULAS) - 1] / 2
        sides = nearby(apart, skin)[:, None] * self.sees[..., None, None]
        leaked = enlarged((learnt.leaks * sides).sum(2), 2 * EVEN) * counts[..., None, None]
        off = leaked[:, :2] - (deeper * counts[:, :2])[..., None, None] * shown
        local = apart[:, :2] + off

        width = (self.width + self.wider * counts[:, :2]).exp()
        like = self.likeness(local, skin, width) * learnt.control
        center = _mean(local, enlarged(like) * skin)
        relative = (local - center[..., None, None]) * gain[:, 5:]
        absolute = local * gain[:, :2] + level * gain[:, 3:5] + offset[:, :2]
        texture = formula[:, 2:] * gain[:, 2:3] + offset[:, 2:] + leaked[:, 2:]
        maps = torch.cat([absolute, texture], 1) * self.units
        return torch.cat([maps, relative * self.units[:2]], 1)

    def learnt(
        self, before: Tensor, after: Tensor, shared: Tensor, context: Tensor, centered: Tensor
    ) -> _Learnt:
        """Read both photos, and the chromophores' change but for the light, by convolutions."""
        photos = self.each(self.own, [torch.cat([x, shared], 1) for x in (before, after)])
        difference, mean = photos[1] - photos[0], (photos[1] + photos[0]) / 2
        small = nn.functional.avg_pool2d(shared, 2)
        turning = torch.cat([difference, nn.functional.avg_pool2d(centered, 2)], 1)
        about = context[..., None, None].expand(-1, -1, *small.shape[2:])
        rest = torch.cat([mean, small, about], 1)
        turning = turning * CLEARER
        both = [torch.cat([turned, rest], 1) for turned in (turning, -turning)]
        first, second = self.each(lambda x: self.read(x, small[:, :1], context), both)
        even = (first + second) * FASTER
        leaks = nn.functional.avg_pool2d(even[:, GAIN:], EVEN)
        return _Learnt(
            even[:, :CONTROL].sigmoid(),
            even[:, CONTROL:GAIN].mean((2, 3)),
            leaks.unflatten(1, (len(FORMULAS), len(CHANNELS))),
        )

    def likeness(self, change: Tensor, skin: Tensor, width: Tensor) -> Tensor:
        """How like control skin each place is, 0..1, on half the raster: it changed as little.

        A step of a redescending M-estimate, over means of some millimeters: change is counted from
        the median of control skin, and far from it weighs nothing.
        """
        window = 2 * NEAR + 1
        seen = nn.functional.avg_pool2d(skin, window, 2, NEAR) + 1e-3
        mean = nn.functional.avg_pool2d(change * skin, window, 2, NEAR) / seen
        return torch.exp(-((mean / width[..., None, None]) ** 2))

    def unlikeness(
        self, difference: Tensor, skin: Tensor, context: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Tell from the size of differences how far a change may be other than one of skin.

        For each map how much of what is added counts, 0..1, (N, 3), and what it says of the gains,
        (N, 7). For chromophores all but color tells, for texture all but relief.
        """
        seen = nn.functional.avg_pool2d(skin, ROUGH) + 1e-3
        rough = nn.functional.avg_pool2d(difference * skin, ROUGH) / seen
        mean, spread = _mean(rough, seen).abs(), spread_of(rough, seen)
        rest = [skin.mean((2, 3)), context]
        of_color, of_texture = (
            told(torch.cat([mean[:, shown], spread[:, shown], *rest], 1))
            for told, shown in zip(self.unlike, (FOR_COLOR, FOR_TEXTURE), strict=True)
        )
        counts = torch.cat([of_color[:, :2], of_texture[:, :1]], 1)
        turn = torch.cat([of_color[:, 2:4], of_texture[:, 1:], of_color[:, 4:]], 1)
        return (counts * FASTER).sigmoid(), turn

    def gains(self, turn: Tensor) -> Tensor:
        """Gains of the formula's maps, (N, 7, 1, 1)."""
        turn = torch.tanh(turn)
        gain = 1 + torch.where(turn > 0, self.most[0], self.most[1]) * turn
        return gain[..., None, None]

    def read(self, x: Tensor, skin: Tensor, context: Tensor) -> Tensor:
        """Return control, gains and leaks, on half the raster."""
        repeats = x.shape[0] // context.shape[0]
        up, whole = self.reader(x, skin.repeat(repeats, 1, 1, 1), context.repeat(repeats, 1))
        gain = self.gain(whole)[..., None, None].expand(-1, -1, *up.shape[2:])
        return torch.cat([self.control(up), gain, self.leaks(up)], 1)

    def each(self, part: Callable[[Tensor], Tensor], inputs: list[Tensor]) -> list[Tensor]:
        """Let both inputs through a part of the network.

        Together while training: it is faster, and statistics are those of both. One by one in
        the graph that ships: a runtime may round the second of a batch otherwise than the first.
        """
        if torch.onnx.is_in_onnx_export():
            return [part(x) for x in inputs]
        return list(part(torch.cat(inputs)).chunk(2))


def _mean(maps: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of each map, (N, C)."""
    return (maps * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-3)


def spread_of(maps: Tensor, weight: Tensor) -> Tensor:
    """Weighted standard deviation of each map, (N, C)."""
    off = maps - _mean(maps, weight)[..., None, None]
    return (_mean(off**2, weight) + 1e-4).sqrt()


def nearby(maps: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of maps in windows of two blocks, (N, C, h / 16, w / 16)."""

    def mean(x: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(x, 4 * EVEN, 2 * EVEN, EVEN)

    return mean(maps * weight) / (mean(weight) + 1e-3)


def enlarged(x: Tensor, times: int = 2) -> Tensor:
    """Return several times as many rows and columns."""
    return nn.functional.interpolate(
        x, scale_factor=float(times), mode="bilinear", align_corners=False
    )


def count_parameters(net: nn.Module) -> int:
    """Return how many numbers are learnt."""
    return sum(p.numel() for p in net.parameters())
