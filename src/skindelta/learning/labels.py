"""Labels: what people say of how skin differs between two photos, or of the skin in one.

A label is a *change* (how much more or less the after photo shows), a *choice* (which of both shows
more), or a *level* (the grade of one photo). Levels speak of change only through a second photo:
:func:`pairs_of_levels` makes differences within a person and a rater of them.

This module holds the values and what can be said of a set of them; files are read and written in
``label_files.py``.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..errors import LabelError
from .label_row import BY_SHA256, Find, Label, find_photo
from .scales import CANNOT_JUDGE
from .split import person

__all__ = [
    "FEW",
    "BY_SHA256",
    "Find",
    "Label",
    "LabelProblem",
    "Labels",
    "SetAside",
    "find_photo",
    "labels_hash",
    "pairs_of_levels",
]

FEW = 40  # pairs; with fewer, no difference between two models that is likely can be seen
MOST_TOLD = 20  # problems in one message; a screen
NO_PARTNER = "the only photo of its person that this rater graded on this scale for this region"


class LabelProblem(NamedTuple):
    """Why a row cannot be used.

    Attributes
    ----------
    row : int
        As a spreadsheet counts: the header is 1.
    column : str
    message : str
        What is wrong and what to do.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.message}"


class SetAside(NamedTuple):
    """A label that is right, and yet says nothing about a change.

    Attributes
    ----------
    label : Label
    reason : str
    """

    label: Label
    reason: str


@dataclass(frozen=True)
class Labels:
    """All labels of a file.

    Attributes
    ----------
    labels : tuple of Label
        To learn from, as they were written.
    set_aside : tuple of SetAside
        Right, but they say nothing about a change.
    problems : tuple of LabelProblem
        Of rows that cannot be used.
    folder : Path
        That paths of photos are relative to.
    source : str
        What messages call the file.
    """

    labels: tuple[Label, ...]
    set_aside: tuple[SetAside, ...] = ()
    problems: tuple[LabelProblem, ...] = ()
    folder: Path = Path()
    source: str = "the labels"

    @cached_property
    def pairs(self) -> tuple[Label, ...]:
        """Labels of two photos, with levels as differences: what is learnt from."""
        return pairs_of_levels(self.labels)[0]

    @property
    def rows(self) -> tuple[Label, ...]:
        """Every label that is right, by row."""
        aside = tuple(one.label for one in self.set_aside)
        return tuple(sorted(self.labels + aside, key=lambda label: label.row))

    @property
    def photos(self) -> dict[str, str]:
        """Whose each photo is, by how labels name it."""
        return {photo: label.subject for label in self.labels for photo in label.photos}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the whole, though every row is right; sentences."""
        told = [
            f"{_count(number, 'label')} set aside: {reason}"
            for reason, number in Counter(one.reason for one in self.set_aside).items()
        ]
        return (*told, *_warnings(self.pairs))

    def check(self) -> None:
        """Raise LabelError, with rows and columns, where a row has a problem or none is usable."""
        if self.problems:
            bad = len({problem.row for problem in self.problems})
            lines = [f"  {problem}" for problem in self.problems[:MOST_TOLD]]
            more = len(self.problems) - len(lines)
            lines += [f"  and {more} more"] if more > 0 else []
            found = f"{_count(len(self.problems), 'problem')} in {_count(bad, 'row')}"
            raise LabelError(
                f"{self.source} has {found}; mend or delete these rows, and try again:\n"
                + "\n".join(lines)
            )
        if not self.pairs:
            why = "; ".join(self.warnings) or "there is no row below the header"
            raise LabelError(
                f"{self.source} says nothing about a change ({why}); add labels of two photos, or "
                "grades of two photos of a person"
            )


def pairs_of_levels(labels: Iterable[Label]) -> tuple[tuple[Label, ...], tuple[SetAside, ...]]:
    """Make changes of levels: differences between photos of one person by one rater.

    Each photo is held against the first photo of that person in the order of the labels that this
    rater graded on this scale for this attribute and region; all pairs of photos would count the
    same grade many times. A photo that was graded again counts with the mean of its grades.

    Parameters
    ----------
    labels : iterable of Label
        Those of two photos stay as they are.

    Returns
    -------
    pairs : tuple of Label
    set_aside : tuple of SetAside
        Grades of photos without a second one, and what could not be judged.
    """
    pairs: list[Label] = []
    aside: list[SetAside] = []
    levels: dict[tuple[str, ...], dict[str, list[Label]]] = {}
    for label in labels:
        if label.choice == CANNOT_JUDGE:
            aside.append(SetAside(label, CANNOT_JUDGE))
        elif label.is_pair:
            pairs.append(label)
        else:
            asked = (label.attribute, label.region, label.scale, label.basis)
            of_person = levels.setdefault((person(label.subject), label.rater, *asked), {})
            of_person.setdefault(label.before, []).append(label)
    for first, *others in (list(photos.values()) for photos in levels.values()):
        pairs += [_difference(first, other) for other in others]
        if not others:
            aside += [SetAside(label, NO_PARTNER) for label in first]
    return tuple(pairs), tuple(aside)


def labels_hash(labels: Iterable[Label]) -> str:
    """Return the sha256 of what the labels say, in whatever order their rows are."""
    rows = sorted(json.dumps(_said(label)) for label in labels)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _said(label: Label) -> dict[str, object]:
    """Return what a label says, numbers and times in one way of writing."""
    value = None if label.value is None else float(label.value) + 0.0  # -0 is 0
    at = label.labelled_at.astimezone(UTC).isoformat() if label.labelled_at else ""
    return asdict(label) | {"value": value, "labelled_at": at, "row": 0}


def _difference(first: list[Label], other: list[Label]) -> Label:
    value = _mean_level(other) - _mean_level(first)
    return replace(other[-1], before=first[0].before, after=other[0].before, value=value)


def _mean_level(labels: list[Label]) -> float:
    values = [label.value for label in labels if label.value is not None]
    return sum(values) / len(values)


def _warnings(pairs: tuple[Label, ...]) -> list[str]:
    """Sentences about labels of two photos."""
    told = []
    people = {person(label.subject) for label in pairs}
    raters = {label.rater for label in pairs}
    if len(people) == 1:
        told.append("all labels are of one person: what they teach cannot be tried on others")
    if len(raters) == 1:
        told.append("all labels are by one rater: nobody can say how far raters agree")
    if 0 < len(pairs) < FEW:
        told.append(
            f"{_count(len(pairs), 'pair')}, fewer than {FEW}: likely too few to tell models apart"
        )
    said: dict[tuple[str, str], set[float]] = {}
    for label in pairs:
        said.setdefault((label.attribute, label.scale), set()).add(label.signed)
    for (attribute, scale), values in said.items():
        if len(values) == 1:
            told.append(f"every label of {attribute} on {scale} says the same: it teaches nothing")
    return told


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
