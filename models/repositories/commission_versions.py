"""All SQL of the versions of a commission's contract: drafts until the process takes them, then never changed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.errors import NotFound
from models.rules.commission.contract import Milestone, Terms
from models.rules.commission.record import Commission
from models.tables.commissions import CommissionVersion
from models.types import Party

UNKNOWN = "This version of the contract does not exist."


@dataclass(frozen=True)
class StoredVersion:
    version: int
    by: Party
    kind: str
    terms: Terms
    titles: Mapping[int, str]
    """Number of a milestone → what it is called; empty once who wrote it has been erased."""
    note: str
    price_minor: int
    at: datetime


@dataclass(frozen=True)
class Draft:
    """What one side is about to propose."""

    commission_id: str
    version: int
    by: Party
    kind: str
    terms: Terms
    titles: Mapping[int, str]
    note: str


async def write_draft(session: AsyncSession, draft: Draft) -> None:
    """Before the process is asked. A draft that it refused is written over; one that it took stays as it is."""
    fresh = {
        "kind": draft.kind,
        "terms": as_json(draft.terms),
        "titles": {str(number): title for number, title in draft.titles.items()},
        "note": draft.note,
        "price_minor": draft.terms.price_minor,
        "created_at": clock.now(),
    }
    key = {"commission_id": draft.commission_id, "version": draft.version, "proposed_by": draft.by.value}
    await session.execute(
        insert(CommissionVersion)
        .values(**key, **fresh)
        .on_conflict_do_update(index_elements=sorted(key), set_=fresh, where=CommissionVersion.taken.is_(False))
    )


async def take(session: AsyncSession, record: Commission) -> None:
    """Marks what the process has taken. Its own terms are the true ones: of two drafts of one side, sent at once, it
    took only one."""
    offers = [offer for offer in (record.offer, record.change, record.agreed_change) if offer is not None]
    for offer in offers:
        await session.execute(
            update(CommissionVersion)
            .where(
                CommissionVersion.commission_id == record.id,
                CommissionVersion.version == offer.version,
                CommissionVersion.proposed_by == offer.by.value,
                CommissionVersion.taken.is_(False),
            )
            .values(taken=True, terms=as_json(offer.terms), price_minor=offer.terms.price_minor)
        )


async def versions(session: AsyncSession, commission_id: str) -> list[StoredVersion]:
    """Those that the process has taken, the first one first."""
    rows = await session.scalars(
        select(CommissionVersion)
        .where(CommissionVersion.commission_id == commission_id, CommissionVersion.taken)
        .order_by(CommissionVersion.version)
    )
    return [_stored(row) for row in rows]


async def version(session: AsyncSession, commission_id: str, number: int) -> StoredVersion:
    """Raises `NotFound`."""
    row = await session.scalar(
        select(CommissionVersion).where(
            CommissionVersion.commission_id == commission_id,
            CommissionVersion.version == number,
            CommissionVersion.taken,
        )
    )
    if row is None:
        raise NotFound(UNKNOWN)
    return _stored(row)


def as_json(terms: Terms) -> dict[str, Any]:
    return {**asdict(terms), "starts_on": terms.starts_on.isoformat()}


def from_json(stored: Mapping[str, Any]) -> Terms:
    milestones = tuple(Milestone(**milestone) for milestone in stored["milestones"])
    return Terms(**{**stored, "milestones": milestones, "starts_on": date.fromisoformat(stored["starts_on"])})


def _stored(row: CommissionVersion) -> StoredVersion:
    return StoredVersion(
        version=row.version,
        by=Party(row.proposed_by),
        kind=row.kind,
        terms=from_json(row.terms),
        titles={int(number): title for number, title in row.titles.items()},
        note=row.note,
        price_minor=row.price_minor,
        at=row.created_at,
    )
