"""All SQL of erasures: the request, what it waits for, its receipts. What is erased stands in `privacy_erasing`."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, case, exists, func, literal, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import now
from core.database import keys_of
from core.keys import Purpose
from core.sealing import derived_token
from models.repositories import store_credit
from models.rules.bookkeeping import AccountKind
from models.rules.erasure import Open
from models.rules.payouts import STEP
from models.tables.catalogue import Shop
from models.tables.commissions import CommissionCharge, CommissionRow
from models.tables.credit import GiftCardPurchase
from models.tables.ledger import Account, Entry
from models.tables.letters import Letter
from models.tables.orders import Order, Parcel
from models.tables.payouts import Payout
from models.tables.privacy import Erasure, ErasureReceipt
from models.tables.processes import Process
from models.tables.refunds import RefundRequest
from models.tables.selling import Checkout, CheckoutShop, Payment
from models.types import ErasureStatus

SHOP_MONEY = tuple(
    kind.value
    for kind in (
        AccountKind.ARTISAN_PAYABLE,
        AccountKind.ARTISAN_RESERVE,
        AccountKind.ARTISAN_IN_TRANSIT,
        AccountKind.ARTISAN_DEBT,
        AccountKind.CONNECTED_BALANCE,
    )
)
"""Accounts of a shop in which something may wait that is its keeper's, or that they owe."""
MAILED_WITHIN = timedelta(days=4)
"""The letter with a gift card's code is given up before that."""


@dataclass(frozen=True, slots=True)
class Receipt:
    target: str
    at: datetime
    count: int
    reference: str


async def next_number(session: AsyncSession, person_id: str) -> int:
    """Of the erasure that is open, or of the one that a request would begin."""
    newest = (
        await session.execute(
            select(Erasure.number, Erasure.cancelled_at, Erasure.completed_at)
            .where(Erasure.person_id == person_id)
            .order_by(Erasure.number.desc())
            .limit(1)
        )
    ).one_or_none()
    if newest is None:
        return 1
    number, cancelled_at, completed_at = newest
    return int(number) if cancelled_at is None and completed_at is None else int(number) + 1


async def announce(
    session: AsyncSession, erasure_id: str, person_id: str, number: int, *, requested_at: datetime, erase_at: datetime
) -> bool:
    """Safe to repeat; False when it was announced before."""
    key_id = keys_of(session).current(Purpose.TOKENS).id
    added = await session.scalar(
        insert(Erasure)
        .values(
            id=erasure_id,
            person_id=person_id,
            number=number,
            code_hash=_hash(derived_token(keys_of(session), _subject(erasure_id), key_id)),
            code_key=key_id,
            requested_at=requested_at,
            erase_at=erase_at,
        )
        .on_conflict_do_nothing(index_elements=[Erasure.id])
        .returning(Erasure.id)
    )
    return added is not None


async def find(session: AsyncSession, erasure_id: str) -> Erasure | None:
    return await session.get(Erasure, erasure_id)


async def newest_of(session: AsyncSession, person_id: str) -> Erasure | None:
    return await session.scalar(
        select(Erasure).where(Erasure.person_id == person_id).order_by(Erasure.number.desc()).limit(1)
    )


async def find_by_code(session: AsyncSession, code: str) -> Erasure | None:
    """Whoever has the code, for there may be no account left to ask with."""
    return await session.scalar(select(Erasure).where(Erasure.code_hash == _hash(code)))


def code_of(session: AsyncSession, erasure: Erasure) -> str:
    """For letters and for its owner's page. Raises `KeyErased` when the ring's key is gone."""
    code = derived_token(keys_of(session), _subject(erasure.id), erasure.code_key)
    assert hmac.compare_digest(_hash(code), erasure.code_hash)  # noqa: S101 - made by `announce`
    return code


async def cancel(session: AsyncSession, erasure_id: str, at: datetime) -> bool:
    """False when it was cancelled, or carried out, before."""
    return await _stamp(
        session, Erasure.id == erasure_id, Erasure.cancelled_at.is_(None), Erasure.erased_at.is_(None), cancelled_at=at
    )


async def mark_erased(session: AsyncSession, erasure_id: str, at: datetime) -> bool:
    return await _stamp(
        session, Erasure.id == erasure_id, Erasure.erased_at.is_(None), Erasure.cancelled_at.is_(None), erased_at=at
    )


async def complete(session: AsyncSession, erasure_id: str, at: datetime) -> bool:
    return await _stamp(session, Erasure.id == erasure_id, Erasure.completed_at.is_(None), completed_at=at)


async def add_receipt(
    session: AsyncSession, erasure_id: str, target: str, *, at: datetime, count: int, reference: str = ""
) -> None:
    """The first one stands: a repeated step finds nothing left to erase and would hand in a zero."""
    await session.execute(
        insert(ErasureReceipt)
        .values(erasure_id=erasure_id, target=target, at=at, count=count, reference=reference)
        .on_conflict_do_nothing()
    )


