"""The contract of the retention process. Nobody talks to it: a schedule starts it (`workers.schedules`)."""

from dataclasses import dataclass

PROCESS = "retention"
WORKFLOW = "RetentionWorkflow"
TASK_QUEUE = "privacy"
SCHEDULE = "retention"
"""Of the schedule; its runs are `retention-<the time that each was due>`."""


@dataclass(frozen=True)
class RetentionInput:
    """Where a run begins, or goes on after it has continued as new."""

    tables: tuple[str, ...] = ()
    """Still to be swept, in order; empty at the start, when the run asks which there are."""
    ended: int = 0
    """Rows so far."""
    given_up: tuple[str, ...] = ()
    """Tables so far that could not be swept."""


@dataclass(frozen=True)
class RetentionResult:
    ended: int
