"""An app and a person, from the question to the token: what is allowed, and everything that is not."""

import asyncio
import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from api.auth.sessions import token_hash
from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import sessions as stored
from models.tables.audit import AuditEntry
from models.tables.oauth import OAuthCode, OAuthGrant, OAuthRefreshToken
from models.tables.sessions import Session
from models.types import Role
from tests.api.oauth.conftest import BACK, HTML, ISSUER, AsyncOAuth2Client, Phone, add_app, add_phone, failed, press
from tests.support.signing_in import session_of


async def actions(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


async def count(database: Database, table: type) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_the_whole_way_with_an_ordinary_client_library(app: FastAPI, http: AsyncClient, phone: Phone) -> None:
    found = (await http.get("/.well-known/openid-configuration")).json()
    AuthorizationServerMetadata(found).validate()
    verifier = secrets.token_urlsafe(48)
    async with AsyncOAuth2Client(
        phone.client_id,
        scope="openid profile shop",
        redirect_uri=BACK,
        token_endpoint_auth_method="none",
        code_challenge_method="S256",
        transport=ASGITransport(app),
    ) as library:
        address, state = library.create_authorization_url(
            found["authorization_endpoint"], code_verifier=verifier, nonce="once"
        )
        page = await phone.browser.get(address)
        back = (await press(phone.browser, page, "allow")).headers["location"]
        assert dict(parse_qsl(urlsplit(back).query))["iss"] == ISSUER
        token = await library.fetch_token(
            found["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
        )
        assert (token["token_type"], token["scope"], token["expires_in"]) == ("Bearer", "openid profile shop", 900)
        assert (await library.get(f"{ISSUER}/api/v1/me")).json()["id"] == phone.person_id
        renewed = await library.refresh_token(found["token_endpoint"])
        assert renewed["refresh_token"] != token["refresh_token"]
        assert (await library.get(f"{ISSUER}/api/v1/me")).status_code == 200
        await library.revoke_token(found["revocation_endpoint"], token=renewed["refresh_token"])
        assert (await phone.get("/api/v1/me", renewed["access_token"])).status_code == 401


async def test_the_identity_token_tells_what_the_scopes_allow(http: AsyncClient, phone: Phone) -> None:
    keys = KeySet.import_key_set((await http.get("/oauth/jwks")).json())
    tokens = await phone.tokens(nonce="once")
    identity = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    claims = identity.claims
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, phone.client_id, phone.person_id)
    assert (claims["nonce"], claims["name"]) == ("once", "Ada Byron")
    assert claims["exp"] - claims["iat"] == 600
    assert "email" not in claims
    bare = (await phone.tokens(scope="openid shop"))["id_token"]
    assert "name" not in jwt.decode(bare, keys, algorithms=["ES256"]).claims
    assert "id_token" not in await phone.tokens(scope="shop")


async def test_only_hashes_are_stored_and_the_owner_sees_the_app(database: Database, phone: Phone) -> None:
    tokens = await phone.tokens()
    async with database.transaction() as session:
        row = await session.get(Session, token_hash(tokens["access_token"]))
        assert row is not None
        assert (row.client_id, row.scopes, row.device) == (phone.client_id, ["openid", "profile", "shop"], "Loom Notes")
        assert (await session.scalars(select(OAuthRefreshToken.token_hash))).all() == [
            token_hash(tokens["refresh_token"])
        ]
    listed = (await phone.browser.get("/api/v1/sessions")).json()["sessions"]
    assert [one["device"] for one in listed if one["is_app"]] == ["Loom Notes"]


async def test_no_is_told_to_the_app_and_gives_nothing(database: Database, phone: Phone) -> None:
    assert await phone.answer("refuse") == {"error": "access_denied", "state": "as-it-was", "iss": ISSUER} | {
        "error_description": "The resource owner or authorization server denied the request"
    }
    assert await count(database, OAuthCode) == 0


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
        ({"code_verifier": "short"}, 400, "invalid_request"),
        ({"code_verifier": None}, 400, "invalid_request"),
        ({"redirect_uri": BACK + "/"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_grant"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_request"),
        ({"client_id": "cli_nobody"}, 400, "invalid_client"),
        ({"client_id": None}, 400, "invalid_client"),
        ({"client_secret": "guessed"}, 400, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"code": "nul\x00"}, 400, "invalid_request"),
        ({"code": "x" * 3_000}, 400, "invalid_request"),
    ],
)
async def test_a_wrong_exchange_is_refused_and_spends_nothing(
    phone: Phone, changes: dict[str, str | None], status: int, error: str
) -> None:
    code = await phone.code()
    answer = await phone.exchange(**{"code": code, **changes})  # type: ignore[arg-type]  # one of them may be None
    assert failed(answer) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert (await phone.exchange(code)).status_code == 200


