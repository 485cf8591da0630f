"""All SQL of holds, and what they book: a reserve leaves the payable balance when it is taken and comes back once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import ledger, payouts
from models.rules import reserve_postings
from models.rules.bookkeeping import LedgerEntry
from models.rules.holds import AppealOutcome, HoldReason, HoldRule, earned, new_seller_reserve
from models.rules.holds import Hold as Waiting
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionRow
from models.tables.orders import Order
from models.tables.payouts import Hold
from models.tables.people import User
from models.types import Money, new_id


@dataclass(frozen=True, slots=True)
class Appealed:
    """A hold that its shop has objected to, with what it wrote."""

    shop_id: str
    hold: Waiting
    appeal: str


async def time_scale_of(session: AsyncSession, shop_id: str) -> int:
    """Of the shop's keeper: how many times faster the days pass for a demo account. Everybody else's is 1."""
    owners = select(User.time_scale).join(Shop, Shop.owner_id == User.id)
    return await session.scalar(owners.where(Shop.id == shop_id)) or 1


async def keep_reserve(
    session: AsyncSession,
    shop_id: str,
    order_id: str | None,
    entries: list[LedgerEntry],
    now: datetime,
    *,
    scale: int = 1,
    reference: str = "",
) -> str | None:
    """After an order's money was released to a shop by these entries: what a new seller's reserve keeps of it.

    The hold's id; None when nothing is kept. Once an order, however often it is asked. A commission (`reference`) is
    released in parts, of which each keeps its own: whoever releases one asks once.
    """
    released = earned(shop_id, entries)
    first_order = select(func.min(Order.created_at)).where(Order.shop_id == shop_id).scalar_subquery()
    first_contract = select(func.min(CommissionRow.agreed_at)).where(CommissionRow.shop_id == shop_id).scalar_subquery()
    first_sale = await session.scalar(select(func.least(first_order, first_contract)))
    reserve = new_seller_reserve(released, first_sale, now, scale=scale) if released and first_sale else None
    if reserve is None:
        return None
    hold_id = await session.scalar(
        upsert(Hold)
        .values(
            id=new_id("hld"),
            shop_id=shop_id,
            order_id=order_id,
            currency=reserve.amount.currency,
            amount_minor=reserve.amount.minor,
            rule=HoldRule.NEW_SELLER.value,
            reason=HoldReason.FIRST_SALES.value,
            booked=True,
            created_at=now,
            release_at=reserve.release_at,
        )
        .on_conflict_do_nothing()
        .returning(Hold.id)
    )
    if hold_id is not None:
        entries = reserve_postings.taken(shop_id, reserve.amount)
        await ledger.post(session, f"hold-{hold_id}/taken", "reserve_taken", order_id or reference, entries)
    return hold_id


async def place(
    session: AsyncSession,
    shop_id: str,
    administrator_id: str,
    amount: Money,
    reason: HoldReason,
    *,
    release_at: datetime,
    now: datetime,
) -> str:
    """An administrator wants to look at something first: so much is not paid out until then."""
    hold_id = new_id("hld")
    await session.execute(
        insert(Hold).values(
            id=hold_id,
            shop_id=shop_id,
            currency=amount.currency,
            amount_minor=amount.minor,
            rule=HoldRule.REVIEW.value,
            reason=reason.value,
            booked=False,
            placed_by=administrator_id,
            created_at=now,
            release_at=release_at,
        )
    )
    return hold_id


async def unreleased(session: AsyncSession, shop_id: str) -> list[Waiting]:
    """Those that are due but have not been released yet, too; the next to end first."""
    rows = await session.scalars(
        select(Hold)
        .where(Hold.shop_id == shop_id, Hold.released_at.is_(None))
        .order_by(Hold.release_at, Hold.id)
        .execution_options(populate_existing=True)
    )
    return [_waiting(row) for row in rows]


async def find(session: AsyncSession, hold_id: str, shop_id: str | None = None) -> Appealed | None:
    """With `shop_id`, only one of that shop."""
    wanted = [Hold.id == hold_id] + ([Hold.shop_id == shop_id] if shop_id is not None else [])
    row = await session.scalar(select(Hold).where(*wanted).execution_options(populate_existing=True))
    return None if row is None else Appealed(row.shop_id, _waiting(row), row.appeal)


async def appealed(session: AsyncSession, *, limit: int) -> list[Appealed]:
    """Those that wait for a decision, the longest wait first."""
    rows = await session.scalars(
        select(Hold)
        .where(Hold.appealed_at.is_not(None), Hold.outcome == "", Hold.released_at.is_(None))
        .order_by(Hold.appealed_at, Hold.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [Appealed(row.shop_id, _waiting(row), row.appeal) for row in rows]


async def appeal(session: AsyncSession, hold_id: str, text: str, now: datetime) -> bool:
    """False when it was appealed before, or is over."""
    return await _changed(
        session, hold_id, Hold.appealed_at.is_(None), Hold.release_at > now, appealed_at=now, appeal=text
    )


async def decide(
    session: AsyncSession, hold_id: str, administrator_id: str, outcome: AppealOutcome, *, reason: str, now: datetime
) -> bool:
    """The first decision about an appeal counts. False when there is none to decide."""
    return await _changed(
        session,
        hold_id,
        Hold.appealed_at.is_not(None),
        Hold.outcome == "",
        outcome=outcome.value,
        decided_by=administrator_id,
        decided_at=now,
        decision=reason,
    )


async def decision_of(session: AsyncSession, hold_id: str) -> str:
    """Why an appeal was decided so, in the administrator's words."""
    return await session.scalar(select(Hold.decision).where(Hold.id == hold_id)) or ""


