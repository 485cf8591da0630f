"""What the ledger books when a repair puts an account right. Who may is decided by two administrators, not here.

A fee that was booked 0.12 too low, USD:

    processing_fees +0.12   corrections -0.12
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.types import Money


def correction(kind: AccountKind, owner: str, amount: Money) -> list[LedgerEntry]:
    """`amount` (debit positive, credit negative) more on this account. Raises `ValueError` for nothing, and for a
    correction of `corrections` itself."""
    if not amount.minor or kind is AccountKind.CORRECTIONS:
        raise ValueError("there is nothing to put right")
    return [LedgerEntry(kind, owner, amount), LedgerEntry(AccountKind.CORRECTIONS, "", amount * -1)]
