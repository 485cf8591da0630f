"""Builds the virtual environment from the lock files: standard library only, run by the machine's own Python.

`python3 deploy/bootstrap.py run` installs what `make up` needs, `... dev` what `make test` and `make check` need. What
is installed already is left alone, so that a warm start costs a few milliseconds. Fetches from the package index that
pip is configured for, and from nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV", str(ROOT / ".venv"))).absolute()
STAMP = VENV / "installed.json"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock", "node": "requirements-node.lock"}
UV_LOCK = "requirements-uv.lock"
# The development lock holds everything that the runtime lock holds, at the same versions.
COVERED_BY = {"run": ("run", "dev"), "dev": ("dev",), "node": ("node",)}


def fail(sentence: str) -> None:
    sys.exit("make: " + sentence)


def check_python() -> None:
    """Written so that an older Python can still read it and say what is wrong."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may well have an older one
        found = ".".join(map(str, sys.version_info[:2]))
        fail(
            f"Python 3.11 or newer is needed; {sys.executable} is {found}. "
            "Install a newer one, or name it: make up PYTHON=python3.12"
        )


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def installed() -> dict[str, str]:
    """Lock name → digest of what was installed from it; empty where nothing usable was."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    # An environment that was moved, or whose Python is gone, has to be made again.
    return stamp if stamp.get("environment") == str(VENV) and (VENV / "bin" / "python").exists() else {}


def record(name: str, value: str) -> None:
    stamp = {**installed(), "environment": str(VENV), name: value}
    half = STAMP.with_suffix(".new")
    half.write_text(json.dumps(stamp, indent=2))
    half.replace(STAMP)


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=str(ROOT), env=installers_environment(), check=False)
    if done.returncode != 0:
        fail(f"`{command[0]}` failed. Is the package index reachable? Run the same make command again to go on.")


def installers_environment() -> dict[str, str]:
    """uv reads settings of its own; a mirror configured for pip is meant for it as well."""
    settings = dict(os.environ)
    same = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    for pip, uv in same.items():
        if settings.get(pip):
            settings.setdefault(uv, settings[pip])
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    while not cache.exists():
        cache = cache.parent
    if not os.access(cache, os.W_OK):
        # An account without a home, as in many containers.
        cache = VENV
        settings.update(UV_CACHE_DIR=str(VENV / "cache"), PIP_NO_CACHE_DIR="1")
    # Where the cache and the environment lie on different disks uv would warn at every package.
    settings.setdefault("UV_LINK_MODE", "hardlink" if cache.stat().st_dev == ROOT.stat().st_dev else "copy")
    return settings


def make_environment() -> None:
    python = VENV / "bin" / "python"
    if python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0:
        return
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        said = (made.stdout + made.stderr).strip()
        fail(
            f"{sys.executable} cannot make a virtual environment. "
            f"On Debian and Ubuntu: apt install python3-venv\n{said}"
        )


def make_uv() -> str:
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        print(f"make: making the virtual environment in {VENV}", flush=True)
        python = str(VENV / "bin" / "python")
        quietly = ("--quiet", "--disable-pip-version-check")
        run(python, "-m", "pip", "install", *quietly, "--require-hashes", "--requirement", UV_LOCK)
    return str(uv)


def install(kind: str) -> None:
    lock = LOCKS[kind]
    stamp = installed()
    here = ("--quiet", "--python", str(VENV / "bin" / "python"))
    if not any(stamp.get(LOCKS[other]) == digest(LOCKS[other]) for other in COVERED_BY[kind]):
        make_environment()
        uv = make_uv()
        print(f"make: installing from {lock}", flush=True)
        run(uv, "pip", "install", *here, "--require-hashes", "--requirement", lock)
        record(lock, digest(lock))
    if kind != "node" and installed().get("pyproject.toml") != digest("pyproject.toml"):
        run(make_uv(), "pip", "install", *here, "--no-deps", "--no-build-isolation", "--editable", ".")
        record("pyproject.toml", digest("pyproject.toml"))


if __name__ == "__main__":
    check_python()
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        fail("usage: bootstrap.py run|dev|node")
    install(sys.argv[1])
