"""How an export ends, and what it says meanwhile. That recorded runs replay is `tests/workflows/replay`'s to show."""

import pytest
from temporalio.testing import WorkflowEnvironment

from models.errors import TooLarge
from models.repositories.person_keys import PersonErased
from models.types import ExportStatus
from tests.workflows.data_export.stories import LETTER, STORIES, WEEK, World, begin, workers
from tests.workflows.replay.replaying import recorded
from workflows.data_export import messages
from workflows.data_export.workflow import DataExportWorkflow
from workflows.letter import messages as letter


async def test_it_gathers_tells_and_hands_the_letter_over(time_skipping_env: WorkflowEnvironment) -> None:
    world = World()
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "exp_1")
        result = await handle.result()
        assert result.status is ExportStatus.READY
        assert [step.fetch_within for step in world.gathered] == [WEEK]
        assert (await time_skipping_env.client.get_workflow_handle(letter.workflow_id(LETTER)).result()) is not None
        timeline = await handle.query(DataExportWorkflow.timeline)
    assert [entry.what for entry in timeline.entries] == ["export_requested", "export_ready"]
    assert timeline.entries[-1].until == result.expires_at
    assert [progress.status for progress in world.written] == ["gathering", "ready"]
    assert world.written[-1].is_final


async def test_a_letter_that_the_sweeper_took_first_is_no_failure(time_skipping_env: WorkflowEnvironment) -> None:
    sweeper = await time_skipping_env.client.start_workflow(
        letter.WORKFLOW, letter.LetterInput(LETTER), id=letter.workflow_id(LETTER), task_queue="nobody-works-here"
    )
    try:
        async with workers(time_skipping_env, World()):
            handle = await begin(time_skipping_env, "exp_swept")
            assert (await handle.result()).status is ExportStatus.READY
    finally:
        await sweeper.terminate()


async def test_a_second_click_is_told_where_it_stands(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(fails=1)
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "exp_1")
        state = await handle.execute_update(DataExportWorkflow.request, messages.RequestExport("usr_1"))
        assert state.export_id == "exp_1"
        assert (await handle.result()).status is ExportStatus.READY


@pytest.mark.parametrize(
    ("refused", "why"), [(PersonErased("Gone."), "person_erased"), (TooLarge("Too large."), "too_large")]
)
async def test_what_can_not_be_made_says_why(
    time_skipping_env: WorkflowEnvironment, refused: PersonErased | TooLarge, why: str
) -> None:
    world = World(refused=refused)
    async with workers(time_skipping_env, world):
        handle = await begin(time_skipping_env, "exp_1")
        assert await handle.result() == messages.ExportResult(ExportStatus.VOID)
        timeline = await handle.query(DataExportWorkflow.timeline)
    assert [(entry.what, entry.why) for entry in timeline.entries][-1] == ("export_void", why)


def test_every_story_and_every_end_is_recorded() -> None:
    histories = recorded("data_export")
    assert {history.file.stem for history in histories} >= set(STORIES)
    ends = {ExportStatus(history.result()["status"]) for history in histories}
    assert ends == {status for status in ExportStatus if status.is_final}
