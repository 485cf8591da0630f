"""Fetches the exchange rates of a day, keeps them, and makes the quotes that everything is converted at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import DomainError
from models.ports import RateSource
from models.repositories import rates
from models.repositories.effects import once
from models.rules import fx

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FetchRates:
    run: str
    """The workflow's id: its quotes are made once."""


@dataclass(frozen=True)
class FetchedRates:
    day: str
    """Of the rates that are known now, ISO 8601; empty while none are."""
    quotes: int
    """0 when the newest rates are too old to convert by."""
    answered: bool
    """Whether the source did; without its answer the last rates are used for as long as they may be."""


class RateActivities:
    """Dependencies: the database, the source of rates (none: every price stays in its shop's currency)."""

    def __init__(self, database: Database, source: RateSource | None) -> None:
        self._database = database
        self._source = source

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.fetch]

    @activity.defn(name="rates.fetch")
    @translates_errors
    async def fetch(self, step: FetchRates) -> FetchedRates:
        """Quotes are made of the newest rates that are known, whether or not the source has just answered."""
        if self._source is None:
            return FetchedRates(day="", quotes=0, answered=True)  # there is nobody to ask again
        now = clock.now()
        try:
            published = await self._source.rates(now.date())
        except DomainError as problem:
            published = None
            log.warning("no exchange rates were fetched", reason=problem.message)

        async def quotes(session: AsyncSession) -> dict[str, Any]:
            known = await rates.newest_day(session, now.date())
            if known is None:
                return {"day": "", "quotes": 0}
            day, per_euro = known
            if fx.too_old(day, now):
                log.error("exchange rates are too old to convert by", day=day.isoformat())
                return {"day": day.isoformat(), "quotes": 0}
            return {"day": day.isoformat(), "quotes": await rates.issue_quotes(session, day, per_euro, now)}

        async with self._database.transaction() as session:
            if published is not None:
                await rates.store(session, published)
            made = await once(session, f"{step.run}/{'fresh' if published else 'last'}", lambda: quotes(session))
        return FetchedRates(day=made["day"], quotes=made["quotes"], answered=published is not None)
