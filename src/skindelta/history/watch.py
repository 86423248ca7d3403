"""Treatments, symptoms and scores together: what deserves a second look."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import hypot
from typing import TYPE_CHECKING
from uuid import UUID

from ..attributes import attribute
from ..plain_words import region_words
from ..record import Record, Subject, Symptom, Treatment
from ..recovery import (
    Flag,
    Reading,
    aged,
    flags_of_pigment,
    flags_of_plan,
    flags_of_redness,
    flags_of_symptoms,
    in_order,
)
from ..score import verdict_of
from .outlook import AHEAD, NOON, begun_with, is_before, is_healing, procedures, treated
from .points import Point

if TYPE_CHECKING:
    from .timeline import Series

__all__ = ["flags_of_symptom", "flags_over_time"]

WHOLE = ("face", "skin")


def flags_of_symptom(record: Record, pseudonym: str, symptom: Symptom) -> tuple[Flag, ...]:
    """Return what is to be said of one report.

    Parameters
    ----------
    record : Record
    pseudonym : str
    symptom : Symptom

    Returns
    -------
    tuple of Flag
        None where no rule knows it.
    """
    done, now = procedures(record.treatments(pseudonym)), datetime.now(UTC)
    found = _of_symptoms(record.subject(pseudonym), done, [symptom])
    return in_order(aged(flag, now) for flag in found)


def flags_over_time(
    subject: Subject,
    treatments: Sequence[Treatment],
    symptoms: Sequence[Symptom],
    series: "Sequence[Series]",
    now: datetime | None = None,
) -> tuple[Flag, ...]:
    """Return what deserves a second look.

    What was felt belongs to the last procedure before it, so do sessions. Scores are held against
    the last session before that procedure, and against the last one before its course began.

    Parameters
    ----------
    subject : Subject
    treatments : sequence of Treatment
        Of one site.
    symptoms : sequence of Symptom
    series : sequence of Series
        Of the whole, and of smaller regions.
    now : datetime, optional
        Later entries are left out, but for what may be of today.

    Returns
    -------
    tuple of Flag
        Emergencies first, then the latest.
    """
    now = now or datetime.now(UTC)
    until = now + AHEAD
    done = procedures(one for one in treatments if one.at <= until)
    told = [one for one in symptoms if one.at <= until]
    found = list(_of_symptoms(subject, done, told))
    for number, one in enumerate(done):
        later = done[number + 1] if number + 1 < len(done) else None
        first = begun_with(one, done)
        found += _of_scores(subject, one, later, first, series)
        found += _not_followed(one, first, series)
        found += _same_day(one, series)
        before = done[number - 1].at if number else None
        found += flags_of_plan(treated(one, subject), before)
    found += _healing_baseline(done, series)
    return in_order(aged(flag, now) for flag in found)


def _not_followed(one: Treatment, first: Treatment, series: "Sequence[Series]") -> Iterator[Flag]:
    """Say where nothing can be said: no measured session before a treatment, and one after it."""
    color = [s for s in series if s.kind.attribute != "texture" and s.kind.region in WHOLE]
    points = [point for s in color for point in s.points if point.value is not None]
    after = any(not is_before(point.session.taken_at, one.at) for point in points)
    if after and not any(_before(s, first) for s in color):
        text = (
            f"no session before the {first.kind} of {first.at:%Y-%m-%d} could be measured: what it "
            "did to redness and spots cannot be told here; look yourself"
        )
        yield Flag("watch", first.at, "not_followed", text)


def _same_day(one: Treatment, series: "Sequence[Series]") -> Iterator[Flag]:
    """Say that photos of the day of a treatment are taken for earlier ones, as nobody said."""
    days = {
        point.session.taken_at
        for chosen in series
        for point in chosen.points
        if point.session.taken_at.date() == one.at.date()
    }
    if any(is_before(at, one.at) and NOON in (at.time(), one.at.time()) for at in days):
        text = (
            f"photos and the {one.kind} are of one day, {one.at:%Y-%m-%d}, and the hour of one is "
            "not known: the photos count as taken before it. If they were not, give both hours"
        )
        yield Flag("watch", one.at, "same_day", text)


def _healing_baseline(done: Sequence[Treatment], series: "Sequence[Series]") -> Iterator[Flag]:
    """Say that what falls from a healing baseline is no result."""
    baseline = next((p.session for s in series for p in s.points if p.is_baseline), None)
    if baseline is not None and is_healing(baseline.taken_at, done):
        text = (
            f"the baseline of {baseline.taken_at:%Y-%m-%d} was taken within two weeks of a "
            "treatment: what improves from there is healing, not a result; choose another baseline"
        )
        yield Flag("watch", baseline.taken_at, "healing_baseline", text)


def _of_symptoms(
    subject: Subject, done: Sequence[Treatment], symptoms: Sequence[Symptom]
) -> Iterator[Flag]:
    for one in symptoms:
        # On the day of a treatment it counts as felt after it, whatever the hour.
        past = [other for other in done if other.at.date() <= one.at.date()]
        about = treated(past[-1], subject) if past else None
        yield from flags_of_symptoms(about, [(one.at, one.kind, one.severity)])


def _of_scores(
    subject: Subject,
    one: Treatment,
    later: Treatment | None,
    first: Treatment,
    series: "Sequence[Series]",
) -> Iterator[Flag]:
    about = treated(one, subject)
    red = [s for s in series if s.kind.attribute == "redness" and s.kind.region in WHOLE]
    spots = [s for s in series if s.kind[::2] == ("hyperpigmentation", "relative")]
    yield from flags_of_redness(
        about, _readings(red, one, later, one), _readings(red, one, later, first), first.at
    )
    yield from flags_of_pigment(about, _readings(spots, one, later, first), first.at)


def _readings(
    series: "Sequence[Series]", one: Treatment, later: Treatment | None, before: Treatment
) -> list[Reading]:
    """Scores of the sessions from one treatment to the next against one before another.

    Of each session and region one: as a whole where that could be measured, else against calm skin.
    """
    found: dict[tuple[UUID, str], Reading] = {}
    for chosen in sorted(series, key=lambda s: s.kind.basis):  # absolute first
        reference = _before(chosen, before)
        if reference is None:
            continue
        for point in chosen.points:
            at = point.session.taken_at
            is_theirs = not is_before(at, one.at) and (later is None or is_before(at, later.at))
            if point.value is not None and is_theirs:
                key = point.session.id, chosen.kind.region
                found.setdefault(key, _reading(chosen, reference, point))
    return sorted(found.values(), key=lambda reading: reading.at)


def _before(series: "Series", treatment: Treatment) -> Point | None:
    """Return the last measured session before a treatment."""
    earlier = [
        point
        for point in series.points
        if point.value is not None and is_before(point.session.taken_at, treatment.at)
    ]
    return earlier[-1] if earlier else None


def _reading(series: "Series", before: Point, point: Point) -> Reading:
    value = (point.value or 0.0) - (before.value or 0.0)
    sdc, half = hypot(point.sdc or 0.0, before.sdc or 0.0), hypot(point.half, before.half)
    kind = series.kind
    verdict = verdict_of(value, half, sdc, attribute(kind.attribute).direction)
    region = "" if kind.region in WHOLE else region_words(kind.region)
    at = point.session.taken_at
    return Reading(at, kind.attribute, value, sdc, verdict, region, kind.basis)
