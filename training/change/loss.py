"""What the maps may be wrong by: region by region, and of texture in windows of 6 and 16 mm.

Not pixel by pixel: most pixels did not change, and a network that is asked for each of them learns
to call small changes noise and to shrink the rest. What is scored is a mean, and there noise
averages out. A slope other than 1 between what is read and what was done costs by itself, however
the photos were taken (:class:`Slopes`): a mean error alone shrinks what is read the more the
noisier photos are, and a single factor afterwards cannot be right for all of them. What
blood and melanin did is the mean over all skin of a region, what is read the mean over what is
trusted: skin that changed is trusted less.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, smooth_l1_loss

from change.data import OWN_SKIN, TAKEN, Pairs
from skindelta.learning.net import TEXTURE_CHANNEL
from skindelta.net_input import MAPS

__all__ = ["Slopes", "loss_of"]

REGIONS = 12  # labels that may occur
MIN_CELLS = 24.0  # of a region
WINDOWS = (8, 20)  # cells of 0.8 mm
MIN_WEIGHT = 0.3  # of a window
# Size of the error of a region from which it counts in proportion instead of squared.
BETAS = {
    "redness absolute": 0.3,
    "hyperpigmentation absolute": 0.3,
    "texture absolute": 3.0,
    "redness relative": 0.1,
    "hyperpigmentation relative": 0.1,
}
WINDOW_BETA = 15.0  # of the windows of texture, %
SLOPE_WEIGHT = 10.0
REMEMBERED = 0.98  # of the sums of slopes, from batch to batch
MORE, CHANGED_RELIEF = 3.0, 10.0  # that a change of texture weighs more than none; from that % on
ABSOLUTE_WEIGHT = 0.5  # of chromophores: most of what they are wrong by is light


class _Read(NamedTuple):
    """What was read of each region and of the whole (N, R), and what is true."""

    value: Tensor
    truth: Tensor
    counts: Tensor


class Slopes:
    """Slopes of what is read on what is true, by map and by how photos were taken.

    The slope of a batch is mostly noise, and its square would cost the more the larger what is
    read: that shrinks. So slopes are those of many batches, which only the gradient is taken of
    one by one: it is that of the square of the expected slope minus 1.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}  # of truth², and of truth times error, (2, groups)

    def cost(self, name: str, read: _Read, taken: Tensor) -> Tensor:
        """Square of the slope minus 1, mean over the ways that photos are taken."""
        here = (read.counts > MIN_CELLS).float()
        group = torch.nn.functional.one_hot(taken, len(TAKEN)).float()
        square = (read.truth**2 * here).sum(1) @ group
        error = (read.truth * (read.value - read.truth) * here).sum(1) @ group
        batch = torch.stack([square, error.detach()])
        before = self.sums.get(name, torch.zeros_like(batch))
        before = torch.where(before[0] > 0, before, batch)  # the first of its group
        self.sums[name] = sums = REMEMBERED * before + (1 - REMEMBERED) * batch
        scale = sums[0].clamp_min(1e-3)
        off = (sums[1] / scale).clamp(-0.5, 0.5)
        push = 2 * off * error / scale
        return (off**2 + push - push.detach()).mean()


