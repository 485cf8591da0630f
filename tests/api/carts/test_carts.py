"""What a cart takes, refuses, and shows."""

import asyncio

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update

from core.database import Database
from models.tables.catalogue import Listing, Stock
from models.tables.selling import Cart, CartLine
from tests.api.conftest import open_client, signed_in
from tests.support.marketplace import PASSWORD, Piece, TestShop, add_listing, add_person, add_shop

LINES = "/api/v1/cart/lines"


async def _add(client: AsyncClient, listing_id: str, quantity: object = 1) -> dict[str, object]:
    answer = await client.post(LINES, json={"listing_id": listing_id, "quantity": quantity})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_an_empty_cart_costs_no_session(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/cart")
    assert answer.json() == {
        "id": None,
        "status": "open",
        "attempt": 1,
        "checkout_id": None,
        "currency": None,
        "shops": [],
        "items": None,
        "discount": None,
        "code": None,
        "count": 0,
        "problems": [],
    }
    assert "set-cookie" not in answer.headers


async def test_the_first_piece_gives_an_anonymous_browser_its_cookie(client: AsyncClient, listing_id: str) -> None:
    answer = await client.post(LINES, json={"listing_id": listing_id})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("artisan_session=")
    assert "HttpOnly; SameSite=Lax" in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/api/v1/cart")).json()["count"] == 1


async def test_a_cart_is_told_by_maker_with_sums(buyer: AsyncClient, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        mug = await add_listing(session, shop)
        bowl = await add_listing(session, shop, Piece(title="Bowl", price_minor=6_400))
        wood = await add_shop(session, name="Third Ridge")
        board = await add_listing(session, wood, Piece(title="Board", price_minor=9_500))
    await _add(buyer, mug)
    await _add(buyer, board)
    await _add(buyer, bowl)
    cart = await _add(buyer, mug, 2)
    told = [
        (group["shop"]["name"], group["items"]["minor"], group["shipping"]["minor"])
        for group in cart["shops"]  # type: ignore[attr-defined]  # JSON
    ]
    # Three mugs and a bowl go in one parcel: 6.00 and three times 2.00.
    assert told == [("Saltmarsh", 3 * 4_800 + 6_400, 1_200), ("Third Ridge", 9_500, 600)]
    assert cart["items"]["text"] == "$303.00"  # type: ignore[index]  # JSON
    assert (cart["count"], cart["currency"], cart["problems"]) == (5, "USD", [])


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 10**30, 1_000])
async def test_a_quantity_nobody_means_is_refused(buyer: AsyncClient, listing_id: str, quantity: int) -> None:
    await _add(buyer, listing_id)
    added = await buyer.post(LINES, json={"listing_id": listing_id, "quantity": quantity})
    changed = await buyer.patch(f"{LINES}/{listing_id}", json={"quantity": quantity})
    for answer in (added, changed):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
    assert (await buyer.get("/api/v1/cart")).json()["count"] == 1


@pytest.mark.parametrize("quantity", ["2", 1.5, True, None, [1]])
async def test_a_quantity_is_a_whole_number(buyer: AsyncClient, listing_id: str, quantity: object) -> None:
    answer = await buyer.post(LINES, json={"listing_id": listing_id, "quantity": quantity})
    assert answer.status_code == 422
    assert "quantity" in answer.json()["error"]["details"]["fields"]


async def test_more_than_there_is_is_refused_with_what_is_left(buyer: AsyncClient, listing_id: str) -> None:
    await _add(buyer, listing_id, 3)
    added = await buyer.post(LINES, json={"listing_id": listing_id, "quantity": 3})
    changed = await buyer.patch(f"{LINES}/{listing_id}", json={"quantity": 6})
    for answer in (added, changed):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "out_of_stock")
        assert answer.json()["error"]["details"]["available"] == 5
    assert (await buyer.patch(f"{LINES}/{listing_id}", json={"quantity": 5})).json()["count"] == 5


