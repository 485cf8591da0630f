"""All SQL of outside accounts and of attempts to sign in with one. Knows states and subjects only by their hash."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.sealing import blind_index
from models.repositories import person_keys
from models.tables.identities import OutsideIdentity, SignInAttempt
from models.tables.people import User
from models.types import new_id


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An outside account as its owner sees it."""

    id: str
    provider: str
    email: str
    """As the provider told it when it was linked."""
    linked_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    purpose: str
    person_id: str | None
    sealed: bytes
    begun_at: datetime


async def owner_of(session: AsyncSession, issuer: str, subject: str) -> tuple[str, str] | None:
    """Identity and person that this outside account opens."""
    row = (
        await session.execute(
            select(OutsideIdentity.id, OutsideIdentity.user_id).where(
                OutsideIdentity.subject_index == _index(session, issuer, subject)
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def link(
    session: AsyncSession, person_id: str, provider: str, *, issuer: str, subject: str, email: str, now: datetime
) -> str | None:
    """The new identity's id. None when the outside account is linked already, or the person has another one there.

    Raises `NotFound`, `PersonErased`.
    """
    key, identity_id = await person_keys.open_key(session, person_id), new_id("oid")
    told = json.dumps({"issuer": issuer, "subject": subject, "email": email})
    return await session.scalar(
        upsert(OutsideIdentity)
        .values(
            id=identity_id,
            user_id=person_id,
            provider=provider,
            subject_index=_index(session, issuer, subject),
            sealed=person_keys.seal_field(key, person_id, _field(identity_id), told),
            linked_at=now,
        )
        .on_conflict_do_nothing()
        .returning(OutsideIdentity.id)
    )


async def used(session: AsyncSession, identity_id: str, now: datetime) -> bool:
    """False: it was unlinked in this moment. Else whoever unlinks it waits, and then ends what was opened with it."""
    there = await session.scalar(
        update(OutsideIdentity)
        .where(OutsideIdentity.id == identity_id)
        .values(last_used_at=now)
        .returning(OutsideIdentity.id)
    )
    return there is not None


async def identities_of(session: AsyncSession, person_id: str) -> list[IdentityRow]:
    """Oldest first. Raises `NotFound`, `PersonErased`."""
    rows = (
        await session.scalars(
            select(OutsideIdentity).where(OutsideIdentity.user_id == person_id).order_by(OutsideIdentity.linked_at)
        )
    ).all()
    if not rows:
        return []
    key = await person_keys.open_key(session, person_id)
    return [
        IdentityRow(
            row.id,
            row.provider,
            json.loads(person_keys.open_field(key, person_id, _field(row.id), row.sealed))["email"],
            row.linked_at,
            row.last_used_at,
        )
        for row in rows
    ]


async def providers_of(session: AsyncSession, person_id: str) -> list[str]:
    """Codes of the providers that the person has linked an account of."""
    return list(await session.scalars(select(OutsideIdentity.provider).where(OutsideIdentity.user_id == person_id)))


async def lock_ways_in(session: AsyncSession, person_id: str) -> tuple[bool, list[tuple[str, str]]]:
    """Whether the person has a password, and their identities with the provider's code. Whoever takes a way in away
    asks here first: two at once must not take both."""
    has_password = await session.scalar(
        select(User.password_hash.is_not(None)).where(User.id == person_id).with_for_update()
    )
    rows = await session.execute(
        select(OutsideIdentity.id, OutsideIdentity.provider).where(OutsideIdentity.user_id == person_id)
    )
    return bool(has_password), [(row[0], row[1]) for row in rows]


async def unlink(session: AsyncSession, identity_id: str) -> None:
    await session.execute(delete(OutsideIdentity).where(OutsideIdentity.id == identity_id))


async def forget(session: AsyncSession, person_id: str) -> int:
    """Erases all of a person's outside accounts, and what they are about to do with one; how many there were."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.user_id == person_id))
    gone = await session.scalars(
        delete(OutsideIdentity).where(OutsideIdentity.user_id == person_id).returning(OutsideIdentity.id)
    )
    return len(gone.all())


async def begin(
    session: AsyncSession,
    state_hash: str,
    *,
    browser_hash: str,
    provider: str,
    purpose: str,
    person_id: str | None,
    sealed: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Sweeps what has expired, at most a hundred rows, so that nobody waits for it."""
    expired = (
        select(SignInAttempt.state_hash)
        .where(SignInAttempt.expires_at < now)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(SignInAttempt).where(SignInAttempt.state_hash.in_(expired)))
    await session.execute(
        insert(SignInAttempt).values(
            state_hash=state_hash,
            browser_hash=browser_hash,
            provider=provider,
            purpose=purpose,
            user_id=person_id,
            sealed=sealed,
            begun_at=now,
            expires_at=expires_at,
        )
    )


async def take(
    session: AsyncSession, state_hash: str, *, browser_hash: str, provider: str, now: datetime
) -> AttemptRow | None:
    """Uses an attempt up. None for one that is unknown, used, too old, of another browser or another provider."""
    row = (
        await session.execute(
            delete(SignInAttempt)
            .where(
                SignInAttempt.state_hash == state_hash,
                SignInAttempt.browser_hash == browser_hash,
                SignInAttempt.provider == provider,
                SignInAttempt.expires_at > now,
            )
            .returning(SignInAttempt.purpose, SignInAttempt.user_id, SignInAttempt.sealed, SignInAttempt.begun_at)
        )
    ).one_or_none()
    return AttemptRow(*row) if row else None


def _index(session: AsyncSession, issuer: str, subject: str) -> str:
    return blind_index(keys_of(session), f"outside identity\n{issuer}\n{subject}")


def _field(identity_id: str) -> str:
    return f"outside_identity/{identity_id}"
