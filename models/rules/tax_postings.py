"""What the ledger books for the tax on the platform's own commission.

The commission is earned with the tax in it; when its month is invoiced, the tax is set apart. EUR 12.30 of an artisan
in Ireland, 23 %:

    fees_earned +2.30   tax_payable -2.30

and the other way round for a month in which more commission went back than was taken.
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved
from models.types import Money

_EARNED = (AccountKind.FEES_EARNED, "")
_OWED = (AccountKind.TAX_PAYABLE, "")


def fee_tax(tax: Money) -> list[LedgerEntry]:
    """`tax` of one month's commission, of either sign; nothing for none."""
    if not tax.minor:
        return []
    if tax.minor < 0:
        return moved(tax * -1, debit=_OWED, credit=_EARNED)
    return moved(tax, debit=_EARNED, credit=_OWED)
