"""The stories of a payout that are recorded for replay: every end, and the detours to them.

They run on a dev server in real seconds, so the deadlines that they wait for are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.payout_account import AccountSeen
from tests.workflows.payout.conftest import Play, begin, workers
from tests.workflows.payout.fakes import SAVED, World
from workflows.payout import messages
from workflows.payout.workflow import PayoutWorkflow
from workflows.policies import PayoutDeadlines

SECOND = timedelta(seconds=1)
PROMPT = PayoutDeadlines(
    pause_after_change=SECOND,
    funds_check_every=SECOND,
    funds_within=2 * SECOND,
    ask_every=SECOND,
    late_after=2 * SECOND,
    return_window=2 * SECOND,
    details_within=4 * SECOND,
    details_check_every=SECOND,
    recall_retry_after=SECOND,
)
GOOD = AccountSeen("acct_1", "", SAVED, SAVED)
CORRECTED = AccountSeen("acct_1", "", SAVED + timedelta(days=30), SAVED + timedelta(days=33))
CLOSED = ("failed", "account_closed")
PAID = ("paid", "")


async def nobody_interferes(_play: Play) -> None:
    """It takes its course."""


async def the_provider_tells_twice(play: Play) -> None:
    await play.tell("evt_1")
    await play.tell("evt_1")


@dataclass(frozen=True)
class Story:
    play: Callable[[Play], Awaitable[None]] = nobody_interferes
    world: World = field(default_factory=World)


STORIES: Mapping[str, Story] = {
    "paid": Story(),
    "paid-and-told": Story(the_provider_tells_twice),
    "nothing-to-pay": Story(world=World(refused="below_minimum")),
    "waited-for-funds": Story(world=World(refusals={"transfer": ["balance_insufficient"]})),
    "funds-never-came": Story(world=World(refusals={"transfer": ["balance_insufficient"] * 9})),
    "late": Story(world=World(states=[("pending", ""), ("in_transit", ""), ("in_transit", ""), PAID])),
    "failed-and-corrected": Story(world=World(states=[CLOSED, PAID], accounts=[GOOD, GOOD, CORRECTED])),
    "failed-and-never-corrected": Story(world=World(states=[CLOSED], accounts=[GOOD])),
    "failed-twice": Story(world=World(states=[CLOSED], accounts=[GOOD, CORRECTED])),
    "returned": Story(world=World(states=[PAID, ("failed", "could_not_process")])),
    "recall-refused-at-first": Story(
        world=World(states=[("failed", "could_not_process")], refusals={"recall": ["balance_insufficient"]})
    ),
    "region": Story(world=World(refusals={"transfer": ["region"]})),
}


async def play(environment: WorkflowEnvironment, name: str) -> WorkflowHandle[PayoutWorkflow, messages.PayoutResult]:
    """Plays one story to its end."""
    story = STORIES[name]
    async with workers(environment, story.world):
        handle = await begin(environment, f"shp_{name}", PROMPT)
        await story.play(Play(environment, story.world, handle))
        await handle.result()
        return handle
