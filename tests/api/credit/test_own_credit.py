"""A person's credit: a code is redeemed once and by one, guesses run out, and giving up takes what was shown."""

import asyncio

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from api.auth.counters import PER_ACCOUNT
from core.database import Database
from models.repositories import privacy_erasures
from models.rules.erasure import Obligation, obligations
from tests.activities.checkout.test_credit import grant
from tests.api.credit.conftest import Somebody, add_somebody, given, owed_to

REDEEM = "/api/v1/me/credit/redemptions"
HTML = {"accept": "text/html"}


async def test_however_it_is_typed_a_code_becomes_credit(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    code = await given(proposer, approver)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    answer = await somebody.http.post(REDEEM, json={"code": typed})
    assert (answer.status_code, answer.json()["redeemed"]["minor"]) == (201, 5_000)
    assert await owed_to(database, somebody.id) == 5_000
    again = await somebody.http.post(REDEEM, json={"code": code})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_now")
    assert await owed_to(database, somebody.id) == 5_000


async def test_a_code_from_many_connections_at_once_is_redeemed_once(
    app: FastAPI, proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    rival = await add_somebody(app, database)
    code = await given(proposer, approver)
    answers = await asyncio.gather(
        *(one.http.post(REDEEM, json={"code": code}) for one in (somebody, rival, somebody, rival))
    )
    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert await owed_to(database, somebody.id) + await owed_to(database, rival.id) == 5_000


async def test_nobody_learns_whether_a_code_was_somebody_elses(
    app: FastAPI, proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    code = await given(proposer, approver)
    await somebody.http.post(REDEEM, json={"code": code})
    rival = await add_somebody(app, database)
    used = await rival.http.post(REDEEM, json={"code": code})
    unknown = await rival.http.post(REDEEM, json={"code": "0000-0000-0000-0000-0000-0000"})
    answers = [{**answer.json()["error"], "reference": ""} for answer in (used, unknown)]
    assert (used.status_code, unknown.status_code) == (422, 422)
    assert answers[0] == answers[1]


async def test_guessing_runs_out_also_for_the_right_code(
    app: FastAPI, proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    code = await given(proposer, approver)
    answers = await asyncio.gather(
        *(somebody.http.post(REDEEM, json={"code": f"GUESS{number}"}) for number in range(PER_ACCOUNT.times + 5))
    )
    assert sum(answer.status_code == 422 for answer in answers) == PER_ACCOUNT.times
    late = await somebody.http.post(REDEEM, json={"code": code})
    assert (late.status_code, late.json()["error"]["code"]) == (429, "too_many_attempts")
    friend = await add_somebody(app, database)
    assert (await friend.http.post(REDEEM, json={"code": code})).status_code == 201


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 61}, {"code": 5}, {"code": "A", "more": 1}])
async def test_nonsense_is_refused(somebody: Somebody, body: dict[str, object]) -> None:
    assert (await somebody.http.post(REDEEM, json=body)).status_code == 422


async def test_giving_up_takes_what_was_shown(somebody: Somebody, database: Database) -> None:
    await grant(database, somebody.id, 3_000)
    path = "/api/v1/me/credit/give-up"
    other = await somebody.http.post(path, json={"currency": "USD", "amount_minor": 2_999})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "credit_changed")
    assert await owed_to(database, somebody.id) == 3_000
    done = await somebody.http.post(path, json={"currency": "USD", "amount_minor": 3_000})
    assert done.status_code == 200, done.text
    assert await owed_to(database, somebody.id) == 0
    assert (await somebody.http.post(path, json={"currency": "USD", "amount_minor": 3_000})).status_code == 409


async def test_an_erasure_waits_for_credit(somebody: Somebody, database: Database) -> None:
    await grant(database, somebody.id, 3_000)
    async with database.transaction() as session:
        assert obligations(await privacy_erasures.still_open(session, somebody.id)) == (Obligation.CREDIT,)
    shown = await somebody.http.get("/account/credit", headers=HTML)
    assert "$30.00" in shown.text
    await somebody.http.post("/api/v1/me/credit/give-up", json={"currency": "USD", "amount_minor": 3_000})
    async with database.transaction() as session:
        assert obligations(await privacy_erasures.still_open(session, somebody.id)) == ()


async def test_the_page_redeems_and_gives_up(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    code = await given(proposer, approver)
    empty = await somebody.http.get("/account/credit", headers=HTML)
    assert "You have no store credit." in empty.text
    wrong = await somebody.http.post("/account/credit/redeem", data={"code": "WRONG"}, headers=HTML)
    assert wrong.status_code == 422
    assert "redeemed" in wrong.text
    right = await somebody.http.post("/account/credit/redeem", data={"code": code}, headers=HTML)
    assert right.headers["location"] == "/account/credit?done=redeemed"
    form = {"currency": "USD", "amount_minor": "5000"}
    unsure = await somebody.http.post("/account/credit/give-up", data=form, headers=HTML)
    assert unsure.status_code == 422
    assert await owed_to(database, somebody.id) == 5_000
    stale = {**form, "amount_minor": "4000", "sure": "yes"}
    assert (await somebody.http.post("/account/credit/give-up", data=stale, headers=HTML)).status_code == 409
    assert await owed_to(database, somebody.id) == 5_000
    sure = await somebody.http.post("/account/credit/give-up", data={**form, "sure": "yes"}, headers=HTML)
    assert sure.headers["location"] == "/account/credit?done=given_up"
    assert await owed_to(database, somebody.id) == 0
