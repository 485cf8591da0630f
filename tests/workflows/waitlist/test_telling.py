"""A commission that ends says that a place may be free: to nobody, to a list that runs, and to one that ends that very
moment. Whatever becomes of the list, who waits is looked for, and the commission's own end is none of its business."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import (
    Interceptor,
    SignalExternalWorkflowInput,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from activities.waitlist import PlaceFree
from tests.workflows.waitlist.stories import List, Wait, listing, looked
from workflows.waitlist import messages
from workflows.waitlist.telling import place_may_be_free

QUEUE = "ended-commissions"


@workflow.defn(name="EndedCommission", sandboxed=False)
class EndedCommission:
    """The last thing that a commission does."""

    @workflow.run
    async def run(self, commission_id: str) -> str:
        await place_may_be_free(commission_id)
        return commission_id


class Meanwhile(Interceptor):
    """Between the attempt to start the list, which finds it running, and the signal to it, the list ends."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        await workflow.execute_local_activity("test.the_list_ends", start_to_close_timeout=timedelta(seconds=10))
        await super().signal_external_workflow(input)


@asynccontextmanager
async def telling(env: WorkflowEnvironment, shop_id: str | None, *interceptors: Interceptor) -> AsyncIterator[None]:
    @activity.defn(name="commission.shop_that_waits")
    async def shop_that_waits(step: PlaceFree) -> str | None:
        return shop_id

    @activity.defn(name="test.the_list_ends")
    async def the_list_ends() -> None:
        await env.client.get_workflow_handle(messages.workflow_id(shop_id or "")).terminate()

    async with Worker(
        env.client,
        task_queue=QUEUE,
        workflows=[EndedCommission],
        activities=[shop_that_waits, the_list_ends],
        interceptors=interceptors,
    ):
        yield


async def ends(env: WorkflowEnvironment, commission_id: str) -> None:
    told = await env.client.execute_workflow(
        EndedCommission.run, commission_id, id=f"ended-{commission_id}", task_queue=QUEUE
    )
    assert told == commission_id


async def test_where_nobody_waits_no_list_begins(time_skipping_env: WorkflowEnvironment) -> None:
    async with telling(time_skipping_env, None):
        await ends(time_skipping_env, "com_alone")


async def test_a_list_that_runs_looks_again(time_skipping_env: WorkflowEnvironment) -> None:
    waits = List([Wait("heard_1"), Wait("heard_2")], free=0)
    async with listing(time_skipping_env, waits, "shp_heard") as handle:
        await looked(waits)
        async with telling(time_skipping_env, "shp_heard"):
            waits.free += 1
            await ends(time_skipping_env, "com_heard")
        await looked(waits, 2)
        assert waits.states() == ["offered", "waiting"]
        await handle.terminate()


async def test_a_list_that_ends_before_it_hears_is_begun_anew(time_skipping_env: WorkflowEnvironment) -> None:
    """Somebody waits, as it was looked up; their list must not be silent until the next one joins."""
    waits = List([Wait("late_1")], free=0)
    async with listing(time_skipping_env, waits, "shp_late"):
        await looked(waits)
        async with telling(time_skipping_env, "shp_late", Meanwhile()):
            waits.free += 1
            await ends(time_skipping_env, "com_late")
        await asyncio.wait_for(looked(waits, 2), timeout=10)
        assert waits.states() == ["offered"]
        await time_skipping_env.client.get_workflow_handle(messages.workflow_id("shp_late")).terminate()
