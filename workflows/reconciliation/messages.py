"""The contract of the reconciliation. A schedule starts it every night (`workers.schedules`); an approved repair that
only the provider can make starts it, too, for that one case."""

from dataclasses import dataclass, field
from datetime import datetime

PROCESS = "reconciliation"
WORKFLOW = "ReconciliationWorkflow"
TASK_QUEUE = "reconciliation"
SCHEDULE = "reconciliation"
"""Of the schedule; its runs are `reconciliation-<the time that each was due>`."""


def repair_id(case_id: str) -> str:
    return f"reconciliation-repair-{case_id}"


@dataclass(frozen=True)
class Night:
    """How far a night has come. Travels when it continues as new."""

    since: datetime
    until: datetime
    booked_before: datetime
    accounts: tuple[str, ...]
    """Connected accounts whose books are still to be read, after what is being read."""
    reading: str | None = ""
    """The account that is being read, ours when empty; None once all have been."""
    gathered: bool = False
    cursor: str = ""
    """Within the books that are read, or the checkouts and payouts that are compared."""
    transactions: int = 0
    available: int = 0
    looked_at: int = 0
    young: int = 0
    opened: int = 0
    gone: int = 0
    excused: dict[str, int] = field(default_factory=dict)
    """By currency, what the provider has more than the ledger for those that still move."""


@dataclass(frozen=True)
class ReconciliationInput:
    case_id: str = ""
    """Of a repair; empty for a night."""
    night: Night | None = None
    """None until the run has begun."""


@dataclass(frozen=True)
class ReconciliationResult:
    transactions: int = 0
    looked_at: int = 0
    young: int = 0
    opened: int = 0
    gone: int = 0
