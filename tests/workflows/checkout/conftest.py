"""A checkout on the time-skipping server, with the world played by the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from temporalio import workflow
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateHandle, WorkflowUpdateStage
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.types import TimelineEntry
from tests.support.time_skipping import jumping_clock
from tests.workflows.checkout.fakes import World
from workers.sandbox import RUNNER
from workflows.checkout import messages
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.fulfillment import messages as fulfillment
from workflows.policies import CheckoutDeadlines

R = TypeVar("R")
CART = "crt_1"


@workflow.defn(name=fulfillment.WORKFLOW)
class FulfillmentThatOnlyStarts:
    """The checkout starts its orders and leaves; what they do is tested elsewhere."""

    @workflow.run
    async def run(self, order: fulfillment.FulfillmentInput) -> str:
        return order.order_id


@dataclass
class Play:
    """One checkout in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[CheckoutWorkflow, messages.CheckoutResult]
    cart_id: str = CART
    deadlines: CheckoutDeadlines = field(default_factory=CheckoutDeadlines)

    async def place(self, expected_total_minor: int | None = None, credit_minor: int = 0) -> messages.PlacedCheckout:
        """The click, as the API sends it."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            messages.WORKFLOW,
            messages.CheckoutInput(self.cart_id, 1, "usr_buyer", deadlines=self.deadlines),
            id=messages.workflow_id(self.cart_id, 1),
            task_queue=messages.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        placed: messages.PlacedCheckout = await self.env.client.execute_update_with_start_workflow(
            "place",
            messages.PlaceCheckout("adr_1", expected_total_minor, credit_minor),
            start_workflow_operation=start,
            id="place",
            result_type=messages.PlacedCheckout,
        )
        return placed

    async def tell(self, signal: str, event_id: str = "evt_1") -> None:
        await self.handle.signal(signal, messages.PaymentEvent(event_id))

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    async def result(self) -> messages.CheckoutResult:
        async with jumping_clock(self.env):
            return await self.handle.result()

    async def timeline(self) -> messages.Timeline:
        return await self.handle.query(CheckoutWorkflow.timeline)

    async def start_update(self, name: str, message: Any) -> WorkflowUpdateHandle[Any]:
        """While an update is awaited time does not skip, so tests start it and let time pass."""
        return await self.handle.start_update(name, message, wait_for_stage=WorkflowUpdateStage.ACCEPTED)

    def written(self) -> list[TimelineEntry]:
        """What SQL would hold, in order."""
        by_sequence = {entry.sequence: entry for progress in self.world.written for entry in progress.entries}
        return [by_sequence[sequence] for sequence in sorted(by_sequence)]


@asynccontextmanager
async def playing(
    env: WorkflowEnvironment, world: World, cart_id: str = CART, deadlines: CheckoutDeadlines | None = None
) -> AsyncIterator[Play]:
    """All pools with the world's activities."""
    queues: dict[str, list[Callable[..., Awaitable[Any]]]] = {
        messages.TASK_QUEUE: [
            world.reserve_and_freeze,
            world.record,
            world.assess_risk,
            world.hold_for_review,
            world.close_unpaid,
            world.complete_sale,
            world.update_search,
        ],
        "payments": [
            world.create_payment,
            world.look_up_payment,
            world.cancel_payment,
            world.void_payment,
            world.capture_payment,
        ],
        "notifications": [world.notify],
    }
    async with AsyncExitStack() as stack:
        for queue, activities in queues.items():
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=[CheckoutWorkflow] if queue == messages.TASK_QUEUE else [],
                    activities=activities,
                    workflow_runner=RUNNER,
                )
            )
        await stack.enter_async_context(
            Worker(
                env.client,
                task_queue=fulfillment.TASK_QUEUE,
                workflows=[FulfillmentThatOnlyStarts],
                workflow_runner=UnsandboxedWorkflowRunner(),
            )
        )
        handle: WorkflowHandle[CheckoutWorkflow, messages.CheckoutResult] = env.client.get_workflow_handle(
            messages.workflow_id(cart_id, 1), result_type=messages.CheckoutResult
        )
        yield Play(env, world, handle, cart_id, deadlines or CheckoutDeadlines())


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with playing(time_skipping_env, world) as checkout:
        yield checkout
