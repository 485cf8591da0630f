"""What happens when time passes, on the state machine itself: the clock is handed the future."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox.clock import Clock
from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.faults import Faults
from deploy.sandbox.store import Remembered, Store
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.cards import details
from deploy.sandbox.stripe.customers import Customers
from deploy.sandbox.stripe.events import NOBODY, Events
from deploy.sandbox.stripe.machine import Machine
from deploy.sandbox.stripe.objects import now
from deploy.sandbox.stripe.pace import Pace

CARD = details("4242424242424242", "Ada", 12, 2040)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "clock.db")
    yield opened
    opened.close()


@pytest.fixture
def machine(store: Store, tmp_path: Path) -> Machine:
    config = SandboxConfig(db=tmp_path / "clock.db")
    events, balances = Events(store, config, Faults(store, 0)), Balances(store, Pace(store, config))
    return Machine(store, config, events, balances, Customers(store))


def a_session(machine: Machine) -> dict[str, Any]:
    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Cup"}}}
    return machine.create_session(
        {
            "line_items": [line],
            "success_url": "http://x",
            "expires_at": now() + 1900,
            "payment_intent_data": {"capture_method": "manual"},
        }
    )


def advance(store: Store, machine: Machine, seconds: float) -> None:
    Clock(store, machine.tick, lambda: None).advance(time.time() + seconds)


def events(store: Store) -> list[str]:
    return [event["type"] for event in store.page("event")][::-1]


def test_a_session_that_nobody_paid_expires_by_itself(
    store: Store, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = a_session(machine)
    advance(store, machine, 1800)
    assert machine.session(session["id"])["status"] == "open"

    later = time.time() + 2000
    monkeypatch.setattr(time, "time", lambda: later)
    advance(store, machine, 0)

    assert machine.session(session["id"])["status"] == "expired"
    assert events(store) == ["checkout.session.expired"]
    assert store.next_due() is None


def test_an_authorisation_lapses_after_seven_days(store: Store, machine: Machine) -> None:
    session = a_session(machine)
    assert machine.confirm(session, "4242424242424242", CARD) == "paid"

    advance(store, machine, 6 * 86_400)
    assert machine.intent(session["payment_intent"])["status"] == "requires_capture"
    advance(store, machine, 7 * 86_400 + 60)

    intent = machine.intent(session["payment_intent"])
    assert (intent["status"], intent["cancellation_reason"]) == ("canceled", "automatic")
    assert events(store)[-1] == "payment_intent.canceled"


@pytest.mark.parametrize(
    ("card", "first", "then", "left"),
    [("4000000000007726", "pending", "succeeded", 900), ("4000000000005126", "succeeded", "failed", 0)],
)
def test_a_refund_may_settle_or_fail_later(
    store: Store, machine: Machine, *, card: str, first: str, then: str, left: int
) -> None:
    session = a_session(machine)
    machine.confirm(session, card, details(card, "Ada", 12, 2040))
    intent = machine.capture(session["payment_intent"], None, NOBODY)

    refund = machine.refund({"payment_intent": intent["id"], "amount": 900}, NOBODY)
    assert refund["status"] == first
    advance(store, machine, 60)

    settled = store.get("refund", refund["id"])
    assert settled is not None
    assert settled["status"] == then
    assert machine.charge(intent["latest_charge"])["amount_refunded"] == left
    assert "refund.updated" in events(store)


def test_remembered_answers_are_forgotten_after_a_day(store: Store) -> None:
    answer = Remembered("print", 200, "{}", "req_1")
    store.remember("stripe", "k1", answer, 1000.0)

    assert store.recall("stripe", "k1", 1000.0 + 86_399) == answer
    assert store.recall("stripe", "k1", 1000.0 + 86_401) is None
    assert store.recall("courier:swift", "k1", 1000.0) is None


def test_a_file_from_before_the_totals_keeps_its_money(store: Store, tmp_path: Path) -> None:
    """A demonstration that was begun with an older release goes on."""
    old = [("txn_1", "usd", 2397), ("txn_2", "usd", -500), ("txn_3", "eur", 900)]
    for number, currency, net in old:
        store.put("balance_transaction", {"id": number, "currency": currency, "net": net}, parent=number)
    balances = [Balances(store, Pace(store, SandboxConfig(db=tmp_path / "clock.db"))) for _ in range(2)][-1]

    assert (balances.available("usd"), balances.available("eur"), balances.available("gbp")) == (1897, 900, 0)
