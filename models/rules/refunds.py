"""What a part of an order is worth: goods, shipping, tax and the platform's fee, exact to the minor unit.

Owns the split of one order among its pieces and into agreed amounts. Who is refunded, and when, the processes decide.

Worked example: two mugs at USD 24.00 (tax 3.85 on the line), shipping 8.00 (its tax 0.65), fee 3.12. The first mug
lost takes 24.00 + 4.00 shipping + 1.93 + 0.33 tax, and 1.56 of fee is never taken; the second one takes the rest:
24.00 + 4.00 + 1.92 + 0.32, fee 1.56.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.rules.splits import split, split_in_steps


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One line as it was frozen at placement; tax and discount are those of all its pieces."""

    listing_id: str
    quantity: int
    unit_minor: int
    tax_minor: int
    discount_minor: int = 0

    @property
    def net_minor(self) -> int:
        """What was paid for it, before tax."""
        return self.unit_minor * self.quantity - self.discount_minor

    def net_of(self, count: int, step: int) -> int:
        """What was paid for so many of its pieces: each at its price, less its part of the discount."""
        if not self.discount_minor:
            return self.unit_minor * count
        return split_in_steps(self.net_minor, [count, self.quantity - count], step)[0]


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """The frozen sums of one order. `tax_minor` includes the tax on shipping, which no line carries."""

    lines: Sequence[OrderedLine]
    shipping_minor: int
    tax_minor: int
    fee_minor: int
    step: int = 1
    """The smallest difference between two amounts that a card can get back, see `models.rules.money`."""

    @property
    def items_minor(self) -> int:
        return sum(line.net_minor for line in self.lines)

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

    def __add__(self, other: "Share") -> "Share":
        return Share(
            self.items_minor + other.items_minor,
            self.shipping_minor + other.shipping_minor,
            self.tax_minor + other.tax_minor,
            self.fee_minor + other.fee_minor,
        )

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
    items = sum(line.net_of(count, order.step) for line, count in zip(order.lines, taken, strict=True))
    weights = [items, order.items_minor - items]
    if not order.items_minor:  # all of it was a present; what sending cost follows the pieces
        weights = [sum(taken), sum(line.quantity for line in order.lines) - sum(taken)]
    line_tax = sum(
        split_in_steps(line.tax_minor, [count, line.quantity - count], order.step)[0]
        for line, count in zip(order.lines, taken, strict=True)
    )
    shipping_tax = order.tax_minor - sum(line.tax_minor for line in order.lines)
    return Share(
        items_minor=items,
        shipping_minor=split_in_steps(order.shipping_minor, weights, order.step)[0],
        tax_minor=line_tax + split_in_steps(shipping_tax, weights, order.step)[0],
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


NOTHING = Share(0, 0, 0, 0)


def left_of(order: OrderTerms, taken: Iterable[Share]) -> Share:
    """What of the order's money is still the buyer's to get back. Raises `ValueError` when more was taken than paid."""
    left = worth(order, order.pieces)
    for share in taken:
        left -= share
    if min(left.items_minor, left.shipping_minor, left.tax_minor, left.fee_minor) < 0:
        raise ValueError("more was given back than was paid")
    return left


def share_of_pieces(
    order: OrderTerms,
    left: Share,
    already: Mapping[str, int],
    pieces: Mapping[str, int],
    given: Mapping[str, int] | None = None,
) -> Share:
    """What these pieces give back, where amounts may have been given back before: `given` says for which lines. Pieces
    that went back already give nothing; with the last piece goes all that is left. Never more than `left`, in sum and
    in each part, and of no line more than is left of it.

    Two mugs for 60.50 in all: 10.00 went back for a chip. Then the first mug returned takes its 30.26, the second one
    the 20.24 that are left. Were the second piece a scarf, the mug would take the 20.26 that are left of its own line.
    """
    fresh = not_back_yet(order, already, pieces)
    if not fresh:
        return NOTHING
    if together(already, fresh) == order.pieces:
        return left
    due = part(order, already, fresh)
    given_before = sum(
        max(0, part(order, already, {listing: count}).total_minor - _left_of_line(order, already, given or {}, listing))
        for listing, count in fresh.items()
        if given and given.get(listing)
    )
    if given_before:
        due = share_of_amount(due, max(0, due.total_minor - given_before))
    fits = (
        due.items_minor <= left.items_minor
        and due.shipping_minor <= left.shipping_minor
        and due.tax_minor <= left.tax_minor
        and due.fee_minor <= left.fee_minor
    )
    return due if fits else share_of_amount(left, due.total_minor)


def not_back_yet(order: OrderTerms, already: Mapping[str, int], pieces: Mapping[str, int]) -> dict[str, int]:
    """Those of `pieces` that the order has and that have not gone back before."""
    fresh = {
        listing_id: min(quantity, order.pieces.get(listing_id, 0) - already.get(listing_id, 0))
        for listing_id, quantity in pieces.items()
    }
    return {listing_id: quantity for listing_id, quantity in fresh.items() if quantity > 0}


def share_of_amount(left: Share, amount_minor: int) -> Share:
    """An agreed amount, taken from goods, shipping and tax as they stand to each other, by the largest remainder; the
    frozen fee is reversed in proportion to what the artisan gives back. What is more than `left` is `left`.

    20.00 of 60.50 (goods 48.00, shipping 8.00, tax 4.50; fee 3.12) takes 15.87 + 2.64 + 1.49, and 1.03 of the fee.
    """
    if amount_minor < 0:
        raise ValueError("a refund is no payment")
    if amount_minor >= left.total_minor:
        return left
    items, shipping, tax = split(amount_minor, [left.items_minor, left.shipping_minor, left.tax_minor])
    held = items + shipping
    fee = split(left.fee_minor, [held, left.held_minor - held])[0] if left.held_minor else 0
    return Share(items, shipping, tax, fee)


def lines_of_amount(
    order: OrderTerms,
    already: Mapping[str, int],
    given: Mapping[str, int],
    pieces: Mapping[str, int],
    amount_minor: int,
) -> dict[str, int]:
    """The lines that an agreed amount counts against: those of `pieces` (all, where it was agreed for none), as what is
    left of each stands to what is left of the others, by the largest remainder."""
    listings = [line.listing_id for line in order.lines if not pieces or line.listing_id in pieces]
    left = [_left_of_line(order, already, given, listing_id) for listing_id in listings]
    if not any(left):
        return {}
    shares = split_in_steps(min(amount_minor, sum(left)), left, order.step)
    return {listing_id: share for listing_id, share in zip(listings, shares, strict=True) if share}


def _left_of_line(order: OrderTerms, already: Mapping[str, int], given: Mapping[str, int], listing_id: str) -> int:
    """What its pieces that have not gone back are worth, without the amounts that were given for them."""
    rest = not_back_yet(order, already, {listing_id: order.pieces.get(listing_id, 0)})
    worth_minor = part(order, already, rest).total_minor
    return max(0, worth_minor - given.get(listing_id, 0))
