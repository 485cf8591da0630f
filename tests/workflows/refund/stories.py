"""The stories of a request that are recorded for replay: every way in which one can end, and the detours to it.

They run on a dev server in real seconds, so the deadlines that they wait for are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.errors import PartnerRefused
from models.types import RefundState
from tests.workflows.refund.conftest import REQUEST, UNSETTLED, Play, ask, workers
from tests.workflows.refund.fakes import World
from workflows.policies import RefundDeadlines
from workflows.refund import messages
from workflows.refund.workflow import RefundWorkflow

SECOND = timedelta(seconds=1)
Story = Callable[[Play], Awaitable[None]]


async def offered_and_accepted(play: Play) -> None:
    await play.answer(4_000)
    await play.accept()


async def nobody_said_a_word(_play: Play) -> None:
    """The artisan's silence, then the administrator's: the buyer gets what they asked for."""


async def refused_and_left_at_that(play: Play) -> None:
    await play.answer(0)
    await play.accept()


async def refused_then_denied(play: Play) -> None:
    await play.answer(0)
    await play.ask_finance()
    await play.decide(0)


async def refused_then_granted(play: Play) -> None:
    await play.answer(0)
    await play.ask_finance()
    await play.decide(2_000)


async def reported_again(play: Play) -> None:
    """An administrator is asked twice before they decide."""
    await play.told("decision_overdue")
    await play.decide(2_000)


async def returned(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.send_back()
    await play.confirm_return()


async def never_returned(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()


async def return_disputed(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.send_back()
    await play.confirm_return(as_agreed=False)
    await play.decide(3_000)


async def returned_by_the_courier(play: Play) -> None:
    await play.answer(6_050, with_return=True)
    await play.accept()
    await play.handle.signal(RefundWorkflow.parcel_returned, messages.ParcelCameBack("evt_9"))


async def pending_for_a_while(play: Play) -> None:
    play.world.answers = [RefundState.PENDING]
    play.world.becomes = [RefundState.PENDING, RefundState.SUCCEEDED]
    await play.answer(6_050)
    await play.accept()


async def came_back_once(play: Play) -> None:
    play.world.answers = [RefundState.PENDING, PartnerRefused("no balance"), RefundState.SUCCEEDED]
    play.world.becomes = [RefundState.FAILED]
    await play.answer(6_050)
    await play.accept()
    await play.told("refund_came_back")
    await play.retry()


async def nothing_was_left(play: Play) -> None:
    play.world.left_minor = 0
    await play.answer(6_050)
    await play.accept()


async def unsettled_then_confirmed(play: Play) -> None:
    play.world.becomes = [RefundState.PENDING, RefundState.SUCCEEDED]


async def unsettled_then_back(play: Play) -> None:
    play.world.becomes = [RefundState.FAILED]


CALM = RefundDeadlines(ask_provider_after=SECOND, mend_within=SECOND)
ANSWER_SOON = replace(CALM, answer_within=SECOND, decide_within=SECOND)
RETURN_SOON = replace(CALM, return_within=SECOND)
STORIES: Mapping[str, tuple[Story, messages.RefundInput]] = {
    "offered-and-accepted": (offered_and_accepted, replace(REQUEST, deadlines=CALM)),
    "nobody-said-a-word": (nobody_said_a_word, replace(REQUEST, deadlines=ANSWER_SOON)),
    "refused-and-left-at-that": (refused_and_left_at_that, replace(REQUEST, deadlines=CALM)),
    "refused-then-denied": (refused_then_denied, replace(REQUEST, deadlines=CALM)),
    "refused-then-granted": (refused_then_granted, replace(REQUEST, deadlines=CALM)),
    "reported-again": (reported_again, replace(REQUEST, deadlines=ANSWER_SOON, repeated=True)),
    "returned": (returned, replace(REQUEST, deadlines=CALM)),
    "never-returned": (never_returned, replace(REQUEST, deadlines=RETURN_SOON)),
    "return-disputed": (return_disputed, replace(REQUEST, deadlines=CALM)),
    "returned-by-the-courier": (returned_by_the_courier, replace(REQUEST, deadlines=CALM)),
    "pending-for-a-while": (pending_for_a_while, replace(REQUEST, deadlines=CALM)),
    "came-back-once": (came_back_once, replace(REQUEST, deadlines=CALM)),
    "nothing-was-left": (nothing_was_left, replace(REQUEST, deadlines=CALM)),
    "unsettled-then-confirmed": (unsettled_then_confirmed, replace(UNSETTLED, deadlines=CALM)),
    "unsettled-then-back": (unsettled_then_back, replace(UNSETTLED, deadlines=CALM)),
}


async def play(environment: WorkflowEnvironment, name: str) -> WorkflowHandle[RefundWorkflow, messages.RefundResult]:
    """Plays one story to its end."""
    story, request = STORIES[name]
    world = World()
    async with workers(environment, world):
        handle = await ask(environment, replace(request, request_id=f"rfd_{name}"))
        await story(Play(environment, world, handle))
        await handle.result()
        return handle
