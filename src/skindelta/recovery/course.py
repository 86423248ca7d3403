"""What is usual before and after microneedling: data, each with its source.

Read from the literature of :data:`SOURCES`; what had no source was left out.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = [
    "AFTERCARE",
    "BEFORE",
    "COURSE",
    "SOURCES",
    "Advice",
    "Expectation",
    "Redness",
    "Treated",
    "aftercare_on",
    "days",
    "expected_after",
    "is_darker",
    "has_radiofrequency",
    "is_too_early",
    "pigment_watch",
    "preparation",
    "redness_of",
    "results_due",
]

SOURCES = {
    "Han 2012": "Han et al. (2012), Dermatologic Surgery: randomized trial, rollers up to 0.25 mm",
    "Hackethal 2021": "Hackethal et al. (2021): red cells after needles of 0.3 to 0.75 mm",
    "SkinPen": "SkinPen Precision, instructions for use and questions of patients",
    "HKJDV 2018": "Hong Kong J. of Dermatology and Venereology (2018): needles of 1.5 to 2.5 mm",
    "Chu 2021": "Chu et al. (2021), Dermatologic Surgery: safety in 85 studies, 2,805 patients",
    "FDA 2025": "FDA (15 October 2025): burns, scars, fat loss after radiofrequency needles",
    "PMC8259462": "Closing of microneedle pores: half of them in 20 to 26 h, all in 58 to 63 h",
    "suction blisters": "Pigment after suction blisters, skin types III and IV: rises from week 3, "
    "highest in week 8",
    "Harris 2015": "Harris et al. (2015): sessions of microneedling, median 4 weeks apart, 1.5 mm",
    "Alam 2014": "Alam et al. (2014), JAMA Dermatology: acne scars at 3 and 6 months",
    "Ablon 2018": "Ablon (2018), J. Clin. and Aesthetic Dermatology: wrinkles at days 90 and 150",
    "Waldman 2017": "Waldman et al. (2017), Dermatologic Surgery: procedures after isotretinoin",
    "clinic sheets": "what the public instruction sheets of eight clinics agree on",
}


class Expectation(NamedTuple):
    """What is usual for a while after a treatment.

    Attributes
    ----------
    what : str
    until : timedelta
        Since the treatment.
    text : str
    sources : tuple of str
        Keys of :data:`SOURCES`.
    """

    what: str
    until: timedelta
    text: str
    sources: tuple[str, ...]


class Advice(NamedTuple):
    """What to do, or to ask about, before or after a treatment.

    Attributes
    ----------
    start, end : timedelta
        Relative to the treatment; negative before it.
    text : str
    sources : tuple of str
    setting : str
        ``home`` or ``clinic`` where it holds for one of them alone.
    """

    start: timedelta
    end: timedelta
    text: str
    sources: tuple[str, ...]
    setting: str = ""


class Treated(NamedTuple):
    """What the rules need to know of a treatment.

    Attributes
    ----------
    at : datetime
    kind : str
    depth_mm : float or None
        Unknown counts as deep: then redness may last longest.
    setting : {"clinic", "home"}
    device : str
    fitzpatrick : int or None
        Of the person, 1 to 6.
    """

    at: datetime
    kind: str = "microneedling"
    depth_mm: float | None = None
    setting: str = "clinic"
    device: str = ""
    fitzpatrick: int | None = None


def days(count: float) -> timedelta:
    """Return so many days."""
    return timedelta(days=count)


class Redness(NamedTuple):
    """How long redness is usual, by needle depth.

    Attributes
    ----------
    up_to_mm : float
        Needle depth.
    usual, at_most : timedelta
    text : str
    sources : tuple of str
    """

    up_to_mm: float
    usual: timedelta
    at_most: timedelta
    text: str
    sources: tuple[str, ...]


COURSE = (
    Redness(0.3, days(0.5), days(1), "redness for some hours", ("Han 2012",)),
    Redness(
        1.0,
        days(2),
        days(3),
        "redness for one to two days, rarely to be seen after the third",
        ("Hackethal 2021", "SkinPen"),
    ),
    Redness(
        99.0,
        days(3),
        days(5),
        "redness for two to three days, the last of it for up to five",
        ("HKJDV 2018", "Chu 2021"),
    ),
)
_ALSO = (
    Expectation("swelling", days(4), "swelling for hours to two days, at most four", ("SkinPen",)),
    Expectation(
        "bleeding", days(1), "pinpoint bleeding for minutes, at most on the same day", ("SkinPen",)
    ),
    Expectation("flaking", days(7), "dry, flaking skin from day 2 to 5, at most 7", ("SkinPen",)),
    Expectation("bruises", days(7), "bruises for up to a week", ("SkinPen",)),
)

_HEAT = Expectation(
    "heat",
    days(168),
    "burns, dents or numbness are not usual after needles with radiofrequency: contact your "
    "clinician with any of them",
    ("FDA 2025",),
)

BEFORE = (
    Advice(
        days(-14),
        days(0),
        "no sunburn, tanning or strong sun for two weeks; sunscreen of SPF 30 or more",
        ("clinic sheets",),
    ),
    Advice(
        days(-7),
        days(0),
        "no retinoids, acids, benzoyl peroxide or hydroquinone on the skin for a week",
        ("clinic sheets",),
    ),
    Advice(days(-14), days(0), "no laser, peel or IPL for two weeks", ("clinic sheets",)),
    Advice(days(-7), days(0), "no waxing for a week", ("clinic sheets",)),
    Advice(
        days(-3),
        days(0),
        "no ibuprofen or the like for three days, unless your clinician says so",
        ("clinic sheets",),
    ),
    Advice(
        days(-2),
        days(0),
        "if you get cold sores, ask your clinician for tablets against them one to two days before",
        ("clinic sheets",),
    ),
    Advice(days(0), days(0), "no make-up on the day", ("clinic sheets",)),
    Advice(
        days(-28),
        days(0),
        "four weeks between sessions are usual, two to six were studied",
        ("Harris 2015",),
    ),
)
_ASK_FIRST = (
    "an active infection, cold sores, inflamed acne or open wounds where the needles go",
    "a tendency to keloids or raised scars",
    "skin cancer, its forerunners, or a mole where the needles go",
    "a bleeding disorder or blood thinners",
    "a weak immune system, or diabetes that is not well controlled",
    "pregnancy",
    "an allergy to steel or to numbing creams",
    "a sunburn",
    "a tattoo or permanent make-up where the needles go",
    "melasma",
)

AFTERCARE = (
    Advice(
        days(0),
        days(1),
        "nothing but a bland or hyaluronic product, after a gentle wash when 4 hours have passed; "
        "no make-up, no active ingredients",
        ("PMC8259462", "clinic sheets"),
    ),
    Advice(
        days(0),
        days(2),
        "no sport, sauna, pool or hot bath",
        ("clinic sheets",),
    ),
    Advice(
        days(1),
        days(14),
        "mineral sunscreen of SPF 30 or more every day, and no strong sun",
        ("clinic sheets",),
    ),
    Advice(
        days(0),
        days(7),
        "no retinoids, acids, vitamin C or scrubs: what is put into open pores may be taken for a "
        "foreign body",
        ("PMC8259462", "Chu 2021"),
    ),
    Advice(days(0), days(7), "do not pick or peel what flakes", ("clinic sheets",)),
    Advice(
        days(0),
        days(1),
        "clean the device as its maker says, never share it, and use sterile needles once",
        ("SkinPen",),
        "home",
    ),
    Advice(
        days(0),
        days(14),
        "your clinic's own instructions go before these",
        ("clinic sheets",),
        "clinic",
    ),
)

TOO_EARLY = days(14)  # what is left of swelling smooths wrinkles and pores
RESULTS = (days(28), days(84), days(168))  # texture; most; scars (Alam 2014)
PIH_WATCH = (days(14), days(28), days(56), days(84))
_DARKER = 4  # Fitzpatrick type from which pigment after needling was seen in 5 of 36 people


def has_radiofrequency(treated: Treated) -> bool:
    """Tell by what the device is called whether its needles heat: rules for them are stricter."""
    return re.search(r"\brf\b|radio.?freq|morpheus", treated.device, re.IGNORECASE) is not None


def expected_after(treated: Treated) -> tuple[Expectation, ...]:
    """Return what is usual after a treatment; nothing for other kinds than microneedling.

    Parameters
    ----------
    treated : Treated

    Returns
    -------
    tuple of Expectation
        What passes last comes last.
    """
    if treated.kind != "microneedling":
        return ()
    redness = redness_of(treated)
    first = Expectation("redness", redness.at_most, redness.text, redness.sources)
    also = (*_ALSO, _HEAT) if has_radiofrequency(treated) else _ALSO
    return tuple(sorted((first, *also), key=lambda one: one.until))


def preparation(fitzpatrick: int | None = None, setting: str = "clinic") -> tuple[str, ...]:
    """Return what to do, and what to ask a clinician about, before microneedling.

    Parameters
    ----------
    fitzpatrick : int or None
        1 to 6.
    setting : {"clinic", "home"}

    Returns
    -------
    tuple of str
    """
    lines = [advice.text for advice in BEFORE]
    lines.append(
        "isotretinoin: labels ask to wait 6 months, a review found no reason for superficial "
        "procedures; ask your clinician (Waldman 2017)"
    )
    lines.append(
        "needles with radiofrequency: burns, scars and loss of fat were reported; by a trained "
        "clinician alone (FDA 2025)"
    )
    lines.append(f"ask your clinician first if you have: {'; '.join(_ASK_FIRST)}")
    if fitzpatrick is not None and fitzpatrick >= _DARKER:
        lines.append(
            "skin of types IV to VI may darken afterwards (5 of 36 people in one trial): ask your "
            "clinician about depth and sun, and take photos in weeks 2, 4, 8 and 12"
        )
    if setting == "home":
        lines.append(
            "home devices: the FDA cleared microneedling for use by trained people; keep to the "
            "shortest needles, and let a clinician do anything deeper (SkinPen)"
        )
    return tuple(lines)


def aftercare_on(treated: Treated, now: datetime) -> tuple[str, ...]:
    """Return what to do at a time after microneedling; nothing before it, and after two weeks."""
    passed = now - treated.at
    if treated.kind != "microneedling":
        return ()
    return tuple(
        advice.text
        for advice in AFTERCARE
        if advice.start <= passed < advice.end and advice.setting in ("", treated.setting)
    )


def is_too_early(taken_at: datetime, treatments: Iterable[datetime]) -> bool:
    """Tell whether a photo shows swelling rather than a result: within 14 days of a treatment."""
    return any(timedelta(0) <= taken_at - at < TOO_EARLY for at in treatments)


def results_due(at: datetime) -> tuple[datetime, ...]:
    """Return when photos can show a result: weeks 4, 12 and 24 (Alam 2014, Ablon 2018)."""
    return tuple(at + after for after in RESULTS)


def pigment_watch(at: datetime) -> tuple[datetime, ...]:
    """Return when to look for dark spots: weeks 2, 4, 8 and 12 (suction blisters)."""
    return tuple(at + after for after in PIH_WATCH)


def is_darker(treated: Treated) -> bool:
    """Tell whether skin may darken after needles: Fitzpatrick types IV to VI."""
    return treated.fitzpatrick is not None and treated.fitzpatrick >= _DARKER


def redness_of(treated: Treated) -> Redness:
    """Return how long redness is usual; needles of unknown depth count as the deepest."""
    depth = treated.depth_mm if treated.depth_mm is not None else COURSE[-1].up_to_mm
    return next(row for row in COURSE if depth <= row.up_to_mm)
