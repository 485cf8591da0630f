"""An order of two mugs with its buyer and its artisan signed in, and a process that does as the test says."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from api.dependencies import Parts
from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.errors import DomainError
from models.repositories import parcels
from models.repositories.processes import Progress, record_progress
from models.types import Money, OrderStatus, ParcelStatus, Party, TimelineEntry
from tests.api.conftest import signed_in
from tests.support.marketplace import TestShop, add_person
from tests.support.orders import PaidOrder, add_paid_order
from tests.support.partners import MemoryCourier
from workflows.fulfillment.messages import BuyLabel, LabelBought, OrderState

PARCEL = "par_01m81q177v1ndbefqgww4ar0ky"


@dataclass
class Sent:
    workflow_id: str
    name: str
    message: Any
    update_id: str | None


@dataclass
class Process(ProcessClient):
    """The fulfilment as the API sees it: it answers an update, or refuses it."""

    database: Database
    order: PaidOrder
    sent: list[Sent] = field(default_factory=list)
    refuses: DomainError | None = None
    sequence: int = 1

    async def update(
        self, workflow_id: str, name: str, message: Any, result_type: Any, *, update_id: str | None = None
    ) -> Any:
        self.sent.append(Sent(workflow_id, name, message, update_id))
        if self.refuses is not None:
            raise self.refuses
        if isinstance(message, BuyLabel):
            await self.label(message.parcel_id)
            return LabelBought(message.parcel_id, "SW1")
        return OrderState(self.order.id, OrderStatus.MAKING)

    async def is_ready(self) -> bool:
        return True

    async def label(self, parcel_id: str, status: ParcelStatus = ParcelStatus.LABELLED) -> None:
        async with self.database.transaction() as session:
            await parcels.add_parcel(
                session,
                parcel_id=parcel_id,
                order_id=self.order.id,
                courier="swift",
                service="standard",
                tracking_number=f"SW{parcel_id[-5:]}",
                label_url="https://swift.example/label",
                label_price=Money(690, "USD"),
                status=status,
                pieces=self.order.pieces,
            )

    async def stands(self, status: str, what: str, *, waiting_on: Party = Party.ARTISAN, then: str = "") -> None:
        """What the process's own steps would write."""
        until = clock.now() + timedelta(days=2)
        self.sequence += 1
        entry = TimelineEntry(
            sequence=self.sequence,
            at=clock.now(),
            actor=Party.ARTISAN,
            what=what,
            waiting_on=waiting_on,
            until=until,
            then=then,
        )
        progress = Progress(
            workflow_id=f"fulfillment-{self.order.id}",
            process="fulfillment",
            status=status,
            sequence=self.sequence,
            waiting_on=waiting_on,
            deadline=until,
            then=then,
            entries=(entry,),
        )
        async with self.database.transaction() as session:
            await record_progress(session, progress)


@pytest.fixture
async def order(database: Database, shop: TestShop, listing_id: str) -> PaidOrder:
    async with database.transaction() as session:
        return await add_paid_order(session, shop, {listing_id: 2})


@pytest.fixture
def swift() -> MemoryCourier:
    return MemoryCourier()


@pytest.fixture
async def process(app: FastAPI, database: Database, order: PaidOrder, swift: MemoryCourier) -> Process:
    process = Process(database, order)
    await process.stands("awaiting_acceptance", "order_received", then="order_lapses")
    parts: Parts = app.state.parts
    gateways = replace(parts.gateways, couriers={"swift": swift})  # type: ignore[dict-item] # the port, in memory
    app.state.parts = replace(parts, processes=process, gateways=gateways)
    return process


@pytest.fixture
async def buyer(app: FastAPI, order: PaidOrder, process: Process) -> AsyncClient:
    return await signed_in(app, order.buyer_email)


@pytest.fixture
async def keeper(app: FastAPI, shop: TestShop, process: Process) -> AsyncClient:
    return await signed_in(app, shop.owner_email)


@pytest.fixture
async def stranger(app: FastAPI, database: Database, process: Process) -> AsyncClient:
    async with database.transaction() as session:
        _, email = await add_person(session)
    return await signed_in(app, email)
