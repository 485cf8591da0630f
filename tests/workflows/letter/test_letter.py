"""A letter goes out once, is not sent when its time has passed, and is given up when it can't be handed over."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from models.types import LetterStatus
from tests.workflows.letter.stories import LETTER, STORIES, MailRoom, away, refused, sending
from tests.workflows.replay.replaying import recorded

DAY = timedelta(days=1)


async def send(env: WorkflowEnvironment, room: MailRoom) -> LetterStatus:
    async with sending(env, room) as handle:
        return (await handle.result()).status


@pytest.mark.parametrize("ends", [LetterStatus.SENT, LetterStatus.EXPIRED, LetterStatus.NOBODY])
async def test_it_ends_as_the_mail_room_says(time_skipping_env: WorkflowEnvironment, ends: LetterStatus) -> None:
    room = MailRoom(ends=ends)
    assert await send(time_skipping_env, room) is ends
    assert room.asked == [LETTER]


async def test_a_silent_mail_service_is_asked_again(time_skipping_env: WorkflowEnvironment) -> None:
    room = MailRoom(fails=[away(DAY), away(DAY)])
    assert await send(time_skipping_env, room) is LetterStatus.SENT
    assert room.asked == [LETTER] * 3


async def test_after_three_days_it_is_no_longer_news(time_skipping_env: WorkflowEnvironment) -> None:
    room = MailRoom(fails=[away(DAY) for _ in range(10)])
    assert await send(time_skipping_env, room) is LetterStatus.GIVEN_UP
    assert len(room.asked) == 3


async def test_an_address_that_is_none_is_not_tried_again(time_skipping_env: WorkflowEnvironment) -> None:
    room = MailRoom(fails=[refused()])
    assert await send(time_skipping_env, room) is LetterStatus.GIVEN_UP
    assert room.asked == [LETTER]


def test_every_story_is_recorded_and_tells_nothing_but_an_id() -> None:
    histories = recorded("letter")
    assert {history.file.stem for history in histories} == set(STORIES)
    for history in histories:
        assert "@" not in history.text()
        assert "token" not in history.text().lower().replace("tasktoken", "")
