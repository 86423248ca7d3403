"""Treatments in time: which comes before what, courses of them, and what to expect now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from ..record import Subject, Treatment
from ..recovery import (
    Expectation,
    Treated,
    aftercare_on,
    expected_after,
    is_too_early,
    pigment_watch,
    results_due,
)

__all__ = [
    "AHEAD",
    "NOON",
    "Outlook",
    "begun_with",
    "is_before",
    "is_healing",
    "outlook",
    "procedures",
    "treated",
]

AHEAD = timedelta(days=1)  # what is said to be of today may lie ahead in UTC, and counts
PROCEDURES = ("microneedling", "laser", "peel")  # they wound the skin; others only go on it
_FOLLOWED = timedelta(days=168)  # until the last results are due
_COURSE = timedelta(days=98)  # treatments no farther apart belong together
NOON = time(12)  # of days whose hour is not known


class Outlook(NamedTuple):
    """What is usual now after the last treatment, and what to do.

    Attributes
    ----------
    treatment : Treatment or None
        The last that wounded the skin, if results of it are still to come.
    expected : tuple of Expectation
        What has not passed yet.
    aftercare : tuple of str
    watch : tuple of datetime
        When to look for dark spots; those still to come.
    due : tuple of datetime
        When photos can show a result; those still to come.
    """

    treatment: Treatment | None = None
    expected: tuple[Expectation, ...] = ()
    aftercare: tuple[str, ...] = ()
    watch: tuple[datetime, ...] = ()
    due: tuple[datetime, ...] = ()


def treated(treatment: Treatment, subject: Subject) -> Treated:
    """Return what the rules need to know of a treatment."""
    return Treated(
        treatment.at,
        treatment.kind,
        treatment.depth_mm,
        treatment.setting,
        treatment.device,
        subject.fitzpatrick,
    )


def is_before(taken_at: datetime, at: datetime) -> bool:
    """Tell whether a session was before a treatment.

    On one day, where the hour of either is not known (noon stands for that), the photos count as
    taken before: one goes to a treatment with clean skin, and comes home red.
    """
    if taken_at.date() == at.date() and NOON in (taken_at.time(), at.time()):
        return True
    return taken_at < at


def is_healing(taken_at: datetime, treatments: Iterable[Treatment]) -> bool:
    """Tell whether a session shows swelling and healing: within two weeks of a procedure."""
    past = (one.at for one in procedures(treatments) if not is_before(taken_at, one.at))
    return is_too_early(taken_at, (min(at, taken_at) for at in past))


def procedures(treatments: Iterable[Treatment]) -> tuple[Treatment, ...]:
    """Return the treatments that wound the skin, the oldest first."""
    return tuple(sorted((t for t in treatments if t.kind in PROCEDURES), key=lambda one: one.at))


def begun_with(chosen: Treatment, all_of_them: Sequence[Treatment]) -> Treatment:
    """Return the first treatment of the course that one belongs to."""
    first = chosen
    for one in reversed([other for other in all_of_them if other.at <= chosen.at]):
        if first.at - one.at > _COURSE:
            break
        first = one
    return first


def outlook(subject: Subject, treatments: Sequence[Treatment], now: datetime) -> Outlook:
    """Return what is usual after the last treatment that wounded the skin."""
    past = [one for one in procedures(treatments) if one.at <= now + AHEAD]
    if not past or now >= past[-1].at + _FOLLOWED:
        return Outlook()
    last = past[-1]
    about, when = treated(last, subject), max(now, last.at)
    expected = tuple(one for one in expected_after(about) if last.at + one.until > when)
    if last.kind != "microneedling":
        return Outlook(last)
    watch = tuple(at for at in pigment_watch(last.at) if at > when)
    due = tuple(at for at in results_due(last.at) if at > when)
    return Outlook(last, expected, aftercare_on(about, when), watch, due)
