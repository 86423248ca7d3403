"""Treatments, symptoms and scores together: flags over time, and what to expect now."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from ..attributes import attribute
from ..record import Record, Subject, Symptom, Treatment
from ..recovery import (
    Expectation,
    Flag,
    Reading,
    Treated,
    aftercare_on,
    expected_after,
    flags_of,
    in_order,
    results_due,
)
from ..score import verdict_of
from .points import Point

if TYPE_CHECKING:
    from .timeline import Series

__all__ = ["Outlook", "flags_of_symptom", "flags_over_time", "outlook", "treated"]

_FOLLOWED = timedelta(days=168)  # until the last results are due
_REDNESS, _PIGMENT = ("absolute", "relative"), ("relative",)  # of two alike, the first


class Outlook(NamedTuple):
    """What is usual now after the last treatment, and what to do.

    Attributes
    ----------
    treatment : Treatment or None
        The last one, if results of it are still to come.
    expected : tuple of Expectation
        What has not passed yet.
    aftercare : tuple of str
    due : tuple of datetime
        When photos can show a result; those still to come.
    """

    treatment: Treatment | None = None
    expected: tuple[Expectation, ...] = ()
    aftercare: tuple[str, ...] = ()
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


def outlook(subject: Subject, treatments: Sequence[Treatment], now: datetime) -> Outlook:
    """Return what is usual after the last treatment before `now`."""
    past = [one for one in treatments if one.at <= now < one.at + _FOLLOWED]
    if not past:
        return Outlook()
    last = max(past, key=lambda one: one.at)
    about = treated(last, subject)
    expected = tuple(one for one in expected_after(about) if last.at + one.until > now)
    due = results_due(last.at) if last.kind == "microneedling" else ()
    return Outlook(last, expected, aftercare_on(about, now), tuple(at for at in due if at > now))


def flags_of_symptom(record: Record, pseudonym: str, symptom: Symptom) -> tuple[Flag, ...]:
    """Return what is to be said of one report, with what was reported beside it.

    Parameters
    ----------
    record : Record
    pseudonym : str
    symptom : Symptom
        In the record.

    Returns
    -------
    tuple of Flag
    """
    found = flags_over_time(
        record.subject(pseudonym),
        record.treatments(pseudonym),
        record.symptoms(pseudonym),
        (),
        datetime.now(UTC),
    )
    return tuple(flag for flag in found if flag.at == symptom.at)


def flags_over_time(
    subject: Subject,
    treatments: Sequence[Treatment],
    symptoms: Sequence[Symptom],
    series: "Sequence[Series]",
    now: datetime,
) -> tuple[Flag, ...]:
    """Return what deserves a second look after each treatment, and beside any.

    What was felt or seen belongs to the last treatment before it. Scores are held against the last
    session before that treatment.

    Parameters
    ----------
    subject : Subject
    treatments : sequence of Treatment
        Of one site, the oldest first.
    symptoms : sequence of Symptom
    series : sequence of Series
        Of the whole.
    now : datetime

    Returns
    -------
    tuple of Flag
        Emergencies first, then the latest.
    """
    past = sorted((one for one in treatments if one.at <= now), key=lambda one: one.at)
    told = [(one.at, one.kind, one.severity) for one in symptoms]
    first = past[0].at if past else now
    found = list(flags_of(None, (), [one for one in told if one[0] < first or not past], now))
    for number, treatment in enumerate(past):
        end = past[number + 1].at if number + 1 < len(past) else None
        during = [one for one in told if treatment.at <= one[0] and (end is None or one[0] < end)]
        readings = _readings(series, treatment.at, end)
        found += flags_of(treated(treatment, subject), readings, during, now)
    return in_order(found)


def _readings(
    series: "Sequence[Series]", start: datetime, end: datetime | None
) -> tuple[Reading, ...]:
    """Scores of the sessions between two treatments against the last one before the first.

    Of one basis each, the one that more sessions have: what rises is held against what was.
    """
    found: list[Reading] = []
    for name, bases in (("redness", _REDNESS), ("hyperpigmentation", _PIGMENT)):
        choices = [
            list(_of_series(one, start, end))
            for basis in bases
            for one in series
            if (one.kind.attribute, one.kind.basis) == (name, basis)
        ]
        most: list[Reading] = max(choices, key=len, default=[])
        found += most
    return tuple(found)


def _of_series(one: "Series", start: datetime, end: datetime | None) -> Iterator[Reading]:
    measured = [point for point in one.points if point.value is not None]
    earlier = [point for point in measured if point.session.taken_at < start]
    if not earlier:
        return
    before = earlier[-1]
    for point in measured:
        at = point.session.taken_at
        if start <= at and (end is None or at < end):
            yield _reading(one, before, point)


def _reading(one: "Series", before: Point, point: Point) -> Reading:
    value = (point.value or 0.0) - (before.value or 0.0)
    sdc, half = hypot(point.sdc or 0.0, before.sdc or 0.0), hypot(point.half, before.half)
    name = one.kind.attribute
    verdict = verdict_of(value, half, sdc, attribute(name).direction)
    return Reading(point.session.taken_at, name, value, sdc, verdict)
