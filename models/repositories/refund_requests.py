"""All SQL of what buyers ask for, what was answered, and what each of them wrote about it.

Money stands in `refunds`; who must act by when stands in `processes`, under `refund-<id>`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict, NotFound
from models.tables.catalogue import Shop
from models.tables.orders import Order
from models.tables.processes import Process
from models.tables.refunds import Refund, RefundNote, RefundRequest
from models.types import new_id

UNKNOWN = "This request does not exist. Look at the order."


class AlreadyOpen(Conflict):
    code = "request_open"


@dataclass(frozen=True)
class NewRequest:
    """A problem that a buyer reports."""

    order_id: str
    problem: str
    pieces: Mapping[str, int]
    currency: str
    asked_minor: int


@dataclass(frozen=True)
class RequestFacts:
    """A request with what surrounds it."""

    request: RefundRequest
    order: Order
    shop_name: str
    artisan_id: str
    process: Process | None
    """None in the moment before its first step."""
    notes: Sequence[RefundNote]


async def add(session: AsyncSession, new: NewRequest, *, author_id: str, text: str) -> str:
    """Its id. One at a time for an order: raises `AlreadyOpen`, whose `request_id` names the other one."""
    request_id = new_id("rfd")
    added = await session.scalar(
        insert(RefundRequest)
        .values(
            id=request_id,
            order_id=new.order_id,
            kind="problem",
            problem=new.problem,
            pieces=dict(new.pieces),
            currency=new.currency,
            asked_minor=new.asked_minor,
        )
        .on_conflict_do_nothing()
        .returning(RefundRequest.id)
    )
    if added is None:
        open_id = await session.scalar(
            select(RefundRequest.id).where(
                RefundRequest.order_id == new.order_id,
                RefundRequest.kind == "problem",
                RefundRequest.closed_at.is_(None),
            )
        )
        raise AlreadyOpen(
            "A problem with this order is being looked at already. Wait for its end before you report another one.",
            request_id=open_id or "",
        )
    await note(session, request_id, "reported", author_id, text)
    return request_id


async def add_unsettled(
    session: AsyncSession,
    *,
    request_id: str,
    order_id: str,
    reason: str,
    currency: str,
    asked_minor: int,
    operation: str,
    tries: int,
) -> None:
    """A refund that was sent and not confirmed, or that came back."""
    await session.execute(
        insert(RefundRequest)
        .values(
            id=request_id,
            order_id=order_id,
            kind="unsettled",
            problem=reason,
            pieces={},
            currency=currency,
            asked_minor=asked_minor,
            agreed_minor=asked_minor,
            operation=operation,
            tries=tries,
        )
        .on_conflict_do_nothing()
    )


async def note(session: AsyncSession, request_id: str, step: str, author_id: str, text: str) -> str | None:
    """What somebody writes at a step, before the process hears of it; answers what stood there before."""
    before = await session.scalar(
        select(RefundNote.text).where(RefundNote.request_id == request_id, RefundNote.step == step)
    )
    fresh = {"author_id": author_id, "text": text}
    await session.execute(
        insert(RefundNote)
        .values(request_id=request_id, step=step, **fresh)
        .on_conflict_do_update(index_elements=[RefundNote.request_id, RefundNote.step], set_=fresh)
    )
    return before


async def take_back_note(session: AsyncSession, request_id: str, step: str, before: str | None) -> None:
    """The process did not want to hear it: it stands there as before."""
    this = (RefundNote.request_id == request_id, RefundNote.step == step)
    if before is None:
        await session.execute(delete(RefundNote).where(*this))
    else:
        await session.execute(update(RefundNote).where(*this).values(text=before))


async def get(session: AsyncSession, request_id: str, *, lock: bool = False) -> RefundRequest:
    """Raises `NotFound`."""
    found = await session.get(RefundRequest, request_id, with_for_update=lock, populate_existing=True)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


async def was_reported_before(session: AsyncSession, request: RefundRequest) -> bool:
    """Whether an earlier report of this order was about one of these pieces, and either gave the same reason or was
    denied by us."""
    earlier = await session.execute(
        select(RefundRequest.pieces, RefundRequest.problem, RefundRequest.outcome).where(
            RefundRequest.order_id == request.order_id,
            RefundRequest.kind == "problem",
            RefundRequest.id != request.id,
            RefundRequest.closed_at.is_not(None),
        )
    )
    return any(
        pieces.keys() & request.pieces.keys() and (problem == request.problem or outcome == "refund_denied")
        for pieces, problem, outcome in earlier
    )


async def record(
    session: AsyncSession,
    request_id: str,
    *,
    offered_minor: int | None = None,
    agreed_minor: int | None = None,
    with_return: bool | None = None,
    outcome: str = "",
    closed_at: datetime | None = None,
) -> None:
    """What a step of the process has settled; what is left out stays."""
    given = {
        "offered_minor": offered_minor,
        "agreed_minor": agreed_minor,
        "with_return": with_return,
        "outcome": outcome or None,
        "closed_at": closed_at,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        await session.execute(update(RefundRequest).where(RefundRequest.id == request_id).values(**values))


async def set_tracking(session: AsyncSession, request_id: str, tracking: str) -> None:
    await session.execute(update(RefundRequest).where(RefundRequest.id == request_id).values(tracking=tracking))


async def of_order(session: AsyncSession, order_id: str) -> list[RequestFacts]:
    """Newest first."""
    return await _read(session, RefundRequest.order_id == order_id, limit=100)


async def find(session: AsyncSession, request_id: str, *, order_id: str | None = None) -> RequestFacts:
    """Raises `NotFound`, for a request about another order too."""
    condition = RefundRequest.id == request_id
    if order_id is not None:
        condition &= RefundRequest.order_id == order_id
    found = await _read(session, condition, limit=1)
    if not found:
        raise NotFound(UNKNOWN)
    return found[0]


async def waiting_on_finance(session: AsyncSession, limit: int, offset: int) -> tuple[list[RequestFacts], int]:
    """What an administrator has to decide or to mend, the nearest deadline first, and how many there are."""
    condition = (
        (Process.waiting_on == "administrator") & Process.is_final.is_(False) & RefundRequest.closed_at.is_(None)
    )
    total = await session.scalar(
        select(func.count())
        .select_from(RefundRequest)
        .join(Process, Process.workflow_id == func.concat("refund-", RefundRequest.id))
        .where(condition)
    )
    return await _read(session, condition, limit=limit, offset=offset, by_deadline=True), total or 0


async def awaiting_return(session: AsyncSession, order_id: str) -> Sequence[str]:
    """Ids of requests whose pieces are on their way back."""
    rows = await session.scalars(
        select(RefundRequest.id)
        .join(Process, Process.workflow_id == func.concat("refund-", RefundRequest.id))
        .where(RefundRequest.order_id == order_id, Process.status.in_(("awaiting_return", "returning")))
    )
    return rows.all()


async def following(session: AsyncSession, operation: str) -> list[str]:
    """Ids of requests whose process may be waiting for news of this refund: its own, and those that look after it."""
    own = operation.partition("/")[0].removeprefix("refund-") if operation.startswith("refund-") else None
    rows = await session.scalars(
        select(RefundRequest.id).where(
            RefundRequest.closed_at.is_(None), or_(RefundRequest.operation == operation, RefundRequest.id == own)
        )
    )
    return list(rows)


@dataclass(frozen=True)
class Mending:
    """Whom a refund that came back concerns, and under which id it is looked after."""

    request_id: str
    buyer_id: str
    artisan_id: str


async def mending(session: AsyncSession, refund: Refund) -> Mending:
    """The same for each word about the same try of a refund, so that it is looked after once."""
    digest = hashlib.sha256(f"{refund.id}\n{refund.tries}".encode()).hexdigest()
    buyer_id, owner_id = (
        await session.execute(
            select(Order.buyer_id, Shop.owner_id)
            .join(Shop, Shop.id == Order.shop_id)
            .where(Order.id == refund.order_id)
        )
    ).one()
    return Mending(f"rfd_{digest[:26]}", buyer_id, owner_id)


async def _read(
    session: AsyncSession,
    condition: ColumnElement[bool],
    *,
    limit: int,
    offset: int = 0,
    by_deadline: bool = False,
) -> list[RequestFacts]:
    order = (Process.deadline.asc().nulls_first(),) if by_deadline else (RefundRequest.created_at.desc(),)
    rows = (
        await session.execute(
            select(RefundRequest, Order, Shop.name, Shop.owner_id, Process)
            .join(Order, Order.id == RefundRequest.order_id)
            .join(Shop, Shop.id == Order.shop_id)
            .outerjoin(Process, Process.workflow_id == func.concat("refund-", RefundRequest.id))
            .where(condition)
            .order_by(*order, RefundRequest.id.desc())
            .limit(limit)
            .offset(offset)
        )
    ).all()
    notes = await session.scalars(
        select(RefundNote).where(RefundNote.request_id.in_([row[0].id for row in rows])).order_by(RefundNote.id)
    )
    written = notes.all()
    return [
        RequestFacts(request, order, shop_name, owner, process, [n for n in written if n.request_id == request.id])
        for request, order, shop_name, owner, process in rows
    ]
