"""A purchase over HTTP, from the click to the orders, on real servers."""

import asyncio

import httpx
import pytest
from sqlalchemy import select

from models.rules.bookkeeping import AccountKind
from models.rules.money import chargeable
from models.tables.currencies import CheckoutExchange
from models.tables.ledger import Account, Entry, Posting
from models.tables.orders import Order
from models.tables.selling import Payment
from tests.support.currencies import publish_rates
from tests.support.marketplace import Piece, add_listing, add_shop
from tests.support.running import THREE_DS_CARD, Buyer, Market, patiently

DECLINED_CARD = "4000 0000 0000 0002"


async def test_buying_from_two_shops(town: Market, buyer: Buyer, mug: str, scarf: str) -> None:
    cart = await buyer.fill({mug: 2, scarf: 1})
    assert cart["items"]["minor"] == 18_600
    preview = (await buyer.http.get("/checkouts/preview", params={"address_id": buyer.address_id})).json()
    assert preview["total"] == {"minor": 20_800, "currency": "USD", "text": "$208.00"}

    placed = await buyer.place(expected_total_minor=20_800)
    checkout_id = placed["checkout_id"]
    assert placed["total"]["minor"] == 20_800
    assert placed["redirect_url"].startswith(town.sandbox.url)
    assert await town.stock(mug, scarf) == [(5, 2), (1, 1)]

    paid = await buyer.pay(placed["redirect_url"])
    assert paid.status_code == 303
    assert paid.headers["location"] == f"{town.url}/checkout/{checkout_id}/return"
    await buyer.come_back(checkout_id)
    view = await buyer.until(checkout_id, "paid")
    assert (view["is_final"], view["can_pay"], view["waiting_on"]) == (True, False, "nobody")
    assert [line["what"] for line in view["timeline"]] == ["checkout_placed", "payment_authorised", "checkout_paid"]
    assert len(view["orders"]) == 2
    assert await town.stock(mug, scarf) == [(3, 0), (0, 0)]

    stats = await town.stats()
    assert stats["captured_per_reference"][checkout_id] == 1
    async with town.database.transaction() as session:
        payment = await session.get_one(Payment, checkout_id)
        orders = (await session.scalars(select(Order).where(Order.checkout_id == checkout_id))).all()
        booked = (
            await session.execute(
                select(Account.kind, Entry.amount_minor)
                .join(Account, Account.id == Entry.account_id)
                .join(Posting, Posting.id == Entry.posting_id)
                .where(Posting.reference == checkout_id)
            )
        ).all()
    settled = await town.provider(f"balance_transactions/{payment.balance_transaction_id}")
    assert (settled["amount"], settled["currency"]) == (20_800, "usd")
    owed = sum(minor for kind, minor in booked if kind == AccountKind.PROVIDER_PENDING)
    assert owed == settled["net"] == 20_800 - settled["fee"]
    assert sum(minor for _, minor in booked) == 0
    assert sum(order.total_minor for order in orders) == 20_800

    await patiently(lambda: mailed(town, buyer, "order_confirmed"))
    empty = (await buyer.http.get("/cart")).json()
    assert (empty["count"], empty["status"]) == (0, "open")


async def mailed(town: Market, buyer: Buyer, kind: str) -> bool:
    return kind in await town.mails_to(buyer.email)


