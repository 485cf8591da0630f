"""The chart of accounts and the shape of an entry."""

from dataclasses import dataclass
from enum import StrEnum

from models.types import Money


class AccountKind(StrEnum):
    """Whose money, where. Debits (positive) raise what we have, credits (negative) what we owe or have earned."""

    PROVIDER_PENDING = "provider_pending"
    ORDER_HELD = "order_held"
    ARTISAN_PAYABLE = "artisan_payable"
    TAX_PAYABLE = "tax_payable"
    FEES_EARNED = "fees_earned"
    PROCESSING_FEES = "processing_fees"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    kind: AccountKind
    owner: str
    """Order or shop id; empty for the platform's own accounts."""
    amount: Money
    """Debit positive, credit negative."""
