"""What holds our rows, our ledger and the provider's books against each other. Pure: facts in, differences out."""

from models.rules.reconciliation.accounts import accounts_differences, loose_differences
from models.rules.reconciliation.differences import (
    BY_HAND,
    Difference,
    DifferenceKind,
    Do,
    Reason,
    Repair,
    entries_of,
    packed,
)
from models.rules.reconciliation.facts import (
    AccountFact,
    CardFact,
    Line,
    LooseFacts,
    OrderFact,
    PayoutFacts,
    Posted,
    RefundFact,
    SaleFacts,
)
from models.rules.reconciliation.payouts import payout_differences
from models.rules.reconciliation.sales import sale_differences

__all__ = [
    "BY_HAND",
    "AccountFact",
    "CardFact",
    "Difference",
    "DifferenceKind",
    "Do",
    "Line",
    "LooseFacts",
    "OrderFact",
    "PayoutFacts",
    "Posted",
    "Reason",
    "RefundFact",
    "Repair",
    "SaleFacts",
    "accounts_differences",
    "entries_of",
    "loose_differences",
    "packed",
    "payout_differences",
    "sale_differences",
]
