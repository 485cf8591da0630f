"""All SQL of people and their sign-ins. Knows tokens only by their hash and passwords only by theirs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.reads import Query, Reads
from models.tables.catalogue import Shop
from models.tables.people import Session, User
from models.types import Role, new_id


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: str
    name: str
    email: str
    role: Role
    shop_id: str | None
    shop_slug: str | None
    time_scale: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    token_hash: str
    csrf_token: str
    last_active_at: datetime
    expires_at: datetime
    person: PersonRow | None


_PERSON = (User.id, User.name, User.email, User.role, Shop.id, Shop.slug, User.time_scale)


_SESSION = Query(
    select(Session.csrf_token, Session.last_active_at, Session.expires_at, *_PERSON)
    .outerjoin(User, User.id == Session.user_id)
    .outerjoin(Shop, Shop.owner_id == User.id)
    .where(Session.token_hash == bindparam("token_hash", type_=String))
)


async def find_session(reads: Reads, token_hash: str) -> SessionRow | None:
    """One query for everything a request needs to know of who sends it; expiry is the caller's to judge."""
    rows = await reads.fetch(_SESSION, token_hash=token_hash)
    if not rows:
        return None
    csrf_token, last_active_at, expires_at, *person = rows[0]
    return SessionRow(token_hash, csrf_token, last_active_at, expires_at, _person(person) if person[0] else None)


async def find_person(session: AsyncSession, person_id: str) -> PersonRow | None:
    row = (
        await session.execute(select(*_PERSON).outerjoin(Shop, Shop.owner_id == User.id).where(User.id == person_id))
    ).one_or_none()
    return _person(list(row)) if row else None


async def credentials(session: AsyncSession, email: str) -> tuple[str, str] | None:
    """Id and password hash of the account with this address, whatever its case."""
    row = (
        await session.execute(select(User.id, User.password_hash).where(func.lower(User.email) == email.lower()))
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def add_customer(session: AsyncSession, name: str, email: str, password_hash: str) -> str | None:
    """The new person's id, or None when the address has an account already."""
    return await session.scalar(
        upsert(User)
        .values(id=new_id("usr"), name=name, email=email, password_hash=password_hash, role=Role.CUSTOMER.value)
        .on_conflict_do_nothing()
        .returning(User.id)
    )


async def replace_password_hash(session: AsyncSession, person_id: str, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == person_id).values(password_hash=password_hash))


async def open_session(
    session: AsyncSession,
    token_hash: str,
    csrf_token: str,
    person_id: str | None,
    *,
    now: datetime,
    expires_at: datetime,
) -> None:
    await session.execute(
        insert(Session).values(
            token_hash=token_hash,
            csrf_token=csrf_token,
            user_id=person_id,
            created_at=now,
            signed_in_at=now if person_id else None,
            last_active_at=now,
            expires_at=expires_at,
        )
    )


async def touch_session(session: AsyncSession, token_hash: str, now: datetime) -> None:
    await session.execute(update(Session).where(Session.token_hash == token_hash).values(last_active_at=now))


async def close_session(session: AsyncSession, token_hash: str) -> None:
    await session.execute(delete(Session).where(Session.token_hash == token_hash))


async def forget_expired_sessions(session: AsyncSession, before: datetime) -> None:
    """Housekeeping at sign-in: at most a hundred, so that nobody waits for it."""
    expired = select(Session.token_hash).where(Session.expires_at < before).limit(100).with_for_update(skip_locked=True)
    await session.execute(delete(Session).where(Session.token_hash.in_(expired)))


def _person(row: list[object]) -> PersonRow:
    person_id, name, email, role, shop_id, shop_slug, time_scale = row
    assert isinstance(time_scale, int)  # noqa: S101 - a NOT NULL integer column
    return PersonRow(
        id=str(person_id),
        name=str(name),
        email=str(email),
        role=Role(str(role)),
        shop_id=str(shop_id) if shop_id else None,
        shop_slug=str(shop_slug) if shop_slug else None,
        time_scale=time_scale,
    )
