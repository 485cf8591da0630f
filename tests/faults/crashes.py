"""Kills servers with SIGKILL, one after the other, and keeps count. The supervisor of the stack starts them again."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.support.whole_stack import WholeStack

EVERY_SERVER = ("worker", "api", "sandbox", "temporal", "postgres")


@dataclass(frozen=True)
class Crash:
    server: str
    in_flight: int
    """Checkouts that were placed and not over when it died."""
    back_after: float


@dataclass
class Crashes:
    stack: WholeStack
    in_flight: Callable[[], int]
    suffered: list[Crash] = field(default_factory=list)

    async def inflict(self, servers: Sequence[str], every: float) -> None:
        """Each after a pause, and when the one before is back."""
        for server in servers:
            await asyncio.sleep(every)
            present, killed = self.in_flight(), time.monotonic()
            self.stack.kill(server)
            await asyncio.to_thread(self.stack.wait_until_back, server, 90)
            self.suffered.append(Crash(server, present, time.monotonic() - killed))
