"""Where an artisan's money goes: who may say so, what is kept, and what is shown."""

import re

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, update

from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.audited import Audited
from models.ports import ConnectedAccount
from models.repositories import payout_accounts, payouts_connected
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from models.tables.payouts import PayoutAccount
from models.tables.people import User
from models.tables.sessions import Session
from tests.api.conftest import open_client, signed_in
from tests.support.marketplace import TestShop
from tests.support.payouts import give_bank
from tests.support.signing_in import session_of

PATH = "/api/v1/shop/payout-account"
GERMAN = {"kind": "iban", "holder": "Wren Alder", "iban": "de89 3704 0044 0532 0130 00"}
AMERICAN = {"kind": "us", "holder": "Wren Alder", "routing_number": "021001208", "account_number": "000123456789"}


async def _keeper(app: FastAPI, database: Database, shop: TestShop, **headers: str) -> AsyncClient:
    async with database.transaction() as session:
        token = await session_of(session, shop.owner_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}", **headers)


async def test_it_is_kept_sealed_and_shown_by_its_last_four(app: FastAPI, database: Database, shop: TestShop) -> None:
    keeper = await _keeper(app, database, shop)
    assert (await keeper.get(PATH)).status_code == 404
    saved = await keeper.put(PATH, json=GERMAN)
    assert saved.status_code == 200, saved.text
    assert (saved.json()["kind"], saved.json()["last_four"]) == ("iban", "3000")
    shown = await keeper.get(PATH)
    assert shown.json() == saved.json()
    assert "3704" not in shown.text
    async with database.transaction() as session:
        row = (await session.scalars(select(PayoutAccount))).one()
        in_full = await payout_accounts.find(session, shop.id)
    assert b"Wren" not in row.sealed and b"3704" not in row.sealed
    assert in_full is not None and in_full.bank.iban == "DE89370400440532013000"
    assert "3704" not in repr(in_full)


async def test_a_change_replaces_it_is_audited_told_and_pauses_payouts(
    app: FastAPI, database: Database, shop: TestShop
) -> None:
    keeper = await _keeper(app, database, shop)
    first = (await keeper.put(PATH, json=GERMAN)).json()
    assert (await keeper.put(PATH, json=GERMAN)).json() == first  # the same again is no change
    second = (await keeper.put(PATH, json=AMERICAN)).json()
    assert (second["kind"], second["last_four"]) == ("us", "6789")
    assert second["changed_at"] > first["changed_at"]
    assert second["paused_until"] > second["changed_at"]
    async with database.transaction() as session:
        entries = (
            await session.scalars(
                select(AuditEntry).where(AuditEntry.action == Audited.PAYOUT_ACCOUNT_CHANGED).order_by(AuditEntry.id)
            )
        ).all()
        letters = (await session.scalars(select(Letter.kind).where(Letter.person_id == shop.owner_id))).all()
    assert [(entry.subject, entry.details) for entry in entries] == [
        (shop.id, {"kind": "iban", "first": True}),
        (shop.id, {"kind": "us", "first": False}),
    ]
    assert letters == ["payout_account_changed"] * 2


async def test_details_that_are_toggled_over_and_over_are_told_a_few_times(
    app: FastAPI, database: Database, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def tell(self: ProcessClient, shop_id: str, cause: str) -> None:
        told.append(cause)

    monkeypatch.setattr(ProcessClient, "start_payout_account", tell)
    keeper = await _keeper(app, database, shop)
    answers = [await keeper.put(PATH, json=(GERMAN, AMERICAN)[number % 2]) for number in range(24)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:5] == [200] * 5
    assert set(statuses[5:]) == {200, 429}, "what is saved already is no change, and is not refused"
    async with database.transaction() as session:
        letters = (await session.scalars(select(Letter.kind).where(Letter.person_id == shop.owner_id))).all()
    assert len(told) == len(letters) == 5
    refused = next(answer for answer in answers if answer.status_code == 429)
    error = refused.json()["error"]
    assert (error["code"], error["details"]["retry_after"] > 0) == ("too_many_changes", True)
    assert "5 times within a day" in error["message"]


@pytest.mark.parametrize(("allowed", "then"), [(True, 200), (False, 429)])
async def test_a_day_of_a_demo_account_brings_new_changes(
    app: FastAPI, database: Database, shop: TestShop, *, allowed: bool, then: int
) -> None:
    app.state.parts.settings.allow_time_scale = allowed
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == shop.owner_id).values(time_scale=86_400))
    with time_machine.travel(clock.now(), tick=False) as frozen:
        keeper = await _keeper(app, database, shop)
        for number in range(5):
            assert (await keeper.put(PATH, json=(GERMAN, AMERICAN)[number % 2])).status_code == 200
            frozen.shift(0.000_001)  # no two changes are made in one instant
        assert (await keeper.put(PATH, json=AMERICAN)).status_code == 429
        frozen.shift(1)
        assert (await keeper.put(PATH, json=AMERICAN)).status_code == then


