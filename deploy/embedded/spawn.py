"""How a child process is born: in its own session, as the right account, and never outliving its parent.

Owns the operating-system details only; what is started and when is the supervisor's business.
"""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """An ordinary system account that a server runs under when the stack is started as root."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account for servers that refuse to run as root, or None when we are not root and need no other.

    Raises `RuntimeError` on a machine that has neither of the accounts tried.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise RuntimeError(
        "PostgreSQL refuses to run as root and this machine has no account `postgres` or `nobody`. "
        "Start the stack as an ordinary user, or create one: useradd --system postgres"
    )


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may walk down to `path`: every folder above it must let it pass."""
    for folder in path.resolve().parents:
        mode = folder.stat()
        if mode.st_uid == account.uid:
            passes = mode.st_mode & 0o100
        elif mode.st_gid == account.gid:
            passes = mode.st_mode & 0o010
        else:
            passes = mode.st_mode & 0o001
        if not passes:
            return False
    return True


def _die_with_parent(parent: int, how: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0)
        # The parent may have died between the fork and the call above; then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def spawn_options(account: Account | None = None, *, on_orphan: signal.Signals = signal.SIGTERM) -> dict[str, Any]:
    """Keyword arguments for `subprocess.Popen` and `asyncio.create_subprocess_exec`.

    `on_orphan` is what the kernel sends the child when its parent dies without stopping it (Linux; elsewhere the
    next start finds the orphan by its recorded process id).
    """
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "linux":
        options["preexec_fn"] = _die_with_parent(os.getpid(), on_orphan)
    if account is not None:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options
