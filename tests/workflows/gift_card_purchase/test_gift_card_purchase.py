"""A gift card is sold once for one payment, and ends unpaid only when nobody can pay for it any more."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from models.ports import PaymentState
from models.types import GiftCardStatus
from tests.support.time_skipping import jumping_clock
from tests.workflows.gift_card_purchase.stories import STORIES, World, click, refused, silent, workers
from tests.workflows.replay.replaying import recorded
from workflows.gift_card_purchase.messages import PaymentEvent
from workflows.gift_card_purchase.workflow import GiftCardPurchaseWorkflow


async def ended(env: WorkflowEnvironment, world: World, card_id: str) -> GiftCardStatus:
    async with workers(env, world):
        handle, _ = await click(env, card_id)
        async with jumping_clock(env):
            return (await handle.result()).status


async def test_a_webhook_is_a_hint_and_the_provider_is_asked(time_skipping_env: WorkflowEnvironment) -> None:
    world = World()
    async with workers(time_skipping_env, world):
        handle, payment_id = await click(time_skipping_env, "gft_told")
        again, same = await click(time_skipping_env, "gft_told")
        world.payment = PaymentState.AUTHORISED
        await handle.signal(GiftCardPurchaseWorkflow.payment_authorised, PaymentEvent("evt_1"))
        assert (await handle.result()).status is GiftCardStatus.BOUGHT
    assert (payment_id, again.id) == (same, handle.id)
    assert world.calls == ["open", "look_up", "capture"]
    assert world.written[-1].is_final


async def test_without_a_webhook_a_payment_is_found_all_the_same(time_skipping_env: WorkflowEnvironment) -> None:
    assert await ended(time_skipping_env, World(payment=PaymentState.AUTHORISED), "gft_1") is GiftCardStatus.BOUGHT


async def test_unpaid_it_ends_when_the_provider_confirms(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(close_fails=[refused(), silent()])
    assert await ended(time_skipping_env, world, "gft_2") is GiftCardStatus.EXPIRED
    assert world.calls[-4:] == ["close_page", "close_page", "close_page", "close"]
    assert "capture" not in world.calls


async def test_who_pays_in_the_last_moment_gets_the_card(time_skipping_env: WorkflowEnvironment) -> None:
    assert await ended(time_skipping_env, World(paid_while_closing=True), "gft_3") is GiftCardStatus.BOUGHT


async def test_lost_answers_sell_it_once(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(payment=PaymentState.AUTHORISED, open_fails=[silent()], capture_fails=[silent(), silent()])
    assert await ended(time_skipping_env, world, "gft_4") is GiftCardStatus.BOUGHT
    assert sum(one.is_final for one in world.written) == 1


async def test_what_cannot_be_captured_is_no_card(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(payment=PaymentState.AUTHORISED, capture_fails=[refused()])
    assert await ended(time_skipping_env, world, "gft_5") is GiftCardStatus.VOIDED
    assert "gift_card_bought" not in {line.what for progress in world.written for line in progress.entries}


async def test_a_refused_page_is_told_to_whoever_clicked(time_skipping_env: WorkflowEnvironment) -> None:
    world = World(open_fails=[refused()])
    async with workers(time_skipping_env, world):
        with pytest.raises(WorkflowUpdateFailedError):
            await click(time_skipping_env, "gft_6")
    assert world.calls == ["open", "close"]


async def test_nobody_else_can_ask_for_its_payment(time_skipping_env: WorkflowEnvironment) -> None:
    async with workers(time_skipping_env, World()):
        await click(time_skipping_env, "gft_7")
        with pytest.raises(WorkflowUpdateFailedError):
            await click(time_skipping_env, "gft_7", buyer="usr_2")


def test_every_story_is_recorded_and_tells_nothing_but_ids() -> None:
    histories = recorded("gift_card_purchase")
    assert {history.file.stem for history in histories} == set(STORIES)
    assert all("@" not in history.text() for history in histories)
