"""The story that `artisan tour commission` plays on a running stack, here with the clock of the test server.

A desk in ten weeks, with all that may come in between, and a chair that is given up.
"""

from dataclasses import replace
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from models.rules.commission.contract import Milestone
from models.rules.commission.record import Status
from models.rules.commission.results import Outcome
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, DAY, WAITS, Play, ask, workers
from tests.workflows.commission.fakes import World

WORK = (Milestone(1, 20_000, 10), Milestone(2, 60_000, 4), Milestone(3, 40_000, 56))
ENGRAVING = Milestone(4, 9_000, 5)


async def test_ten_weeks_of_a_desk(time_skipping_env: WorkflowEnvironment, world: World) -> None:
    env = time_skipping_env
    async with workers(env, world):
        play = Play(env, world, await ask(env))
        await play.offer(milestones=WORK, deposit_minor=20_000)
        await play.offer(by=CUSTOMER, milestones=WORK, deposit_minor=20_000, shipping_minor=6_000, revisions=3)
        await play.accept(by=ARTISAN)
        await play.pay()
        await play.until("working")

        await play.pass_time(9 * DAY)
        await play.prove(1)
        await play.answer(1, approve=False)
        await play.pass_time(2 * DAY)
        await play.prove(1)
        world.answers = [Outcome.NEEDS_CUSTOMER]
        await play.answer(1)

        await play.until("awaiting_funds")
        await play.pass_time(DAY / 2)
        world.customer_authenticates()
        await play.hint()
        await play.until("working")

        contract = (await play.record()).contract
        await play.change(replace(contract, milestones=(*WORK, ENGRAVING)))
        await play.answer_change()
        while (await play.record()).version < 3:
            await play.pass_time(timedelta(milliseconds=100))

        await play.pass_time(5 * DAY)
        assert "milestone_late" in world.story
        await play.prove(2)
        await play.pass_time(WAITS.approve_within + DAY)
        assert "silence_approved" in world.story

        await play.until("working")
        await play.pass_time(50 * DAY)
        await play.finish(3)
        await play.pay()
        await play.finish(4)
        await play.pass_time(2 * DAY)
        assert await play.status() == "completed"
        assert (world.in_minor, world.back_minor) == (135_000, 0)
        assert sorted(world.released.values()) == [9_000, 20_000, 40_000, 60_000]
        assert list(world.shipped.values()) == [6_000]


async def test_a_chair_that_is_given_up(play: Play, world: World) -> None:
    await play.agree(milestones=(Milestone(1, 5_000, 5), Milestone(2, 25_000, 20)), deposit_minor=5_000)
    await play.leave(CUSTOMER)
    result = await play.handle.result()
    assert (result.status, result.back_minor) == (Status.ENDED, 2_500)
    assert world.back_minor == 2_500
