"""What a retention run does with what it finds. That recorded runs replay is `tests/workflows/replay`'s to show."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from models.rules.retention import SWEEPS
from tests.workflows.replay.replaying import recorded
from tests.workflows.retention.stories import STORIES, House, begun
from workers.schedules import SCHEDULES
from workflows.policies import RETENTION_RUNS_AT
from workflows.retention import messages
from workflows.retention.workflow import NOT_SWEPT


async def test_every_rule_is_carried_out_once(time_skipping_env: WorkflowEnvironment) -> None:
    house = House()
    run = await begun(time_skipping_env, house, "night")
    assert (await run.result()).ended == 0
    assert house.swept == list(SWEEPS)


async def test_what_is_more_than_a_batch_is_ended_to_the_last_row(time_skipping_env: WorkflowEnvironment) -> None:
    house = House({"letters": 2_300, "sessions": 1_000})
    run = await begun(time_skipping_env, house, "night")
    assert (await run.result()).ended == 3_300
    assert house.swept.count("letters") == 3
    assert house.swept.count("sessions") == 2, "a full batch may have been the last one: only another look tells"
    assert not any(house.over.values())


async def test_a_database_that_is_away_is_waited_for(time_skipping_env: WorkflowEnvironment) -> None:
    house = House({"letters": 5}, fails=4)
    run = await begun(time_skipping_env, house, "night")
    assert (await run.result()).ended == 5


async def test_a_table_that_can_not_be_swept_holds_up_no_other_and_is_told(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    house = House({"sessions": 3}, broken=SWEEPS[0])
    with pytest.raises(WorkflowFailureError) as failed:
        await begun(time_skipping_env, house, "night")
    assert house.swept == list(SWEEPS[1:])
    assert isinstance(failed.value.cause, ApplicationError)
    assert (failed.value.cause.type, SWEEPS[0] in failed.value.cause.message) == (NOT_SWEPT, True)


def test_it_runs_every_night_at_twenty_past_three() -> None:
    (daily,) = [one for one in SCHEDULES if one.process == messages.PROCESS]
    assert (daily.id, daily.at, daily.start) == (messages.SCHEDULE, RETENTION_RUNS_AT, messages.RetentionInput())
    assert RETENTION_RUNS_AT.total_seconds() == (3 * 60 + 20) * 60


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("retention")} >= set(STORIES)
