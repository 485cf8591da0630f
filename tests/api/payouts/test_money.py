"""What an artisan sees of their money, the days they choose, and objections to what is kept back."""

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, update

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import payouts, payouts_holds
from models.repositories.payouts import NewPayout
from models.repositories.processes import record_progress
from models.rules.holds import HoldReason
from models.rules.payouts import PayoutKind
from models.tables.audit import AuditEntry
from models.tables.letters import Letter
from models.tables.people import User
from models.types import Money, Role
from tests.activities.payout.conftest import progress
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_person, add_shop
from tests.support.payouts import earn, give_bank
from tests.support.signing_in import session_of

WORDS = "These were ordinary sales at a market, and I can show the receipts."


async def client_of(app: FastAPI, database: Database, person_id: str) -> AsyncClient:
    async with database.transaction() as session:
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


@pytest.fixture
async def keeper(app: FastAPI, database: Database, shop: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        await give_bank(session, shop)
        await earn(session, shop, 9_415)
    return await client_of(app, database, shop.owner_id)


@pytest.fixture
async def finance(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
    return await client_of(app, database, person_id)


async def held(database: Database, shop: TestShop, minor: int = 4_000) -> str:
    now = clock.now()
    async with database.transaction() as session:
        administrator, _ = await add_person(session, Role.ADMINISTRATOR)
        return await payouts_holds.place(
            session,
            shop.id,
            administrator,
            Money(minor, "USD"),
            HoldReason.UNUSUAL_SALES,
            release_at=now + timedelta(days=7),
            now=now,
        )


async def test_the_balance_tells_every_part_with_its_reason(
    database: Database, shop: TestShop, keeper: AsyncClient
) -> None:
    hold_id = await held(database, shop)
    async with database.transaction() as session:
        await earn(session, shop, 3_000, "JPY")
    answer = await keeper.get("/api/v1/shop/balance")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    dollars, yen = told["balances"]
    assert (dollars["available"]["minor"], dollars["payable"]["minor"], dollars["held"]["minor"]) == (
        *(5_415, 9_415),
        4_000,
    )
    assert dollars["available"]["text"] == "$54.15"
    (hold,) = dollars["holds"]
    assert (hold["id"], hold["rule"], hold["reason"], hold["may_be_appealed"]) == (
        *(hold_id, "under_review"),
        *("unusual_sales", True),
    )
    assert hold["release_at"] > clock.now().isoformat()
    assert "look" in hold["rule_text"] and "unusual" in hold["reason_text"]
    assert yen["available"]["text"] == "¥3,000"
    assert told["obstacle"] is None and told["next_due"] is not None


async def test_what_stands_in_the_way_is_said_in_words(app: FastAPI, database: Database, shop: TestShop) -> None:
    keeper = await client_of(app, database, shop.owner_id)
    told = (await keeper.get("/api/v1/shop/balance")).json()
    assert told["obstacle"]["reason"] == "no_bank_account"
    async with database.transaction() as session:
        await give_bank(session, shop, saved=timedelta(days=1))
    told = (await keeper.get("/api/v1/shop/balance")).json()
    assert told["obstacle"]["reason"] == "paused_after_change"
    assert told["obstacle"]["until"] > clock.now().isoformat()
    assert "UTC" in told["obstacle"]["text"]


async def test_payout_days_are_chosen_and_audited_once(database: Database, shop: TestShop, keeper: AsyncClient) -> None:
    usual = (await keeper.get("/api/v1/shop/payout-days")).json()
    assert (usual["calendar"], usual["weekday"], usual["minimums"]) == ("weekly", 0, {})
    chosen = {"calendar": "monthly", "day": 31, "minimums": {"USD": 10_000}}
    for _ in range(2):
        answer = await keeper.put("/api/v1/shop/payout-days", json=chosen)
        assert answer.status_code == 200, answer.text
    assert (answer.json()["day"], answer.json()["minimums"]) == (31, {"USD": 10_000})
    manual = await keeper.put("/api/v1/shop/payout-days", json={"calendar": "manual"})
    assert manual.json()["next_due"] is None
    async with database.transaction() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.PAYOUT_DAYS_CHANGED))
        assert [entry.details["calendar"] for entry in entries] == ["monthly", "manual"]


NO_DAYS = (
    {"calendar": "hourly"},
    {"calendar": "weekly", "weekday": 7},
    {"calendar": "monthly", "day": 0},
    {"calendar": "weekly", "minimums": {"USD": -1}},
    {"calendar": "weekly", "minimums": {"USD": 10**13}},
    {"calendar": "weekly", "minimums": {"USD": 25.5}},
    {"calendar": "weekly", "minimums": {"KWD": 1_005}},
    {"calendar": "weekly", "minimums": {"XXX": 5_000}},
    {"calendar": "weekly", "every": "day"},
)


async def test_no_such_days_and_no_such_minimums(keeper: AsyncClient) -> None:
    answers = [await keeper.put("/api/v1/shop/payout-days", json=wrong) for wrong in NO_DAYS]
    assert [answer.status_code for answer in answers] == [422] * len(NO_DAYS)


