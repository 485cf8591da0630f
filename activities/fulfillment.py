"""The fulfilment's own steps in our database. Each is one transaction that carries its part of the story with it.

Owns orders, parcels, restocking, and the books of release and refund. What couriers, the payment provider and the
mail service are asked stands in `activities.logistics`, `activities.refunds` and `activities.notifications`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import audit, exchanges, ledger, orders, parcels, payouts_holds, refunds, stock
from models.repositories.effects import once, recall
from models.repositories.processes import Progress, record_progress
from models.repositories.refunds import Wanted
from models.types import Money, ParcelStatus, RefundState


@dataclass(frozen=True)
class OpenOrder:
    order_id: str
    progress: Progress
    ship_by: datetime | None = None
    """Where nobody has to accept it first, so that the promise runs from its opening."""


@dataclass(frozen=True)
class OpenedOrder:
    pieces: Mapping[str, int]
    """Listing id → quantity ordered."""


@dataclass(frozen=True)
class PromiseShipBy:
    order_id: str
    ship_by: datetime
    progress: Progress


@dataclass(frozen=True)
class CloseUnaccepted:
    order_id: str
    restock: bool
    progress: Progress
    pieces: Mapping[str, int] | None = None
    """Those that are still there to be put back; all of the order's without it."""


@dataclass(frozen=True)
class CancelPieces:
    order_id: str
    step_key: str
    pieces: Mapping[str, int]
    parcels: tuple[str, ...]
    """Labelled ones that are not sent after all; their other pieces are free to be packed again."""
    restock: bool
    progress: Progress


@dataclass(frozen=True)
class RecordLabel:
    order_id: str
    parcel_id: str
    courier: str
    service: str
    tracking_number: str
    label_key: str
    """Of the step that bought it: under this the label's address was remembered."""
    price_minor: int
    currency: str
    pieces: Mapping[str, int]
    progress: Progress
    usable: bool = True
    """False for a label that came when nothing could be shipped any more."""


@dataclass(frozen=True)
class RecordHandOver:
    parcel_id: str
    at: datetime
    progress: Progress


@dataclass(frozen=True)
class RecordAttempt:
    parcel_id: str
    attempt: int
    outcome: str
    """A delivery outcome, or `lost`."""
    status: ParcelStatus
    progress: Progress
    next_attempt: int | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class CancelUnsent:
    order_id: str
    progress: Progress


@dataclass(frozen=True)
class RecordRefund:
    order_id: str
    operation: str
    provider_id: str
    amount_minor: int
    currency: str
    reason: str
    already: Mapping[str, int]
    pieces: Mapping[str, int]
    progress: Progress
    state: RefundState = RefundState.SUCCEEDED


@dataclass(frozen=True)
class ReleaseFunds:
    order_id: str
    step_key: str
    refunded: Mapping[str, int]
    """Pieces that went back to the buyer as money."""
    progress: Progress


