"""What buyers and artisans see of an order, and who sees nothing."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from core import clock
from core.database import Database
from models.repositories import inbox, refunds
from models.repositories.refunds import Wanted
from models.tables.orders import Order
from models.types import ParcelStatus, Party, RefundState
from tests.api.orders.conftest import PARCEL, Process
from tests.support.orders import PaidOrder


async def test_a_buyer_sees_status_deadline_consequence_and_money(
    buyer: AsyncClient, order: PaidOrder, process: Process
) -> None:
    answer = await buyer.get(f"/api/v1/orders/{order.id}")
    assert answer.status_code == 200, answer.text
    view = answer.json()
    assert (view["status"], view["status_label"]) == ("awaiting_acceptance", "Waiting for the maker")
    assert view["waiting_on"] == "artisan"
    assert view["deadline"]
    assert "cancelled and the buyer is refunded" in view["waiting_text"]
    assert "holds" in view["money_text"]
    assert view["total"]["minor"] == order.total_minor
    assert [line["quantity"] for line in view["lines"]] == [2]
    assert view["lines"][0]["picture"]["alt"]
    assert view["timeline"][0]["text"] == "The order was paid and sent to the maker."
    assert view["desk"] is None
    assert not view["can_confirm_receipt"]
    assert view["ship_by"] is None


async def test_the_artisan_sees_earnings_and_what_may_be_done(
    keeper: AsyncClient, order: PaidOrder, process: Process
) -> None:
    desk = (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()["desk"]
    assert desk["fee"]["minor"] == order.fee_minor
    assert desk["earnings"]["minor"] == 9_600 + 800 - order.fee_minor
    assert desk["couriers"] == {"swift": "Swift Parcel"}
    assert (desk["can_accept"], desk["can_decline"], desk["can_finish_making"], desk["can_pack"]) == (
        True,
        True,
        False,
        False,
    )
    await process.stands("making", "order_accepted", then="buyer_is_told")
    view = (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()
    assert (view["desk"]["can_accept"], view["desk"]["can_finish_making"], view["desk"]["can_pack"]) == (
        False,
        True,
        True,
    )
    assert view["ship_by"]
    assert view["lines"][0]["unpacked"] == 2
    await process.label(PARCEL)
    view = (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()
    assert not view["desk"]["can_pack"]
    assert view["parcels"][0]["can_hand_over"]
    assert view["parcels"][0]["label_url"]


async def test_parcels_show_their_scans_in_the_order_they_happened(
    buyer: AsyncClient, order: PaidOrder, process: Process, database: Database
) -> None:
    await process.label(PARCEL, ParcelStatus.HANDED_OVER)
    async with database.transaction() as session:
        for hour, kind in ((12, "delivered"), (8, "in_transit"), (10, "out_for_delivery")):
            payload = {"occurred_at": f"2026-11-22T{hour:02}:00:00+00:00", "location": "Albany", "reason": ""}
            event = inbox.NewEvent("courier:swift", f"e{hour}", kind, f"SW{PARCEL[-5:]}", payload, 1)
            await inbox.store(session, event)
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    (parcel,) = view["parcels"]
    assert [scan["text"] for scan in parcel["scans"]] == ["On the road", "Out for delivery", "Delivered"]
    assert parcel["label_url"] is None
    assert (parcel["courier_name"], parcel["status_label"]) == ("Swift Parcel", "On its way")
    assert view["can_confirm_receipt"]


async def test_refunds_are_told_with_their_reason_and_in_the_money(
    buyer: AsyncClient, order: PaidOrder, process: Process, database: Database
) -> None:
    async with database.transaction() as session:
        await refunds.reserve(session, order.id, "op", Wanted(order.pieces), reason="lost")
        await refunds.note_taken(session, "op", "re_1", RefundState.SUCCEEDED, actor="system", now=clock.now())
    await process.stands("refunded", "refund_sent", waiting_on=Party.NOBODY)
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert view["refunds"][0]["reason"] == "The parcel had not arrived."
    assert view["money_text"].endswith("went back to the buyer's card.")


async def test_an_order_whose_process_has_not_begun_is_there_already(
    keeper: AsyncClient, database: Database, order: PaidOrder
) -> None:
    async with database.transaction() as session:
        await session.execute(text("delete from processes"))
    answer = await keeper.get("/api/v1/shop/orders")
    assert [item["status"] for item in answer.json()["items"]] == ["awaiting_acceptance"]
    assert (await keeper.get(f"/api/v1/shop/orders/{order.id}")).status_code == 200


async def test_other_peoples_orders_do_not_exist(
    stranger: AsyncClient, keeper: AsyncClient, buyer: AsyncClient, client: AsyncClient, order: PaidOrder
) -> None:
    assert (await stranger.get(f"/api/v1/orders/{order.id}")).status_code == 404
    assert (await stranger.get(f"/api/v1/shop/orders/{order.id}")).status_code == 403
    assert (await keeper.get(f"/api/v1/orders/{order.id}")).status_code == 404
    assert (await client.get(f"/api/v1/orders/{order.id}")).status_code == 401
    assert (await buyer.get("/api/v1/orders/ord_nothing")).status_code == 404
    assert (await stranger.get("/api/v1/orders")).json()["items"] == []
    assert (await stranger.post(f"/api/v1/orders/{order.id}/confirm-receipt")).status_code == 404


async def test_lists_are_paged_and_filtered(keeper: AsyncClient, buyer: AsyncClient, order: PaidOrder) -> None:
    mine = (await buyer.get("/api/v1/orders")).json()
    assert (mine["total"], mine["pages"]) == (1, 1)
    assert mine["items"][0]["pieces"] == 2
    assert mine["items"][0]["waiting_text"]
    sold = (await keeper.get("/api/v1/shop/orders?status=awaiting_acceptance")).json()
    assert [item["id"] for item in sold["items"]] == [order.id]
    assert (await keeper.get("/api/v1/shop/orders?status=completed&status=making")).json()["items"] == []
    assert (await keeper.get("/api/v1/shop/orders?status=lost-in-thought")).status_code == 422
    assert (await buyer.get("/api/v1/orders?page=0")).status_code == 422
    assert (await buyer.get("/api/v1/orders?page=7")).json()["items"] == []


@pytest.mark.usefixtures("process")
async def test_credit_that_waits_for_the_cards_part_is_not_said_to_be_back(
    buyer: AsyncClient, order: PaidOrder, database: Database
) -> None:
    """The provider refuses the card's 10.00, so the 5.00 beside them have not become credit yet either."""
    async with database.transaction() as session:
        row = await session.get_one(Order, order.id)
        row.credit_minor = row.total_minor - 1_000
        await refunds.reserve(session, order.id, "op", Wanted(amount_minor=1_500), reason="damaged")
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert [one["text"] for one in view["refunds"]] == ["being sent", "becomes store credit"]
    assert "$10.00 is on its way back to the buyer's card. $5.00 becomes store credit again." in view["money_text"]
    async with database.transaction() as session:
        await refunds.note_taken(session, "op", "re_1", RefundState.SUCCEEDED, actor="system", now=clock.now())
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert [one["text"] for one in view["refunds"]] == ["refunded", "given back as store credit"]
    assert "$10.00 went back to the buyer's card. $5.00 became store credit again." in view["money_text"]


@pytest.mark.usefixtures("process")
async def test_a_present_says_that_nothing_was_paid(buyer: AsyncClient, order: PaidOrder, database: Database) -> None:
    """All of its price off, in a checkout that others' pieces paid for."""
    async with database.transaction() as session:
        row = await session.get_one(Order, order.id)
        row.items_minor = row.shipping_minor = row.tax_minor = row.total_minor = row.fee_minor = 0
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert view["money_text"] == "Nothing was paid for this order."
