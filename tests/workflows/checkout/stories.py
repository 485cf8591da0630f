"""The stories of a checkout that are recorded for replay: every way in which one can end, and the detours to it.

They run on a dev server in real seconds, so their deadlines are short.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from activities.boundary import application_error
from models.errors import OutOfStock, PartnerRefused, PartnerUnavailable
from models.ports import PaymentState
from tests.workflows.checkout.conftest import Play, playing
from tests.workflows.checkout.fakes import World
from workflows.checkout import messages
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.policies import CheckoutDeadlines

SECOND = timedelta(seconds=1)
Story = Callable[[Play], Awaitable[None]]


async def _pay(play: Play) -> None:
    await play.place()
    play.world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised")


async def paid(play: Play) -> None:
    """By a webhook; one of the pieces was the last."""
    play.world.sold_out = ("lst_1",)
    await _pay(play)


async def paid_with_credit(play: Play) -> None:
    """All of it: the provider is never asked."""
    await play.place(credit_minor=11_300)


async def paid_with_another_card(play: Play) -> None:
    await play.place()
    await play.tell("payment_declined", "evt_declined")
    await play.pass_time(SECOND)
    play.world.payment = PaymentState.AUTHORISED
    await play.tell("payment_authorised", "evt_second_card")


async def paid_without_a_word(play: Play) -> None:
    """Neither webhook nor browser came; the provider was asked."""
    await play.place()
    play.world.payment = PaymentState.AUTHORISED


async def paid_in_the_last_second(play: Play) -> None:
    play.world.paid_while_closing = True
    await play.place()


async def expired(play: Play) -> None:
    await play.place()
    await play.handle.execute_update("customer_returned", messages.CustomerReturned())


async def closed_by_the_provider(play: Play) -> None:
    await play.place()
    play.world.payment = PaymentState.CANCELLED
    await play.tell("payment_closed")


async def abandoned(play: Play) -> None:
    await play.place()
    await play.handle.execute_update("abandon", messages.AbandonCheckout("usr_buyer"))


async def _review(play: Play, *, approve: bool) -> None:
    play.world.hold = True
    await _pay(play)
    while (await play.timeline()).status != "held_for_review":
        await play.pass_time(SECOND / 10)
    await play.handle.execute_update("decide_review", messages.DecideReview("dec_1", "usr_admin", approve))


async def held_and_approved(play: Play) -> None:
    await _review(play, approve=True)


async def held_and_refused(play: Play) -> None:
    await _review(play, approve=False)


async def held_and_undecided(play: Play) -> None:
    play.world.hold = True
    await _pay(play)


async def capture_refused(play: Play) -> None:
    play.world.capture_refused = PartnerRefused("The authorisation has lapsed.")
    await _pay(play)


async def refused(play: Play) -> None:
    play.world.refuse_reservation = OutOfStock("Somebody was faster.", left={"lst_1": 0})
    await play.place()


async def refused_by_the_provider(play: Play) -> None:
    play.world.create_fails = [application_error(PartnerRefused("Not in this currency."))]
    await play.place()


async def withdrawn(play: Play) -> None:
    """The provider did not answer while the buyer waited; it is tidied up behind the refusal."""
    play.world.create_fails = [application_error(PartnerUnavailable("No answer.")) for _ in range(6)]
    await play.place()


POLICY = CheckoutDeadlines()
PAY_SOON = CheckoutDeadlines(pay_within=3 * SECOND)
ASK_SOON = CheckoutDeadlines(ask_provider_after=SECOND)
REVIEW_BRIEFLY = CheckoutDeadlines(review_within=2 * SECOND)
STORIES: Mapping[str, tuple[Story, CheckoutDeadlines]] = {
    "paid": (paid, POLICY),
    "paid-with-credit": (paid_with_credit, POLICY),
    "paid-with-another-card": (paid_with_another_card, POLICY),
    "paid-without-a-word": (paid_without_a_word, ASK_SOON),
    "paid-in-the-last-second": (paid_in_the_last_second, PAY_SOON),
    "expired": (expired, PAY_SOON),
    "closed-by-the-provider": (closed_by_the_provider, POLICY),
    "abandoned": (abandoned, POLICY),
    "held-and-approved": (held_and_approved, POLICY),
    "held-and-refused": (held_and_refused, POLICY),
    "held-and-undecided": (held_and_undecided, REVIEW_BRIEFLY),
    "capture-refused": (capture_refused, POLICY),
    "refused": (refused, POLICY),
    "refused-by-the-provider": (refused_by_the_provider, POLICY),
    "withdrawn": (withdrawn, POLICY),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[CheckoutWorkflow, messages.CheckoutResult]:
    """Plays one story to its end."""
    story, deadlines = STORIES[name]
    async with playing(environment, World(), f"crt_{name}", deadlines) as checkout:
        with suppress(WorkflowUpdateFailedError):  # a refusal is the point of some
            await story(checkout)
        await checkout.handle.result()
        return checkout.handle
