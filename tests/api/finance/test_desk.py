"""The finance desk: its figures add up, they come out of the books, and every look at them is written down."""

import csv
import io
from datetime import date, timedelta

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert, select, update

from core import clock
from core.database import Database
from models.audited import Audited
from models.repositories import payouts, payouts_holds, payouts_skips
from models.repositories.payouts_skips import NewSkip
from models.rules.holds import HoldReason
from models.rules.payouts import PayoutKind, SkippedAt
from models.tables.audit import AuditEntry
from models.tables.processes import Process
from models.tables.reconciliation import ReconciliationCase
from models.types import Money, new_id
from tests.api.conftest import signed_in
from tests.support.marketplace import TestShop

PAGE = "/admin/finance"
HTML = {"accept": "text/html"}


async def _fail(database: Database, shop: TestShop, code: str) -> str:
    """A payout of USD 90.00 that the bank did not take."""
    payout_id, now = f"withdrawal-{shop.id}", clock.now()
    async with database.transaction() as session:
        new = payouts.NewPayout(payout_id, shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, new, Money(9_000, "USD"), now)
        await payouts.given_back(session, payout_id, code, now, now=now)
        row = {"workflow_id": payout_id, "process": "withdrawal", "status": "awaiting_details", "sequence": 1}
        await session.execute(insert(Process).values(**row, waiting_on="artisan"))
    return payout_id


async def test_the_page_shows_the_books(
    administrator: AsyncClient, database: Database, shop: TestShop, yen_shop: TestShop
) -> None:
    page = await administrator.get(PAGE, headers=HTML)
    assert page.status_code == 200, page.text
    for words in (
        "$94.15",
        "¥12,000",
        "Owed to artisans",
        "In each currency",
        "None. Every payout of late has arrived",
    ):
        assert words in page.text
    assert " style=" not in page.text and "<script>" not in page.text
    yen = await administrator.get(f"{PAGE}?currency=JPY&days=30", headers=HTML)
    assert "JPY from" in yen.text
    odd = await administrator.get(f"{PAGE}?currency=<b>&days=x", headers=HTML)
    assert odd.status_code == 200 and "USD from" in odd.text
    async with database.transaction() as session:
        noted = (
            await session.scalars(select(AuditEntry.details).where(AuditEntry.action == Audited.DATA_READ.value))
        ).all()
    assert noted == [{"what": "finance"}] * 3


async def test_a_shop_that_a_run_passed_over_is_shown_with_reason_and_reference(
    administrator: AsyncClient, database: Database, shop: TestShop
) -> None:
    assert "passed over" not in (await administrator.get(PAGE, headers=HTML)).text
    async with database.transaction() as session:
        skip = NewSkip(shop.id, "USD", SkippedAt.PLAN, "ValueError", date(2026, 11, 22))
        reference = await payouts_skips.note(session, skip, "payout-run-1", clock.now())
        assert await payouts_skips.note(session, skip, "payout-run-2", clock.now()) == reference
    (found,) = (await administrator.get("/api/v1/admin/finance")).json()["skipped"]
    assert (found["reference"], found["shop_id"], found["reason"]) == (reference, shop.id, "plan")
    assert (found["error"], found["runs"]) == ("ValueError", 2)
    page = (await administrator.get(PAGE, headers=HTML)).text
    for words in (reference, "payout days or minimums can’t be read", "in 2 runs"):
        assert words in page


async def test_a_payout_of_which_nobody_tells_where_it_is_stands_on_the_desk_until_somebody_does(
    administrator: AsyncClient, database: Database, shop: TestShop
) -> None:
    now = clock.now()
    async with database.transaction() as session:
        new = payouts.NewPayout("withdrawal-silent", shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, new, Money(9_000, "USD"), now)
        await payouts.unanswered(session, "withdrawal-silent", now - timedelta(days=1))
        await payouts.unanswered(session, "withdrawal-silent", now)
    (found,) = (await administrator.get("/api/v1/admin/finance")).json()["undelivered"]
    assert (found["payout_id"], found["problem"]) == ("withdrawal-silent", "provider_silent")
    assert found["since"] < now.isoformat(), "since it was first not told"
    assert "does not tell where it is" in (await administrator.get(PAGE, headers=HTML)).text
    async with database.transaction() as session:
        await payouts.unanswered(session, "withdrawal-silent", None)
    assert (await administrator.get("/api/v1/admin/finance")).json()["undelivered"] == []


async def test_nothing_booked_is_said(administrator: AsyncClient) -> None:
    page = await administrator.get(PAGE, headers=HTML)
    assert page.status_code == 200
    assert "Nothing has been booked yet" in page.text and "Over time" not in page.text


