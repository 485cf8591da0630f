"""Cancelling, reporting, answering and deciding over HTTP: what is stored, what is sent, and what is refused."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from core import clock
from core.database import Database
from models.errors import NotNow, Unavailable
from models.repositories import refund_requests
from models.repositories import refunds as stored
from models.repositories.refunds import Wanted
from models.tables.audit import AuditEntry
from models.tables.refunds import RefundNote
from models.types import Party, RefundStatus
from tests.api.orders.conftest import Process
from tests.api.refund.conftest import Refunds
from tests.support.orders import PaidOrder
from workflows.fulfillment.messages import AnswerCancellation, CancelOrder, ParcelLine
from workflows.refund import messages

CRACK = {"problem": "damaged", "text": "It has a crack."}


async def report(buyer: AsyncClient, order: PaidOrder, **changes: Any) -> Any:
    return await buyer.post(f"/api/v1/orders/{order.id}/refund-requests", json={**CRACK, **changes})


async def test_cancelling_is_one_update_for_the_lines_that_were_named(
    buyer: AsyncClient, order: PaidOrder, process: Process, refunds: Refunds
) -> None:
    (mug,) = order.pieces
    lines = {"lines": [{"listing_id": mug, "quantity": 1}]}
    for _ in range(2):
        assert (await buyer.post(f"/api/v1/orders/{order.id}/cancellation", json=lines)).status_code == 200
    assert len({sent.update_id for sent in process.sent}) == 1
    assert process.sent[0].message == CancelOrder(order.buyer_id, (ParcelLine(mug, 1),))
    assert (await buyer.post(f"/api/v1/orders/{order.id}/cancellation", json={})).status_code == 200
    assert process.sent[-1].message == CancelOrder(order.buyer_id)
    twice = {"lines": lines["lines"] * 2}
    assert (await buyer.post(f"/api/v1/orders/{order.id}/cancellation", json=twice)).status_code == 422


async def test_the_artisan_answers_a_cancellation(
    keeper: AsyncClient, order: PaidOrder, process: Process, refunds: Refunds
) -> None:
    await process.stands("making", "order_accepted")
    await process.stands("making", "cancellation_asked", then="cancellation_counts")
    assert (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()["desk"]["can_answer_cancellation"]
    path = f"/api/v1/shop/orders/{order.id}/cancellation/answer"
    assert (await keeper.post(path, json={"agree": True, "restock": True})).status_code == 200
    assert process.sent[0].message == AnswerCancellation(process.sent[0].message.actor_id, True, True)
    await process.stands("making", "cancellation_refused")
    assert not (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()["desk"]["can_answer_cancellation"]


@pytest.mark.usefixtures("arrived")
async def test_a_report_is_stored_before_its_process_begins(
    buyer: AsyncClient, keeper: AsyncClient, order: PaidOrder, refunds: Refunds
) -> None:
    answer = await report(buyer, order)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["asked"]["minor"], told["status"], told["can_answer"]) == (order.total_minor, "awaiting_answer", True)
    (start,) = refunds.started
    assert (start.request_id, start.asked_minor, start.kind) == (told["id"], order.total_minor, "problem")
    assert "crack" not in repr(start)
    seen = (await keeper.get(f"/api/v1/shop/orders/{order.id}/refund-requests")).json()
    assert [note["text"] for note in seen[0]["notes"]] == ["It has a crack."]
    again = await report(buyer, order)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "request_open")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("again", "repeated"),
    [
        (("damaged", "refund_denied"), True),
        (("damaged", "request_lapsed"), True),
        (("not_as_described", "refund_denied"), True),
        (("not_as_described", "refusal_accepted"), False),
    ],
)
async def test_a_second_report_about_the_same_piece_is_finances(
    buyer: AsyncClient, order: PaidOrder, refunds: Refunds, again: tuple[str, str], repeated: bool
) -> None:
    problem, outcome = again
    first = (await report(buyer, order)).json()["id"]
    async with refunds.database.transaction() as session:
        await refund_requests.record(session, first, outcome=outcome, closed_at=clock.now())
    assert (await report(buyer, order, problem=problem)).status_code == 201
    assert [start.repeated for start in refunds.started] == [False, repeated]


@pytest.mark.usefixtures("arrived")
async def test_a_report_whose_process_did_not_begin_is_begun_by_the_next_try(
    buyer: AsyncClient, order: PaidOrder, refunds: Refunds
) -> None:
    refunds.fails = [Unavailable("Temporal is away.")]
    assert (await report(buyer, order)).status_code == 503
    again = await report(buyer, order)
    assert (again.status_code, len(refunds.started)) == (201, 1)


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount_minor": 0}, 422),
        ({"amount_minor": -5}, 422),
        ({"amount_minor": 12.5}, 422),
        ({"amount_minor": 10**15}, 422),
        ({"amount_minor": 1_000_000}, 422),
        ({"lines": [{"listing_id": "lst_01m82arb4r9g175mxefkny3m85", "quantity": 1}]}, 422),
        ({"problem": "ugly"}, 422),
        ({"text": "  "}, 422),
        ({"surprise": 1}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    buyer: AsyncClient, order: PaidOrder, refunds: Refunds, changes: dict[str, Any], status: int
) -> None:
    answer = await report(buyer, order, **changes)
    assert (answer.status_code, refunds.started) == (status, [])


async def test_nothing_can_be_wrong_with_what_was_not_sent(
    buyer: AsyncClient, order: PaidOrder, refunds: Refunds
) -> None:
    answer = await report(buyer, order)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_now")


@pytest.mark.usefixtures("arrived")
async def test_what_was_refunded_can_not_be_asked_for_again(
    buyer: AsyncClient, order: PaidOrder, database: Database, refunds: Refunds
) -> None:
    async with database.transaction() as session:
        await stored.reserve(session, order.id, "op", Wanted(order.pieces), reason="lost")
    assert (await report(buyer, order)).status_code == 422


@pytest.mark.usefixtures("arrived")
async def test_others_find_neither_order_nor_request(
    stranger: AsyncClient, buyer: AsyncClient, order: PaidOrder
) -> None:
    request = (await report(buyer, order)).json()["id"]
    for path in ("", f"/{request}/accept", f"/{request}/send-back"):
        answer = await stranger.post(f"/api/v1/orders/{order.id}/refund-requests{path}", json=CRACK if not path else {})
        assert answer.status_code == 404


@pytest.mark.usefixtures("arrived")
async def test_an_answer_is_written_down_and_taken_back_when_it_comes_too_late(
    buyer: AsyncClient, keeper: AsyncClient, order: PaidOrder, process: Process, database: Database
) -> None:
    request = (await report(buyer, order)).json()["id"]
    path = f"/api/v1/shop/orders/{order.id}/refund-requests/{request}/answer"
    for wrong in ({"answer": "refuse"}, {"answer": "refuse", "text": "No.", "amount_minor": 5}, {"answer": "maybe"}):
        assert (await keeper.post(path, json=wrong)).status_code == 422
    over = {"answer": "refund", "amount_minor": order.total_minor + 1}
    assert (await keeper.post(path, json=over)).status_code == 422
    assert (await keeper.post(path, json={"answer": "refund", "amount_minor": 500, "text": "Half."})).status_code == 200
    assert process.sent[-1].message.offer_minor == 500
    process.refuses = NotNow("answered meanwhile")
    assert (await keeper.post(path, json={"answer": "refuse", "text": "Not at all."})).status_code == 409
    async with database.transaction() as session:
        notes = await session.scalars(select(RefundNote.text).where(RefundNote.step == "answered"))
        assert list(notes) == ["Half."]


@pytest.mark.usefixtures("arrived")
async def test_finance_sees_what_waits_and_decides_with_a_reason(
    buyer: AsyncClient, finance: AsyncClient, order: PaidOrder, refunds: Refunds, database: Database
) -> None:
    process = refunds.process
    request = (await report(buyer, order)).json()["id"]
    assert (await finance.get("/api/v1/admin/refund-requests")).json()["items"] == []
    await refunds.stands(request, RefundStatus.IN_REVIEW, "finance_asked", Party.ADMINISTRATOR, 2)
    (waiting,) = (await finance.get("/api/v1/admin/refund-requests")).json()["items"]
    assert waiting["can_decide"]
    path = f"/api/v1/admin/refund-requests/{request}/decision"
    assert (await finance.post(path, json={"decision": "refund"})).status_code == 422
    given = {"decision": "refund", "amount_minor": 700, "reason": "The pictures show it."}
    assert (await finance.post(path, json=given)).status_code == 200
    assert process.sent[-1].message == messages.DecideRequest(process.sent[-1].message.actor_id, 700, False)
    async with database.transaction() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.refund_decided"))
        (entry,) = entries.all()
    assert entry.details == {"request": request, "grant_minor": 700, "currency": "USD"}
    assert (await buyer.post(path, json=given)).status_code == 403


@pytest.mark.usefixtures("arrived")
async def test_the_buyer_chooses_between_the_answer_and_finance(
    buyer: AsyncClient, order: PaidOrder, refunds: Refunds
) -> None:
    request = (await report(buyer, order)).json()["id"]
    view = (await buyer.get(f"/api/v1/orders/{order.id}")).json()
    assert (view["can_report"], view["can_cancel"]) == (True, False)
    await refunds.stands(request, RefundStatus.OFFERED, "refund_offered", Party.CUSTOMER, 2)
    (told,) = (await buyer.get(f"/api/v1/orders/{order.id}/refund-requests")).json()
    assert (told["can_choose"], told["can_answer"]) == (True, False)
    for name, body in (("accept", {}), ("ask-finance", {"text": "It is broken."})):
        assert (await buyer.post(f"/api/v1/orders/{order.id}/refund-requests/{request}/{name}", json=body)).is_success
    sent = [type(sent.message) for sent in refunds.process.sent[-2:]]
    assert sent == [messages.AcceptAnswer, messages.AskFinance]
