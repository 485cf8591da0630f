"""Reads docker-compose.yml the way the engine does, and runs our services from it as plain processes on loopback.

Owns interpolation and the mapping of container names to loopback ports. What must be true of the file is the tests'.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.embedded.spawn import spawn_options
from tests.support.whole_stack import ROOT, clean_environment

FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?message}`, as Compose reads them; `$$` is a dollar."""

    def value(match: re.Match[str]) -> str:
        found = variables.get(match["name"], "")
        if found:
            return found
        if match["kind"] == "?":
            raise KeyError(f"{match['name']}: {match['rest']}")
        return match["rest"] or ""

    return _VARIABLE.sub(value, text).replace("$$", "$")


def load(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Service name → its definition, anchors merged and variables filled in."""
    services: dict[str, dict[str, Any]] = yaml.safe_load(interpolate(FILE.read_text(), variables))["services"]
    return services


def networks() -> dict[str, Any]:
    """Network name → its definition, with the defaults of its variables."""
    defined: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(lambda match: match["rest"] or "", FILE.read_text()))[
        "networks"
    ]
    return defined


def certificate_of(service: Mapping[str, Any]) -> str:
    """The folder of the certificates' volume that the service sees; empty for one that sees none of them."""
    for mount in service.get("volumes", []):
        if isinstance(mount, dict) and mount["source"] == "certificates":
            return str(mount["volume"]["subpath"])
    return ""


def is_ours(service: Mapping[str, Any]) -> bool:
    """Whether the service runs our image."""
    return str(service["image"]).startswith("artisanconnect:")


@dataclass
class LocalService:
    """One of our services, run without a container: the same command and environment, other addresses."""

    name: str
    definition: Mapping[str, Any]
    moved: Mapping[str, str]
    """What stands in the file → what it is here: addresses and folders."""
    port: str
    """Where it listens here, whatever the file says."""
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            name: self.port if name.endswith("_PORT") else self._move(str(value))
            for name, value in self.definition["environment"].items()
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self._here(self.definition["command"]),
                env={**clean_environment(), **environment},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **spawn_options(),
            )

    def healthy(self) -> bool:
        """Runs the file's own health check."""
        test = self.definition["healthcheck"]["test"]
        if test[0] != "CMD":
            raise ValueError(f"{self.name}: only exec-form health checks run without a shell and its tools")
        done = subprocess.run(
            self._here(test[1:]), cwd=ROOT, env=dict(os.environ), capture_output=True, check=False, timeout=30
        )
        return done.returncode == 0

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process is not None and self.process.poll() is not None

    def wait(self, seconds: float = 60) -> int:
        """The exit code of a job, or of a service that was told to stop."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.wait(seconds)

    def stop(self) -> None:
        """SIGTERM, as the engine sends it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """For clean-up only."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-3000:]

    def _here(self, command: list[str]) -> list[str]:
        programs = {"artisan": [sys.executable, "-m", "deploy.cli"], "python": [sys.executable]}
        return [*programs[command[0]], *(self._move(part) for part in command[1:])]

    def _move(self, value: str) -> str:
        for there, here in self.moved.items():
            value = value.replace(there, here)
        return value
