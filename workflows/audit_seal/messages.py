"""The contract of the sealing process. Nobody talks to it: a schedule starts it (`workers.schedules`)."""

from dataclasses import dataclass

PROCESS = "audit_seal"
WORKFLOW = "AuditSealWorkflow"
TASK_QUEUE = "audit_seal"
SCHEDULE = "audit-seal"
"""Of the schedule; its runs are `audit-seal-<the time that each was due>`."""


@dataclass(frozen=True)
class AuditSealInput:
    days_at_once: int = 31
    """In one step. Only after a long silence are there more."""


@dataclass(frozen=True)
class AuditSealResult:
    days: int
    """How many have a seal now that had none before."""
