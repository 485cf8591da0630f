"""Hands written letters over to their processes, as often as it takes.

Whoever writes a letter commits it with what it tells of; from then on it is on its way, whether or not Temporal
answers just now. Several replicas may hand over the same one: that is one process. Does not know what letters say.
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.errors import DomainError
from models.repositories import letters

log = structlog.get_logger("api.letter")

LOOK_EVERY = 2.0
SOON = 0.05
"""After a request has said that there is one: its transaction is about to be committed."""
AWAY_FOR = 5.0
BATCH = 50


class Post:
    """Dependencies: the database, the way to the processes."""

    def __init__(self, database: Database, processes: ProcessClient) -> None:
        self._database = database
        self._processes = processes
        self._written = asyncio.Event()
        self._closing = asyncio.Event()

    def wake(self) -> None:
        """A letter is being written: don't wait for the next look."""
        self._written.set()

    async def deliver_for_ever(self) -> None:
        """Until `close`. An outage of the database or of Temporal ends nothing."""
        while not self._closing.is_set():
            wait = LOOK_EVERY
            try:
                if await self.deliver() == BATCH:
                    wait = 0
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database is away; letters wait", error=type(error).__name__)
            except DomainError as error:
                log.warning("letters wait", code=error.code)
                wait = AWAY_FOR
            await self._until_wanted(wait)

    async def deliver(self) -> int:
        """Hands over what is written; how many that were. Raises `Unavailable` when nobody takes them."""
        async with self._database.transaction() as session:
            waiting = await letters.unsent(session, BATCH)
        for letter_id in waiting:
            if not await self._hand_over(letter_id):
                return 0
            async with self._database.transaction() as session:
                await letters.handed_over(session, letter_id, clock.now())
        return len(waiting)

    def close(self) -> None:
        """Nothing more is handed over; what was not is there for the next process."""
        self._closing.set()
        self._written.set()

    async def _hand_over(self, letter_id: str) -> bool:
        """False: we are closing, and Temporal has not answered."""
        sending = asyncio.create_task(self._processes.send_letter(letter_id))
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait({sending, closing}, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if not sending.done():
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
            return False
        await sending
        return True

    async def _until_wanted(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), seconds)
            await asyncio.sleep(SOON)
        self._written.clear()
