"""A payment of high risk waits for an administrator, with its pieces kept and its money not yet taken."""

import httpx
import pytest

from models.tables.selling import Payment, RiskDecision
from models.types import Role
from tests.support.running import RISKY_CARD, Buyer, Market, patiently


@pytest.fixture
async def admin(town: Market) -> httpx.AsyncClient:
    _, _, http = await town.person(Role.ADMINISTRATOR)
    return http


@pytest.fixture
async def held(town: Market, buyer: Buyer, scarf: str) -> str:
    """A checkout that was paid for with a card of the highest risk."""
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"], RISKY_CARD)
    await buyer.come_back(placed["checkout_id"])
    view = await buyer.until(placed["checkout_id"], "held_for_review")
    assert view["waiting_on"] == "administrator"
    assert (view["can_pay"], view["can_abandon"]) == (False, False)
    checkout_id: str = placed["checkout_id"]
    return checkout_id


async def intent_status(town: Market, checkout_id: str) -> str:
    async with town.database.transaction() as session:
        payment = await session.get_one(Payment, checkout_id)
    return str((await town.provider(f"payment_intents/{payment.intent_id}"))["status"])


async def decide(admin: httpx.AsyncClient, checkout_id: str, *, approve: bool) -> httpx.Response:
    return await admin.post(
        f"/admin/held-checkouts/{checkout_id}/decision", json={"approve": approve, "reason": "Called the buyer."}
    )


async def test_an_administrator_sees_why_approves_and_the_money_is_taken(
    town: Market, admin: httpx.AsyncClient, buyer: Buyer, held: str, scarf: str
) -> None:
    listed = {one["id"]: one for one in (await admin.get("/admin/held-checkouts")).json()}
    assert {reason["code"] for reason in listed[held]["reasons"]} >= {"provider_highest_risk", "new_account"}
    assert listed[held]["score"] >= 60
    assert listed[held]["buyer_id"] == buyer.id
    assert await town.stock(scarf) == [(1, 1)]
    assert await intent_status(town, held) == "requires_capture"

    decided = await decide(admin, held, approve=True)
    assert (decided.status_code, decided.json()["status"]) == (200, "paid")
    assert await intent_status(town, held) == "succeeded"
    view = await buyer.look(held)
    assert [line["what"] for line in view["timeline"]][-2:] == ["review_approved", "checkout_paid"]
    assert held not in {one["id"] for one in (await admin.get("/admin/held-checkouts")).json()}
    async with town.database.transaction() as session:
        decision = await session.get_one(RiskDecision, view["timeline"][-2]["subject"])
    assert (decision.approve, decision.reason) == (True, "Called the buyer.")

    late = await decide(admin, held, approve=False)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "not_now")


async def test_a_refused_payment_is_given_back_and_the_piece_is_free(
    town: Market, admin: httpx.AsyncClient, buyer: Buyer, held: str, scarf: str
) -> None:
    decided = await decide(admin, held, approve=False)
    assert (decided.status_code, decided.json()["status"]) == (200, "voided")
    assert await intent_status(town, held) == "canceled"
    assert await town.stock(scarf) == [(1, 0)]
    assert held not in (await town.stats())["captured_per_reference"]
    assert (await buyer.http.get("/cart")).json()["status"] == "open"

    async def mails() -> bool:
        return "checkout_voided" in await town.mails_to(buyer.email)

    await patiently(mails)


async def test_the_same_cart_is_not_paid_for_again_while_it_is_looked_at(town: Market, buyer: Buyer, held: str) -> None:
    before = await town.sessions()
    again = await buyer.place()
    assert again["checkout_id"] == held
    assert again["redirect_url"] == f"{town.url}/checkout/{held}/return"
    assert await town.sessions() == before
    given_up = await buyer.http.post(f"/checkouts/{held}/abandon")
    assert (given_up.status_code, given_up.json()["error"]["code"]) == (409, "not_now")


async def test_nobody_else_may_look_or_decide(town: Market, buyer: Buyer, held: str) -> None:
    assert (await buyer.http.get("/admin/held-checkouts")).status_code == 403
    assert (await decide(buyer.http, held, approve=True)).status_code == 403
    assert (await decide(town.client(), held, approve=True)).status_code == 401
    assert (await buyer.look(held))["status"] == "held_for_review"


async def test_a_decision_needs_a_reason_and_a_checkout(admin: httpx.AsyncClient, held: str) -> None:
    unexplained = await admin.post(f"/admin/held-checkouts/{held}/decision", json={"approve": True, "reason": "  "})
    assert unexplained.status_code == 422
    assert (await decide(admin, "checkout-unknown-1", approve=True)).status_code == 404
