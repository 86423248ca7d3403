"""Questions, and what one rater has answered so far: read from the labels, never kept apart.

::

    pairs ─questions_of─ (pair, attribute, region) ─judgements_of labels→ judged so far, half judged

An answer is one row (which shows more), and a second one (how much more) where a size is asked for.
"""

import posixpath
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ...learning.label_imports import PhotoPair
from ...learning.label_row import Label
from ...learning.scales import CANNOT_JUDGE, SCALES
from .asked import CHOICE, Asked

__all__ = [
    "SAME",
    "Judged",
    "Judgement",
    "Question",
    "choice_label",
    "judged_of",
    "more_of",
    "questions_of",
    "size_label",
]

SAME = "same"


class Question(NamedTuple):
    """One attribute of one region of two photos; the first photo is the earlier one."""

    pair: PhotoPair
    attribute: str
    region: str


class Judgement(NamedTuple):
    """A question, and the rows that answer it."""

    question: Question
    labels: tuple[Label, ...]


class Judged(NamedTuple):
    """What a rater has answered.

    Attributes
    ----------
    whole : tuple of Judgement
        In the order in which they were given, repeats included.
    half : Judgement or None
        Of the last answer, where its size is missing.
    """

    whole: tuple[Judgement, ...]
    half: Judgement | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that were answered, in order."""
        return tuple(one.question for one in self.whole)


def questions_of(pairs: Iterable[PhotoPair], asked: Asked) -> tuple[Question, ...]:
    """Return every question about these pairs."""
    return tuple(
        Question(pair, attribute, "skin" if pair.close_up else asked.region)
        for pair in pairs
        if pair.close_up or asked.region != "skin"
        for attribute in asked.attributes
    )


def judged_of(labels: Iterable[Label], questions: Iterable[Question], asked: Asked) -> Judged:
    """Read from the labels what this rater has answered.

    Parameters
    ----------
    labels : iterable of Label
        Of all raters, in the order of the file.
    questions : iterable of Question
        Labels of anything else count for nothing.
    asked : Asked
    """
    known = {_key(*one.pair[1:3], one.attribute, one.region): one for one in questions}
    whole: list[Judgement] = []
    half: Judgement | None = None
    for label in labels:
        if label.rater != asked.rater:
            continue
        names = _name(label.before), _name(label.after)
        question = known.get(_key(*names, label.attribute, label.region))
        before, half = half, None
        if question is None or label.scale not in (CHOICE, asked.scale):
            continue
        if label.scale == CHOICE and asked.scale != CHOICE and label.choice != CANNOT_JUDGE:
            half = Judgement(question, (label,))
        elif before is not None and before.question == question and label.scale != CHOICE:
            whole.append(Judgement(question, (*before.labels, label)))
        else:
            whole.append(Judgement(question, (label,)))
    return Judged(tuple(whole), half)


def more_of(half: Judgement) -> str:
    """Return which photo was said to show more: ``before``, ``after`` or ``same``."""
    (label,) = half.labels
    straight = _name(label.before) == _name(half.question.pair.before)
    return label.choice if straight else label.turned().choice


def choice_label(question: Question, asked: Asked, choice: str, at: datetime) -> Label:
    """Return the row that says which photo shows more: ``before``, ``after`` and so on."""
    return _label(question, asked, CHOICE, None, choice, at)


def size_label(question: Question, asked: Asked, more: str, size: int, at: datetime) -> Label:
    """Return the row that says how much more the photo `more` shows, in grades of the scale."""
    change = {"before": -size, "after": size, SAME: 0}[more]
    return _label(question, asked, asked.scale, SCALES[asked.scale].written(change), "", at)


def _label(
    question: Question, asked: Asked, scale: str, value: float | None, choice: str, at: datetime
) -> Label:
    pair = question.pair
    return Label(
        before=pair.before,
        after=pair.after,
        attribute=question.attribute,
        region=question.region,
        value=value,
        choice=choice,
        scale=scale,
        rater=asked.rater,
        labelled_at=at,
        subject=pair.subject,
    )


def _name(photo: str) -> str:
    """Return the one name that a photo goes by."""
    return posixpath.normpath(photo.replace("\\", "/")) if photo else ""


def _key(before: str, after: str, *about: str) -> Sequence[str]:
    return *sorted((_name(before), _name(after))), *about
