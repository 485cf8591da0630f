"""A small marketplace that holds together, made once by the product's own steps; what a test damages is rolled back.

paid       two orders: the pottery's parcel arrived at the second try, the weavers' order was declined and refunded
unpaid     expired, its payment cancelled
open       waits for its payment, and holds two mugs
abroad     paid in yen, settled in dollars, delivered, and released to a shop that keeps dollars; its buyer objects
credit     paid for whole with store credit
erased     somebody who is not there any more
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from psycopg import sql
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.checkout import CheckoutActivities, CloseUnpaid, CompleteSale, ReserveAndFreeze
from activities.fulfillment import (
    CloseUnaccepted,
    FulfillmentActivities,
    OpenOrder,
    RecordAttempt,
    RecordHandOver,
    RecordRefund,
    ReleaseFunds,
)
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.rule_risk import RuleRisk
from activities.gateways.stripe_books import BookedCharge, BookedRefund, ChargeState, OpenPage
from activities.gateways.table_tax import TableTax
from core import clock
from core.database import Database, create_engine
from deploy.embedded.postgres import ROLE, PostgresCluster
from models.repositories import (
    carts,
    checkouts,
    exchanges,
    invoicing,
    ledger,
    ledger_balances,
    parcels,
    privacy_erasing,
    privacy_erasures,
)
from models.repositories.processes import Progress, record_progress
from models.rules import payout_postings, reserve_postings
from models.rules.bookkeeping import AccountKind
from models.rules.correction_postings import correction
from models.rules.erasure import receipts_due
from models.rules.payouts import PayoutMoney
from models.tables.catalogue import Shop
from models.tables.orders import Order
from models.tables.payouts import Payout
from models.tables.processes import InboxEvent
from models.tables.promotions import PromotionRow
from models.tables.refunds import RefundRequest, RepaymentPlan
from models.types import Money, ParcelStatus, Party, TimelineEntry
from tests.support.buying import add_address, add_cart
from tests.support.currencies import publish_rates
from tests.support.keys import key_ring
from tests.support.marketplace import Piece, add_listing, add_person, add_shop
from tests.verify.commissioned import add_commission
from tests.verify.gifts import add_gifts
from tests.verify.nights import add_nights

FEE = 633
GUARDED = (
    *("ledger_postings", "ledger_entries", "timeline_entries"),
    *("invoices", "invoice_series"),
    *("users", "person_keys", "addresses", "letters", "data_exports", "consents", "shops"),
)
PARCEL = "par_pots"
TRACKING = "NO0000000001US"


@dataclass
class Books:
    """The provider's side, as it would list it."""

    booked: list[BookedCharge] = field(default_factory=list)
    sent: list[BookedRefund] = field(default_factory=list)
    pages: list[OpenPage] = field(default_factory=list)

    async def charges(self) -> AsyncIterator[BookedCharge]:
        for charge in self.booked:
            yield charge

    async def refunds(self) -> AsyncIterator[BookedRefund]:
        for refund in self.sent:
            yield refund

    async def open_pages(self, since: datetime) -> AsyncIterator[OpenPage]:
        for page in self.pages:
            yield page


@dataclass(frozen=True)
class Made:
    """Where everything is."""

    engine: AsyncEngine
    books: Books
    mug: str
    scarf: str
    shop: str
    paid: str
    unpaid: str
    open: str
    sent_order: str
    refunded_order: str
    erased: str
    abroad_order: str
    credit: str
    credit_order: str
    commission_order: str


@dataclass(frozen=True)
class Market(Made):
    """One test's view of it."""

    connection: AsyncConnection
    """Sees the test's own damage; nobody else does."""

    async def damage(self, *statements: str) -> None:
        """By hand, past every guard that the database has against it."""
        for table in GUARDED:
            await self.connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await self.connection.execute(text(statement.format(**vars(self))))


class _Story:
    """Writes the lines of one process, as its workflow would."""

    def __init__(self, process: str, workflow_id: str) -> None:
        self._process, self._id, self._told = process, workflow_id, 0

    def tell(self, status: str, what: str, *, is_final: bool = False) -> Progress:
        self._told += 1
        entry = TimelineEntry(self._told, clock.now(), Party.SYSTEM, what)
        return Progress(self._id, self._process, status, self._told, is_final=is_final, entries=(entry,))


