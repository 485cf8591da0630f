"""The stories of a gift card that somebody buys: a provider that obeys the test, and every way in which one can end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.gift_card_purchase import CaptureCard, CardPayment, CardPaymentSeen, CloseCard, OpenCardPage
from models.errors import DomainError, PartnerRefused
from models.ports import PaymentState
from models.repositories.processes import Progress
from workers.sandbox import RUNNER
from workflows.gift_card_purchase import messages
from workflows.gift_card_purchase.messages import GiftCardInput, GiftCardResult, PlaceGiftCard
from workflows.gift_card_purchase.workflow import PAYMENTS_QUEUE, GiftCardPurchaseWorkflow
from workflows.policies import GiftCardDeadlines

BUYER = "usr_1"
SHORT = GiftCardDeadlines(pay_within=timedelta(seconds=4), ask_provider_after=timedelta(seconds=1))
Handle = WorkflowHandle[GiftCardPurchaseWorkflow, GiftCardResult]


@dataclass
class World:
    """What the provider says in one test, and what it was asked."""

    payment: PaymentState = PaymentState.OPEN
    open_fails: list[Exception] = field(default_factory=list)
    """Raised by the first calls, one each; of the others, too."""
    close_fails: list[Exception] = field(default_factory=list)
    capture_fails: list[Exception] = field(default_factory=list)
    paid_while_closing: bool = False
    calls: list[str] = field(default_factory=list)
    written: list[Progress] = field(default_factory=list)

    @activity.defn(name="gift_card_purchase.open_page")
    async def open_page(self, step: OpenCardPage) -> CardPaymentSeen:
        self.calls.append("open")
        _raise(self.open_fails)
        self.written.append(step.progress)
        return CardPaymentSeen("cs_1", PaymentState.OPEN)

    @activity.defn(name="gift_card_purchase.look_up")
    async def look_up(self, step: CardPayment) -> CardPaymentSeen:
        self.calls.append("look_up")
        return CardPaymentSeen(step.payment_id, self.payment)

    @activity.defn(name="gift_card_purchase.close_page")
    async def close_page(self, step: CardPayment) -> CardPaymentSeen:
        self.calls.append("close_page")
        _raise(self.close_fails)
        if self.payment is PaymentState.OPEN:
            self.payment = PaymentState.AUTHORISED if self.paid_while_closing else PaymentState.CANCELLED
        return CardPaymentSeen(step.payment_id, self.payment)

    @activity.defn(name="gift_card_purchase.void")
    async def void(self, step: CardPayment) -> CardPaymentSeen:
        self.calls.append("void")
        return CardPaymentSeen(step.payment_id, PaymentState.CANCELLED)

    @activity.defn(name="gift_card_purchase.capture")
    async def capture(self, step: CaptureCard) -> None:
        self.calls.append("capture")
        _raise(self.capture_fails)
        self.written.append(step.progress)

    @activity.defn(name="gift_card_purchase.close")
    async def close(self, step: CloseCard) -> None:
        self.calls.append("close")
        self.written.append(step.progress)


def _raise(failures: list[Exception]) -> None:
    if failures:
        raise failures.pop(0)


def silent() -> Exception:
    return ApplicationError("No answer.", type="partner_unavailable", next_retry_delay=timedelta(seconds=1))


def refused(error: DomainError | None = None) -> Exception:
    return application_error(error or PartnerRefused("No."))


@asynccontextmanager
async def workers(env: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            Worker(
                env.client,
                task_queue=messages.TASK_QUEUE,
                workflows=[GiftCardPurchaseWorkflow],
                activities=[world.close],
                workflow_runner=RUNNER,
            )
        )
        await stack.enter_async_context(
            Worker(
                env.client,
                task_queue=PAYMENTS_QUEUE,
                activities=[world.open_page, world.look_up, world.close_page, world.void, world.capture],
            )
        )
        yield


async def click(
    env: WorkflowEnvironment, card_id: str, buyer: str = BUYER, deadlines: GiftCardDeadlines | None = None
) -> tuple[Handle, str]:
    """As the API sends it. Raises `WorkflowUpdateFailedError` when it is refused."""
    start: WithStartWorkflowOperation[GiftCardPurchaseWorkflow, GiftCardResult] = WithStartWorkflowOperation(
        GiftCardPurchaseWorkflow.run,
        GiftCardInput(card_id, BUYER, 5_000, "USD", deadlines or GiftCardDeadlines()),
        id=messages.workflow_id(card_id),
        task_queue=messages.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    payment_id = await env.client.execute_update_with_start_workflow(
        GiftCardPurchaseWorkflow.place, PlaceGiftCard(buyer), start_workflow_operation=start, id=f"place-{buyer}"
    )
    return await start.workflow_handle(), payment_id


STORIES: Mapping[str, World] = {
    "bought": World(payment=PaymentState.AUTHORISED),
    "expired": World(),
    "faster-than-its-end": World(paid_while_closing=True),
    "refused": World(open_fails=[refused()]),
    "not-taken": World(payment=PaymentState.AUTHORISED, capture_fails=[refused()]),
    "answer-lost": World(payment=PaymentState.AUTHORISED, capture_fails=[silent()], open_fails=[silent()]),
}


async def play(env: WorkflowEnvironment, name: str) -> Handle:
    """The closed run, for the recorder."""
    card_id = f"gft_{name}"
    async with workers(env, STORIES[name]):
        try:
            handle, _ = await click(env, card_id, deadlines=SHORT)
        except WorkflowUpdateFailedError:
            handle = env.client.get_workflow_handle_for(GiftCardPurchaseWorkflow.run, messages.workflow_id(card_id))
        await handle.result()
    return handle
