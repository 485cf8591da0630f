"""Makes a step of a process happen once, however often its activity is retried."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables.processes import Effect


async def remember(session: AsyncSession, key: str, result: dict[str, Any]) -> None:
    """Keeps what a partner answered to a step, where a later step needs it and a history must not hold it."""
    await session.execute(insert(Effect).values(key=key, result=result).on_conflict_do_nothing())


async def recall(session: AsyncSession, key: str) -> dict[str, Any]:
    """What `remember` kept; raises `NoResultFound` where nothing was."""
    kept: dict[str, Any] = (await session.scalars(select(Effect.result).where(Effect.key == key))).one()
    return kept


async def once(session: AsyncSession, key: str, do: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Runs `do` and keeps its answer under `key` in the same transaction; afterwards returns the kept answer.

    `key` is `<workflow id>/<step>`, never a run id. Two attempts at once: the second waits on the key's row until the
    first has committed, then reads its answer.
    """
    connection = await session.connection()
    claimed = await connection.scalar(
        insert(Effect).values(key=key, result={}).on_conflict_do_nothing().returning(Effect.key)
    )
    if claimed is None:
        kept: dict[str, Any] = (await connection.scalars(select(Effect.result).where(Effect.key == key))).one()
        return kept
    result = await do()
    await connection.execute(update(Effect).where(Effect.key == key).values(result=result))
    return result
