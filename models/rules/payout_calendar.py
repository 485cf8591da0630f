"""When a shop is paid without being asked: its calendar, day by day. Standard library only.

Days are UTC's. A month without the chosen day pays on its last one.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Calendar(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MANUAL = "manual"  # only when the artisan asks


@dataclass(frozen=True, slots=True)
class PayoutDays:
    """A shop's choice. `weekday` counts from Monday (0) and is of weekly calendars, `day` (1 to 31) of monthly ones."""

    calendar: Calendar = Calendar.WEEKLY
    weekday: int = 0
    day: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError("a weekday is 0 (Monday) to 6 (Sunday)")
        if not 1 <= self.day <= 31:
            raise ValueError("a day of the month is 1 to 31")


def is_due(chosen: PayoutDays, day: date) -> bool:
    match chosen.calendar:
        case Calendar.DAILY:
            return True
        case Calendar.WEEKLY:
            return day.weekday() == chosen.weekday
        case Calendar.MONTHLY:
            return day.day == min(chosen.day, monthrange(day.year, day.month)[1])
        case Calendar.MANUAL:
            return False


def latest_due(chosen: PayoutDays, after: date, until: date) -> date | None:
    """The last due day in `(after, until]`: one payout makes up for all that were missed."""
    day = until
    while day > after:
        if is_due(chosen, day):
            return day
        day -= DAY
    return None


def next_due(chosen: PayoutDays, after: date) -> date | None:
    """None for a calendar that never comes round by itself."""
    if chosen.calendar is Calendar.MANUAL:
        return None
    day = after + DAY
    while not is_due(chosen, day):
        day += DAY
    return day
