"""What the ledger books for a refund behind the release of an order's money, and for one that failed.

A refund before the release is `order_postings.refund`. Behind it, the money is the artisan's and the fee is earned, so
both give their part back: of items 90, shipping 10, tax 6 and a fee of 5.85, refunded whole,

    artisan_payable +94.15   fees_earned +5.85   tax_payable +6.00   provider_pending -106.00

`artisan_payable` may turn to a debit balance by it, which the next payout nets. Refunds come out of `provider_pending`
at all times, as sales go into it; `provider_postings.became_available` moves both on when the provider says so.
"""

from collections.abc import Sequence

from models.rules.bookkeeping import AccountKind, LedgerEntry, undone
from models.rules.order_postings import paid_back
from models.rules.refunds import Share
from models.types import Money


def after_release(shop_id: str, share: Share, currency: str, paid_to: Sequence[LedgerEntry] = ()) -> list[LedgerEntry]:
    """Entries that take `share` back from the artisan and from our fee, and give it to the buyer; they sum to zero."""
    return [
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop_id, Money(share.held_minor - share.fee_minor, currency)),
        LedgerEntry(AccountKind.FEES_EARNED, "", Money(share.fee_minor, currency)),
        LedgerEntry(AccountKind.TAX_PAYABLE, "", Money(share.tax_minor, currency)),
        *paid_back(share, currency, paid_to),
    ]


def failed(refund: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The provider could not deliver a refund that it had accepted, and gave us the money back: everything stands as
    before it. `refund` is what was booked for it, from `order_postings.refund`, `after_release` or `fx_postings`."""
    return undone(refund)
