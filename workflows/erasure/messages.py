"""The contract of the erasure. Opaque ids, numbers and instants: whom it is about is known to SQL, until it isn't."""

from dataclasses import dataclass, field
from datetime import datetime

from models.types import ErasureStatus, TimelineEntry
from workflows.policies import ErasureDeadlines

PROCESS = "erasure"
WORKFLOW = "ErasureWorkflow"
TASK_QUEUE = "privacy"


def workflow_id(person_id: str, number: int) -> str:
    """`number` counts a person's requests: one that was cancelled may be followed by another."""
    return f"erasure-{person_id}-{number}"


@dataclass(frozen=True)
class ErasureInput:
    person_id: str
    number: int
    deadlines: ErasureDeadlines = field(default_factory=ErasureDeadlines)


@dataclass(frozen=True)
class RequestErasure:
    """Update `request`: starts the erasure, or finds the one that runs."""

    person_id: str


@dataclass(frozen=True)
class CancelErasure:
    """Update `cancel`, by the person or whoever holds the letter's link, until the erasure has begun."""

    by_link: bool = False


@dataclass(frozen=True)
class CheckAgain:
    """Update `check_again`, by the person: whether what it waits for is over, without waiting for tomorrow."""


@dataclass(frozen=True)
class ErasureState:
    """Answer of every update."""

    erasure_id: str
    status: ErasureStatus
    erase_at: datetime


@dataclass(frozen=True)
class ErasureResult:
    status: ErasureStatus
    receipts: int = 0


@dataclass(frozen=True)
class Timeline:
    """Query `timeline`."""

    status: str
    entries: tuple[TimelineEntry, ...]
