"""Signed tokens and the keys behind them: nothing passes that we did not sign, for this, for now; keys rotate."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from httpx import AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from activities import signing_keys
from api.oauth.facts import Facts
from api.oauth.server import partner_token
from core import clock
from core.database import Database
from core.keys import FileKeyRing, Purpose
from models.repositories import oauth_clients
from models.repositories import signing_keys as stored
from models.rules.scopes import ClientKind
from tests.api.oauth.conftest import ISSUER, Phone
from tests.support.keys import key_ring
from tests.support.marketplace import add_shop

ORDERS = "/api/v1/partner/orders"
CLAIMS = {"iss": ISSUER, "aud": f"{ISSUER}/api/v1/partner", "jti": "once", "scope": "orders:read"}


@pytest.fixture
async def client_id(database: Database) -> str:
    """A shop's customer records."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        return await oauth_clients.add(
            session,
            kind=ClientKind.CRM,
            name="Books",
            courier=None,
            shop_id=shop.id,
            scopes=["orders:read"],
            redirect_uris=[],
            created_by="usr_administrator",
            now=clock.now(),
        )


async def signer(database: Database) -> signing_keys.Signer:
    async with database.transaction() as session:
        return await signing_keys.signer(session, clock.now())


async def status(http: AsyncClient, token: str) -> int:
    return (await http.get(ORDERS, headers={"authorization": f"Bearer {token}"})).status_code


def signed(by: signing_keys.Signer, client_id: str, header: dict[str, Any], /, **changes: Any) -> str:
    now = int(clock.now().timestamp())
    claims = {**CLAIMS, "sub": client_id, "client_id": client_id, "iat": now, "exp": now + 600, **changes}
    known = {"alg": "ES256", "typ": "at+jwt", "kid": by.kid, **header}
    left = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({n: v for n, v in known.items() if v is not None}, left, by.key, ["ES256"])


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_token_of_ours_is_believed(http: AsyncClient, database: Database, client_id: str) -> None:
    key = await signer(database)
    assert await status(http, signed(key, client_id, {})) == 200
    async with database.transaction() as session:
        client = await oauth_clients.find(session, client_id)
    assert client is not None
    made = partner_token(Facts(ISSUER, clock.now(), signer=key), client, "orders:read")
    public = KeySet.import_key_set((await http.get("/oauth/jwks")).json())
    token = jwt.decode(made, public, algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    assert {name: token.claims[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
        **{name: CLAIMS[name] for name in ("iss", "aud", "scope")},
        "sub": client_id,
        "client_id": client_id,
    }


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({"typ": None}, {}),
        ({"kid": None}, {}),
        ({"kid": "sig-unknown"}, {}),
        ({"kid": "' or true --"}, {}),
        ({}, {"iss": "https://evil.example"}),
        ({}, {"iss": None}),
        ({}, {"aud": ISSUER}),
        ({}, {"aud": "cli_app"}),
        ({}, {"aud": None}),
        ({}, {"exp": 1}),
        ({}, {"exp": None}),
        ({}, {"exp": "soon"}),
        ({}, {"iat": 32_503_680_000}),
        ({}, {"sub": None}),
        ({}, {"jti": None}),
        ({}, {"client_id": None}),
        ({}, {"client_id": "cli_nobody"}),
        ({}, {"scope": None}),
    ],
)
async def test_even_with_our_signature_every_part_has_to_be_right(
    http: AsyncClient, database: Database, client_id: str, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert await status(http, signed(await signer(database), client_id, header, **claims)) == 401


async def test_a_scope_that_it_lacks_is_told(http: AsyncClient, database: Database, client_id: str) -> None:
    assert await status(http, signed(await signer(database), client_id, {}, scope="parcels:report")) == 403


async def test_no_trick_with_the_algorithm_gets_through(
    http: AsyncClient, database: Database, client_id: str, phone: Phone
) -> None:
    key = await signer(database)
    good = signed(key, client_id, {})
    _, claims, signature = good.split(".")
    public = json.dumps(key.key.as_dict(private=False)).encode()

    def forged(secret: bytes) -> str:
        message = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key.kid})}.{claims}"
        digest = hmac.digest(secret, message.encode(), hashlib.sha256)
        return f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    own = ECKey.generate_key("P-256", {"kid": key.kid})
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    for token in (
        f"{part({**header, 'alg': 'none'})}.{claims}.",
        f"{part({**header, 'alg': 'none'})}.{claims}.{signature}",
        f"{part({**header, 'alg': 'nOnE'})}.{claims}.",
        forged(public),
        forged(key.key.as_pem(private=False)),
        forged(b""),
        jwt.encode({**header, "jwk": own.as_dict(private=False)}, {**CLAIMS, "client_id": client_id}, own, ["ES256"]),
        signed(signing_keys.Signer(key.kid, own), client_id, {}),
        f"{part(header)}.{part({**CLAIMS, 'client_id': client_id, 'sub': client_id})}.{signature}",
        f"{part({**header, 'crit': ['exp'], 'exp': 0})}.{claims}.{signature}",
        (await phone.tokens())["id_token"],
        (await phone.tokens())["access_token"],
        "", "a.b", "a.b.c", "....", "é", good + "x", good[:-4], "x" * 5_000,
    ):  # fmt: skip
        answer = await http.get(ORDERS, headers=[(b"authorization", f"Bearer {token}".encode())])
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_token"), token
    # And a partner's token is no session of anybody's.
    assert (await http.get("/api/v1/me", headers={"authorization": f"Bearer {good}"})).status_code == 401
    assert await status(http, good) == 200


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_over(
    http: AsyncClient, database: Database, client_id: str
) -> None:
    async def kids() -> list[str]:
        return [key["kid"] for key in (await http.get("/oauth/jwks")).json()["keys"]]

    with time_machine.travel(clock.now(), tick=False) as moment:
        first = await signer(database)
        assert await kids() == [first.kid]
        async with database.transaction() as session:
            made = await signing_keys.rotate(session, clock.now())
        assert await kids() == [made.kid, first.kid]
        moment.shift(timedelta(minutes=59))
        last = await signer(database)
        assert last.kid == first.kid
        token = signed(last, client_id, {})
        moment.shift(timedelta(minutes=1))
        assert (await signer(database)).kid == made.kid
        assert await status(http, token) == 200
        moment.shift(timedelta(minutes=8))
        assert await status(http, token) == 200
        moment.shift(timedelta(hours=2))
        assert await kids() == [made.kid]
        assert await status(http, signed(first, client_id, {})) == 401


