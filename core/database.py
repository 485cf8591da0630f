"""The SQLAlchemy engine and the unit of work. Knows no table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from core.keys import KeyRing


def create_engine(url: str, pool_size: int = 10, *, check_before_use: bool = True) -> AsyncEngine:
    """Connections are checked before use, so that a restarted database costs no failed request. A worker leaves the
    check out: its steps are retried anyway, and the check costs each of them a round trip."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=check_before_use,
        pool_timeout=10,
        connect_args={"connect_timeout": 5, "options": "-c statement_timeout=20000 -c lock_timeout=10000"},
    )


KEYS = "keys"


def keys_of(session: AsyncSession) -> KeyRing:
    """The key ring that the session's repositories seal and open personal fields with."""
    ring: KeyRing = session.info[KEYS]
    return ring


class Database:
    """Opens units of work: one request or one activity is one transaction, committed at the edge."""

    def __init__(self, engine: AsyncEngine, keys: KeyRing) -> None:
        self.engine = engine
        self.keys = keys
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, info={KEYS: keys})

    def session(self) -> AsyncSession:
        """A unit of work that its user commits."""
        return self._sessions()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends well, rolls back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
