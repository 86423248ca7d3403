"""The head: what retraining adds to the base network, and all that it may learn.

::

    both photos ─base→ maps ─what ships→ start ──────────────┐
                  └────────── planes P (odd) ─┐              + → maps
                              signature z (even) ─ Σ W z P ──┘

*Start* is what the model in use gives: maps of the network where it ships, else of the formulas.
Planes are these maps, the formulas', and what else differs between the photos; they change their
sign with the order of the photos. The signature tells how the photos are: color reference, tone,
what the light may be off by. It does not change with the order. So whatever W is, swapped photos
give the same maps with the other sign, and equal photos 0. With W = 0 the model is the one it came
from.

The head counts where photos are like those it learnt from (*seen*): how far the skin's own pattern
spreads in color and shading is decided by a camera's tone curve and saturation, and far from what
was seen the head fades and the base is left. It counts only under color references that labels
were seen with (*opened*): a color card undoes what the wall of a room cannot.

W is counted in units of what is likely beforehand (:data:`GAIN`, :data:`LEAK`, :data:`OFFSET`): how
far gains of a camera spread, and how much less one attribute says of another. What a camera does to
an attribute it does to its absolute and relative map alike, so that gain is one number for both
(*camera*), from which each may differ a little.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..net_input import CHANNELS, CONTEXT, MAPS
from .net import FORMULAS, SHADING, UNITS, ChangeNet, spread_of

__all__ = [
    "PLANES",
    "SIGNATURE",
    "Adapted",
    "Head",
    "Shipping",
    "shipping_of",
    "signature",
    "spreads",
]

ATTRIBUTES = ("redness", "hyperpigmentation", "texture")
REFERENCES = ("card", "grey", "scene", "skin")  # first numbers of the context
PLANES = (
    *MAPS,
    "formula redness",
    "formula hyperpigmentation",
    "formula texture",
    "shading",
    "fine",
    "coarse",
    "level redness",
    "level hyperpigmentation",
    "light",
)
SIGNATURE = (
    "one",
    "tone",
    "card",
    "grey",
    "own skin",
    "light_error",
)
LIKE, UNLIKE = 3.0, 6.0  # σ from what was seen: the head counts up to the first, and ends there
LEAST_SPREAD = 0.15  # ln: σ of what was seen, at least
TONE = 0.6  # of the context: medium skin
USUAL_SPREAD = (0.41, 0.78, 1.6)  # of a*/4, L*/4 and shading/0.2: 24 faces, one camera
# How far each number is likely from 0, before any label was seen (1 σ). In a simulated clinic with
# a camera of another tone curve, 48 pairs: three times as wide, and redness errs by 8 % more.
CAMERA = 0.4  # gain of an attribute: saturation and tone curve of a camera
GAIN = 0.05  # of one map beyond that of its attribute
SAME = 0.04  # other maps and formulas of the same attribute
LEAK = 0.03  # of another attribute
OFFSET = 0.015  # of what is the same all over the pair
BY_SIGNATURE = 0.15  # times: what depends on the signature


class Shipping(NamedTuple):
    """What the start is made of, each of shape (maps, references).

    Attributes
    ----------
    network, formula : tuple of tuples of float
        What the network's map and the formula's are multiplied by.
    """

    network: tuple[tuple[float, ...], ...]
    formula: tuple[tuple[float, ...], ...]


def shipping_of(output: Mapping[str, Any] | None) -> Shipping:
    """Return what a model gives, from the ``output`` of its card; None is the formulas alone."""
    output = output or {"scores": (), "factors": {}}
    network, formula = [], []
    for name in MAPS:
        kinds = [f"{name} {reference}" for reference in REFERENCES]
        gives = [kind in output["scores"] for kind in kinds]
        factors = [float(output["factors"].get(kind, 1.0)) for kind in kinds]
        shares = [float(output.get("shares", {}).get(kind, 1.0)) for kind in kinds]
        every = list(zip(gives, factors, shares, strict=True))
        network.append(tuple(factor * share if given else 0.0 for given, factor, share in every))
        formula.append(
            tuple(factor * (1 - share) if given else 1.0 for given, factor, share in every)
        )
    return Shipping(tuple(network), tuple(formula))


class Head(nn.Module):
    """What is added to the start.

    Parameters
    ----------
    shipping : Shipping
        Of the model that it starts from.
    """

    def __init__(self, shipping: Shipping) -> None:
        super().__init__()
        self.register_buffer("network", torch.tensor(shipping.network))
        self.register_buffer("formula", torch.tensor(shipping.formula))
        self.register_buffer("units", torch.tensor([*UNITS, *UNITS[:2]])[:, None, None])
        self.register_buffer("likely", likely())
        self.register_buffer("signs", _signs())
        self.register_buffer("own", own_planes())
        self.register_buffer("opened", torch.zeros(len(MAPS), len(REFERENCES)))
        self.register_buffer("seen", torch.tensor([[0.0] * 3, [1.0] * 3]))  # mean and σ of spreads
        self.weight = nn.Parameter(torch.zeros(len(MAPS), len(PLANES), len(SIGNATURE)))
        self.camera = nn.Parameter(torch.zeros(len(ATTRIBUTES), len(SIGNATURE)))

    def forward(
        self,
        maps: Tensor,
        before: Tensor,
        after: Tensor,
        shared: Tensor,
        context: Tensor,
        levels: Tensor,
    ) -> Tensor:
        """Return the maps of the new model, (N, 5, h, w), from those of the base network."""
        start = self.start(maps, before, after, context, levels)
        planes = self.planes(start, before, after, shared, levels)
        counts = self.counts(context, spreads(before, after, shared))
        return start + self.added(planes.flatten(2), signature(context), counts).reshape(
            start.shape
        )

    def added(self, planes: Tensor, signs: Tensor, counts: Tensor) -> Tensor:
        """Return what is added to maps or to readings, (N, 5, ...), from planes (N, K, ...)."""
        gain = torch.einsum("amk,az->mkz", self.own, self.camera * (CAMERA * self.signs))
        table = self.weight * self.likely + gain
        weights = (signs @ table.flatten(0, 1).T).reshape(-1, len(MAPS), len(PLANES))
        return torch.bmm(weights * counts[..., None], planes) * self.units[..., 0]

    def counts(self, context: Tensor, spread: Tensor) -> Tensor:
        """Return how much the head counts for each map, 0..1, (N, 5)."""
        opened = context[:, : len(REFERENCES)] @ self.opened.T
        off = ((spread - self.seen[0]) / self.seen[1]).square().sum(1, keepdim=True).sqrt()
        return opened * ((UNLIKE - off) / (UNLIKE - LIKE)).clamp(0, 1)

    def see(self, spread: Tensor) -> None:
        """Take over how photos are that are learnt from, (N, 3)."""
        self.seen[0] = spread.mean(0)
        self.seen[1] = spread.std(0, correction=0).clamp_min(LEAST_SPREAD)

    def cost(self) -> Tensor:
        """Return how unlikely the weights are, as half a sum of squares of σ."""
        return ((self.weight**2).sum() + (self.camera**2).sum()) / 2

    def start(
        self, maps: Tensor, before: Tensor, after: Tensor, context: Tensor, levels: Tensor
    ) -> Tensor:
        """Return what the model gives that retraining starts from, in a*, L* and %."""
        formula = _formula(before, after)
        relative = formula[:, :2] - levels[..., None, None]
        plain = torch.cat([formula, relative], 1)
        known = context[:, : len(REFERENCES)]
        of_network, of_formula = (
            (known @ table.T)[..., None, None] for table in (self.network, self.formula)
        )
        return maps * of_network + plain * of_formula

    def planes(
        self, start: Tensor, before: Tensor, after: Tensor, shared: Tensor, levels: Tensor
    ) -> Tensor:
        """Return what differs between both photos, (N, K, h, w), each in its usual size."""
        step = after - before
        skin = shared[:, :1] * shared[:, 1:]
        light = step[:, SHADING : SHADING + 1] / 0.2
        even = (light * skin).sum((2, 3), keepdim=True) / (skin.sum((2, 3), keepdim=True) + 1e-3)
        level = (levels / 4.0)[..., None, None]
        places = [CHANNELS.index(name) for name in ("fine", "coarse")]
        parts = [
            start / self.units,
            _formula(before, after) / self.units[: len(FORMULAS)],
            light,
            *(step[:, place : place + 1] / 0.3 for place in places),
            level.expand(-1, -1, *step.shape[2:]),
            even.expand(-1, -1, *step.shape[2:]),
        ]
        return torch.cat(parts, 1)


class Adapted(nn.Module):
    """Base network and head as one, with the inputs and the output of the base."""

    def __init__(self, net: ChangeNet, head: Head) -> None:
        super().__init__()
        self.net, self.head = net, head

    def forward(
        self, before: Tensor, after: Tensor, shared: Tensor, context: Tensor, levels: Tensor
    ) -> Tensor:
        """Return the maps, (N, 5, h, w)."""
        maps = self.net(before, after, shared, context, levels)
        return self.head(maps, before, after, shared, context, levels)


def spreads(before: Tensor, after: Tensor, shared: Tensor) -> Tensor:
    """Return ln of how far haemoglobin, melanin and shading of the skin spread, (N, 3)."""
    skin = shared[:, :1] * shared[:, 1:]
    scales = before.new_tensor([4.0, 4.0, 0.2])[:, None, None]
    first, second = (spread_of(x[:, :3] / scales, skin).log() for x in (before, after))
    return (first + second) / 2 - before.new_tensor(USUAL_SPREAD).log()


def signature(context: Tensor) -> Tensor:
    """Return how the photos of each pair are, (N, Z): the same in either order."""

    def named(name: str) -> Tensor:
        place = CONTEXT.index(name)
        return context[:, place : place + 1]

    plain = [named(name) for name in ("card", "grey", "own skin", "light_error")]
    return torch.cat([torch.ones_like(plain[0]), named("tone") - TONE, *plain], 1)


def _formula(before: Tensor, after: Tensor) -> Tensor:
    """Return the maps of the formulas, (N, 3, h, w): a*, L*, %."""
    step = torch.cat([(after - before)[:, n : n + 1] for n in FORMULAS], 1)
    percent = step.new_tensor([1.0, 1.0, 100.0])[:, None, None]
    return step * percent


def own_planes() -> Tensor:
    """Return which plane is a map itself, by attribute: (attributes, maps, planes)."""
    table = torch.zeros(len(ATTRIBUTES), len(MAPS), len(PLANES))
    for row, name in enumerate(MAPS):
        table[ATTRIBUTES.index(name.split()[0]), row, PLANES.index(name)] = 1.0
    return table


def likely() -> Tensor:
    """Return how far from 0 each number of W is likely to be, (maps, planes, signature)."""
    table = torch.tensor([[_likely(name, plane) for plane in PLANES] for name in MAPS])
    return table[..., None] * _signs()


def _signs() -> Tensor:
    signs = torch.full((len(SIGNATURE),), BY_SIGNATURE)
    signs[0] = 1.0
    return signs


def _likely(name: str, plane: str) -> float:
    attribute, basis = name.split()
    if plane == name:
        return GAIN
    if plane in ("light", "level redness", "level hyperpigmentation"):
        # What is the same everywhere says nothing of what one place did against the rest.
        return OFFSET if basis == "absolute" else 0.0
    holds_light = plane.startswith("formula") or plane.endswith("absolute")
    if basis == "relative" and holds_light and "texture" not in plane:
        return 0.0
    return SAME if attribute in plane else LEAK
