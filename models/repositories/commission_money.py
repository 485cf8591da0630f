"""All SQL of a commission's money: its charges and refunds, and what is booked for them.

A row stands before the provider is asked. Whoever writes here holds the commission's row, so that two steps at once are
two steps one after the other. What is charged, kept and given back is decided in `models/rules/commission`.

A contract freezes no exchange rate, so where the provider settles in another currency there is no promise to measure a
gain against: the position takes what was settled, and shows the difference when the artisan is paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.ports import KeptCard, Settlement
from models.repositories import audit, commission_versions, ledger, payouts_holds
from models.repositories.effects import once, recall
from models.rules import fx_postings, order_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind, undone
from models.rules.commission.endings import Parted
from models.rules.commission_postings import Back, given_back, of_settlement, of_surplus, still_to_release
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.tables.commissions import CommissionCharge, CommissionRefund, CommissionRow
from models.tables.ledger import Account, Entry, Posting
from models.types import Money, RefundState

UNKNOWN = "This commission does not exist."
SENDING, OPEN, PAID, CANCELLED = "sending", "open", "paid", "cancelled"


@dataclass(frozen=True)
class NewCharge:
    operation: str
    commission_id: str
    before: int
    attempt: int
    amount_minor: int
    tax_minor: int
    currency: str
    kind: str
    """`deposit` or `card`."""
    version: int = 0


@dataclass(frozen=True)
class Payer:
    """Whom the provider charges."""

    customer_id: str
    provider_customer_id: str
    method_id: str
    number: str
    """Of the commission."""


async def locked(session: AsyncSession, commission_id: str) -> CommissionRow:
    """Held until the transaction ends. Raises `NotFound`."""
    row = await session.get(CommissionRow, commission_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(UNKNOWN)
    return row


# Charges


async def payer(session: AsyncSession, commission_id: str) -> Payer:
    """With the card that this commission keeps. The provider knows a customer by one id, also from an earlier one.
    Raises `NotFound`."""
    row = await session.get(CommissionRow, commission_id, populate_existing=True)
    if row is None:
        raise NotFound(UNKNOWN)
    known = row.provider_customer_id or await session.scalar(
        select(CommissionRow.provider_customer_id)
        .where(CommissionRow.customer_id == row.customer_id, CommissionRow.provider_customer_id != "")
        .order_by(CommissionRow.created_at.desc())
        .limit(1)
    )
    return Payer(row.customer_id, known or "", row.method_id, row.number)


async def charge(session: AsyncSession, operation: str) -> CommissionCharge | None:
    return await session.get(CommissionCharge, operation, populate_existing=True)


async def begin(session: AsyncSession, new: NewCharge, state: str = SENDING) -> tuple[CommissionCharge, bool]:
    """The charge as it stands, and whether it is written down for the first time. Raises `ValueError` for an operation
    that charges something else."""
    added = await session.scalar(
        insert(CommissionCharge)
        .values(
            id=new.operation,
            commission_id=new.commission_id,
            before=new.before,
            attempt=new.attempt,
            version=new.version,
            amount_minor=new.amount_minor,
            tax_minor=new.tax_minor,
            currency=new.currency,
            kind=new.kind,
            state=state,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(CommissionCharge.id)
    )
    row = await session.get_one(CommissionCharge, new.operation, populate_existing=True)
    if (row.amount_minor, row.tax_minor, row.currency) != (new.amount_minor, new.tax_minor, new.currency):
        raise ValueError(f"{new.operation} charges {row.amount_minor} + {row.tax_minor} {row.currency} already")
    return row, added is not None


async def note(
    session: AsyncSession,
    operation: str,
    state: str,
    *,
    reason: str = "",
    provider_id: str | None = None,
    intent_id: str | None = None,
    redirect_url: str | None = None,
) -> None:
    """What the provider last said of a charge that is not paid. One that is paid stays so."""
    seen: dict[str, Any] = {"state": state, "reason": reason[:40], "redirect_url": redirect_url}
    known = {"provider_id": provider_id, "intent_id": intent_id}
    await session.execute(
        update(CommissionCharge)
        .where(CommissionCharge.id == operation, CommissionCharge.state != PAID)
        .values(**seen, **{name: value for name, value in known.items() if value is not None})
    )


async def note_paid(
    session: AsyncSession,
    operation: str,
    *,
    provider_id: str,
    intent_id: str,
    settlement: Settlement,
    card: KeptCard | None = None,
) -> None:
    """The provider has the money: its sale is booked, the card is kept, and the log says so. Whoever finds it first,
    once."""
    found = await session.get_one(CommissionCharge, operation)
    commission = await locked(session, found.commission_id)
    row = await session.get_one(CommissionCharge, operation, with_for_update=True, populate_existing=True)
    if row.state == PAID:
        return
    row.state, row.reason, row.redirect_url, row.paid_at = PAID, "", None, clock.now()
    row.provider_id, row.intent_id = provider_id, intent_id
    row.fee_minor, row.balance_transaction_id = settlement.fee.minor, settlement.balance_transaction_id
    if settlement.gross.currency != row.currency:
        row.settled_minor, row.settled_currency = settlement.gross.minor, settlement.gross.currency
    if card is not None:
        commission.provider_customer_id, commission.method_id = card.customer_id, card.method_id
        commission.card_brand, commission.card_last4 = card.brand[:20], card.last4[:4]
    await session.flush()
    await ledger.post(session, row.id, PostingKind.SALE, row.commission_id, sale_entries(row))
    await audit.append(
        session,
        Audited.PAYMENT_CAPTURED,
        actor=_process(row.commission_id),
        role=audit.PROCESS,
        subject=row.commission_id,
        details={"payment": provider_id, "amount_minor": row.amount_minor + row.tax_minor, "currency": row.currency},
    )


def sale_entries(row: CommissionCharge) -> list[LedgerEntry]:
    """Of a charge that is paid."""
    sold, fee = [SoldOrder(row.commission_id, row.amount_minor, 0, row.tax_minor)], row.fee_minor or 0
    if row.settled_currency is None or row.settled_minor is None:
        return sale(sold, fee, row.currency)
    settled = Money(row.settled_minor, row.settled_currency)
    return fx_postings.sale(sold, row.currency, settled=settled, fee=Money(fee, settled.currency))


# To the artisan


async def release(session: AsyncSession, commission_id: str, operation: str, share: Share, *, scale: bool) -> None:
    """Gives a share of what is held to the artisan, less its fee, and keeps a new seller's reserve of it. Once."""
    commission = await locked(session, commission_id)
    entries = order_postings.release(commission_id, commission.shop_id, share, commission.currency)
    if not share.held_minor:
        return
    if await ledger.post(session, operation, PostingKind.RELEASE, commission_id, entries):
        times = await payouts_holds.time_scale_of(session, commission.shop_id) if scale else 1
        await payouts_holds.keep_reserve(
            session, commission.shop_id, None, entries, clock.now(), scale=times, reference=commission_id
        )


