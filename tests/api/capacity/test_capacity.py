"""Places over HTTP: the artisan says how many, anybody is told when, and who waits takes or leaves."""

from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from api.capacity.explaining import explain
from api.process_client import ProcessClient, ProcessClosed
from core import clock
from core.database import Database
from models.repositories import capacity
from models.rules.commission.capacity import Promise
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_person
from tests.support.signing_in import session_of
from tests.support.waiting import ask

HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Shops whose waitlist was told to look. No Temporal server is running here."""
    shops: list[str] = []

    async def look(_: ProcessClient, shop_id: str) -> None:
        shops.append(shop_id)

    monkeypatch.setattr(ProcessClient, "look_at_waitlist", look)
    return shops


async def customer_of(app: FastAPI, database: Database) -> tuple[str, AsyncClient]:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.CUSTOMER)
        token = await session_of(session, person_id)
    return person_id, open_client(app, authorization=f"Bearer {token}")


def test_the_promise_is_explained() -> None:
    promise = Promise(date(2026, 5, 10), date(2026, 6, 9), slots=2, taken=2, ahead=1)
    assert explain(promise, date(2026, 5, 10)) == (
        "2 of 2 places are taken until 10 May 2026, and 1 person is ahead of you. A request joins the waitlist. Work "
        "could begin on 10 May 2026 and be finished about 9 June 2026."
    )
    free = Promise(date(2026, 5, 1), date(2026, 5, 31), slots=1, taken=0, ahead=0)
    assert explain(free) == ("A place is free. Work could begin on 1 May 2026 and be finished about 31 May 2026.")


async def test_the_artisan_says_it_and_anybody_is_told(keeper: AsyncClient, shop: TestShop, database: Database) -> None:
    terms = f"/api/v1/shops/{shop.slug}/commission-terms"
    first = (await keeper.get(terms)).json()
    assert first["takes_commissions"]
    assert first["promise"] is None
    answer = await keeper.put("/api/v1/shop/capacity", json={"slots": 2, "lead_days": 30})
    assert answer.status_code == 200, answer.text
    async with database.transaction() as session:
        for _ in range(3):
            await ask(session, shop)
    told = (await keeper.get(terms)).json()
    today = clock.now().date()
    assert (told["promise"]["taken"], told["promise"]["ahead"], told["promise"]["waits"]) == (2, 1, True)
    assert told["promise"]["begins"] == str(today + timedelta(days=30))
    mine = (await keeper.get("/api/v1/shop/capacity")).json()
    assert (len(mine["backlog"]), len(mine["waiting"]), mine["text"]) == (2, 1, told["text"])
    await keeper.put("/api/v1/shop/capacity", json={"slots": 0, "lead_days": 30})
    assert not (await keeper.get(terms)).json()["takes_commissions"]


@pytest.mark.parametrize("given", [{"slots": 51}, {"slots": -1}, {"lead_days": 0}, {"slots": "many"}, {"more": 1}])
async def test_bad_input_is_told_in_words(keeper: AsyncClient, given: dict[str, object]) -> None:
    answer = await keeper.put("/api/v1/shop/capacity", json={"slots": 2, "lead_days": 30, **given})
    assert answer.status_code == 422


async def test_more_places_wake_the_list(
    keeper: AsyncClient, shop: TestShop, database: Database, told: list[str]
) -> None:
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 1, 30)
        for _ in range(2):
            await ask(session, shop)
    await keeper.put("/api/v1/shop/capacity", json={"slots": 2, "lead_days": 30})
    assert told == [shop.id]


async def test_a_place_is_taken_by_its_own_customer_in_time(
    app: FastAPI, shop: TestShop, database: Database, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    person_id, own = await customer_of(app, database)
    _, other = await customer_of(app, database)
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 1, 30)
        await ask(session, shop)
        commission_id, _ = await ask(session, shop, person_id)
    place = f"/api/v1/commissions/{commission_id}/place"
    early = await own.post(place)
    assert early.status_code == 409
    assert "You are next" in early.text
    assert (await other.post(place)).status_code == 404
    async with database.transaction() as session:
        await capacity.stands_until(session, commission_id, clock.now() + timedelta(days=3))

    async def over(*_: object, **__: object) -> None:
        raise ProcessClosed("This has ended already. Reload the page to see how.")

    monkeypatch.setattr(ProcessClient, "update", over)
    assert (await own.post(place)).status_code == 409

    async def taken(*_: object, **__: object) -> None:
        async with database.transaction() as session:
            await capacity.take(session, shop.id, commission_id, clock.now())

    monkeypatch.setattr(ProcessClient, "update", taken)
    for _ in range(2):
        answer = await own.post(place)
        assert (answer.status_code, answer.json()["state"]) == (200, "taken")
    assert (await own.delete(place)).status_code == 409
    assert told == []


async def test_who_leaves_the_list_ends_the_request(
    app: FastAPI, shop: TestShop, database: Database, told: list[str]
) -> None:
    person_id, own = await customer_of(app, database)
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 1, 30)
        await ask(session, shop)
        commission_id, _ = await ask(session, shop, person_id)
    place = f"/api/v1/commissions/{commission_id}/place"
    for _ in range(2):
        assert (await own.delete(place)).json()["state"] == "withdrawn"
    assert told == [shop.id] * 2
    assert (await own.post(place)).status_code == 409


async def test_the_page_works_without_script(keeper: AsyncClient, shop: TestShop, database: Database) -> None:
    page = await keeper.get("/studio/capacity", headers=HTML)
    assert page.status_code == 200
    assert "Places for commissions" in page.text
    async with database.transaction() as session:
        await capacity.put(session, shop.id, 1, 30)
        for _ in range(2):
            await ask(session, shop)
    page = await keeper.get("/studio/capacity", headers=HTML)
    assert "1 of 1 place is taken until" in page.text
