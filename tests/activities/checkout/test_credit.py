"""Store credit in the checkout's own steps: kept with the stock, spent with the sale, given back with a close or a
refund; and two payments never spend the same."""

import asyncio

import pytest
from temporalio.exceptions import ApplicationError

from activities.checkout import Sale
from activities.gateways.stripe_payments import StripePayments
from activities.refunds import RefundActivities, SendRefund
from core import clock
from core.database import Database
from models.repositories import checkouts, ledger, refunds, store_credit
from models.repositories.refunds import Wanted
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.credit_postings import credit_granted
from models.tables.orders import Order
from models.tables.selling import Checkout
from models.types import CheckoutStatus, Money, RefundState
from tests.activities.checkout.conftest import Case, progress
from tests.activities.checkout.test_ending import balance
from tests.support.buying import add_cart
from tests.support.marketplace import add_person

TOTAL = 20_800


async def grant(database: Database, person_id: str, minor: int, currency: str = "USD") -> None:
    async with database.transaction() as session:
        key = f"grant/{person_id}/{minor}/{currency}"
        entries = credit_granted(person_id, Money(minor, currency))
        await ledger.post(session, key, PostingKind.CREDIT_GRANTED, person_id, entries)


async def left(case: Case) -> int:
    async with case.database.transaction() as session:
        return (await store_credit.available(session, case.buyer_id, "USD")).minor


async def sold(case: Case, credit_minor: int) -> Sale:
    await case.reserve(credit_minor=credit_minor)
    whole = case.sale()
    fee = whole.provider_fee_minor if credit_minor < TOTAL else 0
    return await case.steps.complete_sale(
        type(whole)(whole.checkout_id, TOTAL - credit_minor, fee, whole.ship_by, whole.progress)
    )


async def refund(case: Case, order_id: str, operation: str, minor: int) -> tuple[int, int]:
    """What went to the card, and what became credit again."""
    before = -await balance(case, AccountKind.STORE_CREDIT, case.buyer_id)
    async with case.database.transaction() as session:
        row = await refunds.reserve(session, order_id, operation, Wanted(amount_minor=minor), reason="agreed")
        assert row is not None
        whole = await refunds.whole_minor(session, row)
        provider_id = f"re_{operation}"
        await refunds.note_taken(
            session, operation, provider_id, RefundState.SUCCEEDED, actor="system", now=clock.now()
        )
    credited = -await balance(case, AccountKind.STORE_CREDIT, case.buyer_id) - before
    return whole - credited, credited


async def test_credit_is_kept_with_the_stock_and_spent_with_the_sale(case: Case) -> None:
    await grant(case.database, case.buyer_id, 5_000)
    frozen = await case.reserve(credit_minor=5_000)
    assert (frozen.credit_minor, frozen.charge_minor, frozen.paid_with_credit) == (5_000, 15_800, False)
    assert await left(case) == 0
    assert await balance(case, AccountKind.STORE_CREDIT, case.buyer_id) == -5_000
    whole = case.sale()
    sale = type(whole)(whole.checkout_id, 15_800, 400, whole.ship_by, whole.progress)
    assert await case.steps.complete_sale(sale) == await case.steps.complete_sale(sale)
    assert await balance(case, AccountKind.STORE_CREDIT, case.buyer_id) == 0
    assert await balance(case, AccountKind.PROVIDER_PENDING) == 15_800 - 400
    async with case.database.transaction() as session:
        checkout = await session.get_one(Checkout, case.checkout_id)
        parts = [
            (await session.get_one(Order, order_id)).credit_minor
            for order_id in (await case.steps.complete_sale(sale)).order_ids.values()
        ]
    assert checkout.credit_minor == 5_000
    assert sorted(parts) == [2_400, 2_600]


async def test_all_of_it_by_credit_leaves_the_provider_out(case: Case) -> None:
    await grant(case.database, case.buyer_id, 30_000)
    await sold(case, TOTAL)
    assert await left(case) == 30_000 - TOTAL
    assert await balance(case, AccountKind.PROVIDER_PENDING) == 0
    assert await balance(case, AccountKind.PROCESSING_FEES) == 0


