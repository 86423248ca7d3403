"""Checklists: before photos, before a treatment, and day by day after one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape

from ...capture import STEPS
from ...history import treated
from ...plain_words import ended, sentence
from ...record import Record, Treatment
from ...recovery import NOT_A_DIAGNOSIS, aftercare_on, preparation
from .session_entries import written

__all__ = ["after_treatment", "before_photos", "before_treatment", "last_needling"]

TICKS = "Ticks help you now; they are not saved."
DAYS = range(14)  # after that nothing is to be done


def before_photos() -> str:
    """Return what to do before photos are taken, to be ticked off, as HTML."""
    return _ticked((f"{step.title}: {step.what}", step.why) for step in STEPS) + _note(TICKS)


def before_treatment(record: Record, person: str, setting: str = "clinic") -> str:
    """Return what to do, and what to ask about, before microneedling of this person."""
    lines = preparation(record.subject(person).fitzpatrick, setting)
    return _ticked((line, "") for line in lines) + _note(f"{TICKS} {NOT_A_DIAGNOSIS}")


def last_needling(record: Record, person: str, site: str) -> Treatment | None:
    """Return the last microneedling of a site."""
    done = [t for t in record.treatments(person) if t.site == site and t.kind == "microneedling"]
    return done[-1] if done else None


def after_treatment(record: Record, person: str, site: str, now: datetime | None = None) -> str:
    """Return what to do after the last microneedling of a site, day by day.

    Parameters
    ----------
    record : Record
    person, site : str
    now : datetime, optional
        The days around it are open.
    """
    last = last_needling(record, person, site)
    if last is None:
        return _note(
            f"There is no microneedling of the {site} yet. Once one is entered, what to do after "
            "it stands here, day by day."
        )
    about = treated(last, record.subject(person))
    passed = ((now or datetime.now(UTC)) - last.at).days
    parts = "".join(
        f"<details{' open' if first <= passed <= end else ''}><summary>{_days(first, end, passed)}"
        f"</summary>{_ticked((text, '') for text in lines)}</details>"
        for first, end, lines in _phases(
            [aftercare_on(about, last.at + timedelta(days=day)) for day in DAYS]
        )
    )
    over = "" if passed in DAYS else _note("It was more than two weeks ago: nothing is left to do.")
    head = f"<p>After the microneedling of {written(last.at)}:</p>"
    return f"{head}{over}{parts}{_note(f'{TICKS} {NOT_A_DIAGNOSIS}')}"


def _phases(days: list[tuple[str, ...]]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Put days together on which the same is to be done: first day, last day, what."""
    first = 0
    for day in range(1, len(days) + 1):
        if day == len(days) or days[day] != days[first]:
            yield first, day - 1, days[first]
            first = day


def _days(first: int, end: int, passed: int) -> str:
    name = "The day of the treatment" if first == 0 else f"Day {first}"
    name += f" to {end}" if end > first else ""
    return f"{name} (now)" if first <= passed <= end else name


def _ticked(lines: Iterable[tuple[str, str]]) -> str:
    """Lines with a box to tick, each with its reason where there is one."""
    items = "".join(
        f'<li><label><input type="checkbox"> <span>{escape(ended(sentence(text)))}'
        + (f" <small>{escape(why)}</small>" if why else "")
        + "</span></label></li>"
        for text, why in lines
    )
    return f'<ul class="sd-checklist">{items}</ul>'


def _note(text: str) -> str:
    return f'<p class="sd-note">{escape(text)}</p>'
