"""A parcel's way: label, dispatch, scans by plan or by hand, callbacks that are never lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.sandbox.courier.barcode import _CODES, code39
from deploy.sandbox.courier.rates import quote
from tests.support.sandbox import COURIER_KEY, Receiver, couriers_of, eventually, free_port, receiver, start_sandbox

HOME = {
    "name": "Ada",
    "line1": "1 Kiln Lane",
    "city": "Asheville",
    "region": "NC",
    "postal_code": "28801",
    "country": "US",
}


class Swift:
    """One courier's API as curl would use it."""

    def __init__(self, http: httpx.AsyncClient, code: str = "swift") -> None:
        self.code = code
        self.http = http

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.request(
            method,
            f"/courier/{self.code}/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {COURIER_KEY}", **headers},
        )

    async def label(self, reference: str = "prc_1", **headers: str) -> httpx.Response:
        body = {"reference": reference, "service": "standard", "origin": HOME, "to": HOME, "weight_grams": 900}
        return await self.call("POST", "labels", body, **headers)

    async def plan(self, tracking: str, outcomes: list[str], delay: float = 0.1) -> httpx.Response:
        return await self.http.put(
            f"/_control/couriers/{self.code}/shipments/{tracking}/plan",
            json={"outcomes": outcomes, "delay_seconds": delay},
        )


@asynccontextmanager
async def swift_at(url: str) -> AsyncIterator[Swift]:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
        yield Swift(http)


@pytest.fixture
async def swift(sandbox: str) -> AsyncIterator[Swift]:
    async with swift_at(sandbox) as courier:
        yield courier


def told(callbacks: Receiver) -> list[tuple[str, int]]:
    return [(entry.json["type"], entry.json["attempt"]) for entry in callbacks.received]


async def test_a_label_is_sold_once_a_reference(swift: Swift) -> None:
    first = await swift.label()
    repeated = await swift.label(**{"Idempotency-Key": "k1"})
    other = await Swift(swift.http, "hearth").label()

    assert first.status_code == 201
    assert repeated.status_code == 409
    assert repeated.json()["error"]["label"] == first.json()
    assert other.status_code == 201
    assert first.json()["tracking_number"][:2] != other.json()["tracking_number"][:2]
    found = await swift.call("GET", "labels?reference=prc_1")
    assert found.json() == {"labels": [first.json()]}
    assert (await swift.call("GET", "labels?reference=prc_2")).json() == {"labels": []}


async def test_keys_repeat_answers_here_too(swift: Swift) -> None:
    first = await swift.label(**{"Idempotency-Key": "k1"})
    again = await swift.label(**{"Idempotency-Key": "k1"})
    other = await swift.label("prc_2", **{"Idempotency-Key": "k1"})

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json()["error"]["code"] == "idempotency_key_reused"


async def test_a_plan_fails_once_and_then_delivers(swift: Swift, callbacks: Receiver) -> None:
    tracking = (await swift.label()).json()["tracking_number"]
    await swift.plan(tracking, ["failed", "delivered"])

    assert (await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 1})).status_code == 202
    await eventually(lambda: ("failed", 1) in told(callbacks))
    assert (await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 2})).status_code == 202
    await eventually(lambda: ("delivered", 2) in told(callbacks))

    assert sorted(told(callbacks)) == sorted(
        [(kind, 1) for kind in ("in_transit", "out_for_delivery", "failed")]
        + [(kind, 2) for kind in ("in_transit", "out_for_delivery", "delivered")]
    )
    shipment = (await swift.call("GET", f"shipments/{tracking}")).json()
    assert (shipment["status"], shipment["attempt"], len(shipment["scans"])) == ("delivered", 2, 6)
    failed = next(entry.json for entry in callbacks.received if entry.json["type"] == "failed")
    assert failed["reason"] == "nobody_at_home"


async def test_dispatching_twice_is_dispatching_once(swift: Swift, callbacks: Receiver) -> None:
    tracking = (await swift.label()).json()["tracking_number"]
    await swift.plan(tracking, ["delivered"])
    for _ in range(3):
        assert (await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 1})).status_code == 202

    await eventually(lambda: ("delivered", 1) in told(callbacks))
    assert len(told(callbacks)) == 3
    late = await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 2})
    assert late.json()["error"]["code"] == "shipment_closed"


async def test_a_scan_by_hand_and_a_look_by_reference(swift: Swift, callbacks: Receiver) -> None:
    tracking = (await swift.label()).json()["tracking_number"]
    base = f"/_control/couriers/swift/shipments/{tracking}/scans"
    sent = await swift.http.post(base, json={"type": "returned", "attempt": 1, "reason": "address_unknown"})
    wrong = await swift.http.post(base, json={"type": "eaten"})
    found = await swift.http.get("/_control/couriers/swift/by-reference/prc_1")

    assert (sent.status_code, wrong.status_code) == (201, 422)
    await eventually(lambda: told(callbacks) == [("returned", 1)])
    assert found.json()["tracking_number"] == tracking
    assert found.json()["status"] == "returned"
    assert (await swift.http.get("/_control/couriers/swift/by-reference/no")).status_code == 404


