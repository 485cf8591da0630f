"""Where a request stands in the eyes of people, and how each line of its story is told and written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

from workflows import search_attributes as sa
from workflows.refund.messages import PROCESS
from workflows.refund.steps import Steps
from workflows.steps import Result, Step
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.refund import RecordRequest, RefundRequestActivities
    from models.repositories.processes import Progress
    from models.types import Party, RefundStatus


@dataclass(frozen=True)
class Standing:
    """The status, who must act now, until when, and what happens then."""

    status: RefundStatus
    waiting_on: Party = Party.NOBODY
    until: datetime | None = None
    then: str = ""


SENDING = Standing(RefundStatus.SENDING, Party.PROVIDER)
PAID_BACK = Standing(RefundStatus.PAID_BACK)
CLOSED = Standing(RefundStatus.CLOSED)


class Told:
    """The story of one request. Only the main line of the workflow tells; handlers wait until it has."""

    def __init__(self, request_id: str, first: Standing) -> None:
        self._request_id = request_id
        self.story = Story(PROCESS)
        self.steps = Steps(self.story)
        self.standing = first
        self._written = 0
        """Lines; one a step."""

    def tell(self, actor: Party, what: str, standing: Standing, *, why: str = "", subject: str = "") -> Progress:
        """From here on it stands so. The next step writes it."""
        self.standing = standing
        self.story.tell(
            actor,
            what,
            why=why,
            subject=subject,
            waiting_on=standing.waiting_on,
            until=standing.until,
            then=standing.then,
        )
        self._show_operators(standing)
        return self.story.progress(standing.status.value, is_final=standing.status.is_final)

    async def move(
        self,
        actor: Party,
        what: str,
        standing: Standing,
        *,
        why: str = "",
        offered_minor: int | None = None,
        agreed_minor: int | None = None,
        with_return: bool | None = None,
    ) -> None:
        """Tells a line, and writes it with what is settled by it."""
        step = RecordRequest(
            request_id=self._request_id,
            progress=self.tell(actor, what, standing, why=why),
            outcome=what if standing.status.is_final else "",
            offered_minor=offered_minor,
            agreed_minor=agreed_minor,
            with_return=with_return,
        )
        await self.write(RefundRequestActivities.record, step)

    async def write(self, method: Callable[[RefundRequestActivities, Step], Awaitable[Result]], step: Step) -> None:
        """A step that carries a told line with its own effect."""
        await self.steps.write(method, step)
        self._written += 1

    async def heard(self) -> None:
        """What a handler waits for: the main line has answered what was just said, and has written it."""
        told = len(self.story.entries)
        await workflow.wait_condition(lambda: self._written > told)

    def _show_operators(self, standing: Standing) -> None:
        details = f"{standing.status.value}, waiting on {standing.waiting_on.value}"
        if standing.until is not None:
            details += f" until {standing.until:%Y-%m-%d %H:%M} UTC, then {standing.then}"
        workflow.set_current_details(details)
        workflow.upsert_search_attributes(
            [
                sa.STATUS.value_set(standing.status.value),
                sa.WAITING_ON.value_set(standing.waiting_on.value),
                sa.DEADLINE.value_set(standing.until) if standing.until else sa.DEADLINE.value_unset(),
            ]
        )
