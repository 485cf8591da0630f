"""What the API hands over to processes once it is committed, as often as it takes, whether or not Temporal answers.

Owns the loop: when it looks, what an outage does to it, how it ends. What is handed over is its subclasses' business.
Several replicas may hand over the same thing, so each has to bear that.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.errors import DomainError

log = structlog.get_logger("api.outbox")

SOON = 0.05
"""After a request has said that there is something: its transaction is about to be committed."""
AWAY_FOR = 5.0
BATCH = 50


class Outbox(ABC):
    what: str
    """In the log's words."""
    look_every: float = 2.0

    def __init__(self) -> None:
        self._written = asyncio.Event()
        self._closing = asyncio.Event()

    @abstractmethod
    async def deliver(self) -> int:
        """Hands over what is written; how much that was. Raises `Unavailable` when nobody takes it."""

    def wake(self) -> None:
        """Something is being written: don't wait for the next look."""
        self._written.set()

    async def deliver_for_ever(self) -> None:
        """Until `close`. An outage of the database or of Temporal ends nothing."""
        while not self._closing.is_set():
            wait = self.look_every
            try:
                if await self.deliver() == BATCH:
                    wait = 0
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database is away", waiting=self.what, error=type(error).__name__)
            except DomainError as error:
                log.warning("nobody takes it over", waiting=self.what, code=error.code)
                wait = AWAY_FOR
            await self._until_wanted(wait)

    def close(self) -> None:
        """Nothing more is handed over; what was not is there for the next process."""
        self._closing.set()
        self._written.set()

    async def unless_closing(self, work: Coroutine[Any, Any, None]) -> bool:
        """False: we are closing, and Temporal has not answered."""
        handing = asyncio.create_task(work)
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait({handing, closing}, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if not handing.done():
            handing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await handing
            return False
        await handing
        return True

    async def _until_wanted(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), seconds)
            await asyncio.sleep(SOON)
        self._written.clear()
