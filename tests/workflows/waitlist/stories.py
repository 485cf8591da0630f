"""The stories of a waitlist: a list that obeys the rules, in memory, and every way in which a wait can end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.waitlist import Began, Found, Offered, OfferPlaces, TakeOffered
from models.errors import NotNow
from models.rules.commission.capacity import Waiting, next_offers
from workers.sandbox import RUNNER
from workflows.commission import messages as commission
from workflows.waitlist import messages
from workflows.waitlist.workflow import WaitlistWorkflow

Handle = WorkflowHandle[WaitlistWorkflow, messages.WaitlistResult]
STANDS = timedelta(days=3)


@dataclass
class Wait:
    id: str
    until: datetime | None = None
    state: str = "waiting"


@dataclass
class List:
    """Who waits in one test, and how many places are free."""

    waits: list[Wait]
    free: int = 1
    looks: int = 0
    begun: list[str] = field(default_factory=list)

    def states(self) -> list[str]:
        return [one.state for one in self.waits]

    def _open(self) -> list[Wait]:
        return [one for one in self.waits if one.state in {"waiting", "offered"}]

    @activity.defn(name="commission.offer_places")
    async def offer_places(self, step: OfferPlaces) -> Found:
        self.looks += 1
        for one in self._open():
            if one.until is not None and one.until <= step.now:
                one.state = "passed"
        asked = {one.id: step.now + timedelta(seconds=number) for number, one in enumerate(self.waits)}
        queue = [Waiting(one.id, asked[one.id], one.until) for one in self._open()]
        for fresh in next_offers(queue, self.free, step.now):
            it = next(one for one in self.waits if one.id == fresh)
            it.until, it.state = step.now + step.stands, "offered"
        open_ = tuple(Offered(one.id, f"usr_{one.id}", one.until) for one in self._open() if one.until is not None)
        return Found(open_, bool(self._open()), min((one.until for one in open_), default=None))

    @activity.defn(name="commission.take_place")
    async def take_place(self, step: TakeOffered) -> Began:
        it = next(one for one in self.waits if one.id == step.commission_id)
        if it.state not in {"offered", "taken"}:
            raise application_error(NotNow("It is gone."))
        if it.state == "offered":
            it.state = "taken"
            self.free -= 1
        self.begun.append(it.id)
        return Began(it.id, f"usr_{it.id}", "usr_artisan", "USD", 650, 1)


@workflow.defn(name=commission.WORKFLOW, sandboxed=False)
class BegunCommission:
    """Stands in for the months of a commission: it only has to begin."""

    @workflow.run
    async def run(self, start: commission.CommissionInput) -> str:
        return start.commission_id


@asynccontextmanager
async def listing(env: WorkflowEnvironment, waits: List, shop_id: str = "shp_1") -> AsyncIterator[Handle]:
    """The process of one list, started as the API starts it."""
    async with Worker(
        env.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[WaitlistWorkflow, BegunCommission],
        activities=[waits.offer_places, waits.take_place],
        workflow_runner=RUNNER,
    ):
        yield await env.client.start_workflow(
            WaitlistWorkflow.run,
            messages.WaitlistInput(shop_id),
            id=messages.workflow_id(shop_id),
            task_queue=messages.TASK_QUEUE,
            start_signal=messages.LOOK,
        )


async def looked(waits: List, times: int = 1) -> None:
    """Until the process has looked at the list so often."""
    while waits.looks < times:  # noqa: ASYNC110 - the worker of this test changes it
        await asyncio.sleep(0.01)


async def take(handle: Handle, one: str, actor: str = "") -> None:
    """As the API sends it."""
    await handle.execute_update(WaitlistWorkflow.take, messages.TakePlace(actor or f"usr_{one}", one))


async def _taken(handle: Handle, waits: List, name: str) -> None:
    await looked(waits)
    await take(handle, f"{name}_1")
    await handle.signal(WaitlistWorkflow.look)


async def _left(handle: Handle, waits: List, name: str) -> None:
    await looked(waits)
    for one in waits.waits:
        one.state = "withdrawn"
    await handle.signal(WaitlistWorkflow.look)


async def _grown(handle: Handle, waits: List, name: str) -> None:
    await looked(waits)
    waits.free += 1
    await handle.signal(WaitlistWorkflow.look)
    await looked(waits, 2)
    await take(handle, f"{name}_1")
    await take(handle, f"{name}_2")
    await handle.signal(WaitlistWorkflow.look)


async def _nobody(handle: Handle, waits: List, name: str) -> None:
    """Whoever had joined has left before the first look."""


Plot = Callable[[Handle, List, str], Awaitable[None]]
STORIES: Mapping[str, tuple[int, Plot]] = {
    "taken": (1, _taken),
    "left": (2, _left),
    "one-more-place": (2, _grown),
    "nobody": (0, _nobody),
}


async def play(env: WorkflowEnvironment, name: str) -> Handle:
    """The closed run, for the recorder."""
    many, plot = STORIES[name]
    waits = List([Wait(f"{name}_{number}") for number in range(1, many + 1)])
    async with listing(env, waits, f"shp_{name}") as handle:
        await plot(handle, waits, name)
        await handle.result()
    return handle
