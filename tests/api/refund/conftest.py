"""An order of two mugs that has arrived, and processes that do as the test says."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core import clock
from core.database import Database
from models.errors import DomainError
from models.repositories import parcels
from models.repositories.processes import Progress, record_progress
from models.types import ParcelStatus, Party, RefundStatus, Role, TimelineEntry
from tests.api.conftest import open_client
from tests.api.orders.conftest import PARCEL, Process, buyer, keeper, order, process, stranger, swift
from tests.support.marketplace import add_person
from tests.support.orders import PaidOrder
from tests.support.signing_in import session_of
from workflows.refund.messages import RefundInput, RequestState

__all__ = ["buyer", "keeper", "order", "process", "stranger", "swift"]


@dataclass
class Refunds:
    """What the API asks of the refund process."""

    database: Database
    process: Process
    started: list[RefundInput] = field(default_factory=list)
    fails: list[DomainError] = field(default_factory=list)

    async def start(self, start: RefundInput) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.started.append(start)
        await self.stands(start.request_id, RefundStatus.AWAITING_ANSWER, "problem_reported", Party.ARTISAN, 1)

    async def stands(self, request_id: str, status: RefundStatus, what: str, waiting_on: Party, sequence: int) -> None:
        until = clock.now() + timedelta(days=5)
        entry = TimelineEntry(sequence, clock.now(), Party.SYSTEM, what, waiting_on=waiting_on, until=until)
        progress = Progress(
            workflow_id=f"refund-{request_id}",
            process="refund",
            status=status.value,
            sequence=sequence,
            waiting_on=waiting_on,
            deadline=until,
            entries=(entry,),
        )
        async with self.database.transaction() as session:
            await record_progress(session, progress)


@pytest.fixture
async def refunds(database: Database, process: Process, order: PaidOrder, monkeypatch: pytest.MonkeyPatch) -> Refunds:
    known = Refunds(database, process)
    plain = process.update

    async def update(
        workflow_id: str, name: str, message: Any, result_type: Any, *, update_id: str | None = None
    ) -> Any:
        answer = await plain(workflow_id, name, message, result_type, update_id=update_id)
        if workflow_id.startswith("refund-"):
            return RequestState(workflow_id.removeprefix("refund-"), RefundStatus.OFFERED)
        return answer

    monkeypatch.setattr(process, "start_refund", known.start, raising=False)
    monkeypatch.setattr(process, "update", update)
    return known


@pytest.fixture
async def arrived(database: Database, process: Process, refunds: Refunds) -> None:
    await process.label(PARCEL)
    async with database.transaction() as session:
        await parcels.hand_over(session, PARCEL, clock.now() - timedelta(days=3))
        await parcels.record_attempt(
            session,
            PARCEL,
            1,
            outcome="delivered",
            status=ParcelStatus.DELIVERED,
            next_attempt=None,
            delivered_at=clock.now() - timedelta(days=1),
        )
    await process.stands("delivered", "order_accepted", waiting_on=Party.NOBODY)
    await process.stands("delivered", "parcel_delivered", waiting_on=Party.NOBODY)


@pytest.fixture
async def finance(app: FastAPI, database: Database, process: Process) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")
