"""All SQL of exchange rates and quotes: what a day said, and what we convert at. Both are only ever added to."""

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import DateTime, Integer, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.reads import Query, Reads, SessionReads
from models.ports import DayRates
from models.rules import fx
from models.rules.fx import Exchange, FxQuote
from models.tables import currencies as tables
from models.types import CURRENCY_DECIMALS, new_id

KEPT = 5.0
"""Seconds for which a process keeps the quotes; they change once a day, and a checkout should not ask for them."""
BASE = "EUR"

_UNEXPIRED = Query(
    select(
        tables.FxQuote.id,
        tables.FxQuote.base,
        tables.FxQuote.quote,
        tables.FxQuote.billionths,
        tables.FxQuote.expires_at,
    )
    .where(tables.FxQuote.expires_at > bindparam("now", type_=DateTime(timezone=True)))
    .order_by(tables.FxQuote.created_at.desc(), tables.FxQuote.id)
    .limit(bindparam("at_most", type_=Integer))
)
AT_MOST = 20 * len(CURRENCY_DECIMALS) ** 2
"""Quotes that are looked at: of as many runs as nobody starts within a quote's life."""


class Rates:
    """The quotes that hold, kept for some seconds. One for each process; `exchanges` is what everybody asks."""

    def __init__(self) -> None:
        self._kept: Sequence[FxQuote] = ()
        self._until = float("-inf")

    async def exchanges(self, reads: Reads | AsyncSession, *, fresh: bool = False) -> Sequence[Exchange]:
        """What holds now, then what still holds because it has not expired. Never empty. `fresh`: as it stands in the
        database, because another process may have shown what this one has not seen yet."""
        now = clock.now()
        if fresh or time.monotonic() >= self._until:
            source = SessionReads(reads) if isinstance(reads, AsyncSession) else reads
            self._kept = [FxQuote(*row) for row in await source.fetch(_UNEXPIRED, now=now, at_most=AT_MOST)]
            self._until = time.monotonic() + KEPT
        return fx.exchanges(self._kept, now)

    async def exchange(self, reads: Reads | AsyncSession) -> Exchange:
        """What holds now."""
        return (await self.exchanges(reads))[0]

    def forget(self) -> None:
        """The next question reads anew."""
        self._until = float("-inf")


async def store(session: AsyncSession, rates: DayRates) -> int:
    """Keeps what a day said of the currencies that we deal in; how many were new. What is there already stays."""
    rows = [
        {"day": rates.day, "currency": currency, "billionths": fx.billionths(rate)}
        for currency, rate in sorted(rates.rates.items())
        if currency in CURRENCY_DECIMALS
    ]
    if not rows:
        return 0
    added = await session.execute(
        insert(tables.FxRate).values(rows).on_conflict_do_nothing().returning(tables.FxRate.currency)
    )
    return len(added.all())


async def newest_day(session: AsyncSession, until: date) -> tuple[date, Mapping[str, int]] | None:
    """Billionths of each currency for one euro, itself included, of the last day that is known up to `until`."""
    day = await session.scalar(select(func.max(tables.FxRate.day)).where(tables.FxRate.day <= until))
    if day is None:
        return None
    rows = await session.execute(
        select(tables.FxRate.currency, tables.FxRate.billionths).where(tables.FxRate.day == day)
    )
    return day, {BASE: fx.ONE, **{currency: rate for currency, rate in rows}}  # noqa: C416 - rows are no pairs to mypy


async def issue_quotes(session: AsyncSession, day: date, per_euro: Mapping[str, int], now: datetime) -> int:
    """New quotes for every pair, good for `QUOTE_LIVES`; how many."""
    rows = [
        {
            "id": new_id("fxq"),
            "base": base,
            "quote": quote,
            "billionths": fx.cross(per_euro, base, quote),
            "margin_bp": fx.MARGIN_BP,
            "rates_day": day,
            "created_at": now,
            "expires_at": now + fx.QUOTE_LIVES,
        }
        for base, quote in fx.pairs(per_euro)
    ]
    if rows:
        await session.execute(insert(tables.FxQuote), rows)
    return len(rows)


async def mid_rate(session: AsyncSession, base: str, quote: str, at: date) -> int | None:
    """Billionths of `quote` for one `base`, without a margin, by the last rates that were known on a day; None where
    there were none."""
    known = await newest_day(session, at)
    if known is None or not {base, quote} <= known[1].keys():
        return None
    return fx.cross(known[1], base, quote, margin_bp=0)
