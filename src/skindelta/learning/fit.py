"""Learn the head from targets: one loss for grades, units, choices and known changes.

::

    reading ─× factor of its link→ what is written, off by the noise of its rater  (Huber)
    reading ─/ width→ logit of a choice
    reading − known change  (generated skin; in the user's own photos but for one factor)

Every row is divided by its noise, which is estimated from what is left of it, rater by rater and
shrunk towards all of them, so that a careless rater counts less. What is likely beforehand is in
the head (:mod:`skindelta.learning.head`). A run ends where people that nothing is learnt from are
read best, counted in the noise of the start; they see no other choice. It is decided by its seed
and the step alone, so one that was killed goes on to the same end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import huber_loss, softplus

from ..net_input import MAPS
from .features import Features, read_features
from .head import REFERENCES, Head
from .targets import CHOICE, KNOWN, OWN_PHOTO, UNITS, Target, usual_size

__all__ = ["Progress", "Rows", "Settings", "fit", "rows_of"]

MAP_NOISE = (0.3, 0.3, 3.0, 0.1, 0.1)  # what readings of known changes are off by: a*, L*, %
LEAST_NOISE = 0.15  # of what is written, times its usual size: nobody grades better
FEW_ROWS = 20.0  # that the noise of one rater is shrunk towards that of all by
HUBER = 2.0  # σ from which an error counts in proportion
CHECK_EVERY = 10
LINK_SPREAD = 1.0  # ln: how far a factor may be from that of the start (1 σ)
SLOPE_SPREAD = 0.05  # of a slope from 1 (1 σ)
FEWEST_SHARED = 20  # regions that two raters graded: what is true of them can be told from noise
LEAST_TRUE = 0.1  # share of what is written that is true, at least: else slopes tell nothing
OWN_SPREAD = 0.3  # ln: how far known changes in own photos may be from their units (1 σ)


@dataclass(frozen=True)
class Settings:
    """How a run learns.

    Attributes
    ----------
    steps : int
        At most.
    rate : float
        Of Adam, after the first steps; falls as half a cosine.
    replay : float
        How many label rows all known changes together weigh as much as, as a share of the labels.
    prior : float
        Times that what is likely beforehand counts.
    patience : int
        Steps without a better reading of the people to stop by, after which a run ends.
    seed : int
    """

    steps: int = 600
    rate: float = 0.03
    replay: float = 0.2
    prior: float = 1.0
    patience: int = 200
    seed: int = 1


@dataclass(frozen=True)
class Progress:
    """How far a run is: losses of a row, over people learnt from and people to stop by."""

    step: int
    steps: int
    learn: float
    stop: float | None
    replay: float | None


@dataclass(frozen=True, eq=False)
class Rows:
    """Targets as tensors, (rows,) each."""

    example: Tensor
    map: Tensor
    region: Tensor
    value: Tensor
    link: Tensor  # place among `links`
    rater: Tensor  # place among `raters`
    kind: Tensor  # 0 written, 1 choice, 2 known
    learn: Tensor
    stop: Tensor
    links: tuple[str, ...]
    free: Tensor  # (links,): whether its factor is learnt
    sizes: Tensor  # (links,)
    raters: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.value)


WRITTEN, CHOSEN, KNOWN_CHANGE = 0, 1, 2


def rows_of(targets: Sequence[Target]) -> Rows:
    """Bring targets into tensors."""
    links = tuple(sorted({t.link for t in targets}))
    raters = tuple(sorted({f"{t.link} {t.rater}" for t in targets}))
    kinds = [
        CHOSEN if t.scale == CHOICE else KNOWN_CHANGE if t.scale in (KNOWN, OWN_PHOTO) else WRITTEN
        for t in targets
    ]
    free = [not (link.split()[0] in UNITS or link.startswith(f"{KNOWN} ")) or OWN_PHOTO in link
            for link in links]  # fmt: skip

    def whole(numbers: list[int]) -> Tensor:
        return torch.tensor(numbers, dtype=torch.long)

    return Rows(
        whole([t.example for t in targets]),
        whole([t.map for t in targets]),
        whole([t.region for t in targets]),
        torch.tensor([t.value for t in targets], dtype=torch.float32),
        whole([links.index(t.link) for t in targets]),
        whole([raters.index(f"{t.link} {t.rater}") for t in targets]),
        whole(kinds),
        torch.tensor([t.part == "learn" for t in targets]),
        torch.tensor([t.part == "stop" for t in targets]),
        links,
        torch.tensor(free),
        torch.tensor([usual_size(targets, link) for link in links]),
        raters,
    )


class _Run:
    """Head, factors and noise, as they are after some steps."""

    def __init__(self, head: Head, features: Features, rows: Rows, settings: Settings) -> None:
        self.head, self.rows, self.settings = head, rows, settings
        self.features = features
        self.known = rows.kind == KNOWN_CHANGE
        self.factor = torch.nn.Parameter(torch.zeros(len(rows.links)))
        with torch.no_grad():
            self.begin = self._begin()
        self.noise = rows.sizes[rows.link] * 0.5
        self._estimate_noise()
        self.first_noise = self.noise.clone()
        self.true_square = self._true_squares()
        self.parameters = [head.weight, head.camera, self.factor]
        self.optimizer = torch.optim.Adam(self.parameters, lr=settings.rate)
        self.best: dict[str, Any] = {"stop": float("inf"), "step": 0}
        self.keep_best(0, float("inf"))

    def read(self) -> Tensor:
        """Return what is read of every row, in units."""
        readings = read_features(self.features, self.head)
        return readings[self.rows.example, self.rows.map, self.rows.region]

    def _begin(self) -> Tensor:
        """Ln of the factor of each link that fits what the start reads; 0 where it is none."""
        read, rows = self.read(), self.rows
        found = torch.zeros(len(rows.links))
        for link in range(len(rows.links)):
            here = (rows.link == link) & rows.learn & (rows.kind == WRITTEN)
            if rows.free[link] and here.any():
                product, square = (read * rows.value)[here].sum(), (read[here] ** 2).sum()
                found[link] = (product / square.clamp_min(1e-9)).clamp_min(1e-3).log()
            elif rows.free[link] and (rows.kind[rows.link == link] == CHOSEN).any():
                found[link] = -(read[rows.link == link] ** 2).mean().sqrt().clamp_min(1e-3).log()
        return found

    def factors(self) -> Tensor:
        """Return the factor of every link."""
        return (self.begin + self.factor * self.rows.free * LINK_SPREAD).exp()

    def errors(self, read: Tensor, of_noise: Tensor) -> Tensor:
        """Return what every row costs, in its noise."""
        rows = self.rows
        factor = self.factors()[rows.link]
        # Never the other way around, reading less a factor times what is true: both would shrink.
        written, wanted = read * factor, rows.value
        noise = torch.where(self.known, torch.tensor(MAP_NOISE)[rows.map], of_noise)
        off = (written - wanted) / noise
        cost = huber_loss(off, torch.zeros_like(off), reduction="none", delta=HUBER)
        logit = read * factor
        chosen = torch.where(rows.value == 0, softplus(logit) + softplus(-logit),
                             2 * softplus(-logit * rows.value))  # fmt: skip
        return torch.where(rows.kind == CHOSEN, chosen / 2, cost)

    def loss(self) -> Tensor:
        """Return what is made as small as can be."""
        read, rows = self.read(), self.rows
        cost = self.errors(read, self.noise)
        labels = (rows.learn & ~self.known).float()
        replay = (self.known & rows.learn).float()
        count = labels.sum()
        weight = self.settings.replay * count / replay.sum().clamp_min(1)
        own = (self.factor**2 * rows.free * self._tightness()).sum() / 2
        prior = self.settings.prior * (self.head.cost() + own)
        return (cost * (labels + weight * replay)).sum() + prior + self._slopes(read)

    def _slopes(self, read: Tensor) -> Tensor:
        """Return what slopes other than 1 cost, of readings in units on what is true."""
        total = torch.zeros(())
        for link, square in self.true_square.items():
            here = self.rows.learn & (self.rows.link == link)
            slope = (read[here] * self.rows.value[here]).mean() / square
            total = total + ((slope - 1) / SLOPE_SPREAD) ** 2 / 2
        return total

    def _true_squares(self) -> dict[int, float]:
        """Mean square of what is true on each link in units, from raters that graded the same.

        Noise of two raters is independent, so the mean product of their values is that of the
        truth. With one rater alone it is not known, and readings shrink as regression does.
        """
        rows, found = self.rows, {}
        for link in range(len(rows.links)):
            here = rows.learn & (rows.link == link) & (rows.kind == WRITTEN)
            if rows.free[link] or not here.any():
                continue
            key = (rows.example * 64 + rows.map) * 64 + rows.region
            _, group = key[here].unique(return_inverse=True)
            sums, squares, counts = (
                torch.zeros(int(group.max()) + 1).index_add_(0, group, x)
                for x in (rows.value[here], rows.value[here] ** 2, torch.ones(int(here.sum())))
            )
            more = counts > 1
            if int(more.sum()) < FEWEST_SHARED:
                continue
            products = (sums**2 - squares)[more].sum() / (counts * (counts - 1))[more].sum()
            if float(products) > LEAST_TRUE * float((squares[more] / counts[more]).mean()):
                found[link] = float(products)
        return found

    def _tightness(self) -> Tensor:
        ratio = LINK_SPREAD / OWN_SPREAD
        return torch.tensor([ratio**2 if OWN_PHOTO in link else 1.0 for link in self.rows.links])

    def step(self, number: int) -> None:
        """Go one step."""
        share = number / max(self.settings.steps, 1)
        rate = self.settings.rate * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * share)).item())
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate, self.settings.rate / 100)
        self.optimizer.zero_grad()
        self.loss().backward()
        self.optimizer.step()

    def look(self, number: int) -> Progress:
        """Estimate the noise anew, and see how people are read that nothing is learnt from."""
        self._estimate_noise()
        with torch.no_grad():
            cost, rows = self.errors(self.read(), self.first_noise), self.rows
        labels = ~self.known
        stop = _mean(cost, rows.stop & labels)
        if stop is not None and stop < self.best["stop"]:
            self.keep_best(number, stop)
        return Progress(
            number, self.settings.steps, _mean(cost, rows.learn & labels) or 0.0, stop,
            _mean(cost, self.known),
        )  # fmt: skip

    def _estimate_noise(self) -> None:
        """Root mean square of what is left of each rater's rows, shrunk towards all raters'."""
        rows = self.rows
        with torch.no_grad():
            left = (self.read() * self.factors()[rows.link] - rows.value) ** 2
        used = rows.learn & (rows.kind == WRITTEN)
        for link in range(len(rows.links)):
            here = used & (rows.link == link)
            if not here.any():
                continue
            every = left[here].mean()
            least = (LEAST_NOISE * rows.sizes[link]) ** 2
            for rater in rows.rater[rows.link == link].unique():
                own = here & (rows.rater == rater)
                count = own.sum()
                square = (left[own].sum() + FEW_ROWS * every) / (count + FEW_ROWS)
                self.noise[rows.rater == rater] = square.clamp_min(least).sqrt()

    def keep_best(self, step: int, stop: float) -> None:
        """Remember the weights as they are."""
        self.best = {
            "step": step,
            "stop": stop,
            "weights": [p.detach().clone() for p in self.parameters],
        }

    def state(self, step: int) -> dict[str, Any]:
        """Return all that a run needs to go on."""
        return {
            "step": step,
            "weights": [p.detach() for p in self.parameters],
            "optimizer": self.optimizer.state_dict(),
            "noise": self.noise,
            "best": self.best,
        }

    def resume(self, state: dict[str, Any]) -> int:
        """Go on from a state; the steps done."""
        self.take(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.noise, self.best = state["noise"], state["best"]
        return int(state["step"])

    def take(self, weights: Sequence[Tensor]) -> None:
        """Take weights over."""
        with torch.no_grad():
            for parameter, weight in zip(self.parameters, weights, strict=True):
                parameter.copy_(weight)


def open_head(head: Head, features: Features, rows: Rows) -> None:
    """Let the head count for maps and color references that labels to learn from were seen with."""
    labels = rows.learn & (rows.kind != KNOWN_CHANGE)
    known = features.context[rows.example][:, : len(REFERENCES)].argmax(1)
    attributes = [name.split()[0] for name in MAPS]
    for number, reference in zip(rows.map[labels].tolist(), known[labels].tolist(), strict=True):
        for other, attribute in enumerate(attributes):
            if attribute == attributes[number]:
                head.opened[other, reference] = 1.0
    head.see(features.spread[rows.example[labels].unique()])


def fit(
    head: Head,
    features: Features,
    rows: Rows,
    settings: Settings,
    state_file: Path | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> dict[str, float]:
    """Learn the head in place.

    Parameters
    ----------
    head : Head
        Of the model to start from; its weights are 0.
    features : Features
        Of all examples.
    rows : Rows
    settings : Settings
    state_file : Path, optional
        Where the run is kept, and goes on from if it was stopped.
    tell : callable
        Gets the progress every few steps.

    Returns
    -------
    dict of str to float
        Factor of each link, from units to what is written.
    """
    torch.manual_seed(settings.seed)
    open_head(head, features, rows)
    run = _Run(head, features, rows, settings)
    begin = 0
    if state_file is not None and state_file.exists():
        begin = run.resume(torch.load(state_file, weights_only=True))
    for step in range(begin, settings.steps + 1):
        if step % CHECK_EVERY == 0:
            tell(run.look(step))
            if state_file is not None:
                _save(run.state(step), state_file)
            if run.best["step"] and step - run.best["step"] >= settings.patience:
                break
        if step < settings.steps:
            run.step(step)
    if bool((rows.stop & (rows.kind != KNOWN_CHANGE)).any()):
        run.take(run.best["weights"])
    factors = run.factors().detach()
    return {link: float(factors[number]) for number, link in enumerate(rows.links)}


def _save(state: dict[str, Any], file: Path) -> None:
    whole = BytesIO()  # torch raises errors of its own where the disk is full
    torch.save(state, whole)
    part = file.with_suffix(".part")
    part.write_bytes(whole.getvalue())
    part.replace(file)


def _mean(cost: Tensor, here: Tensor) -> float | None:
    return float(cost[here].mean()) if bool(here.any()) else None
