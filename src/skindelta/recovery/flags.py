"""What deserves a second look after treatments: from time and scores.

A score counts only where it is beyond its noise. Short after a treatment it is held against the
last session before that treatment; what stays or comes later, redness that lasts and dark spots,
against the last session before the first treatment of the course: or each treatment of a course
would hide what those before it did.

A lightening of spots is what treatments aim at; by these numbers it cannot be told from skin that
loses its pigment, so that is asked for as a symptom alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot
from statistics import NormalDist

from .course import Treated, days, is_darker, redness_of
from .levels import CONTACT, TODAY, Flag

__all__ = ["Reading", "flags_of_pigment", "flags_of_plan", "flags_of_redness"]

_FOLLOWED = days(98)  # weeks 2 to 12, and two more for a session that is late
HOME_MM = 0.3  # up to there redness passes in hours (Han 2012)
CLOSE = days(14)
_PATCH = 2.0  # smallest detectable changes from which new pigment needs a clinician


@dataclass(frozen=True)
class Reading:
    """A score against a session before a treatment.

    Attributes
    ----------
    at : datetime
    attribute : str
        ``redness`` or ``hyperpigmentation``.
    value, sdc : float
        In the attribute's unit.
    verdict : str
    region : str
        A smaller region, in words; empty for the whole.
    basis : str
        Only readings of one basis can be held against each other.
    """

    at: datetime
    attribute: str
    value: float
    sdc: float
    verdict: str
    region: str = ""
    basis: str = "absolute"

    @property
    def times(self) -> float:
        """How many smallest detectable changes it is, 0 inside the noise."""
        return self.value / self.sdc if self.verdict in ("improved", "worse") else 0.0


def flags_of_redness(
    treated: Treated, readings: Sequence[Reading], overall: Sequence[Reading], begun: datetime
) -> Iterator[Flag]:
    """Say of redness of the whole whether it is usual.

    Parameters
    ----------
    treated : Treated
    readings : sequence of Reading
        Of the sessions from this treatment to the next, against the last one before it.
    overall : sequence of Reading
        Of the same sessions, against the last one before the course began.
    begun : datetime
        When the first treatment of the course was.

    Yields
    ------
    Flag
    """
    if treated.kind != "microneedling":
        return
    lasting = list(_lasting(treated, overall, begun))
    yield from lasting
    said = {flag.at for flag in lasting}
    yield from (flag for flag in _at_first(treated, readings) if flag.at not in said)
    yield from _rising(treated, readings)
    yield from _not_falling(treated, readings)


def flags_of_pigment(
    treated: Treated, overall: Sequence[Reading], begun: datetime
) -> Iterator[Flag]:
    """Say of darkening in weeks 2 to 12 after treatments what to do.

    Parameters
    ----------
    treated : Treated
    overall : sequence of Reading
        Of whole and smaller regions, against the last session before the course began.
    begun : datetime

    Yields
    ------
    Flag
    """
    for reading in overall:
        late = reading.at - begun >= days(14) and reading.at - treated.at <= _FOLLOWED
        if not late or reading.times <= 0:
            continue
        where = f" ({reading.region})" if reading.region else ""
        if reading.times > _PATCH or is_darker(treated):
            text = f"spots or patches are darker than before{where}: strict sunscreen, {CONTACT}"
            yield Flag("contact", reading.at, "darkening", text, ("suction blisters", "Chu 2021"))
        else:
            text = f"spots or patches are a little darker than before{where}: strict sunscreen, "
            text += "look again in two to four weeks"
            yield Flag("watch", reading.at, "darkening", text, ("suction blisters",))


def flags_of_plan(treated: Treated, before: datetime | None = None) -> Iterator[Flag]:
    """Say of a treatment itself what is unusual: deep needles at home, sessions close together.

    Parameters
    ----------
    treated : Treated
    before : datetime, optional
        When the one before it was.

    Yields
    ------
    Flag
    """
    if treated.kind != "microneedling":
        return
    depth = treated.depth_mm
    if treated.setting == "home" and depth is not None and depth > HOME_MM:
        text = (
            f"needles of {depth:g} mm at home are longer than the {HOME_MM:g} mm of cosmetic "
            f"rollers: deeper ones belong into a clinic; {CONTACT} before the next time"
        )
        yield Flag("watch", treated.at, "deep_at_home", text, ("Han 2012", "SkinPen"))
    is_deep = depth is None or depth > HOME_MM
    if before is not None and is_deep and treated.at - before < CLOSE:
        passed = max(0, (treated.at.date() - before.date()).days)
        text = (
            f"two needlings {passed} day{'' if passed == 1 else 's'} apart: four weeks are usual, "
            f"two to six were studied; {CONTACT} before the next time"
        )
        yield Flag("watch", treated.at, "close_together", text, ("Harris 2015",))


def _lasting(treated: Treated, overall: Sequence[Reading], begun: datetime) -> Iterator[Flag]:
    """Redness two weeks after the course began that the last treatment does not explain."""
    usual = redness_of(treated).at_most
    for reading in overall:
        passed = reading.at - treated.at
        if reading.times > 0 and usual < passed <= _FOLLOWED and reading.at - begun > days(14):
            text = f"still redder than before, two weeks and more after treatment: {CONTACT}"
            yield Flag("contact", reading.at, "lasting_redness", text, ("Chu 2021",))


def _at_first(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    """Redness in the first two weeks: usual, or more than that."""
    course = redness_of(treated)
    shallow = treated.depth_mm is None or treated.depth_mm <= 1.0  # unknown: the stricter rule
    allowed = 1.0 if shallow else 2.0  # smallest detectable changes, days 3 to 7
    for reading in readings:
        passed, times = reading.at - treated.at, reading.times
        if times <= 0 or passed > days(14):
            continue
        if passed > days(7):
            text = "still redder than before after a week: no sun, bland care, look again"
            yield Flag("watch", reading.at, "long_redness", text, ("Chu 2021",))
        elif passed > max(days(3), course.usual) and times > allowed:
            text = f"more redness than is usual by now ({course.text}): look again tomorrow"
            yield Flag("watch", reading.at, "slow_redness", text, course.sources)
        elif passed <= course.at_most:
            text = f"redder than before, as is usual: {course.text}"
            yield Flag("expected", reading.at, "redness", text, course.sources)


def _rising(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    """Redness that rises again after two days, by more than noise, however often one looks."""
    looked = 0
    for number, reading in enumerate(readings):
        earlier = [one for one in readings[:number] if one.basis == reading.basis]
        if not days(2) < reading.at - treated.at <= days(14) or not earlier:
            continue
        looked += len(earlier)
        lowest = min(earlier, key=lambda one: one.value)
        if reading.times > 0 and reading.value - lowest.value > _limit(reading, lowest, looked):
            text = f"redness rises again after the second day: {TODAY}"
            yield Flag("contact", reading.at, "rising_redness", text, ("Chu 2021",))
            return


def _limit(reading: Reading, other: Reading, looked: int) -> float:
    """Smallest detectable difference of two readings, the largest of so many (Bonferroni)."""
    wider = NormalDist().inv_cdf(1 - 0.025 / looked) / NormalDist().inv_cdf(0.975)
    return wider * hypot(reading.sdc, other.sdc)


def _not_falling(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    """Redness that is no less after two or three days than on the first."""
    course = redness_of(treated)
    start = days(2) if course.up_to_mm <= 1.0 else days(3)
    first = [one for one in readings if one.at - treated.at < timedelta(hours=36)]
    for reading in readings:
        peak = max((one.value for one in first if one.basis == reading.basis), default=None)
        if peak is None or not start <= reading.at - treated.at <= days(7):
            continue
        if reading.times > 0 and reading.value >= peak:
            text = f"redness has not fallen since the first day ({course.text}): look again "
            text += f"tomorrow, and {CONTACT} if it stays"
            yield Flag("watch", reading.at, "not_falling", text, course.sources)
            return