async def receipts(session: AsyncSession, erasure_id: str) -> list[Receipt]:
    rows = await session.scalars(
        select(ErasureReceipt).where(ErasureReceipt.erasure_id == erasure_id).order_by(ErasureReceipt.at)
    )
    return [Receipt(row.target, row.at, row.count, row.reference) for row in rows]


async def is_under_way(session: AsyncSession, person_id: str) -> bool:
    """Whether the mail service is being asked to forget them, or has been: nothing more may be sent to them, because
    nobody will know afterwards what it should forget."""
    begun = exists(
        select(literal(1)).where(Process.workflow_id == Erasure.id, Process.status == ErasureStatus.ERASING.value)
    )
    return bool(await session.scalar(select(exists().where(Erasure.person_id == person_id, begun))))


async def closes_shop(session: AsyncSession, shop_id: str) -> bool:
    """Whether its keeper's erasure has closed it, or is doing so: waits for that, and makes it wait for the caller."""
    owner_id = await session.scalar(
        select(Shop.owner_id).where(Shop.id == shop_id).with_for_update(read=True, key_share=True)
    )
    closing = {ErasureStatus.WAITING.value, ErasureStatus.ERASING.value}
    closes = exists(select(literal(1)).where(Process.workflow_id == Erasure.id, Process.status.in_(closing)))
    return bool(await session.scalar(select(exists().where(Erasure.person_id == owner_id, closes))))


async def still_open(session: AsyncSession, person_id: str) -> Open:
    """Orders without a process are about to have one, so they count; a checkout is written together with its own."""
    own_shop = select(Shop.id).where(Shop.owner_id == person_id).scalar_subquery()
    under_way = or_(
        ~exists(
            select(literal(1)).where(Process.workflow_id == func.concat("fulfillment-", Order.id), Process.is_final)
        ),
        exists(select(literal(1)).where(RefundRequest.order_id == Order.id, RefundRequest.closed_at.is_(None))),
    )
    paying = (
        select(func.count())
        .select_from(Checkout)
        .join(Process, Process.workflow_id == Checkout.id)
        .where(
            ~Process.is_final,
            (Checkout.buyer_id == person_id)
            | exists(
                select(literal(1)).where(CheckoutShop.checkout_id == Checkout.id, CheckoutShop.shop_id == own_shop)
            ),
        )
    )
    buying = (
        select(func.count())
        .select_from(GiftCardPurchase)
        .join(Process, Process.workflow_id == func.concat("gift-card-", GiftCardPurchase.id))
        .outerjoin(Letter, Letter.id == GiftCardPurchase.letter_id)
        .where(
            GiftCardPurchase.buyer_id == person_id,
            # Nobody could be told its code any more once the buyer's letters are gone.
            ~Process.is_final
            | Letter.sent_at.is_(None) & Letter.used_at.is_(None) & (Letter.created_at > now() - MAILED_WITHIN),
        )
    )
    # Less than the provider's step can never be paid out: it must not keep anybody from being forgotten.
    too_small = or_(
        *(
            (Account.kind == AccountKind.ARTISAN_PAYABLE.value)
            & (Account.currency == currency)
            & func.sum(Entry.amount_minor).between(1 - step, 0)
            for currency, step in STEP.items()
        )
    )
    owing = Account.kind.in_((AccountKind.ARTISAN_PAYABLE.value, AccountKind.ARTISAN_DEBT.value)) & (
        func.sum(Entry.amount_minor) > 0
    )
    unpaid = (
        select(Account.id, owing.label("owing"))
        .join(Entry, Entry.account_id == Account.id)
        .where(
            Account.kind.in_(SHOP_MONEY) & (Account.owner == own_shop)
            | (Account.kind == AccountKind.ORDER_HELD.value)
            & Account.owner.in_(select(Order.id).where(Order.shop_id == own_shop))
        )
        .group_by(Account.id)
        .having(func.sum(Entry.amount_minor) != 0, ~too_small)
        .subquery()
    )
    # One that has arrived may still come back, and would find nobody to be paid to.
    on_its_way = select(func.count()).where(Payout.shop_id == own_shop, Payout.ended_at.is_(None)).scalar_subquery()
    row = (
        await session.execute(
            select(
                select(func.count()).where(Order.buyer_id == person_id, under_way).scalar_subquery(),
                select(func.count()).where(Order.shop_id == own_shop, under_way).scalar_subquery(),
                paying.scalar_subquery() + buying.scalar_subquery(),
                select(func.count()).where(~unpaid.c.owing).scalar_subquery() + on_its_way,
                select(func.count()).where(unpaid.c.owing).scalar_subquery(),
                select(func.count()).where(Shop.owner_id == person_id, Shop.status == "suspended").scalar_subquery(),
                _commissions_under_way(CommissionRow.customer_id == person_id),
                _commissions_under_way(CommissionRow.shop_id == own_shop),
            )
        )
    ).one()
    bought, sold, checkouts, money, debts, suspended, wished, making = (int(count) for count in row)
    return Open(
        bought=bought + wished,
        sold=sold + making,
        checkouts=checkouts,
        money=0 if suspended else money,
        suspended=money if suspended else 0,
        debts=debts,
        credit=len(await store_credit.all_of(session, person_id)),
    )


