"""Axes of a chart over dates: which values and dates are named, and where they lie."""

from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10
from typing import NamedTuple

__all__ = ["Scale", "date_ticks", "value_ticks"]

DAYS = (1, 2, 7, 14)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
MONTH = 30.4  # days


class Scale(NamedTuple):
    """A straight line from numbers to points."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, number: float) -> float:
        """Return where a number lies."""
        share = (number - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def value_ticks(low: float, high: float, most: int = 6) -> tuple[tuple[float, str], ...]:
    """Return round numbers between two, with 0 among them where it lies between.

    Parameters
    ----------
    low, high : float
        ``low < high``.
    most : int

    Returns
    -------
    tuple of (float, str)
        Number and text.
    """
    step = _round_up((high - low) / most)
    decimals = max(0, -floor(log10(step) + 1e-9))
    numbers = (n * step for n in range(ceil(low / step), floor(high / step) + 1))
    return tuple((n, f"{n:+.{decimals}f}" if abs(n) > step / 2 else "0") for n in numbers)


def date_ticks(start: datetime, end: datetime, most: int) -> tuple[tuple[datetime, str], ...]:
    """Return days, months or years between two dates, named as short as they allow.

    Parameters
    ----------
    start, end : datetime
        UTC.
    most : int

    Returns
    -------
    tuple of (datetime, str)
    """
    days = (end - start) / timedelta(days=1)
    for step in DAYS:
        if days / step <= most:
            return _days(start, end, step)
    months = next((step for step in MONTHS if days / MONTH / step <= most), MONTHS[-1])
    return _months(start, end, months)


def _round_up(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is no smaller."""
    power: float = 10.0 ** floor(log10(step))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= step * (1 - 1e-9))


def _days(start: datetime, end: datetime, step: int) -> tuple[tuple[datetime, str], ...]:
    first = _midnight(start)
    count = (end - first).days // step + 1
    days = (first + timedelta(days=step * n) for n in range(count))
    return tuple((day, f"{day:%Y-%m-%d}") for day in days if day >= start)


def _months(start: datetime, end: datetime, step: int) -> tuple[tuple[datetime, str], ...]:
    first = (start.year * 12 + start.month - 1) // step * step
    last = end.year * 12 + end.month - 1
    months = (
        datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC)
        for n in range(first, last + 1, step)
        if n >= 12
    )
    name = "{:%Y}" if step >= 12 else "{:%Y-%m}"
    return tuple((month, name.format(month)) for month in months if start <= month <= end)


def _midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)
