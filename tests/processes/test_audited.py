"""Money that is taken or given back, and who decided about it, stand in the audit log: once, and in the chain."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from activities.payments import CapturePayment, PaymentActivities
from core.database import Database
from deploy.verify import audit as verify
from models.tables.audit import AuditEntry
from models.tables.selling import Payment
from models.types import Role
from tests.support.running import RISKY_CARD, Buyer, Market


async def entries(database: Database, subject: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(action, actor, role, details) of what concerns the subject, in the order of the log."""
    async with database.transaction() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id))
        return [(row.action, row.actor, row.role, row.details) for row in rows]


async def payment_of(database: Database, checkout_id: str) -> Payment:
    async with database.transaction() as session:
        return await session.get_one(Payment, checkout_id)


async def check_chain(database: Database) -> None:
    async with database.engine.connect() as connection:
        chain, _ = await verify.examine(connection, database.keys, datetime.now(UTC))
        await connection.rollback()
    assert chain.violations == ()
    assert chain.count > 0


async def test_a_payment_that_is_taken_is_written_down_once(
    town: Market, buyer: Buyer, mug: str, database: Database
) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    checkout_id = placed["checkout_id"]
    await buyer.until(checkout_id, "paid")
    payment = await payment_of(database, checkout_id)
    taken = {"payment": payment.provider_id, "amount_minor": payment.amount_minor, "currency": "USD"}
    expected = [("payment.captured", f"workflow:{checkout_id}", "process", taken)]
    assert await entries(database, checkout_id) == expected

    steps = PaymentActivities(database, town.parts.gateways.payments, town.url)
    again = CapturePayment(checkout_id, payment.provider_id, payment.amount_minor, payment.currency)
    await steps.capture_payment(again)  # as when the first answer got lost
    assert await entries(database, checkout_id) == expected
    await check_chain(database)


async def test_a_held_payment_that_is_refused(town: Market, buyer: Buyer, scarf: str, database: Database) -> None:
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"], RISKY_CARD)
    checkout_id = placed["checkout_id"]
    await buyer.come_back(checkout_id)
    await buyer.until(checkout_id, "held_for_review")
    admin_id, _, admin = await town.person(Role.ADMINISTRATOR)
    path = f"/admin/held-checkouts/{checkout_id}/decision"
    given = {"approve": False, "reason": "The card's owner says it was not them."}
    assert (await admin.post(path, json=given)).status_code == 200
    too_late = await admin.post(path, json={**given, "approve": True})
    assert too_late.status_code == 409

    payment = await payment_of(database, checkout_id)
    found = await entries(database, checkout_id)
    assert [(action, actor, role) for action, actor, role, _ in found] == [
        ("payment.risk_decided", admin_id, "administrator"),
        ("payment.voided", f"workflow:{checkout_id}", "process"),
        ("payment.risk_decided", admin_id, "administrator"),
        ("payment.risk_decided", admin_id, "administrator"),
    ]
    decided, voided, tried, withdrawn = (details for *_, details in found)
    assert (decided["approve"], decided["counts"]) == (False, True)
    assert voided == {"payment": payment.provider_id, "amount_minor": payment.amount_minor, "currency": "USD"}
    assert (tried["approve"], tried["counts"], withdrawn["counts"]) == (True, True, False)
    assert tried["decision"] == withdrawn["decision"] != decided["decision"]
    assert "owner" not in str(found)
    await check_chain(database)
