"""A night whose worker dies between two pages of the provider's books goes on with the page it had not stored."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from temporalio.client import Client
from temporalio.worker import Worker

import activities.reconciliation
from activities.reconciliation import ReconciliationActivities
from core.database import Database, create_engine
from core.temporal import UNSEALED
from deploy import namespace as namespaces
from deploy.embedded.postgres import PostgresCluster
from models.ports import TransactionPage
from models.repositories import reconciliation, reconciliation_cases
from models.tables.reconciliation import ProviderTransaction, ReconciliationUnit
from tests.support.finished_town import Books, build
from tests.support.keys import key_ring
from tests.support.running import patiently
from tests.support.stack import TemporalServer
from workers.sandbox import RUNNER
from workflows import policies
from workflows.reconciliation import messages
from workflows.reconciliation.workflow import ReconciliationWorkflow


@dataclass
class Stuck(Books):
    """Does not answer for the third page until somebody else asks for it: whoever asked first dies waiting."""

    waits: asyncio.Event = field(default_factory=asyncio.Event)
    before_third: int = 2

    async def transactions(
        self, *, since: datetime, before: datetime, cursor: str = "", account_id: str | None = None
    ) -> TransactionPage:
        if len(self.asked) == self.before_third and not self.waits.is_set():
            self.waits.set()
            await asyncio.Event().wait()
        return await super().transactions(since=since, before=before, cursor=cursor, account_id=account_id)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(create_engine(postgres_url), key_ring())
    yield opened
    await opened.close()


@pytest.fixture
async def client(temporal_dev_server: TemporalServer) -> Client:
    namespace = f"resuming-{uuid4().hex[:8]}"
    await namespaces.ensure(temporal_dev_server.address, namespace)
    return await Client.connect(temporal_dev_server.address, namespace=namespace, data_converter=UNSEALED)


def worker(client: Client, steps: ReconciliationActivities) -> Worker:
    """Killed at once when it is left, whatever it does."""
    return Worker(
        client,
        task_queue=messages.TASK_QUEUE,
        workflows=[ReconciliationWorkflow],
        activities=steps.all(),
        workflow_runner=RUNNER,
        graceful_shutdown_timeout=timedelta(0),
    )


async def test_a_worker_that_dies_between_pages_is_followed_by_one_that_goes_on(
    client: Client,
    *,
    database: Database,
    postgres_server: PostgresCluster,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activities.reconciliation, "PAGES_AT_ONCE", 1)
    monkeypatch.setattr(policies, "RECONCILIATION_SETTLES", timedelta(0))
    monkeypatch.setattr(policies, "RECONCILIATION_LAG", timedelta(seconds=-2))
    town = await build(database, postgres_server, postgres_url)
    books = Stuck(town)
    steps = ReconciliationActivities(database, books, None)  # type: ignore[arg-type] # a night repairs nothing
    async with worker(client, steps):
        handle = await client.start_workflow(
            ReconciliationWorkflow.run,
            messages.ReconciliationInput(),
            id="reconciliation-cut-short",
            task_queue=messages.TASK_QUEUE,
        )
        await asyncio.wait_for(books.waits.wait(), 20)
    assert len(books.asked) == 2, "two pages were read and stored, the third was on its way"

    async def stored() -> int:
        async with database.transaction() as session:
            return int(await session.scalar(select(func.count()).select_from(ProviderTransaction)) or 0)

    assert await patiently(stored) == 2 * books.per_page
    async with worker(client, steps):
        result = await asyncio.wait_for(handle.result(), 60)

    assert len(books.asked) == len(set(books.asked)), "no page is asked for twice, but the one that nobody stored"
    every = sum(len(lines) for lines in town.lines.values())
    assert (result.transactions, await stored()) == (every, every)
    assert len([cursor for account, cursor in books.asked if not account]) == -(-len(town.lines[""]) // books.per_page)
    async with database.transaction() as session:
        assert (await reconciliation_cases.listed(session, closed=False, limit=1))[1] == 0
        (night,) = await reconciliation.newest(session, 5)
        assert night.ended_at is not None
        assert night.looked_at == len(town.orders) + 2 + 4, "checkouts and payouts"
        assert await session.scalar(select(func.count()).select_from(ReconciliationUnit)) == 0
