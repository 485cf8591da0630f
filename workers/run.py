"""Runs the named pools in this process until SIGTERM or Ctrl-C, then drains them."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog
import uvicorn
import uvloop
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from activities.gateways.partners import open_gateways
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.logging import configure_logging
from core.settings import Settings, get_settings
from core.temporal import connect
from workers import schedules
from workers.pools import POOLS, Pool
from workers.sandbox import runner_for
from workers.wiring import Activities, wire

log = structlog.get_logger(__name__)

DRAIN = timedelta(seconds=15)
"""After SIGTERM running activities may finish for so long; what is left is retried elsewhere."""


def build_worker(client: Client, pool: Pool, activities: Activities, build_id: str = "") -> Worker:
    """One worker for one pool; the tests build theirs with it too. Unversioned without a build id."""
    deployment = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=f"artisan-{pool.name}", build_id=build_id),
        use_worker_versioning=True,
        default_versioning_behavior=pool.versioning,
    )
    return Worker(
        client,
        task_queue=pool.name,
        workflows=list(pool.workflows),
        activities=pool.activities(activities),
        workflow_runner=runner_for(client.data_converter),
        max_concurrent_workflow_tasks=pool.max_workflow_tasks or None,
        max_concurrent_activities=pool.max_activities,
        max_concurrent_local_activities=pool.max_activities,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=2, maximum=10),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=2, maximum=10),
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment if build_id else None,
    )


async def run(pool_names: Sequence[str], settings: Settings) -> None:
    """Connects, works until told to stop, drains. Raises `KeyError` for a pool that does not exist."""
    pools = [POOLS[name] for name in pool_names]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    database = Database(
        create_engine(settings.database_url, settings.database_pool_size, check_before_use=False),
        open_key_ring(settings.keys_path),
    )
    client = await _connect_patiently(settings, stop)
    if client is None:
        return
    gateways = open_gateways(settings)
    activities = wire(settings, database, gateways)
    workers = [build_worker(client, pool, activities, settings.worker_build_id) for pool in pools]
    health = _health_server(settings)
    running = [asyncio.create_task(worker.run()) for worker in workers]
    keeping = asyncio.create_task(schedules.keep_for_ever(client, [pool.name for pool in pools]))
    serving = asyncio.create_task(health.serve()) if health is not None else None
    log.info("working", pools=[pool.name for pool in pools])
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
    log.info("draining")
    keeping.cancel()
    await asyncio.gather(*(worker.shutdown() for worker in workers))
    await asyncio.gather(*running, return_exceptions=True)
    if health is not None and serving is not None:
        health.should_exit = True
        await serving
    await gateways.close()
    await database.close()
    for task in done - {stopped}:
        task.result()  # a worker that ended by itself has a reason: let the supervisor see it


async def _connect_patiently(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A server that is still starting is waited for; a stop ends the wait."""
    while not stop.is_set():
        try:
            return await connect(settings)
        except (RuntimeError, RPCError) as error:
            log.warning("Temporal does not answer yet", address=settings.temporal_address, error=str(error))
            await asyncio.sleep(1)
    return None


class _HealthServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM belongs to the pools."""
        yield


def _health_server(settings: Settings) -> uvicorn.Server | None:
    """`GET /healthz` for the container's health check: this process's event loop turns."""
    if not settings.worker_health_port:
        return None

    async def healthy(_scope: object, _receive: object, send: "uvicorn._types.ASGISendCallable") -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/plain")],
                "trailers": False,
            }
        )
        await send({"type": "http.response.body", "body": b"ok\n", "more_body": False})

    config = uvicorn.Config(
        healthy,
        host="127.0.0.1",  # whoever asks sits in the same container
        port=settings.worker_health_port,
        log_level="warning",
        lifespan="off",
    )
    return _HealthServer(config)


def main(pool_names: Sequence[str]) -> None:
    """Entry of `artisan worker --pool`; `all` means every pool."""
    settings = get_settings()
    configure_logging(settings.log_level, json=settings.log_json)
    names = list(POOLS) if "all" in pool_names else list(pool_names)
    uvloop.run(run(names, settings))
