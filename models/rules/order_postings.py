"""What the ledger books when an order's money leaves its hold: to the artisan, or back to the buyer.

The counterpart of `sale_postings`. An order of items 90, shipping 10, tax 6 and a fee of 5.85, released whole, books

    order_held +100.00   fees_earned -5.85   artisan_payable -94.15

and refunded whole

    order_held +100.00   tax_payable +6.00   provider_pending -106.00

The fee is frozen at placement; of what was refunded it is never taken. What was paid with a gift card or with credit
goes back there: with 20.00 of it from credit, the refund books `provider_pending -86.00   store_credit -20.00`.
"""

from collections.abc import Sequence

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved
from models.rules.refunds import Share
from models.types import Money


def shipping_moved(commission_id: str, order_id: str, amount: Money) -> list[LedgerEntry]:
    """A finished commission is sent: what it still holds is held for its order, whose delivery releases it."""
    return moved(amount, debit=(AccountKind.ORDER_HELD, commission_id), credit=(AccountKind.ORDER_HELD, order_id))


def release(order_id: str, shop_id: str, share: Share, currency: str) -> list[LedgerEntry]:
    """Entries that give `share` of an order to its artisan; they sum to zero."""
    return [
        LedgerEntry(AccountKind.ORDER_HELD, order_id, Money(share.held_minor, currency)),
        LedgerEntry(AccountKind.FEES_EARNED, "", Money(-share.fee_minor, currency)),
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop_id, Money(share.fee_minor - share.held_minor, currency)),
    ]


def refund(order_id: str, share: Share, currency: str, paid_to: Sequence[LedgerEntry] = ()) -> list[LedgerEntry]:
    """Entries that give `share` of an order back to its buyer; they sum to zero.

    `paid_to` are the credits of what goes elsewhere than to the card (`credit_postings`), a part of the share's total.
    """
    return [
        LedgerEntry(AccountKind.ORDER_HELD, order_id, Money(share.held_minor, currency)),
        LedgerEntry(AccountKind.TAX_PAYABLE, "", Money(share.tax_minor, currency)),
        *paid_back(share, currency, paid_to),
    ]


def paid_back(share: Share, currency: str, paid_to: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The credit side of a refund: `paid_to`, and the rest to where the buyer's card was charged."""
    elsewhere = -sum((entry.amount for entry in paid_to), Money(0, currency)).minor
    if not 0 <= elsewhere <= share.total_minor:
        raise ValueError(f"{elsewhere} of {share.total_minor} {currency} can't go back elsewhere")
    return [
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(elsewhere - share.total_minor, currency)),
        *paid_to,
    ]
