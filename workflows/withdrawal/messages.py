"""The contract of the withdrawal process. Ids, codes, numbers and instants only.

Its signals and its timeline are those of a payout.
"""

from dataclasses import dataclass, field

from models.types import PayoutStatus
from workflows.policies import PayoutDeadlines

PROCESS = "withdrawal"
WORKFLOW = "WithdrawalWorkflow"
TASK_QUEUE = "payout"
"""Shared: what it does after the click is what a payout does."""


def workflow_id(withdrawal_id: str) -> str:
    """One for each click that was meant: a repeated request meets it."""
    return f"withdrawal-{withdrawal_id}"


@dataclass(frozen=True)
class WithdrawalInput:
    withdrawal_id: str
    shop_id: str
    artisan_id: str
    currency: str
    deadlines: PayoutDeadlines = field(default_factory=PayoutDeadlines)


@dataclass(frozen=True)
class RequestWithdrawal:
    """Update `request`: the click. Sent with update-with-start under the update id `request`."""

    actor_id: str
    amount_minor: int | None
    """None: all that is available."""
    currency: str


@dataclass(frozen=True)
class WithdrawalState:
    """Answer of `request`, once the money is set aside."""

    withdrawal_id: str
    status: PayoutStatus
    amount_minor: int
    currency: str
