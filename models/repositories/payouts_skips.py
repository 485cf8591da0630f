"""All SQL of shops that a payout run had to pass over: noted once, counted by runs, and cleared by the run that could
look at them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.payouts import SkippedAt
from models.tables.catalogue import Shop
from models.tables.payouts import PayoutSkip
from models.types import new_id


@dataclass(frozen=True, slots=True)
class NewSkip:
    """One shop in one currency, and what could not be read or done for it."""

    shop_id: str
    currency: str
    step: SkippedAt
    error: str
    after: date
    """What became due since then still has to be looked at."""


@dataclass(frozen=True, slots=True)
class Skipped:
    skip: PayoutSkip
    shop_name: str


async def note(session: AsyncSession, new: NewSkip, run_id: str, now: datetime) -> str:
    """The reference; the same as long as it is not cleared. A run counts once, however often it is repeated."""
    fresh = insert(PayoutSkip).values(
        id=new_id("psk"),
        shop_id=new.shop_id,
        currency=new.currency,
        step=new.step.value,
        error=new.error[:40],
        after=new.after,
        run_id=run_id,
        first_at=now,
        last_at=now,
    )
    reference: str = (
        await session.execute(
            fresh.on_conflict_do_update(
                index_elements=[PayoutSkip.shop_id, PayoutSkip.currency],
                index_where=PayoutSkip.cleared_at.is_(None),
                set_={
                    "step": fresh.excluded.step,
                    "error": fresh.excluded.error,
                    "after": func.least(PayoutSkip.after, fresh.excluded.after),
                    "times": PayoutSkip.times + case((PayoutSkip.run_id != fresh.excluded.run_id, 1), else_=0),
                    "run_id": fresh.excluded.run_id,
                    "last_at": now,
                },
            ).returning(PayoutSkip.id)
        )
    ).scalar_one()
    return reference


async def open_among(session: AsyncSession, shop_ids: Sequence[str]) -> dict[tuple[str, str], PayoutSkip]:
    """Those of these shops that were passed over, by (shop, currency)."""
    rows = await session.scalars(
        select(PayoutSkip)
        .where(PayoutSkip.shop_id.in_(shop_ids), PayoutSkip.cleared_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return {(row.shop_id, row.currency): row for row in rows}


async def clear(session: AsyncSession, looked_at: Sequence[tuple[str, str]], now: datetime) -> None:
    """These could be looked at."""
    await session.execute(
        update(PayoutSkip)
        .where(PayoutSkip.cleared_at.is_(None), tuple_(PayoutSkip.shop_id, PayoutSkip.currency).in_(looked_at))
        .values(cleared_at=now)
    )


async def clear_others(session: AsyncSession, run_id: str, now: datetime) -> None:
    """At the end of a run: whoever was not passed over by it has nothing to be looked at any more."""
    await session.execute(
        update(PayoutSkip).where(PayoutSkip.cleared_at.is_(None), PayoutSkip.run_id != run_id).values(cleared_at=now)
    )


async def listed(session: AsyncSession, *, limit: int) -> list[Skipped]:
    """Those that the next run tries again, the longest wait first."""
    rows = await session.execute(
        select(PayoutSkip, Shop.name)
        .join(Shop, Shop.id == PayoutSkip.shop_id)
        .where(PayoutSkip.cleared_at.is_(None))
        .order_by(PayoutSkip.first_at, PayoutSkip.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [Skipped(skip, name) for skip, name in rows]
