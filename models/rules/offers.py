"""What a piece costs somebody who pays in a given currency: the artisan's own price there, or the converted one.

The artisan is owed what they asked: their price in their shop's currency where it was converted; where they asked a
price in the buyer's currency, that price at the quoted rate.
"""

from dataclasses import dataclass

from models.rules.fx import Exchange, FxQuote
from models.types import Money


@dataclass(frozen=True, slots=True)
class Offer:
    unit: Money
    """What one piece costs, in the buyer's currency."""
    stated: Money
    """What the artisan asks for it: their price in that currency, or the one that was converted."""
    fx: FxQuote | None
    """None where the buyer pays in the shop's currency."""

    @property
    def converted(self) -> bool:
        return self.unit.currency != self.stated.currency

    def owed(self, quantity: int) -> Money | None:
        """For so many pieces, in the shop's currency where that is another one."""
        if self.fx is None:
            return None
        return self.stated * quantity if self.converted else self.fx.owed(self.unit * quantity)


def offer(own: Money, listed_minor: int | None, currency: str, exchange: Exchange) -> Offer:
    """`own` is the price in the shop's currency, `listed_minor` the artisan's own price in `currency`, if any.

    Raises `CurrencyMismatch` where there is no rate: also for a listed price, because the artisan is owed in theirs.
    """
    fx = exchange.need(own.currency, currency)
    if fx is None:
        return Offer(own, own, None)
    if listed_minor is not None:
        listed = Money(listed_minor, currency)
        return Offer(listed, listed, fx)
    return Offer(fx.price(own), own, fx)


def shown(own: Money, listed_minor: int | None, currency: str | None, exchange: Exchange) -> Offer:
    """As `offer`, for somebody who only looks: without a choice, or without a rate, in the shop's own currency."""
    if currency is None or not exchange.converts(own.currency, currency):
        return Offer(own, own, None)
    return offer(own, listed_minor, currency, exchange)
