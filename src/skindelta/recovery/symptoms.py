"""What is said of a symptom: some are an emergency, some never usual, some only at first."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from .course import Treated, days
from .levels import CONTACT, EMERGENCY, TODAY, Flag, Level

__all__ = ["NO_RULE", "Told", "flags_of_symptoms"]

Told = tuple[datetime, str, int]  # when, what, how severe (1 to 3)

NO_RULE = (
    "there is no rule for this at this time; if it is severe, grows or worries you, contact your "
    "clinician"
)
_SEVERE = 3
_RECENT = days(14)
_HIVES = days(1)  # generalized, within a day of a treatment

# Signs that count at any time, with a treatment before or without: level, what to do, source.
_SIGNS: dict[str, tuple[Level, str, str]] = {
    "trouble breathing": ("emergency", EMERGENCY, "SkinPen"),
    "eye trouble": ("contact", TODAY, "Chu 2021"),
    "pus": ("contact", TODAY, "Chu 2021"),
    "fever": ("contact", TODAY, "Chu 2021"),
    "spreading redness": ("contact", f"hot skin or an edge that spreads; {TODAY}", "Chu 2021"),
    "blisters": ("contact", f"grouped blisters may be herpes; {TODAY}", "Chu 2021"),
    "crust": ("contact", f"dark or yellow crusts do not belong to healing; {TODAY}", "Chu 2021"),
    "burn": ("contact", TODAY, "FDA 2025"),
    "numbness": ("contact", CONTACT, "FDA 2025"),
    "streaks": ("contact", f"lines that stay are not usual; {CONTACT}", "Chu 2021"),
    "raised scar": ("contact", f"scars that grow are to be seen early; {CONTACT}", "Chu 2021"),
    "dark patch": ("contact", f"strict sunscreen, and {CONTACT}", "suction blisters"),
    "pale patch": ("contact", CONTACT, "Chu 2021"),
    "nodules": ("contact", f"firm bumps can come weeks later; {CONTACT}", "Chu 2021"),
}
# What may be usual at first, and never when it is severe.
_NEVER_SEVERE: dict[str, tuple[Level, str]] = {
    "swelling": (
        "emergency",
        f"severe swelling: if lips, tongue or eyes swell or breathing is hard, {EMERGENCY}; "
        f"otherwise {TODAY}",
    ),
    "bleeding": ("contact", f"severe bleeding: press on it for ten minutes, and {TODAY}"),
    "rash": ("contact", f"a severe rash can be an allergy: {TODAY}"),
    "itch": ("contact", f"severe itch can be an allergy: {TODAY}"),
}


def flags_of_symptoms(treated: Treated | None, told: Sequence[Told]) -> Iterator[Flag]:
    """Say of each symptom whether it is usual, to be watched, or needs a clinician.

    Parameters
    ----------
    treated : Treated or None
        The last treatment before them. What was felt on its day counts as felt after it.
    told : sequence of (datetime, str, int)

    Yields
    ------
    Flag
        None for what no rule knows.
    """
    for at, kind, severity in told:
        passed = None if treated is None else max(at - treated.at, timedelta(0))
        yield from _of_one(at, kind, severity, passed)


def _of_one(at: datetime, kind: str, severity: int, passed: timedelta | None) -> Iterator[Flag]:
    code = kind.replace(" ", "_")
    if kind in _SIGNS:
        level, advice, source = _SIGNS[kind]
        yield Flag(level, at, code, f"{kind}: {advice}", (source,))
    elif severity == _SEVERE and kind == "rash" and passed is not None and passed <= _HIVES:
        text = f"a severe rash within a day can be a strong allergy: {EMERGENCY}"
        yield Flag("emergency", at, "severe_rash", text, ("SkinPen",))
    elif severity == _SEVERE and kind == "pain":
        yield _severe_pain(at, passed)
    elif severity == _SEVERE and kind in _NEVER_SEVERE:
        level, text = _NEVER_SEVERE[kind]
        yield Flag(level, at, f"severe_{code}", text, ("SkinPen",))
    elif kind == "rash":
        yield Flag("contact", at, "rash", f"a rash can be an allergy: {CONTACT}", ("Chu 2021",))
    elif passed is not None and passed <= _RECENT:
        yield from _of_time(at, kind, severity, passed)


def _severe_pain(at: datetime, passed: timedelta | None) -> Flag:
    if passed is not None and passed <= days(1):
        return Flag("watch", at, "severe_pain", f"severe pain: if it does not ease, {TODAY}")
    return Flag("contact", at, "late_pain", f"severe pain: {TODAY}")


def _of_time(at: datetime, kind: str, severity: int, passed: timedelta) -> Iterator[Flag]:
    """Signs that are usual at first, and not later."""
    if kind == "pain" and passed > days(1) and severity >= 2:
        yield Flag("contact", at, "late_pain", f"pain after the first day: {CONTACT}")
    elif kind == "itch" and passed >= days(3):
        text = f"itch from day 3 on can be an allergy: leave out new products and {CONTACT}"
        yield Flag("contact", at, "late_itch", text, ("Chu 2021",))
    elif kind == "swelling" and passed > days(4):
        yield Flag("watch", at, "late_swelling", f"swelling after day 4: if it stays, {CONTACT}")
    elif kind == "bleeding" and passed > days(1):
        yield Flag("contact", at, "late_bleeding", f"bleeding after the first day: {CONTACT}")
    elif kind in ("swelling", "bleeding", "pain", "itch") and passed <= days(4):
        text = f"{kind} can be usual at this time; if it grows or worries you, {CONTACT}"
        yield Flag("expected", at, kind, text, ("SkinPen",))
