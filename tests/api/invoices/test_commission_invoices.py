"""A commission's invoices as JSON, page, PDF and CSV, for its two sides; and nobody else's."""

import csv
import io

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert

from core import clock
from core.database import Database
from models.tables.commissions import CommissionRefund
from models.types import RefundState
from tests.api.conftest import signed_in
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import TestShop, add_person
from tests.support.pdf_text import words_of


@pytest.fixture
async def finished(database: Database, shop: TestShop) -> Finished:
    """Two payments, the first of 300.00 and 24.00 tax."""
    async with database.transaction() as session:
        return await add_finished(session, shop)


@pytest.fixture
async def customer(app: FastAPI, finished: Finished) -> AsyncClient:
    return await signed_in(app, finished.customer_email)


async def goes_back(database: Database, finished: Finished) -> None:
    """108.00 of the first payment, by an end of which nobody wrote down how much is tax."""
    async with database.transaction() as session:
        await session.execute(
            insert(CommissionRefund).values(
                id=f"{finished.workflow_id}/settle/1-1",
                commission_id=finished.id,
                charge_id=f"{finished.workflow_id}/charge-1-1",
                currency=finished.shop.currency,
                amount_minor=10_800,
                state=RefundState.SUCCEEDED.value,
                created_at=clock.now(),
                settled_at=clock.now(),
            )
        )


async def test_each_payment_has_an_invoice_that_adds_up(customer: AsyncClient, finished: Finished) -> None:
    path = f"/api/v1/commissions/{finished.id}/invoices"
    answer = await customer.get(path)
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["invoices"]
    year = clock.now().year
    assert [first["number"], second["number"]] == [f"INV-{year}-000001", f"INV-{year}-000002"]
    assert (first["title"], first["net"]["minor"], first["tax"]["minor"]) == ("Advance payment invoice", 30_000, 2_400)
    for one in (first, second):
        assert sum(line["net"]["minor"] for line in one["lines"]) == one["net"]["minor"]
        assert sum(line["tax"]["minor"] for line in one["lines"]) == one["tax"]["minor"]
        assert sum(row["tax"]["minor"] for row in one["taxes"]) == one["tax"]["minor"]
    assert len(first["addressee"]["address"]) > 1
    assert "before the work was done" in first["notes"][0]
    assert (await customer.get(path)).json() == answer.json()


async def test_what_went_back_is_credited_and_the_papers_say_so(
    customer: AsyncClient, database: Database, finished: Finished
) -> None:
    await goes_back(database, finished)
    found = (await customer.get(f"/api/v1/commissions/{finished.id}/invoices")).json()
    (note,) = found["credit_notes"]
    assert (note["net"]["minor"], note["tax"]["minor"], note["corrects"]) == (
        10_000,
        800,
        found["invoices"][0]["number"],
    )
    pdf = await customer.get(f"/api/v1/commissions/{finished.id}/invoice.pdf", params={"number": note["number"]})
    said = words_of(pdf.content)
    for word in (note["number"], "Refunded", "Commission", note["corrects"], "$108.00"):
        assert word in said, f"{word!r} is not on it: {said}"
    sheet = await customer.get(f"/api/v1/commissions/{finished.id}/invoices.csv")
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    first = [row for row in rows if row["number"] in {note["number"], note["corrects"]}]
    assert sorted(row["amount"] for row in first) == sorted(["300.00", "24.00", "-100.00", "-8.00"])


async def test_the_artisan_reads_them_without_the_customers_address(
    keeper: AsyncClient, customer: AsyncClient, finished: Finished
) -> None:
    mine = (await customer.get(f"/api/v1/commissions/{finished.id}/invoices")).json()["invoices"][0]
    theirs = (await keeper.get(f"/api/v1/commissions/{finished.id}/invoices")).json()["invoices"][0]
    assert theirs["addressee"]["address"] == mine["addressee"]["address"][-1:]
    assert {**theirs, "addressee": None} == {**mine, "addressee": None}


async def test_other_peoples_do_not_exist(
    app: FastAPI, database: Database, customer: AsyncClient, finished: Finished
) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    stranger = await signed_in(app, email)
    number = (await customer.get(f"/api/v1/commissions/{finished.id}/invoices")).json()["invoices"][0]["number"]
    for path in ("invoices", "invoices.csv", f"invoice.pdf?number={number}"):
        assert (await stranger.get(f"/api/v1/commissions/{finished.id}/{path}")).status_code == 404
        assert (await stranger.get(f"/commissions/{finished.id}/{path}")).status_code == 404
        assert (await customer.get(f"/commissions/{finished.id}/{path}")).status_code == 200
    for wrong in ("INV-2020-000001", "x"):
        answer = await customer.get(f"/api/v1/commissions/{finished.id}/invoice.pdf", params={"number": wrong})
        assert answer.status_code == 404
    assert (await customer.get(f"/api/v1/commissions/{finished.id}/invoice.pdf")).status_code == 422


async def test_both_sides_have_the_page(
    keeper: AsyncClient, customer: AsyncClient, database: Database, finished: Finished
) -> None:
    await goes_back(database, finished)
    year = clock.now().year
    for who, base in ((customer, "/commissions"), (keeper, "/studio/commissions")):
        answer = await who.get(f"{base}/{finished.id}/invoices")
        assert answer.status_code == 200, answer.text
        assert 'id="payment-1"' in answer.text and 'id="payment-2"' in answer.text
        assert f"{base}/{finished.id}/invoice.pdf?number=CRN-{year}-000001" in answer.text
        assert "given back on" in answer.text


async def test_before_anything_is_paid_the_page_says_so(app: FastAPI, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        unpaid = await add_finished(session, shop, charged=False)
    client = await signed_in(app, unpaid.customer_email)
    assert (await client.get(f"/api/v1/commissions/{unpaid.id}/invoices")).json() == {
        "invoices": [],
        "credit_notes": [],
    }
    assert "no invoice yet" in (await client.get(f"/commissions/{unpaid.id}/invoices")).text
