"""What the refund's steps do to the books, before and after the release: once, exactly, and back when it fails."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.fulfillment import FulfillmentActivities, RecordRefund, ReleaseFunds
from activities.refund import RefundRequestActivities
from activities.refunds import RefundActivities, SendRefund
from core.database import Database
from models.repositories import ledger, refund_requests, refunds
from models.repositories.refund_requests import AlreadyOpen
from models.repositories.refunds import Wanted
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.payout_postings import set_aside
from models.rules.refunds import OrderTerms, Share, share_of_pieces
from models.tables.ledger import Entry
from models.tables.orders import Order
from models.tables.refunds import Refund
from models.types import Money, RefundState
from tests.activities.fulfillment.conftest import progress as of_order
from tests.activities.refund.conftest import asked, failed, operation, reserve, taken
from tests.support.orders import PaidOrder
from tests.support.partners import MemoryRefunds


@pytest.fixture
def steps(database: Database) -> RefundRequestActivities:
    return RefundRequestActivities(database)


async def books(database: Database, order: PaidOrder) -> dict[str, int]:
    async with database.transaction() as session:

        async def of(kind: AccountKind, owner: str = "") -> int:
            return (await ledger.balance(session, kind, owner, "USD")).minor

        return {
            "held": -await of(AccountKind.ORDER_HELD, order.id),
            # The maker's, with what a new shop's reserve keeps of it.
            "payable": -await of(AccountKind.ARTISAN_PAYABLE, order.shop.id)
            - await of(AccountKind.ARTISAN_RESERVE, order.shop.id),
            "fees": -await of(AccountKind.FEES_EARNED),
            "tax": -await of(AccountKind.TAX_PAYABLE),
            "provider": await of(AccountKind.PROVIDER_PENDING),
        }


async def release(database: Database, order: PaidOrder, refunded: dict[str, int] | None = None) -> None:
    step = ReleaseFunds(order.id, f"fulfillment-{order.id}/release", refunded or {}, of_order(order, 9, "x", "y"))
    await FulfillmentActivities(database).release_funds(step)


async def test_a_whole_refund_after_the_release_takes_from_the_artisan_and_gives_the_fee_back(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    before = await books(database, order)
    await release(database, order)
    request = await asked(database, order, dict(order.pieces), order.total_minor)
    reserved = await asyncio.gather(*(steps.reserve(reserve(request, order.total_minor)) for _ in range(3)))
    assert {one.amount_minor for one in reserved} == {order.total_minor}
    await asyncio.gather(*(steps.note_taken(taken(request)) for _ in range(3)))
    after = await books(database, order)
    assert (after["held"], after["payable"], after["fees"], after["tax"]) == (0, 0, before["fees"], 0)
    assert before["provider"] - after["provider"] == order.total_minor
    async with database.transaction() as session:
        assert (await session.get_one(Order, order.id)).refunded_minor == order.total_minor


async def test_what_was_paid_out_leaves_a_debt_that_the_next_sale_nets(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    await release(database, order)
    paid_out = (await books(database, order))["payable"]
    async with database.transaction() as session:
        await ledger.post(
            session, "payout", PostingKind.SET_ASIDE, "p", set_aside(order.shop.id, Money(paid_out, "USD"))
        )
    request = await asked(database, order, dict(order.pieces), 5_000)
    await steps.reserve(reserve(request, 5_000))
    await steps.note_taken(taken(request))
    assert -5_000 < (await books(database, order))["payable"] < 0


async def test_two_refunds_at_once_do_not_exceed_what_was_paid(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    """A lost parcel's and the buyer's own, each for the whole order."""
    request = await asked(database, order, dict(order.pieces), order.total_minor)
    provider = MemoryRefunds()
    lost = SendRefund(order.id, f"fulfillment-{order.id}/refund-par_1", "k", {}, order.pieces, "lost")
    sent, reserved = await asyncio.gather(
        RefundActivities(database, provider).send_refund(lost), steps.reserve(reserve(request, order.total_minor))
    )
    assert sent.amount_minor + reserved.amount_minor == order.total_minor
    record = RecordRefund(
        order_id=order.id,
        operation=lost.operation,
        provider_id=sent.provider_id,
        amount_minor=sent.amount_minor,
        currency="USD",
        reason="lost",
        already={},
        pieces=order.pieces,
        progress=of_order(order, 3, "refunded", "refund_sent"),
    )
    await FulfillmentActivities(database).record_refund(record)
    if reserved.amount_minor:
        await steps.note_taken(taken(request, "re_other"))
    assert (await books(database, order))["held"] == 0


async def test_a_part_then_a_piece_then_the_rest_sum_to_the_whole(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    mug, scarf = order.pieces
    before = await books(database, order)
    sums = []
    for number, (pieces, amount) in enumerate((({mug: 1}, 700), ({scarf: 1}, None), (dict(order.pieces), None))):
        async with database.transaction() as session:
            row = await refunds.locked_order(session, order.id)
            now = await refunds.standing(session, row)
            worth = share_of_pieces(now.terms, now.left, now.back, pieces).total_minor
        wanted = amount or worth
        request = await asked(database, order, pieces, wanted)
        if number == 1:
            await release(database, order)
        sums.append((await steps.reserve(reserve(request, wanted))).amount_minor)
        await steps.note_taken(taken(request, f"re_{number}"))
        async with database.transaction() as session:
            await refund_requests.record(session, request, outcome="refund_confirmed", closed_at=row.created_at)
    assert sums[0] == 700
    assert sum(sums) == order.total_minor
    after = await books(database, order)
    assert (after["held"], after["payable"], after["tax"]) == (0, 0, 0)
    assert after["fees"] == before["fees"]
    request = await asked(database, order, dict(order.pieces), 1)
    assert (await steps.reserve(reserve(request, 1))).amount_minor == 0


@pytest.mark.parametrize("released", [False, True])
async def test_one_that_comes_back_is_booked_back_and_may_be_sent_again(
    database: Database, steps: RefundRequestActivities, order: PaidOrder, released: bool
) -> None:
    if released:
        await release(database, order)
    before = await books(database, order)
    request = await asked(database, order, dict(order.pieces), 3_000)
    await steps.reserve(reserve(request, 3_000))
    await steps.note_taken(taken(request, "re_1", RefundState.PENDING))
    sent = await books(database, order)
    assert sent != before
    await asyncio.gather(*(steps.note_failed(failed(request)) for _ in range(3)))
    assert await books(database, order) == before
    async with database.transaction() as session:
        assert (await session.get_one(Order, order.id)).refunded_minor == 0
        assert (await session.get_one(Refund, operation(request))).state == "failed"
    await steps.note_failed(failed(request, "re_old"))
    for _ in range(2):
        await steps.note_taken(taken(request, "re_2"))
    assert await books(database, order) == sent
    await steps.note_failed(failed(request, "re_1"))  # an old word about the first try
    assert await books(database, order) == sent
    with pytest.raises(ValueError, match="was taken, too"):
        await steps.note_taken(taken(request, "re_3"))


async def test_a_refund_written_down_before_the_release_stays_held_for_its_buyer(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    request = await asked(database, order, dict(order.pieces), 3_000)
    await steps.reserve(reserve(request, 3_000))
    await release(database, order)
    held = (await books(database, order))["held"]
    assert 0 < held < 3_000
    await steps.note_taken(taken(request))
    assert (await books(database, order))["held"] == 0
    await steps.note_failed(failed(request))
    assert (await books(database, order))["held"] == held


async def test_a_lost_piece_stays_held_although_its_refund_is_not_written_yet(
    database: Database, order: PaidOrder
) -> None:
    mug, _ = order.pieces
    await release(database, order, {mug: 1})
    held = (await books(database, order))["held"]
    sent = await RefundActivities(database, MemoryRefunds()).send_refund(
        SendRefund(order.id, f"fulfillment-{order.id}/refund-lost", "k", {}, {mug: 1}, "lost")
    )
    async with database.transaction() as session:
        row = await session.get_one(Refund, f"fulfillment-{order.id}/refund-lost")
        assert not row.after_release
        assert row.items_minor + row.shipping_minor == held
    assert sent.amount_minor > held


async def test_a_piece_that_an_amount_was_given_for_is_not_refunded_whole_once_more(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    _, scarf = order.pieces

    async def refund(amount: int) -> int:
        async with database.transaction() as session:
            row = await refunds.locked_order(session, order.id)
            now = await refunds.standing(session, row)
            worth = share_of_pieces(now.terms, now.left, now.back, {scarf: 1}, now.given).total_minor
        request = await asked(database, order, {scarf: 1}, max(1, worth))
        given = (await steps.reserve(reserve(request, min(amount, worth)))).amount_minor
        async with database.transaction() as session:
            await refund_requests.record(session, request, outcome="x", closed_at=row.created_at)
        return given

    async with database.transaction() as session:
        row = await refunds.locked_order(session, order.id)
        whole = share_of_pieces(*await _terms(session, row), {scarf: 1}).total_minor
    assert [await refund(whole - 100), await refund(whole), await refund(whole)] == [whole - 100, 100, 0]


async def _terms(session: AsyncSession, row: Order) -> tuple[OrderTerms, Share, Mapping[str, int]]:
    now = await refunds.standing(session, row)
    return now.terms, now.left, now.back


async def test_refunds_of_every_kind_at_once_never_exceed_what_was_paid(
    database: Database, steps: RefundRequestActivities, order: PaidOrder
) -> None:
    """Amounts, pieces and the whole, written down at the same time under the order's lock."""
    mug, scarf = order.pieces

    async def one(number: int, wanted: Wanted) -> int:
        async with database.transaction() as session:
            found = await refunds.reserve(session, order.id, f"op-{number}", wanted, reason="damaged")
            return found.amount_minor if found is not None else 0

    all_of_it = [
        *(Wanted({mug: 1}, 1_500), Wanted({mug: 1}), Wanted({scarf: 1}, 900), Wanted(amount_minor=2_000)),
        *(Wanted(dict(order.pieces)), Wanted({mug: 2}, 4_000), Wanted(dict(order.pieces), order.total_minor)),
    ]
    sums = await asyncio.gather(*(one(number, wanted) for number, wanted in enumerate(all_of_it)))
    assert sum(sums) <= order.total_minor
    assert sum(sums) + await one(99, Wanted(amount_minor=order.total_minor)) == order.total_minor


async def test_one_request_at_a_time_for_an_order(database: Database, order: PaidOrder) -> None:
    first = await asked(database, order, dict(order.pieces), 100)
    with pytest.raises(AlreadyOpen) as refused:
        await asked(database, order, dict(order.pieces), 100)
    assert refused.value.details["request_id"] == first


async def test_the_ledger_sums_to_zero(database: Database, steps: RefundRequestActivities, order: PaidOrder) -> None:
    request = await asked(database, order, dict(order.pieces), 999)
    await steps.reserve(reserve(request, 999))
    await release(database, order)
    await steps.note_taken(taken(request))
    async with database.transaction() as session:
        assert sum(await session.scalars(select(Entry.amount_minor))) == 0
