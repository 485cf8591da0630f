"""An administrator buys, too: what they bought or sold themselves, another one decides about."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update

from core.database import Database
from models.errors import NotNow
from models.tables.audit import AuditEntry
from models.tables.catalogue import Shop
from models.tables.orders import Order
from models.tables.selling import Checkout, RiskDecision
from models.types import Party, RefundStatus, Role
from tests.api.conftest import open_client
from tests.api.refund.conftest import Refunds
from tests.api.refund.test_requests import report
from tests.support.marketplace import add_person
from tests.support.orders import PaidOrder
from tests.support.signing_in import session_of

GIVEN = {"decision": "refund", "amount_minor": 700, "reason": "The pictures show it."}
HTML = {"accept": "text/html"}


@pytest.fixture
async def own(app: FastAPI, database: Database) -> tuple[str, AsyncClient]:
    """An administrator, and their browser."""
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return person_id, open_client(app, authorization=f"Bearer {token}")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("side", ["bought", "sold"])
async def test_nobody_refunds_their_own_order(
    side: str, buyer: AsyncClient, own: tuple[str, AsyncClient], order: PaidOrder, refunds: Refunds
) -> None:
    database = refunds.database
    request = (await report(buyer, order)).json()["id"]
    await refunds.stands(request, RefundStatus.IN_REVIEW, "finance_asked", Party.ADMINISTRATOR, 2)
    person_id, http = own
    async with database.transaction() as session:
        row = await session.get_one(Order, order.id)
        if side == "bought":
            row.buyer_id = person_id
        else:
            await session.execute(update(Shop).where(Shop.id == row.shop_id).values(owner_id=person_id))
    asked = len(refunds.process.sent)
    refused = await http.post(f"/api/v1/admin/refund-requests/{request}/decision", json=GIVEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden"), refused.text
    page = await http.post(f"/admin/refunds/{request}", data={**GIVEN, "amount": "7.00"}, headers=HTML)
    assert (page.status_code, "another administrator" in page.text) == (403, True)
    assert len(refunds.process.sent) == asked, "the process hears nothing of it"
    async with database.transaction() as session:
        decided = select(func.count()).where(AuditEntry.action == "payment.refund_decided")
        assert await session.scalar(decided) == 0


@pytest.mark.usefixtures("arrived")
async def test_a_decision_that_came_too_late_is_logged_as_one(
    buyer: AsyncClient, own: tuple[str, AsyncClient], order: PaidOrder, refunds: Refunds
) -> None:
    request = (await report(buyer, order)).json()["id"]
    await refunds.stands(request, RefundStatus.IN_REVIEW, "finance_asked", Party.ADMINISTRATOR, 2)
    refunds.process.refuses = NotNow("Somebody else was faster.")
    for path, given in (("decision", GIVEN), ("retry", {"reason": "The balance is back."})):
        late = await own[1].post(f"/api/v1/admin/refund-requests/{request}/{path}", json=given)
        assert late.status_code == 409, late.text
    async with refunds.database.transaction() as session:
        entries = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == "payment.refund_decided").order_by(AuditEntry.id)
        )
        told = [(entry.details.get("grant_minor"), entry.details.get("counts", True)) for entry in entries]
    assert told == [(700, True), (700, False), (None, True), (None, False)]


async def test_nobody_lets_their_own_payment_pass(
    own: tuple[str, AsyncClient], order: PaidOrder, database: Database
) -> None:
    person_id, http = own
    async with database.transaction() as session:
        row = await session.get_one(Order, order.id)
        assert row.checkout_id is not None
        await session.execute(update(Checkout).where(Checkout.id == row.checkout_id).values(buyer_id=person_id))
        checkout_id = row.checkout_id
    given = {"approve": True, "reason": "It is me."}
    refused = await http.post(f"/api/v1/admin/held-checkouts/{checkout_id}/decision", json=given)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden"), refused.text
    form = {"decision": "approve", "reason": "It is me."}
    page = await http.post(f"/admin/held/{checkout_id}", data=form, headers=HTML)
    assert page.status_code == 403
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(RiskDecision)) == 0