async def test_one_factor_is_not_enough(app: FastAPI, keeper: AsyncClient) -> None:
    refused = await keeper.put(PATH, json=GERMAN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_required")


async def test_no_app_changes_it_whatever_it_was_allowed(app: FastAPI, database: Database, shop: TestShop) -> None:
    keeper = await _keeper(app, database, shop)
    async with database.transaction() as session:
        row = (await session.scalars(select(Session).where(Session.user_id == shop.owner_id))).one()
        row.client_id, row.scopes = "cli_app", ["shop", "desk"]
    refused = await keeper.put(PATH, json=GERMAN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")


async def test_a_customer_has_none(buyer: AsyncClient) -> None:
    assert (await buyer.get(PATH)).status_code == 403
    assert (await buyer.put(PATH, json=GERMAN)).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"holder": "W"}, "holder"),
        ({"holder": "Wren\nAlder"}, "holder"),
        ({"kind": "paper"}, "kind"),
        ({"account_number": "1234"}, "account_number"),
    ],
)
async def test_a_slip_of_the_pen_is_named(
    app: FastAPI, database: Database, shop: TestShop, change: dict[str, str], field: str
) -> None:
    keeper = await _keeper(app, database, shop)
    refused = await keeper.put(PATH, json={**GERMAN, **change})
    assert refused.status_code == 422
    assert field in refused.text
    assert "370400440532013001" not in refused.text


async def test_the_page_without_script(app: FastAPI, database: Database, shop: TestShop) -> None:
    keeper = await _keeper(app, database, shop, accept="text/html")
    form = await keeper.get("/studio/payout-account")
    assert "Routing number" in form.text  # the shop sells in dollars
    assert "The next payout is due on Monday" in form.text
    refused = await keeper.post("/studio/payout-account", data={**AMERICAN, "routing_number": "021001209"})
    assert refused.status_code == 422
    assert "slip of the pen" in refused.text and 'value="000123456789"' in refused.text
    saved = await keeper.post("/studio/payout-account", data=AMERICAN)
    assert saved.headers["location"] == "/studio/payout-account?done=1"
    shown = await keeper.get("/studio/payout-account?done=1")
    assert re.search(r'Account ending in <span class="code">6789</span>', shown.text)
    assert "021001208" not in shown.text and "000123456789" not in shown.text
    assert "waits for three days" in shown.text
    european = await keeper.get("/studio/payout-account?kind=iban")
    assert 'name="iban"' in european.text and 'name="routing_number"' not in european.text


async def test_the_page_leads_an_artisan_with_one_factor_to_a_second(app: FastAPI, shop: TestShop) -> None:
    keeper = await signed_in(app, shop.owner_email)
    keeper.headers["accept"] = "text/html"
    page = await keeper.get("/studio/payout-account")
    assert page.status_code == 200
    assert "First, a second factor" in page.text and 'name="iban"' not in page.text
    sent = await keeper.post("/studio/payout-account", data=AMERICAN, headers={"referer": "/studio/payout-account"})
    assert sent.headers["location"] == "/account/security?needed=1&next=/studio/payout-account"


async def test_the_page_leads_to_the_provider_when_it_wants_something(
    app: FastAPI, database: Database, shop: TestShop
) -> None:
    keeper = await _keeper(app, database, shop, accept="text/html")
    wants = ConnectedAccount("acct_1", "US", True, False, ("individual.verification.document",))
    async with database.transaction() as session:
        await give_bank(session, shop)
        await payouts_connected.mirror(session, shop.id, wants, clock.now())
    page = await keeper.get("/studio/payout-account")
    assert "Nothing can be paid out at the moment" in page.text
    assert 'action="/studio/payout-account/provider"' in page.text
    assert "https://connect.stripe.com" in page.headers["content-security-policy"]
