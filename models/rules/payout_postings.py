"""What the ledger books on an artisan's money on its way to the bank, and on what the artisan owes us.

A payout of USD 94.15, with shop `s`:

    set aside           artisan_payable    +94.15   artisan_in_transit -94.15
    transferred         connected_balance  +94.15   provider_available -94.15
    paid by the bank    artisan_in_transit +94.15   connected_balance  -94.15

It failed, or the bank sent it back: what stood in between is booked back, the last step first.

    returned            connected_balance  +94.15   artisan_in_transit -94.15   (only if it had been paid)
    transfer reversed   provider_available +94.15   connected_balance  -94.15
    given back          artisan_in_transit +94.15   artisan_payable    -94.15

So `artisan_in_transit` is what open payouts have set aside, and `connected_balance` is what stands in the artisan's
account at the provider. Moves between currencies are in `fx_postings`.
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved
from models.types import Money

_OURS = (AccountKind.PROVIDER_AVAILABLE, "")


def set_aside(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """A payout begins: nothing else may spend this any more."""
    return moved(amount, debit=(AccountKind.ARTISAN_PAYABLE, shop_id), credit=(AccountKind.ARTISAN_IN_TRANSIT, shop_id))


def transferred(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """The provider moved it from our balance to the artisan's account. Across currencies: `fx_postings.transferred`."""
    return moved(amount, debit=(AccountKind.CONNECTED_BALANCE, shop_id), credit=_OURS)


def reversed_transfer(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """The provider moved it back: the whole transfer or, for a refund, a part of it."""
    return moved(amount, debit=_OURS, credit=(AccountKind.CONNECTED_BALANCE, shop_id))


def paid(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """The artisan's bank has taken it."""
    return moved(
        amount, debit=(AccountKind.ARTISAN_IN_TRANSIT, shop_id), credit=(AccountKind.CONNECTED_BALANCE, shop_id)
    )


def returned(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """The bank had taken it and sent it back: it is in the connected account again, and the payout is open again."""
    return moved(
        amount, debit=(AccountKind.CONNECTED_BALANCE, shop_id), credit=(AccountKind.ARTISAN_IN_TRANSIT, shop_id)
    )


def given_back(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """A payout ends unpaid, or is made smaller: the artisan is owed this as before."""
    return moved(amount, debit=(AccountKind.ARTISAN_IN_TRANSIT, shop_id), credit=(AccountKind.ARTISAN_PAYABLE, shop_id))


def debt_planned(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """What the artisan owes us is put under a plan, so that sales pay out again.

    A refund after the payout left USD 40.00 owed, a debit balance of `artisan_payable`; put under a plan it books

        artisan_debt +40.00   artisan_payable -40.00
    """
    return moved(amount, debit=(AccountKind.ARTISAN_DEBT, shop_id), credit=(AccountKind.ARTISAN_PAYABLE, shop_id))


def instalment(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """A part of the plan is repaid from what is payable. An instalment of USD 10.00:

    artisan_payable +10.00   artisan_debt -10.00
    """
    return moved(amount, debit=(AccountKind.ARTISAN_PAYABLE, shop_id), credit=(AccountKind.ARTISAN_DEBT, shop_id))


def plan_ended(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """A plan ends before it is repaid: what is left nets against what the artisan earns next. With USD 30.00 left:

    artisan_payable +30.00   artisan_debt -30.00
    """
    return moved(amount, debit=(AccountKind.ARTISAN_PAYABLE, shop_id), credit=(AccountKind.ARTISAN_DEBT, shop_id))


def written_off(shop_id: str, amount: Money) -> list[LedgerEntry]:
    """An artisan who leaves will not repay what they owe. A debit balance of USD 30.00, after an open plan has ended:

    bad_debts +30.00   artisan_payable -30.00
    """
    return moved(amount, debit=(AccountKind.BAD_DEBTS, ""), credit=(AccountKind.ARTISAN_PAYABLE, shop_id))
