"""The application with one worker of the real process, and a keeper who has earned USD 94.15."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from temporalio.client import Client
from temporalio.worker import Worker

from activities.payout import PayoutActivities
from activities.payout_account import PayoutAccountActivities
from activities.withdrawal import WithdrawalActivities
from core.database import Database
from core.temporal import data_converter
from deploy import namespace as namespaces
from tests.api.conftest import open_client, running_app, settings_for
from tests.support.keys import key_ring
from tests.support.marketplace import TestShop
from tests.support.payouts import FakeProvider, earn, give_bank
from tests.support.signing_in import session_of
from tests.support.stack import TemporalServer
from workers.sandbox import RUNNER
from workflows.withdrawal import messages
from workflows.withdrawal.workflow import WithdrawalWorkflow

NAMESPACE = "withdrawals"


@pytest.fixture
async def app(postgres_url: str, database: Database, temporal_dev_server: TemporalServer) -> AsyncIterator[FastAPI]:
    """With one worker, whose provider never says a word: what is shown is the click."""
    await namespaces.ensure(temporal_dev_server.address, NAMESPACE)
    settings = settings_for(postgres_url, temporal_dev_server.address).model_copy(
        update={"temporal_namespace": NAMESPACE}
    )
    client = await Client.connect(
        temporal_dev_server.address, namespace=NAMESPACE, data_converter=data_converter(key_ring())
    )
    provider = FakeProvider()
    steps = [
        *PayoutActivities(database, provider).all(),
        *PayoutAccountActivities(database, provider).all(),
        *WithdrawalActivities(database).all(),
    ]
    worker = Worker(
        client,
        task_queue=messages.TASK_QUEUE,
        workflows=[WithdrawalWorkflow],
        activities=steps,
        workflow_runner=RUNNER,
    )
    async with worker, running_app(settings) as running:
        yield running


@pytest.fixture
async def keeper(app: FastAPI, database: Database, shop: TestShop) -> AsyncClient:
    async with database.transaction() as session:
        await give_bank(session, shop)
        await earn(session, shop, 9_415)
        token = await session_of(session, shop.owner_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")
