"""How patiently a refresh asks. That recorded runs replay is `tests/workflows/replay`'s to show."""

from datetime import timedelta
from itertools import pairwise

from temporalio.testing import WorkflowEnvironment

from tests.workflows.rates.stories import STORIES, Source, refresh
from tests.workflows.replay.replaying import recorded
from workflows.rates.messages import RatesInput, RatesResult


async def test_asks_once_when_it_is_answered(time_skipping_env: WorkflowEnvironment) -> None:
    source = Source()
    assert await refresh(time_skipping_env, source) == RatesResult("2026-11-20", 42)
    assert [step.run for step in source.asked] == ["fx-refresh-now"]


async def test_a_silent_source_is_asked_again_an_hour_later(time_skipping_env: WorkflowEnvironment) -> None:
    source = Source(silent=2)
    assert await refresh(time_skipping_env, source) == RatesResult("2026-11-20", 42)
    waited = [later - earlier for earlier, later in pairwise(source.at)]
    assert len(waited) == 2
    assert all(abs(wait - timedelta(hours=1)) < timedelta(minutes=1) for wait in waited)


async def test_a_source_that_stays_silent_is_left_to_the_next_day(time_skipping_env: WorkflowEnvironment) -> None:
    source = Source(silent=99)
    assert await refresh(time_skipping_env, source) == RatesResult("2026-11-19", 42)
    assert len(source.asked) == RatesInput().tries


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("rates")} >= set(STORIES)
