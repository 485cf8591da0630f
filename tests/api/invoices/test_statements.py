"""An artisan's months, the invoices for our commission, and their tax number."""

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, update

from api.invoices import wording
from api.invoices.sheet import text
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import ledger, statements
from models.rules import order_postings
from models.rules.bookkeeping import PostingKind
from models.rules.refunds import Share
from models.tables.audit import AuditEntry
from models.tables.catalogue import Shop
from models.tables.taxes import SellerTaxId
from tests.api.conftest import signed_in
from tests.support.marketplace import TestShop, add_shop
from tests.support.orders import add_paid_order
from tests.support.pdf_text import words_of


@pytest.fixture
async def month(database: Database, shop: TestShop, listing_id: str) -> str:
    """In which an order of USD 96.00 and shipping 8.00 was released, with a commission of 6.24."""
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {listing_id: 2})
        entries = order_postings.release(order.id, shop.id, Share(9_600, 800, 416, 624), "USD")
        await ledger.post(session, "test/release", PostingKind.RELEASE, order.id, entries)
        return (await statements.months_of(session, shop.id))[0][0]


async def test_a_statement_recomputes(keeper: AsyncClient, month: str) -> None:
    listed = (await keeper.get("/api/v1/shop/statements")).json()
    assert listed == {"statements": [{"month": month, "currency": "USD", "is_over": False}], "fee_invoices": []}
    found = (await keeper.get(f"/api/v1/shop/statements/{month}")).json()
    assert (found["opening"]["minor"], found["closing"]["minor"]) == (0, 9_776)
    assert sum(one["moved"]["minor"] for one in found["sums"]) == 9_776
    assert [(one["text"], one["moved"]["minor"]) for one in found["sums"]] == [
        ("Sale", 10_400),
        ("Our commission", -624),
    ]
    assert found["lines"][-1]["balance"] == found["closing"]


async def test_the_sheet_holds_numbers_and_the_paper_the_same(keeper: AsyncClient, month: str) -> None:
    answer = await keeper.get(f"/api/v1/shop/statements/{month}.csv", params={"currency": "USD"})
    assert answer.headers["content-disposition"] == f'attachment; filename="statement-{month}-USD.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["what"] for row in rows] == ["Opening balance", "Sale", "Closing balance"]
    assert (rows[1]["amount"], rows[1]["commission"], rows[1]["moved"]) == ("104.00", "6.24", "97.76")
    assert rows[-1]["balance"] == "97.76"
    paper = await keeper.get(f"/api/v1/shop/statements/{month}.pdf")
    said = words_of(paper.content)
    for word in (f"Statement {month}, USD", "Opening balance", "$104.00", "-$6.24", "$97.76", rows[1]["order"]):
        assert word in said, f"{word!r} is not on it"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert text(cell) == f"'{cell}"
    assert text("AC-1234") == "AC-1234"


async def test_a_month_without_movement_is_not_found(keeper: AsyncClient, month: str) -> None:
    for path in ("2020-01", "none", "2026-13", f"{month}.csv?currency=EUR", "2020-01.pdf", "%2e%2e"):
        assert (await keeper.get(f"/api/v1/shop/statements/{path}")).status_code == 404, path


async def test_another_shops_month_and_invoice_are_not_theirs(app: FastAPI, database: Database, month: str) -> None:
    async with database.transaction() as session:
        other = await add_shop(session)
    them = await signed_in(app, other.owner_email)
    assert (await them.get(f"/api/v1/shop/statements/{month}")).status_code == 404
    assert (await them.get("/api/v1/shop/invoices.pdf", params={"number": "FEE-2026-000001"})).status_code == 404


async def test_the_commission_of_a_month_that_is_over_is_invoiced_when_somebody_looks(
    app: FastAPI, shop: TestShop, month: str
) -> None:
    with time_machine.travel(statements.month_of(month)[1] + timedelta(hours=1), tick=False):
        keeper = await signed_in(app, shop.owner_email)
        (card,) = (await keeper.get("/api/v1/shop/statements")).json()["fee_invoices"]
        assert (card["month"], card["total"]["minor"]) == (month, 624)
        paper = await keeper.get("/api/v1/shop/invoices.pdf", params={"number": card["number"]})
        said = words_of(paper.content)
        assert card["number"] in said and "Commission on sales" in said and "$6.24" in said
        page = await keeper.get("/studio/statements")
        assert f"/studio/invoices.pdf?number={card['number']}" in page.text


async def german(database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(country="DE"))


async def test_a_tax_number_changes_how_the_commission_is_taxed_and_back(
    keeper: AsyncClient, database: Database, shop: TestShop
) -> None:
    await german(database, shop)
    before = (await keeper.get("/api/v1/shop/tax-number")).json()
    assert (before["asked"], before["number"]) == (True, "")
    assert "VAT of 19 %" in before["treatment"]
    given = await keeper.put("/api/v1/shop/tax-number", json={"number": "de 123.456-789"})
    assert given.status_code == 200, given.text
    assert (given.json()["number"], given.json()["since"]) == ("DE123456789", clock.now().date().isoformat())
    assert "reverse charge" in given.json()["treatment"]
    async with database.transaction() as session:
        row = (await session.scalars(select(SellerTaxId))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.TAX_NUMBER_CHANGED))).one()
    assert b"123456789" not in row.sealed
    assert "123456789" not in str(entry.details)
    assert (await keeper.delete("/api/v1/shop/tax-number")).json()["number"] == ""


async def test_what_is_no_number_of_the_country_is_refused_in_words(
    keeper: AsyncClient, database: Database, shop: TestShop
) -> None:
    assert (await keeper.get("/api/v1/shop/tax-number")).json()["asked"] is False
    nowhere = await keeper.put("/api/v1/shop/tax-number", json={"number": "12-3456789"})
    assert (nowhere.status_code, "no number to give" in nowhere.text) == (422, True)
    await german(database, shop)
    for number in ("DE12345678", "FR12345678901", "nonsense", "DE12345678\u0669"):
        answer = await keeper.put("/api/v1/shop/tax-number", json={"number": number})
        assert answer.status_code == 422
        assert "begins with DE" in answer.json()["error"]["message"]


async def test_pages_work_as_forms(keeper: AsyncClient, database: Database, shop: TestShop, month: str) -> None:
    await german(database, shop)
    assert "so far" in (await keeper.get("/studio/statements")).text
    assert "Every movement" in (await keeper.get(f"/studio/statements/{month}?currency=USD")).text
    wrong = await keeper.post("/studio/tax", data={"number": "nonsense"})
    assert wrong.status_code == 422 and "begins with DE" in wrong.text and 'value="nonsense"' in wrong.text
    assert (await keeper.post("/studio/tax", data={"number": ""})).status_code == 422
    saved = await keeper.post("/studio/tax", data={"number": "DE123456789"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/studio/tax?done=1")
    assert "DE123456789" in (await keeper.get("/studio/tax?done=1")).text
    await keeper.post("/studio/tax", data={"remove": "1"})
    assert "DE123456789" not in (await keeper.get("/studio/tax")).text


def test_every_movement_of_a_shops_money_has_words() -> None:
    """Whatever else comes is called something else, but what comes every day has a name."""
    for kind in (PostingKind.RELEASE, PostingKind.REFUND, PostingKind.REFUND_FAILED, PostingKind.PAID):
        assert wording.movement(kind.value) != wording.OTHER
    assert all(re.fullmatch(r"[A-Z].*[a-z.]", words) for words in wording.NOTES.values())
