"""Foreign exchange: what one euro was worth on a day. A reference for our own prices, not an offer to trade."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DayRates:
    """`rates` are units of each currency for one `base`; the base itself is not among them."""

    base: str
    day: date
    """Of the rates, which on a weekend or a holiday is an earlier one than was asked for."""
    rates: Mapping[str, Decimal]


class RateSource(Protocol):
    async def rates(self, day: date) -> DayRates:
        """The newest rates that were published for `day` or before it. Raises `PartnerUnavailable`, also for an answer
        that is none, and `NotFound` when the source does not reach back so far."""
        ...
