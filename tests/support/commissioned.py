"""Rows of a commission whose work is finished and paid: what is left of its money is what sending it costs."""

from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.repositories import commission_orders, commissions, ledger
from models.repositories.commission_orders import Made
from models.repositories.commissions import NewCommission
from models.repositories.processes import Progress, record_progress
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import Share
from models.tables.commissions import CommissionCharge
from models.types import Money, Party, TimelineEntry
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_person

SHIPPING = Share(0, 8_000, 640, 0)
LAST_CHARGE = (48_000, 3_840)
"""Amount and tax: the last milestone's work, and the shipping."""


@dataclass(frozen=True)
class Finished:
    id: str
    customer_id: str
    customer_email: str
    shop: TestShop
    intent_id: str
    """Of the newest charge."""

    @property
    def workflow_id(self) -> str:
        return f"commission-{self.id}"


async def add_finished(
    session: AsyncSession, shop: TestShop, status: str = "finished", *, charged: bool = True
) -> Finished:
    """A commission as its process leaves it when the last milestone is approved."""
    customer_id, email = await add_person(session)
    address_id = await add_address(session, customer_id)
    new = NewCommission(
        shop_id=shop.id,
        customer_id=customer_id,
        address_id=address_id,
        currency=shop.currency,
        title="A desk",
        brief="Of walnut, for two people.",
        fee_bp=650,
    )
    commission_id = await commissions.add(session, new)
    finished = Finished(commission_id, customer_id, email, shop, f"pi_{commission_id}_2")
    for number, (amount, tax) in enumerate(((30_000, 2_400), LAST_CHARGE) if charged else (), start=1):
        await session.execute(
            insert(CommissionCharge).values(
                id=f"{finished.workflow_id}/charge-{number}-1",
                commission_id=commission_id,
                before=number,
                attempt=1,
                amount_minor=amount,
                tax_minor=tax,
                currency=shop.currency,
                kind="card",
                state="paid",
                provider_id=f"pi_{commission_id}_{number}",
                intent_id=f"pi_{commission_id}_{number}",
                paid_at=clock.now(),
            )
        )
    await tell(session, finished.workflow_id, "commission", status, is_final=status == "completed")
    return finished


async def hold_shipping(session: AsyncSession, finished: Finished) -> None:
    """What is still held for it."""
    entries = [
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", Money(SHIPPING.total_minor, finished.shop.currency)),
        LedgerEntry(AccountKind.ORDER_HELD, finished.id, Money(-SHIPPING.held_minor, finished.shop.currency)),
        LedgerEntry(AccountKind.TAX_PAYABLE, "", Money(-SHIPPING.tax_minor, finished.shop.currency)),
    ]
    await ledger.post(session, f"{finished.workflow_id}/held", "held", finished.id, entries)


async def add_order(session: AsyncSession, finished: Finished, shipping: Share = SHIPPING) -> Made:
    """The order that sends its piece."""
    return await commission_orders.make(session, finished.id, f"{finished.workflow_id}/ship", shipping, clock.now())


async def tell(session: AsyncSession, workflow_id: str, process: str, status: str, *, is_final: bool = False) -> None:
    entry = TimelineEntry(sequence=1, at=clock.now(), actor=Party.SYSTEM, what="commission_ready")
    await record_progress(session, Progress(workflow_id, process, status, 1, is_final=is_final, entries=(entry,)))
