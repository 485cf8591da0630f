"""Signing in with an outside account, over the real application and a real provider."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import SecretStr
from sqlalchemy import func, select, text, update

from core import clock
from core.database import Database
from core.settings import IdentityProviderSettings
from models.audited import Audited
from models.repositories import factors, identities
from models.tables.audit import AuditEntry
from models.tables.identities import OutsideIdentity, SignInAttempt
from models.tables.people import User
from models.tables.sessions import Session
from models.types import Role
from tests.api.conftest import running_app, settings_for
from tests.support.marketplace import PASSWORD, add_person
from tests.support.sandbox import IDENTITY_PROVIDERS, IDENTITY_SECRET, SandboxProcess, start_sandbox

ADA = "ada@example.com"
LIST = "/account/security/outside"


@pytest.fixture(scope="module")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Any:
    process = start_sandbox(tmp_path_factory.mktemp("providers"))
    yield process
    process.stop()


@pytest.fixture
async def providers(provider_process: SandboxProcess) -> AsyncIterator[AsyncClient]:
    """The control routes of freshly reset providers."""
    async with AsyncClient(base_url=f"{provider_process.url}/_control/", trust_env=False, timeout=20) as control:
        (await control.post("reset")).raise_for_status()
        yield control


@pytest.fixture
async def app(postgres_url: str, provider_process: SandboxProcess) -> AsyncIterator[FastAPI]:
    configured = [
        IdentityProviderSettings(
            code=code,
            name=name,
            issuer=f"{provider_process.url}/identity/{code}",
            client_id=f"{code}-client",
            client_secret=SecretStr(IDENTITY_SECRET),
        )
        for code, name in IDENTITY_PROVIDERS.items()
    ]
    settings = settings_for(postgres_url).model_copy(update={"identity_providers": configured})
    async with running_app(settings) as running:
        yield running


@dataclass
class Browser:
    """Somebody's browser: cookies, pages, and a way through the provider's page."""

    http: AsyncClient
    providers: AsyncClient
    database: Database

    async def get(self, path: str, **options: Any) -> Response:
        return await self.http.get(path, **options)

    async def post(self, path: str, **fields: str) -> Response:
        async with self.database.transaction() as session:
            token = await session.scalar(select(Session.csrf_token).order_by(Session.created_at.desc()).limit(1))
        return await self.http.post(path, data={**fields, "csrf_token": token or ""})

    async def away(self, code: str = "lantern", *, start: str = "", email: str = ADA, name: str = "Ada Byron") -> str:
        """Out to the provider, and the address that it sends the browser back to."""
        left = await self.get(start or f"/sign-in/with/{code}")
        assert left.status_code == 303, left.text
        return await self.choose(left.headers["location"], code, email=email, name=name)

    async def choose(self, url: str, code: str = "lantern", *, email: str = ADA, name: str = "Ada Byron") -> str:
        answer = await self.providers.post(f"identity/{code}/sign-in", json={"url": url, "email": email, "name": name})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["redirect_url"])

    async def sign_in(self, code: str = "lantern", **options: str) -> Response:
        return await self.get(await self.away(code, **options))

    async def sign_in_with_password(self, email: str) -> None:
        answer = await self.post("/sign-in", email=email, password=PASSWORD)
        assert answer.status_code == 303, answer.text

    async def me(self) -> dict[str, Any] | None:
        answer = await self.get("/api/v1/me")
        assert answer.status_code in {200, 401}
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    async def link_to(self, code: str) -> str:
        """The address behind "Link" on the list."""
        page = await self.get(LIST)
        assert page.status_code == 200, page.text
        return f"{LIST}/{code}/link?token=" + page.text.split(f"{LIST}/{code}/link?token=")[1].split('"')[0]


@pytest.fixture
async def open_browser(app: FastAPI, providers: AsyncClient, database: Database) -> AsyncIterator[Any]:
    opened: list[AsyncClient] = []

    def open_one() -> Browser:
        http = AsyncClient(
            transport=ASGITransport(app), base_url="http://shop.example", headers={"accept": "text/html"}
        )
        opened.append(http)
        return Browser(http, providers, database)

    yield open_one
    for http in opened:
        await http.aclose()


@pytest.fixture
def browser(open_browser: Any) -> Browser:
    found: Browser = open_browser()
    return found


async def count(database: Database, table: type[Any]) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def noted(database: Database, action: Audited) -> list[AuditEntry]:
    async with database.transaction() as session:
        return list(await session.scalars(select(AuditEntry).where(AuditEntry.action == action.value)))


async def misbehave(providers: AsyncClient, *ways: str, code: str = "lantern") -> None:
    (await providers.put(f"identity/{code}", json={"misbehave": ways})).raise_for_status()


async def grow_stale(database: Database, minutes: float = 11) -> None:
    async with database.transaction() as session:
        await session.execute(update(Session).values(authenticated_at=clock.now() - timedelta(minutes=minutes)))


# Coming in


async def test_somebody_new_gets_an_account_without_a_password(browser: Browser, database: Database) -> None:
    arrived = await browser.sign_in(start="/sign-in/with/lantern?next=/cart")

    assert (arrived.status_code, arrived.headers["location"]) == (303, "/cart")
    me = await browser.me()
    assert me is not None
    assert (me["name"], me["email"], me["role"]) == ("Ada Byron", ADA, "customer")
    async with database.transaction() as session:
        person = (await session.scalars(select(User))).one()
        methods = await session.scalar(select(Session.methods))
    assert person.password_hash is None
    assert person.email_verified_at is not None
    assert methods == ["outside:lantern"]
    assert [entry.details for entry in await noted(database, Audited.REGISTERED)] == [{"with": "outside:lantern"}]
    assert len(await noted(database, Audited.SIGNED_IN)) == 1


async def test_a_name_that_is_none_does_not_keep_anybody_out(browser: Browser) -> None:
    await browser.sign_in("harbour", name="")
    me = await browser.me()
    assert me is not None
    assert me["name"] == "ada"


async def test_the_same_outside_account_opens_the_same_account(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    first = await browser.me()
    await browser.post("/sign-out")
    assert await browser.me() is None
    await browser.sign_in()

    assert await browser.me() == first
    assert await count(database, User) == 1
    async with database.transaction() as session:
        assert (await session.scalars(select(OutsideIdentity.last_used_at))).one() is not None


async def test_what_is_in_the_cart_comes_along(browser: Browser, listing_id: str) -> None:
    await browser.http.post("/api/v1/cart/lines", json={"listing_id": listing_id, "quantity": 2})
    await browser.sign_in()
    assert (await browser.get("/api/v1/cart")).json()["count"] == 2


async def test_nothing_of_them_is_stored_in_clear(browser: Browser, database: Database) -> None:
    back = await browser.away()
    state = back.split("state=")[1].split("&")[0]
    async with database.transaction() as session:
        attempt = str((await session.execute(text("SELECT row_to_json(a) FROM sign_in_attempts a"))).scalar())
    assert state not in attempt
    await browser.get(back)
    async with database.transaction() as session:
        stored = str((await session.execute(text("SELECT row_to_json(i) FROM outside_identities i"))).scalar())
    assert "@" not in stored
    assert ADA.encode().hex() not in stored
    assert await count(database, SignInAttempt) == 0


async def test_the_buttons_are_where_people_look(browser: Browser) -> None:
    for path in ("/sign-in?next=/orders", "/register?next=/orders"):
        page = (await browser.get(path)).text
        for code, name in IDENTITY_PROVIDERS.items():
            assert f'href="/sign-in/with/{code}?next=/orders' in page
            assert f"Continue with {name}" in page


async def test_an_unknown_provider_is_not_found(browser: Browser) -> None:
    for path in ("/sign-in/with/nobody", "/sign-in/with/nobody/callback?code=1&state=2"):
        assert (await browser.get(path)).status_code == 404


# Coming in by cheating, or by accident


@pytest.mark.parametrize(
    ("way", "status", "words"),
    [
        ("wrong_nonce", 502, "nobody was signed in"),
        ("no_nonce", 502, "nobody was signed in"),
        ("wrong_audience", 502, "nobody was signed in"),
        ("second_audience", 502, "nobody was signed in"),
        ("wrong_party", 502, "nobody was signed in"),
        ("expired", 502, "nobody was signed in"),
        ("from_tomorrow", 502, "nobody was signed in"),
        ("foreign_issuer", 502, "nobody was signed in"),
        ("no_subject", 502, "nobody was signed in"),
        ("unsigned", 502, "nobody was signed in"),
        ("shared_secret", 502, "nobody was signed in"),
        ("forged", 502, "nobody was signed in"),
        ("unknown_key", 502, "nobody was signed in"),
        ("no_token", 502, "nobody was signed in"),
        ("foreign_answer", 502, "nobody was signed in"),
        ("access_denied", 403, "You cancelled at Lantern"),
        ("email_unverified", 403, "Lantern has not verified your e-mail address"),
        ("no_email", 403, "told us no e-mail address"),
    ],
)
async def test_a_provider_that_misbehaves_signs_nobody_in(
    browser: Browser, database: Database, way: str, status: int, words: str
) -> None:
    await misbehave(browser.providers, way)
    refused = await browser.sign_in()

    assert (refused.status_code, words in refused.text) == (status, True), refused.text
    assert "Sign in another way" in refused.text
    assert await browser.me() is None
    assert (await count(database, User), await count(database, Session)) == (0, 0)
    failures = await noted(database, Audited.SIGN_IN_FAILED)
    assert [entry.details["wrong"] for entry in failures] == (["outside:lantern"] if status == 502 else [])


async def test_a_provider_that_is_down_is_told_so(browser: Browser, providers: AsyncClient) -> None:
    back = await browser.away()
    (await providers.put("faults", json={"rates": {"error_500": 1}})).raise_for_status()
    refused = await browser.get(back)
    assert refused.status_code == 503
    assert "Lantern can&#39;t be reached" in refused.text
    assert await browser.me() is None


async def test_what_another_browser_began_is_refused(open_browser: Any, database: Database) -> None:
    """A sign-in planted in somebody's browser would make them shop, and tell, in another's account."""
    attacker, victim = open_browser(), open_browser()
    planted = await attacker.away(email="attacker@example.com")
    for _ in range(2):
        refused = await victim.get(planted)
        assert refused.status_code == 400
        assert "begun in another browser" in refused.text
        assert await victim.me() is None
        await victim.away()  # with a secret of its own it is still another browser
    assert await count(database, User) == 0

    assert (await attacker.get(planted)).status_code == 303


async def test_an_attempt_is_good_once(browser: Browser) -> None:
    back = await browser.away()
    assert (await browser.get(back)).status_code == 303
    await browser.post("/sign-out")
    assert (await browser.get(back)).status_code == 400
    assert await browser.me() is None


async def test_somebody_elses_code_does_not_fit(open_browser: Any, browser: Browser) -> None:
    stolen, own = await open_browser().away(email="victim@example.com"), await browser.away()
    injected = httpx.URL(own).copy_merge_params({"code": httpx.URL(stolen).params["code"]})
    assert (await browser.get(str(injected))).status_code == 502
    assert await browser.me() is None


async def test_an_answer_belongs_to_one_provider(browser: Browser) -> None:
    back = await browser.away("lantern")
    assert (await browser.get(back.replace("/with/lantern/", "/with/harbour/"))).status_code == 400
    assert await browser.me() is None


async def test_ten_minutes_are_enough(browser: Browser, database: Database) -> None:
    back = await browser.away()
    async with database.transaction() as session:
        await session.execute(update(SignInAttempt).values(expires_at=clock.now()))
    assert (await browser.get(back)).status_code == 400
    assert await browser.me() is None


@pytest.mark.parametrize("query", ["", "?state=", "?state=x&code=y", "?error=server_error"])
async def test_an_answer_to_nothing_is_refused(browser: Browser, query: str) -> None:
    assert (await browser.get(f"/sign-in/with/lantern/callback{query}")).status_code == 400


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aa"]
)
async def test_the_way_on_stays_here(browser: Browser, elsewhere: str) -> None:
    arrived = await browser.sign_in(start=str(httpx.URL("/sign-in/with/lantern", params={"next": elsewhere})))
    target = urlsplit(arrived.headers["location"])
    assert (target.scheme, target.netloc) == ("", "")
    assert target.path in {"/", "/%0d%0aa"}


async def test_the_cookie_tells_scripts_and_other_sites_nothing(browser: Browser) -> None:
    left = await browser.get("/sign-in/with/lantern")
    cookie = left.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    assert left.headers["cache-control"] == "no-store"


async def test_two_tabs_do_not_get_in_each_others_way(browser: Browser) -> None:
    first, second = await browser.away("lantern"), await browser.away("harbour", email="bruno@example.com")
    assert (await browser.get(first)).status_code == 303
    assert (await browser.get(second)).status_code == 303


async def test_beginning_over_and_over_is_slowed_down(browser: Browser) -> None:
    answers = [(await browser.get("/sign-in/with/lantern")).status_code for _ in range(101)]
    assert answers == [303] * 100 + [429]


# Whose account it opens


async def test_an_address_alone_opens_nobodys_account(browser: Browser, database: Database) -> None:
    """Whoever registered first with an address that is not theirs would otherwise wait for its owner inside."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    refused = await browser.sign_in(email=email.upper())
    assert refused.status_code == 409
    assert "There is an account with the address" in refused.text
    assert f"/sign-in?next={LIST.replace('/', '%2F')}" in refused.text
    assert await browser.me() is None
    assert await count(database, OutsideIdentity) == 0


