"""A buyer's certificate: granted by an administrator, kept sealed, and gone on the day after its last."""

from datetime import date

from fastapi import FastAPI
from sqlalchemy import select

from core.database import Database
from models.repositories import taxes
from models.tables.taxes import TaxExemption
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

PATH = "/api/v1/admin/tax-exemptions"


async def test_it_is_granted_sealed_and_ended(app: FastAPI, database: Database) -> None:
    async with database.transaction() as session:
        buyer_id, _ = await add_person(session)
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, administrator_id, two_factors=True)
    finance = open_client(app, authorization=f"Bearer {token}")
    asked = {
        "user_id": buyer_id,
        "kind": "reseller",
        "jurisdiction": "US-NY",
        "number": "ST-120-4711",
        "valid_from": "2026-01-01",
    }
    granted = await finance.post(PATH, json=asked)
    assert granted.status_code == 201, granted.text
    exemption_id = granted.json()["id"]
    async with database.transaction() as session:
        row = (await session.scalars(select(TaxExemption))).one()
        assert row.sealed is not None and b"4711" not in row.sealed
        (held,) = await taxes.exemptions_of(session, buyer_id, date(2026, 11, 22))
        assert (held.id, held.jurisdiction) == (exemption_id, "US-NY")
        assert await taxes.exemptions_of(session, buyer_id, date(2025, 12, 31)) == []
    too_early = await finance.post(f"{PATH}/{exemption_id}/end", json={"last_day": "2025-01-01"})
    assert too_early.status_code == 422
    ended = await finance.post(f"{PATH}/{exemption_id}/end", json={"last_day": "2026-06-30"})
    assert ended.status_code == 204, ended.text
    async with database.transaction() as session:
        assert await taxes.exemptions_of(session, buyer_id, date(2026, 6, 30)) != []
        assert await taxes.exemptions_of(session, buyer_id, date(2026, 7, 1)) == []
    for wrong in (
        {"jurisdiction": "US"},
        {"kind": "friend"},
        {"valid_to": "2025-01-01"},
        {"number": ""},
        {"extra": 1},
    ):
        assert (await finance.post(PATH, json={**asked, **wrong})).status_code == 422, wrong
    assert (await finance.post(PATH, json={**asked, "user_id": "usr_nobody"})).status_code == 404
    assert (await finance.post(f"{PATH}/txe_none/end", json={"last_day": "2026-06-30"})).status_code == 404
