"""Times as people type them: at the command line and on the page."""

import re
from datetime import UTC, datetime, time

from ..errors import RecordError

__all__ = ["read_time"]

NOON = time(12, tzinfo=UTC)  # of days whose hour is not said
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)", re.DOTALL)


def read_time(text: str) -> datetime:
    """Read a day, or a day with its hour.

    Parameters
    ----------
    text : str
        ``2026-03-01`` or ``01.03.2026`` (noon), ``2026-03-01T09:30``, ``2026-03-01 09:30`` or
        ``01.03.2026 09:30``; UTC where no offset is said.

    Returns
    -------
    datetime
        With a time zone.

    Raises
    ------
    RecordError
        It is no time, or no day of the calendar.
    """
    told = text.strip()
    if matched := _DAY_FIRST.fullmatch(told):
        day, month, year, rest = matched.groups()
        told = f"{year}-{month:0>2}-{day:0>2}{rest}"
    try:
        read = datetime.fromisoformat(re.sub(r"\s+", " ", told))
    except ValueError:
        raise RecordError(
            f"{text.strip()!r} is no time: write 2026-03-01 or 2026-03-01T09:30"
        ) from None
    if len(told) <= len("2026-03-01"):
        return datetime.combine(read.date(), NOON)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
