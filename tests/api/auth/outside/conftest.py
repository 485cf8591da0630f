"""Somebody's browser, the real application, and real providers that can be told to misbehave."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import SecretStr
from sqlalchemy import func, select, update

from core import clock
from core.database import Database
from core.settings import IdentityProviderSettings
from models.audited import Audited
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from models.tables.sessions import Session
from tests.api.conftest import running_app, settings_for
from tests.support.marketplace import PASSWORD
from tests.support.sandbox import IDENTITY_PROVIDERS, IDENTITY_SECRET, SandboxProcess, start_sandbox

ADA = "ada@example.com"
LIST = "/account/security/outside"


@pytest.fixture(scope="module")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Any:
    process = start_sandbox(tmp_path_factory.mktemp("providers"))
    yield process
    process.stop()


@pytest.fixture
async def providers(provider_process: SandboxProcess) -> AsyncIterator[AsyncClient]:
    """The control routes of freshly reset providers."""
    async with AsyncClient(base_url=f"{provider_process.url}/_control/", trust_env=False, timeout=20) as control:
        (await control.post("reset")).raise_for_status()
        yield control


@pytest.fixture
async def app(postgres_url: str, provider_process: SandboxProcess) -> AsyncIterator[FastAPI]:
    configured = [
        IdentityProviderSettings(
            code=code,
            name=name,
            issuer=f"{provider_process.url}/identity/{code}",
            client_id=f"{code}-client",
            client_secret=SecretStr(IDENTITY_SECRET),
        )
        for code, name in IDENTITY_PROVIDERS.items()
    ]
    settings = settings_for(postgres_url).model_copy(update={"identity_providers": configured})
    async with running_app(settings) as running:
        yield running


@dataclass
class Browser:
    """Somebody's browser: cookies, pages, and a way through the provider's page."""

    http: AsyncClient
    providers: AsyncClient
    database: Database

    async def get(self, path: str, **options: Any) -> Response:
        return await self.http.get(path, **options)

    async def post(self, path: str, **fields: str) -> Response:
        async with self.database.transaction() as session:
            token = await session.scalar(select(Session.csrf_token).order_by(Session.created_at.desc()).limit(1))
        return await self.http.post(path, data={**fields, "csrf_token": token or ""})

    async def away(self, code: str = "lantern", *, start: str = "", email: str = ADA, name: str = "Ada Byron") -> str:
        """Out to the provider, and the address that it sends the browser back to."""
        left = await self.get(start or f"/sign-in/with/{code}")
        assert left.status_code == 303, left.text
        return await self.choose(left.headers["location"], code, email=email, name=name)

    async def choose(self, url: str, code: str = "lantern", *, email: str = ADA, name: str = "Ada Byron") -> str:
        answer = await self.providers.post(f"identity/{code}/sign-in", json={"url": url, "email": email, "name": name})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["redirect_url"])

    async def sign_in(self, code: str = "lantern", **options: str) -> Response:
        return await self.get(await self.away(code, **options))

    async def sign_in_with_password(self, email: str) -> None:
        answer = await self.post("/sign-in", email=email, password=PASSWORD)
        assert answer.status_code == 303, answer.text

    async def me(self) -> dict[str, Any] | None:
        answer = await self.get("/api/v1/me")
        assert answer.status_code in {200, 401}
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    async def link_to(self, code: str) -> str:
        """The address behind "Link" on the list."""
        page = await self.get(LIST)
        assert page.status_code == 200, page.text
        return f"{LIST}/{code}/link?token=" + page.text.split(f"{LIST}/{code}/link?token=")[1].split('"')[0]


@pytest.fixture
async def open_browser(app: FastAPI, providers: AsyncClient, database: Database) -> AsyncIterator[Any]:
    opened: list[AsyncClient] = []

    def open_one() -> Browser:
        http = AsyncClient(
            transport=ASGITransport(app), base_url="http://shop.example", headers={"accept": "text/html"}
        )
        opened.append(http)
        return Browser(http, providers, database)

    yield open_one
    for http in opened:
        await http.aclose()


@pytest.fixture
def browser(open_browser: Any) -> Browser:
    found: Browser = open_browser()
    return found


async def count(database: Database, table: type[Any]) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def noted(database: Database, action: Audited) -> list[AuditEntry]:
    async with database.transaction() as session:
        return list(await session.scalars(select(AuditEntry).where(AuditEntry.action == action.value)))


async def letters_written(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list(await session.scalars(select(Letter.kind).order_by(Letter.created_at)))


async def misbehave(providers: AsyncClient, *ways: str, code: str = "lantern") -> None:
    (await providers.put(f"identity/{code}", json={"misbehave": ways})).raise_for_status()


async def grow_stale(database: Database, minutes: float = 11) -> None:
    async with database.transaction() as session:
        await session.execute(update(Session).values(authenticated_at=clock.now() - timedelta(minutes=minutes)))
