"""Something of each kind that a route may name, belonging to a given person: for the walk over all permissions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_bytes, token_hex

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import parking
from core import clock
from core.keys import Purpose
from core.sealing import seal
from models.repositories import (
    commission_talk,
    commission_versions,
    commissions,
    gift_cards,
    identities,
    passkeys,
    payouts,
    payouts_holds,
    privacy_exports,
    refund_requests,
)
from models.repositories import sessions as stored
from models.repositories.commission_versions import Draft
from models.repositories.passkeys import NewPasskey
from models.repositories.payouts import NewPayout
from models.rules.commission.contract import Milestone, Terms
from models.rules.holds import HoldReason
from models.rules.payouts import PayoutKind
from models.tables.capacity import CommissionWait
from models.tables.catalogue import Picture, PictureRendition
from models.tables.commissions import CommissionVersion
from models.tables.oauth import OAuthClient, OAuthConsent
from models.tables.orders import Order, Parcel
from models.tables.processes import Process
from models.tables.selling import Checkout
from models.types import Money, Party, Role, new_id
from tests.support.buying import add_address, add_cart
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
    person_id = shop.owner_id if role is Role.ARTISAN else (await add_person(session, role))[0]
    await add_cart(session, person_id, {await add_listing(session, shop): 1})
    return Someone(person_id, role, shop)


async def _order(session: AsyncSession, owner: Someone) -> Params:
    listing_id = await add_listing(session, owner.shop)
    order = await add_paid_order(session, owner.shop, {listing_id: 1})
    theirs = {"buyer_id": owner.id, "address_id": await add_address(session, owner.id)}
    await session.execute(update(Order).where(Order.id == order.id).values(**theirs))
    await session.execute(update(Checkout).where(Checkout.id == order.checkout_id).values(**theirs))
    for workflow_id, process, status in (
        (order.checkout_id, "checkout", "completed"),
        (f"fulfillment-{order.id}", "fulfillment", "awaiting_acceptance"),
    ):
        row = {"workflow_id": workflow_id, "process": process, "status": status, "waiting_on": "nobody", "sequence": 1}
        await session.execute(insert(Process).values(**row, is_final=process == "checkout"))
    asked = refund_requests.NewRequest(order.id, "damaged", {listing_id: 1}, "USD", 100)
    request_id = await refund_requests.add(session, asked, author_id=owner.id, text="A crack.")
    return {
        "order_id": order.id,
        "checkout_id": order.checkout_id,
        "sold_listing_id": listing_id,
        "request_id": request_id,
    }


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


async def _place(session: AsyncSession, owner: Someone) -> Params:
    """A request that waits."""
    asked = commissions.NewCommission(
        owner.shop.id, owner.id, await add_address(session, owner.id), "USD", "A desk", "Of walnut.", fee_bp=650
    )
    commission_id = await commissions.add(session, asked)
    wait = {"commission_id": commission_id, "shop_id": owner.shop.id, "customer_id": owner.id}
    await session.execute(insert(CommissionWait).values(**wait, state="waiting"))
    return {"commission_id": commission_id}


async def _commission(session: AsyncSession, owner: Someone) -> Params:
    asked = commissions.NewCommission(
        owner.shop.id, owner.id, await add_address(session, owner.id), "USD", "A desk", "Of walnut.", fee_bp=650
    )
    commission_id = await commissions.add(session, asked)
    steps = (Milestone(1, 20_000, 10), Milestone(2, 60_000, 30))
    terms = Terms("USD", steps, deposit_minor=30_000, shipping_minor=8_000, starts_on=clock.now().date())
    draft = Draft(commission_id, 1, Party.ARTISAN, "quote", terms, {1: "Drawing", 2: "Frame"}, "")
    await commission_versions.write_draft(session, draft)
    await session.execute(
        update(CommissionVersion).where(CommissionVersion.commission_id == commission_id).values(taken=True)
    )
    workflow_id = f"commission-{commission_id}"
    row = {"workflow_id": workflow_id, "process": "commission", "status": "offered", "waiting_on": "customer"}
    await session.execute(insert(Process).values(**row, sequence=1, is_final=False))
    picture = commission_talk.NewPicture(commission_id, owner.id, "message", None, "", 1, 1, b"x", b"x")
    picture_id = await commission_talk.add_picture(session, picture)
    return {"commission_id": commission_id, "number": "1", "picture_id": picture_id}


async def _listing(session: AsyncSession, owner: Someone) -> Params:
    listing_id, picture_id, content_id = await add_listing(session, owner.shop), new_id("pic"), token_hex(32)
    await session.execute(
        insert(Picture).values(
            id=picture_id, listing_id=listing_id, position=1, alt="Seen", content_id=content_id, width=320, height=240
        )
    )
    await session.execute(
        insert(PictureRendition).values(content_id=content_id, width=320, media_type="image/webp", body=b"webp")
    )
    return {"listing_id": listing_id, "picture_id": picture_id, "content_id": content_id, "width": "320"}


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


async def _passkey(session: AsyncSession, owner: Someone) -> Params:
    new = NewPasskey(
        user_handle=token_bytes(32),
        credential_id=token_bytes(32),
        public_key=token_bytes(32),
        sign_count=0,
        transports=(),
        synced=False,
    )
    # Two: the last one that somebody signs in with can't be removed.
    await passkeys.add(session, owner.id, "First", replace(new, credential_id=token_bytes(32)), clock.now())
    return {"passkey_id": await passkeys.add(session, owner.id, "Second", new, clock.now()) or "none"}


async def _export(session: AsyncSession, owner: Someone) -> Params:
    export_id, now = new_id("exp"), clock.now()
    await privacy_exports.request(session, export_id, owner.id, now)
    await privacy_exports.keep(session, export_id, owner.id, b"PK", at=now, expires_at=now + timedelta(days=7))
    return {"export_id": export_id}


async def _payout(session: AsyncSession, owner: Someone) -> Params:
    payout_id = f"withdrawal-{new_id('wdr')}"
    new = NewPayout(payout_id, owner.shop.id, PayoutKind.WITHDRAWAL, "", 1)
    await payouts.set_aside(session, new, Money(5_000, "USD"), clock.now())
    return {"payout_id": payout_id}


async def _hold(session: AsyncSession, owner: Someone) -> Params:
    now = clock.now()
    hold_id = await payouts_holds.place(
        session,
        owner.shop.id,
        owner.id,
        Money(5_000, "USD"),
        HoldReason.UNUSUAL_SALES,
        release_at=now + timedelta(days=7),
        now=now,
    )
    return {"hold_id": hold_id}


async def _app(session: AsyncSession, owner: Someone) -> Params:
    client_id = new_id("app")
    await session.execute(
        insert(OAuthClient).values(
            id=client_id, kind="app", name="A pocket shop", scopes=["shop"], created_by=owner.id, redirect_uris=[]
        )
    )
    await session.execute(insert(OAuthConsent).values(user_id=owner.id, client_id=client_id, scopes=["shop"]))
    return {"client_id": client_id}


async def _gift_card(session: AsyncSession, owner: Someone) -> Params:
    return {"card_id": await gift_cards.want(session, owner.id, Money(5_000, "USD"), "")}


OWNED: dict[str, Callable[[AsyncSession, Someone], Awaitable[Params]]] = {
    "order": _order,
    "shop_order": _shop_order,
    "checkout": _order,
    "gift_card": _gift_card,
    "commission": _commission,
    "place": _place,
    "listing": _listing,
    "address": _address,
    "session": _session,
    "form": _form,
    "passkey": _passkey,
    "app": _app,
    "identity": _identity,
    "export": _export,
    "payout": _payout,
    "hold": _hold,
}
