"""The schedule on a real server: made once, changed in place, paused by an operator, and its process really runs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleHandle,
)
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.audit_seal import AuditSealActivities
from core.codec import keys_named_in
from core.database import Database
from core.keys import FileKeyRing, Purpose
from core.temporal import connect_with
from models.tables.audit import AuditEntry, AuditSeal
from tests.support.running import patiently
from tests.support.stack import TemporalServer
from workers import schedules
from workers.sandbox import RUNNER
from workers.schedules import SCHEDULES, Daily
from workflows import policies
from workflows.audit_seal import messages
from workflows.audit_seal.workflow import AuditSealWorkflow

LONG_AGO = date(2026, 1, 5)


@pytest.fixture
async def daily(temporal_client: Client) -> AsyncIterator[Daily]:
    """The product's own, under a name and a queue of the test's; never due by itself while the test runs."""
    later = (datetime.now(UTC) + timedelta(hours=6)).hour
    name = f"audit-seal-{uuid4().hex[:8]}"
    yield replace(SCHEDULES[0], id=name, task_queue=name, at=timedelta(hours=later))
    try:
        await temporal_client.get_schedule_handle(name).delete()
    except RPCError:
        return  # the test never made it


async def runs(handle: ScheduleHandle) -> int:
    return (await handle.describe()).info.num_actions


def test_the_log_is_sealed_every_day_after_midnight() -> None:
    assert [(one.id, one.task_queue, one.at) for one in SCHEDULES if one.process == messages.PROCESS] == [
        ("audit-seal", "audit_seal", timedelta(minutes=10))
    ]
    assert len({one.id for one in SCHEDULES}) == len(SCHEDULES)


async def test_it_is_made_once_and_starts_its_process_at_once(temporal_client: Client, daily: Daily) -> None:
    await schedules.ensure(temporal_client, daily)
    handle = temporal_client.get_schedule_handle(daily.id)
    await patiently(lambda: runs(handle))
    before = await handle.describe()
    await schedules.keep(temporal_client, [daily.task_queue, "another"], [daily])
    after = await handle.describe()
    assert after.info.last_updated_at == before.info.last_updated_at
    assert after.info.num_actions == 1
    (calendar,) = after.schedule.spec.calendars
    assert (calendar.hour[0].start, calendar.minute[0].start) == (daily.at // timedelta(hours=1), 0)
    assert after.schedule.policy.catchup_window == policies.SCHEDULES_CATCH_UP_WITHIN


async def test_a_change_of_the_table_reaches_the_server(temporal_client: Client, daily: Daily) -> None:
    await schedules.ensure(temporal_client, daily)
    handle = temporal_client.get_schedule_handle(daily.id)
    for changed in (
        replace(daily, at=daily.at + timedelta(minutes=7)),
        replace(daily, start=messages.AuditSealInput(days_at_once=5)),
    ):
        before = (await handle.describe()).info.last_updated_at
        await schedules.ensure(temporal_client, changed)
        assert (await handle.describe()).info.last_updated_at != before


async def test_its_input_follows_a_rotation_so_that_the_old_key_may_go(
    temporal_dev_server: TemporalServer, daily: Daily, tmp_path: Path
) -> None:
    ring = FileKeyRing.create(tmp_path / "keys.json")
    client = await connect_with(ring, temporal_dev_server.address, temporal_dev_server.namespace)
    await schedules.ensure(client, daily)
    handle = client.get_schedule_handle(daily.id)

    async def sealed_with() -> set[str]:
        action = (await handle.describe()).schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        return keys_named_in(action.args[0].SerializeToString())

    before = ring.current(Purpose.PAYLOADS).id
    assert await sealed_with() == {before}
    await schedules.ensure(client, daily)
    assert (await handle.describe()).info.last_updated_at is None
    after = ring.rotate(Purpose.PAYLOADS).id
    await schedules.ensure(client, daily)
    assert await sealed_with() == {after}
    ring.erase(before)
    await schedules.ensure(client, daily)
    assert await sealed_with() == {after}


async def test_an_input_that_no_key_here_opens_is_made_anew(
    temporal_dev_server: TemporalServer, daily: Daily, tmp_path: Path
) -> None:
    """The ring was restored from before its last rotation; the schedule must not keep what can't be started."""
    lost = FileKeyRing.create(tmp_path / "lost.json")
    server = temporal_dev_server
    await schedules.ensure(await connect_with(lost, server.address, server.namespace), daily)
    ring = FileKeyRing.create(tmp_path / "keys.json")
    client = await connect_with(ring, server.address, server.namespace)
    await schedules.keep(client, [daily.task_queue], [daily])
    action = (await client.get_schedule_handle(daily.id).describe()).schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert keys_named_in(action.args[0].SerializeToString()) == {ring.current(Purpose.PAYLOADS).id}


async def test_keeping_goes_on_after_whatever_went_wrong(
    temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    twice = asyncio.Event()

    async def fails(*_: object) -> None:
        looks.append(1)
        if len(looks) > 1:
            twice.set()
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(schedules, "keep", fails)
    monkeypatch.setattr(policies, "SCHEDULES_LOOKED_AT_EVERY", timedelta(milliseconds=10))
    keeping = asyncio.create_task(schedules.keep_for_ever(temporal_client, []))
    await asyncio.wait_for(twice.wait(), 5)
    keeping.cancel()


async def test_an_operators_pause_stays(temporal_client: Client, daily: Daily) -> None:
    await schedules.ensure(temporal_client, daily)
    handle = temporal_client.get_schedule_handle(daily.id)
    await patiently(lambda: runs(handle))
    await handle.pause(note="the key ring is being moved")
    await schedules.ensure(temporal_client, replace(daily, at=daily.at + timedelta(minutes=7)))
    described = await handle.describe()
    assert described.schedule.state.paused
    assert described.schedule.state.note == "the key ring is being moved"
    assert described.info.num_actions == 1


async def test_schedules_of_other_pools_are_left_to_them(temporal_client: Client, daily: Daily) -> None:
    await schedules.keep(temporal_client, ["another"], [daily])
    with pytest.raises(RPCError):
        await temporal_client.get_schedule_handle(daily.id).describe()


async def test_its_process_seals_the_log(temporal_client: Client, daily: Daily, database: Database) -> None:
    async with database.transaction() as session:
        at = datetime.combine(LONG_AGO, datetime.min.time(), UTC)
        await session.execute(
            insert(AuditEntry).values(at=at, actor="usr_1", role="customer", action="session.signed_in", details={})
        )
    async with Worker(
        temporal_client,
        task_queue=daily.task_queue,
        workflows=[AuditSealWorkflow],
        activities=AuditSealActivities(database).all(),
        workflow_runner=RUNNER,
    ):
        await schedules.ensure(temporal_client, daily)
        yesterday = datetime.now(UTC).date() - timedelta(days=1)

        async def sealed() -> bool:
            async with database.transaction() as session:
                return await session.get(AuditSeal, yesterday) is not None

        assert await patiently(sealed)
        async with database.transaction() as session:
            days = list(await session.scalars(select(AuditSeal.day).order_by(AuditSeal.day)))
    assert days == [LONG_AGO + number * timedelta(days=1) for number in range(len(days))]
    handle = temporal_client.get_schedule_handle(daily.id)
    (action,) = (await handle.describe()).info.recent_actions
    assert isinstance(action.action, ScheduleActionExecutionStartWorkflow)
    started = temporal_client.get_workflow_handle(action.action.workflow_id)
    assert started.id.startswith(f"{daily.id}-20")
    assert (await started.result())["days"] == len(days)
