"""The stories of a withdrawal that are recorded for replay. What comes after the click is a payout's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.testing import WorkflowEnvironment

from tests.workflows.payout.conftest import workers
from tests.workflows.payout.fakes import World
from tests.workflows.payout.stories import CLOSED, CORRECTED, GOOD, PAID, PROMPT
from workflows.payout.messages import PayoutResult
from workflows.policies import PayoutDeadlines
from workflows.withdrawal import messages
from workflows.withdrawal.workflow import WithdrawalWorkflow

ARTISAN = "usr_1"
Handle = WorkflowHandle[WithdrawalWorkflow, PayoutResult]


async def click(
    environment: WorkflowEnvironment,
    name: str,
    amount_minor: int | None = 5_000,
    *,
    actor_id: str = ARTISAN,
    currency: str = "USD",
    deadlines: PayoutDeadlines | None = None,
) -> tuple[Handle, messages.WithdrawalState]:
    """As the API sends it. Raises `WorkflowUpdateFailedError` when it is refused."""
    start: WithStartWorkflowOperation[WithdrawalWorkflow, PayoutResult] = WithStartWorkflowOperation(
        WithdrawalWorkflow.run,
        messages.WithdrawalInput(name, "shp_1", ARTISAN, "USD", deadlines or PayoutDeadlines()),
        id=messages.workflow_id(name),
        task_queue=messages.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    state = await environment.client.execute_update_with_start_workflow(
        WithdrawalWorkflow.request,
        messages.RequestWithdrawal(actor_id, amount_minor, currency),
        start_workflow_operation=start,
        id="request",
    )
    return await start.workflow_handle(), state


@dataclass(frozen=True)
class Story:
    world: World = field(default_factory=World)
    amount_minor: int | None = 5_000


STORIES: Mapping[str, Story] = {
    "paid": Story(),
    "all-of-it": Story(amount_minor=None),
    "refused": Story(World(refused="more_than_available")),
    "failed-and-corrected": Story(World(states=[CLOSED, PAID], accounts=[GOOD, CORRECTED])),
    "failed-and-spent-meanwhile": Story(
        World(states=[CLOSED], accounts=[GOOD, CORRECTED], refused_again="more_than_available")
    ),
}


async def play(environment: WorkflowEnvironment, name: str) -> Handle:
    """Plays one story to its end."""
    story = STORIES[name]
    async with workers(environment, story.world):
        try:
            handle, _ = await click(environment, name, story.amount_minor, deadlines=PROMPT)
        except WorkflowUpdateFailedError:
            handle = environment.client.get_workflow_handle_for(WithdrawalWorkflow.run, messages.workflow_id(name))
        await handle.result()
        return handle
