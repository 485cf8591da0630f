"""What the ledger books when money of a commission goes back to its customer, and what of it goes where.

Charges are `sale_postings.sale` and approvals `order_postings.release`, both with the commission as the owner of what
is held. What goes back comes out of four places, and this owns how much out of each: what is still held, what the
artisan was given by an approval, our fee on that, and the tax. An end that gives back everything of an approved drawing
(USD 200.00 at a fee of 6.5 %, tax 16.00) and of a frame under way (600.00, tax 48.00) books

    order_held +600.00   artisan_payable +187.00   fees_earned +13.00   tax_payable +64.00   provider_pending -864.00

It is sent as one refund for each charge that it came with. They are booked one by one, as the provider takes them: the
four places lie on one line, in this order, and each refund takes its stretch of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.commission.contract import Terms
from models.rules.commission.endings import Parted
from models.rules.refunds import NOTHING, Share
from models.types import Money


@dataclass(frozen=True, slots=True)
class Back:
    """Where what goes back comes from, in minor units."""

    held_minor: int = 0
    taken_minor: int = 0
    """Of the artisan's balance: what an approval gave them, less the fee."""
    fee_minor: int = 0
    """Of our own: the fee on that."""
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.held_minor + self.taken_minor + self.fee_minor + self.tax_minor

    def stretch(self, start: int, minor: int) -> "Back":
        """`minor` of it, from `start` on the line. Stretches that cover it sum to it."""
        parts = []
        at = 0
        for part in (self.held_minor, self.taken_minor, self.fee_minor, self.tax_minor):
            parts.append(max(0, min(at + part, start + minor) - max(at, start)))
            at += part
        return Back(*parts)


def of_surplus(minor: int, paid_minor: int, terms: Terms) -> Back:
    """What a cheaper contract gives back: of work and shipping what was paid beyond its total, the rest is tax.
    `paid_minor` is what was charged for them and has not gone back.

    Raises `ValueError` for a surplus that is no such sum.
    """
    held = max(0, paid_minor - terms.total_minor)
    if not held <= minor:
        raise ValueError(f"{held} were paid beyond the contract, and only {minor} are to go back")
    return Back(held_minor=held, tax_minor=minor - held)


def of_settlement(parted: Mapping[int, Parted], released: Collection[int]) -> Back:
    """What an end gives back. The work of `released` milestones is the artisan's already, their shipping is held."""
    back = Back()
    for number, one in parted.items():
        share = one.back
        if number in released:
            more = Back(share.shipping_minor, share.items_minor - share.fee_minor, share.fee_minor, share.tax_minor)
        else:
            more = Back(held_minor=share.held_minor, tax_minor=share.tax_minor)
        back = Back(
            back.held_minor + more.held_minor,
            back.taken_minor + more.taken_minor,
            back.fee_minor + more.fee_minor,
            back.tax_minor + more.tax_minor,
        )
    return back


def still_to_release(parted: Mapping[int, Parted], released: Collection[int]) -> Share:
    """What an end leaves to the artisan and they have not got yet."""
    kept = NOTHING
    for number, one in parted.items():
        if number not in released:
            kept += one.kept
    return kept


def given_back(commission_id: str, shop_id: str, back: Back, currency: str) -> list[LedgerEntry]:
    """Entries of one refund; they sum to zero. Settled in another currency: `fx_postings.exchanged`."""
    return [
        LedgerEntry(AccountKind.ORDER_HELD, commission_id, Money(back.held_minor, currency)),
        LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop_id, Money(back.taken_minor, currency)),
        LedgerEntry(AccountKind.FEES_EARNED, "", Money(back.fee_minor, currency)),
        LedgerEntry(AccountKind.TAX_PAYABLE, "", Money(back.tax_minor, currency)),
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(-back.total_minor, currency)),
    ]