async def test_without_a_plan_nothing_happens_by_itself_when_the_autopilot_is_off(
    swift: Swift, callbacks: Receiver
) -> None:
    tracking = (await swift.label()).json()["tracking_number"]
    await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 1})
    planned = (await swift.label("prc_2")).json()["tracking_number"]
    await swift.plan(planned, ["delivered"])
    await swift.call("POST", f"shipments/{planned}/dispatch", {"attempt": 1})

    await eventually(lambda: len(told(callbacks)) == 3)
    assert {entry.json["tracking_number"] for entry in callbacks.received} == {planned}

    await swift.plan(tracking, ["delivered"])
    await eventually(lambda: len(told(callbacks)) == 6)


async def test_the_autopilot_delivers(tmp_path: Path) -> None:
    with receiver() as callbacks:
        sandbox = start_sandbox(
            tmp_path, SANDBOX_COURIERS=couriers_of(callbacks.url), SANDBOX_COURIER_AUTOPILOT_SECONDS="0.3"
        )
        try:
            async with swift_at(sandbox.url) as swift:
                tracking = (await swift.label()).json()["tracking_number"]
                await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 1})
            await eventually(lambda: len(callbacks.received) == 3)
            assert [entry.path for entry in callbacks.received] == ["/swift"] * 3
        finally:
            sandbox.stop()


async def test_callbacks_survive_a_kill_and_a_deaf_receiver(tmp_path: Path) -> None:
    port = free_port()
    sandbox = start_sandbox(tmp_path, SANDBOX_COURIERS=couriers_of(f"http://127.0.0.1:{port}"))
    try:
        async with swift_at(sandbox.url) as swift:
            tracking = (await swift.label()).json()["tracking_number"]
            await swift.plan(tracking, ["delivered"], 0.5)
            await swift.call("POST", f"shipments/{tracking}/dispatch", {"attempt": 1})
        sandbox.kill()
        with receiver(port) as callbacks:
            callbacks.answers = [503, 200]
            sandbox.start()
            await eventually(lambda: {entry.json["type"] for entry in callbacks.received} >= {"delivered"})
            await eventually(lambda: len({entry.json["id"] for entry in callbacks.received}) == 3)
            await eventually(lambda: len(callbacks.received) == 4)
    finally:
        sandbox.stop()


async def test_even_lost_means_late_for_a_courier(swift: Swift, callbacks: Receiver) -> None:
    await swift.http.put("/_control/faults", json={"rates": {"webhook_lost": 1}})
    tracking = (await swift.label()).json()["tracking_number"]
    await swift.http.post(f"/_control/couriers/swift/shipments/{tracking}/scans", json={"type": "in_transit"})

    await eventually(lambda: told(callbacks) == [("in_transit", 1)])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("labels", {}, 422),
        ("labels", [], 400),
        ("quotes", {"origin": HOME, "to": HOME, "weight_grams": 0, "currency": "USD"}, 422),
        ("quotes", {"origin": HOME, "to": {**HOME, "country": "us"}, "weight_grams": 9, "currency": "USD"}, 422),
        ("quotes", {"origin": HOME, "to": HOME, "weight_grams": 9, "currency": "XYZ"}, 422),
        ("shipments/none/dispatch", {"attempt": 1}, 404),
    ],
)
async def test_bad_requests_are_told_so(swift: Swift, path: str, body: Any, status: int) -> None:
    answer = await swift.call("POST", path, body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


async def test_strangers_are_turned_away(swift: Swift) -> None:
    assert (await swift.call("GET", "labels?reference=x", Authorization="Bearer no")).status_code == 401
    assert (await Swift(swift.http, "nobody").label()).status_code == 404


async def test_the_label_can_be_printed(swift: Swift) -> None:
    label = (await swift.label()).json()
    page = await swift.http.get(label["label_url"])

    assert page.status_code == 200
    for piece in ("Swift Post", "1 Kiln Lane", label["tracking_number"], "<svg", "prc_1"):
        assert piece in page.text
    assert (await swift.http.get("/courier/hearth/labels/" + label["id"])).status_code == 404


def test_prices_grow_with_weight_and_distance() -> None:
    def price(grams: int, to: str = "US", service: str = "standard") -> int:
        amount: int = quote("swift", service, origin="US", to=to, weight_grams=grams, currency="USD")["amount"]
        return amount

    assert price(900) == price(1000) < price(1001) < price(1001, "CA")
    assert price(900) < price(900, service="express")
    yen = quote("swift", "standard", origin="US", to="US", weight_grams=900, currency="JPY")
    assert yen["amount"] == pytest.approx(price(900) * 1.5, abs=1)


def test_each_character_of_the_barcode_has_three_wide_elements_of_nine() -> None:
    assert all(len(code) == 9 and code.count("w") == 3 for code in _CODES.values())
    assert len(set(_CODES.values())) == len(_CODES)
    width, bars = code39("A1")
    # Start, A, 1, stop: 5 bars each; 15 modules each, a gap after each, and a quiet zone of 10 at either side.
    assert (width, len(bars)) == (20 + 4 * 16, 20)


async def test_many_at_once_stay_apart(swift: Swift) -> None:
    labels = await asyncio.gather(*(swift.label(f"prc_{number}") for number in range(20)))
    assert len({label.json()["tracking_number"] for label in labels}) == 20
