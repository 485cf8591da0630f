"""All SQL of payout runs: which shops a run has to look at, and which days are already behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.payouts_plans import Plan, plan_of
from models.rules.bookkeeping import AccountKind
from models.tables.catalogue import Shop
from models.tables.ledger import Account
from models.tables.payouts import Payout, PayoutAccount, PayoutPlan, PayoutRun
from models.tables.people import User


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shop that has had something payable in this currency and a bank account to pay it to."""

    shop_id: str
    artisan_id: str
    currency: str
    time_scale: int
    chosen: PayoutPlan | None

    @property
    def plan(self) -> Plan:
        """Read only now: one that can't be read concerns no other shop. Raises `ValueError`."""
        return plan_of(self.chosen) if self.chosen is not None else Plan()


async def begin(session: AsyncSession, run_id: str, today: date, now: datetime) -> date | None:
    """The day up to which earlier runs have done everything; None when this is the first. Safe to repeat."""
    await session.execute(insert(PayoutRun).values(id=run_id, day=today, started_at=now).on_conflict_do_nothing())
    return await session.scalar(
        select(func.max(PayoutRun.day)).where(PayoutRun.ended_at.is_not(None), PayoutRun.id != run_id)
    )


async def end(session: AsyncSession, run_id: str, *, payouts: int, holds: int, now: datetime) -> None:
    await session.execute(
        update(PayoutRun)
        .where(PayoutRun.id == run_id, PayoutRun.ended_at.is_(None))
        .values(ended_at=now, payouts=payouts, holds=holds)
    )


async def candidates(session: AsyncSession, after: tuple[str, str], *, limit: int) -> Sequence[Candidate]:
    """By (shop, currency), those behind `after`."""
    rows = await session.execute(
        select(Account.owner, Shop.owner_id, Account.currency, User.time_scale, PayoutPlan)
        .join(Shop, Shop.id == Account.owner)
        .join(User, User.id == Shop.owner_id)
        .outerjoin(PayoutPlan, PayoutPlan.shop_id == Shop.id)
        .where(
            Account.kind == AccountKind.ARTISAN_PAYABLE.value,
            Shop.status == "approved",
            exists(select(literal(1)).where(PayoutAccount.shop_id == Shop.id)),
            tuple_(Account.owner, Account.currency) > tuple_(*(literal(part) for part in after)),
        )
        .order_by(Account.owner, Account.currency)
        .limit(limit)
    )
    return [Candidate(*row) for row in rows]


async def is_begun(session: AsyncSession, shop_id: str, period: str, currency: str) -> bool:
    """Whether there is a payout of this shop for this due day."""
    there = exists(
        select(literal(1)).where(Payout.shop_id == shop_id, Payout.period == period, Payout.currency == currency)
    )
    return bool(await session.scalar(select(there)))
