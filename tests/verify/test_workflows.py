"""Status rows and workflows that do not belong together are named. On a real server, with runs that nobody works on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from core import clock
from deploy.verify import workflows
from tests.support.sandbox import eventually
from tests.verify.conftest import PARCEL, Market


@workflow.defn(name="FulfillmentWorkflow")
class WaitsForOneActivity:
    """Opens one activity that nobody takes, as a delivery stays open until the courier calls."""

    @workflow.run
    async def run(self, kind: str, activity_id: str) -> None:
        await workflow.execute_activity(
            kind, activity_id=activity_id, task_queue="nobody", start_to_close_timeout=timedelta(hours=1)
        )


STRAY = "checkout-stray-1"


class Runs:
    """Starts workflows under the names that the market's processes have, and ends them after the test."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue
        self._started: list[str] = []

    async def idle(self, workflow_id: str, kind: str = "CheckoutWorkflow", queue: str = "nobody") -> None:
        await self._client.start_workflow(kind, id=workflow_id, task_queue=queue)
        self._started.append(workflow_id)

    async def waiting(self, workflow_id: str, kind: str, activity_id: str) -> None:
        await self._client.start_workflow(
            "FulfillmentWorkflow", args=[kind, activity_id], id=workflow_id, task_queue=self._queue
        )
        self._started.append(workflow_id)

        async def is_open() -> bool:
            described = await self._client.get_workflow_handle(workflow_id).describe()
            return bool(described.raw_description.pending_activities)

        await eventually(is_open)

    async def listed(self, workflow_id: str) -> None:
        """The server's lists lag a moment behind."""

        async def is_listed() -> bool:
            query = f"WorkflowId = '{workflow_id}' AND ExecutionStatus = 'Running'"
            return bool([found async for found in self._client.list_workflows(query)])

        await eventually(is_listed)

    async def end(self, workflow_id: str) -> None:
        await self._client.get_workflow_handle(workflow_id).terminate()
        self._started.remove(workflow_id)

    async def end_all(self) -> None:
        for workflow_id in list(self._started):
            await self.end(workflow_id)


@pytest.fixture
async def runs(temporal_client: Client, market: Market) -> AsyncIterator[Runs]:
    """The market's own open processes run: the waiting checkout and the order that was sent."""
    queue = f"verify-{uuid4().hex[:8]}"
    worker = Worker(
        temporal_client,
        task_queue=queue,
        workflows=[WaitsForOneActivity],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        started = Runs(temporal_client, queue)
        await started.idle(market.open)
        await started.idle(f"fulfillment-{market.sent_order}", "FulfillmentWorkflow")
        yield started
        await started.end_all()


async def told(market: Market, client: Client, later: timedelta = timedelta()) -> list[str]:
    """Only of this market: other tests' runs share the server."""
    found = await workflows.examine(market.connection, client, clock.now() + later)
    ours = {market.paid, market.unpaid, market.open, market.sent_order, market.refunded_order, STRAY}
    sentences = [violation.sentence for line in found for violation in line.violations]
    return [sentence for sentence in sentences if any(name in sentence for name in ours)]


async def test_processes_and_workflows_that_agree(market: Market, runs: Runs, temporal_client: Client) -> None:
    assert await told(market, temporal_client) == []


async def test_an_open_process_without_its_workflow(market: Market, runs: Runs, temporal_client: Client) -> None:
    await runs.end(market.open)
    assert await told(market, temporal_client) == [f"{market.open} is placing, but its workflow is terminated"]


async def test_an_open_process_that_temporal_never_saw(market: Market, runs: Runs, temporal_client: Client) -> None:
    await market.damage(
        "UPDATE processes SET is_final = false, status = 'awaiting_payment' WHERE workflow_id = '{paid}'"
    )
    assert await told(market, temporal_client) == [
        f"{market.paid} is awaiting_payment, but its workflow is unknown to Temporal"
    ]


async def test_an_order_that_nobody_began(market: Market, runs: Runs, temporal_client: Client) -> None:
    name = f"fulfillment-{market.refunded_order}"
    await market.damage(
        "DELETE FROM timeline_entries WHERE workflow_id = 'fulfillment-{refunded_order}'",
        "DELETE FROM processes WHERE workflow_id = 'fulfillment-{refunded_order}'",
    )
    assert await told(market, temporal_client) == [
        f"{name} has not begun, its workflow is unknown to Temporal and {market.paid} does not run any more"
    ]
    await runs.idle(market.paid)
    assert f"{name} has not begun" not in " ".join(await told(market, temporal_client))


async def test_a_final_process_whose_workflow_runs(market: Market, runs: Runs, temporal_client: Client) -> None:
    await runs.idle(market.unpaid)
    await runs.listed(market.unpaid)
    assert await told(market, temporal_client) == [f"{market.unpaid} is expired, but its workflow still runs"]


async def test_an_ended_process_may_have_mail_to_send(market: Market, runs: Runs, temporal_client: Client) -> None:
    await runs.waiting(f"fulfillment-{market.refunded_order}", "notifications.notify", "1")
    await runs.listed(f"fulfillment-{market.refunded_order}")
    assert await told(market, temporal_client) == []


async def test_a_workflow_without_a_process(market: Market, runs: Runs, temporal_client: Client) -> None:
    await runs.idle(STRAY)
    await runs.listed(STRAY)
    assert await told(market, temporal_client) == []
    assert await told(market, temporal_client, timedelta(minutes=3)) == [
        f"the workflow {STRAY} runs, and no process in our tables knows of it"
    ]


async def test_a_parcel_that_nobody_waits_for(market: Market, runs: Runs, temporal_client: Client) -> None:
    await market.damage("UPDATE parcels SET status = 'handed_over'")
    name = f"fulfillment-{market.sent_order}"
    assert await told(market, temporal_client) == [
        f"parcel {PARCEL} of order {market.sent_order} is on its way, deliver-{PARCEL}-2 is not open"
    ]
    await runs.end(name)
    await runs.waiting(name, "logistics.deliver", f"deliver-{PARCEL}-2")
    assert await told(market, temporal_client) == []


@workflow.defn(name="CheckoutWorkflow")
class CannotGoOn:
    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("this build cannot replay that history")


async def test_a_process_that_cannot_go_on(
    market: Market, runs: Runs, temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its deadline nobody waits for it; after it, a workflow task that fails for ever is named."""
    monkeypatch.setattr(workflows, "STUCK_AFTER", 1)  # the server takes its time between later tries
    queue = f"stuck-{uuid4().hex[:8]}"
    await runs.end(market.open)
    await runs.idle(market.open, queue=queue)
    worker = Worker(
        temporal_client, task_queue=queue, workflows=[CannotGoOn], workflow_runner=UnsandboxedWorkflowRunner()
    )
    async with worker:
        handle = temporal_client.get_workflow_handle(market.open)

        async def has_failed_often() -> bool:
            return (await handle.describe()).raw_description.pending_workflow_task.attempt > workflows.STUCK_AFTER

        await eventually(has_failed_often)
        assert await told(market, temporal_client) == []
        await market.damage("UPDATE processes SET deadline = now() - interval '2 minutes' WHERE workflow_id = '{open}'")
        found = await told(market, temporal_client)
    assert len(found) == 1
    assert f"{market.open} is placing beyond its deadline, and its workflow task failed" in found[0]
