"""What the ledger books when a part of an artisan's money is kept back under a named rule, and when it is let go.

10 % of USD 94.15 kept back, with the shop as owner, books

    artisan_payable +9.42   artisan_reserve -9.42

and its release the same the other way round. Rule, reason and date of release stand in the hold, not here.
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved
from models.types import Money


def taken(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """Kept back: a reserve, or the money of a disputed order."""
    return moved(amount, debit=(AccountKind.ARTISAN_PAYABLE, shop_id), credit=(AccountKind.ARTISAN_RESERVE, shop_id))


def released(shop_id: str, amount: Money) -> list[LedgerEntry]:
    return moved(amount, debit=(AccountKind.ARTISAN_RESERVE, shop_id), credit=(AccountKind.ARTISAN_PAYABLE, shop_id))
