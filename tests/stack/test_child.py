"""One supervised process: what its end, its silence and its own children do to it."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.child import Child, ChildFailed, ChildSpec
from deploy.embedded.logs import ChildLog
from tests.support.stack import eventually

LEAVES_A_GRANDCHILD = (
    "import subprocess, sys;"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True);"
    "sys.exit(3)"
)


class Said(list[str]):
    """What the supervisor would have printed."""

    def all(self) -> str:
        return "\n".join(self)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ChildLog]:
    opened = ChildLog(tmp_path, "thing")
    yield opened
    opened.close()


def make(log: ChildLog, said: Said, program: str, ready: Callable[[], Awaitable[bool]] | None = None) -> Child:
    spec = ChildSpec(name="thing", argv=[sys.executable, "-c", program], ready=ready, stop_seconds=0.3)
    return Child(spec, log, said.append, lambda: None)


async def always() -> bool:
    return True


async def test_a_task_that_fails_is_reported_with_its_last_lines(log: ChildLog) -> None:
    child = make(log, Said(), "print('why it failed'); raise SystemExit(3)")
    with pytest.raises(ChildFailed, match=r"thing did not come up \(exit code 3\)\n  \| why it failed\n  whole log: "):
        await child.run()


async def test_a_task_that_ends_well_is_up(log: ChildLog) -> None:
    child = make(log, Said(), "pass")
    await child.run()
    assert child.up.is_set()


async def test_the_end_is_noticed_though_a_grandchild_holds_the_output_and_the_grandchild_goes_too(
    log: ChildLog,
) -> None:
    child = make(log, Said(), LEAVES_A_GRANDCHILD)
    async with asyncio.timeout(20):
        with pytest.raises(ChildFailed, match="exit code 3"):
            await child.run()
    grandchild = int(log.path.read_text())
    await eventually(
        lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE,
        what="the end of the grandchild",
    )


async def test_a_server_that_crashes_comes_back(log: ChildLog) -> None:
    said = Said()
    child = make(log, said, "import time; print('working', flush=True); time.sleep(60)", always)
    life = asyncio.create_task(child.run())
    async with asyncio.timeout(20):
        await child.up.wait()
        first = child.pid
        assert first is not None
        psutil.Process(first).send_signal(signal.SIGKILL)
        await eventually(lambda: "is back" in said.all(), what="the return")
        assert child.pid not in {None, first}
        await child.stop()
        await life
    assert "thing ended (killed by SIGKILL); starting it again in 0.1 s" in said.all()


async def test_a_probe_that_breaks_is_said_and_not_waited_for(log: ChildLog) -> None:
    async def broken() -> bool:
        raise RuntimeError("the probe's own tool is missing")

    child = make(log, Said(), "import time; time.sleep(60)", broken)
    async with asyncio.timeout(20):
        with pytest.raises(ChildFailed, match="thing cannot be watched: the probe's own tool is missing"):
            await child.run()
    assert child.process is not None
    await child.process.wait()


async def test_what_does_not_stop_is_killed(log: ChildLog) -> None:
    said = Said()
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    child = make(log, said, f"{deaf}; print('deaf', flush=True); time.sleep(60)", always)
    life = asyncio.create_task(child.run())
    async with asyncio.timeout(20):
        await eventually(lambda: "deaf" in log.path.read_text(), what="the first word")
        await child.stop()
        await life
    assert "thing did not stop within 0.3 s and was killed" in said.all()


async def test_a_log_is_rotated_before_it_fills_the_disk(log: ChildLog) -> None:
    child = make(log, Said(), "print(('x' * 99 + '\\n') * 120_000)")
    await child.run()
    sizes = sizes_in(log.path.parent)
    assert len(sizes) == 3
    assert sum(sizes) >= 12_000_000
    assert max(sizes) < 6_000_000


def sizes_in(folder: Path) -> list[int]:
    return [file.stat().st_size for file in folder.iterdir()]
