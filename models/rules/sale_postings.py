"""What the ledger books when a checkout is captured.

For each order: the provider owes us its total; we hold goods and shipping for the order, and owe the tax. The
provider's own fee comes out of what it owes us. USD 106.00 (items 90, shipping 10, tax 6) with a fee of 3.37 books:

    provider_pending +106.00   order_held -100.00   tax_payable -6.00
    processing_fees    +3.37   provider_pending -3.37
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.types import Money


@dataclass(frozen=True, slots=True)
class SoldOrder:
    order_id: str
    items_minor: int
    shipping_minor: int
    tax_minor: int

    @property
    def held_minor(self) -> int:
        return self.items_minor + self.shipping_minor


def sale(
    orders: Sequence[SoldOrder], provider_fee_minor: int, currency: str, paid_by: Sequence[LedgerEntry] = ()
) -> list[LedgerEntry]:
    """Entries of one captured payment; they sum to zero.

    `paid_by` are the debits of what was paid otherwise than at the provider (`credit_postings`), a part of the total.
    Settled in another currency: `fx_postings.sale`.
    """

    def entry(kind: AccountKind, minor: int, owner: str = "") -> LedgerEntry:
        return LedgerEntry(kind, owner, Money(minor, currency))

    total = sum(order.held_minor + order.tax_minor for order in orders)
    otherwise = sum((part.amount for part in paid_by), Money(0, currency)).minor
    if not 0 <= otherwise <= total:
        raise ValueError(f"{otherwise} of {total} {currency} can't be paid otherwise")
    return [
        entry(AccountKind.PROVIDER_PENDING, total - otherwise),
        *paid_by,
        *(entry(AccountKind.ORDER_HELD, -order.held_minor, order.order_id) for order in orders),
        entry(AccountKind.TAX_PAYABLE, -sum(order.tax_minor for order in orders)),
        entry(AccountKind.PROCESSING_FEES, provider_fee_minor),
        entry(AccountKind.PROVIDER_PENDING, -provider_fee_minor),
    ]
