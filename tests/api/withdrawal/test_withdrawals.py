"""Withdrawals over HTTP, with the real process, the real database, and a provider in memory."""

import asyncio

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update

from core.database import Database
from models.tables.catalogue import Shop
from models.tables.payouts import Payout
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop
from tests.support.running import patiently
from tests.support.signing_in import session_of

PATH = "/api/v1/shop/withdrawals"
ALL = {"currency": "USD"}


async def test_a_withdrawal_is_answered_when_its_money_is_set_aside_and_goes_its_way(keeper: AsyncClient) -> None:
    answer = await keeper.post(PATH, json={"currency": "USD", "amount_minor": 5_000})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["kind"], told["amount"]["text"]) == ("withdrawal", "$50.00")

    async def on_its_way() -> bool:
        shown = (await keeper.get(f"/api/v1/shop/payouts/{told['id']}")).json()
        return bool(shown["arrives_on"])

    await patiently(on_its_way)
    (dollars,) = (await keeper.get("/api/v1/shop/balance")).json()["balances"]
    assert (dollars["available"]["minor"], dollars["on_its_way"]["minor"]) == (4_415, 5_000)


async def test_two_tabs_ask_for_all_of_it_and_one_is_told_what_is_left(database: Database, keeper: AsyncClient) -> None:
    answers = await asyncio.gather(
        *(keeper.post(PATH, json=ALL, headers={"Idempotency-Key": f"tab-{tab}"}) for tab in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = [answer.json()["error"] for answer in answers if answer.status_code == 409]
    assert {error["code"] for error in refused} == {"payout_refused"}
    assert {error["details"]["reason"] for error in refused} == {"nothing_available"}
    assert {error["details"]["available_minor"] for error in refused} == {0}
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Payout)) == 1


async def test_the_same_click_twice_is_one_withdrawal(database: Database, keeper: AsyncClient) -> None:
    body = {"currency": "USD", "amount_minor": 1_000}
    first = await keeper.post(PATH, json=body, headers={"Idempotency-Key": "click"})
    again = await keeper.post(PATH, json=body, headers={"Idempotency-Key": "click"})
    assert first.json()["id"] == again.json()["id"]
    other = await keeper.post(PATH, json=body, headers={"Idempotency-Key": "another"})
    assert other.json()["id"] != first.json()["id"]
    async with database.transaction() as session:
        assert await session.scalar(select(func.sum(Payout.amount_minor))) == 2_000


NO_AMOUNT = (0, -1, 10**12 + 1, 2**63, 10.5, "10", True)
REFUSED: tuple[tuple[dict[str, object], int, str], ...] = (
    ({}, 422, ""),
    ({"currency": "XXX"}, 422, ""),
    ({"currency": "USD", "amount": "12.345"}, 422, ""),
    ({"currency": "USD", "amount_minor": 9_416}, 409, "more_than_available"),
    ({"currency": "USD", "amount_minor": 99}, 409, "below_minimum"),
    ({"currency": "EUR"}, 409, "nothing_available"),
    ({"currency": "KWD", "amount_minor": 1_005}, 409, "wrong_amount"),
)


async def test_what_is_no_amount_too_much_or_another_currency_is_refused(keeper: AsyncClient) -> None:
    for minor in NO_AMOUNT:
        answer = await keeper.post(PATH, json={"currency": "USD", "amount_minor": minor})
        assert answer.status_code == 422, minor
    for body, status, why in REFUSED:
        answer = await keeper.post(PATH, json=body)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["details"].get("reason", "") == why or status == 422
    (dollars,) = (await keeper.get("/api/v1/shop/balance")).json()["balances"]
    assert dollars["available"]["minor"] == 9_415


async def test_a_suspended_seller_is_told_so(database: Database, shop: TestShop, keeper: AsyncClient) -> None:
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
    answer = await keeper.post(PATH, json=ALL)
    assert (answer.status_code, answer.json()["error"]["details"]["reason"]) == (409, "shop_suspended")


async def test_one_factor_is_not_enough(app: FastAPI, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        token = await session_of(session, shop.owner_id)
    client = open_client(app, authorization=f"Bearer {token}")
    answer = await client.post(PATH, json=ALL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_required")
