"""An administrator who has just proved who they are, twice, and two shops with money."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.database import Database
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_person, add_shop
from tests.support.payouts import earn, give_bank
from tests.support.signing_in import session_of


@pytest.fixture
async def administrator(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


@pytest.fixture
async def shop(database: Database) -> TestShop:
    """Has earned USD 94.15."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        await give_bank(session, shop)
        await earn(session, shop, 9_415)
        return shop


@pytest.fixture
async def yen_shop(database: Database) -> TestShop:
    """Has earned 12,000 yen."""
    async with database.transaction() as session:
        shop = await add_shop(session, name="Third Ridge", currency="JPY")
        await earn(session, shop, 12_000, "JPY")
        return shop