async def test_a_checkout_that_closes_unpaid_gives_the_credit_back_once(case: Case) -> None:
    await grant(case.database, case.buyer_id, 5_000)
    await case.reserve(credit_minor=5_000)
    for _ in range(2):
        await case.steps.close_unpaid(case.close())
    assert await left(case) == 5_000
    assert await balance(case, AccountKind.STORE_CREDIT, case.buyer_id) == -5_000


async def test_a_late_close_gives_back_nothing_that_was_spent(case: Case) -> None:
    await grant(case.database, case.buyer_id, 5_000)
    await sold(case, 5_000)
    await case.steps.close_unpaid(case.close())
    assert await left(case) == 0


@pytest.mark.parametrize(
    ("has", "wants", "code"),
    [
        (4_999, 5_000, "credit_changed"),
        (0, 1, "credit_changed"),
        (90_000, TOTAL + 1, "invalid_input"),
        (90_000, TOTAL - 49, "invalid_input"),  # the provider takes 0.50 or more
    ],
)
async def test_what_cannot_be_used_is_refused_without_a_trace(case: Case, has: int, wants: int, code: str) -> None:
    if has:
        await grant(case.database, case.buyer_id, has)
    refused = await case.refused(credit_minor=wants)
    assert refused.type == code
    assert await left(case) == has
    assert await case.stock() == {case.mug: (5, 0), case.scarf: (1, 0)}
    assert await case.cart() == ("open", 1)


async def test_credit_of_another_currency_or_person_is_none(case: Case) -> None:
    await grant(case.database, case.buyer_id, 5_000, "EUR")
    async with case.database.transaction() as session:
        stranger, _ = await add_person(session)
    await grant(case.database, stranger, 5_000)
    refused = await case.refused(credit_minor=5_000)
    assert (refused.type, refused.details[0]["available_minor"]) == ("credit_changed", 0)


async def test_two_payments_at_once_do_not_spend_the_same_credit(case: Case) -> None:
    await grant(case.database, case.buyer_id, 6_000)
    async with case.database.transaction() as session:
        # The unique cart of a person aside: what protects the credit is its own lock.
        other = await add_cart(session, (await add_person(session))[0], {case.mug: 1})
        checkout = Checkout(
            id=f"checkout-{other}-1",
            cart_id=other,
            attempt=1,
            buyer_id=case.buyer_id,
            address_id=case.address_id,
            currency="USD",
            items_minor=9_000,
            shipping_minor=0,
            tax_minor=0,
            total_minor=9_000,
        )
        session.add(checkout)

    async def elsewhere() -> None:
        async with case.database.transaction() as session:
            await store_credit.claim(session, case.buyer_id, Money(9_000, "USD"), Money(6_000, "USD"))
            await store_credit.keep(session, checkout.id, case.buyer_id, Money(6_000, "USD"))

    ended = await asyncio.gather(elsewhere(), case.reserve(credit_minor=6_000), return_exceptions=True)
    refused = [one for one in ended if isinstance(one, Exception)]
    assert [getattr(one, "type", getattr(one, "code", "")) for one in refused] == ["credit_changed"]
    assert await left(case) == 0


async def test_refunds_go_to_the_card_first_and_then_become_credit_again(case: Case) -> None:
    await grant(case.database, case.buyer_id, 10_000)
    order_id = (await sold(case, 10_000)).order_ids[case.pottery.id]
    async with case.database.transaction() as session:
        order = await session.get_one(Order, order_id)
    assert (order.total_minor, order.credit_minor) == (10_816, 5_200)
    assert await refund(case, order_id, "one", 3_000) == (3_000, 0)
    assert await refund(case, order_id, "two", 4_000) == (2_616, 1_384)
    assert await refund(case, order_id, "three", 90_000) == (0, 3_816)
    assert await balance(case, AccountKind.ORDER_HELD, order_id) == 0
    assert await left(case) == 5_200
    async with case.database.transaction() as session:
        assert (await session.get_one(Order, order_id)).refunded_minor == 10_816
        assert await refunds.reserve(session, order_id, "four", Wanted(amount_minor=1), reason="agreed") is None


