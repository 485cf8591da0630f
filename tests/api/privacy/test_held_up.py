"""Erasures that wait, on the administrators' desk: a debt that nothing repays any more, money of a suspended shop, a
partner who refuses; seen with the reason and what ends it, overdue after a month, and a debt is written off once."""

from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, text, update

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import ledger_balances, privacy_erasures, repayments
from models.repositories.processes import Progress, record_progress
from models.rules.bookkeeping import AccountKind
from models.rules.erasure import Obligation, obligations
from models.tables.audit import AuditEntry
from models.tables.catalogue import Shop
from models.types import Money, Party, Role, TimelineEntry
from tests.api.conftest import open_client
from tests.support.marketplace import TestShop, add_person, add_shop
from tests.support.payouts import earn
from tests.support.signing_in import session_of

HTML = {"accept": "text/html"}
HELD_UP, PAGE = "/api/v1/admin/erasures", "/admin/erasures"
OWED = 3_000


@pytest.fixture
async def administrator(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


async def waiting(database: Database, shop: TestShop, status: str = "waiting", what: str = "erasure_waits") -> str:
    """The keeper's erasure, past its 14 days."""
    id_, now = f"erasure-{shop.owner_id}-1", clock.now()
    line = TimelineEntry(1, now, Party.SYSTEM, what, subject="connected_account" if "refused" in what else "")
    async with database.transaction() as session:
        await privacy_erasures.announce(session, id_, shop.owner_id, 1, requested_at=now, erase_at=now)
        await record_progress(session, Progress(id_, "erasure", status, sequence=1, entries=(line,)))
    return id_


@pytest.fixture
async def indebted(database: Database) -> TestShop:
    """Owes USD 30.00 for a refund after its payout."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        await earn(session, shop, -OWED)
    return shop


async def books(database: Database, owner: str) -> dict[AccountKind, int]:
    async with database.transaction() as session:
        found = await ledger_balances.balances_of(session, owner)
    return {kind: money["USD"].minor for kind, money in found.items() if "USD" in money and money["USD"].minor}


async def still_open(database: Database, shop: TestShop) -> tuple[Obligation, ...]:
    async with database.transaction() as session:
        return obligations(await privacy_erasures.still_open(session, shop.owner_id))


def written_off(minor: int) -> dict[str, object]:
    return {"currency": "USD", "amount_minor": minor}


async def test_a_debt_is_seen_written_off_once_and_waited_for_no_longer(
    administrator: AsyncClient, database: Database, indebted: TestShop
) -> None:
    erasure_id = await waiting(database, indebted)
    assert await still_open(database, indebted) == (Obligation.DEBT,)
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert (one["shop_id"], one["can_write_off"], one["overdue"]) == (indebted.id, True, False)
    assert [wait["code"] for wait in one["waits_for"]] == ["debt_to_us"]
    assert [debt["minor"] for debt in one["debts"]] == [OWED]
    ours = (await books(database, "")).get(AccountKind.BAD_DEBTS, 0)

    less = await administrator.post(f"{HELD_UP}/{erasure_id}/write-offs", json=written_off(OWED - 1))
    assert (less.status_code, less.json()["error"]["code"]) == (409, "conflict"), less.text
    done = await administrator.post(f"{HELD_UP}/{erasure_id}/write-offs", json=written_off(OWED))
    assert (done.status_code, done.json()["debts"]) == (200, []), done.text
    again = await administrator.post(f"{HELD_UP}/{erasure_id}/write-offs", json=written_off(OWED))
    assert again.status_code == 409, "there is nothing left to write off"

    assert await books(database, indebted.id) == {}
    assert (await books(database, ""))[AccountKind.BAD_DEBTS] - ours == OWED
    assert await still_open(database, indebted) == ()
    async with database.transaction() as session:
        wanted = select(AuditEntry).where(
            AuditEntry.action == Audited.DEBT_WRITTEN_OFF, AuditEntry.subject == indebted.id
        )
        (entry,) = (await session.scalars(wanted)).all()
    assert entry.details == {"erasure": erasure_id, "amount_minor": OWED, "currency": "USD"}


async def test_a_debt_under_a_plan_is_one_debt(
    administrator: AsyncClient, database: Database, indebted: TestShop
) -> None:
    """What is left of the plan and what came after it are written off together, and the plan is over."""
    async with database.transaction() as session:
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        plan_id = await repayments.propose(
            session,
            indebted.id,
            Money(OWED, "USD"),
            floor_minor=0,
            share_bp=2_500,
            by=administrator_id,
            reason="Agreed.",
        )
        await repayments.answer(session, indebted.id, plan_id, agree=True, now=clock.now())
        await earn(session, indebted, -500)
    erasure_id = await waiting(database, indebted)
    done = await administrator.post(f"{HELD_UP}/{erasure_id}/write-offs", json=written_off(OWED + 500))
    assert done.status_code == 200, done.text
    assert await books(database, indebted.id) == {}
    async with database.transaction() as session:
        assert (await repayments.get(session, plan_id)).status == "ended"


async def test_what_may_still_repay_a_debt_does_so_first(
    administrator: AsyncClient, database: Database, indebted: TestShop
) -> None:
    async with database.transaction() as session:
        await earn(session, indebted, 1_000, "EUR")
    erasure_id = await waiting(database, indebted)
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert [wait["code"] for wait in one["waits_for"]] == ["money_not_paid_out", "debt_to_us"]
    assert (one["can_write_off"], "repays a part" in one["why_not"]) == (False, True)
    refused = await administrator.post(f"{HELD_UP}/{erasure_id}/write-offs", json=written_off(OWED))
    assert refused.status_code == 409
    assert (await books(database, indebted.id))[AccountKind.ARTISAN_PAYABLE] == OWED


async def test_money_of_a_suspended_shop_is_told_apart_and_overdue_after_a_month(
    app: FastAPI, administrator: AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
        await earn(session, shop, 9_415)
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
        token = await session_of(session, shop.owner_id, two_factors=True)
    erasure_id = await waiting(database, shop)
    assert await still_open(database, shop) == (Obligation.SUSPENDED,)
    async with database.transaction() as session:
        line = TimelineEntry(2, clock.now(), Party.SYSTEM, "erasure_waits", why="money_of_suspended_shop")
        await record_progress(session, Progress(erasure_id, "erasure", "waiting", sequence=2, entries=(line,)))
    mine = (await open_client(app, authorization=f"Bearer {token}").get("/api/v1/me/erasure")).json()
    assert "suspended" in mine["waits_for"], "the person reads what is waited for"
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE erasures SET erase_at = :then WHERE id = :id"),
            {"then": clock.now() - timedelta(days=29), "id": erasure_id},
        )
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert (one["overdue"], one["can_write_off"]) == (False, False)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE erasures SET erase_at = :then WHERE id = :id"),
            {"then": clock.now() - timedelta(days=31), "id": erasure_id},
        )
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert one["overdue"]


async def test_a_partner_who_refuses_is_named(
    administrator: AsyncClient, database: Database, indebted: TestShop
) -> None:
    erasure_id = await waiting(database, indebted, "erasing", "erasure_refused")
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert one["refused_by"] == ["The payment provider, for the account of your shop"]
    page = await administrator.get(PAGE, headers=HTML)
    assert "Partner refuses" in page.text
    async with database.transaction() as session:
        await privacy_erasures.add_receipt(session, erasure_id, "connected_account", at=clock.now(), count=1)
    (one,) = [one for one in (await administrator.get(HELD_UP)).json() if one["id"] == erasure_id]
    assert one["refused_by"] == []


async def test_the_page_writes_off_what_it_has_shown(
    administrator: AsyncClient, database: Database, indebted: TestShop
) -> None:
    erasure_id = await waiting(database, indebted)
    page = await administrator.get(PAGE, headers=HTML)
    assert page.status_code == 200, page.text
    assert "Write $30.00 off" in page.text
    action, form = f"{PAGE}/{erasure_id}/write-offs", {"currency": "USD", "amount_minor": "2999"}
    changed = await administrator.post(action, data=form, headers=HTML)
    assert changed.status_code == 409
    assert "has changed meanwhile" in changed.text
    odd = await administrator.post(action, data={"currency": "usd"}, headers=HTML)
    assert odd.status_code == 422
    done = await administrator.post(action, data={**form, "amount_minor": "3000"}, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=written-off"), done.text
    assert "Written off" in (await administrator.get(done.headers["location"], headers=HTML)).text
    assert await books(database, indebted.id) == {}


async def test_nothing_is_written_off_without_a_fresh_proof(
    app: FastAPI, database: Database, indebted: TestShop
) -> None:
    erasure_id = await waiting(database, indebted)
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
        one_factor = await session_of(session, person_id)
    at = f"{HELD_UP}/{erasure_id}/write-offs"
    weak = await open_client(app, authorization=f"Bearer {one_factor}").post(at, json=written_off(OWED))
    assert weak.status_code == 403
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        stale = await open_client(app, authorization=f"Bearer {token}").post(at, json=written_off(OWED))
    assert stale.status_code in {401, 403}, stale.text
    assert (await books(database, indebted.id))[AccountKind.ARTISAN_PAYABLE] == OWED
