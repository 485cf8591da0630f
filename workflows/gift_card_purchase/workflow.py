"""One gift card, from the click to its code in a mail.

    placing ──> awaiting_payment ──> capturing ──> bought
       │            └──> cancelling ──> expired | capturing (the buyer was faster)
       └──> refused                                └──> voided (the provider would not take it)

The pivot is the capture: with it the card is worth its amount, once. A card ends unpaid only after the provider has
confirmed that nobody can pay for it any more. A webhook is a hint to ask the provider; a silent one is asked anyway.
Which mail carries the code, and to whom, is never said here.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import policies
from workflows import search_attributes as sa
from workflows.failures import STEP_FAILURES, reason_of, refusal, refusal_type
from workflows.gift_card_purchase.messages import (
    PROCESS,
    WORKFLOW,
    CustomerReturned,
    GiftCardInput,
    GiftCardResult,
    PaymentEvent,
    PlaceGiftCard,
)
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.gift_card_purchase import (
        CaptureCard,
        CardPayment,
        CardPaymentSeen,
        CloseCard,
        GiftCardPurchaseActivities,
        OpenCardPage,
    )
    from models.errors import NotNow, PartnerRefused, Unavailable
    from models.ports import PaymentState
    from models.types import GiftCardStatus, Party

PAYMENTS_QUEUE = "payments"
_NOT_OPEN = frozenset({PaymentState.AUTHORISED, PaymentState.CAPTURED, PaymentState.CANCELLED})
_DECIDED = frozenset({PaymentState.CAPTURED, PaymentState.CANCELLED})
Call = Callable[[GiftCardPurchaseActivities, CardPayment], Awaitable[CardPaymentSeen]]


@workflow.defn(name=WORKFLOW)
class GiftCardPurchaseWorkflow:
    @workflow.init
    def __init__(self, start: GiftCardInput) -> None:
        self._start = start
        self._story = Story(PROCESS)
        self._status = GiftCardStatus.PLACING
        self._expires_at = workflow.now() + start.deadlines.pay_within
        self._payment_id = ""
        self._refusal: ApplicationError | None = None
        self._look = False
        self._looked_at: datetime | None = None

    @workflow.run
    async def run(self, start: GiftCardInput) -> GiftCardResult:
        self._story.tell(Party.CUSTOMER, "gift_card_placed", waiting_on=Party.CUSTOMER, until=self._expires_at)
        if await self._open():
            self._waits_for(GiftCardStatus.AWAITING_PAYMENT, Party.CUSTOMER, self._expires_at)
            if await self._await_payment():
                await self._capture()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return GiftCardResult(self._status)

    async def _open(self) -> bool:
        """Answers the click. What a provider may have opened that stayed silent is closed behind it."""
        try:
            self._payment_id = await self._open_page(policies.PERSON_WAITS)
            return True
        except STEP_FAILURES as error:
            reason = reason_of(error)
            if reason is not None and reason.non_retryable:
                await self._close(GiftCardStatus.REFUSED, Party.PROVIDER, "gift_card_refused")
                self._refusal = ApplicationError(reason.message, *reason.details, type=reason.type, non_retryable=True)
                return False
        self._refusal = refusal(
            Unavailable,
            "The payment provider does not answer at the moment. Nothing was charged; try again in a few minutes.",
        )
        self._status = GiftCardStatus.CANCELLING
        with suppress(*STEP_FAILURES):
            payment_id = await self._open_page(None)
            seen = await self._until(GiftCardPurchaseActivities.close_page, payment_id, _NOT_OPEN)
            if seen.state is not PaymentState.CANCELLED:
                await self._until(GiftCardPurchaseActivities.void, payment_id, _DECIDED)
        await self._close(GiftCardStatus.REFUSED, Party.PROVIDER, "gift_card_refused")
        return False

    async def _await_payment(self) -> bool:
        """Until authorised; False once it is confirmed that it can't be paid any more."""
        ask_after = self._start.deadlines.ask_provider_after
        ask_at = workflow.now() + ask_after
        while True:
            until = min(ask_at, self._expires_at)
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: self._look, timeout=max(until - workflow.now(), timedelta()), timeout_summary="payment"
                )
            if workflow.now() >= self._expires_at:
                self._status = GiftCardStatus.CANCELLING
                seen = await self._until(GiftCardPurchaseActivities.close_page, self._payment_id, _NOT_OPEN)
                break
            if not self._look and workflow.now() < ask_at:
                continue
            if workflow.now() >= ask_at:  # hints come and go; our own questions become rarer
                ask_after *= 2
                ask_at = workflow.now() + ask_after
            self._look, self._looked_at = False, workflow.now()
            seen = await self._ask(GiftCardPurchaseActivities.look_up, self._payment_id)
            if seen.state is not PaymentState.OPEN:
                break
        if seen.state is PaymentState.CANCELLED:
            await self._close(GiftCardStatus.EXPIRED, Party.SYSTEM, "gift_card_expired")
            return False
        self._waits_for(GiftCardStatus.CAPTURING, Party.SYSTEM, None)
        self._story.tell(Party.PROVIDER, "payment_authorised", waiting_on=Party.SYSTEM)
        return True

    async def _capture(self) -> None:
        """The pivot. Refused though the money was taken by hand: asked again, ever more rarely."""
        wait = policies.CONFIRM_AGAIN_AFTER
        self._story.tell(Party.SYSTEM, "gift_card_bought")
        while True:
            progress = self._story.progress(GiftCardStatus.BOUGHT.value, is_final=True)
            try:
                await workflow.execute_activity_method(
                    GiftCardPurchaseActivities.capture,
                    CaptureCard(self._start.card_id, self._payment_id, progress),
                    task_queue=PAYMENTS_QUEUE,
                    start_to_close_timeout=policies.VENDOR_CALL,
                    retry_policy=policies.VENDOR,
                )
            except STEP_FAILURES as error:
                if refusal_type(error) != PartnerRefused.code:
                    raise
            else:
                self._story.written(progress)
                self._waits_for(GiftCardStatus.BOUGHT, Party.NOBODY, None)
                return
            seen = await self._until(GiftCardPurchaseActivities.void, self._payment_id, _DECIDED)
            if seen.state is PaymentState.CANCELLED:
                self._story.take_back()
                await self._close(GiftCardStatus.VOIDED, Party.PROVIDER, "capture_refused")
                return
            await workflow.sleep(wait, summary="capture again")
            wait = min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)

    @workflow.update
    async def place(self, request: PlaceGiftCard) -> str:
        """The click. A second one, from wherever, gets the first one's answer."""
        await workflow.wait_condition(lambda: bool(self._payment_id) or self._refusal is not None)
        if self._refusal is not None:
            raise self._refusal
        return self._payment_id

    @place.validator
    def _may_place(self, request: PlaceGiftCard) -> None:
        if request.buyer_id != self._start.buyer_id:
            raise refusal(NotNow, "Only its buyer can pay for this gift card.")

    @workflow.update
    async def customer_returned(self, fact: CustomerReturned) -> GiftCardStatus:
        """The browser is back, so a silent provider is asked now."""
        self._look = True
        return self._status

    @customer_returned.validator
    def _may_hint(self, fact: CustomerReturned) -> None:
        lately = self._looked_at is not None and workflow.now() - self._looked_at < policies.ASK_PROVIDER_AGAIN_AFTER
        if self._status is not GiftCardStatus.AWAITING_PAYMENT or self._look or lately:
            raise refusal(NotNow, "The payment provider is being asked, or has just been.")

    # Facts from machines, each a hint to look; the page stays open for another card after a decline.

    @workflow.signal
    def payment_authorised(self, event: PaymentEvent) -> None:
        self._look = True

    @workflow.signal
    def payment_closed(self, event: PaymentEvent) -> None:
        self._look = True

    @workflow.signal
    def payment_declined(self, event: PaymentEvent) -> None:
        """Nothing to be done."""

    async def _open_page(self, within: timedelta | None) -> str:
        progress = self._story.progress(GiftCardStatus.AWAITING_PAYMENT.value)
        seen = await workflow.execute_activity_method(
            GiftCardPurchaseActivities.open_page,
            OpenCardPage(self._start.card_id, self._expires_at, progress),
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=within,
            retry_policy=policies.VENDOR,
        )
        self._story.written(progress)
        return seen.payment_id

    async def _ask(self, call: Call, payment_id: str) -> CardPaymentSeen:
        return await workflow.execute_activity_method(
            call,
            CardPayment(self._start.card_id, payment_id),
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )

    async def _until(self, call: Call, payment_id: str, reached: frozenset[PaymentState]) -> CardPaymentSeen:
        """Asks ever more rarely. A refusal ends nothing: only a state does."""
        wait = policies.CONFIRM_AGAIN_AFTER
        while True:
            try:
                seen = await self._ask(call, payment_id)
                if seen.state in reached:
                    return seen
            except STEP_FAILURES as error:
                workflow.logger.warning("the provider refused", extra={"code": refusal_type(error)})
            await workflow.sleep(wait, summary="confirm again")
            wait = min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)

    async def _close(self, status: GiftCardStatus, actor: Party, what: str) -> None:
        self._story.tell(actor, what)
        progress = self._story.progress(status.value, is_final=True)
        await workflow.execute_local_activity_method(
            GiftCardPurchaseActivities.close,
            CloseCard(self._start.card_id, progress),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self._story.written(progress)
        self._waits_for(status, Party.NOBODY, None)

    def _waits_for(self, status: GiftCardStatus, party: Party, until: datetime | None) -> None:
        self._status = status
        workflow.upsert_search_attributes(
            [
                sa.STATUS.value_set(status.value),
                sa.WAITING_ON.value_set(party.value),
                sa.DEADLINE.value_set(until) if until is not None else sa.DEADLINE.value_unset(),
            ]
        )
