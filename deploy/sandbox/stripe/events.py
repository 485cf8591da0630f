"""Tells what happened: an event in Stripe's list, and its copies for the product's endpoint.

Owns which endpoint an event goes to; delivery and its mishaps are `webhooks.py` and `faults.py`.
"""

import json
import time
from typing import Any

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call
from deploy.sandbox.faults import Faults
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects

Body = dict[str, Any]
NOBODY = Call(request_id="")
"""The caller of what the customer, the bank or the clock did."""
PLATFORM, CONNECT = "stripe", "stripe-connect"
"""The two endpoints: for events of our own account, and for those of connected ones."""


def kind_of(name: str, account: str) -> str:
    """Under which kind the store keeps objects of a connected account; those of ours have plain names."""
    return f"{name}@{account}" if account else name


class Events:
    """Runs inside the caller's transaction."""

    def __init__(self, store: Store, config: SandboxConfig, faults: Faults) -> None:
        self._store = store
        self._config = config
        self._faults = faults

    def emit(self, kind: str, body: Body, call: Call, account: str = "") -> None:
        event = objects.event(kind, objects.public(body), call.request_id or None, call.idempotency_key, account)
        self._store.put(kind_of("event", account), event, parent="")
        wanted = self._config.stripe_webhook_events
        if not self._config.stripe_webhook_url or (wanted and kind not in wanted):
            return
        channel = CONNECT if account else PLATFORM
        text = json.dumps(event, separators=(",", ":"))
        delays = self._faults.for_webhook(call.webhook_fault).delays
        now = time.time()
        for delay in delays:
            self._store.enqueue(channel, event["id"], text, now + delay)
        if not delays:
            self._store.enqueue(channel, event["id"], text, now, state="lost")
