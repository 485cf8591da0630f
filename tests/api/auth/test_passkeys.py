"""Passkeys: made, used to sign in, as second step and as step-up; and refused for every reason there is."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from api.auth.passkeys import RelyingParty
from core import clock
from core.database import Database
from models.tables.attempts import RefusedSignIn
from models.tables.factors import Passkey, PasskeyChallenge
from models.tables.people import User
from models.types import Role
from tests.api.auth.conftest import FACTORS, Member, code_of, member, sign_in
from tests.api.conftest import open_client
from tests.support.authenticator import PRESENT, Authenticator, b64, raw
from tests.support.marketplace import PASSWORD

OPTIONS = "/api/v1/sessions/passkey-options"
SIGN_IN = "/api/v1/sessions/passkeys"


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


async def ask(client: AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(OPTIONS, json=body)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def enter(client: AsyncClient, device: Authenticator, **body: Any) -> Response:
    """Without a name: the device knows whose passkey it is."""
    return await client.post(SIGN_IN, json={"credential": device.get(await ask(client)), **body})


async def test_a_passkey_signs_in_alone_and_counts_as_two_factors(
    app: FastAPI, ada: Member, client: AsyncClient, device: Authenticator, database: Database
) -> None:
    await ada.enrol_passkey(device)
    entered = await enter(client, device)
    assert entered.status_code == 201, entered.text
    assert entered.json()["person"]["id"] == ada.id
    async with open_client(app, authorization=f"Bearer {entered.json()['token']}") as program:
        methods = [one["methods"] for one in (await program.get("/api/v1/sessions")).json()["sessions"]]
        assert ["passkey"] in methods
        assert (await program.post(f"{FACTORS}/recovery-codes")).status_code == 201  # asks for two factors


async def test_what_the_device_is_told_says_nothing_about_the_person(ada: Member, device: Authenticator) -> None:
    options = (await ada.http.post(f"{FACTORS}/passkeys/options")).json()
    assert options["rp"] == {"id": "shop.example", "name": "ArtisanConnect"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert len(raw(options["user"]["id"])) == 64
    assert ada.id.encode() not in raw(options["user"]["id"])
    await ada.enrol_passkey(device)
    again = (await ada.http.post(f"{FACTORS}/passkeys/options")).json()
    assert again["user"]["id"] == b64(device.user_handle)
    assert [one["id"] for one in again["excludeCredentials"]] == [b64(device.credential_id)]


async def test_names_are_sealed_shown_and_changed(ada: Member, device: Authenticator, database: Database) -> None:
    passkey_id = await ada.enrol_passkey(device)
    renamed = await ada.http.patch(f"{FACTORS}/passkeys/{passkey_id}", json={"name": "Ada's telephone"})
    assert renamed.status_code == 204
    assert [one["name"] for one in (await ada.http.get(FACTORS)).json()["passkeys"]] == ["Ada's telephone"]
    async with database.transaction() as session:
        assert b"telephone" not in (await session.scalars(select(Passkey.name_sealed))).one()


async def test_as_second_step_after_a_password(ada: Member, client: AsyncClient, device: Authenticator) -> None:
    await ada.enrol_passkey(device)
    refused = await sign_in(client, ada.email)
    assert code_of(refused) == "second_factor_needed"
    needed = refused.json()["error"]["details"]
    assert needed["methods"] == ["passkey", "recovery_code"]
    options = await ask(client, pending=needed["pending"])
    assert [one["id"] for one in options["allowCredentials"]] == [b64(device.credential_id)]
    body = {"credential": device.get(options), "pending": needed["pending"]}
    assert (await client.post(SIGN_IN, json=body)).status_code == 201


async def test_the_second_step_of_one_sign_in_is_not_that_of_another(
    app: FastAPI, ada: Member, client: AsyncClient, device: Authenticator, database: Database
) -> None:
    await ada.enrol_passkey(device)
    other = await member(app, database)
    await other.enrol_passkey(Authenticator())
    mine = (await sign_in(client, ada.email)).json()["error"]["details"]["pending"]
    others = (await sign_in(client, other.email)).json()["error"]["details"]["pending"]
    credential = device.get(await ask(client, pending=mine))
    refused = await client.post(SIGN_IN, json={"credential": credential, "pending": others})
    assert (refused.status_code, code_of(refused)) == (401, "passkey_refused")
    foreign = device.get(await ask(client, pending=others))  # the device answers although it was not asked
    assert code_of(await client.post(SIGN_IN, json={"credential": foreign, "pending": others})) == "passkey_refused"


async def test_as_step_up_for_somebody_whose_proof_is_old(
    ada: Member, device: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.enrol_passkey(device)
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert code_of(await ada.http.get(FACTORS)) == "reauthentication_required"
    options = await ask(ada.http, again=True)
    ada.goes_on(await ada.http.post(SIGN_IN, json={"credential": device.get(options)}))
    assert (await ada.http.get(FACTORS)).status_code == 200
    assert len((await ada.http.get("/api/v1/sessions")).json()["sessions"]) == 1


async def test_a_step_up_with_somebody_elses_passkey_is_refused(
    app: FastAPI, ada: Member, device: Authenticator, database: Database
) -> None:
    await ada.enrol_passkey(Authenticator())
    other = await member(app, database)
    await other.enrol_passkey(device)
    refused = await ada.http.post(SIGN_IN, json={"credential": device.get(await ask(ada.http, again=True))})
    assert code_of(refused) == "passkey_refused"


async def test_nobody_proves_again_who_they_are(client: AsyncClient) -> None:
    refused = await client.post(OPTIONS, json={"again": True})
    assert (refused.status_code, code_of(refused)) == (401, "sign_in_required")
    stale = await client.post(OPTIONS, json={"pending": "nonsense"})
    assert (stale.status_code, code_of(stale)) == (401, "sign_in_too_old")


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://shop.example"},
        {"origin": "http://shop.example.evil.test"},
        {"origin": "http://shop.example:81"},
        {"rp_id": "evil.test"},
        {"flags": PRESENT},
        {"flags": 0},
        {"cross_origin": True},
        {"user_handle": b"somebody else"},
    ],
)
async def test_an_answer_from_elsewhere_is_refused(
    ada: Member, client: AsyncClient, device: Authenticator, lie: dict[str, Any], database: Database
) -> None:
    await ada.enrol_passkey(device)
    for name, value in lie.items():
        setattr(device, name, value)
    refused = await enter(client, device)
    assert (refused.status_code, code_of(refused)) == (401, "passkey_refused")
    async with database.transaction() as session:
        row = (await session.scalars(select(RefusedSignIn))).one()
    assert (row.wrong, row.count) == ("passkey_refused", 1)


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.test"}, {"rp_id": "evil.test"}, {"flags": PRESENT}, {"cross_origin": True}]
)
async def test_a_passkey_made_elsewhere_is_not_taken(
    ada: Member, device: Authenticator, lie: dict[str, Any], database: Database
) -> None:
    for name, value in lie.items():
        setattr(device, name, value)
    refused = await ada.try_to_enrol(device)
    assert (refused.status_code, code_of(refused)) == (401, "passkey_refused")
    async with database.transaction() as session:
        assert (await session.scalars(select(Passkey.id))).all() == []


async def test_a_challenge_is_answered_once(ada: Member, client: AsyncClient, device: Authenticator) -> None:
    await ada.enrol_passkey(device)
    body = {"credential": device.get(await ask(client))}
    assert (await client.post(SIGN_IN, json=body)).status_code == 201
    assert code_of(await client.post(SIGN_IN, json=body)) == "passkey_challenge_gone"


async def test_a_challenge_is_used_up_by_a_wrong_answer(
    ada: Member, client: AsyncClient, device: Authenticator
) -> None:
    await ada.enrol_passkey(device)
    options = await ask(client)
    device.rp_id = "evil.test"
    assert code_of(await client.post(SIGN_IN, json={"credential": device.get(options)})) == "passkey_refused"
    device.rp_id = "shop.example"
    assert code_of(await client.post(SIGN_IN, json={"credential": device.get(options)})) == "passkey_challenge_gone"


async def test_a_challenge_waits_five_minutes(
    ada: Member, client: AsyncClient, device: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.enrol_passkey(device)
    options, now = await ask(client), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5, seconds=1))
    assert code_of(await client.post(SIGN_IN, json={"credential": device.get(options)})) == "passkey_challenge_gone"


async def test_a_challenge_of_another_browser_is_refused(
    app: FastAPI, ada: Member, client: AsyncClient, device: Authenticator
) -> None:
    await ada.enrol_passkey(device)
    credential = device.get(await ask(client))
    async with open_client(app) as lured:  # sent there by somebody who wants them signed in to another account
        await ask(lured)
        assert code_of(await lured.post(SIGN_IN, json={"credential": credential})) == "passkey_challenge_gone"


async def test_a_challenge_to_register_does_not_sign_in_and_the_other_way_round(
    ada: Member, client: AsyncClient, device: Authenticator
) -> None:
    await ada.enrol_passkey(device)
    to_register = (await ada.http.post(f"{FACTORS}/passkeys/options")).json()
    refused = await ada.http.post(SIGN_IN, json={"credential": device.get(to_register)})
    assert refused.status_code == 401
    fresh = Authenticator()
    to_sign_in = {**to_register, **await ask(ada.http, again=True)}
    body = {"name": "Another", "credential": fresh.create(to_sign_in)}
    assert code_of(await ada.http.post(f"{FACTORS}/passkeys", json=body)) == "passkey_challenge_gone"


async def test_a_challenge_of_another_session_registers_nothing(
    app: FastAPI, ada: Member, device: Authenticator, database: Database
) -> None:
    other = await member(app, database)
    options = (await other.http.post(f"{FACTORS}/passkeys/options")).json()
    body = {"name": "Not mine", "credential": device.create(options)}
    assert code_of(await ada.http.post(f"{FACTORS}/passkeys", json=body)) == "passkey_challenge_gone"


async def test_a_copied_passkey_is_told_by_its_counter(
    ada: Member, client: AsyncClient, device: Authenticator, database: Database
) -> None:
    await ada.enrol_passkey(device)
    copy = Authenticator(**{**device.__dict__, "counter": device.counter})
    assert (await enter(client, device)).status_code == 201
    assert (await enter(client, device)).status_code == 201
    refused = await enter(client, copy)
    assert (refused.status_code, code_of(refused)) == (401, "passkey_copied")
    async with database.transaction() as session:
        assert (await session.scalars(select(Passkey.sign_count))).one() == device.counter


async def test_a_device_that_does_not_count_is_fine(ada: Member, client: AsyncClient) -> None:
    device = Authenticator(counts=False)
    await ada.enrol_passkey(device)
    assert [(await enter(client, device)).status_code for _ in range(3)] == [201] * 3


async def test_an_unknown_and_a_removed_passkey_are_refused(
    ada: Member, client: AsyncClient, device: Authenticator
) -> None:
    stranger = Authenticator(user_handle=b"x" * 64)
    assert code_of(await enter(client, stranger)) == "passkey_refused"
    passkey_id = await ada.enrol_passkey(device)
    assert (await ada.http.delete(f"{FACTORS}/passkeys/{passkey_id}")).status_code == 204
    assert code_of(await enter(client, device)) == "passkey_refused"
    assert (await sign_in(client, ada.email)).status_code == 201  # no second factor is left


async def test_a_forged_signature_is_refused(ada: Member, client: AsyncClient, device: Authenticator) -> None:
    await ada.enrol_passkey(device)
    device.key = Authenticator().key
    assert code_of(await enter(client, device)) == "passkey_refused"


async def test_a_passkey_belongs_to_one_account(
    app: FastAPI, ada: Member, device: Authenticator, database: Database
) -> None:
    await ada.enrol_passkey(device)
    other = await member(app, database)
    refused = await other.try_to_enrol(device)
    assert (refused.status_code, code_of(refused)) == (409, "passkey_taken")


async def test_somebody_elses_passkey_does_not_exist(
    app: FastAPI, ada: Member, device: Authenticator, database: Database
) -> None:
    passkey_id = await ada.enrol_passkey(device)
    other = await member(app, database)
    await other.enrol_passkey(Authenticator())
    for path in (f"{FACTORS}/passkeys/{passkey_id}", f"{FACTORS}/passkeys/pky_00000000000000000000000000"):
        assert (await other.http.delete(path)).status_code == 404
        assert (await other.http.patch(path, json={"name": "Mine"})).status_code == 404
    assert len((await ada.http.get(FACTORS)).json()["passkeys"]) == 1


async def test_the_last_way_in_stays(ada: Member, device: Authenticator, database: Database) -> None:
    passkey_id = await ada.enrol_passkey(device)
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == ada.id).values(password_hash=None))
    refused = await ada.http.delete(f"{FACTORS}/passkeys/{passkey_id}")
    assert (refused.status_code, code_of(refused)) == (409, "last_way_in")


async def test_an_administrators_last_passkey_stays(app: FastAPI, database: Database, device: Authenticator) -> None:
    admin = await member(app, database, Role.ADMINISTRATOR)
    passkey_id = await admin.enrol_passkey(device)
    assert (await admin.http.get("/api/v1/admin/held-checkouts")).status_code == 200
    assert code_of(await admin.http.delete(f"{FACTORS}/passkeys/{passkey_id}")) == "last_second_factor"
    second = await admin.enrol_passkey(Authenticator())
    assert (await admin.http.delete(f"{FACTORS}/passkeys/{passkey_id}")).status_code == 204
    assert code_of(await admin.http.delete(f"{FACTORS}/passkeys/{second}")) == "last_second_factor"


async def test_another_site_cannot_ask(client: AsyncClient) -> None:
    refused = await client.post(OPTIONS, json={}, headers={"sec-fetch-site": "cross-site"})
    assert (refused.status_code, code_of(refused)) == (403, "cross_site_request")


async def test_old_challenges_are_swept(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(client)
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    await ask(client)
    async with database.transaction() as session:
        assert len((await session.scalars(select(PasskeyChallenge.purpose))).all()) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.binary(max_size=40).map(b64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    response=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6),
    claimed=st.fixed_dictionaries({"type": JSON, "challenge": JSON, "origin": JSON, "tokenBinding": JSON}),
    whole=st.booleans(),
)
async def test_whatever_a_stranger_sends_is_refused_and_never_our_fault(
    app: FastAPI, response: dict[str, Any], claimed: dict[str, Any], whole: bool
) -> None:
    if whole:
        response["clientDataJSON"] = b64(json.dumps(claimed).encode())
    body = {"credential": {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response}}
    async with open_client(app) as stranger:
        answer = await stranger.post(SIGN_IN, json=body)
    assert answer.status_code in {401, 422, 429}, answer.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("https://Shop.example/", RelyingParty("shop.example", "https://shop.example")),
        ("https://shop.example:443", RelyingParty("shop.example", "https://shop.example")),
    ],
)
def test_who_we_are_is_read_off_our_address(url: str, expected: RelyingParty) -> None:
    assert RelyingParty.at(url) == expected


async def test_a_password_still_needs_the_passkey(ada: Member, client: AsyncClient, device: Authenticator) -> None:
    await ada.enrol_passkey(device)
    again = await ada.http.post("/api/v1/sessions/current/proofs", json={"password": PASSWORD})
    assert code_of(again) == "second_factor_needed"


@pytest.mark.parametrize("response", ['{"clientDataJSON":"\\ud800"}', f'{{"deep":{"[" * 900}{"]" * 900}}}'])
async def test_what_nobody_can_write_down_again_is_refused(client: AsyncClient, ada: Member, response: str) -> None:
    """JSON that can be read and not written: half a character, or far too many brackets."""
    sent = f'{{"credential":{{"id":"a","rawId":"a","type":"public-key","response":{response}}}}}'
    named = sent[:-1] + ',"name":"My laptop"}'
    headers = {"content-type": "application/json"}
    for answer in (
        await client.post("/api/v1/sessions/passkeys", content=sent, headers=headers),
        await ada.http.post(f"{FACTORS}/passkeys", content=named, headers=headers),
    ):
        assert (answer.status_code, code_of(answer)) == (401, "passkey_refused")
