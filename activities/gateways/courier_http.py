"""Delivery services behind the `Courier` port: JSON over HTTP outwards, signed callbacks inwards."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from activities.gateways.partner_http import PartnerHttp, forgotten
from core import clock
from models.errors import InvalidInput, PartnerRefused, PartnerUnavailable, SignatureInvalid, TooLarge
from models.ports import CourierEvent, Forgotten, Label, PostalAddress, ShippingQuote
from models.types import Money

TOLERANCE_SECONDS = 300
MAX_CALLBACK_BYTES = 64 * 1024
EVENT_TYPES = frozenset({"in_transit", "out_for_delivery", "delivered", "failed", "returned"})


class HttpCourier:
    """`base_url` holds the courier's version, such as `https://api.courier.example/v1`."""

    def __init__(
        self,
        code: str,
        name: str,
        base_url: str,
        *,
        api_key: str,
        webhook_secret: str,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.code = code
        self.name = name
        self._http = PartnerHttp(name, base_url, api_key, tls=tls)
        self._secret = webhook_secret.encode()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def quote(
        self, origin: PostalAddress, to: PostalAddress, weight_grams: int, currency: str
    ) -> Sequence[ShippingQuote]:
        body = {"origin": asdict(origin), "to": asdict(to), "weight_grams": weight_grams, "currency": currency}
        answer = await self._http.post("/quotes", body)
        try:
            return [
                ShippingQuote(
                    service=str(entry["service"]),
                    price=Money(int(entry["amount"]), entry["currency"]),
                    days_min=int(entry["days_min"]),
                    days_max=int(entry["days_max"]),
                )
                for entry in answer["quotes"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._unreadable() from error

    async def buy_label(
        self,
        reference: str,
        service: str,
        origin: PostalAddress,
        to: PostalAddress,
        weight_grams: int,
        *,
        key: str,
    ) -> Label:
        """Buys one label a reference: where the courier has sold it already, that one is returned."""
        body = {
            "reference": reference,
            "service": service,
            "origin": asdict(origin),
            "to": asdict(to),
            "weight_grams": weight_grams,
        }
        try:
            return self._label(await self._http.post("/labels", body, key=key))
        except PartnerRefused as refused:
            if refused.details.get("code") == "duplicate_reference" and (known := await self.find_label(reference)):
                return known
            raise

    async def find_label(self, reference: str) -> Label | None:
        answer = await self._http.get("/labels", reference=reference)
        labels = answer.get("labels")
        if not isinstance(labels, list):
            raise self._unreadable()
        return self._label(labels[0]) if labels else None

    async def dispatch(self, tracking_number: str, attempt: int, *, key: str) -> None:
        await self._http.post(f"/shipments/{tracking_number}/dispatch", {"attempt": attempt}, key=key)

    async def erase(self, references: Sequence[str], *, recipient: bool, key: str) -> Forgotten:
        body = {"references": list(references), "party": "recipient" if recipient else "sender"}
        return forgotten(self.name, await self._http.post("/erasures", body, key=key))

    def verify(self, body: bytes, signature: str) -> CourierEvent:
        """Raises `SignatureInvalid`, `TooLarge`, or `InvalidInput` for a signed body that is no callback."""
        if len(body) > MAX_CALLBACK_BYTES:
            raise TooLarge(f"A callback may hold {MAX_CALLBACK_BYTES} bytes.")
        at, signatures = _parse(signature)
        expected = hmac.new(self._secret, b"%d." % at + body, hashlib.sha256).hexdigest().encode()
        # The signature first: only its owner may learn anything about the time.
        if not any(hmac.compare_digest(expected, given) for given in signatures):
            raise SignatureInvalid("The signature does not match. Check the secret and sign 't.body'.")
        if abs(clock.now().timestamp() - at) > TOLERANCE_SECONDS:
            raise SignatureInvalid("The signature is more than five minutes off. Sign each attempt anew.")
        return self._event(body)

    def _event(self, body: bytes) -> CourierEvent:
        try:
            given = json.loads(body)
            event = CourierEvent(
                event_id=_text(given, "id"),
                courier=self.code,
                tracking_number=_text(given, "tracking_number"),
                type=_text(given, "type"),
                attempt=_attempt(given),
                occurred_at=datetime.fromisoformat(_text(given, "occurred_at")),
                reason=_text(given, "reason", required=False),
                location=_text(given, "location", required=False),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(
                "This is no callback: it needs id, type, tracking_number, attempt (from 1) and occurred_at."
            ) from error
        if event.type not in EVENT_TYPES:
            raise InvalidInput(f"type must be one of {', '.join(sorted(EVENT_TYPES))}.")
        if event.occurred_at.tzinfo is None:
            raise InvalidInput("occurred_at must name its offset from UTC.")
        return event

    def _label(self, entry: dict[str, Any]) -> Label:
        try:
            return Label(
                id=str(entry["id"]),
                tracking_number=str(entry["tracking_number"]),
                service=str(entry["service"]),
                price=Money(int(entry["amount"]), entry["currency"]),
                label_url=_web_address(str(entry["label_url"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> PartnerUnavailable:
        return PartnerUnavailable(f"{self.name} sent an answer that we cannot read. It will be asked again.")


def _parse(header: str) -> tuple[int, list[bytes]]:
    """`t=<unix>,v1=<hex>`, several `v1` while a secret is being changed."""
    at, signatures = None, []
    for part in header[:2000].split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            at = int(value)
        elif name == "v1":
            signatures.append(value.encode())
    if at is None or not signatures:
        raise SignatureInvalid("The signature header must read t=<unix time>,v1=<hex>.")
    return at, signatures


def _attempt(given: dict[str, Any]) -> int:
    value = given["attempt"]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise ValueError("attempt")
    return value


def _text(given: dict[str, Any], name: str, *, required: bool = True) -> str:
    value = given[name] if required else given.get(name) or ""
    if not isinstance(value, str) or len(value) > 500 or (required and not value):
        raise ValueError(name)
    if "\x00" in value:
        raise ValueError("PostgreSQL stores no NUL")
    value.encode()  # half of a surrogate pair, which JSON can escape, is no text: raises a ValueError
    return value


def _web_address(given: str) -> str:
    """An artisan's browser follows it, never we: it must be a page, and must not look like another one's. Raises
    `ValueError`."""
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or len(given) > 300:
        raise ValueError("no web address")
    return given
