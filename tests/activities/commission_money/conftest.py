"""A commission of the worked example's desk in a real database, and the sandbox as the provider of its money."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from activities.commission_money import CommissionMoneyActivities, CommissionPayment, ReleaseMilestone
from activities.gateways.table_tax import TableTax
from core import clock
from core.database import Database
from models.repositories import commission_versions, commissions, ledger
from models.repositories.commissions import NewCommission
from models.rules.bookkeeping import AccountKind
from models.rules.commission.charges import Charge, planned, shares
from models.rules.commission.contract import Terms
from models.rules.refunds import Share
from models.tables.commissions import CommissionCharge, CommissionRefund, CommissionRow, CommissionVersion
from models.tables.ledger import Entry
from models.types import Party
from tests.contracts.conftest import Provider, contract_sandbox, sandbox, sandbox_url
from tests.models.commission.contracts import desk
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_person, add_shop

__all__ = ["contract_sandbox", "sandbox", "sandbox_url"]

FEE_BP, TAX = 650, 10_240
CARD, ASKS_ALWAYS = "4242424242424242", "4000002760003184"


@dataclass(frozen=True)
class Contract:
    """An agreed commission, its steps, and what its process would ask of them."""

    id: str
    shop: TestShop
    customer_id: str
    database: Database
    provider: Provider
    steps: CommissionMoneyActivities
    terms: Terms

    @property
    def plan(self) -> list[Charge]:
        return planned(self.terms, TAX)

    def payment(self, number: int, attempt: int = 1) -> CommissionPayment:
        """The charge at this place in the plan, from 1."""
        charge = self.plan[number - 1]
        operation = f"commission-{self.id}/charge-{number}-{attempt}"
        return CommissionPayment(
            commission_id=self.id,
            operation=operation,
            before=charge.before,
            attempt=attempt,
            amount_minor=charge.amount_minor,
            tax_minor=charge.tax_minor,
            currency=self.terms.currency,
            key=operation,
        )

    def held(self, charges: int) -> Mapping[int, Share]:
        """What each milestone holds after so many charges."""
        return shares(self.terms, FEE_BP, self.plan[:charges])

    def releases(self, number: int, charges: int) -> ReleaseMilestone:
        one = self.held(charges)[number]
        share = Share(one.items_minor, 0, one.tax_minor, one.fee_minor)
        return ReleaseMilestone(self.id, f"commission-{self.id}/release-{number}", number, share)

    async def pays(self, number: int = 1, *, attempt: int = 1, card: str = CARD) -> CommissionPayment:
        """The customer pays on the page."""
        step = self.payment(number, attempt)
        await self.steps.open_deposit(step)
        row = await self.charge(step)
        assert row.provider_id is not None
        assert await self.provider.pay(row.provider_id, card) == 200
        return step

    async def deposited(self, card: str = CARD) -> None:
        await self.steps.look_up(await self.pays(card=card))

    async def cards_do(self, away: str) -> None:
        row = await self.row()
        await self.provider.control(f"customers/{row.provider_customer_id}/cards", "PUT", away=away)

    def provider_page(self) -> httpx.AsyncClient:
        """The customer's browser."""
        return httpx.AsyncClient(trust_env=False)

    async def row(self) -> CommissionRow:
        async with self.database.transaction() as session:
            return await commissions.get(session, self.id)

    async def charge(self, step: CommissionPayment) -> CommissionCharge:
        async with self.database.transaction() as session:
            return await session.get_one(CommissionCharge, step.operation)

    async def refunds(self) -> list[CommissionRefund]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(CommissionRefund).order_by(CommissionRefund.id)))

    async def books(self, currency: str = "USD") -> dict[str, int]:
        """What is not zero, by account; credits are negative. Everything sums to zero."""
        found = {}
        async with self.database.transaction() as session:
            whole = select(func.sum(Entry.amount_minor)).where(Entry.currency == currency)
            assert await session.scalar(whole) in {0, None}
            for kind, owner in (
                (AccountKind.ORDER_HELD, self.id),
                (AccountKind.ARTISAN_PAYABLE, self.shop.id),
                (AccountKind.ARTISAN_RESERVE, self.shop.id),
                (AccountKind.FEES_EARNED, ""),
                (AccountKind.TAX_PAYABLE, ""),
                (AccountKind.PROCESSING_FEES, ""),
                (AccountKind.PROVIDER_PENDING, ""),
                (AccountKind.FX_POSITION, ""),
                (AccountKind.FX_RESULT, ""),
            ):
                found[kind.value] = (await ledger.balance(session, kind, owner, currency)).minor
        return {name: minor for name, minor in found.items() if minor}

    async def at_the_provider(self) -> int:
        """What the provider took from the card and has not given back, before its fees."""
        charges = [charge async for charge in _listed(self.provider)]
        return sum(captured - refunded for captured, refunded in charges)


async def _listed(provider: Provider) -> AsyncIterator[tuple[int, int]]:
    page = await provider.gateway.client.v1.charges.list_async({"limit": 100})
    async for charge in page.auto_paging_iter():
        if charge.captured and charge.status == "succeeded":
            yield charge.amount_captured, charge.amount_refunded


@pytest.fixture
async def contract(database: Database, sandbox: Provider) -> Contract:
    return await agreed(database, sandbox, desk())


async def agreed(database: Database, sandbox: Provider, terms: Terms) -> Contract:
    async with database.transaction() as session:
        shop = await add_shop(session, currency=terms.currency)
        customer_id, _ = await add_person(session)
        address_id = await add_address(session, customer_id)
        wish = NewCommission(shop.id, customer_id, address_id, terms.currency, "A desk", "Of walnut.", FEE_BP)
        commission_id = await commissions.add(session, wish)
        await add_version(session, commission_id, 1, terms)
        await session.execute(
            update(CommissionRow)
            .where(CommissionRow.id == commission_id)
            .values(version=1, tax_minor=TAX, agreed_minor=terms.total_minor + TAX, agreed_at=clock.now())
        )
    steps = CommissionMoneyActivities(database, sandbox.gateway, sandbox.cards, TableTax(), "http://shop.example/")
    return Contract(commission_id, shop, customer_id, database, sandbox, steps, terms)


async def add_version(session: AsyncSession, commission_id: str, number: int, terms: Terms) -> None:
    draft = commission_versions.Draft(commission_id, number, Party.ARTISAN, "quote", terms, {1: "Drawing"}, "")
    await commission_versions.write_draft(session, draft)
    await session.execute(update(CommissionVersion).where(CommissionVersion.version == number).values(taken=True))
