"""All SQL of the keys that sign tokens. Private halves pass through here sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, String, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.reads import Query, Reads
from models.tables.oauth import SigningKey

ONE_AT_A_TIME = 7_315_001
"""The advisory lock under which keys are made."""


@dataclass(frozen=True, slots=True)
class SigningKeyRow:
    kid: str
    public_jwk: Mapping[str, Any]
    sealed_private: bytes
    created_at: datetime
    signs_from: datetime
    retires_at: datetime | None


async def hold(session: AsyncSession) -> None:
    """Until the transaction ends, nobody else makes or retires a key."""
    await session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


async def in_use(session: AsyncSession, now: datetime) -> list[SigningKeyRow]:
    """Not yet retired, the one that signs last first."""
    rows = await session.scalars(
        select(SigningKey)
        .where(or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > now))
        .order_by(SigningKey.signs_from.desc(), SigningKey.kid)
        .execution_options(populate_existing=True)
    )
    return [
        SigningKeyRow(row.kid, row.public_jwk, row.sealed_private, row.created_at, row.signs_from, row.retires_at)
        for row in rows
    ]


async def add(session: AsyncSession, key: SigningKeyRow) -> None:
    await session.execute(
        insert(SigningKey).values(
            kid=key.kid,
            public_jwk=dict(key.public_jwk),
            sealed_private=key.sealed_private,
            created_at=key.created_at,
            signs_from=key.signs_from,
            retires_at=key.retires_at,
        )
    )


async def retire_others(session: AsyncSession, kid: str, at: datetime) -> None:
    """All keys but this one leave the published set then, or earlier if they were to."""
    await session.execute(
        update(SigningKey)
        .where(SigningKey.kid != kid, or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > at))
        .values(retires_at=at)
    )


_PUBLIC = Query(
    select(SigningKey.public_jwk).where(
        SigningKey.kid == bindparam("kid", type_=String),
        or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > bindparam("now", type_=DateTime(timezone=True))),
    )
)


async def find_public(reads: Reads, kid: str, now: datetime) -> Mapping[str, Any] | None:
    """The public half of a key that has not retired."""
    rows = await reads.fetch(_PUBLIC, kid=kid, now=now)
    return rows[0][0] if rows else None
