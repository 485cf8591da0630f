"""What a checkout asks of the payment provider. Each answer is also kept in `payments`, as last seen.

No transaction is open while the provider is asked. Keys are `<checkout id>/<step>`, so that a retry, a restarted worker
and a late answer are one and the same request to the provider.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.audited import Audited
from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import Payment, PaymentGateway, PaymentLine, PaymentRequest, PaymentState
from models.repositories import audit, checkouts, exchanges
from models.repositories.effects import once
from models.repositories.processes import Progress, record_progress
from models.types import Money


@dataclass(frozen=True)
class CreatePayment:
    checkout_id: str
    expires_at: datetime
    progress: Progress


@dataclass(frozen=True)
class PaymentStep:
    """Addresses the payment of one checkout."""

    checkout_id: str
    payment_id: str


@dataclass(frozen=True)
class CapturePayment:
    checkout_id: str
    payment_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class PaymentSeen:
    payment_id: str
    state: PaymentState
    declines: int = 0
    card_country: str | None = None
    risk_level: str | None = None
    capture_before: datetime | None = None


@dataclass(frozen=True)
class Captured:
    amount_minor: int
    provider_fee_minor: int
    """In the currency that the provider settled in."""


class PaymentActivities:
    """Dependencies: the database, the payment gateway, our public address (where the provider sends buyers back to)."""

    def __init__(self, database: Database, payments: PaymentGateway, public_url: str) -> None:
        self._database = database
        self._payments = payments
        self._public_url = public_url.rstrip("/")

    @activity.defn(name="payments.create_payment")
    @translates_errors
    async def create_payment(self, step: CreatePayment) -> PaymentSeen:
        """Opens the provider's hosted page for the frozen totals. Its address stays outside of the history."""
        request = await self._request(step)
        payment = await self._payments.create_payment(request, key=f"{step.checkout_id}/create")
        async with self._database.transaction() as session:
            await checkouts.save_payment(
                session,
                step.checkout_id,
                payment.id,
                state=payment.state.value,
                amount=payment.total,
                redirect_url=payment.redirect_url,
            )
            await record_progress(session, step.progress)
        return _seen(payment)

    @activity.defn(name="payments.look_up_payment")
    @translates_errors
    async def look_up_payment(self, step: PaymentStep) -> PaymentSeen:
        """The provider's own word. A webhook is only a hint to ask for it."""
        try:
            with _known_to_the_provider():
                payment = await self._payments.get_payment(step.payment_id)
        except PartnerRefused as error:  # a question that is refused is no answer
            raise PartnerUnavailable(error.message) from error
        return await self._keep(step.checkout_id, payment)

    @activity.defn(name="payments.cancel_payment")
    @translates_errors
    async def cancel_payment(self, step: PaymentStep) -> PaymentSeen:
        """Closes the hosted page. Anything but CANCELLED means that the buyer was faster."""
        with _known_to_the_provider():
            payment = await self._payments.cancel_payment(step.payment_id, key=f"{step.checkout_id}/cancel")
        return await self._keep(step.checkout_id, payment)

    @activity.defn(name="payments.void_payment")
    @translates_errors
    async def void_payment(self, step: PaymentStep) -> PaymentSeen:
        """Gives an authorisation back that will not be captured."""
        with _known_to_the_provider():
            payment = await self._payments.void_payment(step.payment_id, key=f"{step.checkout_id}/void")
        audited = Audited.PAYMENT_VOIDED if payment.state is PaymentState.CANCELLED else None
        return await self._keep(step.checkout_id, payment, audited)

    @activity.defn(name="payments.capture_payment")
    @translates_errors
    async def capture_payment(self, step: CapturePayment) -> Captured:
        """Takes the authorised money and learns what the provider keeps of it. `PartnerRefused`: it can't be taken."""
        amount = Money(step.amount_minor, step.currency)
        with _known_to_the_provider():
            payment = await self._payments.capture_payment(step.payment_id, amount, key=f"{step.checkout_id}/capture")
        settlement = payment.settlement or await self._payments.get_settlement(payment.intent_id or "")
        elsewhere = settlement.gross.currency != amount.currency
        async with self._database.transaction() as session:
            await checkouts.save_payment(
                session,
                step.checkout_id,
                payment.id,
                state=payment.state.value,
                amount=payment.total,
                intent_id=payment.intent_id,
                fee_minor=settlement.fee.minor,
                balance_transaction_id=settlement.balance_transaction_id,
            )
            if elsewhere:
                await exchanges.keep_settlement(session, step.checkout_id, amount, settlement.gross)
            await _audit(session, Audited.PAYMENT_CAPTURED, step.checkout_id, payment.id, amount)
        return Captured(
            amount_minor=amount.minor if elsewhere else settlement.gross.minor,
            provider_fee_minor=settlement.fee.minor,
        )

    async def _request(self, step: CreatePayment) -> PaymentRequest:
        async with self._database.transaction() as session:
            checkout = await checkouts.get_checkout(session, step.checkout_id)
            lines = await checkouts.checkout_lines(session, step.checkout_id)
            email = await checkouts.buyer_email(session, step.checkout_id)
        shown = [
            PaymentLine(line.title, line.quantity, Money(line.unit_price_minor, checkout.currency))
            if not line.discount_minor
            # In one sum: there need not be a price for one piece that makes it up.
            else PaymentLine(
                f"{line.title} × {line.quantity}" if line.quantity > 1 else line.title,
                1,
                Money(line.unit_price_minor * line.quantity - line.discount_minor, checkout.currency),
            )
            for line in lines
        ]
        for name, minor in (("Shipping", checkout.shipping_minor), ("Tax", checkout.tax_minor)):
            if minor:
                shown.append(PaymentLine(name, 1, Money(minor, checkout.currency)))
        due = Money(checkout.total_minor - checkout.credit_minor, checkout.currency)
        if checkout.credit_minor:  # a hosted page has no line below zero
            shown = [PaymentLine("Your order, less your store credit", 1, due)]
        return PaymentRequest(
            reference=checkout.id,
            lines=shown,
            total=due,
            customer_email=email,
            success_url=f"{self._public_url}/checkout/{checkout.id}/return",
            cancel_url=f"{self._public_url}/checkout/{checkout.id}/return?back=1",
            expires_at=step.expires_at,
        )

    async def _keep(self, checkout_id: str, payment: Payment, audited: Audited | None = None) -> PaymentSeen:
        async with self._database.transaction() as session:
            await checkouts.save_payment(
                session,
                checkout_id,
                payment.id,
                state=payment.state.value,
                amount=payment.total,
                intent_id=payment.intent_id,
                capture_before=payment.capture_before,
            )
            if audited is not None:
                await _audit(session, audited, checkout_id, payment.id, payment.total)
        return _seen(payment)


async def _audit(session: AsyncSession, action: Audited, checkout_id: str, payment_id: str, amount: Money) -> None:
    """Once, however often the provider is asked: a step whose answer got lost is tried again."""

    async def append() -> dict[str, Any]:
        await audit.append(
            session,
            action,
            actor=audit.workflow(checkout_id),
            role=audit.PROCESS,
            subject=checkout_id,
            details={"payment": payment_id, "amount_minor": amount.minor, "currency": amount.currency},
        )
        return {}

    await once(session, f"{checkout_id}/audited/{action}", append)


@contextmanager
def _known_to_the_provider() -> Iterator[None]:
    """The id is one that the provider gave us. That it knows it no more says something about our key (another account,
    another mode) and nothing about the payment: an operator must look, and until then it is asked again."""
    try:
        yield
    except NotFound as error:
        raise PartnerUnavailable(
            "The payment provider does not know a payment of ours. Our key may belong to another account."
        ) from error


def _seen(payment: Payment) -> PaymentSeen:
    return PaymentSeen(
        payment_id=payment.id,
        state=payment.state,
        declines=payment.declines,
        card_country=payment.card_country,
        risk_level=payment.risk_level,
        capture_before=payment.capture_before,
    )
