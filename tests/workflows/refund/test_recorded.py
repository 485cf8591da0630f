"""What is recorded covers what can happen; that it replays is `tests/workflows/replay`'s to show."""

from models.types import RefundStatus
from tests.workflows.refund.stories import STORIES
from tests.workflows.replay.replaying import recorded


def test_every_story_and_every_way_a_request_can_end_is_recorded() -> None:
    histories = recorded("refund")
    assert {history.file.stem for history in histories} >= set(STORIES)
    ends = {RefundStatus(history.result()["status"]) for history in histories}
    assert ends == {status for status in RefundStatus if status.is_final}
