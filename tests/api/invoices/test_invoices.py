"""A buyer's invoice as JSON, page and PDF; who may have it."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core import clock
from core.database import Database
from models.tables.refunds import Refund
from models.types import RefundState
from tests.api.conftest import signed_in
from tests.support.marketplace import TestShop, add_person
from tests.support.orders import PaidOrder, add_paid_order
from tests.support.pdf_text import words_of


@pytest.fixture
async def order(database: Database, shop: TestShop, listing_id: str) -> PaidOrder:
    """Two mugs at USD 48.00, shipping 8.00, tax 4.16."""
    async with database.transaction() as session:
        return await add_paid_order(session, shop, {listing_id: 2})


@pytest.fixture
async def buyer(app: FastAPI, order: PaidOrder) -> AsyncClient:
    return await signed_in(app, order.buyer_email)


async def half_back(database: Database, order: PaidOrder) -> None:
    """One mug, with its share of everything."""
    (mug,) = order.pieces
    async with database.transaction() as session:
        session.add(
            Refund(
                id=f"fulfillment-{order.id}/refund-1",
                order_id=order.id,
                provider_id="re_1",
                currency="USD",
                amount_minor=5_408,
                items_minor=4_800,
                shipping_minor=400,
                tax_minor=208,
                fee_minor=312,
                pieces={mug: 1},
                reason="lost",
                state=RefundState.SUCCEEDED.value,
                settled_at=clock.now(),
            )
        )


async def test_an_invoice_adds_up_and_is_the_same_every_time(buyer: AsyncClient, order: PaidOrder) -> None:
    path = f"/api/v1/orders/{order.id}/invoice"
    answer = await buyer.get(path)
    assert answer.status_code == 200, answer.text
    invoice = answer.json()["invoice"]
    assert invoice["number"] == f"INV-{clock.now().year}-000001"
    assert invoice["total"]["minor"] == order.total_minor
    assert sum(line["net"]["minor"] for line in invoice["lines"]) == invoice["net"]["minor"]
    assert sum(line["tax"]["minor"] for line in invoice["lines"]) == invoice["tax"]["minor"]
    assert sum(row["tax"]["minor"] for row in invoice["taxes"]) == invoice["tax"]["minor"]
    assert invoice["net"]["minor"] + invoice["tax"]["minor"] == invoice["total"]["minor"]
    assert invoice["sold_by"] and invoice["addressee"]["name"] and invoice["issuer"]["name"]
    assert (await buyer.get(path)).json() == answer.json()


async def test_a_refund_has_its_credit_note(buyer: AsyncClient, database: Database, order: PaidOrder) -> None:
    await half_back(database, order)
    found = (await buyer.get(f"/api/v1/orders/{order.id}/invoice")).json()
    (note,) = found["credit_notes"]
    assert (note["title"], note["corrects"]) == ("Credit note", found["invoice"]["number"])
    assert (note["net"]["minor"], note["tax"]["minor"], note["total"]["minor"]) == (5_200, 208, 5_408)
    pdf = await buyer.get(f"/api/v1/orders/{order.id}/invoice.pdf", params={"number": note["number"]})
    assert note["number"] in words_of(pdf.content) and "$54.08" in words_of(pdf.content)


async def test_the_pdf_says_what_the_invoice_says(buyer: AsyncClient, order: PaidOrder) -> None:
    invoice = (await buyer.get(f"/api/v1/orders/{order.id}/invoice")).json()["invoice"]
    answer = await buyer.get(f"/api/v1/orders/{order.id}/invoice.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{invoice["number"]}.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    said = words_of(answer.content)
    for word in (
        invoice["number"],
        invoice["reference"],
        invoice["sold_by"],
        invoice["addressee"]["name"],
        "Speckled mug",
        *(invoice[each]["text"] for each in ("net", "tax", "total")),
        *(row["label"] for row in invoice["taxes"]),
    ):
        assert word in said, f"{word!r} is not on it: {said}"
    assert (await buyer.get(f"/api/v1/orders/{order.id}/invoice.pdf")).content == answer.content


async def test_other_peoples_invoices_do_not_exist(
    app: FastAPI, database: Database, buyer: AsyncClient, keeper: AsyncClient, order: PaidOrder
) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    stranger = await signed_in(app, email)
    for path in (f"/api/v1/orders/{order.id}/invoice", f"/api/v1/orders/{order.id}/invoice.pdf"):
        for somebody in (stranger, keeper):
            assert (await somebody.get(path)).status_code == 404
    answer = await buyer.get(f"/api/v1/orders/{order.id}/invoice.pdf", params={"number": "INV-2020-000001"})
    assert answer.status_code == 404
    assert (await buyer.get("/api/v1/orders/ord_unknown/invoice")).status_code == 404


async def test_the_page_shows_every_paper(buyer: AsyncClient, database: Database, order: PaidOrder) -> None:
    await half_back(database, order)
    answer = await buyer.get(f"/orders/{order.id}/invoice")
    assert answer.status_code == 200
    year = clock.now().year
    assert f"INV-{year}-000001" in answer.text and f"CRN-{year}-000001" in answer.text
    assert f"/orders/{order.id}/invoice.pdf?number=CRN-{year}-000001" in answer.text
