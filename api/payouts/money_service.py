"""Shows a shop's money and its payouts, and keeps its payout days. Decides nothing that a payout decides."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from activities.set_aside import refusal
from api.auth.visitor import Person
from api.dependencies import Keeper
from api.money import money
from api.payouts.money_schemas import (
    BalanceView,
    ChosenPayoutDays,
    LinkView,
    MoneyStandingView,
    ObstacleView,
    PayoutDaysView,
    PayoutDetails,
    PayoutView,
)
from api.payouts.processes import process_of, story_of
from api.wording import WHY, status_label, status_text, timeline_lines, waiting_text
from core import clock
from models.audited import Audited
from models.errors import NotFound, NotNow
from models.ports import PayoutGateway
from models.repositories import audit, payouts, payouts_connected, payouts_plans, payouts_standing
from models.repositories import coming as sales
from models.rules.bank_accounts import PAUSED_AFTER_CHANGE
from models.rules.payout_calendar import next_due
from models.rules.payouts import PayoutKind, obstacle, problem_of
from models.tables.payouts import Payout
from models.types import PayoutStatus
from workflows import policies

SALES = 20
"""Whose money waits, named one by one; the sum is of all."""


@dataclass(frozen=True)
class ShopMoney:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    allow_time_scale: bool

    async def standing(self, shop_id: str, pause: timedelta = PAUSED_AFTER_CHANGE) -> MoneyStandingView:
        """Raises `NotFound`."""
        now = clock.now()
        currencies = await payouts_standing.currencies_of(self.session, shop_id)
        coming = await sales.totals(self.session, shop_id)
        currencies = [*currencies, *sorted(coming.keys() - set(currencies))]
        balances = [await payouts_standing.standing(self.session, shop_id, one, now) for one in currencies]
        newest = await sales.newest(self.session, shop_id, limit=SALES)
        payee = await payouts_standing.payee(self.session, shop_id, pause)
        stopped = obstacle(payee, PayoutKind.WITHDRAWAL, now)
        plan = await payouts_plans.of_shop(self.session, shop_id)
        connected = await payouts_connected.find(self.session, shop_id)
        return MoneyStandingView(
            balances=[BalanceView.of(one, coming.get(one.currency, 0), newest) for one in balances],
            obstacle=None
            if stopped is None
            else ObstacleView(
                reason=stopped.reason.value,
                text=refusal(stopped, currencies[0]).message,
                until=stopped.until,
            ),
            next_due=next_due(plan.days, now.date()),
            provider_wants=list(connected.requirements_due) if connected else [],
            provider_wants_by=connected.due_by if connected else None,
        )

    def pause_of(self, person: Person) -> timedelta:
        """How long a changed bank account of theirs waits."""
        scale = person.time_scale if self.allow_time_scale else 1
        return policies.resolve_payout(scale=scale).pause_after_change

    async def payouts(self, keeper: Keeper, page: int, per_page: int) -> list[PayoutView]:
        """Newest first."""
        rows = await payouts.of_shop(self.session, keeper.shop_id, limit=per_page, offset=(page - 1) * per_page)
        return [await self._view(row) for row in rows]

    async def payout(self, keeper: Keeper, payout_id: str) -> PayoutDetails:
        """Raises `NotFound` for somebody else's, too."""
        row = await payouts.find(self.session, payout_id) if "\x00" not in payout_id else None
        if row is None or row.shop_id != keeper.shop_id:
            raise NotFound("Your shop has no such payout.")
        told = await story_of(self.session, row)
        return PayoutDetails(**dict(await self._view(row)), timeline=timeline_lines(told))

    async def days(self, keeper: Keeper) -> PayoutDaysView:
        plan = await payouts_plans.of_shop(self.session, keeper.shop_id)
        return PayoutDaysView(
            calendar=plan.days.calendar,
            weekday=plan.days.weekday,
            day=plan.days.day,
            minimums=dict(plan.minimums),
            next_due=next_due(plan.days, clock.now().date()),
        )

    async def choose_days(self, keeper: Keeper, given: ChosenPayoutDays) -> PayoutDaysView:
        if await payouts_plans.of_shop(self.session, keeper.shop_id) != given.plan():
            await payouts_plans.save(self.session, keeper.shop_id, given.plan(), clock.now())
            await audit.append(
                self.session,
                Audited.PAYOUT_DAYS_CHANGED,
                actor=keeper.person.id,
                role=keeper.person.role,
                subject=keeper.shop_id,
                details={"calendar": given.calendar.value, "weekday": given.weekday, "day": given.day},
            )
        return await self.days(keeper)

    async def link(self, keeper: Keeper, gateway: PayoutGateway, back: str) -> LinkView:
        """Raises `NotNow` before the provider has an account of this shop's."""
        connected = await payouts_connected.find(self.session, keeper.shop_id)
        if connected is None:
            raise NotNow("Tell us first where your money should go; then the payment provider says what it needs.")
        account_id = connected.provider_id
        await self.session.commit()  # no connection is held while the provider is asked
        return LinkView(url=await gateway.account_link(account_id, return_url=back, refresh_url=back))

    async def _view(self, row: Payout) -> PayoutView:
        process = await process_of(self.session, row)
        status = process.status if process is not None else PayoutStatus.SETTING_ASIDE.value
        failed = row.failure_code if row.failed_at is not None and (process is None or status != "paid_out") else ""
        problem = problem_of(failed).value if failed else ""
        return PayoutView(
            id=row.id,
            kind="scheduled" if row.kind == PayoutKind.SCHEDULED.value else "withdrawal",
            amount=money(row.amount_minor, row.currency),
            status=status,
            status_label=status_label(status),
            status_text=status_text(status),
            waiting_text=waiting_text(process.waiting_on, process.then) if process is not None else "",
            created_at=row.created_at,
            arrives_on=row.arrives_on,
            arrived_at=row.paid_at,
            failed_at=row.failed_at,
            problem=problem,
            problem_text=WHY.get(problem, ""),
        )
