"""What the ledger books on the provider's own movements: money that becomes available, and its fees.

Everything that the provider adds to our balance or takes from it goes through `provider_pending` first, at the moment
it happens; only transfers and their reversals are at once out of and in `provider_available`. When the provider says
that a transaction is available, its net moves on. A charge of USD 106.00 with a fee of 3.37, and a refund of 20.00:

    provider_available +102.63   provider_pending -102.63
    provider_pending +20.00      provider_available -20.00

A fee that is charged apart from a sale, and a dispute's:

    processing_fees +2.00   provider_pending -2.00
    dispute_fees +15.00     provider_pending -15.00
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved
from models.types import Money

_PENDING = (AccountKind.PROVIDER_PENDING, "")
_AVAILABLE = (AccountKind.PROVIDER_AVAILABLE, "")
_DISPUTES = (AccountKind.DISPUTE_FEES, "")


def became_available(net: Money) -> list[LedgerEntry]:
    """`net` of one of the provider's transactions, of either sign, and of any type but a transfer or its reversal."""
    if net.minor < 0:
        return moved(net * -1, debit=_PENDING, credit=_AVAILABLE)
    return moved(net, debit=_AVAILABLE, credit=_PENDING)


def fee(amount: Money) -> list[LedgerEntry]:
    """Of the provider, for something else than a sale."""
    return moved(amount, debit=(AccountKind.PROCESSING_FEES, ""), credit=_PENDING)


def dispute_fee(amount: Money) -> list[LedgerEntry]:
    return moved(amount, debit=_DISPUTES, credit=_PENDING)


def dispute_fee_returned(amount: Money) -> list[LedgerEntry]:
    """The provider gives it back for a dispute that was won."""
    return moved(amount, debit=_PENDING, credit=_DISPUTES)
