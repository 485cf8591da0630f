"""The sandbox's sign-in providers, as any OpenID Connect client and any browser meets them."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.identity.mischief import WAYS
from tests.support.sandbox import IDENTITY_PROVIDERS, IDENTITY_SECRET, SHOP

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = f"{SHOP}/sign-in/with/lantern/callback"
REQUEST = {
    "response_type": "code",
    "client_id": "lantern-client",
    "redirect_uri": BACK,
    "scope": "openid email profile",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
PAGE = "/identity/lantern/authorize"


@pytest.fixture
async def http(sandbox: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False, timeout=20) as client:
        yield client


def answer_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def code_for(http: httpx.AsyncClient, **chosen: str) -> str:
    response = await http.post(PAGE, params=REQUEST, data=chosen or {"person": "ada@lantern.example"})
    return answer_of(response)["code"]


async def redeem(http: httpx.AsyncClient, code: str, *, secret: str = IDENTITY_SECRET, **changes: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": BACK}
    return await http.post("/identity/lantern/token", data=form | changes, auth=("lantern-client", secret))


@pytest.mark.parametrize("code", IDENTITY_PROVIDERS)
async def test_discovery_leads_everywhere(http: httpx.AsyncClient, sandbox: str, code: str) -> None:
    found = (await http.get(f"/identity/{code}/.well-known/openid-configuration")).json()
    assert found["issuer"] == f"{sandbox}/identity/{code}"
    assert found["code_challenge_methods_supported"] == ["S256"]
    (key,) = (await http.get(found["jwks_uri"])).json()["keys"]
    assert key["alg"] == found["id_token_signing_alg_values_supported"][0]
    assert "d" not in key  # the private half stays here


async def test_somebody_chooses_who_to_be(http: httpx.AsyncClient) -> None:
    page = await http.get(PAGE, params=REQUEST)
    assert "TEST MODE" in page.text
    answer = answer_of(await http.post(PAGE, params=REQUEST, data={"person": "ada@lantern.example"}))
    assert (answer["state"], answer["iss"].endswith("/identity/lantern")) == ("s", True)

    tokens = (await redeem(http, answer["code"])).json()
    assert tokens["id_token"].count(".") == 2
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = (await http.get("/identity/lantern/userinfo", headers=bearer)).json()
    assert (told["email"], told["name"], told["email_verified"]) == ("ada@lantern.example", "Ada Marsh", True)


async def test_somebody_types_who_to_be_or_cancels(http: httpx.AsyncClient) -> None:
    assert await code_for(http, email="grace@example.com", name="Grace")
    wrong = await http.post(PAGE, params=REQUEST, data={"email": "nobody"})
    assert wrong.status_code == 422
    assert "Type a whole e-mail address." in wrong.text
    cancelled = await http.post(PAGE, params=REQUEST, data={"answer": "cancel"})
    assert answer_of(cancelled)["error"] == "access_denied"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_a_wrong_request_goes_back_with_an_error(
    http: httpx.AsyncClient, change: dict[str, str], error: str
) -> None:
    assert answer_of(await http.get(PAGE, params=REQUEST | change))["error"] == error


@pytest.mark.parametrize("change", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
async def test_a_stranger_is_sent_nowhere(http: httpx.AsyncClient, change: dict[str, str]) -> None:
    for answer in (
        await http.get(PAGE, params=REQUEST | change),
        await http.post(PAGE, params=REQUEST | change, data={"person": "ada@lantern.example"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
        ({"redirect_uri": f"{SHOP}/elsewhere"}, 400, "invalid_grant"),
        ({"code": "code_of_nobody"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"secret": "guessed"}, 401, "invalid_client"),
    ],
)
async def test_a_code_is_given_up_only_to_whom_it_was_given(
    http: httpx.AsyncClient, change: dict[str, str], status: int, error: str
) -> None:
    code = await code_for(http)
    refused = await redeem(http, **{"code": code, **change})
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert (await redeem(http, code)).status_code == 200
    assert (await redeem(http, code)).json()["error"] == "invalid_grant"


async def test_an_unknown_token_tells_nothing(http: httpx.AsyncClient) -> None:
    code = await code_for(http)
    for header in ({}, {"Authorization": "Bearer nothing"}, {"Authorization": f"Bearer {code}"}):
        assert (await http.get("/identity/lantern/userinfo", headers=header)).status_code == 401


async def test_keys_rotate_and_outlive_a_restart(http: httpx.AsyncClient, shared_sandbox: Any) -> None:
    async def published() -> list[str]:
        return [key["kid"] for key in (await http.get("/identity/lantern/jwks")).json()["keys"]]

    (first,) = await published()
    second = (await http.post("/_control/identity/lantern/rotate")).json()["kid"]
    assert await published() == [second, first]
    third = (await http.post("/_control/identity/lantern/rotate")).json()["kid"]
    assert await published() == [third, second]
    shared_sandbox.restart()
    assert await published() == [third, second]
    fourth = (await http.post("/_control/identity/lantern/rotate", json={"withdraw": True})).json()["kid"]
    assert await published() == [fourth]


async def test_mischief_is_named_and_forgotten_on_reset(http: httpx.AsyncClient) -> None:
    switch = "/_control/identity/lantern"
    assert set((await http.get(switch)).json()["ways"]) == set(WAYS)
    assert (await http.put(switch, json={"misbehave": ["nonsense"]})).status_code == 422
    assert (await http.put(switch, json={"misbehave": ["expired"]})).json()["misbehave"] == ["expired"]
    await http.post("/_control/reset")
    assert (await http.get(switch)).json()["misbehave"] == []
    for path in ("/identity/nobody/jwks", PAGE.replace("lantern", "nobody"), "/_control/identity/nobody"):
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("given", ["lantern", '[{"code": "lantern"}]', '[{"code": "a", "redirect_uris": 1}]'])
def test_a_wrong_setting_is_named(given: str) -> None:
    with pytest.raises(ValueError, match="SANDBOX_IDENTITY_PROVIDERS"):
        SandboxConfig.from_env({"SANDBOX_DB": "x", "SANDBOX_IDENTITY_PROVIDERS": given})
