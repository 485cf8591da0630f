"""The `IdentityProvider` port against the sandbox's providers, well-behaved and not."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from activities.gateways import oidc
from activities.gateways.oidc import OidcProvider
from core import clock
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import IdentityProvider, OutsideAnswer, OutsideAttempt, OutsideIdentity
from tests.support.sandbox import IDENTITY_PROVIDERS, IDENTITY_SECRET, SHOP

ADA = {"email": "Ada@Example.com", "name": "Ada Byron"}


def opened(sandbox_url: str, code: str, **changes: Any) -> OidcProvider:
    settings: dict[str, Any] = {
        "issuer": f"{sandbox_url}/identity/{code}",
        "client_id": f"{code}-client",
        "client_secret": IDENTITY_SECRET,
        "ask_keys_after": 0.0,
    }
    return OidcProvider(code, IDENTITY_PROVIDERS[code], **settings | changes)


@pytest.fixture
async def open_provider(sandbox_url: str) -> AsyncIterator[Callable[..., OidcProvider]]:
    made: list[OidcProvider] = []

    def open_one(code: str = "lantern", **changes: Any) -> OidcProvider:
        made.append(opened(sandbox_url, code, **changes))
        return made[-1]

    yield open_one
    for provider in made:
        await provider.aclose()


@pytest.fixture
def lantern(open_provider: Callable[..., OidcProvider]) -> OidcProvider:
    return open_provider()


@pytest.fixture
async def control(sandbox_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sandbox_url}/_control/", trust_env=False, timeout=20) as client:
        yield client


async def misbehave(control: httpx.AsyncClient, *ways: str, code: str = "lantern") -> None:
    (await control.put(f"identity/{code}", json={"misbehave": ways})).raise_for_status()


def attempt(code: str = "lantern", *, again: bool = False) -> OutsideAttempt:
    return OutsideAttempt(
        state="state-of-this-attempt",
        nonce="nonce-of-this-attempt",
        verifier="v" * 64,
        redirect_uri=f"{SHOP}/sign-in/with/{code}/callback",
        begun_at=clock.now(),
        again=again,
    )


async def there(control: httpx.AsyncClient, provider: IdentityProvider, begun: OutsideAttempt) -> dict[str, str]:
    """What somebody's browser brings back from the provider's page."""
    url = await provider.authorisation_url(begun)
    answer = await control.post(f"identity/{provider.code}/sign-in", json={"url": url, **ADA})
    assert answer.status_code == 200, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.json()["redirect_url"]).query).items()}


async def sign_in(
    control: httpx.AsyncClient, provider: IdentityProvider, begun: OutsideAttempt | None = None
) -> OutsideIdentity:
    begun = begun or attempt(provider.code)
    back = await there(control, provider, begun)
    return await provider.identify(begun, OutsideAnswer(back["code"], back["iss"]))


@pytest.mark.parametrize("code", IDENTITY_PROVIDERS)
async def test_a_provider_says_who_somebody_is(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider], code: str
) -> None:
    """With RSA and with elliptic curves; told in the token, and at the userinfo endpoint."""
    provider = open_provider(code)
    found = await sign_in(control, provider)

    assert (found.email, found.email_verified, found.name) == ("Ada@Example.com", True, "Ada Byron")
    assert found.issuer.endswith(f"/identity/{code}")
    assert found.logged_in_at is not None
    assert abs(clock.now() - found.logged_in_at) < timedelta(minutes=1)
    assert (await sign_in(control, provider)).subject == found.subject


async def test_somebody_has_another_subject_at_each_provider(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider]
) -> None:
    subjects = {(await sign_in(control, open_provider(code))).subject for code in IDENTITY_PROVIDERS}
    assert len(subjects) == len(IDENTITY_PROVIDERS)


async def test_the_browser_carries_what_protects_the_attempt(lantern: OidcProvider) -> None:
    query = parse_qs(urlsplit(await lantern.authorisation_url(attempt(again=True))).query)

    assert query["state"] == ["state-of-this-attempt"]
    assert query["nonce"] == ["nonce-of-this-attempt"]
    assert (query["code_challenge_method"], query["response_type"]) == (["S256"], ["code"])
    assert query["code_challenge"] != ["v" * 64]
    assert (query["prompt"], query["max_age"]) == (["login"], [str(oidc.MAX_AGE)])
    assert "prompt" not in await lantern.authorisation_url(attempt())


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("wrong_nonce", "claim_nonce"),
        ("no_nonce", "claim_nonce"),
        ("wrong_audience", "claim_aud"),
        ("second_audience", "claim_azp"),
        ("wrong_party", "claim_azp"),
        ("expired", "claim_exp"),
        ("from_tomorrow", "claim_iat"),
        ("foreign_issuer", "claim_iss"),
        ("no_subject", "claim_sub"),
        ("unsigned", "signature_"),
        ("shared_secret", "signature_"),
        ("forged", "signature_"),
        ("unknown_key", "signature_"),
        ("no_token", "no_token"),
        ("foreign_answer", "answer_issuer"),
    ],
)
async def test_a_token_that_does_not_hold_is_refused(
    control: httpx.AsyncClient, lantern: OidcProvider, way: str, why: str
) -> None:
    await sign_in(control, lantern)
    await misbehave(control, way)

    with pytest.raises(PartnerRefused, match="nobody was signed in") as refused:
        await sign_in(control, lantern)
    assert str(refused.value.details["code"]).startswith(why)

    await misbehave(control)
    await sign_in(control, lantern)


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("foreign_endpoints", "endpoint_origin"),
        ("foreign_discovery", "discovery_issuer"),
        ("redirecting", "redirect"),
    ],
)
async def test_nothing_elsewhere_is_asked(
    control: httpx.AsyncClient, lantern: OidcProvider, way: str, why: str
) -> None:
    await misbehave(control, way)
    with pytest.raises(PartnerRefused) as refused:
        await lantern.authorisation_url(attempt())
    assert refused.value.details["code"] == why


async def test_a_redirect_of_the_token_endpoint_is_not_followed(
    control: httpx.AsyncClient, lantern: OidcProvider
) -> None:
    begun = attempt()
    back = await there(control, lantern, begun)
    await misbehave(control, "redirecting")
    with pytest.raises(PartnerRefused) as refused:
        await lantern.identify(begun, OutsideAnswer(back["code"], back["iss"]))
    assert refused.value.details["code"] == "redirect"


async def test_endpoints_may_be_where_the_settings_say(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider]
) -> None:
    provider = open_provider(endpoint_origins=("https://elsewhere.example",))
    await misbehave(control, "foreign_endpoints")
    assert "/identity/lantern/authorize" in await provider.authorisation_url(attempt())


async def test_an_endless_answer_is_cut_off(control: httpx.AsyncClient, lantern: OidcProvider) -> None:
    await misbehave(control, "endless")
    with pytest.raises(PartnerUnavailable, match="can't be reached"):
        await lantern.authorisation_url(attempt())


async def test_another_persons_userinfo_is_refused(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider]
) -> None:
    await misbehave(control, "another_in_userinfo", code="harbour")
    with pytest.raises(PartnerRefused) as refused:
        await sign_in(control, open_provider("harbour"))
    assert refused.value.details["code"] == "userinfo_subject"


@pytest.mark.parametrize(("way", "email"), [("email_unverified", "Ada@Example.com"), ("no_email", "")])
async def test_an_address_counts_as_verified_only_if_they_say_so(
    control: httpx.AsyncClient, lantern: OidcProvider, way: str, email: str
) -> None:
    await misbehave(control, way)
    found = await sign_in(control, lantern)
    assert (found.email, found.email_verified) == (email, False)


async def test_a_code_is_good_once(control: httpx.AsyncClient, lantern: OidcProvider) -> None:
    begun = attempt()
    back = await there(control, lantern, begun)
    answer = OutsideAnswer(back["code"], back["iss"])
    await lantern.identify(begun, answer)
    with pytest.raises(PartnerRefused):
        await lantern.identify(begun, answer)


async def test_a_code_of_another_attempt_is_refused(control: httpx.AsyncClient, lantern: OidcProvider) -> None:
    back = await there(control, lantern, attempt())
    with pytest.raises(PartnerRefused) as refused:
        await lantern.identify(replace(attempt(), verifier="w" * 64), OutsideAnswer(back["code"], back["iss"]))
    assert refused.value.details["code"] == "code"


async def test_a_provider_that_names_itself_has_to(control: httpx.AsyncClient, lantern: OidcProvider) -> None:
    begun = attempt()
    back = await there(control, lantern, begun)
    with pytest.raises(PartnerRefused) as refused:
        await lantern.identify(begun, OutsideAnswer(back["code"]))
    assert refused.value.details["code"] == "answer_issuer"


@pytest.mark.parametrize("way", ["old_login", "no_login_time"])
async def test_proving_it_again_needs_a_login_of_now(
    control: httpx.AsyncClient, lantern: OidcProvider, way: str
) -> None:
    await sign_in(control, lantern, attempt(again=True))
    await misbehave(control, way)
    await sign_in(control, lantern, attempt())
    with pytest.raises(PartnerRefused) as refused:
        await sign_in(control, lantern, attempt(again=True))
    assert refused.value.details["code"] == "claim_auth_time"


async def test_rotated_keys_are_asked_for_anew(control: httpx.AsyncClient, lantern: OidcProvider) -> None:
    await sign_in(control, lantern)
    for withdraw in (False, True):
        (await control.post("identity/lantern/rotate", json={"withdraw": withdraw})).raise_for_status()
        await sign_in(control, lantern)


async def test_unknown_keys_do_not_make_us_ask_all_the_time(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider]
) -> None:
    provider = open_provider(ask_keys_after=3600.0)
    await sign_in(control, provider)
    (await control.post("identity/lantern/rotate", json={"withdraw": True})).raise_for_status()
    with pytest.raises(PartnerRefused):
        await sign_in(control, provider)


@pytest.mark.parametrize("endpoint", ["GET */openid-configuration", "POST */token", "GET */jwks"])
@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500"])
async def test_a_provider_that_is_down_is_told_so(
    control: httpx.AsyncClient, lantern: OidcProvider, endpoint: str, fault: str
) -> None:
    once = [{"match": endpoint, "fault": fault}]
    (await control.put("faults", json={"timeout_seconds": 0.2, "once": once})).raise_for_status()
    with pytest.raises(PartnerUnavailable, match="Lantern can't be reached"):
        await sign_in(control, lantern)
    await sign_in(control, lantern)


async def test_our_own_wrong_secret_is_an_operators_matter(
    control: httpx.AsyncClient, open_provider: Callable[..., OidcProvider]
) -> None:
    with pytest.raises(PartnerUnavailable):
        await sign_in(control, open_provider(client_secret="outdated"))


async def test_nobody_listens(open_provider: Callable[..., OidcProvider]) -> None:
    with pytest.raises(PartnerUnavailable):
        await open_provider(issuer="http://127.0.0.1:9/identity/lantern").authorisation_url(attempt())
