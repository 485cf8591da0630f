"""What every table of rates is made of: a rate with its days, finding the one that holds, and rounding.

Rates are millionths, so that 9.975 % is exact (99,750). A table knows nothing of days before its first row: asking for
one raises `LookupError` instead of guessing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

WHOLE = 1_000_000
LONG_AGO = date(2021, 1, 1)
"""Where the tables begin; what is marked with it held before, too."""


@dataclass(frozen=True, slots=True)
class Rate:
    millionths: int
    since: date
    """The first day on which it holds; it ends with the next row."""


def rates(*rows: tuple[str, date] | str) -> tuple[Rate, ...]:
    """`rates("19", ("21", date(2025, 8, 1)))`: per cent, the first since the tables begin, then each with its day."""
    dated = [(row, LONG_AGO) if isinstance(row, str) else row for row in rows]
    found = tuple(Rate(millionths(per_cent), since) for per_cent, since in dated)
    if any(one.since >= after.since for one, after in pairwise(found)):
        raise ValueError("rates must come in the order of their days")
    return found


def millionths(per_cent: str) -> int:
    """Raises `ValueError` for more decimals than a millionth can say."""
    scaled = Decimal(per_cent).scaleb(4)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{per_cent} % is no whole number of millionths")
    return int(scaled)


def rate_on(rows: Sequence[Rate], on: date) -> int:
    """The millionths that hold on a day. Raises `LookupError` for a day before the first row."""
    held = [row.millionths for row in rows if row.since <= on]
    if not held:
        raise LookupError(f"no rate is known for {on}")
    return held[-1]


def of(base_minor: int, rate: int, step: int = 1) -> int:
    """Half up, to a multiple of `step` minor units; a negative base mirrors the positive one."""
    sign = -1 if base_minor < 0 else 1
    whole = WHOLE * step
    return sign * ((2 * abs(base_minor) * rate + whole) // (2 * whole)) * step


def per_cent(rate: int) -> str:
    """As people write it: `9.975`, `20`."""
    return f"{Decimal(rate).scaleb(-4).normalize():f}"
