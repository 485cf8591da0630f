"""Placing and watching a checkout. Reads SQL, asks the process; decides nothing that the process decides."""

from contextlib import suppress
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.checkout.schemas import (
    AddressInput,
    AddressView,
    CheckoutPreview,
    CheckoutView,
    HeldCheckout,
    HeldReason,
    OrderRef,
    PlacedView,
    PreviewShop,
)
from api.money import money, money_view
from api.process_client import ProcessClient, ProcessClosed
from api.wording import timeline_lines
from core import clock
from core.reads import Reads
from models.audited import Audited
from models.errors import CartNotOpen, Forbidden, InvalidInput, NotFound, NotNow
from models.ports import PaymentState, PostalAddress, TaxEngine
from models.repositories import addresses, audit, checkout_views, checkouts, promotions, store_credit, taxes
from models.repositories.addresses import SavedAddress
from models.repositories.processes import read_process
from models.repositories.rates import Rates
from models.rules.baskets import Basket
from models.rules.credit import usable
from models.rules.money import refuse_too_little
from models.rules.risk import REASONS
from models.tables.selling import Cart, Checkout, Payment, RiskDecision
from models.types import CheckoutStatus, Money, new_id
from workflows import policies
from workflows.checkout import messages


class CheckoutService:
    """One request's use of the checkout process. `allow_time_scale` is false in the cluster."""

    def __init__(
        self,
        session: AsyncSession,
        reads: Reads,
        processes: ProcessClient,
        tax: TaxEngine,
        rates: Rates,
        *,
        public_url: str,
        allow_time_scale: bool,
        pay_within_seconds: int | None = None,
    ) -> None:
        self._session = session
        self._reads = reads
        self._processes = processes
        self._tax = tax
        self._rates = rates
        self._public_url = public_url.rstrip("/")
        self._allow_time_scale = allow_time_scale
        self._pay_within_seconds = pay_within_seconds

    # Addresses

    async def addresses(self, person: Person) -> list[AddressView]:
        """Newest first."""
        return [_address_view(saved) for saved in await addresses.of_person(self._session, person.id)]

    async def save_address(self, person: Person, given: AddressInput) -> AddressView:
        """The same address again is the one that is there: rows are immutable, so sharing one is safe."""
        for known in await self.addresses(person):
            if known.model_dump(exclude={"id"}) == given.model_dump():
                return known
        address_id = await addresses.add(self._session, person.id, PostalAddress(**given.model_dump()))
        await audit.append(self._session, Audited.ADDRESS_ADDED, actor=person.id, role=person.role, subject=address_id)
        return AddressView(id=address_id, **given.model_dump())

    # The buyer's side

    async def preview(self, person: Person, address_id: str) -> CheckoutPreview:
        cart = await self._cart(person)
        address = await addresses.find(self._session, address_id, person.id)
        pieces, changed = await checkouts.cart_pieces(self._session, cart)
        shops = await checkouts.shop_facts(self._session, {piece.line.shop_id for piece in pieces})
        terms = await promotions.terms(self._session, cart, shops)
        today = clock.now().date()
        exempt = await taxes.exemptions_of(self._session, person.id, today)
        exchange = await self._rates.exchange(self._reads)
        quoted = Basket(pieces, terms, cart.currency).quote(
            exchange, address.postal, self._tax, at=today, exemptions=exempt
        )
        checkouts.refuse_changed_prices(changed, quoted, None)
        total = Money(quoted.total_minor, quoted.currency)
        credit = usable(total, await store_credit.available(self._session, person.id, total.currency))
        if credit != total or not total.minor:  # what comes to nothing can't be paid for, not even with credit
            refuse_too_little(total)
        currency = quoted.currency
        return CheckoutPreview(
            address=_address_view(address),
            currency=currency,
            shops=[
                PreviewShop(
                    shop_id=part.shop_id,
                    name=terms[part.shop_id].name,
                    goods=money(part.items_minor + part.discount_minor, currency),
                    discount=money(part.discount_minor, currency),
                    items=money(part.items_minor, currency),
                    shipping=money(part.shipping_minor, currency),
                    tax=money(part.tax_minor, currency),
                    total=money(part.total_minor, currency),
                    ships_within_days=part.ship_within_days,
                )
                for part in quoted.shops
            ],
            goods=money(quoted.items_minor + quoted.discount_minor, currency),
            discount=money(quoted.discount_minor, currency),
            items=money(quoted.items_minor, currency),
            shipping=money(quoted.shipping_minor, currency),
            tax=money(quoted.tax_minor, currency),
            total=money(quoted.total_minor, currency),
            credit=money_view(credit),
            left_to_pay=money_view(total - credit),
        )

    async def place(
        self, person: Person, address_id: str, expected_total_minor: int | None, credit_minor: int = 0
    ) -> PlacedView:
        """The click on "Pay". A second click, another tab and a repeated request get the same checkout."""
        for _ in range(2):
            cart = await self._cart(person)
            scale = person.time_scale if self._allow_time_scale else 1
            start = messages.CheckoutInput(
                cart_id=cart.id,
                attempt=cart.attempt,
                buyer_id=person.id,
                time_scale=scale,
                deadlines=policies.resolve_checkout(pay_within_seconds=self._pay_within_seconds, scale=scale),
            )
            # The process opens transactions of its own on the same rows: ours must be over before it starts.
            await self._session.commit()
            try:
                placed = await self._processes.place_checkout(
                    start, messages.PlaceCheckout(address_id, expected_total_minor, credit_minor)
                )
            except ProcessClosed:
                self._session.expire_all()
                continue  # that attempt ended while we looked; the cart's next number is a new one
            return PlacedView(
                checkout_id=placed.checkout_id,
                payment_id=placed.payment_id,
                total=money(placed.total_minor, placed.currency),
                credit=money(placed.credit_minor, placed.currency),
                redirect_url=await self._redirect_url(placed.checkout_id),
            )
        raise CartNotOpen(
            "This cart has been paid for, or its payment just ended. Look at your orders, then try again."
        )

    async def pay_url(self, person: Person, checkout_id: str) -> str:
        """Where to go on paying; our own page of this checkout when there is nothing to pay any more."""
        await self._own(person, checkout_id)
        process = await read_process(self._session, checkout_id)
        if process is None or process.status != CheckoutStatus.AWAITING_PAYMENT.value:
            return self._page(checkout_id)
        return await self._redirect_url(checkout_id)

    async def view(self, person: Person, checkout_id: str) -> CheckoutView:
        standing = await checkout_views.standing(self._reads, checkout_id)
        if standing is None or standing.buyer_id != person.id:
            raise NotFound("This checkout does not exist.")
        awaiting = standing.status == CheckoutStatus.AWAITING_PAYMENT.value
        return CheckoutView(
            id=checkout_id,
            status=standing.status,
            waiting_on=standing.waiting_on,
            deadline=standing.deadline,
            total=money(standing.total.minor, standing.total.currency),
            can_pay=awaiting,
            can_abandon=awaiting,
            is_final=standing.is_final,
            orders=[OrderRef(id=order_id, number=number) for order_id, number in standing.orders],
            timeline=timeline_lines(await checkout_views.timeline(self._reads, checkout_id)),
        )

    async def customer_returned(self, person: Person, checkout_id: str) -> None:
        """The browser is back: if nothing has been heard yet, the process asks the provider now."""
        await self._own(person, checkout_id)
        process = await read_process(self._session, checkout_id)
        if process is not None and process.status == CheckoutStatus.AWAITING_PAYMENT.value:
            await self._session.commit()
            with suppress(NotNow):  # it is being asked already, or the checkout has moved on
                await self._processes.update(
                    checkout_id, "customer_returned", messages.CustomerReturned(), CheckoutStatus
                )

    async def abandon(self, person: Person, checkout_id: str) -> str:
        """Gives the cart back. Answers the status reached; `paid` when the money was faster."""
        await self._own(person, checkout_id)
        await self._session.commit()
        status = await self._processes.update(
            checkout_id, "abandon", messages.AbandonCheckout(person.id), CheckoutStatus, update_id="abandon"
        )
        return status.value

    # The administrator's side

    async def held(self) -> list[HeldCheckout]:
        return [
            HeldCheckout(
                id=checkout.id,
                placed_at=checkout.created_at,
                total=money(checkout.total_minor, checkout.currency),
                score=checkout.risk_score or 0,
                reasons=[
                    HeldReason(code=code, points=REASONS[code][0], text=REASONS[code][1])
                    for code in checkout.risk_reasons
                ],
                buyer_id=checkout.buyer_id,
                buyer_since=opened_at,
                deadline=process.deadline,
            )
            for checkout, process, opened_at in await checkouts.held_for_review(self._session)
        ]

    async def decide(self, administrator: Person, checkout_id: str, *, approve: bool, reason: str) -> str:
        """Stores the reason first; the process is told only its id. Raises `NotNow` when somebody else decided, and
        `Forbidden` for the buyer."""
        checkout = await checkouts.get_checkout(self._session, checkout_id)
        if checkout.buyer_id == administrator.id:
            raise Forbidden("This is your own payment, so another administrator has to decide about it.")
        decision = RiskDecision(
            id=new_id("dec"),
            checkout_id=checkout_id,
            administrator_id=administrator.id,
            approve=approve,
            reason=reason,
        )
        self._session.add(decision)
        await self._note_decision(decision, administrator, counts=True)
        await self._session.commit()
        message = messages.DecideReview(decision.id, administrator.id, approve)
        try:
            status = await self._processes.update(
                checkout_id, "decide_review", message, CheckoutStatus, update_id=decision.id
            )
        except NotNow:
            await self._session.delete(decision)
            await self._note_decision(decision, administrator, counts=False)
            await self._session.commit()
            raise
        return status.value

    # Helpers

    async def _note_decision(self, decision: RiskDecision, administrator: Person, *, counts: bool) -> None:
        """`counts` is false for one that came too late, and then is the second entry about it."""
        await audit.append(
            self._session,
            Audited.RISK_DECIDED,
            actor=administrator.id,
            role=administrator.role,
            subject=decision.checkout_id,
            details={"decision": decision.id, "approve": decision.approve, "counts": counts},
        )

    async def _cart(self, person: Person) -> Cart:
        cart = await checkouts.find_active_cart(self._session, person.id)
        if cart is None:
            raise InvalidInput("The cart is empty. Put something into it first.")
        return cart

    async def _own(self, person: Person, checkout_id: str) -> Checkout:
        checkout = await checkouts.get_checkout(self._session, checkout_id)
        if checkout.buyer_id != person.id:
            raise NotFound("This checkout does not exist.")
        return checkout

    async def _redirect_url(self, checkout_id: str) -> str:
        """The provider's page while it is open, from SQL: it stays outside of the process's history."""
        open_page = select(Payment.redirect_url).where(
            Payment.checkout_id == checkout_id, Payment.state == PaymentState.OPEN.value
        )
        url = await self._session.scalar(open_page)
        return url or self._page(checkout_id)

    def _page(self, checkout_id: str) -> str:
        return f"{self._public_url}/checkout/{checkout_id}/return"


def _address_view(saved: SavedAddress) -> AddressView:
    return AddressView(id=saved.id, **asdict(saved.postal))
