"""The application with two couriers and Stripe's secret, and a stand-in for the way to the processes."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from httpx import AsyncClient, Response
from pydantic import SecretStr
from sqlalchemy import select, update

from api.process_client import ProcessClient
from api.webhooks.inbox import Inbox
from core import clock
from core.database import Database
from core.settings import CourierSettings
from models.errors import Unavailable
from models.repositories import parcels
from models.tables.processes import InboxEvent
from models.types import Money, ParcelStatus
from tests.api.conftest import open_client, running_app, settings_for
from tests.support.marketplace import add_listing, add_shop
from tests.support.orders import PaidOrder, add_paid_order
from workflows.commission_return.messages import CommissionReturnInput
from workflows.fulfillment.messages import DeliveryResult
from workflows.payout_return.messages import PayoutReturnInput

STRIPE_SECRET, SWIFT_SECRET, HEARTH_SECRET = "whsec_test", "swift_secret", "hearth_secret"
TRACKING = "SW000000000001"


class Processes(ProcessClient):
    """What the inbox asks of Temporal, answered by the test."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, str, str]] = []
        self.completed: list[tuple[str, str, int, str]] = []
        self.accounts: list[tuple[str, str]] = []
        self.returns: list[PayoutReturnInput] = []
        self.mended: list[tuple[str, CommissionReturnInput]] = []
        self.is_away = False
        self.delivery_is_open = True

    async def signal(self, workflow_id: str, name: str, message: Any) -> bool:
        self._here()
        self.signals.append((workflow_id, name, message.event_id))
        return True

    async def start_payout_account(self, shop_id: str, cause: str) -> None:
        self._here()
        self.accounts.append((shop_id, cause))

    async def start_payout_return(self, start: PayoutReturnInput) -> None:
        self._here()
        self.returns.append(start)

    async def start_commission_return(self, refund_id: str, start: CommissionReturnInput) -> None:
        self._here()
        self.mended.append((refund_id, start))

    async def complete_delivery(self, order_id: str, parcel_id: str, attempt: int, result: DeliveryResult) -> bool:
        self._here()
        self.completed.append((order_id, parcel_id, attempt, result.outcome.value))
        return self.delivery_is_open

    async def is_ready(self) -> bool:
        return not self.is_away

    def _here(self) -> None:
        if self.is_away:
            raise Unavailable("Temporal is away.")


@dataclass
class Door:
    """A partner at our door."""

    client: AsyncClient
    database: Database
    processes: Processes
    inbox: Inbox
    order: PaidOrder
    sent: int = field(default=0)

    async def stripe(self, event: dict[str, Any], *, secret: str = STRIPE_SECRET, age: float = 0) -> Response:
        return await self.post("/webhooks/stripe", "Stripe-Signature", json.dumps(event).encode(), secret, age)

    async def courier(
        self, *, code: str = "swift", secret: str = SWIFT_SECRET, age: float = 0, **changes: Any
    ) -> Response:
        self.sent += 1
        event = {
            "id": f"cev_{self.sent}",
            "type": "delivered",
            "tracking_number": TRACKING,
            "attempt": 1,
            "occurred_at": clock.now().isoformat(),
            **changes,
        }
        body = json.dumps(event).encode()
        return await self.post(f"/webhooks/couriers/{code}", "Courier-Signature", body, secret, age)

    async def post(self, path: str, header: str, body: bytes, secret: str, age: float = 0) -> Response:
        at = int(time.time() - age)
        signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return await self.client.post(path, content=body, headers={header: f"t={at},v1={signed}"})

    async def rows(self) -> list[InboxEvent]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(InboxEvent).order_by(InboxEvent.id)))

    async def settle(self) -> list[InboxEvent]:
        """The rows once everything that runs in the background has been tried."""
        while self.inbox._at_work:
            await next(iter(self.inbox._at_work))
            await asyncio.sleep(0)  # a task that is over takes itself off the list in a moment of its own
        return await self.rows()

    async def time_passes(self) -> None:
        """Whatever waits for its next try is due."""
        async with self.database.transaction() as session:
            await session.execute(update(InboxEvent).values(next_attempt_at=clock.now()))

    async def label(self, *, attempt: int, courier: str = "swift", tracking: str = TRACKING) -> None:
        """A parcel of the order; attempt 0 is one that was not handed over."""
        async with self.database.transaction() as session:
            parcel_id = f"par_{courier}"
            await parcels.add_parcel(
                session,
                parcel_id=parcel_id,
                order_id=self.order.id,
                courier=courier,
                service="standard",
                tracking_number=tracking,
                label_url="https://swift.example/1",
                label_price=Money(690, "USD"),
                status=ParcelStatus.LABELLED,
                pieces=self.order.pieces,
            )
            if attempt:
                await parcels.hand_over(session, parcel_id, clock.now())
            if attempt > 1:
                await parcels.record_attempt(
                    session, parcel_id, 1, outcome="failed", status=ParcelStatus.HANDED_OVER, next_attempt=attempt
                )


def stripe_event(
    kind: str = "checkout.session.completed", event_id: str = "evt_1", reference: str = "checkout-c-1"
) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {
            "object": {
                "id": "cs_1",
                "object": "checkout.session",
                "metadata": {"checkout": reference},
                "customer_details": {"email": "ada@example.com"},
            }
        },
    }


@pytest.fixture
async def door(postgres_url: str, database: Database) -> AsyncIterator[Door]:
    settings = settings_for(postgres_url)
    settings.stripe_webhook_secret = SecretStr(STRIPE_SECRET)
    settings.couriers = [
        CourierSettings(
            code=code,
            name=name,
            base_url=f"http://127.0.0.1:9/{code}",
            api_key=SecretStr("key"),
            webhook_secret=SecretStr(secret),
        )
        for code, name, secret in (("swift", "Swift", SWIFT_SECRET), ("hearth", "Hearth", HEARTH_SECRET))
    ]
    async with database.transaction() as session:
        shop = await add_shop(session)
        order = await add_paid_order(session, shop, {await add_listing(session, shop): 2})
    async with running_app(settings) as app:
        processes = Processes()
        inbox = Inbox(database, processes)  # without a sweeper: tests sweep when they mean it
        app.state.parts = replace(app.state.parts, processes=processes, inbox=inbox)
        async with open_client(app) as client:
            yield Door(client, database, processes, inbox, order)
        await inbox.close()
