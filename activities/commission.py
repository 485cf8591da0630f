"""The commission process's own steps in our database: the story, and what pages read of the record.

Owns no decision and no money: what may happen is `models.rules.commission`'s, money is `activities.commission_money`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import commissions
from models.repositories.processes import Progress, record_progress
from models.rules.commission.record import Commission


@dataclass(frozen=True)
class RecordCommission:
    record: Commission
    progress: Progress


class CommissionActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        return [self.record]

    @activity.defn(name="commission.record")
    @translates_errors
    async def record(self, step: RecordCommission) -> None:
        """What has become of the commission, together with the lines that tell of it."""
        async with self._database.transaction() as session:
            await commissions.save_record(session, step.record, clock.now())
            await record_progress(session, step.progress)
