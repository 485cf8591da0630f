"""Gives parts of an order back to its buyer, each once, whatever the provider answers first.

Which pieces have been given back is decided here, in order, because a part's worth depends on the parts before it.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.fulfillment.steps import Steps
from workflows.fulfillment.telling import Tell

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import FulfillmentActivities, RecordRefund
    from activities.refunds import SendRefund, SentRefund
    from models.rules.refunds import together
    from models.types import Party


class Refunds:
    """The refunds of one order."""

    def __init__(self, order_id: str, steps: Steps, tell: Tell, retry_after: timedelta) -> None:
        self._order_id = order_id
        self._id = workflow.info().workflow_id
        self._steps = steps
        self._tell = tell
        self._retry_after = retry_after
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
        sent = await self._send(operation, already, pieces)
        self.under_way -= 1
        self.sent_minor += sent.amount_minor
        record = RecordRefund(
            order_id=self._order_id,
            operation=operation,
            provider_id=sent.provider_id,
            amount_minor=sent.amount_minor,
            currency=sent.currency,
            reason=reason,
            already=already,
            pieces=pieces,
            progress=self._tell(Party.PROVIDER, "refund_sent", why=reason, subject=operation),
        )
        await self._steps.write(FulfillmentActivities.record_refund, record)
        self._steps.mail("order_refunded", operation)

    async def _send(self, operation: str, already: Mapping[str, int], pieces: Mapping[str, int]) -> SentRefund:
        """Until the provider has taken it: the buyer's money is not ours to keep. A refusal, of whatever kind, is an
        administrator's case and is tried again: what stands in its way (an empty balance, a dispute, a wrong key) goes
        away."""
        tried = 0
        while True:
            tried += 1
            try:
                return await self._steps.send_refund(
                    SendRefund(self._order_id, operation, f"{operation}/{tried}", already, pieces)
                )
            except ActivityError as error:
                if not isinstance(error.cause, ApplicationError):
                    raise
            self._refused[operation] = workflow.now() + self._retry_after
            await self._steps.record(self._tell(Party.PROVIDER, "refund_refused", subject=operation))
            await workflow.sleep(self._retry_after, summary="refund retry")
            del self._refused[operation]