async def test_a_key_that_others_may_have_is_gone_at_once(
    http: AsyncClient, database: Database, client_id: str
) -> None:
    stolen = await signer(database)
    async with database.transaction() as session:
        await signing_keys.rotate(session, clock.now(), at_once=True)
    assert await status(http, signed(stolen, client_id, {})) == 401
    fresh = await signer(database)
    assert fresh.kid != stolen.kid
    assert await status(http, signed(fresh, client_id, {})) == 200


async def test_a_key_is_replaced_once_a_month_by_whoever_uses_it(http: AsyncClient, database: Database) -> None:
    async def published() -> int:
        return len((await http.get("/oauth/jwks")).json()["keys"])

    with time_machine.travel(clock.now(), tick=False) as moment:
        first = await signer(database)
        moment.shift(timedelta(days=29))
        assert await published() == 1
        moment.shift(timedelta(days=1))
        assert (await signer(database)).kid == first.kid  # the next one is published first
        answers = await asyncio.gather(*(published() for _ in range(8)))
        assert set(answers) == {2}
        moment.shift(timedelta(hours=1))
        assert (await signer(database)).kid != first.kid
        moment.shift(timedelta(days=40))
        assert await published() == 2


async def test_private_halves_are_sealed_and_an_erased_ring_key_costs_no_service(database: Database) -> None:
    ring = key_ring()
    assert isinstance(ring, FileKeyRing)
    first = await signer(database)
    async with database.transaction() as session:
        (row,) = await stored.in_use(session, clock.now())
    secret = str(first.key.as_dict(private=True)["d"])
    assert secret.encode() not in row.sealed_private
    assert "d" not in row.public_jwk
    before = ring.current(Purpose.TOKENS).id
    ring.rotate(Purpose.TOKENS)
    assert (await signer(database)).kid == first.kid
    ring.erase(before)
    assert (await signer(database)).kid != first.kid


async def test_only_public_halves_are_published(http: AsyncClient) -> None:
    answer = await http.get("/oauth/jwks")
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
