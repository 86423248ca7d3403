"""Quick runs: the same training and the same question, from examples and features that are kept.

A run takes seconds, because photos and the base network were asked before. It gives no model; it
answers what a training on other labels of the same photos would be called.
"""

from pathlib import Path

import numpy as np
import torch

from ..models import Model
from ..pipeline import DEFAULT_MODEL, Options, model_of
from .base import begin
from .benchmark import benchmark_examples
from .compare_models import benchmark_folder
from .evaluate import Evaluation, evaluate, gains_on_truth, links_of
from .examples import Example
from .features import Features, of_examples, read_features
from .fit import Settings, fit, rows_of
from .head import Head
from .labels import Labels
from .prepare import Amounts, prepare
from .targets import KNOWN, OWN_PHOTO, Target
from .verdicts import Verdict

__all__ = ["QuickRuns"]


class QuickRuns:
    """Trainings on the same photos.

    Parameters
    ----------
    labels : Labels
    kept : Path
        Where examples are kept: that of a training makes this quick.
    settings : Settings
    amounts : Amounts
    """

    def __init__(
        self,
        labels: Labels,
        kept: Path,
        settings: Settings = Settings(),  # noqa: B008
        amounts: Amounts = Amounts(),  # noqa: B008
    ) -> None:
        options = Options(model=DEFAULT_MODEL)
        base = model_of(options)
        if base is None:
            raise ValueError("expected a network to start from")
        self.base: Model = base
        self.settings = settings
        self.prepared = prepare(labels.pairs, labels.folder, options, kept, amounts)
        self.frozen = benchmark_examples(benchmark_folder())
        net, head = begin(self.base)
        self.features = of_examples(net, head, self.prepared.examples)
        self.frozen_features = of_examples(net, head, self.frozen)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What there is to learn from and to be judged by."""
        return self.prepared.targets

    def shuffled(self, seed: int) -> tuple[Target, ...]:
        """Return the targets with the values of labels dealt anew: within a scale, over people.

        What one grader says of one photo goes together, so retakes keep the value of their pair.
        """
        rng = np.random.default_rng(seed)
        targets = list(self.targets)
        for link in sorted({t.link for t in targets}):
            if link.startswith((KNOWN, OWN_PHOTO)):
                continue
            here = [n for n, t in enumerate(targets) if t.link == link]
            names = [self._said(targets[n]) for n in here]
            known = sorted(set(names))
            dealt = dict(zip(known, rng.permutation(len(known)), strict=True))
            values = {name: targets[n].value for n, name in zip(here, names, strict=True)}
            for n, name in zip(here, names, strict=True):
                targets[n] = targets[n]._replace(value=values[known[dealt[name]]])
        return tuple(targets)

    def _said(self, target: Target) -> tuple[object, ...]:
        pair = self.prepared.origins.get(target.example, target.example)
        return pair, target.map, target.region, target.rater

    def evaluation(self, targets: tuple[Target, ...]) -> Evaluation:
        """Train on targets, and hold the result against the base."""
        head = begin(self.base)[1]
        fit(head, self.features, rows_of(targets), self.settings)
        own = [t for t in targets if t.scale not in (KNOWN, OWN_PHOTO)]
        base, new = (
            [float(values[t.example, t.map, t.region]) for t in own]
            for values in (self.features.start, _read(self.features, head))
        )
        links = links_of(own, base), links_of(own, new)
        frozen = gains_on_truth(
            self.frozen,
            *(
                _by_key(self.frozen, values)
                for values in (self.frozen_features.start, _read(self.frozen_features, head))
            ),
        )
        return evaluate(own, self.prepared.examples, base, new, links, frozen)

    def verdict(self, targets: tuple[Target, ...]) -> Verdict:
        """Return what the result would be called."""
        return self.evaluation(targets).verdict


def _read(features: Features, head: Head) -> torch.Tensor:
    with torch.no_grad():
        return read_features(features, head)


def _by_key(examples: tuple[Example, ...], values: torch.Tensor) -> list[dict[object, float]]:
    from ..net_input import MAPS

    found = []
    for place, example in enumerate(examples):
        read: dict[object, float] = {}
        for number, name in enumerate(MAPS):
            for slot, region in enumerate(example.names):
                attribute, basis = name.split()
                read[attribute, basis, region] = float(values[place, number, slot])
        found.append(read)
    return found
