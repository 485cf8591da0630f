"""The order of a finished commission: made once, with what is left of its money; sent, released and refunded as any."""

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from temporalio.exceptions import ApplicationError

from activities.commission_order import CommissionOrderActivities, MadeCommissionOrder, MakeCommissionOrder
from activities.fulfillment import FulfillmentActivities, OpenOrder, RecordRefund, ReleaseFunds
from activities.refunds import RefundActivities, SendRefund
from core import clock
from core.database import Database
from deploy.verify import books, checkouts, commission_orders, credit, discounts, refunds, stock
from models.errors import NotFound
from models.repositories import invoices, invoicing, ledger, orders
from models.repositories.commission_orders import charge_of, order_of
from models.repositories.processes import Progress
from models.rules.bookkeeping import AccountKind
from models.rules.refunds import NOTHING, Share
from models.tables.commissions import CommissionCharge, CommissionRefund
from models.types import Party, TimelineEntry
from tests.support.commissioned import LAST_CHARGE, SHIPPING, Finished, add_finished, hold_shipping
from tests.support.marketplace import TestShop
from tests.support.partners import MemoryRefunds

RULES = (
    *commission_orders.RULES,
    *checkouts.RULES,
    *discounts.RULES,
    *stock.RULES,
    *books.RULES,
    *credit.RULES,
    *refunds.RULES,
)


@pytest.fixture
async def finished(database: Database, shop: TestShop) -> Finished:
    async with database.transaction() as session:
        found = await add_finished(session, shop)
        await hold_shipping(session, found)
    return found


@pytest.fixture
async def made(database: Database, finished: Finished) -> MadeCommissionOrder:
    return await CommissionOrderActivities(database).make_order(make(finished))


def make(finished: Finished, shipping: Share = SHIPPING) -> MakeCommissionOrder:
    return MakeCommissionOrder(finished.id, f"{finished.workflow_id}/ship", shipping, clock.now())


def told(order_id: str, sequence: int, status: str, what: str, *, is_final: bool = False) -> Progress:
    entry = TimelineEntry(sequence=sequence, at=clock.now(), actor=Party.SYSTEM, what=what)
    return Progress(f"fulfillment-{order_id}", "fulfillment", status, sequence, is_final=is_final, entries=(entry,))


def refund(order_id: str, pieces: dict[str, int], number: int = 1) -> SendRefund:
    operation = f"fulfillment-{order_id}/refund-{number}"
    return SendRefund(order_id, operation, f"{operation}/1", {}, pieces, "lost")


async def held(database: Database, owner: str) -> int:
    async with database.transaction() as session:
        return -(await ledger.balance(session, AccountKind.ORDER_HELD, owner, "USD")).minor


async def violations(database: Database) -> list[str]:
    async with database.engine.connect() as connection:
        found = [await rule.examine(connection) for rule in RULES]
    return [violation.sentence for line in found for violation in line.violations]


async def test_one_order_is_made_with_what_sending_the_piece_costs(database: Database, finished: Finished) -> None:
    steps = CommissionOrderActivities(database)
    made = await steps.make_order(make(finished))
    assert await steps.make_order(make(finished)) == made
    async with database.transaction() as session:
        order = await orders.get_order(session, made.order_id)
        (line,) = await orders.ordered_lines(session, made.order_id)
        assert await order_of(session, finished.id) == made.order_id
    assert (order.checkout_id, order.commission_id) == (None, finished.id)
    assert (order.buyer_id, order.shop_id, made.shop_id) == (finished.customer_id, finished.shop.id, finished.shop.id)
    assert (order.items_minor, order.shipping_minor, order.tax_minor, order.fee_minor) == (0, 8_000, 640, 0)
    assert order.total_minor == made.total_minor == SHIPPING.total_minor
    assert (line.listing_id, line.sold_listing_id, line.quantity) == (finished.id, None, 1)
    assert line.title.startswith("Commissioned piece CC-")
    assert (await held(database, finished.id), await held(database, made.order_id)) == (0, 8_000)
    assert await violations(database) == []


async def test_its_delivery_releases_the_shipping_and_nothing_else(
    database: Database, made: MadeCommissionOrder, finished: Finished
) -> None:
    steps, promised = FulfillmentActivities(database), clock.now()
    opening = told(made.order_id, 1, "ready_to_ship", "commission_ready")
    opened = await steps.open(OpenOrder(made.order_id, opening, promised))
    assert opened.pieces == {finished.id: 1}
    release = ReleaseFunds(
        made.order_id,
        f"fulfillment-{made.order_id}/release",
        {},
        told(made.order_id, 2, "completed", "funds_released", is_final=True),
    )
    await steps.release_funds(release)
    await steps.release_funds(release)
    async with database.transaction() as session:
        order = await orders.get_order(session, made.order_id)
        payable = await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, made.shop_id, "USD")
        reserve = await ledger.balance(session, AccountKind.ARTISAN_RESERVE, made.shop_id, "USD")
    assert order.ship_by == promised
    assert order.released_at is not None
    assert -(payable + reserve).minor == 8_000
    assert await held(database, made.order_id) == 0
    assert await violations(database) == []


