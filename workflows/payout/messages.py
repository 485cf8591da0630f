"""The contract of the payout process, and what withdrawals share with it. Ids, codes, numbers and instants only."""

from dataclasses import dataclass, field

from models.types import PayoutStatus, TimelineEntry
from workflows.policies import PayoutDeadlines

PROCESS = "payout"
WORKFLOW = "PayoutWorkflow"
TASK_QUEUE = "payout"


def workflow_id(shop_id: str, period: str, currency: str) -> str:
    """One for each due day: however often a run starts it, it is one payout."""
    return f"payout-{shop_id}-{period}-{currency.lower()}"


@dataclass(frozen=True)
class PayoutInput:
    shop_id: str
    artisan_id: str
    currency: str
    period: str
    """The due day, as ISO 8601 writes it."""
    deadlines: PayoutDeadlines = field(default_factory=PayoutDeadlines)


@dataclass(frozen=True)
class PayoutEvent:
    """Signals `provider_told` and `account_changed`: hints to look, deduplicated by event id."""

    event_id: str


@dataclass(frozen=True)
class PayoutResult:
    status: PayoutStatus
    amount_minor: int = 0
    attempts: int = 0


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
