"""Requests for a shop with few places."""

from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.repositories import capacity, commissions
from models.repositories.capacity import Admission
from models.repositories.commissions import NewCommission
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_person


async def ask(session: AsyncSession, shop: TestShop, customer_id: str = "") -> tuple[str, Admission]:
    """A request of somebody's: its id, and what became of it."""
    person_id = customer_id or (await add_person(session))[0]
    address_id = await add_address(session, person_id)
    new = NewCommission(
        shop_id=shop.id,
        customer_id=person_id,
        address_id=address_id,
        currency=shop.currency,
        title="A desk",
        brief="Of walnut, for two people.",
        fee_bp=650,
    )
    commission_id = await commissions.add(session, new)
    return commission_id, await capacity.admit(session, shop.id, commission_id, person_id, clock.now().date())
