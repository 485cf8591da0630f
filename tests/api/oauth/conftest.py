"""An app, a person with a browser, and partners; the API speaks https, because OAuth does nothing without."""

import base64
import hashlib
import re
import secrets
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from authlib.deprecate import AuthlibDeprecationWarning
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import SecretStr

from api.auth.sessions import COOKIE
from core import clock
from core.database import Database
from core.settings import CourierSettings
from models.repositories import oauth_clients
from models.rules.scopes import ClientKind
from models.types import Role
from tests.api.conftest import running_app, settings_for
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

with warnings.catch_warnings():
    # Authlib would rather have httpx's successor; the house speaks httpx.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

ISSUER = "https://shop.example"
BACK = "https://loom.example/back"
APP_LINK = "com.example.loom:/back"
HTML = {"accept": "text/html", "sec-fetch-site": "none"}
__all__ = ["APP_LINK", "BACK", "HTML", "ISSUER", "AsyncOAuth2Client"]


@pytest.fixture
async def app(postgres_url: str) -> AsyncIterator[FastAPI]:
    settings = settings_for(postgres_url)
    settings.public_url = ISSUER
    settings.couriers = [
        CourierSettings(
            code=code,
            name=code.title(),
            base_url=f"http://127.0.0.1:9/{code}",
            api_key=SecretStr("key"),
            webhook_secret=SecretStr("secret"),
        )
        for code in ("swift", "hearth")
    ]
    async with running_app(settings) as running:
        yield running


def https_client(app: FastAPI, **headers: str) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url=ISSUER, headers=headers)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A program without cookies."""
    async with https_client(app) as client:
        yield client


async def add_app(
    database: Database,
    name: str = "Loom Notes",
    *,
    scopes: tuple[str, ...] = ("openid", "profile", "shop", "desk"),
    redirect_uris: tuple[str, ...] = (BACK, APP_LINK, "http://127.0.0.1/back"),
) -> str:
    async with database.transaction() as session:
        return await oauth_clients.add(
            session,
            kind=ClientKind.APP,
            name=name,
            courier=None,
            shop_id=None,
            scopes=scopes,
            redirect_uris=redirect_uris,
            created_by="usr_administrator",
            now=clock.now(),
        )


@dataclass
class Pkce:
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Phone:
    """An app on somebody's telephone, and the browser that it opens there."""

    http: AsyncClient
    browser: AsyncClient
    client_id: str
    person_id: str
    redirect_uri: str = BACK
    pkce: Pkce = field(default_factory=Pkce)

    def address(self, **changes: str | None) -> str:
        """Where the app sends the browser; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile shop",
            "state": "as-it-was",
            "code_challenge": self.pkce.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return "/oauth/authorize?" + urlencode({name: value for name, value in asked.items() if value is not None})

    async def ask(self, **changes: str | None) -> Response:
        return await self.browser.get(self.address(**changes))

    async def answer(self, decision: str = "allow", /, **changes: str | None) -> dict[str, str]:
        """What the app is told, after the person pressed a button of the page; at once when they had before."""
        page = await self.ask(**changes)
        if page.status_code == 303 and decision == "allow":
            return told(page)
        assert page.status_code == 200, page.text
        return told(await press(self.browser, page, decision))

    async def code(self, **changes: str | None) -> str:
        return (await self.answer(**changes))["code"]

    async def exchange(self, code: str, **changes: str | None) -> Response:
        sent: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.pkce.verifier,
            **changes,
        }
        return await self.http.post("/oauth/token", data={k: v for k, v in sent.items() if v is not None})

    async def tokens(self, **changes: str | None) -> dict[str, Any]:
        back = changes.get("redirect_uri", self.redirect_uri)
        answer = await self.exchange(await self.code(**changes), redirect_uri=back)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refresh(self, token: str, **changes: str) -> Response:
        sent = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": token, **changes}
        return await self.http.post("/oauth/token", data=sent)

    async def get(self, path: str, token: str) -> Response:
        return await self.http.get(path, headers={"authorization": f"Bearer {token}"})

    def of(self, client_id: str) -> "Phone":
        """Another app on the same telephone."""
        return replace(self, client_id=client_id, pkce=Pkce())


async def press(browser: AsyncClient, page: Response, decision: str) -> Response:
    action = re.search(r'<form class="form" method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert action and token, page.text
    return await browser.post(
        unescape(action[1]),
        data={"csrf_token": token[1], "decision": decision},
        headers={"sec-fetch-site": "same-origin"},
    )


def told(answer: Response) -> dict[str, str]:
    """The parameters of a redirect to the app."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert not location.startswith(("/", ISSUER)), location
    return dict(parse_qsl(urlsplit(location).query))


def query_of(location: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(location).query)


async def add_phone(app: FastAPI, database: Database, http: AsyncClient, role: Role = Role.CUSTOMER) -> Phone:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, role)
        token = await session_of(session, person_id)
    browser = https_client(app, **HTML)
    browser.cookies.set(f"__Host-{COOKIE}", token)
    return Phone(http, browser, await add_app(database), person_id)


@pytest.fixture
async def phone(app: FastAPI, database: Database, http: AsyncClient) -> Phone:
    return await add_phone(app, database, http)


def failed(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
