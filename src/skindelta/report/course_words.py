"""A timeline in plain words: what the latest session shows, flags, photos, method, outlook."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast

from ..attributes import ATTRIBUTES, TEXTURE_BANDS, attribute
from ..plain_words import BASIS_IN_SHORT, LESS_AND_MORE, sentence
from ..recovery import SOURCES
from ..terminal import figures
from ..types import Basis, Reference, Score
from .course_gaps import in_short
from .verdicts import Line, card_line

if TYPE_CHECKING:
    from ..history import Kind, Point, Series, Timeline
    from ..record import Session, Treatment

__all__ = [
    "URGENCY",
    "FlagWords",
    "Headline",
    "cited",
    "day",
    "flag_words",
    "flags_title",
    "headline",
    "method",
    "next_words",
    "score_of",
    "session_name",
    "shown_series",
    "since_treatment",
    "trend_words",
]

NO_PHOTO = (
    "This photo is not shown: there is none here that can be opened. Where photos are kept "
    "encrypted, that takes the passphrase."
)
EARLY = (
    "Sessions within two weeks of a treatment show swelling and healing rather than a result: they "
    "are drawn lighter, and no trend rests on them."
)
_NUMBERS = (
    "Redness is the change of a* that haemoglobin alone accounts for, hyperpigmentation the change "
    "of L* that melanin alone accounts for, both in CIELAB; texture is the change of the contrast "
    "of fine relief, {0:g} to {1:g} mm, in %. Each stands for the whole {2}.".format
)
_INTERVALS = (
    "The 95 % interval says where the true change lies 19 times out of 20. From the smallest "
    "detectable change on, a change cannot be explained by what differs between photos of skin "
    "that did not change; below it we say “no measurable change”.",
    "Each shot of a session is compared with one of the baseline. The value of the session is "
    "their mean, in which a shot that went wrong weighs little; shots that had to be matched in "
    "another way than most are left out.",
    "Changes against the session before are the difference of both sessions against the baseline, "
    "so their intervals are wider than those of a photo against a photo.",
    "A trend is a straight line through at least four sessions, each weighted by its interval. It "
    "is told only where its 99 % interval excludes 0, as several lines of a person are looked at.",
)


# How much a flag presses; the page and the reports say it in the same words.
URGENCY = {
    "emergency": "Emergency",
    "contact": "Contact your clinician",
    "watch": "Keep an eye on it",
    "expected": "Usual",
}
_RESULTS = {4: "first of all texture", 12: "most of the result", 24: "scars too"}  # Alam 2014


class FlagWords(NamedTuple):
    """One thing that was noticed, once or on several days; `urgency` is its level in words."""

    level: str
    urgency: str
    text: str
    days: str
    sources: str


class Headline(NamedTuple):
    """What is said of one attribute."""

    name: str
    label: str
    line: Line
    about: str
    trend: str


def day(time: datetime) -> str:
    """Name a day."""
    return f"{time:%Y-%m-%d}"


def session_name(timeline: "Timeline", session: "Session") -> str:
    """Name a session by its day, with the time where there are several on that day."""
    same = [one for one in timeline.sessions if one.taken_at.date() == session.taken_at.date()]
    return f"{session.taken_at:%Y-%m-%d %H:%M}" if len(same) > 1 else day(session.taken_at)


def shown_series(timeline: "Timeline") -> tuple["Series", ...]:
    """Return one series an attribute: its headline, or one that has a value where that has none."""
    chosen = []
    for about in ATTRIBUTES:
        bases = [one for one in timeline.headlines if one.kind.attribute == about.name]
        if about.name == "hyperpigmentation":  # as a whole it is a tan
            bases = [one for one in bases if one.kind.basis == "relative"]
        chosen.append(next((one for one in bases if one.measured), bases[0]))
    return tuple(chosen)


def score_of(series: "Series", point: "Point") -> Score:
    """Return a point as the score that all words are made of."""
    kind = series.kind
    return Score(
        attribute=kind.attribute,
        region=kind.region,
        basis=cast(Basis, kind.basis),
        value=point.value,
        unit=kind.unit,
        low=point.low,
        high=point.high,
        sdc=point.sdc,
        verdict=point.verdict,
        reason=in_short(point.reason) or None,
        reference=cast(Reference, point.reference),
        source=point.source or "formula",
    )


def headline(timeline: "Timeline", series: "Series") -> Headline | None:
    """Say what the latest session shows against the baseline; None without a later session."""
    others = [p for p in series.points if not p.is_baseline and not p.is_earlier]
    if not others:
        return None
    point = series.latest or others[-1]
    missed = others[-1] if others[-1] is not point else None
    about = attribute(series.kind.attribute)
    told = " against the baseline of ".join(
        session_name(timeline, one) for one in (point.session, point.against)
    )
    if point.value is not None:
        told += f", by {point.shots} of {point.taken} shots" if point.taken > 1 else ""
    told = sentence(f"session of {told}")
    if timeline.is_too_early(point.session):
        told += " That is within two weeks of a treatment: too early for a result."
    if timeline.is_too_early(point.against):
        told += " The baseline is within two weeks of one: this is healing, not a result."
    if missed is not None:
        name, why = session_name(timeline, missed.session), in_short(missed.reason).rstrip(".")
        told += f" The latest, of {name}, could not be measured: {why}."
    line = card_line(score_of(series, point))
    return Headline(about.name, about.label, line, told, trend_words(series))


def trend_words(series: "Series") -> str:
    """Say where the sessions tend to, that it is within the noise, or why it is not told."""
    trend, kind = series.trend, series.kind
    left = f" Left out: {series.left_out_words}." if series.left_out_words else ""
    if trend is None:
        return sentence(f"no trend: {series.no_trend}") + left
    numbers = figures(_number(kind, trend.slope, trend.low, trend.high))
    beside = f", 99 % from {numbers.interval}; {trend.sessions} sessions"
    less, more = LESS_AND_MORE[kind.attribute]
    if trend.is_beyond_noise:
        way = less if trend.slope < 0 else more
        size = numbers.change.lstrip("+-")
        told = f"Trend: {way} by {size} {kind.unit} in four weeks ({numbers.change}{beside})."
    else:
        told = f"No trend beyond noise ({numbers.change} {kind.unit} in four weeks{beside})."
    return told + left


def since_treatment(timeline: "Timeline", session: "Session") -> str:
    """Say how long before a session the last treatment was."""
    last = timeline.last_treatment(session)
    for one in timeline.treatments:
        if one.at.date() == session.taken_at.date():
            return f"on the day of a treatment ({one.kind})"
    if last is None:
        return "before any treatment" if timeline.treatments else "no treatment is recorded"
    days = (session.taken_at.date() - last.at.date()).days
    if days <= 0:
        return f"on the day of a treatment ({last.kind})"
    return f"{days} day{'' if days == 1 else 's'} after the last treatment ({last.kind})"


def flag_words(timeline: "Timeline") -> tuple[FlagWords, ...]:
    """Return what was noticed in the order of the flags, the same on several days said once."""
    same: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for flag in timeline.flags:
        same.setdefault((flag.level, flag.text, flag.sources), []).append(day(flag.at))
    return tuple(
        FlagWords(
            level,
            URGENCY[level],
            sentence(text),
            ", ".join(dict.fromkeys(sorted(days))),
            ", ".join(sources),
        )
        for (level, text, sources), days in same.items()
    )


def flags_title(flags: Iterable[FlagWords]) -> str:
    """Name what was noticed: only what is more than usual deserves a second look."""
    if any(flag.level != "expected" for flag in flags):
        return "What deserves a second look"
    return "What was noticed"


def next_words(timeline: "Timeline") -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Say what to expect now: one sentence, then lists with their titles."""
    outlook, now = timeline.outlook, day(timeline.now)
    if outlook.treatment is None:
        return f"On {now} no treatment was so recent that its results were still to come.", ()
    at = day(outlook.treatment.at)
    told = f"As of {now}, after the {outlook.treatment.kind} of {at}."
    expected = tuple(_with_sources(one.text, one.sources) for one in outlook.expected)
    due = tuple(_due(outlook.treatment, at) for at in outlook.due)
    look = tuple(_when(outlook.treatment, at) for at in outlook.watch)
    lists = (
        ("What is usual now", expected),
        ("What to do", tuple(map(sentence, outlook.aftercare))),
        ("When to look for new dark spots", look),
        ("When photos can show a result", due),
    )
    if not any(items for _, items in lists):
        told += " What is usual after it is not known here; ask who treated you."
    return told, tuple((title, items) for title, items in lists if items)


