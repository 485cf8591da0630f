"""What customers have paid and what is not the artisan's yet: of orders, and of commissions."""

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update

from core import clock
from core.database import Database
from models.repositories import ledger
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.orders import Order
from models.types import Money
from tests.api.conftest import open_client
from tests.support.commissioned import add_finished, hold_shipping
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.orders import add_paid_order
from tests.support.signing_in import session_of


async def client_of(app: FastAPI, database: Database, shop: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        token = await session_of(session, shop.owner_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


async def test_every_sale_that_waits_is_named_with_when_it_becomes_theirs(
    app: FastAPI, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop, Piece(price_minor=5_000)): 1})
        finished = await add_finished(session, shop)
        await hold_shipping(session, finished)
    keeper = await client_of(app, database, shop)
    (dollars,) = (await keeper.get("/api/v1/shop/balance")).json()["balances"]
    told = {one["id"]: (one["kind"], one["amount"]["minor"]) for one in dollars["sales"]}
    shipping = told[finished.id][1]
    assert told == {order.id: ("order", 5_800), finished.id: ("commission", shipping)}
    assert dollars["coming"]["minor"] == 5_800 + shipping > 5_800
    assert (dollars["payable"]["minor"], dollars["available"]["minor"]) == (0, 0), "it is not theirs yet"
    texts = {one["kind"]: one["text"] for one in dollars["sales"]}
    assert "three days after" in texts["order"]
    assert "when it has arrived" in texts["commission"]
    page = (await keeper.get("/studio/money", headers={"Accept": "text/html"})).text
    assert f"/studio/orders/{order.id}" in page
    assert f"/studio/commissions/{finished.id}" in page


async def test_what_is_released_given_back_or_somebody_elses_does_not_wait(
    app: FastAPI, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        listing = await add_listing(session, shop, Piece(price_minor=5_000))
        released = await add_paid_order(session, shop, {listing: 1})
        await session.execute(update(Order).where(Order.id == released.id).values(released_at=clock.now()))
        refunded = await add_paid_order(session, shop, {listing: 1})
        back = Money(5_800, "USD")
        entries = [
            LedgerEntry(AccountKind.ORDER_HELD, refunded.id, back),
            LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(-back.minor, "USD")),
        ]
        await ledger.post(session, f"refund-{refunded.id}", "refund", refunded.id, entries)
        other = await add_shop(session)
        await add_paid_order(session, other, {await add_listing(session, other, Piece(price_minor=9_000)): 1})
    keeper = await client_of(app, database, shop)
    (dollars,) = (await keeper.get("/api/v1/shop/balance")).json()["balances"]
    assert (dollars["coming"]["minor"], dollars["sales"]) == (0, [])
