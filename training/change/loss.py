"""What a map may be wrong by: pixel by pixel, region by region, and against control skin."""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from change.data import CLOSE_UP, OWN_SKIN, Pairs
from change.net import TEXTURE_CHANNEL

REGIONS = 12  # labels that may occur
MIN_CELLS = 24.0  # of a region
CONTROL_WIDTH = 0.25  # a*, L*: skin that changed by no more than this against the median is control
# Size of an error, in the map's unit, from which it counts in proportion instead of squared.
PIXEL_BETA, REGION_BETA = (1.0, 1.0, 20.0), (0.2, 0.2, 3.0)
PIXEL_WEIGHT, REGION_WEIGHT, RELATIVE_WEIGHT = (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.5, 1.5, 0.0)


def loss_of(maps: Tensor, pairs: Pairs) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of a batch, and its parts."""
    skin, trust = pairs.shared[:, 0], pairs.shared[:, 1]
    weight = skin * trust * (pairs.labels > 0)
    known = 1 - pairs.context[:, OWN_SKIN]
    parts: dict[str, Tensor] = {}
    for number, name in enumerate(("redness", "hyperpigmentation")):
        error = maps[:, number] - pairs.truth[:, number]
        offset = mean_over(error, weight)
        centered = error - ((1 - known) * offset)[:, None, None]
        parts[f"{name} pixels"] = _pixels(centered, weight, number)
        regions = _by_region(error, weight, pairs.labels)
        control = _control(pairs.truth[:, number], weight)
        parts[f"{name} relative"] = RELATIVE_WEIGHT[number] * _regions(
            regions.mean - mean_over(error, control)[:, None], regions, number
        )
        whole = regions.mean[:, :1] * known[:, None]
        absolute = torch.cat([whole, regions.mean[:, 1:] * known[:, None] * 0.5], 1)
        parts[f"{name} regions"] = REGION_WEIGHT[number] * _regions(absolute, regions, number)
    parts |= _texture(maps[:, 2], weight, pairs)
    total = torch.stack(list(parts.values())).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


class _Regions:
    """Mean error of the whole and of each region, and which count."""

    def __init__(self, mean: Tensor, counts: Tensor) -> None:
        self.mean, self.counts = mean, counts


def mean_over(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of each pair, (N,)."""
    return (values * weight).sum((1, 2)) / weight.sum((1, 2)).clamp_min(1e-3)


def membership(labels: Tensor) -> Tensor:
    """Return the whole and each region, (N, R + 1, h, w)."""
    each = torch.arange(2, REGIONS, device=labels.device)[None, :, None, None]
    return torch.cat([(labels > 0)[:, None], labels[:, None] == each], 1).float()


def _by_region(values: Tensor, weight: Tensor, labels: Tensor) -> _Regions:
    member = membership(labels) * weight[:, None]
    sums = member.sum((2, 3))
    return _Regions((values[:, None] * member).sum((2, 3)) / sums.clamp_min(1e-3), sums)


def _pixels(error: Tensor, weight: Tensor, number: int) -> Tensor:
    beta = PIXEL_BETA[number]
    each = smooth_l1_loss(error / beta, torch.zeros_like(error), reduction="none")
    return PIXEL_WEIGHT[number] * mean_over(each, weight).mean()


def _regions(error: Tensor, regions: _Regions, number: int) -> Tensor:
    """Error of the whole, plus that of the regions together."""
    scaled = error / REGION_BETA[number]
    each = smooth_l1_loss(scaled, torch.zeros_like(scaled), reduction="none")
    counts = (regions.counts > MIN_CELLS).float()
    parts = (each[:, 1:] * counts[:, 1:]).sum() / counts[:, 1:].sum().clamp_min(1)
    return ((each[:, :1] * counts[:, :1]).sum() / counts[:, :1].sum().clamp_min(1) + parts) / 4


def _control(truth: Tensor, weight: Tensor) -> Tensor:
    """Skin that did not change, against the median of all."""
    medians = []
    for own, skin in zip(truth, weight, strict=True):
        values = own[skin > 0.3]
        medians.append(values.median() if values.numel() else own.new_zeros(()))
    off = (truth - torch.stack(medians)[:, None, None]).abs()
    return weight * (off < CONTROL_WIDTH)


def _texture(values: Tensor, weight: Tensor, pairs: Pairs) -> dict[str, Tensor]:
    """Texture is a ratio of energies: where there is more relief a region weighs more."""
    before, after = pairs.before[:, TEXTURE_CHANNEL], pairs.after[:, TEXTURE_CHANNEL]
    here = (before != 0) & (after != 0)
    weight = weight * here * pairs.has_texture[:, None, None]
    unchanged, changed = pairs.truth[:, 2], pairs.truth[:, 3]
    truth = 50 * (changed - unchanged)
    pixels = _pixels(values - truth, weight, 2)
    # Energy that the skin would have without any change, up to a factor.
    energy = weight * (before + after - (unchanged + changed) / 2).exp().clamp(1e-3, 1e3)
    middle = weight * (before + after).exp().clamp(1e-3, 1e3)
    member = membership(pairs.labels)
    wanted = _log_ratio(energy[:, None] * member, unchanged[:, None], changed[:, None])
    step = (values / 100).clamp(-3, 3)[:, None]
    found = _log_ratio(middle[:, None] * member, -step, step)
    counts = (member * weight[:, None]).sum((2, 3))
    error = (found - wanted) * (counts > MIN_CELLS)
    return {
        "texture pixels": pixels,
        "texture regions": REGION_WEIGHT[2] * _regions(error, _Regions(error, counts), 2),
    }


def _log_ratio(energy: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """100 ln of the ratio of the RMS after to that before, (N, R + 1)."""
    first = (energy * before.exp()).sum((2, 3)) + 1e-6
    last = (energy * after.exp()).sum((2, 3)) + 1e-6
    return 50 * (last.log() - first.log())


__all__ = ["CLOSE_UP", "loss_of", "mean_over", "membership"]
