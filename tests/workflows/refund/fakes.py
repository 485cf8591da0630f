"""Stand-ins for the refund's activities: same names, a provider that obeys the test, and a record of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity

from activities.boundary import application_error
from activities.notifications import Notify
from activities.refund import (
    OpenRequest,
    RecordFailed,
    RecordRequest,
    RecordTaken,
    ReservedRefund,
    ReserveRefund,
)
from activities.refunds import LookUpRefund, SendRefund, SentRefund
from models.errors import DomainError
from models.repositories.processes import Progress
from models.types import RefundState


@dataclass
class World:
    """What the outside world is like in one test, and what the workflow asked of it."""

    left_minor: int = 6_050
    """Of the order."""
    answers: list[RefundState | DomainError] = field(default_factory=list)
    """To each sending, in order; succeeded without one."""
    becomes: list[RefundState | DomainError] = field(default_factory=list)
    """What each look-up sees, in order; the last one again and again, succeeded without one."""

    written: list[Progress] = field(default_factory=list)
    recorded: list[RecordRequest] = field(default_factory=list)
    reserved: list[ReserveRefund] = field(default_factory=list)
    sent: list[SendRefund] = field(default_factory=list)
    looked: int = 0
    taken: list[RecordTaken] = field(default_factory=list)
    failed: list[RecordFailed] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    opened: list[OpenRequest] = field(default_factory=list)
    _amount: int = 0

    def database(self) -> list[Callable[..., Any]]:
        return [self.open, self.record, self.reserve, self.note_taken, self.note_failed]

    def provider(self) -> list[Callable[..., Any]]:
        return [self.send_refund, self.look_up_refund]

    @activity.defn(name="refund.open")
    async def open(self, step: OpenRequest) -> None:
        self.opened.append(step)
        self.written.append(step.progress)

    @activity.defn(name="refund.record")
    async def record(self, step: RecordRequest) -> None:
        self.recorded.append(step)
        self.written.append(step.progress)

    @activity.defn(name="refund.reserve")
    async def reserve(self, step: ReserveRefund) -> ReservedRefund:
        self.reserved.append(step)
        self._amount = min(step.amount_minor, self.left_minor)
        return ReservedRefund(self._amount)

    @activity.defn(name="refund.note_taken")
    async def note_taken(self, step: RecordTaken) -> None:
        self.taken.append(step)
        self.written.append(step.progress)

    @activity.defn(name="refund.note_failed")
    async def note_failed(self, step: RecordFailed) -> None:
        self.failed.append(step)
        self.written.append(step.progress)

    @activity.defn(name="payments.send_refund")
    async def send_refund(self, step: SendRefund) -> SentRefund:
        self.sent.append(step)
        answer = self.answers.pop(0) if self.answers else RefundState.SUCCEEDED
        if isinstance(answer, DomainError):
            raise application_error(answer)
        return SentRefund(f"re_{len(self.sent)}", self._amount or 6_050, "USD", answer)

    @activity.defn(name="payments.look_up_refund")
    async def look_up_refund(self, step: LookUpRefund) -> SentRefund:
        self.looked += 1
        seen = (self.becomes.pop(0) if len(self.becomes) > 1 else self.becomes[0]) if self.becomes else None
        if isinstance(seen, DomainError):
            raise application_error(seen)
        return SentRefund(f"re_{max(len(self.sent), 1)}", self._amount or 6_050, "USD", seen or RefundState.SUCCEEDED)

    @activity.defn(name="notifications.notify")
    async def notify(self, step: Notify) -> None:
        self.mails.append(step.kind)
