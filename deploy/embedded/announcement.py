"""What `artisan up` prints when everything answers: where to look and how to sign in."""

from pathlib import Path

from deploy.embedded.environment import Ports
from deploy.seed.accounts import ADMINISTRATOR, CUSTOMER, artisan
from deploy.seed.content import SHOPS


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
    keeper = artisan(SHOPS[0].slug, SHOPS[0].owner_name)
    rows = [f"    {who.role.value:<18} {who.email:<32} {who.password}" for who in (CUSTOMER, keeper, ADMINISTRATOR)]
    code = f"    the administrator's second step asks for a code: .venv/bin/artisan code {ADMINISTRATOR.email}"
    return ["  Sign in as", *rows, code, ""]
