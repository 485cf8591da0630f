"""How a payout goes: the money that is set aside reaches the bank, or is payable again; nothing is sent twice, and
nothing is believed but the provider's own word. That recorded runs replay is `tests/workflows/replay`'s to show."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.payout_account import AccountSeen
from models.types import Party, PayoutStatus
from tests.workflows.payout.conftest import WAITS, Play, begin, workers
from tests.workflows.payout.fakes import AVAILABLE, SAVED, World
from tests.workflows.payout.stories import CLOSED, GOOD, PAID, STORIES
from tests.workflows.replay.replaying import recorded
from workflows.payout.messages import PayoutResult

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DONE = PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 1)
ONCE = ["set aside", "transfer", "pay out", "arrived"]
BACK = ["recall tr_1", "give back"]


async def test_what_is_available_is_set_aside_sent_once_and_watched_until_it_cannot_come_back(play: Play) -> None:
    assert await play.handle.result() == DONE
    assert play.world.moves() == ONCE
    assert play.world.calls[-1] == "finish"
    (wanted,) = play.world.wanted
    assert (wanted.amount_minor, wanted.period, wanted.attempt) == (None, "2026-11-23", 1)
    assert play.world.looks == 2, "when nothing was heard, and once more at the end"
    assert await play.story() == [
        *("payout_set_aside", "payout_transferred", "payout_sent", "payout_arrived", "payout_completed")
    ]
    assert [entry.what for entry in play.written()] == await play.story()
    assert [progress.status for progress in play.world.written][-1] == "paid_out"
    assert play.world.written[-1].is_final


async def test_the_providers_word_makes_it_ask_at_once_and_the_same_word_twice_only_once(play: Play) -> None:
    play.world.states = [("in_transit", ""), PAID]
    await play.pass_time(HOUR)
    assert (await play.status(), play.world.looks) == ("money_on_its_way", 0)
    for _ in range(2):
        await play.tell("evt_1")
    await play.pass_time(HOUR)
    assert (await play.status(), play.world.looks) == ("money_on_its_way", 1), "the event claimed more than is true"
    await play.tell("evt_2")
    await play.pass_time(HOUR)
    assert await play.status() == "arrived"
    assert await play.handle.result() == DONE


async def test_a_missed_webhook_costs_a_day_at_most(play: Play) -> None:
    await play.pass_time(DAY + HOUR)
    assert await play.status() == "arrived"


async def test_a_bank_that_takes_long_is_told_once_and_asked_on(play: Play) -> None:
    play.world.states = [("in_transit", "")]
    await play.pass_time(WAITS.late_after + 2 * DAY)
    assert (await play.story()).count("payout_late") == 1
    (late,) = [entry for entry in play.written() if entry.what == "payout_late"]
    assert late.waiting_on is Party.ADMINISTRATOR
    play.world.states = [PAID]
    assert await play.handle.result() == DONE
    assert play.world.moves() == ONCE


async def test_a_payout_that_the_bank_sends_back_within_its_window_is_payable_again(play: Play) -> None:
    play.world.states = [PAID, ("failed", "could_not_process")]
    assert await play.handle.result() == PayoutResult(PayoutStatus.GIVEN_BACK, AVAILABLE, 1)
    assert play.world.moves() == [*ONCE, "returned", *BACK]
    assert play.world.given_back == [("could_not_process", SAVED)]
    (returned,) = [entry for entry in play.written() if entry.what == "payout_returned"]
    assert returned.why == "bank_could_not"


async def test_old_news_after_the_failure_changes_nothing(play: Play) -> None:
    play.world.states = [CLOSED]
    play.world.accounts = [GOOD]
    await play.tell("evt_failed")
    await play.pass_time(HOUR)
    assert await play.status() == "awaiting_details"
    for event in ("evt_paid_yesterday", "evt_failed"):
        await play.tell(event)
    await play.pass_time(HOUR)
    assert play.world.moves().count("set aside") == 1
    assert "arrived" not in play.world.moves()


async def test_wrong_details_give_the_money_back_first_and_are_tried_once_more_when_corrected(play: Play) -> None:
    play.world.states = [CLOSED]
    play.world.accounts = [GOOD]
    await play.pass_time(DAY + HOUR)
    assert await play.status() == "awaiting_details"
    assert play.world.moves() == ["set aside", "transfer", "pay out", "failed", *BACK]
    waits = play.written()[-1]
    assert (waits.what, waits.why, waits.waiting_on) == ("payout_given_back", "bank_account_closed", Party.ARTISAN)
    now = await play.env.get_current_time()
    play.world.accounts = [AccountSeen("acct_1", "", now, now + WAITS.pause_after_change)]
    play.world.states = [PAID]
    await play.change_account()
    await play.pass_time(WAITS.pause_after_change - HOUR)
    assert play.world.moves().count("set aside") == 1, "changed details wait, so that their owner can object"
    assert await play.handle.result() == PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 2)
    assert play.world.moves()[6:] == ONCE
    assert [wanted.attempt for wanted in play.world.wanted] == [1, 2]
    assert len(set(play.world.keys)) == len(play.world.keys), "a second attempt has keys of its own"


async def test_nothing_is_tried_a_third_time(play: Play) -> None:
    play.world.states = [CLOSED]
    play.world.accounts = [GOOD, AccountSeen("acct_1", "", SAVED + DAY, SAVED + 4 * DAY)]
    assert await play.handle.result() == PayoutResult(PayoutStatus.GIVEN_BACK, AVAILABLE, 2)
    assert play.world.moves().count("transfer") == 2
    assert play.world.moves()[-1] == "give back"


async def test_details_that_nobody_corrects_are_waited_for_thirty_days(play: Play) -> None:
    play.world.states = [CLOSED]
    play.world.accounts = [GOOD]
    assert (await play.handle.result()).status is PayoutStatus.GIVEN_BACK
    given_back, given_up = play.written()[-2:]
    assert timedelta() <= given_up.at - given_back.at - WAITS.details_within < HOUR
    assert play.world.moves().count("transfer") == 1


async def test_what_was_spent_meanwhile_is_not_paid_once_more(play: Play) -> None:
    play.world.states = [CLOSED]
    play.world.refused_again = "nothing_available"
    play.world.accounts = [GOOD, AccountSeen("acct_1", "", SAVED + DAY, SAVED + 4 * DAY)]
    assert (await play.handle.result()).status is PayoutStatus.GIVEN_BACK
    assert play.world.moves().count("transfer") == 1
    assert "nothing_set_aside" in await play.story()


async def test_an_account_that_can_not_be_paid_gets_its_money_back_before_anything_is_sent(play: Play) -> None:
    play.world.accounts = [AccountSeen("acct_1", "payouts_disabled", SAVED, SAVED), GOOD]
    assert await play.handle.result() == PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 2)
    assert play.world.moves() == ["set aside", "give back", *ONCE]


async def test_a_suspended_shop_is_paid_nothing(play: Play) -> None:
    play.world.accounts = [AccountSeen("acct_1", "shop_suspended", SAVED)]
    assert await play.handle.result() == PayoutResult(PayoutStatus.GIVEN_BACK, AVAILABLE, 1)
    assert play.world.moves() == ["set aside", "give back"]


async def test_details_that_change_while_money_is_awaited_have_their_pause_before_them(play: Play) -> None:
    play.world.accounts = [GOOD]
    play.world.refusals = {"pay out": ["balance_insufficient", "bank_changed"]}
    await play.pass_time(HOUR)
    assert await play.status() == "awaiting_funds"
    now = await play.env.get_current_time()
    play.world.accounts = [AccountSeen("acct_1", "", now, now + WAITS.pause_after_change)]
    await play.change_account()
    await play.pass_time(WAITS.pause_after_change - 2 * HOUR)
    assert play.world.moves() == ["set aside", "transfer", *BACK]
    assert await play.handle.result() == PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 2)
    assert play.world.moves()[4:] == ONCE
    assert [sent.bank_changed_at for sent in play.world.sent] == [GOOD.bank_changed_at] * 3 + [now] * 2


async def test_details_that_changed_since_the_money_was_set_aside_have_their_pause_before_them(
    time_skipping_env: WorkflowEnvironment, world: World
) -> None:
    now = await time_skipping_env.get_current_time()
    world.accounts = [AccountSeen("acct_1", "", now, now + WAITS.pause_after_change)]
    async with workers(time_skipping_env, world):
        play = Play(time_skipping_env, world, await begin(time_skipping_env))
        assert await play.handle.result() == PayoutResult(PayoutStatus.PAID_OUT, AVAILABLE, 2)
    assert world.moves() == ["set aside", "give back", *ONCE]
    assert world.given_back == [("bank_changed", None)]
    (again,) = [entry for entry in play.written() if entry.what == "payout_set_aside_again"]
    assert again.at - now >= WAITS.pause_after_change


async def test_money_that_is_not_available_yet_is_waited_for(play: Play) -> None:
    play.world.refusals = {"transfer": ["balance_insufficient"] * 3, "pay out": ["balance_insufficient"]}
    await play.pass_time(HOUR)
    assert await play.status() == "awaiting_funds"
    assert await play.handle.result() == DONE
    assert play.world.moves() == ONCE
    assert (await play.story()).count("funds_awaited") == 2
    assert [entry.what for entry in play.written()] == await play.story()


async def test_money_that_never_becomes_available_is_payable_again(play: Play) -> None:
    play.world.refusals = {"transfer": ["balance_insufficient"] * 999}
    assert (await play.handle.result()).status is PayoutStatus.GIVEN_BACK
    assert play.world.moves() == ["set aside", "give back"]


async def test_a_payout_that_the_provider_refuses_recalls_its_transfer(play: Play) -> None:
    play.world.refusals = {"pay out": ["region"], "recall": ["something_new"] * 2}
    assert (await play.handle.result()).status is PayoutStatus.GIVEN_BACK
    assert play.world.moves() == ["set aside", "transfer", *BACK]
    assert (await play.story()).count("recall_refused") == 2
    assert [entry.what for entry in play.written()] == await play.story()


@pytest.mark.parametrize("step", ["transfer", "pay out"])
async def test_what_a_refund_takes_on_the_way_goes_back_first_and_what_is_left_is_sent(
    play: Play, world: World, step: str
) -> None:
    world.refusals = {step: ["refunded_meanwhile"]}
    assert (await play.handle.result()).status is PayoutStatus.PAID_OUT
    recalled = ["transfer", "recall tr_1"] if step == "pay out" else []
    assert world.moves() == [
        *("set aside", *recalled, "give back"),
        *("set aside", "transfer", "pay out", "arrived"),
    ]
    assert world.given_back[0][0] == "refunded_meanwhile"
    assert [wanted.attempt for wanted in world.wanted] == [1, 2]


async def test_nothing_to_pay_ends_with_the_reason(play: Play) -> None:
    play.world.refused = "paused_after_change"
    assert await play.handle.result() == PayoutResult(PayoutStatus.NOT_PAID)
    assert play.world.moves() == []
    assert [(entry.what, entry.why) for entry in play.written()] == [("nothing_set_aside", "paused_after_change")]


async def test_a_provider_that_does_not_tell_where_it_is_is_a_case_for_finance_and_asked_on(
    play: Play, world: World
) -> None:
    """A webhook makes it ask; nobody answers for more than six hours, at half a minute between two tries."""
    world.silent_looks = 1_000
    await play.tell("evt_1")
    await play.pass_time(WAITS.answer_within + timedelta(hours=1))
    assert "silent" in world.calls and "provider_silent" in await play.story()
    assert world.calls.count("silent") == 1, "told once"
    asked = world.looks
    assert asked > 100, "it is asked on"
    result = await play.handle.result()
    assert result.status is PayoutStatus.PAID_OUT
    assert world.looks > 1_000
    assert world.calls.count("answers again") == 1
    story = [entry.what for entry in play.written()]
    assert story.index("provider_silent") < story.index("provider_answered") < story.index("payout_arrived")


def test_every_story_and_every_end_is_recorded() -> None:
    histories = recorded("payout")
    assert {history.file.stem for history in histories} >= set(STORIES)
    assert {PayoutStatus(history.result()["status"]) for history in histories} == {
        status for status in PayoutStatus if status.is_final
    }
