"""In which order an invoicing run looks for what is due, and what it does about what can't be issued."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.workflows.invoicing.stories import STORIES, Office, begun
from tests.workflows.replay.replaying import recorded
from workers.schedules import SCHEDULES
from workflows.invoicing import messages
from workflows.invoicing.workflow import NOT_ISSUED
from workflows.policies import INVOICES_ISSUED_AT


async def test_invoices_come_before_their_credit_notes_and_every_batch_goes_on_behind_the_last(
    time_skipping_env: WorkflowEnvironment,
) -> None:
    office = Office({"orders": 120, "refunds": 1})
    run = await begun(time_skipping_env, office, "night")
    assert (await run.result()).issued == 121
    assert office.asked == [("orders", ""), ("orders", "last-1"), ("orders", "last-2"), ("refunds", ""), ("fees", "")]


async def test_what_can_not_be_issued_holds_up_nothing_else_and_is_told(time_skipping_env: WorkflowEnvironment) -> None:
    office = Office({"orders": 60, "fees": 4}, wrong=3)
    with pytest.raises(WorkflowFailureError) as failed:
        await begun(time_skipping_env, office, "night")
    assert not any(office.due.values())
    assert isinstance(failed.value.cause, ApplicationError)
    assert (failed.value.cause.type, failed.value.cause.message[0]) == (NOT_ISSUED, "3")


async def test_a_database_that_is_away_is_waited_for(time_skipping_env: WorkflowEnvironment) -> None:
    run = await begun(time_skipping_env, Office({"orders": 2}, fails=3), "night")
    assert (await run.result()).issued == 2


def test_it_runs_every_night_before_anybody_looks() -> None:
    (daily,) = [one for one in SCHEDULES if one.process == messages.PROCESS]
    assert (daily.id, daily.at, daily.start) == (messages.SCHEDULE, INVOICES_ISSUED_AT, messages.InvoicingInput())


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("invoicing")} >= set(STORIES)
