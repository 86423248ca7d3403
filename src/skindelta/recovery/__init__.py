"""What to expect after a treatment, and what deserves a second look. Never a diagnosis."""

from .course import (
    SOURCES,
    Expectation,
    Treated,
    aftercare_on,
    expected_after,
    has_radiofrequency,
    is_darker,
    is_too_early,
    pigment_watch,
    preparation,
    redness_of,
    results_due,
)
from .flags import Reading, flags_of_pigment, flags_of_plan, flags_of_redness
from .levels import EMERGENCY, NOT_A_DIAGNOSIS, Flag, Level, aged, in_order
from .symptoms import NO_RULE, flags_of_symptoms

__all__ = [
    "EMERGENCY",
    "NOT_A_DIAGNOSIS",
    "NO_RULE",
    "SOURCES",
    "Expectation",
    "Flag",
    "Level",
    "Reading",
    "Treated",
    "aged",
    "aftercare_on",
    "expected_after",
    "flags_of_pigment",
    "flags_of_plan",
    "flags_of_redness",
    "flags_of_symptoms",
    "has_radiofrequency",
    "in_order",
    "is_darker",
    "is_too_early",
    "pigment_watch",
    "preparation",
    "redness_of",
    "results_due",
]
