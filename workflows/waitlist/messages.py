"""The contract of the waitlist process. Ids and instants; who waits stands in SQL."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows import policies

PROCESS = "waitlist"
WORKFLOW = "WaitlistWorkflow"
TASK_QUEUE = "commission"
"""Shared: it is where commissions begin."""
LOOK = "look"
"""Signal: somebody has joined or left, or a place may be free. Starts the process where there is none."""


def workflow_id(shop_id: str) -> str:
    """One for each shop, for as long as anybody waits there."""
    return f"waitlist-{shop_id}"


@dataclass(frozen=True)
class OpenOffer:
    commission_id: str
    customer_id: str
    until: datetime


@dataclass(frozen=True)
class WaitlistInput:
    """The last field is given by the run before, when it continues as new."""

    shop_id: str
    offer_stands: timedelta = policies.PLACE_OFFER_STANDS
    offers: tuple[OpenOffer, ...] = ()


@dataclass(frozen=True)
class TakePlace:
    """Update `take`, by the customer: the place that they are offered."""

    actor_id: str
    commission_id: str


@dataclass(frozen=True)
class PlaceTaken:
    """Answer of `take`: the commission has begun."""

    commission_id: str


@dataclass(frozen=True)
class WaitlistResult:
    taken: int
    """Places, in the last run."""
