"""All SQL of single refunds: each is written before it is sent, booked when the provider has taken it, and booked back
when it returns. Whoever writes here holds the order's row, so that two refunds at once can't exceed what was paid.

What was asked for, and why, is `refund_requests`' business; what is posted is decided in `models/rules/`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit, exchanges, ledger
from models.rules import refund_postings
from models.rules.bookkeeping import PostingKind
from models.rules.credit import card_part
from models.rules.money import step_of
from models.rules.refunds import (
    NOTHING,
    OrderedLine,
    OrderTerms,
    Share,
    left_of,
    lines_of_amount,
    not_back_yet,
    share_of_amount,
    share_of_pieces,
    together,
)
from models.tables.orders import Order, OrderLine
from models.tables.refunds import Refund
from models.types import RefundState

UNKNOWN = "This refund does not exist."


@dataclass(frozen=True)
class Wanted:
    """What is to go back: these pieces' share, or an agreed amount of it, or of the order where it names no piece."""

    pieces: Mapping[str, int] = field(default_factory=dict)
    amount_minor: int | None = None


@dataclass(frozen=True)
class Standing:
    """What has gone back of an order, or is about to, and what is left."""

    terms: OrderTerms
    left: Share
    back: Mapping[str, int]
    """Pieces, by listing."""
    given: Mapping[str, int]
    """Amounts that went back beside them, by the listing that they were given for."""


async def locked_order(session: AsyncSession, order_id: str) -> Order:
    """Held until the transaction ends. Raises `NotFound`."""
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise NotFound("This order does not exist.")
    return order


async def terms_of(session: AsyncSession, order: Order) -> OrderTerms:
    """The frozen sums that refund and release are computed from."""
    lines = await session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.listing_id)
    )
    return OrderTerms(
        lines=tuple(
            OrderedLine(line.listing_id, line.quantity, line.unit_price_minor, line.tax_minor, line.discount_minor)
            for line in lines
        ),
        shipping_minor=order.shipping_minor,
        tax_minor=order.tax_minor,
        fee_minor=order.fee_minor,
        step=step_of(order.currency),
    )


async def standing(session: AsyncSession, order: Order) -> Standing:
    terms = await terms_of(session, order)
    rows = await of_order(session, order.id)
    return Standing(
        terms=terms,
        left=left_of(terms, [_share(row) for row in rows]),
        back=together(*(row.pieces for row in rows)),
        given=together(*(row.lines_minor for row in rows)),
    )


async def reserve(
    session: AsyncSession,
    order_id: str,
    operation: str,
    wanted: Wanted,
    *,
    reason: str,
    already: Mapping[str, int] | None = None,
    kept_back: bool = False,
) -> Refund | None:
    """Writes a refund down before anybody is asked to send it: clipped to what is left, None when nothing is. The same
    operation is the same refund.

    What is written down before an order's money is released stays held for it, whenever it is sent. `kept_back`: so it
    does for pieces that the release has left out; `already` are those that the caller knows to have gone back.
    """
    order = await locked_order(session, order_id)
    known = await session.get(Refund, operation, populate_existing=True)
    if known is not None:
        return known
    now = await standing(session, order)
    back = {
        listing_id: min(quantity, max(now.back.get(listing_id, 0), (already or {}).get(listing_id, 0)))
        for listing_id, quantity in now.terms.pieces.items()
    }
    of_pieces = share_of_pieces(now.terms, now.left, back, wanted.pieces, now.given) if wanted.pieces else now.left
    lines: Mapping[str, int] = {}
    if wanted.amount_minor is None:
        share, pieces = (of_pieces if wanted.pieces else NOTHING), wanted.pieces
    else:
        share, pieces = share_of_amount(now.left, min(wanted.amount_minor, of_pieces.total_minor)), {}
        lines = lines_of_amount(now.terms, back, now.given, wanted.pieces, share.total_minor)
    if not share.total_minor:
        return None
    to_card = share_of_amount(share, card_part(share.total_minor, await _card_left(session, order)))
    written: list[Refund] = []
    for part, to_credit in ((to_card, False), (share - to_card, True)):
        if not part.total_minor:
            continue
        refund = Refund(
            id=credit_part_of(operation) if written else operation,
            order_id=order.id,
            currency=order.currency,
            amount_minor=part.total_minor,
            items_minor=part.items_minor,
            shipping_minor=part.shipping_minor,
            tax_minor=part.tax_minor,
            fee_minor=part.fee_minor,
            # On the first of the two alone: a piece goes back once.
            pieces={} if written else not_back_yet(now.terms, back, pieces),
            lines_minor={} if written else dict(lines),
            reason=reason,
            state=RefundState.SENDING.value,
            tries=0,
            to_credit=to_credit,
            after_release=order.released_at is not None and not kept_back,
        )
        if refund.after_release:
            before = [_share(row) for row in await of_order(session, order.id) if row.after_release]
            taken = await exchanges.taken_back(session, order, before, part)
            refund.taken_minor = None if taken is None else taken.minor
        session.add(refund)
        await session.flush()
        written.append(refund)
    return written[0]


def credit_part_of(operation: str) -> str:
    """The id of the refund that gives back as store credit what the card had not paid for."""
    return f"{operation}/credit"


def pieces_by_refund(rows: Sequence[Refund]) -> dict[str, Mapping[str, int]]:
    """What each gives back for. A piece is counted on the first of two that give back for it; both are for it."""
    counted = {row.id: row.pieces for row in rows}
    return counted | {
        beside: pieces for row_id, pieces in counted.items() if (beside := credit_part_of(row_id)) in counted
    }


