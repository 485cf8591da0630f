"""What the clock starts: the table of schedules, and keeping the server's own in step with it.

Owns when a scheduled process starts and what becomes of a start that was missed. What it then does is its workflow's
business. Each must bear being started twice, late, or not at all for some days.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from core.codec import keys_named_in
from core.keys import UnknownKey
from core.sealing import Tampered
from workflows import policies
from workflows import search_attributes as sa
from workflows.audit_seal import messages as audit_seal
from workflows.invoicing import messages as invoicing
from workflows.payout_run import messages as payout_run
from workflows.rates import messages as rates
from workflows.reconciliation import messages as reconciliation
from workflows.retention import messages as retention

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Daily:
    """Starts one process a day, in UTC. While one still runs, the next is skipped."""

    id: str
    """Of the schedule; the workflow's id is this and the time that it was due."""
    process: str
    workflow: str
    task_queue: str
    start: Any
    """The workflow's input."""
    at: timedelta
    """After midnight, in whole minutes."""


SCHEDULES: tuple[Daily, ...] = (
    Daily(
        id=audit_seal.SCHEDULE,
        process=audit_seal.PROCESS,
        workflow=audit_seal.WORKFLOW,
        task_queue=audit_seal.TASK_QUEUE,
        start=audit_seal.AuditSealInput(),
        at=policies.AUDIT_SEALED_AT,
    ),
    Daily(
        id=rates.SCHEDULE,
        process=rates.PROCESS,
        workflow=rates.WORKFLOW,
        task_queue=rates.TASK_QUEUE,
        start=rates.RatesInput(),
        at=policies.RATES_FETCHED_AT,
    ),
    Daily(
        id=invoicing.SCHEDULE,
        process=invoicing.PROCESS,
        workflow=invoicing.WORKFLOW,
        task_queue=invoicing.TASK_QUEUE,
        start=invoicing.InvoicingInput(),
        at=policies.INVOICES_ISSUED_AT,
    ),
    Daily(
        id=retention.SCHEDULE,
        process=retention.PROCESS,
        workflow=retention.WORKFLOW,
        task_queue=retention.TASK_QUEUE,
        start=retention.RetentionInput(),
        at=policies.RETENTION_RUNS_AT,
    ),
    Daily(
        id=reconciliation.SCHEDULE,
        process=reconciliation.PROCESS,
        workflow=reconciliation.WORKFLOW,
        task_queue=reconciliation.TASK_QUEUE,
        start=reconciliation.ReconciliationInput(),
        at=policies.RECONCILED_AT,
    ),
    Daily(
        id=payout_run.SCHEDULE,
        process=payout_run.PROCESS,
        workflow=payout_run.WORKFLOW,
        task_queue=payout_run.TASK_QUEUE,
        start=payout_run.PayoutRunInput(),
        at=policies.PAYOUTS_RUN_AT,
    ),
)


async def keep_for_ever(client: Client, pools: Collection[str]) -> None:
    """Looks again every hour: a schedule that somebody deleted comes back, and one whose input is sealed with a key
    that is no longer current is sealed anew, so that the key may be erased."""
    while True:
        try:
            await keep(client, pools)
        except Exception:
            # Nobody waits for this task: without the word it would end unseen, and so would sealing and retention.
            log.exception("schedules were not looked at")
        await asyncio.sleep(policies.SCHEDULES_LOOKED_AT_EVERY.total_seconds())


async def keep(client: Client, pools: Collection[str], schedules: Collection[Daily] = SCHEDULES) -> None:
    """Puts the schedules of these pools on the server; a server that does not answer, or lacks the namespace as yet,
    is asked again. Any number of workers may do this at once."""
    waiting = [daily for daily in schedules if daily.task_queue in pools]
    while waiting:
        try:
            await ensure(client, waiting[0])
            waiting.pop(0)
        except (RPCError, RuntimeError) as error:
            log.warning("schedule not kept yet", schedule=waiting[0].id, error=str(error))
            await asyncio.sleep(policies.SCHEDULES_TRIED_AGAIN_AFTER.total_seconds())


async def ensure(client: Client, daily: Daily) -> None:
    """Creates the schedule, or changes the one that is there; an operator's pause stays.

    One that is as it should be is left alone: the server forgets what it has missed when a schedule is changed. So one
    that is new or changed starts its process at once.
    """
    wanted = _schedule(daily)
    try:
        await client.create_schedule(daily.id, wanted, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(daily.id)
        there = await handle.describe()
        if not await _is_same(client, there, wanted, daily):
            await _change(handle, wanted)


async def _change(handle: ScheduleHandle, wanted: Schedule) -> None:
    await handle.update(
        lambda given: ScheduleUpdate(
            Schedule(
                action=wanted.action,
                spec=wanted.spec,
                policy=wanted.policy,
                state=given.description.schedule.state,
            )
        )
    )
    if not (await handle.describe()).schedule.state.paused:
        await handle.trigger()


async def _is_same(client: Client, there: ScheduleDescription, wanted: Schedule, daily: Daily) -> bool:
    action, ours = there.schedule.action, wanted.action
    if not isinstance(action, ScheduleActionStartWorkflow) or not isinstance(ours, ScheduleActionStartWorkflow):
        return False
    try:
        started = await client.data_converter.decode(action.args, [type(daily.start)])
    except (UnknownKey, Tampered):
        return False  # nobody here can read it, so nobody could start it either: it is made anew
    ours_sealed = await client.data_converter.encode([daily.start])
    return (
        _keys_of(action.args) == _keys_of(ours_sealed)
        and (action.workflow, action.id, action.task_queue) == (ours.workflow, ours.id, ours.task_queue)
        and started == [daily.start]
        and action.typed_search_attributes == ours.typed_search_attributes
        and there.schedule.spec.calendars == wanted.spec.calendars
        and there.schedule.policy == wanted.policy
    )


def _keys_of(payloads: Sequence[Any]) -> set[str]:
    """That the input is sealed with."""
    return {key for payload in payloads for key in keys_named_in(payload.SerializeToString())}


def _schedule(daily: Daily) -> Schedule:
    hour, minute = divmod(int(daily.at.total_seconds()) // 60, 60)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            daily.workflow,
            daily.start,
            id=daily.id,
            task_queue=daily.task_queue,
            typed_search_attributes=TypedSearchAttributes([SearchAttributePair(sa.PROCESS, daily.process)]),
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=(ScheduleRange(hour),), minute=(ScheduleRange(minute),))]
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=policies.SCHEDULES_CATCH_UP_WITHIN),
    )
