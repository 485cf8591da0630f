"""A request on the time-skipping server, with the world played by the test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.workflows.refund.fakes import World
from workers.sandbox import RUNNER
from workflows.policies import RefundDeadlines
from workflows.refund import messages
from workflows.refund.workflow import RefundWorkflow

BUYER, ARTISAN, FINANCE = "usr_buyer", "usr_artisan", "usr_finance"
WAITS = RefundDeadlines()
REQUEST = messages.RefundInput(
    request_id="rfd_1",
    order_id="ord_1",
    buyer_id=BUYER,
    artisan_id=ARTISAN,
    kind=messages.RefundKind.PROBLEM,
    currency="USD",
    asked_minor=6_050,
    reason="damaged",
    deadlines=WAITS,
)
UNSETTLED = replace(
    REQUEST,
    kind=messages.RefundKind.UNSETTLED,
    reason="lost",
    operation="fulfillment-ord_1/refund-par_1",
    tries=1,
    pending=True,
)


@dataclass
class Play:
    """One request in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[RefundWorkflow, messages.RefundResult]

    async def answer(self, offer_minor: int, *, with_return: bool = False, by: str = ARTISAN) -> messages.RequestState:
        return await self.handle.execute_update(
            RefundWorkflow.answer, messages.AnswerRequest(by, offer_minor, with_return)
        )

    async def accept(self, by: str = BUYER) -> messages.RequestState:
        return await self.handle.execute_update(RefundWorkflow.accept, messages.AcceptAnswer(by))

    async def ask_finance(self) -> messages.RequestState:
        return await self.handle.execute_update(RefundWorkflow.ask_finance, messages.AskFinance(BUYER))

    async def decide(self, grant_minor: int, *, with_return: bool = False) -> messages.RequestState:
        return await self.handle.execute_update(
            RefundWorkflow.decide, messages.DecideRequest(FINANCE, grant_minor, with_return)
        )

    async def send_back(self) -> messages.RequestState:
        return await self.handle.execute_update(RefundWorkflow.send_back, messages.SendBack(BUYER))

    async def confirm_return(self, *, as_agreed: bool = True) -> messages.RequestState:
        return await self.handle.execute_update(
            RefundWorkflow.confirm_return, messages.ConfirmReturn(ARTISAN, as_agreed)
        )

    async def retry(self) -> messages.RequestState:
        return await self.handle.execute_update(RefundWorkflow.retry, messages.RetryRefund(FINANCE))

    async def hint(self) -> None:
        await self.handle.signal(RefundWorkflow.refund_updated, messages.ProviderTold("evt_1"))

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    async def status(self) -> str:
        return (await self.timeline()).status

    async def timeline(self) -> messages.Timeline:
        return await self.handle.query(RefundWorkflow.timeline)

    async def story(self) -> list[str]:
        return [entry.what for entry in (await self.timeline()).entries]

    async def told(self, what: str) -> None:
        """Until the story says so, in real time."""
        while what not in await self.story():
            await self.env.sleep(timedelta(milliseconds=100))


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    queues = {
        messages.TASK_QUEUE: world.database(),
        "payments": world.provider(),
        "notifications": [world.notify],
    }
    async with AsyncExitStack() as stack:
        for queue, activities in queues.items():
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=[RefundWorkflow] if queue == messages.TASK_QUEUE else [],
                    activities=activities,
                    workflow_runner=RUNNER,
                )
            )
        yield


async def ask(
    env: WorkflowEnvironment, request: messages.RefundInput = REQUEST
) -> WorkflowHandle[RefundWorkflow, messages.RefundResult]:
    return await env.client.start_workflow(
        RefundWorkflow.run, request, id=messages.workflow_id(request.request_id), task_queue=messages.TASK_QUEUE
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await ask(time_skipping_env))