async def test_each_parameter_comes_once_and_only_in_a_form(phone: Phone) -> None:
    code = await phone.code()
    twice = f"grant_type=authorization_code&client_id={phone.client_id}&code={code}&code={code}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    for answer in (
        await phone.http.post("/oauth/token", content=twice, headers=form),
        await phone.http.post("/oauth/token", json={"grant_type": "authorization_code", "code": code}),
        await phone.http.post("/oauth/token", content=b"code=%ff", headers=form),
        await phone.http.post("/oauth/token", content=b""),
    ):
        assert failed(answer) == (400, "invalid_request")
    assert (await phone.exchange(code)).status_code == 200


async def test_another_apps_code_is_worth_nothing_to_it(database: Database, phone: Phone) -> None:
    other = phone.of(await add_app(database, "Other"))
    code = await phone.code()
    assert failed(await other.exchange(code, code_verifier=phone.pkce.verifier)) == (400, "invalid_grant")
    assert (await phone.exchange(code)).status_code == 200  # and that spent nothing of whose it is


async def test_a_code_lives_for_a_minute(phone: Phone) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        code = await phone.code()
        moment.shift(59)
        late = await phone.code()
        moment.shift(2)
        assert failed(await phone.exchange(code)) == (400, "invalid_grant")
        assert (await phone.exchange(late)).status_code == 200


@pytest.mark.parametrize(("scope", "named"), [("openid profile shop", True), ("openid shop", False)])
async def test_an_app_learns_what_its_person_allowed(phone: Phone, scope: str, *, named: bool) -> None:
    tokens = await phone.tokens(scope=scope)
    told = (await phone.get("/api/v1/me", tokens["access_token"])).json()
    assert (bool(told["name"]), told["email"]) == (named, "")


