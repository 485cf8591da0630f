"""`python3 deploy/docker/keys.py`: writes `.env` with a random value for every key that docker-compose.yml asks for.

Standard library only. Keys that `.env` holds already are kept: the databases remember them.
"""

import os
import re
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIXES = {"STRIPE_SECRET_KEY": "sk_test_", "STRIPE_WEBHOOK_SECRET": "whsec_"}


def wanted(compose: str) -> list[str]:
    """The variables that the file cannot do without, in the order in which they appear."""
    return list(dict.fromkeys(re.findall(r"\$\{([A-Z][A-Z0-9_]*):\?", compose)))


def complete(stored: str, names: list[str]) -> str:
    """The text of `.env` with a line for every name; lines that are there stay as they are."""
    known = {line.split("=", 1)[0] for line in stored.splitlines()}
    fresh = [f"{name}={PREFIXES.get(name, '')}{secrets.token_hex(24)}" for name in names if name not in known]
    return "\n".join([*stored.splitlines(), *fresh]) + "\n"


def main() -> None:
    path = ROOT / ".env"
    stored = path.read_text() if path.exists() else ""
    text = complete(stored, wanted((ROOT / "docker-compose.yml").read_text()))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    print(f"{path} holds every key; now: docker compose up --build --wait")


if __name__ == "__main__":
    main()
