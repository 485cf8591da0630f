"""All SQL of refused sign-ins: counted in rows of their own, and written into the audit log when their window is over.

Entries of the log commit one after the other, payments' too. How many sign-ins fail, strangers decide; so theirs must
not each be an entry. Nothing is lost: a count is committed with the refusal, and leaves its row with its entry.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.sealing import blind_index
from models.audited import Audited
from models.repositories import audit
from models.rules.audit_chain import instant_text
from models.tables.attempts import RefusedSignIn

WINDOW = timedelta(minutes=5)
AT_ONCE = 200
"""Entries of one transaction, which all others wait for."""
_KEY = tuple(RefusedSignIn.__table__.primary_key)


async def note(
    session: AsyncSession, person_id: str, wrong: str, network: str, now: datetime, *, why: str = ""
) -> None:
    """Counts a sign-in that was refused just now. `network` is opened to nobody: its keyed hash is kept."""
    counted = upsert(RefusedSignIn).values(
        window_at=window_of(now),
        person_id=person_id,
        wrong=wrong[:40],
        why=why[:40],
        network=blind_index(keys_of(session), f"network\n{network}"),
        count=1,
        first_at=now,
        last_at=now,
    )
    await session.execute(
        counted.on_conflict_do_update(
            index_elements=list(_KEY),
            set_={
                "count": RefusedSignIn.count + 1,
                "first_at": func.least(RefusedSignIn.first_at, counted.excluded.first_at),
                "last_at": func.greatest(RefusedSignIn.last_at, counted.excluded.last_at),
            },
        )
    )


async def write_down(session: AsyncSession, now: datetime) -> int:
    """One entry for each row whose window is over, at most `AT_ONCE`; how many there were. Several replicas may do this
    at once: each row is one's. What is counted late into a window gets an entry of its own."""
    over = (
        select(*_KEY)
        .where(RefusedSignIn.window_at <= now - WINDOW)
        .order_by(*_KEY)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows: Sequence[RefusedSignIn] = (
        await session.scalars(delete(RefusedSignIn).where(tuple_(*_KEY).in_(over)).returning(RefusedSignIn))
    ).all()
    for row in sorted(rows, key=lambda one: one.first_at):
        await audit.append(
            session,
            Audited.SIGN_IN_FAILED,
            actor=audit.SYSTEM,
            role="visitor",
            subject=row.person_id,
            details={
                "wrong": row.wrong,
                **({"why": row.why} if row.why else {}),
                "count": row.count,
                "first": instant_text(row.first_at),
                "last": instant_text(row.last_at),
                "network": row.network,
            },
        )
    return len(rows)


def window_of(moment: datetime) -> datetime:
    """When the window that holds it began."""
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)
