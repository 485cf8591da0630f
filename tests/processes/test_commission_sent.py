"""A finished commission on real servers: its piece is sent as an order, comes back, and its shipping with it."""

from typing import Any

from sqlalchemy import select

from models.repositories import ledger
from models.repositories.commission_orders import order_of
from models.rules.bookkeeping import AccountKind
from models.tables.commissions import CommissionCharge
from tests.processes.test_commissions_http import Two, asked, terms, two
from tests.processes.test_orders_http import desk_of, until
from tests.support.running import patiently
from workflows.commission import messages

__all__ = ["asked", "two"]
ONE_STEP: dict[str, Any] = {
    "price_minor": 40_000,
    "milestones": [{"number": 1, "title": "All of it", "amount_minor": 40_000, "days": 10}],
    "deposit_minor": 40_000,
}


async def finished(two: Two) -> str:
    """The order that sends the piece, once all work is approved."""
    customer, artisan = two.buyer, two.shop.owner_id
    await two.did(two.artisan, "offers", terms(1, **ONE_STEP))
    most = (await two.look(customer.http))["mandate"]["most"]["minor"]
    await two.did(customer.http, "acceptance", {"version": 1, "most_minor": most})
    await two.until("awaiting_deposit")
    await two.pay()
    await two.until("working")
    processes, workflow_id = two.town.parts.processes, messages.workflow_id(two.id)
    proof = messages.GiveProof(artisan, 1, pictures=1)
    await processes.update(workflow_id, "give_proof", proof, messages.CommissionState)
    answer = messages.AnswerProof(customer.id, 1, approve=True)
    await processes.update(workflow_id, "answer_proof", answer, messages.CommissionState)

    async def made() -> str:
        async with two.town.database.transaction() as session:
            return await order_of(session, two.id) or ""

    return await patiently(made)


async def test_what_comes_back_gives_its_shipping_back_and_the_commission_is_complete(asked: Two) -> None:
    before = await earned(asked)
    order_id = await finished(asked)
    order = await until(asked.buyer, order_id, "ready_to_ship")
    assert order["commission_id"] == asked.id
    assert [(await asked.look(who))["order_id"] for who in (asked.buyer.http, asked.artisan)] == [order_id, order_id]
    assert (order["items"]["minor"], order["shipping"]["minor"]) == (0, 8_000)
    desk = await desk_of(asked.town, asked.shop)
    assert (await desk.http.post(f"/shop/orders/{order_id}/accept")).status_code == 409
    assert (await asked.buyer.http.post(f"/orders/{order_id}/cancellation", json={"lines": []})).status_code == 409
    await desk.send(order_id, ["returned"])
    refunded = await until(asked.buyer, order_id, "refunded")
    assert refunded["refunded"]["minor"] == refunded["total"]["minor"] == 8_000 + refunded["tax"]["minor"]
    assert (await asked.until("completed"))["actions"] == []

    async with asked.town.database.transaction() as session:
        intent_id = await session.scalar(
            select(CommissionCharge.intent_id).where(CommissionCharge.commission_id == asked.id)
        )
        assert (await ledger.balance(session, AccountKind.ORDER_HELD, asked.id, "USD")).minor == 0
        assert (await ledger.balance(session, AccountKind.ORDER_HELD, order_id, "USD")).minor == 0
    sent = (await asked.town.provider("refunds", payment_intent=intent_id or ""))["data"]
    assert [one["amount"] for one in sent] == [refunded["total"]["minor"]]
    assert await earned(asked) - before == 40_000 - 2_600


async def earned(two: Two) -> int:
    """The shop's balance, what is kept back of it included."""
    kinds = (AccountKind.ARTISAN_PAYABLE, AccountKind.ARTISAN_RESERVE)
    async with two.town.database.transaction() as session:
        return -sum([(await ledger.balance(session, kind, two.shop.id, "USD")).minor for kind in kinds])
