"""A night on real servers, after everything that moves money has happened: nothing differs. Then one thing is damaged
on each side, and exactly those two are named."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from activities.gateways import stripe_transactions
from core.temporal import connect
from deploy import namespace as namespaces
from deploy.embedded.postgres import PostgresCluster
from models.repositories import reconciliation_cases
from models.types import Money
from tests.processes.test_money_out_http import CLOSED, GOOD, give_bank
from tests.processes.test_money_out_http import until as payout_is
from tests.processes.test_orders_http import bought, desk_of, until
from tests.support.currencies import publish_rates
from tests.support.finished_town import forget_posting, tampering
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.running import Json, Market, market, patiently
from tests.support.signing_in import session_of
from tests.support.stack import TemporalServer, free_port, open_folder
from workflows import policies
from workflows.reconciliation import messages
from workflows.reconciliation.messages import ReconciliationInput, ReconciliationResult
from workflows.reconciliation.workflow import ReconciliationWorkflow

PER_PAGE = 4


@pytest.fixture
async def town(
    postgres_url: str, temporal_dev_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Market]:
    """One of its own, whose whole story is told here. Nothing is too young to be compared, money that was delivered is
    released at once, and the provider tells its books in short pages."""
    monkeypatch.setattr(policies, "RECONCILIATION_SETTLES", timedelta(0))
    monkeypatch.setattr(policies, "RECONCILIATION_LAG", timedelta(seconds=-2))
    usual = policies.resolve_fulfillment

    def without_waiting(*, ship_within_days: int, **given: Any) -> policies.FulfillmentDeadlines:
        return replace(usual(ship_within_days=ship_within_days, **given), release_after=timedelta(0))

    monkeypatch.setattr(policies, "resolve_fulfillment", without_waiting)
    monkeypatch.setattr(stripe_transactions, "PAGE", PER_PAGE)
    monkeypatch.setenv("SANDBOX_STRIPE_SETTLES", "usd")
    temporal = TemporalServer(temporal_dev_server.port, f"night-{uuid4().hex[:8]}")
    await namespaces.ensure(temporal.address, temporal.namespace)
    with open_folder() as folder:
        async with market(
            folder, database_url=postgres_url, temporal=temporal, port=free_port(), sandbox_port=free_port()
        ) as running:
            yield running
            await running.hang_up()


async def sold(town: Market, shop: TestShop, piece: Piece, *, delivered: bool) -> str:
    """The order; delivered, its money is the shop's."""
    async with town.database.transaction() as session:
        listing_id = await add_listing(session, shop, piece)
    buyer = await town.buyer()
    (order_id,) = await bought(buyer, {listing_id: 1})
    if delivered:
        desk = await desk_of(town, shop)
        await desk.post(f"{order_id}/accept")
        await desk.send(order_id, ["delivered"])
        await until(buyer, order_id, "completed")
    return order_id


async def refused(town: Market, shop: TestShop) -> None:
    """Declined by the maker, so all of it goes back."""
    async with town.database.transaction() as session:
        listing_id = await add_listing(session, shop, Piece(title="A vase", price_minor=7_000))
    buyer = await town.buyer()
    (order_id,) = await bought(buyer, {listing_id: 1})
    desk = await desk_of(town, shop)
    await desk.post(f"{order_id}/decline", {"reason": "cannot_make"})
    await until(buyer, order_id, "refunded")


async def keeper_of(town: Market, shop: TestShop) -> httpx.AsyncClient:
    async with town.database.transaction() as session:
        return town.client(await session_of(session, shop.owner_id, two_factors=True))


async def withdrawn(town: Market, keeper: httpx.AsyncClient, minor: int, status: str) -> str:
    asked = await keeper.post("/shop/withdrawals", json={"currency": "USD", "amount_minor": minor})
    assert asked.status_code == 201, asked.text
    payout_id: str = asked.json()["id"]
    await payout_is(keeper, payout_id, "money_on_its_way")
    await town.partner.post("/_control/stripe/hurry")
    await payout_is(keeper, payout_id, status)
    return payout_id


async def night(town: Market, name: str) -> ReconciliationResult:
    client = await connect(town.parts.settings)
    return await client.execute_workflow(
        ReconciliationWorkflow.run,
        ReconciliationInput(),
        id=f"reconciliation-{name}",
        task_queue=messages.TASK_QUEUE,
        execution_timeout=timedelta(minutes=2),
    )


async def differences(town: Market) -> list[tuple[str, str]]:
    async with town.database.transaction() as session:
        cases, _ = await reconciliation_cases.listed(session, closed=False, limit=50)
    return sorted((case.kind, case.subject) for case in cases)


async def test_a_night_after_everything_finds_nothing_and_then_exactly_what_was_damaged(
    town: Market, postgres_server: PostgresCluster, postgres_url: str
) -> None:
    async with town.database.transaction() as session:
        await publish_rates(session)
        pottery, weavers, abroad = (
            await add_shop(session, name="Pottery"),
            await add_shop(session, name="Weavers"),
            await add_shop(session, name="Cobre Lento", currency="EUR"),
        )
    await sold(town, pottery, Piece(price_minor=9_000), delivered=True)
    kept = await sold(town, pottery, Piece(title="A bowl", price_minor=6_000), delivered=False)
    await sold(town, weavers, Piece(title="A scarf", price_minor=8_000), delivered=True)
    await refused(town, pottery)
    await sold(town, abroad, Piece(title="A copper pan", price_minor=5_000), delivered=True)
    assert (await town.partner.post("/_control/stripe/hurry")).status_code == 200

    potter, weaver = await keeper_of(town, pottery), await keeper_of(town, weavers)
    await give_bank(town, town.database, potter, pottery, GOOD)
    await give_bank(town, town.database, weaver, weavers, CLOSED)
    await withdrawn(town, potter, 2_500, "arrived")
    await withdrawn(town, weaver, 3_000, "awaiting_details")
    sent_back = await withdrawn(town, potter, 2_600, "arrived")
    listed: Json = (await town.partner.get("/_control/stripe/payouts")).json()
    newest = next(one for one in listed["payouts"] if one["amount"] == 2_600)
    assert (await town.partner.post(f"/_control/stripe/payouts/{newest['id']}/return", json={})).status_code == 200
    await payout_is(potter, sent_back, "awaiting_details")

    first = await night(town, "first")
    assert await differences(town) == []
    assert (first.opened, first.young) == (0, 0)
    assert first.transactions > 3 * PER_PAGE, "more than one page"
    assert first.looked_at == 5 + 3, "checkouts and payouts"

    stranger = await _transfer_by_hand(town, newest["account"])
    with tampering(postgres_server, postgres_url) as connection:
        capture = connection.execute("SELECT o.checkout_id FROM orders o WHERE o.id = %s", [kept]).fetchone()
        assert capture is not None
        forget_posting(connection, f"{capture[0]}/capture")
    second = await night(town, "second")
    assert await differences(town) == [("missing_posting", capture[0]), ("unknown_transfer", stranger)]
    assert second.opened == 2


async def _transfer_by_hand(town: Market, account_id: str) -> str:
    """Somebody moves money in the provider's own pages; the line in its books."""
    moved = await town.partner.post(
        "/v1/transfers", data={"amount": "700", "currency": "usd", "destination": account_id}
    )
    assert moved.status_code == 200, moved.text

    async def booked() -> str:
        lines = (await town.provider("balance_transactions", limit="10"))["data"]
        return next((line["id"] for line in lines if line["source"] == moved.json()["id"]), "")

    assert Money(700, "USD").minor == moved.json()["amount"]
    return await patiently(booked)
