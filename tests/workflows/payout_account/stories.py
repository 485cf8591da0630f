"""The stories of keeping an account at the provider up to date, recorded for replay."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.payout_account import AccountSeen, EnsureAccount
from models.errors import DomainError, PersonErased
from workers.sandbox import RUNNER
from workflows.payout_account import messages
from workflows.payout_account.workflow import PayoutAccountWorkflow


@dataclass
class World:
    seen: AccountSeen = field(default_factory=lambda: AccountSeen("acct_1"))
    refused: DomainError | None = None
    fails: int = 0
    """How often the provider is away first."""

    @activity.defn(name="payout.ensure_account")
    async def ensure_account(self, step: EnsureAccount) -> AccountSeen:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the provider is away")
        if self.refused is not None:
            raise application_error(self.refused)
        return self.seen


STORIES: Mapping[str, World] = {
    "up-to-date": World(),
    "the-provider-wants-more": World(AccountSeen("acct_1", "payouts_disabled")),
    "the-provider-was-away": World(fails=2),
    "erased-meanwhile": World(refused=PersonErased("Gone.")),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[PayoutAccountWorkflow, messages.PayoutAccountResult]:
    """Plays one story to its end."""
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[PayoutAccountWorkflow],
        activities=[STORIES[name].ensure_account],
        workflow_runner=RUNNER,
    ):
        handle = await environment.client.start_workflow(
            PayoutAccountWorkflow.run,
            messages.PayoutAccountInput("shp_1"),
            id=messages.workflow_id("shp_1", name),
            task_queue=messages.TASK_QUEUE,
        )
        await handle.result()
        return handle
