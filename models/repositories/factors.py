"""All SQL of one-time codes and recovery codes. What is used once is used up by one statement, whoever else tries."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import person_keys
from models.tables.factors import CodeSecret, Passkey, RecoveryCode
from models.tables.identities import OutsideIdentity
from models.tables.people import User

OFFERED, ACTIVE = "offered", "active"


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody has set up."""

    has_codes: bool
    codes_since: datetime | None
    passkeys: int
    recovery_codes: int
    """Unused ones."""

    @property
    def any(self) -> bool:
        """Recovery codes alone are none: they stand in for one that was lost."""
        return self.has_codes or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Secret:
    text: str
    """Base32, as authenticator apps take it."""
    last_step: int
    created_at: datetime


async def of_person(session: AsyncSession, person_id: str) -> Factors:
    active = select(CodeSecret.created_at).where(CodeSecret.user_id == person_id, CodeSecret.state == ACTIVE)
    passkeys = select(func.count()).select_from(Passkey).where(Passkey.user_id == person_id)
    unused = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == person_id, RecoveryCode.used_at.is_(None))
    )
    since, keys, left = (
        await session.execute(select(active.scalar_subquery(), passkeys.scalar_subquery(), unused.scalar_subquery()))
    ).one()
    return Factors(since is not None, since, keys, left)


async def lock(session: AsyncSession, person_id: str) -> None:
    """One change of a person's ways in at a time: two at once could each leave the other's as the last one."""
    await session.execute(select(User.id).where(User.id == person_id).with_for_update())


async def ways_in(session: AsyncSession, person_id: str) -> int:
    """In how many ways they can begin to sign in: a password, each passkey, each outside account."""
    password = select(func.count()).where(User.id == person_id, User.password_hash.is_not(None)).scalar_subquery()
    passkeys = select(func.count()).where(Passkey.user_id == person_id).scalar_subquery()
    outside = select(func.count()).where(OutsideIdentity.user_id == person_id).scalar_subquery()
    return await session.scalar(select(password + passkeys + outside)) or 0


async def first_steps(session: AsyncSession, person_id: str) -> str:
    """Stands for their password and outside accounts as they are now, and until the transaction ends; it is another one
    after any change of these. Not to be shown: it is made of the password's hash."""
    own = select(User.password_hash).where(User.id == person_id)
    password_hash = await session.scalar(own.with_for_update(read=True))
    linked = await session.scalars(
        select(OutsideIdentity.id).where(OutsideIdentity.user_id == person_id).order_by(OutsideIdentity.id)
    )
    return hashlib.sha256("\n".join([password_hash or "", *linked]).encode()).hexdigest()


async def offer_secret(session: AsyncSession, person_id: str, secret: str, now: datetime) -> None:
    """Replaces one that was offered before. Raises `NotFound`, `PersonErased`."""
    await _write_secret(session, person_id, OFFERED, secret, now)


async def activate_secret(session: AsyncSession, person_id: str, secret: str, now: datetime) -> None:
    """Without a confirmation: for accounts that nobody enrols by hand."""
    await _write_secret(session, person_id, ACTIVE, secret, now)


async def secret_of(session: AsyncSession, person_id: str, state: str = ACTIVE) -> Secret | None:
    """Raises `PersonErased`."""
    row = await session.get(CodeSecret, (person_id, state), populate_existing=True)
    if row is None:
        return None
    key = await person_keys.open_key(session, person_id)
    return Secret(person_keys.open_field(key, person_id, _FIELD, row.sealed), row.last_step, row.created_at)


async def confirm_secret(session: AsyncSession, person_id: str, step: int, now: datetime) -> bool:
    """The offered secret becomes the active one, and its code of this step is used up. False: none is offered."""
    offered = (CodeSecret.user_id == person_id, CodeSecret.state == OFFERED)
    if await session.scalar(select(CodeSecret.user_id).where(*offered).with_for_update()) is None:
        return False
    await remove_secret(session, person_id)
    await session.execute(update(CodeSecret).where(*offered).values(state=ACTIVE, last_step=step, created_at=now))
    return True


async def use_step(session: AsyncSession, person_id: str, step: int) -> bool:
    """False: a code of this step or a later one was taken already."""
    taken = await session.scalar(
        update(CodeSecret)
        .where(CodeSecret.user_id == person_id, CodeSecret.state == ACTIVE, CodeSecret.last_step < step)
        .values(last_step=step)
        .returning(CodeSecret.user_id)
    )
    return taken is not None


async def remove_secret(session: AsyncSession, person_id: str, state: str = ACTIVE) -> bool:
    removed = await session.scalar(
        delete(CodeSecret)
        .where(CodeSecret.user_id == person_id, CodeSecret.state == state)
        .returning(CodeSecret.user_id)
    )
    return removed is not None


async def draw_recovery_codes(session: AsyncSession, person_id: str, hashes: Iterable[str], now: datetime) -> None:
    """The ones before, used or not, are void."""
    await forget_recovery_codes(session, person_id)
    await session.execute(
        insert(RecoveryCode), [{"user_id": person_id, "code_hash": each, "created_at": now} for each in hashes]
    )


async def use_recovery_code(session: AsyncSession, person_id: str, code_hash: str, now: datetime) -> bool:
    used = await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == person_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.code_hash)
    )
    return used is not None


async def forget_recovery_codes(session: AsyncSession, person_id: str) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == person_id))


async def forget(session: AsyncSession, person_id: str) -> None:
    """Erases one-time codes and recovery codes; passkeys have a `forget` of their own."""
    await forget_recovery_codes(session, person_id)
    await session.execute(delete(CodeSecret).where(CodeSecret.user_id == person_id))


_FIELD = "code_secret"


async def _write_secret(session: AsyncSession, person_id: str, state: str, secret: str, now: datetime) -> None:
    key = await person_keys.open_key(session, person_id)
    fresh = {"sealed": person_keys.seal_field(key, person_id, _FIELD, secret), "last_step": 0, "created_at": now}
    await session.execute(
        upsert(CodeSecret)
        .values(user_id=person_id, state=state, **fresh)
        .on_conflict_do_update(index_elements=[CodeSecret.user_id, CodeSecret.state], set_=fresh)
    )
