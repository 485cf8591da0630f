"""All SQL of what people allowed apps: remembered consents, codes, and the sessions that refresh tokens continue.

A grant is a session with a client and stands or falls with it: deleting the session row deletes codes and refresh
tokens. Codes and tokens are known by their hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.oauth import OAuthClient, OAuthCode, OAuthConsent, OAuthGrant, OAuthRefreshToken
from models.tables.sessions import Session


async def methods_of(session: AsyncSession, token_hash: str) -> tuple[str, ...]:
    """How the owner of a session proved who they are."""
    return tuple(await session.scalar(select(Session.methods).where(Session.token_hash == token_hash)) or ())


async def consented(session: AsyncSession, person_id: str, client_id: str) -> frozenset[str]:
    scopes = await session.scalar(
        select(OAuthConsent.scopes).where(OAuthConsent.user_id == person_id, OAuthConsent.client_id == client_id)
    )
    return frozenset(scopes or ())


async def remember_consent(
    session: AsyncSession, person_id: str, client_id: str, scopes: Sequence[str], now: datetime
) -> None:
    """Adds to what was allowed before: a smaller request later takes nothing back."""
    earlier = await consented(session, person_id, client_id)
    if earlier.issuperset(scopes):
        return
    together = sorted({*earlier, *scopes})
    await session.execute(
        upsert(OAuthConsent)
        .values(user_id=person_id, client_id=client_id, scopes=together, given_at=now)
        .on_conflict_do_update(
            index_elements=[OAuthConsent.user_id, OAuthConsent.client_id],
            set_={"scopes": together, "given_at": now},
        )
    )


@dataclass(frozen=True, slots=True)
class AllowedApp:
    """One line of the person's list."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    """Empty when it has to ask anew, since the password was reset."""
    allowed_at: datetime
    last_active_at: datetime | None
    """None when it has no session any more."""


async def apps_of(session: AsyncSession, person_id: str) -> list[AllowedApp]:
    rows = await session.execute(
        select(OAuthConsent, OAuthClient.name)
        .join(OAuthClient, OAuthClient.id == OAuthConsent.client_id)
        .where(OAuthConsent.user_id == person_id)
        .order_by(OAuthClient.name, OAuthClient.id)
    )
    seen = await session.execute(
        select(Session.client_id, func.max(Session.last_active_at))
        .where(Session.user_id == person_id, Session.client_id.is_not(None))
        .group_by(Session.client_id)
    )
    active = {client_id: at for client_id, at in seen if client_id is not None}
    return [
        AllowedApp(consent.client_id, name, tuple(consent.scopes), consent.given_at, active.get(consent.client_id))
        for consent, name in rows
    ]


async def ask_again(session: AsyncSession, person_id: str) -> None:
    """What the person allowed is not remembered any more, so each app has to ask anew; the list still names it. Ends
    no session: see `sessions.revoke_all`."""
    await session.execute(update(OAuthConsent).where(OAuthConsent.user_id == person_id).values(scopes=[]))


async def withdraw(session: AsyncSession, person_id: str, client_id: str) -> bool:
    """Ends all that the person allowed this app. False when that was nothing."""
    forgotten = await session.scalar(
        delete(OAuthConsent)
        .where(OAuthConsent.user_id == person_id, OAuthConsent.client_id == client_id)
        .returning(OAuthConsent.client_id)
    )
    await session.execute(delete(OAuthCode).where(OAuthCode.user_id == person_id, OAuthCode.client_id == client_id))
    ended = await session.scalars(
        delete(Session).where(Session.user_id == person_id, Session.client_id == client_id).returning(Session.id)
    )
    return bool(ended.all()) or forgotten is not None


@dataclass(frozen=True, slots=True)
class CodeRow:
    """What a code stands for: who allowed what to whom, and how they had proved who they are."""

    code_hash: str
    client_id: str
    person_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str
    nonce: str
    authenticated_at: datetime
    second_factor: bool
    methods: tuple[str, ...]
    expires_at: datetime
    session_id: str | None = None


async def add_code(session: AsyncSession, code: CodeRow) -> None:
    await session.execute(
        insert(OAuthCode).values(
            code_hash=code.code_hash,
            client_id=code.client_id,
            user_id=code.person_id,
            redirect_uri=code.redirect_uri,
            scopes=list(code.scopes),
            code_challenge=code.code_challenge,
            nonce=code.nonce,
            authenticated_at=code.authenticated_at,
            second_factor=code.second_factor,
            methods=list(code.methods),
            expires_at=code.expires_at,
        )
    )


async def lock_code(session: AsyncSession, code_hash: str) -> CodeRow | None:
    """Whoever else brings the same code waits, and then sees what it was exchanged for."""
    row = await session.scalar(select(OAuthCode).where(OAuthCode.code_hash == code_hash).with_for_update())
    if row is None:
        return None
    return CodeRow(
        code_hash=row.code_hash,
        client_id=row.client_id,
        person_id=row.user_id,
        redirect_uri=row.redirect_uri,
        scopes=tuple(row.scopes),
        code_challenge=row.code_challenge,
        nonce=row.nonce,
        authenticated_at=row.authenticated_at,
        second_factor=row.second_factor,
        methods=tuple(row.methods),
        expires_at=row.expires_at,
        session_id=row.session_id,
    )


