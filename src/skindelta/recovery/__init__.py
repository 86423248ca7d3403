"""What to expect after a treatment, and what deserves a second look. Never a diagnosis."""

from .course import (
    SOURCES,
    Expectation,
    Treated,
    aftercare_on,
    expected_after,
    is_too_early,
    preparation,
    results_due,
)
from .flags import NOT_A_DIAGNOSIS, Flag, Level, Reading, flags_of, in_order

__all__ = [
    "NOT_A_DIAGNOSIS",
    "SOURCES",
    "Expectation",
    "Flag",
    "Level",
    "Reading",
    "Treated",
    "aftercare_on",
    "expected_after",
    "flags_of",
    "in_order",
    "is_too_early",
    "preparation",
    "results_due",
]
