"""The order of a finished commission, as its customer and its maker see it, and what nobody can do with it."""

import pytest
from httpx import AsyncClient

from core.database import Database
from models.types import ParcelStatus, Party
from tests.api.orders.conftest import PARCEL, Process
from tests.support.commissioned import SHIPPING, add_finished, add_order, hold_shipping
from tests.support.marketplace import TestShop
from tests.support.orders import PaidOrder

PROBLEM = {"problem": "not_arrived", "text": "It never came."}


@pytest.fixture
async def order(database: Database, shop: TestShop) -> PaidOrder:
    """In the shape of any order, so that the process of these tests plays it, too."""
    async with database.transaction() as session:
        finished = await add_finished(session, shop)
        await hold_shipping(session, finished)
        made = await add_order(session, finished)
    return PaidOrder(
        id=made.order_id,
        checkout_id="",
        buyer_id=finished.customer_id,
        buyer_email=finished.customer_email,
        shop=shop,
        intent_id=finished.intent_id,
        total_minor=made.total_minor,
        fee_minor=0,
        pieces={finished.id: 1},
    )


@pytest.fixture
async def ready(process: Process) -> Process:
    await process.stands("ready_to_ship", "commission_ready", then="buyer_is_told")
    return process


def commission(order: PaidOrder) -> str:
    (commission_id,) = order.pieces
    return commission_id


async def test_both_sides_see_what_is_sent_and_where_the_rest_was_paid(
    buyer: AsyncClient, keeper: AsyncClient, order: PaidOrder, ready: Process
) -> None:
    bought = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert bought["commission_id"] == commission(order)
    assert (bought["items"]["minor"], bought["shipping"]["minor"], bought["total"]["minor"]) == (0, 8_000, 8_640)
    assert bought["ship_by"]
    assert (bought["can_cancel"], bought["can_report"]) == (False, False)
    assert bought["money_text"] == "ArtisanConnect holds $86.40 until the order has arrived."
    sold = (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()
    desk = sold["desk"]
    assert (desk["can_accept"], desk["can_finish_making"], desk["can_pack"]) == (False, False, True)
    assert (desk["fee"]["minor"], desk["earnings"]["minor"]) == (0, SHIPPING.held_minor)
    (card,) = (await buyer.get("/api/v1/orders")).json()["items"]
    assert card["title"].startswith("Commissioned piece CC-")
    assert [one["id"] for one in (await keeper.get("/api/v1/shop/orders")).json()["items"]] == [order.id]


async def test_its_pages_lead_to_the_commission(
    buyer: AsyncClient, keeper: AsyncClient, order: PaidOrder, ready: Process
) -> None:
    bought = (await buyer.get(f"/orders/{order.id}")).text
    assert f'href="/commissions/{commission(order)}"' in bought
    assert "Paid for sending it" in bought
    assert "/invoice" not in bought
    assert "Cancel order" not in bought
    sold = (await keeper.get(f"/studio/orders/{order.id}")).text
    assert f'href="/studio/commissions/{commission(order)}"' in sold
    assert "Pack a parcel" in sold
    pack = await keeper.get(f"/studio/orders/{order.id}/pack")
    assert pack.status_code == 200
    assert "weighs between" not in pack.text
    assert (await buyer.get("/orders")).status_code == (await keeper.get("/studio")).status_code == 200


async def test_its_one_piece_is_packed_under_the_commissions_name(
    keeper: AsyncClient, order: PaidOrder, ready: Process
) -> None:
    lines = [{"listing_id": commission(order), "quantity": 1}]
    body = {"courier": "swift", "service": "standard", "weight_grams": 9_000, "lines": lines}
    answer = await keeper.post(f"/api/v1/shop/orders/{order.id}/parcels", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["pieces"][0]["title"].startswith("Commissioned piece")


async def test_it_cannot_be_cancelled_and_has_no_invoice(buyer: AsyncClient, order: PaidOrder, ready: Process) -> None:
    form = await buyer.get(f"/orders/{order.id}/cancel")
    assert (form.status_code, form.headers["location"]) == (303, f"/orders/{order.id}")
    for path in (f"/api/v1/orders/{order.id}/invoice", f"/orders/{order.id}/invoice"):
        refused = await buyer.get(path)
        assert refused.status_code == 404, path
        assert "commission" in refused.text


async def test_a_problem_can_be_reported_up_to_what_was_paid_for_sending_it(
    buyer: AsyncClient, order: PaidOrder, ready: Process
) -> None:
    early = await buyer.post(f"/api/v1/orders/{order.id}/refund-requests", json=PROBLEM)
    assert early.status_code == 409
    assert "commission's page" in early.json()["error"]["message"]
    await ready.label(PARCEL, ParcelStatus.HANDED_OVER)
    await ready.stands("in_transit", "parcel_handed_over", waiting_on=Party.COURIER)
    form = await buyer.get(f"/orders/{order.id}/problem")
    assert form.status_code == 200
    assert "Here you can ask for $86.40" in form.text
    too_much = await buyer.post(f"/api/v1/orders/{order.id}/refund-requests", json={**PROBLEM, "amount_minor": 8_641})
    assert (too_much.status_code, too_much.json()["error"]["details"]["field"]) == (422, "amount_minor")


async def test_others_do_not_see_it(stranger: AsyncClient, order: PaidOrder, ready: Process) -> None:
    for path in (f"/api/v1/orders/{order.id}", f"/orders/{order.id}", f"/api/v1/orders/{order.id}/invoice"):
        assert (await stranger.get(path)).status_code == 404, path
