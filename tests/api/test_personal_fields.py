"""Personal fields from the door to the disk: shown to whom they belong, nowhere readable, gone with their key."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, text

from core import clock
from core.database import Database
from models.errors import DomainError
from models.repositories import checkouts, orders, people
from models.repositories.people import FORMER
from models.repositories.person_keys import PersonErased
from models.tables.catalogue import Shop
from tests.api.conftest import open_client, signed_in
from tests.support.marketplace import PASSWORD, TestShop, add_person
from tests.support.orders import PaidOrder, add_paid_order

NAME, STREET = "Zéphyrine Quatrefoil", "77 Nightjar Passage"
HOME = {"name": NAME, "line1": STREET, "city": "Machias", "region": "me", "postal_code": "04654", "country": "US"}
PHONE = "+12075550123"


async def everything(database: Database) -> str:
    """Every column of every row of every table; bytes as hexadecimal digits."""
    async with database.transaction() as session:
        tables = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [
            row
            for table in tables.all()
            for row in await session.scalars(text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608 - the table's own name
        ]
    return "\n".join(rows).lower()


def is_in(dump: str, value: str) -> bool:
    return value.lower() in dump or any(way.encode().hex() in dump for way in {value, value.lower()})


async def erase(database: Database, person_id: str) -> None:
    async with database.transaction() as session:
        assert await people.erase(session, person_id, f"erasure-{person_id}-1", clock.now())


@pytest.fixture
async def order(database: Database, shop: TestShop, listing_id: str) -> PaidOrder:
    async with database.transaction() as session:
        return await add_paid_order(session, shop, {listing_id: 2})


async def test_nothing_personal_lies_in_clear(app: FastAPI, database: Database, order: PaidOrder) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session, name=NAME)
        await people.rename(session, order.buyer_id, NAME)
    buyer = await signed_in(app, email)
    kept = {"Idempotency-Key": "kept-answer"}
    saved = await buyer.post("/api/v1/addresses", json={**HOME, "phone": "(207) 555-0123"}, headers=kept)
    assert (saved.status_code, saved.json()["phone"]) == (201, PHONE)
    assert (await buyer.get("/api/v1/me")).json()["name"] == NAME
    owner = await signed_in(app, order.buyer_email)
    assert (await owner.get(f"/api/v1/orders/{order.id}")).json()["address"]["line1"] == "1 Mill Lane"

    dump = await everything(database)
    for seen in (person_id, order.id, "kept-answer"):
        assert is_in(dump, seen)  # so the dump is whole
    for personal in (NAME, "Quatrefoil", email, order.buyer_email, STREET, "Nightjar", PHONE, "555-0123", "5550123"):
        assert not is_in(dump, personal), personal
    for personal in ("Ada Byron", "1 Mill Lane", "Albany"):
        assert not is_in(dump, personal), personal


async def test_a_kept_answer_is_replayed_as_it_was(buyer: AsyncClient) -> None:
    kept = {"Idempotency-Key": "address-1"}
    first = await buyer.post("/api/v1/addresses", json=HOME, headers=kept)
    again = await buyer.post("/api/v1/addresses", json=HOME, headers=kept)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert len((await buyer.get("/api/v1/addresses")).json()) == 1


@pytest.mark.parametrize(
    ("given", "country", "region", "kept"),
    [
        ("", "US", "ME", ""),
        ("  (207) 555 0123 ", "US", "ME", PHONE),
        ("+44 20 7946 0958", "US", "ME", "+442079460958"),
        ("030 901820", "DE", "", "+4930901820"),
        ("0612345678", "FR", "", "+33612345678"),
    ],
)
async def test_a_telephone_number_is_kept_as_couriers_want_it(
    buyer: AsyncClient, given: str, country: str, region: str, kept: str
) -> None:
    answer = await buyer.post("/api/v1/addresses", json={**HOME, "phone": given, "country": country, "region": region})
    assert (answer.status_code, answer.json().get("phone")) == (201, kept), answer.text


@pytest.mark.parametrize("given", ["call me", "12", "+1 207 555 0123 ext. 9", "0" * 33, "+999 1234567"])
async def test_what_nobody_can_call_is_refused_in_words(buyer: AsyncClient, given: str) -> None:
    answer = await buyer.post("/api/v1/addresses", json={**HOME, "phone": given})
    assert answer.status_code == 422
    assert "phone" in answer.text


class TestAfterErasure:
    async def test_sessions_and_passwords_open_nothing(self, app: FastAPI, database: Database) -> None:
        async with database.transaction() as session:
            person_id, email = await add_person(session)
        client = await signed_in(app, email)
        await erase(database, person_id)
        assert (await client.get("/api/v1/me")).status_code == 401
        again = await open_client(app).post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
        assert (again.status_code, again.json()["error"]["code"]) == (401, "wrong_credentials")

    async def test_the_artisans_old_orders_tell_of_a_former_customer(
        self, app: FastAPI, database: Database, order: PaidOrder
    ) -> None:
        await erase(database, order.buyer_id)
        keeper = await signed_in(app, order.shop.owner_email)
        (card,) = (await keeper.get("/api/v1/shop/orders")).json()["items"]
        assert card["buyer_name"] == FORMER
        seen = (await keeper.get(f"/api/v1/shop/orders/{order.id}")).json()
        assert (seen["buyer_name"], seen["address"]["line1"], seen["address"]["country"]) == (FORMER, "erased", "US")
        assert seen["total"]["minor"] == order.total_minor
        page = (await keeper.get(f"/studio/orders/{order.id}")).text
        assert f"For {FORMER}" in page
        quotes = await keeper.get(f"/api/v1/shop/orders/{order.id}/shipping-quotes?weight_grams=900")
        assert (quotes.status_code, quotes.json()["error"]["code"]) == (404, "person_erased")

    async def test_nothing_is_sent_and_nothing_is_charged(self, database: Database, order: PaidOrder) -> None:
        await erase(database, order.buyer_id)
        async with database.transaction() as session:
            known = await orders.contacts(session, order.id)
            assert (known.buyer_name, known.buyer_email, known.artisan_email) == (FORMER, "", order.shop.owner_email)
            paid = await orders.confirmation(session, order.checkout_id)
            assert (paid.buyer_name, paid.buyer_email) == (FORMER, "")
            refused: list[DomainError] = []
            for ask in (orders.journey(session, order.id), checkouts.buyer_email(session, order.checkout_id)):
                with pytest.raises(PersonErased) as told:
                    await ask
                refused.append(told.value)
            assert {error.code for error in refused} == {"person_erased"}

    async def test_a_shops_page_stays_until_its_own_words_are_overwritten(
        self, app: FastAPI, database: Database, shop: TestShop, client: AsyncClient, listing_id: str
    ) -> None:
        await erase(database, shop.owner_id)
        async with database.transaction() as session:
            assert await session.scalar(select(Shop.owner_name).where(Shop.id == shop.id)) == "Wren Alder"
        assert (await client.get(f"/api/v1/shops/{shop.slug}")).status_code == 200
