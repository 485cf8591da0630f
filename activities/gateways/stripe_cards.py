"""Stripe behind the `CardGateway` port: PaymentIntents of customers who are not there.

A kept card is a payment method attached to a customer, both made by a Checkout Session with `setup_future_usage`. A
charge is an intent that is confirmed `off_session`; where the bank wants the customer, the same intent is confirmed
again on-session with a `return_url`, and Stripe says where to send them. Source:
https://docs.stripe.com/payments/save-and-reuse and https://docs.stripe.com/payments/3d-secure/authentication-flow
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import stripe

from activities.gateways.stripe_payments import StripePayments, read, settlement_of, tag, write
from models.errors import NotFound, PartnerRefused
from models.ports import CardCharge, ChargeState, KeptCard, PaymentGateway
from models.types import Money

_EXPAND = "latest_charge.balance_transaction"
_OVER = {"succeeded", "canceled"}


class StripeCards:
    """Shares client and connections with the payments, whose port it completes."""

    def __init__(self, payments: StripePayments) -> None:
        self._payments: PaymentGateway = payments
        self._client = payments.client

    async def kept_card(self, payment_id: str) -> KeptCard | None:
        session = await read(
            lambda: self._client.v1.checkout.sessions.retrieve_async(
                payment_id, {"expand": ["payment_intent.payment_method"]}
            )
        )
        intent = session.payment_intent
        if not isinstance(intent, stripe.PaymentIntent) or intent.status != "succeeded":
            return None
        method = intent.payment_method
        if not isinstance(method, stripe.PaymentMethod) or session.customer is None:
            return None
        card = method.card
        return KeptCard(
            customer_id=_id(session.customer),
            method_id=method.id,
            brand=card.brand if card else "",
            last4=card.last4 if card else "",
        )

    async def charge(self, customer_id: str, method_id: str, amount: Money, *, operation: str, key: str) -> CardCharge:
        async def send(with_key: str) -> stripe.PaymentIntent:
            params = {
                "amount": amount.minor,
                "currency": amount.currency.lower(),
                "customer": customer_id,
                "payment_method": method_id,
                "payment_method_types": ["card"],
                "confirm": True,
                "off_session": True,
                "metadata": {"operation": operation},
                "expand": [_EXPAND],
            }
            return await self._client.v1.payment_intents.create_async(cast(Any, params), {"idempotency_key": with_key})

        async def look() -> stripe.PaymentIntent | None:
            return await self._find(customer_id, operation)

        return _charge(await write(key, _declines_are_answers(send, look), look))

    async def get_charge(self, charge_id: str) -> CardCharge:
        return _charge(await self._intent(charge_id))

    async def find_charge(self, customer_id: str, operation: str) -> CardCharge | None:
        found = await self._find(customer_id, operation)
        return None if found is None else _charge(found)

    async def bring_back(self, charge_id: str, method_id: str, *, return_url: str, key: str) -> CardCharge:
        seen = await self._intent(charge_id)
        if seen.status in _OVER or seen.status == "requires_action":
            return _charge(seen)

        async def send(with_key: str) -> stripe.PaymentIntent:
            return await self._client.v1.payment_intents.confirm_async(
                charge_id,
                {"payment_method": method_id, "return_url": return_url, "expand": [_EXPAND]},
                {"idempotency_key": with_key},
            )

        async def look() -> stripe.PaymentIntent | None:
            again = await self._intent(charge_id)
            return again if again.status in _OVER or again.status == "requires_action" else None

        async def current() -> stripe.PaymentIntent | None:
            return await self._intent(charge_id)

        return _charge(await write(key, _declines_are_answers(send, current), look))

    async def cancel_charge(self, charge_id: str, *, key: str) -> CardCharge:
        async def send(with_key: str) -> stripe.PaymentIntent:
            return await self._client.v1.payment_intents.cancel_async(
                charge_id, {"cancellation_reason": "abandoned", "expand": [_EXPAND]}, {"idempotency_key": with_key}
            )

        async def look() -> stripe.PaymentIntent | None:
            seen = await self._intent(charge_id)
            return seen if seen.status in _OVER else None

        if (over := await look()) is not None:
            return _charge(over)
        try:
            return _charge(await write(key, send, look))
        except PartnerRefused:
            # The customer came back between the look and the call.
            if (over := await look()) is None:
                raise
            return _charge(over)

    async def forget_customer(self, customer_id: str, *, key: str) -> None:
        async def send(with_key: str) -> stripe.Customer:
            return await self._client.v1.customers.delete_async(customer_id, options={"idempotency_key": with_key})

        try:
            await write(key, send)
        except NotFound:
            return

    async def _intent(self, charge_id: str) -> stripe.PaymentIntent:
        return await read(lambda: self._client.v1.payment_intents.retrieve_async(charge_id, {"expand": [_EXPAND]}))

    async def _find(self, customer_id: str, operation: str) -> stripe.PaymentIntent | None:
        async def search() -> stripe.PaymentIntent | None:
            page = await self._client.v1.payment_intents.list_async({"customer": customer_id, "limit": 100})
            async for intent in page.auto_paging_iter():
                if tag(intent.metadata, "operation") == operation:
                    return await self._intent(intent.id)
            return None

        return await read(search)


def _declines_are_answers(
    send: Callable[[str], Awaitable[stripe.PaymentIntent]], look: Callable[[], Awaitable[stripe.PaymentIntent | None]]
) -> Callable[[str], Awaitable[stripe.PaymentIntent]]:
    """Stripe answers a declined confirmation with an error, and keeps the intent: what it has become is looked up."""

    async def sent(with_key: str) -> stripe.PaymentIntent:
        try:
            return await send(with_key)
        except stripe.CardError:
            found = await look()
            if found is None:
                raise
            return found

    return sent


def _charge(intent: stripe.PaymentIntent) -> CardCharge:
    failed = intent.last_payment_error
    reason = getattr(failed, "decline_code", None) or getattr(failed, "code", None) or ""
    redirect = getattr(intent.next_action, "redirect_to_url", None)
    return CardCharge(
        id=intent.id,
        state=_state(intent.status, reason),
        amount=Money(intent.amount, intent.currency.upper()),
        operation=tag(intent.metadata, "operation"),
        reason="" if intent.status in _OVER else reason,
        come_back_url=redirect.url if redirect is not None else None,
        settlement=settlement_of(intent) if intent.status == "succeeded" else None,
    )


def _state(status: str, reason: str) -> ChargeState:
    if status == "succeeded":
        return ChargeState.PAID
    if status == "canceled":
        return ChargeState.CANCELLED
    if status == "requires_action" or reason == "authentication_required":
        return ChargeState.NEEDS_CUSTOMER
    return ChargeState.DECLINED


def _id(customer: stripe.Customer | str) -> str:
    return customer if isinstance(customer, str) else customer.id
