"""Sends money back through the payment provider. Books nothing: the fulfilment records what was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.errors import PartnerRefused
from models.ports import PaymentGateway
from models.repositories import orders
from models.rules.refunds import part
from models.types import Money


@dataclass(frozen=True)
class SendRefund:
    order_id: str
    operation: str
    """`<workflow id>/<step>`: stands in the provider's metadata and finds the refund again, whatever its key was."""
    key: str
    """Of this try. The provider replays a refusal under the same key, so a later try carries another one."""
    already: Mapping[str, int]
    pieces: Mapping[str, int]


@dataclass(frozen=True)
class SentRefund:
    provider_id: str
    amount_minor: int
    currency: str


class RefundActivities:
    """Dependencies: the database (read only), the payment gateway."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.send_refund]

    @activity.defn(name="payments.send_refund")
    @translates_errors
    async def send_refund(self, step: SendRefund) -> SentRefund:
        """Looks for the operation first, so that an answer that got lost is found and not sent twice.

        Raises `PartnerRefused` when the provider will not send it, or has failed to.
        """
        async with self._database.transaction() as session:
            order = await orders.get_order(session, step.order_id)
            due = part(await orders.order_terms(session, order), step.already, step.pieces).total_minor
            intent_id = await orders.payment_intent(session, step.order_id)
        sent = await self._payments.find_refund(intent_id, step.operation)
        if sent is None or sent.state == "failed":
            sent = await self._payments.refund(
                intent_id, Money(due, order.currency), operation=step.operation, key=step.key
            )
        if sent.state == "failed":
            raise PartnerRefused("The payment provider could not send this refund back to the buyer's card.")
        return SentRefund(provider_id=sent.id, amount_minor=sent.amount.minor, currency=sent.amount.currency)