async def test_what_is_reserved_is_not_available(buyer: AsyncClient, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        held = await add_listing(session, shop, Piece(on_hand=1, reserved=1))
    answer = await buyer.post(LINES, json={"listing_id": held})
    assert (answer.status_code, answer.json()["error"]["details"]["available"]) == (409, 0)


async def test_unknown_withdrawn_and_unsayable_listings(buyer: AsyncClient, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        withdrawn = await add_listing(session, shop, Piece(status="withdrawn"))
    for listing_id in ("lst_unknown", withdrawn):
        answer = await buyer.post(LINES, json={"listing_id": listing_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert (await buyer.post(LINES, json={"listing_id": "lst\x00"})).status_code == 422
    assert (await buyer.patch(f"{LINES}/lst_unknown", json={"quantity": 1})).status_code == 404
    assert (await buyer.delete(f"{LINES}/lst_unknown")).status_code == 404


async def test_another_currency_is_refused(buyer: AsyncClient, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        canadian = await add_listing(session, await add_shop(session, currency="CAD"))
    await _add(buyer, listing_id)
    answer = await buyer.post(LINES, json={"listing_id": canadian})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "currency_mismatch")
    assert answer.json()["error"]["details"] == {"cart_currency": "USD", "listing_currency": "CAD"}


async def test_nobody_buys_their_own_work(keeper: AsyncClient, listing_id: str) -> None:
    answer = await keeper.post(LINES, json={"listing_id": listing_id})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


async def test_a_changed_price_is_shown_until_it_is_accepted(
    buyer: AsyncClient, database: Database, listing_id: str
) -> None:
    await _add(buyer, listing_id, 2)
    async with database.transaction() as session:
        await session.execute(update(Listing).where(Listing.id == listing_id).values(price_minor=5_200))
    cart = (await buyer.get("/api/v1/cart")).json()
    line = cart["shops"][0]["lines"][0]
    assert (line["unit_price"]["text"], line["price_changed_from"]["text"]) == ("$52.00", "$48.00")
    assert line["line_total"]["minor"] == 10_400
    assert [problem["code"] for problem in cart["problems"]] == ["price_changed"]
    for _ in range(2):
        accepted = (await buyer.post("/api/v1/cart/accept-prices")).json()
        assert accepted["problems"] == []
        assert accepted["shops"][0]["lines"][0]["price_changed_from"] is None


async def test_what_sold_out_meanwhile_is_a_problem_not_an_error(
    buyer: AsyncClient, database: Database, shop: TestShop, listing_id: str
) -> None:
    async with database.transaction() as session:
        bowl = await add_listing(session, shop, Piece(title="Bowl"))
        vase = await add_listing(session, shop, Piece(title="Vase"))
    for piece in (listing_id, bowl, vase):
        await _add(buyer, piece, 3)
    async with database.transaction() as session:
        await session.execute(update(Stock).where(Stock.listing_id == listing_id).values(on_hand=0))
        await session.execute(update(Stock).where(Stock.listing_id == bowl).values(on_hand=2))
        await session.execute(update(Listing).where(Listing.id == vase).values(status="withdrawn"))
    cart = (await buyer.get("/api/v1/cart")).json()
    assert [(problem["code"], problem["listing_id"]) for problem in cart["problems"]] == [
        ("sold_out", listing_id),
        ("short_stock", bowl),
        ("sold_out", vase),
    ]
    assert [line["sold_out"] for line in cart["shops"][0]["lines"]] == [True, False, True]
    for piece in (listing_id, bowl, vase):
        cart = (await buyer.delete(f"{LINES}/{piece}")).json()
    assert (cart["shops"], cart["problems"], cart["currency"]) == ([], [], None)


async def test_a_cart_being_paid_for_stands_still(buyer: AsyncClient, database: Database, listing_id: str) -> None:
    cart = await _add(buyer, listing_id)
    async with database.transaction() as session:
        await session.execute(update(Cart).values(status="checking_out", attempt=3))
    checkout = f"checkout-{cart['id']}-3"
    shown = (await buyer.get("/api/v1/cart")).json()
    assert (shown["status"], shown["attempt"], shown["checkout_id"]) == ("checking_out", 3, checkout)
    for answer in (
        await buyer.post(LINES, json={"listing_id": listing_id}),
        await buyer.patch(f"{LINES}/{listing_id}", json={"quantity": 2}),
        await buyer.delete(f"{LINES}/{listing_id}"),
        await buyer.post("/api/v1/cart/accept-prices"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "cart_not_open")
        assert answer.json()["error"]["details"]["checkout_id"] == checkout
    async with database.transaction() as session:
        await session.execute(update(Cart).values(status="ordered"))
    assert (await buyer.get("/api/v1/cart")).json()["count"] == 0
    assert (await _add(buyer, listing_id))["id"] != cart["id"]


async def test_clicks_at_once_add_up_and_share_one_cart(
    app: FastAPI, buyer: AsyncClient, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        mug = await add_listing(session, shop, Piece(on_hand=4))
    answers = await asyncio.gather(*(buyer.post(LINES, json={"listing_id": mug}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 2
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Cart)) == 1
        assert (await session.scalars(select(CartLine.quantity))).all() == [4]


async def test_people_do_not_see_each_others_carts(app: FastAPI, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        emails = [(await add_person(session))[1] for _ in range(2)]
    first, second = [await signed_in(app, email) for email in emails]
    await _add(first, listing_id)
    assert (await second.get("/api/v1/cart")).json()["count"] == 0


class TestTakingOverAtSignIn:
    async def _sign_in(self, browser: AsyncClient, email: str) -> AsyncClient:
        answer = await browser.post(
            "/api/v1/sessions",
            json={"email": email, "password": PASSWORD},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert answer.status_code == 201
        browser.cookies.clear()
        browser.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return browser

    async def test_an_anonymous_cart_becomes_the_persons(
        self, client: AsyncClient, database: Database, listing_id: str
    ) -> None:
        async with database.transaction() as session:
            _, email = await add_person(session)
        cart = await _add(client, listing_id, 2)
        client = await self._sign_in(client, email)
        taken = (await client.get("/api/v1/cart")).json()
        assert (taken["id"], taken["count"]) == (cart["id"], 2)

    async def test_two_carts_are_merged_up_to_what_there_is(
        self, app: FastAPI, client: AsyncClient, database: Database, shop: TestShop, listing_id: str
    ) -> None:
        async with database.transaction() as session:
            _, email = await add_person(session)
            bowl = await add_listing(session, shop, Piece(title="Bowl"))
        earlier = await signed_in(app, email)
        own = await _add(earlier, listing_id, 4)
        await _add(client, listing_id, 3)
        await _add(client_again(client), bowl)
        client = await self._sign_in(client, email)
        merged = (await client.get("/api/v1/cart")).json()
        assert merged["id"] == own["id"]
        assert {line["title"]: line["quantity"] for line in merged["shops"][0]["lines"]} == {
            "Speckled mug": 5,
            "Bowl": 1,
        }
        async with database.transaction() as session:
            assert await session.scalar(select(func.count()).select_from(Cart)) == 1

    async def test_ones_own_work_is_left_behind(
        self, client: AsyncClient, database: Database, shop: TestShop, listing_id: str
    ) -> None:
        async with database.transaction() as session:
            other = await add_listing(session, await add_shop(session, name="Other"), Piece(title="Board"))
        await _add(client, listing_id)
        await _add(client_again(client), other)
        client = await self._sign_in(client, shop.owner_email)
        cart = (await client.get("/api/v1/cart")).json()
        assert [line["title"] for group in cart["shops"] for line in group["lines"]] == ["Board"]

    async def test_it_waits_while_the_persons_cart_is_being_paid_for(
        self, app: FastAPI, client: AsyncClient, database: Database, shop: TestShop, listing_id: str
    ) -> None:
        async with database.transaction() as session:
            _, email = await add_person(session)
            bowl = await add_listing(session, shop, Piece(title="Bowl"))
        own = await _add(await signed_in(app, email), listing_id)
        async with database.transaction() as session:
            await session.execute(update(Cart).where(Cart.id == own["id"]).values(status="checking_out"))
        await _add(client, bowl)
        client = await self._sign_in(client, email)
        waiting = (await client.get("/api/v1/cart")).json()
        assert (waiting["id"], waiting["count"]) == (own["id"], 1)
        async with database.transaction() as session:
            await session.execute(update(Cart).where(Cart.id == own["id"]).values(status="ordered"))
        assert (await client.get("/api/v1/cart")).json()["count"] == 1
        assert [line["title"] for line in (await client.get("/api/v1/cart")).json()["shops"][0]["lines"]] == ["Bowl"]


def client_again(client: AsyncClient) -> AsyncClient:
    """The same anonymous browser, vouching for its own page."""
    client.headers["sec-fetch-site"] = "same-origin"
    return client


async def test_an_unknown_cookie_starts_afresh(app: FastAPI, listing_id: str) -> None:
    async with open_client(app) as browser:
        browser.cookies.set("artisan_session", "long-gone")
        assert (await browser.get("/api/v1/cart")).status_code == 200
        answer = await browser.post(LINES, json={"listing_id": listing_id})
        assert answer.status_code == 200
        assert "artisan_session=" in answer.headers["set-cookie"]
