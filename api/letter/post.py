"""Hands written letters over to their processes.

Whoever writes a letter commits it with what it tells of; from then on it is on its way. Several replicas may hand over
the same one: that is one process. Does not know what letters say.
"""

from api.outbox import BATCH, Outbox
from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.repositories import letters


class Post(Outbox):
    """Dependencies: the database, the way to the processes."""

    what = "letters"

    def __init__(self, database: Database, processes: ProcessClient) -> None:
        super().__init__()
        self._database = database
        self._processes = processes

    async def deliver(self) -> int:
        """How many letters that were. Raises `Unavailable` when nobody takes them."""
        async with self._database.transaction() as session:
            waiting = await letters.unsent(session, BATCH)
        for letter_id in waiting:
            if not await self.unless_closing(self._processes.send_letter(letter_id)):
                return 0
            async with self._database.transaction() as session:
                await letters.handed_over(session, letter_id, clock.now())
        return len(waiting)
