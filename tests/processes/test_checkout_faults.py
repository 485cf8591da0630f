"""A purchase while the partners misbehave, or the clock runs out: nobody is charged twice or for nothing."""

from datetime import timedelta
from typing import Any

import pytest

from models.tables.selling import Cart
from tests.support.running import Buyer, Market
from workflows.checkout import messages
from workflows.policies import CheckoutDeadlines

LOST = {"webhook_lost": 1.0}


def once(match: str, fault: str) -> dict[str, Any]:
    return {"once": [{"match": match, "fault": fault}], "timeout_seconds": 0.1}


async def test_a_lost_webhook_is_made_up_for_by_the_browser_that_comes_back(
    town: Market, buyer: Buyer, mug: str
) -> None:
    await town.faults(rates=LOST)
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.come_back(placed["checkout_id"])
    await buyer.until(placed["checkout_id"], "paid")


async def test_a_lost_webhook_and_a_lost_browser_are_made_up_for_by_the_timer(
    town: Market, buyer: Buyer, mug: str
) -> None:
    await town.faults(rates=LOST)
    cart = await buyer.fill({mug: 1})
    start = messages.CheckoutInput(
        cart["id"], cart["attempt"], buyer.id, deadlines=CheckoutDeadlines(ask_provider_after=timedelta(seconds=1))
    )
    placed = await town.parts.processes.place_checkout(start, messages.PlaceCheckout(buyer.address_id))
    await buyer.pay((await buyer.place())["redirect_url"])
    await buyer.until(placed.checkout_id, "paid")


async def test_webhooks_that_come_twice_and_out_of_order_make_one_sale(town: Market, buyer: Buyer, mug: str) -> None:
    await town.faults(rates={"webhook_doubled": 1.0, "webhook_shuffled": 1.0})
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    assert (await town.stats())["captured_per_reference"][placed["checkout_id"]] == 1
    assert await town.stock(mug) == [(4, 0)]


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
async def test_a_page_that_was_opened_without_an_answer_is_found_again(
    town: Market, buyer: Buyer, mug: str, fault: str
) -> None:
    await town.faults(**once("POST /v1/checkout/sessions", fault))
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    assert (await town.stats())["captured_per_reference"][placed["checkout_id"]] == 1


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
async def test_a_capture_without_an_answer_takes_the_money_once(
    town: Market, buyer: Buyer, mug: str, fault: str
) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await town.faults(**once("POST /v1/payment_intents/*/capture", fault))
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    stats = await town.stats()
    assert stats["captured_per_reference"][placed["checkout_id"]] == 1
    assert stats["captured_more_than_once"] == []


async def test_a_cancellation_without_an_answer_frees_the_stock_only_when_it_is_confirmed(
    town: Market, buyer: Buyer, scarf: str
) -> None:
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    await town.faults(**once("POST /v1/checkout/sessions/*/expire", "timeout_after_success"))
    answer = await buyer.http.post(f"/checkouts/{placed['checkout_id']}/abandon")
    assert answer.json()["status"] == "abandoned"
    assert await town.stock(scarf) == [(1, 0)]
    assert (await town.provider(f"checkout/sessions/{placed['payment_id']}"))["status"] == "expired"


@pytest.fixture
def hurry(town: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkouts that start now may be paid for two seconds long."""
    monkeypatch.setattr(town.parts.settings, "checkout_pay_within_seconds", 2)


@pytest.mark.usefixtures("hurry")
async def test_time_runs_out_and_the_next_attempt_succeeds(town: Market, buyer: Buyer, scarf: str) -> None:
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    view = await buyer.until(placed["checkout_id"], "expired")
    assert view["timeline"][-1]["what"] == "checkout_expired"
    assert (view["can_pay"], view["orders"]) == (False, [])
    assert await town.stock(scarf) == [(1, 0)]
    assert (await town.provider(f"checkout/sessions/{placed['payment_id']}"))["status"] == "expired"
    late = await buyer.pages.post(placed["redirect_url"], data={"cardnumber": "4242424242424242"})
    assert late.status_code == 410

    again = await buyer.place()
    assert again["checkout_id"].endswith("-2")
    await buyer.pay(again["redirect_url"])
    await buyer.come_back(again["checkout_id"])
    await buyer.until(again["checkout_id"], "paid")
    assert await town.stock(scarf) == [(0, 0)]


@pytest.mark.usefixtures("hurry")
async def test_a_payment_that_nobody_heard_of_until_time_ran_out_has_bought_the_piece(
    town: Market, buyer: Buyer, scarf: str
) -> None:
    await town.faults(rates=LOST)
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid", "expired")
    assert (await buyer.look(placed["checkout_id"]))["status"] == "paid"
    assert await town.stock(scarf) == [(0, 0)]
    assert (await town.stats())["captured_per_reference"][placed["checkout_id"]] == 1


async def test_giving_up_after_paying_answers_that_it_is_paid(town: Market, buyer: Buyer, scarf: str) -> None:
    await town.faults(rates=LOST)
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    answer = await buyer.http.post(f"/checkouts/{placed['checkout_id']}/abandon")
    assert (answer.status_code, answer.json()["status"]) == (200, "paid")
    assert await town.stock(scarf) == [(0, 0)]
    async with town.database.transaction() as session:
        cart = await session.get_one(Cart, placed["checkout_id"].removeprefix("checkout-").removesuffix("-1"))
    assert cart.status == "ordered"
