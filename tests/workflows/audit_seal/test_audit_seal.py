"""What a sealing does with the days that it finds. That recorded runs replay is `tests/workflows/replay`'s to show."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from tests.workflows.audit_seal.stories import STORIES, Log, seal
from tests.workflows.replay.replaying import recorded
from workflows.audit_seal.messages import AuditSealResult


async def test_seals_the_day_before(time_skipping_env: WorkflowEnvironment) -> None:
    log = Log(1)
    today = (await time_skipping_env.get_current_time()).date()
    assert await seal(time_skipping_env, log) == AuditSealResult(days=1)
    assert log.until <= {today, today + timedelta(days=1)}
    assert len(log.asked) == 1


async def test_a_quiet_log_is_left_alone(time_skipping_env: WorkflowEnvironment) -> None:
    assert await seal(time_skipping_env, Log(0)) == AuditSealResult(days=0)


async def test_days_that_were_missed_are_sealed_in_parts(time_skipping_env: WorkflowEnvironment) -> None:
    log = Log(70)
    assert await seal(time_skipping_env, log) == AuditSealResult(days=70)
    assert [step.at_most for step in log.asked] == [31, 31, 31]


async def test_a_database_that_is_away_is_waited_for(time_skipping_env: WorkflowEnvironment) -> None:
    log = Log(2, fails=6)
    assert await seal(time_skipping_env, log) == AuditSealResult(days=2)
    assert len(log.asked) == 7


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("audit_seal")} >= set(STORIES)
