"""From `git clone` to the first page, and again warm: seconds and resident memory of the whole stack.

Needs no running stack: it clones what is committed into a temporary folder, with an empty home and so an empty cache.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from deploy.embedded.home import read_state
from tests.bench.figures import machine, report
from tests.support.whole_stack import ROOT, clean_environment, free_base_port

_LONGEST = 600.0


def memory(home: Path) -> dict[str, float]:
    """Proportional resident megabytes by child, and `whole` with the supervisor: shared pages are counted once."""
    state = read_state(home)
    used = {name: _family_pss(child["pid"]) for name, child in state["children"].items()}
    return {**used, "whole": _family_pss(state["pid"])}


def _family_pss(pid: int) -> float:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
    return round(total / 1e6, 1)


def _served(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@contextlib.contextmanager
def started(checkout: Path, environment: dict[str, str]) -> Iterator[dict[str, float]]:
    """`make up` for the length of the block; yields the seconds to the first page and to `is ready`."""
    log = checkout.parent / "up.log"
    url = f"http://127.0.0.1:{environment['PORT']}/"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "up"],
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        figures: dict[str, float] = {}
        while "ready_s" not in figures:
            if process.poll() is not None or time.monotonic() - began > _LONGEST:
                raise RuntimeError(f"`make up` did not get ready:\n{log.read_text(errors='replace')[-3000:]}")
            if "first_page_s" not in figures and _served(url):
                figures["first_page_s"] = round(time.monotonic() - began, 1)
            if "first_page_s" in figures and "is ready after" in log.read_text(errors="replace"):
                figures["ready_s"] = round(time.monotonic() - began, 1)
            time.sleep(0.1)
        yield figures
    finally:
        stopping = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        figures["stop_s"] = round(time.monotonic() - stopping, 1)


def run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="artisan-start-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o711)
        checkout, home = folder / "checkout", folder / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        environment = {
            **{name: value for name, value in clean_environment().items() if name not in {"UV_CACHE_DIR", "VENV"}},
            "HOME": str(home),
            "PORT": str(free_base_port()),
        }
        figures: dict[str, object] = {"bench": "start", "machine": machine()}
        for kind in ("cold", "warm"):
            with started(checkout, environment) as seconds:
                resident = memory(checkout / ".artisan")
            figures[kind] = {**seconds, "resident_mb": resident}
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.parse_args()
    report(run())
