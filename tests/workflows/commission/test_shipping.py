"""How a finished commission sends its piece, with the real fulfilment as its child."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.commission_order import MadeCommissionOrder, MakeCommissionOrder
from models.rules.commission.charges import Charge
from models.rules.commission.contract import Milestone, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission
from models.rules.refunds import Share
from models.types import DeliveryOutcome, OrderStatus
from tests.workflows.fulfillment import conftest as fulfilling
from tests.workflows.fulfillment.conftest import PIECE, Play, workers
from tests.workflows.fulfillment.fakes import Told, World
from workers.sandbox import RUNNER
from workflows.commission.shipping import ship
from workflows.fulfillment import messages

QUEUE = "commission"
TERMS = Terms(
    "USD", (Milestone(1, 40_000, 10),), deposit_minor=40_000, shipping_minor=8_000, starts_on=date(2026, 11, 23)
)
FINISHED = Commission(
    id="com_1",
    customer_id=fulfilling.BUYER,
    artisan_id=fulfilling.ARTISAN,
    currency="USD",
    fee_bp=650,
    waits=CommissionDeadlines(),
    asked_at=datetime(2026, 11, 1, tzinfo=UTC),
    terms=TERMS,
    tax_minor=3_840,
    charges=[Charge(1, 48_000, 3_840)],
)


@workflow.defn(name="SmallCommission")
class SmallCommission:
    """Does nothing but send."""

    @workflow.run
    async def run(self, it: Commission) -> str:
        await ship(it)
        return "completed"


class Orders:
    """Makes orders, and remembers what of."""

    def __init__(self) -> None:
        self.made: list[MakeCommissionOrder] = []

    @activity.defn(name="commission.make_order")
    async def make_order(self, step: MakeCommissionOrder) -> MadeCommissionOrder:
        self.made.append(step)
        return MadeCommissionOrder("ord_1", "shp_1", step.shipping.total_minor)


@pytest.fixture
async def orders(time_skipping_env: WorkflowEnvironment) -> AsyncIterator[Orders]:
    orders = Orders()
    async with Worker(
        time_skipping_env.client,
        task_queue=QUEUE,
        workflows=[SmallCommission],
        activities=[orders.make_order],
        workflow_runner=RUNNER,
    ):
        yield orders


async def test_the_commission_is_complete_when_its_piece_has_arrived(
    time_skipping_env: WorkflowEnvironment, orders: Orders
) -> None:
    env, world = time_skipping_env, World(ordered={"com_1": 1})
    world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, timedelta(days=2))
    async with workers(env, world):
        parent = await env.client.start_workflow("SmallCommission", FINISHED, id="commission-com_1", task_queue=QUEUE)
        while not world.opened:
            await env.sleep(timedelta(milliseconds=100))
        child = env.client.get_workflow_handle(messages.workflow_id("ord_1"), result_type=messages.FulfillmentResult)
        await Play(env, world, child).send("par_1", PIECE)
        begun = await env.get_current_time()
        assert await parent.result() == "completed"
        result = await child.result()
        assert await env.get_current_time() >= begun + timedelta(days=2)
    assert result.status is OrderStatus.COMPLETED
    (made,) = orders.made
    assert (made.commission_id, made.operation) == ("com_1", "commission-com_1/ship")
    assert made.shipping == Share(0, 8_000, 640, 0)
    assert [step.order_id for step in world.released] == ["ord_1"]


async def test_a_demo_is_sent_in_seconds_and_what_is_never_sent_completes_it_all_the_same(
    time_skipping_env: WorkflowEnvironment, orders: Orders
) -> None:
    env, world = time_skipping_env, World(ordered={"com_1": 1})
    quick = replace(FINISHED, waits=replace(FINISHED.waits, day=timedelta(seconds=24)))
    async with workers(env, world):
        done = await env.client.execute_workflow("SmallCommission", quick, id="commission-com_1", task_queue=QUEUE)
    assert done == "completed"
    told = [entry.at for progress in world.written for entry in progress.entries]
    assert max(told) - min(told) < timedelta(hours=1)
    assert world.refunded() == [("not_shipped", {"com_1": 1})]


async def test_an_operator_who_ends_the_sending_does_not_end_the_commission(
    time_skipping_env: WorkflowEnvironment, orders: Orders
) -> None:
    env, world = time_skipping_env, World(ordered={"com_1": 1})
    async with workers(env, world):
        parent = await env.client.start_workflow("SmallCommission", FINISHED, id="commission-com_1", task_queue=QUEUE)
        while not world.opened:
            await env.sleep(timedelta(milliseconds=100))
        await env.client.get_workflow_handle(messages.workflow_id("ord_1")).cancel()
        assert await parent.result() == "completed"


async def test_who_ends_the_commission_does_not_end_the_sending(
    time_skipping_env: WorkflowEnvironment, orders: Orders
) -> None:
    env, world = time_skipping_env, World(ordered={"com_1": 1})
    async with workers(env, world):
        parent = await env.client.start_workflow("SmallCommission", FINISHED, id="commission-com_1", task_queue=QUEUE)
        while not world.opened:
            await env.sleep(timedelta(milliseconds=100))
        await parent.cancel()
        while (await parent.describe()).status is WorkflowExecutionStatus.RUNNING:
            await env.sleep(timedelta(milliseconds=100))
        child = env.client.get_workflow_handle(messages.workflow_id("ord_1"))
        assert (await parent.describe()).status is WorkflowExecutionStatus.CANCELED
        assert (await child.describe()).status is WorkflowExecutionStatus.RUNNING
        await child.terminate()
