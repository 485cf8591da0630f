"""Stripe behind the `PaymentGateway` port, through its official SDK. The only module that knows Stripe's words.

A hosted payment is a Checkout Session with manual capture; its id is the payment id. Our checkout id stands in the
metadata of session and intent, our operation id in that of a refund. No Stripe text leaves this file: it may quote
what a customer typed.
"""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar, cast

import stripe

from activities.gateways.keys import keys_for
from activities.gateways.trust import StripeHttp, close
from core import clock
from models.errors import InvalidInput, NotFound, PartnerRefused, PartnerUnavailable
from models.ports import Payment, PaymentLine, PaymentRequest, PaymentState, RefundResult, Settlement
from models.rules.money import refuse_unchargeable
from models.types import Money

T = TypeVar("T")
MAX_LINES = 100
"""Stripe's limit of line items in a session; more are folded into the last one."""
EXPIRY_MARGIN = timedelta(minutes=31)
_CHARGE = "payment_intent.latest_charge.balance_transaction"
_REFUND_STATES = {
    "succeeded": "succeeded",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "failed",
}


class StripePayments:
    """One client and one pool of connections for the whole process; `aclose` when it drains."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str,
        connect: float = 2.0,
        read: float = 8.0,
        tls: ssl.SSLContext | None = None,
        http: stripe.HTTPXClient | None = None,
    ) -> None:
        self._http = http or StripeHttp(tls, connect=connect, read=read)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            # Temporal repeats, and looks before it does.
            max_network_retries=0,
        )

    @property
    def client(self) -> stripe.StripeClient:
        """For the gateways that complete this one (`stripe_cards`)."""
        return self._client

    async def aclose(self) -> None:
        await close(self._http)

    async def create_payment(self, request: PaymentRequest, *, key: str) -> Payment:
        """Opens the hosted page. The same key answers with the same session for 24 hours, paid or not.

        Stripe wants a session to live for 30 minutes at least, which is longer than we hold stock. The moment asked for
        is computed from the request alone (its own deadline and a margin): a repeat must not differ by the time that
        has passed. Closing it earlier is `cancel_payment`'s task.
        """
        if sum(line.unit_amount.minor * line.quantity for line in request.lines) != request.total.minor:
            raise InvalidInput("The lines of the payment do not sum to its total.", reference=request.reference)
        for amount in (request.total, *(line.unit_amount for line in request.lines)):
            refuse_unchargeable(amount, "amount")
        currency = request.total.currency.lower()
        metadata = {"checkout": request.reference}
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": line.quantity,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": line.unit_amount.minor,
                        "product_data": {"name": line.name[:250] or "–"},
                    },
                }
                for line in _folded(list(request.lines))
            ],
            "payment_intent_data": {"capture_method": "manual", "metadata": metadata},
            "metadata": metadata,
            "client_reference_id": request.reference,
            **_payer(request),
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int((request.expires_at + EXPIRY_MARGIN).timestamp()),
            "payment_method_types": ["card"],
        }
        if request.keep_card:
            params["payment_intent_data"] = {
                "capture_method": "automatic",
                "setup_future_usage": "off_session",
                "metadata": metadata,
            }

        async def send(with_key: str) -> stripe.checkout.Session:
            return await self._client.v1.checkout.sessions.create_async(
                cast(Any, params), {"idempotency_key": with_key}
            )

        # A session lost to a crash of the provider is harmless: nobody was given its address.
        return _payment(await write(key, send))

    async def get_payment(self, payment_id: str) -> Payment:
        return await self._seen(await self._session(payment_id))

    async def cancel_payment(self, payment_id: str, *, key: str) -> Payment:
        session = await self._session(payment_id)
        if session.status != "open":
            return await self._seen(session)

        async def send(with_key: str) -> stripe.checkout.Session:
            return await self._client.v1.checkout.sessions.expire_async(
                payment_id, {"expand": [_CHARGE]}, {"idempotency_key": with_key}
            )

        async def look() -> stripe.checkout.Session | None:
            seen = await self._session(payment_id)
            return seen if seen.status != "open" else None

        try:
            return await self._seen(await write(key, send, look))
        except PartnerRefused:
            # The customer paid, or time ran out, between the look and the call.
            session = await self._session(payment_id)
            if session.status == "open":
                raise
            return await self._seen(session)

    async def void_payment(self, payment_id: str, *, key: str) -> Payment:
        payment = _payment(await self._session(payment_id))
        if payment.state is PaymentState.OPEN:
            payment = await self.cancel_payment(payment_id, key=f"{key}/expire")
        if payment.state is not PaymentState.AUTHORISED:
            return payment
        intent_id = payment.intent_id or ""

        async def send(with_key: str) -> stripe.PaymentIntent:
            return await self._client.v1.payment_intents.cancel_async(
                intent_id, {"cancellation_reason": "abandoned"}, {"idempotency_key": with_key}
            )

        async def look() -> stripe.PaymentIntent | None:
            seen = await self._intent(intent_id)
            return seen if seen.status != "requires_capture" else None

        try:
            await write(key, send, look)
        except PartnerRefused:
            if (await self._intent(intent_id)).status == "requires_capture":
                raise
        return _payment(await self._session(payment_id))

    async def capture_payment(self, payment_id: str, amount: Money, *, key: str) -> Payment:
        """Takes the money once, whatever happened to earlier attempts. Raises `PartnerRefused` when it cannot be
        taken: the authorisation lapsed or was given back, or another amount was captured."""
        session = await self._session(payment_id)
        payment = _payment(session)
        if payment.state is not PaymentState.AUTHORISED:
            return _captured(payment, amount)
        intent_id = payment.intent_id or ""

        async def send(with_key: str) -> stripe.PaymentIntent:
            return await self._client.v1.payment_intents.capture_async(
                intent_id,
                {"amount_to_capture": amount.minor, "expand": ["latest_charge.balance_transaction"]},
                {"idempotency_key": with_key},
            )

        async def look() -> stripe.PaymentIntent | None:
            seen = await self._intent(intent_id)
            return seen if seen.status != "requires_capture" else None

        try:
            session.payment_intent = await write(key, send, look)
            return _captured(_payment(session), amount)
        except PartnerRefused:
            payment = _payment(await self._session(payment_id))
            if payment.state is PaymentState.AUTHORISED:
                raise
            return _captured(payment, amount)

    async def get_settlement(self, intent_id: str) -> Settlement:
        intent = await self._intent(intent_id, "latest_charge.balance_transaction")
        settlement = settlement_of(intent)
        if settlement is None:
            raise PartnerUnavailable("The payment provider has not booked this payment yet. It will be asked again.")
        return settlement

    async def refund(self, intent_id: str, amount: Money, *, operation: str, key: str) -> RefundResult:
        async def send(with_key: str) -> stripe.Refund:
            return await self._client.v1.refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": amount.minor,
                    "metadata": {"operation": operation},
                    "expand": ["balance_transaction"],
                },
                {"idempotency_key": with_key},
            )

        async def look() -> stripe.Refund | None:
            return await self._find_refund(intent_id, operation)

        try:
            return _refund(await write(key, send, look))
        except PartnerRefused:
            # "Already refunded" may well mean: by this very operation, whose answer never reached us.
            known = await self._find_refund(intent_id, operation)
            if known is None:
                raise
            return _refund(known)

    async def find_refund(self, intent_id: str, operation: str) -> RefundResult | None:
        known = await self._find_refund(intent_id, operation)
        return None if known is None else _refund(known)

    # Reading

    async def _session(self, payment_id: str) -> stripe.checkout.Session:
        return await read(lambda: self._client.v1.checkout.sessions.retrieve_async(payment_id, {"expand": [_CHARGE]}))

    async def _intent(self, intent_id: str, expand: str = "latest_charge") -> stripe.PaymentIntent:
        return await read(lambda: self._client.v1.payment_intents.retrieve_async(intent_id, {"expand": [expand]}))

    async def _seen(self, session: stripe.checkout.Session) -> Payment:
        """An authorised payment comes with its declines: Stripe counts none, but keeps a failed charge for each."""
        payment = _payment(session)
        if payment.state is not PaymentState.AUTHORISED or payment.intent_id is None:
            return payment
        intent_id = payment.intent_id
        charges = await read(lambda: self._client.v1.charges.list_async({"payment_intent": intent_id, "limit": 100}))
        return replace(payment, declines=sum(charge.status == "failed" for charge in charges.data))

    async def _find_refund(self, intent_id: str, operation: str) -> stripe.Refund | None:
        """A failed one only when there is no better: the same operation may have been repeated after it."""
        failed: stripe.Refund | None = None

        async def search() -> stripe.Refund | None:
            nonlocal failed
            page = await self._client.v1.refunds.list_async(
                {"payment_intent": intent_id, "limit": 100, "expand": ["data.balance_transaction"]}
            )
            async for refund in page.auto_paging_iter():
                if tag(refund.metadata, "operation") != operation:
                    continue
                if _REFUND_STATES.get(refund.status or "") != "failed":
                    return refund
                failed = failed or refund
            return failed

        return await read(search)


# Sending, and Stripe's errors in our words


async def read(ask: Callable[[], Awaitable[T]]) -> T:
    try:
        return await ask()
    except stripe.StripeError as error:
        raise translated(error) from error


async def write(
    key: str, send: Callable[[str], Awaitable[T]], look: Callable[[], Awaitable[T | None]] | None = None
) -> T:
    """Sends under `key`; where Stripe remembers a crash of its own for it, looks, then sends under the next one."""
    for with_key in keys_for(key, clock.now()):
        try:
            return await send(with_key)
        except stripe.StripeError as error:
            crashed = (error.http_status or 0) >= 500 and (error.headers or {}).get("idempotent-replayed") == "true"
            if not crashed:
                raise translated(error) from error
        if look is not None and (found := await look()) is not None:
            return found
    raise PartnerUnavailable("The payment provider keeps failing at this request. It will be asked again.")


def translated(error: stripe.StripeError) -> Exception:
    status, reference = error.http_status or 0, error.request_id or ""
    details = {"code": error.code or "", "request": reference}
    if isinstance(error, stripe.APIConnectionError):
        return PartnerUnavailable("The payment provider did not answer. It will be asked again.", **details)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        # Says nothing about the payment: it waits until an operator has mended the key.
        return PartnerUnavailable(
            "The payment provider does not accept our key. An operator must correct it.", **details
        )
    if status == 404 or error.code == "resource_missing":
        return NotFound("The payment provider does not know this payment.", **details)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError | stripe.IdempotencyError):
        return PartnerRefused(f"The payment provider refused ({error.code or status}).", **details)
    return PartnerUnavailable("The payment provider cannot answer now. It will be asked again.", **details)


# Stripe's objects in our words


def _payer(request: PaymentRequest) -> dict[str, str]:
    """Stripe makes a customer of somebody only where their card is to be kept."""
    if request.customer_id is not None:
        return {"customer": request.customer_id}
    return {
        "customer_email": request.customer_email,
        **({"customer_creation": "always"} if request.keep_card else {}),
    }


def _folded(lines: list[PaymentLine]) -> list[PaymentLine]:
    if len(lines) <= MAX_LINES:
        return lines
    rest = lines[MAX_LINES - 1 :]
    total = sum(line.unit_amount.minor * line.quantity for line in rest)
    kept = lines[: MAX_LINES - 1]
    return [*kept, PaymentLine(f"{len(rest)} more", 1, Money(total, lines[0].unit_amount.currency))]


def _payment(session: stripe.checkout.Session) -> Payment:
    intent = session.payment_intent if isinstance(session.payment_intent, stripe.PaymentIntent) else None
    charge = intent.latest_charge if intent and isinstance(intent.latest_charge, stripe.Charge) else None
    card = charge.payment_method_details.card if charge and charge.payment_method_details else None
    currency = (session.currency or "usd").upper()
    captured = Money(intent.amount_received, currency) if intent and intent.status == "succeeded" else None
    capture_before = getattr(card, "capture_before", None)
    return Payment(
        id=session.id,
        state=_state(session.status, intent.status if intent else None),
        total=Money(session.amount_total or 0, currency),
        reference=tag(session.metadata, "checkout") or session.client_reference_id or "",
        intent_id=intent.id if intent else None,
        redirect_url=session.url,
        captured=captured,
        capture_before=datetime.fromtimestamp(capture_before, UTC) if capture_before else None,
        card_country=getattr(card, "country", None),
        risk_level=getattr(charge.outcome, "risk_level", None) if charge else None,
        settlement=settlement_of(intent) if captured else None,
    )


def _state(session: Literal["complete", "expired", "open"] | str | None, intent: str | None) -> PaymentState:
    if intent == "requires_capture":
        return PaymentState.AUTHORISED
    if intent == "succeeded":
        return PaymentState.CAPTURED
    if session == "expired" or intent == "canceled":
        return PaymentState.CANCELLED
    return PaymentState.OPEN


def _captured(payment: Payment, amount: Money) -> Payment:
    if payment.state is not PaymentState.CAPTURED:
        raise PartnerRefused(f"The payment can't be captured: it is {payment.state}.", state=payment.state.value)
    if payment.captured != amount:
        raise PartnerRefused("The payment was captured for another amount.", reference=payment.reference)
    return payment


def settlement_of(intent: stripe.PaymentIntent | None) -> Settlement | None:
    charge = intent.latest_charge if intent else None
    return _settlement(charge.balance_transaction) if isinstance(charge, stripe.Charge) else None


def _settlement(booked: stripe.BalanceTransaction | str | None) -> Settlement | None:
    """None while the provider has not booked it; signs as the provider's: a refund's gross is negative."""
    if not isinstance(booked, stripe.BalanceTransaction):
        return None
    currency = booked.currency.upper()
    return Settlement(
        balance_transaction_id=booked.id,
        gross=Money(booked.amount, currency),
        fee=Money(booked.fee, currency),
        net=Money(booked.net, currency),
        available_on=datetime.fromtimestamp(booked.available_on, UTC),
        exchange_rate=None if booked.exchange_rate is None else Decimal(str(booked.exchange_rate)),
    )


def tag(metadata: Any, name: str) -> str:
    """Metadata is an object that knows `in` and `[]`, but is no dict."""
    return str(metadata[name]) if metadata is not None and name in metadata else ""


def _refund(refund: stripe.Refund) -> RefundResult:
    return RefundResult(
        id=refund.id,
        amount=Money(refund.amount, refund.currency.upper()),
        state=_REFUND_STATES.get(refund.status or "", "pending"),
        operation=tag(refund.metadata, "operation"),
        settlement=_settlement(refund.balance_transaction),
    )
