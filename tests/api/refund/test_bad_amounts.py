"""Amounts that nobody can mean, at every door of a refund: none reaches the process, and each is refused in words."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from core.database import Database
from models.tables.orders import Order
from models.tables.refunds import RefundRequest
from models.types import MAX_MINOR
from tests.api.refund.conftest import Refunds
from tests.support.orders import PaidOrder

NEGATIVE, ZERO, OVERFLOW = -1, 0, (MAX_MINOR + 1, 2**63)
FRACTION = (12.5, "12.505")
"""Minor units have no decimals, however they are written."""
NO_AMOUNTS = (NEGATIVE, ZERO, *OVERFLOW, *FRACTION, True)
REPORT = {"problem": "damaged", "text": "It has a crack."}

pytestmark = pytest.mark.usefixtures("arrived")


def requests_of(order: PaidOrder) -> str:
    return f"/api/v1/orders/{order.id}/refund-requests"


def refused_in_words(answer: Any) -> bool:
    error = answer.json()["error"]
    return answer.status_code == 422 and bool(error["message"]) and bool(error["reference"])


async def test_a_buyer_asks_for_no_such_amount(buyer: AsyncClient, order: PaidOrder, refunds: Refunds) -> None:
    for minor in (*NO_AMOUNTS, order.total_minor + 1):
        answer = await buyer.post(requests_of(order), json={**REPORT, "amount_minor": minor})
        assert refused_in_words(answer), (minor, answer.text)
    assert refunds.started == []


async def test_a_refund_has_the_currency_of_its_order(buyer: AsyncClient, order: PaidOrder, refunds: Refunds) -> None:
    answer = await buyer.post(requests_of(order), json={**REPORT, "amount_minor": 100, "currency": "EUR"})
    assert refused_in_words(answer)
    assert refunds.started == []


async def test_a_maker_offers_and_finance_grants_no_such_amount(
    buyer: AsyncClient, keeper: AsyncClient, finance: AsyncClient, order: PaidOrder, refunds: Refunds
) -> None:
    request = (await buyer.post(requests_of(order), json={**REPORT, "amount_minor": 1_000})).json()["id"]
    doors = (
        (
            keeper,
            f"/api/v1/shop/orders/{order.id}/refund-requests/{request}/answer",
            {"answer": "offer", "text": "So."},
        ),
        (finance, f"/api/v1/admin/refund-requests/{request}/decision", {"decision": "refund", "reason": "It is so."}),
    )
    for client, path, given in doors:
        for minor in (*NO_AMOUNTS, 1_001):
            answer = await client.post(path, json={**given, "amount_minor": minor})
            assert refused_in_words(answer), (path, minor, answer.text)
    assert refunds.process.sent == []


async def test_more_decimals_than_a_card_carries_are_refused(
    buyer: AsyncClient, finance: AsyncClient, order: PaidOrder, refunds: Refunds, database: Database
) -> None:
    """A dinar has three decimals, and cards carry steps of 0.010."""
    async with database.transaction() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(currency="KWD"))
    answer = await buyer.post(requests_of(order), json={**REPORT, "amount_minor": 1_005})
    assert refused_in_words(answer)
    assert refunds.started == []
    async with database.transaction() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(currency="USD"))
    request = (await buyer.post(requests_of(order), json={**REPORT, "amount_minor": 1_010})).json()["id"]
    async with database.transaction() as session:
        await session.execute(update(RefundRequest).where(RefundRequest.id == request).values(currency="KWD"))
    decision = {"decision": "refund", "reason": "It is so.", "amount_minor": 1_005}
    assert refused_in_words(await finance.post(f"/api/v1/admin/refund-requests/{request}/decision", json=decision))
