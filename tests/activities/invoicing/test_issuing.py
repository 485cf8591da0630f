"""Invoices on a real database: once for each event, numbered without a gap, never changed, and right to the cent."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from activities.invoicing import InvoicingActivities, IssueDue
from core import clock
from core.database import Database
from models.errors import NotFound
from models.repositories import invoices, invoicing, ledger, privacy_erasing, refunds, statements, taxes
from models.repositories.refunds import Wanted
from models.rules import order_postings, payout_postings, refund_postings
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.invoices import SHIPPING
from models.rules.refunds import Share
from models.rules.tax.identifiers import checked_tax_id
from models.tables.catalogue import Shop
from models.tables.invoices import Invoice, InvoiceSeries
from models.tables.orders import Order
from models.tables.refunds import Refund
from models.types import Money, RefundState, new_id
from tests.support.commissioned import add_finished
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.orders import PaidOrder, add_paid_order

TODAY = datetime.now(UTC)
"""The ledger is stamped by the database's own clock, which no test moves."""
MONTH, YEAR = statements.name_of(TODAY), TODAY.year
NEXT_MONTH = statements.month_of(MONTH)[1] + timedelta(hours=2)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session, name="Saltmarsh")


async def sold(database: Database, shop: TestShop, quantity: int = 2) -> PaidOrder:
    """So many mugs at USD 24.00."""
    async with database.transaction() as session:
        mug = await add_listing(session, shop, Piece(price_minor=2_400, on_hand=9))
        return await add_paid_order(session, shop, {mug: quantity})


async def issue(database: Database, order_id: str) -> list[invoices.Issued]:
    async with database.transaction() as session:
        return await invoicing.issue_for_order(session, order_id, clock.now())


async def refund(database: Database, order: PaidOrder, share: Share, pieces: dict[str, int] | None = None) -> str:
    """One that has arrived."""
    refund_id = f"refund-{new_id('rfr')}/send"
    async with database.transaction() as session:
        session.add(
            Refund(
                id=refund_id,
                order_id=order.id,
                provider_id=new_id("re"),
                currency="USD",
                amount_minor=share.total_minor,
                items_minor=share.items_minor,
                shipping_minor=share.shipping_minor,
                tax_minor=share.tax_minor,
                fee_minor=share.fee_minor,
                pieces=pieces or {},
                reason="damaged",
                state=RefundState.SUCCEEDED.value,
                settled_at=clock.now(),
            )
        )
    return refund_id


async def test_an_order_is_invoiced_once_and_says_who_sold_what_to_whom(database: Database, shop: TestShop) -> None:
    order = await sold(database, shop)
    (invoice,) = await issue(database, order.id)
    assert invoice.draft.total_minor == order.total_minor
    assert [(line.text, line.quantity, line.net_minor) for line in invoice.draft.lines] == [
        ("Speckled mug", 2, 4_800),
        ("", 1, 800),
    ]
    assert invoice.addressee is not None
    assert invoice.addressee.sold_by == "Saltmarsh"
    assert invoice.issued_at == clock.now()
    assert (await issue(database, order.id)) == [invoice]


async def test_everybody_at_once_gets_a_number_of_their_own_and_none_is_left_out(
    database: Database, shop: TestShop
) -> None:
    """Four orders, each asked for by four at the same moment, and one transaction that breaks in the middle."""
    orders = [await sold(database, shop) for _ in range(4)]
    broken = await sold(database, shop)

    async def breaks() -> None:
        with pytest.raises(ConnectionError):
            async with database.transaction() as session:
                await invoicing.issue_for_order(session, broken.id, clock.now())
                raise ConnectionError

    await asyncio.gather(*(issue(database, order.id) for order in orders * 4), breaks(), breaks())
    async with database.transaction() as session:
        numbers = (await session.scalars(select(Invoice.number).order_by(Invoice.number))).all()
        counted = await session.scalar(select(InvoiceSeries.last).where(InvoiceSeries.series == "INV"))
        assert await invoices.gaps(session) == []
    assert numbers == [f"INV-{YEAR}-{number:06d}" for number in range(1, 5)]
    assert counted == 4


