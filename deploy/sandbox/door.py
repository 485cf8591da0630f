"""The way every partner call takes: fault, idempotency key, one transaction, answer.

Owns the order of these steps for Stripe, the couriers and the mail service alike; what a call does is the `work` it is
given. The effect and the remembered answer are committed together before anything is sent.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from deploy.sandbox.faults import HEADER, WEBHOOK_FAULTS, Faults
from deploy.sandbox.store import Remembered, Store
from deploy.sandbox.webhooks import Deliverer

MAX_BODY = 1_000_000


class Refusal(Exception):
    """An answer other than success. `remember`: the work had begun, so the key keeps this answer."""

    def __init__(self, status: int, body: dict[str, Any], *, remember: bool = True) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.remember = remember


class Manners(Protocol):
    """How one partner words the refusals that every partner knows."""

    @property
    def realm(self) -> str: ...
    def key_reused(self, key: str) -> Refusal: ...
    def key_in_use(self, key: str) -> Refusal: ...
    def crashed(self) -> Refusal: ...
    def too_large(self) -> Refusal: ...


@dataclass(frozen=True, slots=True)
class Call:
    """What the work may know about the request that it serves."""

    request_id: str
    idempotency_key: str | None = None
    webhook_fault: str | None = None
    account: str = ""
    """On whose behalf, where the partner knows such a thing (Stripe: a connected account)."""


Work = Callable[[Call], tuple[int, dict[str, Any]]]


async def read_body(request: Request, manners: Manners) -> bytes:
    """The body, or a refusal as soon as it is too long: it is never held in full."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise manners.too_large()
        chunks.append(chunk)
    return b"".join(chunks)


class Door:
    """One for the whole process."""

    def __init__(self, store: Store, faults: Faults, deliverer: Deliverer) -> None:
        self._store = store
        self._faults = faults
        self._deliverer = deliverer
        self._busy: set[tuple[str, str]] = set()

    async def serve(self, request: Request, manners: Manners, fingerprint: str, work: Work) -> Response:
        """`fingerprint` is what a repeated key must agree on: method, path and parameters."""
        header = request.headers.get(HEADER)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        replay = key is not None and self._store.recall(manners.realm, key, time.time()) is not None
        fault = self._faults.for_call(request.method, request.url.path, header, replay=replay)
        call = Call(
            request_id="req_" + secrets.token_hex(7),
            idempotency_key=key,
            webhook_fault=header if header in WEBHOOK_FAULTS else None,
        )
        try:
            answer, replayed = await self._guarded(call, manners, fingerprint, work, fault)
        except Refusal as refusal:
            return _respond(refusal.status, json.dumps(refusal.body), call, call.request_id, replayed=False)
        self._deliverer.wake()
        if fault == "timeout_after_success":
            await self._hang_up(request)
        return _respond(answer.status, answer.body, call, answer.request_id, replayed=replayed)

    async def _guarded(
        self, call: Call, manners: Manners, fingerprint: str, work: Work, fault: str | None
    ) -> tuple[Remembered, bool]:
        if call.idempotency_key is None:
            await self._latency()
            return self._perform(call, manners, fingerprint, work, fault)
        lock = (manners.realm, call.idempotency_key)
        if lock in self._busy:
            raise manners.key_in_use(call.idempotency_key)
        self._busy.add(lock)
        try:
            await self._latency()
            return self._perform(call, manners, fingerprint, work, fault)
        finally:
            self._busy.discard(lock)

    def _perform(
        self, call: Call, manners: Manners, fingerprint: str, work: Work, fault: str | None
    ) -> tuple[Remembered, bool]:
        now, key = time.time(), call.idempotency_key
        if key is not None and (known := self._store.recall(manners.realm, key, now)) is not None:
            if known.fingerprint != fingerprint:
                raise manners.key_reused(key)
            return known, True

        def settle(status: int, body: dict[str, Any]) -> Remembered:
            text = json.dumps(body, separators=(",", ":"))
            answer = Remembered(fingerprint, status, text, call.request_id)
            if key is not None:
                self._store.remember(manners.realm, key, answer, now)
            return answer

        crash = manners.crashed()
        if fault == "error_500":
            with self._store.transaction():
                return settle(crash.status, crash.body), False
        try:
            with self._store.transaction():
                status, body = work(call)
                if fault == "error_500_after_success":
                    status, body = crash.status, crash.body
                return settle(status, body), False
        except Refusal as refusal:
            # The transaction above took back whatever the work had begun; the refusal itself is an answer to keep.
            if not refusal.remember:
                raise
            with self._store.transaction():
                return settle(refusal.status, refusal.body), False

    async def _latency(self) -> None:
        if self._faults.latency > 0:
            await asyncio.sleep(self._faults.latency)

    async def _hang_up(self, request: Request) -> None:
        """Holds the answer back, then drops the connection: the caller never learns what happened."""
        await asyncio.sleep(self._faults.timeout)
        drop = request.scope.get("extensions", {}).get("sandbox.drop")
        if drop is not None:
            drop["call"]()
        raise ConnectionAbortedError


def _respond(status: int, body: str, call: Call, request_id: str, *, replayed: bool) -> Response:
    headers = {"Request-Id": request_id}
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body, status, headers, media_type="application/json")
