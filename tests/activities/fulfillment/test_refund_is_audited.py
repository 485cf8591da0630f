"""A refund that is recorded stands in the audit log: once, with codes and numbers alone."""

import asyncio

from sqlalchemy import select

from activities.fulfillment import FulfillmentActivities
from core.database import Database
from models.tables.audit import AuditEntry, AuditLink
from tests.activities.fulfillment.test_order_steps import refund
from tests.support.orders import PaidOrder


async def test_a_refund_is_written_down_once(
    database: Database, steps: FulfillmentActivities, order: PaidOrder
) -> None:
    _, scarf = order.pieces
    step = await refund(database, order, "a", already={}, pieces={scarf: 1})
    await asyncio.gather(*(steps.record_refund(step) for _ in range(4)))
    async with database.transaction() as session:
        linked = select(AuditEntry, AuditLink.seq).join(AuditLink, AuditLink.entry_id == AuditEntry.id)
        ((entry, seq),) = (await session.execute(linked)).all()
    assert (entry.action, entry.actor, entry.role) == (
        "payment.refunded",
        f"workflow:fulfillment-{order.id}",
        "process",
    )
    assert (entry.subject, seq) == (order.id, 1)
    assert entry.details == {
        "refund": step.provider_id,
        "amount_minor": step.amount_minor,
        "currency": "USD",
        "reason": step.reason,
    }
