"""Orders on the dev server and a real database: the courier's callback itself, through the inbox, by ids.

Here activities really stay open; deadlines are a second or two where a test waits for one, and long everywhere else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.fulfillment import FulfillmentActivities
from activities.logistics import LogisticsActivities
from activities.notifications import NotificationActivities
from activities.refunds import RefundActivities
from api.process_client import ProcessClient, ProcessClosed
from api.webhooks.inbox import Inbox
from core.database import Database
from core.temporal import UNSEALED
from deploy import namespace as namespaces
from models.errors import NotNow, PartnerUnavailable
from models.repositories import inbox, ledger
from models.repositories.processes import read_process, read_timeline
from models.rules.bookkeeping import AccountKind
from models.tables.orders import DeliveryAttempt
from models.tables.processes import InboxEvent
from models.types import OrderStatus, new_id
from tests.support.marketplace import Piece, add_listing, add_shop
from tests.support.orders import PaidOrder, add_paid_order
from tests.support.partners import MemoryCourier, MemoryMailer, MemoryRefunds
from tests.support.running import patiently
from tests.support.stack import TemporalServer
from workers.sandbox import RUNNER
from workflows.fulfillment import messages
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.policies import FulfillmentDeadlines

NAMESPACE = "orders"
SECOND = timedelta(seconds=1)
SOON = FulfillmentDeadlines(release_after=SECOND)
_events = count(1)

Handle = WorkflowHandle[FulfillmentWorkflow, messages.FulfillmentResult]


@dataclass
class Town:
    """One order's world: real servers, partners in memory."""

    client: Client
    database: Database
    order: PaidOrder
    courier: MemoryCourier = field(default_factory=MemoryCourier)
    refunds: MemoryRefunds = field(default_factory=MemoryRefunds)
    mailer: MemoryMailer = field(default_factory=MemoryMailer)

    def __post_init__(self) -> None:
        self.processes = ProcessClient(self.client)
        self.inbox = Inbox(self.database, self.processes)

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        queues = {
            messages.TASK_QUEUE: FulfillmentActivities(self.database).all(),
            "logistics": LogisticsActivities(self.database, {self.courier.code: self.courier}).all(),
            "payments": RefundActivities(self.database, self.refunds).all(),
            "notifications": NotificationActivities(self.database, self.mailer, "https://shop.example").all(),
        }
        async with AsyncExitStack() as stack:
            for queue, activities in queues.items():
                workflows = [FulfillmentWorkflow] if queue == messages.TASK_QUEUE else []
                worker = Worker(
                    self.client,
                    task_queue=queue,
                    workflows=workflows,
                    activities=activities,
                    workflow_runner=RUNNER,
                    graceful_shutdown_timeout=SECOND,
                )
                await stack.enter_async_context(worker)
            yield

    async def start(
        self, deadlines: FulfillmentDeadlines = SOON
    ) -> WorkflowHandle[FulfillmentWorkflow, messages.FulfillmentResult]:
        start = messages.FulfillmentInput(
            order_id=self.order.id,
            checkout_id=self.order.checkout_id,
            buyer_id=self.order.buyer_id,
            shop_id=self.order.shop.id,
            artisan_id=self.order.shop.owner_id,
            currency="USD",
            total_minor=self.order.total_minor,
            pieces=sum(self.order.pieces.values()),
            deadlines=deadlines,
        )
        return await self.client.start_workflow(
            FulfillmentWorkflow.run,
            start,
            id=messages.workflow_id(self.order.id),
            task_queue=messages.TASK_QUEUE,
        )

    async def move(self, name: str, message: object, update_id: str | None = None) -> messages.OrderState:
        return await self.processes.update(
            messages.workflow_id(self.order.id), name, message, messages.OrderState, update_id=update_id
        )

    async def accept(self) -> messages.OrderState:
        return await self.move("accept", messages.AcceptOrder(self.order.shop.owner_id), "accept")

    async def send(self, *listing_ids: str) -> str:
        """Packs these lines (all without an argument), hands them over; the parcel's tracking number."""
        parcel_id = new_id("par")
        lines = tuple(messages.ParcelLine(key, self.order.pieces[key]) for key in listing_ids or self.order.pieces)
        message = messages.BuyLabel(self.order.shop.owner_id, parcel_id, "swift", "standard", 900, lines)
        label = await self.processes.update(
            messages.workflow_id(self.order.id), "buy_label", message, messages.LabelBought
        )
        await self.move("hand_over", messages.HandOver(self.order.shop.owner_id, parcel_id))
        return label.tracking_number

    async def callback(self, tracking_number: str, kind: str, attempt: int = 1) -> int:
        """What the webhook route does: store first, then process; the row's id."""
        event = inbox.NewEvent("courier:swift", f"evt_{next(_events)}", kind, tracking_number, {}, attempt)
        async with self.database.transaction() as session:
            leased = await inbox.store(session, event)
        assert leased is not None
        await self.inbox.process(leased)
        return leased.id

    async def row(self, row_id: int) -> InboxEvent:
        async with self.database.transaction() as session:
            return await session.get_one(InboxEvent, row_id)

    async def handed_over(self, row_id: int) -> None:
        """The sweeper works until the row is processed."""

        async def processed() -> bool:
            async with self.database.transaction() as session:
                await session.execute(update(InboxEvent).values(next_attempt_at=InboxEvent.received_at))
            await self.inbox.sweep()
            return (await self.row(row_id)).processed_at is not None

        await patiently(processed)

    async def attempts(self) -> list[tuple[int, str]]:
        async with self.database.transaction() as session:
            rows = await session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.attempt))
            return [(row.attempt, row.outcome) for row in rows]

    async def story(self) -> list[str]:
        """As SQL tells it; fails when the process itself tells another one."""
        workflow_id = messages.workflow_id(self.order.id)
        async with self.database.transaction() as session:
            written = await read_timeline(session, workflow_id)
            process = await read_process(session, workflow_id)
        told = await self.processes.timeline(workflow_id)
        assert tuple(written) == told.entries
        assert process is not None
        assert process.status == told.status
        return [entry.what for entry in written]

    async def balance(self, kind: AccountKind, owner: str = "") -> int:
        async with self.database.transaction() as session:
            return (await ledger.balance(session, kind, owner, "USD")).minor


