"""Refunds over HTTP on real servers: asked for and answered, confirmed late, undone by the bank, and sent again."""

from models.types import Role
from tests.processes.test_orders_http import Desk, desk_of, sent_back, told, until
from tests.support.marketplace import TestShop
from tests.support.running import Buyer, Json, Market, patiently

CONFIRMED_LATE, FAILS_LATE = "4000000000007726", "4000000000005126"


async def bought(buyer: Buyer, listing_id: str, card: str) -> str:
    await buyer.fill({listing_id: 2})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"], card)
    view = await buyer.until(placed["checkout_id"], "paid")
    order_id: str = view["orders"][0]["id"]
    await until(buyer, order_id, "awaiting_acceptance")
    return order_id


async def reported(buyer: Buyer, order_id: str, **given: object) -> Json:
    body = {"problem": "damaged", "text": "A crack.", **given}
    answer = await buyer.http.post(f"/orders/{order_id}/refund-requests", json=body)
    assert answer.status_code == 201, answer.text
    view: Json = answer.json()
    return view


async def request_is(buyer: Buyer, order_id: str, *statuses: str) -> Json:
    async def reached() -> Json:
        answer = await buyer.http.get(f"/orders/{order_id}/refund-requests")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()
        return found[0] if found and found[0]["status"] in statuses else {}

    return await patiently(reached)


async def delivered(buyer: Buyer, potter: Desk, order_id: str) -> None:
    await potter.post(f"{order_id}/accept")
    await potter.send(order_id, ["delivered"])
    await until(buyer, order_id, "delivered")


async def test_an_offer_is_paid_back_when_the_provider_says_so(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    order_id, potter = await bought(buyer, mug, CONFIRMED_LATE), await desk_of(town, pottery)
    await delivered(buyer, potter, order_id)
    request = await reported(buyer, order_id, amount_minor=2_000)
    await potter.post(f"{order_id}/refund-requests/{request['id']}/answer", {"answer": "refund"})
    accepted = await buyer.http.post(f"/orders/{order_id}/refund-requests/{request['id']}/accept", json={})
    assert accepted.status_code == 200, accepted.text
    view = await request_is(buyer, order_id, "paid_back")
    assert told(view)[-2:] == ["refund_taken", "refund_confirmed"]
    assert await sent_back(town, order_id) == [2_000]
    order = await until(buyer, order_id, "delivered")
    assert order["refunded"]["minor"] == 2_000


async def test_a_refund_that_the_bank_undoes_is_told_and_sent_again(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    """Cancelled before it was accepted, so the fulfilment sends it; nobody waits for it when it comes back."""
    order_id = await bought(buyer, mug, FAILS_LATE)
    assert (await buyer.http.post(f"/orders/{order_id}/cancellation", json={})).status_code == 200
    view = await request_is(buyer, order_id, "refund_failed")
    assert view["can_retry"]

    async def mailed() -> bool:
        return "refund_failed" in await town.mails_to(buyer.email)

    await patiently(mailed)
    _, _, finance = await town.person(Role.ADMINISTRATOR)
    again = await finance.post(f"/admin/refund-requests/{view['id']}/retry", json={"reason": "The card was replaced."})
    assert again.status_code == 200, again.text

    async def resent() -> bool:
        return len(await sent_back(town, order_id)) == 2

    await patiently(resent)
