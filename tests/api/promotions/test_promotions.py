"""Makers open promotions and codes; buyers enter codes, are told clearly what is wrong with one, and can't guess."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update

from core import clock
from core.database import Database
from models.tables.catalogue import ShippingProfile
from models.tables.promotions import PromotionRow
from tests.api.conftest import signed_in
from tests.support.marketplace import Piece, TestShop, add_listing, add_person, add_shop

OWN = "/api/v1/shop/promotions"
CODE = "/api/v1/cart/code"
HTML = {"accept": "text/html"}


def soon(**length: float) -> str:
    return (clock.now() + timedelta(**length)).isoformat()


async def give(keeper: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await keeper.post(OWN, json={"name": "Autumn", "percent_bp": 1_000, "until": soon(days=9), **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def add(client: AsyncClient, listing_id: str, quantity: int = 1) -> None:
    answer = await client.post("/api/v1/cart/lines", json={"listing_id": listing_id, "quantity": quantity})
    assert answer.status_code == 200, answer.text


async def refused(client: AsyncClient, code: str) -> tuple[int, str]:
    answer = await client.put(CODE, json={"code": code})
    return answer.status_code, answer.json()["error"]["details"].get("reason", answer.json()["error"]["code"])


async def test_everybody_gets_a_promotion_and_sees_it(keeper: AsyncClient, buyer: AsyncClient, listing_id: str) -> None:
    opened = await give(keeper)
    assert (opened["text"], opened["state"], opened["code"]) == ("10 % off", "running", "")
    await add(buyer, listing_id, 2)
    cart = (await buyer.get("/api/v1/cart")).json()
    line = cart["shops"][0]["lines"][0]
    assert (line["line_total"]["minor"], line["discount"]["minor"], line["promotion"]) == (9_600, 960, "Autumn")
    assert (cart["items"]["minor"], cart["discount"]["minor"]) == (9_600, 960)
    assert "Autumn: $9.60 off" in (await buyer.get("/cart", headers=HTML)).text
    assert (await keeper.post(f"{OWN}/{opened['id']}/end")).json()["state"] == "over"
    assert (await buyer.get("/api/v1/cart")).json()["discount"]["minor"] == 0
    again = await keeper.post(f"{OWN}/{opened['id']}/end")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "promotion_over")


async def test_a_code_is_entered_in_any_letters_and_taken_out(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str
) -> None:
    await give(keeper, code="Autumn-10", most_uses=3, most_per_person=1)
    await add(buyer, listing_id)
    assert (await buyer.get("/api/v1/cart")).json()["discount"]["minor"] == 0
    cart = (await buyer.put(CODE, json={"code": " autumn-10 "})).json()
    assert cart["code"] == {"code": "AUTUMN-10", "applied": True, "blocks": False, "message": "Taken off your pieces."}
    assert cart["discount"]["minor"] == 480
    assert (await buyer.delete(CODE)).json()["discount"]["minor"] == 0


async def test_each_reason_is_said_and_an_unknown_code_is_like_another_shops(
    keeper: AsyncClient, app: FastAPI, buyer: AsyncClient, listing_id: str, database: Database
) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Elsewhere")
    await give(await signed_in(app, other.owner_email), code="THEIRS")
    for code in ("EARLY", "LATE", "SPENT", "ENDED"):
        await give(keeper, code=code, most_uses=1)
    now = clock.now()
    async with database.transaction() as session:
        damages: dict[str, dict[str, Any]] = {
            "EARLY": {"since": now + timedelta(days=1)},
            "LATE": {"since": now - timedelta(days=2), "until": now - timedelta(days=1)},
            "SPENT": {"used": 1},
            "ENDED": {"ended_at": now},
        }
        for code, values in damages.items():
            await session.execute(update(PromotionRow).where(PromotionRow.code == code).values(**values))
    await add(buyer, listing_id)
    answers = {code: await refused(buyer, code) for code in ("EARLY", "LATE", "SPENT", "ENDED")}
    assert answers == {
        "EARLY": (422, "not_yet"),
        "LATE": (422, "expired"),
        "SPENT": (422, "used_up"),
        "ENDED": (422, "expired"),
    }
    theirs, unknown = [(await buyer.put(CODE, json={"code": code})).json()["error"] for code in ("THEIRS", "NOBODYS")]
    assert {**theirs, "reference": ""} == {**unknown, "reference": ""}


async def test_a_code_that_counts_from_more_on_says_so(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        await add_listing(session, shop, Piece(category="textiles"))
    await give(keeper, code="LARGE", percent_bp=None, amount_minor=1_000, minimum_minor=9_000)
    await give(keeper, code="BOWLS", categories=["textiles"])
    await add(buyer, listing_id)
    cart = (await buyer.put(CODE, json={"code": "LARGE"})).json()
    assert (cart["code"]["applied"], cart["code"]["blocks"], cart["problems"]) == (False, False, [])
    assert "from $90.00" in cart["code"]["message"]
    await add(buyer, listing_id)
    assert (await buyer.get("/api/v1/cart")).json()["discount"]["minor"] == 1_000
    assert "other pieces" in (await buyer.put(CODE, json={"code": "BOWLS"})).json()["code"]["message"]


async def test_a_code_that_ends_while_it_is_in_the_cart_stands_in_the_way(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str
) -> None:
    opened = await give(keeper, code="SHORT")
    await add(buyer, listing_id)
    await buyer.put(CODE, json={"code": "SHORT"})
    await keeper.post(f"{OWN}/{opened['id']}/end")
    cart = (await buyer.get("/api/v1/cart")).json()
    assert [problem["code"] for problem in cart["problems"]] == ["code"]
    page = (await buyer.get("/cart", headers=HTML)).text
    assert "This code is over. Take it out to go on." in page
    assert (await buyer.post("/cart/code/remove", headers=HTML)).status_code == 303
    assert (await buyer.get("/api/v1/cart")).json()["problems"] == []


async def test_nobody_guesses_a_thousand_codes(keeper: AsyncClient, buyer: AsyncClient, listing_id: str) -> None:
    await give(keeper, code="RIGHT")
    await add(buyer, listing_id)
    answers = [await refused(buyer, f"GUESS{number}") for number in range(10)]
    assert set(answers) == {(422, "unknown")}
    late = await buyer.put(CODE, json={"code": "GUESS11"})
    assert (late.status_code, late.json()["error"]["code"]) == (429, "too_many_attempts")
    assert "codes were wrong" in late.json()["error"]["message"]
    assert (await refused(buyer, "RIGHT"))[0] == 429, "nor is the right one told apart"
    assert (await buyer.get("/api/v1/cart")).json()["code"] is None
    page = await buyer.post("/cart/code", data={"code": "RIGHT"}, headers=HTML)
    assert (page.status_code, "codes were wrong" in page.text) == (429, True)


async def test_right_codes_and_told_reasons_are_no_guesses(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str
) -> None:
    await give(keeper, code="RIGHT")
    await add(buyer, listing_id)
    for _ in range(12):
        assert (await buyer.put(CODE, json={"code": "RIGHT"})).status_code == 200


async def test_the_cart_page_takes_a_code_and_says_what_is_wrong(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str
) -> None:
    await give(keeper, code="AUTUMN")
    await add(buyer, listing_id)
    wrong = await buyer.post("/cart/code", data={"code": "<b>no</b>"}, headers=HTML)
    assert wrong.status_code == 422
    assert "No shop in your cart has given out this code" in wrong.text
    assert "&lt;b&gt;no&lt;/b&gt;" in wrong.text
    assert (await buyer.post("/cart/code", data={"code": "autumn"}, headers=HTML)).status_code == 303
    assert "Taken off your pieces." in (await buyer.get("/cart", headers=HTML)).text


async def test_without_a_cart_there_is_nothing_for_a_code(client: AsyncClient, buyer: AsyncClient) -> None:
    assert (await buyer.put(CODE, json={"code": "ANY"})).status_code == 404
    assert (await client.put(CODE, json={"code": "ANY"})).status_code == 404
    assert (await buyer.put(CODE, json={"code": "A" * 61})).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"percent_bp": -1_000},
        {"percent_bp": 10_001},
        {"percent_bp": None},
        {"amount_minor": 500},
        {"percent_bp": None, "amount_minor": -5},
        {"percent_bp": None, "amount_minor": 10**30},
        {"minimum_minor": -1},
        {"until": "2020-01-01T00:00:00Z"},
        {"since": "2020-01-01T00:00:00Z"},
        {"until": "2099-01-01T00:00:00Z"},
        {"most_uses": 5},
        {"code": "no"},
        {"code": "ÄÖÜ"},
        {"code": "OK1", "most_uses": 0},
        {"categories": ["nothing"]},
        {"listings": ["lst_none"]},
        {"name": "x"},
        {"name": "a\nb"},
        {"surprise": 1},
    ],
)
async def test_promotions_that_make_no_sense(keeper: AsyncClient, given: dict[str, Any]) -> None:
    body = {"name": "Autumn", "percent_bp": 1_000, "until": soon(days=9), **given}
    answer = await keeper.post(OWN, json=body)
    assert answer.status_code == 422, answer.text
    assert (await keeper.get(OWN)).json() == []


async def test_a_code_is_given_out_once_at_a_time(keeper: AsyncClient, database: Database) -> None:
    first = await give(keeper, code="SPRING")
    body = {"name": "Again", "percent_bp": 500, "until": soon(days=9), "code": "spring"}
    answer = await keeper.post(OWN, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "code_taken")
    await keeper.post(f"{OWN}/{first['id']}/end")
    await give(keeper, code="spring")
    async with database.transaction() as session:
        past = clock.now() - timedelta(days=1)
        dated = update(PromotionRow).where(PromotionRow.ended_at.is_(None))
        await session.execute(dated.values(since=past - timedelta(days=1), until=past))
    await give(keeper, code="spring")  # its time has passed
    assert [one["state"] for one in (await keeper.get(OWN)).json()] == ["running", "over", "over"]


async def test_another_shops_promotions_and_pieces_are_out_of_reach(
    keeper: AsyncClient, app: FastAPI, database: Database
) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Elsewhere")
        piece = await add_listing(session, other, Piece(title="Bowl"))
        _, email = await add_person(session)
    theirs = await give(await signed_in(app, other.owner_email), listings=[piece])
    assert (await keeper.post(f"{OWN}/{theirs['id']}/end")).status_code == 404
    body = {"name": "Mine", "percent_bp": 1_000, "until": soon(days=9), "listings": [piece]}
    assert (await keeper.post(OWN, json=body)).status_code == 422
    assert (await (await signed_in(app, email)).get(OWN)).status_code in {403, 404}


async def test_the_studio_opens_and_ends(keeper: AsyncClient, listing_id: str) -> None:
    today = clock.now().date()
    form = {
        "name": "Late summer",
        "kind": "percent",
        "percent": "12,5",
        "what": "chosen",
        f"piece-{listing_id}": "1",
        "since": str(today),
        "until": str(today + timedelta(days=5)),
        "code": "late-summer",
        "most_uses": "20",
    }
    wrong = await keeper.post(
        "/studio/promotions/new", data={**form, "percent": "lots", "until": "soon", "most_uses": "x"}, headers=HTML
    )
    assert wrong.status_code == 422
    for words in ("Write a percentage", "Choose a day", "in digits", "Late summer"):
        assert words in wrong.text
    assert (await keeper.post("/studio/promotions/new", data=form, headers=HTML)).status_code == 303
    taken = await keeper.post("/studio/promotions/new", data=form, headers=HTML)
    assert (taken.status_code, "given out this code already" in taken.text) == (409, True)
    page = (await keeper.get("/studio/promotions", headers=HTML)).text
    for words in ("12.5 % off", "LATE-SUMMER", "0 of 20", "Running"):
        assert words in page
    (one,) = (await keeper.get(OWN)).json()
    assert one["listings"] == [listing_id]
    assert (await keeper.post(f"/studio/promotions/{one['id']}/end", headers=HTML)).status_code == 303
    assert (await keeper.post(f"/studio/promotions/{one['id']}/end", headers=HTML)).status_code == 409
    assert (await keeper.post("/studio/promotions/pro_none/end", headers=HTML)).status_code == 404


async def test_what_comes_to_nothing_is_told_before_anybody_clicks(
    keeper: AsyncClient, buyer: AsyncClient, listing_id: str, database: Database
) -> None:
    """All of its price off, and sent for nothing: no payment of 0.00 is offered that would then be refused."""
    await give(keeper, percent_bp=10_000)
    async with database.transaction() as session:
        await session.execute(update(ShippingProfile).values(home_first_minor=0, home_more_minor=0))
    await add(buyer, listing_id)
    to = {"name": "Ada", "line1": "1 Mill Lane", "city": "Albany", "region": "NY", "postal_code": "12207"}
    to["country"] = "US"
    address_id = (await buyer.post("/api/v1/addresses", json=to)).json()["id"]
    shown = await buyer.get("/api/v1/checkouts/preview", params={"address_id": address_id})
    assert shown.status_code == 422, shown.text
    assert "USD 0.50 at the least" in shown.json()["error"]["message"]
