"""What must hold between the status rows in SQL and the workflows that own them.

The list of running workflows lags a moment behind, so whatever it seems to show is asked of the workflow itself.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from deploy.verify.findings import Checked, checked
from workflows.checkout import messages as checkout
from workflows.data_export import messages as data_export
from workflows.erasure import messages as erasure
from workflows.fulfillment import messages as fulfillment
from workflows.payout import messages as payout
from workflows.payout_return import messages as payout_return
from workflows.refund import messages as refund
from workflows.withdrawal import messages as withdrawal

R = TypeVar("R")
_AT_ONCE = 16
FIRST_WORD_WITHIN = timedelta(minutes=2)
"""A workflow that is older has written its status row: a click that never came has closed it before."""

STUCK_AFTER = 3
"""Failures of one workflow task; a worker that died in it accounts for one or two."""

_PROCESSES = """
    SELECT workflow_id, status, is_final, coalesce(deadline < now() - interval '1 minute', false) AS late FROM processes
"""
_ORDERS = """
    SELECT o.id, coalesce(o.checkout_id, 'commission-' || o.commission_id) AS began_by FROM orders o
    LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id WHERE f.workflow_id IS NULL
"""
_ON_THEIR_WAY = "SELECT id, order_id, attempt FROM parcels WHERE status = 'handed_over'"


@dataclass(frozen=True)
class Row:
    """What our tables say of one process."""

    status: str
    is_final: bool
    is_late: bool
    """Its deadline has passed, and nothing came of it."""


@dataclass(frozen=True)
class Seen:
    """What the server says of one workflow."""

    status: str
    """`running`, how it closed, or `unknown to Temporal`."""
    started_at: datetime | None = None
    activities: frozenset[tuple[str, str]] = frozenset()
    """(id, type) of the open ones."""
    failures: int = 0
    """How often its present workflow task has failed."""

    @property
    def is_running(self) -> bool:
        return self.status == "running"

    @property
    def only_sends_mail(self) -> bool:
        return bool(self.activities) and all(
            kind.startswith("notifications.") or kind == "privacy.tell" for _, kind in self.activities
        )


async def examine(connection: AsyncConnection, client: Client, now: datetime) -> list[Checked]:
    """SQL first: what starts meanwhile is then a workflow without a row, which its age excuses."""
    rows = {
        row.workflow_id: Row(row.status, row.is_final, row.late) for row in await connection.execute(text(_PROCESSES))
    }
    unbegun = {fulfillment.workflow_id(row.id): row.began_by for row in await connection.execute(text(_ORDERS))}
    parcels = [(row.id, row.order_id, row.attempt) for row in await connection.execute(text(_ON_THEIR_WAY))]
    running = await _running(client)
    open_ids = {workflow_id for workflow_id, row in rows.items() if not row.is_final}
    late = {workflow_id for workflow_id in open_ids if rows[workflow_id].is_late}
    asked = await _describe(
        client,
        {*(open_ids - running), *(running - open_ids), *unbegun, *unbegun.values()}
        | {fulfillment.workflow_id(order_id) for _, order_id, _ in parcels}
        | late,
    )
    return [
        _open_processes(rows, open_ids, running, asked, unbegun),
        _stuck(rows, late, asked),
        _running_workflows(rows, running - open_ids, asked, now, len(running)),
        _deliveries(parcels, asked),
    ]


def _open_processes(
    rows: dict[str, Row], open_ids: set[str], running: set[str], asked: dict[str, Seen], unbegun: dict[str, str]
) -> Checked:
    """An order whose workflow has not begun is still its checkout's or its commission's, as long as that one runs."""
    broken = [
        (name, f"{name} is {rows[name].status}, but its workflow is {asked[name].status}")
        for name in sorted(open_ids - running)
        if not asked[name].is_running
    ]
    broken += [
        (name, f"{name} has not begun, its workflow is {asked[name].status} and {parent} does not run any more")
        for name, parent in sorted(unbegun.items())
        if not asked[name].is_running and not asked[parent].is_running
    ]
    return checked("every open process has its workflow", len(open_ids) + len(unbegun), "open processes", broken)


def _stuck(rows: dict[str, Row], late: set[str], asked: dict[str, Seen]) -> Checked:
    """A deadline that passed quietly is no violation: a partner may be away. A workflow that can't go on is one."""
    broken = [
        (name, f"{name} is {rows[name].status} beyond its deadline, and its workflow task failed {failed} times")
        for name in sorted(late)
        if (failed := asked[name].failures) >= STUCK_AFTER
    ]
    return checked("no open process is stuck", len(late), "processes beyond their deadline", broken)


def _running_workflows(
    rows: dict[str, Row], strays: Iterable[str], asked: dict[str, Seen], now: datetime, count: int
) -> Checked:
    broken: list[tuple[str, str]] = []
    mailing = 0
    for name in sorted(strays):
        seen = asked[name]
        if not seen.is_running:
            continue
        if name not in rows:
            if seen.started_at is None or now - seen.started_at > FIRST_WORD_WITHIN:
                broken.append((name, f"the workflow {name} runs, and no process in our tables knows of it"))
        elif seen.only_sends_mail:
            mailing += 1
        else:
            broken.append((name, f"{name} is {rows[name].status}, but its workflow still runs"))
    note = f"{mailing} of them have ended and still have mail to send" if mailing else ""
    return checked("every running workflow has its process", count, "running workflows", broken, note)


def _deliveries(parcels: Sequence[tuple[str, str, int]], asked: dict[str, Seen]) -> Checked:
    broken = []
    for parcel_id, order_id, attempt in parcels:
        wanted = fulfillment.delivery_activity_id(parcel_id, attempt)
        open_ids = {name for name, _ in asked[fulfillment.workflow_id(order_id)].activities}
        if wanted not in open_ids:
            broken.append((parcel_id, f"parcel {parcel_id} of order {order_id} is on its way, {wanted} is not open"))
    return checked("every parcel on its way is waited for", len(parcels), "parcels on their way", sorted(broken))


async def _running(client: Client) -> set[str]:
    processes = (checkout, fulfillment, refund, payout, payout_return, withdrawal, data_export, erasure)
    kinds = ", ".join(f"'{process.WORKFLOW}'" for process in processes)
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({kinds})"
    return {execution.id async for execution in client.list_workflows(query, page_size=500)}


async def _describe(client: Client, names: Iterable[str]) -> dict[str, Seen]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> tuple[str, Seen]:
        async with places:
            return name, await _seen(client, name)

    return dict(await _all([one(name) for name in sorted(set(names))]))


async def _seen(client: Client, name: str) -> Seen:
    try:
        described = await client.get_workflow_handle(name).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Seen("unknown to Temporal")
        raise
    failures = described.raw_description.pending_workflow_task.attempt - 1
    return Seen(_status(described), described.start_time, _activities(described), max(0, failures))


def _status(described: WorkflowExecutionDescription) -> str:
    status = described.status or WorkflowExecutionStatus.RUNNING
    return status.name.lower().replace("_", " ")


def _activities(described: WorkflowExecutionDescription) -> frozenset[tuple[str, str]]:
    pending = described.raw_description.pending_activities
    return frozenset((activity.activity_id, activity.activity_type.name) for activity in pending)


async def _all(asked: Sequence[Awaitable[R]]) -> list[R]:
    return list(await asyncio.gather(*asked))
