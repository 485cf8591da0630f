"""All SQL of cases: opened for a difference, found again, gone, proposed, approved, repaired.

A case is one row for one difference (kind and subject) until it is closed. Whoever decides holds its row, and looks at
the books once more before anything is booked: what was found at night may be different by day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.audited import Audited
from models.errors import Conflict, Forbidden, NotFound
from models.repositories import audit, ledger, reconciliation_facts
from models.rules.bookkeeping import AccountKind
from models.rules.reconciliation import (
    Difference,
    DifferenceKind,
    Do,
    Reason,
    accounts_differences,
    entries_of,
    loose_differences,
    packed,
    payout_differences,
    sale_differences,
)
from models.tables.payouts import Payout
from models.tables.reconciliation import ReconciliationCase
from models.types import Role, new_id

NEVER_TOO_YOUNG = datetime.max.replace(tzinfo=UTC)
_OF_ACCOUNTS = {DifferenceKind.NEGATIVE_RESERVE, DifferenceKind.ACCOUNT_OVERDRAWN, DifferenceKind.KEPT_SUM_WRONG}


@dataclass(frozen=True)
class Noted:
    opened: int
    gone: int


async def note(
    session: AsyncSession,
    differences: Sequence[Difference],
    looked_at: Collection[str],
    now: datetime,
    *,
    left_alone: Collection[DifferenceKind] = (),
) -> Noted:
    """Opens a case for each difference that has none. Of what was `looked_at` (checkouts and payouts, or "" for all
    that belongs to neither), cases that were not found again are closed as gone, but for kinds that were left alone."""
    opened = 0
    seen: set[str] = set()
    for one in sorted(differences, key=lambda one: (one.kind, one.subject)):
        known = await session.scalar(
            select(ReconciliationCase)
            .where(
                ReconciliationCase.kind == one.kind.value,
                ReconciliationCase.subject == one.subject,
                ReconciliationCase.closed_at.is_(None),
            )
            .with_for_update()
        )
        if known is None:
            known = _new(one, now)
            session.add(known)
            opened += 1
        elif known.status != "approved":
            _found_again(known, one, now)
        await session.flush()
        seen.add(known.id)
    open_ = await session.scalars(
        select(ReconciliationCase)
        .where(
            ReconciliationCase.unit.in_(list(looked_at)),
            ReconciliationCase.closed_at.is_(None),
            ReconciliationCase.status != "approved",
            ReconciliationCase.kind.not_in([kind.value for kind in left_alone]),
        )
        .order_by(ReconciliationCase.id)
        .with_for_update()
    )
    gone = [case for case in open_.all() if case.id not in seen]
    for case in gone:
        case.status, case.outcome, case.closed_at = "closed", "gone", now
    await session.flush()
    return Noted(opened, len(gone))


def _new(one: Difference, now: datetime) -> ReconciliationCase:
    return ReconciliationCase(
        id=new_id("cas"),
        kind=one.kind.value,
        subject=one.subject,
        unit=one.unit,
        currency=one.expected.currency,
        expected_minor=one.expected.minor,
        found_minor=one.found.minor,
        facts=_facts(one),
        repair=packed(one.repair),
        status="open",
        opened_at=now,
        seen_at=now,
    )


def _facts(one: Difference) -> dict[str, Any]:
    return {**one.facts, **({"found_in": one.found.currency} if one.found.currency != one.expected.currency else {})}


def _found_again(case: ReconciliationCase, one: Difference, now: datetime) -> None:
    """A proposal was about what was there then; where that has changed, it has to be made again."""
    repair = packed(one.repair)
    if case.repair != repair:
        case.status, case.proposed_by, case.proposed_at, case.reason = "open", None, None, ""
    case.currency, case.expected_minor, case.found_minor = one.expected.currency, one.expected.minor, one.found.minor
    case.facts, case.repair, case.seen_at, case.nights = _facts(one), repair, now, case.nights + 1


async def listed(
    session: AsyncSession, *, closed: bool, limit: int, offset: int = 0
) -> tuple[Sequence[ReconciliationCase], int]:
    """Open ones the oldest first, closed ones the newest first; and how many there are."""
    which = ReconciliationCase.closed_at.is_not(None) if closed else ReconciliationCase.closed_at.is_(None)
    order = ReconciliationCase.closed_at.desc() if closed else ReconciliationCase.opened_at.asc()
    rows = await session.scalars(
        select(ReconciliationCase).where(which).order_by(order, ReconciliationCase.id).limit(limit).offset(offset)
    )
    total = await session.scalar(select(func.count()).select_from(ReconciliationCase).where(which))
    return rows.all(), int(total or 0)


async def get(session: AsyncSession, case_id: str, *, locked: bool = False) -> ReconciliationCase:
    """Raises `NotFound`."""
    case = await session.get(ReconciliationCase, case_id, with_for_update=locked or None, populate_existing=True)
    if case is None:
        raise NotFound("This case does not exist.")
    return case


async def propose(
    session: AsyncSession, case_id: str, administrator_id: str, reason: Reason, now: datetime
) -> ReconciliationCase:
    """Raises `Conflict` for a case that somebody has proposed or closed already."""
    case = await get(session, case_id, locked=True)
    if case.status != "open":
        raise Conflict("Somebody has dealt with this case in the meantime. Look at it again.", status=case.status)
    case.status, case.proposed_by, case.proposed_at, case.reason = "proposed", administrator_id, now, reason.value
    await _audited(session, Audited.REPAIR_PROPOSED, case, administrator_id, reason=reason.value)
    await session.flush()
    return case


async def decline(session: AsyncSession, case_id: str, administrator_id: str) -> ReconciliationCase:
    """The proposal is off, and the case open as before. Whoever made it may take it back, too."""
    case = await get(session, case_id, locked=True)
    if case.status != "proposed":
        raise Conflict("Nothing is proposed here any more. Look at it again.", status=case.status)
    case.status, case.proposed_by, case.proposed_at, case.reason = "open", None, None, ""
    await _audited(session, Audited.REPAIR_DECLINED, case, administrator_id)
    await session.flush()
    return case


async def approve(session: AsyncSession, case_id: str, administrator_id: str, now: datetime) -> ReconciliationCase:
    """Books the repair, in this transaction. What only the provider can do is left `approved` for the process.

    Raises `Forbidden` for one's own proposal, `Conflict` where the difference is no longer what was proposed for.
    """
    case = await get(session, case_id, locked=True)
    if case.status != "proposed":
        raise Conflict("Nothing is proposed here any more. Look at it again.", status=case.status)
    if case.proposed_by == administrator_id:
        raise Forbidden("You have proposed this yourself. Another administrator has to approve it.")
    do = Do(case.repair["do"])
    still_there = await look_again(session, case, now)
    if do is not Do.BY_HAND and (still_there is None or packed(still_there.repair) != case.repair):
        raise Conflict(
            "The books have changed since this was found, so nothing was booked. The next night looks at it again; "
            "decline the proposal if you want to see it open until then."
        )
    case.approved_by, case.approved_at, case.status = administrator_id, now, "approved"
    if do is Do.POST:
        await ledger.post(
            session, f"case/{case.id}", case.repair["kind"], case.repair["reference"], entries_of(case.repair)
        )
        if case.repair.get("payout_status"):
            await session.execute(
                update(Payout).where(Payout.id == case.unit).values(status=case.repair["payout_status"])
            )
    elif do is Do.RECOUNT:
        await _recount(session, case)
    if do is not Do.REVERSE_TRANSFER:
        close(case, "settled_by_hand" if do is Do.BY_HAND else "repaired", now)
    await _audited(session, Audited.REPAIR_APPROVED, case, administrator_id, proposed_by=case.proposed_by or "")
    await session.flush()
    return case


def close(case: ReconciliationCase, outcome: str, now: datetime) -> None:
    case.status, case.outcome, case.closed_at = "closed", outcome, now


def reopen(case: ReconciliationCase, code: str) -> None:
    """The provider would not do it: people have to look again, and may propose it again."""
    case.status, case.proposed_by, case.proposed_at, case.reason = "open", None, None, ""
    case.approved_by, case.approved_at = None, None
    case.facts = {**case.facts, "refused": code}


async def approved(session: AsyncSession) -> Sequence[str]:
    """Those whose repair the provider has still to be asked for."""
    return (
        await session.scalars(
            select(ReconciliationCase.id).where(ReconciliationCase.status == "approved").order_by(ReconciliationCase.id)
        )
    ).all()


async def currencies_of_open(session: AsyncSession) -> set[str]:
    """Where a difference that is known already would show in the balance, too."""
    rows = await session.execute(
        select(ReconciliationCase.currency, ReconciliationCase.facts).where(
            ReconciliationCase.closed_at.is_(None), ReconciliationCase.kind != DifferenceKind.BALANCE_DIFFERS.value
        )
    )
    return {
        found
        for currency, facts in rows
        for found in (currency, facts.get("found_in", currency), *str(facts.get("currencies", "")).split())
    }


async def look_again(session: AsyncSession, case: ReconciliationCase, now: datetime) -> Difference | None:
    """The same difference as the books show it now; None when it has gone."""
    if case.unit:
        sales = await reconciliation_facts.sales(session, [case.unit], NEVER_TOO_YOUNG)
        payouts = await reconciliation_facts.payouts(session, [case.unit], NEVER_TOO_YOUNG)
        found = [one for facts in sales.settled for one in sale_differences(facts)]
        found += [one for facts in payouts.settled for one in payout_differences(facts, now)]
    elif case.kind in {
        DifferenceKind.NEGATIVE_RESERVE,
        DifferenceKind.ACCOUNT_OVERDRAWN,
        DifferenceKind.KEPT_SUM_WRONG,
    }:
        owner = str(case.facts.get("owner", ""))
        found = accounts_differences(await reconciliation_facts.accounts(session, owner), {})
    else:
        found = loose_differences(await reconciliation_facts.loose(session, now, now, case.subject))
    return next((one for one in found if (one.kind.value, one.subject) == (case.kind, case.subject)), None)


async def _recount(session: AsyncSession, case: ReconciliationCase) -> None:
    """The kept sum of one account, from its entries up to where it reaches."""
    kind, owner, currency = case.subject.split("/")
    values = {"kind": AccountKind(kind).value, "owner": owner, "currency": currency}
    await session.execute(text(_RECOUNT), values)


async def _audited(
    session: AsyncSession, what: Audited, case: ReconciliationCase, administrator_id: str, **more: str
) -> None:
    details: Mapping[str, str | int] = {
        "kind": case.kind,
        "about": case.subject[:80],
        "do": case.repair["do"],
        "expected_minor": case.expected_minor,
        "found_minor": case.found_minor,
        "currency": case.currency,
        **more,
    }
    await audit.append(
        session, what, actor=administrator_id, role=Role.ADMINISTRATOR, subject=case.id, details=dict(details)
    )


_RECOUNT = """
UPDATE ledger_balances b SET amount_minor = coalesce((
    SELECT sum(e.amount_minor) FROM ledger_entries e WHERE e.account_id = b.account_id AND e.id <= b.up_to_entry_id), 0)
FROM ledger_accounts a
WHERE a.id = b.account_id AND a.kind = :kind AND a.owner = :owner AND a.currency = :currency
"""
