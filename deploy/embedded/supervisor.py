"""`artisan up`: starts the whole stack in one home, keeps it running, and stops it in order.

Owns the order of things and what the person at the terminal is told. The processes are `plan`'s, each one's life is
`child`'s, the right to start here is `home`'s.
"""

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from deploy.embedded import home as homes
from deploy.embedded.announcement import announcement
from deploy.embedded.child import Child, ChildFailed
from deploy.embedded.errors import StackError
from deploy.embedded.logs import ChildLog
from deploy.embedded.plan import STOP_ORDER, children


def run(home: Path, port: int) -> int:
    """Runs the stack until it is told to stop; the exit code. Raises `StackError` when it cannot start at all."""
    began = time.monotonic()
    with homes.hold(home):
        left = homes.clear_orphans(home)
        if left:
            _say(f"cleared what the last run left behind: {', '.join(left)}")
        homes.check_ports(port)
        return asyncio.run(_Supervisor(home, port, began).run())


_IMPATIENT_AFTER = 2.0
"""One Ctrl-C can arrive twice, from the terminal and passed on by make; a second one this much later is meant."""


class _Supervisor:
    def __init__(self, home: Path, port: int, began: float) -> None:
        self._home = home
        self._port = port
        self._began = began
        self._first_told = 0.0
        self._children = {
            spec.name: Child(spec, ChildLog(home / "logs", spec.name), _say, self._record)
            for spec in children(home, port)
        }
        cluster = homes.cluster_of(home, port)
        if cluster.elsewhere and cluster.account is not None:
            _say(
                f"PostgreSQL runs as `{cluster.account.name}`, who may not walk into {home}; "
                f"its data lies in {cluster.base}"
            )

    async def run(self) -> int:
        told_to_stop = asyncio.Event()
        lives = [asyncio.create_task(self._live(child), name=name) for name, child in self._children.items()]
        stopping = asyncio.create_task(told_to_stop.wait())
        announcing = asyncio.create_task(self._announce())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupted, told_to_stop)
        try:
            return await self._until_told(lives, stopping)
        finally:
            announcing.cancel()
            stopping.cancel()
            await self._stop(lives)

    async def _until_told(self, lives: list[asyncio.Task[None]], stopping: asyncio.Task[bool]) -> int:
        pending: set[asyncio.Task[None] | asyncio.Task[bool]] = {stopping, *lives}
        while not stopping.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for life in done:
                problem = life.exception()
                if isinstance(problem, ChildFailed | StackError | RuntimeError):
                    _say(str(problem))
                    return 1
                if problem is not None:
                    raise problem
        return 0

    async def _live(self, child: Child) -> None:
        for needed in child.spec.needs:
            await self._children[needed].up.wait()
        try:
            await child.run()
        except ChildFailed as problem:
            if not child.spec.optional:
                raise
            _say(f"{problem}\nThe rest goes on without it.")
            child.up.set()

    async def _announce(self) -> None:
        seeding = self._children["seed"].up
        for name, child in self._children.items():
            if name != "seed":
                await child.up.wait()
        if not seeding.is_set():
            _say(f"http://localhost:{self._port} opens already; its shops and pictures are being made, once")
            await seeding.wait()
        taken = time.monotonic() - self._began
        print(announcement(self._home, self._port, taken), flush=True)

    async def _stop(self, lives: list[asyncio.Task[None]]) -> None:
        began = time.monotonic()
        _say("stopping")
        order = sorted(self._children, key=STOP_ORDER.index)
        for name in order:
            await self._children[name].stop()
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        for child in self._children.values():
            child.log.close()
        self._record()
        _say(f"stopped after {time.monotonic() - began:.1f} s; the data is kept in {self._home}")

    def _interrupted(self, told_to_stop: asyncio.Event) -> None:
        now = time.monotonic()
        if not told_to_stop.is_set():
            self._first_told = now
            told_to_stop.set()
        elif now - self._first_told > _IMPATIENT_AFTER:
            _say("told again: ending everything at once")
            for child in self._children.values():
                child.kill()

    def _record(self) -> None:
        running = {name: child.pid for name, child in self._children.items() if child.pid is not None}
        homes.write_state(self._home, self._port, running)


def _say(sentence: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(f"artisan: {sentence}", file=sys.stdout, flush=True)