def loss_of(
    maps: Tensor, pairs: Pairs, slopes: Slopes | None = None
) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of a batch, and its parts; without memory of others, slopes are its own."""
    slopes = slopes or Slopes()
    weight = pairs.shared[:, 0] * pairs.shared[:, 1] * (pairs.labels > 0)
    known, skin = 1 - pairs.context[:, OWN_SKIN], (pairs.labels > 0).float()
    member = _membership(pairs.labels)
    parts: dict[str, Tensor] = {}
    for number, attribute in enumerate(("redness", "hyperpigmentation")):
        field = pairs.truth[:, number]
        of_control = _median(field, skin)[:, None, None]
        for basis, truth, share in (
            ("absolute", field, known * ABSOLUTE_WEIGHT),
            ("relative", field - of_control, torch.ones_like(known)),
        ):
            name = f"{attribute} {basis}"
            values = maps[:, MAPS.index(name)]
            read = _regions(values, truth, weight, member)
            read = read._replace(counts=read.counts * (share > 0)[:, None])
            parts[f"{name} regions"] = float(share.max()) * _of_regions(
                read, BETAS[name], torch.ones_like(read.truth)
            )
            parts[f"{name} slope"] = SLOPE_WEIGHT * slopes.cost(name, read, pairs.taken)
    parts |= _texture(maps[:, MAPS.index("texture absolute")], weight, member, pairs, slopes)
    total = torch.stack(list(parts.values())).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _membership(labels: Tensor) -> Tensor:
    """Return the whole and each region, (N, R, h, w)."""
    each = torch.arange(2, REGIONS, device=labels.device)[None, :, None, None]
    return torch.cat([(labels > 0)[:, None], labels[:, None] == each], 1).float()


def _median(field: Tensor, weight: Tensor) -> Tensor:
    """Median of each field over all skin: what control skin did."""
    medians = []
    for own, skin in zip(field, weight, strict=True):
        values = own[skin > MIN_WEIGHT]
        medians.append(values.median() if values.numel() else own.new_zeros(()))
    return torch.stack(medians)


def _windows(error: Tensor, weight: Tensor) -> Tensor:
    """Mean errors in windows of two sizes."""
    total = error.new_zeros(())
    for size in WINDOWS:
        step = size // 2
        seen = avg_pool2d(weight[:, None], size, step)
        mean = avg_pool2d((error * weight)[:, None], size, step) / seen.clamp_min(1e-3)
        each = smooth_l1_loss(mean, torch.zeros_like(mean), reduction="none")
        here = seen * (seen > MIN_WEIGHT)
        total = total + (each * here).sum() / here.sum().clamp_min(1)
    return total / len(WINDOWS)


def _regions(values: Tensor, truth: Tensor, weight: Tensor, member: Tensor) -> _Read:
    """Trusted mean of every region, and the truth of all its skin."""
    trusted = member * weight[:, None]
    counts = trusted.sum((2, 3))
    value, true = (
        (field[:, None] * inside).sum((2, 3)) / inside.sum((2, 3)).clamp_min(1e-3)
        for field, inside in ((values, trusted), (truth, member))
    )
    return _Read(value, true, counts)


def _importance(truth: Tensor) -> Tensor:
    """How much a true change of texture in % weighs: most pairs have none."""
    return 1 + MORE * (truth.abs() / CHANGED_RELIEF).clamp_max(1)


def _of_regions(read: _Read, beta: float, counted: Tensor) -> Tensor:
    """Error of the whole, plus that of the regions together."""
    scaled = (read.value - read.truth) / beta
    each = smooth_l1_loss(scaled, torch.zeros_like(scaled), reduction="none")
    here = (read.counts > MIN_CELLS).float() * counted
    whole = (each[:, 0] * here[:, 0]).sum() / here[:, 0].sum().clamp_min(1)
    parts = (each[:, 1:] * here[:, 1:]).sum() / here[:, 1:].sum().clamp_min(1)
    return (whole + parts) / 4


def _texture(
    values: Tensor, weight: Tensor, member: Tensor, pairs: Pairs, slopes: Slopes
) -> dict[str, Tensor]:
    """Texture is a ratio of energies: where there is more relief a region weighs more."""
    before, after = pairs.before[:, TEXTURE_CHANNEL], pairs.after[:, TEXTURE_CHANNEL]
    here = (before != 0) & (after != 0)
    weight = weight * here * pairs.has_texture[:, None, None]
    unchanged, changed = pairs.truth[:, 2], pairs.truth[:, 3]
    # Energy that the skin would have without any change, up to a factor.
    energy = weight * (before + after - (unchanged + changed) / 2).exp().clamp(1e-3, 1e3)
    middle = weight * (before + after).exp().clamp(1e-3, 1e3)
    wanted = _log_ratio(energy[:, None] * member, unchanged[:, None], changed[:, None])
    step = (values / 100).clamp(-3, 3)[:, None]
    found = _log_ratio(middle[:, None] * member, -step, step)
    read = _Read(found, wanted, (member * weight[:, None]).sum((2, 3)))
    truth = 50 * (changed - unchanged)
    windows = _windows((values - truth) / WINDOW_BETA, weight * _importance(truth))
    name = "texture absolute"
    return {
        f"{name} regions": _of_regions(read, BETAS[name], _importance(read.truth)),
        f"{name} slope": SLOPE_WEIGHT * slopes.cost(name, read, pairs.taken),
        f"{name} windows": windows,
    }


def _log_ratio(energy: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """100 ln of the ratio of the RMS after to that before, (N, R)."""
    first = (energy * before.exp()).sum((2, 3)) + 1e-6
    last = (energy * after.exp()).sum((2, 3)) + 1e-6
    return 50 * (last.log() - first.log())
