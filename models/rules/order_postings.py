"""What the ledger books when an order's money leaves its hold: to the artisan, or back to the buyer.

The counterpart of `sale_postings`. An order of items 90, shipping 10, tax 6 and a fee of 5.85, released whole, books

    order_held +100.00   fees_earned -5.85   artisan_payable -94.15

and refunded whole

    order_held +100.00   tax_payable +6.00   provider_pending -106.00

The fee is frozen at placement; of what was refunded it is never taken.
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import Share
from models.types import Money


def release(order_id: str, shop_id: str, share: Share, currency: str) -> list[LedgerEntry]:
    """Entries that give `share` of an order to its artisan; they sum to zero."""
    return [
        LedgerEntry(AccountKind.ORDER_HELD, order_id, Money(share.held_minor, currency)),
        LedgerEntry(AccountKind.FEES_EARNED, "", Money(-share.fee_minor, currency)),
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop_id, Money(share.fee_minor - share.held_minor, currency)),
    ]


def refund(order_id: str, share: Share, currency: str) -> list[LedgerEntry]:
    """Entries that give `share` of an order back to its buyer; they sum to zero."""
    return [
        LedgerEntry(AccountKind.ORDER_HELD, order_id, Money(share.held_minor, currency)),
        LedgerEntry(AccountKind.TAX_PAYABLE, "", Money(share.tax_minor, currency)),
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(-share.total_minor, currency)),
    ]
