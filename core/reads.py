"""Reading for pages: statements compiled once, run straight on the driver, outside any transaction.

A page that many people look at is worth it: session, greenlet and the round trips of BEGIN, COMMIT and the pool's ping
cost several times what its query does. Whoever writes, or has to see their own writes, uses `Database` instead.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncSession

_DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy types no dialect's constructor
Row = Sequence[Any]


class Query:
    """A SELECT and its compiled text. Make it once, at import or behind a cache; give values at each `fetch`.

    Values keep the driver's types, so compare with `any_` of an array parameter instead of `in_`. `prepare=False` for
    a statement whose best plan depends on its values: a prepared one is soon planned without them. `settings` hold
    for this statement alone.
    """

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]],
        *,
        prepare: bool | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.statement = statement
        self.prepare = prepare
        self.settings = settings or {}
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled).encode()
        self._constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
        self._wanted = frozenset(compiled.params) - frozenset(self._constants)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises `TypeError` unless exactly the parameters of the statement are given."""
        if given.keys() != self._wanted:
            raise TypeError(f"wanted {sorted(self._wanted)}, given {sorted(given)}")
        return {**self._constants, **given}


class Reads(Protocol):
    """Where a reading repository gets its rows from."""

    async def fetch(self, query: Query, /, **values: Any) -> Sequence[Row]: ...


class SessionReads:
    """Reads inside a transaction, and so sees what it has written."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fetch(self, query: Query, /, **values: Any) -> Sequence[Row]:
        query.values(values)
        for name, value in query.settings.items():
            await self._session.execute(select(func.set_config(name, value, literal(True))))
        return (await self._session.execute(query.statement, values)).all()


class Reader:
    """Reads what is committed, each statement for itself, on read-only connections of its own."""

    def __init__(self, url: str, size: int = 10) -> None:
        """`url` is SQLAlchemy's. Nothing is opened yet."""
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._pool = AsyncConnectionPool(
            address,
            min_size=1,
            max_size=size,
            timeout=3,
            open=False,
            name="reader",
            kwargs={
                "autocommit": True,
                "connect_timeout": 5,
                "options": "-c statement_timeout=10000 -c default_transaction_read_only=on",
            },
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Reader"]:
        """Connects in the background: the server need not be up yet."""
        await self._pool.open(wait=False)
        try:
            yield self
        finally:
            await self._settle()
            await self._pool.close()

    async def _settle(self) -> None:
        """Lets connections that are just being opened get there: cancelled half-way, one would linger at the server
        until the garbage collector meets it, and hold whoever wants to drop or stop the database."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                # The pool tells nobody when a connection comes back.
                while (stats := self._pool.get_stats())["pool_size"] > stats["pool_available"]:  # noqa: ASYNC110 - see above
                    await asyncio.sleep(0.01)

    async def fetch(self, query: Query, /, **values: Any) -> Sequence[Row]:
        """Raises `psycopg.OperationalError` when the database is away."""
        given = query.values(values)
        rows = await self._fetch(query, given)
        if rows is None:
            # The server has been restarted since. Reading twice does no harm, so the request need not fail for it.
            await self._pool.check()
            rows = await self._fetch(query, given)
        if rows is None:
            raise psycopg.OperationalError("the connection was lost twice")
        return rows

    async def _fetch(self, query: Query, given: dict[str, Any]) -> Sequence[Row] | None:
        """None when the connection turned out to be dead."""
        async with self._pool.connection() as connection:
            try:
                if not query.settings:
                    return await (await connection.execute(query.sql, given, prepare=query.prepare)).fetchall()
                async with connection.transaction():
                    for setting in query.settings.items():
                        await connection.execute("SELECT set_config(%s, %s, true)", setting)
                    return await (await connection.execute(query.sql, given, prepare=query.prepare)).fetchall()
            except psycopg.OperationalError:
                if not connection.broken:
                    raise
                return None
