"""A courier's and a shop's system with tokens of their own, at the door of the webhooks' tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.oauth.server import hashed
from api.webhooks.inbox import Inbox
from core import clock
from core.database import Database
from models.repositories import oauth_clients
from models.rules.scopes import ClientKind
from tests.api.conftest import running_app, settings_for
from tests.api.webhooks.conftest import Door, Processes
from tests.support.marketplace import add_listing, add_shop
from tests.support.orders import add_paid_order

ISSUER = "https://shop.example"
SECRET = "acs_a-secret-of-theirs"


@dataclass
class Partners:
    door: Door
    courier_id: str
    crm_id: str

    @property
    def http(self) -> AsyncClient:
        return self.door.client

    async def ask(self, client_id: str, secret: str = "", **changes: str) -> Response:
        return await self.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", **changes},
            auth=(client_id, secret or SECRET + client_id),
        )

    async def token(self, client_id: str, **changes: str) -> str:
        answer = await self.ask(client_id, **changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def orders(self, token: str, **query: str) -> Response:
        return await self.http.get("/api/v1/partner/orders", params=query, headers=bearer(token))

    async def report(self, token: str, tracking: str, **changes: object) -> Response:
        event = {"id": "cev_1", "type": "delivered", "attempt": 1, "occurred_at": clock.now().isoformat(), **changes}
        return await self.http.post(f"/api/v1/partner/parcels/{tracking}/events", json=event, headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def partners(postgres_url: str, database: Database) -> AsyncIterator[Partners]:
    settings = settings_for(postgres_url)
    settings.public_url = ISSUER
    async with database.transaction() as session:
        shop = await add_shop(session)
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 2})
        courier_id = await _add_client(session, ClientKind.COURIER, "parcels:report", courier="swift")
        crm_id = await _add_client(session, ClientKind.CRM, "orders:read", shop_id=shop.id)
    async with running_app(settings) as app:
        processes = Processes()
        inbox = Inbox(database, processes)  # without a sweeper: tests sweep when they mean it
        app.state.parts = replace(app.state.parts, processes=processes, inbox=inbox)
        async with AsyncClient(transport=ASGITransport(app), base_url=ISSUER) as client:
            yield Partners(Door(client, database, processes, inbox, order), courier_id, crm_id)
        await inbox.close()


async def _add_client(
    session: AsyncSession, kind: ClientKind, scope: str, *, courier: str | None = None, shop_id: str | None = None
) -> str:
    """Its secret is `SECRET` and its id."""
    client_id = await oauth_clients.add(
        session,
        kind=kind,
        name=f"A {kind}",
        courier=courier,
        shop_id=shop_id,
        scopes=[scope],
        redirect_uris=[],
        created_by="usr_administrator",
        now=clock.now(),
    )
    await oauth_clients.add_secret(session, client_id, hashed(SECRET + client_id), clock.now())
    return client_id