async def test_a_new_year_counts_from_one(database: Database, shop: TestShop) -> None:
    await issue(database, (await sold(database, shop)).id)
    with time_machine.travel(datetime(YEAR + 1, 1, 1, 0, 0, 1, tzinfo=UTC), tick=False):
        (first,) = await issue(database, (await sold(database, shop)).id)
    assert first.number == f"INV-{YEAR + 1}-000001"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET total_minor = 1, net_minor = 1, tax_minor = 0",
        "UPDATE invoices SET document = '{}'",
        "UPDATE invoices SET sealed = 'x'",
        "DELETE FROM invoices",
        "TRUNCATE invoices CASCADE",
        "UPDATE invoice_series SET last = 0",
        "UPDATE invoice_series SET last = last + 2",
        "DELETE FROM invoice_series",
    ],
)
async def test_what_is_issued_is_never_changed(database: Database, shop: TestShop, statement: str) -> None:
    await issue(database, (await sold(database, shop)).id)
    with pytest.raises((DBAPIError, IntegrityError), match=r"never changed|only counts up"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_refunds_become_credit_notes_that_end_at_the_invoice(database: Database, shop: TestShop) -> None:
    order = await sold(database, shop)
    (mug,) = order.pieces
    await refund(database, order, Share(2_400, 400, 112, 156), {mug: 1})
    invoice, note = await issue(database, order.id)
    assert (note.number, note.corrects) == (f"CRN-{YEAR}-000001", invoice.number)
    assert [(line.item, line.quantity, line.net_minor) for line in note.draft.lines] == [
        (mug, 1, 2_400),
        ("shipping", 1, 400),
    ]
    assert note.draft.total_minor == 2_912
    await refund(database, order, Share(2_400, 400, 112, 156), {mug: 1})
    notes = (await issue(database, order.id))[1:]
    assert sum(one.draft.total_minor for one in notes) == invoice.draft.total_minor
    assert sum(one.draft.tax_minor for one in notes) == invoice.draft.tax_minor
    assert len({one.number for one in notes}) == 2
    assert await issue(database, order.id) == [invoice, *notes]


async def test_what_becomes_store_credit_is_credited_on_the_lines_of_its_pieces(
    database: Database, shop: TestShop
) -> None:
    """One mug of two goes back, half of it to the card and half as credit; the bowl stays, and nothing is off it."""
    async with database.transaction() as session:
        mug = await add_listing(session, shop, Piece(price_minor=2_400, on_hand=9))
        bowl = await add_listing(session, shop, Piece(title="Bowl", price_minor=9_000, on_hand=1))
        order = await add_paid_order(session, shop, {mug: 2, bowl: 1})
        row = await session.get_one(Order, order.id)
        row.credit_minor = row.total_minor - 1_000
    async with database.transaction() as session:
        await refunds.reserve(session, order.id, "one", Wanted({mug: 1}), reason="damaged")
        await refunds.note_taken(session, "one", "re_1", RefundState.SUCCEEDED, actor="system", now=clock.now())
    sold, *notes = await issue(database, order.id)
    assert len(notes) == 2
    assert {line.item for note in notes for line in note.draft.lines} == {mug, SHIPPING}
    assert sum(line.net_minor for note in notes for line in note.draft.lines if line.item == mug) == 2_400
    of_mug = sum(note.draft.tax_of(mug) for note in notes)
    assert abs(of_mug - sold.draft.tax_of(mug) // 2) <= 1, "two notes round twice"


async def test_a_refund_that_has_not_arrived_has_no_credit_note_yet(database: Database, shop: TestShop) -> None:
    order = await sold(database, shop)
    refund_id = await refund(database, order, Share(4_800, 800, 224, 312))
    async with database.transaction() as session:
        await session.execute(update(Refund).where(Refund.id == refund_id).values(state=RefundState.PENDING.value))
    assert len(await issue(database, order.id)) == 1


async def test_once_somebody_is_erased_nothing_on_it_names_them_and_the_rest_stays(
    database: Database, shop: TestShop
) -> None:
    order = await sold(database, shop)
    (before,) = await issue(database, order.id)
    async with database.transaction() as session:
        await privacy_erasing.lock(session, order.buyer_id)
        await privacy_erasing.erase_person(session, order.buyer_id, "erasure-1", clock.now())
    (after,) = await issue(database, order.id)
    assert after.addressee is None
    assert (after.number, after.draft) == (before.number, before.draft)
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).where(Invoice.sealed.is_not(None))) == 0


