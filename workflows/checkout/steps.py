"""The checkout's activities as the workflow calls them: which runs where, for how long, how often. No decisions.

Steps in our own database are local activities; whatever asks a partner is an ordinary one on that partner's pool.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import policies
from workflows.checkout.messages import PROCESS, CheckoutInput, PlaceCheckout
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
    from models.types import CheckoutStatus

PAYMENTS_QUEUE = "payments"
NOTIFICATIONS_QUEUE = "notifications"
PaymentCall = Callable[[PaymentActivities, PaymentStep], Awaitable[PaymentSeen]]


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
        )
        frozen = await workflow.execute_local_activity_method(
            CheckoutActivities.reserve_and_freeze,
            reserve,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(reserve.progress)
        return frozen

    async def create_payment(self, expires_at: datetime, within: timedelta | None) -> str:
        """The payment's id. The same key each time: a second call finds what an unanswered first one made."""
        create = CreatePayment(self.id, expires_at, self.story.progress(CheckoutStatus.AWAITING_PAYMENT.value))
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
        while (seen := await self._ask_provider(PaymentActivities.cancel_payment, payment_id)).state is (
            PaymentState.OPEN
        ):
            await workflow.sleep(policies.CONFIRM_AGAIN_AFTER)
        return seen

    async def void(self, payment_id: str) -> None:
        """Until the provider has confirmed it."""
        while (await self._ask_provider(PaymentActivities.void_payment, payment_id)).state is not (
            PaymentState.CANCELLED
        ):
            await workflow.sleep(policies.CONFIRM_AGAIN_AFTER)

    async def capture(self, payment_id: str, total: Frozen) -> Captured:
        return await workflow.execute_activity_method(
            PaymentActivities.capture_payment,
            CapturePayment(self.id, payment_id, total.total_minor, total.currency),
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
        assessed = await workflow.execute_local_activity_method(
            CheckoutActivities.assess_risk,
            assess,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(assess.progress)
        return assessed

    async def hold(self, until: datetime) -> None:
        hold = HoldForReview(self.id, until, self.story.progress(CheckoutStatus.HELD_FOR_REVIEW.value))
        await workflow.execute_local_activity_method(
            CheckoutActivities.hold_for_review,
            hold,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(hold.progress)

    async def complete_sale(self, captured: Captured, ship_by: dict[str, datetime]) -> Sale:
        complete = CompleteSale(
            checkout_id=self.id,
            amount_minor=captured.amount_minor,
            provider_fee_minor=captured.provider_fee_minor,
            ship_by=ship_by,
            progress=self.story.progress(CheckoutStatus.PAID.value, is_final=True),
        )
        sale = await workflow.execute_local_activity_method(
            CheckoutActivities.complete_sale,
            complete,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(complete.progress)
        return sale

    async def close_unpaid(self, status: CheckoutStatus) -> None:
        close = CloseUnpaid(
            self.id, self.start.cart_id, self.start.attempt, self.story.progress(status.value, is_final=True)
        )
        await workflow.execute_local_activity_method(
            CheckoutActivities.close_unpaid,
            close,
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        self.story.written(close.progress)

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

    async def _ask_provider(self, call: PaymentCall, payment_id: str) -> PaymentSeen:
        return await workflow.execute_activity_method(
            call,
            PaymentStep(self.id, payment_id),
            task_queue=PAYMENTS_QUEUE,
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )
