"""Which processes make the embedded stack, what each needs first, and how each is asked whether it works."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from deploy.embedded import temporal
from deploy.embedded.child import ChildSpec
from deploy.embedded.environment import Ports, environment
from deploy.embedded.home import cluster_of

STOP_ORDER = ("api", "worker", "seed", "migrate", "namespace", "sandbox", "temporal", "postgres")
"""Doors first, then the hands, then what they stand on."""


def children(home: Path, port: int) -> list[ChildSpec]:
    """Every process of the stack; `needs` says what must be up before each."""
    settings = environment(home, port)
    ports = Ports(port)
    cluster = cluster_of(home, port)
    artisan = [sys.executable, "-m", "deploy.cli"]
    # The sandbox, the doors and the hands are ours; the servers have no business with our keys.
    ours = {**settings, "PYTHONUNBUFFERED": "1"}
    checkout = Path(__file__).resolve().parents[2]
    return [
        ChildSpec(
            name="postgres",
            argv=cluster.argv(),
            prepare=cluster.prepare,
            ready=partial(asyncio.to_thread, cluster.ready),
            account=cluster.account,
            folder=cluster.base,
            # SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, nobody is waited for.
            stop_signal=signal.SIGINT,
            stop_seconds=20,
        ),
        ChildSpec(
            name="temporal",
            argv=temporal.argv(
                port=ports.temporal,
                ui_port=ports.temporal_ui,
                database=home / "temporal.db",
                codec=f"{settings['ARTISAN_PUBLIC_URL']}/codec",
            ),
            ready=partial(asyncio.to_thread, temporal.serving, ports.temporal),
            environment=temporal.ENVIRONMENT,
            folder=home,
        ),
        ChildSpec(
            name="sandbox",
            argv=[sys.executable, "-m", "deploy.sandbox"],
            ready=answers(ports.sandbox),
            environment=ours,
            folder=checkout,
        ),
        ChildSpec(
            name="namespace", argv=[*artisan, "namespace"], needs=("temporal",), environment=ours, folder=checkout
        ),
        ChildSpec(name="migrate", argv=[*artisan, "migrate"], needs=("postgres",), environment=ours, folder=checkout),
        ChildSpec(
            name="seed",
            # Drawing hundreds of pictures can wait for those who are looking at the shop already.
            argv=["nice", "-n", "10", *artisan, "seed", "--if-empty"],
            optional=True,
            needs=("migrate", "sandbox"),
            environment=ours,
            folder=checkout,
        ),
        ChildSpec(
            name="worker",
            argv=[*artisan, "worker", "--pool", "all"],
            needs=("migrate", "namespace"),
            ready=answers(ports.worker_health),
            environment=ours,
            folder=checkout,
            stop_seconds=25,
        ),
        ChildSpec(
            name="api",
            argv=[*artisan, "api"],
            needs=("migrate",),
            ready=answers(ports.api),
            environment=ours,
            folder=checkout,
        ),
    ]


def answers(port: int, path: str = "/healthz") -> Callable[[], Awaitable[bool]]:
    """A probe that is true when `GET path` on loopback is answered with 200."""

    async def probe() -> bool:
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                    await writer.drain()
                    status = await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False
        return status.split(b" ")[1:2] == [b"200"]

    return probe