def _commissions_under_way(whose: ColumnElement[bool]) -> ScalarSelect[int]:
    """A wish that waits for a place has no process, and nobody owes anything by it."""
    under_way = exists(
        select(literal(1)).where(
            Process.workflow_id == func.concat("commission-", CommissionRow.id), Process.is_final.is_(False)
        )
    )
    return select(func.count()).select_from(CommissionRow).where(whose, under_way).scalar_subquery()


async def held_up(session: AsyncSession, limit: int, *, only: str | None = None) -> list[tuple[Erasure, ErasureStatus]]:
    """Those past their 14 days that are not over: something is open, or a partner has refused. The longest wait first;
    or `only` one, if it is among them."""
    begun = (ErasureStatus.WAITING.value, ErasureStatus.ERASING.value)
    rows = await session.execute(
        select(Erasure, Process.status)
        .join(Process, Process.workflow_id == Erasure.id)
        .where(Process.status.in_(begun), *([] if only is None else [Erasure.id == only]))
        .order_by(Erasure.erase_at, Erasure.id)
        .limit(limit)
    )
    return [(erasure, ErasureStatus(status)) for erasure, status in rows]


async def shop_of(session: AsyncSession, person_id: str) -> str | None:
    return await session.scalar(select(Shop.id).where(Shop.owner_id == person_id))


async def payments_of(session: AsyncSession, person_id: str) -> list[tuple[str | None, str | None]]:
    """(hosted payment, intent) of everything that the person ever began to pay: orders, commissions, gift cards."""
    hosted = CommissionCharge.kind == "deposit"
    charged = (
        select(
            case((hosted, CommissionCharge.provider_id)),
            case((hosted, CommissionCharge.intent_id), else_=CommissionCharge.provider_id),
            CommissionCharge.created_at,
        )
        .join(CommissionRow, CommissionRow.id == CommissionCharge.commission_id)
        .where(CommissionRow.customer_id == person_id, CommissionCharge.provider_id.is_not(None))
    )
    bought = select(GiftCardPurchase.provider_id, GiftCardPurchase.intent_id, GiftCardPurchase.created_at).where(
        GiftCardPurchase.buyer_id == person_id, GiftCardPurchase.provider_id.is_not(None)
    )
    ordered = (
        select(Payment.provider_id, Payment.intent_id, Payment.created_at)
        .join(Checkout, Checkout.id == Payment.checkout_id)
        .where(Checkout.buyer_id == person_id)
    )
    found = union_all(ordered, charged, bought).subquery()
    hosted_id, intent_id, created_at = found.c
    rows = await session.execute(select(hosted_id, intent_id).order_by(created_at, hosted_id, intent_id))
    return [(row[0], row[1]) for row in rows]


async def kept_customers(session: AsyncSession, person_id: str) -> list[str]:
    """The provider's ids under which it keeps the person's cards. Like those of payments they name nobody, and stay:
    whom a restored backup brings back is forgotten there again."""
    rows = await session.scalars(
        select(CommissionRow.provider_customer_id)
        .where(CommissionRow.customer_id == person_id, CommissionRow.provider_customer_id != "")
        .distinct()
        .order_by(CommissionRow.provider_customer_id)
    )
    return list(rows)


@dataclass(frozen=True, slots=True)
class Carried:
    """A parcel that a courier knows the person by: where it went, or where it came from."""

    courier: str
    parcel_id: str
    is_recipient: bool


async def carried(session: AsyncSession, person_id: str) -> Sequence[Carried]:
    own_shop = select(Shop.id).where(Shop.owner_id == person_id).scalar_subquery()
    rows = await session.execute(
        select(Parcel.courier, Parcel.id, Order.buyer_id == person_id)
        .join(Order, Order.id == Parcel.order_id)
        .where((Order.buyer_id == person_id) | (Order.shop_id == own_shop))
        .order_by(Parcel.courier, Parcel.id)
    )
    return [Carried(row[0], row[1], bool(row[2])) for row in rows]


async def _stamp(session: AsyncSession, *conditions: ColumnElement[bool], **values: datetime) -> bool:
    done = await session.scalar(update(Erasure).where(*conditions).values(**values).returning(Erasure.id))
    return done is not None


def _subject(erasure_id: str) -> str:
    return f"erasure code/{erasure_id}"


def _hash(code: str) -> str:
    """Plain: a code has 256 random bits, which nobody finds by trying."""
    return hashlib.sha256(code.encode()).hexdigest()