async def open_grant(
    session: AsyncSession,
    code: CodeRow,
    session_id: str,
    *,
    refresh_hash: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """The session that the code was exchanged for can be continued until `expires_at`."""
    await session.execute(
        insert(OAuthGrant).values(session_id=session_id, scopes=list(code.scopes), expires_at=expires_at)
    )
    await session.execute(update(OAuthCode).where(OAuthCode.code_hash == code.code_hash).values(session_id=session_id))
    await _add_refresh(session, session_id, refresh_hash, now)


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """A refresh token and the session that it continues."""

    token_hash: str
    session_id: str
    client_id: str
    person_id: str
    scopes: tuple[str, ...]
    """All that was allowed."""
    expires_at: datetime
    """When the grant ends, however often it is continued."""
    used: bool
    last_active_at: datetime
    authenticated_at: datetime


async def lock_refresh(session: AsyncSession, token_hash: str) -> RefreshRow | None:
    """Whoever else brings a token of the same family waits, and then sees what has become of it."""
    family = select(OAuthRefreshToken.session_id).where(OAuthRefreshToken.token_hash == token_hash)
    # The session first, because its owner's ending it locks it first, too.
    opened = await session.scalar(
        select(Session)
        .where(Session.id == family.scalar_subquery())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if opened is None or opened.client_id is None or opened.user_id is None:
        return None
    row = (
        await session.execute(
            select(OAuthRefreshToken.used_at, OAuthGrant.scopes, OAuthGrant.expires_at)
            .join(OAuthGrant, OAuthGrant.session_id == OAuthRefreshToken.session_id)
            .where(OAuthRefreshToken.token_hash == token_hash)
        )
    ).one_or_none()
    if row is None:
        return None
    return RefreshRow(
        token_hash=token_hash,
        session_id=opened.id,
        client_id=opened.client_id,
        person_id=opened.user_id,
        scopes=tuple(row.scopes),
        expires_at=row.expires_at,
        used=row.used_at is not None,
        last_active_at=opened.last_active_at,
        authenticated_at=opened.authenticated_at or opened.created_at,
    )


async def continue_grant(
    session: AsyncSession,
    refresh: RefreshRow,
    *,
    token_hash: str,
    refresh_hash: str,
    scopes: Sequence[str],
    expires_at: datetime,
    now: datetime,
) -> bool:
    """The session goes on under a new token. Neither its activity nor its proof gets any younger by that.

    False when its owner has ended it in the meantime.
    """
    goes_on = await session.scalar(
        update(Session)
        .where(Session.id == refresh.session_id)
        .values(token_hash=token_hash, scopes=list(scopes), expires_at=expires_at)
        .returning(Session.id)
    )
    if goes_on is None:
        return False
    await session.execute(
        update(OAuthRefreshToken).where(OAuthRefreshToken.token_hash == refresh.token_hash).values(used_at=now)
    )
    await _add_refresh(session, refresh.session_id, refresh_hash, now)
    return True


async def end_grant(session: AsyncSession, session_id: str) -> bool:
    """Its token, refresh tokens and code are worth nothing any more. False when it has ended before."""
    ended = await session.scalar(delete(Session).where(Session.id == session_id).returning(Session.id))
    return ended is not None


async def grant_of_token(session: AsyncSession, token_hash: str, client_id: str) -> str | None:
    """The session that this client's access or refresh token belongs to."""
    found = await session.scalar(
        select(Session.id).where(Session.token_hash == token_hash, Session.client_id == client_id)
    )
    return found or await session.scalar(
        select(OAuthRefreshToken.session_id)
        .join(Session, Session.id == OAuthRefreshToken.session_id)
        .where(OAuthRefreshToken.token_hash == token_hash, Session.client_id == client_id)
    )


async def forget_ended(session: AsyncSession, now: datetime) -> None:
    """Housekeeping beside each exchange: at most a hundred of each, so that nobody waits for it."""
    over = select(OAuthGrant.session_id).where(OAuthGrant.expires_at < now).limit(100).with_for_update(skip_locked=True)
    await session.execute(delete(Session).where(Session.id.in_(over)))
    stale = (
        select(OAuthCode.code_hash)
        .where(OAuthCode.expires_at < now, OAuthCode.session_id.is_(None))
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(OAuthCode).where(OAuthCode.code_hash.in_(stale)))


async def _add_refresh(session: AsyncSession, session_id: str, refresh_hash: str, now: datetime) -> None:
    await session.execute(
        insert(OAuthRefreshToken).values(token_hash=refresh_hash, session_id=session_id, created_at=now)
    )
