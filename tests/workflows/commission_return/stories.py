"""The stories of a refund that a bank undid: a provider that obeys the test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.commission_return import SendAgain
from models.errors import PartnerRefused
from workers.sandbox import RUNNER
from workflows.commission_return import messages
from workflows.commission_return.workflow import CommissionReturnWorkflow
from workflows.steps import PAYMENTS_QUEUE

Handle = WorkflowHandle[CommissionReturnWorkflow, messages.CommissionReturnResult]


@dataclass
class Provider:
    refusals: int = 0
    """So many are refused before one is carried."""
    asked: int = 0

    @activity.defn(name="commission.send_refund_again")
    async def send_again(self, step: SendAgain) -> None:
        self.asked += 1
        if self.asked <= self.refusals:
            raise application_error(PartnerRefused("The payment provider could not send this refund."))


STORIES: Mapping[str, int] = {"sent-at-once": 0, "refused-at-first": 2}


@asynccontextmanager
async def mending(env: WorkflowEnvironment, provider: Provider, name: str) -> AsyncIterator[Handle]:
    """The process, started as the API starts it."""
    refund_id = f"commission-com_{name}/settle/1-1"
    async with AsyncExitStack() as stack:
        for queue in (messages.TASK_QUEUE, PAYMENTS_QUEUE):
            ours = queue == messages.TASK_QUEUE
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=[CommissionReturnWorkflow] if ours else [],
                    activities=[] if ours else [provider.send_again],
                    workflow_runner=RUNNER,
                )
            )
        yield await env.client.start_workflow(
            CommissionReturnWorkflow.run,
            messages.CommissionReturnInput(f"com_{name}", f"commission-com_{name}/settle"),
            id=messages.workflow_id(refund_id),
            task_queue=messages.TASK_QUEUE,
        )


async def play(environment: WorkflowEnvironment, name: str) -> Handle:
    """Plays one story to its end."""
    async with mending(environment, Provider(STORIES[name]), name) as handle:
        await handle.result()
        return handle
