"""The one step that is a late return's own: noting that there was none.

What follows a real one is `activities.payout`'s, on the payout's own row and under its own operations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.repositories import payouts
from models.repositories.processes import Progress, record_progress


@dataclass(frozen=True)
class Stands:
    """The provider says that the bank still has it."""

    payout_id: str
    progress: Progress


class PayoutReturnActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.stands]

    @activity.defn(name="payout.stands")
    @translates_errors
    async def stands(self, step: Stands) -> None:
        """The story of a false alarm, which changes no money."""
        async with self._database.transaction() as session:
            await payouts.unanswered(session, step.payout_id, None)
            await record_progress(session, step.progress)