class FulfillmentActivities:
    """Dependencies: the database. `allow_time_scale` is false in the cluster."""

    def __init__(self, database: Database, *, allow_time_scale: bool = False) -> None:
        self._database = database
        self._allow_time_scale = allow_time_scale

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [
            self.open,
            self.record,
            self.promise_ship_by,
            self.close_unaccepted,
            self.cancel_pieces,
            self.record_label,
            self.record_hand_over,
            self.record_attempt,
            self.cancel_unsent,
            self.record_refund,
            self.release_funds,
        ]

    @activity.defn(name="fulfillment.open")
    @translates_errors
    async def open(self, step: OpenOrder) -> OpenedOrder:
        """Begins the story, and tells the workflow what was ordered."""
        async with self._database.transaction() as session:
            if step.ship_by is not None:
                await orders.promise_ship_by(session, step.order_id, step.ship_by)
            await record_progress(session, step.progress)
            lines = await orders.ordered_lines(session, step.order_id)
        return OpenedOrder(pieces={line.listing_id: line.quantity for line in lines})

    @activity.defn(name="fulfillment.record")
    @translates_errors
    async def record(self, progress: Progress) -> None:
        """Writes status and story where a step has no other effect in our database."""
        async with self._database.transaction() as session:
            await record_progress(session, progress)

    @activity.defn(name="fulfillment.promise_ship_by")
    @translates_errors
    async def promise_ship_by(self, step: PromiseShipBy) -> None:
        async with self._database.transaction() as session:
            await orders.promise_ship_by(session, step.order_id, step.ship_by)
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.close_unaccepted")
    @translates_errors
    async def close_unaccepted(self, step: CloseUnaccepted) -> None:
        """Declined or lapsed: the pieces go back on sale once, when they still exist."""

        async def restock(session: AsyncSession) -> dict[str, Any]:
            pieces = step.pieces
            if pieces is None:
                lines = await orders.ordered_lines(session, step.order_id)
                pieces = {line.listing_id: line.quantity for line in lines}
            await stock.restock(session, pieces)
            return {}

        async with self._database.transaction() as session:
            if step.restock:
                await once(session, f"{step.progress.workflow_id}/restock", lambda: restock(session))
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.cancel_pieces")
    @translates_errors
    async def cancel_pieces(self, step: CancelPieces) -> None:
        """The buyer does not want them any more, and no courier has them."""

        async def cancel(session: AsyncSession) -> dict[str, Any]:
            await orders.cancel_pieces(session, step.order_id, step.pieces)
            await parcels.cancel(session, step.parcels)
            if step.restock:
                await stock.restock(session, step.pieces)
            return {}

        async with self._database.transaction() as session:
            await once(session, step.step_key, lambda: cancel(session))
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.record_label")
    @translates_errors
    async def record_label(self, step: RecordLabel) -> None:
        async with self._database.transaction() as session:
            bought = await recall(session, step.label_key)
            await parcels.add_parcel(
                session,
                parcel_id=step.parcel_id,
                order_id=step.order_id,
                courier=step.courier,
                service=step.service,
                tracking_number=step.tracking_number,
                label_url=bought["label_url"],
                label_price=Money(step.price_minor, step.currency),
                status=ParcelStatus.LABELLED if step.usable else ParcelStatus.CANCELLED,
                pieces=step.pieces,
            )
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.record_hand_over")
    @translates_errors
    async def record_hand_over(self, step: RecordHandOver) -> None:
        async with self._database.transaction() as session:
            await parcels.hand_over(session, step.parcel_id, step.at)
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.record_attempt")
    @translates_errors
    async def record_attempt(self, step: RecordAttempt) -> None:
        """Also what the inbox waits for before it calls a callback delivered."""
        async with self._database.transaction() as session:
            await parcels.record_attempt(
                session,
                step.parcel_id,
                step.attempt,
                outcome=step.outcome,
                status=step.status,
                next_attempt=step.next_attempt,
                delivered_at=step.delivered_at,
            )
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.cancel_unsent")
    @translates_errors
    async def cancel_unsent(self, step: CancelUnsent) -> None:
        async with self._database.transaction() as session:
            await parcels.cancel_unsent(session, step.order_id)
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.record_refund")
    @translates_errors
    async def record_refund(self, step: RecordRefund) -> None:
        """The refund's state, its posting and its line in the story: all or nothing, and once."""
        async with self._database.transaction() as session:
            if step.amount_minor:
                refund = await refunds.reserve(
                    session,
                    step.order_id,
                    step.operation,
                    Wanted(step.pieces),
                    reason=step.reason,
                    already=step.already,
                    kept_back=True,
                )
                due = await refunds.whole_minor(session, refund) if refund else 0
                if refund is None or due != step.amount_minor:
                    raise ValueError(f"{step.operation}: sent {step.amount_minor}, due {due}")
                refund.reason = step.reason
                actor = audit.workflow(step.progress.workflow_id)
                await refunds.note_taken(
                    session, step.operation, step.provider_id, step.state, actor=actor, now=clock.now()
                )
            await record_progress(session, step.progress)

    @activity.defn(name="fulfillment.release_funds")
    @translates_errors
    async def release_funds(self, step: ReleaseFunds) -> None:
        """What was not refunded becomes the artisan's, less the fee that was frozen for it. Once: a refund may already
        have been taken from it when the step is repeated."""

        async def release(session: AsyncSession) -> dict[str, Any]:
            share = await refunds.release(session, step.order_id, step.refunded, clock.now())
            order = await orders.get_order(session, step.order_id)
            if share.held_minor:
                entries = await exchanges.release_entries(session, order, share)
                await ledger.post(session, step.step_key, "release", order.id, entries)
                scale = await payouts_holds.time_scale_of(session, order.shop_id) if self._allow_time_scale else 1
                await payouts_holds.keep_reserve(session, order.shop_id, order.id, entries, clock.now(), scale=scale)
            return {}

        async with self._database.transaction() as session:
            await once(session, step.step_key, lambda: release(session))
            await record_progress(session, step.progress)
