"""A person's own credit, and what administrators give away. What may be done with money, the models decide."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.counters import Counters
from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.credit.schemas import (
    CreditBalance,
    CreditMoved,
    CreditView,
    DecidedGrant,
    GiftCardView,
    GrantView,
    ProposeGrantInput,
)
from api.money import MoneyView, money_view
from core import clock
from models.audited import Audited
from models.errors import InvalidInput
from models.repositories import audit, credit_grants, people, store_credit
from models.repositories.rate_limits import Limit
from models.types import Money, new_id

PER_PAGE = 50


@dataclass(frozen=True)
class Credit:
    session: AsyncSession

    async def of(self, person: Person) -> CreditView:
        balances = []
        for currency in await store_credit.currencies_of(self.session, person.id):
            owed = await store_credit.owed(self.session, person.id, currency)
            available = await store_credit.available(self.session, person.id, currency)
            history = await store_credit.history(self.session, person.id, currency)
            balances.append(
                CreditBalance(
                    currency=currency,
                    balance=money_view(owed),
                    available=money_view(available),
                    history=[CreditMoved.of(entry) for entry in history],
                )
            )
        return CreditView(balances=balances)

    async def redeem(self, person: Person, code: str, limits: dict[str, Limit]) -> MoneyView:
        """Counted as a failed try before it is looked at, and taken back when it was right: whoever guesses from many
        tabs at once runs out as soon as from one."""
        counters = Counters(self.session)
        await counters.attempt(limits, what="codes were wrong")
        await self.session.commit()
        amount = await credit_grants.redeem(self.session, person.id, code, clock.now())
        await counters.taken_back(limits)
        return money_view(amount)

    async def give_up(self, person: Person, shown: Money) -> MoneyView:
        """Raises `CreditChanged` when it is not what the person saw."""
        await store_credit.give_up(self.session, person.id, shown, f"credit-given-up/{new_id('gup')}")
        await audit.append(
            self.session,
            Audited.CREDIT_GIVEN_UP,
            actor=person.id,
            role=person.role,
            subject=person.id,
            details={"amount_minor": shown.minor, "currency": shown.currency},
        )
        return money_view(shown)

    # The administrators' side

    async def grants(self, page: int, *, decided: bool) -> Page[GrantView]:
        rows, total = await credit_grants.listed(self.session, page, PER_PAGE, decided=decided)
        return Page[GrantView](
            items=[GrantView.of(row) for row in rows],
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, -(-total // PER_PAGE)),
        )

    async def propose(self, person: Person, given: ProposeGrantInput) -> GrantView:
        to = await self._whose(given.to.strip())
        amount = Money(given.amount_minor, given.currency)
        return GrantView.of(await credit_grants.propose(self.session, person.id, to, amount, given.reason))

    async def decide(self, person: Person, grant_id: str, *, approve: bool) -> DecidedGrant:
        if approve:
            grant, code = await credit_grants.approve(self.session, grant_id, person.id, clock.now())
        else:
            grant, code = await credit_grants.decline(self.session, grant_id, person.id, clock.now()), ""
        return DecidedGrant(grant=GrantView.of(grant), code=code)

    async def cards(self, page: int) -> Page[GiftCardView]:
        rows, total = await credit_grants.cards(self.session, page, PER_PAGE)
        return Page[GiftCardView](
            items=[GiftCardView.of(card, left) for card, left in rows],
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, -(-total // PER_PAGE)),
        )

    async def block(self, person: Person, card_id: str) -> GiftCardView:
        card = await credit_grants.block(self.session, card_id, person.id)
        return GiftCardView.of(card, await credit_grants.worth(self.session, card))

    async def _whose(self, to: str) -> str | None:
        if not to:
            return None
        if "@" in to:
            found = await people.find_by_email(self.session, to)
            person_id = found.id if found is not None and not found.erased else None
        else:
            person_id = await credit_grants.buyer_of(self.session, to.upper())
        if person_id is None:
            raise InvalidInput(
                "Nobody has this mail address, and no order this number. Check it, or leave it empty for a gift card.",
                field="to",
            )
        return person_id