async def test_its_owner_signs_in_and_links_it(browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    await browser.sign_in(email=email)
    await browser.sign_in_with_password(email)
    linked = await browser.sign_in(start=await browser.link_to("lantern"), email=email)
    assert linked.headers["location"] == f"{LIST}?done=linked"
    assert email in (await browser.get(LIST)).text
    assert [entry.actor for entry in await noted(database, Audited.IDENTITY_LINKED)] == [person_id]

    await browser.post("/sign-out")
    await browser.sign_in(email=email)
    me = await browser.me()
    assert me is not None
    assert me["id"] == person_id


async def test_an_address_changed_at_the_provider_does_not_matter(browser: Browser, database: Database) -> None:
    """The subject names the person there; a taken-over address does not."""
    async with database.transaction() as session:
        person_id, email = await add_person(session)
        await identities.link(
            session, person_id, "lantern", issuer="x", subject="somebody else", email=email, now=clock.now()
        )
    assert (await browser.sign_in(email=email)).status_code == 409
    assert await browser.me() is None


async def test_an_account_opens_one_account_here(open_browser: Any, browser: Browser, database: Database) -> None:
    await open_browser().sign_in()
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    refused = await browser.sign_in(start=await browser.link_to("lantern"))
    assert refused.status_code == 409
    assert "opens another account here" in refused.text
    assert await count(database, OutsideIdentity) == 1


async def test_a_link_begins_on_our_own_page(browser: Browser, database: Database) -> None:
    """Somebody else's page must not link somebody else's account to mine."""
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    for token in ("", "?token=", "?token=" + "0" * 64, "?token=é"):
        assert (await browser.get(f"{LIST}/lantern/link{token}")).status_code == 403
    harbours = await browser.link_to("harbour")
    assert (await browser.get(harbours.replace("harbour", "lantern"))).status_code == 403


async def test_a_link_ends_where_it_began(open_browser: Any, browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        people = [await add_person(session) for _ in range(2)]
    await browser.sign_in_with_password(people[0][1])
    back = await browser.away(start=await browser.link_to("lantern"))
    await browser.post("/sign-out")
    await browser.sign_in_with_password(people[1][1])
    assert (await browser.get(back)).status_code == 400
    assert await count(database, OutsideIdentity) == 0


async def test_linking_asks_for_a_fresh_proof(browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await browser.sign_in_with_password(email)
    link = await browser.link_to("lantern")
    await grow_stale(database)
    asked = await browser.get(link)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/sign-in/again?next=")


# Administrators, and second factors


async def test_administrators_neither_link_nor_come_in_this_way(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    async with database.transaction() as session:
        await session.execute(update(User).values(role=Role.ADMINISTRATOR.value))
    await browser.post("/sign-out")
    refused = await browser.sign_in()
    assert refused.status_code == 403
    assert "Administrators sign in with their password" in refused.text
    assert await browser.me() is None

    async with database.transaction() as session:
        _, email = await add_person(session, Role.ADMINISTRATOR)
    await browser.sign_in_with_password(email)
    refused = await browser.get(await browser.link_to("harbour"))
    assert refused.status_code == 403


async def test_a_second_factor_is_still_asked_for(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    secret = pyotp.random_base32()
    async with database.transaction() as session:
        person_id = (await session.scalars(select(User.id))).one()
        await factors.activate_secret(session, person_id, secret, clock.now())
    await browser.post("/sign-out")
    asked = await browser.sign_in(start="/sign-in/with/lantern?next=/orders")
    assert asked.status_code == 200
    assert "One more step" in asked.text
    assert await browser.me() is None

    pending = asked.text.split('name="pending" value="')[1].split('"')[0]
    entered = await browser.post("/sign-in/code", pending=pending, code=pyotp.TOTP(secret).now(), next="/orders")
    assert (entered.status_code, entered.headers["location"]) == (303, "/orders")
    async with database.transaction() as session:
        row = (await session.scalars(select(Session).where(Session.user_id == person_id))).one()
    assert (row.methods, row.second_factor) == (["outside:lantern", "totp"], True)


# Proving it again


async def test_proving_it_again_without_a_password(browser: Browser, database: Database) -> None:
    """The form that was sent waits, and goes on afterwards."""
    await browser.sign_in()
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    await grow_stale(database)
    asked = await browser.post(f"{LIST}/{identity_id}/unlink")
    assert asked.status_code == 303
    page = await browser.get(asked.headers["location"])
    assert 'name="password"' not in page.text
    assert "Continue with Harbour" not in page.text
    start = page.text.split('href="/sign-in/again/with/lantern')[1].split('"')[0].replace("&amp;", "&")
    left = await browser.get(f"/sign-in/again/with/lantern{start}")
    assert "prompt=login" in left.headers["location"]
    arrived = await browser.get(await browser.choose(left.headers["location"]))

    assert arrived.headers["location"].startswith("/sign-in/continue/frm_")
    assert len(await noted(database, Audited.ELEVATED)) == 1
    assert (await browser.get("/account/payments")).status_code == 200
    assert f"{LIST}/{identity_id}/unlink" in (await browser.get(arrived.headers["location"])).text


async def test_only_ones_own_outside_account_proves_it(browser: Browser, open_browser: Any, database: Database) -> None:
    await open_browser().sign_in(email="bruno@example.com")
    await browser.sign_in()
    await grow_stale(database)
    for email in ("bruno@example.com", "nobody@example.com"):
        refused = await browser.sign_in(start="/sign-in/again/with/lantern?next=/account/payments", email=email)
        assert refused.status_code == 403
        assert "another Lantern account" in refused.text
    assert (await browser.get("/account/payments")).status_code == 303
    assert await count(database, User) == 2


@pytest.mark.parametrize("way", ["old_login", "no_login_time"])
async def test_being_remembered_there_proves_nothing_here(
    browser: Browser, database: Database, providers: AsyncClient, way: str
) -> None:
    await browser.sign_in()
    await grow_stale(database)
    await misbehave(providers, way)
    for start in ("/sign-in/again/with/lantern?next=/account/payments", "/sign-in/with/lantern"):
        refused = await browser.sign_in(start=start)
        assert refused.status_code == 502
    assert (await browser.get("/account/payments")).status_code == 303


async def test_nobody_in_particular_can_prove_nothing_again(browser: Browser) -> None:
    assert (await browser.get("/sign-in/again/with/lantern")).headers["location"] == "/sign-in"


# Unlinking


async def test_unlinking_ends_the_other_sessions(open_browser: Any, browser: Browser, database: Database) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session)
    await browser.sign_in_with_password(email)
    await browser.sign_in(start=await browser.link_to("lantern"), email=email)
    elsewhere = open_browser()
    await elsewhere.sign_in(email=email)
    assert await elsewhere.me() is not None
    page = (await browser.get(LIST)).text
    action = page.split(f'action="{LIST}/')[1].split('"')[0]
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    unlinked = await browser.http.post(f"{LIST}/{action}", data={"csrf_token": token})

    assert unlinked.headers["location"] == f"{LIST}?done=unlinked"
    assert await elsewhere.me() is None
    assert await browser.me() is not None
    assert [entry.actor for entry in await noted(database, Audited.IDENTITY_UNLINKED)] == [person_id]
    assert (await elsewhere.sign_in(email=email)).status_code == 409


async def test_the_last_way_in_stays(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    refused = await browser.post(f"{LIST}/{identity_id}/unlink")
    assert refused.status_code == 409
    assert "the only way into your account" in refused.text
    assert await count(database, OutsideIdentity) == 1

    await browser.sign_in("harbour", start=await browser.link_to("harbour"))
    assert (await browser.post(f"{LIST}/{identity_id}/unlink")).status_code == 303
    assert await count(database, OutsideIdentity) == 1


async def test_somebody_elses_link_is_not_found(open_browser: Any, browser: Browser, database: Database) -> None:
    await open_browser().sign_in(email="bruno@example.com")
    async with database.transaction() as session:
        identity_id = (await session.scalars(select(OutsideIdentity.id))).one()
    await browser.sign_in()
    assert (await browser.post(f"{LIST}/{identity_id}/unlink")).status_code == 404
    assert await count(database, OutsideIdentity) == 2


async def test_an_erased_persons_outside_accounts_are_forgotten(browser: Browser, database: Database) -> None:
    await browser.sign_in()
    await browser.away("harbour", start=await browser.link_to("harbour"))
    async with database.transaction() as session:
        person_id = (await session.scalars(select(User.id))).one()
        assert await identities.forget(session, person_id) == 1
    assert (await count(database, OutsideIdentity), await count(database, SignInAttempt)) == (0, 0)


async def test_without_providers_nothing_is_offered(postgres_url: str, tmp_path: Path) -> None:
    async with (
        running_app(settings_for(postgres_url)) as app,
        AsyncClient(transport=ASGITransport(app), base_url="http://shop.example") as http,
    ):
        page = await http.get("/sign-in", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "Continue with" not in page.text
        assert (await http.get("/sign-in/with/lantern")).status_code == 404
