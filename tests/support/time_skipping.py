"""Lets the test server's clock jump while a result is awaited, for workflows that an update-with-start has started.

The SDK does this by itself only for handles that `start_workflow` returned.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.testing import WorkflowEnvironment


@asynccontextmanager
async def jumping_clock(env: WorkflowEnvironment) -> AsyncIterator[None]:
    await env.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
    try:
        yield
    finally:
        await env.client.test_service.lock_time_skipping(LockTimeSkippingRequest())
