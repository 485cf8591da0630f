"""The contract of the process that refreshes exchange rates. Nobody talks to it: a schedule starts it
(`workers.schedules`)."""

from dataclasses import dataclass

PROCESS = "rates"
WORKFLOW = "RatesWorkflow"
TASK_QUEUE = "rates"
SCHEDULE = "fx-refresh"
"""Of the schedule; its runs are `fx-refresh-<the time that each was due>`."""


@dataclass(frozen=True)
class RatesInput:
    tries: int = 6
    """How often a source that does not answer is asked, each time an hour later; then tomorrow's run asks again."""


@dataclass(frozen=True)
class RatesResult:
    day: str
    """Of the rates that are converted by now, ISO 8601; empty when there are none."""
    quotes: int
