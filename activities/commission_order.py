"""The step between a finished commission and the sending of its piece: an order that holds what is left of its money.

The order's own steps are the fulfilment's; what a commission charged and released before is `commission_money`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.repositories import commission_orders
from models.rules.refunds import Share


@dataclass(frozen=True)
class MakeCommissionOrder:
    commission_id: str
    operation: str
    """`<workflow id>/ship`."""
    shipping: Share
    """What the commission still holds for sending the piece, and the tax on it."""
    ship_by: datetime


@dataclass(frozen=True)
class MadeCommissionOrder:
    order_id: str
    shop_id: str
    total_minor: int


class CommissionOrderActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.make_order]

    @activity.defn(name="commission.make_order")
    @translates_errors
    async def make_order(self, step: MakeCommissionOrder) -> MadeCommissionOrder:
        """The order, and the money that moves with it, in one transaction; the same again is the same order."""
        async with self._database.transaction() as session:
            made = await commission_orders.make(
                session, step.commission_id, step.operation, step.shipping, step.ship_by
            )
        return MadeCommissionOrder(made.order_id, made.shop_id, made.total_minor)
