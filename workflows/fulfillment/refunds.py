"""Gives parts of an order back to its buyer, each once, whatever the provider answers first.

Which pieces have been given back is decided here, in order, because a part's worth depends on the parts before it.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import search_attributes as sa
from workflows.fulfillment.messages import FulfillmentInput
from workflows.fulfillment.steps import Steps
from workflows.fulfillment.telling import Tell
from workflows.refund import messages as refund

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import FulfillmentActivities, RecordRefund
    from activities.refunds import SendRefund, SentRefund
    from models.rules.refunds import together
    from models.types import Party, RefundState


class Refunds:
    """The refunds of one order."""

    def __init__(self, order: FulfillmentInput, steps: Steps, tell: Tell) -> None:
        self._order = order
        self._id = workflow.info().workflow_id
        self._steps = steps
        self._tell = tell
        self._retry_after = order.deadlines.refund_retry_after
        self._tasks: list[asyncio.Task[None]] = []
        self._refused: dict[str, datetime] = {}
        self.under_way = 0
        self.pieces: Mapping[str, int] = {}
        """What has been given back, or is being given back."""
        self.sent_minor = 0

    @property
    def refused_until(self) -> datetime | None:
        """When the next refused refund is tried again; None when none is refused."""
        return min(self._refused.values(), default=None)

    def start(self, step: str, reason: str, pieces: Mapping[str, int]) -> None:
        """Owes the buyer these pieces' share from now on, and sends it beside the process."""
        already, self.pieces = self.pieces, together(self.pieces, pieces)
        self.under_way += 1
        self._tasks.append(asyncio.create_task(self._refund(step, reason, already, pieces)))

    async def all_sent(self) -> None:
        await asyncio.gather(*self._tasks)

    async def _refund(self, step: str, reason: str, already: Mapping[str, int], pieces: Mapping[str, int]) -> None:
        operation = f"{self._id}/refund-{step}"
        sent = await self._send(operation, reason, already, pieces)
        self.under_way -= 1
        if not sent.amount_minor:
            await self._steps.record(self._tell(Party.SYSTEM, "refund_not_needed", why=reason, subject=operation))
            return
        self.sent_minor += sent.amount_minor
        pending = sent.state is RefundState.PENDING
        record = RecordRefund(
            order_id=self._order.order_id,
            operation=operation,
            provider_id=sent.provider_id,
            amount_minor=sent.amount_minor,
            currency=sent.currency,
            reason=reason,
            already=already,
            pieces=pieces,
            state=sent.state,
            progress=self._tell(
                Party.PROVIDER, "refund_taken" if pending else "refund_sent", why=reason, subject=operation
            ),
        )
        await self._steps.write(FulfillmentActivities.record_refund, record)
        if pending:
            self._steps.mail("refund_pending", operation)
            await self._hand_over(operation, reason, sent)
        else:
            self._steps.mail("order_refunded", operation)

    async def _hand_over(self, operation: str, reason: str, sent: SentRefund) -> None:
        """A process of its own stays with it until the provider has confirmed it; the order does not wait for that."""
        request_id = f"rfd_{workflow.uuid4().hex[:26]}"
        start = refund.RefundInput(
            request_id=request_id,
            order_id=self._order.order_id,
            buyer_id=self._order.buyer_id,
            artisan_id=self._order.artisan_id,
            kind=refund.RefundKind.UNSETTLED,
            currency=sent.currency,
            asked_minor=sent.amount_minor,
            reason=reason,
            operation=operation,
            tries=1,
            pending=True,
            deadlines=self._order.deadlines.refund,
        )
        await workflow.start_child_workflow(
            refund.WORKFLOW,
            start,
            id=refund.workflow_id(request_id),
            task_queue=refund.TASK_QUEUE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(sa.PROCESS, refund.PROCESS),
                    SearchAttributePair(sa.CUSTOMER_ID, self._order.buyer_id),
                    SearchAttributePair(sa.ARTISAN_IDS, [self._order.artisan_id]),
                ]
            ),
        )

    async def _send(
        self, operation: str, reason: str, already: Mapping[str, int], pieces: Mapping[str, int]
    ) -> SentRefund:
        """Until the provider has taken it: the buyer's money is not ours to keep. A refusal, of whatever kind, is an
        administrator's case and is tried again: what stands in its way (an empty balance, a dispute, a wrong key) goes
        away."""
        tried = 0
        while True:
            tried += 1
            try:
                return await self._steps.send_refund(
                    SendRefund(self._order.order_id, operation, f"{operation}/{tried}", already, pieces, reason)
                )
            except ActivityError as error:
                if not isinstance(error.cause, ApplicationError):
                    raise
            self._refused[operation] = workflow.now() + self._retry_after
            await self._steps.record(self._tell(Party.PROVIDER, "refund_refused", subject=operation))
            await workflow.sleep(self._retry_after, summary="refund retry")
            del self._refused[operation]
