"""The stories of an order that are recorded for replay: every way in which one can end, and the detours to it.

They run on a dev server in real seconds, so the deadlines that they wait for are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.errors import PartnerRefused
from models.types import DeliveryOutcome, RefundState
from tests.workflows.fulfillment.conftest import COMMISSIONED, MUGS, ORDER, PIECE, SCARF, Play, open_order, workers
from tests.workflows.fulfillment.fakes import Told, World
from workflows.fulfillment import messages
from workflows.fulfillment.workflow import FulfillmentWorkflow
from workflows.policies import FulfillmentDeadlines

SECOND = timedelta(seconds=1)
DELIVERED, FAILED = Told(DeliveryOutcome.DELIVERED), Told(DeliveryOutcome.FAILED)
Story = Callable[[Play], Awaitable[None]]


async def delivered(play: Play) -> None:
    play.world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.finish_making()
    await play.send("par_1")


async def delivered_in_two_parcels(play: Play) -> None:
    """One at the first try, one at the second."""
    play.world.callbacks |= {("par_1", 1): DELIVERED, ("par_2", 1): FAILED, ("par_2", 2): DELIVERED}
    await play.accept()
    await play.send("par_1", MUGS)
    await play.send("par_2", SCARF)


async def delivered_after_overdue(play: Play) -> None:
    play.world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, 2 * SECOND)
    await play.accept()
    await play.send("par_1")


async def confirmed_by_the_buyer(play: Play) -> None:
    await play.accept()
    await play.send("par_1")
    while await play.status() != "delivery_overdue":
        await play.pass_time(SECOND / 10)
    await play.confirm_receipt()


async def declined(play: Play) -> None:
    await play.decline("out_of_material", restock=True)


async def lapsed(_play: Play) -> None:
    """Reminded, and then nobody answered."""


async def shipped_in_the_grace(play: Play) -> None:
    play.world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    while "ship_by_missed" not in await play.story():
        await play.pass_time(SECOND / 10)
    await play.send("par_1")


async def never_shipped(play: Play) -> None:
    """One parcel had its label already."""
    await play.accept()
    await play.pack("par_1", MUGS)


async def half_shipped(play: Play) -> None:
    play.world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.send("par_1", MUGS)


async def lost(play: Play) -> None:
    await play.accept()
    await play.send("par_1")


async def returned_after_all_attempts(play: Play) -> None:
    play.world.callbacks = {("par_1", attempt): FAILED for attempt in (1, 2, 3)}
    await play.accept()
    await play.send("par_1")


async def one_returned_one_delivered(play: Play) -> None:
    play.world.callbacks |= {("par_1", 1): Told(DeliveryOutcome.RETURNED), ("par_2", 1): DELIVERED}
    await play.accept()
    await play.send("par_1", MUGS)
    await play.send("par_2", SCARF)


async def refund_refused_at_first(play: Play) -> None:
    play.world.refund_fails = [PartnerRefused("The balance does not suffice.")]
    await play.decline()


async def dispatch_refused(play: Play) -> None:
    play.world.dispatch_refused = PartnerRefused("We do not know this parcel.")
    play.world.callbacks["par_1", 1] = Told(DeliveryOutcome.DELIVERED, 2 * SECOND)
    await play.accept()
    await play.send("par_1")


async def cancelled_before_acceptance(play: Play) -> None:
    while "order_received" not in play.world.mails:  # sent once the order is open
        await play.pass_time(SECOND / 10)
    await play.cancel(SCARF)
    await play.cancel()


async def cancelled_while_it_was_made(play: Play) -> None:
    """One parcel had its label already."""
    await play.accept()
    await play.pack("par_1", MUGS)
    await play.cancel()
    await play.answer_cancellation(agree=True, restock=True)


async def cancellation_refused(play: Play) -> None:
    play.world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.cancel(SCARF)
    await play.answer_cancellation(agree=False)
    await play.send("par_1")


async def cancellation_unanswered(play: Play) -> None:
    await play.accept()
    await play.cancel()


async def sent_while_asked(play: Play) -> None:
    play.world.callbacks["par_1", 1] = DELIVERED
    await play.accept()
    await play.cancel()
    await play.send("par_1")


async def refund_pending(play: Play) -> None:
    play.world.refund_state = RefundState.PENDING
    await play.decline()


async def commissioned(play: Play) -> None:
    """Nobody accepts it: it is there to be sent."""
    play.world.callbacks["par_1", 1] = DELIVERED
    await _opened(play)
    await play.send("par_1", PIECE)


async def commissioned_and_lost(play: Play) -> None:
    await _opened(play)
    await play.send("par_1", PIECE)


async def commissioned_and_never_sent(_play: Play) -> None:
    """Reminded, and then what sending it cost went back."""


async def _opened(play: Play) -> None:
    while not play.world.opened:
        await play.pass_time(SECOND / 10)


PROMPT = FulfillmentDeadlines(release_after=SECOND, refund_retry_after=SECOND)
ANSWER_SOON = replace(PROMPT, accept_within=2 * SECOND, accept_reminder_after=SECOND)
ARRIVE_SOON = replace(PROMPT, deliver_within=SECOND)
OR_LOST = replace(ARRIVE_SOON, lost_after=SECOND)
SHIP_SOON = replace(PROMPT, ship_within=2 * SECOND)
OR_NEVER = replace(SHIP_SOON, ship_grace=SECOND)
STORIES: Mapping[str, tuple[Story, FulfillmentDeadlines]] = {
    "delivered": (delivered, PROMPT),
    "delivered-in-two-parcels": (delivered_in_two_parcels, PROMPT),
    "delivered-after-overdue": (delivered_after_overdue, ARRIVE_SOON),
    "confirmed-by-the-buyer": (confirmed_by_the_buyer, ARRIVE_SOON),
    "declined": (declined, PROMPT),
    "lapsed": (lapsed, ANSWER_SOON),
    "shipped-in-the-grace": (shipped_in_the_grace, SHIP_SOON),
    "never-shipped": (never_shipped, OR_NEVER),
    "half-shipped": (half_shipped, OR_NEVER),
    "lost": (lost, OR_LOST),
    "returned-after-all-attempts": (returned_after_all_attempts, PROMPT),
    "one-returned-one-delivered": (one_returned_one_delivered, PROMPT),
    "refund-refused-at-first": (refund_refused_at_first, PROMPT),
    "dispatch-refused": (dispatch_refused, PROMPT),
    "cancelled-before-acceptance": (cancelled_before_acceptance, PROMPT),
    "cancelled-while-it-was-made": (cancelled_while_it_was_made, PROMPT),
    "cancellation-refused": (cancellation_refused, PROMPT),
    "cancellation-unanswered": (cancellation_unanswered, replace(PROMPT, answer_cancellation_within=SECOND)),
    "sent-while-asked": (sent_while_asked, PROMPT),
    "refund-pending": (refund_pending, PROMPT),
    "commissioned": (commissioned, PROMPT),
    "commissioned-and-lost": (commissioned_and_lost, OR_LOST),
    "commissioned-and-never-sent": (commissioned_and_never_sent, OR_NEVER),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[FulfillmentWorkflow, messages.FulfillmentResult]:
    """Plays one story to its end."""
    story, deadlines = STORIES[name]
    world, order = (World(ordered={"com_1": 1}), COMMISSIONED) if name.startswith("commissioned") else (World(), ORDER)
    async with workers(environment, world):
        handle = await open_order(environment, replace(order, order_id=f"ord_{name}", deadlines=deadlines))
        await story(Play(environment, world, handle))
        await handle.result()
        return handle
