"""The finance desk's figures, out of the ledger and the payouts. Changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.finance.schemas import (
    AgeingView,
    AmountGroup,
    AmountLine,
    BalancesOfDay,
    BalancesView,
    CurrencyTotals,
    FinanceView,
    OpenCaseView,
    SkippedView,
    UndeliveredView,
)
from api.finance.words import CASE_STATUS, COMING_BACK, GROUPS, NEXT_STEP, PROBLEM, SERIES, SKIPPED, UNANSWERED
from api.money import money
from api.payouts.processes import process_of
from api.reconciliation.words import KINDS
from api.wording import status_label
from core import clock
from models.repositories import finance, ledger_balances, payouts_skips, reconciliation_cases
from models.repositories.finance import Ages, Undelivered
from models.repositories.ledger_balances import Moved
from models.repositories.payouts_skips import Skipped
from models.rules.bookkeeping import AccountKind
from models.rules.payouts import SkippedAt, problem_of
from models.rules.reconciliation import DifferenceKind
from models.tables.reconciliation import ReconciliationCase
from models.types import CURRENCY_DECIMALS, PayoutStatus

AT_ONCE = 100
"""Payouts that did not arrive, on one page."""
CASES = 20
"""Differences, on one page: who settles them has pages for all."""
LONGEST = 366
"""Days of the chart at the most."""
AGED: Mapping[str, str] = {"held": "Held for orders", "payable": "Payable to artisans"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Finance:
    session: AsyncSession

    async def overview(self) -> FinanceView:
        now = clock.now()
        totals = await ledger_balances.totals(self.session)
        held = {code: -minor for code, minor in totals.get(AccountKind.ORDER_HELD, {}).items() if minor}
        ages = {
            "held": await finance.held_by_age(self.session, held, now),
            "payable": await finance.payable_by_age(self.session, now),
        }
        cases, cases_total = await reconciliation_cases.listed(self.session, closed=False, limit=CASES)
        return FinanceView(
            at=now,
            cases=[_case(one) for one in cases],
            cases_total=cases_total,
            totals=[_totals(currency, totals) for currency in _booked(totals.values())],
            ageing=[
                _ageing(what, currency, found[currency]) for what, found in ages.items() for currency in _ordered(found)
            ],
            undelivered=[
                await self._undelivered(one) for one in await finance.undelivered(self.session, limit=AT_ONCE)
            ],
            skipped=[_skipped(one) for one in await payouts_skips.listed(self.session, limit=AT_ONCE)],
        )

    async def balances(self, currency: str | None, days: int) -> BalancesView:
        """Evening by evening up to today; without a currency, the one that comes first."""
        moved = await ledger_balances.movements(self.session)
        currencies = _ordered({one.currency for one in moved})
        chosen = currency if currency in currencies else next(iter(currencies), "USD")
        return BalancesView(
            currency=chosen,
            currencies=currencies,
            days=_evenings([one for one in moved if one.currency == chosen], chosen, clock.now().date(), days),
        )

    async def movements(self) -> Sequence[Moved]:
        """Every day's sums, for the file."""
        return await ledger_balances.movements(self.session)

    async def _undelivered(self, found: Undelivered) -> UndeliveredView:
        row = found.payout
        process = await process_of(self.session, row)
        status = process.status if process is not None else PayoutStatus.GIVEN_BACK.value
        problem = problem_of(row.failure_code) if row.failed_at else None
        lost = row.unanswered_since is not None
        return UndeliveredView(
            payout_id=row.id,
            shop_id=row.shop_id,
            shop_name=found.shop_name,
            amount=money(row.amount_minor, row.currency),
            since=row.unanswered_since or row.failed_at or row.created_at,
            attempts=row.attempt,
            status_label=status_label(status),
            problem=UNANSWERED.code if lost else problem.value if problem else "",
            problem_text=UNANSWERED.words if lost else PROBLEM[problem] if problem else "",
            next_step=UNANSWERED.next_step if lost else NEXT_STEP[problem] if problem else COMING_BACK,
        )


def _skipped(found: Skipped) -> SkippedView:
    skip = found.skip
    return SkippedView(
        reference=skip.id,
        shop_id=skip.shop_id,
        shop_name=found.shop_name,
        currency=skip.currency,
        reason=skip.step,
        reason_text=SKIPPED[SkippedAt(skip.step)],
        error=skip.error,
        since=skip.first_at,
        last_at=skip.last_at,
        runs=skip.times,
    )


def _case(found: ReconciliationCase) -> OpenCaseView:
    return OpenCaseView.model_validate(
        {
            "id": found.id,
            "kind": found.kind,
            "kind_text": KINDS[DifferenceKind(found.kind)],
            "subject": found.subject,
            "expected": money(found.expected_minor, found.currency),
            "found": money(found.found_minor, found.facts.get("found_in", found.currency)),
            "status": found.status,
            "status_label": CASE_STATUS[found.status],
            "opened_at": found.opened_at,
        }
    )


def _booked(by_currency: Iterable[Mapping[str, int]]) -> list[str]:
    return _ordered({currency for found in by_currency for currency in found})


def _ordered(currencies: Iterable[str]) -> list[str]:
    """As they stand everywhere else, the most common ones first."""
    known = list(CURRENCY_DECIMALS)
    return sorted(currencies, key=known.index)


def _totals(currency: str, totals: Mapping[AccountKind, Mapping[str, int]]) -> CurrencyTotals:
    groups = []
    for group in GROUPS:
        lines = [(line, group.sign * totals.get(line.kind, {}).get(currency, 0)) for line in group.lines]
        groups.append(
            AmountGroup.model_validate(
                {
                    "code": group.code,
                    "label": group.label,
                    "total": money(sum(minor for _, minor in lines), currency),
                    "lines": [
                        AmountLine(code=line.kind.value, label=line.label, amount=money(minor, currency))
                        for line, minor in lines
                    ],
                }
            )
        )
    return CurrencyTotals(currency=currency, groups=groups)


def _ageing(what: str, currency: str, ages: Ages) -> AgeingView:
    return AgeingView.model_validate(
        {
            "what": what,
            "what_text": AGED[what],
            "currency": currency,
            "days_0_7": money(ages.week, currency),
            "days_8_30": money(ages.month, currency),
            "days_31_60": money(ages.two_months, currency),
            "days_60_plus": money(ages.older, currency),
            "total": money(ages.total, currency),
        }
    )


def _evenings(moved: Sequence[Moved], currency: str, today: date, days: int) -> list[BalancesOfDay]:
    """From the first day on which anything moved, or `days` ago."""
    if not moved:
        return []
    by_day: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in moved:
        for code, _, sign, kinds in SERIES:
            if one.kind in kinds:
                by_day[one.day][code] += sign * one.minor
    start = max(moved[0].day, today - (min(days, LONGEST) - 1) * DAY)
    sums: dict[str, int] = defaultdict(int)
    for day in sorted(by_day):
        if day < start:
            for code, minor in by_day[day].items():
                sums[code] += minor
    found, day = [], start
    while day <= today:
        for code, minor in by_day[day].items():
            sums[code] += minor
        found.append(BalancesOfDay(day=day, **{code: money(sums[code], currency) for code, *_ in SERIES}))
        day += DAY
    return found
