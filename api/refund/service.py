"""Refund requests for the JSON API and the pages: stores what people write, moves the process by updates.

Other people's requests do not exist, whoever asks. What somebody writes is committed before the process hears of it,
and taken back when the process does not want to hear it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.dependencies import Keeper
from api.process_client import ProcessClient
from api.refund.schemas import (
    AnswerInput,
    ConfirmReturnInput,
    DecideInput,
    LineInput,
    ReportInput,
    RequestView,
    SendBackInput,
)
from api.refund.views import request_view
from core import clock
from models.audited import Audited
from models.errors import Conflict, Forbidden, InvalidInput, NotNow
from models.repositories import audit, orders, parcels, refund_requests, refunds
from models.repositories.processes import read_timeline
from models.repositories.refund_requests import AlreadyOpen, NewRequest, RequestFacts
from models.rules.money import refuse_unchargeable
from models.rules.refund_requests import asked_for, why_not_pieces, why_not_report
from models.rules.refunds import not_back_yet, together
from models.types import Money, ParcelStatus, Party
from workflows import policies
from workflows.refund import messages

COMMISSIONED = (
    "Here you can ask for what was paid for sending the piece, once it was sent. About the work itself, write to the "
    "maker on the commission's page."
)
NOT_SENT = {ParcelStatus.LABELLED.value, ParcelStatus.CANCELLED.value}


class RefundService:
    """`session` is the request's; it is committed before the process is asked. `allow_time_scale` is false in the
    cluster."""

    def __init__(self, session: AsyncSession, processes: ProcessClient, allow_time_scale: bool) -> None:
        self._session = session
        self._processes = processes
        self._allow_time_scale = allow_time_scale

    # The buyer's side

    async def report(self, person: Person, order_id: str, given: ReportInput) -> RequestView:
        """Raises `NotFound`, `InvalidInput`, `NotNow`, and `AlreadyOpen` while another request about the order is."""
        facts = await orders.order_facts(self._session, order_id, buyer_id=person.id)
        new = await self._checked(facts.order.id, given)
        try:
            request_id = await refund_requests.add(self._session, new, author_id=person.id, text=given.text)
        except AlreadyOpen as error:
            # Stored, but never begun: whoever stored it did not get as far as the process, or its answer got lost.
            stored = await refund_requests.find(self._session, str(error.details["request_id"]))
            if stored.process is not None:
                raise
            request_id = stored.request.id
        await self._session.commit()
        request = await refund_requests.find(self._session, request_id)
        repeated = await refund_requests.was_reported_before(self._session, request.request)
        await self._session.commit()
        await self._processes.start_refund(self._start_of(request, person, repeated=repeated))
        return await self._shown(request_id)

    async def of_order(self, person: Person, order_id: str) -> list[RequestView]:
        """Newest first. Raises `NotFound`."""
        await orders.order_facts(self._session, order_id, buyer_id=person.id)
        return await self._all_of(order_id)

    async def bought(self, person: Person, order_id: str, request_id: str) -> RequestView:
        """Raises `NotFound`."""
        return await self._view(await self._own(person, order_id, request_id))

    async def accept(self, person: Person, order_id: str, request_id: str) -> RequestView:
        await self._own(person, order_id, request_id)
        return await self._move(request_id, "accept", messages.AcceptAnswer(person.id), "accept")

    async def ask_finance(self, person: Person, order_id: str, request_id: str, text: str) -> RequestView:
        await self._own(person, order_id, request_id)
        message = messages.AskFinance(person.id)
        return await self._write(request_id, "escalated", person, text, ("ask_finance", message, "ask_finance"))

    async def send_back(self, person: Person, order_id: str, request_id: str, given: SendBackInput) -> RequestView:
        request = await self._own(person, order_id, request_id)
        if given.tracking and request_view(request, {}).can_send_back:
            await refund_requests.set_tracking(self._session, request_id, given.tracking)
        return await self._move(request_id, "send_back", messages.SendBack(person.id), "send_back")

    # The artisan's side

    async def of_shop_order(self, keeper: Keeper, order_id: str) -> list[RequestView]:
        await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        return await self._all_of(order_id)

    async def sold(self, keeper: Keeper, order_id: str, request_id: str) -> RequestView:
        """Raises `NotFound`."""
        return await self._view(await self._sold(keeper, order_id, request_id))

    async def answer(self, keeper: Keeper, order_id: str, request_id: str, given: AnswerInput) -> RequestView:
        """Raises `NotNow` when it was answered, or has gone to finance."""
        request = await self._sold(keeper, order_id, request_id)
        offer = 0 if given.answer == "refuse" else self._amount(request, given.amount_minor)
        message = messages.AnswerRequest(keeper.person.id, offer, given.with_return)
        update_id = f"answer-{offer}-{given.with_return}"
        return await self._write(request_id, "answered", keeper.person, given.text, ("answer", message, update_id))

    async def confirm_return(
        self, keeper: Keeper, order_id: str, request_id: str, given: ConfirmReturnInput
    ) -> RequestView:
        await self._sold(keeper, order_id, request_id)
        message = messages.ConfirmReturn(keeper.person.id, given.as_agreed)
        update = ("confirm_return", message, f"confirm_return-{given.as_agreed}")
        return await self._write(request_id, "return_disputed", keeper.person, given.text, update)

    # Finance

    async def waiting(self, page: int = 1, per_page: int = 20) -> Page[RequestView]:
        """What an administrator has to decide or to mend, the nearest deadline first."""
        found, total = await refund_requests.waiting_on_finance(self._session, per_page, (page - 1) * per_page)
        items = [await self._view(facts) for facts in found]
        return Page(items=items, total=total, total_is_floor=False, page=page, pages=max(1, -(-total // per_page)))

    async def one(self, request_id: str) -> RequestView:
        """Raises `NotFound`."""
        return await self._shown(request_id)

    async def decide(self, person: Person, request_id: str, given: DecideInput) -> RequestView:
        """Final. Raises `NotNow` when nothing is to be decided, or somebody else has, and `Forbidden` for who bought
        or sold it."""
        request = await refund_requests.find(self._session, request_id)
        if person.id in {request.order.buyer_id, request.artisan_id}:
            raise Forbidden("You bought or sold this yourself, so another administrator has to decide about it.")
        grant = 0 if given.decision == "deny" else self._amount(request, given.amount_minor)
        sequence = request.process.sequence if request.process else 0
        message = messages.DecideRequest(person.id, grant, given.with_return)
        update_id = f"decide-{person.id}-{grant}-{given.with_return}-{sequence}"
        step = "decided_again" if any(note.step == "return_disputed" for note in request.notes) else "decided"
        details: dict[str, str | int] = {
            "request": request_id,
            "grant_minor": grant,
            "currency": request.order.currency,
        }
        return await self._logged(person, request, details, (step, given.reason), ("decide", message, update_id))

    async def retry(self, person: Person, request_id: str, reason: str) -> RequestView:
        """What stood in the way of the provider is out of it."""
        request = await refund_requests.find(self._session, request_id)
        sequence = request.process.sequence if request.process else 0
        update = ("retry", messages.RetryRefund(person.id), f"retry-{sequence}")
        details: dict[str, str | int] = {"request": request_id, "retry": 1}
        return await self._logged(person, request, details, (f"retried-{sequence}", reason), update)

    # Helpers

    async def _checked(self, order_id: str, given: ReportInput) -> NewRequest:
        order = await orders.get_order(self._session, order_id)
        packed = await parcels.parcels_of(self._session, order_id)
        sent = together(*(one.pieces for one in packed if one.parcel.status not in NOT_SENT))
        if order.commission_id is not None and not (sent and order.total_minor):
            raise NotNow(COMMISSIONED)
        delivered = [one.parcel.delivered_at for one in packed if one.parcel.delivered_at is not None]
        why_not = why_not_report(
            problem=given.problem,
            handed_over=sent,
            on_their_way=any(one.parcel.status == ParcelStatus.HANDED_OVER.value for one in packed),
            last_delivered_at=max(delivered, default=None),
            now=clock.now(),
        )
        if why_not is not None:
            raise NotNow(why_not)
        now = await refunds.standing(self._session, order)
        pieces = pieces_of(given.lines) or not_back_yet(now.terms, now.back, sent)
        why_not = why_not_pieces(now.terms, now.back, sent, pieces)
        if why_not is not None:
            raise InvalidInput(why_not, field="lines")
        try:
            asked = asked_for(now.terms, now.left, now.back, pieces, given.amount_minor, given=now.given)
        except ValueError as error:
            raise InvalidInput(str(error), field="amount_minor") from error
        refuse_unchargeable(Money(asked, order.currency), "amount_minor")
        return NewRequest(order_id, given.problem, pieces, order.currency, asked)

    def _start_of(self, facts: RequestFacts, person: Person, *, repeated: bool) -> messages.RefundInput:
        request = facts.request
        scale = person.time_scale if self._allow_time_scale else 1
        return messages.RefundInput(
            request_id=request.id,
            order_id=request.order_id,
            buyer_id=facts.order.buyer_id,
            artisan_id=facts.artisan_id,
            kind=messages.RefundKind.PROBLEM,
            currency=request.currency,
            asked_minor=request.asked_minor,
            reason=request.problem,
            deadlines=policies.resolve_refund(scale=scale),
            repeated=repeated,
        )

    @staticmethod
    def _amount(facts: RequestFacts, amount_minor: int | None) -> int:
        asked = facts.request.asked_minor
        if amount_minor is None:
            return asked
        if not 1 <= amount_minor <= asked:
            raise InvalidInput("This is more than the buyer asked for.", field="amount_minor", most=asked)
        refuse_unchargeable(Money(amount_minor, facts.request.currency), "amount_minor")
        return amount_minor

    async def _own(self, person: Person, order_id: str, request_id: str) -> RequestFacts:
        await orders.order_facts(self._session, order_id, buyer_id=person.id)
        return await refund_requests.find(self._session, request_id, order_id=order_id)

    async def _sold(self, keeper: Keeper, order_id: str, request_id: str) -> RequestFacts:
        await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        return await refund_requests.find(self._session, request_id, order_id=order_id)

    async def _audit(self, person: Person, request: RequestFacts, details: dict[str, str | int]) -> None:
        await audit.append(
            self._session,
            Audited.REFUND_DECIDED,
            actor=person.id,
            role=person.role,
            subject=request.order.id,
            details=details,
        )

    async def _logged(
        self,
        person: Person,
        request: RequestFacts,
        details: dict[str, str | int],
        note: tuple[str, str],
        update: tuple[str, Any, str],
    ) -> RequestView:
        """Logged before the process hears of it, and once more where it came too late."""
        await self._audit(person, request, details)
        step, text = note
        try:
            return await self._write(request.request.id, step, person, text, update)
        except (Conflict, InvalidInput):
            await self._audit(person, request, {**details, "counts": False})
            await self._session.commit()
            raise

    async def _write(
        self, request_id: str, step: str, person: Person, text: str, update: tuple[str, Any, str]
    ) -> RequestView:
        before = None
        if text:
            before = await refund_requests.note(self._session, request_id, step, person.id, text)
        try:
            return await self._move(request_id, *update)
        except (Conflict, InvalidInput):
            if text:
                await refund_requests.take_back_note(self._session, request_id, step, before)
                await self._session.commit()
            raise

    async def _move(self, request_id: str, name: str, message: Any, update_id: str) -> RequestView:
        """The update id makes a double click one move."""
        await self._session.commit()
        workflow_id = messages.workflow_id(request_id)
        await self._processes.update(workflow_id, name, message, messages.RequestState, update_id=update_id)
        self._session.expire_all()
        return await self._shown(request_id)

    async def _shown(self, request_id: str) -> RequestView:
        return await self._view(await refund_requests.find(self._session, request_id))

    async def _all_of(self, order_id: str) -> list[RequestView]:
        return [
            await self._view(facts)
            for facts in await refund_requests.of_order(self._session, order_id)
            if facts.request.kind == messages.RefundKind.PROBLEM
            or (facts.process is not None and facts.process.waiting_on != Party.NOBODY)
        ]

    async def _view(self, facts: RequestFacts) -> RequestView:
        lines = await orders.ordered_lines(self._session, facts.order.id)
        entries = await read_timeline(self._session, messages.workflow_id(facts.request.id))
        return request_view(facts, {line.listing_id: line.title for line in lines}, entries)


def pieces_of(lines: Sequence[LineInput]) -> dict[str, int]:
    """Raises `InvalidInput` for a line that is named twice."""
    pieces = {line.listing_id: line.quantity for line in lines}
    if len(pieces) < len(lines):
        raise InvalidInput("A line stands here twice. Name each line once, with its quantity.", field="lines")
    return pieces
