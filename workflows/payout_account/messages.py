"""The contract of the process that teaches the provider a shop's bank details and mirrors what it says. Nobody talks to
it: saved details and the provider's events start it.
"""

from dataclasses import dataclass

PROCESS = "payout_account"
WORKFLOW = "PayoutAccountWorkflow"
TASK_QUEUE = "payout"


def workflow_id(shop_id: str, cause: str) -> str:
    """`cause` is the event's id, or the instant of the change: each is dealt with once."""
    return f"payout-account-{shop_id}-{cause}"


@dataclass(frozen=True)
class PayoutAccountInput:
    shop_id: str


@dataclass(frozen=True)
class PayoutAccountResult:
    problem: str = ""
    """A code; empty when money can be sent."""
