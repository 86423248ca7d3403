"""What deserves a second look after a treatment: from time, symptoms and scores.

A score counts only where it is beyond its noise. Emergencies come first. Nothing here is a
diagnosis, and whoever shows a flag shows :data:`NOT_A_DIAGNOSIS` with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .course import Treated, days, is_darker, redness_of

__all__ = ["NOT_A_DIAGNOSIS", "Flag", "Level", "Reading", "flags_of", "in_order"]

Level = Literal["expected", "watch", "contact", "emergency"]
_ORDER: tuple[Level, ...] = ("emergency", "contact", "watch", "expected")

NOT_A_DIAGNOSIS = (
    "This is no diagnosis and no medical device. If you are worried, contact your clinician."
)


_CONTACT = "contact your clinician"
_TODAY = "contact your clinician today"
_EMERGENCY = "this can be an emergency: call the emergency number now"

# Signs that count at any time, with a treatment before or without: what, from which severity,
# level, what to do.
_SIGNS: dict[str, tuple[int, Level, str]] = {
    "trouble breathing": (1, "emergency", _EMERGENCY),
    "eye trouble": (1, "contact", _TODAY),
    "pus": (1, "contact", _TODAY),
    "fever": (1, "contact", _TODAY),
    "blisters": (1, "contact", f"grouped blisters may be herpes; {_TODAY}"),
    "nodules": (1, "contact", f"firm bumps can come weeks later; {_CONTACT}"),
    "numbness": (1, "contact", _CONTACT),
}
_RECENT = days(14)
_FOLLOWED = days(98)  # weeks 2 to 12, and two more for a session that is late


@dataclass(frozen=True)
class Reading:
    """A score against the last session before the treatment.

    Attributes
    ----------
    at : datetime
    attribute : str
        ``redness`` or ``hyperpigmentation``.
    value, sdc : float
        In the attribute's unit.
    verdict : str
    """

    at: datetime
    attribute: str
    value: float
    sdc: float
    verdict: str

    @property
    def times(self) -> float:
        """How many smallest detectable changes it is, 0 inside the noise."""
        return self.value / self.sdc if self.verdict in ("improved", "worse") else 0.0


@dataclass(frozen=True)
class Flag:
    """Something that a rule noticed.

    Attributes
    ----------
    level : {"expected", "watch", "contact", "emergency"}
    at : datetime
        Of what it rests on.
    code : str
    text : str
        What was seen, and what to do.
    sources : tuple of str
    """

    level: Level
    at: datetime
    code: str
    text: str
    sources: tuple[str, ...] = ()


def flags_of(
    treated: Treated | None,
    readings: Sequence[Reading],
    symptoms: Iterable[tuple[datetime, str, int]],
    now: datetime,
) -> tuple[Flag, ...]:
    """Return what deserves a look, emergencies first, then the latest.

    Parameters
    ----------
    treated : Treated or None
        None: what was felt without a treatment before it; only signs that always count are told.
    readings : sequence of Reading
        Scores against the last session before the treatment; those inside the noise never flag.
    symptoms : iterable of (datetime, str, int)
        When, what, and how severe (1 to 3).
    now : datetime

    Returns
    -------
    tuple of Flag
    """
    told = [s for s in symptoms if s[0] <= now]
    if treated is None:
        return in_order(_of_symptoms(None, told))
    later = sorted((r for r in readings if treated.at < r.at <= now), key=lambda r: r.at)
    return in_order(
        (
            *_of_symptoms(treated, [s for s in told if treated.at <= s[0]]),
            *_of_redness(treated, [r for r in later if r.attribute == "redness"]),
            *_of_pigment(treated, [r for r in later if r.attribute == "hyperpigmentation"]),
        )
    )


def in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return flags with emergencies first, then the latest."""
    return tuple(sorted(flags, key=lambda f: (_ORDER.index(f.level), -f.at.timestamp(), f.code)))


