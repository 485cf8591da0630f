"""Seals the audit log day by day, and says each seal to the log stream, so that a copy leaves the database with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.repositories import audit_seals

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SealDays:
    before: date
    """The day (UTC) that is not over yet."""
    at_most: int


@dataclass(frozen=True)
class SealedDays:
    sealed: int
    left: int
    """Days that are still to be sealed."""


class AuditSealActivities:
    """Dependencies: the database and its key ring."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.seal_days]

    @activity.defn(name="audit_seal.seal_days")
    @translates_errors
    async def seal_days(self, step: SealDays) -> SealedDays:
        """Oldest first, each day in a transaction of its own. A retry goes on where the try before it ended."""
        async with self._database.transaction() as session:
            days = await audit_seals.unsealed_days(session, step.before)
        due = days[: step.at_most]
        for day in due:
            async with self._database.transaction() as session:
                seal = await audit_seals.seal_day(session, day)
                # Before the commit: a seal that is said twice does no harm, one that is not said at all may be missed.
                log.info(
                    "audit log sealed",
                    day=seal.day.isoformat(),
                    up_to_seq=seal.up_to_seq,
                    hash=seal.hash.hex(),
                    key_id=seal.key_id,
                )
        return SealedDays(sealed=len(due), left=len(days) - len(due))
