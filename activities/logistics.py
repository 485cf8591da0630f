"""What fulfilment asks of couriers: labels, delivery attempts, and the open activity that a callback completes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.errors import InvalidInput
from models.ports import Courier
from models.repositories import inbox, orders
from models.repositories.effects import remember
from models.types import DeliveryOutcome


@dataclass(frozen=True)
class BuyParcelLabel:
    order_id: str
    parcel_id: str
    courier: str
    service: str
    weight_grams: int
    key: str


@dataclass(frozen=True)
class BoughtLabel:
    tracking_number: str
    service: str
    price_minor: int
    currency: str


@dataclass(frozen=True)
class DeliveryStep:
    """Addresses one delivery attempt of one parcel."""

    courier: str
    tracking_number: str
    attempt: int
    key: str


@dataclass(frozen=True)
class Delivery:
    """How an attempt ended. The courier's callback completes the open activity with the same fields."""

    outcome: DeliveryOutcome
    event_id: str


class LogisticsActivities:
    """Dependencies: the database, the couriers by code."""

    def __init__(self, database: Database, couriers: Mapping[str, Courier]) -> None:
        self._database = database
        self._couriers = couriers

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.buy_label, self.dispatch, self.deliver]

    @activity.defn(name="logistics.buy_label")
    @translates_errors
    async def buy_label(self, step: BuyParcelLabel) -> BoughtLabel:
        """Addresses are loaded here and stay outside of the history. A repeated try finds the label it has bought."""
        courier = self._courier(step.courier)
        async with self._database.transaction() as session:
            journey = await orders.journey(session, step.order_id)
        label = await courier.find_label(step.parcel_id) if activity.info().attempt > 1 else None
        if label is None:
            label = await courier.buy_label(
                step.parcel_id, step.service, journey.origin, journey.to, step.weight_grams, key=step.key
            )
        # Whoever has a label's address reads the buyer's; it goes to SQL and stays outside of the history.
        async with self._database.transaction() as session:
            await remember(session, step.key, {"label_url": label.label_url})
        return BoughtLabel(
            tracking_number=label.tracking_number,
            service=label.service,
            price_minor=label.price.minor,
            currency=label.price.currency,
        )

    @activity.defn(name="logistics.dispatch")
    @translates_errors
    async def dispatch(self, step: DeliveryStep) -> None:
        """Asks the courier for the attempt. Short and retried, so a worker that dies in it costs seconds; inside the
        open activity that would be noticed only at the deadline, for nothing may heartbeat there."""
        await self._courier(step.courier).dispatch(step.tracking_number, step.attempt, key=step.key)

    @activity.defn(name="logistics.deliver")
    @translates_errors
    async def deliver(self, step: DeliveryStep) -> Delivery:
        """Stays open until the courier's callback completes it by workflow and activity id.

        A callback that came before this activity was open is in the inbox already, and is the result.
        """
        async with self._database.transaction() as session:
            told = await inbox.first_outcome(session, step.courier, step.tracking_number, step.attempt)
        if told is None:
            activity.raise_complete_async()
        return Delivery(outcome=told[0], event_id=told[1])

    def _courier(self, code: str) -> Courier:
        courier = self._couriers.get(code)
        if courier is None:
            raise InvalidInput(f"There is no courier {code!r}. Choose one of: {', '.join(sorted(self._couriers))}.")
        return courier
