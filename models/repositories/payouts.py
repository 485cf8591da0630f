"""All SQL of payouts: one row each, moved on by its process, and the lock under which money is set aside.

What may be paid is decided in `models.rules.payouts`, from what `payouts_standing` reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.repositories import ledger_balances, payouts_connected
from models.rules.bookkeeping import AccountKind
from models.rules.payouts import PayoutKind, PayoutMoney
from models.tables.catalogue import Shop
from models.tables.payouts import Payout
from models.types import Money


@dataclass(frozen=True, slots=True)
class NewPayout:
    id: str
    """The process's own."""
    shop_id: str
    kind: PayoutKind
    period: str
    """Of a scheduled one; empty for a withdrawal."""
    attempt: int
    details_of: datetime | None = None
    """When the bank details were saved that it is meant for."""
    destination: str = ""
    """The provider's id of their bank account, where it knows them already."""


async def lock_payable(session: AsyncSession, shop_id: str, currency: str) -> None:
    """Until the caller's transaction is over nobody else sets this shop's money aside. Before anything it books: two
    withdrawals from two tabs come one after the other, and the second sees what the first has left."""
    await ledger_balances.locked_balance(session, AccountKind.ARTISAN_PAYABLE, shop_id, currency)


async def set_aside(session: AsyncSession, new: NewPayout, amount: Money, now: datetime) -> None:
    """The row of a first attempt, or the next attempt in the row that is there."""
    fresh: dict[str, Any] = {
        "amount_minor": amount.minor,
        "status": PayoutMoney.SET_ASIDE.value,
        "attempt": new.attempt,
        "transfer_id": "",
        "provider_payout_id": "",
        "arrives_on": None,
        "paid_at": None,
        "details_of": new.details_of,
        "destination": new.destination,
    }
    await session.execute(
        insert(Payout)
        .values(
            id=new.id,
            shop_id=new.shop_id,
            kind=new.kind.value,
            period=new.period,
            currency=amount.currency,
            created_at=now,
            **fresh,
        )
        .on_conflict_do_update(index_elements=[Payout.id], set_=fresh)
    )


async def freeze_destination(session: AsyncSession, payout_id: str) -> str:
    """The bank account that this attempt goes to; once it is known, no other."""
    row = await get(session, payout_id)
    if not row.destination:
        row.destination = await payouts_connected.destination_of(session, row.shop_id, row.details_of, row.currency)
        await session.flush()
    return row.destination


async def transferred(session: AsyncSession, payout_id: str, account_id: str, transfer_id: str) -> None:
    await _move(session, payout_id, PayoutMoney.TRANSFERRED, provider_account_id=account_id, transfer_id=transfer_id)


async def sent(session: AsyncSession, payout_id: str, provider_payout_id: str, arrives_on: date) -> None:
    await _move(session, payout_id, PayoutMoney.SENT, provider_payout_id=provider_payout_id, arrives_on=arrives_on)


async def paid(session: AsyncSession, payout_id: str, now: datetime) -> None:
    await _move(session, payout_id, PayoutMoney.PAID, paid_at=now)


async def returned(session: AsyncSession, payout_id: str) -> None:
    """Open again, if it had ended."""
    await _move(session, payout_id, PayoutMoney.RETURNED, ended_at=None)


async def unanswered(session: AsyncSession, payout_id: str, since: datetime | None) -> None:
    """None: the provider tells again where it is. The first of several instants stays."""
    kept = func.coalesce(Payout.unanswered_since, since) if since is not None else None
    await session.execute(update(Payout).where(Payout.id == payout_id).values(unanswered_since=kept))


async def recalled(session: AsyncSession, payout_id: str) -> None:
    await _move(session, payout_id, PayoutMoney.RECALLED)


async def given_back(
    session: AsyncSession, payout_id: str, failure_code: str, bank_changed_at: datetime | None, *, now: datetime
) -> None:
    """`bank_changed_at` says which bank details failed."""
    await _move(
        session,
        payout_id,
        PayoutMoney.GIVEN_BACK,
        failure_code=failure_code[:100],
        bank_changed_at=bank_changed_at,
        failed_at=now,
    )


async def ended(session: AsyncSession, payout_id: str, now: datetime) -> None:
    await session.execute(update(Payout).where(Payout.id == payout_id, Payout.ended_at.is_(None)).values(ended_at=now))


async def find(session: AsyncSession, payout_id: str) -> Payout | None:
    return await session.scalar(select(Payout).where(Payout.id == payout_id).execution_options(populate_existing=True))


async def get(session: AsyncSession, payout_id: str) -> Payout:
    found = await find(session, payout_id)
    if found is None:
        raise NotFound("This payout does not exist.")
    return found


async def of_shop(session: AsyncSession, shop_id: str, *, limit: int, offset: int = 0) -> Sequence[Payout]:
    """Newest first."""
    return (
        await session.scalars(
            select(Payout)
            .where(Payout.shop_id == shop_id)
            .order_by(Payout.created_at.desc(), Payout.id.desc())
            .limit(limit)
            .offset(offset)
            .execution_options(populate_existing=True)
        )
    ).all()


async def open_of_shop(session: AsyncSession, shop_id: str) -> Sequence[str]:
    """Ids of those whose process has not ended."""
    return (
        await session.scalars(
            select(Payout.id).where(Payout.shop_id == shop_id, Payout.ended_at.is_(None)).order_by(Payout.id)
        )
    ).all()


@dataclass(frozen=True, slots=True)
class Arrived:
    payout: Payout
    owner_id: str


async def arrived_for_good(session: AsyncSession, shop_id: str, operation: str) -> Arrived | None:
    """The payout that was sent by this operation, if its process has ended with the money at the bank."""
    payout_id, _, step = operation.rpartition("/")
    found = (
        await session.execute(
            select(Payout, Shop.owner_id)
            .join(Shop, Shop.id == Payout.shop_id)
            .where(
                Payout.id == payout_id,
                Payout.shop_id == shop_id,
                Payout.status == PayoutMoney.PAID.value,
                Payout.ended_at.is_not(None),
            )
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    return Arrived(*found) if found is not None and step == f"payout-{found[0].attempt}" else None


async def newest_result(session: AsyncSession, shop_id: str) -> Payout | None:
    """Of the payouts that have come to something, good or bad, the last one begun."""
    return await session.scalar(
        select(Payout)
        .where(Payout.shop_id == shop_id, Payout.failed_at.is_not(None) | Payout.paid_at.is_not(None))
        .order_by(Payout.created_at.desc(), Payout.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


async def _move(session: AsyncSession, payout_id: str, to: PayoutMoney, **values: object) -> None:
    await session.execute(update(Payout).where(Payout.id == payout_id).values(status=to.value, **values))
