"""All SQL of plans by which shops repay what refunds have taken from them after their payouts.

Finance proposes, the artisan agrees, each payout repays its part; finance may ease a plan or end it. Whoever writes
here about money holds the shop's payable (`payouts.lock_payable`); how much is repaid decides `models.rules.repayment`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict, InvalidInput, NotFound, NotNow
from models.repositories import ledger, ledger_balances, payouts
from models.rules import payout_postings, repayment
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.payouts import PayoutMoney
from models.tables.ledger import Account, Entry, Posting
from models.tables.payouts import Payout
from models.tables.refunds import RepaymentPlan
from models.types import Money, new_id

UNKNOWN = "There is no such repayment plan."
OPEN = ("proposed", "agreed")


@dataclass(frozen=True, slots=True)
class Repaid:
    """One instalment."""

    at: datetime
    amount_minor: int
    payout_id: str


@dataclass(frozen=True, slots=True)
class Owing:
    """A shop that owes something without a plan."""

    shop_id: str
    owed: Money


async def propose(
    session: AsyncSession,
    shop_id: str,
    debt: Money,
    *,
    floor_minor: int,
    share_bp: int,
    by: str,
    reason: str,
) -> str:
    """Its id. Raises `InvalidInput`, and `Conflict` while another plan in this currency is open."""
    await payouts.lock_payable(session, shop_id, debt.currency)
    owed = await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, shop_id, debt.currency)
    why_not = repayment.why_not(debt.minor, owed.minor, floor_minor, share_bp)
    if why_not is not None:
        raise InvalidInput(why_not)
    if await _open(session, shop_id, debt.currency) is not None:
        raise Conflict("This shop has an open plan in this currency. It is repaid, or ended, first.")
    plan = RepaymentPlan(
        id=new_id("rpp"),
        shop_id=shop_id,
        currency=debt.currency,
        debt_minor=debt.minor,
        repaid_minor=0,
        floor_minor=floor_minor,
        share_bp=share_bp,
        status="proposed",
        proposed_by=by,
        reason=reason,
    )
    session.add(plan)
    await session.flush()
    return plan.id


async def answer(session: AsyncSession, shop_id: str, plan_id: str, *, agree: bool, now: datetime) -> RepaymentPlan:
    """By the artisan, once. Agreed, the debt leaves the balance, so that sales are paid out again. What was earned
    since it was proposed has paid a part of it: only what is still owed is put under the plan.

    Raises `NotFound`, `NotNow`.
    """
    plan = await _locked(session, plan_id)
    if plan.shop_id != shop_id:
        raise NotFound(UNKNOWN)
    if plan.status != "proposed":
        raise NotNow("This plan has been answered already.")
    plan.answered_at = now
    owed = await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, shop_id, plan.currency)
    debt = min(plan.debt_minor, owed.minor)
    if not agree or debt <= 0:
        plan.status = "repaid" if agree else "declined"
    else:
        plan.status, plan.debt_minor = "agreed", debt
        entries = payout_postings.debt_planned(shop_id, Money(debt, plan.currency))
        await ledger.post(session, f"{plan.id}/planned", PostingKind.DEBT_PLANNED, plan.id, entries)
    await session.flush()
    return plan


async def change(session: AsyncSession, plan_id: str, *, floor_minor: int, share_bp: int) -> RepaymentPlan:
    """By finance. What was only proposed may become any plan; what was agreed may only become easier.

    Raises `NotFound`, `NotNow`, `InvalidInput`.
    """
    plan = await _locked(session, plan_id)
    if plan.status not in OPEN:
        raise NotNow("This plan is over; its terms can't be changed any more.")
    why_not = repayment.why_not_terms(floor_minor, share_bp)
    if why_not is not None:
        raise InvalidInput(why_not)
    if plan.status == "agreed" and not repayment.is_easier(_terms(plan), floor_minor, share_bp):
        raise InvalidInput(
            "The artisan has not agreed to repay faster. Ease this plan, or end it and propose another one."
        )
    plan.floor_minor, plan.share_bp = floor_minor, share_bp
    await session.flush()
    return plan


async def end(session: AsyncSession, plan_id: str) -> RepaymentPlan:
    """By finance. A proposal is withdrawn; what is left of an agreed plan nets against the next payouts again.

    Raises `NotFound`, `NotNow`.
    """
    plan = await _locked(session, plan_id)
    if plan.status not in OPEN:
        raise NotNow("This plan is over already.")
    if plan.status == "proposed":
        plan.status = "withdrawn"
    else:
        left = Money(plan.debt_minor - plan.repaid_minor, plan.currency)
        entries = payout_postings.plan_ended(plan.shop_id, left)
        await ledger.post(session, f"{plan.id}/ended", PostingKind.PLAN_ENDED, plan.id, entries)
        plan.status = "ended"
    await session.flush()
    return plan


async def write_off(session: AsyncSession, shop_id: str, debt: Money) -> None:
    """By an administrator, for a shop whose keeper leaves: nobody waits for it any more. An open plan ends first.

    Raises `Conflict` when it owes another amount than `debt`: somebody else has decided, or money has come in.
    """
    await payouts.lock_payable(session, shop_id, debt.currency)
    plan = await _open(session, shop_id, debt.currency)
    if plan is not None:
        await end(session, plan.id)
    owed = await ledger.balance(session, AccountKind.ARTISAN_PAYABLE, shop_id, debt.currency)
    if owed != debt or owed.minor <= 0:
        raise Conflict("What this shop owes has changed meanwhile. Reload the page, and look again.")
    entries = payout_postings.written_off(shop_id, debt)
    await ledger.post(session, f"{new_id('wof')}/written-off", PostingKind.DEBT_WRITTEN_OFF, shop_id, entries)


async def debts_of(session: AsyncSession, shop_id: str) -> Sequence[Money]:
    """All that it owes, under a plan or not, by currency."""
    owed: dict[str, Money] = {}
    balances = await ledger_balances.balances_of(session, shop_id)
    for kind in (AccountKind.ARTISAN_PAYABLE, AccountKind.ARTISAN_DEBT):
        for currency, money in balances.get(kind, {}).items():
            owed[currency] = owed.get(currency, Money(0, currency)) + money
    return [money for _, money in sorted(owed.items()) if money.minor > 0]


async def due(session: AsyncSession, shop_id: str, currency: str, available_minor: int, now: datetime) -> int:
    """What a payout of so much would repay; 0 without a plan. Moves nothing."""
    plan = await _open(session, shop_id, currency)
    if plan is None or plan.status != "agreed":
        return 0
    return repayment.instalment(_terms(plan), available_minor, await received(session, shop_id, currency, now))


async def repay(session: AsyncSession, shop_id: str, currency: str, instalment_minor: int, step_key: str) -> None:
    """Takes what is `due` out of what is payable, in the transaction that has looked and sets the rest aside."""
    plan = await _open(session, shop_id, currency, lock=True)
    if plan is None or plan.status != "agreed" or instalment_minor <= 0:
        return
    entries = payout_postings.instalment(shop_id, Money(instalment_minor, currency))
    if await ledger.post(session, f"{step_key}/instalment", PostingKind.INSTALMENT, plan.id, entries):
        plan.repaid_minor += instalment_minor
        if plan.repaid_minor == plan.debt_minor:
            plan.status = "repaid"
        await session.flush()


async def received(session: AsyncSession, shop_id: str, currency: str, now: datetime) -> int:
    """What was set aside for payouts within the time that a floor is for, and did not come back."""
    return int(
        await session.scalar(
            select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
                Payout.shop_id == shop_id,
                Payout.currency == currency,
                Payout.created_at > now - repayment.FLOOR_COUNTS,
                Payout.status != PayoutMoney.GIVEN_BACK.value,
            )
        )
        or 0
    )


async def of_shop(session: AsyncSession, shop_id: str) -> Sequence[RepaymentPlan]:
    """Newest first."""
    rows = await session.scalars(
        select(RepaymentPlan)
        .where(RepaymentPlan.shop_id == shop_id)
        .order_by(RepaymentPlan.created_at.desc(), RepaymentPlan.id.desc())
    )
    return rows.all()


async def listed(session: AsyncSession, *, over: bool, limit: int, offset: int) -> tuple[Sequence[RepaymentPlan], int]:
    """Of all shops, newest first; and how many there are."""
    which = RepaymentPlan.status.not_in(OPEN) if over else RepaymentPlan.status.in_(OPEN)
    rows = await session.scalars(
        select(RepaymentPlan)
        .where(which)
        .order_by(RepaymentPlan.created_at.desc(), RepaymentPlan.id.desc())
        .limit(limit)
        .offset(offset)
    )
    total = await session.scalar(select(func.count()).select_from(RepaymentPlan).where(which))
    return rows.all(), int(total or 0)


async def get(session: AsyncSession, plan_id: str) -> RepaymentPlan:
    """Raises `NotFound`."""
    plan = await session.get(RepaymentPlan, plan_id, populate_existing=True)
    if plan is None:
        raise NotFound(UNKNOWN)
    return plan


async def instalments(session: AsyncSession, plan_ids: Sequence[str]) -> Mapping[str, Sequence[Repaid]]:
    """By plan, newest first."""
    rows = await session.execute(
        select(Posting.reference, Posting.posted_at, Posting.step_key, Entry.amount_minor)
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .where(
            Posting.kind == PostingKind.INSTALMENT.value,
            Posting.reference.in_(plan_ids),
            Account.kind == AccountKind.ARTISAN_DEBT.value,
        )
        .order_by(Posting.id.desc())
    )
    found: dict[str, list[Repaid]] = {plan_id: [] for plan_id in plan_ids}
    for plan_id, at, step_key, minor in rows:
        found[plan_id].append(Repaid(at, -minor, step_key.rpartition("/set-aside-")[0]))
    return found


async def owing(session: AsyncSession, limit: int) -> Sequence[Owing]:
    """Shops whose payable is below zero and that have no open plan in that currency, the largest debt first."""
    rows = await session.execute(text(_OWING), {"limit": limit, "kind": AccountKind.ARTISAN_PAYABLE.value})
    return [Owing(row.owner, Money(int(row.minor), row.currency)) for row in rows]


async def _locked(session: AsyncSession, plan_id: str) -> RepaymentPlan:
    """Under the lock on what its shop is owed, as payouts take both."""
    plan = await get(session, plan_id)
    await payouts.lock_payable(session, plan.shop_id, plan.currency)
    await session.refresh(plan, with_for_update=True)
    return plan


async def _open(session: AsyncSession, shop_id: str, currency: str, *, lock: bool = False) -> RepaymentPlan | None:
    wanted = (
        select(RepaymentPlan)
        .where(RepaymentPlan.shop_id == shop_id, RepaymentPlan.currency == currency, RepaymentPlan.status.in_(OPEN))
        .execution_options(populate_existing=True)
    )
    found: RepaymentPlan | None = await session.scalar(wanted.with_for_update() if lock else wanted)
    return found


def _terms(plan: RepaymentPlan) -> repayment.Plan:
    return repayment.Plan(plan.debt_minor - plan.repaid_minor, plan.floor_minor, plan.share_bp)


_OWING = """
SELECT a.owner, a.currency, coalesce(b.amount_minor, 0) + tail.minor AS minor
FROM ledger_accounts a LEFT JOIN ledger_balances b ON b.account_id = a.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount_minor), 0) AS minor FROM ledger_entries e
    WHERE e.account_id = a.id AND e.id > coalesce(b.up_to_entry_id, 0)
) tail
WHERE a.kind = :kind AND coalesce(b.amount_minor, 0) + tail.minor > 0 AND NOT EXISTS (
    SELECT 1 FROM repayment_plans p
    WHERE p.shop_id = a.owner AND p.currency = a.currency AND p.status IN ('proposed', 'agreed'))
ORDER BY 3 DESC, a.id LIMIT :limit
"""
