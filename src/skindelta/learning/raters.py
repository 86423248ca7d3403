"""What labels say of those who gave them: how raters agree, and how each does when asked again.

::

    labels ─turned─ answers ─by attribute and scale→ (targets, raters) → Agreement ─told→ sentences

A target is a region of a pair of photos, or of one photo. The same pair in the other order is the
same target with the sign turned; what counts is the order that most of its labels have. Between
raters the first answer counts: being asked twice makes no one better.

References
----------
.. [1] Koo & Li (2016), J. Chiropr. Med. 15, 155-163: names of ICC, by its interval.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import eq
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .agreement import (
    Estimate,
    Limits,
    Measured,
    Unknown,
    attainable_rmse,
    bias,
    ceiling,
    cohen_kappa,
    icc_from_components,
    limits_of_agreement,
    share,
    weighted_kappa,
    within_sd,
)
from .labels import Label

__all__ = [
    "Agreement",
    "AgreementReport",
    "Rater",
    "RaterPair",
    "SelfAgreement",
    "agreement_report",
    "band",
    "self_agreement",
    "told",
]

MOST_LEVELS = 21  # half grades from -5 to +5; with more of them kappa is but a coarser ICC
_TURNED = {"before": "after", "after": "before", "same": "same"}  # other choices judge nothing
_BANDS = ((0.9, "excellent"), (0.75, "good"), (0.5, "moderate"))
_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}


@dataclass(frozen=True)
class SelfAgreement:
    """Answers to hidden repeats: scatter, ICC(2,1), share of targets answered the same."""

    sd: Measured
    icc: Measured
    same: Measured


@dataclass(frozen=True)
class Rater:
    """One rater: targets answered, bias against the mean of the others, hidden repeats."""

    name: str
    targets: int
    bias: Measured
    own: SelfAgreement


@dataclass(frozen=True)
class RaterPair:
    """Two raters: weighted kappa and limits of agreement of grades, share and kappa of choices."""

    first: str
    second: str
    kappa: Measured
    limits: Limits | Unknown
    choices: Measured
    choice_kappa: Measured


@dataclass(frozen=True)
class Agreement:
    """All raters on one attribute and scale.

    Attributes
    ----------
    photos : {1, 2}
        Of a target: changes of pairs and levels of single photos are kept apart.
    targets, shared : int
        Answered, and graded by two or more raters.
    per_target : float
        Raters of a shared target, harmonic mean; 1 where none is shared.
    kappa : Estimate or Unknown
        Mean over pairs of raters, its interval as wide as if their errors went together.
    ceiling_one, ceiling_mean : Estimate or Unknown
        Correlation of a perfect model with one rater, and with the mean of those of a target.
    rmse_floor : Estimate or Unknown
        By how much a perfect model misses one rater's grades, in grades.
    """

    attribute: str
    scale: str
    photos: int
    targets: int
    shared: int
    per_target: float
    raters: tuple[Rater, ...]
    pairs: tuple[RaterPair, ...]
    icc: Measured
    kappa: Measured
    ceiling_one: Measured
    ceiling_mean: Measured
    rmse_floor: Measured


@dataclass(frozen=True)
class AgreementReport:
    """One entry for each attribute, scale and number of photos, in their order."""

    entries: tuple[Agreement, ...]


class _Answer(NamedTuple):
    """A label turned to the order of its target."""

    target: tuple[str, ...]
    rater: str
    grade: float | None
    choice: str


def agreement_report(labels: Iterable[Label]) -> AgreementReport:
    """Agreement of those who gave labels, by attribute and scale.

    Parameters
    ----------
    labels : iterable of Label
        Grades, choices or both; those that judge nothing do not count.
    """
    groups: dict[tuple[str, str, int], list[_Answer]] = {}
    in_time = sorted(labels, key=lambda x: x.labelled_at.timestamp() if x.labelled_at else 0.0)
    for label, answer in _answers(in_time):
        name = label.attribute, label.scale, len(label.photos)
        groups.setdefault(name, []).append(answer)
    return AgreementReport(tuple(_agreement(*name, groups[name]) for name in sorted(groups)))


def self_agreement(repeats: Sequence[Sequence[float | str]]) -> SelfAgreement:
    """How one rater's answers to the same targets agree.

    Parameters
    ----------
    repeats : sequence of sequences
        Answers to one target each, in the order given: all grades, or all names of choices.
    """
    again = [given for given in repeats if len(given) > 1]
    grades = [[x for x in given if not isinstance(x, str)] for given in again]
    table = np.full((len(again), max(map(len, again), default=0)), np.nan)
    for row, given in zip(table, grades, strict=True):
        row[: len(given)] = given
    same = share(sum(given[0] == given[1] for given in again), len(again))
    return SelfAgreement(within_sd(grades), icc_from_components(table), same)


def band(icc: Estimate) -> str:
    """Name of an ICC by the lower limit of its interval [1]_."""
    return next((name for least, name in _BANDS if icc.low >= least), "poor")


def told(report: AgreementReport) -> list[str]:
    """Sentences that say what a report found, for the terminal and the page."""
    return [sentence for entry in report.entries for sentence in _sentences(entry)]


def _answers(labels: Sequence[Label]) -> Iterator[tuple[Label, _Answer]]:
    """Labels that judge something, with their answers."""
    orders = Counter((x.before, x.after) for x in labels)
    for x in labels:
        choice = x.choice if x.choice in _TURNED else ""
        if x.value is None and not choice:
            continue
        ahead, back = (orders[x.before, x.after], x.after), (orders[x.after, x.before], x.before)
        photos = (x.before, x.after)
        grade = x.signed if x.is_pair and x.value is not None else x.value
        if x.is_pair and back > ahead:
            photos, choice = (x.after, x.before), _TURNED.get(choice, "")
            grade = None if grade is None else -grade
        yield x, _Answer((*photos, x.region, x.basis), x.rater, grade, choice)


def _agreement(of: str, scale: str, photos: int, answers: Sequence[_Answer]) -> Agreement:
    """Compare all who answered one attribute and scale."""
    names = sorted({x.rater for x in answers})
    grades, choices = _table(answers, names, "grade"), _table(answers, names, "choice")
    counts = np.isfinite(grades).sum(1)
    counts = counts[counts > 1]
    each = len(counts) / float((1 / counts).sum()) if len(counts) else 1.0
    levels = sorted({x.grade for x in answers if x.grade is not None})
    pairs = tuple(
        _pair((names[a], names[b]), grades[:, [a, b]], choices[:, [a, b]], levels)
        for a, b in combinations(range(len(names)), 2)
    )
    raters = tuple(map(_rater, names, bias(grades), [answers] * len(names)))
    icc, rmse = icc_from_components(grades), attainable_rmse(grades)
    kappa = _mean_kappa([pair.kappa for pair in pairs])
    reach, size = (ceiling(icc), ceiling(icc, each)), (len(grades), len(counts))
    return Agreement(of, scale, photos, *size, each, raters, pairs, icc, kappa, *reach, rmse)


def _table(answers: Sequence[_Answer], names: Sequence[str], what: str) -> NDArray[Any]:
    """First answers, of shape (targets, raters); NaN or "" where there is none."""
    rows = {target: row for row, target in enumerate(dict.fromkeys(x.target for x in answers))}
    empty = (np.nan, float) if what == "grade" else ("", "<U6")
    table: NDArray[Any] = np.full((len(rows), len(names)), *empty)
    for x in reversed(answers):
        if getattr(x, what) not in (None, ""):
            table[rows[x.target], names.index(x.rater)] = getattr(x, what)
    return table


def _pair(
    names: tuple[str, str], grades: NDArray[Any], choices: NDArray[Any], levels: Sequence[float]
) -> RaterPair:
    """Compare two raters on the targets that both answered."""
    first, second = grades[np.isfinite(grades).all(1)].T.tolist()
    one, other = choices[(choices != "").all(1)].T.tolist()
    many = len(levels) > MOST_LEVELS
    kappa = Unknown("too many grades") if many else weighted_kappa(first, second, levels)
    same, limits = share(sum(map(eq, one, other)), len(one)), limits_of_agreement(first, second)
    return RaterPair(*names, kappa, limits, same, cohen_kappa(one, other))


def _rater(name: str, off: Measured, answers: Sequence[_Answer]) -> Rater:
    """One rater's bias and repeats."""
    given: dict[tuple[str, ...], list[float | str]] = {}
    for x in answers:
        if x.rater == name:
            given.setdefault(x.target, []).append(x.choice if x.grade is None else x.grade)
    return Rater(name, len(given), off, self_agreement(list(given.values())))


