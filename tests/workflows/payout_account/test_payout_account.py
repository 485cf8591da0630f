"""An account at the provider is brought up to date, however long the provider is away, and its problem is told."""

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.payout_account.stories import STORIES, play
from tests.workflows.replay.replaying import recorded

PROBLEMS = {
    "up-to-date": "",
    "the-provider-wants-more": "payouts_disabled",
    "the-provider-was-away": "",
    "erased-meanwhile": "person_erased",
}


@pytest.mark.parametrize("name", STORIES)
async def test_what_comes_of_it(time_skipping_env: WorkflowEnvironment, name: str) -> None:
    handle = await play(time_skipping_env, name)
    assert (await handle.result()).problem == PROBLEMS[name]


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("payout_account")} >= set(STORIES)