async def release(session: AsyncSession, hold_id: str, now: datetime) -> bool:
    """Lets one go, once. False when it was let go before."""
    row = (
        await session.execute(
            update(Hold)
            .where(Hold.id == hold_id, Hold.released_at.is_(None))
            .values(released_at=now)
            .returning(Hold.shop_id, Hold.order_id, Hold.currency, Hold.amount_minor, Hold.booked)
        )
    ).one_or_none()
    if row is None:
        return False
    shop_id, order_id, currency, amount_minor, booked = row
    if booked:
        entries = reserve_postings.released(shop_id, Money(amount_minor, currency))
        await ledger.post(session, f"hold-{hold_id}/released", "reserve_released", order_id or hold_id, entries)
    return True


async def release_due_of(session: AsyncSession, shop_id: str, currency: str, now: datetime) -> int:
    """Of one shop, before money is set aside for it; how many. Locks the payable balance first."""
    await payouts.lock_payable(session, shop_id, currency)
    due = await session.scalars(
        select(Hold.id)
        .where(Hold.shop_id == shop_id, Hold.currency == currency, Hold.released_at.is_(None), Hold.release_at <= now)
        .order_by(Hold.id)
    )
    return sum([await release(session, hold_id, now) for hold_id in due.all()])


async def shops_with_due(
    session: AsyncSession, now: datetime, *, after: tuple[str, str], limit: int
) -> Sequence[tuple[str, str]]:
    """(shop, currency) of holds whose day has come, those behind `after`."""
    rows = await session.execute(
        select(Hold.shop_id, Hold.currency)
        .where(
            Hold.released_at.is_(None),
            Hold.release_at <= now,
            tuple_(Hold.shop_id, Hold.currency) > tuple_(*(literal(part) for part in after)),
        )
        .group_by(Hold.shop_id, Hold.currency)
        .order_by(Hold.shop_id, Hold.currency)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def _changed(session: AsyncSession, hold_id: str, *conditions: object, **values: object) -> bool:
    wanted = [Hold.id == hold_id, Hold.released_at.is_(None), *conditions]
    changed = await session.scalar(update(Hold).where(*wanted).values(**values).returning(Hold.id))  # type: ignore[arg-type] # conditions are columns' comparisons
    return changed is not None


def _waiting(row: Hold) -> Waiting:
    return Waiting(
        id=row.id,
        rule=HoldRule(row.rule),
        reason=HoldReason(row.reason),
        amount=Money(row.amount_minor, row.currency),
        placed_at=row.created_at,
        release_at=row.release_at,
        order_id=row.order_id,
        booked=row.booked,
        released_at=row.released_at,
        appealed_at=row.appealed_at,
        outcome=AppealOutcome(row.outcome) if row.outcome else None,
    )