def _mean_kappa(kappas: Sequence[Measured]) -> Measured:
    """Mean over pairs of raters: a mean's deviation is at most the mean of deviations."""
    known = [x for x in kappas if isinstance(x, Estimate)]
    if not known:
        return kappas[0] if kappas else Unknown("there is one rater only")
    value, low, high = (fmean(x[at] for x in known) for at in range(3))
    return Estimate(value, low, high, min(x.n for x in known))


def _sentences(entry: Agreement) -> Iterator[str]:
    """Tell one attribute and scale."""
    about, many = f"{entry.attribute} ({entry.scale})", len(entry.raters)
    if isinstance(icc := entry.icc, Estimate):
        found = f"ICC {_figure(icc)} over {icc.n} targets: {band(icc)}, by the lower limit"
        yield f"{_NUMBERS.get(many, many)} raters agree on {about} with {found}."
    elif not any(isinstance(pair.choices, Estimate) for pair in entry.pairs):
        yield f"How far raters agree on {about} cannot be told: {icc.reason}."
    if isinstance(entry.kappa, Estimate):
        yield f"Their weighted kappa is {_figure(entry.kappa)}, the mean of pairs of raters."
    for pair in entry.pairs:
        if isinstance(same := pair.choices, Estimate):
            alike = f"chose alike on {about} in {_figure(same, '.0%')} of {same.n} targets"
            yield f"{pair.first} and {pair.second} {alike}."
    for rater in entry.raters:
        yield from _of_rater(rater, about)
    one, mean = entry.ceiling_one, entry.ceiling_mean
    if isinstance(one, Estimate) and isinstance(mean, Estimate):
        several = f"{_figure(mean)} with the mean of {entry.per_target:.2g}"
        yield f"A perfect model would correlate by {_figure(one)} with one rater, and {several}."
    if isinstance(floor := entry.rmse_floor, Estimate):
        yield f"A perfect model would be off one rater's grades by {_figure(floor)} (RMS)."


def _of_rater(rater: Rater, about: str) -> Iterator[str]:
    """Tell one rater's bias and repeats."""
    if isinstance(off := rater.bias, Estimate):
        chance = ", which may be chance" if off.low <= 0 <= off.high else ""
        yield f"On {about}, {rater.name} is {_figure(off, '+.2f')} from the others{chance}."
    if isinstance(same := rater.own.same, Estimate):
        scatter = isinstance(sd := rater.own.sd, Estimate) and f", scatter {_figure(sd)}"
        again = f"asked again about {same.n} targets, said the same in {_figure(same, '.0%')}"
        yield f"On {about}, {rater.name}, {again}{scatter or ''}."


def _figure(x: Estimate, form: str = ".2f") -> str:
    """Write a number with its interval."""
    return f"{x.value:{form}} ({x.low:{form}} to {x.high:{form}})"
