"""Makes Stripe forget who paid, by its redaction jobs (https://docs.stripe.com/privacy/redaction, a public preview).

A job names sessions and intents; Stripe finds the charges, events and logs that belong to them. It validates, waits for
our word to run, redacts, and says so. The SDK has no methods for it in this release, so requests are sent raw.
"""

import json
import ssl
from collections.abc import Sequence
from typing import Any

import stripe

from activities.gateways.stripe_payments import read, write
from activities.gateways.trust import StripeHttp, close
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import Redaction

VERSION = "2026-10-28.preview"
"""Of Stripe's API: jobs are in its preview channel."""
JOBS = "/v1/privacy/redaction_jobs"
_WORKING = {"created", "validating", "redacting"}


class StripePrivacy:
    """One pool of connections for the whole process; `aclose` when it drains."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str,
        connect: float = 2.0,
        read: float = 8.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = StripeHttp(tls, connect=connect, read=read)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            stripe_version=VERSION,
            max_network_retries=0,
        )

    async def aclose(self) -> None:
        await close(self._http)

    async def begin(self, payment_ids: Sequence[str], intent_ids: Sequence[str], *, key: str) -> Redaction:
        """What Stripe can set right by itself (an open session) it may: `validation_behavior` is `fix`."""
        objects = {"checkout_sessions": list(payment_ids), "payment_intents": list(intent_ids)}
        return _redaction(
            await self._send(
                JOBS, key, objects={kind: ids for kind, ids in objects.items() if ids}, validation_behavior="fix"
            )
        )

    async def follow(self, redaction_id: str, *, key: str) -> Redaction:
        job = await read(lambda: self._raw("get", f"{JOBS}/{redaction_id}"))
        if job.get("status") == "ready":
            try:
                job = await self._send(f"{JOBS}/{redaction_id}/run", key)
            except PartnerRefused:
                # It runs already, by a word of ours whose answer was lost.
                job = await read(lambda: self._raw("get", f"{JOBS}/{redaction_id}"))
        return _redaction(job)

    async def _send(self, path: str, key: str, **params: Any) -> dict[str, Any]:
        return await write(key, lambda with_key: self._raw("post", path, idempotency_key=with_key, **params))

    async def _raw(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        answer = await self._client.raw_request_async(method, path, **params)
        body = json.loads(answer.body)
        if not isinstance(body, dict):
            raise PartnerUnavailable("The payment provider answered with something unreadable. It will be asked again.")
        return body


def _redaction(job: dict[str, Any]) -> Redaction:
    status = str(job.get("status", ""))
    if status in {"failed", "canceled", "canceling"}:
        raise PartnerRefused(f"The payment provider can't forget this customer now ({status}).", code=status)
    if status not in _WORKING | {"ready", "succeeded"}:
        raise PartnerUnavailable("The payment provider answered with something unreadable. It will be asked again.")
    return Redaction(id=str(job["id"]), done=status == "succeeded")
