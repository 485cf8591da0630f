"""Repayment plans as JSON: proposed and eased by finance, agreed by the artisan, told by letter and written down."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from core.database import Database
from models.repositories import ledger
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from models.types import Money, Role
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_person, add_shop
from tests.support.signing_in import session_of

TERMS = {"floor_minor": 20_000, "share_bp": 2_500}


@pytest.fixture
async def owing(database: Database) -> TestShop:
    async with database.transaction() as session:
        shop = await add_shop(session, name="Saltmarsh")
        entries = [
            LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop.id, Money(48_000, "USD")),
            LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(-48_000, "USD")),
        ]
        await ledger.post(session, f"refund-{shop.id}", PostingKind.REFUND, "ord_1", entries)
    return shop


@pytest.fixture
async def finance(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        return open_client(app, authorization=f"Bearer {await session_of(session, person_id, two_factors=True)}")


@pytest.fixture
async def artisan(app: FastAPI, database: Database, owing: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        return open_client(app, authorization=f"Bearer {await session_of(session, owing.owner_id)}")


async def test_a_plan_from_its_proposal_to_its_end(
    finance: AsyncClient, artisan: AsyncClient, owing: TestShop, database: Database
) -> None:
    (debt,) = (await finance.get("/api/v1/admin/repayment-plans/owing")).json()
    assert (debt["shop_id"], debt["owed"]["minor"]) == (owing.id, 48_000)
    given = {**TERMS, "currency": "USD", "debt_minor": 48_000, "reason": "The refund came after the payout."}
    proposed = await finance.post(f"/api/v1/admin/shops/{owing.id}/repayment-plans", json=given)
    assert proposed.status_code == 201, proposed.text
    plan = proposed.json()
    assert (plan["status"], plan["left"]["minor"], plan["over_on"]) == ("proposed", 48_000, None)
    assert (await finance.get("/api/v1/admin/repayment-plans/owing")).json() == []

    agreed = await artisan.post(f"/api/v1/shop/repayment-plans/{plan['id']}/answer", json={"agree": True})
    assert (agreed.status_code, agreed.json()["status"]) == (200, "agreed")
    path = f"/api/v1/admin/repayment-plans/{plan['id']}"
    harder = await finance.post(f"{path}/terms", json={**TERMS, "share_bp": 5_000})
    assert (harder.status_code, harder.json()["error"]["code"]) == (422, "invalid_input")
    easier = await finance.post(f"{path}/terms", json={**TERMS, "share_bp": 1_000})
    assert (easier.status_code, easier.json()["share_percent"]) == (200, 10)
    ended = await finance.post(f"{path}/end")
    assert (ended.status_code, ended.json()["status"]) == (200, "ended")
    again = await finance.post(f"{path}/end")
    assert again.status_code == 409
    over = (await finance.get("/api/v1/admin/repayment-plans?over=true")).json()
    assert [one["id"] for one in over["items"]] == [plan["id"]]

    async with database.transaction() as session:
        told = await session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == owing.id).order_by(AuditEntry.id)
        )
        assert list(told) == [
            *("repayment.proposed", "repayment.answered", "repayment.changed", "repayment.ended"),
        ]
        written = await session.scalars(select(Letter.kind).where(Letter.person_id == owing.owner_id))
        assert sorted(written) == ["repayment_changed", "repayment_ended", "repayment_proposed"]


@pytest.mark.parametrize(
    "wrong",
    [{"share_bp": 499}, {"share_bp": 9_001}, {"floor_minor": -1}, {"debt_minor": 0}, {"debt_minor": 1.5}, {"x": 1}],
)
async def test_bad_terms_are_refused(finance: AsyncClient, owing: TestShop, wrong: dict[str, float]) -> None:
    given = {**TERMS, "currency": "USD", "debt_minor": 100, "reason": "Owed.", **wrong}
    answer = await finance.post(f"/api/v1/admin/shops/{owing.id}/repayment-plans", json=given)
    assert answer.status_code == 422


async def test_another_shops_plan_is_like_a_missing_one(
    finance: AsyncClient, app: FastAPI, owing: TestShop, database: Database
) -> None:
    given = {**TERMS, "currency": "USD", "debt_minor": 100, "reason": "Owed."}
    plan = (await finance.post(f"/api/v1/admin/shops/{owing.id}/repayment-plans", json=given)).json()
    async with database.transaction() as session:
        other = await add_shop(session)
        token = await session_of(session, other.owner_id)
    stranger = open_client(app, authorization=f"Bearer {token}")
    for plan_id in (plan["id"], "rpp_none"):
        answer = await stranger.post(f"/api/v1/shop/repayment-plans/{plan_id}/answer", json={"agree": True})
        assert answer.status_code == 404
