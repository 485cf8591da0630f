"""The wall clock, so that tests can move it. Workflow code uses `workflow.now()` instead."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, always aware and in UTC."""
    return datetime.now(UTC)
