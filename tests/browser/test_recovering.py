"""An address that a stranger registered, and an account that an intruder has left something in: what their owners see
and press, by keyboard and without script, at both widths."""

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import insert

from core import clock
from core.database import Database
from models.repositories import identities, oauth_grants, passkeys
from models.repositories.passkeys import NewPasskey
from models.rules.letters import LetterKind
from models.tables.oauth import OAuthClient
from models.types import new_id
from tests.browser.checks import check_accessible, check_fits
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard import press, type_into
from tests.browser.test_second_factors import OpenBrowser, open_browser  # noqa: F401 - fixtures
from tests.support.letters import newest_token
from tests.support.marketplace import add_person
from tests.support.second_factors import add_codes, code_now

pytestmark = pytest.mark.browser

STRANGERS, ANOTHER = "chosen by a stranger", "quite another sentence"
EMAIL = "ada@example.com"


async def check(page: Page, *, script: bool = True) -> None:
    """What looks at the page is a script."""
    for viewport in (PHONE, DESK) if script else ():
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        await check_accessible(page)
        await check_fits(page)


async def register(page: Page, password: str) -> None:
    await page.goto("/register")
    await page.get_by_label("Your name").fill("Ada Newcomer")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("I agree").check()
    await send(page, "Open the account")
    await page.wait_for_url("**/register/sent")


async def send(page: Page, button: str) -> None:
    await page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


async def follow(page: Page, database: Database, path: str, kind: LetterKind) -> None:
    await page.goto(f"{path}?token={await newest_token(database, kind)}")


@pytest.mark.parametrize("script", [True, False])
async def test_the_owner_of_an_address_that_a_stranger_registered_chooses_a_password(
    open_browser: OpenBrowser,  # noqa: F811
    database: Database,
    *,
    script: bool,
) -> None:
    stranger, owner = await open_browser(DESK, script=script), await open_browser(DESK, script=script)
    await register(stranger, STRANGERS)
    await follow(owner, database, "/verify", LetterKind.VERIFY_EMAIL)
    await expect(owner.get_by_role("button", name="Yes, this is mine")).to_have_count(0)
    await check(owner, script=script)
    await owner.get_by_label("Password", exact=True).fill("a guess of hers")
    await send(owner, "Confirm the address")
    await owner.get_by_text("not the password that was chosen").first.wait_for()
    await check(owner, script=script)
    if script:
        await type_into(owner, "New password", ANOTHER)
        await press(owner, "Use this password")
    else:
        await owner.get_by_role("textbox", name="New password").fill(ANOTHER)
        await send(owner, "Use this password")
    await owner.get_by_role("banner").get_by_role("link", name="Orders").wait_for()
    await stranger.goto("/sign-in")
    await stranger.get_by_label("E-mail address").fill(EMAIL)
    await stranger.get_by_label("Password").fill(STRANGERS)
    await send(stranger, "Sign in")
    await stranger.get_by_text("don't belong together").first.wait_for()


async def test_whoever_did_not_register_says_so(open_browser: OpenBrowser, database: Database) -> None:  # noqa: F811
    stranger, owner = await open_browser(), await open_browser(script=False)
    await register(stranger, STRANGERS)
    await follow(stranger, database, "/verify", LetterKind.VERIFY_EMAIL)
    await stranger.get_by_role("button", name="Yes, this is mine").wait_for()
    await check(stranger)
    await follow(owner, database, "/verify", LetterKind.VERIFY_EMAIL)
    await send(owner, "This was not me")
    await owner.get_by_text("The account is closed").wait_for()
    await send(stranger, "Yes, this is mine")
    await stranger.get_by_text("does nothing any more").wait_for()


async def test_after_a_reset_the_owner_removes_what_an_intruder_left(
    open_browser: OpenBrowser,  # noqa: F811
    database: Database,
) -> None:
    now, client_id = clock.now(), new_id("app")
    async with database.transaction() as session:
        person_id, email = await add_person(session)
        secret = await add_codes(session, person_id)
        for number, name in enumerate(("Work laptop", "A telephone that nobody of us knows, with a long name")):
            left = NewPasskey(b"handle", f"credential {number}".encode(), b"key", 0, ["internal"], synced=True)
            await passkeys.add(session, person_id, name, left, now)
        await identities.link(
            session, person_id, "lantern", issuer="https://l.example", subject="s", email="m@l.example", now=now
        )
        await session.execute(
            insert(OAuthClient).values(id=client_id, kind="app", name="Pocket", scopes=["shop"], created_by=person_id)
        )
        await oauth_grants.remember_consent(session, person_id, client_id, ["shop"], now)
    page = await open_browser()
    await page.goto("/forgotten")
    await page.get_by_label("E-mail address").fill(email)
    await send(page, "Send me the letter")
    await page.wait_for_url("**/forgotten/sent")
    await follow(page, database, "/reset", LetterKind.RESET_PASSWORD)
    await page.get_by_label("New password").fill(ANOTHER)
    await send(page, "Use this password")
    await page.get_by_text("More than the password can open your account").wait_for()
    await check(page)
    await page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(ANOTHER)
    await send(page, "Sign in")
    await page.get_by_label("Code").fill(code_now(secret))
    await send(page, "Go on")
    await page.get_by_role("heading", name="Is all of this yours?").wait_for()
    await check(page)
    await page.get_by_role("button", name="Remove the passkey Work laptop").click()
    await expect(page.get_by_text("Work laptop")).to_have_count(0)
    await page.get_by_role("heading", name="Is all of this yours?").wait_for()
    await press(page, "Remove all of these")
    await page.get_by_text("Nothing but what you signed in with opens your account now").wait_for()
    await page.goto("/account/security/ways-in")
    await expect(page.get_by_role("listitem").filter(has_text="One-time codes")).to_contain_text("In use now")
    await expect(page.get_by_text("Pocket")).to_have_count(0)
    await expect(page.get_by_role("button", name="They are all mine")).to_have_count(0)
    await check(page)
