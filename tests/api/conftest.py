"""The real application over its real database, spoken to over HTTP without a socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from starlette.datastructures import State

from api.app import create_app
from api.auth.throttle import Throttle
from api.web.error_pages import error_page
from core.database import Database
from core.settings import Settings
from tests.support.keys import keys_file
from tests.support.marketplace import PASSWORD, TestShop, add_listing, add_person, add_shop

NOBODY_LISTENS = "127.0.0.1:9"

Opener = Callable[..., AsyncClient]


def settings_for(database_url: str, temporal_address: str = NOBODY_LISTENS) -> Settings:
    return Settings(
        environment="test",
        keys_file=keys_file(),
        public_url="http://shop.example",
        database_url=database_url,
        database_pool_size=4,
        temporal_address=temporal_address,
        stripe_secret_key=SecretStr("sk_test_nobody"),
        stripe_webhook_secret=SecretStr("whsec_nobody"),
        mail_base_url="http://127.0.0.1:9/mail",
        mail_api_key=SecretStr("nobody"),
    )


_idle: dict[tuple[str, ...], list[FastAPI]] = {}


@asynccontextmanager
async def running_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """An application that nobody else uses meanwhile.

    Assembling some 400 routes takes a second and depends on three settings alone, so an application whose test has
    ended serves the next; all that it knows (`app.state`) is made anew.
    """
    alike = _idle.setdefault((settings.public_url, settings.stripe_pages_url, str(settings.temporal_ui_url)), [])
    app = alike.pop() if alike else create_app(settings)
    app.state = State(
        {
            "settings": settings,
            "write_throttle": Throttle(window=60, capacity=50_000),
            "error_page": error_page,
        }
    )
    routes = len(app.routes)
    async with app.router.lifespan_context(app):
        yield app
    if len(app.routes) == routes and not app.dependency_overrides:
        alike.append(app)


@pytest.fixture
async def app(postgres_url: str) -> AsyncIterator[FastAPI]:
    async with running_app(settings_for(postgres_url)) as running:
        yield running


def open_client(app: FastAPI, **headers: str) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://shop.example", headers=headers)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A program that has not signed in; it keeps its cookies."""
    async with open_client(app) as opened:
        yield opened


async def signed_in(app: FastAPI, email: str) -> AsyncClient:
    """A program with a token. Its connections need no closing: there are none."""
    client = open_client(app)
    answer = await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.cookies.clear()
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return client


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session)


@pytest.fixture
async def listing_id(database: Database, shop: TestShop) -> str:
    """Five speckled mugs at USD 48.00."""
    async with database.transaction() as session:
        return await add_listing(session, shop)


@pytest.fixture
async def buyer(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        _, email = await add_person(session)
    return await signed_in(app, email)


@pytest.fixture
async def keeper(app: FastAPI, shop: TestShop) -> AsyncClient:
    return await signed_in(app, shop.owner_email)
