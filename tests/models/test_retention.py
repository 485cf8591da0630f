"""What has been kept long enough ends, a batch at a time; what has not, and what others still need, stays. Accounts
that nobody confirmed are `tests/activities/retention`'s."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core import clock
from core.database import Database
from models.repositories import (
    commission_talk,
    letters,
    people,
    privacy_consents,
    privacy_exports,
    privacy_retention,
)
from models.repositories.commission_talk import NewPicture
from models.rules.consents import Purpose
from models.rules.retention import RETENTION, SWEEPS
from models.tables.commission_talk import CommissionPicture
from models.tables.letters import Letter
from models.tables.privacy import Consent, DataExport, RetentionSweep
from models.tables.processes import IdempotencyRecord, InboxEvent
from models.tables.selling import Cart, RiskDecision
from models.tables.sessions import Session
from models.types import new_id
from tests.support.buying import add_checkouts
from tests.support.commissioned import add_finished
from tests.support.marketplace import add_person, add_shop
from tests.support.signing_in import session_of

NOW = clock.now()
DAY = timedelta(days=1)


async def sweep(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return await privacy_retention.sweep(session, table, NOW)


async def counted(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.parametrize("table", [table for table in SWEEPS if table != "users"])
async def test_a_sweep_of_an_empty_house_ends_nothing(database: Database, table: str) -> None:
    assert await sweep(database, table) == 0


async def test_expired_sessions_go_and_others_stay(database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        await session_of(session, person_id)
        await session_of(session, person_id)
        first = await session.scalar(select(Session.token_hash).limit(1))
        await session.execute(
            update(Session).where(Session.token_hash == first).values(expires_at=NOW - timedelta(seconds=1))
        )
    assert await sweep(database, "sessions") == 1
    assert await counted(database, Session) == 1


async def test_a_cart_of_nobody_goes_after_thirty_idle_days_and_a_persons_stays(database: Database) -> None:
    old = NOW - timedelta(days=31)
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        for owner, at in (({"session_hash": "a"}, old), ({"session_hash": "b"}, NOW), ({"user_id": person_id}, old)):
            await session.execute(insert(Cart).values(id=new_id("crt"), updated_at=at, **owner))
    assert await sweep(database, "carts") == 1
    assert await counted(database, Cart) == 2


async def test_answers_letters_and_payloads_end_when_their_time_is_over(database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        for key, hours in (("old", 25), ("new", 23)):
            await session.execute(
                insert(IdempotencyRecord).values(
                    owner=person_id, key=key, fingerprint="f", created_at=NOW - timedelta(hours=hours)
                )
            )
        for days in (91, 89):
            letter_id = await letters.write(session, "new_sign_in", person_id)
            await session.execute(
                update(Letter).where(Letter.id == letter_id).values(created_at=NOW - timedelta(days=days))
            )
        for number, days in enumerate((91, 89)):
            await session.execute(
                insert(InboxEvent).values(
                    source="courier:swift",
                    event_id=f"e{number}",
                    type="delivered",
                    subject="SW1",
                    payload={"occurred_at": NOW.isoformat(), "location": "Machias", "reason": ""},
                    received_at=NOW - timedelta(days=days),
                    processed_at=NOW,
                )
            )
    assert [await sweep(database, table) for table in ("idempotency_records", "letters", "inbox_events")] == [1, 1, 1]
    assert await counted(database, IdempotencyRecord) == await counted(database, Letter) == 1
    async with database.transaction() as session:
        payloads = list(await session.scalars(select(InboxEvent.payload).order_by(InboxEvent.id)))
    assert payloads[0] == {"occurred_at": NOW.isoformat()}
    assert payloads[1]["location"] == "Machias"
    assert await sweep(database, "inbox_events") == 0


async def test_a_picture_whose_message_was_never_sent_goes_after_two_days(database: Database) -> None:
    async with database.transaction() as session:
        finished = await add_finished(session, await add_shop(session), charged=False)
        commission_id, person_id = finished.id, finished.customer_id
        shown = {}
        for case, purpose, milestone, days in (
            ("left behind", "message", None, 3),
            ("being written", "message", None, 1),
            ("sent", "message", None, 3),
            ("wish", "brief", None, 3),
            ("work", "proof", 1, 3),
        ):
            new = NewPicture(commission_id, person_id, purpose, milestone, case, 1, 1, b"x", b"x")
            shown[case] = await commission_talk.add_picture(session, new)
            await session.execute(
                update(CommissionPicture)
                .where(CommissionPicture.id == shown[case])
                .values(created_at=NOW - timedelta(days=days))
            )
        await commission_talk.add_message(session, commission_id, person_id, "See.", [shown["sent"]], leak_warned=False)
    assert await sweep(database, "commission_pictures") == 1
    async with database.transaction() as session:
        left = set(await session.scalars(select(CommissionPicture.alt)))
    assert left == {"being written", "sent", "wish", "work"}


async def test_an_export_loses_its_archive_after_a_week(database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        await privacy_exports.request(session, "exp_1", person_id, NOW)
        await privacy_exports.keep(
            session, "exp_1", person_id, b"archive", at=NOW - 7 * DAY - DAY, expires_at=NOW - DAY
        )
    assert await sweep(database, "data_exports") == 1
    async with database.transaction() as session:
        export = await session.get_one(DataExport, "exp_1")
        assert (export.sealed, export.size_bytes) == (None, 7)


async def test_a_reason_is_emptied_after_three_years(database: Database) -> None:
    async with database.transaction() as session:
        (checkout_id,) = await add_checkouts(session, 1)
        administrator_id, _ = await add_person(session)
        for number, days in enumerate((1_096, 10)):
            await session.execute(
                insert(RiskDecision).values(
                    id=f"rsk_{number}",
                    checkout_id=checkout_id,
                    administrator_id=administrator_id,
                    approve=True,
                    reason="Called them: fine.",
                    created_at=NOW - timedelta(days=days),
                )
            )
    assert await sweep(database, "risk_decisions") == 1
    async with database.transaction() as session:
        reasons = list(await session.scalars(select(RiskDecision.reason).order_by(RiskDecision.id)))
    assert reasons == ["", "Called them: fine."]


async def test_consents_outlive_their_person_by_three_years(database: Database) -> None:
    async with database.transaction() as session:
        gone = [(await add_person(session))[0] for _ in range(3)]
        for person_id in gone:
            await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: True}, "account", NOW)
        for person_id, days in zip(gone[:2], (1_096, 10), strict=True):
            await people.erase(session, person_id, "erasure-x-1", NOW - timedelta(days=days))
    assert await sweep(database, "consents") == 1
    assert await counted(database, Consent) == 2


async def test_what_somebody_said_is_never_rewritten(database: Database) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
        assert await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: True}, "account", NOW)
        assert not await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: True}, "account", NOW)
        assert await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: False}, "account", NOW)
        newest = {row.purpose: row for row in await privacy_consents.of_person(session, person_id)}
        assert (newest[Purpose.NEWSLETTER].given, newest[Purpose.TERMS].at) == (False, None)
    with pytest.raises(IntegrityError, match="never changed"):
        async with database.transaction() as session:
            await session.execute(update(Consent).values(given=True))


async def test_a_batch_has_an_end_and_passes_over_what_somebody_works_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy_retention, "BATCH", 2)
    async with database.transaction() as session:
        for number in range(5):
            await session.execute(
                insert(IdempotencyRecord).values(owner="o", key=str(number), fingerprint="f", created_at=NOW - 2 * DAY)
            )
    async with database.transaction() as busy:
        held = select(IdempotencyRecord.key).where(IdempotencyRecord.key == "0").with_for_update()
        await busy.execute(held)
        assert [await sweep(database, "idempotency_records") for _ in range(3)] == [2, 2, 0]
    assert await sweep(database, "idempotency_records") == 1


async def test_a_run_keeps_count_of_what_it_ended(database: Database) -> None:
    async with database.transaction() as session:
        for count in (1_000, 7):
            await privacy_retention.note(session, "retention-2026-11-22", "letters", NOW, count)
    async with database.transaction() as session:
        (row,) = (await session.scalars(select(RetentionSweep))).all()
        assert (row.rule, row.count) == ("letters", 1_007)


async def test_a_table_that_is_kept_is_not_swept(database: Database) -> None:
    assert RETENTION["orders"].days is None
    for table in ("orders", "users"):
        with pytest.raises(LookupError, match=table):
            await sweep(database, table)