# Back to the customer


async def plan_surplus(session: AsyncSession, commission_id: str, operation: str, minor: int, version: int) -> None:
    """Writes down which charges a surplus goes back to, once."""
    commission = await locked(session, commission_id)

    async def plan() -> dict[str, Any]:
        stored = await commission_versions.version(session, commission_id, version or commission.version)
        back = of_surplus(minor, await paid_minor(session, commission_id), stored.terms)
        await _write_refunds(session, commission, operation, back.total_minor)
        return asdict(back)

    await once(session, operation, plan)


async def plan_settlement(
    session: AsyncSession,
    commission_id: str,
    operation: str,
    parted: Mapping[int, Parted],
    released: Sequence[int],
    *,
    scale: bool,
) -> None:
    """Gives the artisan what they keep, and writes down which charges the rest goes back to, once."""
    commission = await locked(session, commission_id)

    async def plan() -> dict[str, Any]:
        kept, back = still_to_release(parted, released), of_settlement(parted, released)
        await release(session, commission_id, f"{operation}/kept", kept, scale=scale)
        await _write_refunds(session, commission, operation, back.total_minor)
        return asdict(back)

    await once(session, operation, plan)


async def paid_minor(session: AsyncSession, commission_id: str) -> int:
    """What was charged for work and shipping and was not to go back, wherever it is now. A refund that a bank has
    undone, or has not taken yet, counts as gone: it is the customer's, and is sent again."""
    refunds = (
        await session.scalars(select(CommissionRefund).where(CommissionRefund.commission_id == commission_id))
    ).all()
    once_booked = Posting.step_key.in_([refund.id for refund in refunds])
    booked = await session.scalar(
        select(func.sum(Entry.amount_minor))
        .join(Account, Account.id == Entry.account_id)
        .join(Posting, Posting.id == Entry.posting_id)
        .where(
            Account.kind == AccountKind.ORDER_HELD.value,
            Account.owner == commission_id,
            or_(Posting.kind == PostingKind.SALE.value, and_(Posting.kind == PostingKind.REFUND.value, once_booked)),
        )
    )
    known = set(await session.scalars(select(Posting.step_key).where(once_booked)))
    not_taken = [await _stretch(session, refund) for refund in refunds if refund.id not in known]
    return -int(booked or 0) - sum(back.held_minor for back in not_taken)


async def _stretch(session: AsyncSession, refund: CommissionRefund, back: Back | None = None) -> Back:
    """A refund's part of what its step gives back; `back` is what was planned for all of it."""
    start, operation = 0, refund.id.rpartition("/")[0]
    for other, _ in await refunds_of(session, refund.commission_id, operation):
        if other.id == refund.id:
            break
        start += other.amount_minor
    back = back or Back(**await recall(session, operation))
    return back.stretch(start, refund.amount_minor)


