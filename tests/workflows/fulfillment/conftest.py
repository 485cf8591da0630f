"""An order on the time-skipping server, with the world played by the test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateHandle, WorkflowUpdateStage
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from models.types import TimelineEntry
from tests.support.stack import eventually
from tests.workflows.fulfillment.fakes import ORDERED, World
from workers.sandbox import RUNNER
from workflows.fulfillment import messages
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.policies import FulfillmentDeadlines

BUYER, ARTISAN = "usr_buyer", "usr_artisan"
WAITS = FulfillmentDeadlines()
ORDER = messages.FulfillmentInput(
    order_id="ord_1",
    checkout_id="checkout-crt_1-1",
    buyer_id=BUYER,
    shop_id="shp_1",
    artisan_id=ARTISAN,
    currency="USD",
    total_minor=12_800,
    pieces=sum(ORDERED.values()),
    deadlines=WAITS,
)
COMMISSIONED = replace(ORDER, checkout_id="", commission_id="com_1", total_minor=8_640, pieces=1)
PIECE = (messages.ParcelLine("com_1", 1),)
ALL = (messages.ParcelLine("lst_mug", 2), messages.ParcelLine("lst_scarf", 1))
MUGS = (messages.ParcelLine("lst_mug", 2),)
ONE_MUG = (messages.ParcelLine("lst_mug", 1),)
SCARF = (messages.ParcelLine("lst_scarf", 1),)


@dataclass
class Play:
    """One order in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[FulfillmentWorkflow, messages.FulfillmentResult]

    async def opened(self) -> None:
        """Nothing can be cancelled before, and a busy server hands over a message together with the start."""
        await eventually(lambda: bool(self.world.opened), what="the order is open")

    async def accept(self) -> messages.OrderState:
        return await self.handle.execute_update(FulfillmentWorkflow.accept, messages.AcceptOrder(ARTISAN))

    async def decline(self, reason: str = "cannot_make", *, restock: bool = False) -> messages.OrderState:
        return await self.handle.execute_update(
            FulfillmentWorkflow.decline, messages.DeclineOrder(ARTISAN, reason, restock)
        )

    async def finish_making(self) -> messages.OrderState:
        return await self.handle.execute_update(FulfillmentWorkflow.finish_making, messages.FinishMaking(ARTISAN))

    async def pack(
        self, parcel_id: str, lines: tuple[messages.ParcelLine, ...] = ALL, **changes: Any
    ) -> messages.LabelBought:
        return await self.handle.execute_update(FulfillmentWorkflow.buy_label, label(parcel_id, lines, **changes))

    async def hand_over(self, parcel_id: str) -> messages.OrderState:
        return await self.handle.execute_update(FulfillmentWorkflow.hand_over, messages.HandOver(ARTISAN, parcel_id))

    async def confirm_receipt(self, actor_id: str = BUYER) -> messages.OrderState:
        return await self.handle.execute_update(FulfillmentWorkflow.confirm_receipt, messages.ConfirmReceipt(actor_id))

    async def cancel(self, lines: tuple[messages.ParcelLine, ...] = (), by: str = BUYER) -> messages.OrderState:
        await self.opened()
        return await self.handle.execute_update(FulfillmentWorkflow.cancel, messages.CancelOrder(by, lines))

    async def answer_cancellation(self, *, agree: bool, restock: bool = False) -> messages.OrderState:
        return await self.handle.execute_update(
            FulfillmentWorkflow.answer_cancellation, messages.AnswerCancellation(ARTISAN, agree, restock)
        )

    async def send(self, parcel_id: str, lines: tuple[messages.ParcelLine, ...] = ALL) -> messages.OrderState:
        await self.pack(parcel_id, lines)
        return await self.hand_over(parcel_id)

    async def start_packing(
        self, parcel_id: str, lines: tuple[messages.ParcelLine, ...] = ALL
    ) -> WorkflowUpdateHandle[messages.LabelBought]:
        """While an update is awaited time does not skip, so tests start it and let time pass."""
        return await self.handle.start_update(
            FulfillmentWorkflow.buy_label, label(parcel_id, lines), wait_for_stage=WorkflowUpdateStage.ACCEPTED
        )

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    async def status(self) -> str:
        return (await self.timeline()).status

    async def timeline(self) -> messages.Timeline:
        return await self.handle.query(FulfillmentWorkflow.timeline)

    async def story(self) -> list[str]:
        return [entry.what for entry in (await self.timeline()).entries]

    def written(self) -> list[TimelineEntry]:
        """What SQL would hold, in order."""
        by_sequence = {entry.sequence: entry for progress in self.world.written for entry in progress.entries}
        return [by_sequence[sequence] for sequence in sorted(by_sequence)]


def label(parcel_id: str, lines: tuple[messages.ParcelLine, ...] = ALL, **changes: Any) -> messages.BuyLabel:
    given: dict[str, Any] = {
        "actor_id": ARTISAN,
        "parcel_id": parcel_id,
        "courier": "swift",
        "service": "standard",
        "weight_grams": 900,
        "lines": lines,
    }
    return messages.BuyLabel(**{**given, **changes})


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    """All pools with the world's activities."""
    queues: dict[str, list[Callable[..., Any]]] = {
        messages.TASK_QUEUE: world.database(),
        "logistics": [world.buy_label, world.dispatch, world.deliver],
        "payments": [world.send_refund],
        "notifications": [world.notify],
    }
    async with AsyncExitStack() as stack:
        for queue, activities in queues.items():
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=[FulfillmentWorkflow] if queue == messages.TASK_QUEUE else [],
                    activities=activities,
                    workflow_runner=RUNNER,
                )
            )
        yield


async def open_order(
    env: WorkflowEnvironment, order: messages.FulfillmentInput = ORDER
) -> WorkflowHandle[FulfillmentWorkflow, messages.FulfillmentResult]:
    return await env.client.start_workflow(
        FulfillmentWorkflow.run, order, id=messages.workflow_id(order.order_id), task_queue=messages.TASK_QUEUE
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await open_order(time_skipping_env))