async def test_nobodys_order_has_no_invoice(database: Database) -> None:
    with pytest.raises(NotFound):
        await issue(database, "ord_unknown")


async def released(database: Database, order: PaidOrder) -> None:
    share = Share(4_800, 800, 224, order.fee_minor)
    async with database.transaction() as session:
        entries = order_postings.release(order.id, order.shop.id, share, "USD")
        await ledger.post(session, f"fulfillment-{order.id}/release", PostingKind.RELEASE, order.id, entries)


async def german(database: Database, shop: TestShop, number: str | None) -> None:
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(country="DE", region=""))
        if number:
            new = checked_tax_id("DE", number)
            await taxes.change_seller_id(session, shop.id, shop.owner_id, new, clock.now())


async def fees(database: Database, shop: TestShop, month: str = MONTH) -> list[invoices.Issued]:
    async with database.transaction() as session:
        await invoicing.issue_fees(session, month, clock.now(), shop.id)
        return await invoices.fees_of_shop(session, shop.id)


async def test_a_months_commission_is_invoiced_when_the_month_is_over_with_the_tax_in_it(
    database: Database, shop: TestShop
) -> None:
    """Fee 3.12 each, less 1.56 that went back with a mug: 4.68, 19 % of it out of 3.93 net."""
    await german(database, shop, None)
    orders = [await sold(database, shop), await sold(database, shop)]
    for order in orders:
        await released(database, order)
    async with database.transaction() as session:
        entries = refund_postings.after_release(shop.id, Share(2_400, 400, 112, 156), "USD")
        await ledger.post(session, "refund-1/send", PostingKind.REFUND, orders[0].id, entries)
    assert await fees(database, shop) == [], "the month is not over"
    with time_machine.travel(NEXT_MONTH, tick=False):
        (invoice,) = await fees(database, shop)
        assert await fees(database, shop) == [invoice]
    assert invoice.number == f"FEE-{NEXT_MONTH.year}-000001"
    assert invoice.draft.total_minor == 468
    assert (invoice.draft.net_minor, invoice.draft.tax_minor) == (393, 75)
    assert [(line.item, line.net_minor) for line in invoice.draft.lines] == [("refund", -131), ("release", 524)]
    async with database.transaction() as session:
        assert (await ledger.balance(session, AccountKind.FEES_EARNED, "", "USD")).minor == -393
        owed = (await ledger.balance(session, AccountKind.TAX_PAYABLE, "", "USD")).minor
    assert owed == -(2 * 224 - 112) - 75


async def test_the_fees_of_a_commission_stand_on_the_same_invoice(database: Database, shop: TestShop) -> None:
    """Fee 3.12 of an order, and 13.00 of a milestone: one line for both, and not somebody else's."""
    await german(database, shop, None)
    await released(database, await sold(database, shop))
    async with database.transaction() as session:
        other = await add_shop(session)
    for whose, fee in ((shop, 1_300), (other, 500)):
        async with database.transaction() as session:
            made = await add_finished(session, whose)
            entries = order_postings.release(made.id, whose.id, Share(20_000, 0, 1_600, fee), "USD")
            step = f"{made.workflow_id}/release-1"
            await ledger.post(session, step, PostingKind.RELEASE, made.id, entries)
    with time_machine.travel(NEXT_MONTH, tick=False):
        (invoice,) = await fees(database, shop)
    assert invoice.draft.total_minor == 312 + 1_300
    assert [line.item for line in invoice.draft.lines] == ["release"]


