"""One sandbox for all tests of this folder, emptied before each, and a raw HTTP client that speaks Stripe's forms."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.support.sandbox import (
    STRIPE_KEY,
    Receiver,
    SandboxProcess,
    couriers_of,
    receiver,
    start_sandbox,
)


@pytest.fixture(scope="session")
def shared_receiver() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory, shared_receiver: Receiver) -> Iterator[SandboxProcess]:
    process = start_sandbox(
        tmp_path_factory.mktemp("sandbox"),
        SANDBOX_STRIPE_WEBHOOK_URL=f"{shared_receiver.url}/stripe",
        SANDBOX_COURIERS=couriers_of(f"{shared_receiver.url}/couriers"),
    )
    yield process
    process.stop()


@pytest.fixture
def callbacks(sandbox: str, shared_receiver: Receiver) -> Receiver:
    """What the sandbox of this test calls back; nothing of an earlier test arrives any more."""
    shared_receiver.answers = [200]
    shared_receiver.received.clear()
    return shared_receiver


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess) -> str:
    """The address of an empty sandbox whose callbacks go to `callbacks`."""
    httpx.post(f"{shared_sandbox.url}/_control/reset", trust_env=False, timeout=20).raise_for_status()
    return shared_sandbox.url


class Stripe:
    """Stripe's API as curl would use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)

    async def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            f"/v1/{path}", data=form or {}, headers={"Authorization": f"Bearer {STRIPE_KEY}", **named}
        )

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        response = await self.http.get(f"/v1/{path}", params=params, headers={"Authorization": f"Bearer {STRIPE_KEY}"})
        response.raise_for_status()
        body: dict[str, Any] = response.json()
        return body

    async def session(self, **overrides: str) -> dict[str, Any]:
        response = await self.post("checkout/sessions", session_form(**overrides))
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def pay(self, session_id: str, card: str = "4242424242424242", three_ds: str = "complete") -> httpx.Response:
        return await self.http.post(
            f"/_control/stripe/sessions/{session_id}/pay", json={"card": card, "three_ds": three_ds}
        )

    async def authorised(self, **overrides: str) -> dict[str, Any]:
        """The intent of a session that was just paid."""
        session = await self.session(**overrides)
        assert (await self.pay(session["id"])).status_code == 200
        session = await self.get(f"checkout/sessions/{session['id']}", **{"expand[]": "payment_intent"})
        intent: dict[str, Any] = session["payment_intent"]
        return intent

    async def faults(self, **settings: Any) -> None:
        (await self.http.put("/_control/faults", json=settings)).raise_for_status()


def session_form(**overrides: str) -> dict[str, str]:
    return {
        "mode": "payment",
        "line_items[0][quantity]": "2",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1250",
        "line_items[0][price_data][product_data][name]": "Oak bowl",
        "payment_intent_data[capture_method]": "manual",
        "payment_intent_data[metadata][checkout]": "chk_1",
        "metadata[checkout]": "chk_1",
        "client_reference_id": "chk_1",
        "customer_email": "buyer@example.com",
        "success_url": "http://shop.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.example/back",
        **overrides,
    }


@pytest.fixture
async def stripe(sandbox: str) -> AsyncIterator[Stripe]:
    api = Stripe(sandbox)
    yield api
    await api.http.aclose()
