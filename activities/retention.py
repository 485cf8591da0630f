"""Ends what has been kept long enough: one batch of one table a step, and a note of how many rows it was.

An account that nobody ever confirmed is erased like any other: the mail service forgets its address while we still know
it, and the journal of the erased knows it before it is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.ports import ErasureJournal, Mailer, Tombstone
from models.repositories import people, privacy_retention
from models.rules.retention import BATCH, SWEEPS


@dataclass(frozen=True)
class SweepPlan:
    tables: tuple[str, ...]
    """In the order in which they are swept."""


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
    """Dependencies: the database, the mail service, the journal of the erased."""

    def __init__(self, database: Database, *, mailer: Mailer, journal: ErasureJournal) -> None:
        self._database = database
        self._mailer = mailer
        self._journal = journal

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.plan, self.sweep]

    @activity.defn(name="privacy.plan_sweeps")
    async def plan(self) -> SweepPlan:
        return SweepPlan(SWEEPS)

    @activity.defn(name="privacy.sweep")
    @translates_errors
    async def sweep(self, step: SweepTable) -> Swept:
        """Repeated, it ends the next batch, which is as good. One transaction, or one for each account."""
        now = clock.now()
        if step.table == "users":
            return await self._sweep_people(step.run, now)
        async with self._database.transaction() as session:
            ended = await privacy_retention.sweep(session, step.table, now)
            await privacy_retention.note(session, step.run, step.table, now, ended)
        return Swept(ended=ended, left=ended >= BATCH)

    async def _sweep_people(self, run: str, now: datetime) -> Swept:
        await self._correct_journal()
        async with self._database.transaction() as session:
            due = await privacy_retention.unconfirmed(session, now)
            await privacy_retention.note(session, run, "users", now, 0)
        ended = sum([await self._end(run, person_id, now) for person_id in due])
        return Swept(ended=ended, left=ended >= privacy_retention.PEOPLE_BATCH)

    async def _end(self, run: str, person_id: str, now: datetime) -> bool:
        async with self._database.transaction() as session:
            person = await people.find_person(session, person_id)
        if person is None or not person.email:
            return False
        erasure_id = _erasure_id(person_id)
        await self._mailer.erase(person.email, key=f"{erasure_id}/{run}")
        async with self._database.transaction() as session:
            if await privacy_retention.end_unconfirmed(session, person_id, erasure_id, now) is None:
                return False
            await privacy_retention.note(session, run, "users", now, 1)
            # Before it is committed: a restored backup must never know somebody whom we have forgotten.
            await self._journal.add(Tombstone(person_id, erasure_id, now))
        return True

    async def _correct_journal(self) -> None:
        """A try that was rolled back after its line was written may be followed by somebody who confirms in time."""
        ours = [line.person_id for line in await self._journal.all() if line.erasure_id == _erasure_id(line.person_id)]
        async with self._database.transaction() as session:
            for person_id in await privacy_retention.stayed(session, ours):
                await self._journal.withdraw(_erasure_id(person_id))


def _erasure_id(person_id: str) -> str:
    """Stands in the journal and on the destroyed key where a process's id stands otherwise."""
    return f"retention-{person_id}"
