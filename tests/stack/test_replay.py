"""`artisan replay`: a stored event becomes due again, an unknown one is said to be unknown."""

from core.database import Database
from core.settings import Settings
from deploy.replay import replay
from models.repositories import inbox
from tests.support.keys import keys_file


async def test_a_stored_event_is_due_again(database: Database, postgres_url: str) -> None:
    event = inbox.NewEvent("stripe", "evt_1", "checkout.session.completed", "checkout-crt_1-1", {})
    async with database.transaction() as session:
        stored = await inbox.store(session, event)
        assert stored is not None
        await inbox.finish(session, stored.id)
        assert not await inbox.take_due(session, 10)
    settings = Settings(database_url=postgres_url, keys_file=keys_file())
    assert await replay(settings, stored.id)
    async with database.transaction() as session:
        assert [row.id for row in await inbox.take_due(session, 10)] == [stored.id]
    assert not await replay(settings, stored.id + 1)
