"""What is recorded covers what can happen; that it replays is `tests/workflows/replay`'s to show."""

from models.rules.commission.record import Status
from tests.workflows.commission.stories import STORIES
from tests.workflows.replay.replaying import recorded


def test_every_story_and_every_way_a_commission_can_end_is_recorded() -> None:
    histories = recorded("commission")
    assert {history.file.stem for history in histories} >= set(STORIES)
    ends = {Status(history.result()["status"]) for history in histories}
    assert ends == {status for status in Status if status.is_final}


def test_every_stage_is_passed_by_what_is_recorded() -> None:
    """Whatever stage a running commission is in, a history that went through it replays."""
    told = "\n".join(history.text() for history in recorded("commission"))
    assert {status for status in Status if f'"{status.value}"' in told} == set(Status)
