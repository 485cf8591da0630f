"""What an artisan is owed in their own currency for an order that was paid in another, whole and in parts.

The whole is fixed at placement. What belongs to a part of the charge follows what that part leaves once our fee is off.
What is refunded before the release is never owed; what is refunded behind it is taken from the top, so that parts sum
to the whole exactly.

Worked example: of an order of EUR 94.15 after our fee, GBP 80.03 is owed. EUR 64.15 of it is released: GBP 54.53.
Refunds of EUR 30.00 and EUR 34.15 behind the release take GBP 25.50 and the GBP 29.03 that are left.
"""

from dataclasses import dataclass

from models.rules.refunds import Share
from models.rules.splits import split
from models.types import Money


@dataclass(frozen=True, slots=True)
class Owed:
    """Of a whole order, in the shop's currency."""

    currency: str
    items_minor: int
    shipping_minor: int
    fee_minor: int
    discount_minor: int = 0
    """What the artisan has taken off; the items are what remains."""

    @property
    def total(self) -> Money:
        return Money(self.items_minor + self.shipping_minor - self.fee_minor, self.currency)


def owed_for(total: Money, whole: Share, net_minor: int) -> Money:
    """What of `total` belongs to so much of an order worth `whole`, both after our fee."""
    return Money(split(total.minor, [net_minor, net_of(whole) - net_minor])[0], total.currency)


def taken_by(total: Money, whole: Share, artisans_minor: int, net_minor: int) -> Money:
    """What a refund of `net_minor` takes from an artisan who still has `artisans_minor` of the order, after our fee."""
    return owed_for(total, whole, artisans_minor) - owed_for(total, whole, artisans_minor - net_minor)


def net_of(share: Share) -> int:
    """What a share leaves for the artisan, in the currency of the charge."""
    return share.held_minor - share.fee_minor