async def test_a_lost_parcel_gives_back_what_sending_it_cost(
    database: Database, made: MadeCommissionOrder, finished: Finished
) -> None:
    provider, step = MemoryRefunds(), refund(made.order_id, {finished.id: 1})
    sent = await RefundActivities(database, provider).send_refund(step)
    assert sent.amount_minor == SHIPPING.total_minor
    assert provider.asked == [finished.intent_id]
    record = RecordRefund(
        order_id=made.order_id,
        operation=step.operation,
        provider_id=sent.provider_id,
        amount_minor=sent.amount_minor,
        currency=sent.currency,
        reason="lost",
        already={},
        pieces={finished.id: 1},
        progress=told(made.order_id, 1, "refunded", "refund_sent", is_final=True),
    )
    await FulfillmentActivities(database).record_refund(record)
    assert await held(database, made.order_id) == 0
    assert await violations(database) == []


async def test_a_refund_goes_back_to_the_newest_charge_that_has_so_much_left(
    database: Database, made: MadeCommissionOrder, finished: Finished
) -> None:
    """And finds it again, whatever a bank does to the commission's own refunds after it."""
    steps, step = RefundActivities(database, MemoryRefunds()), refund(made.order_id, {finished.id: 1})
    nearly_all = sum(LAST_CHARGE) - SHIPPING.total_minor + 1
    newest = CommissionRefund.charge_id == await surplus(database, finished, 2, nearly_all)
    await steps.send_refund(step)
    async with database.transaction() as session:
        assert (await charge_of(session, finished.id, step.operation)).before == 1
        await session.execute(update(CommissionRefund).where(newest).values(state="failed"))
        await session.execute(update(CommissionCharge).values(refunded_minor=0))
        assert (await charge_of(session, finished.id, step.operation)).before == 1, "or it would be sent once more"
    await surplus(database, finished, 1, 32_400)
    with pytest.raises(ApplicationError, match="so much left"):
        await steps.send_refund(step)


async def surplus(database: Database, finished: Finished, number: int, minor: int) -> str:
    """What the commission itself has given back of one charge, by whose id it answers."""
    charge_id = f"{finished.workflow_id}/charge-{number}-1"
    async with database.transaction() as session:
        session.add(
            CommissionRefund(
                id=f"{finished.workflow_id}/back-{number}/{number}-1",
                commission_id=finished.id,
                charge_id=charge_id,
                currency="USD",
                amount_minor=minor,
                state="succeeded",
                created_at=clock.now(),
            )
        )
        one = CommissionCharge.id == charge_id
        await session.execute(update(CommissionCharge).where(one).values(refunded_minor=minor))
    return charge_id


async def test_a_piece_that_is_fetched_costs_nothing_to_send(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        finished = await add_finished(session, shop)
    made = await CommissionOrderActivities(database).make_order(make(finished, NOTHING))
    assert made.total_minor == 0
    sent = await RefundActivities(database, MemoryRefunds()).send_refund(refund(made.order_id, {finished.id: 1}))
    assert sent.amount_minor == 0
    assert await violations(database) == []


async def test_it_has_no_invoice_and_the_night_passes_it_over(database: Database, made: MadeCommissionOrder) -> None:
    async with database.transaction() as session:
        assert made.order_id not in await invoices.orders_without(session, "", 100)
        with pytest.raises(NotFound, match="commission's page"):
            await invoicing.issue_for_order(session, made.order_id, clock.now())


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE orders SET commission_id = NULL",
        "UPDATE orders SET checkout_id = (SELECT min(id) FROM checkouts)",
        "INSERT INTO order_lines (order_id, listing_id, title, quantity, unit_price_minor, tax_minor, weight_grams) "
        "SELECT id, 'lst_none', 'Nothing', 1, 0, 0, 0 FROM orders",
    ],
)
async def test_an_order_has_one_origin_and_its_lines_exist(
    database: Database, made: MadeCommissionOrder, order: object, wrong: str
) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(text(f"{wrong} WHERE id = '{made.order_id}'" if "UPDATE" in wrong else wrong))
