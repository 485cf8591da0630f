"""A wish becomes a commission: what is checked before its row is written, and the beginning of its process."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions.inputs import RequestInput
from api.commissions.leaks import ContactLeak, warn
from api.commissions.schemas import CommissionView
from api.commissions.view import commission_view
from api.process_client import ProcessClient
from core import clock
from models.errors import CurrencyMismatch, InvalidInput, NotFound, NotNow
from models.repositories import addresses, capacity, commission_reading, commissions, fee_rules
from models.repositories.commission_reading import ShopAsked
from models.repositories.commissions import NewCommission, Words
from models.rules.commission.contract import LONGEST_DAYS
from models.rules.money import refuse_unchargeable
from models.types import Money
from workflows import policies
from workflows.commission import messages

RECENT = 5
"""So many of a customer's newest requests are looked through for one that was stored and never begun."""


class RequestService:
    """`session` is the request's; it is committed before the process begins."""

    def __init__(self, session: AsyncSession, processes: ProcessClient, allow_time_scale: bool) -> None:
        self._session = session
        self._processes = processes
        self._allow_time_scale = allow_time_scale

    async def place(self, person: Person, given: RequestInput) -> CommissionView:
        """Begins, or joins the shop's waitlist. Raises `NotFound`, `InvalidInput`, `CurrencyMismatch`, `NotNow`;
        `ContactLeak` until that is confirmed."""
        shop = await self._shop(person, given)
        await addresses.find(self._session, given.address_id, person.id)
        _refuse_wish(given, shop)
        commission_id = await self._stored(person, shop, given) or await self._add(person, shop, given)
        today = clock.now().date()
        admitted = await capacity.admit(self._session, shop.id, commission_id, person.id, today)
        row = await commissions.get(self._session, commission_id)
        start = messages.CommissionInput(
            commission_id=commission_id,
            customer_id=person.id,
            artisan_id=shop.owner_id,
            currency=row.currency,
            fee_bp=row.fee_bp,
            deadlines=policies.resolve_commission(scale=person.time_scale if self._allow_time_scale else 1),
        )
        record = start.wish(row.created_at)
        await self._session.commit()
        if admitted.waits:
            await self._processes.look_at_waitlist(shop.id)
            return await commission_view(self._session, self._processes, commission_id, person)
        await self._processes.start_commission(start)
        return await commission_view(self._session, self._processes, commission_id, person, record=record)

    async def _shop(self, person: Person, given: RequestInput) -> ShopAsked:
        shop = await commission_reading.shop(self._session, given.shop)
        if shop is None or not shop.is_open:
            raise NotFound("There is no such shop, or it is closed.")
        if shop.owner_id == person.id:
            raise NotNow("This is your own shop. Commissions are between two people.")
        return shop

    async def _stored(self, person: Person, shop: ShopAsked, given: RequestInput) -> str | None:
        """The same wish, stored but never begun: whoever stored it did not get as far as the process."""
        for facts in await commissions.of_customer(self._session, person.id, limit=RECENT):
            if facts.process is not None or facts.row.ended_at is not None or facts.row.shop_id != shop.id:
                continue
            if await commissions.words(self._session, facts.row.id) == Words(given.title, given.brief):
                return facts.row.id
        return None

    async def _add(self, person: Person, shop: ShopAsked, given: RequestInput) -> str:
        fees = await fee_rules.of_shops(self._session, [shop.id], clock.now())
        return await commissions.add(
            self._session,
            NewCommission(
                shop_id=shop.id,
                customer_id=person.id,
                address_id=given.address_id,
                currency=given.currency,
                title=given.title,
                brief=given.brief,
                fee_bp=fees[shop.id].otherwise.rate_bp,
                budget_minor=given.budget_minor,
                wanted_by=given.wanted_by,
            ),
        )


def _refuse_wish(given: RequestInput, shop: ShopAsked) -> None:
    if given.currency != shop.currency:
        raise CurrencyMismatch(f"This shop works in {shop.currency}. Ask in {shop.currency}.", field="currency")
    today = clock.now().date()
    if given.wanted_by is not None and given.wanted_by <= today:
        raise InvalidInput("This day has passed, or is today. Choose a later one.", field="wanted_by")
    if given.wanted_by is not None and given.wanted_by > today + 2 * timedelta(days=LONGEST_DAYS):
        raise InvalidInput("This is too far away to be promised. Choose an earlier day.", field="wanted_by")
    if given.budget_minor is not None:
        refuse_unchargeable(Money(given.budget_minor, given.currency), "budget_minor")
    warn(f"{given.title}\n{given.brief}", confirmed=given.confirm, field="brief")


__all__ = ["ContactLeak", "RequestService"]
