"""The fulfilment's steps in our database: once, whole, and to the cent."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from activities.fulfillment import (
    CancelUnsent,
    CloseUnaccepted,
    FulfillmentActivities,
    OpenOrder,
    PromiseShipBy,
    RecordAttempt,
    RecordHandOver,
    RecordLabel,
    RecordRefund,
    ReleaseFunds,
)
from core import clock
from core.database import Database
from models.repositories import ledger, orders, parcels, refunds
from models.repositories.effects import remember
from models.repositories.processes import read_process, read_timeline
from models.repositories.refunds import Wanted
from models.rules.bookkeeping import AccountKind
from models.rules.refunds import part
from models.tables.catalogue import Stock
from models.tables.ledger import Entry, Posting
from models.tables.orders import Order, Parcel
from models.tables.refunds import Refund
from models.types import ParcelStatus
from tests.activities.fulfillment.conftest import progress
from tests.support.orders import PaidOrder


async def balances(database: Database, order: PaidOrder) -> dict[str, int]:
    async with database.transaction() as session:
        wanted = {
            "held": (AccountKind.ORDER_HELD, order.id),
            "payable": (AccountKind.ARTISAN_PAYABLE, order.shop.id),
            "reserve": (AccountKind.ARTISAN_RESERVE, order.shop.id),
            "tax": (AccountKind.TAX_PAYABLE, ""),
            "fees": (AccountKind.FEES_EARNED, ""),
            "provider": (AccountKind.PROVIDER_PENDING, ""),
        }
        found = {
            name: (await ledger.balance(session, kind, owner, "USD")).minor for name, (kind, owner) in wanted.items()
        }
        assert await session.scalar(select(func.sum(Entry.amount_minor))) == 0
    return found


async def refund(
    database: Database, order: PaidOrder, name: str, *, already: dict[str, int], pieces: dict[str, int]
) -> RecordRefund:
    """The step that records a refund of just what the pieces are worth."""
    async with database.transaction() as session:
        terms = await refunds.terms_of(session, await orders.get_order(session, order.id))
    return RecordRefund(
        order_id=order.id,
        operation=f"fulfillment-{order.id}/refund-{name}",
        provider_id=f"re_{name}",
        amount_minor=part(terms, already, pieces).total_minor,
        currency="USD",
        reason="lost",
        already=already,
        pieces=pieces,
        progress=progress(order, 9, "refunding", "refund_sent"),
    )


async def test_an_order_opens_with_its_lines_and_its_first_line(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    begin = OpenOrder(order.id, progress(order, 1, "awaiting_acceptance", "order_received"))
    assert (await steps.open(begin)).pieces == order.pieces
    await steps.open(begin)
    async with database.transaction() as session:
        process = await read_process(session, f"fulfillment-{order.id}")
        story = await read_timeline(session, f"fulfillment-{order.id}")
    assert process is not None
    assert process.status == "awaiting_acceptance"
    assert [entry.what for entry in story] == ["order_received"]


async def test_the_promise_becomes_a_date(database: Database, steps: FulfillmentActivities, order: PaidOrder) -> None:
    ship_by = clock.now() + timedelta(days=3)
    await steps.promise_ship_by(PromiseShipBy(order.id, ship_by, progress(order, 2, "making", "order_accepted")))
    async with database.transaction() as session:
        assert (await session.get_one(Order, order.id)).ship_by == ship_by


@pytest.mark.parametrize(("restock", "added"), [(True, [1, 2]), (False, [0, 0])])
async def test_declined_pieces_go_back_on_sale_once_when_they_exist(
    database: Database, steps: FulfillmentActivities, order: PaidOrder, restock: bool, added: list[int]
) -> None:
    async def stock() -> dict[str, int]:
        async with database.transaction() as session:
            rows = await session.scalars(select(Stock).where(Stock.listing_id.in_(order.pieces)))
            return {row.listing_id: row.on_hand for row in rows}

    before = await stock()
    close = CloseUnaccepted(order.id, restock, progress(order, 2, "refunding", "order_declined"))
    await asyncio.gather(*(steps.close_unaccepted(close) for _ in range(3)))
    after = await stock()
    assert sorted(after[key] - before[key] for key in before) == added


async def test_a_refund_is_booked_once_and_a_part_to_the_cent(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    mug, scarf = order.pieces
    before = await balances(database, order)
    step = await refund(database, order, "a", already={}, pieces={scarf: 1})
    await asyncio.gather(*(steps.record_refund(step) for _ in range(4)))
    after = await balances(database, order)
    assert after["provider"] - before["provider"] == -step.amount_minor
    assert after["held"] - before["held"] + after["tax"] - before["tax"] == step.amount_minor
    second = await refund(database, order, "b", already={scarf: 1}, pieces={mug: 2})
    await steps.record_refund(second)
    assert step.amount_minor + second.amount_minor == order.total_minor
    final = await balances(database, order)
    assert (final["held"], final["tax"], final["payable"], final["fees"]) == (0, 0, 0, 0)
    async with database.transaction() as session:
        assert (await session.get_one(Order, order.id)).refunded_minor == order.total_minor
        assert await session.scalar(select(func.count()).select_from(Refund)) == 2


async def test_more_than_was_paid_is_never_refunded(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    whole = await refund(database, order, "whole", already={}, pieces=dict(order.pieces))
    await steps.record_refund(whole)
    again = replace(whole, operation=f"{whole.operation}-again", provider_id="re_again")
    with pytest.raises(ValueError, match="due 0"):
        await steps.record_refund(again)
    with pytest.raises(ValueError, match="due"):
        await steps.record_refund(replace(again, amount_minor=1))
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Refund)) == 1
        assert await session.scalar(select(func.count()).select_from(Posting)) == 2


async def test_the_rest_is_released_once_less_its_fee(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    mug, scarf = order.pieces
    await steps.record_refund(await refund(database, order, "a", already={}, pieces={scarf: 1}))
    release = ReleaseFunds(
        order_id=order.id,
        step_key=f"fulfillment-{order.id}/release",
        refunded={scarf: 1},
        progress=progress(order, 10, "completed", "funds_released", is_final=True),
    )
    await asyncio.gather(*(steps.release_funds(release) for _ in range(3)))
    after = await balances(database, order)
    assert after["held"] == 0
    # two mugs of 24.00 with 3.00 of the shipping (48/128 of 8.00); 6.5 % of the goods are ours, rounded on the order
    earned = after["payable"] + after["reserve"]
    assert earned + after["fees"] == -(4_800 + 300)
    assert after["reserve"] == -(-earned // 10), "a new shop's reserve is a tenth, and a fraction is the artisan's"
    assert abs(-after["fees"] - 312) <= 1
    assert mug


async def test_a_release_whose_answer_got_lost_is_the_same_after_a_refund(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    """Repeated when the buyer has already got a part of it back."""
    release = ReleaseFunds(
        order_id=order.id,
        step_key=f"fulfillment-{order.id}/release",
        refunded={},
        progress=progress(order, 10, "completed", "funds_released", is_final=True),
    )
    await steps.release_funds(release)
    async with database.transaction() as session:
        assert await refunds.reserve(session, order.id, "refund-1/refund", Wanted(amount_minor=1_000), reason="damaged")
    before = await balances(database, order)
    await steps.release_funds(release)
    assert await balances(database, order) == before


async def test_a_parcel_from_its_label_to_its_delivery(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    label = RecordLabel(
        order_id=order.id,
        parcel_id="par_1",
        courier="swift",
        service="standard",
        tracking_number="SW1",
        label_key="label-1",
        price_minor=690,
        currency="USD",
        pieces=order.pieces,
        progress=progress(order, 3, "ready_to_ship", "label_bought"),
    )
    async with database.transaction() as session:
        await remember(session, "label-1", {"label_url": "https://swift.example/1"})
    hand_over = RecordHandOver("par_1", clock.now(), progress(order, 4, "in_transit", "parcel_handed_over"))
    failed = RecordAttempt(
        parcel_id="par_1",
        attempt=1,
        outcome="failed",
        status=ParcelStatus.HANDED_OVER,
        next_attempt=2,
        progress=progress(order, 5, "in_transit", "delivery_failed"),
    )
    delivered = RecordAttempt(
        parcel_id="par_1",
        attempt=2,
        outcome="delivered",
        status=ParcelStatus.DELIVERED,
        delivered_at=clock.now(),
        progress=progress(order, 6, "delivered", "parcel_delivered"),
    )
    for _ in range(2):  # each activity may run again after its answer was lost
        await steps.record_label(label)
    for _ in range(2):
        await steps.record_hand_over(hand_over)
    for _ in range(2):
        await steps.record_attempt(failed)
    async with database.transaction() as session:
        assert (await session.get_one(Parcel, "par_1")).attempt == 2
        assert await parcels.is_recorded(session, "par_1", 1)
        assert not await parcels.is_recorded(session, "par_1", 2)
    for _ in range(2):
        await steps.record_attempt(delivered)
    await steps.record_attempt(failed)  # by a worker that everybody thought dead
    async with database.transaction() as session:
        (facts,) = await parcels.parcels_of(session, order.id)
        assert facts.pieces == order.pieces
        assert facts.parcel.status == "delivered"
        assert facts.parcel.delivered_at == delivered.delivered_at
        assert await parcels.is_recorded(session, "par_1", 2)


async def test_labels_that_are_not_needed_are_cancelled(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    async with database.transaction() as session:
        await remember(session, "label-1", {"label_url": "https://swift.example/1"})
    for number, usable in ((1, True), (2, False)):
        await steps.record_label(
            RecordLabel(
                order_id=order.id,
                parcel_id=f"par_{number}",
                courier="swift",
                service="standard",
                tracking_number=f"SW{number}",
                label_key="label-1",
                price_minor=690,
                currency="USD",
                pieces=order.pieces,
                usable=usable,
                progress=progress(order, 3, "ready_to_ship", "label_bought"),
            )
        )
    await steps.cancel_unsent(CancelUnsent(order.id, progress(order, 4, "refunding", "shipping_cancelled")))
    async with database.transaction() as session:
        found = await parcels.parcels_of(session, order.id)
    assert [facts.parcel.status for facts in found] == ["cancelled", "cancelled"]
