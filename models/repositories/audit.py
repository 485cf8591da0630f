"""All SQL of the audit log. Entries are only ever added."""

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.audited import Audited
from models.tables.audit import AuditEntry

SYSTEM = "system"


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
