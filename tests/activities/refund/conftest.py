"""A delivered order of two mugs and a scarf in a real database, and what the refund's steps are told about it."""

from activities.refund import RecordFailed, RecordTaken, ReserveRefund
from core import clock
from core.database import Database
from models.repositories import refund_requests
from models.repositories.processes import Progress
from models.repositories.refund_requests import NewRequest
from models.types import Party, RefundState, TimelineEntry
from tests.activities.fulfillment.conftest import order, shop
from tests.support.orders import PaidOrder

__all__ = ["order", "shop"]


def progress(request_id: str, sequence: int = 1, status: str = "sending_refund") -> Progress:
    return Progress(
        workflow_id=f"refund-{request_id}",
        process="refund",
        status=status,
        sequence=sequence,
        entries=(TimelineEntry(sequence=sequence, at=clock.now(), actor=Party.SYSTEM, what="refund_taken"),),
    )


async def asked(database: Database, order: PaidOrder, pieces: dict[str, int], asked_minor: int) -> str:
    async with database.transaction() as session:
        return await refund_requests.add(
            session,
            NewRequest(order.id, "damaged", pieces, "USD", asked_minor),
            author_id=order.buyer_id,
            text="It has a crack.",
        )


def reserve(request_id: str, amount_minor: int) -> ReserveRefund:
    return ReserveRefund(request_id, operation(request_id), amount_minor)


def taken(request_id: str, provider_id: str = "re_1", state: RefundState = RefundState.SUCCEEDED) -> RecordTaken:
    return RecordTaken(request_id, operation(request_id), provider_id, state, progress(request_id))


def failed(request_id: str, provider_id: str = "re_1") -> RecordFailed:
    return RecordFailed(operation(request_id), provider_id, progress(request_id))


def operation(request_id: str) -> str:
    return f"refund-{request_id}/refund"
