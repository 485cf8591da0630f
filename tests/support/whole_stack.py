"""`artisan up` in a home of its own, for tests that need everything at once: browser tests, faults, tours.

Owns the start, the killing and the stop of that stack. What the tests do to it is theirs.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from deploy.embedded import home as homes
from deploy.embedded.environment import Ports, environment
from tests.support.stack import open_folder, wait_until

ROOT = Path(__file__).resolve().parents[2]


def free_base_port() -> int:
    """A port such that it and the five after it are free."""
    # Anywhere, not the first: other test processes look for theirs at the same time.
    for base in random.sample(range(20_100, 30_000, 20), k=495):
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(6):
                    listener = stack.enter_context(socket.socket())
                    listener.bind(("127.0.0.1", base + offset))
            except OSError:
                continue
            return base
    raise RuntimeError("no six free ports in a row between 20100 and 30000")


@dataclass
class WholeStack:
    """A running `artisan up`."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    output_file: Path
    _returns: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The shop."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The partners' stand-ins."""
        return f"http://localhost:{Ports(self.port).sandbox}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this stack is told; give it to `artisan` commands that should find it."""
        return environment(self.home, self.port)

    def output(self) -> str:
        """All that the supervisor has said so far."""
        return self.output_file.read_text(errors="replace")

    def pid_of(self, name: str) -> int:
        """The process id of a running child: api, worker, sandbox, temporal or postgres."""
        return int(homes.read_state(self.home)["children"][name]["pid"])

    def kill(self, name: str) -> None:
        """Ends a child with SIGKILL, as a crash would."""
        self._returns[name] = self.output().count(f"{name} is back")
        os.kill(self.pid_of(name), signal.SIGKILL)

    def wait_until_back(self, name: str, seconds: float = 60) -> None:
        """Waits until the child that was killed last answers again."""
        before = self._returns[name]
        wait_until(
            lambda: self.output().count(f"{name} is back") > before, what=f"the return of {name}", seconds=seconds
        )

    def artisan(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Runs an `artisan` command against this stack."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            env={**clean_environment(), **self.environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def descendants(self) -> list[psutil.Process]:
        """Every process that the supervisor started, and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        """SIGTERM, as Ctrl-C would; the supervisor's exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would point a command at another stack."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARTISAN_", "SANDBOX_")) and name != "PORT"
    }


@contextlib.contextmanager
def whole_stack(
    home: Path, port: int | None = None, *, settings: Mapping[str, str] | None = None, seconds: float = 180
) -> Iterator[WholeStack]:
    """Starts the stack and waits until it is ready; stops it, and whatever is left, at the end of the block."""
    base = port or free_base_port()
    output_file = home.parent / f"{home.name}-up.log"
    with output_file.open("wb") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up"],
            env={**clean_environment(), "ARTISAN_HOME": str(home), "PORT": str(base), **(settings or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    stack = WholeStack(home.resolve(), base, process, output_file)
    try:
        wait_until(
            lambda: "is ready after" in stack.output() or process.poll() is not None,
            what="`artisan up`",
            seconds=seconds,
        )
        if process.poll() is not None:
            pytest.fail(f"`artisan up` ended with {process.returncode}:\n{stack.output()}")
        yield stack
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
        for left in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def running_stack() -> Iterator[WholeStack]:
    """One seeded stack for the whole session, with quick couriers."""
    quick = {"SANDBOX_COURIER_AUTOPILOT_SECONDS": "2"}
    with open_folder() as folder, whole_stack(folder / "home", settings=quick) as stack:
        yield stack


@pytest.fixture
def stack_home() -> Iterator[Path]:
    """A home for a stack that the test starts itself."""
    with open_folder() as folder:
        yield folder / "home"