async def test_a_payout_that_failed_stands_first_until_one_arrives(
    administrator: AsyncClient, database: Database, shop: TestShop
) -> None:
    payout_id = await _fail(database, shop, "account_closed")
    page = (await administrator.get(PAGE, headers=HTML)).text
    assert payout_id in page and "$90.00" in page and "Waiting for a correction" in page
    assert "The bank account is closed" in page and "asked for another bank account" in page
    async with database.transaction() as session:
        later = payouts.NewPayout("withdrawal-later", shop.id, PayoutKind.WITHDRAWAL, "", 1)
        await payouts.set_aside(session, later, Money(9_000, "USD"), clock.now())
        await payouts.paid(session, later.id, clock.now())
    assert payout_id not in (await administrator.get(PAGE, headers=HTML)).text


async def test_the_file_has_every_day_with_its_balance(
    administrator: AsyncClient, shop: TestShop, yen_shop: TestShop
) -> None:
    file = await administrator.get(f"{PAGE}/balances.csv")
    assert file.status_code == 200 and file.headers["content-type"].startswith("text/csv")
    assert "no-store" in file.headers["cache-control"]
    rows = list(csv.DictReader(io.StringIO(file.text)))
    today = clock.now().date().isoformat()
    assert [tuple(row.values()) for row in rows] == [
        (today, "artisan_payable", "JPY", "-12000", "-12000", "-12000", "-12000"),
        (today, "artisan_payable", "USD", "-94.15", "-94.15", "-9415", "-9415"),
        (today, "provider_available", "JPY", "12000", "12000", "12000", "12000"),
        (today, "provider_available", "USD", "94.15", "94.15", "9415", "9415"),
    ]


async def test_a_difference_is_shown_until_it_is_closed(
    administrator: AsyncClient, database: Database, shop: TestShop
) -> None:
    now = clock.now()
    case = {
        "id": new_id("cse"),
        "kind": "booked_twice",
        "subject": "checkout-one",
        "currency": "USD",
        "expected_minor": 9_415,
        "found_minor": 18_830,
        "facts": {},
        "repair": {},
        "opened_at": now,
        "seen_at": now,
    }
    async with database.transaction() as session:
        await session.execute(insert(ReconciliationCase).values(**case))
    page = (await administrator.get(PAGE, headers=HTML)).text
    assert (
        "Booked more than once" in page and "$94.15 expected, $188.30 found" in page and "Nobody has proposed" in page
    )
    shown = (await administrator.get("/api/v1/admin/finance")).json()
    assert (shown["cases_total"], shown["cases"][0]["kind"]) == (1, "booked_twice")
    async with database.transaction() as session:
        await session.execute(
            update(ReconciliationCase).values(status="closed", outcome="gone", closed_at=now, seen_at=now)
        )
    assert "None is open" in (await administrator.get(PAGE, headers=HTML)).text


async def test_an_objection_is_decided_with_a_reason(
    administrator: AsyncClient, database: Database, shop: TestShop
) -> None:
    now = clock.now()
    async with database.transaction() as session:
        hold_id = await payouts_holds.place(
            session,
            shop.id,
            shop.owner_id,
            Money(5_000, "USD"),
            HoldReason.COMPLAINTS,
            release_at=now + timedelta(days=10),
            now=now,
        )
        await payouts_holds.appeal(session, hold_id, "They took it back <b>at once</b>.", now)
    page = (await administrator.get(PAGE, headers=HTML)).text
    assert "They took it back &lt;b&gt;at once&lt;/b&gt;." in page and "Release $50.00" in page
    path = f"{PAGE}/holds/{hold_id}"
    short = await administrator.post(path, data={"decision": "keep", "reason": "Because"}, headers=HTML)
    assert short.status_code == 422
    assert ">Because</textarea>" in short.text and "at least 10 characters" in short.text
    neither = await administrator.post(path, data={"reason": "Long enough to pass"}, headers=HTML)
    assert neither.status_code == 422 and ">Long enough to pass</textarea>" in neither.text
    right = {"decision": "release", "reason": "The buyer confirmed it."}
    decided = await administrator.post(path, data=right, headers=HTML)
    assert (decided.status_code, decided.headers["location"]) == (303, f"{PAGE}?done=released")
    after = (await administrator.get(decided.headers["location"], headers=HTML)).text
    assert "Released: the money is available" in after and "They took it back" not in after
    again = await administrator.post(path, data=right, headers=HTML)
    assert again.status_code == 409 and "no objection to decide about any more" in again.text


async def test_it_is_nobody_elses(app: FastAPI, shop: TestShop) -> None:
    keeper = await signed_in(app, shop.owner_email)
    for path in (PAGE, f"{PAGE}/balances.csv"):
        assert (await keeper.get(path)).status_code == 403
