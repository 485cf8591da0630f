"""All SQL of commissions as such: the wish, its words, and what the process remembers of it.

Versions of the contract are `commission_versions`', money is `commission_money`'s, what pages read
`commission_reading`'s; who must act by when stands in `processes`, under `commission-<id>`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import keys_of
from models.errors import NotFound
from models.repositories import commission_versions, person_keys
from models.repositories.person_keys import open_key
from models.rules.commission.record import Commission
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionMilestone, CommissionRow
from models.tables.people import PersonKey
from models.tables.processes import Process
from models.types import new_id

UNKNOWN = "This commission does not exist. Look at the list of yours."
ERASED = "erased"
"""Stands for the words of somebody whose data has been erased."""
PAGE = 50


@dataclass(frozen=True)
class NewCommission:
    """A wish."""

    shop_id: str
    customer_id: str
    address_id: str
    currency: str
    title: str
    brief: str
    fee_bp: int
    budget_minor: int | None = None
    wanted_by: date | None = None


@dataclass(frozen=True)
class CommissionFacts:
    """A commission with what surrounds it."""

    row: CommissionRow
    shop_name: str
    shop_slug: str
    artisan_id: str
    process: Process | None
    """None while it waits for a place, and in the moment before its first step."""


@dataclass(frozen=True)
class Words:
    title: str
    brief: str


async def add(session: AsyncSession, new: NewCommission) -> str:
    """Its id. Raises `NotFound` for an unknown person, `PersonErased`."""
    commission_id = new_id("com")
    key = await open_key(session, new.customer_id)

    def sealed(field: str, text: str) -> bytes:
        return person_keys.seal_field(key, new.customer_id, _field(commission_id, field), text)

    await session.execute(
        insert(CommissionRow).values(
            id=commission_id,
            number=f"CC-{commission_id[-8:].upper()}",
            shop_id=new.shop_id,
            customer_id=new.customer_id,
            address_id=new.address_id,
            currency=new.currency,
            budget_minor=new.budget_minor,
            wanted_by=new.wanted_by,
            title_sealed=sealed("title", new.title),
            brief_sealed=sealed("brief", new.brief),
            fee_bp=new.fee_bp,
            created_at=clock.now(),
        )
    )
    return commission_id


async def get(session: AsyncSession, commission_id: str) -> CommissionRow:
    """Raises `NotFound`."""
    row = await session.get(CommissionRow, commission_id, populate_existing=True)
    if row is None:
        raise NotFound(UNKNOWN)
    return row


async def facts(session: AsyncSession, commission_id: str) -> CommissionFacts:
    """Raises `NotFound`."""
    row = (await session.execute(_with_surroundings().where(CommissionRow.id == commission_id))).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    return CommissionFacts(*row)


async def words(session: AsyncSession, commission_id: str) -> Words:
    """The customer's own; `ERASED` for both once they have been erased. Raises `NotFound`."""
    row = (
        await session.execute(
            select(CommissionRow, PersonKey.wrapped_key)
            .join(PersonKey, PersonKey.person_id == CommissionRow.customer_id)
            .where(CommissionRow.id == commission_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    commission, wrapped = row
    key = person_keys.unwrap(keys_of(session), commission.customer_id, wrapped)

    def opened(field: str, sealed: bytes | None) -> str:
        if key is None or sealed is None:
            return ERASED
        return person_keys.open_field(key, commission.customer_id, _field(commission_id, field), sealed)

    return Words(opened("title", commission.title_sealed), opened("brief", commission.brief_sealed))


async def titles(session: AsyncSession, commission_ids: list[str]) -> dict[str, str]:
    """What each is called, by id, for lists."""
    return {commission_id: (await words(session, commission_id)).title for commission_id in commission_ids}


async def of_customer(
    session: AsyncSession, customer_id: str, *, before: str | None = None, limit: int = PAGE
) -> list[CommissionFacts]:
    """Newest first; `before` is the id of the last one seen."""
    statement = _with_surroundings().where(CommissionRow.customer_id == customer_id)
    if before is not None:
        statement = statement.where(CommissionRow.id < before)
    rows = await session.execute(statement.order_by(CommissionRow.id.desc()).limit(limit))
    return [CommissionFacts(*row) for row in rows]


async def save_record(session: AsyncSession, record: Commission, now: datetime) -> None:
    """What the process remembers, as far as pages and other processes read it. Safe to repeat. Raises `NotFound`."""
    is_final = record.status.is_final
    saved = await session.scalar(
        update(CommissionRow)
        .where(CommissionRow.id == record.id)
        .values(
            version=record.version,
            tax_minor=record.tax_minor,
            agreed_minor=record.agreed_minor,
            ending=record.ending.value if record.ending is not None else "",
            agreed_at=record.accepted_at,
            ended_at=func.coalesce(CommissionRow.ended_at, now) if is_final else None,
        )
        .returning(CommissionRow.id)
    )
    if saved is None:
        raise NotFound(UNKNOWN)
    await commission_versions.take(session, record)
    await session.execute(
        delete(CommissionMilestone).where(
            CommissionMilestone.commission_id == record.id, CommissionMilestone.number.not_in(record.milestones)
        )
    )
    if record.milestones:
        rows = [
            {
                "commission_id": record.id,
                "number": number,
                "stage": progress.stage.value,
                "begun_at": progress.begun_at,
                "due_at": progress.due_at,
                "submitted_at": progress.submitted_at,
                "approved_at": progress.approved_at,
                "revisions": progress.revisions,
                "late_told": progress.late_told,
            }
            for number, progress in record.milestones.items()
        ]
        statement = insert(CommissionMilestone).values(rows)
        key = {"commission_id", "number"}
        fresh = {column: statement.excluded[column] for column in rows[0] if column not in key}
        await session.execute(statement.on_conflict_do_update(index_elements=sorted(key), set_=fresh))


async def words_of(session: AsyncSession, commission_id: str) -> dict[str, str]:
    """`words`, for a copy of one's own data."""
    found = await words(session, commission_id)
    return {"title": found.title, "brief": found.brief}


def _with_surroundings() -> Any:
    workflow_id = func.concat("commission-", CommissionRow.id)
    return (
        select(CommissionRow, Shop.name, Shop.slug, Shop.owner_id, Process)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .outerjoin(Process, Process.workflow_id == workflow_id)
    )


def _field(commission_id: str, field: str) -> str:
    return f"commission/{commission_id}/{field}"
