"""Lets time pass: whatever an object said it is due for happens here. Owns the waiting, not what happens."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from deploy.sandbox.store import Store

_LONGEST = 0.5
_FORGET_EVERY = 3600


class Clock:
    """Runs as a background task for as long as the process lives."""

    def __init__(self, store: Store, tick: Callable[[str, dict[str, Any]], None], after: Callable[[], None]) -> None:
        self._store = store
        self._tick = tick
        self._after = after

    async def run(self) -> None:
        forgotten = 0.0
        while True:
            now = time.time()
            if now - forgotten > _FORGET_EVERY:
                self._store.forget_old_answers(now)
                forgotten = now
            if self.advance(now):
                self._after()
            due = self._store.next_due()
            wait = _LONGEST if due is None else min(max(due - time.time(), 0.01), _LONGEST)
            await asyncio.sleep(wait)

    def advance(self, now: float) -> int:
        due = self._store.due(now)
        for kind, body in due:
            with self._store.transaction():
                self._tick(kind, body)
        return len(due)
