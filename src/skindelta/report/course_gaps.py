"""Why a session has no value, in words: photos of another person before all."""

import re
from typing import TYPE_CHECKING

from ..same_skin import different_skin

if TYPE_CHECKING:
    from ..history import Timeline
    from ..record import Session

__all__ = ["OTHER_PERSON", "gap_reason", "in_short", "may_be_another", "strangers"]

OTHER_PERSON = "this may be another person's photo"
_DISAGREE = different_skin(0.0).message.partition(" by ")[0]  # what the reason begins with
_NUMBERS = re.compile(
    re.escape(_DISAGREE)
    + r" by (?P<agree>-?[\d.]+), and the same skin by at least (?P<least>[\d.]+)"
)


def may_be_another(reason: str) -> bool:
    """Tell whether a reason says that the skin in a photo is not that of the baseline.

    Parameters
    ----------
    reason : str
        As it was stored, with or without its advice.

    Returns
    -------
    bool
    """
    return _DISAGREE in reason


def gap_reason(reason: str) -> str:
    """Say why there is no value, and what to do: plain words first, the numbers after them."""
    if not may_be_another(reason):
        return reason
    found, agreed = _NUMBERS.search(reason), ""
    if found is not None:
        least = found["least"]
        agreed = (
            f" (fine lines and pores agree by {found['agree']}, of one skin by {least} or more)"
        )
    return (
        f"{OTHER_PERSON}{agreed}: delete this session if it is; if it is not, take photos of "
        "the same place, sharper, closer and in more light"
    )


def in_short(reason: str) -> str:
    """Say why there is no value where the whole is said elsewhere."""
    return OTHER_PERSON if may_be_another(reason) else reason


def strangers(timeline: "Timeline") -> tuple["Session", ...]:
    """Return the sessions that may be of another person, the oldest first."""
    found = {
        point.session.id
        for series in timeline.headlines
        for point in series.gaps
        if may_be_another(point.reason)
    }
    return tuple(one for one in timeline.sessions if one.id in found)
