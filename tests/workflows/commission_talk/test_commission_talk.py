"""A mail for what nobody reads for five minutes, at most one in half an hour, and none for what was read."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.commission_talk.stories import STORIES, Talk, asleep, at_work, closed, looked, tell
from tests.workflows.replay.replaying import recorded
from workflows import policies

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
async def talk(time_skipping_env: WorkflowEnvironment) -> Talk:
    one = Talk(time_skipping_env)
    await one.write()
    return one


async def test_what_is_unread_after_five_minutes_is_mailed_once(talk: Talk) -> None:
    async with at_work(talk):
        assert await closed(talk, await tell(talk), 5 * MINUTE) == 1
    ((at, messages, key),) = talk.mails
    assert 5 * MINUTE <= at - talk.written[0].at < 6 * MINUTE
    assert (messages, key) == (1, "talk-com_1-usr_reader/1")


async def test_what_was_read_in_time_makes_no_mail(talk: Talk) -> None:
    async with at_work(talk):
        handle = await tell(talk)
        await asleep(handle)
        await talk.env.sleep(4 * MINUTE)
        talk.read()
        assert await closed(talk, handle, MINUTE) == 0
    assert talk.mails == []


async def test_twenty_messages_at_once_are_one_mail(talk: Talk) -> None:
    async with at_work(talk):
        for _ in range(19):
            await talk.write()
            handle = await tell(talk)
        assert await closed(talk, handle, 5 * MINUTE) == 1
    assert [messages for _, messages, _ in talk.mails] == [20]


async def test_the_next_mail_is_half_an_hour_after_the_last_whoever_runs(talk: Talk) -> None:
    async with at_work(talk):
        await closed(talk, await tell(talk), 5 * MINUTE)
        await talk.env.sleep(MINUTE)
        await talk.write()
        await closed(talk, await tell(talk), 29 * MINUTE)
    (first, _, _), (second, messages, key) = talk.mails
    assert 30 * MINUTE - SECOND < second - first < 31 * MINUTE
    assert (messages, key) == (2, "talk-com_1-usr_reader/2")


async def test_who_reads_and_is_written_to_again_waits_for_the_pause_all_the_same(talk: Talk) -> None:
    async with at_work(talk):
        await closed(talk, await tell(talk), 5 * MINUTE)
        talk.read()
        await talk.env.sleep(28 * MINUTE)
        await talk.write()
        await closed(talk, await tell(talk), 5 * MINUTE)
    (first, _, _), (second, messages, _) = talk.mails
    assert 33 * MINUTE - SECOND < second - first < 34 * MINUTE, "five minutes are theirs to read it, pause or not"
    assert messages == 1


async def test_quiet_that_is_wanted_meanwhile_is_kept(talk: Talk) -> None:
    async with at_work(talk):
        handle = await tell(talk)
        await looked(talk)
        talk.is_quiet = True
        assert await closed(talk, handle, 5 * MINUTE) == 0
    assert talk.mails == []


async def test_what_is_read_in_the_last_moment_is_not_mailed(talk: Talk) -> None:
    async def reading() -> None:
        talk.read()

    async with at_work(talk):
        handle = await tell(talk)
        await looked(talk)
        talk.at_look = reading
        assert await closed(talk, handle, 5 * MINUTE) == 0
    assert talk.mails == []


async def test_a_message_that_comes_while_it_ends_is_not_lost(talk: Talk) -> None:
    talk.read()

    async def writing() -> None:
        await talk.write()
        await tell(talk)

    talk.at_look = writing
    async with at_work(talk):
        assert await closed(talk, await tell(talk), 5 * MINUTE) == 1
    assert [messages for _, messages, _ in talk.mails] == [1]


async def test_an_address_that_is_refused_is_not_tried_for_ever(talk: Talk) -> None:
    talk.refused = True
    async with at_work(talk):
        assert await closed(talk, await tell(talk), 5 * MINUTE) == 0
    assert (talk.mails, talk.looks) == ([], 3)


async def test_a_long_run_goes_on_in_a_new_one(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "TALK_HISTORY", 5)
    async with at_work(talk):
        handle = await tell(talk)
        assert await closed(talk, handle, 5 * MINUTE) == 0, "counted by its last run"
        described = await talk.env.client.get_workflow_handle(handle.id).describe()
        assert described.run_id != handle.first_execution_run_id
    assert len(talk.mails) == 1


def test_demo_accounts_wait_less() -> None:
    assert policies.resolve_talk(scale=60) == policies.TalkDeadlines(5 * SECOND, 30 * SECOND)


def test_every_story_is_recorded() -> None:
    assert {history.file.stem for history in recorded("commission_talk")} >= set(STORIES)