async def _write_refunds(session: AsyncSession, commission: CommissionRow, operation: str, minor: int) -> None:
    """Newest charge first, and of none more than is left of it."""
    left = minor
    for charged, rest in await refundable(session, commission.id):
        part = min(left, rest)
        if part:
            session.add(
                CommissionRefund(
                    id=f"{operation}/{charged.id.rpartition('/charge-')[2]}",
                    commission_id=commission.id,
                    charge_id=charged.id,
                    currency=charged.currency,
                    amount_minor=part,
                    state=RefundState.SENDING.value,
                    created_at=clock.now(),
                )
            )
            left -= part
    if left:
        raise ValueError(f"{operation}: {minor} are to go back, {left} more than the charges have left")
    await session.flush()


async def refundable(session: AsyncSession, commission_id: str) -> list[tuple[CommissionCharge, int]]:
    """Paid charges, the newest first, each with what has not gone back of it, and is not about to."""
    charges = await session.scalars(
        select(CommissionCharge)
        .where(CommissionCharge.commission_id == commission_id, CommissionCharge.state == PAID)
        .order_by(CommissionCharge.paid_at.desc(), CommissionCharge.id.desc())
    )
    sums = await session.execute(
        select(CommissionRefund.charge_id, func.sum(CommissionRefund.amount_minor))
        .where(CommissionRefund.commission_id == commission_id)
        .group_by(CommissionRefund.charge_id)
    )
    planned = {charge_id: int(minor) for charge_id, minor in sums}
    return [(row, row.amount_minor + row.tax_minor - planned.get(row.id, 0)) for row in charges]


async def refund(session: AsyncSession, refund_id: str) -> CommissionRefund | None:
    return await session.get(CommissionRefund, refund_id, populate_existing=True)


async def refunds_of(
    session: AsyncSession, commission_id: str, operation: str
) -> list[tuple[CommissionRefund, CommissionCharge]]:
    """Those of one step, in the order in which they lie on its line."""
    rows = await session.execute(
        select(CommissionRefund, CommissionCharge)
        .join(CommissionCharge, CommissionCharge.id == CommissionRefund.charge_id)
        .where(CommissionRefund.commission_id == commission_id)
        .order_by(CommissionCharge.paid_at.desc(), CommissionCharge.id.desc())
        .execution_options(populate_existing=True)
    )
    return [(refund, charged) for refund, charged in rows if refund.id.rpartition("/")[0] == operation]


async def note_refund(
    session: AsyncSession,
    refund_id: str,
    back: Back,
    *,
    state: RefundState,
    provider_id: str = "",
    settled: Money | None = None,
) -> None:
    """What the provider says of a refund: booked when it has taken it, booked back when it could not deliver it after
    all. The same word again changes nothing."""
    found = await session.get_one(CommissionRefund, refund_id)
    commission = await locked(session, found.commission_id)
    row = await session.get_one(CommissionRefund, refund_id, with_for_update=True, populate_existing=True)
    charged = await session.get_one(CommissionCharge, row.charge_id, populate_existing=True)
    was = RefundState(row.state)
    failures = await _failures(session, refund_id)
    step = refund_id if not failures else f"{refund_id}/{failures + 1}"
    if was.is_booked and not state.is_booked:
        entries = undone(await _refund_entries(session, commission, row, charged, back))
        failed_step = f"{refund_id}/failed-{failures + 1}"
        await ledger.post(session, failed_step, PostingKind.REFUND_FAILED, commission.id, entries)
        charged.refunded_minor -= row.amount_minor
        await _audited(session, Audited.REFUND_FAILED, row)
    row.settled_at = clock.now() if state is RefundState.SUCCEEDED else None
    row.state, row.provider_id = state.value, provider_id or row.provider_id
    if not was.is_booked and state.is_booked:
        elsewhere = settled is not None and settled.currency != row.currency
        row.settled_minor = abs(settled.minor) if settled is not None and elsewhere else None
        charged.refunded_minor += row.amount_minor
        entries = await _refund_entries(session, commission, row, charged, back)
        await ledger.post(session, step, PostingKind.REFUND, commission.id, entries)
        await _audited(session, Audited.PAYMENT_REFUNDED, row)
    await session.flush()


async def _refund_entries(
    session: AsyncSession,
    commission: CommissionRow,
    row: CommissionRefund,
    charged: CommissionCharge,
    back: Back,
) -> list[LedgerEntry]:
    entries = given_back(commission.id, commission.shop_id, await _stretch(session, row, back), row.currency)
    if row.settled_minor is None or charged.settled_currency is None:
        return entries
    return fx_postings.exchanged(
        entries, AccountKind.PROVIDER_PENDING, Money(row.settled_minor, charged.settled_currency)
    )


async def _failures(session: AsyncSession, refund_id: str) -> int:
    """How often the provider took a refund and could not deliver it."""
    count = await session.scalar(
        select(func.count()).select_from(Posting).where(Posting.step_key.startswith(f"{refund_id}/failed-"))
    )
    return int(count or 0)


async def _audited(session: AsyncSession, what: Audited, row: CommissionRefund) -> None:
    await audit.append(
        session,
        what,
        actor=_process(row.commission_id),
        role=audit.PROCESS,
        subject=row.commission_id,
        details={"refund": row.provider_id or "", "amount_minor": row.amount_minor, "currency": row.currency},
    )


def _process(commission_id: str) -> str:
    return audit.workflow(f"commission-{commission_id}")
