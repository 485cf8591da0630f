"""Messages reach the processes that mail about them: none is lost while Temporal is away, and none is said twice."""

from dataclasses import dataclass, field
from typing import cast

import pytest
from sqlalchemy import update

from api.commissions_talk.unread import UnreadMessages
from api.process_client import ProcessClient
from core.database import Database
from models.errors import Unavailable
from models.repositories import commission_talk
from models.tables.people import User
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import TestShop
from workflows import policies
from workflows.commission_talk import messages


@dataclass
class Processes:
    """Takes messages, or is away."""

    away: bool = False
    told: list[messages.TalkInput] = field(default_factory=list)

    async def mail_if_unread(self, start: messages.TalkInput) -> None:
        if self.away:
            raise Unavailable("away")
        self.told.append(start)


@pytest.fixture
async def finished(database: Database, shop: TestShop) -> Finished:
    async with database.transaction() as session:
        return await add_finished(session, shop, charged=False)


async def write(database: Database, finished: Finished, sender_id: str) -> None:
    async with database.transaction() as session:
        await commission_talk.add_message(session, finished.id, sender_id, "Hello", [], leak_warned=False)


async def test_each_side_is_told_of_what_the_other_wrote(database: Database, finished: Finished) -> None:
    processes = Processes(away=True)
    outbox = UnreadMessages(database, cast(ProcessClient, processes), allow_time_scale=False)
    await write(database, finished, finished.customer_id)
    await write(database, finished, finished.customer_id)
    await write(database, finished, finished.shop.owner_id)
    with pytest.raises(Unavailable):
        await outbox.deliver()
    processes.away = False
    assert await outbox.deliver() == 2, "two messages of one side are one word"
    assert [one.reader_id for one in processes.told] == [finished.shop.owner_id, finished.customer_id]
    assert await outbox.deliver() == 0


@pytest.mark.parametrize(("allowed", "scale"), [(True, 60), (False, 1)])
async def test_a_demo_customers_commission_waits_less(
    database: Database, finished: Finished, allowed: bool, scale: int
) -> None:
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == finished.customer_id).values(time_scale=60))
    processes = Processes()
    outbox = UnreadMessages(database, cast(ProcessClient, processes), allow_time_scale=allowed)
    await write(database, finished, finished.customer_id)
    assert await outbox.deliver() == 1
    assert [one.deadlines for one in processes.told] == [policies.resolve_talk(scale=scale)]
