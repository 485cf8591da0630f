"""One supervised process: started, watched until it answers, restarted when it ends by itself, stopped when told.

Owns the life of a single child; which children there are, and in what order, is the plan's business.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.logs import ChildLog
from deploy.embedded.spawn import Account, spawn_options

_BACKOFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
_STEADY_AFTER = 30.0
"""A child that ran this long had a good life: its next restart does not wait for the sins of earlier ones."""
_TRIES_TO_COME_UP = 4
_POLL = 0.05


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to tell that it works."""

    name: str
    argv: list[str]
    ready: Callable[[], Awaitable[bool]] | None = None
    """None for a task that runs once and must end well."""
    needs: tuple[str, ...] = ()
    optional: bool = False
    """Whether the rest goes on when this one never comes up."""
    prepare: Callable[[], None] | None = None
    """Runs before every start, in a thread."""
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    ready_seconds: float = 60


class ChildFailed(Exception):
    """A child that the stack cannot go on without."""


class Child:
    """Runs a `ChildSpec`. `up` is set once the child first answered (or, for a task, ended well)."""

    def __init__(self, spec: ChildSpec, log: ChildLog, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.spec = spec
        self.up = asyncio.Event()
        self.restarts = 0
        self.process: asyncio.subprocess.Process | None = None
        self.log = log
        self._say = say
        self._changed = changed
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.returncode is None else None

    async def run(self) -> None:
        """Until stopped. Raises `ChildFailed` when the child never came up, or when a task failed."""
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._one_life()
            if self._stopping.is_set():
                return
            if self.spec.ready is None and code == 0:
                self.up.set()
                return
            failures = 1 if time.monotonic() - began > _STEADY_AFTER else failures + 1
            if not self.up.is_set() and (self.spec.ready is None or failures >= _TRIES_TO_COME_UP):
                raise ChildFailed(self._report(f"{self.spec.name} did not come up ({_ending(code)})"))
            pause = _BACKOFF[min(failures, len(_BACKOFF)) - 1]
            self._say(self._report(f"{self.spec.name} ended ({_ending(code)}); starting it again in {pause:g} s"))
            self.restarts += 1
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """The polite signal, then, after `stop_seconds`, the other one."""
        self._stopping.set()
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.spec.stop_signal)
        try:
            async with asyncio.timeout(self.spec.stop_seconds):
                await process.wait()
        except TimeoutError:
            self._say(f"{self.spec.name} did not stop within {self.spec.stop_seconds:g} s and was killed")
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """Ends the child and whatever it started, at once."""
        self._stopping.set()
        if self.process is not None and self.process.returncode is None:
            self._kill_group()

    async def _one_life(self) -> int:
        spec = self.spec
        if spec.prepare is not None:
            await asyncio.to_thread(spec.prepare)
        if self._stopping.is_set():
            return 0
        self.log.forget()
        began = time.monotonic()
        # A pipe of our own: asyncio's would keep `wait()` from returning while a grandchild still holds it.
        reading, writing = os.pipe()
        try:
            self.process = await asyncio.create_subprocess_exec(
                *spec.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env={**os.environ, **spec.environment},
                cwd=spec.folder,
                **spawn_options(spec.account, on_orphan=spec.stop_signal),
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._changed()
        ended = asyncio.create_task(self.process.wait())
        copying = asyncio.create_task(self.log.drain(reading))
        watching = asyncio.create_task(self._watch(began)) if spec.ready is not None else None
        try:
            await self._ended_or_unwatched(ended, watching)
            code = await ended
            # What it started must not outlive it: a drawing process, a backend that has lost its server.
            self._kill_group()
            await asyncio.wait([copying], timeout=1)
        finally:
            for task in (ended, copying, watching):
                if task is not None and not task.done():
                    task.cancel()
        return code

    async def _ended_or_unwatched(self, ended: asyncio.Task[int], watching: asyncio.Task[None] | None) -> None:
        """Returns when the process has ended; a probe that broke is raised, for nobody would ever call it up."""
        if watching is not None:
            await asyncio.wait([ended, watching], return_when=asyncio.FIRST_COMPLETED)
            if watching.done() and (problem := watching.exception()) is not None:
                self._kill_group()
                raise ChildFailed(self._report(f"{self.spec.name} cannot be watched: {problem}")) from problem
        await asyncio.wait([ended])

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def _watch(self, began: float) -> None:
        spec = self.spec
        assert spec.ready is not None  # noqa: S101 - only called for children that can be asked
        while not await spec.ready():
            if time.monotonic() - began > spec.ready_seconds:
                self._say(f"{spec.name} has not answered for {spec.ready_seconds:g} s and is started again")
                if self.process is not None:
                    self.process.kill()
                return
            await asyncio.sleep(_POLL)
        again = self.up.is_set()
        self.up.set()
        self._changed()
        self._say(f"{spec.name} {'is back' if again else 'is up'} after {time.monotonic() - began:.1f} s")

    def _report(self, headline: str) -> str:
        lines = "".join(f"\n  | {line}" for line in self.log.last_lines())
        return f"{headline}{lines}\n  whole log: {self.log.path}"


def _ending(code: int) -> str:
    """How a process ended, for people."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
