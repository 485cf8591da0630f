"""Something of each kind that a route may name, belonging to a given person: for the walk over all permissions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import parking
from core import clock
from core.keys import Purpose
from core.sealing import seal
from models.repositories import identities
from models.repositories import sessions as stored
from models.tables.catalogue import Picture
from models.tables.orders import Order, Parcel
from models.tables.selling import Checkout
from models.types import Role, new_id
from tests.support.buying import add_address
from tests.support.keys import key_ring
from tests.support.marketplace import TestShop, add_listing, add_person, add_shop
from tests.support.orders import add_paid_order
from tests.support.signing_in import session_of

Params = dict[str, str]


@dataclass(frozen=True)
class Someone:
    """A person of one role; an artisan has a shop, and everybody has bought from one."""

    id: str
    role: Role
    shop: TestShop


async def add_someone(session: AsyncSession, role: Role) -> Someone:
    shop = await add_shop(session)
    if role is Role.ARTISAN:
        return Someone(shop.owner_id, role, shop)
    person_id, _ = await add_person(session, role)
    return Someone(person_id, role, shop)


async def _order(session: AsyncSession, owner: Someone) -> Params:
    listing_id = await add_listing(session, owner.shop)
    order = await add_paid_order(session, owner.shop, {listing_id: 1})
    theirs = {"buyer_id": owner.id, "address_id": await add_address(session, owner.id)}
    await session.execute(update(Order).where(Order.id == order.id).values(**theirs))
    await session.execute(update(Checkout).where(Checkout.id == order.checkout_id).values(**theirs))
    return {"order_id": order.id, "checkout_id": order.checkout_id}


async def _shop_order(session: AsyncSession, owner: Someone) -> Params:
    found = await _order(session, owner)
    parcel_id = new_id("prc")
    await session.execute(
        insert(Parcel).values(
            id=parcel_id,
            order_id=found["order_id"],
            courier="northpost",
            service="standard",
            tracking_number=f"NP{parcel_id}"[:60],
            label_url="https://labels.example/one",
            label_price_minor=700,
            currency="USD",
            status="packed",
        )
    )
    return {**found, "parcel_id": parcel_id}


async def _listing(session: AsyncSession, owner: Someone) -> Params:
    listing_id = await add_listing(session, owner.shop)
    picture_id = await session.scalar(select(Picture.id).where(Picture.listing_id == listing_id))
    return {"listing_id": listing_id, "picture_id": picture_id or "none"}


async def _address(session: AsyncSession, owner: Someone) -> Params:
    return {"address_id": await add_address(session, owner.id)}


async def _session(session: AsyncSession, owner: Someone) -> Params:
    await session_of(session, owner.id)
    return {"session_id": (await stored.devices_of(session, owner.id, clock.now()))[0].id}


async def _form(session: AsyncSession, owner: Someone) -> Params:
    form_id = new_id("frm")
    plain = b'{"path": "/cart", "fields": [], "had_files": false}'
    sealed = seal(key_ring(), Purpose.TOKENS, plain, parking._bound_to(form_id, owner.id))
    await stored.park(session, form_id, owner.id, sealed, clock.now() + parking.WAITS)
    return {"form_id": form_id}


async def _identity(session: AsyncSession, owner: Someone) -> Params:
    linked = await identities.link(
        session,
        owner.id,
        f"walk{len(await identities.providers_of(session, owner.id))}",
        issuer="https://lantern.example",
        subject=new_id("sub"),
        email="ada@lantern.example",
        now=clock.now(),
    )
    assert linked is not None
    return {"identity_id": linked}


OWNED: dict[str, Callable[[AsyncSession, Someone], Awaitable[Params]]] = {
    "order": _order,
    "shop_order": _shop_order,
    "checkout": _order,
    "listing": _listing,
    "address": _address,
    "session": _session,
    "form": _form,
    "identity": _identity,
}