def method(timeline: "Timeline", shown: Iterable["Series"]) -> Iterator[str]:
    """Say what the numbers are and how they came about."""
    band = TEXTURE_BANDS["mid"]
    yield _NUMBERS(band.low_mm, band.high_mm, "close-up" if timeline.site.close_up else "face")
    yield from _INTERVALS
    for series in shown:
        own, kind = series.own, series.kind
        if own is not None and own.is_enough:
            sigma = figures(_number(kind, own.sigma)).change.lstrip("+")
            yield (
                f"{attribute(kind.attribute).label} {BASIS_IN_SHORT[cast(Basis, kind.basis)]}: the "
                f"shots of one session differ by {sigma} {kind.unit} (1 σ, from {own.freedom} "
                "repeats), and the smallest detectable change takes that into account."
            )
    yield EARLY


def cited(timeline: "Timeline") -> tuple[tuple[str, str], ...]:
    """Return the sources that flags and expectations name, with what they are."""
    names = {name for flag in timeline.flags for name in flag.sources}
    names |= {name for one in timeline.outlook.expected for name in one.sources}
    return tuple((name, SOURCES[name]) for name in SOURCES if name in names)


def _when(treatment: "Treatment", at: datetime) -> str:
    weeks = (at - treatment.at).days // 7
    return f"On {day(at)}, {weeks} weeks after the last {treatment.kind}."


def _due(treatment: "Treatment", at: datetime) -> str:
    """Say from when on a result can be seen, since when that counts, and what it is."""
    weeks = (at - treatment.at).days // 7
    what = f": {_RESULTS[weeks]}" if weeks in _RESULTS else ""
    return (
        f"From {day(at)} on, {weeks} weeks after the last {treatment.kind} "
        f"({day(treatment.at)}){what}."
    )


def _with_sources(text: str, sources: Iterable[str]) -> str:
    return f"{sentence(text).removesuffix('.')} ({', '.join(sources)})."


def _number(
    kind: "Kind", value: float, low: float | None = None, high: float | None = None
) -> Score:
    """Return a number of one kind that is no change of a session, to be printed as they are."""
    about = kind.attribute, kind.region, cast(Basis, kind.basis)
    return Score(*about, value, kind.unit, low, high, None, None, None, "none")
