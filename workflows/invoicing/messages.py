"""The contract of the invoicing process. Nobody talks to it: a schedule starts it (`workers.schedules`)."""

from dataclasses import dataclass

PROCESS = "invoicing"
WORKFLOW = "InvoicingWorkflow"
TASK_QUEUE = "payout"
SCHEDULE = "invoicing"
"""Of the schedule; its runs are `invoicing-<the time that each was due>`."""

PHASES = ("orders", "refunds", "fees")
"""What is looked for, in this order: a credit note needs its invoice."""


@dataclass(frozen=True)
class InvoicingInput:
    """Where a run begins, or goes on after it has continued as new."""

    phase: int = 0
    after: str = ""
    """The last one that was looked at in this phase."""
    issued: int = 0
    failed: int = 0


@dataclass(frozen=True)
class InvoicingResult:
    issued: int
