"""The contract of the process that mails about unread messages. Ids alone: what was written stands in SQL."""

from dataclasses import dataclass, field

from workflows.policies import TalkDeadlines

PROCESS = "commission_talk"
WORKFLOW = "CommissionTalkWorkflow"
TASK_QUEUE = "commission"
"""Shared: it is where commissions are."""
WRITTEN = "written"
"""Signal: the other side has written. Starts the process where there is none."""


def workflow_id(commission_id: str, reader_id: str) -> str:
    """One for each side of a conversation, while something waits for it."""
    return f"talk-{commission_id}-{reader_id}"


@dataclass(frozen=True)
class TalkInput:
    commission_id: str
    reader_id: str
    deadlines: TalkDeadlines = field(default_factory=TalkDeadlines)


@dataclass(frozen=True)
class TalkResult:
    mails: int
    """Handed over, in the last run."""
