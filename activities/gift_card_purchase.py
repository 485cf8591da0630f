"""What selling a gift card asks of the payment provider, and what is written down for the answers.

No transaction is open while the provider is asked. The charge is called `gift-card/<card>` there, and so is each key's
beginning: a retry, a restarted worker and a late answer are one request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import NotFound, PartnerRefused, PartnerUnavailable, PersonErased
from models.ports import Payment, PaymentGateway, PaymentLine, PaymentRequest, PaymentState
from models.repositories import gift_cards
from models.repositories.processes import Progress, record_progress
from models.types import Money


@dataclass(frozen=True)
class OpenCardPage:
    card_id: str
    expires_at: datetime
    progress: Progress


@dataclass(frozen=True)
class CardPayment:
    card_id: str
    payment_id: str


@dataclass(frozen=True)
class CaptureCard:
    card_id: str
    payment_id: str
    progress: Progress


@dataclass(frozen=True)
class CloseCard:
    card_id: str
    progress: Progress


@dataclass(frozen=True)
class CardPaymentSeen:
    payment_id: str
    state: PaymentState


class GiftCardPurchaseActivities:
    """Dependencies: the database, the payment gateway, our public address (where the provider sends buyers back to)."""

    def __init__(self, database: Database, payments: PaymentGateway, public_url: str) -> None:
        self._database = database
        self._payments = payments
        self._public_url = public_url.rstrip("/")

    def own(self) -> list[Callable[..., Any]]:
        """Steps in our own database."""
        return [self.close]

    def at_the_provider(self) -> list[Callable[..., Any]]:
        return [self.open_page, self.look_up, self.close_page, self.void, self.capture]

    @activity.defn(name="gift_card_purchase.open_page")
    @translates_errors
    async def open_page(self, step: OpenCardPage) -> CardPaymentSeen:
        """Opens the provider's page over the amount that stands in our books. Its address stays out of the history."""
        async with self._database.transaction() as session:
            row = await gift_cards.find(session, step.card_id)
            email = await gift_cards.buyer_email(session, step.card_id)
        amount = Money(row.amount_minor, row.currency)
        back = f"{self._public_url}/gift-cards/{step.card_id}"
        request = PaymentRequest(
            reference=gift_cards.step_of(step.card_id),
            lines=[PaymentLine("ArtisanConnect gift card", 1, amount)],
            total=amount,
            customer_email=email,
            success_url=back,
            cancel_url=f"{back}?back=1",
            expires_at=step.expires_at,
        )
        payment = await self._payments.create_payment(request, key=f"{gift_cards.step_of(step.card_id)}/create")
        async with self._database.transaction() as session:
            await gift_cards.page_opened(session, step.card_id, payment.id, payment.redirect_url)
            await record_progress(session, step.progress)
        return _seen(payment)

    @activity.defn(name="gift_card_purchase.look_up")
    @translates_errors
    async def look_up(self, step: CardPayment) -> CardPaymentSeen:
        """The provider's own word. A refused question is no answer: it is asked again."""
        try:
            return _seen(await self._payments.get_payment(step.payment_id))
        except (PartnerRefused, NotFound) as error:
            raise PartnerUnavailable("The payment provider does not tell about a payment of ours.") from error

    @activity.defn(name="gift_card_purchase.close_page")
    @translates_errors
    async def close_page(self, step: CardPayment) -> CardPaymentSeen:
        """Anything but CANCELLED means that the buyer was faster."""
        key = f"{gift_cards.step_of(step.card_id)}/cancel"
        return _seen(await self._payments.cancel_payment(step.payment_id, key=key))

    @activity.defn(name="gift_card_purchase.void")
    @translates_errors
    async def void(self, step: CardPayment) -> CardPaymentSeen:
        key = f"{gift_cards.step_of(step.card_id)}/void"
        return _seen(await self._payments.void_payment(step.payment_id, key=key))

    @activity.defn(name="gift_card_purchase.capture")
    @translates_errors
    async def capture(self, step: CaptureCard) -> None:
        """Takes the money; then the card is worth it and its code is on its way. `PartnerRefused`: it can't be, or
        there is nobody left to send the code to."""
        async with self._database.transaction() as session:
            row = await gift_cards.find(session, step.card_id)
            if row.state != "paid":
                await self._refuse_erased(session, step.card_id)
        if row.state != "paid":
            amount = Money(row.amount_minor, row.currency)
            key = f"{gift_cards.step_of(step.card_id)}/capture"
            payment = await self._payments.capture_payment(step.payment_id, amount, key=key)
            settlement = payment.settlement or await self._payments.get_settlement(payment.intent_id or "")
            async with self._database.transaction() as session:
                await gift_cards.sell(session, step.card_id, payment.intent_id, settlement, clock.now())
                await record_progress(session, step.progress)
            return
        async with self._database.transaction() as session:
            await record_progress(session, step.progress)

    @staticmethod
    async def _refuse_erased(session: AsyncSession, card_id: str) -> None:
        """As the provider would refuse it: so the payment is given back."""
        try:
            await gift_cards.buyer_email(session, card_id)
        except PersonErased as error:
            raise PartnerRefused("The buyer's account has been deleted, so nothing is taken for the card.") from error

    @activity.defn(name="gift_card_purchase.close")
    @translates_errors
    async def close(self, step: CloseCard) -> None:
        """Unpaid, for good."""
        async with self._database.transaction() as session:
            await gift_cards.close(session, step.card_id, clock.now())
            await record_progress(session, step.progress)


def _seen(payment: Payment) -> CardPaymentSeen:
    return CardPaymentSeen(payment.id, payment.state)
