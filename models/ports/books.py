"""What the provider has booked, read page by page for reconciliation. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.types import Money


@dataclass(frozen=True, slots=True)
class BookedTransaction:
    """One line of the provider's own ledger (Stripe: a balance transaction). `net` = `amount` - `fee`."""

    id: str
    type: str
    """`charge`, `refund`, `refund_failure`, `transfer`, `transfer_reversal`, `payout`, `payout_failure`,
    `adjustment`, `fee`, or the provider's own word for what we do not know."""
    amount: Money
    fee: Money
    net: Money
    source: str
    """The charge, refund, transfer or payout that it books; empty where there is none."""
    reference: str
    """Our id from that object's metadata: a checkout id (charges) or an operation; empty for what we did not make."""
    created_at: datetime
    available_on: datetime


@dataclass(frozen=True, slots=True)
class TransactionPage:
    transactions: Sequence[BookedTransaction]
    cursor: str
    """Asks for the page after this one; empty when there is none."""


class ProviderBooks(Protocol):
    async def transactions(
        self, *, since: datetime, before: datetime, cursor: str = "", account_id: str | None = None
    ) -> TransactionPage:
        """Created in [since, before), in the provider's order, 100 a page; of our account or a connected one. The same
        cursor answers the same page. Raises `PartnerUnavailable`."""
        ...
