"""The partners that the contract suites run against: the sandbox always, Stripe's stripe-mock where it is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from activities.gateways.stripe_cards import StripeCards
from activities.gateways.stripe_payments import StripePayments
from activities.gateways.stripe_payouts import StripePayouts
from activities.gateways.stripe_transactions import StripeTransactions
from tests.support.sandbox import STRIPE_KEY, SandboxProcess, free_port, start_sandbox

_absent: list[str] = []


def stripe_mock_binary() -> str | None:
    return shutil.which("stripe-mock") or shutil.which("stripe-mock", path=str(Path.home() / "go" / "bin"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _absent:
        terminalreporter.write_sep(
            "!",
            f"{len(_absent)} CONTRACT TESTS DID NOT RUN: no stripe-mock "
            "(go install github.com/stripe/stripe-mock@latest)",
            red=True,
        )


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    body: str
    account: str = ""
    """On whose behalf: the connected account."""


@dataclass
class Wire:
    """What went over a gateway's wire, and what a test does just before a certain call leaves."""

    sent: list[Sent] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Idempotency keys of the writes, in order."""
    before: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)


class RecordingClient(stripe.HTTPXClient):
    """The SDK's own client; it only takes notes."""

    def __init__(self, wire: Wire, read: float = 8.0) -> None:
        super().__init__(timeout=httpx.Timeout(read, connect=2.0))
        self._wire = wire

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        path = httpx.URL(url).raw_path.decode()
        for suffix, act in list(self._wire.before.items()):
            if method == "post" and path.endswith(suffix):
                del self._wire.before[suffix]
                await act()
        if "Idempotency-Key" in headers:
            self._wire.keys.append(headers["Idempotency-Key"])
        self._wire.sent.append(Sent(method, path, post_data or "", headers.get("Stripe-Account", "")))
        return await super().request_async(method, url, headers, post_data)


@dataclass
class Provider:
    """A Stripe to talk to. `stateful` is false for stripe-mock, which answers every call with a fixture."""

    name: str
    url: str
    stateful: bool
    wire: Wire
    gateway: StripePayments
    cards: StripeCards
    payouts: StripePayouts
    books: StripeTransactions

    @classmethod
    def open(cls, name: str, url: str, key: str, *, stateful: bool) -> "Provider":
        wire = Wire()
        http = RecordingClient(wire)
        payments = StripePayments(key, api_base=url, http=http)
        return cls(
            name,
            url,
            stateful,
            wire,
            payments,
            StripeCards(payments),
            StripePayouts(key, api_base=url, http=http),
            StripeTransactions(key, api_base=url, http=http),
        )

    async def pay(self, payment_id: str, card: str = "4242424242424242", three_ds: str = "complete") -> int:
        async with httpx.AsyncClient(trust_env=False) as customer:
            answer = await customer.post(
                f"{self.url}/_control/stripe/sessions/{payment_id}/pay", json={"card": card, "three_ds": three_ds}
            )
        return answer.status_code

    async def control(self, path: str, method: str = "POST", **body: Any) -> dict[str, Any]:
        """One of the sandbox's control routes below `/_control/stripe`."""
        async with httpx.AsyncClient(trust_env=False) as control:
            answer = await control.request(method, f"{self.url}/_control/stripe/{path}", json=body or None)
        answer.raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    async def faults(self, **settings: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as control:
            (await control.put(f"{self.url}/_control/faults", json=settings)).raise_for_status()

    async def once(self, fault: str, match: str, times: int = 1) -> None:
        await self.faults(timeout_seconds=0.2, once=[{"match": match, "fault": fault, "times": times}])

    async def stats(self) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as control:
            figures: dict[str, Any] = (await control.get(f"{self.url}/_control/stats")).json()
        return figures


@pytest.fixture(scope="session")
def contract_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = start_sandbox(tmp_path_factory.mktemp("contract-sandbox"))
    yield process
    process.stop()


@pytest.fixture
def sandbox_url(contract_sandbox: SandboxProcess) -> str:
    httpx.post(f"{contract_sandbox.url}/_control/reset", trust_env=False, timeout=20).raise_for_status()
    return contract_sandbox.url


@pytest.fixture(scope="session")
def stripe_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    """The address of a running stripe-mock, or None where there is no such binary."""
    binary = stripe_mock_binary()
    if binary is None:
        yield None
        return
    port = free_port()
    with (tmp_path_factory.mktemp("stripe-mock") / "log").open("wb") as log:
        # Its HTTPS has a fixed port on every interface unless it is told otherwise, so that no second one could run.
        addresses = ["-http-addr", f"127.0.0.1:{port}", "-https-addr", f"127.0.0.1:{free_port()}"]
        process = subprocess.Popen([binary, *addresses], stdout=log, stderr=log)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[Provider]:
    provider = Provider.open("sandbox", sandbox_url, STRIPE_KEY, stateful=True)
    yield provider
    await provider.gateway.aclose()


@pytest.fixture
async def mock(request: pytest.FixtureRequest, stripe_mock: str | None) -> AsyncIterator[Provider]:
    if stripe_mock is None:
        _absent.append(request.node.nodeid)
        pytest.skip("there is no stripe-mock on this machine: go install github.com/stripe/stripe-mock@latest")
    provider = Provider.open("stripe-mock", stripe_mock, "sk_test_123", stateful=False)
    yield provider
    await provider.gateway.aclose()


@pytest.fixture(params=["sandbox", "mock"])
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each Stripe in turn."""
    chosen: Provider = request.getfixturevalue(request.param)
    return chosen
