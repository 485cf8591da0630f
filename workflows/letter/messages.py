"""The contract of the letter process. An id comes in; whom it goes to, and what its link carries, stays in SQL."""

from dataclasses import dataclass

from models.types import LetterStatus

PROCESS = "letter"
WORKFLOW = "LetterWorkflow"
TASK_QUEUE = "letter"


def workflow_id(letter_id: str) -> str:
    """One process a letter, however often somebody hands it over."""
    return f"letter-{letter_id}"


@dataclass(frozen=True)
class LetterInput:
    letter_id: str


@dataclass(frozen=True)
class LetterResult:
    status: LetterStatus