async def test_a_refund_that_fails_at_the_bank_leaves_the_credit_that_came_back(case: Case) -> None:
    await grant(case.database, case.buyer_id, 10_000)
    order_id = (await sold(case, 10_000)).order_ids[case.pottery.id]
    assert await refund(case, order_id, "all", 90_000) == (5_616, 5_200)
    async with case.database.transaction() as session:
        assert await refunds.note_failed(session, "all", "re_all", actor="system")
    assert await left(case) == 5_200
    assert await balance(case, AccountKind.ORDER_HELD, order_id) < 0
    async with case.database.transaction() as session:
        await refunds.note_taken(session, "all", "re_2", RefundState.SUCCEEDED, actor="system", now=clock.now())
    assert (await left(case), await balance(case, AccountKind.ORDER_HELD, order_id)) == (5_200, 0)


async def test_a_refund_of_credit_alone_asks_no_provider(case: Case) -> None:
    await grant(case.database, case.buyer_id, TOTAL)
    order_id = (await sold(case, TOTAL)).order_ids[case.pottery.id]
    nobody = StripePayments("sk_test_none", api_base="http://127.0.0.1:9")
    steps = RefundActivities(case.database, nobody)
    wanted = SendRefund(order_id, "lost-1", "k", {}, {case.mug: 2}, "lost")
    sent = await steps.send_refund(wanted)
    assert (sent.amount_minor, sent.state) == (10_816, RefundState.SUCCEEDED)
    assert await steps.send_refund(wanted) == sent
    await nobody.aclose()


async def test_an_order_that_is_reserved_twice_keeps_its_credit_once(case: Case) -> None:
    await grant(case.database, case.buyer_id, 5_000)
    told = progress(case.checkout_id, CheckoutStatus.PLACING)
    first = await case.reserve(credit_minor=5_000, progress=told)
    assert await case.reserve(credit_minor=5_000, progress=told) == first
    assert await left(case) == 0


async def test_a_refused_reservation_is_an_application_error_with_what_is_left(case: Case) -> None:
    await grant(case.database, case.buyer_id, 1_234)
    with pytest.raises(ApplicationError) as refused:
        await case.reserve(credit_minor=2_000)
    assert refused.value.details[0] == {"available_minor": 1_234, "usable_minor": 1_234}


async def test_a_provider_that_does_not_take_the_cards_part_keeps_no_credit(case: Case) -> None:
    await grant(case.database, case.buyer_id, 10_000)
    order_id = (await sold(case, 10_000)).order_ids[case.pottery.id]
    async with case.database.transaction() as session:
        charged = Money(TOTAL - 10_000, "USD")
        await checkouts.save_payment(
            session, case.checkout_id, "cs_1", state="captured", amount=charged, intent_id="pi_1", fee_minor=0
        )
    nobody = StripePayments("sk_test_none", api_base="http://127.0.0.1:9")
    wanted = SendRefund(order_id, "lost-1", "k", {}, {case.mug: 2}, "lost")
    for _ in range(2):
        with pytest.raises(ApplicationError) as away:
            await RefundActivities(case.database, nobody).send_refund(wanted)
        assert away.value.type == "partner_unavailable"
        assert await left(case) == 5_200
    async with case.database.transaction() as session:
        states = {row.id: row.state for row in await refunds.of_order(session, order_id)}
        assert states == {"lost-1": "sending", "lost-1/credit": "succeeded"}
        await refunds.note_taken(session, "lost-1", "re_1", RefundState.SUCCEEDED, actor="system", now=clock.now())
    assert (await left(case), await balance(case, AccountKind.ORDER_HELD, order_id)) == (5_200, 0)
    await nobody.aclose()
