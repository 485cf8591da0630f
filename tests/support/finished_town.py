"""A town whose business is done: orders delivered and released, refunds before and behind the release, a sale in
another currency, payouts that arrived, one that failed and was given back, a reserve; and the provider's books of it.

Rows and postings are made by the product's own rules and repositories. The provider's lines are what it would tell.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import insert, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from deploy.embedded.postgres import SUPERUSER, PostgresCluster
from models.ports import BookedTransaction, TransactionPage
from models.repositories import exchanges, ledger, payouts, refunds
from models.rules import payout_postings, reserve_postings
from models.rules.bookkeeping import LedgerEntry, PostingKind
from models.rules.payouts import PayoutKind
from models.rules.sale_postings import SoldOrder
from models.tables.orders import Order, Parcel
from models.tables.payouts import ConnectedAccount
from models.tables.processes import Process
from models.tables.selling import Payment
from models.types import Money, RefundState, new_id
from tests.support.marketplace import TestShop, add_listing, add_shop
from tests.support.orders import PROVIDER_FEE, PaidOrder, add_paid_order

BEFORE = timedelta(hours=12)
"""So long ago all of it happened, at the provider."""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@dataclass
class Town:
    """`lines` are the provider's books, by account; the empty one is ours."""

    shops: list[TestShop] = field(default_factory=list)
    orders: list[PaidOrder] = field(default_factory=list)
    abroad: PaidOrder | None = None
    undelivered: PaidOrder | None = None
    refund_before: str = ""
    refund_behind: str = ""
    arrived: list[str] = field(default_factory=list)
    given_back: str = ""
    lines: dict[str, list[BookedTransaction]] = field(default_factory=lambda: {"": []})
    _number: int = 0

    def book(
        self,
        type_: str,
        amount: Money,
        *,
        fee: int = 0,
        source: str = "",
        reference: str = "",
        account: str = "",
        wait: timedelta = timedelta(0),
        at: datetime | None = None,
    ) -> BookedTransaction:
        self._number += 1
        at = at or clock.now() - BEFORE
        line = BookedTransaction(
            id=f"txn_{self._number:04}",
            type=type_,
            amount=amount,
            fee=Money(fee, amount.currency),
            net=amount - Money(fee, amount.currency),
            source=source or f"src_{self._number:04}",
            reference=reference,
            created_at=at,
            available_on=at + wait,
        )
        self.lines.setdefault(account, []).append(line)
        return line


@dataclass
class Books:
    """The provider's side, three lines a page. Counts what is asked."""

    town: Town
    asked: list[tuple[str, str]] = field(default_factory=list)
    per_page: int = 3

    async def transactions(
        self, *, since: datetime, before: datetime, cursor: str = "", account_id: str | None = None
    ) -> TransactionPage:
        self.asked.append((account_id or "", cursor))
        window = [one for one in self.town.lines.get(account_id or "", []) if since <= one.created_at < before]
        first = [one.id for one in window].index(cursor) + 1 if cursor else 0
        page = window[first : first + self.per_page]
        return TransactionPage(page, page[-1].id if first + self.per_page < len(window) else "")


async def build(database: Database, cluster: PostgresCluster, url: str) -> Town:
    town = Town()
    async with database.transaction() as session:
        town.shops = [await add_shop(session, name="Saltmarsh"), await add_shop(session, name="Loom Hill")]
        for shop in town.shops:
            account = {"country": "US", "transfers_enabled": True, "payouts_enabled": True, "checked_at": clock.now()}
            await session.execute(
                insert(ConnectedAccount).values(shop_id=shop.id, provider_id=f"acct_{shop.slug}", **account)
            )
        for number in range(14):
            order = await _sold(session, town, town.shops[number % 2])
            if number == 0:
                town.refund_before = await _refund(session, town, order)
            await _deliver(session, order)
            await _release(session, order)
            if number == 1:
                town.refund_behind = await _refund(session, town, order)
            town.orders.append(order)
        town.undelivered = await _sold(session, town, town.shops[0])
        town.abroad = await _sold_abroad(session, town)
        for week, number in ((23, 0), (23, 1), (30, 0)):
            town.arrived.append(await _pay_out(session, town, town.shops[number], usd(5_000), f"2026-11-{week}"))
        town.given_back = await _pay_out(session, town, town.shops[1], usd(4_000), "2026-11-30", refused=True)
        shop = town.shops[0]
        await ledger.post(
            session, "hold-1/taken", PostingKind.RESERVE_TAKEN, "hold_1", reserve_postings.taken(shop.id, usd(700))
        )
    with tampering(cluster, url) as connection:
        forget_posting(connection, f"{town.abroad.checkout_id}/capture")
    async with database.transaction() as session:
        await _book_abroad(session, town.abroad)
    return town


async def _sold(session: AsyncSession, town: Town, shop: TestShop) -> PaidOrder:
    order = await add_paid_order(session, shop, {await add_listing(session, shop): 2})
    await session.execute(
        update(Payment).where(Payment.checkout_id == order.checkout_id).values(fee_minor=PROVIDER_FEE)
    )
    total = Money(order.total_minor, shop.currency)
    town.book("charge", total, fee=PROVIDER_FEE, reference=order.checkout_id, wait=timedelta(hours=1))
    return order


