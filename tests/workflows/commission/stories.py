"""The stories of a commission that are recorded for replay: every way in which one can end, through every stage.

They run on a dev server in real seconds, so the deadlines that they wait for are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.rules.commission.contract import Milestone
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending
from models.rules.commission.results import Outcome
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, START, Play, ask, workers
from tests.workflows.commission.fakes import World
from workflows.commission import messages
from workflows.commission.workflow import CommissionWorkflow

SECOND = timedelta(seconds=1)
Story = Callable[[Play], Awaitable[None]]
CALM = CommissionDeadlines(day=timedelta(minutes=10))
SILENT = replace(CALM, approve_within=3 * SECOND, remind_after=(SECOND, 2 * SECOND))
LATE = replace(CALM, day=SECOND / 10, late_grace=SECOND, silent_grace=SECOND)


async def made_after_bargaining(play: Play) -> None:
    """A counter-offer, a revision, a change that raises the sum, and the parcel."""
    await play.offer()
    await play.offer(by=CUSTOMER, shipping_minor=5_000)
    await play.accept(by=ARTISAN)
    await play.pay()
    await play.until("working")
    await play.prove(1)
    await play.answer(1, approve=False)
    terms = (await play.record()).contract
    dearer = (*terms.milestones[:2], Milestone(3, 50_000, 25))
    await play.change(replace(terms, milestones=dearer))
    await play.answer_change()
    await play.finish(1)
    await play.finish(2)
    await play.pay()
    await play.finish(3)


async def nobody_quotes(_play: Play) -> None:
    """The request lapses."""


async def nobody_accepts(play: Play) -> None:
    await play.offer()


async def too_dear(play: Play) -> None:
    await play.offer()
    await play.decline(CUSTOMER, "too_dear")


async def never_paid(play: Play) -> None:
    await play.offer()
    await play.accept()


async def page_lapsed(play: Play) -> None:
    await play.offer()
    await play.accept()
    while not play.world.pages:
        await play.pass_time(SECOND / 10)
    play.world.page_lapses()
    await play.hint()
    await play.pay()
    await play.until("working")
    await play.leave(CUSTOMER)


async def silent_customer(play: Play) -> None:
    await play.agree(milestones=(Milestone(1, 20_000, 10),), deposit_minor=20_000, shipping_minor=0)
    await play.prove(1)


async def late_artisan(play: Play) -> None:
    await play.agree()


async def card_declined_then_mended(play: Play) -> None:
    play.world.answers = [Outcome.DECLINED, Outcome.NEEDS_CUSTOMER]
    await play.agree()
    await play.finish(1)
    await play.until("awaiting_funds")
    await play.retry()
    while play.world.asked.count("charge") < 2:
        await play.pass_time(SECOND / 10)
    await play.until("awaiting_funds")
    play.world.customer_authenticates()
    await play.hint()
    await play.until("working")
    await play.leave(ARTISAN)


async def card_never_mended(play: Play) -> None:
    play.world.answers = [Outcome.DECLINED] * 9
    await play.agree()
    await play.finish(1)


async def parted_as_friends(play: Play) -> None:
    await play.agree()
    await play.handle.execute_update("pause", messages.Pause("usr_admin"))
    await play.handle.execute_update("resume", messages.Pause("usr_admin"))
    await play.handle.execute_update("offer_end", messages.OfferEnd(CUSTOMER, 2_000))
    await play.handle.execute_update("answer_end", messages.AnswerEnd(ARTISAN, 2_000, False))
    await play.handle.execute_update("offer_end", messages.OfferEnd(ARTISAN, 3_000))
    await play.handle.execute_update("answer_end", messages.AnswerEnd(CUSTOMER, 3_000, True))


async def decided_in_a_dispute(play: Play) -> None:
    await play.agree()
    await play.finish(1)
    await play.until("working")
    await play.handle.execute_update("pause", messages.Pause("usr_admin"))
    back = (await play.record()).settlement(Ending.DECIDED, 4_000).back_minor
    await play.handle.execute_update("decide", messages.Decide("usr_admin", 4_000, back))


async def cheaper_on_the_way(play: Play) -> None:
    await play.agree(deposit_minor=120_000)
    terms = (await play.record()).contract
    await play.change(replace(terms, milestones=terms.milestones[:1]), by=CUSTOMER)
    await play.answer_change(by=ARTISAN)
    await play.finish(1)


STORIES: Mapping[str, tuple[Story, CommissionDeadlines]] = {
    "made-after-bargaining": (made_after_bargaining, CALM),
    "nobody-quotes": (nobody_quotes, replace(CALM, quote_within=SECOND)),
    "nobody-accepts": (nobody_accepts, replace(CALM, offer_stands=SECOND)),
    "too-dear": (too_dear, CALM),
    "never-paid": (never_paid, replace(CALM, deposit_within=2 * SECOND, ask_provider_after=SECOND)),
    "page-lapsed": (page_lapsed, CALM),
    "silent-customer": (silent_customer, SILENT),
    "late-artisan": (late_artisan, LATE),
    "card-declined-then-mended": (card_declined_then_mended, CALM),
    "card-never-mended": (card_never_mended, replace(CALM, charge_again_after=SECOND, fund_within=3 * SECOND)),
    "parted-as-friends": (parted_as_friends, CALM),
    "decided-in-a-dispute": (decided_in_a_dispute, CALM),
    "cheaper-on-the-way": (cheaper_on_the_way, CALM),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[CommissionWorkflow, messages.CommissionResult]:
    """Plays one story to its end."""
    story, deadlines = STORIES[name]
    world = World()
    async with workers(environment, world):
        handle = await ask(environment, replace(START, deadlines=deadlines))
        await story(Play(environment, world, handle))
        await handle.result()
        return handle
