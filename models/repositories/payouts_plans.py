"""All SQL of payout plans: on which days a shop is paid, and from which amount on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.payout_calendar import Calendar, PayoutDays
from models.tables.payouts import PayoutPlan


@dataclass(frozen=True, slots=True)
class Plan:
    """A shop's own choice, or the usual one."""

    days: PayoutDays = field(default_factory=PayoutDays)
    minimums: Mapping[str, int] = field(default_factory=dict)
    """Currency → minor units; see `models.rules.payouts.minimum_for`."""


async def of_shop(session: AsyncSession, shop_id: str) -> Plan:
    row = await session.scalar(
        select(PayoutPlan).where(PayoutPlan.shop_id == shop_id).execution_options(populate_existing=True)
    )
    return Plan() if row is None else plan_of(row)


async def save(session: AsyncSession, shop_id: str, plan: Plan, now: datetime) -> None:
    fresh = {
        "calendar": plan.days.calendar.value,
        "weekday": plan.days.weekday,
        "day": plan.days.day,
        "minimums": dict(plan.minimums),
        "changed_at": now,
    }
    await session.execute(
        insert(PayoutPlan)
        .values(shop_id=shop_id, **fresh)
        .on_conflict_do_update(index_elements=[PayoutPlan.shop_id], set_=fresh)
    )


def plan_of(row: PayoutPlan) -> Plan:
    return Plan(
        PayoutDays(Calendar(row.calendar), row.weekday, row.day),
        {currency: int(minor) for currency, minor in row.minimums.items()},
    )
