"""Ends what has been kept long enough: one batch of one table a step, and a note of how many rows it was."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import privacy_retention


@dataclass(frozen=True)
class SweepTable:
    run: str
    """The workflow's id, which the note goes by."""
    table: str


@dataclass(frozen=True)
class Swept:
    ended: int
    left: bool
    """Whether there may be more."""


class RetentionActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.sweep]

    @activity.defn(name="privacy.sweep")
    @translates_errors
    async def sweep(self, step: SweepTable) -> Swept:
        """One transaction. Repeated, it ends the next batch, which is as good."""
        async with self._database.transaction() as session:
            now = clock.now()
            ended = await privacy_retention.sweep(session, step.table, now)
            await privacy_retention.note(session, step.run, step.table, now, ended)
        return Swept(ended=ended, left=ended >= privacy_retention.batch_of(step.table))