@pytest.fixture(scope="module")
async def client(temporal_dev_server: TemporalServer) -> Client:
    await namespaces.ensure(temporal_dev_server.address, NAMESPACE)
    return await Client.connect(temporal_dev_server.address, namespace=NAMESPACE, data_converter=UNSEALED)


@pytest.fixture
async def town(client: Client, database: Database) -> Town:
    """Two mugs and a scarf, paid."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        mug = await add_listing(session, shop, Piece(price_minor=2_400, on_hand=1))
        scarf = await add_listing(session, shop, Piece(title="Scarf", price_minor=8_000, on_hand=0))
        order = await add_paid_order(session, shop, {mug: 2, scarf: 1})
    return Town(client, database, order)


async def test_callbacks_bring_two_parcels_home_and_the_money_to_the_artisan(town: Town) -> None:
    mug, scarf = town.order.pieces
    async with town.workers():
        handle = await town.start()
        await town.accept()
        mugs, scarfs = await town.send(mug), await town.send(scarf)
        rows = [await town.callback(mugs, "delivered"), await town.callback(scarfs, "failed")]
        await patiently(lambda: _dispatched(town, (scarfs, 2)))
        rows.append(await town.callback(scarfs, "delivered", 2))
        result = await handle.result()
        for row in rows:
            await town.handed_over(row)
        assert result == messages.FulfillmentResult(OrderStatus.COMPLETED, 0)
        story = await town.story()
    assert story.count("parcel_delivered") == 2
    assert story.count("delivery_failed") == 1
    assert sorted(town.courier.dispatched) == sorted([(mugs, 1), (scarfs, 1), (scarfs, 2)])
    assert await town.balance(AccountKind.ORDER_HELD, town.order.id) == 0
    assert await town.balance(AccountKind.FEES_EARNED) == -town.order.fee_minor
    earned = 2 * 2_400 + 8_000 + 800 - town.order.fee_minor
    kept = await town.balance(AccountKind.ARTISAN_RESERVE, town.order.shop.id)  # a new shop's reserve
    assert await town.balance(AccountKind.ARTISAN_PAYABLE, town.order.shop.id) + kept == -earned
    assert town.mailer.to(town.order.shop.owner_email) == ["order_received", "funds_released"]


async def _dispatched(town: Town, wanted: tuple[str, int]) -> bool:
    return wanted in town.courier.dispatched


async def test_a_callback_is_kept_until_the_process_has_recorded_it(town: Town) -> None:
    """Nobody works when it comes; it waits, also when Temporal has taken it already."""
    async with town.workers():
        handle = await town.start(replace(SOON, release_after=timedelta(days=1)))
        await town.accept()
        tracking = await town.send()
        await patiently(lambda: _dispatched(town, (tracking, 1)))
    row = await town.callback(tracking, "delivered")
    kept = await town.row(row)
    assert kept.processed_at is None
    assert kept.last_error == "waits_for_its_record"
    assert await town.attempts() == []
    async with town.workers():
        await town.handed_over(row)
    assert await town.attempts() == [(1, "delivered")]
    await handle.terminate()


async def test_a_callback_before_the_activity_is_open_is_not_lost(town: Town) -> None:
    """The pool of the couriers is down: the activity waits in its queue, and nobody has opened it."""
    async with AsyncExitStack() as stack:
        worker = Worker(
            town.client,
            task_queue=messages.TASK_QUEUE,
            workflows=[FulfillmentWorkflow],
            activities=FulfillmentActivities(town.database).all(),
            workflow_runner=RUNNER,
        )
        logistics = LogisticsActivities(town.database, {"swift": town.courier})
        async with worker:
            async with Worker(town.client, task_queue="logistics", activities=[logistics.buy_label]):
                handle = await town.start()
                await town.accept()
                parcel_id = new_id("par")
                lines = tuple(messages.ParcelLine(key, number) for key, number in town.order.pieces.items())
                label = await town.processes.update(
                    messages.workflow_id(town.order.id),
                    "buy_label",
                    messages.BuyLabel(town.order.shop.owner_id, parcel_id, "swift", "standard", 900, lines),
                    messages.LabelBought,
                )
            await town.move("hand_over", messages.HandOver(town.order.shop.owner_id, parcel_id))
            row = await town.callback(label.tracking_number, "delivered")
            assert (await town.row(row)).processed_at is None
        await stack.enter_async_context(town.workers())
        assert (await handle.result()).status is OrderStatus.COMPLETED
        await town.handed_over(row)
    assert await town.attempts() == [(1, "delivered")]


async def test_what_comes_after_the_buyers_word_changes_nothing(town: Town) -> None:
    async with town.workers():
        handle = await town.start()
        await town.accept()
        tracking = await town.send()
        await town.move("confirm_receipt", messages.ConfirmReceipt(town.order.buyer_id))
        late = [await town.callback(tracking, "returned"), await town.callback(tracking, "delivered")]
        assert (await handle.result()).status is OrderStatus.COMPLETED
        for row in late:
            await town.handed_over(row)
        assert "receipt_confirmed" in await town.story()
    assert await town.attempts() == [(1, "delivered")]
    assert town.refunds.sent == {}


async def test_overdue_then_lost_is_refunded_to_the_cent_through_a_failing_provider(town: Town) -> None:
    town.refunds.fails = [PartnerUnavailable("away")]
    town.refunds.forgets_answers = 1
    async with town.workers():
        handle = await town.start(replace(SOON, deliver_within=SECOND, lost_after=SECOND))
        await town.accept()
        tracking = await town.send()
        result = await handle.result()
        late = await town.callback(tracking, "delivered")
        await town.handed_over(late)
        story = await town.story()
    assert result == messages.FulfillmentResult(OrderStatus.REFUNDED, town.order.total_minor)
    assert story[-3:] == ["delivery_overdue", "parcel_lost", "refund_sent"]
    assert len(town.refunds.sent) == 1
    for kind, owner in ((AccountKind.ORDER_HELD, town.order.id), (AccountKind.TAX_PAYABLE, "")):
        assert await town.balance(kind, owner) == 0
    assert await town.attempts() == [(1, "lost")]


async def test_a_callback_after_overdue_still_counts(town: Town) -> None:
    async with town.workers():
        handle = await town.start(replace(SOON, deliver_within=SECOND))
        await town.accept()
        tracking = await town.send()

        async def overdue() -> bool:
            async with town.database.transaction() as session:
                process = await read_process(session, messages.workflow_id(town.order.id))
            return process is not None and process.status == "delivery_overdue"

        await patiently(overdue)
        await town.handed_over(await town.callback(tracking, "delivered"))
        assert (await handle.result()).status is OrderStatus.COMPLETED
    assert town.refunds.sent == {}


async def test_an_answer_and_its_deadline_in_one_breath_have_one_outcome(town: Town) -> None:
    """Nobody works while the deadline passes and the answer comes; both are seen together, and the answer wins."""
    handle = await town.start(replace(SOON, accept_within=2 * SECOND, accept_reminder_after=2 * SECOND))
    async with town.workers():
        await patiently(lambda: _opened(town))
    await asyncio.sleep(2.5)
    accepting = asyncio.create_task(town.accept())
    await asyncio.sleep(0.5)
    async with town.workers():
        assert (await accepting).status is OrderStatus.MAKING
        with pytest.raises(NotNow):
            await town.move("decline", messages.DeclineOrder(town.order.shop.owner_id, "other"))
    assert town.refunds.sent == {}
    await handle.terminate()


async def _opened(town: Town) -> bool:
    async with town.database.transaction() as session:
        return await read_process(session, messages.workflow_id(town.order.id)) is not None


async def test_a_declined_order_gives_back_money_and_pieces(town: Town) -> None:
    async with town.workers():
        handle = await town.start()
        state = await town.move("decline", messages.DeclineOrder(town.order.shop.owner_id, "cannot_make", restock=True))
        assert state.status in {OrderStatus.REFUNDING, OrderStatus.REFUNDED}
        assert await handle.result() == messages.FulfillmentResult(OrderStatus.REFUNDED, town.order.total_minor)
        assert await town.story() == ["order_received", "order_declined", "refund_sent"]
        with pytest.raises(ProcessClosed):
            await town.move("accept", messages.AcceptOrder(town.order.shop.owner_id))
    assert sorted(town.mailer.to(town.order.buyer_email)) == ["order_declined", "order_refunded"]


async def test_two_clicks_under_one_id_are_one_answer(town: Town) -> None:
    async with town.workers():
        handle = await town.start()
        first, second = await asyncio.gather(town.accept(), town.accept())
        assert first == second
        assert (await town.story()).count("order_accepted") == 1
    await handle.terminate()
