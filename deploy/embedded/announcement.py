"""What `artisan up` prints when everything answers: where to look and how to sign in."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.environment import Ports


def announcement(home: Path, port: int, seconds: float) -> str:
    """The addresses and demo sign-ins as a block of text."""
    ports = Ports(port)
    sandbox = f"http://localhost:{ports.sandbox}"
    lines = [
        "",
        f"  ArtisanConnect is ready after {seconds:.1f} s",
        "",
        f"  Shop                 http://localhost:{ports.api}",
        f"  Processes (Temporal) http://localhost:{ports.temporal_ui}",
        f"  Partner sandbox      {sandbox}",
        f"  Mail that was sent   {sandbox}/mail/",
        "",
        *_sign_ins(),
        "  Test cards           4242 4242 4242 4242 pays, 4000 0025 0000 3155 asks the customer,",
        "                       4000 0000 0000 0002 is declined; any future date, any CVC",
        "",
        f"  Logs                 {home / 'logs'}",
        "  Ctrl-C stops everything; the data is kept.",
        "",
    ]
    return "\n".join(lines)


def _sign_ins() -> list[str]:
    if find_spec("deploy.seed") is None:
        return []
    accounts = getattr(import_module("deploy.seed"), "DEMO_ACCOUNTS", [])
    rows = [f"  {account.role:<20} {account.email}  password {account.password}" for account in accounts]
    return ["  Sign in as", *rows, ""] if rows else []
