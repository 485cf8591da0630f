"""Two administrators who have just proved who they are, twice, and a buyer with an order."""

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.database import Database
from models.repositories import store_credit
from models.tables.orders import Order
from models.types import Role
from tests.api.conftest import open_client, signed_in
from tests.support.marketplace import TestShop, add_listing, add_person
from tests.support.orders import add_paid_order
from tests.support.signing_in import session_of

GRANTS = "/api/v1/admin/credit-grants"


@dataclass(frozen=True)
class Somebody:
    id: str
    email: str
    http: AsyncClient


async def add_administrator(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


async def add_somebody(app: FastAPI, database: Database) -> Somebody:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    return Somebody(person_id, email, await signed_in(app, email))


@pytest.fixture
async def proposer(app: FastAPI, database: Database) -> AsyncClient:
    return await add_administrator(app, database)


@pytest.fixture
async def approver(app: FastAPI, database: Database) -> AsyncClient:
    return await add_administrator(app, database)


@pytest.fixture
async def somebody(app: FastAPI, database: Database) -> Somebody:
    return await add_somebody(app, database)


@pytest.fixture
async def order_number(database: Database, shop: TestShop, somebody: Somebody) -> str:
    async with database.transaction() as session:
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 1})
        row = await session.get_one(Order, order.id)
        row.buyer_id = somebody.id
        return row.number


async def given(proposer: AsyncClient, approver: AsyncClient, to: str = "", minor: int = 5_000) -> str:
    """Credit for somebody; or the code of a gift card."""
    asked = {"to": to, "currency": "USD", "amount_minor": minor, "reason": "goodwill"}
    proposed = await proposer.post(GRANTS, json=asked)
    assert proposed.status_code == 201, proposed.text
    decided = await approver.post(f"{GRANTS}/{proposed.json()['id']}/decision", json={"decision": "approve"})
    assert decided.status_code == 200, decided.text
    return str(decided.json()["code"])


async def owed_to(database: Database, person_id: str) -> int:
    async with database.transaction() as session:
        return (await store_credit.owed(session, person_id, "USD")).minor
