"""The scenario's sentences on who proves when who they are, each with a clock that the test moves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core import clock
from core.database import Database
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import PASSWORD, TestShop, add_listing, add_person
from tests.support.signing_in import session_of

SECOND = timedelta(seconds=1)
Move = Callable[..., None]


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Stops the clock, and moves it on: a slow machine adds no second."""
    moved = timedelta()
    started = clock.now()

    def by(**length: float) -> None:
        nonlocal moved
        moved += timedelta(**length)

    monkeypatch.setattr(clock, "now", lambda: started + moved)
    return by


def asked_again(answer: Response) -> bool:
    return answer.status_code == 401 and answer.json()["error"]["code"] == "reauthentication_required"


async def person_with_session(app: FastAPI, database: Database, role: Role) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, role)
        token = await session_of(session, person_id, two_factors=role is Role.ADMINISTRATOR)
    return open_client(app, authorization=f"Bearer {token}")


async def keeper_of(app: FastAPI, database: Database, shop: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        token = await session_of(session, shop.owner_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


async def confirm(client: AsyncClient) -> None:
    """The step-up of a program: the same session under a new token."""
    answer = await client.post("/api/v1/sessions/current/proofs", json={"password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"


async def test_customers_authenticate_at_the_beginning_of_a_session(app: FastAPI, database: Database) -> None:
    async with open_client(app) as nobody:
        refused = await nobody.get("/api/v1/addresses")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_required")
    customer = await person_with_session(app, database, Role.CUSTOMER)
    assert (await customer.get("/api/v1/addresses")).status_code == 200


async def test_reauthentication_is_required_after_60_minutes_of_inactivity(
    app: FastAPI, database: Database, move: Move
) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    for _ in range(4):  # who is active stays signed in
        move(minutes=59, seconds=59)
        assert (await customer.get("/api/v1/addresses")).status_code == 200
    move(minutes=60)
    assert asked_again(await customer.get("/api/v1/addresses"))
    await confirm(customer)
    assert (await customer.get("/api/v1/addresses")).status_code == 200


@pytest.mark.parametrize("header", ["x-background", "hx-request"])
async def test_a_page_that_refreshes_itself_is_no_activity(
    app: FastAPI, database: Database, move: Move, header: str
) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    for _ in range(5):
        move(minutes=10)
        assert (await customer.get("/api/v1/addresses", headers={header: "true"})).status_code == 200
    move(minutes=10)
    assert asked_again(await customer.get("/api/v1/addresses", headers={header: "true"}))


@pytest.mark.parametrize("sensitive", ["/api/v1/orders", "/api/v1/payments"])
async def test_customers_reauthenticate_for_sensitive_actions_such_as_viewing_order_history_or_payment_details(
    app: FastAPI, database: Database, move: Move, sensitive: str
) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    assert (await customer.get(sensitive)).status_code == 200
    move(minutes=9, seconds=59)
    assert (await customer.get(sensitive)).status_code == 200
    move(seconds=1)
    refused = await customer.get(sensitive)
    assert asked_again(refused)
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_user_authentication", max_age=600'
    assert (await customer.get("/api/v1/addresses")).status_code == 200  # of medium sensitivity: the session is enough
    await confirm(customer)
    assert (await customer.get(sensitive)).status_code == 200


async def test_artisans_authenticate_once_per_session(
    app: FastAPI, database: Database, shop: TestShop, move: Move
) -> None:
    async with database.transaction() as session:
        listing_id = await add_listing(session, shop)
    keeper = await keeper_of(app, database, shop)
    for _ in range(11):  # a working day, with long pauses
        move(hours=1, minutes=5)
        assert (await keeper.get(f"/api/v1/shop/listings/{listing_id}")).status_code == 200
        changed = await keeper.put(f"/api/v1/shop/listings/{listing_id}/stock", json={"on_hand": 3})
        assert changed.status_code == 200, changed.text
    move(minutes=6)
    assert asked_again(await keeper.get(f"/api/v1/shop/listings/{listing_id}"))


async def test_artisans_authenticate_additionally_for_bank_detail_updates(
    app: FastAPI, database: Database, shop: TestShop, move: Move
) -> None:
    keeper = await keeper_of(app, database, shop)
    assert (await keeper.get("/api/v1/shop/payout-account")).status_code in {200, 404}
    move(minutes=10)
    assert asked_again(await keeper.get("/api/v1/shop/payout-account"))
    assert asked_again(await keeper.put("/api/v1/shop/payout-account", json={}))
    assert (await keeper.get("/api/v1/shop/orders")).status_code == 200


async def test_administrators_reauthenticate_every_90_minutes_whatever_they_do(
    app: FastAPI, database: Database, move: Move
) -> None:
    administrator = await person_with_session(app, database, Role.ADMINISTRATOR)
    for _ in range(89):  # never idle
        move(minutes=1)
        assert (await administrator.get("/api/v1/me")).status_code == 200
    move(seconds=59)
    assert (await administrator.get("/api/v1/me")).status_code == 200
    move(seconds=1)
    assert asked_again(await administrator.get("/api/v1/me"))


async def test_administrators_reauthenticate_when_accessing_sensitive_vendor_or_financial_data(
    app: FastAPI, database: Database, move: Move
) -> None:
    administrator = await person_with_session(app, database, Role.ADMINISTRATOR)
    for sensitive in ("/api/v1/admin/held-checkouts", "/api/v1/admin/shops", "/api/v1/admin/audit"):
        assert (await administrator.get(sensitive)).status_code == 200, sensitive
    move(minutes=10)
    for sensitive in ("/api/v1/admin/held-checkouts", "/api/v1/admin/shops", "/api/v1/admin/audit"):
        assert asked_again(await administrator.get(sensitive)), sensitive
    assert (await administrator.get("/api/v1/me")).status_code == 200


async def test_browsing_needs_no_sign_in_however_stale_the_session(
    app: FastAPI, database: Database, move: Move, listing_id: str
) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    move(hours=5)
    assert (await customer.get(f"/api/v1/listings/{listing_id}")).status_code == 200
    assert (await customer.get("/search")).status_code == 200
    assert (await customer.get("/api/v1/cart")).status_code == 200


async def test_every_proof_rotates_the_token(app: FastAPI, database: Database) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    old = customer.headers["authorization"]
    await confirm(customer)
    assert customer.headers["authorization"] != old
    assert (await customer.get("/api/v1/me", headers={"authorization": old})).status_code == 401
    assert len((await customer.get("/api/v1/sessions")).json()["sessions"]) == 1  # the same session under a new token


async def test_a_wrong_password_proves_nothing(app: FastAPI, database: Database, move: Move) -> None:
    customer = await person_with_session(app, database, Role.CUSTOMER)
    move(minutes=61)
    wrong = await customer.post("/api/v1/sessions/current/proofs", json={"password": "not this one"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "wrong_credentials")
    assert asked_again(await customer.get("/api/v1/addresses"))
