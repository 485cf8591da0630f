"""All SQL of the audit log. Entries are only ever added; the database links each to the chain when it is committed.

Seals are `audit_seals`' business.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Text, cast, func, insert, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.audited import Audited
from models.rules.audit_chain import Link
from models.tables.audit import AuditEntry, AuditLink

SYSTEM = "system"
PROCESS = "process"
"""The role of a workflow."""
AT_ONCE = 1_000
"""Rows of an export that are read in one go, each such part in a transaction of its own."""


async def append(
    session: AsyncSession,
    action: Audited,
    *,
    actor: str,
    role: str,
    subject: str = "",
    details: Mapping[str, str | int | bool | list[str]] | None = None,
) -> None:
    """Takes part in the caller's transaction: what is rolled back was not done, and is not in the log.

    `actor` is a person's or client's id, `workflow:<id>` or `SYSTEM`; `details` hold ids, codes and numbers only.
    """
    await session.execute(
        insert(AuditEntry).values(
            actor=actor, role=role, action=action.value, subject=subject, details=dict(details or {})
        )
    )


def workflow(workflow_id: str) -> str:
    """A process as an actor."""
    return f"workflow:{workflow_id}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; empty means any."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    from_: datetime | None = None
    """Inclusive."""
    to: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with its link, so that whoever gets it can check it (`link.hash(previous_hash) == hash`)."""

    link: Link
    details: Mapping[str, Any]
    previous_hash: bytes
    hash: bytes


async def newest(session: AsyncSession, asked: Asked, *, after: int | None, limit: int) -> list[Entry]:
    """Newest first. `after` is the entry id that the page before ended with; one that is not there finds nothing."""
    statement = _matching(asked).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    if after is not None:
        last = (await session.execute(select(AuditEntry.at, AuditEntry.id).where(AuditEntry.id == after))).one_or_none()
        if last is None:
            return []
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(literal(last.at), literal(last.id)))
    return [_entry(row) for row in await session.execute(statement)]


async def in_order(database: Database, asked: Asked) -> AsyncIterator[Sequence[Entry]]:
    """Oldest first, as the chain goes, in parts; up to the entry that is the last one when the reading begins.

    Holds no transaction while its reader takes their time: what has been written never changes.
    """
    async with database.transaction() as session:
        end = await session.scalar(select(func.max(AuditLink.seq)))
    seen = 0
    while True:
        statement = (
            _matching(asked)
            .where(AuditLink.seq > cast(seen, BigInteger), AuditLink.seq <= cast(end or 0, BigInteger))
            .order_by(AuditLink.seq)
            .limit(AT_ONCE)
        )
        async with database.transaction() as session:
            part = [_entry(row) for row in await session.execute(statement)]
        if part:
            yield part
        if len(part) < AT_ONCE:
            return
        seen = part[-1].link.seq


def _matching(asked: Asked) -> Select[Any]:
    statement = select(
        AuditLink.seq,
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.role,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.details,
        cast(AuditEntry.details, Text).label("details_text"),
        AuditLink.previous_hash,
        AuditLink.hash,
    ).join(AuditLink, AuditLink.entry_id == AuditEntry.id)
    for column, wanted in (
        (AuditEntry.actor, asked.actor),
        (AuditEntry.subject, asked.subject),
        (AuditEntry.action, asked.action),
    ):
        if wanted:
            statement = statement.where(column == wanted)
    if asked.from_ is not None:
        statement = statement.where(AuditEntry.at >= asked.from_)
    if asked.to is not None:
        statement = statement.where(AuditEntry.at < asked.to)
    return statement


def _entry(row: Any) -> Entry:
    link = Link(row.seq, row.id, row.at, row.actor, row.role, row.action, row.subject, row.details_text)
    return Entry(link, row.details, row.previous_hash, row.hash)
