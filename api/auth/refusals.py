"""Brings refused sign-ins into the audit log, one entry for what was alike in each window, as often as it takes.

Beside the requests, because entries are committed one after the other: see `models.repositories.refusals`.
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Database
from models.repositories import rate_limits, refusals

log = structlog.get_logger("api.refusals")

LOOK_EVERY = 20.0
BETWEEN_BATCHES = 0.5
"""Seconds in which everybody else commits."""


class RefusalWriter:
    """Dependencies: the database. Every replica has one; each row is written down by one of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._closing = asyncio.Event()

    async def write_for_ever(self) -> None:
        """Until `close`. An outage of the database ends nothing."""
        while not self._closing.is_set():
            wait = LOOK_EVERY
            try:
                if await self.write() == refusals.AT_ONCE:
                    wait = BETWEEN_BATCHES
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database is away; refused sign-ins wait", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait)

    async def write(self) -> int:
        """One batch; how many entries it became. What limits have forgotten goes as well."""
        async with self._database.transaction() as session:
            await rate_limits.sweep(session, clock.now())
        async with self._database.transaction() as session:
            return await refusals.write_down(session, clock.now())

    def close(self) -> None:
        """What is not written down is there for the next process."""
        self._closing.set()
