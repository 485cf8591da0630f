"""What is recorded covers what can happen; that it replays is `tests/workflows/replay`'s to show."""

from models.types import OrderStatus
from tests.workflows.fulfillment.stories import STORIES
from tests.workflows.replay.replaying import recorded


def test_every_story_and_every_way_an_order_can_end_is_recorded() -> None:
    histories = recorded("fulfillment")
    assert {history.file.stem for history in histories} >= set(STORIES)
    ends = {OrderStatus(history.result()["status"]) for history in histories}
    assert ends == {status for status in OrderStatus if status.is_final}
