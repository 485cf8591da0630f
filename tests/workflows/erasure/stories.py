"""The stories of an erasure that are recorded for replay: both ends, and the detours to them.

They run on a dev server in real seconds, so the deadlines that they wait for are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from tests.workflows.erasure.conftest import Play, begin, workers
from tests.workflows.erasure.fakes import World
from workflows.erasure import messages
from workflows.erasure.workflow import ErasureWorkflow
from workflows.policies import ErasureDeadlines

SECOND = timedelta(seconds=1)
PROMPT = ErasureDeadlines(ponder=SECOND, check_every=SECOND, settle=SECOND, try_again_after=SECOND)
UNHURRIED = ErasureDeadlines(ponder=60 * SECOND, check_every=SECOND, settle=SECOND, try_again_after=SECOND)


async def nobody_interferes(_play: Play) -> None:
    """It takes its course."""


async def changes_their_mind(play: Play) -> None:
    await play.cancel()


async def cancels_by_the_link_while_it_waits(play: Play) -> None:
    while "erasure_waits" not in await play.story():
        await play.pass_time(SECOND / 10)
    await play.cancel(by_link=True)


@dataclass(frozen=True)
class Story:
    play: Callable[[Play], Awaitable[None]] = nobody_interferes
    world: World = field(default_factory=World)
    deadlines: ErasureDeadlines = PROMPT


STORIES: Mapping[str, Story] = {
    "erased": Story(),
    "cancelled": Story(changes_their_mind, deadlines=UNHURRIED),
    "cancelled-while-waiting": Story(cancels_by_the_link_while_it_waits, World(open=[("orders_under_way",)] * 99)),
    "waited-for-an-order-and-for-money": Story(
        world=World(open=[("orders_under_way", "money_not_paid_out"), ("money_not_paid_out",)])
    ),
    "something-came-in-between": Story(world=World(comes_in_between=[("payment_under_way",)])),
    "closed-a-shops-account": Story(world=World(keeps_shop=True, refusals={"connected_account": 1})),
    "partners-refused-at-first": Story(world=World(refusals={"mail": 1, "payments": 1, "swift": 2})),
}


async def play(environment: WorkflowEnvironment, name: str) -> WorkflowHandle[ErasureWorkflow, messages.ErasureResult]:
    """Plays one story to its end."""
    story = STORIES[name]
    async with workers(environment, story.world):
        handle = await begin(environment, f"usr_{name}", story.deadlines)
        await story.play(Play(environment, story.world, handle))
        await handle.result()
        return handle
