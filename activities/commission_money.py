"""The money steps of a commission: what its process asks of the payment provider, and what is booked for the answers.

No transaction is open while the provider is asked. A step's operation finds its effect again, here and at the provider,
so each is looked up before it is repeated. Owns no amount: those are decided in `models.rules.commission`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from activities.commission_refunds import CommissionRefunds
from core import clock
from core.database import Database
from models.errors import NotFound, PartnerUnavailable, PersonErased, Unavailable
from models.ports import (
    CardCharge,
    CardGateway,
    ChargeState,
    Payment,
    PaymentGateway,
    PaymentLine,
    PaymentRequest,
    PaymentState,
    TaxEngine,
    TaxLine,
)
from models.repositories import (
    addresses,
    commission_money,
    commission_taxes,
    commission_versions,
    commissions,
    people,
    taxes,
)
from models.repositories.commission_money import CANCELLED, OPEN, PAID, NewCharge, Payer
from models.repositories.rates import Rates
from models.rules.commission.endings import Parted
from models.rules.commission.invoicing import WORK
from models.rules.commission.results import Outcome, Result
from models.rules.refunds import Share
from models.rules.tax.assess import SHIPPING
from models.tables.commissions import CommissionCharge
from models.types import Money

PAGE_LIVES = timedelta(hours=22)
"""Of the 24 hours that the provider gives a payment page. One that nobody has paid by then is opened anew."""
BACK_AGAIN = 10
"""Seconds for which two questions where the customer can prove themselves are one question."""
LOOK_AGAIN_AFTER = 2.0
"""Seconds: a request whose answer got lost may still be at work at the provider."""


@dataclass(frozen=True)
class AssessTax:
    commission_id: str
    version: int


@dataclass(frozen=True)
class CommissionPayment:
    """One try of one charge. `operation` names it here and at the provider; `key` is its idempotency key there."""

    commission_id: str
    operation: str
    before: int
    attempt: int
    amount_minor: int
    tax_minor: int
    currency: str
    key: str
    version: int = 0
    """Of the contract; 0 from a process that did not say it yet."""

    @property
    def total(self) -> Money:
        return Money(self.amount_minor + self.tax_minor, self.currency)


@dataclass(frozen=True)
class ReleaseMilestone:
    """Number 0 is what sending the piece cost."""

    commission_id: str
    operation: str
    number: int
    share: Share


@dataclass(frozen=True)
class GiveBack:
    commission_id: str
    operation: str
    minor: int
    version: int = 0
    """Of the contract that is cheaper; 0 for the one that holds."""


@dataclass(frozen=True)
class SettleCommission:
    commission_id: str
    operation: str
    parted: dict[int, Parted]
    released: list[int]


class CommissionMoneyActivities:
    """Dependencies: the database, payments and kept cards at one provider, a tax engine, and our public address, where
    the provider sends customers back to. `allow_time_scale` is false in the cluster."""

    def __init__(
        self,
        database: Database,
        payments: PaymentGateway,
        cards: CardGateway,
        tax: TaxEngine,
        public_url: str,
        *,
        allow_time_scale: bool = False,
    ) -> None:
        self._database = database
        self._payments = payments
        self._cards = cards
        self._tax = tax
        self._public_url = public_url.rstrip("/")
        self._allow_time_scale = allow_time_scale
        self._rates = Rates()
        self._refunds = CommissionRefunds(database, payments)

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [
            self.assess_tax,
            self.open_deposit,
            self.look_up,
            self.close_deposit,
            self.charge,
            self.cancel_charge,
            self.release,
            self.give_back,
            self.settle,
        ]

    @activity.defn(name="commission.assess_tax")
    @translates_errors
    async def assess_tax(self, step: AssessTax) -> int:
        """Tax on a version's price and shipping, today, at the customer's address. Raises `Unavailable` until the
        version is written down."""
        async with self._database.transaction() as session:
            row = await commissions.get(session, step.commission_id)
            try:
                terms = (await commission_versions.version(session, step.commission_id, step.version)).terms
            except NotFound as error:
                raise Unavailable("This version is not written down yet.") from error
            to = (await addresses.find(session, row.address_id or "", row.customer_id)).postal
            today = clock.now().date()
            exempt = await taxes.exemptions_of(session, row.customer_id, today)
            country, _ = await taxes.place_of(session, row.shop_id)
            rates = (await self._rates.exchange(session)).worth(row.currency)

        def line(category: str, minor: int) -> TaxLine:
            net = Money(minor, terms.currency)
            return TaxLine(step.commission_id, category, net, shop_id=row.shop_id, sent_from=country)

        lines = [line(WORK, terms.price_minor), line(SHIPPING, terms.shipping_minor)]
        assessed = self._tax.assess(lines, to, at=today, exemptions=exempt, rates=rates)
        taxed = {line.category: one.components for line, one in zip(lines, assessed, strict=True)}
        async with self._database.transaction() as session:
            return await commission_taxes.freeze(session, step.commission_id, step.version, taxed)

    @activity.defn(name="commission.open_deposit")
    @translates_errors
    async def open_deposit(self, step: CommissionPayment) -> Result:
        """Opens the provider's page, which keeps the card. Its address stays outside of the history."""
        async with self._database.transaction() as session:
            row, _ = await commission_money.begin(session, _new(step, "deposit"))
            who = await commission_money.payer(session, step.commission_id)
            person = await people.find_person(session, who.customer_id)
        if row.state in {PAID, CANCELLED}:
            return _known(row)
        if row.provider_id is not None:
            return await self._hear_payment(step, await self._payments.get_payment(row.provider_id))
        if person is None or person.erased:
            raise PersonErased("The customer's data has been erased, so nobody can pay this any more.")
        request = self._page(step, row, who, person.email)
        if clock.now() >= request.expires_at:  # nobody was ever given its address
            return await self._give_up(step)
        return await self._hear_payment(step, await self._payments.create_payment(request, key=step.key))

    @activity.defn(name="commission.charge")
    @translates_errors
    async def charge(self, step: CommissionPayment) -> Result:
        """Charges the kept card while nobody is there. A decline is a result."""
        async with self._database.transaction() as session:
            row, is_new = await commission_money.begin(session, _new(step, "card"))
            who = await commission_money.payer(session, step.commission_id)
        if row.state in {PAID, CANCELLED}:
            return _known(row)
        if not who.method_id:
            return await self._declined(step, "no_card")
        found = None if is_new else await self._find(row, who)
        if found is None:
            try:
                found = await self._cards.charge(
                    who.provider_customer_id, who.method_id, step.total, operation=step.operation, key=step.key
                )
            except NotFound:  # customer or card are gone at the provider: nothing was or can be charged
                return await self._declined(step, "no_card")
        return await self._hear_charge(step, found, who)

    @activity.defn(name="commission.look_up")
    @translates_errors
    async def look_up(self, step: CommissionPayment) -> Result:
        """The provider's own word on a charge. A webhook is only a hint to ask for it."""
        async with self._database.transaction() as session:
            row = await commission_money.charge(session, step.operation)
            who = await commission_money.payer(session, step.commission_id)
        if row is None:
            return Result(Outcome.OPEN)
        if row.state in {PAID, CANCELLED}:
            return _known(row)
        if row.kind == "deposit":
            if row.provider_id is None:
                return Result(Outcome.OPEN)
            return await self._hear_payment(step, await self._payments.get_payment(row.provider_id))
        found = await self._find(row, who)
        if found is None:
            return _known(row)
        return await self._hear_charge(step, found, who)

    @activity.defn(name="commission.close_deposit")
    @translates_errors
    async def close_deposit(self, step: CommissionPayment) -> Result:
        """Closes the page. PAID when the customer was faster."""
        return await self._close(step, "deposit")

    @activity.defn(name="commission.cancel_charge")
    @translates_errors
    async def cancel_charge(self, step: CommissionPayment) -> Result:
        """Gives a charge up. PAID when the customer was faster."""
        return await self._close(step, "card")

    @activity.defn(name="commission.release")
    @translates_errors
    async def release(self, step: ReleaseMilestone) -> None:
        """What a milestone held becomes the artisan's, less the fee; once."""
        async with self._database.transaction() as session:
            await commission_money.release(
                session, step.commission_id, step.operation, step.share, scale=self._allow_time_scale
            )

    @activity.defn(name="commission.give_back")
    @translates_errors
    async def give_back(self, step: GiveBack) -> None:
        """What was paid beyond a contract that has become cheaper."""
        async with self._database.transaction() as session:
            await commission_money.plan_surplus(session, step.commission_id, step.operation, step.minor, step.version)
        await self._refunds.send(step.commission_id, step.operation)

    @activity.defn(name="commission.settle")
    @translates_errors
    async def settle(self, step: SettleCommission) -> None:
        """Divides everything that was paid. Written down and booked for the artisan in one transaction, then sent back
        charge by charge. Raises `PartnerRefused` for a refund that the provider will not deliver; the same step again
        tries those that have failed."""
        async with self._database.transaction() as session:
            await commission_money.plan_settlement(
                session,
                step.commission_id,
                step.operation,
                step.parted,
                step.released,
                scale=self._allow_time_scale,
            )
        await self._refunds.send(step.commission_id, step.operation)

    # Charges

    def _page(self, step: CommissionPayment, row: CommissionCharge, who: Payer, email: str) -> PaymentRequest:
        back = self._address(step.commission_id)
        lines = [PaymentLine(f"Commission {who.number}", 1, Money(step.amount_minor, step.currency))]
        if step.tax_minor:
            lines.append(PaymentLine("Tax", 1, Money(step.tax_minor, step.currency)))
        return PaymentRequest(
            reference=step.operation,
            lines=lines,
            total=step.total,
            customer_email=email,
            success_url=back,
            cancel_url=back,
            expires_at=row.created_at + PAGE_LIVES,
            keep_card=True,
            customer_id=who.provider_customer_id or None,
        )

    async def _close(self, step: CommissionPayment, kind: str) -> Result:
        """Only the provider's word that no money can move counts. A charge that was never begun can't be begun any
        more from here on."""
        async with self._database.transaction() as session:
            row, _ = await commission_money.begin(session, _new(step, kind), CANCELLED)
            who = await commission_money.payer(session, step.commission_id)
            person = await people.find_person(session, who.customer_id)
        if row.state in {PAID, CANCELLED}:
            return _known(row)
        if row.kind == "deposit":
            page_id = row.provider_id
            if page_id is None:
                request = self._page(step, row, who, person.email if person is not None else "")
                if clock.now() >= request.expires_at:
                    return await self._give_up(step)
                # Its answer got lost: the same key answers with the same page.
                page_id = (await self._payments.create_payment(request, key=step.key)).id
            payment = await self._payments.cancel_payment(page_id, key=f"{step.key}/close")
            heard = await self._hear_payment(step, payment)
        else:
            found = await self._find(row, who)
            if found is None:
                return await self._give_up(step)
            heard = await self._hear_charge(
                step, await self._cards.cancel_charge(found.id, key=f"{step.key}/cancel"), who
            )
        if heard.outcome not in {Outcome.PAID, Outcome.CANCELLED}:
            raise PartnerUnavailable("The payment provider has not confirmed yet that nothing can be paid any more.")
        return heard

    async def _find(self, row: CommissionCharge, who: Payer) -> CardCharge | None:
        """What an earlier try has done, although its answer got lost."""
        if row.provider_id is not None:
            return await self._cards.get_charge(row.provider_id)
        if not who.provider_customer_id:
            return None
        found = await self._cards.find_charge(who.provider_customer_id, row.id)
        if found is None and activity.in_activity() and activity.info().attempt > 1:
            await asyncio.sleep(LOOK_AGAIN_AFTER)
            found = await self._cards.find_charge(who.provider_customer_id, row.id)
        return found

    async def _hear_payment(self, step: CommissionPayment, payment: Payment) -> Result:
        """What a hosted payment means, kept in our books."""
        if payment.state is PaymentState.CAPTURED:
            card = await self._cards.kept_card(payment.id)
            intent_id = payment.intent_id or ""
            settlement = payment.settlement or await self._payments.get_settlement(intent_id)
            async with self._database.transaction() as session:
                await commission_money.note_paid(
                    session,
                    step.operation,
                    provider_id=payment.id,
                    intent_id=intent_id,
                    settlement=settlement,
                    card=card,
                )
            return Result(Outcome.PAID)
        over = payment.state is PaymentState.CANCELLED
        async with self._database.transaction() as session:
            await commission_money.note(
                session,
                step.operation,
                CANCELLED if over else OPEN,
                provider_id=payment.id,
                intent_id=payment.intent_id,
                redirect_url=None if over else payment.redirect_url,
            )
        return Result(Outcome.CANCELLED if over else Outcome.OPEN)

    async def _hear_charge(self, step: CommissionPayment, seen: CardCharge, who: Payer) -> Result:
        """The same of a charge of a kept card. One that needs the customer gets the address where they prove it."""
        if seen.state is ChargeState.NEEDS_CUSTOMER:
            window = int(clock.now().timestamp()) // BACK_AGAIN
            seen = await self._cards.bring_back(
                seen.id,
                who.method_id,
                return_url=self._address(step.commission_id),
                key=f"{step.key}/back-{window}",
            )
        async with self._database.transaction() as session:
            await commission_money.note(
                session,
                step.operation,
                OPEN if seen.state is ChargeState.PAID else seen.state.value,
                reason=seen.reason,
                provider_id=seen.id,
                intent_id=seen.id,
                redirect_url=seen.come_back_url,
            )
        if seen.state is ChargeState.PAID:
            settlement = seen.settlement or await self._payments.get_settlement(seen.id)
            async with self._database.transaction() as session:
                await commission_money.note_paid(
                    session, step.operation, provider_id=seen.id, intent_id=seen.id, settlement=settlement
                )
        return Result(Outcome(seen.state.value), why=seen.reason)

    async def _declined(self, step: CommissionPayment, why: str) -> Result:
        async with self._database.transaction() as session:
            await commission_money.note(session, step.operation, ChargeState.DECLINED.value, reason=why)
        return Result(Outcome.DECLINED, why=why)

    async def _give_up(self, step: CommissionPayment) -> Result:
        async with self._database.transaction() as session:
            await commission_money.note(session, step.operation, CANCELLED)
        return Result(Outcome.CANCELLED)

    def _address(self, commission_id: str) -> str:
        return f"{self._public_url}/commissions/{commission_id}"


def _new(step: CommissionPayment, kind: str) -> NewCharge:
    return NewCharge(
        operation=step.operation,
        commission_id=step.commission_id,
        before=step.before,
        attempt=step.attempt,
        amount_minor=step.amount_minor,
        tax_minor=step.tax_minor,
        currency=step.currency,
        kind=kind,
        version=step.version,
    )


def _known(row: CommissionCharge) -> Result:
    """What we know without asking; what is being sent may have reached the provider or not."""
    if row.state == commission_money.SENDING:
        return Result(Outcome.OPEN)
    return Result(Outcome(row.state), why=row.reason)
