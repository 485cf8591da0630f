"""All SQL of plans by which shops repay what refunds have taken from them after their payouts.

Finance proposes, the artisan agrees, each payout repays its part. Whoever writes here about money holds the shop's
payable (`payouts.lock_payable`); how much is repaid decides `models.rules.repayment`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict, InvalidInput, NotFound, NotNow
from models.repositories import ledger, payouts
from models.rules import payout_postings, repayment
from models.rules.bookkeeping import AccountKind, PostingKind
from models.tables.refunds import RepaymentPlan
from models.types import Money, new_id

UNKNOWN = "There is no such repayment plan."
OPEN = ("proposed", "agreed")


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
        raise Conflict("This shop has an open plan in this currency. It is repaid, or declined, first.")
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
    plan = await session.get(RepaymentPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or plan.shop_id != shop_id:
        raise NotFound(UNKNOWN)
    if plan.status != "proposed":
        raise NotNow("This plan has been answered already.")
    plan.answered_at = now
    await payouts.lock_payable(session, shop_id, plan.currency)
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


async def due(session: AsyncSession, shop_id: str, currency: str, available_minor: int) -> int:
    """What a payout of so much would repay; 0 without a plan. Moves nothing."""
    plan = await _open(session, shop_id, currency)
    return 0 if plan is None or plan.status != "agreed" else repayment.instalment(_terms(plan), available_minor)


async def repay(session: AsyncSession, shop_id: str, currency: str, available_minor: int, step_key: str) -> int:
    """Takes the instalment out of what is payable, in the transaction that sets the rest aside; how much it was."""
    plan = await _open(session, shop_id, currency, lock=True)
    if plan is None or plan.status != "agreed":
        return 0
    paid = repayment.instalment(_terms(plan), available_minor)
    if not paid:
        return 0
    entries = payout_postings.instalment(shop_id, Money(paid, currency))
    if await ledger.post(session, f"{step_key}/instalment", PostingKind.INSTALMENT, plan.id, entries):
        plan.repaid_minor += paid
        if plan.repaid_minor == plan.debt_minor:
            plan.status = "repaid"
        await session.flush()
    return paid


async def of_shop(session: AsyncSession, shop_id: str) -> Sequence[RepaymentPlan]:
    """Newest first."""
    rows = await session.scalars(
        select(RepaymentPlan)
        .where(RepaymentPlan.shop_id == shop_id)
        .order_by(RepaymentPlan.created_at.desc(), RepaymentPlan.id.desc())
    )
    return rows.all()


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
