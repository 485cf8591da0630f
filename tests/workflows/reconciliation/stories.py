"""The stories of a reconciliation that are recorded for replay, and the books that it finds."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.reconciliation import (
    AvailableBooked,
    BeginNight,
    BookAvailable,
    BooksRead,
    Compare,
    Compared,
    EndNight,
    NightBegun,
    NightEnded,
    ReadBooks,
    RepairAtProvider,
)
from workers.sandbox import RUNNER
from workflows.reconciliation import messages
from workflows.reconciliation.workflow import ReconciliationWorkflow

UNTIL = datetime(2026, 11, 22, 4, 25, tzinfo=UTC)


@dataclass
class World:
    pages: dict[str, int] = field(default_factory=lambda: {"": 2})
    """Steps that each account's books take."""
    batches: int = 1
    approved: tuple[str, ...] = ()
    fails: int = 0
    """How often the provider is away first."""
    case: str = ""
    """Of a repair instead of a night."""
    read: list[tuple[str, str]] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    ended: list[EndNight] = field(default_factory=list)
    begun: int = 0

    @activity.defn(name="reconciliation.begin_night")
    async def begin_night(self, step: BeginNight) -> NightBegun:
        self.begun += 1
        accounts = tuple(account for account in self.pages if account)
        return NightBegun(UNTIL - timedelta(days=4), UNTIL, UNTIL - timedelta(days=2), accounts, self.approved)

    @activity.defn(name="reconciliation.read_books")
    async def read_books(self, step: ReadBooks) -> BooksRead:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the provider is away")
        self.read.append((step.account_id, step.cursor))
        page = int(step.cursor or 0) + 1
        return BooksRead(100, str(page) if page < self.pages[step.account_id] else "")

    @activity.defn(name="reconciliation.book_available")
    async def book_available(self, step: BookAvailable) -> AvailableBooked:
        return AvailableBooked(7, left=False)

    @activity.defn(name="reconciliation.gather")
    async def gather(self, step: BookAvailable) -> None: ...

    @activity.defn(name="reconciliation.compare")
    async def compare(self, step: Compare) -> Compared:
        self.compared.append(step.cursor)
        batch = int(step.cursor.removeprefix("checkout-") or 0) + 1
        cursor = f"checkout-{batch}" if batch < self.batches else ""
        return Compared(499, 1, 2, 0, {"USD": 50, "EUR": -5}, cursor)

    @activity.defn(name="reconciliation.end_night")
    async def end_night(self, step: EndNight) -> NightEnded:
        self.ended.append(step)
        return NightEnded(1, 3)

    @activity.defn(name="reconciliation.repair_at_provider")
    async def repair_at_provider(self, step: RepairAtProvider) -> None:
        self.repaired.append(step.case_id)

    @property
    def steps(self) -> list[object]:
        return [
            self.begin_night,
            self.read_books,
            self.book_available,
            self.gather,
            self.compare,
            self.end_night,
            self.repair_at_provider,
        ]


@asynccontextmanager
async def workers(environment: WorkflowEnvironment, world: World) -> AsyncIterator[None]:
    async with Worker(
        environment.client,
        task_queue=messages.TASK_QUEUE,
        workflows=[ReconciliationWorkflow],
        activities=world.steps,  # type: ignore[arg-type] # of methods that are marked
        workflow_runner=RUNNER,
    ):
        yield


async def begin(
    environment: WorkflowEnvironment, name: str, case_id: str = ""
) -> WorkflowHandle[ReconciliationWorkflow, messages.ReconciliationResult]:
    return await environment.client.start_workflow(
        ReconciliationWorkflow.run,
        messages.ReconciliationInput(case_id=case_id),
        id=f"reconciliation-{name}",
        task_queue=messages.TASK_QUEUE,
    )


STORIES: Mapping[str, World] = {
    "a-night": World(pages={"": 3, "acct_1": 1, "acct_2": 2}, batches=3),
    "the-provider-was-away": World(fails=2),
    "what-was-approved-comes-first": World(approved=("cas_1", "cas_2")),
    "a-repair": World(case="cas_1"),
}


async def play(
    environment: WorkflowEnvironment, name: str
) -> WorkflowHandle[ReconciliationWorkflow, messages.ReconciliationResult]:
    """Plays one story to its end."""
    async with workers(environment, STORIES[name]):
        handle = await begin(environment, name, STORIES[name].case)
        await handle.result()
        return handle
