"""One running marketplace for all tests of this folder; each brings its own shops and people."""

from collections.abc import AsyncIterator, Iterator

import pytest
from psycopg import sql

from core.database import Database
from deploy import namespace as namespaces
from deploy.embedded.postgres import ROLE, PostgresCluster
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop
from tests.support.running import Buyer, Market, market
from tests.support.stack import TemporalServer, free_port, open_folder

DATABASE = "processes"
NAMESPACE = "processes"
"""Of this folder alone, so that its pools take no tasks of other tests."""


@pytest.fixture(scope="package")
def processes_database(postgres_server: PostgresCluster, template_database: str) -> Iterator[str]:
    name = sql.Identifier(DATABASE)
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {} strategy wal_log").format(
            name, sql.Identifier(template_database), sql.Identifier(ROLE)
        )
    )
    yield postgres_server.url(DATABASE)
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="package")
async def running_market(processes_database: str, temporal_dev_server: TemporalServer) -> AsyncIterator[Market]:
    temporal = TemporalServer(temporal_dev_server.port, NAMESPACE)
    await namespaces.ensure(temporal.address, temporal.namespace)
    with open_folder() as folder:
        async with market(
            folder,
            database_url=processes_database,
            temporal=temporal,
            port=free_port(),
            sandbox_port=free_port(),
        ) as running:
            yield running


@pytest.fixture
async def town(running_market: Market) -> AsyncIterator[Market]:
    """The marketplace with partners that do as they are told; a test's faults end with it."""
    yield running_market
    await running_market.faults()
    await running_market.hang_up()


@pytest.fixture
def database(town: Market) -> Database:
    return town.database


@pytest.fixture
async def pottery(town: Market) -> TestShop:
    async with town.database.transaction() as session:
        return await add_shop(session, name="Pottery")


@pytest.fixture
async def weavers(town: Market) -> TestShop:
    async with town.database.transaction() as session:
        return await add_shop(session, name="Weavers")


@pytest.fixture
async def mug(town: Market, pottery: TestShop) -> str:
    """Five, at USD 48.00."""
    async with town.database.transaction() as session:
        return await add_listing(session, pottery, Piece())


@pytest.fixture
async def scarf(town: Market, weavers: TestShop) -> str:
    """One of a kind, at USD 90.00."""
    async with town.database.transaction() as session:
        return await add_listing(session, weavers, Piece(title="Indigo scarf", price_minor=9_000, on_hand=1))


@pytest.fixture
async def buyer(town: Market) -> Buyer:
    """With an address in New York and an empty cart."""
    return await town.buyer()
