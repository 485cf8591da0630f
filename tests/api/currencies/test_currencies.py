"""Choosing a currency, seeing prices in it, asking prices in it, and paying a mixed cart in it."""

import re
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient

from core import clock
from core.database import Database
from models.rules.money import step_of
from tests.api.conftest import open_client, signed_in
from tests.support.currencies import ask_price, publish_rates
from tests.support.marketplace import Piece, TestShop, add_listing, add_person, add_shop

LINES = "/api/v1/cart/lines"
HTML = {"accept": "text/html"}


@pytest.fixture
async def rates(database: Database) -> None:
    async with database.transaction() as session:
        await publish_rates(session)


@pytest.fixture
async def scarf(database: Database) -> str:
    """A scarf at EUR 90.00 of weavers who keep euros."""
    async with database.transaction() as session:
        weavers = await add_shop(session, name="Weavers", currency="EUR")
        return await add_listing(session, weavers, Piece(title="Indigo scarf", price_minor=9_000))


@pytest.mark.parametrize(
    ("currency", "price", "asked"),
    [("JPY", "¥7,600", "$48.00"), ("KWD", "KWD15.000", "$48.00"), ("EUR", "€44.30", "$48.00"), ("USD", "$48.00", None)],
)
@pytest.mark.usefixtures("rates")
async def test_a_price_is_shown_in_whatever_is_asked_for(
    client: AsyncClient, listing_id: str, currency: str, price: str, asked: str | None
) -> None:
    piece = (await client.get(f"/api/v1/listings/{listing_id}", params={"show_in": currency})).json()
    assert piece["price"]["text"] == price
    assert (piece["asked"] or {}).get("text") == asked
    assert piece["shipping"]["home_first"]["currency"] == currency
    assert piece["shipping"]["home_first"]["minor"] % step_of(currency) == 0
    page = (await client.get("/api/v1/listings", params={"show_in": currency})).json()
    assert [card["price"]["text"] for card in page["items"]] == [price]


@pytest.mark.usefixtures("rates")
async def test_an_artisans_own_price_is_shown_as_it_is(
    client: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        await ask_price(session, listing_id, "KWD", 14_900)
    piece = (await client.get(f"/api/v1/listings/{listing_id}?show_in=KWD")).json()
    assert (piece["price"]["text"], piece["asked"]) == ("KWD14.900", None)


async def test_without_a_rate_the_shops_own_price_is_shown(client: AsyncClient, listing_id: str) -> None:
    piece = (await client.get(f"/api/v1/listings/{listing_id}?show_in=EUR")).json()
    assert (piece["price"]["text"], piece["asked"]) == ("$48.00", None)
    known = {one["code"]: one for one in (await client.get("/api/v1/currencies")).json()}
    assert known["EUR"]["from_currencies"] == []
    assert (known["JPY"]["decimals"], known["KWD"]["decimals"], known["KWD"]["step_minor"]) == (0, 3, 10)


@pytest.mark.parametrize("wrong", ["XXX", "usd", "EURO", ""])
async def test_a_currency_that_we_do_not_deal_in_is_refused(client: AsyncClient, listing_id: str, wrong: str) -> None:
    for answer in (
        await client.get(f"/api/v1/listings/{listing_id}", params={"show_in": wrong or "12"}),
        await client.put("/api/v1/currency", json={"currency": wrong}),
    ):
        assert answer.status_code == 422, answer.text


@pytest.mark.usefixtures("rates")
async def test_pieces_of_two_currencies_are_one_sum_in_the_chosen_one(
    buyer: AsyncClient, listing_id: str, scarf: str
) -> None:
    assert (await buyer.put("/api/v1/currency", json={"currency": "JPY"})).json() == {"currency": "JPY"}
    await buyer.post(LINES, json={"listing_id": listing_id, "quantity": 2})
    cart = (await buyer.post(LINES, json={"listing_id": scarf})).json()
    assert cart["currency"] == "JPY"
    assert [line["unit_price"]["text"] for shop in cart["shops"] for line in shop["lines"]] == ["¥7,600", "¥15,700"]
    assert cart["items"]["minor"] == 2 * 7_600 + 15_700
    assert cart["problems"] == []
    dinars = await buyer.put("/api/v1/currency", json={"currency": "KWD"})
    assert dinars.status_code == 200
    cart = (await buyer.get("/api/v1/cart")).json()
    assert cart["items"]["text"].startswith("KWD")
    assert cart["items"]["minor"] % 10 == 0
    assert cart["problems"] == [], "a choice of one's own is no change of price"


@pytest.mark.usefixtures("rates")
async def test_without_a_choice_the_cart_is_paid_as_its_first_piece_is_priced(
    buyer: AsyncClient, listing_id: str, scarf: str
) -> None:
    await buyer.post(LINES, json={"listing_id": scarf})
    cart = (await buyer.post(LINES, json={"listing_id": listing_id})).json()
    assert cart["currency"] == "EUR"
    assert cart["shops"][1]["lines"][0]["asked"]["text"] == "$48.00"


async def test_without_a_rate_a_second_currency_does_not_get_in(
    buyer: AsyncClient, listing_id: str, scarf: str
) -> None:
    await buyer.post(LINES, json={"listing_id": listing_id})
    answer = await buyer.post(LINES, json={"listing_id": scarf})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "currency_mismatch")
    assert "no exchange rate" in answer.json()["error"]["message"]


