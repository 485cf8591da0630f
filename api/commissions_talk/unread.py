"""Hands messages of commissions over to the processes that mail about those nobody reads.

A message stands with its own commit, whoever hears of it and when; the mail about it is minutes away, so this looks
every few seconds and no request waits for it. Two replicas that hand over the same message are one word too many, and a
process bears that.
"""

from api.outbox import BATCH, Outbox
from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.repositories import commission_unread
from workflows import policies
from workflows.commission_talk import messages


class UnreadMessages(Outbox):
    """Dependencies: the database, the way to the processes. `allow_time_scale` is false in the cluster."""

    what = "messages of commissions"

    def __init__(self, database: Database, processes: ProcessClient, *, allow_time_scale: bool) -> None:
        super().__init__()
        self._database = database
        self._processes = processes
        self._allow_time_scale = allow_time_scale

    async def deliver(self) -> int:
        """How many sides of conversations that were. Raises `Unavailable` when nobody takes them."""
        async with self._database.transaction() as session:
            waiting = await commission_unread.not_handed_over(session, BATCH)
        for one in waiting:
            deadlines = policies.resolve_talk(scale=one.time_scale if self._allow_time_scale else 1)
            start = messages.TalkInput(one.commission_id, one.reader_id, deadlines)
            if not await self.unless_closing(self._processes.mail_if_unread(start)):
                return 0
            async with self._database.transaction() as session:
                await commission_unread.handed_over(session, one, clock.now())
        return len(waiting)
