"""The checkout's activities as the workflow calls them: which runs where, for how long, how often. No decisions.

Steps in our own database are local activities; whatever asks a partner is an ordinary one on that partner's pool.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from workflows import policies
from workflows.checkout.messages import PROCESS, CheckoutInput, PlaceCheckout, PlacedCheckout
from workflows.failures import STEP_FAILURES, refusal_type
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.checkout import (
        Assessed,
        AssessRisk,
        CheckoutActivities,
        CloseUnpaid,
        CompleteSale,
        Frozen,
        HoldForReview,
        ReserveAndFreeze,
        Sale,
        UpdateSearch,
    )
    from activities.notifications import NotificationActivities, Notify
    from activities.payments import (
        Captured,
        CapturePayment,
        CreatePayment,
        PaymentActivities,
        PaymentSeen,
        PaymentStep,
    )
    from models.ports import PaymentState
    from models.repositories.processes import Progress
    from models.types import CheckoutStatus

PAYMENTS_QUEUE = "payments"
NOTIFICATIONS_QUEUE = "notifications"
_NOT_OPEN = frozenset({PaymentState.AUTHORISED, PaymentState.CAPTURED, PaymentState.CANCELLED})
_DECIDED = frozenset({PaymentState.CAPTURED, PaymentState.CANCELLED})
PaymentCall = Callable[[PaymentActivities, PaymentStep], Awaitable[PaymentSeen]]


R = TypeVar("R")


class CarriesProgress(Protocol):
    @property
    def progress(self) -> Progress: ...


S = TypeVar("S", bound=CarriesProgress)


class CheckoutSteps:
    """Carries the story's unwritten lines along with each step that writes to our database."""

    def __init__(self, start: CheckoutInput) -> None:
        self.start = start
        self.id = workflow.info().workflow_id
        self.story = Story(PROCESS)

    async def reserve(self, request: PlaceCheckout, expires_at: datetime) -> Frozen:
        """Raises one of `STEP_FAILURES` with the refusal in it."""
        reserve = ReserveAndFreeze(
            checkout_id=self.id,
            cart_id=self.start.cart_id,
            attempt=self.start.attempt,
            buyer_id=self.start.buyer_id,
            address_id=request.address_id,
            expected_total_minor=request.expected_total_minor,
            expires_at=expires_at,
            progress=self.story.progress(CheckoutStatus.PLACING.value),
            credit_minor=request.credit_minor,
        )
        return await self._write(CheckoutActivities.reserve_and_freeze, reserve)

    def placed(self, frozen: Frozen, payment_id: str) -> PlacedCheckout:
        """The answer to the click."""
        return PlacedCheckout(
            checkout_id=self.id,
            payment_id=payment_id,
            currency=frozen.currency,
            items_minor=frozen.items_minor,
            shipping_minor=frozen.shipping_minor,
            tax_minor=frozen.tax_minor,
            total_minor=frozen.total_minor,
            credit_minor=frozen.credit_minor,
        )

    async def create_payment(
        self, expires_at: datetime, status: CheckoutStatus, within: timedelta | None = None
    ) -> str:
        """The payment's id. The same key each time: a second call finds what an unanswered first one made."""
        create = CreatePayment(self.id, expires_at, self.story.progress(status.value))
        payment = await workflow.execute_activity_method(
            PaymentActivities.create_payment,
            create,
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=within,
            retry_policy=policies.VENDOR,
        )
        self.story.written(create.progress)
        return payment.payment_id

    async def look_up(self, payment_id: str) -> PaymentSeen:
        return await self._ask_provider(PaymentActivities.look_up_payment, payment_id)

    async def close_page(self, payment_id: str) -> PaymentSeen:
        """Until the provider says that the payment is closed, or that the buyer was faster."""
        return await self._until(PaymentActivities.cancel_payment, payment_id, _NOT_OPEN)

    async def void(self, payment_id: str) -> PaymentSeen:
        """Until the provider says that it is void, or that somebody has taken the money in its own dashboard."""
        return await self._until(PaymentActivities.void_payment, payment_id, _DECIDED)

    async def capture(self, payment_id: str, total: Frozen) -> Captured:
        return await workflow.execute_activity_method(
            PaymentActivities.capture_payment,
            CapturePayment(self.id, payment_id, total.charge_minor, total.currency),
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )

    async def assess_risk(self, payment: PaymentSeen, declines: int) -> Assessed:
        assess = AssessRisk(
            self.id,
            max(payment.declines, declines),
            payment.card_country,
            payment.risk_level,
            self.story.progress(CheckoutStatus.CAPTURING.value),
        )
        return await self._write(CheckoutActivities.assess_risk, assess)

    async def hold(self, until: datetime) -> None:
        hold = HoldForReview(self.id, until, self.story.progress(CheckoutStatus.HELD_FOR_REVIEW.value))
        await self._write(CheckoutActivities.hold_for_review, hold)

    async def complete_sale(self, captured: Captured, ship_by: dict[str, datetime]) -> Sale:
        complete = CompleteSale(
            checkout_id=self.id,
            amount_minor=captured.amount_minor,
            provider_fee_minor=captured.provider_fee_minor,
            ship_by=ship_by,
            progress=self.story.progress(CheckoutStatus.PAID.value, is_final=True),
        )
        return await self._write(CheckoutActivities.complete_sale, complete)

    async def close_unpaid(self, status: CheckoutStatus) -> None:
        close = CloseUnpaid(
            self.id, self.start.cart_id, self.start.attempt, self.story.progress(status.value, is_final=True)
        )
        await self._write(CheckoutActivities.close_unpaid, close)

    async def record(self, status: CheckoutStatus) -> None:
        progress = self.story.progress(status.value)
        await workflow.execute_local_activity_method(
            CheckoutActivities.record,
            progress,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(progress)

    async def update_search(self, listing_ids: tuple[str, ...]) -> None:
        """Of what is sold out now; nothing is, most of the time."""
        if not listing_ids:
            return
        await workflow.execute_activity_method(
            CheckoutActivities.update_search,
            UpdateSearch(listing_ids),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )

    async def notify(self, kind: str) -> None:
        """A mail that can't be sent for days is dropped: the page says the same, and money never waits for mail."""
        try:
            await workflow.execute_activity_method(
                NotificationActivities.notify,
                Notify(kind=kind, subject_id=self.id, key=f"{self.id}/{kind}"),
                task_queue=NOTIFICATIONS_QUEUE,
                start_to_close_timeout=policies.VENDOR_CALL,
                schedule_to_close_timeout=policies.MAIL_GIVES_UP,
                retry_policy=policies.VENDOR,
            )
        except ActivityError:
            workflow.logger.warning("mail was not sent", extra={"kind": kind})

    async def _until(self, call: PaymentCall, payment_id: str, reached: frozenset[PaymentState]) -> PaymentSeen:
        """Asks ever more rarely. A refusal ends nothing: only a state does, and stock waits for it."""
        wait = policies.CONFIRM_AGAIN_AFTER
        while True:
            try:
                seen = await self._ask_provider(call, payment_id)
                if seen.state in reached:
                    return seen
            except STEP_FAILURES as error:
                workflow.logger.warning("the provider refused", extra={"code": refusal_type(error)})
            await workflow.sleep(wait, summary="confirm again")
            wait = min(wait * 2, policies.CONFIRM_AGAIN_AT_MOST)

    async def _ask_provider(self, call: PaymentCall, payment_id: str) -> PaymentSeen:
        return await workflow.execute_activity_method(
            call,
            PaymentStep(self.id, payment_id),
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )

    async def _write(self, method: Callable[[CheckoutActivities, S], Awaitable[R]], step: S) -> R:
        """A step in our own database, with the lines of the story that it carries."""
        result = await workflow.execute_local_activity_method(
            method, step, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
        )
        self.story.written(step.progress)
        return result


def refused(message: str, code: str, *details: object) -> ApplicationError:
    """What an update of the checkout answers instead of a result: expected, final."""
    return ApplicationError(message, *details, type=code, non_retryable=True, category=ApplicationErrorCategory.BENIGN)