async def test_when_the_rates_end_the_cart_says_so(
    buyer: AsyncClient, database: Database, listing_id: str, scarf: str
) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=25, minutes=30), tick=False):
        async with database.transaction() as session:
            await publish_rates(session)
    await buyer.post(LINES, json={"listing_id": listing_id})
    assert (await buyer.post(LINES, json={"listing_id": scarf})).json()["problems"] == []
    with time_machine.travel(clock.now() + timedelta(minutes=40), tick=False):
        cart = (await buyer.get("/api/v1/cart")).json()
        assert [problem["code"] for problem in cart["problems"]] == ["no_rate"]
        assert cart["items"] is None
        page = await buyer.get("/cart", headers=HTML)
        assert page.status_code == 200
        assert "There is no exchange rate for “Indigo scarf” now" in page.text


@pytest.mark.usefixtures("rates")
async def test_a_choice_goes_with_the_account(app: FastAPI, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await (await signed_in(app, email)).put("/api/v1/currency", json={"currency": "GBP"})
    elsewhere = await signed_in(app, email)
    cart = (await elsewhere.post(LINES, json={"listing_id": listing_id})).json()
    assert cart["currency"] == "GBP"
    await elsewhere.put("/api/v1/currency", json={"currency": None})
    assert (await elsewhere.get("/api/v1/cart")).json()["currency"] == "USD"


@pytest.mark.usefixtures("rates")
async def test_a_browser_without_script_chooses_at_the_foot_of_the_page(app: FastAPI, listing_id: str) -> None:
    browser = open_client(app, **HTML)
    page = await browser.get("/search")
    assert 'action="/currency"' in page.text
    back = await browser.post(
        "/currency", data={"currency": "JPY"}, headers={"referer": "http://shop.example/search?sort=newest"}
    )
    assert (back.status_code, back.headers["location"]) == (303, "/search?sort=newest")
    shown = await browser.get("/search?sort=newest")
    assert "¥7,600" in shown.text
    assert "$48.00" not in shown.text
    piece = await browser.get(f"/l/{listing_id}/speckled-mug")
    assert "Its maker asks $48.00. You pay ¥7,600" in piece.text
    assert re.search(r'<option value="JPY" selected>', piece.text)
    await browser.post("/cart/add", data={"listing_id": listing_id, "quantity": "2"})
    cart = await browser.get("/cart")
    assert "¥15,200" in cart.text
    missing = await browser.get("/nothing/here")
    assert missing.status_code == 404
    assert re.search(r'<option value="JPY" selected>', missing.text)


@pytest.mark.parametrize("referer", ["https://evil.example/x", "//evil.example", "http://shop.example//evil", "\\"])
async def test_the_way_back_never_leads_elsewhere(app: FastAPI, referer: str) -> None:
    back = await open_client(app, **HTML).post("/currency", data={"currency": ""}, headers={"referer": referer})
    assert back.status_code == 303
    assert re.fullmatch(r"/[^/\\].*|/", back.headers["location"])


@pytest.mark.usefixtures("rates", "listing_id", "scarf")
@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"sort": "price_up"}, ["Yen bowl", "Dinar box", "Speckled mug", "Indigo scarf"]),
        ({"sort": "price_down", "per_page": "2"}, ["Indigo scarf", "Speckled mug"]),
        ({"sort": "price_up", "price_min": "5000"}, ["Dinar box", "Speckled mug", "Indigo scarf"]),
        ({"sort": "price_up", "price_max": "7600"}, ["Yen bowl", "Dinar box", "Speckled mug"]),
        ({"q": "mug scarf OR bowl", "sort": "price_up", "price_max": "4000"}, ["Yen bowl"]),
        ({"sort": "newest", "price_min": "15000"}, ["Indigo scarf"]),
        ({"sort": "price_up", "page": "2", "per_page": "4"}, []),
        ({"sort": "price_up", "page": "2", "per_page": "4", "price_min": "5000"}, []),
    ],
)
async def test_prices_of_all_currencies_are_compared_in_the_one_that_is_shown(
    client: AsyncClient, database: Database, asked: dict[str, str], titles: list[str]
) -> None:
    """In yen: a bowl of 3,000, a box worth about 6,000, the mug about 7,500, the scarf about 15,700."""
    async with database.transaction() as session:
        for title, currency, minor in (("Yen bowl", "JPY", 3_000), ("Dinar box", "KWD", 11_600)):
            shop = await add_shop(session, name=f"{title}s", currency=currency)
            await add_listing(session, shop, Piece(title=title, price_minor=minor))
    page = (await client.get("/api/v1/listings", params={"show_in": "JPY", **asked})).json()
    assert [card["title"] for card in page["items"]] == titles
    shown = [card["price"]["minor"] for card in page["items"]]
    if asked["sort"] == "price_up":
        assert shown == sorted(shown)