async def test_a_registered_artisan_of_another_state_accounts_for_the_tax_from_then_on(
    database: Database, shop: TestShop
) -> None:
    await german(database, shop, "DE123456789")
    await released(database, await sold(database, shop))
    with time_machine.travel(NEXT_MONTH, tick=False):
        (invoice,) = await fees(database, shop)
    assert [(part.reason, part.tax_minor) for part in invoice.draft.taxes] == [("reverse_charge", 0)]
    assert invoice.addressee is not None
    assert invoice.addressee.tax_number == "DE123456789"
    assert invoice.draft.net_minor == 312


async def test_a_number_counts_from_the_day_it_was_given_to_the_day_it_was_taken_back(
    database: Database, shop: TestShop
) -> None:
    await german(database, shop, "DE123456789")
    async with database.transaction() as session:
        later = clock.now() + timedelta(days=20)
        assert await taxes.change_seller_id(session, shop.id, shop.owner_id, None, later)
        assert not await taxes.change_seller_id(session, shop.id, shop.owner_id, None, later)
        assert await taxes.seller_id(session, shop.id, clock.now().date()) is not None
        assert await taxes.seller_id(session, shop.id, later.date()) is None
        assert await taxes.seller_id(session, shop.id, (clock.now() - timedelta(days=1)).date()) is None


async def test_a_statement_is_what_the_ledger_says(database: Database, shop: TestShop) -> None:
    """Opening and movements come to what is owed in the end, whatever happened in between."""
    orders = [await sold(database, shop), await sold(database, shop)]
    for order in orders:
        await released(database, order)
    async with database.transaction() as session:
        paid = Money(3_000, "USD")
        for step, kind, entries in (
            ("back", PostingKind.REFUND, refund_postings.after_release(shop.id, Share(2_400, 400, 112, 156), "USD")),
            ("aside", PostingKind.SET_ASIDE, payout_postings.set_aside(shop.id, paid)),
            ("paid", PostingKind.PAID, payout_postings.paid(shop.id, paid)),
        ):
            await ledger.post(session, f"test/{step}", kind, orders[0].id if step == "back" else "payout-1", entries)
    async with database.transaction() as session:
        # The database's own clock stamps a posting, so the month is that of the machine.
        month = (await statements.months_of(session, shop.id))[0]
        start, end = statements.month_of(month[0])
        moved = await statements.movements(session, shop.id, "USD", start, end)
        opening = await statements.balance_before(session, shop.id, "USD", start)
        closing = await statements.balance_before(session, shop.id, "USD", end)
        payable = await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, shop.id, "USD")
    assert [(one.kind, one.gross_minor, one.fee_minor) for one in moved] == [
        ("release", 5_600, 312),
        ("release", 5_600, 312),
        ("refund", -2_800, -156),
        ("payout_paid", -3_000, 0),
    ]
    assert opening == 0
    assert closing == sum(one.moved_minor for one in moved) == -payable.minor
    assert moved[0].order_number


async def test_a_night_issues_what_is_due_and_says_what_it_could_not(database: Database, shop: TestShop) -> None:
    orders = [await sold(database, shop) for _ in range(3)]
    await refund(database, orders[0], Share(2_400, 400, 112, 156))
    async with database.transaction() as session:
        # Its lines do not come to its total: nothing may be invoiced that does not add up.
        await session.execute(
            update(Order)
            .where(Order.id == orders[1].id)
            .values(items_minor=Order.items_minor + 1, total_minor=Order.total_minor + 1)
        )
    steps = InvoicingActivities(database)
    first = await steps.issue_due(IssueDue("orders", ""))
    assert (first.issued, first.failed, first.left) == (2, 1, False)
    assert (await steps.issue_due(IssueDue("refunds", ""))).issued == 0, "its credit note came with the invoice"
    again = await steps.issue_due(IssueDue("orders", ""))
    assert (again.issued, again.failed) == (0, 1)


@pytest.mark.parametrize("name", ["2026-1", "2026-13", "202611", "abcd-ef", "2026-11-01", "٢٠٢٦-١١"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"month"):
        statements.month_of(name)