@dataclass
class _Buyer:
    """Places one cart through the checkout's own steps."""

    database: Database
    steps: CheckoutActivities
    pieces: dict[str, int]
    currency: str | None = None
    code: str | None = None
    checkout_id: str = ""
    cart_id: str = ""

    async def place(self) -> _Story:
        async with self.database.transaction() as session:
            buyer_id, _ = await add_person(session)
            self.cart_id = await add_cart(session, buyer_id, self.pieces)
            address_id = await add_address(session, buyer_id)
            await carts.choose_currency(session, self.cart_id, self.currency)
            await carts.keep_code(session, self.cart_id, self.code)
        self.checkout_id = f"checkout-{self.cart_id}-1"
        story = _Story("checkout", self.checkout_id)
        until = clock.now() + timedelta(minutes=15)
        placed = story.tell("placing", "checkout_placed")
        await self.steps.reserve_and_freeze(
            ReserveAndFreeze(self.checkout_id, self.cart_id, 1, buyer_id, address_id, None, until, placed)
        )
        return story

    async def pay(self, state: str, fee: int | None = None) -> Money:
        async with self.database.transaction() as session:
            checkout = await checkouts.get_checkout(session, self.checkout_id)
            total = Money(checkout.total_minor, checkout.currency)
            page = f"cs_{self.checkout_id}"
            await checkouts.save_payment(session, self.checkout_id, page, state=state, amount=total, fee_minor=fee)
        return total


@pytest.fixture(scope="session")
async def whole_market(postgres_server: PostgresCluster, template_database: str) -> AsyncIterator[Made]:
    """In a database of its own, which no test changes for good."""
    name = f"verify_{uuid4().hex[:12]}"
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {} strategy wal_log").format(
            sql.Identifier(name), sql.Identifier(template_database), sql.Identifier(ROLE)
        )
    )
    database = Database(create_engine(postgres_server.url(name)), key_ring())
    try:
        yield await _make(database)
    finally:
        await database.close()
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def market(whole_market: Made) -> AsyncIterator[Market]:
    books = replace(
        whole_market.books,
        booked=[*whole_market.books.booked],
        sent=[*whole_market.books.sent],
        pages=[*whole_market.books.pages],
    )
    async with whole_market.engine.connect() as connection, connection.begin() as transaction:
        yield Market(**{**vars(whole_market), "books": books}, connection=connection)
        await transaction.rollback()


async def _make(database: Database) -> Made:
    steps = CheckoutActivities(database, TableTax(), RuleRisk(), PostgresSearch)
    async with database.transaction() as session:
        await publish_rates(session)
        pottery, weavers = await add_shop(session, name="Pottery"), await add_shop(session, name="Weavers")
        mug = await add_listing(session, pottery, Piece(on_hand=20))
        scarf = await add_listing(session, weavers, Piece(title="Indigo scarf", price_minor=9_000, on_hand=3))
        await session.execute(
            insert(PromotionRow).values(
                id="pro_ten",
                shop_id=pottery.id,
                name="Ten per cent",
                code="TEN",
                percent_bp=1_000,
                since=clock.now() - timedelta(hours=1),
                until=clock.now() + timedelta(days=9),
            )
        )
    books = Books()
    paid, unpaid, waiting = (
        _Buyer(database, steps, pieces) for pieces in ({mug: 2, scarf: 1}, {mug: 1, scarf: 1}, {mug: 2})
    )
    waiting.code = "TEN"

    story = await paid.place()
    total = await paid.pay("captured", FEE)
    ship_by = {shop.id: clock.now() + timedelta(days=5) for shop in (pottery, weavers)}
    sold = story.tell("paid", "checkout_paid", is_final=True)
    sale = await steps.complete_sale(CompleteSale(paid.checkout_id, total.minor, FEE, ship_by, sold))
    books.booked.append(
        BookedCharge("ch_paid", paid.checkout_id, ChargeState.CAPTURED, total, Money(FEE, total.currency))
    )
    books.booked.append(
        BookedCharge("ch_declined", paid.checkout_id, ChargeState.DECLINED, Money(0, "USD"), Money(0, "USD"))
    )

    story = await unpaid.place()
    await unpaid.pay("cancelled")
    expired = story.tell("expired", "checkout_expired", is_final=True)
    await steps.close_unpaid(CloseUnpaid(unpaid.checkout_id, unpaid.cart_id, 1, expired))
    books.pages.append(OpenPage("cs_lost", unpaid.checkout_id))

    await waiting.place()
    await waiting.pay("open")
    books.pages.append(OpenPage(f"cs_{waiting.checkout_id}", waiting.checkout_id))

    sent, refunded = sale.order_ids[pottery.id], sale.order_ids[weavers.id]
    await _send(database, sent, {mug: 2})
    books.sent.append(await _refund(database, refunded, {scarf: 1}))
    await _pay_out(database, pottery.id)
    async with database.transaction() as session:
        for order_id in (sent, refunded):
            await invoicing.issue_for_order(session, order_id, clock.now())
    credit, credit_order = await add_gifts(database, steps)
    commission_order = await add_commission(database, pottery)
    await add_nights(database, clock.now())
    await ledger_balances.advance(database)
    return Made(
        engine=database.engine,
        books=books,
        mug=mug,
        scarf=scarf,
        shop=pottery.id,
        paid=paid.checkout_id,
        unpaid=unpaid.checkout_id,
        open=waiting.checkout_id,
        sent_order=sent,
        refunded_order=refunded,
        erased=await _erase(database),
        abroad_order=await _across(database, steps, books),
        credit=credit,
        credit_order=credit_order,
        commission_order=commission_order,
    )


