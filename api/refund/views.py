"""Puts a request's rows and words together into what a page or a program reads. Decides nothing."""

from collections.abc import Mapping, Sequence

from api.fulfillment.schemas import ParcelPieces
from api.money import money
from api.refund.schemas import NoteView, RequestView
from api.wording import WHY, status_label, status_text, timeline_lines, waiting_text
from models.repositories.refund_requests import RequestFacts
from models.types import Party, RefundStatus, TimelineEntry

FIRST = (RefundStatus.AWAITING_ANSWER.value, Party.ARTISAN.value, "")
"""Of a request whose process has not written its first line yet."""


def request_view(facts: RequestFacts, titles: Mapping[str, str], entries: Sequence[TimelineEntry] = ()) -> RequestView:
    """`titles` by listing id."""
    request, process = facts.request, facts.process
    status, waiting_on, then = (process.status, process.waiting_on, process.then) if process else FIRST
    is_problem = request.kind == "problem"
    return RequestView(
        id=request.id,
        order_id=request.order_id,
        order_number=facts.order.number,
        shop_name=facts.shop_name,
        kind=request.kind,
        problem=request.problem,
        problem_text=WHY.get(f"problem_{request.problem}" if is_problem else request.problem, ""),
        pieces=[
            ParcelPieces(listing_id=listing_id, title=titles.get(listing_id, ""), quantity=quantity)
            for listing_id, quantity in request.pieces.items()
        ],
        asked=money(request.asked_minor, request.currency),
        offered=None if request.offered_minor is None else money(request.offered_minor, request.currency),
        agreed=None if request.agreed_minor is None else money(request.agreed_minor, request.currency),
        with_return=request.with_return,
        tracking=request.tracking,
        status=status,
        status_label=status_label(status),
        status_text=status_text(status),
        waiting_on=waiting_on,
        deadline=process.deadline if process else None,
        waiting_text=waiting_text(waiting_on, then),
        is_final=request.closed_at is not None,
        created_at=request.created_at,
        notes=[
            NoteView(step=note.step, by=_author(facts, note.author_id), text=note.text, at=note.created_at)
            for note in facts.notes
            if note.text
        ],
        timeline=timeline_lines(entries),
        can_answer=is_problem and status == RefundStatus.AWAITING_ANSWER,
        can_choose=status in {RefundStatus.OFFERED, RefundStatus.REFUSED_BY_MAKER},
        can_send_back=status == RefundStatus.AWAITING_RETURN,
        can_confirm_return=status in {RefundStatus.AWAITING_RETURN, RefundStatus.RETURNING},
        can_decide=status == RefundStatus.IN_REVIEW,
        can_retry=status == RefundStatus.FAILED,
    )


def _author(facts: RequestFacts, author_id: str) -> str:
    if author_id == facts.order.buyer_id:
        return "buyer"
    return "maker" if author_id == facts.artisan_id else "team"
