"""The page that asks, and where it sends people: to the app they allowed, and never anywhere else."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core import clock
from core.database import Database
from models.repositories import oauth_clients
from tests.api.oauth.conftest import APP_LINK, BACK, HTML, ISSUER, Phone, add_app, https_client, press, query_of, told


async def test_it_says_who_asks_for_what_and_who_is_asked(phone: Phone) -> None:
    page = await phone.ask()
    for words in ("May Loom Notes act for you?", "See your name", "Shop for you", "Ada Byron", "loom.example"):
        assert words in page.text
    assert "Work at your desk" not in page.text


async def test_nobody_frames_it_and_its_form_leads_to_us_and_the_app_alone(phone: Phone) -> None:
    policy = (await phone.ask()).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self' https://checkout.stripe.com https://loom.example")
    own_scheme = await phone.ask(redirect_uri=APP_LINK)
    assert own_scheme.headers["content-security-policy"].endswith(" com.example.loom:")
    other = await phone.browser.get("/account/apps")
    assert "loom.example" not in other.headers["content-security-policy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "cli_nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": BACK + "/more"},
        {"redirect_uri": BACK + "?more=1"},
        {"redirect_uri": BACK + "#part"},
        {"redirect_uri": "https://LOOM.example/back"},
        {"redirect_uri": "https://loom.example:443/back"},
        {"redirect_uri": "https://loom.example@evil.example/back"},
        {"redirect_uri": "https://loom.example/%62ack"},
        {"redirect_uri": "http://loom.example/back"},
        {"redirect_uri": "http://127.0.0.1:5000/elsewhere"},
        {"redirect_uri": "http://localhost:5000/back"},
        {"redirect_uri": "http://127.0.0.1:5000@evil.example/back"},
        {"redirect_uri": "com.example.loom:/back/more"},
        {"redirect_uri": "com.evil:/back"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": '"><script>'},
        {"redirect_uri": "https://loom.example/back\r\nX: y"},
    ],
)
async def test_a_link_that_is_not_the_apps_leads_nowhere(phone: Phone, changes: dict[str, str | None]) -> None:
    for answer in (await phone.ask(**changes), await phone.ask(response_type="token", **changes)):
        assert answer.status_code == 400, answer.headers
        assert "location" not in answer.headers
        assert "does not come from an app that we know" in answer.text
    posted = await phone.browser.post(phone.address(**changes), data={"decision": "allow"})
    assert posted.status_code in {400, 403}
    assert "location" not in posted.headers


async def test_two_redirect_addresses_lead_nowhere(phone: Phone) -> None:
    answer = await phone.browser.get(phone.address() + "&" + urlencode({"redirect_uri": "https://evil.example/"}))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "shop everything"}, "invalid_scope"),
        ({"scope": "parcels:report"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://loom.example/request"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 256}, "invalid_request"),
    ],
)
async def test_an_apps_own_mistake_is_told_to_it(phone: Phone, changes: dict[str, str | None], error: str) -> None:
    said = told(await phone.ask(**changes))
    assert (said["error"], said["state"], said["iss"]) == (error, "as-it-was", ISSUER)
    assert "code" not in said


@pytest.mark.parametrize("back", [APP_LINK, "http://127.0.0.1:53211/back"])
async def test_an_app_on_the_device_gets_its_code(phone: Phone, back: str) -> None:
    page = await phone.ask(redirect_uri=back)
    answer = await press(phone.browser, page, "allow")
    assert answer.headers["location"].startswith(f"{back}?code=")
    code = query_of(answer.headers["location"])["code"][0]
    assert (await phone.exchange(code, redirect_uri=back)).status_code == 200


async def test_what_was_allowed_is_not_asked_again_where_the_app_is_sure(phone: Phone) -> None:
    await phone.answer()
    assert "code" in told(await phone.ask())
    assert "code" in told(await phone.ask(scope="shop"))
    assert "code" in told(await phone.ask(prompt="none"))
    # More than before, or when the app itself wants it, is asked.
    assert (await phone.ask(prompt="consent")).status_code == 200
    # A form of ours may have led here, and browsers let that lead only where its page said.
    followed = await phone.browser.get(phone.address(), headers={"sec-fetch-site": "same-origin"})
    assert "Go on to Loom Notes?" in followed.text
    # Any other app may claim this scheme, so somebody has to look.
    assert (await phone.ask(redirect_uri=APP_LINK)).status_code == 200
    assert told(await phone.ask(redirect_uri=APP_LINK, prompt="none"))["error"] == "consent_required"


async def test_more_than_before_is_asked(phone: Phone) -> None:
    await phone.answer(scope="shop")
    assert "May Loom Notes act for you?" in (await phone.ask(scope="profile shop")).text


async def test_whoever_is_not_signed_in_comes_back_after_it(app: FastAPI, phone: Phone) -> None:
    stranger = https_client(app, **HTML)
    answer = await stranger.get(phone.address())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/oauth/authorize")
    (back,) = query_of(answer.headers["location"])["next"]
    assert query_of(back)["state"] == ["as-it-was"]
    assert told(await stranger.get(phone.address(prompt="none")))["error"] == "login_required"
    posted = await stranger.post(phone.address(), data={"decision": "allow"}, headers={"sec-fetch-site": "same-origin"})
    assert posted.headers["location"].startswith("/sign-in?next=/oauth/authorize")
    assert (await phone.browser.get(back)).status_code == 200


async def test_an_app_may_ask_for_a_fresh_proof_once(phone: Phone) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        moment.shift(timedelta(minutes=5))
        for changes in ({"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}):
            answer = await phone.ask(**changes)
            assert answer.headers["location"].startswith("/sign-in/again?next=/oauth/authorize")
        (back,) = query_of((await phone.ask(prompt="login")).headers["location"])["next"]
        again = await phone.browser.get(back)
        assert again.headers["location"].startswith("/sign-in/again?next=")  # the proof has not been given yet
        await prove(phone)
        assert (await phone.browser.get(back)).status_code == 200
        forged = back.replace("&since=", "&since=1")
        assert (await phone.browser.get(forged)).headers["location"].startswith("/sign-in/again?next=")
        moment.shift(timedelta(minutes=31))
        assert (await phone.browser.get(back)).headers["location"].startswith("/sign-in/again?next=")


async def prove(phone: Phone) -> None:
    from tests.support.marketplace import PASSWORD

    page = await phone.browser.get("/sign-in/again")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    entered = await phone.browser.post(
        "/sign-in/again",
        data={"csrf_token": token, "password": PASSWORD},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert entered.status_code == 303, entered.text


async def test_another_site_can_not_press_the_button(phone: Phone) -> None:
    page = await phone.ask()
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for sent, headers in (
        ({"decision": "allow"}, {"sec-fetch-site": "same-origin"}),
        ({"decision": "allow", "csrf_token": token}, {"sec-fetch-site": "cross-site"}),
        ({"decision": "allow", "csrf_token": token}, {"origin": "https://evil.example", "sec-fetch-site": "same-site"}),
    ):
        assert (await phone.browser.post(phone.address(), data=sent, headers=headers)).status_code == 403


async def test_a_shut_out_app_asks_nobody(database: Database, phone: Phone) -> None:
    tokens = await phone.tokens()
    async with database.transaction() as session:
        await oauth_clients.revoke(session, phone.client_id, clock.now())
    assert (await phone.ask()).status_code == 400
    assert (await phone.get("/api/v1/me", tokens["access_token"])).status_code == 401
    assert (await phone.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"


async def test_what_an_app_is_called_is_shown_as_it_is(database: Database, phone: Phone) -> None:
    odd = phone.of(await add_app(database, "<b>Loom</b> & “Co”"))
    page = await odd.ask()
    assert "May &lt;b&gt;Loom&lt;/b&gt; &amp; “Co” act for you?" in page.text
    assert "<b>Loom" not in page.text


async def test_without_https_there_is_no_oauth(postgres_url: str, database: Database, http: AsyncClient) -> None:
    from tests.api.conftest import open_client, running_app, settings_for

    client_id = await add_app(database)
    async with running_app(settings_for(postgres_url)) as plain, open_client(plain) as client:
        answer: Response = await client.get(
            "/oauth/authorize?" + urlencode({"client_id": client_id, "redirect_uri": BACK, "response_type": "code"})
        )
        assert answer.status_code == 400
        refused = await client.post("/oauth/token", data={"grant_type": "refresh_token", "client_id": client_id})
        assert (refused.status_code, refused.json()["error"]) == (400, "insecure_transport")
