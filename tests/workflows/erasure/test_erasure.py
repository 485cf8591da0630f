"""How an erasure goes: two weeks of nothing, what it waits for, the order in which everybody forgets, and what can
still be cancelled. That recorded runs replay is `tests/workflows/replay`'s to show."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.types import ErasureStatus, Party
from tests.workflows.erasure.conftest import WAITS, Play
from tests.workflows.erasure.fakes import World
from tests.workflows.erasure.stories import STORIES
from tests.workflows.replay.replaying import recorded
from workflows.erasure.messages import ErasureResult, RequestErasure
from workflows.erasure.workflow import ErasureWorkflow

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DONE = ErasureResult(ErasureStatus.ERASED, receipts=5)


async def test_nothing_happens_for_fourteen_days_and_then_everybody_forgets(play: Play) -> None:
    state = await play.handle.execute_update(ErasureWorkflow.request, RequestErasure("usr_1"))
    assert (state.status, state.erase_at - await play.env.get_current_time() > 13 * DAY) == ("scheduled", True)
    await play.pass_time(WAITS.ponder - HOUR)
    assert play.world.calls == ["announce", "letter erasure_scheduled"]
    assert await play.status() == "scheduled"
    assert await play.handle.result() == DONE
    assert play.world.calls[2:7] == ["close shop", "check", "record", "letter erasure_done", "mail"]
    assert play.world.calls[7] == "pivot"
    assert set(play.world.calls[8:-1]) == {"search", "payments", "courier swift"}
    assert play.world.calls[-1] == "finish"
    assert (await play.story()) == [
        *("erasure_requested", "erasure_due", "erasure_begun", "person_erased", "erasure_done"),
    ]
    assert [entry.what for entry in play.written()] == await play.story()
    assert play.world.written[-1].is_final


async def test_it_waits_for_what_is_open_and_says_for_what(play: Play) -> None:
    play.world.open = [("orders_under_way",), ("orders_under_way",), ("money_not_paid_out",)]
    await play.pass_time(WAITS.ponder + HOUR)
    assert await play.status() == "waiting"
    (waits,) = [entry for entry in play.written() if entry.what == "erasure_waits"]
    assert (waits.why, waits.actor) == ("orders_under_way", Party.SYSTEM)
    assert "pivot" not in play.world.calls
    await play.pass_time(DAY)
    assert (await play.story()).count("erasure_waits") == 1, "the same reason is told once"
    await play.pass_time(DAY)
    assert (await play.story()).count("erasure_waits") == 2
    assert await play.handle.result() == DONE


async def test_the_person_may_ask_whether_it_can_go_on(play: Play) -> None:
    play.world.open = [("payment_under_way",)]
    await play.pass_time(WAITS.ponder + HOUR)
    await play.check_again()
    assert await play.handle.result() == DONE


@pytest.mark.parametrize("by_link", [False, True])
async def test_it_can_be_cancelled_in_the_first_two_weeks(play: Play, by_link: bool) -> None:
    await play.pass_time(WAITS.ponder - HOUR)
    assert (await play.cancel(by_link=by_link)).status is ErasureStatus.CANCELLED
    assert await play.handle.result() == ErasureResult(ErasureStatus.CANCELLED)
    assert play.world.calls[2:] == ["cancel by link" if by_link else "cancel", "letter erasure_cancelled"]


async def test_it_can_be_cancelled_while_it_waits(play: Play) -> None:
    play.world.open = [("orders_under_way",)] * 99
    await play.pass_time(WAITS.ponder + 3 * DAY)
    await play.cancel()
    assert (await play.handle.result()).status is ErasureStatus.CANCELLED
    assert "mail" not in play.world.calls


async def test_past_the_beginning_nothing_cancels_it(play: Play) -> None:
    play.world.refusals = {"mail": 3}
    await play.pass_time(WAITS.ponder + HOUR)
    assert await play.status() == "erasing"
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await play.cancel()
    assert "can't be stopped" in str(refused.value.cause)
    assert await play.handle.result() == DONE


async def test_what_comes_in_between_puts_the_pivot_off(play: Play) -> None:
    play.world.comes_in_between = [("payment_under_way",)]
    assert await play.handle.result() == DONE
    assert [call for call in play.world.calls if "pivot" in call] == ["pivot put off", "pivot"]
    assert play.world.calls.count("mail") == 2, "whatever was mailed in between is forgotten, too"
    assert len(set(play.world.keys)) == len(play.world.keys), "another request each time"


async def test_a_pivot_that_is_put_off_leaves_no_gap_in_the_story_and_says_that_it_waits(play: Play) -> None:
    waits = ("orders_under_way",)
    play.world.open, play.world.comes_in_between = [waits, (), waits, waits, waits], [waits]
    await play.pass_time(WAITS.ponder + WAITS.check_every + HOUR)
    assert "pivot put off" in play.world.calls
    last = play.world.written[-1]
    assert (last.status, last.entries[-1].what) == ("waiting", "erasure_waits"), "the page offers to cancel it again"
    assert await play.handle.result() == DONE
    told = [entry for progress in play.world.written for entry in progress.entries]
    assert [entry.sequence for entry in told] == list(range(1, len(told) + 1))
    assert [entry.what for entry in told].count("person_erased") == 1


async def test_a_partner_who_refuses_is_asked_again_and_holds_up_nobody_else(play: Play) -> None:
    play.world.refusals = {"payments": 2, "swift": 1}
    await play.pass_time(WAITS.ponder + HOUR)
    assert {"pivot", "search"} <= set(play.world.calls)
    assert await play.status() == "erasing"
    refused = [entry for entry in play.written() if entry.what == "erasure_refused"]
    assert {entry.subject for entry in refused} == {"payments", "courier:swift"}
    assert all(entry.waiting_on is Party.ADMINISTRATOR for entry in refused)
    assert await play.handle.result() == DONE
    begun = [key for key in play.world.keys if "payments" in key]
    assert len(set(begun)) == 3, "a failed job is begun anew, under another key"


async def test_the_account_of_a_shop_is_closed_as_soon_as_the_provider_will(play: Play) -> None:
    play.world.keeps_shop, play.world.refusals = True, {"connected_account": 2}
    assert await play.handle.result() == ErasureResult(ErasureStatus.ERASED, receipts=6)
    refused = [entry.subject for entry in play.written() if entry.what == "erasure_refused"]
    assert refused == ["connected_account"] * 2, "an administrator's case each time"
    assert play.world.calls.index("pivot") < play.world.calls.index("connected account")
    assert play.world.keys[-1].endswith("/connected-3")


async def test_a_provider_that_takes_its_time_is_followed(play: Play) -> None:
    play.world.redaction_looks = 30
    assert await play.handle.result() == DONE


async def test_letters_hold_nothing_up(play: Play, world: World) -> None:
    world.mail_is_down = True
    assert await play.handle.result() == DONE


async def test_changing_ones_mind_waits_for_no_mail_service(play: Play, world: World) -> None:
    world.mail_is_down = True
    with play.env.auto_time_skipping_disabled():
        state = await asyncio.wait_for(play.cancel(), 10)
    assert state.status is ErasureStatus.CANCELLED
    assert "cancel" in world.calls


async def test_there_is_nothing_to_look_at_before_it_waits(play: Play) -> None:
    with pytest.raises(WorkflowUpdateFailedError):
        await play.check_again()


def test_every_story_and_both_ends_are_recorded() -> None:
    histories = recorded("erasure")
    assert {history.file.stem for history in histories} >= set(STORIES)
    ends = {ErasureStatus(history.result()["status"]) for history in histories}
    assert ends == {status for status in ErasureStatus if status.is_final}
