"""What fewer people to learn from would have given: the learning curve of a training."""

from collections.abc import Callable, Sequence

import torch

from ..models import Model
from .base import begin
from .evaluate import NO_GAIN, WHOLE, evaluate, links_of, noise_of_links
from .features import Features, read_features
from .fit import Settings, fit, rows_of
from .prepare import Prepared
from .targets import KNOWN, OWN_PHOTO, Target

__all__ = ["learning_curve"]

CURVE = (0.25, 0.5, 0.75)  # shares of the people to learn from, beside all of them


def learning_curve(
    base: Model,
    features: Features,
    prepared: Prepared,
    own: Sequence[Target],
    settings: Settings,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[tuple[int, float, float], ...]:
    """Learn from fewer people, and see how held-out ones are read.

    Parameters
    ----------
    base, features, prepared, own, settings
        Of the run.
    tell : callable
        Gets how many points are done, and of how many.

    Returns
    -------
    tuple of (int, float, float)
        Labels learnt from; root mean square errors of base and new model in the noise of the
        labels. Empty where nobody is held out.
    """
    people = sorted({t.person for t in own if t.part == "learn"})
    every = [float(features.start[t.example, t.map, t.region]) for t in own]
    noise = noise_of_links(own, every, links_of(own, every))
    found: list[tuple[int, float, float]] = []
    for number, share in enumerate((*CURVE, 1.0)):
        tell(number, len(CURVE) + 1)
        some = set(people[: max(1, round(share * len(people)))])
        targets = [t for t in prepared.targets if t.part != "learn" or t.person in some
                   or t.scale in (KNOWN, OWN_PHOTO)]  # fmt: skip
        labels = [t for t in targets if t.scale not in (KNOWN, OWN_PHOTO)]
        head = begin(base)[1]
        fit(head, features, rows_of(targets), settings)
        with torch.no_grad():
            read = read_features(features, head)
        before, now = (
            [float(values[t.example, t.map, t.region]) for t in labels]
            for values in (features.start, read)
        )
        links = links_of(labels, before), links_of(labels, now)
        held_out = evaluate(
            labels, prepared.examples, before, now, links, {WHOLE: NO_GAIN}, noise
        ).held_out
        gain = held_out[WHOLE]
        if gain.base is None or gain.new is None:
            return ()
        learnt = sum(t.part == "learn" for t in labels)
        found.append((learnt, gain.base, gain.new))
    return tuple(found)
