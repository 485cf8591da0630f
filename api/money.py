"""Money as people read it. Owns formatting only; arithmetic is in `models.types`."""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency
from pydantic import BaseModel, ConfigDict

from models.errors import InvalidInput
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


def parse_amount(text: str, currency: str) -> int:
    """What somebody types into a price field, in minor units: `48`, `48.5`, `$1,200.00`. Raises `InvalidInput`."""
    plain = re.sub(r"^[^\d.,-]+|\s", "", text.strip()).replace(",", "")
    decimals = CURRENCY_DECIMALS[currency]
    if re.fullmatch(rf"\d{{1,12}}\.\d{{{decimals + 1},9}}", plain, re.ASCII):
        most = f"{decimals} decimals at the most" if decimals else "no decimals"
        raise InvalidInput(f"An amount in {currency} has {most}.", field="price")
    if not re.fullmatch(rf"\d{{1,12}}(\.\d{{0,{decimals}}})?", plain, re.ASCII):
        example = money_text(48 * 10**decimals, currency)
        raise InvalidInput(f"This is no amount of money. Write it like {example}.", field="price")
    return int(Decimal(plain).scaleb(decimals))
