"""The payout run's looks into the database. It decides who is due; what is paid is decided by each payout anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.repositories import ledger_balances, payouts_connected, payouts_due, payouts_holds, payouts_standing
from models.repositories.payouts_due import Candidate
from models.rules.bank_accounts import PAUSED_AFTER_CHANGE
from models.rules.payout_calendar import latest_due
from models.rules.payouts import PayoutKind, Refused, Wish, amount_to_pay, minimum_for, obstacle

ASKED_AGAIN_AFTER = timedelta(hours=20)
"""An account that could not be paid when the provider last told. Nothing is set aside for it, so no payout would ask,
and the event that says otherwise may never come."""
LONGEST_LOOK_BACK = timedelta(days=31)
"""Of the first run, or after a long silence: a month holds a due day of every calendar."""


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


@dataclass(frozen=True)
class HoldsReleased:
    released: int
    left: bool


@dataclass(frozen=True)
class LookForDue:
    after: date
    until: date
    cursor: str
    limit: int


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
            shops = await payouts_holds.shops_with_due(session, now, limit=step.limit)
        for shop_id, currency in shops:
            async with self._database.transaction() as session:
                released += await payouts_holds.release_due_of(session, shop_id, currency, now)
        return HoldsReleased(released, left=len(shops) == step.limit)

    @activity.defn(name="payout.look_for_due")
    @translates_errors
    async def look_for_due(self, step: LookForDue) -> DuePage:
        shop_id, _, currency = step.cursor.partition("/")
        due: list[DuePayout] = []
        async with self._database.transaction() as session:
            looked_at = await payouts_due.candidates(session, (shop_id, currency), limit=step.limit)
            for candidate in looked_at:
                period = latest_due(candidate.plan.days, step.after, step.until)
                if period is not None and await self._is_worth_it(session, candidate, period.isoformat()):
                    due.append(
                        DuePayout(
                            candidate.shop_id,
                            candidate.artisan_id,
                            candidate.currency,
                            period.isoformat(),
                            candidate.time_scale if self._allow_time_scale else 1,
                        )
                    )
            shops = [candidate.shop_id for candidate in looked_at]
            unable = await payouts_connected.unable(session, shops, before=clock.now() - ASKED_AGAIN_AFTER)
        last = looked_at[-1] if len(looked_at) == step.limit else None
        return DuePage(tuple(due), f"{last.shop_id}/{last.currency}" if last else "", tuple(unable))

    @activity.defn(name="payout.end_run")
    @translates_errors
    async def end_run(self, step: EndRun) -> None:
        async with self._database.transaction() as session:
            await payouts_due.end(session, step.run_id, payouts=step.payouts, holds=step.holds, now=clock.now())

    async def _is_worth_it(self, session: AsyncSession, candidate: Candidate, period: str) -> bool:
        """Whether the payout would set anything aside as things are now: no process is started to find that out."""
        now, shop_id, currency = clock.now(), candidate.shop_id, candidate.currency
        if await payouts_due.is_begun(session, shop_id, period, currency):
            return False
        scale = candidate.time_scale if self._allow_time_scale else 1
        payee = await payouts_standing.payee(session, shop_id, PAUSED_AFTER_CHANGE / scale)
        if obstacle(payee, PayoutKind.SCHEDULED, now) is not None:
            return False
        standing = await payouts_standing.standing(session, shop_id, currency, now)
        wish = Wish(PayoutKind.SCHEDULED, currency, None, minimum_for(candidate.plan.minimums, currency))
        return not isinstance(amount_to_pay(standing, wish), Refused)
