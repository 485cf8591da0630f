"""A refund that a bank undid is asked for until the provider carries it, ever more seldom."""

from temporalio.testing import WorkflowEnvironment

from tests.workflows.commission_return.stories import STORIES, Provider, mending
from tests.workflows.replay.replaying import recorded
from workflows import policies


async def test_what_the_provider_refuses_is_asked_for_ever_more_seldom(time_skipping_env: WorkflowEnvironment) -> None:
    provider = Provider(refusals=4)
    began = await time_skipping_env.get_current_time()
    async with mending(time_skipping_env, provider, "1") as handle:
        result = await handle.result()
    assert (result.tries, provider.asked) == (5, 5)
    assert await time_skipping_env.get_current_time() - began >= policies.CONFIRM_AGAIN_AFTER * (1 + 2 + 4 + 8)


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("commission_return")} >= set(STORIES)