async def _across(database: Database, steps: CheckoutActivities, books: Books) -> str:
    """Id of the order."""
    async with database.transaction() as session:
        smiths = await add_shop(session, name="Smiths")
        hook = await add_listing(session, smiths, Piece(title="Iron hook"))
    buyer, settled = _Buyer(database, steps, {hook: 1}, currency="JPY"), Money(5_500, "USD")
    story = await buyer.place()
    total = await buyer.pay("captured", 190)
    async with database.transaction() as session:
        await exchanges.keep_settlement(session, buyer.checkout_id, total, settled)
    sold, ship_by = story.tell("paid", "checkout_paid", is_final=True), {smiths.id: clock.now() + timedelta(days=5)}
    sale = await steps.complete_sale(CompleteSale(buyer.checkout_id, total.minor, 190, ship_by, sold))
    fee = Money(190, "USD")
    books.booked.append(BookedCharge("ch_yen", buyer.checkout_id, ChargeState.CAPTURED, total, fee, settled))
    order_id = sale.order_ids[smiths.id]
    fulfilment, told = FulfillmentActivities(database), _Story("fulfillment", f"fulfillment-{order_id}")
    await fulfilment.open(OpenOrder(order_id, told.tell("awaiting_acceptance", "order_received")))
    over = told.tell("completed", "funds_released", is_final=True)
    await fulfilment.release_funds(ReleaseFunds(order_id, f"fulfillment-{order_id}/release", {}, over))
    await _object(database, order_id, smiths.id)
    return order_id


async def _object(database: Database, order_id: str, shop_id: str) -> None:
    """The buyer reports a problem that nobody has decided; an older debt of the shop stands under a plan."""
    debt, now = Money(300, "USD"), clock.now()
    async with database.transaction() as session:
        await session.execute(
            insert(RefundRequest).values(
                id="rfd_open",
                order_id=order_id,
                kind="problem",
                problem="other",
                pieces={},
                currency="JPY",
                asked_minor=100,
                created_at=now,
            )
        )
        await record_progress(session, _Story("refund", "refund-rfd_open").tell("awaiting_answer", "problem_reported"))
        owner_id = (await session.scalars(select(Shop.owner_id).where(Shop.id == shop_id))).one()
        await session.execute(
            insert(RepaymentPlan).values(
                id="rpp_agreed",
                shop_id=shop_id,
                currency=debt.currency,
                debt_minor=debt.minor,
                floor_minor=0,
                share_bp=500,
                status="agreed",
                proposed_by=owner_id,
                reason="Agreed.",
            )
        )
        await ledger.post(
            session, "rpp_agreed/planned", "debt_planned", "rpp_agreed", payout_postings.debt_planned(shop_id, debt)
        )


