"""All SQL of sessions and parked forms. Knows tokens only by their hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.keys import KeyRing
from core.reads import Query, Reads
from models.repositories.people import PERSON, PersonRow, person_of
from models.tables.catalogue import Shop
from models.tables.oauth import OAuthCode
from models.tables.people import PersonKey, User
from models.tables.sessions import ParkedForm, Session
from models.types import new_id


@dataclass(frozen=True, slots=True)
class SessionRow:
    token_hash: str
    id: str
    csrf_token: str
    last_active_at: datetime
    expires_at: datetime
    authenticated_at: datetime | None
    second_factor: bool
    client_id: str | None
    scopes: tuple[str, ...]
    person: PersonRow | None


_FIELDS = (
    Session.id,
    Session.csrf_token,
    Session.last_active_at,
    Session.expires_at,
    Session.authenticated_at,
    Session.second_factor,
    Session.client_id,
    Session.scopes,
)
_SESSION = Query(
    select(*_FIELDS, *PERSON)
    .outerjoin(User, User.id == Session.user_id)
    .outerjoin(PersonKey, PersonKey.person_id == User.id)
    .outerjoin(Shop, Shop.owner_id == User.id)
    .where(Session.token_hash == bindparam("token_hash", type_=String))
)


async def find_session(reads: Reads, ring: KeyRing, token_hash: str) -> SessionRow | None:
    """One query for everything a request needs to know of who sends it; expiry is the caller's to judge.

    None for the session of an erased person too."""
    rows = await reads.fetch(_SESSION, token_hash=token_hash)
    if not rows:
        return None
    row = list(rows[0])
    session_id, csrf_token, last_active_at, expires_at, authenticated_at, second_factor, client_id, scopes = row[:8]
    person = person_of(ring, row[8:]) if row[8] else None
    if person is not None and person.erased:
        return None
    return SessionRow(
        token_hash,
        session_id,
        csrf_token,
        last_active_at,
        expires_at,
        authenticated_at,
        second_factor,
        client_id,
        tuple(scopes),
        person,
    )


@dataclass(frozen=True, slots=True)
class NewSession:
    """What is stored of a session that begins now."""

    token_hash: str
    csrf_token: str
    now: datetime
    expires_at: datetime
    person_id: str | None = None
    methods: Sequence[str] = ()
    second_factor: bool = False
    device: str = ""
    client_id: str | None = None
    scopes: Sequence[str] = ()
    authenticated_at: datetime | None = None
    """When the person proved who they are; `now` unless an app's token carries an earlier proof on."""


async def open_session(session: AsyncSession, new: NewSession) -> str:
    """Its id."""
    session_id = new_id("ses")
    await session.execute(
        insert(Session).values(
            token_hash=new.token_hash,
            id=session_id,
            csrf_token=new.csrf_token,
            user_id=new.person_id,
            created_at=new.now,
            signed_in_at=new.now if new.person_id else None,
            authenticated_at=(new.authenticated_at or new.now) if new.person_id else None,
            second_factor=new.second_factor,
            methods=list(new.methods),
            device=new.device,
            client_id=new.client_id,
            scopes=list(new.scopes),
            last_active_at=new.now,
            expires_at=new.expires_at,
        )
    )
    return session_id


async def elevate(
    session: AsyncSession,
    session_id: str,
    *,
    token_hash: str,
    now: datetime,
    expires_at: datetime,
    methods: Sequence[str],
    second_factor: bool,
) -> bool:
    """The owner has proved again who they are: the same session goes on under a new token. False: it has ended."""
    changed = await session.scalar(
        update(Session)
        .where(Session.id == session_id, Session.user_id.is_not(None), Session.client_id.is_(None))
        .values(
            token_hash=token_hash,
            authenticated_at=now,
            last_active_at=now,
            expires_at=expires_at,
            methods=list(methods),
            second_factor=second_factor,
        )
        .returning(Session.id)
    )
    return changed is not None


