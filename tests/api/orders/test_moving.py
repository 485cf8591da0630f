"""What buyers and artisans may do with an order, under which update id, and how they are refused."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from api.process_client import ProcessClosed
from models.errors import NotNow, PartnerUnavailable, Unavailable
from models.types import ParcelStatus
from tests.api.orders.conftest import PARCEL, Process
from tests.support.orders import PaidOrder
from tests.support.partners import MemoryCourier


def parcel(order: PaidOrder, **changes: Any) -> dict[str, Any]:
    lines = [{"listing_id": key, "quantity": quantity} for key, quantity in order.pieces.items()]
    return {"courier": "swift", "service": "standard", "weight_grams": 900, "lines": lines, **changes}


@pytest.mark.parametrize(
    ("path", "body", "name", "update_id"),
    [
        ("accept", None, "accept", "accept"),
        ("decline", {"reason": "cannot_make", "restock": True}, "decline", "decline"),
        ("finish-making", None, "finish_making", "finish_making"),
        (f"parcels/{PARCEL}/hand-over", None, "hand_over", f"hand_over-{PARCEL}"),
    ],
)
async def test_an_artisans_move_is_one_update_however_often_it_is_clicked(
    keeper: AsyncClient,
    order: PaidOrder,
    process: Process,
    *,
    path: str,
    body: dict[str, Any] | None,
    name: str,
    update_id: str,
) -> None:
    for _ in range(2):
        answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == order.id
    assert {(sent.workflow_id, sent.name, sent.update_id) for sent in process.sent} == {
        (f"fulfillment-{order.id}", name, update_id)
    }
    assert process.sent[0].message.actor_id == order.shop.owner_id


async def test_an_idempotency_key_replays_the_answer(keeper: AsyncClient, order: PaidOrder, process: Process) -> None:
    for _ in range(2):
        answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/accept", headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 200
    assert len(process.sent) == 1


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (NotNow("This order is accepted already."), 409, "not_now"),
        (ProcessClosed("This has ended already."), 409, "not_now"),
        (Unavailable("Send it again."), 503, "unavailable"),
    ],
)
async def test_the_processs_refusal_reaches_the_person(
    keeper: AsyncClient, order: PaidOrder, process: Process, *, refusal: Exception, status: int, code: str
) -> None:
    process.refuses = refusal  # type: ignore[assignment] # all three are errors of the business
    answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/accept")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"] == str(refusal)


async def test_a_parcel_is_packed_once_under_its_id_or_its_key(
    keeper: AsyncClient, order: PaidOrder, process: Process
) -> None:
    url = f"/api/v1/shop/orders/{order.id}/parcels"
    first = await keeper.post(url, json=parcel(order, parcel_id=PARCEL))
    assert first.status_code == 201, first.text
    assert first.json()["id"] == PARCEL
    assert first.json()["pieces"][0]["quantity"] == 2
    assert str(process.sent[0].update_id).startswith(f"buy_label-{PARCEL}-")
    again = await keeper.post(url, json=parcel(order, parcel_id=PARCEL))
    assert again.json() == first.json()
    assert len(process.sent) == 1


async def test_a_repeated_key_after_an_outage_is_the_same_parcel(
    keeper: AsyncClient, order: PaidOrder, process: Process
) -> None:
    url, key = f"/api/v1/shop/orders/{order.id}/parcels", {"Idempotency-Key": "pack-1"}
    process.refuses = Unavailable("Send it again.")
    assert (await keeper.post(url, json=parcel(order), headers=key)).status_code == 503
    process.refuses = None
    assert (await keeper.post(url, json=parcel(order), headers=key)).status_code == 201
    other = await keeper.post(url, json=parcel(order), headers={"Idempotency-Key": "pack-2"})
    first, second, third = (sent.message.parcel_id for sent in process.sent)
    assert first == second != third
    assert other.status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"courier": "pigeon"},
        {"courier": "../swift"},
        {"weight_grams": 0},
        {"weight_grams": 10**9},
        {"lines": []},
        {"lines": [{"listing_id": "lst_01m81q177v1ndbefqgww4ar0ky", "quantity": 0}]},
        {"lines": [{"listing_id": "lst_01m81q177v1ndbefqgww4ar0ky", "quantity": -1}]},
        {"lines": [{"listing_id": "lst_01m81q177v1ndbefqgww4ar0ky", "quantity": 10**9}]},
        {"lines": [{"listing_id": "'; drop table orders", "quantity": 1}]},
        {"parcel_id": "mine"},
        {"service": "a b\u0000"},
        {"surprise": 1},
    ],
)
async def test_a_parcel_that_can_not_be_meant_is_refused_before_the_process_hears_of_it(
    keeper: AsyncClient, order: PaidOrder, process: Process, changes: dict[str, Any]
) -> None:
    answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/parcels", json=parcel(order, **changes))
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
    assert process.sent == []


async def test_a_reason_that_is_no_code_is_refused(keeper: AsyncClient, order: PaidOrder, process: Process) -> None:
    answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/decline", json={"reason": "I am tired"})
    assert answer.status_code == 422
    assert process.sent == []


async def test_confirming_twice_at_once_is_one_update(buyer: AsyncClient, order: PaidOrder, process: Process) -> None:
    await process.label(PARCEL, ParcelStatus.HANDED_OVER)
    url = f"/api/v1/orders/{order.id}/confirm-receipt"
    answers = await asyncio.gather(buyer.post(url), buyer.post(url))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {sent.update_id for sent in process.sent} == {f"confirm_receipt-{PARCEL}"}


async def test_nobody_moves_another_shops_order(
    buyer: AsyncClient, stranger: AsyncClient, client: AsyncClient, order: PaidOrder, process: Process
) -> None:
    for path in ("accept", "finish-making", f"parcels/{PARCEL}/hand-over"):
        url = f"/api/v1/shop/orders/{order.id}/{path}"
        assert (await buyer.post(url)).status_code == 403
        assert (await stranger.post(url)).status_code == 403
        assert (await client.post(url)).status_code == 401
    assert process.sent == []


async def test_quotes_come_cheapest_first_and_one_silent_courier_hides_only_its_own(
    keeper: AsyncClient, order: PaidOrder, swift: MemoryCourier
) -> None:
    url = f"/api/v1/shop/orders/{order.id}/shipping-quotes"
    (quote,) = (await keeper.get(f"{url}?weight_grams=1000")).json()
    assert (quote["courier_name"], quote["price"]["text"], quote["days_max"]) == ("Swift Parcel", "$6.00", 4)
    assert len((await keeper.get(f"{url}?weight_grams=1000&courier=swift")).json()) == 1
    swift.fails = [PartnerUnavailable("away")]
    answer = await keeper.get(f"{url}?weight_grams=1000")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "partner_unavailable")
    assert (await keeper.get(f"{url}?weight_grams=1000&courier=pigeon")).status_code == 422
    assert (await keeper.get(f"{url}?weight_grams=-5")).status_code == 422
    assert (await keeper.get(url)).status_code == 422
