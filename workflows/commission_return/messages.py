"""The contract of the process that sends a commission's refund again which a bank has undone. Nobody talks to it: the
provider's word starts it. Ids only."""

from dataclasses import dataclass

PROCESS = "commission_return"
WORKFLOW = "CommissionReturnWorkflow"
TASK_QUEUE = "commission"
"""Shared: it is rare."""


def workflow_id(refund_id: str) -> str:
    """One at a time for each refund, which a bank may undo more than once."""
    return f"return-{refund_id.replace('/', '-')}"


@dataclass(frozen=True)
class CommissionReturnInput:
    commission_id: str
    operation: str
    """The step whose refunds are looked at: those that stand are left alone."""


@dataclass(frozen=True)
class CommissionReturnResult:
    tries: int
    """Of this run."""
