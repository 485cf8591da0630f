"""An order over HTTP on real servers, from acceptance to delivery or refund, with its courier's callbacks."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from api.auth import sessions
from api.auth.proof import Proof
from models.repositories import ledger, orders
from models.rules.bookkeeping import AccountKind
from models.tables.ledger import Entry
from models.tables.orders import Order
from tests.support.marketplace import TestShop
from tests.support.running import Buyer, Json, Market, patiently


@dataclass
class Desk:
    """An artisan's program."""

    town: Market
    http: httpx.AsyncClient

    async def post(self, path: str, body: Json | None = None, *, status: int = 200) -> Json:
        answer = await self.http.post(f"/shop/orders/{path}", json=body)
        assert answer.status_code == status, answer.text
        view: Json = answer.json()
        return view

    async def look(self, order_id: str) -> Json:
        answer = await self.http.get(f"/shop/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        view: Json = answer.json()
        return view

    async def pack(self, order_id: str, courier: str = "swift", quantity: int | None = None) -> Json:
        """Everything, or so many of the first line, in one parcel of the cheapest service."""
        lines = (await self.look(order_id))["lines"]
        wanted = [{"listing_id": line["listing_id"], "quantity": quantity or line["quantity"]} for line in lines]
        answer = await self.http.get(
            f"/shop/orders/{order_id}/shipping-quotes", params={"weight_grams": 900, "courier": courier}
        )
        assert answer.status_code == 200, answer.text
        body = {
            "courier": courier,
            "service": answer.json()[0]["service"],
            "weight_grams": 900,
            "lines": wanted[:1] if quantity else wanted,
        }
        return await self.post(f"{order_id}/parcels", body, status=201)

    async def send(
        self, order_id: str, outcomes: list[str], courier: str = "swift", quantity: int | None = None
    ) -> Json:
        """Packs and hands over; the courier will report these outcomes, one for each attempt."""
        parcel = await self.pack(order_id, courier, quantity)
        await plan(self.town, parcel, outcomes)
        await self.post(f"{order_id}/parcels/{parcel['id']}/hand-over")
        return parcel


async def plan(town: Market, parcel: Json, outcomes: list[str]) -> None:
    answer = await town.partner.put(
        f"/_control/couriers/{parcel['courier']}/shipments/{parcel['tracking_number']}/plan",
        json={"outcomes": outcomes, "delay_seconds": 0.2},
    )
    assert answer.status_code == 200, answer.text


async def desk_of(town: Market, shop: TestShop) -> Desk:
    async with town.database.transaction() as session:
        token, _ = await sessions.open_for(session, shop.owner_id, None, Proof(("password",), second_factor=True))
    return Desk(town, town.client(token))


async def bought(buyer: Buyer, quantities: dict[str, int]) -> list[str]:
    """Ids of the paid orders, once their fulfilments have begun."""
    await buyer.fill(quantities)
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    view = await buyer.until(placed["checkout_id"], "paid")
    ids = [order["id"] for order in view["orders"]]
    for order_id in ids:
        await until(buyer, order_id, "awaiting_acceptance")
    return ids


async def until(buyer: Buyer, order_id: str, status: str) -> Json:
    async def reached() -> Json:
        answer = await buyer.http.get(f"/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        view: Json = answer.json()
        return view if view["status"] == status and view["timeline"] else {}

    return await patiently(reached)


async def order_of(town: Market, order_ids: list[str], shop: TestShop) -> str:
    async with town.database.transaction() as session:
        found = await session.scalar(select(Order.id).where(Order.id.in_(order_ids), Order.shop_id == shop.id))
    assert found is not None
    return found


async def sent_back(town: Market, order_id: str) -> list[int]:
    """The refunds that the provider knows of the order's payment."""
    async with town.database.transaction() as session:
        intent_id = await orders.payment_intent(session, order_id)
    listed = await town.provider("refunds", payment_intent=intent_id)
    return [refund["amount"] for refund in listed["data"]]


def told(view: Json) -> list[str]:
    return [line["what"] for line in view["timeline"]]


async def test_two_makers_ship_and_couriers_deliver_at_the_first_and_at_the_second_try(
    town: Market, buyer: Buyer, *, pottery: TestShop, weavers: TestShop, mug: str, scarf: str
) -> None:
    ids = await bought(buyer, {mug: 2, scarf: 1})
    mugs, scarfs = await order_of(town, ids, pottery), await order_of(town, ids, weavers)
    potter, weaver = await desk_of(town, pottery), await desk_of(town, weavers)
    accepted = await potter.post(f"{mugs}/accept")
    assert (accepted["status"], accepted["waiting_on"]) == ("making", "artisan")
    await potter.post(f"{mugs}/finish-making")
    await weaver.post(f"{scarfs}/accept")
    await potter.send(mugs, ["delivered"])
    await weaver.send(scarfs, ["failed", "delivered"], "hearth")
    first, second = await until(buyer, mugs, "delivered"), await until(buyer, scarfs, "delivered")
    assert told(first) == [
        "order_received",
        "order_accepted",
        "making_finished",
        "label_bought",
        "parcel_handed_over",
        "parcel_delivered",
    ]
    assert told(second)[-3:] == ["parcel_handed_over", "delivery_failed", "parcel_delivered"]
    (parcel,) = second["parcels"]
    assert (parcel["attempt"], parcel["status"]) == (2, "delivered")
    assert [scan["type"] for scan in parcel["scans"] if scan["type"] in {"failed", "delivered"}] == [
        "failed",
        "delivered",
    ]
    assert "goes to the maker" in second["waiting_text"]

    async def mailed() -> bool:
        kinds = await town.mails_to(buyer.email)
        return kinds.count("order_delivered") == kinds.count("order_shipped") == 2

    await patiently(mailed)


async def test_an_order_split_in_two_is_delivered_when_both_parcels_are(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    (order_id,) = await bought(buyer, {mug: 3})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/accept")
    await potter.send(order_id, ["delivered"], quantity=1)
    view = await potter.look(order_id)
    assert view["status"] == "making"
    assert view["lines"][0]["unpacked"] == 2
    refused = await potter.http.post(
        f"/shop/orders/{order_id}/parcels",
        json={
            "courier": "swift",
            "service": "standard",
            "weight_grams": 900,
            "lines": [{"listing_id": mug, "quantity": 3}],
        },
    )
    assert refused.status_code == 422
    assert "2 pieces" in refused.json()["error"]["message"]
    await potter.send(order_id, ["delivered"], quantity=2)
    done = await until(buyer, order_id, "delivered")
    assert [parcel["status"] for parcel in done["parcels"]] == ["delivered", "delivered"]


async def test_a_declined_order_is_refunded_by_the_provider_and_back_on_sale(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    (order_id,) = await bought(buyer, {mug: 2})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/decline", {"reason": "out_of_material", "restock": True})
    view = await until(buyer, order_id, "refunded")
    assert view["refunded"] == view["total"]
    assert view["is_final"]
    assert view["refunds"][0]["reason"] == "The material for it has run out."
    assert await sent_back(town, order_id) == [view["total"]["minor"]]
    assert await town.stock(mug) == [(5, 0)]
    async with town.database.transaction() as session:
        assert (await ledger.balance(session, AccountKind.ORDER_HELD, order_id, "USD")).minor == 0
        assert await session.scalar(select(func.sum(Entry.amount_minor))) == 0
    again = await potter.http.post(f"/shop/orders/{order_id}/accept")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_now")


async def test_a_refund_whose_answer_is_lost_is_sent_once(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    (order_id,) = await bought(buyer, {mug: 1})
    await town.faults(
        timeout_seconds=0.5,
        once=[{"match": "POST /v1/refunds", "fault": "timeout_after_success", "times": 1}],
    )
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/decline", {"reason": "cannot_make"})
    view = await until(buyer, order_id, "refunded")
    assert await sent_back(town, order_id) == [view["total"]["minor"]]
    assert len(view["refunds"]) == 1


async def test_a_lost_label_answer_buys_one_label(town: Market, buyer: Buyer, pottery: TestShop, mug: str) -> None:
    (order_id,) = await bought(buyer, {mug: 1})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/accept")
    await town.faults(
        timeout_seconds=0.5,
        once=[{"match": "POST /courier/swift/v1/labels", "fault": "timeout_after_success", "times": 1}],
    )
    parcel = await potter.pack(order_id)
    labels = await town.partner.get(f"/_control/couriers/swift/by-reference/{parcel['id']}")
    assert labels.json()["tracking_number"] == parcel["tracking_number"]
    assert len((await potter.look(order_id))["parcels"]) == 1


async def test_the_buyer_says_that_it_has_arrived(town: Market, buyer: Buyer, pottery: TestShop, mug: str) -> None:
    (order_id,) = await bought(buyer, {mug: 1})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/accept")
    parcel = await potter.pack(order_id)
    await plan(town, parcel, ["delivered"])
    early = await buyer.http.post(f"/orders/{order_id}/confirm-receipt")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_now")
    await town.partner.put(
        f"/_control/couriers/swift/shipments/{parcel['tracking_number']}/plan",
        json={"outcomes": ["delivered"], "delay_seconds": 30},
    )
    await potter.post(f"{order_id}/parcels/{parcel['id']}/hand-over")
    answers = await asyncio.gather(*(buyer.http.post(f"/orders/{order_id}/confirm-receipt") for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    view = await until(buyer, order_id, "delivered")
    assert told(view)[-1] == "receipt_confirmed"
    late = await scan(town, parcel, type="returned", attempt=1)
    assert late.status_code < 300
    assert (await until(buyer, order_id, "delivered"))["refunds"] == []


async def scan(town: Market, parcel: Json, **event: Any) -> httpx.Response:
    """A callback by hand: the sandbox signs and sends it."""
    return await town.partner.post(
        f"/_control/couriers/{parcel['courier']}/shipments/{parcel['tracking_number']}/scans", json=event
    )


async def test_a_callback_for_what_was_not_handed_over_is_heard_afterwards(
    town: Market, buyer: Buyer, pottery: TestShop, mug: str
) -> None:
    """Refused with 409 at first; the courier repeats it until the parcel is on its way."""
    (order_id,) = await bought(buyer, {mug: 1})
    potter = await desk_of(town, pottery)
    await potter.post(f"{order_id}/accept")
    parcel = await potter.pack(order_id)
    await scan(town, parcel, type="delivered", attempt=1)
    await asyncio.sleep(0.5)
    assert (await potter.look(order_id))["parcels"][0]["status"] == "labelled"
    await potter.post(f"{order_id}/parcels/{parcel['id']}/hand-over")
    view = await until(buyer, order_id, "delivered")
    assert view["parcels"][0]["status"] == "delivered"


@pytest.mark.parametrize("path", ["accept", "finish-making", "parcels/par_01m81q177v1ndbefqgww4ar0ky/hand-over"])
async def test_another_shop_moves_nothing(
    town: Market, buyer: Buyer, *, weavers: TestShop, mug: str, path: str
) -> None:
    (order_id,) = await bought(buyer, {mug: 1})
    weaver = await desk_of(town, weavers)
    answer = await weaver.http.post(f"/shop/orders/{order_id}/{path}")
    assert answer.status_code == 404
    assert (await until(buyer, order_id, "awaiting_acceptance"))["timeline"]