async def test_payouts_are_listed_and_told_to_their_own_shop_only(
    app: FastAPI, database: Database, shop: TestShop, keeper: AsyncClient
) -> None:
    payout_id = f"payout-{shop.id}-2026-11-23-usd"
    async with database.transaction() as session:
        new = NewPayout(payout_id, shop.id, PayoutKind.SCHEDULED, "2026-11-23", 1)
        await payouts.set_aside(session, new, Money(9_415, "USD"), clock.now())
        await payouts.given_back(session, payout_id, "account_closed", None, now=clock.now())
        told = progress(payout_id, 1, "awaiting_details", "payout_given_back")
        await record_progress(session, told)
        other = await add_shop(session)
    (listed,) = (await keeper.get("/api/v1/shop/payouts")).json()
    assert (listed["id"], listed["kind"], listed["amount"]["text"]) == (payout_id, "scheduled", "$94.15")
    assert (listed["status"], listed["problem"]) == ("awaiting_details", "bank_account_closed")
    assert "another" in listed["problem_text"]
    details = (await keeper.get(f"/api/v1/shop/payouts/{payout_id}")).json()
    assert [line["what"] for line in details["timeline"]] == ["payout_given_back"]
    stranger = await client_of(app, database, other.owner_id)
    assert (await stranger.get(f"/api/v1/shop/payouts/{payout_id}")).status_code == 404
    assert (await stranger.get("/api/v1/shop/payouts")).json() == []


async def test_an_objection_is_heard_once_and_decided_once(
    database: Database, shop: TestShop, keeper: AsyncClient, finance: AsyncClient
) -> None:
    hold_id = await held(database, shop)
    path = f"/api/v1/shop/holds/{hold_id}/appeal"
    first = await keeper.post(path, json={"text": WORDS})
    assert (first.status_code, first.json()["may_be_appealed"]) == (202, False)
    again = await keeper.post(path, json={"text": WORDS})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_appealable")
    (waiting,) = (await finance.get("/api/v1/admin/holds")).json()
    assert (waiting["id"], waiting["shop_id"], waiting["appeal"]) == (hold_id, shop.id, WORDS)
    decided = await finance.post(
        f"/api/v1/admin/holds/{hold_id}/decision", json={"release": True, "reason": "The receipts are in order."}
    )
    assert (decided.status_code, decided.json()["outcome"]) == (200, "released")
    late = await finance.post(
        f"/api/v1/admin/holds/{hold_id}/decision", json={"release": False, "reason": "On second thoughts, no."}
    )
    assert (late.status_code, late.json()["error"]["code"]) == (409, "appeal_decided")
    (dollars,) = (await keeper.get("/api/v1/shop/balance")).json()["balances"]
    assert (dollars["available"]["minor"], dollars["holds"]) == (9_415, [])
    async with database.transaction() as session:
        (letter,) = await session.scalars(select(Letter).where(Letter.kind == "hold_decided"))
        said = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action.like("hold.%")).order_by(AuditEntry.id))
        ).all()
    assert "receipts" not in str(letter.details), "what was written stays in its own row"
    assert [entry.action for entry in said] == [Audited.HOLD_APPEALED, Audited.HOLD_DECIDED]
    assert "receipts" not in str([entry.details for entry in said])


async def test_an_administrator_keeps_money_back_for_a_while_and_the_keeper_is_told(
    database: Database, shop: TestShop, keeper: AsyncClient, finance: AsyncClient
) -> None:
    wanted = {"amount_minor": 2_000, "currency": "USD", "reason": "complaints", "days": 10}
    placed = await finance.post(f"/api/v1/admin/shops/{shop.id}/holds", json=wanted)
    assert placed.status_code == 201, placed.text
    assert (await finance.post("/api/v1/admin/shops/shp_none/holds", json=wanted)).status_code == 404
    seen = (await finance.get(f"/api/v1/admin/shops/{shop.id}/balance")).json()
    assert seen["balances"][0]["available"]["minor"] == 7_415
    async with database.transaction() as session:
        (letter,) = await session.scalars(select(Letter).where(Letter.kind == "hold_placed"))
        read = await session.scalars(select(AuditEntry).where(AuditEntry.action == Audited.DATA_READ))
        assert [entry.subject for entry in read] == [shop.id]
    assert letter.details["amount_minor"] == 2_000


@pytest.mark.parametrize(("allowed", "waits"), [(True, timedelta(seconds=10)), (False, timedelta(days=10))])
async def test_a_demo_shops_money_waits_as_its_keepers_days_pass(
    app: FastAPI, database: Database, shop: TestShop, finance: AsyncClient, *, allowed: bool, waits: timedelta
) -> None:
    app.state.parts.settings.allow_time_scale = allowed
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == shop.owner_id).values(time_scale=86_400))
    wanted = {"amount_minor": 2_000, "currency": "USD", "reason": "complaints", "days": 10}
    hold = (await finance.post(f"/api/v1/admin/shops/{shop.id}/holds", json=wanted)).json()
    assert datetime.fromisoformat(hold["release_at"]) - datetime.fromisoformat(hold["since"]) == waits
    keeper = await client_of(app, database, shop.owner_id)
    bank = {"kind": "us", "holder": "Wren", "routing_number": "021001208", "account_number": "000123456789"}
    changed = (await keeper.put("/api/v1/shop/payout-account", json=bank)).json()
    paused = datetime.fromisoformat(changed["paused_until"]) - datetime.fromisoformat(changed["changed_at"])
    assert paused == (timedelta(seconds=3) if allowed else timedelta(days=3))


NO_HOLD = (
    *({"amount_minor": 0}, {"amount_minor": -1}, {"amount_minor": 10**13}, {"amount_minor": 1.5}),
    *({"currency": "XXX"}, {"reason": "mood"}, {"days": 46}, {"days": 0}),
)


async def test_nobodys_money_is_kept_back_by_mistake(shop: TestShop, finance: AsyncClient) -> None:
    wanted = {"amount_minor": 2_000, "currency": "USD", "reason": "complaints", "days": 10}
    for change in NO_HOLD:
        answer = await finance.post(f"/api/v1/admin/shops/{shop.id}/holds", json=wanted | change)
        assert answer.status_code == 422, change


async def test_without_an_account_at_the_provider_there_is_no_link(keeper: AsyncClient) -> None:
    answer = await keeper.post("/api/v1/shop/payout-account/link")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_now")
