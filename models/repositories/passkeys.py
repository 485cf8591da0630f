"""All SQL of passkeys and of the challenges that they answer. Knows nothing of WebAuthn but what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import person_keys
from models.tables.factors import Passkey, PasskeyChallenge
from models.types import new_id


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey as its owner sees it."""

    id: str
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey as a device and we know it."""

    id: str
    person_id: str
    user_handle: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    user_handle: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: Sequence[str]
    synced: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    purpose: str
    person_id: str | None
    user_handle: bytes | None


async def add(session: AsyncSession, person_id: str, name: str, new: NewPasskey, now: datetime) -> str | None:
    """Its id; None when somebody has this passkey already. Raises `NotFound`, `PersonErased`."""
    key, passkey_id = await person_keys.open_key(session, person_id), new_id("pky")
    return await session.scalar(
        upsert(Passkey)
        .values(
            id=passkey_id,
            user_id=person_id,
            user_handle=new.user_handle,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            transports=list(new.transports),
            synced=new.synced,
            name_sealed=person_keys.seal_field(key, person_id, _field(passkey_id), name),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Passkey.credential_id])
        .returning(Passkey.id)
    )


async def of_person(session: AsyncSession, person_id: str) -> list[PasskeyRow]:
    """Oldest first. Raises `PersonErased`."""
    rows = (await session.scalars(_own(person_id))).all()
    if not rows:
        return []
    key = await person_keys.open_key(session, person_id)
    return [
        PasskeyRow(
            row.id,
            person_keys.open_field(key, person_id, _field(row.id), row.name_sealed),
            row.synced,
            row.created_at,
            row.last_used_at,
        )
        for row in rows
    ]


async def known_of(session: AsyncSession, person_id: str) -> list[Known]:
    return [_known(row) for row in await session.scalars(_own(person_id))]


async def find(session: AsyncSession, credential_id: bytes) -> Known | None:
    row = await session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    return _known(row) if row else None


async def used(session: AsyncSession, passkey_id: str, sign_count: int, now: datetime) -> bool:
    """False: the counter did not go up, because a copy of the passkey was used meanwhile. Devices that don't count say
    0 each time."""
    goes_up = Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0
    counted = await session.scalar(
        update(Passkey)
        .where(Passkey.id == passkey_id, goes_up)
        .values(sign_count=sign_count, last_used_at=now)
        .returning(Passkey.id)
    )
    return counted is not None


async def rename(session: AsyncSession, person_id: str, passkey_id: str, name: str) -> bool:
    """False: they have no such passkey. Raises `PersonErased`."""
    key = await person_keys.open_key(session, person_id)
    renamed = await session.scalar(
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.user_id == person_id)
        .values(name_sealed=person_keys.seal_field(key, person_id, _field(passkey_id), name))
        .returning(Passkey.id)
    )
    return renamed is not None


async def remove(session: AsyncSession, person_id: str, passkey_id: str) -> bool:
    """False: they have no such passkey."""
    removed = await session.scalar(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == person_id).returning(Passkey.id)
    )
    return removed is not None


async def forget(session: AsyncSession, person_id: str) -> None:
    """Erases all of a person's passkeys and what they are about to do with one."""
    await session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.user_id == person_id))
    await session.execute(delete(Passkey).where(Passkey.user_id == person_id))


async def ask(
    session: AsyncSession,
    challenge_hash: str,
    challenge: Challenge,
    *,
    bound_to: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Sweeps what has expired, at most a hundred rows, so that nobody waits for it."""
    expired = (
        select(PasskeyChallenge.challenge_hash)
        .where(PasskeyChallenge.expires_at < now)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.challenge_hash.in_(expired)))
    await session.execute(
        insert(PasskeyChallenge).values(
            challenge_hash=challenge_hash,
            purpose=challenge.purpose,
            bound_to=bound_to,
            user_id=challenge.person_id,
            user_handle=challenge.user_handle,
            expires_at=expires_at,
        )
    )


async def take(
    session: AsyncSession, challenge_hash: str, *, bound_to: Sequence[str], now: datetime
) -> Challenge | None:
    """Uses a challenge up. None for one that is unknown, used, too old, or another browser's."""
    row = (
        await session.execute(
            delete(PasskeyChallenge)
            .where(
                PasskeyChallenge.challenge_hash == challenge_hash,
                PasskeyChallenge.bound_to.in_(bound_to),
                PasskeyChallenge.expires_at > now,
            )
            .returning(PasskeyChallenge.purpose, PasskeyChallenge.user_id, PasskeyChallenge.user_handle)
        )
    ).one_or_none()
    return Challenge(*row) if row else None


def _own(person_id: str) -> Select[Passkey]:
    return select(Passkey).where(Passkey.user_id == person_id).order_by(Passkey.id)


def _known(row: Passkey) -> Known:
    return Known(
        row.id,
        row.user_id,
        row.user_handle,
        row.credential_id,
        row.public_key,
        row.sign_count,
        tuple(row.transports),
    )


def _field(passkey_id: str) -> str:
    return f"passkey/{passkey_id}"