class TestPriceLists:
    """What an artisan asks in other currencies."""

    @pytest.mark.usefixtures("rates")
    async def test_prices_are_set_replaced_and_taken_back(
        self, app: FastAPI, shop: TestShop, listing_id: str, client: AsyncClient
    ) -> None:
        desk, path = await signed_in(app, shop.owner_email), f"/api/v1/shop/listings/{listing_id}/prices"
        answer = await desk.put(path, json={"prices": {"JPY": 7_000, "KWD": 14_900}})
        assert answer.status_code == 200, answer.text
        own = {price["currency"]: price["own"] for price in answer.json()["prices"]}
        assert (own["JPY"]["text"], own["KWD"]["text"], own["EUR"]) == ("¥7,000", "KWD14.900", None)
        assert all(price["converted"] for price in answer.json()["prices"])
        assert (await client.get(f"/api/v1/listings/{listing_id}?show_in=JPY")).json()["price"]["minor"] == 7_000
        await desk.put(path, json={"prices": {"JPY": 7_100}})
        again = (await desk.get(f"/api/v1/shop/listings/{listing_id}")).json()["prices"]
        assert {price["currency"] for price in again if price["own"]} == {"JPY"}

    @pytest.mark.parametrize(
        ("prices", "says"),
        [
            ({"KWD": 14_905}, "steps of 0.010"),
            ({"USD": 4_900}, "own price"),
            ({"CHF": 4_900}, "Choose one of"),
            ({"JPY": 0}, ""),
            ({"JPY": -5}, ""),
            ({"JPY": 70.5}, ""),
            ({"JPY": 10**12}, ""),
        ],
    )
    async def test_what_is_no_price_is_refused(
        self, app: FastAPI, shop: TestShop, listing_id: str, prices: dict[str, object], says: str
    ) -> None:
        desk = await signed_in(app, shop.owner_email)
        answer = await desk.put(f"/api/v1/shop/listings/{listing_id}/prices", json={"prices": prices})
        assert answer.status_code == 422
        assert says in answer.text

    async def test_a_shop_that_keeps_dinars_prices_in_steps_that_a_card_carries(
        self, app: FastAPI, database: Database
    ) -> None:
        async with database.transaction() as session:
            shop = await add_shop(session, currency="KWD")
            listing_id = await add_listing(session, shop, Piece(price_minor=5_120))
        desk = await signed_in(app, shop.owner_email)
        path = f"/api/v1/shop/listings/{listing_id}"
        assert "steps of 0.010" in (await desk.patch(path, json={"price_minor": 5_124})).text
        assert (await desk.patch(path, json={"price_minor": 5_130})).status_code == 200

    @pytest.mark.usefixtures("rates")
    async def test_a_changed_price_of_ones_own_currency_is_shown_before_it_is_paid(
        self, app: FastAPI, shop: TestShop, listing_id: str, buyer: AsyncClient
    ) -> None:
        desk, path = await signed_in(app, shop.owner_email), f"/api/v1/shop/listings/{listing_id}/prices"
        await buyer.put("/api/v1/currency", json={"currency": "JPY"})
        await buyer.post(LINES, json={"listing_id": listing_id})
        await desk.put(path, json={"prices": {"JPY": 8_000}})
        cart = (await buyer.get("/api/v1/cart")).json()
        assert [problem["message"] for problem in cart["problems"]] == [
            "“Speckled mug” now costs ¥8,000 instead of ¥7,600. Accept the new price to go on."
        ]
        assert (await buyer.post("/api/v1/cart/accept-prices")).json()["problems"] == []
        await desk.put(path, json={"prices": {"EUR": 4_500}})
        cart = (await buyer.get("/api/v1/cart")).json()
        assert [problem["code"] for problem in cart["problems"]] == ["price_changed"], "it is converted again"
