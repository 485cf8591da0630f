"""Money as people read it. Owns formatting only; arithmetic is in `models.types`."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_symbol
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
    sign, plain = _parted(text)
    if sign and plain and sign not in _signs(currency):
        raise InvalidInput(f"This is paid in {currency}. Write the amount in {currency}.", field="price")
    if "," in plain and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", plain, re.ASCII):
        raise InvalidInput("A comma parts thousands here. Write cents behind a point.", field="price")
    plain = plain.replace(",", "")
    decimals = CURRENCY_DECIMALS[currency]
    if re.fullmatch(rf"\d{{1,12}}\.\d{{{decimals + 1},9}}", plain, re.ASCII):
        most = f"{decimals} decimals at the most" if decimals else "no decimals"
        raise InvalidInput(f"An amount in {currency} has {most}.", field="price")
    if not re.fullmatch(rf"\d{{1,12}}(\.\d{{0,{decimals}}})?", plain, re.ASCII):
        example = money_text(48 * 10**decimals, currency)
        raise InvalidInput(f"This is no amount of money. Write it like {example}.", field="price")
    return int(Decimal(plain).scaleb(decimals))


def _parted(text: str) -> tuple[str, str]:
    """The sign or code in front, and what is left without spaces."""
    plain = re.sub(r"\s", "", text)
    sign = re.match(r"[^\d.,-]*", plain)
    length = sign.end() if sign else 0
    return unicodedata.normalize("NFKC", plain[:length]).upper(), plain[length:]


@lru_cache(maxsize=len(CURRENCY_DECIMALS))
def _signs(currency: str) -> frozenset[str]:
    """What may stand in front of an amount: `CA$`, `CAD` and `$` of Canadian dollars. Another currency's sign would
    be read as as much of this one."""
    sign = get_currency_symbol(currency, locale="en_US")
    return frozenset({currency, sign, sign[-1] if not sign[-1].isalpha() else sign})
