"""The chart of accounts and the shape of an entry."""

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
