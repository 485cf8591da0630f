"""The payout run's looks into the database. It decides who is due; what is paid is decided by each payout anew.

A shop whose rows can't be read is passed over and noted for finance, and the next run looks at it again: one bad row
must not keep the money of a thousand others.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import (
    ledger_balances,
    payouts_connected,
    payouts_due,
    payouts_holds,
    payouts_skips,
    payouts_standing,
)
from models.repositories.payouts_due import Candidate
from models.repositories.payouts_skips import NewSkip
from models.rules.bank_accounts import PAUSED_AFTER_CHANGE
from models.rules.payout_calendar import latest_due
from models.rules.payouts import PayoutKind, Refused, SkippedAt, Wish, amount_to_pay, minimum_for, obstacle

log = structlog.get_logger(__name__)
ASKED_AGAIN_AFTER = timedelta(hours=20)
"""An account that could not be paid when the provider last told. Nothing is set aside for it, so no payout would ask,
and the event that says otherwise may never come."""
LONGEST_LOOK_BACK = timedelta(days=31)
"""Of the first run, or after a long silence: a month holds a due day of every calendar."""
AWAY = frozenset({"08", "53", "57", "58"})
"""Classes of SQL states in which the server, and no row, is to blame: no connection, no room, going down, broken."""


@dataclass(frozen=True)
class BeginRun:
    run_id: str
    today: date


@dataclass(frozen=True)
class RunBegun:
    after: date
    until: date


@dataclass(frozen=True)
class ReleaseHolds:
    limit: int
    run_id: str
    after: date
    cursor: str = ""


@dataclass(frozen=True)
class HoldsReleased:
    released: int
    left: bool
    cursor: str = ""
    """The last shop and currency that were looked at."""


@dataclass(frozen=True)
class LookForDue:
    after: date
    until: date
    cursor: str
    limit: int
    run_id: str


@dataclass(frozen=True)
class DuePayout:
    shop_id: str
    artisan_id: str
    currency: str
    period: str
    time_scale: int


@dataclass(frozen=True)
class DuePage:
    due: tuple[DuePayout, ...]
    cursor: str
    """Where the next page begins; empty when this was the last."""
    unable: tuple[str, ...] = ()
    """Shops whose account at the provider is asked about again, whether they are due or not."""


@dataclass(frozen=True)
class EndRun:
    run_id: str
    payouts: int
    holds: int


class _Unreadable(Exception):
    """This one shop's rows, and nobody else's."""

    def __init__(self, step: SkippedAt, cause: Exception) -> None:
        super().__init__(step.value)
        self.step = step
        self.cause = cause


class PayoutRunActivities:
    """Dependencies: the database. `allow_time_scale` is false in the cluster."""

    def __init__(self, database: Database, *, allow_time_scale: bool) -> None:
        self._database = database
        self._allow_time_scale = allow_time_scale

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.begin_run, self.release_holds, self.look_for_due, self.end_run]

    @activity.defn(name="payout.begin_run")
    @translates_errors
    async def begin_run(self, step: BeginRun) -> RunBegun:
        """The first run of all is about its own day only. Also brings the ledger's kept sums up to date, so that every
        balance has a day's entries to add to them at most."""
        await ledger_balances.advance(self._database)
        async with self._database.transaction() as session:
            done = await payouts_due.begin(session, step.run_id, step.today, clock.now())
        after = done if done is not None else step.today - timedelta(days=1)
        return RunBegun(max(after, step.today - LONGEST_LOOK_BACK), step.today)

    @activity.defn(name="payout.release_holds")
    @translates_errors
    async def release_holds(self, step: ReleaseHolds) -> HoldsReleased:
        """Those whose day has come, shop by shop."""
        now, released = clock.now(), 0
        async with self._database.transaction() as session:
            shops = await payouts_holds.shops_with_due(session, now, after=_place(step.cursor), limit=step.limit)
        for shop_id, currency in shops:
            _beat()
            try:
                with _reading(SkippedAt.HOLDS):
                    async with self._database.transaction() as session:
                        released += await payouts_holds.release_due_of(session, shop_id, currency, now)
            except _Unreadable as found:
                await self._pass_over(found, shop_id, currency, step.after, step.run_id)
        return HoldsReleased(released, left=len(shops) == step.limit, cursor="/".join(shops[-1]) if shops else "")

    @activity.defn(name="payout.look_for_due")
    @translates_errors
    async def look_for_due(self, step: LookForDue) -> DuePage:
        due: list[DuePayout] = []
        well: list[tuple[str, str]] = []
        async with self._database.transaction() as session:
            looked_at = await payouts_due.candidates(session, _place(step.cursor), limit=step.limit)
            shops = [candidate.shop_id for candidate in looked_at]
            skips = await payouts_skips.open_among(session, shops)
            unable = await payouts_connected.unable(session, shops, before=clock.now() - ASKED_AGAIN_AFTER)
        for candidate in looked_at:
            _beat()
            skip = skips.get((candidate.shop_id, candidate.currency))
            if skip is not None and (skip.run_id, skip.step) == (step.run_id, SkippedAt.HOLDS.value):
                continue  # its holds could not be let go of just now, and a payout would try the same
            after = step.after if skip is None else max(min(step.after, skip.after), step.until - LONGEST_LOOK_BACK)
            try:
                async with self._database.transaction() as session:
                    found = await self._look(session, candidate, after, step.until)
            except _Unreadable as unreadable:
                await self._pass_over(unreadable, candidate.shop_id, candidate.currency, after, step.run_id)
                continue
            due += [found] if found is not None else []
            well += [(candidate.shop_id, candidate.currency)] if skip is not None else []
        if well:
            async with self._database.transaction() as session:
                await payouts_skips.clear(session, well, clock.now())
        last = looked_at[-1] if len(looked_at) == step.limit else None
        return DuePage(tuple(due), f"{last.shop_id}/{last.currency}" if last else "", tuple(unable))

    @activity.defn(name="payout.end_run")
    @translates_errors
    async def end_run(self, step: EndRun) -> None:
        async with self._database.transaction() as session:
            await payouts_due.end(session, step.run_id, payouts=step.payouts, holds=step.holds, now=clock.now())
            await payouts_skips.clear_others(session, step.run_id, clock.now())

    async def _look(self, session: AsyncSession, candidate: Candidate, after: date, until: date) -> DuePayout | None:
        """None: not due, or nothing to be paid as things are now. Raises `_Unreadable`."""
        with _reading(SkippedAt.PLAN):
            plan = candidate.plan
            period = latest_due(plan.days, after, until)
            minimum = minimum_for(plan.minimums, candidate.currency)
        if period is None or not await self._is_worth_it(session, candidate, period.isoformat(), minimum):
            return None
        scale = candidate.time_scale if self._allow_time_scale else 1
        return DuePayout(candidate.shop_id, candidate.artisan_id, candidate.currency, period.isoformat(), scale)

    async def _is_worth_it(self, session: AsyncSession, candidate: Candidate, period: str, minimum: int) -> bool:
        """Whether the payout would set anything aside as things are now: no process is started to find that out."""
        now, shop_id, currency = clock.now(), candidate.shop_id, candidate.currency
        with _reading(SkippedAt.ACCOUNT):
            if await payouts_due.is_begun(session, shop_id, period, currency):
                return False
            scale = candidate.time_scale if self._allow_time_scale else 1
            payee = await payouts_standing.payee(session, shop_id, PAUSED_AFTER_CHANGE / scale)
            if obstacle(payee, PayoutKind.SCHEDULED, now) is not None:
                return False
        with _reading(SkippedAt.BALANCE):
            standing = await payouts_standing.standing(session, shop_id, currency, now)
            wish = Wish(PayoutKind.SCHEDULED, currency, None, minimum)
            return not isinstance(amount_to_pay(standing, wish), Refused)

    async def _pass_over(self, found: _Unreadable, shop_id: str, currency: str, after: date, run_id: str) -> None:
        """In a transaction of its own: the one that failed is gone."""
        skip = NewSkip(shop_id, currency, found.step, type(found.cause).__name__, after)
        async with self._database.transaction() as session:
            reference = await payouts_skips.note(session, skip, run_id, clock.now())
        log.error(
            "a shop was passed over by the payout run", reference=reference, step=found.step.value, exc_info=found.cause
        )


@contextmanager
def _reading(step: SkippedAt) -> Iterator[None]:
    """Raises `_Unreadable`; a database that is away says nothing about a shop, so the whole step is repeated then."""
    try:
        yield
    except Exception as error:
        if _is_away(error):
            raise
        raise _Unreadable(step, error) from error


def _is_away(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or state is None or state[:2] in AWAY
    return isinstance(error, (OSError, NoConnection))


def _beat() -> None:
    """Before each shop: the server learns within seconds, not at the end of the page's time, that a worker has died."""
    if activity.in_activity():
        activity.heartbeat()


def _place(cursor: str) -> tuple[str, str]:
    shop_id, _, currency = cursor.partition("/")
    return shop_id, currency
