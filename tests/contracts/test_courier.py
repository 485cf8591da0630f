"""The `Courier` port against the sandbox, and its callbacks against everything that is not one."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from activities.gateways.courier_http import HttpCourier
from models.errors import InvalidInput, NotFound, PartnerRefused, PartnerUnavailable, SignatureInvalid, TooLarge
from models.ports import Courier, PostalAddress
from models.types import DeliveryOutcome
from tests.support.sandbox import COURIER_KEY, COURIER_SECRET, free_port

HOME = PostalAddress("Ada", "1 Kiln Lane", "Asheville", "NC", "28801", "US")
ABROAD = PostalAddress("Béla", "Fő utca 2", "Budapest", "", "1011", "HU", line2="2. emelet")


@pytest.fixture
async def courier(sandbox_url: str) -> AsyncIterator[HttpCourier]:
    gateway = HttpCourier(
        "swift",
        "Swift Post",
        f"{sandbox_url}/courier/swift/v1",
        api_key=COURIER_KEY,
        webhook_secret=COURIER_SECRET,
    )
    yield gateway
    await gateway.aclose()


async def once(url: str, fault: str, match: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as control:
        settings = {"timeout_seconds": 0.2, "once": [{"match": match, "fault": fault}]}
        (await control.put(f"{url}/_control/faults", json=settings)).raise_for_status()


async def test_quotes_come_in_the_currency_asked_for(courier: Courier) -> None:
    quotes = await courier.quote(HOME, ABROAD, 1200, "EUR")

    assert [quote.service for quote in quotes] == ["standard", "express"]
    assert all(quote.price.currency == "EUR" and quote.price.minor > 0 for quote in quotes)
    assert all(0 < quote.days_min <= quote.days_max for quote in quotes)


async def test_a_label_is_bought_once_and_found_again(courier: Courier) -> None:
    label = await courier.buy_label("prc_1", "standard", HOME, ABROAD, 900, key="prc_1/label")
    repeated = await courier.buy_label("prc_1", "standard", HOME, ABROAD, 900, key="prc_1/label")
    other_key = await courier.buy_label("prc_1", "standard", HOME, ABROAD, 900, key="another")

    assert label == repeated == other_key == await courier.find_label("prc_1")
    assert label.price.currency == "USD"
    assert await courier.find_label("prc_2") is None


async def test_the_courier_learns_whom_to_call_where_a_number_was_given(courier: Courier, sandbox_url: str) -> None:
    label = await courier.buy_label(
        "prc_1", "standard", HOME, replace(ABROAD, phone="+3612345678"), 900, key="prc_1/label"
    )

    async with httpx.AsyncClient(trust_env=False) as browser:
        printed = await browser.get(sandbox_url + httpx.URL(label.label_url).path)
    assert "Fő utca 2" in printed.text
    assert printed.text.count("+3612345678") == 1


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
async def test_a_label_is_bought_once_whatever_happens(courier: Courier, sandbox_url: str, fault: str) -> None:
    await once(sandbox_url, fault, "POST /courier/swift/v1/labels")
    with pytest.raises(PartnerUnavailable):
        await courier.buy_label("prc_1", "standard", HOME, HOME, 900, key="prc_1/label")
    label = await courier.buy_label("prc_1", "standard", HOME, HOME, 900, key="prc_1/label")

    assert await courier.find_label("prc_1") == label
    async with httpx.AsyncClient(trust_env=False) as control:
        stats = (await control.get(f"{sandbox_url}/_control/stats")).json()
    assert stats["by_status"]["shipment"] == {"label_created": 1}


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
async def test_a_dispatch_gets_through_whatever_happens(courier: Courier, sandbox_url: str, fault: str) -> None:
    label = await courier.buy_label("prc_1", "standard", HOME, HOME, 900, key="prc_1/label")
    await once(sandbox_url, fault, "POST /courier/swift/v1/shipments/*/dispatch")
    with pytest.raises(PartnerUnavailable):
        await courier.dispatch(label.tracking_number, 1, key="prc_1/1")
    await courier.dispatch(label.tracking_number, 1, key="prc_1/1")
    await courier.dispatch(label.tracking_number, 1, key="prc_1/1")

    async with httpx.AsyncClient(trust_env=False) as control:
        shipment = (await control.get(f"{sandbox_url}/_control/couriers/swift/by-reference/prc_1")).json()
    assert (shipment["status"], shipment["attempt"]) == ("dispatched", 1)


async def test_refusals_are_final_and_absence_is_not(courier: Courier, sandbox_url: str) -> None:
    with pytest.raises(PartnerRefused):
        await courier.buy_label("prc_1", "teleport", HOME, HOME, 900, key="a")
    with pytest.raises(PartnerRefused):
        await courier.buy_label("prc_1", "standard", HOME, HOME, 0, key="b")
    with pytest.raises(NotFound):
        await courier.dispatch("XX0", 1, key="c")
    nobody = HttpCourier("x", "X", f"http://127.0.0.1:{free_port()}", api_key="k", webhook_secret="s")
    with pytest.raises(PartnerUnavailable):
        await nobody.find_label("prc_1")
    await nobody.aclose()
    wrong_key = HttpCourier("swift", "S", f"{sandbox_url}/courier/swift/v1", api_key="k", webhook_secret="s")
    with pytest.raises(PartnerUnavailable, match="operator"):
        await wrong_key.find_label("prc_1")
    await wrong_key.aclose()


# Callbacks

SCAN = {
    "id": "cev_1",
    "type": "delivered",
    "tracking_number": "SW1",
    "attempt": 1,
    "occurred_at": "2026-11-22T10:00:00.000+00:00",
    "reason": "",
    "location": "Asheville",
}


def body_of(**changes: Any) -> bytes:
    return json.dumps({**SCAN, **changes}).encode()


def signed(body: bytes, secret: str = COURIER_SECRET, late: float = 0) -> str:
    at = int(time.time() - late)
    return f"t={at},v1=" + hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture
def reader() -> HttpCourier:
    return HttpCourier("swift", "Swift Post", "http://courier.example", api_key="k", webhook_secret=COURIER_SECRET)


def test_a_signed_callback_is_read(reader: HttpCourier) -> None:
    event = reader.verify(body_of(), signed(body_of()))

    assert (event.event_id, event.courier, event.tracking_number) == ("cev_1", "swift", "SW1")
    assert (event.type, event.attempt, event.outcome) == ("delivered", 1, DeliveryOutcome.DELIVERED)
    assert event.occurred_at.isoformat() == "2026-11-22T10:00:00+00:00"
    on_the_way = body_of(type="in_transit", occurred_at="2026-11-22T10:00:00Z")
    assert reader.verify(on_the_way, signed(on_the_way)).outcome is None


def test_one_of_several_signatures_is_enough(reader: HttpCourier) -> None:
    header = signed(body_of())
    at, _, good = header.partition(",")
    assert reader.verify(body_of(), f"{at},v1=00,{good}").event_id == "cev_1"


@pytest.mark.parametrize("late", [301, 3600, -301])
def test_an_old_or_early_signature_is_stale(reader: HttpCourier, late: float) -> None:
    with pytest.raises(SignatureInvalid, match="five minutes"):
        reader.verify(body_of(), signed(body_of(), late=late))


@pytest.mark.parametrize(
    "header", ["", "v1=00", "t=1", "t=x,v1=00", "t=1,v1=é", "t=-5,v1=00", "t=" + "9" * 40 + ",v1=0"]
)
def test_headers_that_are_no_signature(reader: HttpCourier, header: str) -> None:
    with pytest.raises(SignatureInvalid):
        reader.verify(body_of(), header)


def test_forged_and_changed_bodies(reader: HttpCourier) -> None:
    for header in (signed(body_of(), "other"), signed(body_of(attempt=2))):
        with pytest.raises(SignatureInvalid):
            reader.verify(body_of(), header)


def test_a_large_body_is_not_even_looked_at(reader: HttpCourier) -> None:
    body = body_of(reason="x" * 70_000)
    with pytest.raises(TooLarge):
        reader.verify(body, signed(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        body_of(id=""),
        body_of(id=5),
        body_of(type="eaten"),
        body_of(attempt=0),
        body_of(attempt=True),
        body_of(attempt="1"),
        body_of(occurred_at="yesterday"),
        body_of(occurred_at="2026-11-22T10:00:00"),
        body_of(tracking_number="x" * 600),
        body_of(tracking_number="x\x00"),
        body_of(reason="\ud800"),
        b"[" * 60_000,
    ],
)
def test_signed_bodies_that_are_no_callback(reader: HttpCourier, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        reader.verify(body, signed(body))
