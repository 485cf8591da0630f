"""Pages of the shop and the studio over HTTP: what they answer, redirect to, refuse, and never let through."""

import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core.database import Database
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, Piece, TestShop, add_listing, add_person, add_shop

HTML = {"accept": "text/html"}


@pytest.fixture
async def browser(app: FastAPI) -> AsyncClient:
    """A browser without script: it keeps cookies and asks for pages."""
    return open_client(app, **HTML)


async def enter(browser: AsyncClient, email: str) -> Response:
    return await browser.post("/sign-in", data={"email": email, "password": PASSWORD})


def token_of(page: Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def put_in_cart(browser: AsyncClient, listing_id: str, quantity: str = "1") -> Response:
    return await browser.post("/cart/add", data={"listing_id": listing_id, "quantity": quantity})


@pytest.mark.parametrize("path", ["/", "/search", "/search?q=mug", "/cart", "/sign-in", "/register"])
async def test_looking_around_leaves_no_cookie(browser: AsyncClient, listing_id: str, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "set-cookie" not in answer.headers
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text and "<script>" not in answer.text and " onclick=" not in answer.text


async def test_a_listing_is_found_under_its_own_name_only(browser: AsyncClient, listing_id: str) -> None:
    moved = await browser.get(f"/l/{listing_id}/another-name")
    assert moved.status_code == 301
    assert (await browser.get(moved.headers["location"])).status_code == 200
    assert (await browser.get("/l/lst_00000000000000000000000000")).status_code == 404
    assert (await browser.get("/c/nothing")).status_code == 404
    assert (await browser.get("/shops/nobody")).status_code == 404


async def test_what_a_maker_writes_is_text_and_nothing_else(
    browser: AsyncClient, database: Database, shop: TestShop
) -> None:
    attack = "<img src=x onerror=alert(1)>"
    async with database.transaction() as session:
        listing_id = await add_listing(session, shop, Piece(title=attack, description=f"{attack} and more of it"))
    for path in (f"/l/{listing_id}", "/", f"/search?q={attack}"):
        answer = await browser.get(path, follow_redirects=True)
        assert "<img src=x" not in answer.text
        assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text


async def test_the_first_piece_opens_a_session_and_its_forms_carry_the_token(
    browser: AsyncClient, listing_id: str
) -> None:
    added = await put_in_cart(browser, listing_id)
    assert (added.status_code, added.headers["location"]) == (303, "/cart")
    assert "HttpOnly" in added.headers["set-cookie"]
    cart = await browser.get("/cart")
    changed = {"quantity": "3", "csrf_token": token_of(cart)}
    assert (await browser.post(f"/cart/{listing_id}", data=changed)).status_code == 303
    assert 'value="3"' in (await browser.get("/cart")).text
    removed = await browser.post(f"/cart/{listing_id}/remove", data={"csrf_token": token_of(cart)})
    assert removed.status_code == 303
    assert "Nothing in it yet" in (await browser.get("/cart")).text


async def test_a_form_without_the_token_is_refused_and_changes_nothing(
    browser: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await enter(browser, email)
    refused = await put_in_cart(browser, listing_id)
    assert refused.status_code == 403
    assert "Reference" in refused.text
    assert "Nothing in it yet" in (await browser.get("/cart")).text


@pytest.mark.parametrize(
    ("quantity", "status", "said"),
    [
        ("0", 422, "between 1 and 999"),
        ("-1", 422, "between 1 and 999"),
        ("1000000000", 422, "between 1 and 999"),
        ("many", 422, "in digits"),
        ("", 422, "in digits"),
        ("6", 409, "Only 5 left"),
    ],
)
async def test_a_quantity_nobody_can_have_is_told_beside_the_button(
    browser: AsyncClient, listing_id: str, quantity: str, status: int, said: str
) -> None:
    answer = await put_in_cart(browser, listing_id, quantity)
    assert answer.status_code == status
    assert said in answer.text
    assert "Speckled mug" in answer.text


async def test_a_piece_that_is_not_there_gives_nobody_a_session(browser: AsyncClient, listing_id: str) -> None:
    answer = await put_in_cart(browser, "lst_00000000000000000000000000")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


async def test_another_currency_is_refused_with_the_way_to_the_cart(
    browser: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        canadian = await add_listing(session, await add_shop(session, name="Slow Tide", currency="CAD"), Piece())
    await put_in_cart(browser, listing_id)
    cart = await browser.get("/cart")
    answer = await browser.post(
        "/cart/add", data={"listing_id": canadian, "quantity": "1", "csrf_token": token_of(cart)}
    )
    assert answer.status_code == 422
    assert 'href="/cart"' in answer.text and "priced in CAD" in answer.text


async def test_a_changed_price_is_shown_and_accepted(
    browser: AsyncClient, app: FastAPI, keeper: AsyncClient, listing_id: str
) -> None:
    await put_in_cart(browser, listing_id)
    changed = await keeper.patch(f"/api/v1/shop/listings/{listing_id}", json={"price_minor": 5_000})
    assert changed.status_code == 200
    cart = await browser.get("/cart")
    assert "now costs $50.00 instead of $48.00" in cart.text
    assert "Go to the till" not in cart.text
    accepted = await browser.post("/cart/accept-prices", data={"csrf_token": token_of(cart)})
    assert accepted.status_code == 303
    assert "Go to the till" in (await browser.get("/cart")).text


@pytest.mark.parametrize("path", ["/orders", "/checkout", "/studio", "/studio/listings/new", "/admin/held"])
async def test_what_is_private_leads_to_the_sign_in_form_and_back(browser: AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    form = await browser.get(answer.headers["location"])
    assert f'name="next" value="{path}"' in form.text


async def test_a_live_part_whose_session_ended_sends_the_whole_page_to_sign_in(browser: AsyncClient) -> None:
    asked = {"hx-request": "true", "hx-current-url": "http://shop.example/orders/ord_1?x=1"}
    answer = await browser.get("/orders/ord_1/live", headers=asked)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=/orders/ord_1"
    assert answer.content == b""


async def test_signing_in_takes_the_cart_along_and_out_leaves_nothing(
    browser: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await put_in_cart(browser, listing_id)
    form = await browser.get("/sign-in?next=/cart")
    sent = {"email": email, "password": PASSWORD, "next": "/cart", "csrf_token": token_of(form)}
    entered = await browser.post("/sign-in", data=sent)
    assert (entered.status_code, entered.headers["location"]) == (303, "/cart")
    cart = await browser.get("/cart")
    assert "Speckled mug" in cart.text
    left = await browser.post("/sign-out", data={"csrf_token": token_of(cart)})
    assert left.status_code == 303
    assert (await browser.get("/orders")).status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_sign_in_leads_nowhere_else(browser: AsyncClient, database: Database, target: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    entered = await browser.post("/sign-in", data={"email": email, "password": PASSWORD, "next": target})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")


async def test_a_wrong_password_keeps_what_was_typed_but_the_password(browser: AsyncClient) -> None:
    answer = await browser.post("/sign-in", data={"email": "ada@example.com", "password": "not this one"})
    assert answer.status_code == 401
    assert 'value="ada@example.com"' in answer.text
    assert "not this one" not in answer.text
    assert 'aria-describedby="email-error"' in answer.text


async def test_registering_tells_each_field_what_is_wrong(browser: AsyncClient) -> None:
    answer = await browser.post("/register", data={"name": " ", "email": "nobody", "password": "short"})
    assert answer.status_code == 422
    for field in ("name", "email", "password"):
        assert f'id="{field}-error"' in answer.text
    typed = {"name": "Ada", "email": "ada@buyers.example.com", "password": "password2026"}
    weak = await browser.post("/register", data=typed)
    assert weak.status_code == 422
    assert "Tick this" in weak.text
    weak = await browser.post("/register", data={**typed, "accept_terms": "true", "newsletter": "true"})
    assert weak.status_code == 422
    assert "Very many people use this password" in weak.text
    assert 'value="ada@buyers.example.com"' in weak.text
    assert weak.text.count(" checked") == 2
    assert "password2026" not in weak.text


async def test_roles_keep_to_their_desks(browser: AsyncClient, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    await enter(browser, email)
    assert (await browser.get("/studio")).status_code == 403
    assert (await browser.get("/admin/held")).status_code == 403
    page = await browser.get("/cart")
    await browser.post("/sign-out", data={"csrf_token": token_of(page)})
    entered = await enter(browser, shop.owner_email)
    assert entered.headers["location"] == "/studio"
    assert (await browser.get("/studio")).status_code == 200
    assert (await browser.get("/admin/held")).status_code == 403


async def test_another_shops_listing_does_not_exist_at_this_desk(
    browser: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Elsewhere")
    await enter(browser, other.owner_email)
    assert (await browser.get(f"/studio/listings/{listing_id}")).status_code == 404


async def test_a_new_piece_is_saved_whole_or_not_at_all(browser: AsyncClient, shop: TestShop, listing_id: str) -> None:
    await enter(browser, shop.owner_email)
    form = await browser.get("/studio/listings/new")
    typed = {
        "csrf_token": token_of(form),
        "title": "Olive dish",
        "description": "Shallow, burnished, for olives and their stones.",
        "category": "ceramics",
        "price": "24.50",
        "on_hand": "4",
        "lead_time_days": "0",
        "weight_grams": "340",
        "materials": "clay, wax",
        "alt": "A shallow black dish",
        "then": "publish",
    }
    broken = await browser.post(
        "/studio/listings", data=typed, files={"file": ("dish.jpg", b"this is no picture", "image/jpeg")}
    )
    assert broken.status_code == 422
    assert "read this picture" in broken.text
    assert 'value="24.50"' in broken.text
    assert "Olive dish" not in (await browser.get("/studio/listings")).text

    draft = await browser.post("/studio/listings", data={**typed, "then": "save"})
    assert draft.status_code == 303
    page = await browser.get(draft.headers["location"])
    assert 'value="24.50"' in page.text and 'value="clay, wax"' in page.text
    early = await browser.post(
        draft.headers["location"].split("?")[0] + "/publish", data={"csrf_token": token_of(page)}
    )
    assert early.status_code == 409
    assert "at least one picture" in early.text


async def test_a_body_of_ten_megabytes_is_refused_with_a_page(browser: AsyncClient) -> None:
    answer = await browser.post("/register", content=b"name=" + b"x" * 10_000_000,
                                headers={"content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert answer.status_code == 413
    assert "Reference" in answer.text


async def test_static_files_are_kept_for_ever_under_their_content(browser: AsyncClient) -> None:
    home = await browser.get("/")
    found = re.search(r'href="(/static/site\.css\?v=[0-9a-f]+)"', home.text)
    assert found is not None
    css = await browser.get(found[1])
    assert css.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in css.headers["cache-control"]
    again = await browser.get(found[1], headers={"if-none-match": css.headers["etag"]})
    assert again.status_code == 304
    assert "immutable" not in (await browser.get("/static/site.css")).headers["cache-control"]
    for outside in ("/static/../app.py", "/static/nothing.css", "/static/%2e%2e/assets.py", "/static/"):
        assert (await browser.get(outside)).status_code == 404
