"""Conversion between currencies: exact rates, quotes with an expiry, prices that look like prices.

Owns arithmetic and the choice of a quote; where rates come from is a port's business, where quotes are kept a
repository's. A rate is an integer of billionths, so nothing here is ever a float.

Worked example: on a day when one euro is USD 1.0944 and JPY 147.53, a dollar is 134.804459064 yen; with a margin of 2 %
the quote is 137.500548245. A mug at USD 48.00 is JPY 6,600.03 and shown as JPY 6,600 (steps of 50).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from models.errors import CurrencyMismatch
from models.rules.money import nearest, step_of
from models.types import CURRENCY_DECIMALS, Money

ONE = 10**9
"""A rate of 1."""
MARGIN_BP = 200
"""Hundredths of a per cent on top of the reference rate: what the provider takes for converting, and what a rate moves
between the sale and its settlement."""
QUOTE_LIVES = timedelta(hours=26)
"""New quotes come every day; the two hours over are for whoever had just been shown the old one."""
RATES_TOO_OLD = timedelta(days=5)
"""The longest silence of the European Central Bank (Good Friday to the Tuesday after Easter) is shorter. Older rates
make no quotes: a price in the shop's own currency is better than a guess."""


@dataclass(frozen=True, slots=True)
class FxQuote:
    """`billionths` of `quote` for one `base`, margin included, good until `expires_at`. Shops are owed in `base`,
    buyers pay in `quote`."""

    id: str
    base: str
    quote: str
    billionths: int
    expires_at: datetime

    def charged(self, owed: Money) -> Money:
        """What is owed in `base`, in `quote`: half up to the minor unit."""
        return _times(owed, self.base, self.quote, self.billionths, ONE)

    def owed(self, charged: Money) -> Money:
        """The way back."""
        return _times(charged, self.quote, self.base, ONE, self.billionths)

    def price(self, owed: Money) -> Money:
        """`owed` as a price in `quote`, see `presentable`; where that is less than our margin allows, a step more: what
        rounding takes from a small price, it would take from each of a thousand pieces."""
        price = presentable(self.charged(owed))
        paid = price.minor * ONE * 10 ** CURRENCY_DECIMALS[self.base] * (10_000 + MARGIN_BP)
        due = owed.minor * self.billionths * 10 ** CURRENCY_DECIMALS[self.quote] * 10_000
        return price if paid >= due else price + Money(step_of(self.quote), self.quote)


def _times(amount: Money, source: str, target: str, numerator: int, denominator: int) -> Money:
    if amount.currency != source:
        raise ValueError(f"wanted {source}, not {amount.currency}")
    numerator *= 10 ** CURRENCY_DECIMALS[target]
    denominator *= 10 ** CURRENCY_DECIMALS[source]
    sign, minor = (-1, -amount.minor) if amount.minor < 0 else (1, amount.minor)
    return Money(sign * ((2 * minor * numerator + denominator) // (2 * denominator)), target)


def presentable(price: Money) -> Money:
    """The price rounded half up to a step: the largest of 1, 5, 10, 50, 100, ... minor units that is no more than a
    hundredth of it. So EUR 41.52 is 41.50, JPY 7,412 is 7,400, and nothing moves by more than half a per cent.

    Never less than can be charged, unless it was nothing.
    """
    smallest = step_of(price.currency)
    step, times = smallest, 5
    while step * times <= price.minor // 100:
        step, times = step * times, 7 - times  # 5 and 2 in turn
    rounded = nearest(price.minor, step)
    return Money(rounded or (smallest if price.minor else 0), price.currency)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The quotes of one moment. Empty where no rates are known: then every price stays in its own currency."""

    quotes: Mapping[tuple[str, str], FxQuote]

    def find(self, base: str, quote: str) -> FxQuote | None:
        """None where nothing is to be converted, and where nothing can be."""
        return self.quotes.get((base, quote))

    def converts(self, base: str, quote: str) -> bool:
        return base == quote or (base, quote) in self.quotes

    def need(self, base: str, quote: str) -> FxQuote | None:
        """None where nothing is to be converted. Raises `CurrencyMismatch` where nothing can be."""
        if not self.converts(base, quote):
            raise CurrencyMismatch(
                f"There is no current exchange rate between {base} and {quote}, so these pieces can't be paid for in "
                f"{quote} now. Choose {base}, or buy them separately.",
                shop_currency=base,
                currency=quote,
            )
        return self.find(base, quote)

    def in_minor(self, currency: str) -> Mapping[str, Decimal]:
        """What a minor unit of each currency is worth in minor units of this one, for comparing prices."""
        decimals = CURRENCY_DECIMALS[currency]
        converted = {
            base: Decimal(fx.billionths).scaleb(decimals - CURRENCY_DECIMALS[base] - 9)
            for (base, quote), fx in self.quotes.items()
            if quote == currency
        }
        return {currency: Decimal(1), **converted}

    def worth(self, currency: str) -> Mapping[str, Fraction]:
        """What one unit of a currency is worth in others, without our margin: for limits, not for prices."""
        return {
            quote: Fraction(fx.billionths * 10_000, ONE * (10_000 + MARGIN_BP))
            for (base, quote), fx in self.quotes.items()
            if base == currency
        }


NOTHING = Exchange({})


def exchanges(quotes: Iterable[FxQuote], now: datetime) -> Sequence[Exchange]:
    """What holds now, and before it what still holds because its quotes have not expired: whoever was shown the older
    prices may have them. `quotes` come newest first. Never empty."""
    stacks: dict[tuple[str, str], list[FxQuote]] = {}
    for quote in quotes:
        if now < quote.expires_at:
            stacks.setdefault((quote.base, quote.quote), []).append(quote)
    depth = max((len(stack) for stack in stacks.values()), default=1)
    return [Exchange({pair: stack[min(at, len(stack) - 1)] for pair, stack in stacks.items()}) for at in range(depth)]


def billionths(rate: Decimal) -> int:
    """Half up. Raises `ValueError` for what is no rate."""
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"{rate} is no exchange rate")
    return int((rate * ONE * 2 + 1) // 2)


def cross(per_euro: Mapping[str, int], base: str, quote: str, margin_bp: int = MARGIN_BP) -> int:
    """Billionths of `quote` for one `base`, from billionths of each for one euro (which itself is `ONE`), half up once
    and with the margin."""
    numerator = per_euro[quote] * ONE * (10_000 + margin_bp)
    denominator = per_euro[base] * 10_000
    return (2 * numerator + denominator) // (2 * denominator)


def pairs(currencies: Iterable[str]) -> Sequence[tuple[str, str]]:
    """All pairs that a shop and a buyer can make of these currencies, where we deal in both."""
    known = sorted(set(currencies) & set(CURRENCY_DECIMALS))
    return [(base, quote) for base in known for quote in known if base != quote]


def too_old(day: date, now: datetime) -> bool:
    return now.date() - day > RATES_TOO_OLD
