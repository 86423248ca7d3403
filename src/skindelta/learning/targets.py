"""What is to be read of each example: labels and known changes, as one table of numbers.

A row is one region of one pair and one map, with what it should read: a change in grades or units,
a choice, or what was done. Which map a label speaks of is said by the label, by its scale, or else
by what can be measured: the absolute one where the color reference allows it, else the relative.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..grades import UNITS
from ..net_input import MAPS
from ..noise import measured_kinds
from .examples import Example
from .label_row import Label
from .readings import MIN_CELLS
from .split import Part, part_of, person

__all__ = ["CHOICE", "KNOWN", "OWN_PHOTO", "UNITS", "Target", "map_of", "targets_of", "truths_of"]

CHOICE = "choice"
KNOWN = "known change"  # of generated skin: in units
OWN_PHOTO = "known change in own photos"  # in units of the photo as it is, whatever camera took it
TINY = 1e-6


class Target(NamedTuple):
    """One number that the model should give.

    Attributes
    ----------
    example : int
        Place among the examples.
    map, region : int
        Place among `MAPS` and among the names of the example.
    value : float
        Signed change; of a choice -1, 0 or 1.
    scale : str
        Name of the scale, `KNOWN` or `OWN_PHOTO`.
    rater, person : str
    part : {"learn", "stop", "held out"}
    """

    example: int
    map: int
    region: int
    value: float
    scale: str
    rater: str
    person: str
    part: Part

    @property
    def link(self) -> str:
        """What shares one factor from units to what is written: a scale for an attribute."""
        return f"{self.scale} {MAPS[self.map].split()[0]}"


def map_of(label: Label, example: Example) -> int | None:
    """Return which map a label speaks of; None where that cannot be measured of this pair."""
    basis = label.basis or label.graded_on.basis
    kinds = measured_kinds(example.reference)  # type: ignore[arg-type]
    for wanted in (basis,) if basis else ("absolute", "relative"):
        if (label.attribute, wanted) in kinds:
            return MAPS.index(f"{label.attribute} {wanted}")
    return None


def targets_of(
    labels: Sequence[Label], examples: Sequence[Example], places: Mapping[tuple[str, ...], int]
) -> tuple[tuple[Target, ...], tuple[tuple[Label, str], ...]]:
    """Return the targets of labels, and the labels that say nothing, each with its reason.

    Parameters
    ----------
    labels : sequence of Label
        Of two photos each.
    examples : sequence of Example
    places : mapping of (before, after) to int
        Which example two photos are, in this order.

    Returns
    -------
    tuple of two tuples
    """
    targets, unused = [], []
    for label in labels:
        place = places.get(label.photos)
        if place is None:
            unused.append((label, "its photos could not be compared"))
            continue
        found = _target(label, examples[place], place)
        if isinstance(found, str):
            unused.append((label, found))
        else:
            targets.append(found)
    return tuple(targets), tuple(unused)


def _target(label: Label, example: Example, place: int) -> Target | str:
    number = map_of(label, example)
    if number is None:
        return "it speaks of a score that cannot be measured in these photos"
    if label.region not in example.names:
        return f"the photos show no {label.region}"
    region = example.region(label.region)
    if not _seen(example, region):
        return f"too little of {label.region} is seen in both photos"
    who = person(label.subject)
    return Target(
        place, number, region, label.signed, label.scale, label.rater, who, part_of(label.subject)
    )


def _seen(example: Example, region: int) -> bool:
    labels = example.labels
    here = labels > 0 if region == 0 else labels == region + 1
    weight = example.given.shared[0] * example.given.shared[1] * here
    return float(weight.sum()) > MIN_CELLS


def truths_of(example: Example, place: int, scale: str, who: str) -> Iterator[Target]:
    """Return what was done to the skin of an example, region by region: what is measurable."""
    kinds = set(measured_kinds(example.reference))  # type: ignore[arg-type]
    for (attribute, basis, name), value in example.truth.items():
        if (attribute, basis) not in kinds or name not in example.names:
            continue
        region = example.region(name)
        if _seen(example, region):
            number = MAPS.index(f"{attribute} {basis}")
            yield Target(place, number, region, float(value), scale, "", who, "learn")


def usual_size(targets: Sequence[Target], link: str) -> float:
    """Return the root mean square of what is written on a link, at least a tiny number."""
    values = np.array([t.value for t in targets if t.link == link])
    return max(float(np.sqrt(np.mean(values**2))), TINY) if len(values) else 1.0
