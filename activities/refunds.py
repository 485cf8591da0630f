"""Sends money back through the payment provider, and asks it what has become of that.

A refund is written down before it is sent; the process that sends it records what the provider answered.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import PaymentGateway, RefundResult
from models.repositories import audit, exchanges, orders, refund_sending, refunds
from models.repositories.refunds import Wanted
from models.types import Money, RefundState


@dataclass(frozen=True)
class SendRefund:
    order_id: str
    operation: str
    """`<workflow id>/<step>`: stands in the provider's metadata and finds the refund again, whatever its key was."""
    key: str
    """Of this try. The provider replays a refusal under the same key, so a later try carries another one."""
    already: Mapping[str, int]
    pieces: Mapping[str, int]

    reason: str = ""


@dataclass(frozen=True)
class SentRefund:
    provider_id: str
    """Empty when nothing was left to be sent."""
    amount_minor: int
    """All that goes back, what becomes store credit included."""
    currency: str
    state: RefundState = RefundState.SUCCEEDED


@dataclass(frozen=True)
class LookUpRefund:
    order_id: str
    operation: str


SENT_WITHIN = timedelta(minutes=1)
"""Longer than one request to the provider may be at work: until then no other process sends the same refund."""
LOOK_AGAIN_AFTER = 2.0
"""Seconds: a request whose answer got lost may still be at work at the provider."""


class RefundActivities:
    """Dependencies: the database, the payment gateway."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.send_refund, self.look_up_refund]

    @activity.defn(name="payments.send_refund")
    @translates_errors
    async def send_refund(self, step: SendRefund) -> SentRefund:
        """Looks for the operation first, so that an answer that got lost is found and not sent twice, also when the
        provider has long forgotten the key.

        What of it becomes store credit is given at once. Raises `PartnerRefused` when the provider will not send it,
        or has failed to, and `PartnerUnavailable` until it has said what it took for it, where it books in another
        currency.
        """
        async with self._database.transaction() as session:
            refund = await refunds.reserve(
                session,
                step.order_id,
                step.operation,
                Wanted(step.pieces),
                reason=step.reason,
                already=step.already,
                kept_back=True,
            )
            if refund is None:
                order = await orders.get_order(session, step.order_id)
                return SentRefund(provider_id="", amount_minor=0, currency=order.currency)
            due, whole = Money(refund.amount_minor, refund.currency), await refunds.whole_minor(session, refund)
            if refund.to_credit:
                return SentRefund(_credited(step.operation), whole, refund.currency)
            await refunds.give_credit(session, refund.id, actor=audit.workflow(_sender(step)), now=clock.now())
            if not await refund_sending.claim(
                session, step.operation, _sender(step), until=clock.now() + SENT_WITHIN, now=clock.now()
            ):
                raise PartnerUnavailable("Another process of ours is sending this refund. It will be looked for again.")
            intent_id = await orders.payment_intent(session, step.order_id, step.operation)
            order = await orders.get_order(session, step.order_id)
            elsewhere = await exchanges.settled_for(session, order, step.operation)
        sent = await self._look_twice(intent_id, step.operation)
        if sent is None or sent.state == "failed":
            sent = await self._payments.refund(intent_id, due, operation=step.operation, key=step.key)
        async with self._database.transaction() as session:
            await refund_sending.let_go(session, step.operation, _sender(step))
        if sent.state == "failed":
            raise PartnerRefused("The payment provider could not send this refund back to the buyer's card.")
        if sent.settlement is None and elsewhere is not None:
            # Booked without it, the money would leave an account of a currency in which it never came.
            raise PartnerUnavailable("The payment provider has not booked this refund yet. It will be asked again.")
        if sent.settlement is not None and sent.settlement.gross.currency != due.currency:
            async with self._database.transaction() as session:
                await exchanges.keep_refunds_settlement(session, step.operation, sent.settlement.gross)
        return _told(sent, whole)

    @activity.defn(name="payments.look_up_refund")
    @translates_errors
    async def look_up_refund(self, step: LookUpRefund) -> SentRefund:
        """What has become of a refund that the provider has taken. Raises `PartnerRefused` when it knows of none."""
        async with self._database.transaction() as session:
            refund = await refunds.find(session, step.operation)
            whole = await refunds.whole_minor(session, refund) if refund is not None else None
            if refund is not None and whole is not None and refund.to_credit:
                return SentRefund(_credited(step.operation), whole, refund.currency)
            intent_id = await orders.payment_intent(session, step.order_id, step.operation)
        sent = await self._payments.find_refund(intent_id, step.operation)
        if sent is None:
            raise PartnerRefused("The payment provider does not know this refund.")
        return _told(sent, whole)

    async def _look_twice(self, intent_id: str, operation: str) -> RefundResult | None:
        """What an earlier try has done, although its answer got lost; a later try waits and looks once more."""
        found = await self._payments.find_refund(intent_id, operation)
        if (found is None or found.state == "failed") and activity.in_activity() and activity.info().attempt > 1:
            await asyncio.sleep(LOOK_AGAIN_AFTER)
            found = await self._payments.find_refund(intent_id, operation)
        return found


def _sender(step: SendRefund) -> str:
    """The process; a step that runs outside of one is known by its key."""
    return (activity.info().workflow_id if activity.in_activity() else None) or step.key[:80]


def _credited(operation: str) -> str:
    """Stands for the provider's id where all of it goes back to store credit, and no provider is asked."""
    return f"credit_{hashlib.sha256(operation.encode()).hexdigest()[:32]}"


def _told(sent: RefundResult, whole_minor: int | None) -> SentRefund:
    return SentRefund(
        provider_id=sent.id,
        amount_minor=sent.amount.minor if whole_minor is None else whole_minor,
        currency=sent.amount.currency,
        state=RefundState(sent.state),
    )
