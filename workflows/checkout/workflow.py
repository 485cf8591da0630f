"""One attempt to pay for a cart, from the click to the orders.

    placing ──> awaiting_payment ──> capturing ──> paid
       │            │    │  (risk)      ▲
       │            │    └─> held_for_review ──> voided
       ▼            ▼
    refused     expired | abandoned        (store credit covers all of it: placing ──> capturing)

The pivot is the capture: before it everything can be undone, after it everything is completed. Stock is freed only
when the provider has confirmed that the payment can't be made any more; if the buyer turns out to have been faster, we
go on. A webhook is a hint to ask the provider; a silent provider is asked anyway. Bounded by its reservation and its
review, a checkout stays far below the limits of one run, so it never continues as new.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError, FailureError

from workflows import policies
from workflows import search_attributes as sa
from workflows.checkout.messages import (
    WORKFLOW,
    AbandonCheckout,
    CheckoutInput,
    CheckoutResult,
    CustomerReturned,
    DecideReview,
    PaymentEvent,
    PlaceCheckout,
    PlacedCheckout,
    Timeline,
)
from workflows.checkout.steps import CheckoutSteps, refused
from workflows.failures import STEP_FAILURES, reason_of, refusal_type
from workflows.fulfillment import messages as fulfillment

with workflow.unsafe.imports_passed_through():
    from activities.checkout import Frozen
    from activities.payments import Captured, PaymentSeen
    from models.errors import NotNow, PartnerRefused, Unavailable
    from models.ports import PaymentState
    from models.types import CheckoutStatus, OrderStatus, Party

CAPTURE_MARGIN = timedelta(hours=1)
"""A review ends this long before the authorisation lapses, so that an approval can still be captured."""


@workflow.defn(name=WORKFLOW)
class CheckoutWorkflow:
    @workflow.init
    def __init__(self, start: CheckoutInput) -> None:
        self._start = start
        self._steps = CheckoutSteps(start)
        self._story = self._steps.story
        self._status = CheckoutStatus.PLACING
        self._expires_at = workflow.now() + start.deadlines.pay_within
        self._request: PlaceCheckout | None = None
        self._placed: PlacedCheckout | None = None
        self._refusal: ApplicationError | None = None
        self._look = False
        self._looked_at: datetime | None = None
        self._seen_events: set[str] = set()
        self._declines = 0
        self._declines_told = 0
        self._abandoned = False
        self._decision: DecideReview | None = None

    @workflow.run
    async def run(self, start: CheckoutInput) -> CheckoutResult:
        order_ids: tuple[str, ...] = ()
        frozen = await self._reserve()
        # Hangs on what `reserve` answered, and no older history has an answer with credit in it: no patch is needed.
        if frozen is not None and frozen.paid_with_credit:
            order_ids = await self._pay_with_credit(frozen)
        elif frozen is not None:
            payment_id = await self._open_payment(frozen)
            if payment_id is not None:
                authorised = await self._await_payment(payment_id)
                if authorised is not None and await self._pass_review(authorised):
                    captured = await self._capture(payment_id, frozen)
                    if captured is not None:
                        order_ids = await self._open_orders(frozen, captured)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return CheckoutResult(self._status, order_ids)

    # Phases. Each returns None, or False, when the checkout has ended in it.

    async def _reserve(self) -> Frozen | None:
        """All pieces or none, and everything the buyer agreed to frozen; or the click is refused with the reason."""
        request = await self._click()
        if request is None:
            return None
        self._story.tell(
            Party.CUSTOMER,
            "checkout_placed",
            waiting_on=Party.CUSTOMER,
            until=self._expires_at,
            then="checkout_expires",
        )
        try:
            return await self._steps.reserve(request, self._expires_at)
        except STEP_FAILURES as error:
            await self._refuse(error)
            return None

    async def _pay_with_credit(self, frozen: Frozen) -> tuple[str, ...]:
        """There is no card to charge, nor to be suspicious of: the sale is the pivot."""
        self._status = CheckoutStatus.CAPTURING
        self._tell_sums(frozen, "")
        self._story.tell(Party.SYSTEM, "paid_with_credit", waiting_on=Party.SYSTEM)
        return await self._open_orders(frozen, Captured(amount_minor=0, provider_fee_minor=0))

    async def _open_payment(self, frozen: Frozen) -> str | None:
        """Opens the provider's page and answers the click. A provider that stays silent is tidied up behind it."""
        try:
            payment_id = await self._steps.create_payment(
                self._expires_at, CheckoutStatus.AWAITING_PAYMENT, policies.PERSON_WAITS
            )
        except STEP_FAILURES as error:
            if refusal_type(error) == PartnerRefused.code:
                await self._refuse(error)
            else:
                await self._withdraw()
            return None
        self._status = CheckoutStatus.AWAITING_PAYMENT
        self._tell_sums(frozen, payment_id)
        return payment_id

    def _tell_sums(self, frozen: Frozen, payment_id: str) -> None:
        """Answers the click."""
        self._placed = self._steps.placed(frozen, payment_id)
        workflow.upsert_search_attributes(
            [
                *self._waits_for(Party.CUSTOMER, self._expires_at),
                sa.ARTISAN_IDS.value_set([part.artisan_id for part in frozen.shops]),
                sa.AMOUNT.value_set(frozen.total_minor),
                sa.CURRENCY.value_set(frozen.currency),
            ]
        )

    async def _await_payment(self, payment_id: str) -> PaymentSeen | None:
        """Until authorised, or confirmed as never to be paid: then the stock is free again."""
        ask_after = self._start.deadlines.ask_provider_after
        ask_at = workflow.now() + ask_after
        while True:
            await self._something_to_do(min(ask_at, self._expires_at))
            await self._tell_declines()
            if self._abandoned or workflow.now() >= self._expires_at:
                self._status = CheckoutStatus.CANCELLING
                seen = await self._steps.close_page(payment_id)
                break
            if self._look or workflow.now() >= ask_at:
                if workflow.now() >= ask_at:  # hints come and go; our own questions become rarer
                    ask_after *= 2
                    ask_at = workflow.now() + ask_after
                self._look = False
                self._looked_at = workflow.now()
                seen = await self._steps.look_up(payment_id)
                if seen.state is not PaymentState.OPEN:
                    break
        if seen.state is PaymentState.CANCELLED:
            if self._abandoned:
                await self._close_unpaid(CheckoutStatus.ABANDONED, Party.CUSTOMER, "checkout_abandoned")
            else:
                await self._close_unpaid(CheckoutStatus.EXPIRED, Party.SYSTEM, "checkout_expired")
            return None
        self._status = CheckoutStatus.CAPTURING
        self._story.tell(Party.PROVIDER, "payment_authorised", waiting_on=Party.SYSTEM)
        return seen

    async def _pass_review(self, payment: PaymentSeen) -> bool:
        """Scores the risk; a high one waits for an administrator. Refused or undecided, the payment is voided."""
        assessed = await self._steps.assess_risk(payment, self._declines)
        if not assessed.hold:
            return True
        until = self._review_until(payment.capture_before)
        self._status = CheckoutStatus.HELD_FOR_REVIEW
        self._story.tell(
            Party.SYSTEM, "checkout_held", waiting_on=Party.ADMINISTRATOR, until=until, then="review_lapses"
        )
        await self._steps.hold(until)
        workflow.upsert_search_attributes(self._waits_for(Party.ADMINISTRATOR, until))
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._decision is not None,
                timeout=max(until - workflow.now(), timedelta()),
                timeout_summary="review",
            )
        if self._decision is None:
            return not await self._void(payment.payment_id, Party.SYSTEM, "review_lapsed")
        if not self._decision.approve:
            return not await self._void(payment.payment_id, Party.ADMINISTRATOR, "review_refused")
        self._status = CheckoutStatus.CAPTURING
        self._story.tell(
            Party.ADMINISTRATOR, "review_approved", subject=self._decision.decision_id, waiting_on=Party.SYSTEM
        )
        return True

    async def _capture(self, payment_id: str, frozen: Frozen) -> Captured | None:
        """The pivot. None: the authorisation was gone, nothing was charged, the stock is free again.

        Refused though the money was taken (somebody took another sum by hand): asked again, ever more rarely, until
        an operator has put it right at the provider.
        """
        wait = policies.CONFIRM_AGAIN_AFTER
        while True:
            try:
                return await self._steps.capture(payment_id, frozen)
            except STEP_FAILURES as error:
                if refusal_type(error) != PartnerRefused.code:
                    raise
            if await self._void(payment_id, Party.PROVIDER, "capture_refused"):
                return None
            await workflow.sleep(wait, summary="capture again")
            wait = min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)

    async def _open_orders(self, frozen: Frozen, captured: Captured) -> tuple[str, ...]:
        """One order and one fulfilment per artisan; then the mail. From here on nothing is taken back."""
        deadlines = {
            part.shop_id: policies.resolve_fulfillment(
                ship_within_days=part.ship_within_days,
                accept_within_hours=part.accept_within_hours,
                scale=self._start.time_scale,
            )
            for part in frozen.shops
        }
        self._story.tell(Party.SYSTEM, "checkout_paid")
        ship_by = {shop_id: workflow.now() + own.accept_within + own.ship_within for shop_id, own in deadlines.items()}
        sale = await self._steps.complete_sale(captured, ship_by)
        orders = [
            fulfillment.FulfillmentInput(
                order_id=sale.order_ids[part.shop_id],
                checkout_id=self._steps.id,
                buyer_id=self._start.buyer_id,
                shop_id=part.shop_id,
                artisan_id=part.artisan_id,
                currency=frozen.currency,
                total_minor=part.total_minor,
                pieces=part.pieces,
                deadlines=deadlines[part.shop_id],
            )
            for part in frozen.shops
        ]
        self._close(CheckoutStatus.PAID)
        await asyncio.gather(
            *(self._start_fulfillment(order) for order in orders),
            self._steps.update_search(sale.sold_out),
            self._steps.notify("order_confirmed"),
        )
        return tuple(sale.order_ids[part.shop_id] for part in frozen.shops)

    # Updates: whoever sends one waits for its answer

    @workflow.update
    async def place(self, request: PlaceCheckout) -> PlacedCheckout:
        """The click. A second one, from wherever, gets the first one's answer."""
        if self._request is None:
            self._request = request
        await workflow.wait_condition(lambda: self._placed is not None or self._refusal is not None)
        if self._refusal is not None:
            raise self._refusal
        assert self._placed is not None  # noqa: S101 - the wait ended for one of the two
        return self._placed

    @workflow.update
    async def customer_returned(self, fact: CustomerReturned) -> CheckoutStatus:
        """The browser is back, so a silent provider is asked now."""
        self._look = True
        return self._status

    @customer_returned.validator
    def _may_hint(self, fact: CustomerReturned) -> None:
        last = self._looked_at
        asked_lately = last is not None and workflow.now() - last < policies.ASK_PROVIDER_AGAIN_AFTER
        if self._status is not CheckoutStatus.AWAITING_PAYMENT or self._look or asked_lately:
            raise refused("The payment provider is being asked, or has just been.", NotNow.code)

    @workflow.update
    async def abandon(self, request: AbandonCheckout) -> CheckoutStatus:
        """The buyer wants the cart back. `paid` or `held_for_review` when the money was faster."""
        self._abandoned = True
        await workflow.wait_condition(lambda: self._status.is_final or self._status is CheckoutStatus.HELD_FOR_REVIEW)
        return self._status

    @abandon.validator
    def _may_abandon(self, request: AbandonCheckout) -> None:
        if request.actor_id != self._start.buyer_id:
            raise refused("Only the buyer can cancel this payment.", NotNow.code)
        if self._status is not CheckoutStatus.AWAITING_PAYMENT:
            raise refused("This payment can't be cancelled any more. Its page shows where it stands.", NotNow.code)

    @workflow.update
    async def decide_review(self, decision: DecideReview) -> CheckoutStatus:
        """An administrator approves or refuses a held checkout; the first decision counts."""
        self._decision = decision
        await workflow.wait_condition(lambda: self._status.is_final)
        return self._status

    @decide_review.validator
    def _may_decide(self, decision: DecideReview) -> None:
        if self._status is not CheckoutStatus.HELD_FOR_REVIEW or self._decision is not None:
            raise refused("This checkout is not waiting for a decision any more. Reload the list.", NotNow.code)

    # Signals: facts from machines, each a hint to look

    @workflow.signal
    def payment_authorised(self, event: PaymentEvent) -> None:
        self._look = self._is_new(event) or self._look

    @workflow.signal
    def payment_closed(self, event: PaymentEvent) -> None:
        self._look = self._is_new(event) or self._look

    @workflow.signal
    def payment_declined(self, event: PaymentEvent) -> None:
        """The page stays open for another card until the reservation ends."""
        self._declines += self._is_new(event)

    # Queries

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._status.value, tuple(self._story.entries))

    # Helpers

    def _is_new(self, event: PaymentEvent) -> bool:
        if event.event_id in self._seen_events:
            return False
        self._seen_events.add(event.event_id)
        return True

    async def _click(self) -> PlaceCheckout | None:
        """An update-with-start brings the click along; a run without one has nothing to do and nothing to undo."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._request is not None, timeout=policies.FIRST_UPDATE_WITHIN, timeout_summary="click"
            )
        if self._request is None:
            self._close(CheckoutStatus.REFUSED)
        return self._request

    async def _something_to_do(self, until: datetime) -> None:
        """A hint, a decline to tell, or the buyer's wish to stop; at the latest the given instant."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._look or self._abandoned or self._declines > self._declines_told,
                timeout=max(until - workflow.now(), timedelta()),
                timeout_summary="payment",
            )

    async def _tell_declines(self) -> None:
        if self._declines == self._declines_told:
            return
        self._declines_told = self._declines
        self._story.tell(
            Party.PROVIDER,
            "payment_declined",
            waiting_on=Party.CUSTOMER,
            until=self._expires_at,
            then="checkout_expires",
        )
        await self._steps.record(CheckoutStatus.AWAITING_PAYMENT)

    def _review_until(self, capture_before: datetime | None) -> datetime:
        until = workflow.now() + self._start.deadlines.review_within
        return until if capture_before is None else min(until, capture_before - CAPTURE_MARGIN)

    async def _start_fulfillment(self, order: fulfillment.FulfillmentInput) -> None:
        await workflow.start_child_workflow(
            fulfillment.WORKFLOW,
            order,
            id=fulfillment.workflow_id(order.order_id),
            task_queue=fulfillment.TASK_QUEUE,
            # An order lives for weeks; the checkout that opened it ends now.
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(sa.PROCESS, fulfillment.PROCESS),
                    # Where an order begins, so that its first step need not say so once more.
                    SearchAttributePair(sa.STATUS, OrderStatus.AWAITING_ACCEPTANCE.value),
                    SearchAttributePair(sa.WAITING_ON, Party.ARTISAN.value),
                    SearchAttributePair(sa.DEADLINE, workflow.now() + order.deadlines.accept_within),
                    SearchAttributePair(sa.CUSTOMER_ID, order.buyer_id),
                    SearchAttributePair(sa.ARTISAN_IDS, [order.artisan_id]),
                    SearchAttributePair(sa.AMOUNT, order.total_minor),
                    SearchAttributePair(sa.CURRENCY, order.currency),
                ]
            ),
        )

    async def _refuse(self, error: FailureError) -> None:
        """The click can't be honoured: frees what was reserved, closes, then says why."""
        cause = reason_of(error)
        if cause is None:
            raise error
        await self._close_unpaid(CheckoutStatus.REFUSED, Party.SYSTEM, "checkout_refused", why=cause.type or "")
        self._refusal = refused(cause.message, cause.type or "", *cause.details)

    async def _withdraw(self) -> None:
        """The provider did not answer in time. The buyer is told at once; what it may have opened is closed after."""
        self._refusal = refused(
            "The payment provider does not answer at the moment. Nothing was charged; try again in a few minutes.",
            Unavailable.code,
        )
        self._status = CheckoutStatus.CANCELLING
        try:
            # Told as being cancelled, so that nobody is led to the page while it is found and closed.
            payment_id = await self._steps.create_payment(self._expires_at, self._status)
        except STEP_FAILURES as error:
            if refusal_type(error) != PartnerRefused.code:
                raise
        else:
            seen = await self._steps.close_page(payment_id)
            if seen.state is not PaymentState.CANCELLED:
                await self._steps.void(payment_id)
        await self._close_unpaid(CheckoutStatus.REFUSED, Party.PROVIDER, "provider_unavailable")

    async def _void(self, payment_id: str, actor: Party, what: str) -> bool:
        """Gives the money back and closes. False: somebody has taken it at the provider, so the sale goes on."""
        self._status = CheckoutStatus.CANCELLING
        seen = await self._steps.void(payment_id)
        if seen.state is PaymentState.CAPTURED:
            self._status = CheckoutStatus.CAPTURING
            self._story.tell(Party.PROVIDER, "captured_elsewhere", waiting_on=Party.SYSTEM)
            return False
        await self._close_unpaid(CheckoutStatus.VOIDED, actor, what)
        await self._steps.notify("checkout_voided")
        return True

    async def _close_unpaid(self, status: CheckoutStatus, actor: Party, what: str, why: str = "") -> None:
        self._story.tell(actor, what, why=why)
        await self._steps.close_unpaid(status)
        self._close(status)

    def _close(self, status: CheckoutStatus) -> None:
        self._status = status
        workflow.upsert_search_attributes(self._waits_for(Party.NOBODY, None))

    def _waits_for(self, party: Party, until: datetime | None) -> list[sa.Update]:
        return [
            sa.STATUS.value_set(self._status.value),
            sa.WAITING_ON.value_set(party.value),
            sa.DEADLINE.value_set(until) if until is not None else sa.DEADLINE.value_unset(),
        ]
