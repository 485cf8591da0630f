"""A difference is put right by two administrators, through the API and through the pages; by one alone, never."""

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from api.reconciliation.words import KINDS, REASONS, REPAIRS
from core import clock
from core.database import Database
from models.repositories import ledger, reconciliation_cases, reconciliation_facts
from models.rules import reserve_postings
from models.rules.bookkeeping import AccountKind
from models.rules.reconciliation import DifferenceKind, Do, Reason, accounts_differences
from models.tables.audit import AuditEntry
from models.tables.reconciliation import ReconciliationCase
from models.types import Money, Role
from tests.api.conftest import open_client
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of


@dataclass
class Two:
    ada: AsyncClient
    grace: AsyncClient
    ada_id: str
    case_id: str


@pytest.fixture
async def two(app: FastAPI, database: Database) -> Two:
    """Two administrators, and a reserve from which more was released than was in it."""
    async with database.transaction() as session:
        ids = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
        tokens = [await session_of(session, one, two_factors=True) for one in ids]
        entries = reserve_postings.released("shp_1", Money(900, "USD"))
        await ledger.post(session, "hold-1/released", "reserve_released", "hold_1", entries)
        found = accounts_differences(await reconciliation_facts.accounts(session), {})
        await reconciliation_cases.note(session, found, [""], clock.now())
    ada, grace = (open_client(app, authorization=f"Bearer {token}") for token in tokens)
    (listed,) = (await ada.get("/api/v1/admin/cases")).json()["items"]
    assert listed["kind"] == "negative_reserve"
    return Two(ada, grace, ids[0], listed["id"])


async def reserve(database: Database) -> int:
    async with database.transaction() as session:
        return (await ledger.balance(session, AccountKind.ARTISAN_RESERVE, "shp_1", "USD")).minor


async def test_two_administrators_put_it_right(two: Two, database: Database) -> None:
    path = f"/api/v1/admin/cases/{two.case_id}"
    proposed = await two.ada.post(f"{path}/proposal", json={"reason": "provider_checked"})
    assert (proposed.status_code, proposed.json()["status"]) == (200, "proposed")
    assert await reserve(database) == 900, "nothing is booked by one"
    own = await two.ada.post(f"{path}/decision", json={"decision": "approve"})
    assert (own.status_code, own.json()["error"]["code"]) == (403, "forbidden")

    done = await two.grace.post(f"{path}/decision", json={"decision": "approve"})
    assert (done.status_code, done.json()["outcome_text"]) == (200, "Repaired")
    assert await reserve(database) == 0
    again = await two.grace.post(f"{path}/decision", json={"decision": "approve"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    async with database.transaction() as session:
        audited = await session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == two.case_id, AuditEntry.action.like("case.%"))
        )
        assert sorted(audited) == ["case.repair_approved", "case.repair_proposed"]


async def test_the_database_refuses_one_person_too(two: Two, database: Database) -> None:
    with pytest.raises(IntegrityError, match="two_people"):
        async with database.transaction() as session:
            await session.execute(
                update(ReconciliationCase).values(
                    proposed_by=two.ada_id, approved_by=two.ada_id, proposed_at=clock.now(), status="proposed"
                )
            )


async def test_what_has_changed_since_is_not_booked(two: Two, database: Database) -> None:
    path = f"/api/v1/admin/cases/{two.case_id}"
    await two.ada.post(f"{path}/proposal", json={"reason": "known_defect"})
    async with database.transaction() as session:
        await ledger.post(
            session, "hold-2/taken", "reserve_taken", "hold_2", reserve_postings.taken("shp_1", Money(900, "USD"))
        )
    refused = await two.grace.post(f"{path}/decision", json={"decision": "approve"})
    assert refused.status_code == 409
    assert await reserve(database) == 0
    declined = await two.grace.post(f"{path}/decision", json={"decision": "decline"})
    assert declined.json()["status"] == "open"


async def test_through_the_pages(two: Two, database: Database) -> None:
    page = f"/admin/cases/{two.case_id}"
    assert "More left a reserve than was in it" in (await two.ada.get("/admin/cases")).text
    refused = await two.ada.post(page, data={"decision": "propose", "reason": ""})
    assert (refused.status_code, "Say what you have checked." in refused.text) == (422, True)
    assert (await two.ada.post(page, data={"decision": "propose", "reason": "artisan_asked"})).status_code == 303
    shown = (await two.ada.get(page)).text
    assert "another administrator has to approve it" in shown
    assert 'value="approve"' not in shown
    assert (await two.grace.post(page, data={"decision": "approve"})).status_code == 303
    assert "Repaired" in (await two.grace.get("/admin/cases?show=closed")).text
    assert await reserve(database) == 0


async def test_bad_input(two: Two, database: Database) -> None:
    path = f"/api/v1/admin/cases/{two.case_id}"
    assert (await two.ada.post(f"{path}/proposal", json={"reason": "because"})).status_code == 422
    assert (await two.ada.post(f"{path}/decision", json={"decision": "approve"})).status_code == 409
    assert (await two.ada.get("/api/v1/admin/cases/cas_none")).status_code == 404
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(ReconciliationCase)) == 1


def test_everything_has_words() -> None:
    assert set(KINDS) == set(DifferenceKind)
    assert set(REPAIRS) == set(Do)
    assert set(REASONS) == set(Reason)
