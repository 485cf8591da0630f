"""How pages say dates, spans and numbers. American usage, like the prices."""

from datetime import UTC, datetime, timedelta

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def moment(at: datetime) -> str:
    """`Tue, Nov 24, 2:05 PM UTC`: exact, for a page that does not know the reader's clock."""
    at = at.astimezone(UTC)
    half = "PM" if at.hour >= 12 else "AM"
    return f"{_DAYS[at.weekday()]}, {_MONTHS[at.month - 1]} {at.day}, {(at.hour % 12) or 12}:{at.minute:02d} {half} UTC"


def day(at: datetime) -> str:
    """`November 24, 2026` would be long in a list: `Nov 24, 2026`."""
    at = at.astimezone(UTC)
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year}"


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit: `36 hours`, `3 days`, `5 minutes`, `20 seconds`."""
    seconds = max(0, round(length.total_seconds()))
    for size, unit, least in ((86_400, "day", 2 * 86_400), (3_600, "hour", 2 * 3_600), (60, "minute", 90)):
        if seconds >= least:
            return _many(round(seconds / size), unit)
    return _many(seconds, "second")


def from_now(at: datetime, now: datetime | None = None) -> str:
    """`in 3 days`, or `2 hours ago`."""
    gap = at - (now or datetime.now(UTC))
    return f"in {span(gap)}" if gap > timedelta() else f"{span(-gap)} ago"


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def count(number: int, one: str, many: str = "") -> str:
    """`1 piece`, `3 pieces`, `1,204 pieces`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
