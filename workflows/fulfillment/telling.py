"""Where an order stands in the eyes of people, and how a part of the process adds a line to its story."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import workflow

from workflows import search_attributes as sa

with workflow.unsafe.imports_passed_through():
    from models.repositories.processes import Progress
    from models.types import OrderStatus, Party


@dataclass(frozen=True)
class Standing:
    """The status, who must act now, until when, and what happens then."""

    status: OrderStatus
    waiting_on: Party = Party.NOBODY
    until: datetime | None = None
    then: str = ""


class Tell(Protocol):
    """Adds a line with the standing that follows from the state as it is now; the next step writes it."""

    def __call__(self, actor: Party, what: str, *, why: str = "", subject: str = "") -> Progress: ...


def show_operators(standing: Standing, shown: OrderStatus) -> OrderStatus:
    """Search attributes are billed by the change, so they follow the status and not each line; details are free.
    Answers the status that operators see now."""
    details = f"{standing.status.value}, waiting on {standing.waiting_on.value}"
    if standing.until is not None:
        details += f" until {standing.until:%Y-%m-%d %H:%M} UTC, then {standing.then}"
    workflow.set_current_details(details)
    if standing.status is shown and workflow.info().typed_search_attributes.get(sa.STATUS) is not None:
        return shown
    workflow.upsert_search_attributes(
        [
            sa.STATUS.value_set(standing.status.value),
            sa.WAITING_ON.value_set(standing.waiting_on.value),
            sa.DEADLINE.value_set(standing.until) if standing.until else sa.DEADLINE.value_unset(),
        ]
    )
    return standing.status
