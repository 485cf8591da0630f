"""The servers that the other tests lean on behave as those tests assume."""

from datetime import timedelta

import pytest
from psycopg import connect
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from deploy import namespace as namespaces
from deploy.embedded.postgres import PostgresCluster
from tests.support.stack import TemporalServer
from workflows.search_attributes import REGISTRY


@workflow.defn(sandboxed=False)
class MonthLongWait:
    """Sleeps a month and says so."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=30))
        return "a month later"


def test_every_test_gets_a_migrated_database_of_its_own(postgres_url: str, postgres_server: PostgresCluster) -> None:
    assert postgres_url != postgres_server.url()
    with connect(postgres_url.replace("+psycopg", "")) as connection:
        found = connection.execute("select count(*) from alembic_version").fetchone()
    assert found == (1,)


async def test_the_dev_server_knows_every_search_attribute(temporal_client: Client) -> None:
    assert await namespaces.missing_attributes(temporal_client) == []


async def test_the_dev_server_keeps_closed_runs_for_thirty_days(temporal_client: Client) -> None:
    assert await namespaces.retention(temporal_client) == timedelta(days=30)


async def test_a_namespace_that_does_not_exist_is_made(temporal_dev_server: TemporalServer) -> None:
    await namespaces.ensure(temporal_dev_server.address, "made-by-a-test")
    client = await Client.connect(temporal_dev_server.address, namespace="made-by-a-test")
    assert await namespaces.missing_attributes(client) == []
    assert await namespaces.retention(client) == timedelta(days=30)


async def test_time_skips_while_a_result_is_awaited(time_skipping_env: WorkflowEnvironment) -> None:
    client = time_skipping_env.client
    async with Worker(client, task_queue="waits", workflows=[MonthLongWait]):
        before = await time_skipping_env.get_current_time()
        result = await client.execute_workflow(MonthLongWait.run, id="wait", task_queue="waits")
        after = await time_skipping_env.get_current_time()
    assert result == "a month later"
    assert after - before >= timedelta(days=30)


@pytest.mark.parametrize("kind", ["Keyword", "KeywordList", "Int", "Datetime"])
def test_the_registry_uses_the_types_that_operators_filter_by(kind: str) -> None:
    assert kind in REGISTRY.values()
