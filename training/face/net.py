"""The two networks: where faces are in a photo, and where the points are in one face.

Both are small convolutional networks with skip connections from the way down to the way up. The
landmark network gives one heat map per point and the mean position under it (soft-argmax: Sun et
al. 2018, "Integral human pose regression", ECCV), so that a few dozen people suffice: the answer
moves with the picture by construction and does not have to be learnt at every position.
"""

import torch
from torch import Tensor, nn

__all__ = ["FaceFinder", "LandmarkNet", "count_parameters"]


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch normalization, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two convolutions around which the input passes unchanged."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Pyramid(nn.Module):
    """Down to stride 32 and up again; gives the map at `stride` and the deepest one.

    Parameters
    ----------
    widths : sequence of int
        Channels at stride 2, 4, 8, 16 and 32.
    stride : int
        4 or 8.
    head : int
        Channels on the way up.
    """

    def __init__(self, widths: tuple[int, ...], stride: int, head: int) -> None:
        super().__init__()
        self.stem = conv(3, widths[0], stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(conv(a, b, stride=2), Residual(b))
            for a, b in zip(widths[:-1], widths[1:], strict=True)
        )
        self.keep = {4: 4, 8: 3}[stride]
        self.side = nn.ModuleList(nn.Conv2d(w, head, 1) for w in widths[:0:-1][: self.keep])
        self.smooth = nn.ModuleList(conv(head, head) for _ in range(self.keep))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        levels = []
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        deepest = levels[-1]
        up = self.smooth[0](self.side[0](deepest))
        for side, smooth, level in zip(
            self.side[1:], self.smooth[1:], levels[-2::-1], strict=False
        ):
            up = nn.functional.interpolate(up, scale_factor=2.0, mode="nearest")
            up = smooth(up + side(level))
        return up, deepest


def standardize(x: Tensor) -> Tensor:
    """Take mean and contrast out of each channel, and with them most of exposure and color cast."""
    mean = x.mean((2, 3), keepdim=True)
    square = ((x - mean) ** 2).mean((2, 3), keepdim=True)
    return (x - mean) / (square.sqrt() + 0.02)


class FaceFinder(nn.Module):
    """Photo (N, 3, S, S) in 0..1 → maps (N, 6, S/8, S/8).

    Channels: logit that a face is centered in the cell; offset of its center from the middle of
    the cell, x and y, in cells; log2 of its size in cells; cosine and sine of its rotation.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 40, 56, 80), head: int = 40) -> None:
        super().__init__()
        self.body = Pyramid(widths, stride=8, head=head)
        self.head = nn.Conv2d(head, 6, 1)
        nn.init.constant_(self.head.bias, 0.0)
        with torch.no_grad():
            self.head.bias[0] = -4.0  # faces are rare: start from there

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        up, _ = self.body(standardize(x))
        return self.head(up)


class LandmarkNet(nn.Module):
    """Crop (N, 3, S, S) in 0..1 → points (N, K, 2), spread (N, K), logit (N,).

    Points are in pixels of the crop. The spread is the root mean square distance under a heat map
    from its mean, in pixels; the logit says whether the crop holds a face where it should be.
    """

    def __init__(
        self, points: int, widths: tuple[int, ...] = (16, 32, 48, 64, 96), head: int = 64
    ) -> None:
        super().__init__()
        self.body = Pyramid(widths, stride=4, head=head)
        self.heat = nn.Conv2d(head, points, 1)
        self.face = nn.Sequential(nn.Linear(widths[-1], 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return points, spread and logit."""
        up, deepest = self.body(standardize(x))
        points, spread = soft_argmax(self.heat(up).float(), stride=4)
        return points, spread, self.face(deepest.mean((2, 3)))[:, 0]


def soft_argmax(heat: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Return mean position (x, y) and RMS distance from it under each heat map, in input pixels."""
    rows, columns = heat.shape[2:]
    weight = heat.flatten(2).softmax(-1)
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    grid = torch.stack([x, y], -1).reshape(-1, 2).to(heat.dtype)
    mean = weight @ grid
    square = weight @ (grid**2).sum(-1, keepdim=True)
    variance = square[..., 0] - (mean**2).sum(-1)
    # The middle of a cell of s pixels lies (s - 1) / 2 pixels after its first pixel center.
    return mean * stride + (stride - 1) / 2, stride * variance.clamp_min(1e-6).sqrt()


def count_parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
