"""Sends the refunds of one step of a commission again, as far as a bank has undone them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from activities.commission_refunds import CommissionRefunds
from core.database import Database
from models.ports import PaymentGateway


@dataclass(frozen=True)
class SendAgain:
    commission_id: str
    operation: str


class CommissionReturnActivities:
    """Dependencies: the database, the payment gateway."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._refunds = CommissionRefunds(database, payments)

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.send_again]

    @activity.defn(name="commission.send_refund_again")
    @translates_errors
    async def send_again(self, step: SendAgain) -> None:
        """Raises `PartnerRefused` where the provider will not deliver one."""
        await self._refunds.send(step.commission_id, step.operation)
