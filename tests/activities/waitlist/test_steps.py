"""The steps of a waitlist against the database: offers with one mail each, and what a commission begins with."""

from datetime import timedelta

from sqlalchemy import select, update

from activities.waitlist import OfferPlaces, PlaceFree, TakeOffered, WaitlistActivities
from core import clock
from core.database import Database
from models.repositories import capacity
from models.tables.commissions import CommissionRow
from models.tables.letters import Letter
from models.tables.people import User
from tests.support.marketplace import add_shop
from tests.support.waiting import ask

STANDS, SHORTEST = timedelta(days=3), timedelta(seconds=2)


async def test_an_offer_and_its_mail_are_made_once_and_scaled_for_a_demo_account(database: Database) -> None:
    steps = WaitlistActivities(database, allow_time_scale=True)
    async with database.transaction() as session:
        shop = await add_shop(session)
        await capacity.put(session, shop.id, 1, 30)
        first, second, third = [(await ask(session, shop))[0] for _ in range(3)]
        wait = await capacity.wait_of(session, second)
        assert wait is not None
        customer_id = wait.customer_id
        await session.execute(update(User).where(User.id == customer_id).values(time_scale=72))
        await session.execute(update(CommissionRow).where(CommissionRow.id == first).values(ended_at=clock.now()))
    assert await steps.shop_that_waits(PlaceFree(first)) == shop.id
    look = OfferPlaces(shop.id, clock.now(), STANDS, SHORTEST)
    found = await steps.offer_places(look)
    assert [(one.commission_id, one.until - look.now) for one in found.offers] == [(second, timedelta(hours=1))]
    assert found.look_again_at == look.now + timedelta(hours=1)
    assert (await steps.offer_places(look)).offers == found.offers
    began = await steps.take_place(TakeOffered(shop.id, second, look.now))
    assert (began.commission_id, began.artisan_id, began.time_scale) == (second, shop.owner_id, 72)
    assert await steps.take_place(TakeOffered(shop.id, second, look.now)) == began
    async with database.transaction() as session:
        kinds = await session.scalars(select(Letter.kind).where(Letter.person_id == customer_id))
        assert list(kinds) == ["place_offered"]
        await capacity.leave(session, third, clock.now())
    assert await steps.shop_that_waits(PlaceFree(first)) is None
