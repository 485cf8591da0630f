"""Whom we call is configured, never told by whoever answers: no redirect is followed, and no path leads elsewhere."""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from activities.gateways.breaches_http import HttpBreachedPasswords
from activities.gateways.courier_http import HttpCourier
from activities.gateways.mail_http import HttpMailer
from activities.gateways.stripe_payments import StripePayments
from activities.gateways.trust import trusting
from models.errors import DomainError, InvalidInput, PartnerUnavailable
from models.ports import Mail, PostalAddress

HOME = PostalAddress(name="A", line1="1 Lane", city="Utrecht", region="", postal_code="3511", country="NL")


class Partner:
    """A server that answers each request as it is told, and remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.headers, self.body = 200, dict[str, str](), b"{}"
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                partner.asked.append(self.path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(partner.status)
                for name, value in {"Content-Length": str(len(partner.body)), **partner.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(partner.body)

            do_GET = do_POST = _answer  # noqa: N815 - the standard library's names

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def open_partner() -> Iterator[Callable[[], Partner]]:
    opened: list[Partner] = []

    def one() -> Partner:
        opened.append(Partner())
        threading.Thread(target=opened[-1].server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return opened[-1]

    yield one
    for partner in opened:
        partner.server.shutdown()
        partner.server.server_close()


@pytest.fixture
def partner(open_partner: Callable[[], Partner]) -> Partner:
    return open_partner()


@pytest.fixture
def inside(open_partner: Callable[[], Partner]) -> Partner:
    """Something of ours that only our own machines reach."""
    return open_partner()


async def _courier(url: str) -> None:
    gateway = HttpCourier("north", "North", url, api_key="k", webhook_secret="s")
    try:
        await gateway.quote(HOME, HOME, 400, "EUR")
    finally:
        await gateway.aclose()


async def _mail(url: str) -> None:
    gateway = HttpMailer(url, "k", "us@shop.example")
    try:
        await gateway.send(Mail(to="a@shop.example", subject="s", text="t"), key="k")
    finally:
        await gateway.aclose()


async def _payments(url: str) -> None:
    gateway = StripePayments("sk_test", api_base=url, tls=trusting())
    try:
        await gateway.get_payment("cs_1")
    finally:
        await gateway.aclose()


async def _breaches(url: str) -> None:
    gateway = HttpBreachedPasswords(url)
    try:
        await gateway.range("ABCDE")
    finally:
        await gateway.aclose()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", [_courier, _mail, _payments, _breaches])
async def test_a_partner_sends_us_nowhere(
    call: Callable[[str], Awaitable[None]], status: int, partner: Partner, inside: Partner
) -> None:
    partner.status, partner.headers = status, {"Location": f"{inside.url}/latest/meta-data"}
    with pytest.raises(DomainError):
        await call(partner.url)
    assert len(partner.asked) >= 1
    assert inside.asked == []


@pytest.mark.parametrize(
    "number",
    ["../../admin", "..", ".", "", "a/../../b", "a?x=1", "a#b", "a%2f..%2fb", "a\\b", "a b", "a\nb", "@evil.example"],
)
async def test_a_number_that_a_courier_drew_leads_nowhere_else(number: str, partner: Partner) -> None:
    gateway = HttpCourier("north", "North", f"{partner.url}/v1", api_key="k", webhook_secret="s")
    with pytest.raises(InvalidInput):
        await gateway.dispatch(number, 1, key="k")
    await gateway.aclose()
    assert partner.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/label",
        "label.pdf",
        "https://shop.example@evil.example/",
    ],
)
async def test_a_label_is_a_page_of_the_web(address: str, partner: Partner, inside: Partner) -> None:
    label = {"id": "l", "tracking_number": "N1", "service": "s", "amount": 1, "currency": "EUR"}
    gateway = HttpCourier("north", "North", partner.url, api_key="k", webhook_secret="s")
    partner.body = json.dumps({"labels": [label | {"label_url": address}]}).encode()
    with pytest.raises(PartnerUnavailable):
        await gateway.find_label("ord_1")
    partner.body = json.dumps({"labels": [label | {"label_url": f"{inside.url}/label.pdf"}]}).encode()
    found = await gateway.find_label("ord_1")
    await gateway.aclose()
    assert found is not None
    assert found.label_url == f"{inside.url}/label.pdf"
    assert inside.asked == []  # shown to the artisan, never fetched
