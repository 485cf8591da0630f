"""The API alone on a port of loopback, for tests that need a browser but no process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from api.app import create_app
from core.settings import Settings
from tests.support.sandbox import eventually


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to pytest."""
        yield


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[None]:
    """Ready when the block begins, gone when it ends."""
    server = _Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning", ws="none"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started or task.done(), 20)
    try:
        if task.done():
            task.result()
        yield
    finally:
        server.should_exit = True
        await task
