"""One-time codes and recovery codes: set up, taken once, refused for every reason there is, and removed."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from api.auth import factors
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import factors as stored
from models.tables.audit import AuditEntry
from models.tables.factors import CodeSecret, RecoveryCode
from models.tables.letters import Letter
from models.types import Role
from tests.api.auth.conftest import FACTORS, Member, code_of, member, sign_in
from tests.api.conftest import open_client
from tests.support.second_factors import code_now
from tests.support.signing_in import session_of


async def letters_to(database: Database, person_id: str) -> list[str]:
    async with database.transaction() as session:
        rows = await session.scalars(select(Letter.kind).where(Letter.person_id == person_id).order_by(Letter.id))
        return list(rows)


async def audited(database: Database, person_id: str) -> list[str]:
    async with database.transaction() as session:
        rows = await session.scalars(
            select(AuditEntry.action).where(AuditEntry.actor == person_id).order_by(AuditEntry.id)
        )
        return list(rows)


async def test_enrolling_needs_a_code_and_makes_the_session_one_with_two_factors(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    old = ada.http.headers["authorization"]
    offered = (await ada.http.post(f"{FACTORS}/one-time-codes")).json()
    assert offered["address"].startswith("otpauth://totp/ArtisanConnect:")
    assert (await sign_in(client, ada.email)).status_code == 201  # an offer asks nobody for anything
    secret, recovery_codes = await ada.enrol_codes()
    assert (await ada.http.get("/api/v1/me", headers={"authorization": old})).status_code == 401
    assert len(set(recovery_codes)) == factors.RECOVERY_CODES
    shown = (await ada.http.get(FACTORS)).json()
    assert (shown["recovery_codes_left"], shown["passkeys"]) == (10, [])
    assert shown["one_time_codes_since"] is not None

    refused = await sign_in(client, ada.email)
    assert (refused.status_code, code_of(refused)) == (401, "second_factor_needed")
    assert refused.json()["error"]["details"]["methods"] == ["recovery_code", "totp"]
    assert (await sign_in(client, ada.email, code_now(secret))).status_code == 201
    assert await letters_to(database, ada.id) == ["first_factor_added"]
    done = await audited(database, ada.id)
    assert {Audited.FACTOR_ADDED, Audited.RECOVERY_CODES_DRAWN, Audited.ELEVATED} <= set(done)


async def test_nothing_that_could_be_used_is_stored_in_clear(ada: Member, database: Database) -> None:
    secret, recovery_codes = await ada.enrol_codes()
    async with database.transaction() as session:
        sealed = (await session.scalars(select(CodeSecret.sealed))).one()
        hashes = (await session.scalars(select(RecoveryCode.code_hash))).all()
    assert secret.encode() not in sealed
    assert not {code.replace("-", "") for code in recovery_codes} & set(hashes)
    assert set(hashes) == {factors.recovery_hash(code.upper()) for code in recovery_codes}


@pytest.mark.parametrize("typed", ["000000", "12345", "", "abcdef", "١٢٣٤٥٦", "1234567", "-" * 40])
async def test_a_wrong_code_confirms_nothing(ada: Member, client: AsyncClient, typed: str) -> None:
    secret = (await ada.http.post(f"{FACTORS}/one-time-codes")).json()["secret"]
    assert typed not in {code_now(secret, steps=steps) for steps in (-1, 0, 1)}
    refused = await ada.http.post(f"{FACTORS}/one-time-codes/confirmation", json={"code": typed})
    assert (refused.status_code, code_of(refused)) == (422, "wrong_code")
    assert (await sign_in(client, ada.email)).status_code == 201


async def test_confirming_without_an_offer(ada: Member) -> None:
    refused = await ada.http.post(f"{FACTORS}/one-time-codes/confirmation", json={"code": "123456"})
    assert refused.status_code == 404


async def test_a_code_is_taken_once(ada: Member, client: AsyncClient) -> None:
    secret, _ = await ada.enrol_codes()
    code = code_now(secret)
    assert (await sign_in(client, ada.email, f" {code[:3]} {code[3:]} ")).status_code == 201
    assert code_of(await sign_in(client, ada.email, code)) == "wrong_credentials"
    assert code_of(await sign_in(client, ada.email, code_now(secret, steps=-1))) == "wrong_credentials"  # older still
    assert (await sign_in(client, ada.email, code_now(secret, steps=1))).status_code == 201


async def test_the_code_that_enrolled_does_not_sign_in(ada: Member, client: AsyncClient) -> None:
    secret, _ = await ada.enrol_codes()
    assert code_of(await sign_in(client, ada.email, code_now(secret, steps=-1))) == "wrong_credentials"


async def test_the_same_code_twice_at_once_enters_once(app: FastAPI, ada: Member) -> None:
    secret, _ = await ada.enrol_codes()
    clients = [open_client(app) for _ in range(4)]
    answers = await asyncio.gather(*(sign_in(one, ada.email, code_now(secret)) for one in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
async def test_a_code_of_another_minute_is_refused(ada: Member, client: AsyncClient, steps: int) -> None:
    secret, _ = await ada.enrol_codes()
    assert code_of(await sign_in(client, ada.email, code_now(secret, steps=steps))) == "wrong_credentials"


async def test_a_code_of_somebody_else_is_refused(
    app: FastAPI, ada: Member, client: AsyncClient, database: Database
) -> None:
    await ada.enrol_codes()
    other = await member(app, database)
    secret, recovery_codes = await other.enrol_codes()
    assert code_of(await sign_in(client, ada.email, code_now(secret))) == "wrong_credentials"
    assert code_of(await sign_in(client, ada.email, recovery_codes[0])) == "wrong_credentials"


async def test_guessing_codes_is_stopped_wherever_it_comes_from(ada: Member, client: AsyncClient) -> None:
    secret, _ = await ada.enrol_codes()
    wrong = next(c for c in ("111111", "222222") if c not in {code_now(secret, steps=s) for s in range(-1, 3)})
    statuses = [(await sign_in(client, ada.email, wrong)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    stopped = await sign_in(client, ada.email, code_now(secret))
    assert code_of(stopped) == "too_many_attempts"
    assert int(stopped.headers["retry-after"]) > 0


async def test_a_recovery_code_signs_in_once_and_its_owner_is_told(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    _, recovery_codes = await ada.enrol_codes()
    entered = await sign_in(client, ada.email, recovery_codes[3].replace("-", " ").upper())
    assert entered.status_code == 201
    assert code_of(await sign_in(client, ada.email, recovery_codes[3])) == "wrong_credentials"
    assert (await letters_to(database, ada.id))[-1] == "recovery_codes_used"
    async with database.transaction() as session:
        letter = (await session.scalars(select(Letter).where(Letter.kind == "recovery_codes_used"))).one()
    assert letter.details == {"left": 9}


async def test_one_recovery_code_twice_at_once_enters_once(app: FastAPI, ada: Member) -> None:
    _, recovery_codes = await ada.enrol_codes()
    answers = await asyncio.gather(*(sign_in(open_client(app), ada.email, recovery_codes[0]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


async def test_new_recovery_codes_void_the_old_ones_and_their_owner_is_told(
    ada: Member, client: AsyncClient, database: Database
) -> None:
    _, old = await ada.enrol_codes()
    new = (await ada.http.post(f"{FACTORS}/recovery-codes")).json()["recovery_codes"]
    assert not set(old) & set(new)
    assert (await sign_in(client, ada.email, old[0])).status_code == 401
    assert (await sign_in(client, ada.email, new[0])).status_code == 201
    assert await letters_to(database, ada.id) == ["first_factor_added", "factor_added", "recovery_codes_used"]


async def test_recovery_codes_stand_in_for_something(ada: Member) -> None:
    refused = await ada.http.post(f"{FACTORS}/recovery-codes")
    assert (refused.status_code, code_of(refused)) == (409, "no_second_factor")


async def test_moving_to_another_phone_keeps_the_old_one_until_the_new_one_is_confirmed(
    ada: Member, client: AsyncClient
) -> None:
    old, recovery_codes = await ada.enrol_codes()
    new = (await ada.http.post(f"{FACTORS}/one-time-codes")).json()["secret"]
    assert (await sign_in(client, ada.email, code_now(old))).status_code == 201
    confirmed = await ada.http.post(f"{FACTORS}/one-time-codes/confirmation", json={"code": code_now(new)})
    assert ada.goes_on(confirmed)["recovery_codes"] == []
    assert (await sign_in(client, ada.email, code_now(old, steps=1))).status_code == 401
    assert (await sign_in(client, ada.email, code_now(new, steps=1))).status_code == 201
    assert (await sign_in(client, ada.email, recovery_codes[0])).status_code == 201


async def test_removing_signs_out_elsewhere_and_ends_what_two_factors_allowed(
    app: FastAPI, ada: Member, client: AsyncClient, database: Database
) -> None:
    secret, recovery_codes = await ada.enrol_codes()
    elsewhere = (await sign_in(client, ada.email, code_now(secret))).json()["token"]
    assert (await ada.http.delete(f"{FACTORS}/one-time-codes")).status_code == 204
    async with open_client(app, authorization=f"Bearer {elsewhere}") as other:
        assert (await other.get("/api/v1/me")).status_code == 401
    assert (await sign_in(client, ada.email)).status_code == 201
    shown = (await ada.http.get(FACTORS)).json()
    assert shown == {"one_time_codes_since": None, "passkeys": [], "recovery_codes_left": 0}
    assert recovery_codes
    assert (await ada.http.delete(f"{FACTORS}/one-time-codes")).status_code == 404
    assert (await letters_to(database, ada.id))[-1] == "factor_removed"
    assert Audited.FACTOR_REMOVED in await audited(database, ada.id)


async def test_an_administrator_keeps_one_second_factor(app: FastAPI, database: Database) -> None:
    admin = await member(app, database, Role.ADMINISTRATOR)
    await admin.enrol_codes()
    refused = await admin.http.delete(f"{FACTORS}/one-time-codes")
    assert (refused.status_code, code_of(refused)) == (409, "last_second_factor")


async def test_an_administrator_without_one_reaches_the_enrolment_and_nothing_else(
    app: FastAPI, database: Database
) -> None:
    admin = await member(app, database, Role.ADMINISTRATOR)
    refused = await admin.http.get("/api/v1/admin/held-checkouts")
    assert (refused.status_code, code_of(refused)) == (403, "second_factor_required")
    await admin.enrol_codes()
    assert (await admin.http.get("/api/v1/admin/held-checkouts")).status_code == 200


async def test_a_second_factor_signs_out_who_came_in_with_one(app: FastAPI, ada: Member, database: Database) -> None:
    """Somebody who knows her password is in, and a second factor is what she sets up against it. Their proof is fresh
    still: they could choose another password and end her own session."""
    async with database.transaction() as session:
        thief = open_client(app, authorization=f"Bearer {await session_of(session, ada.id)}")
        desk = open_client(app, authorization=f"Bearer {await session_of(session, ada.id, two_factors=True)}")
    await ada.enrol_codes()
    changed = await thief.put("/api/v1/me/password", json={"password": "words of somebody else"})
    assert changed.status_code == 401
    assert [(await one.get("/api/v1/me")).status_code for one in (ada.http, desk)] == [200, 200]


async def test_one_factor_does_not_change_the_others(ada: Member, database: Database) -> None:
    """A session that was opened by a link in a mail, say, while the account has a second factor."""
    async with database.transaction() as session:
        await stored.activate_secret(session, ada.id, factors.new_secret(), clock.now())
    for method, path in (
        ("POST", "/one-time-codes"),
        ("DELETE", "/one-time-codes"),
        ("POST", "/recovery-codes"),
        ("POST", "/passkeys/options"),
    ):
        refused = await ada.http.request(method, FACTORS + path)
        assert (refused.status_code, code_of(refused)) == (403, "second_factor_required"), path


async def test_every_change_asks_for_a_fresh_proof(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    for method, path in (
        ("POST", "/one-time-codes"),
        ("DELETE", "/one-time-codes"),
        ("POST", "/recovery-codes"),
        ("POST", "/passkeys/options"),
        ("DELETE", "/passkeys/pky_nothing"),
    ):
        refused = await ada.http.request(method, FACTORS + path)
        assert (refused.status_code, code_of(refused)) == (401, "reauthentication_required"), path
