"""The contract of the process that takes a payout back which the bank has returned after its window. Nobody talks to
it: the provider's word starts it. Ids, codes, numbers and instants only.
"""

from dataclasses import dataclass, field
from datetime import datetime

from workflows.policies import PayoutDeadlines

PROCESS = "payout_return"
WORKFLOW = "PayoutReturnWorkflow"
TASK_QUEUE = "payout"
"""Shared: what it does is what a payout does whose money comes back in time."""


def workflow_id(payout_id: str, attempt: int) -> str:
    """One for each attempt that had arrived: the bank returns it once."""
    return f"returned-{payout_id}-{attempt}"


@dataclass(frozen=True)
class PayoutReturnInput:
    payout_id: str
    shop_id: str
    artisan_id: str
    amount_minor: int
    currency: str
    attempt: int
    account_id: str
    transfer_id: str
    provider_payout_id: str
    details_of: datetime | None
    """When the bank details were saved that it had been sent to."""
    deadlines: PayoutDeadlines = field(default_factory=PayoutDeadlines)
