"""All SQL of shops that ask to be opened: applications, an administrator's decisions, and what they change.

What visitors see of an open shop is `catalogue`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.catalogue import Category, Listing, ShippingProfile, Shop, ShopDecision
from models.tables.people import User
from models.types import new_id

STATUSES = ("pending", "approved", "refused", "suspended")


@dataclass(frozen=True, slots=True)
class Application:
    """A shop as its keeper described it, and where it stands."""

    id: str
    slug: str
    owner_id: str
    name: str
    owner_name: str
    craft: str | None
    craft_name: str
    story: str
    city: str
    region: str
    postal_code: str
    country: str
    currency: str
    status: str
    applied_at: datetime | None
    listings: int
    decided_at: datetime | None
    """Of the last decision; the next fields are its too."""
    approved: bool | None
    reason: str


_LAST = (
    select(ShopDecision.created_at, ShopDecision.approve, ShopDecision.reason)
    .where(ShopDecision.shop_id == Shop.id)
    .order_by(ShopDecision.created_at.desc(), ShopDecision.id.desc())
    .limit(1)
    .lateral("last")
)
_LISTINGS = select(func.count()).where(Listing.shop_id == Shop.id).scalar_subquery()
_FIELDS = (
    Shop.id,
    Shop.slug,
    Shop.owner_id,
    Shop.name,
    Shop.owner_name,
    Shop.craft,
    func.coalesce(Category.name, ""),
    Shop.story,
    Shop.city,
    Shop.region,
    Shop.postal_code,
    Shop.country,
    Shop.currency,
    Shop.status,
    Shop.applied_at,
    _LISTINGS,
    _LAST.c.created_at,
    _LAST.c.approve,
    func.coalesce(_LAST.c.reason, ""),
)


async def add(
    session: AsyncSession, described: Mapping[str, Any], terms: Mapping[str, Any], now: datetime
) -> str | None:
    """The new shop's id; it waits to be approved. None when its owner has one already, or the slug is taken."""
    shop_id = await session.scalar(
        upsert(Shop)
        .values(id=new_id("shp"), status="pending", applied_at=now, **described)
        .on_conflict_do_nothing()
        .returning(Shop.id)
    )
    if shop_id is not None:
        await session.execute(insert(ShippingProfile).values(shop_id=shop_id, **terms))
    return shop_id


async def withdraw(session: AsyncSession, owner_id: str) -> None:
    """Of somebody who registers again before they confirmed their address: nothing can hang on the shop yet."""
    mine = select(Shop.id).where(Shop.owner_id == owner_id, Shop.status == "pending")
    await session.execute(delete(ShippingProfile).where(ShippingProfile.shop_id.in_(mine)))
    await session.execute(delete(Shop).where(Shop.owner_id == owner_id, Shop.status == "pending"))


async def slug_is_taken(session: AsyncSession, slug: str) -> bool:
    return await session.scalar(select(Shop.id).where(Shop.slug == slug)) is not None


async def craft_name(session: AsyncSession, craft: str) -> str | None:
    """None for a craft that we don't have."""
    return await session.scalar(select(Category.name).where(Category.slug == craft))


async def of_owner(session: AsyncSession, owner_id: str) -> Application | None:
    found = await _applications(session, Shop.owner_id == owner_id)
    return found[0] if found else None


async def get(session: AsyncSession, shop_id: str) -> Application | None:
    found = await _applications(session, Shop.id == shop_id)
    return found[0] if found else None


async def applications(
    session: AsyncSession, status: str | None, *, limit: int, offset: int
) -> tuple[list[Application], int]:
    """Whoever waits first, the longest wait on top; then the others, the last decision first. Nobody is asked to
    decide about somebody who has not confirmed their address."""
    wanted: list[ColumnElement[bool]] = [User.email_verified_at.is_not(None)]
    if status is not None:
        wanted.append(Shop.status == status)
    total = await session.scalar(
        select(func.count()).select_from(Shop).join(User, User.id == Shop.owner_id).where(*wanted)
    )
    return await _applications(session, *wanted, limit=limit, offset=offset), total or 0


async def resubmit(session: AsyncSession, shop_id: str, described: Mapping[str, Any], now: datetime) -> bool:
    """A refused application, changed, waits again. False when it is not refused (any more)."""
    changed = await session.scalar(
        update(Shop)
        .where(Shop.id == shop_id, Shop.status == "refused")
        .values(status="pending", applied_at=now, **described)
        .returning(Shop.id)
    )
    return changed is not None


async def decide(
    session: AsyncSession, shop_id: str, administrator_id: str, *, approve: bool, reason: str, now: datetime
) -> str | None:
    """The decision's id; None when the application does not wait for one (any more)."""
    decided = await session.scalar(
        update(Shop)
        .where(Shop.id == shop_id, Shop.status == "pending")
        .values(status="approved" if approve else "refused")
        .returning(Shop.id)
    )
    if decided is None:
        return None
    decision_id = new_id("dec")
    await session.execute(
        insert(ShopDecision).values(
            id=decision_id,
            shop_id=shop_id,
            administrator_id=administrator_id,
            approve=approve,
            reason=reason,
            created_at=now,
        )
    )
    return decision_id


async def listing_ids(session: AsyncSession, shop_id: str) -> Sequence[str]:
    """For the search index, when all of them appear or vanish at once."""
    return (await session.scalars(select(Listing.id).where(Listing.shop_id == shop_id).order_by(Listing.id))).all()


async def name_of(session: AsyncSession, shop_id: str) -> str:
    return await session.scalar(select(Shop.name).where(Shop.id == shop_id)) or ""


async def reason_of(session: AsyncSession, decision_id: str) -> str:
    return await session.scalar(select(ShopDecision.reason).where(ShopDecision.id == decision_id)) or ""


async def _applications(
    session: AsyncSession, *wanted: Any, limit: int | None = None, offset: int = 0
) -> list[Application]:
    waiting = case((Shop.status == "pending", 0), else_=1)
    rows = await session.execute(
        select(*_FIELDS)
        .join(User, User.id == Shop.owner_id)
        .outerjoin(Category, Category.slug == Shop.craft)
        .outerjoin(_LAST, _LAST.c.created_at.is_not(None))
        .where(*wanted)
        .order_by(
            waiting,
            case((Shop.status == "pending", Shop.applied_at)).asc(),
            func.coalesce(_LAST.c.created_at, Shop.created_at).desc(),
            Shop.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return [Application(*row) for row in rows]
