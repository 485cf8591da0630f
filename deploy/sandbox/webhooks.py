"""Delivers the outbox: signed POSTs to the product, retried with growing pauses until a 2xx comes back.

Owns signing, retries and their pace. At least once: a row is marked only after the answer, so a death in between
delivers again.
"""

import asyncio
import contextlib
import hashlib
import hmac
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.sandbox.post import Poster
from deploy.sandbox.store import Outgoing, Store

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Channel:
    """Where callbacks of one partner go, and how they are signed and retried."""

    url: str
    secret: str
    header: str
    longest_pause: float


def signature(secret: str, body: str, at: int) -> str:
    """`t=<unix>,v1=<hex HMAC-SHA256 of "t.body">`, the scheme that Stripe documents; our couriers use it too."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Deliverer:
    """Runs as a background task for as long as the process lives."""

    def __init__(self, store: Store, channels: dict[str, Channel], ca_file: Path | None = None) -> None:
        self._store = store
        self._channels = channels
        self._ca_file = ca_file
        self._wake = asyncio.Event()
        self._in_flight: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        self._wake.set()

    async def settle(self) -> None:
        """Returns when no callback is on its way any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self) -> None:
        poster = Poster(self._ca_file)
        try:
            while True:
                self._wake.clear()
                self._start_due(poster)
                await self._pause()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            poster.close()

    def _start_due(self, poster: Poster) -> None:
        room = _AT_ONCE - len(self._in_flight)
        if room <= 0:
            return
        # Rows in flight are still pending in the table, so that many more are asked for.
        for row in self._store.outgoing(time.time(), room + len(self._in_flight)):
            if row.id in self._in_flight or len(self._in_flight) >= _AT_ONCE:
                continue
            self._in_flight.add(row.id)
            task = asyncio.create_task(self._deliver(poster, row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pause(self) -> None:
        """Until woken, or until the next row is due."""
        due = self._store.next_outgoing()
        seconds = 5.0 if due is None else min(max(due - time.time(), 0.02), 5.0)
        if self._in_flight and due is not None and due <= time.time():
            seconds = 5.0  # everything due is in flight; its end wakes us
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _deliver(self, poster: Poster, row: Outgoing) -> None:
        channel = self._channels.get(row.channel)
        answer, accepted = "no address for this partner", False
        try:
            if channel is not None and channel.url:
                headers = {
                    "Content-Type": "application/json; charset=utf-8",
                    channel.header: signature(channel.secret, row.body, int(time.time())),
                }
                status = await poster.post(channel.url, headers, row.body.encode())
                answer, accepted = str(status), 200 <= status < 300
        except (OSError, TimeoutError, ValueError) as error:
            answer = type(error).__name__
        finally:
            self._in_flight.discard(row.id)
        with self._store.transaction():
            if accepted:
                self._store.delivered(row.id, answer)
            else:
                longest = channel.longest_pause if channel is not None else 30.0
                pause = min(2.0 ** min(row.attempts, 10), longest)
                self._store.postponed(row.id, answer, time.time() + pause)
        self._wake.set()
