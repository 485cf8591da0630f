"""In which currency Stripe books a charge or a refund: its own where the account has a balance in it, else dollars, at
a rate of Stripe's that is a little worse than anybody's reference rate.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from deploy.sandbox.rates.figures import published_on, rates_of
from models.types import CURRENCY_DECIMALS

INTO = "usd"
SPREAD = Decimal("0.99")
"""What is left of an amount once Stripe has taken its part of the conversion."""
CONVERTED = frozenset({"charge", "refund", "refund_failure"})


@dataclass(frozen=True, slots=True)
class Settled:
    amount: int
    currency: str
    exchange_rate: float | None
    """Stripe tells it as a number; nobody should compute with it."""


def settled(kind: str, amount: int, currency: str, settles: frozenset[str]) -> Settled:
    """`settles` are the currencies that stay as they are; empty means all of them."""
    if kind not in CONVERTED or not settles or currency in settles or currency == INTO:
        return Settled(amount, currency, None)
    per_euro = {"EUR": Decimal(1), **rates_of(published_on(datetime.now(UTC).date()))}
    rate = (per_euro[INTO.upper()] / per_euro[currency.upper()] * SPREAD).quantize(Decimal("0.000001"))
    whole = Decimal(amount).scaleb(-CURRENCY_DECIMALS[currency.upper()]) * rate
    minor = whole.scaleb(CURRENCY_DECIMALS[INTO.upper()]).quantize(Decimal(1), ROUND_HALF_UP)
    return Settled(int(minor), INTO, float(rate))
