"""The refund process's own steps in our database. Each is one transaction that carries its part of the story with it.

Owns what was asked for and what became of it. What the payment provider is asked stands in `activities.refunds`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import audit, refund_requests, refunds
from models.repositories.processes import Progress, record_progress
from models.repositories.refunds import Wanted
from models.rules.refunds import share_of_pieces
from models.types import RefundState


@dataclass(frozen=True)
class OpenRequest:
    request_id: str
    order_id: str
    kind: str
    reason: str
    currency: str
    asked_minor: int
    operation: str
    tries: int
    progress: Progress


@dataclass(frozen=True)
class RecordRequest:
    request_id: str
    progress: Progress
    outcome: str = ""
    """Given with the last step."""
    offered_minor: int | None = None
    agreed_minor: int | None = None
    with_return: bool | None = None


@dataclass(frozen=True)
class ReserveRefund:
    request_id: str
    operation: str
    amount_minor: int


@dataclass(frozen=True)
class ReservedRefund:
    amount_minor: int
    """0 when everything has gone back already."""


@dataclass(frozen=True)
class RecordTaken:
    request_id: str
    operation: str
    provider_id: str
    state: RefundState
    progress: Progress
    closes: bool = False
    """The provider has confirmed it, and nothing is left to be done."""


@dataclass(frozen=True)
class RecordFailed:
    operation: str
    provider_id: str
    progress: Progress


class RefundRequestActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.open, self.record, self.reserve, self.note_taken, self.note_failed]

    @activity.defn(name="refund.open")
    @translates_errors
    async def open(self, step: OpenRequest) -> None:
        """Begins the story. A reported problem was stored by whoever started the process; an unsettled refund is
        stored here."""
        async with self._database.transaction() as session:
            if step.kind == "unsettled":
                await refund_requests.add_unsettled(
                    session,
                    request_id=step.request_id,
                    order_id=step.order_id,
                    reason=step.reason,
                    currency=step.currency,
                    asked_minor=step.asked_minor,
                    operation=step.operation,
                    tries=step.tries,
                )
            await record_progress(session, step.progress)

    @activity.defn(name="refund.record")
    @translates_errors
    async def record(self, step: RecordRequest) -> None:
        async with self._database.transaction() as session:
            await refund_requests.record(
                session,
                step.request_id,
                offered_minor=step.offered_minor,
                agreed_minor=step.agreed_minor,
                with_return=step.with_return,
                outcome=step.outcome,
                closed_at=clock.now() if step.outcome else None,
            )
            await record_progress(session, step.progress)

    @activity.defn(name="refund.reserve")
    @translates_errors
    async def reserve(self, step: ReserveRefund) -> ReservedRefund:
        """Writes the refund down, under the order's lock. What was agreed for certain pieces counts them as refunded;
        a smaller amount counts against what is left of their lines."""
        async with self._database.transaction() as session:
            request = await refund_requests.get(session, step.request_id)
            order = await refunds.locked_order(session, request.order_id)
            now = await refunds.standing(session, order)
            worth = share_of_pieces(now.terms, now.left, now.back, request.pieces, now.given).total_minor
            whole = step.amount_minor >= min(worth, request.asked_minor) == worth
            wanted = Wanted(request.pieces, None if whole else step.amount_minor)
            refund = await refunds.reserve(session, order.id, step.operation, wanted, reason=request.problem)
            return ReservedRefund(await refunds.whole_minor(session, refund) if refund is not None else 0)

    @activity.defn(name="refund.note_taken")
    @translates_errors
    async def note_taken(self, step: RecordTaken) -> None:
        """The refund's state, its posting and its line in the story: all or nothing, and once."""
        async with self._database.transaction() as session:
            actor = audit.workflow(step.progress.workflow_id)
            await refunds.note_taken(
                session, step.operation, step.provider_id, step.state, actor=actor, now=clock.now()
            )
            if step.closes:
                await refund_requests.record(
                    session, step.request_id, outcome="refund_confirmed", closed_at=clock.now()
                )
            await record_progress(session, step.progress)

    @activity.defn(name="refund.note_failed")
    @translates_errors
    async def note_failed(self, step: RecordFailed) -> None:
        """Booked back, and told."""
        async with self._database.transaction() as session:
            actor = audit.workflow(step.progress.workflow_id)
            await refunds.note_failed(session, step.operation, step.provider_id, actor=actor)
            await record_progress(session, step.progress)
