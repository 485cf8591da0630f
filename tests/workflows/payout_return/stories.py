"""The stories of a late return that are recorded for replay."""

from collections.abc import Mapping

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from tests.workflows.payout.conftest import workers
from tests.workflows.payout.fakes import AVAILABLE, SAVED, World
from tests.workflows.payout.stories import CLOSED, PAID, PROMPT
from workflows.payout.messages import PayoutResult
from workflows.payout_return import messages
from workflows.payout_return.workflow import PayoutReturnWorkflow
from workflows.policies import PayoutDeadlines

Handle = WorkflowHandle[PayoutReturnWorkflow, PayoutResult]


async def begin(environment: WorkflowEnvironment, name: str, deadlines: PayoutDeadlines = PROMPT) -> Handle:
    payout_id = f"payout-{name}-2026-11-23-usd"
    return await environment.client.start_workflow(
        PayoutReturnWorkflow.run,
        messages.PayoutReturnInput(
            payout_id, "shp_1", "usr_1", AVAILABLE, "USD", 1, "acct_1", "tr_1", "po_1", SAVED, deadlines
        ),
        id=messages.workflow_id(payout_id, 1),
        task_queue=messages.TASK_QUEUE,
    )


STORIES: Mapping[str, World] = {
    "returned": World(states=[CLOSED]),
    "still-there": World(states=[PAID]),
    "recall-refused-at-first": World(states=[CLOSED], refusals={"recall": ["balance_insufficient"]}),
}


async def play(environment: WorkflowEnvironment, name: str) -> Handle:
    """Plays one story to its end."""
    async with workers(environment, STORIES[name]):
        handle = await begin(environment, name)
        await handle.result()
        return handle