async def test_a_replayed_code_takes_back_what_it_gave(database: Database, phone: Phone) -> None:
    code = await phone.code()
    tokens = (await phone.exchange(code)).json()
    assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 200
    assert failed(await phone.exchange(code)) == (400, "invalid_grant")
    assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 401
    assert failed(await phone.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert await count(database, OAuthGrant) == 0
    assert (await actions(database))[-1] == Audited.GRANT_REVOKED


async def test_twenty_exchanges_of_one_code_at_once(database: Database, phone: Phone) -> None:
    code = await phone.code()
    answers = await asyncio.gather(*(phone.exchange(code) for _ in range(20)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {failed(answer) for answer in answers if answer.status_code != 200} == {(400, "invalid_grant")}
    assert (await phone.get("/api/v1/me", won[0].json()["access_token"])).status_code == 401
    assert await count(database, OAuthGrant) == 0


async def test_a_token_expires_and_a_refreshed_one_replaces_it(phone: Phone) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        tokens = await phone.tokens()
        moment.shift(timedelta(minutes=15))
        assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 401
        renewed = (await phone.refresh(tokens["refresh_token"])).json()
        assert (await phone.get("/api/v1/me", renewed["access_token"])).status_code == 200
        again = (await phone.refresh(renewed["refresh_token"])).json()
        assert (await phone.get("/api/v1/me", renewed["access_token"])).status_code == 401
        assert (await phone.get("/api/v1/me", again["access_token"])).status_code == 200


async def test_a_used_refresh_token_ends_its_family_and_the_person_is_told(database: Database, phone: Phone) -> None:
    from models.tables.letters import Letter

    first = await phone.tokens()
    second = (await phone.refresh(first["refresh_token"])).json()
    assert failed(await phone.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert (await phone.get("/api/v1/me", second["access_token"])).status_code == 401
    assert failed(await phone.refresh(second["refresh_token"])) == (400, "invalid_grant")
    async with database.transaction() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.REFRESH_REUSED))).one()
        assert (entry.actor, entry.subject) == (phone.client_id, phone.person_id)
        letter = (await session.scalars(select(Letter))).one()
        assert (letter.kind, letter.person_id) == ("app_signed_out", phone.person_id)


async def test_twenty_refreshes_at_once_leave_nobody_with_a_token(database: Database, phone: Phone) -> None:
    tokens = await phone.tokens()
    answers = await asyncio.gather(*(phone.refresh(tokens["refresh_token"]) for _ in range(20)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert (await phone.get("/api/v1/me", won[0].json()["access_token"])).status_code == 401
    assert await count(database, OAuthGrant) == 0
    assert (await actions(database)).count(Audited.REFRESH_REUSED) == 1


async def test_another_apps_refresh_token_is_worth_nothing_to_it(database: Database, phone: Phone) -> None:
    tokens = await phone.tokens()
    other = phone.of(await add_app(database, "Other"))
    assert failed(await other.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    answer = await phone.http.post(
        "/oauth/revoke", data={"client_id": other.client_id, "token": tokens["refresh_token"]}
    )
    assert answer.status_code == 200  # as for any token that is not there
    assert (await phone.refresh(tokens["refresh_token"])).status_code == 200


async def test_refreshing_gives_less_when_asked_and_never_more(phone: Phone) -> None:
    tokens = await phone.tokens(scope="profile shop")
    assert failed(await phone.refresh(tokens["refresh_token"], scope="profile shop desk")) == (400, "invalid_scope")
    less = (await phone.refresh(tokens["refresh_token"], scope="profile")).json()
    assert less["scope"] == "profile"
    refused = await phone.get("/api/v1/me", less["access_token"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="shop"'
    assert (await phone.refresh(less["refresh_token"])).json()["scope"] == "profile shop"


async def test_nobody_has_a_desk_but_an_artisan(app: FastAPI, database: Database, phone: Phone) -> None:
    assert (await phone.tokens(scope="shop desk"))["scope"] == "shop"
    assert (await phone.ask(scope="desk")).headers["location"].startswith(f"{BACK}?error=invalid_scope")
    maker = await add_phone(app, database, phone.http, Role.ARTISAN)
    tokens = await maker.tokens(scope="desk")
    assert (await maker.get("/api/v1/shop/listings", tokens["access_token"])).status_code != 401
    assert (await maker.get("/api/v1/me", tokens["access_token"])).status_code == 403


async def test_no_app_does_an_administrators_work(app: FastAPI, database: Database, http: AsyncClient) -> None:
    phone = await add_phone(app, database, http, Role.ADMINISTRATOR)
    tokens = await phone.tokens(scope="shop")
    assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 200
    assert (await phone.get("/api/v1/admin/clients", tokens["access_token"])).status_code == 403


async def test_an_app_is_as_sure_of_its_person_as_we_were(phone: Phone) -> None:
    """RFC 9470: what is sensitive asks for a proof that refreshing never gives."""
    with time_machine.travel(clock.now(), tick=False) as moment:
        tokens = await phone.tokens(max_age="600")
        assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 200
        sensitive = "/api/v1/orders"
        assert (await phone.get(sensitive, tokens["access_token"])).status_code == 200
        moment.shift(timedelta(minutes=11))
        tokens = (await phone.refresh(tokens["refresh_token"])).json()
        stale = await phone.get(sensitive, tokens["access_token"])
        assert (stale.status_code, stale.json()["error"]["code"]) == (401, "reauthentication_required")
        assert stale.headers["www-authenticate"].startswith('Bearer error="insufficient_user_authentication", max_age=')
        assert (await phone.ask(max_age="600")).headers["location"].startswith("/sign-in/again?next=")


async def test_refreshing_is_no_activity(phone: Phone) -> None:
    """A customer who has been away for an hour proves it again, however busy their app was."""
    with time_machine.travel(clock.now(), tick=False) as moment:
        tokens = await phone.tokens()
        for _ in range(4):
            moment.shift(timedelta(minutes=14))
            tokens = (await phone.refresh(tokens["refresh_token"])).json()
        moment.shift(timedelta(minutes=5))
        rests = await phone.get("/api/v1/me", tokens["access_token"])
        assert (rests.status_code, rests.json()["error"]["code"]) == (401, "reauthentication_required")
        assert failed(await phone.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


async def test_nothing_goes_on_for_ever(database: Database, app: FastAPI, http: AsyncClient) -> None:
    maker = await add_phone(app, database, http, Role.ARTISAN)
    with time_machine.travel(clock.now(), tick=False) as moment:
        tokens = await maker.tokens(scope="desk")
        moment.shift(timedelta(hours=11, minutes=55))
        tokens = (await maker.refresh(tokens["refresh_token"])).json()
        moment.shift(timedelta(minutes=6))
        assert (await maker.get("/api/v1/shop/listings", tokens["access_token"])).status_code == 401
        assert failed(await maker.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert await count(database, OAuthGrant) == 0


async def test_the_owner_ends_it_in_the_list_of_devices(phone: Phone) -> None:
    tokens = await phone.tokens()
    listed = (await phone.browser.get("/api/v1/sessions")).json()["sessions"]
    (session_id,) = [one["id"] for one in listed if one["is_app"]]
    page = await phone.browser.get("/account/devices")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    ended = await phone.browser.post(
        f"/account/devices/{session_id}", data={"csrf_token": token}, headers={"sec-fetch-site": "same-origin"}
    )
    assert ended.status_code == 303
    assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 401
    assert failed(await phone.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


async def test_taking_an_app_back_ends_all_of_it(database: Database, phone: Phone) -> None:
    tokens = [await phone.tokens() for _ in range(2)]
    waiting = await phone.code()
    page = await phone.browser.get("/account/apps")
    assert "Loom Notes" in page.text
    assert "Shop for you" in page.text
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    path = f"/account/apps/{phone.client_id}/withdraw"
    sent = {"data": {"csrf_token": token}, "headers": {"sec-fetch-site": "same-origin"}}
    assert (await phone.browser.post(path, **sent)).status_code == 303  # type: ignore[arg-type]  # two of httpx's
    assert (await phone.browser.post(path, **sent)).status_code == 404  # type: ignore[arg-type]  # two of httpx's
    for one in tokens:
        assert (await phone.get("/api/v1/me", one["access_token"])).status_code == 401
        assert failed(await phone.refresh(one["refresh_token"])) == (400, "invalid_grant")
    assert failed(await phone.exchange(waiting)) == (400, "invalid_grant")
    assert (await phone.browser.get("/api/v1/me/apps")).json() == {"items": []}
    assert (await actions(database))[-1] == Audited.GRANT_REVOKED


async def test_a_code_on_its_way_ends_with_the_sessions(database: Database, phone: Phone) -> None:
    """Whoever was in with a stolen password would come back by way of an app that they had just allowed."""
    waiting = await phone.code()
    async with database.transaction() as session:
        token = await session_of(session, phone.person_id)
        elsewhere = (await session.scalars(select(Session.id).where(Session.token_hash == token_hash(token)))).one()
        assert await stored.revoke(session, phone.person_id, elsewhere)
    assert failed(await phone.exchange(waiting)) == (400, "invalid_grant")
    waiting = await phone.code()
    async with database.transaction() as session:
        await stored.revoke_all(session, phone.person_id)
    assert failed(await phone.exchange(waiting)) == (400, "invalid_grant")


async def test_an_app_can_not_allow_itself_more_nor_end_another(database: Database, phone: Phone) -> None:
    tokens = await phone.tokens(scope="shop")
    other = phone.of(await add_app(database, "Other"))
    await other.tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"} | HTML
    assert (await phone.http.get(phone.address(scope="shop profile"), headers=bearer)).status_code == 403
    grabbed = await phone.http.post(phone.address(scope="shop profile"), data={"decision": "allow"}, headers=bearer)
    assert grabbed.status_code == 403
    assert (await phone.http.delete(f"/api/v1/me/apps/{other.client_id}", headers=bearer)).status_code == 403
    assert (await phone.http.delete(f"/api/v1/me/apps/{phone.client_id}", headers=bearer)).status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/ses_any"),
        ("POST", "/api/v1/sessions"),
        ("POST", "/api/v1/sessions/current/proofs"),
        ("PUT", "/api/v1/me/password"),
        ("POST", "/api/v1/email-changes"),
        ("GET", "/api/v1/me/factors"),
        ("POST", "/api/v1/me/factors/passkeys/options"),
        ("GET", "/api/v1/payments"),
        ("GET", "/api/v1/me/consents"),
        ("PUT", "/api/v1/me/consents"),
        ("GET", "/api/v1/me/erasure"),
        ("DELETE", "/api/v1/me/erasure"),
        ("POST", "/api/v1/me/erasure/checks"),
        ("POST", "/api/v1/commissions/com_any/story/consent"),
        ("GET", "/account/devices"),
        ("GET", "/account/apps"),
        ("POST", "/account/security/codes"),
        ("GET", "/cart"),
    ],
)
async def test_an_app_never_reaches_the_account_itself(phone: Phone, method: str, path: str) -> None:
    """However fresh its person's proof is: whoever could change how somebody signs in would keep the account."""
    tokens = await phone.tokens()
    answer = await phone.http.request(method, path, headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_an_app_signs_itself_out(phone: Phone) -> None:
    tokens = await phone.tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await phone.http.delete("/api/v1/sessions/current", headers=bearer)).status_code == 204
    assert failed(await phone.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
