"""The chart of accounts, the names of what is booked, and the shape of an entry.

Owns no event: what a sale, a refund or a payout books is in the `*_postings` modules beside it, each with its worked
numbers; `deploy/LEDGER.md` shows them all as T-accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.types import Money


class AccountKind(StrEnum):
    """Whose money, where. Debits (positive) raise what we have, credits (negative) what we owe or have earned.

    Each account is kept by currency, and by owner where one is named; the others are the platform's own.
    """

    PROVIDER_PENDING = "provider_pending"  # asset: the provider has it and does not let go of it yet
    PROVIDER_AVAILABLE = "provider_available"  # asset: may be transferred
    CONNECTED_BALANCE = "connected_balance"  # asset, by shop: in the artisan's account at the provider
    ORDER_HELD = "order_held"  # liability, by order: nobody's until it is delivered or refunded
    ARTISAN_PAYABLE = "artisan_payable"  # liability, by shop; a debit balance is what the artisan owes us
    ARTISAN_RESERVE = "artisan_reserve"  # liability, by shop: theirs, kept back under a named rule
    ARTISAN_IN_TRANSIT = "artisan_in_transit"  # liability, by shop: set aside for a payout that is under way
    ARTISAN_DEBT = "artisan_debt"  # asset, by shop: to be repaid under a plan
    TAX_PAYABLE = "tax_payable"  # liability
    FEES_EARNED = "fees_earned"  # income
    PROCESSING_FEES = "processing_fees"  # expense
    DISPUTE_FEES = "dispute_fees"  # expense
    BAD_DEBTS = "bad_debts"  # expense: what artisans owed us and will not repay
    GIFT_CARDS = "gift_cards"  # liability, by gift card
    STORE_CREDIT = "store_credit"  # liability, by person
    FX_POSITION = "fx_position"  # what we hold in one currency against another
    FX_RESULT = "fx_result"  # gain (credit) or loss (debit)
    CORRECTIONS = "corrections"  # what a repair books against, with two signatures


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    kind: AccountKind
    owner: str
    """Order, shop, gift card or person id; empty for the platform's own accounts."""
    amount: Money
    """Debit positive, credit negative."""


class PostingKind(StrEnum):
    """What one posting books; the builder that makes its entries stands beside it."""

    SALE = "sale"  # sale_postings.sale, fx_postings.sale
    SHIPPING_MOVED = "shipping_moved"  # order_postings.shipping_moved
    RELEASE = "release"  # order_postings.release, fx_postings.release
    REFUND = "refund"  # order_postings.refund before the release, refund_postings.after_release behind it; fx_postings
    REFUND_FAILED = "refund_failed"  # refund_postings.failed
    AVAILABLE = "available"  # provider_postings.became_available
    PROVIDER_FEE = "provider_fee"  # provider_postings.fee
    DISPUTE_FEE = "dispute_fee"  # provider_postings.dispute_fee, dispute_fee_returned
    SET_ASIDE = "payout_set_aside"  # payout_postings.set_aside
    TRANSFERRED = "payout_transferred"  # payout_postings.transferred
    REVERSED = "payout_reversed"  # payout_postings.reversed_transfer
    PAID = "payout_paid"  # payout_postings.paid
    RETURNED = "payout_returned"  # payout_postings.returned
    GIVEN_BACK = "payout_given_back"  # payout_postings.given_back
    DEBT_PLANNED = "debt_planned"  # payout_postings.debt_planned
    INSTALMENT = "debt_instalment"  # payout_postings.instalment
    PLAN_ENDED = "debt_plan_ended"  # payout_postings.plan_ended
    DEBT_WRITTEN_OFF = "debt_written_off"  # payout_postings.written_off
    RESERVE_TAKEN = "reserve_taken"  # reserve_postings.taken
    RESERVE_RELEASED = "reserve_released"  # reserve_postings.released
    FEE_TAX = "fee_tax"  # tax_postings.fee_tax
    FX_CLOSED = "fx_closed"  # fx_postings.closed
    GIFT_CARD_SOLD = "gift_card_sold"  # credit_postings.gift_card_sold
    GIFT_CARD_ISSUED = "gift_card_issued"  # credit_postings.gift_card_issued
    GIFT_CARD_EXPIRED = "gift_card_expired"  # credit_postings.gift_card_expired
    GIFT_CARD_REDEEMED = "gift_card_redeemed"  # credit_postings.gift_card_redeemed
    CREDIT_GRANTED = "credit_granted"  # credit_postings.credit_granted
    CREDIT_FORFEITED = "credit_forfeited"  # credit_postings.credit_forfeited
    CORRECTION = "correction"  # correction_postings.correction


def moved(amount: Money, *, debit: tuple[AccountKind, str], credit: tuple[AccountKind, str]) -> list[LedgerEntry]:
    """The two entries of a plain move between two accounts, each (kind, owner).

    Raises `ValueError` for an amount that is not positive: a move the other way is another event with its own name.
    """
    positive(amount)
    return [LedgerEntry(*debit, amount), LedgerEntry(*credit, Money(-amount.minor, amount.currency))]


def positive(amount: Money) -> Money:
    if amount.minor <= 0:
        raise ValueError(f"{amount.minor} {amount.currency} can't be booked: an amount is positive")
    return amount


def undone(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Books back what a posting booked."""
    return [LedgerEntry(e.kind, e.owner, Money(-e.amount.minor, e.amount.currency)) for e in entries]
