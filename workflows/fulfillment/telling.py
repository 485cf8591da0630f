"""Where an order stands in the eyes of people, and how a part of the process adds a line to its story."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import workflow

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
