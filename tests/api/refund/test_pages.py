"""The pages around a refund in a browser without script: forms that were refused keep what was typed."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from models.types import Party, RefundStatus
from tests.api.conftest import open_client
from tests.api.refund.conftest import Refunds
from tests.api.web.test_pages import enter, token_of
from tests.support.marketplace import TestShop
from tests.support.orders import PaidOrder
from workflows.fulfillment.messages import CancelOrder
from workflows.refund.messages import AnswerRequest


async def browser_of(app: FastAPI, email: str) -> AsyncClient:
    browser = open_client(app, accept="text/html")
    await enter(browser, email)
    return browser


@pytest.mark.usefixtures("arrived")
async def test_a_problem_is_reported_and_answered_by_form(
    app: FastAPI, order: PaidOrder, shop: TestShop, refunds: Refunds
) -> None:
    buyer, maker = await browser_of(app, order.buyer_email), await browser_of(app, shop.owner_email)
    page = await buyer.get(f"/orders/{order.id}")
    assert "Report a problem" in page.text
    form = await buyer.get(f"/orders/{order.id}/problem")
    (mug,) = order.pieces
    typed = {"csrf_token": token_of(form), "text": "It has a crack.", f"take-{mug}": "9", "amount": "12.345"}
    refused = await buyer.post(f"/orders/{order.id}/problem", data=typed)
    assert refused.status_code == 422
    for words in ("It has a crack.", "Choose what is wrong.", "Name between 0 and 2 pieces.", "12.345"):
        assert words in refused.text
    good = {**typed, "problem": "damaged", f"take-{mug}": "1", "amount": "12.34"}
    sent = await buyer.post(f"/orders/{order.id}/problem", data=good)
    assert (sent.status_code, refunds.started[0].asked_minor) == (303, 1_234)
    request = refunds.started[0].request_id
    again = await buyer.post(f"/orders/{order.id}/problem", data=good)
    assert again.status_code == 409
    path = f"/studio/orders/{order.id}/requests/{request}"
    answer = await maker.get(path)
    assert "It has a crack." in answer.text
    offer = {"csrf_token": token_of(answer), "answer": "part", "amount": "", "text": "Sorry!"}
    refused = await maker.post(f"{path}/answer", data=offer)
    assert (refused.status_code, "Say how much." in refused.text, "Sorry!" in refused.text) == (422, True, True)
    assert (await maker.post(f"{path}/answer", data={**offer, "amount": "5"})).status_code == 303
    message = refunds.process.sent[-1].message
    assert isinstance(message, AnswerRequest)
    assert message.offer_minor == 500
    await refunds.stands(request, RefundStatus.OFFERED, "refund_offered", Party.CUSTOMER, 2)
    choice = await buyer.get(f"/orders/{order.id}/requests/{request}")
    assert "Sorry!" in choice.text
    data = {"csrf_token": token_of(choice)}
    refused = await buyer.post(f"/orders/{order.id}/requests/{request}/ask-finance", data=data)
    assert refused.status_code == 422
    assert (await buyer.post(f"/orders/{order.id}/requests/{request}/accept", data=data)).status_code == 303


async def test_two_clicks_on_one_page_cancel_once(app: FastAPI, order: PaidOrder, refunds: Refunds) -> None:
    buyer = await browser_of(app, order.buyer_email)
    form = await buyer.get(f"/orders/{order.id}/cancel")
    (mug,) = order.pieces
    seen = form.text.split('name="seen" value="')[1].split('"')[0]
    typed = {"csrf_token": token_of(form), "seen": seen, f"take-{mug}": "1"}
    assert (await buyer.post(f"/orders/{order.id}/cancel", data=typed)).status_code == 303
    await refunds.process.stands("awaiting_acceptance", "pieces_cancelled")
    assert (await buyer.post(f"/orders/{order.id}/cancel", data=typed)).status_code == 303
    assert [type(sent.message) for sent in refunds.process.sent] == [CancelOrder, CancelOrder]
    assert len({sent.update_id for sent in refunds.process.sent}) == 1
    nothing = await buyer.post(f"/orders/{order.id}/cancel", data={**typed, f"take-{mug}": "0"})
    assert (nothing.status_code, "Choose at least one piece." in nothing.text) == (422, True)
