"""Two models held against each other: on held-out people, and on the frozen benchmark.

::

    held-out labels ─both read, both linked→ errors ─over people→ better? worse? too few?
    generated skin  ─both read→ errors from the truth ─over scenes→ worse?

Both read the same examples, each with links of its own that were fitted on the same people to learn
from. Errors count in the noise of their link, so that grades, a*, L* and % can be taken together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from ..models import Model
from ..net_input import MAPS
from .examples import Example
from .links import Link, link_of
from .readings import read_example
from .targets import CHOICE, KNOWN, OWN_PHOTO, UNITS, Target
from .verdicts import Gain, Verdict, beyond_nothing, gain_of

__all__ = [
    "NO_GAIN",
    "WHOLE",
    "Evaluation",
    "evaluate",
    "evaluate_benchmark",
    "gains_on_truth",
    "links_of",
    "noise_of_links",
    "read_targets",
]

WHOLE = "all"
NO_GAIN = Gain("too few labels", None, None, None, None, None, 0, 0, None)
LEAST = 1e-3


@dataclass(frozen=True)
class Evaluation:
    """What a new model is worth beside the one it came from.

    Attributes
    ----------
    held_out : mapping of str to Gain
        ``"all"``, then each link (scale and attribute); of people that nothing was chosen by.
    tones : mapping of str to Gain
        The same by group of skin tone.
    benchmark : mapping of str to Gain
        ``"all"``, then each map; of generated skin.
    """

    held_out: Mapping[str, Gain]
    tones: Mapping[str, Gain]
    benchmark: Mapping[str, Gain]

    @property
    def verdict(self) -> Verdict:
        """What the held-out people say; worse where the frozen benchmark says so."""
        if self.benchmark[WHOLE].verdict == "worse":
            return "worse"
        return self.held_out[WHOLE].verdict

    def to_dict(self) -> dict[str, Any]:
        """Return it as a card holds it."""
        told: dict[str, Any] = {"verdict": self.verdict}
        for name in ("held_out", "tones", "benchmark"):
            told[name] = {key: asdict(gain) for key, gain in getattr(self, name).items()}
        return told


def read_targets(
    targets: Sequence[Target], examples: Sequence[Example], model: Model
) -> list[float]:
    """Return what a model reads for each target, in units."""
    read: dict[int, Mapping[Any, float]] = {}
    found = []
    for target in targets:
        example = examples[target.example]
        if target.example not in read:
            read[target.example] = read_example(example, model)
        attribute, basis = MAPS[target.map].split()
        found.append(read[target.example][attribute, basis, example.names[target.region]])
    return found


def links_of(targets: Sequence[Target], readings: Sequence[float]) -> dict[str, Link]:
    """Fit a link of every scale and attribute on the people to learn from."""
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for target, reading in zip(targets, readings, strict=True):
        graded = target.scale not in (CHOICE, KNOWN, OWN_PHOTO)
        if target.part == "learn" and graded:
            rows[target.link].append((reading, target.value))
    found = {}
    for link, pairs in rows.items():
        own, grades = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        found[link] = link_of(own, grades, fixed=link.split()[0] in UNITS)
    return found


def evaluate(
    targets: Sequence[Target],
    examples: Sequence[Example],
    base: Sequence[float],
    new: Sequence[float],
    links: tuple[Mapping[str, Link], Mapping[str, Link]],
    benchmark: Mapping[str, Gain],
    noise: Mapping[str, float] | None = None,
) -> Evaluation:
    """Hold two models against each other on held-out people.

    Parameters
    ----------
    targets : sequence of Target
        Of labels, all parts.
    examples : sequence of Example
    base, new : sequence of float
        What both read of each target.
    links : tuple of two mappings
        Of the base and of the new model.
    benchmark : mapping of str to Gain
        From :func:`evaluate_benchmark`.
    noise : mapping of str to float, optional
        What errors are counted in, by link; what the base is off by on people to learn from where
        not given.

    Returns
    -------
    Evaluation
    """
    noise = noise_of_links(targets, base, links[0]) if noise is None else noise
    rows: dict[str, list[_Row]] = defaultdict(list)
    tones: dict[str, list[_Row]] = defaultdict(list)
    for target, first, second in zip(targets, base, new, strict=True):
        if target.part == "learn" or (target.scale != CHOICE and target.link not in noise):
            continue
        errors = _errors(target, first, second, links, noise)
        if errors is None:
            continue
        row = _Row(*errors, target.person, target.part == "held out")
        rows[WHOLE].append(row)
        rows[target.link].append(row)
        tones[examples[target.example].tone].append(row)
    tries = max(len(rows) - 1, 1)
    held_out = {WHOLE: _of_people(rows.pop(WHOLE, []))}
    held_out |= {link: _of_people(of, tries) for link, of in sorted(rows.items())}
    by_tone = {tone: _of_people(of, len(tones)) for tone, of in sorted(tones.items())}
    return Evaluation(held_out, by_tone, benchmark)


class _Row(NamedTuple):
    """Errors of both models and of saying "no change", whose, and whether of the held-out part."""

    base: float
    new: float
    nothing: float
    person: str
    held_out: bool


def _errors(
    target: Target,
    first: float,
    second: float,
    links: tuple[Mapping[str, Link], Mapping[str, Link]],
    noise: Mapping[str, float],
) -> tuple[float, float, float] | None:
    """Return the errors of both and of "no change", in the noise of the link.

    Of a choice 1 where it is wrong; who says nothing is right every other time.
    """
    if target.scale == CHOICE:
        if target.value == 0:
            return None
        before, now = (float(reading * target.value <= 0) for reading in (first, second))
        return before, now, 0.5
    scale = noise[target.link]
    before, now = (
        float(link[target.link](reading) - target.value) / scale
        for link, reading in zip(links, (first, second), strict=True)
    )
    return before, now, target.value / scale


def _of_people(rows: Sequence[_Row], tries: int = 1) -> Gain:
    """Return the gain on held-out people; none where "no change" is as near to all but learnt."""
    own = [row for row in rows if row.held_out]
    gain = gain_of([r.base for r in own], [r.new for r in own], [r.person for r in own], tries)
    return beyond_nothing(
        gain, [r.nothing for r in rows], [r.new for r in rows], [r.person for r in rows]
    )


def noise_of_links(
    targets: Sequence[Target], base: Sequence[float], links: Mapping[str, Link]
) -> dict[str, float]:
    """Return the root mean square error of the base on people to learn from, by link."""
    squares: dict[str, list[float]] = defaultdict(list)
    for target, reading in zip(targets, base, strict=True):
        if target.part == "learn" and target.link in links:
            squares[target.link].append(float(links[target.link](reading) - target.value) ** 2)
    return {link: max(float(np.sqrt(np.mean(of))), LEAST) for link, of in squares.items()}


def _gain(rows: Sequence[tuple[float, float, str]], tries: int = 1) -> Gain:
    return gain_of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], tries)


def evaluate_benchmark(examples: Sequence[Example], base: Model, new: Model) -> dict[str, Gain]:
    """Hold two models against each other on examples whose truth is known.

    Parameters
    ----------
    examples : sequence of Example
        Of :func:`skindelta.learning.benchmark.benchmark_examples`, or of any photos with truth.
    base, new : Model

    Returns
    -------
    dict of str to Gain
        ``"all"``, then each map.
    """
    first, second = ([read_example(e, model) for e in examples] for model in (base, new))
    return gains_on_truth(examples, first, second)


def gains_on_truth(
    examples: Sequence[Example],
    base: Sequence[Mapping[Any, float]],
    new: Sequence[Mapping[Any, float]],
) -> dict[str, Gain]:
    """Hold what two models read of examples against what is true of them, over examples.

    Parameters
    ----------
    examples : sequence of Example
        With their truth.
    base, new : sequence of mappings of (attribute, basis, region) to float
        What was read of each example.

    Returns
    -------
    dict of str to Gain
        ``"all"``, then each map.
    """
    rows: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for place, (example, first, second) in enumerate(zip(examples, base, new, strict=True)):
        for key, truth in example.truth.items():
            if key in first and key in example.read:  # measurable of this pair
                row = (first[key] - truth, second[key] - truth, str(place))
                rows[f"{key[0]} {key[1]}"].append(row)
    scales = {
        name: max(float(np.sqrt(np.mean([row[0] ** 2 for row in of]))), LEAST)
        for name, of in rows.items()
    }
    every = [
        (one / scales[name], other / scales[name], place)
        for name, of in rows.items()
        for one, other, place in of
    ]
    return {WHOLE: _gain(every)} | {
        name: _gain(rows[name], len(rows)) for name in MAPS if name in rows
    }