async def test_the_browser_never_comes_back_and_the_order_happens_anyway(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    assert len((await buyer.until(placed["checkout_id"], "paid"))["orders"]) == 1


async def test_a_double_click_and_five_tabs_are_one_payment(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 2})
    before = await town.sessions()
    answers = await asyncio.gather(*(buyer.try_to_place() for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert await town.sessions() == before + 1
    assert await town.stock(mug) == [(5, 2)]
    cart = (await buyer.http.get("/cart")).json()
    assert (cart["status"], cart["checkout_id"]) == ("checking_out", answers[0].json()["checkout_id"])


async def test_an_idempotency_key_replays_the_answer(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    first = await buyer.try_to_place(key="click-1")
    again = await buyer.try_to_place(key="click-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = await buyer.try_to_place(key="click-1", expected_total_minor=1)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")


async def test_one_key_sent_many_times_at_once_is_one_request(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    answers = await asyncio.gather(*(buyer.try_to_place(key="click-1") for _ in range(5)))
    done = [answer.json() for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code != 201]
    assert done
    assert all(answer == done[0] for answer in done)
    assert all(answer.json()["error"]["code"] == "idempotency_key_in_progress" for answer in waiting)
    assert all(answer.status_code == 409 and answer.headers["retry-after"] == "1" for answer in waiting)
    assert await town.stock(mug) == [(5, 1)]


async def test_a_declined_card_leaves_the_page_open_for_another(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    declined = await buyer.pay(placed["redirect_url"], DECLINED_CARD)
    assert declined.status_code == 402
    assert "Your card was declined." in declined.text

    async def told() -> list[str]:
        line = [one["what"] for one in (await buyer.look(placed["checkout_id"]))["timeline"]]
        return line if "payment_declined" in line else []

    assert await patiently(told) == ["checkout_placed", "payment_declined"]
    assert await town.stock(mug) == [(5, 1)]
    assert (await buyer.pay(placed["redirect_url"])).status_code == 303
    view = await buyer.until(placed["checkout_id"], "paid")
    assert [line["what"] for line in view["timeline"]][-2:] == ["payment_authorised", "checkout_paid"]


async def authenticate(buyer: Buyer, challenge: httpx.Response, answer: str) -> httpx.Response:
    """What the buyer answers on their bank's page."""
    assert challenge.status_code == 303
    url = str(challenge.request.url.join(challenge.headers["location"]))
    assert "Confirm that it is you" in (await buyer.pages.get(url)).text
    return await buyer.pages.post(url, data={"answer": answer})


async def test_a_bank_that_asks_the_buyer_and_gets_an_answer(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    challenge = await buyer.pay(placed["redirect_url"], THREE_DS_CARD)
    assert (await buyer.look(placed["checkout_id"]))["status"] == "awaiting_payment"
    done = await authenticate(buyer, challenge, "complete")
    assert done.headers["location"].startswith(town.url)
    await buyer.until(placed["checkout_id"], "paid")


async def test_a_bank_that_asks_in_vain_charges_nothing(town: Market, buyer: Buyer, mug: str) -> None:
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    failed = await authenticate(buyer, await buyer.pay(placed["redirect_url"], THREE_DS_CARD), "fail")
    assert failed.status_code == 402
    await buyer.come_back(placed["checkout_id"])
    assert (await buyer.look(placed["checkout_id"]))["status"] == "awaiting_payment"
    assert placed["checkout_id"] not in (await town.stats())["captured_per_reference"]
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")


async def test_the_buyer_takes_the_cart_back_and_buys_it_after_all(town: Market, buyer: Buyer, scarf: str) -> None:
    await buyer.fill({scarf: 1})
    placed = await buyer.place()
    answer = await buyer.http.post(f"/checkouts/{placed['checkout_id']}/abandon")
    assert (answer.status_code, answer.json()["status"]) == (200, "abandoned")
    assert await town.stock(scarf) == [(1, 0)]
    closed = await buyer.pages.get(placed["redirect_url"])
    assert "This payment page has expired" in closed.text
    assert (await buyer.http.get("/cart")).json()["status"] == "open"

    again = await buyer.place()
    assert again["checkout_id"] != placed["checkout_id"]
    await buyer.pay(again["redirect_url"])
    await buyer.until(again["checkout_id"], "paid")
    assert (await buyer.look(placed["checkout_id"]))["status"] == "abandoned"


async def test_the_last_piece_goes_to_one_of_two_buyers(town: Market, buyer: Buyer, scarf: str) -> None:
    rival = await town.buyer()
    for one in (buyer, rival):
        await one.fill({scarf: 1})
    answers = await asyncio.gather(buyer.try_to_place(), rival.try_to_place())
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer.json()["error"] for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["details"]) == ("out_of_stock", {"left": {scarf: 0}})
    assert await town.stock(scarf) == [(1, 1)]


@pytest.mark.parametrize(("currency", "price"), [("EUR", 4_800), ("JPY", 6_000), ("KWD", 14_250)])
async def test_a_foreign_currency_is_charged_as_it_is(town: Market, buyer: Buyer, currency: str, price: int) -> None:
    async with town.database.transaction() as session:
        shop = await add_shop(session, name=f"Shop {currency}", currency=currency)
        listing_id = await add_listing(session, shop, Piece(price_minor=price))
    await buyer.fill({listing_id: 1})
    placed = await buyer.place()
    tax = chargeable(price * 4 // 100, currency) + chargeable(600 * 4 // 100, currency)
    assert (placed["total"]["currency"], placed["total"]["minor"]) == (currency, price + 600 + tax)
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    async with town.database.transaction() as session:
        payment = await session.get_one(Payment, placed["checkout_id"])
    settled = await town.provider(f"balance_transactions/{payment.balance_transaction_id}")
    assert (settled["currency"], settled["amount"]) == (currency.lower(), placed["total"]["minor"])


async def test_shops_of_two_currencies_are_one_charge_in_the_buyers(town: Market, buyer: Buyer, mug: str) -> None:
    async with town.database.transaction() as session:
        await publish_rates(session)
        weavers = await add_shop(session, name="Weavers of Lyon", currency="EUR")
        scarf = await add_listing(session, weavers, Piece(title="Lyon scarf", price_minor=9_000))
    town.parts.rates.forget()
    assert (await buyer.http.put("/currency", json={"currency": "JPY"})).status_code == 200
    cart = await buyer.fill({mug: 1, scarf: 1})
    assert (cart["currency"], cart["items"]["text"]) == ("JPY", "¥23,300")
    preview = (await buyer.http.get("/checkouts/preview", params={"address_id": buyer.address_id})).json()
    refused = await buyer.try_to_place(expected_total_minor=preview["total"]["minor"] + 1)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "price_changed")
    placed = await buyer.place(expected_total_minor=preview["total"]["minor"])
    assert placed["total"] == preview["total"]
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    stats = await town.stats()
    assert stats["captured_per_reference"][placed["checkout_id"]] == 1
    async with town.database.transaction() as session:
        owed = await session.scalars(
            select(CheckoutExchange).where(CheckoutExchange.checkout_id == placed["checkout_id"])
        )
        assert {(row.currency, row.items_minor) for row in owed} == {("USD", 4_800), ("EUR", 9_000)}
