"""One home, one running stack: the lock, the record of what runs, and the clean-up after a supervisor that was killed.

Owns who may start in a home; what is started is the supervisor's business.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded.environment import STATE_FILE, Ports, keys_of
from deploy.embedded.errors import StackError
from deploy.embedded.postgres import PostgresCluster

_LOCK_FILE = "lock"
_ORPHANS_MAY_TAKE = 5.0


def read_state(home: Path) -> dict[str, Any]:
    """What the last start recorded: `pid`, `port`, `children` as name → {pid, born}; empty before the first start."""
    path = home / STATE_FILE
    if not path.exists():
        return {}
    try:
        state: dict[str, Any] = json.loads(path.read_text())
    except ValueError:
        return {}
    return state


def write_state(home: Path, port: int, children: dict[str, int]) -> None:
    """Records the children under their birth times, so that a recycled process id is never mistaken for one."""
    record = {}
    for name, pid in children.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            record[name] = {"pid": pid, "born": psutil.Process(pid).create_time()}
    half = home / f"{STATE_FILE}.new"
    half.write_text(json.dumps({"pid": os.getpid(), "port": port, "children": record}, indent=2))
    half.replace(home / STATE_FILE)


def supervisor_pid(home: Path) -> int | None:
    """The process id of the supervisor that holds this home, or None when nothing runs here."""
    path = home / _LOCK_FILE
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            content = file.read().strip()
            return int(content) if content.isdigit() else -1
    return None


@contextlib.contextmanager
def hold(home: Path) -> Iterator[None]:
    """Takes the home for this process; the kernel gives it back even if the process is killed.

    Raises `StackError` when another supervisor has it.
    """
    if not home.exists():
        home.mkdir(parents=True)
        # Orders and letters lie in here. As root, PostgreSQL's account still has to walk through.
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    with (home / _LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            port = read_state(home).get("port")
            where = f" at http://localhost:{port}" if port else ""
            raise StackError(
                f"ArtisanConnect is running already{where} (home {home}).\n"
                "Stop it with `make down`, or start a second one beside it: ARTISAN_HOME=.second PORT=8100 make up"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def clear_orphans(home: Path) -> list[str]:
    """Ends what a killed supervisor left behind and returns the names; call with the home held."""
    orphans: dict[str, psutil.Process] = {}
    for name, child in read_state(home).get("children", {}).items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(child["pid"])
            if abs(process.create_time() - child["born"]) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                orphans[name] = process
    for name, process in orphans.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    _, alive = psutil.wait_procs(list(orphans.values()), timeout=_ORPHANS_MAY_TAKE)
    for process in alive:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return sorted(orphans)


def check_ports(port: int) -> None:
    """Raises `StackError` naming the first port that somebody else has, and the way out."""
    for number, purpose in Ports(port).named().items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                raise StackError(
                    f"Port {number}, wanted for {purpose}, is taken{_by_whom(number)}.\n"
                    f"Start on other ports: PORT={port + 100 if port < 65000 else 8000} make up"
                ) from None


def _by_whom(port: int) -> str:
    """Who listens there, as far as this account may know."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid is None:
                    break
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""


def stop(home: Path, seconds: float = 60) -> bool:
    """Stops the stack of this home and waits until it is gone; False when none was running."""
    pid = supervisor_pid(home)
    if pid is None:
        return False
    if pid > 0:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while supervisor_pid(home) is not None:
        if time.monotonic() > deadline:
            raise StackError(f"The stack (process {pid}) did not stop within {seconds:g} s. Look into {home / 'logs'}.")
        time.sleep(0.1)
    return True


def cluster_of(home: Path, port: int) -> PostgresCluster:
    """The PostgreSQL of this home."""
    keys = keys_of(home)
    return PostgresCluster(home, Ports(port).postgres, keys["postgres_superuser"], keys["postgres_role"])


def remove(home: Path) -> None:
    """Deletes everything that the stack of this home ever stored. Raises `StackError` while it runs."""
    if supervisor_pid(home) is not None:
        raise StackError("The stack is running. Stop it first: make down")
    if not home.exists():
        return
    cluster = cluster_of(home, 0)
    if cluster.elsewhere:
        shutil.rmtree(cluster.base, ignore_errors=True)
    if not cluster.socket_folder.is_relative_to(cluster.base):
        shutil.rmtree(cluster.socket_folder, ignore_errors=True)
    shutil.rmtree(home)
