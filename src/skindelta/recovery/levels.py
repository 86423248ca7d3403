"""How urgent something is, and the words for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

__all__ = [
    "CONTACT",
    "EMERGENCY",
    "NOT_A_DIAGNOSIS",
    "TODAY",
    "Flag",
    "Level",
    "aged",
    "in_order",
]

Level = Literal["expected", "watch", "contact", "emergency"]
_ORDER: tuple[Level, ...] = ("emergency", "contact", "watch", "expected")

NOT_A_DIAGNOSIS = (
    "This is no diagnosis and no medical device. If you are worried, contact your clinician."
)
CONTACT = "contact your clinician"
TODAY = "contact your clinician today"
EMERGENCY = "this can be an emergency: call the emergency number now"


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


_OLD = timedelta(days=14)


def aged(flag: Flag, now: datetime) -> Flag:
    """Return a flag as it reads weeks later: nothing is "now" or "today" any more."""
    if now - flag.at <= _OLD or flag.level not in ("emergency", "contact"):
        return flag
    later = "if it has not passed and was not seen to, contact your clinician"
    text = flag.text
    for urgent in (EMERGENCY, TODAY):
        text = text.replace(urgent, later)
    return replace(flag, level="contact", text=text)


def in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return flags with emergencies first, then the latest; each once."""
    once = dict.fromkeys(flags)
    return tuple(sorted(once, key=lambda f: (_ORDER.index(f.level), -f.at.timestamp(), f.code)))