def _of_symptoms(
    treated: Treated | None, told: Sequence[tuple[datetime, str, int]]
) -> Iterator[Flag]:
    hives = [at for at, kind, _ in told if kind == "rash"]
    for at, kind, severity in told:
        passed = None if treated is None else at - treated.at
        is_first_day = passed is not None and passed <= days(1)
        with_rash = any(abs(at - other) <= days(1) for other in hives)
        if kind == "swelling" and severity == 3 and (with_rash or is_first_day):
            text = f"severe swelling, of the lips or with a rash above all; {_EMERGENCY}"
            yield Flag("emergency", at, "severe_swelling", text, ("SkinPen",))
        elif kind in _SIGNS:
            least, level, advice = _SIGNS[kind]
            if severity >= least:
                yield Flag(level, at, kind.replace(" ", "_"), f"{kind}: {advice}", ("Chu 2021",))
        elif kind == "rash":
            text = f"a rash can be an allergy: {_CONTACT}"
            yield Flag("contact", at, "rash", text, ("Chu 2021",))
        elif passed is not None and passed <= _RECENT:
            yield from _of_time(at, kind, severity, passed)


def _of_time(at: datetime, kind: str, severity: int, passed: timedelta) -> Iterator[Flag]:
    """Signs that are usual at first, and not later."""
    if kind == "pain":
        if passed > days(1) and severity >= 2:
            yield Flag("contact", at, "late_pain", f"pain after the first day: {_CONTACT}")
        elif severity == 3:
            yield Flag("watch", at, "severe_pain", f"severe pain: if it does not ease, {_CONTACT}")
    elif kind == "itch" and days(3) <= passed:
        text = f"itch from day 3 on can be an allergy: leave out new products and {_CONTACT}"
        yield Flag("contact", at, "late_itch", text, ("Chu 2021",))
    elif kind == "swelling" and passed > days(4):
        yield Flag("watch", at, "late_swelling", f"swelling after day 4: if it stays, {_CONTACT}")
    elif kind == "bleeding" and passed > days(1):
        yield Flag("watch", at, "late_bleeding", f"bleeding after the first day: {_CONTACT}")
    elif kind in ("swelling", "bleeding"):
        yield Flag("expected", at, kind, f"{kind} is usual at this time", ("SkinPen",))


def _of_redness(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    if treated.kind != "microneedling":
        return
    course = redness_of(treated)
    allowed = 1.0 if course.up_to_mm <= 1.0 else 2.0  # smallest detectable changes, days 3 to 7
    for reading in readings:
        passed, times = reading.at - treated.at, reading.times
        if times <= 0 or passed > _FOLLOWED:
            continue
        if passed > days(14):
            text = f"still redder than before after two weeks: {_CONTACT}"
            yield Flag("contact", reading.at, "lasting_redness", text, ("Chu 2021",))
        elif passed > days(7):
            text = "still redder than before after a week: no sun, bland care, look again"
            yield Flag("watch", reading.at, "long_redness", text, ("Chu 2021",))
        elif passed > max(days(3), course.usual) and times > allowed:
            text = f"more redness than is usual by now ({course.text}): look again tomorrow"
            yield Flag("watch", reading.at, "slow_redness", text, course.sources)
        elif passed <= course.at_most:
            text = f"redder than before, as is usual: {course.text}"
            yield Flag("expected", reading.at, "redness", text, course.sources)
    yield from _rising(treated, readings)


def _rising(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    """Redness that rises again after two days, by more than can be detected."""
    late = [r for r in readings if days(2) < r.at - treated.at <= days(14)]
    for reading in late:
        earlier = [r for r in readings if treated.at < r.at < reading.at]
        lowest = min((r.value for r in earlier), default=None)
        if lowest is not None and reading.times > 0 and reading.value - lowest > reading.sdc:
            text = f"redness rises again after the second day: {_TODAY}"
            yield Flag("contact", reading.at, "rising_redness", text, ("Chu 2021",))
            return


def _of_pigment(treated: Treated, readings: Sequence[Reading]) -> Iterator[Flag]:
    """Darkening in weeks 2 to 12."""
    darker = is_darker(treated)
    for reading in readings:
        passed = reading.at - treated.at
        if not days(14) <= passed <= _FOLLOWED or reading.times <= 0:
            continue
        if reading.times > 2 or darker:
            text = f"spots or patches are darker than before: strict sunscreen, and {_CONTACT}"
            yield Flag("contact", reading.at, "darkening", text, ("suction blisters", "Chu 2021"))
        else:
            text = "spots or patches are a little darker than before: strict sunscreen, look again"
            yield Flag("watch", reading.at, "darkening", text, ("suction blisters",))
