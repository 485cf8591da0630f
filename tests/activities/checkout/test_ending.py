"""How an attempt ends: sold once, or freed once, whatever is repeated; and the story in SQL never runs backwards."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from activities.checkout import AssessRisk, HoldForReview, Sale, UpdateSearch
from core import clock
from models.repositories import ledger
from models.repositories.processes import read_process, read_timeline
from models.rules.bookkeeping import AccountKind
from models.tables.catalogue import ListingSearch
from models.tables.ledger import Posting
from models.tables.orders import Order, OrderLine
from models.tables.processes import Process
from models.tables.selling import Checkout, Reservation
from models.types import CheckoutStatus
from tests.activities.checkout.conftest import Case, progress
from tests.support.buying import fingerprint


async def balance(case: Case, kind: AccountKind, owner: str = "") -> int:
    async with case.database.transaction() as session:
        return (await ledger.balance(session, kind, owner, "USD")).minor


async def test_a_sale_is_pieces_orders_ledger_and_cart_in_one(case: Case) -> None:
    await case.reserve()
    sale = await case.steps.complete_sale(case.sale())
    assert set(sale.order_ids) == {case.pottery.id, case.weavers.id}
    assert sale.sold_out == (case.scarf,)
    assert await case.stock() == {case.mug: (3, 0), case.scarf: (0, 0)}
    assert (await case.cart())[0] == "ordered"
    async with case.database.transaction() as session:
        orders = (await session.scalars(select(Order).order_by(Order.total_minor.desc()))).all()
        lines = (await session.scalars(select(OrderLine).order_by(OrderLine.quantity))).all()
        checkout = await session.get_one(Checkout, case.checkout_id)
    assert checkout.paid
    assert [order.total_minor for order in orders] == [10_816, 9_984]
    assert sum(order.total_minor for order in orders) == checkout.total_minor
    assert [(line.listing_id, line.quantity) for line in lines] == [(case.scarf, 1), (case.mug, 2)]
    assert await balance(case, AccountKind.PROVIDER_PENDING) == 20_800 - 633
    assert await balance(case, AccountKind.PROCESSING_FEES) == 633
    assert await balance(case, AccountKind.TAX_PAYABLE) == -800
    assert [await balance(case, AccountKind.ORDER_HELD, order.id) for order in orders] == [-10_400, -9_600]


async def test_a_sale_that_is_completed_twice_is_one_sale(case: Case) -> None:
    await case.reserve()
    first = await case.steps.complete_sale(case.sale())
    before = await fingerprint(case.database)
    assert await case.steps.complete_sale(case.sale()) == first
    assert await fingerprint(case.database) == before


async def test_a_sale_completed_by_two_workers_at_once_is_one_sale(case: Case) -> None:
    await case.reserve()
    sales: list[Sale] = await asyncio.gather(*(case.steps.complete_sale(case.sale()) for _ in range(5)))
    assert all(sale == sales[0] for sale in sales)
    assert await case.stock() == {case.mug: (3, 0), case.scarf: (0, 0)}
    async with case.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Order)) == 2
        assert await session.scalar(select(func.count()).select_from(Posting)) == 1


async def test_closing_unpaid_frees_the_pieces_and_gives_the_cart_back_once(case: Case) -> None:
    await case.reserve()
    await case.steps.close_unpaid(case.close())
    assert await case.stock() == {case.mug: (5, 0), case.scarf: (1, 0)}
    assert await case.cart() == ("open", 2)
    async with case.database.transaction() as session:
        states = set(await session.scalars(select(Reservation.state)))
    assert states == {"released"}
    await asyncio.gather(*(case.steps.close_unpaid(case.close()) for _ in range(3)))
    assert await case.stock() == {case.mug: (5, 0), case.scarf: (1, 0)}
    assert await case.cart() == ("open", 2)


async def test_a_late_close_does_not_touch_the_next_attempt(case: Case) -> None:
    await case.reserve()
    await case.steps.close_unpaid(case.close())
    second = f"checkout-{case.cart_id}-2"
    await case.reserve(checkout_id=second, attempt=2, progress=progress(second, CheckoutStatus.PLACING))
    await case.steps.close_unpaid(case.close())
    assert await case.stock() == {case.mug: (5, 2), case.scarf: (1, 1)}
    assert await case.cart() == ("checking_out", 2)


async def test_the_database_allows_one_paid_attempt_for_a_cart(case: Case) -> None:
    await case.reserve()
    await case.steps.complete_sale(case.sale())
    try:
        async with case.database.transaction() as session:
            paid = await session.get_one(Checkout, case.checkout_id)
            columns = {column.key: getattr(paid, column.key) for column in Checkout.__table__.columns}
            session.add(Checkout(**{**columns, "id": "another", "attempt": 2}))
    except IntegrityError as refused:
        assert "uq_checkouts_cart_paid" in str(refused)
    else:
        raise AssertionError("a second paid attempt was stored")


async def test_a_review_keeps_the_pieces_for_as_long_as_it_lasts(case: Case) -> None:
    await case.reserve()
    until = clock.now() + timedelta(days=1)
    told = progress(case.checkout_id, CheckoutStatus.HELD_FOR_REVIEW, 2, "checkout_held")
    await case.steps.hold_for_review(HoldForReview(case.checkout_id, until, told))
    async with case.database.transaction() as session:
        assert set(await session.scalars(select(Reservation.expires_at))) == {until}


async def test_the_risk_score_is_kept_with_its_reasons(case: Case) -> None:
    await case.reserve()
    told = progress(case.checkout_id, CheckoutStatus.CAPTURING, 2, "payment_authorised")
    assessed = await case.steps.assess_risk(AssessRisk(case.checkout_id, 3, "DE", None, told))
    assert (assessed.score, assessed.hold) == (15 + 5 + 25 + 20, True)
    async with case.database.transaction() as session:
        checkout = await session.get_one(Checkout, case.checkout_id)
    assert checkout.risk_score == assessed.score
    assert set(checkout.risk_reasons) == {"new_account", "first_purchase", "several_declines", "card_from_elsewhere"}


async def test_a_late_or_repeated_line_changes_no_status_and_loses_no_line(case: Case) -> None:
    placing = progress("checkout-x-1", CheckoutStatus.PLACING)
    declined = progress("checkout-x-1", CheckoutStatus.AWAITING_PAYMENT, 2, "payment_declined")
    paid = progress("checkout-x-1", CheckoutStatus.PAID, 3, "checkout_paid")
    for told in (placing, paid, declined, placing, paid):
        await case.steps.record(told)
    async with case.database.transaction() as session:
        process = await read_process(session, "checkout-x-1")
        timeline = await read_timeline(session, "checkout-x-1")
    assert process is not None
    assert (process.status, process.sequence, process.is_final) == ("paid", 3, True)
    assert [entry.what for entry in timeline] == ["checkout_placed", "payment_declined", "checkout_paid"]
    assert list(timeline) == [*placing.entries, *declined.entries, *paid.entries]


async def test_a_status_may_change_without_a_new_line(case: Case) -> None:
    placing = progress("checkout-x-1", CheckoutStatus.PLACING)
    await case.steps.record(placing)
    await case.steps.record(replace(placing, status="awaiting_payment", entries=()))
    async with case.database.transaction() as session:
        assert await session.scalar(select(Process.status)) == "awaiting_payment"


async def test_many_lines_at_once_end_with_the_newest_status(case: Case) -> None:
    told = [progress("checkout-x-1", CheckoutStatus.AWAITING_PAYMENT, n, "payment_declined") for n in range(1, 9)]
    told.append(progress("checkout-x-1", CheckoutStatus.PAID, 9, "checkout_paid"))
    await asyncio.gather(*(case.steps.record(one) for one in reversed(told)))
    async with case.database.transaction() as session:
        process = await read_process(session, "checkout-x-1")
        assert process is not None
        assert (process.status, process.sequence) == ("paid", 9)
        assert [entry.sequence for entry in await read_timeline(session, "checkout-x-1")] == list(range(1, 10))


async def test_a_sold_out_piece_leaves_what_is_in_stock(case: Case) -> None:
    await case.reserve()
    sale = await case.steps.complete_sale(case.sale())
    for _ in range(2):
        await case.steps.update_search(UpdateSearch(sale.sold_out))
    async with case.database.transaction() as session:
        in_stock = (await session.scalars(select(ListingSearch.listing_id).where(ListingSearch.in_stock))).all()
    assert in_stock == [case.mug]
