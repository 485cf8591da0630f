"""An artisan in front of a browser, who has just proved who they are, twice; a shop that has earned USD 94.15."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.database import Database
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_shop
from tests.support.payouts import earn, give_bank
from tests.support.signing_in import session_of


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        shop = await add_shop(session)
        await give_bank(session, shop)
        await earn(session, shop, 9_415)
        return shop


@pytest.fixture
async def artisan(app: FastAPI, database: Database, shop: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        token = await session_of(session, shop.owner_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}", accept="text/html")
