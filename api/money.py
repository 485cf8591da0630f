"""Money as people read it. Owns formatting only; arithmetic is in `models.types`."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict

from models.types import CURRENCY_DECIMALS, Money


class MoneyView(BaseModel):
    """An amount in integer minor units of its currency, and the same in words of the page's language."""

    model_config = ConfigDict(frozen=True)

    minor: int
    currency: str
    text: str


@lru_cache(maxsize=8192)  # a catalogue has few distinct prices, and formatting one costs more than a database row
def money_text(minor: int, currency: str) -> str:
    """`4800, "USD"` is `$48.00`."""
    return format_currency(Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency]), currency, locale="en_US")


@lru_cache(maxsize=8192)
def money(minor: int, currency: str) -> MoneyView:
    return MoneyView(minor=minor, currency=currency, text=money_text(minor, currency))


def money_view(amount: Money) -> MoneyView:
    return money(amount.minor, amount.currency)