async def _pay_out(database: Database, shop_id: str) -> None:
    """Something that is owed to a shop, a part of it kept back, and a part on its way to the bank."""
    payout_id, amount = f"payout-{shop_id}-2026-11-23", Money(1_000, "USD")
    booked = {
        "owed": correction(AccountKind.ARTISAN_PAYABLE, shop_id, Money(-5_000, "USD")),
        "kept": reserve_postings.taken(shop_id, Money(500, "USD")),
        "aside": payout_postings.set_aside(shop_id, amount),
        "moved": payout_postings.transferred(shop_id, amount),
    }
    async with database.transaction() as session:
        for step, entries in booked.items():
            await ledger.post(session, f"{payout_id}/{step}", step, payout_id, entries)
        await session.execute(
            insert(Payout).values(
                id=payout_id,
                shop_id=shop_id,
                kind="scheduled",
                period="2026-11-23",
                currency=amount.currency,
                amount_minor=amount.minor,
                status=PayoutMoney.TRANSFERRED.value,
            )
        )


async def _erase(database: Database) -> str:
    """Somebody with an address, and everybody who has forgotten them."""
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        await add_address(session, person_id)
        erasure_id, now = f"erasure-{person_id}-1", clock.now()
        await privacy_erasures.announce(session, erasure_id, person_id, 1, requested_at=now, erase_at=now)
        await privacy_erasures.mark_erased(session, erasure_id, now)
        await privacy_erasing.erase_person(session, person_id, erasure_id, now)
        for target in receipts_due(frozenset(), connected=False):
            await privacy_erasures.add_receipt(session, erasure_id, target, at=now, count=1)
        await privacy_erasures.complete(session, erasure_id, now)
    return person_id


async def _send(database: Database, order_id: str, pieces: dict[str, int]) -> None:
    """Accepted, labelled, handed over; nobody was at home, then somebody was."""
    steps, story = FulfillmentActivities(database), _Story("fulfillment", f"fulfillment-{order_id}")
    await steps.open(OpenOrder(order_id, story.tell("awaiting_acceptance", "order_received")))
    async with database.transaction() as session:
        await parcels.add_parcel(
            session,
            parcel_id=PARCEL,
            order_id=order_id,
            courier="northpost",
            service="standard",
            tracking_number=TRACKING,
            label_url="http://labels.example/1",
            label_price=Money(700, "USD"),
            status=ParcelStatus.LABELLED,
            pieces=pieces,
        )
    await steps.record(story.tell("ready_to_ship", "label_bought"))
    sent = story.tell("in_transit", "parcel_handed_over")
    await steps.record_hand_over(RecordHandOver(PARCEL, clock.now(), sent))
    failed = story.tell("in_transit", "delivery_failed")
    await steps.record_attempt(RecordAttempt(PARCEL, 1, "failed", ParcelStatus.HANDED_OVER, failed, next_attempt=2))
    arrived = story.tell("delivered", "parcel_delivered")
    await steps.record_attempt(
        RecordAttempt(PARCEL, 2, "delivered", ParcelStatus.DELIVERED, arrived, delivered_at=clock.now())
    )
    async with database.transaction() as session:
        for attempt, outcome in ((1, "failed"), (2, "delivered")):
            await session.execute(
                insert(InboxEvent).values(
                    source="courier:northpost",
                    event_id=f"cev_{attempt}",
                    type=outcome,
                    subject=TRACKING,
                    attempt=attempt,
                    payload={},
                    received_at=clock.now() - timedelta(hours=1),
                    processed_at=clock.now(),
                )
            )


async def _refund(database: Database, order_id: str, pieces: dict[str, int]) -> BookedRefund:
    """Declined by its artisan, and sent back whole."""
    steps, story = FulfillmentActivities(database), _Story("fulfillment", f"fulfillment-{order_id}")
    await steps.open(OpenOrder(order_id, story.tell("awaiting_acceptance", "order_received")))
    await steps.close_unaccepted(CloseUnaccepted(order_id, True, story.tell("refunding", "order_declined")))
    async with database.transaction() as session:
        total = (await session.scalars(select(Order.total_minor).where(Order.id == order_id))).one()
    operation = f"fulfillment-{order_id}/refund-whole"
    told = story.tell("refunded", "refund_sent", is_final=True)
    await steps.record_refund(RecordRefund(order_id, operation, "re_1", total, "USD", "cannot_make", {}, pieces, told))
    return BookedRefund("re_1", operation, Money(total, "USD"), failed=False)