async def touch_session(session: AsyncSession, token_hash: str, now: datetime) -> None:
    await session.execute(update(Session).where(Session.token_hash == token_hash).values(last_active_at=now))


async def close_session(session: AsyncSession, token_hash: str) -> None:
    await session.execute(delete(Session).where(Session.token_hash == token_hash))


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the owner's list."""

    id: str
    device: str
    signed_in_at: datetime
    last_active_at: datetime
    authenticated_at: datetime
    methods: tuple[str, ...]
    client_id: str | None
    token_hash: str


async def devices_of(session: AsyncSession, person_id: str, now: datetime) -> list[DeviceRow]:
    """Sessions that have not ended, newest activity first."""
    rows = await session.scalars(
        select(Session)
        .where(Session.user_id == person_id, Session.expires_at > now)
        .order_by(Session.last_active_at.desc(), Session.id)
    )
    return [
        DeviceRow(
            row.id,
            row.device,
            row.signed_in_at or row.created_at,
            row.last_active_at,
            row.authenticated_at or row.created_at,
            tuple(row.methods),
            row.client_id,
            row.token_hash,
        )
        for row in rows
    ]


async def revoke(session: AsyncSession, person_id: str, session_id: str) -> bool:
    """Ends one of the person's own sessions. False: they have none of this id."""
    await _forget_codes(session, person_id)
    ended = await session.scalar(
        delete(Session).where(Session.id == session_id, Session.user_id == person_id).returning(Session.id)
    )
    return ended is not None


async def revoke_all(
    session: AsyncSession, person_id: str, *, except_hash: str | None = None, of_one_factor: bool = False
) -> int:
    """Ends all the person's sessions but the given one, or those of them that were opened with one factor; how many
    there were."""
    await _forget_codes(session, person_id)
    statement = delete(Session).where(Session.user_id == person_id)
    if except_hash is not None:
        statement = statement.where(Session.token_hash != except_hash)
    if of_one_factor:
        statement = statement.where(Session.second_factor.is_(False))
    return len((await session.scalars(statement.returning(Session.id))).all())


async def _forget_codes(session: AsyncSession, person_id: str) -> None:
    """Codes on their way to apps: exchanged a moment later, they would open what was just ended. Before the sessions,
    so that an exchange at this moment is waited for and what it has opened is found."""
    await session.execute(delete(OAuthCode).where(OAuthCode.user_id == person_id, OAuthCode.session_id.is_(None)))


async def forget_second_factor(session: AsyncSession, person_id: str) -> None:
    """The account has none any more: what asks for one asks this person again, wherever they are signed in."""
    await session.execute(update(Session).where(Session.user_id == person_id).values(second_factor=False))


async def forget_expired_sessions(session: AsyncSession, before: datetime) -> None:
    """Housekeeping at sign-in: at most a hundred, so that nobody waits for it. An app's session may still be continued
    when its token has expired; it ends with its grant."""
    expired = (
        select(Session.token_hash)
        .where(Session.expires_at < before, Session.client_id.is_(None))
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(Session).where(Session.token_hash.in_(expired)))


KEPT_FORMS = 5
"""Of one person; a sixth pushes the oldest out."""


async def park(session: AsyncSession, form_id: str, person_id: str, sealed: bytes, expires_at: datetime) -> None:
    surplus = (
        select(ParkedForm.id)
        .where(ParkedForm.user_id == person_id)
        .order_by(ParkedForm.expires_at.desc())
        .offset(KEPT_FORMS - 1)
    )
    await session.execute(delete(ParkedForm).where(ParkedForm.id.in_(surplus)))
    await session.execute(
        insert(ParkedForm).values(id=form_id, user_id=person_id, sealed=sealed, expires_at=expires_at)
    )


async def parked(session: AsyncSession, form_id: str, person_id: str, now: datetime) -> bytes | None:
    """The sealed form, while it waits, for the one who sent it."""
    return await session.scalar(
        select(ParkedForm.sealed).where(
            ParkedForm.id == form_id, ParkedForm.user_id == person_id, ParkedForm.expires_at > now
        )
    )
