"""Real servers for tests: PostgreSQL, the Temporal dev server and the time-skipping test server.

Owns their start and stop and one fresh, migrated database a test. Knows no business.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import sql
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from core.database import Database, create_engine
from core.temporal import UNSEALED
from deploy import namespace as namespaces
from deploy.embedded import temporal
from deploy.embedded.postgres import DATABASE, ROLE, PostgresCluster
from deploy.embedded.spawn import spawn_options
from models import migrations
from tests.support.keys import key_ring


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder for servers' files, gone at the end of the block.

    pytest's own folders are closed to other accounts, and as root PostgreSQL runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="artisan-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = 30) -> None:
    """Polls until the condition holds; fails naming what never happened."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.05)


@contextlib.contextmanager
def running(
    command: list[str],
    log: Path,
    ready: Callable[[], bool],
    *,
    stop: signal.Signals = signal.SIGTERM,
    **options: object,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process for the length of a block; its output is shown when it does not come up."""
    with log.open("wb") as output:
        merged = {**spawn_options(on_orphan=stop), **options}
        process: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=output, stderr=output, **merged)
    try:
        deadline = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[0]} did not come up:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresCluster]:
    """A real PostgreSQL that writes without fsync: its data is thrown away."""
    with open_folder() as home:
        cluster = PostgresCluster(home, free_port(), "superuser", "artisan", durable=False)
        cluster.prepare()
        options = {"cwd": cluster.base, **spawn_options(cluster.account, on_orphan=signal.SIGQUIT)}
        with running(cluster.argv(), home / "postgres.log", cluster.ready, stop=signal.SIGINT, **options):
            yield cluster


@pytest.fixture(scope="session")
def template_database(postgres_server: PostgresCluster) -> str:
    """The database that the migrations made, once a session; tests get copies of it."""
    migrations.upgrade(postgres_server.url(DATABASE))
    return DATABASE


@pytest.fixture
def postgres_url(postgres_server: PostgresCluster, template_database: str) -> Iterator[str]:
    """A fresh, migrated database for one test, as an SQLAlchemy address (psycopg 3)."""
    name = f"test_{uuid4().hex[:12]}"
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {} strategy wal_log").format(
            sql.Identifier(name), sql.Identifier(template_database), sql.Identifier(ROLE)
        )
    )
    yield postgres_server.url(name)
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Units of work on the test's own database."""
    opened = Database(create_engine(postgres_url), key_ring())
    yield opened
    await opened.close()


@dataclass(frozen=True)
class TemporalServer:
    """Where a dev server listens."""

    port: int
    namespace: str = temporal.NAMESPACE

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
async def temporal_dev_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TemporalServer]:
    """The Temporal dev server in memory, with the search attributes of the registry. Use task queues of your own."""
    port = free_port()
    command = temporal.argv(port=port, ui_port=None, database=None)
    log = tmp_path_factory.mktemp("temporal") / "temporal.log"
    with running(command, log, lambda: temporal.serving(port)):
        server = TemporalServer(port)
        await namespaces.ensure(server.address, server.namespace)
        yield server


@pytest.fixture(scope="session")
async def temporal_client(temporal_dev_server: TemporalServer) -> Client:
    """A client of the dev server that converts as the product does."""
    return await Client.connect(
        temporal_dev_server.address, namespace=temporal_dev_server.namespace, data_converter=UNSEALED
    )


@asynccontextmanager
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A test server of its own, whose clock jumps over timers while a workflow *result* is awaited.

    It has neither visibility lists nor schedules, and an open asynchronous activity stops the jumping.
    """
    server = shutil.which(
        "temporal-test-server", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if server is None:
        pytest.fail("temporal-test-server is missing: install requirements-dev.lock (`make test` does)")
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=server, data_converter=UNSEALED
    ) as environment:
        await namespaces.register_attributes(environment.client)
        yield environment


@pytest.fixture
async def time_skipping_env() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


async def eventually(condition: Callable[[], bool], *, what: str, seconds: float = 30) -> None:
    """`wait_until` for asynchronous tests: lets the loop run between looks."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(f"{what} did not happen within {seconds:g} s")
        await asyncio.sleep(0.05)
