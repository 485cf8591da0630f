"""What an artisan is owed in their own currency for an order that was paid in another, whole and in parts.

The whole is fixed at placement. A part of it follows what the part leaves of the charge once the fee is off, counted
from the first part on, so that parts taken one after the other sum to the whole exactly.

Worked example: of an order of EUR 94.15 after our fee, GBP 80.03 is owed. A part of EUR 30.00 is GBP 25.50, the next
one of EUR 30.00 is GBP 25.50, and the last EUR 34.15 is the GBP 29.03 that are left.
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

    @property
    def total(self) -> Money:
        return Money(self.items_minor + self.shipping_minor - self.fee_minor, self.currency)


def owed_for(total: Money, whole: Share, before: Share, share: Share) -> Money:
    """The part of `total` that belongs to `share` of an order worth `whole`, when `before` was taken already."""
    return Money(
        _up_to(total.minor, _net(whole), _net(before) + _net(share)) - _up_to(total.minor, _net(whole), _net(before)),
        total.currency,
    )


def _up_to(total: int, whole: int, taken: int) -> int:
    return split(total, [taken, whole - taken])[0]


def _net(share: Share) -> int:
    return share.held_minor - share.fee_minor
