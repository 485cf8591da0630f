"""All SQL of what a page or a list shows of commissions beside their contract: people's names, money as it was tried,
and where the work stands. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from models.repositories.commissions import CommissionFacts
from models.repositories.people import name_of
from models.rules.commission.contract import Stage
from models.rules.commission.record import Progress
from models.tables.capacity import CommissionWait
from models.tables.catalogue import Shop
from models.tables.commissions import (
    CommissionCharge,
    CommissionMilestone,
    CommissionRefund,
    CommissionRow,
    CommissionVersion,
)
from models.tables.people import PersonKey, User
from models.tables.processes import Process
from models.types import Party, RefundState

FAILED = RefundState.FAILED.value


@dataclass(frozen=True)
class ShopAsked:
    """A shop that somebody would commission a piece from."""

    id: str
    slug: str
    name: str
    owner_id: str
    currency: str
    is_open: bool


@dataclass(frozen=True)
class Turn:
    """Whose turn it is in a list: a side's, neither's without one, or nobody's any more."""

    of: Party | None = None
    ended: bool = False


async def listed(
    session: AsyncSession,
    *,
    customer_id: str | None = None,
    shop_id: str | None = None,
    number: str | None = None,
    turn: Turn | None = None,
    before: str | None = None,
    limit: int,
) -> list[CommissionFacts]:
    """Of a customer, of a shop, or of everybody; the newest first. `before` is the id of the last one seen."""
    found = (
        select(CommissionRow, Shop.name, Shop.slug, Shop.owner_id, Process)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .outerjoin(Process, Process.workflow_id == func.concat("commission-", CommissionRow.id))
        .outerjoin(CommissionWait, CommissionWait.commission_id == CommissionRow.id)
        .where(*([_is_turn(turn)] if turn is not None else []))
        .order_by(CommissionRow.id.desc())
        .limit(limit)
    )
    if customer_id is not None:
        found = found.where(CommissionRow.customer_id == customer_id)
    if shop_id is not None:
        found = found.where(CommissionRow.shop_id == shop_id)
    if number is not None:
        found = found.where(CommissionRow.number == number)
    if before is not None:
        found = found.where(CommissionRow.id < before)
    return [CommissionFacts(*row) for row in await session.execute(found)]


def _is_turn(turn: Turn) -> ColumnElement[bool]:
    if turn.ended:
        return CommissionRow.ended_at.is_not(None)
    offered = case((CommissionWait.state == "offered", Party.CUSTOMER.value), else_=Party.NOBODY.value)
    waiting_on = func.coalesce(Process.waiting_on, offered)
    sides = (Party.CUSTOMER.value, Party.ARTISAN.value)
    return CommissionRow.ended_at.is_(None) & (
        waiting_on.not_in(sides) if turn.of is None else waiting_on == turn.of.value
    )


async def places(session: AsyncSession, commission_ids: Sequence[str]) -> dict[str, CommissionWait]:
    """Of those that came when all places were taken, by commission."""
    rows = await session.scalars(
        select(CommissionWait)
        .where(CommissionWait.commission_id.in_(commission_ids))
        .execution_options(populate_existing=True)
    )
    return {row.commission_id: row for row in rows}


async def shop(session: AsyncSession, slug: str) -> ShopAsked | None:
    row = await session.scalar(select(Shop).where(Shop.slug == slug))
    if row is None:
        return None
    return ShopAsked(row.id, row.slug, row.name, row.owner_id, row.currency, row.status == "approved")


async def is_shop_open(session: AsyncSession, shop_id: str) -> bool:
    return await session.scalar(select(Shop.status).where(Shop.id == shop_id)) == "approved"


async def names(session: AsyncSession, person_ids: Sequence[str]) -> dict[str, str]:
    """What people are called, by id; a word in place of it for those who have been erased."""
    rows = await session.execute(
        select(User.id, User.name_sealed, PersonKey.wrapped_key)
        .join(PersonKey, PersonKey.person_id == User.id)
        .where(User.id.in_(person_ids))
    )
    ring = keys_of(session)
    return {person_id: name_of(ring, person_id, wrapped, sealed) for person_id, sealed, wrapped in rows}


async def progress(session: AsyncSession, commission_id: str) -> dict[int, Progress]:
    """Where each milestone stands, as the process last wrote it."""
    rows = await session.scalars(
        select(CommissionMilestone)
        .where(CommissionMilestone.commission_id == commission_id)
        .execution_options(populate_existing=True)
    )
    return {
        row.number: Progress(
            stage=Stage(row.stage),
            begun_at=row.begun_at,
            due_at=row.due_at,
            submitted_at=row.submitted_at,
            approved_at=row.approved_at,
            revisions=row.revisions,
            late_told=row.late_told,
        )
        for row in rows
    }


async def charges(session: AsyncSession, commission_id: str) -> Sequence[CommissionCharge]:
    """Every try, in their order."""
    rows = await session.scalars(
        select(CommissionCharge)
        .where(CommissionCharge.commission_id == commission_id)
        .order_by(CommissionCharge.created_at, CommissionCharge.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def back_minor(session: AsyncSession, commission_id: str) -> int:
    """What went back to the customer, or is on its way."""
    total = await session.scalar(
        select(func.coalesce(func.sum(CommissionRefund.amount_minor), 0)).where(
            CommissionRefund.commission_id == commission_id, CommissionRefund.state != FAILED
        )
    )
    return int(total or 0)


async def totals(session: AsyncSession, commission_ids: Sequence[str]) -> dict[str, int]:
    """Before tax, with shipping: of the contract that holds, or of the newest offer, by commission."""
    rows = await session.execute(
        select(CommissionVersion.commission_id, CommissionVersion.price_minor, CommissionVersion.terms)
        .join(CommissionRow, CommissionRow.id == CommissionVersion.commission_id)
        .where(
            CommissionVersion.commission_id.in_(commission_ids),
            CommissionVersion.taken,
            or_(CommissionRow.version == 0, CommissionRow.version == CommissionVersion.version),
        )
        .order_by(CommissionVersion.version)
    )
    return {commission_id: price + int(terms["shipping_minor"]) for commission_id, price, terms in rows}
