"""What a part of an order is worth: goods, shipping, tax and the platform's fee, exact to the minor unit.

Owns the split of one order among its pieces. Who is refunded, and when, is the fulfilment workflow's decision.

Worked example: two mugs at USD 24.00 (tax 3.85 on the line), shipping 8.00 (its tax 0.65), fee 3.12. The first mug
lost takes 24.00 + 4.00 shipping + 1.93 + 0.33 tax, and 1.56 of fee is never taken; the second one takes the rest:
24.00 + 4.00 + 1.92 + 0.32, fee 1.56.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.rules.splits import split


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One line as it was frozen at placement; `tax_minor` is that of all its pieces."""

    listing_id: str
    quantity: int
    unit_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """The frozen sums of one order. `tax_minor` includes the tax on shipping, which no line carries."""

    lines: Sequence[OrderedLine]
    shipping_minor: int
    tax_minor: int
    fee_minor: int

    @property
    def items_minor(self) -> int:
        return sum(line.unit_minor * line.quantity for line in self.lines)

    @property
    def pieces(self) -> dict[str, int]:
        return {line.listing_id: line.quantity for line in self.lines}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an order in minor units. The fee comes out of the goods; it is no addition to them."""

    items_minor: int
    shipping_minor: int
    tax_minor: int
    fee_minor: int

    @property
    def held_minor(self) -> int:
        """What the ledger holds for it: goods and shipping."""
        return self.items_minor + self.shipping_minor

    @property
    def total_minor(self) -> int:
        """What the buyer paid for it."""
        return self.held_minor + self.tax_minor

    def __sub__(self, other: "Share") -> "Share":
        return Share(
            self.items_minor - other.items_minor,
            self.shipping_minor - other.shipping_minor,
            self.tax_minor - other.tax_minor,
            self.fee_minor - other.fee_minor,
        )


def worth(order: OrderTerms, pieces: Mapping[str, int]) -> Share:
    """The share of these pieces, seen as the first to be taken out of the order.

    Everything that is not a price follows the goods' value by the largest remainder. More pieces are never worth less,
    and all pieces are worth the whole order. Raises `ValueError` for pieces that the order does not have.
    """
    ordered = order.pieces
    for listing_id, quantity in pieces.items():
        if not 0 <= quantity <= ordered.get(listing_id, 0):
            raise ValueError(f"the order has no {quantity} pieces of {listing_id}")
    taken = [pieces.get(line.listing_id, 0) for line in order.lines]
    items = sum(line.unit_minor * count for line, count in zip(order.lines, taken, strict=True))
    weights = [items, order.items_minor - items]
    line_tax = sum(
        split(line.tax_minor, [count, line.quantity - count])[0] for line, count in zip(order.lines, taken, strict=True)
    )
    shipping_tax = order.tax_minor - sum(line.tax_minor for line in order.lines)
    return Share(
        items_minor=items,
        shipping_minor=split(order.shipping_minor, weights)[0],
        tax_minor=line_tax + split(shipping_tax, weights)[0],
        fee_minor=split(order.fee_minor, weights)[0],
    )


def part(order: OrderTerms, already: Mapping[str, int], pieces: Mapping[str, int]) -> Share:
    """What `pieces` are worth after `already` has been taken out. Parts taken one after the other sum to the whole
    exactly, so the last one takes what rounding left."""
    return worth(order, together(already, pieces)) - worth(order, already)


def remainder(order: OrderTerms, already: Mapping[str, int]) -> Share:
    """What is left of the order once `already` has been taken out."""
    return worth(order, order.pieces) - worth(order, already)


def together(*parts: Mapping[str, int]) -> dict[str, int]:
    """Adds up pieces by listing."""
    total: dict[str, int] = {}
    for pieces in parts:
        for listing_id, quantity in pieces.items():
            total[listing_id] = total.get(listing_id, 0) + quantity
    return total
