"""A commission on the time-skipping server, with both sides, the bank and the parcel played by the test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from models.rules.commission.contract import Milestone, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission
from tests.workflows.commission.fakes import SentAgain, SentAtOnce, World
from workers.sandbox import RUNNER
from workflows.commission import messages
from workflows.commission.workflow import CommissionWorkflow
from workflows.fulfillment import messages as fulfillment

CUSTOMER, ARTISAN, STRANGER = "usr_customer", "usr_artisan", "usr_stranger"
WAITS = CommissionDeadlines()
DAY = timedelta(days=1)
START = messages.CommissionInput(
    commission_id="com_1", customer_id=CUSTOMER, artisan_id=ARTISAN, currency="USD", fee_bp=1_000, deadlines=WAITS
)
STEPS = (Milestone(1, 20_000, 10), Milestone(2, 60_000, 30), Milestone(3, 40_000, 20))


def desk(today: datetime, **different: Any) -> Terms:
    """The walnut desk of `models.rules.commission.contract`, begun today."""
    terms = Terms("USD", STEPS, deposit_minor=30_000, shipping_minor=8_000, starts_on=today.date())
    return replace(terms, **different)


@dataclass
class Play:
    """One commission in one world."""

    env: WorkflowEnvironment
    world: World
    handle: WorkflowHandle[CommissionWorkflow, messages.CommissionResult]

    async def today(self) -> datetime:
        now = await self.env.get_current_time()
        return now.astimezone(UTC)

    async def record(self) -> Commission:
        """Of one that is over, what was written last: the test server loses a question that comes along with a run's
        last task."""
        for _ in range(6):
            if self.world.written and self.world.written[-1].is_final:
                return self.world.records[-1]
            with suppress(RPCError):
                return await self.handle.query(CommissionWorkflow.record, rpc_timeout=timedelta(seconds=5))
        return await self.handle.query(CommissionWorkflow.record)

    async def status(self) -> str:
        return (await self.record()).status.value

    async def until(self, *statuses: str) -> None:
        """In real time, without letting the server's clock jump."""
        while await self.status() not in statuses:
            await self.env.sleep(timedelta(milliseconds=100))

    async def pass_time(self, duration: timedelta) -> None:
        await self.env.sleep(duration)

    # Bargaining

    async def offer(self, by: str = ARTISAN, **different: Any) -> messages.CommissionState:
        terms = desk(await self.today(), **different)
        version = (await self.record()).versions + 1
        return await self.handle.execute_update(
            CommissionWorkflow.offer, messages.MakeOffer(by, version, terms, terms.price_minor)
        )

    async def accept(self, by: str = CUSTOMER) -> messages.CommissionState:
        version = (await self.record()).versions
        return await self.handle.execute_update(CommissionWorkflow.accept, messages.AcceptOffer(by, version))

    async def decline(self, by: str, reason: str = "no_time") -> messages.CommissionState:
        return await self.handle.execute_update(CommissionWorkflow.decline, messages.Decline(by, reason))

    async def agree(self, **different: Any) -> None:
        """To a contract whose deposit is paid, and whose first milestone is under way."""
        await self.offer(**different)
        await self.accept()
        await self.pay()
        await self.until("working")

    async def pay(self) -> None:
        while not self.world.pages:
            await self.env.sleep(timedelta(milliseconds=100))
        self.world.customer_pays()
        await self.hint()

    async def hint(self) -> None:
        await self.handle.signal(CommissionWorkflow.payment_updated, messages.ProviderTold("evt_1"))

    # Work

    async def prove(self, number: int, by: str = ARTISAN) -> messages.CommissionState:
        return await self.handle.execute_update(CommissionWorkflow.give_proof, messages.GiveProof(by, number, 1))

    async def answer(self, number: int, *, approve: bool = True, by: str = CUSTOMER) -> messages.CommissionState:
        return await self.handle.execute_update(
            CommissionWorkflow.answer_proof, messages.AnswerProof(by, number, approve)
        )

    async def finish(self, number: int) -> None:
        """Shown, approved, and the next one paid."""
        await self.until("working")
        await self.prove(number)
        await self.answer(number)

    # Changes and ends

    async def change(self, terms: Terms, by: str = ARTISAN) -> messages.CommissionState:
        version = (await self.record()).versions + 1
        return await self.handle.execute_update(
            CommissionWorkflow.propose_change, messages.ProposeChange(by, version, terms, terms.price_minor)
        )

    async def answer_change(self, *, agree: bool = True, by: str = CUSTOMER) -> messages.CommissionState:
        version = (await self.record()).versions
        return await self.handle.execute_update(
            CommissionWorkflow.answer_change, messages.AnswerChange(by, version, agree)
        )

    async def leave(self, by: str, shown: int | None = None) -> messages.CommissionState:
        record = await self.record()
        if shown is None:
            ending = Ending.CUSTOMER_LEAVES if by == CUSTOMER else Ending.ARTISAN_LEAVES
            shown = record.settlement(ending).back_minor if record.terms is not None else 0
        return await self.handle.execute_update(CommissionWorkflow.leave, messages.Leave(by, shown))

    async def retry(self, by: str = CUSTOMER, *, another_card: bool = False) -> messages.CommissionState:
        return await self.handle.execute_update(
            CommissionWorkflow.retry_payment, messages.RetryPayment(by, another_card)
        )


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    queues = {
        messages.TASK_QUEUE: world.database(),
        "payments": world.provider(),
        "notifications": [world.notify],
        fulfillment.TASK_QUEUE: [],
    }
    workflows: dict[str, list[type]] = {
        messages.TASK_QUEUE: [CommissionWorkflow, SentAgain],
        fulfillment.TASK_QUEUE: [SentAtOnce],
    }
    async with AsyncExitStack() as stack:
        for queue, activities in queues.items():
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=workflows.get(queue, []),
                    activities=activities,
                    workflow_runner=RUNNER,
                )
            )
        yield


async def ask(
    env: WorkflowEnvironment, start: messages.CommissionInput = START
) -> WorkflowHandle[CommissionWorkflow, messages.CommissionResult]:
    start = replace(start, commission_id=f"com_{uuid4().hex[:12]}")
    return await env.client.start_workflow(
        CommissionWorkflow.run, start, id=messages.workflow_id(start.commission_id), task_queue=messages.TASK_QUEUE
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def play(time_skipping_env: WorkflowEnvironment, world: World) -> AsyncIterator[Play]:
    async with workers(time_skipping_env, world):
        yield Play(time_skipping_env, world, await ask(time_skipping_env))