async def whole_minor(session: AsyncSession, refund: Refund) -> int:
    """What an operation gives back, to the card and as store credit together."""
    other = await session.get(Refund, credit_part_of(refund.id))
    return refund.amount_minor + (other.amount_minor if other is not None else 0)


async def release(session: AsyncSession, order_id: str, refunded: Mapping[str, int], now: datetime) -> Share:
    """What of the order becomes the artisan's: all that has not gone back, and is not about to. `refunded` are pieces
    that go back although nobody has written their refund down yet. Marks the order; the caller posts."""
    order = await locked_order(session, order_id)
    seen = await standing(session, order)
    owed = share_of_pieces(seen.terms, seen.left, seen.back, refunded, seen.given)
    order.released_at = order.released_at or now
    await session.flush()
    return seen.left - owed


async def note_taken(
    session: AsyncSession, operation: str, provider_id: str, state: RefundState, *, actor: str, now: datetime
) -> Refund:
    """The provider has taken it: booked out of what is held for the order or, where that was released before, out of
    the shop's balance. The same provider's refund again changes nothing but its state, and never back to `pending`."""
    order, refund = await _locked(session, operation)
    if refund.provider_id == provider_id and refund.state != RefundState.SENDING.value:
        if refund.state == RefundState.PENDING.value and state is RefundState.SUCCEEDED:
            refund.state, refund.settled_at = state.value, now
        await session.flush()
        return refund
    if RefundState(refund.state).is_booked:
        raise ValueError(f"{operation} is booked as {refund.provider_id}, and now {provider_id} was taken, too")
    refund.provider_id, refund.state, refund.tries = provider_id, state.value, refund.tries + 1
    refund.settled_at = now if state is RefundState.SUCCEEDED else None
    await _book(session, order, refund, actor)
    await session.flush()
    await give_credit(session, operation, actor=actor, now=now)
    return refund


async def give_credit(session: AsyncSession, operation: str, *, actor: str, now: datetime) -> None:
    """Books what of an operation becomes store credit beside what goes to the card. Once, and before anybody asks the
    provider for that: who refuses the one part for days must not keep the other from its buyer."""
    beside = await session.get(Refund, credit_part_of(operation), populate_existing=True)
    if beside is not None and beside.state == RefundState.SENDING.value:
        order = await locked_order(session, beside.order_id)
        beside.state, beside.tries, beside.settled_at = RefundState.SUCCEEDED.value, 1, now
        await _book(session, order, beside, actor)
    await session.flush()


async def _book(session: AsyncSession, order: Order, refund: Refund, actor: str) -> None:
    order.refunded_minor += refund.amount_minor
    if order.refunded_minor > order.total_minor:
        raise ValueError(f"order {order.id}: refunds of {order.refunded_minor} exceed its total")
    step = refund.id if refund.tries == 1 else f"{refund.id}/{refund.tries}"
    await ledger.post(
        session, step, PostingKind.REFUND, order.id, await exchanges.refund_entries(session, order, refund)
    )
    await _audited(session, Audited.PAYMENT_REFUNDED, order, refund, actor)


async def note_failed(session: AsyncSession, operation: str, provider_id: str, *, actor: str) -> bool:
    """The provider could not deliver it and has given us the money back: it is where it was before, and still owed to
    the buyer. False when that is known already."""
    order, refund = await _locked(session, operation)
    if refund.provider_id != provider_id or not RefundState(refund.state).is_booked:
        return False
    step = f"{operation}/failed-{refund.tries}"
    entries = refund_postings.failed(await exchanges.refund_entries(session, order, refund))
    await ledger.post(session, step, PostingKind.REFUND_FAILED, order.id, entries)
    order.refunded_minor -= refund.amount_minor
    refund.state, refund.settled_at = RefundState.FAILED.value, None
    await _audited(session, Audited.REFUND_FAILED, order, refund, actor)
    await session.flush()
    return True


async def get(session: AsyncSession, operation: str) -> Refund:
    """Raises `NotFound`."""
    refund = await session.get(Refund, operation)
    if refund is None:
        raise NotFound(UNKNOWN)
    return refund


async def find(session: AsyncSession, operation: str) -> Refund | None:
    return await session.get(Refund, operation)


async def of_order(session: AsyncSession, order_id: str) -> Sequence[Refund]:
    """Oldest first."""
    rows = await session.scalars(
        select(Refund)
        .where(Refund.order_id == order_id)
        .order_by(Refund.created_at, Refund.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _locked(session: AsyncSession, operation: str) -> tuple[Order, Refund]:
    order_id = await session.scalar(select(Refund.order_id).where(Refund.id == operation))
    if order_id is None:
        raise NotFound(UNKNOWN)
    order = await locked_order(session, order_id)
    refund = await session.get(Refund, operation, populate_existing=True)
    if refund is None:
        raise NotFound(UNKNOWN)
    return order, refund


async def _card_left(session: AsyncSession, order: Order) -> int:
    """What the card has paid for the order and not been given back, nor is about to be."""
    back = sum(row.amount_minor for row in await of_order(session, order.id) if not row.to_credit)
    return order.total_minor - order.credit_minor - back


def _share(refund: Refund) -> Share:
    return Share(refund.items_minor, refund.shipping_minor, refund.tax_minor, refund.fee_minor)


async def _audited(session: AsyncSession, what: Audited, order: Order, refund: Refund, actor: str) -> None:
    await audit.append(
        session,
        what,
        actor=actor,
        role=audit.PROCESS,
        subject=order.id,
        details={
            "refund": refund.provider_id or "",
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "reason": refund.reason,
        },
    )
