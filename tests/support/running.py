"""The whole marketplace in one test process: the API on a socket, every worker pool, a sandbox, Temporal, PostgreSQL.

Only the sandbox is a process of its own, as it is another company's. Owns starting and stopping, and what a buyer's
program does over HTTP; what must come of it is the tests'.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from activities.gateways.partners import open_gateways
from api.app import create_app
from api.auth import sessions
from api.auth.proof import Proof
from api.dependencies import Parts
from core.database import Database
from core.settings import CourierSettings, Settings
from core.temporal import connect
from models.tables.catalogue import Stock
from models.types import Role
from tests.support.buying import add_address
from tests.support.keys import keys_file
from tests.support.marketplace import add_person
from tests.support.sandbox import (
    COURIER_KEY,
    COURIER_SECRET,
    COURIERS,
    MAIL_KEY,
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
    SandboxProcess,
    couriers_of,
    start_sandbox,
)
from tests.support.stack import TemporalServer, eventually
from workers.pools import POOLS
from workers.run import build_worker
from workers.wiring import wire

Json = dict[str, Any]
T = TypeVar("T")
GOOD_CARD = "4242 4242 4242 4242"
THREE_DS_CARD = "4000 0025 0000 3155"
RISKY_CARD = "4100 0000 0000 0019"


async def patiently(look: Callable[[], Awaitable[T]], within: float = 20) -> T:
    """What `look` answers as soon as it is true; fails the test with the last answer when it never is."""
    deadline = asyncio.get_running_loop().time() + within
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"not within {within:g} s; last seen: {found!r}"
        await asyncio.sleep(0.05)
    return found


@dataclass
class Buyer:
    """Somebody's program with a token: it fills a cart, places it, and fills in the provider's page."""

    id: str
    email: str
    address_id: str
    http: httpx.AsyncClient
    pages: httpx.AsyncClient
    """A browser without our token, for the provider's own pages."""

    async def fill(self, quantities: Mapping[str, int]) -> Json:
        cart: Json = {}
        for listing_id, quantity in quantities.items():
            answer = await self.http.post("/cart/lines", json={"listing_id": listing_id, "quantity": quantity})
            assert answer.status_code == 200, answer.text
            cart = answer.json()
        return cart

    async def try_to_place(self, *, key: str | None = None, **changes: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post("/checkouts", json={"address_id": self.address_id, **changes}, headers=headers)

    async def place(self, **changes: Any) -> Json:
        """`PlacedView`."""
        answer = await self.try_to_place(**changes)
        assert answer.status_code == 201, answer.text
        placed: Json = answer.json()
        return placed

    async def pay(self, url: str, card: str = GOOD_CARD) -> httpx.Response:
        """Reads the form on the provider's page and sends it, as a browser without script would."""
        form = await self.pages.get(url)
        assert form.status_code == 200, form.text
        action = re.search(r'<form method="post" action="([^"]+)"', form.text)
        assert action is not None, form.text
        typed = {"cardnumber": card, "expiry": "12/40", "cvc": "123", "name": "Ada Byron"}
        return await self.pages.post(str(httpx.URL(url).join(action[1])), data=typed)

    async def come_back(self, checkout_id: str) -> None:
        assert (await self.http.post(f"/checkouts/{checkout_id}/returned")).status_code == 202

    async def look(self, checkout_id: str) -> Json:
        """`CheckoutView`."""
        answer = await self.http.get(f"/checkouts/{checkout_id}")
        assert answer.status_code == 200, answer.text
        view: Json = answer.json()
        return view

    async def until(self, checkout_id: str, *statuses: str, within: float = 20) -> Json:
        """The view as soon as it has one of these statuses."""

        async def reached() -> Json:
            view = await self.look(checkout_id)
            return view if view["status"] in statuses else {}

        return await patiently(reached, within)


@dataclass
class Market:
    """A running marketplace, empty but for what tests put in."""

    url: str
    app: FastAPI
    database: Database
    sandbox: SandboxProcess
    partner: httpx.AsyncClient
    """To the sandbox: its control routes, and Stripe's API with our key."""
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    def client(self, token: str = "") -> httpx.AsyncClient:
        """A program; `hang_up` closes it."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.opened.append(
            httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=40)
        )
        return self.opened[-1]

    async def hang_up(self) -> None:
        """Closes every program that was opened."""
        while self.opened:
            await self.opened.pop().aclose()

    async def person(self, role: Role = Role.CUSTOMER) -> tuple[str, str, httpx.AsyncClient]:
        """Id, e-mail address and a signed-in program; the session is written directly, without hashing a password."""
        async with self.database.transaction() as session:
            person_id, email = await add_person(session, role)
            token, _ = await sessions.open_for(session, person_id, None, Proof(("password",), second_factor=True))
        return person_id, email, self.client(token)

    async def buyer(self) -> Buyer:
        person_id, email, http = await self.person()
        async with self.database.transaction() as session:
            address_id = await add_address(session, person_id)
        pages = httpx.AsyncClient(trust_env=False, timeout=20)
        self.opened.append(pages)
        return Buyer(person_id, email, address_id, http, pages)

    async def faults(self, **settings: Any) -> None:
        """What befalls the partners' answers from now on; without arguments, nothing."""
        answer = await self.partner.put("/_control/faults", json=settings)
        assert answer.status_code == 200, answer.text

    async def stock(self, *listing_ids: str) -> list[tuple[int, int]]:
        """(on hand, reserved) of each."""
        async with self.database.transaction() as session:
            rows = [await session.get_one(Stock, listing_id) for listing_id in listing_ids]
        return [(row.on_hand, row.reserved) for row in rows]

    async def sessions(self) -> int:
        """How many payment pages the provider has ever opened."""
        by_status: Json = (await self.stats())["by_status"]["checkout.session"]
        return sum(by_status.values())

    async def stats(self) -> Json:
        figures: Json = (await self.partner.get("/_control/stats")).json()
        return figures

    async def provider(self, path: str, **params: str) -> Json:
        """Stripe's own word, asked with our key."""
        answer = await self.partner.get(f"/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def mails_to(self, email: str) -> list[str]:
        """Kinds of the mails sent to somebody."""
        answer = await self.partner.get(
            "/mail/v1/messages", params={"to": email}, headers={"authorization": f"Bearer {MAIL_KEY}"}
        )
        assert answer.status_code == 200, answer.text
        return [message["tag"] for message in answer.json()["messages"]]


class QuietServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to pytest."""
        yield


@asynccontextmanager
async def market(
    folder: Path,
    *,
    database_url: str,
    temporal: TemporalServer,
    port: int,
    sandbox_port: int,
    keys: Path | None = None,
) -> AsyncIterator[Market]:
    """Everything at once, on these ports of loopback; the namespace has to exist. `keys` is a ring of its own."""
    url = f"http://127.0.0.1:{port}"
    sandbox = start_sandbox(
        folder,
        sandbox_port,
        SANDBOX_STRIPE_WEBHOOK_URL=f"{url}/webhooks/stripe",
        SANDBOX_COURIERS=couriers_of(f"{url}/webhooks/couriers"),
    )
    settings = Settings(
        environment="test",
        keys_file=keys or keys_file(),
        public_url=url,
        database_url=database_url,
        temporal_address=temporal.address,
        temporal_namespace=temporal.namespace,
        stripe_api_base=sandbox.url,
        stripe_pages_url=sandbox.url,
        stripe_secret_key=SecretStr(STRIPE_KEY),
        stripe_webhook_secret=SecretStr(STRIPE_WEBHOOK_SECRET),
        couriers=[
            CourierSettings(
                code=code,
                name=name,
                base_url=f"{sandbox.url}/courier/{code}/v1",
                api_key=SecretStr(COURIER_KEY),
                webhook_secret=SecretStr(COURIER_SECRET),
            )
            for code, name in COURIERS.items()
        ],
        mail_base_url=f"{sandbox.url}/mail/v1",
        mail_api_key=SecretStr(MAIL_KEY),
    )
    app = create_app(settings)
    server = QuietServer(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none"))
    gateways = open_gateways(settings)
    async with AsyncExitStack() as stack:
        stack.callback(sandbox.stop)
        serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started or serving.done(), what="the API")
        if serving.done():
            serving.result()
        stack.push_async_callback(_stop, server, serving)
        stack.push_async_callback(gateways.close)
        database: Database = app.state.parts.database
        client = await connect(settings)
        activities = wire(settings, database, gateways)
        for pool in POOLS.values():
            await stack.enter_async_context(build_worker(client, pool, activities))
        partner = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=sandbox.url, headers={"authorization": f"Bearer {STRIPE_KEY}"}, trust_env=False, timeout=20
            )
        )
        yield Market(url, app, database, sandbox, partner)


async def _stop(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    await serving
