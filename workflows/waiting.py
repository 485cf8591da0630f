"""Waiting for a message or for an instant, whichever comes first."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow


async def until(condition: Callable[[], bool], at: datetime, name: str) -> bool:
    """Waits for a message or for an instant. Whether the message came is asked once more at the end, so that of two
    that arrive together the message wins, here and nowhere else."""
    remaining = at - workflow.now()
    if remaining > timedelta():
        with suppress(TimeoutError):
            await workflow.wait_condition(condition, timeout=remaining, timeout_summary=name)
    return condition()
