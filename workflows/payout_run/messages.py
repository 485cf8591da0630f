"""The contract of the payout run. Nobody talks to it: a schedule starts it (`workers.schedules`)."""

from dataclasses import dataclass
from datetime import date

PROCESS = "payout_run"
WORKFLOW = "PayoutRunWorkflow"
TASK_QUEUE = "payout"
SCHEDULE = "payout-run"
"""Of the schedule; its runs are `payout-run-<the time that each was due>`."""


@dataclass(frozen=True)
class PayoutRunInput:
    """Where a run begins, or goes on after it has continued as new."""

    after: date | None = None
    """What was due up to this day is another run's; None until this one has looked."""
    until: date | None = None
    cursor: str = ""
    """The last shop and currency that were looked at."""
    started: int = 0
    held: int = 0


@dataclass(frozen=True)
class PayoutRunResult:
    payouts: int
    """How many it started."""
    holds: int
    """How many it let go."""