async def _sold_abroad(session: AsyncSession, town: Town) -> PaidOrder:
    """Charged in euros, settled in dollars 2 % below what they were worth."""
    shop = await add_shop(session, name="Cobre Lento", currency="EUR")
    town.shops.append(shop)
    order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
    worth = order.total_minor * 11 // 10
    settled = worth * 98 // 100
    await session.execute(
        update(Payment)
        .where(Payment.checkout_id == order.checkout_id)
        .values(fee_minor=200, settled_currency="USD", settled_minor=settled, worth_minor=worth)
    )
    town.book("charge", usd(settled), fee=200, reference=order.checkout_id, wait=timedelta(hours=1))
    return order


async def _book_abroad(session: AsyncSession, order: PaidOrder) -> None:
    """As it was settled; the plain sale that `add_paid_order` books has been taken out."""
    row = await session.get_one(Order, order.id)
    sold = SoldOrder(order.id, row.items_minor, row.shipping_minor, row.tax_minor)
    entries = await exchanges.sale_entries(session, order.checkout_id, [sold], 200, "EUR")
    await ledger.post(session, f"{order.checkout_id}/capture", PostingKind.SALE, order.checkout_id, entries)
    await _deliver(session, order)


async def _deliver(session: AsyncSession, order: PaidOrder) -> None:
    number = new_id("prc")
    await session.execute(
        insert(Parcel).values(
            id=number,
            order_id=order.id,
            courier="northpost",
            service="standard",
            tracking_number=number,
            label_url="",
            label_price_minor=700,
            currency="USD",
            status="delivered",
            delivered_at=clock.now(),
        )
    )


async def _release(session: AsyncSession, order: PaidOrder) -> None:
    share = await refunds.release(session, order.id, {}, clock.now())
    row = await session.get_one(Order, order.id)
    entries = await exchanges.release_entries(session, row, share)
    await ledger.post(session, f"fulfillment-{order.id}/release", PostingKind.RELEASE, order.id, entries)
    await session.execute(
        insert(Process).values(
            workflow_id=f"fulfillment-{order.id}",
            process="fulfillment",
            status="completed",
            waiting_on="nobody",
            sequence=1,
            is_final=True,
        )
    )


async def _refund(session: AsyncSession, town: Town, order: PaidOrder) -> str:
    operation = f"refund-{order.id}/send"
    wanted = refunds.Wanted(amount_minor=1_000)
    refund = await refunds.reserve(session, order.id, operation, wanted, reason="agreed")
    assert refund is not None
    source = f"re_{order.id}"
    await refunds.note_taken(session, operation, source, RefundState.SUCCEEDED, actor="system", now=clock.now())
    town.book("refund", usd(-refund.amount_minor), source=source, reference=operation)
    return operation


async def _pay_out(
    session: AsyncSession, town: Town, shop: TestShop, amount: Money, period: str, *, refused: bool = False
) -> str:
    """One that arrived; or one that the bank refused, taken back and given back."""
    payout_id, account, now = f"payout-{shop.id}-{period}-USD", f"acct_{shop.slug}", clock.now()

    async def post(step: str, kind: str, entries: Sequence[LedgerEntry]) -> None:
        await ledger.post(session, f"{payout_id}/{step}-1", kind, payout_id, entries)

    new = payouts.NewPayout(payout_id, shop.id, PayoutKind.SCHEDULED, period, 1)
    await payouts.set_aside(session, new, amount, now)
    await post("set-aside", "payout_set_aside", payout_postings.set_aside(shop.id, amount))
    transfer, reference = f"tr_{shop.slug}_{period}", f"{payout_id}/transfer-1"
    town.book("transfer", amount * -1, source=transfer, reference=reference)
    town.book("payment", amount, source=transfer, account=account)
    await post("transfer", "payout_transferred", payout_postings.transferred(shop.id, amount))
    await payouts.transferred(session, payout_id, account, transfer)
    sent = f"po_{shop.slug}_{period}"
    town.book("payout", amount * -1, source=sent, reference=f"{payout_id}/payout-1", account=account)
    await payouts.sent(session, payout_id, sent, now.date())
    if not refused:
        await post("payout", "payout_paid", payout_postings.paid(shop.id, amount))
        await payouts.paid(session, payout_id, now)
    else:
        town.book("payout_failure", amount, source=sent, reference=f"{payout_id}/payout-1", account=account)
        await payouts.returned(session, payout_id)
        town.book("transfer_reversal", amount, source=f"trr_{shop.slug}", reference=f"{payout_id}/reversal-1")
        town.book("payment_refund", amount * -1, source=f"trr_{shop.slug}", account=account)
        await post("reversal", "payout_recalled", payout_postings.reversed_transfer(shop.id, amount))
        await post("given-back", "payout_given_back", payout_postings.given_back(shop.id, amount))
        await payouts.given_back(session, payout_id, "no_account", None, now=now)
    await payouts.ended(session, payout_id, now)
    return payout_id


@contextmanager
def tampering(cluster: PostgresCluster, url: str) -> Iterator[psycopg.Connection]:
    """A connection that no trigger stops: what is done here, nothing of the product could do."""
    address = make_url(url).set(drivername="postgresql", username=SUPERUSER, password=cluster.superuser_password)
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def forget_posting(connection: psycopg.Connection, step_key: str) -> None:
    connection.execute(
        "DELETE FROM ledger_entries USING ledger_postings p WHERE p.id = posting_id AND p.step_key = %s", [step_key]
    )
    connection.execute("DELETE FROM ledger_postings WHERE step_key = %s", [step_key])
