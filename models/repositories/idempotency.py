"""Answers kept under the caller's own key. A claim is a lease: a process that dies with it blocks nobody for long."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyErased, Purpose
from core.sealing import seal, unseal
from models.errors import Conflict
from models.tables.processes import IdempotencyRecord

REMEMBERED = timedelta(hours=24)
LEASE = timedelta(seconds=60)
"""Longer than any request may take."""
FORGOTTEN = b""
"""Stands where an answer stood that named somebody who has been erased, or where one will come that may name them: the
database keeps it there. The key stays used: nothing is done twice."""
_NOT_KEPT = "The answer to this request is not kept any more. Look whether it had its effect."


@dataclass(frozen=True, slots=True)
class Kept:
    fingerprint: str
    status: int | None
    """None while the first request is still running."""
    body: dict[str, Any] | None


async def claim(session: AsyncSession, owner: str, key: str, fingerprint: str, now: datetime) -> Kept | None:
    """None when the key is ours now, else what is kept under it. A claim left behind by a crash may be taken over."""
    fresh = {"fingerprint": fingerprint, "status": None, "sealed": None, "created_at": now}
    record = IdempotencyRecord
    claimed = await session.scalar(
        insert(record)
        .values(owner=owner, key=key, **fresh)
        .on_conflict_do_update(
            index_elements=[record.owner, record.key],
            set_=fresh,
            where=or_(
                record.created_at < now - REMEMBERED, and_(record.status.is_(None), record.created_at < now - LEASE)
            ),
        )
        .returning(record.key)
    )
    if claimed is not None:
        return None
    row = (
        await session.execute(
            select(record.fingerprint, record.status, record.sealed).where(record.owner == owner, record.key == key)
        )
    ).one_or_none()
    # Released between the two statements: as good as still running, the caller tries again.
    if row is None:
        return Kept(fingerprint, None, None)
    known, status, sealed = row
    return Kept(known, status, _opened(session, owner, key, sealed))


async def keep(
    session: AsyncSession, owner: str, key: str, claimed_at: datetime, *, status: int, body: dict[str, Any]
) -> bool:
    """False when the lease ran out and somebody else holds the claim."""
    kept = await session.scalar(
        update(IdempotencyRecord)
        .where(_claimed(owner, key, claimed_at))
        .values(status=status, sealed=_sealed(session, owner, key, body))
        .returning(IdempotencyRecord.key)
    )
    return kept is not None


async def release(session: AsyncSession, owner: str, key: str, claimed_at: datetime) -> None:
    """The request failed: the same key may be tried again."""
    await session.execute(delete(IdempotencyRecord).where(_claimed(owner, key, claimed_at)))


def _sealed(session: AsyncSession, owner: str, key: str, body: dict[str, Any]) -> bytes:
    return seal(keys_of(session), Purpose.TOKENS, json.dumps(body, ensure_ascii=False).encode(), _bound(owner, key))


def _opened(session: AsyncSession, owner: str, key: str, sealed: bytes | None) -> dict[str, Any] | None:
    if sealed is None:
        return None
    if sealed == FORGOTTEN:
        raise Conflict(_NOT_KEPT)
    try:
        body: dict[str, Any] = json.loads(unseal(keys_of(session), sealed, _bound(owner, key)))
    except KeyErased as error:
        raise Conflict(_NOT_KEPT) from error
    return body


def _bound(owner: str, key: str) -> str:
    return f"idempotency/{owner}/{key}"


def _claimed(owner: str, key: str, claimed_at: datetime) -> Any:
    return and_(
        IdempotencyRecord.owner == owner,
        IdempotencyRecord.key == key,
        IdempotencyRecord.created_at == claimed_at,
        IdempotencyRecord.status.is_(None),
    )
